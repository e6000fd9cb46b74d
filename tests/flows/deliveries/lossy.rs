//! Lossy files: measured as they are decoded, and encoded lower where their peaks pass.

use flows::readers::{ebur128, ffprobe, says, tag};

use super::{GOOD, northern_lines};

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
