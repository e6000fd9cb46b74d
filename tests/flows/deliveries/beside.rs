//! What goes beside songs, delivered with them: as long to the sample, named, and adding up.

use std::path::Path;

use flows::mixes::Song;
use flows::readers::{ffprobe, raw, read_with, says, tag};
use flows::room::Room;
use soundfile::SampleType;

use super::GOOD;

/// Two songs; the first is its band and its voice to the bit, and its two stems.
const PROGRAMME: &str = r#"
title = "Parts"
artist = "Ada"
gap = "1 s"
[[disc]]
[[disc.track]]
title = "Sum"
file = "sum.wav"
gain_db = -1.0
fade_out = { length = "1 s", shape = "s" }
[[disc.track.alternate]]
role = "instrumental"
file = "band_late.wav"
[[disc.track.alternate]]
role = "a_cappella"
file = "voice.wav"
[[disc.track.alternate]]
role = "stem"
name = "Band"
file = "band.wav"
[[disc.track.alternate]]
role = "stem"
name = "Voice"
file = "voice.wav"
[[disc.track]]
title = "One"
file = "one.wav"
[[release.song]]
song = "Sum"
isrc = "DEA122600001"
"#;

fn parts() -> Room {
    let room = Room::new();
    let song = Song {
        seconds: 6.0,
        rate_hz: 44_100,
        sample: SampleType::I24,
        key: 0,
    };
    song.write(&room.path("one.wav"));
    for command in [
        "sox -D -v 0.4 one.wav band.wav",
        "sox -D -R -n -r 44100 -c 2 -b 24 voice.wav synth 6 pinknoise vol 0.2",
        "sox -D -m -v 1 band.wav -v 1 voice.wav sum.wav",
        "sox -D band.wav band_late.wav pad 700s 0",
    ] {
        read_with(room.folder(), command);
    }
    room.keep("album.toml", PROGRAMME);
    room
}

/// What a file holds, as ffmpeg decodes it, in steps of 24 bits.
fn samples(path: &Path) -> Vec<i32> {
    let bytes = raw(path, &["-f", "s24le"]);
    let three = bytes.as_chunks::<3>().0.iter();
    three
        .map(|b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8)
        .collect()
}

#[test]
fn alternates_and_stems_are_delivered_beside_their_song() {
    let room = parts();
    let made = room.json(
        "deliver album.toml -o out --format wav,mp3 --beside alternates-and-stems --json",
        GOOD,
    );
    let files = made["delivered"]["files"].as_array().unwrap();
    let named: Vec<(&str, &str)> = files
        .iter()
        .filter(|file| file["format"] == "wav-24")
        .map(|file| {
            (
                file["path"].as_str().unwrap(),
                file["beside"].as_str().unwrap_or("-"),
            )
        })
        .collect();
    let folder = "WAV 24-44.1";
    let expected = [
        ("01 Sum.wav", "-"),
        ("02 One.wav", "-"),
        ("Alternates/01 Sum (Instrumental).wav", "Instrumental"),
        ("Alternates/01 Sum (A Cappella).wav", "A Cappella"),
        ("Stems/01 Sum (Band).wav", "Band"),
        ("Stems/01 Sum (Voice).wav", "Voice"),
    ];
    let expected = expected.map(|(path, beside)| (format!("{folder}/{path}"), beside));
    let expected: Vec<(&str, &str)> = expected
        .iter()
        .map(|(path, to)| (path.as_str(), *to))
        .collect();
    assert_eq!(named, expected);
    let samples = |path: &str| samples(&room.path("out").join(path));
    let whole = samples(expected[0].0);
    for (one, other) in [(2, 3), (4, 5)] {
        let (one, other) = (samples(expected[one].0), samples(expected[other].0));
        assert_eq!([one.len(), other.len()], [whole.len(); 2], "one length");
        let off = whole.iter().zip(&one).zip(&other);
        let off = off
            .map(|((whole, one), other)| (whole - one - other).abs())
            .max();
        // Rounding and dither move each file by less than two steps.
        assert!(off < Some(6), "{off:?}");
    }
    says(
        &made["delivered"]["said"].to_string(),
        &[
            "Instrumental, A Cappella add up to the master",
            "Band, Voice add up to the master",
        ],
    );
    // Named as what they are; the song's code is the song's alone.
    let probed = ffprobe(&room.path("out").join(expected[2].0));
    assert_eq!(tag(&probed, "title"), "Sum (Instrumental)");
    assert_eq!([tag(&probed, "isrc"), tag(&probed, "TSRC")].concat(), "");
    let probed = ffprobe(&room.path("out").join(expected[0].0));
    assert_eq!(
        [tag(&probed, "isrc"), tag(&probed, "TSRC")].concat(),
        "DEA122600001"
    );
    let frames = |path: &str| raw(&room.path("out").join(path), &["-f", "s16le"]).len();
    let song = frames("MP3 320-44.1/01 Sum.mp3");
    assert_eq!(
        frames("MP3 320-44.1/Alternates/01 Sum (A Cappella).mp3"),
        song
    );
    let said = read_with(&room.path("out"), "sha256sum --strict -c CHECKSUMS.sha256");
    says(&said, &["Stems/01 Sum (Voice).mp3: OK"]);
}

#[test]
fn what_goes_beside_songs_stays_where_nobody_wants_it() {
    let room = parts();
    room.keep(
        "label.toml",
        "title = \"L\"\nformats = [\"wav\"]\nbeside = \"alternates\"\n",
    );
    room.json(
        "deliver album.toml -o some --profile label.toml --json",
        GOOD,
    );
    assert!(room.path("some/WAV 24-44.1/Alternates").exists());
    assert!(!room.path("some/WAV 24-44.1/Stems").exists());
    room.json("deliver album.toml -o none --format wav --json", GOOD);
    let said = read_with(&room.path("none/WAV 24-44.1"), "ls");
    assert_eq!(
        said.lines().collect::<Vec<_>>(),
        ["01 Sum.wav", "02 One.wav"]
    );
}

/// The song with two words from its band, which its two other stems are; the voice is a stem of its own.
const REPLACED: &str = r#"
title = "Parts"
artist = "Ada"
[[disc]]
[[disc.track]]
title = "Sum"
file = "sum.wav"
[[disc.track.edit]]
what = "replace"
from = "2 s"
to = "3 s"
because = "language"
join = "10 ms"
with = "band_late.wav"
[[disc.track.alternate]]
role = "stem"
name = "Bass"
file = "bass.wav"
[[disc.track.alternate]]
role = "stem"
name = "Voice"
file = "voice.wav"
[[disc.track.alternate]]
role = "stem"
name = "Rest"
file = "rest.wav"
"#;

#[test]
fn stems_follow_a_replaced_word_where_they_are_what_replaces_it() {
    let room = parts();
    for command in [
        "sox -D -R -n -r 44100 -c 2 -b 24 bass.wav synth 6 brownnoise vol 0.05",
        "sox -D -m -v 1 band.wav -v -1 bass.wav rest.wav",
    ] {
        read_with(room.folder(), command);
    }
    room.keep("replaced.toml", REPLACED);
    let deliver = "deliver replaced.toml -o out --format wav --beside alternates-and-stems --json";
    room.json(deliver, GOOD);
    let said = read_with(&room.path("out/WAV 24-44.1"), "find . -name '*.wav'");
    let samples = |words: &str| {
        let mut paths = said.lines();
        let path = paths.find(|path| path.contains(words));
        let path = path.unwrap_or_else(|| panic!("{words} in {said}"));
        samples(&room.path("out/WAV 24-44.1").join(path))
    };
    let whole = samples("./01 Sum");
    let stems = ["(Bass", "(Voice", "(Rest"].map(samples);
    let off = (0..whole.len()).map(|at| {
        let parts: i32 = stems.iter().map(|stem| stem[at]).sum();
        (whole[at] - parts).abs()
    });
    // Rounding and dither move each file by less than two steps.
    assert!(off.max() < Some(8));
    let word = 2 * 44_100 * 21 / 10..2 * 44_100 * 29 / 10;
    let loudest = |stem: &[i32]| stem[word.clone()].iter().map(|s| s.abs()).max();
    assert!(loudest(&stems[1]) < Some(3), "the voice is silent");
    assert!(loudest(&stems[0]) > Some(10_000), "the bass plays on");
    // Without one of the band's stems nobody can tell what sounds there.
    let without = REPLACED.replace(
        "name = \"Rest\"\nfile = \"rest.wav\"",
        "name = \"Air\"\nfile = \"one.wav\"",
    );
    room.keep("without.toml", &without);
    let refused =
        room.lacquer("deliver without.toml -o no --format wav --beside alternates-and-stems");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    says(
        &said,
        &[
            "the stems of \u{201c}Sum\u{201d} cannot follow it at 0:02.000, where band_late.wav replaces all of them",
            "dBFS RMS are left over",
        ],
    );
}
