//! What stands beside the sound, what is missing for it, and what is corrected later.

use flows::desk::list;
use flows::readers::{ebur128, read_with, says};
use serde_json::Value;

use super::{FAILED, GOOD, NO, PROGRAMME, RELEASE, northern_lines};

#[test]
fn a_label_gets_disc_report_and_licence_beside_them() {
    let room = northern_lines();
    room.json("deliver album.toml -o out --profile label --json", GOOD);
    let out = room.path("out");
    let said = read_with(
        &out.join("DDP"),
        "md5sum --strict -c CHECKSUM.MD5; cdrskin textfile_to_v07t=CDTEXT.BIN",
    );
    says(
        &said,
        &[
            "Northern Lines",
            "First Light",
            "4006381333931",
            "DEA122600003",
            "Bo Writer",
        ],
    );
    let said = read_with(&out, "pdftotext -layout 'Delivery report.pdf' -");
    says(
        &said,
        &[
            "Delivery report",
            "Northern Lines",
            "4006381333931",
            "02 Rain über Tin",
        ],
    );
    says(
        &read_with(&out, "cat Licence.txt"),
        &["may transfer that right"],
    );
    // The loudness in the file is the one that ffmpeg's meter hears.
    let report: Value =
        serde_json::from_str(&read_with(&out, "cat 'Delivery report.json'")).unwrap();
    for file in report["files"].as_array().unwrap() {
        let path = out.join(file["path"].as_str().unwrap());
        let metered = ebur128(&path);
        let apart = file["integrated_lufs"].as_f64().unwrap() - metered.integrated_lufs;
        // ffmpeg prints tenths.
        assert!(apart.abs() < 0.11, "{}: {apart}", path.display());
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_made() {
    let room = northern_lines();
    let plan = room.json("deliver album.toml --plan --profile plant --json", GOOD);
    assert_eq!(plan["disc_lengths"][0], "00:21:00");
    assert_eq!(plan["missing"].as_array().unwrap().len(), 0);
    room.keep("album.toml", PROGRAMME);
    let said = room.said("deliver album.toml --plan --profile label", NO);
    says(
        &said,
        &[
            "the release: the EAN is missing; write `ean`",
            "track 2 “Rain”: the ISRC is missing",
        ],
    );
    let said = room.said("deliver album.toml -o out --profile label", FAILED);
    says(
        &said,
        &[
            "nothing was made, because something is missing",
            "the EAN is missing",
        ],
    );
    assert!(!room.path("out").exists());
    // Marks between two CD frames make no disc.
    room.keep(
        "album.toml",
        &PROGRAMME.replace("grid = \"cd_frames\"\n", ""),
    );
    let said = room.said("deliver album.toml -o out --format ddp", FAILED);
    says(
        &said,
        &["track 2 “Rain”: its mark at 0:05.500 lies between two CD frames"],
    );
    room.keep("album.toml", &format!("{PROGRAMME}[release]\nean = \"4006381333932\"\n[[release.song]]\nsong = \"Rain\"\nisrc = \"DE-A12\"\n"));
    let said = room.said("deliver album.toml -o out", FAILED);
    says(
        &said,
        &[
            "the last one would be 1",
            "disc 1, track 2 “Rain”: \"DE-A12\" is not an ISRC",
        ],
    );
    let said = room.said("deliver album.toml -o out --profile nobody", FAILED);
    says(
        &said,
        &["there is no profile \"nobody\": take label, distributor"],
    );
}

#[test]
fn a_title_is_corrected_without_touching_the_sound() {
    let room = northern_lines();
    let first = room.json(
        "deliver album.toml -o first --format flac-16@44100 --json",
        GOOD,
    );
    room.keep(
        "release.toml",
        &RELEASE.replace("Rain über Tin", "Rain on Tin"),
    );
    let second = room.json(
        "deliver album.toml -o second --format flac-16@44100 --release release.toml --json",
        GOOD,
    );
    let sums = |made: &Value| made["delivered"]["files"][1]["samples_sha256"].clone();
    assert_eq!(sums(&first), sums(&second));
    assert_eq!(
        second["delivered"]["files"][1]["path"],
        "FLAC 16-44.1/02 Rain on Tin.flac"
    );
    assert_eq!(room.json("verify second --json", GOOD)["kind"], "delivery");
    let file = room.path("second/FLAC 16-44.1/01 First Light.flac");
    std::fs::rename(&file, file.with_file_name("other.flac")).unwrap();
    let said = room.said("verify second", NO);
    says(
        &said,
        &[
            "01 First Light.flac is missing",
            "other.flac is not in CHECKSUMS.sha256",
        ],
    );
    // `lacquer album` takes the same file.
    assert_eq!(room.lacquer("album album.toml --plan").status.code(), GOOD);
}

/// Checksums may be made anew by anybody; the report says what the files held when they were made.
#[test]
fn a_delivery_is_decoded_again_and_held_against_its_report() {
    let room = northern_lines();
    let words = "deliver album.toml -o out --format wav-24,flac-24,mp3,opus,aiff-24,ddp --json";
    let made = room.json(words, GOOD);
    let judged = room.json("verify out --json", GOOD);
    let read = list(&judged["files"]);
    let kept = list(&made["delivered"]["files"]).iter();
    let kept: Vec<&Value> = kept.filter(|file| file["format"] != "opus").collect();
    assert_eq!(read.len(), kept.len());
    for (read, kept) in read.iter().zip(kept) {
        assert_eq!(read["file"], kept["path"]);
        if kept["format"] != "mp3" {
            assert_eq!(read["samples_sha256"], kept["samples_sha256"]);
        }
    }
    let turned_down = "ffmpeg -v error -i '01 First Light.flac' -af volume=-1dB turned.flac && mv turned.flac '01 First Light.flac'";
    read_with(&room.path("out/FLAC 24-96"), turned_down);
    let anew = "find . -type f ! -name CHECKSUMS.sha256 -printf '%P\\0' | xargs -0 sha256sum > ../sums && mv ../sums CHECKSUMS.sha256";
    read_with(&room.path("out"), anew);
    let said = room.said("verify out", NO);
    says(
        &said,
        &["FLAC 24-96/01 First Light.flac: its samples are not those that the report says"],
    );
    assert_eq!(said.matches("out: ").count(), 1, "{said}");
}

#[test]
fn a_label_s_text_says_what_is_known_of_the_disc() {
    let room = northern_lines();
    room.json("deliver album.toml -o out --format label --json", GOOD);
    let said = read_with(&room.path("out/Label text"), "cat 'Disc 1.txt'");
    says(
        &said,
        &[
            "Ada\nNorthern Lines\nLaqueur  LAQ001\nEAN 4006381333931\n",
            " 1  First Light  0:06\n    (Bo Writer)\n",
            " 2  Rain über Tin  0:06\n",
            "Music 0:18\n℗ 2026 Laqueur\n© 2026 Laqueur\n",
        ],
    );
}

#[test]
fn a_session_is_copied_with_everything_that_it_is_made_of() {
    let room = northern_lines();
    let made = room.json(
        "deliver album.toml -o out --format session,session-iso --json",
        GOOD,
    );
    let there = "album.toml\none.wav\nthree.wav\ntwo.wav\n";
    let copy = room.path("out/Session");
    assert_eq!(
        read_with(&copy, "find . -type f -printf '%P\\n' | sort"),
        there
    );
    for name in there.lines() {
        read_with(&copy, &format!("cmp {name} ../../{name}"));
    }
    // The copy opens again, and is the same programme.
    let again = room.json(
        "deliver out/Session/album.toml -o again --format flac --json",
        GOOD,
    );
    let first = room.json("deliver album.toml -o first --format flac --json", GOOD);
    let sums = |made: &Value| made["delivered"]["files"][2]["samples_sha256"].clone();
    assert_eq!(sums(&again), sums(&first));
    // The image, as isoinfo reads it by the long names of both systems.
    let files = made["delivered"]["files"].as_array().unwrap();
    assert_eq!(
        files.last().unwrap()["path"],
        "Session image/Northern Lines.iso"
    );
    let image = room.path("out/Session image");
    for names in ["-R", "-J"] {
        let said = read_with(
            &image,
            &format!("isoinfo -d -i *.iso; isoinfo {names} -f -i *.iso"),
        );
        says(
            &said,
            &["Volume id: NORTHERN_LINES", "/album.toml", "/three.wav"],
        );
        let read = format!("isoinfo {names} -i *.iso -x /two.wav | cmp - ../../two.wav");
        read_with(&image, &read);
    }
    assert_eq!(read_with(&image, "ls").trim(), "Northern Lines.iso");
    // What lies elsewhere would not be found again.
    std::fs::create_dir(room.path("inner")).unwrap();
    let elsewhere = PROGRAMME.replace("\"one.wav\"", "\"../one.wav\"");
    let elsewhere = elsewhere.replace("\"two.wav\"", "\"../one.wav\"");
    room.keep(
        "inner/album.toml",
        &elsewhere.replace("\"three.wav\"", "\"../one.wav\""),
    );
    let said = room.said("deliver inner/album.toml --plan --format session", NO);
    says(
        &said,
        &["session: ../one.wav lies outside the programme’s folder"],
    );
}
