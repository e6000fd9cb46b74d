//! A disc from finished songs: delivered, read back, opened by programs written by others, damaged
//! and objected to.

use std::io::Write as _;

use flows::readers::{read_with, says};
use flows::room::Room;
use serde_json::Value;
use soundfile::{AudioSpec, SampleType, WavWriter};

const GOOD: Option<i32> = Some(0);
const NO: Option<i32> = Some(1);
const FAILED: Option<i32> = Some(2);

/// A disc of three songs; the second follows the first without a gap.
const DISC: &str = r#"
title = "First Light"
performer = "Ada"
ean = "4006381333931"
master_id = "LAQ001"
language = "en"
genre = "Jazz"
gap = "00:02:00"

[[track]]
file = "one.wav"
title = "Über dem Fluß"
performer = "Ada"
isrc = "DE-A12-26-00001"

[[track]]
file = "two.wav"
title = "Two"
performer = "Ada"
isrc = "DE-A12-26-00002"
gap = "00:00:00"
copying = "permitted"
indexes = ["00:03:10"]

[[track]]
file = "three.wav"
title = "Three"
performer = "Bo"
isrc = "DE-A12-26-00003"

[[translation]]
language = "de"
title = "Erstes Licht"
titles = ["Eins", "Zwei", "Drei"]
"#;

/// A folder with songs and the disc's description.
fn three_songs() -> Room {
    let room = Room::new();
    // The first is whole sectors, as what is followed on must be.
    song(&room, "one.wav", 44_100 * 6, 1);
    song(&room, "two.wav", 44_100 * 5 + 17, 2);
    song(&room, "three.wav", 44_100 * 7 + 100, 3);
    room.keep("disc.toml", DISC);
    room
}

fn song(room: &Room, name: &str, frames: u64, seed: u64) {
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels: 2,
        sample: SampleType::I16,
    };
    let file = std::fs::File::create(room.path(name)).unwrap();
    let mut wav = WavWriter::new(file, spec, &[]).unwrap();
    // Noise of a fixed seed (Knuth's multiplicative generator), so that any shift is seen.
    let mut state = seed;
    let mut sample = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let [.., a, b] = state.to_be_bytes();
        [a, b >> 3]
    };
    let bytes: Vec<u8> = (0..frames * 2).flat_map(|_| sample()).collect();
    wav.write_raw(&bytes).unwrap();
    wav.finish().unwrap();
}

/// Makes the disc in every format below `out`; the folders have no blanks in their names here.
fn deliver(room: &Room) -> Value {
    let made = room.json(
        "deliver disc.toml -o out --format ddp,cue-bin,cue-wavs,pq --json",
        GOOD,
    );
    for (from, to) in [
        ("DDP", "ddp"),
        ("CUE and BIN", "bin"),
        ("CUE and WAV", "wavs"),
        ("PQ sheet", "pq"),
    ] {
        std::fs::rename(room.path("out").join(from), room.path(to)).unwrap();
    }
    made
}

const AGAINST: &str = "--against one.wav --against two.wav --against three.wav";

#[test]
fn a_disc_is_delivered_in_every_format_and_verified() {
    let room = three_songs();
    let made = deliver(&room);
    assert_eq!(made["length"], "00:22:02");
    assert_eq!(made["tracks"][1]["start"], "00:08:00");
    assert_eq!(made["tracks"][1]["pregap"], Value::Null);
    assert_eq!(made["tracks"][1]["fill_frames"], 571);
    assert_eq!(made["tracks"][2]["pregap"], "00:13:01");
    for place in ["ddp", "bin", "wavs"] {
        let judged = room.json(&format!("verify {place} --json {AGAINST}"), GOOD);
        assert_eq!(judged["is_whole"], true, "{judged:#}");
        assert_eq!(judged["tracks"][2]["start"], "00:15:01");
        assert_eq!(judged["tracks"][0]["title"], "Über dem Fluß");
        assert_eq!(judged["tracks"][2]["isrc"], "DE-A12-26-00003");
        // The first song fills its track to the last sample.
        assert_eq!(
            judged["tracks"][0]["samples_sha256"],
            made["tracks"][0]["samples_sha256"]
        );
    }
    let image = std::fs::metadata(room.path("ddp/IMAGE.DAT")).unwrap();
    assert_eq!(image.len(), (22 * 75 + 2) * 2352);
    // What is there already is never replaced.
    room.keep("taken", "");
    let said = room.said("deliver disc.toml -o taken", FAILED);
    assert!(said.contains("could not make taken"), "{said}");
}

#[test]
fn programs_written_by_others_read_what_is_delivered() {
    let room = three_songs();
    deliver(&room);
    read_with(&room.path("ddp"), "md5sum --strict -c CHECKSUM.MD5");
    let said = read_with(&room.path("ddp"), "cdrskin textfile_to_v07t=CDTEXT.BIN");
    for words in [
        "First Light",
        "Erstes Licht",
        "4006381333931",
        "DEA122600003",
        "Jazz",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    let said = read_with(&room.path("wavs"), "cdrdao show-toc *.cue");
    assert!(said.contains("DE A12 26 00003"), "{said}");
    // The file of a track begins with its pregap.
    let said = read_with(&room.path("wavs"), "soxi -s 03*.wav");
    assert_eq!(said.trim(), ((2 * 75 + 7 * 75 + 1) * 588).to_string());
    let said = read_with(&room.path("pq"), "pdftotext -layout 'PQ sheet.pdf' -");
    for words in [
        "4006381333931",
        "LAQ001",
        "02.02",
        "00:11:10",
        "DE-A12-26-00002",
        "copy permitted",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    let csv = std::fs::read_to_string(room.path("pq/PQ sheet.csv")).unwrap();
    assert!(
        csv.contains("03,01,00:15:01,00:07:01,Three,DE-A12-26-00003"),
        "{csv}"
    );
}

#[test]
fn what_is_changed_afterwards_is_objected_to() {
    let room = three_songs();
    deliver(&room);
    // One sample in the third song: 00:15:01 is its start.
    let path = room.path("ddp/IMAGE.DAT");
    let mut image = std::fs::read(&path).unwrap();
    let at = (15 * 75 + 1) * 2352 + 44_100 * 4;
    image[at] ^= 1;
    std::fs::File::create(&path)
        .unwrap()
        .write_all(&image)
        .unwrap();
    let said = room.said(&format!("verify ddp {AGAINST}"), NO);
    assert!(
        said.contains("IMAGE.DAT has other bytes than CHECKSUM.MD5 says"),
        "{said}"
    );
    let differs = "track 3 differs from three.wav from 0:01 (sample 0 of that second) on";
    assert!(said.contains(differs), "{said}");
    assert!(!said.contains("track 2 differs"), "{said}");
    // A mark that is gone, a sheet that names nothing, another plant.
    let said = room.said("verify bin --longest 00:20:00", NO);
    assert!(
        said.contains("the disc ends at 00:22:02, after the plant's limit of 00:20:00"),
        "{said}"
    );
    std::fs::remove_file(room.path("bin/First Light.bin")).unwrap();
    let said = room.said("verify bin", NO);
    assert!(
        said.contains("the sheet names \"First Light.bin\", which does not lie beside it"),
        "{said}"
    );
    std::fs::remove_file(room.path("ddp/PQDESCR")).unwrap();
    let said = room.said("verify ddp", NO);
    assert!(
        said.contains("DDPMS names PQDESCR, which is not in the folder"),
        "{said}"
    );
}

#[test]
fn what_makes_no_disc_is_refused_with_its_track_and_leaves_nothing() {
    let room = three_songs();
    song(&room, "short.wav", 44_100 * 3, 4);
    song(&room, "odd.wav", 44_100 * 6 + 1, 5);
    let with = |from: &str, to: &str| DISC.replace(from, to);
    let cases = [
        (
            with("three.wav", "short.wav"),
            "track 3: from 00:15:01 to 00:18:01 it is 00:03:00 long; a track has 00:04:00 or more",
        ),
        (
            with("one.wav", "odd.wav"),
            "track 1 ends 587 frames before a sector border, and track 2 follows without a pregap",
        ),
        (with("DE-A12-26-00002", "DE-A12-26"), "track 2 (two.wav)"),
        (
            with("4006381333931", "4006381333932"),
            "the last one would be 1",
        ),
        (
            with("\"Two\"", "\"Łódź\""),
            "CD-Text, track 2: the title \"Łódź\" holds 'Ł'",
        ),
        (
            with("gap = \"00:02:00\"", ""),
            "the gap before it is not said",
        ),
        (
            with("[[track]]\nfile = \"three", "[[song]]\nfile = \"three"),
            "unknown field `song`",
        ),
        (
            format!("longest = \"00:20:00\"\n{DISC}"),
            "after the plant's limit of 00:20:00",
        ),
    ];
    for (text, expected) in cases {
        room.keep("bad.toml", &text);
        let said = room.said("deliver bad.toml -o none", FAILED);
        assert!(said.contains(expected), "{expected} in {said}");
        assert!(!room.path("none").exists());
    }
    let file = std::fs::File::create(room.path("high.wav")).unwrap();
    let spec = AudioSpec {
        rate_hz: 48_000,
        channels: 2,
        sample: SampleType::I24,
    };
    let mut wav = WavWriter::new(file, spec, &[]).unwrap();
    wav.write_raw(&vec![0; 48_000 * 6 * 5]).unwrap();
    wav.finish().unwrap();
    room.keep("bad.toml", &with("three.wav", "high.wav"));
    let said = room.said("deliver bad.toml -o none", FAILED);
    assert!(
        said.contains("48000 Hz, 24 bits, 2 channels; a disc takes 44100 Hz"),
        "{said}"
    );
}

#[test]
fn a_hidden_track_stands_before_the_first() {
    let room = three_songs();
    song(&room, "hidden.wav", 44_100 * 9, 6);
    room.keep("disc.toml", &format!("hidden = \"hidden.wav\"\n{DISC}"));
    let made = room.json("deliver disc.toml -o out --format ddp,cue-bin --json", GOOD);
    assert_eq!(made["tracks"][0]["start"], "00:11:00");
    let judged = room.json(&format!("verify out/DDP --json {AGAINST}"), GOOD);
    assert_eq!(judged["tracks"][0]["start"], "00:11:00");
    let image = std::fs::read(room.path("out/DDP/IMAGE.DAT")).unwrap();
    let hidden = std::fs::read(room.path("hidden.wav")).unwrap();
    let sound = &hidden[hidden.len() - 44_100 * 9 * 4..];
    assert!(image[150 * 2352..150 * 2352 + sound.len()] == *sound);
}

#[test]
fn a_disc_is_listened_to_as_a_player_plays_it() {
    let room = three_songs();
    song(&room, "hidden.wav", 44_100 * 9, 6);
    room.keep("disc.toml", &format!("hidden = \"hidden.wav\"\n{DISC}"));
    room.json("deliver disc.toml -o out --format ddp,cue-bin --json", GOOD);
    let heard = room.json("verify out/DDP --listen played --json", GOOD);
    let listed: Vec<[&str; 4]> = heard["listen"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| ["file", "from", "length", "gap"].map(|key| one[key].as_str().unwrap()))
        .collect();
    // The hidden song's nine seconds, then three songs; the last has two seconds of gap before it.
    assert_eq!(
        listed,
        [
            [
                "00 Before the first track.wav",
                "00:02:00",
                "00:09:00",
                "00:00:00"
            ],
            ["01 Über dem Fluß.wav", "00:11:00", "00:06:00", "00:00:00"],
            ["02 Two.wav", "00:17:00", "00:07:01", "00:02:00"],
            ["03 Three.wav", "00:24:01", "00:07:01", "00:00:00"],
        ]
    );
    // One after the other they are the image behind its two seconds, as sox reads them.
    let joined = read_with(
        &room.path("played"),
        "sox -D *.wav -t raw -e signed -b 16 ../joined.raw; tail -c +352801 ../out/DDP/IMAGE.DAT | cmp - ../joined.raw && echo same",
    );
    assert_eq!(joined.trim(), "same");
    let said = read_with(&room.path("played"), "cat Disc.txt; mediainfo 03*.wav");
    for words in [
        "EAN         4006381333931",
        "gap       00:02:00, at its end",
        "ISRC      DE-A12-26-00002",
        "index 02",
        "copies    permitted",
        "Erstes Licht",
        "Über dem Fluß",
        "Bo",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    // Anybody's sheet is listened to in the same way, and what is there already is never replaced.
    std::fs::rename(room.path("out/CUE and BIN"), room.path("sheet")).unwrap();
    room.json("verify sheet --listen again --json", GOOD);
    let sound = |of: &str| read_with(&room.path(of), "sox -D 02*.wav -t raw - | sha256sum");
    assert_eq!(sound("played"), sound("again"));
    // A sheet names performers where a fileset has CD-Text.
    let told = read_with(&room.path("again"), "ffprobe -hide_banner 03*.wav");
    says(
        &told,
        &["artist          : Bo", "album           : First Light"],
    );
    let said = room.said("verify out/DDP --listen played", FAILED);
    assert!(said.contains("could not make played"), "{said}");
    let said = room.said("verify one.wav --listen other", FAILED);
    assert!(
        said.contains("--listen plays a disc; one.wav is none"),
        "{said}"
    );
}
