//! Sides of records: files with markers that other programs read, cue sheets, and what a cutter is told.

use std::process::Command;

use flows::readers::ffprobe;
use serde_json::Value;

use crate::table::{Album, samples};

const SIDES: &str = r#"
title = "Lines"
artist = "Ada"
gap = "1.5 s"
[[disc]]
side = { inches = 7, rpm = 45, ceiling_dbtp = -6.0 }
[[disc.track]]
title = "One"
file = "mixes/one.wav"
gain_db = 6.0
[[disc.track]]
title = "Två"
file = "mixes/Rain.wav"
[[disc]]
title = "Side B"
side = { inches = 12, rpm = 33, chain = { name = "vinyl", set.limiter.ceiling_dbtp = -4.0 } }
[[disc.track]]
title = "Wide"
file = "mixes/wide.wav"
[[disc]]
title = "Compact disc"
[[disc.track]]
title = "One"
file = "mixes/one.wav"
"#;

/// An album whose third mix has its bass turned over in the right channel.
fn album(text: &str) -> Album {
    let album = Album::new("", text);
    album.sox("-n -r 44100 -c 1 -b 24 mixes/left.wav synth 8 sine 60 vol 0.3");
    album.sox("-v -1 mixes/left.wav mixes/right.wav");
    album.sox("-M mixes/left.wav mixes/right.wav mixes/wide.wav");
    album
}

/// What libsndfile says of a file's markers: their frames and names.
fn markers(file: &std::path::Path) -> Vec<String> {
    let done = Command::new("sndfile-info").arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let cue = said
        .lines()
        .filter(|line| line.contains("Cue ID") || line.contains("labl"));
    assert!(done.status.success(), "{said}");
    cue.map(|line| line.trim().to_owned()).collect()
}

#[test]
fn sides_become_files_with_markers_and_cue_sheets() {
    let album = album(SIDES);
    let done = album.lacquer("album album.toml --sides -o out --json");
    // The second side has bass against itself; its chain makes it mono, which leaves silence of it.
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    let sides = said["sides"].as_array().unwrap();
    assert_eq!(sides.len(), 2, "the compact disc is none");
    let first = album.path("out/Lines (Side A).wav");
    // 4 s, 1.5 s of gap and 4 s at 44.1 kHz.
    assert_eq!(samples(std::slice::from_ref(&first)).len(), 2 * 418_950);
    let stream = &ffprobe(&first)["streams"][0];
    assert_eq!(
        (&stream["bits_per_raw_sample"], &stream["sample_rate"]),
        (&"24".into(), &"44100".into())
    );
    let marks: Vec<_> = sides[0]["marks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (&m["label"], &m["frame"]))
        .collect();
    assert_eq!(
        marks,
        [
            (&"One".into(), &0.into()),
            (&"Två".into(), &242_550.into()),
            (&"End".into(), &418_950.into())
        ]
    );
    let read = markers(&first).join("\n");
    for words in ["242550", "418950", "One", "Två", "End"] {
        assert!(read.contains(words), "{words} in\n{read}");
    }
    // Six dB up and held at its own ceiling.
    let peak = sides[0]["measurements"]["true_peak_dbtp"].as_f64().unwrap();
    assert!(peak <= -5.95, "{peak}");
    assert!(sides[0]["max_gain_reduction_db"].as_f64().unwrap() > 0.5);
    let sheet = std::fs::read_to_string(album.path("out/Lines (Side A) cue sheet.txt")).unwrap();
    for words in [
        "Lines: Side A\nAda\n7 inches at 45; length 0:09.500, full level up to 3:00.000, at most 5:00.000",
        "A1    0:00.000   0:00.000   0:04.000   0:04.000  One",
        "A2    0:04.000   0:05.500   0:09.500   0:04.000  Två",
        sides[0]["samples_sha256"].as_str().unwrap(),
    ] {
        assert!(sheet.contains(words), "{words} in\n{sheet}");
    }
    // A cutter's delivery holds the very same sides, the compact disc joined beside them.
    let done = album.lacquer("deliver album.toml --format whole-24 -o cutter --json");
    let delivered: Value = serde_json::from_slice(&done.stdout).unwrap();
    let files = delivered["delivered"]["files"].as_array().unwrap();
    for side in 0..2 {
        assert_eq!(files[side]["samples_sha256"], sides[side]["samples_sha256"]);
    }
    assert_eq!(files.len(), 3, "{files:?}");
    let whole = album.path("cutter/Whole 24-44.1/Lines (disc 1).wav");
    assert!(markers(&whole).join("\n").contains("Två"));
    let sheet = album.path("cutter/Whole 24-44.1/Lines (Side B) cue sheet.txt");
    assert!(std::fs::read_to_string(sheet).unwrap().contains("B1 "));
    // The same again, and nothing is replaced.
    let again = album.lacquer("album album.toml --sides -o again --json");
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        again["sides"][0]["samples_sha256"],
        sides[0]["samples_sha256"]
    );
    assert!(
        album
            .refused("album album.toml --sides -o out")
            .contains("could not make out/Lines (Side A).wav")
    );
}

#[test]
fn a_cutter_is_told_of_bass_against_itself_with_track_and_time() {
    let album = album(&SIDES.replace(
        ", chain = { name = \"vinyl\", set.limiter.ceiling_dbtp = -4.0 }",
        "",
    ));
    let done = album.lacquer("album album.toml --sides -o out --json");
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    let findings = said["sides"][1]["findings"].as_array().unwrap();
    let bass = findings
        .iter()
        .find(|f| f["what"] == "bass_out_of_phase")
        .unwrap();
    assert_eq!(bass["place"]["title"], "Wide");
    assert_eq!(bass["is_objection"], true);
    assert!(
        bass["words"]
            .as_str()
            .unwrap()
            .starts_with("track 1 \u{201c}Wide\u{201d}, at 0:0")
    );
    let sheet = std::fs::read_to_string(album.path("out/Lines (Side B) cue sheet.txt")).unwrap();
    assert!(sheet.contains("for the cutter\n- track 1"), "{sheet}");
    // Nothing was done to it: the mix, bit for bit.
    let side = samples(&[album.path("out/Lines (Side B).wav")]);
    assert_eq!(side, samples(&[album.path("mixes/wide.wav")]));
}

#[test]
fn a_side_over_its_length_is_refused_and_one_over_full_level_is_told() {
    let text = SIDES.replace("[[disc.track]]\ntitle = \"Två\"", "[[disc.track]]\ntitle = \"Long\"\nfile = \"mixes/long.wav\"\n[[disc.track]]\ntitle = \"Två\"");
    let album = album(&text);
    album.sox("mixes/one.wav mixes/long.wav repeat 73");
    let said = album.refused("album album.toml --sides -o out");
    assert!(
        said.contains("disc 1, track 2 \u{201c}Long\u{201d}, at 4:54.500: the side is 5:07.000 long, 0:07.000 over the 5:00.000 that 7 inches at 45 hold: this song is the one that does not fit"),
        "{said}"
    );
    assert!(!album.path("out").exists());
    album.keep(
        "ten.toml",
        &text.replace("inches = 7, rpm = 45", "inches = 7, rpm = 33"),
    );
    let said = album.lacquer("album ten.toml --sides -o out");
    let said = String::from_utf8(said.stdout).unwrap();
    // 307 s in the place of 300: 20 log10(307 / 300).
    assert!(said.contains("the side is 5:07.000 long, 0:07.000 over the 5:00.000 that 7 inches at 33\u{2153} take at full level: it is cut at least 0.2 dB quieter"), "{said}");
    album.keep("none.toml", &text.replace("side = ", "# side = "));
    let said = album.refused("album none.toml --sides -o none");
    assert!(
        said.contains(
            "no disc of none.toml is a side of a record: write `side = { inches = 12, rpm = 33 }`"
        ),
        "{said}"
    );
}
