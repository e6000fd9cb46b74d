//! Lossy files: measured as they are decoded, and encoded lower where their peaks pass.

use flows::readers::{ebur128, ffprobe, raw, read_with, says, tag};
use flows::room::Room;
use serde_json::Value;

use super::{FAILED, GOOD, NO, northern_lines};

#[test]
fn lossy_files_are_encoded_lower_together_until_their_peaks_hold() {
    let room = northern_lines();
    room.keep(
        "quiet.toml",
        "title = \"Quiet\"\nformats = [\"mp3\"]\ngain_tags = \"replay_gain\"\n[figures]\nlossy_true_peak_max_dbtp = -20.0\n",
    );
    let made = room.json(
        "deliver album.toml -o out --profile quiet.toml --json",
        GOOD,
    );
    let files = made["delivered"]["files"].as_array().unwrap();
    let gain = files[0]["gain_db"].as_f64().unwrap();
    assert!(gain < -1.0, "{gain}");
    for file in files {
        assert_eq!(
            file["gain_db"].as_f64().unwrap(),
            gain,
            "songs keep their levels to each other"
        );
        let metered = ebur128(&room.path("out").join(file["path"].as_str().unwrap()));
        // ffmpeg prints tenths.
        assert!(metered.true_peak_dbtp <= -19.9, "{metered:?}");
    }
    says(
        &made["delivered"]["said"].to_string(),
        &["dB lower, so that no decoded peak passes -20.00 dBTP"],
    );
    let file = room.path("out").join(files[0]["path"].as_str().unwrap());
    let said = ffprobe(&file);
    let tagged = tag(&said, "REPLAYGAIN_TRACK_GAIN");
    let tagged: f64 = tagged.trim_end_matches(" dB").parse().unwrap();
    let lufs = files[0]["integrated_lufs"].as_f64().unwrap();
    assert!((tagged - (-18.0 - lufs)).abs() < 0.1, "{tagged} at {lufs}");
}

/// A profile with formats; its ceiling is one that no encoding holds by itself.
fn quiet(room: &Room, formats: &str, more: &str) {
    room.keep(
        "quiet.toml",
        &format!(
            "title = \"Quiet\"\nformats = [{formats}]\ngain_tags = \"replay_gain\"\n{more}\n[figures]\nlossy_true_peak_max_dbtp = -20.0\n"
        ),
    );
}

/// Every song keeps its length, its level to the others, its tags and its ceiling, as ffmpeg reads it.
#[track_caller]
fn check(room: &Room, made: &Value, folder: &str) {
    let files = made["delivered"]["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    let (gain, titles) = (
        &files[0]["gain_db"],
        ["First Light", "Rain über Tin", "Coda"],
    );
    assert!(gain.as_f64().unwrap() < -1.0, "{gain}");
    for (file, title) in files.iter().zip(titles) {
        assert_eq!(&file["gain_db"], gain);
        let path = file["path"].as_str().unwrap();
        assert!(path.starts_with(folder), "{path}");
        let path = room.path("out").join(path);
        let probed = ffprobe(&path);
        let streams = &probed["streams"][0]["tags"];
        let tagged = |name: &str| {
            let of_file = tag(&probed, name);
            let of_stream = streams[name].as_str().unwrap_or_default();
            [of_file.as_str(), of_stream].concat()
        };
        assert_eq!(
            [tagged("TITLE"), tagged("title")].iter().max().unwrap(),
            title
        );
        assert_eq!(
            tagged("ISRC"),
            file["isrc"].as_str().unwrap().replace('-', "")
        );
        let metered = ebur128(&path);
        // ffmpeg prints tenths.
        assert!(metered.true_peak_dbtp <= -19.9, "{metered:?}");
        let apart = metered.integrated_lufs - file["integrated_lufs"].as_f64().unwrap();
        assert!(apart.abs() < 0.11, "{path:?}: {apart}");
        says(
            &file["read_back"].to_string(),
            &["as long to the sample, and the song but for"],
        );
    }
}

#[test]
fn opus_files_are_as_long_as_the_songs_and_hold_the_ceiling() {
    let room = northern_lines();
    quiet(&room, "\"opus\"", "");
    let made = room.json(
        "deliver album.toml -o out --profile quiet.toml --json",
        GOOD,
    );
    check(&room, &made, "Opus 192-48/");
    let folder = room.path("out/Opus 192-48");
    let said = read_with(&folder, "opusinfo 03*.opus");
    says(
        &said,
        &["TITLE=Coda", "R128_TRACK_GAIN=", "R128_ALBUM_GAIN="],
    );
    assert!(!said.to_lowercase().contains("warning"), "{said}");
    assert!(!said.contains("REPLAYGAIN"), "{said}");
    // R128 is said in 256ths of a dB towards -23 LUFS.
    let tagged = said.split("R128_TRACK_GAIN=").nth(1).unwrap();
    let tagged: f64 = tagged.split_whitespace().next().unwrap().parse().unwrap();
    let lufs = made["delivered"]["files"][2]["integrated_lufs"]
        .as_f64()
        .unwrap();
    assert!(
        (tagged / 256.0 - (-23.0 - lufs)).abs() < 0.1,
        "{tagged} at {lufs}"
    );
    let frames = made["delivered"]["files"][2]["frames"].as_u64().unwrap();
    let samples = raw(
        &folder.join("03 Coda.opus"),
        &["-map", "0:a", "-f", "f32le"],
    );
    assert_eq!(samples.len() as u64, frames * 8);
}

#[test]
fn aac_files_are_made_by_the_studios_own_encoder() {
    let room = northern_lines();
    let said = room.said("deliver album.toml --plan --format aac", NO);
    says(
        &said,
        &[
            "aac: AAC is made by an encoder",
            "none is named",
            "write aac_encoder",
        ],
    );
    quiet(
        &room,
        "\"aac\"",
        "aac_encoder = [\"no-such-encoder\", \"{in}\", \"{out}\"]",
    );
    let said = room.said("deliver album.toml -o out --profile quiet.toml", FAILED);
    says(&said, &["no-such-encoder, is not installed; install it"]);
    quiet(&room, "\"aac\"", "aac_encoder = [\"ffmpeg\", \"{in}\"]");
    let said = room.said("deliver album.toml --plan --profile quiet.toml", NO);
    says(&said, &["does not say where {in} and {out} go"]);
    let words = "aac_encoder = [\"ffmpeg\", \"-v\", \"error\", \"-nostdin\", \"-i\", \"{in}\", \"-c:a\", \"aac\", \"-b:a\", \"256k\", \"{out}\"]";
    quiet(&room, "\"aac\"", &words.replace("256k", "no-bits"));
    let said = room.said("deliver album.toml -o out --profile quiet.toml", FAILED);
    says(&said, &["ffmpeg made nothing:"]);
    assert!(!room.path("out").exists());
    quiet(&room, "\"aac\"", words);
    let made = room.json(
        "deliver album.toml -o out --profile quiet.toml --json",
        GOOD,
    );
    check(&room, &made, "AAC 48/");
    let folder = room.path("out/AAC 48");
    let files = read_with(&folder, "ls | wc -l");
    assert_eq!(files.trim(), "3", "nothing of the encoder's is left");
}
