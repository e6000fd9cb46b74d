//! A programme from its file to the tracks and discs: `lacquer album` on songs at several rates, read back by other
//! programs.

mod chains;
mod sides;
mod table;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use table::{Album, frames_of, samples};

const HEAD: &str = "title = \"Northern Lines\"\ngap = \"1.5 s\"\ngrid = \"cd_frames\"\n";

const SONGS: &str = r#"
[[disc]]
[[disc.track]]
file = "mixes/one.wav"
title = "First Light"
segue = { length = "1 s", shape = "equal_power", mark = "middle" }
[[disc.track]]
title = "Rain"
track = "Rain"
version = 3
gain_db = -1.0
[[disc.track]]
title = "Coda"
file = "mixes/one.wav"
fade_out = { length = "1 s", shape = "s" }
"#;

const NAMES: [&str; 4] = ["01 First Light", "02 Rain", "03 Coda", "Northern Lines"];

fn files(folder: &Path) -> Vec<PathBuf> {
    NAMES
        .iter()
        .map(|name| folder.join(format!("{name}.wav")))
        .collect()
}

#[test]
fn a_programme_becomes_its_tracks_and_they_are_its_disc() {
    let head = HEAD.to_owned() + "versions_in = \"mixes\"\n";
    let album = Album::new(&head, SONGS);
    let said = album.json("album album.toml -o out --json");
    let tracks = &said["discs"][0]["tracks"];
    // 4 s are 176 400 samples: with a segue of 1 s the second song begins at 132 300, and its mark lies half a second on, at
    // 154 350, which is 262.5 CD frames: the border before is 262.
    assert_eq!(tracks[1]["start_frame"], 132_300);
    assert_eq!(tracks[1]["mark_frame"], 262 * 588);
    assert_eq!(tracks[1]["mark_cd_time"], "00:03:37");
    // It ends at 308 700; with 1.5 s of gap that is 637.5 CD frames: the border after is 638.
    assert_eq!(tracks[2]["start_frame"], 374_850 + 294);
    assert_eq!(
        tracks[2]["moved"][0],
        "the gap before it is 6.7 ms longer, up to a CD frame"
    );
    let out = files(&album.path("out"));
    let whole = samples(&out[3..]);
    assert_eq!(samples(&out[..3]), whole, "tracks joined are the disc");
    assert_eq!(frames_of(&out[0]), 262 * 588);
    assert_eq!(frames_of(&out[3]) % 588, 0);
    assert_eq!(frames_of(&out[3]) * 2, whole.len() as i64);
    for (file, track) in out.iter().zip(tracks.as_array().unwrap()) {
        assert_eq!(track["file"]["frames"], frames_of(file));
        assert_eq!(track["file"]["clipped_samples"], 0);
    }
    // Until the segue the first song is its mix bit for bit; the gap is silent.
    let mix = samples(&[album.path("mixes/one.wav")]);
    assert_eq!(whole[..2 * 132_300], mix[..2 * 132_300]);
    assert!(whole[2 * 308_700..2 * 375_144].iter().all(|x| *x == 0));
    // The last frames are faded out.
    assert!(
        whole[2 * (375_144 + 176_300)..]
            .iter()
            .all(|x| x.abs() < 20)
    );
    // The same again, and nothing of it is ever replaced.
    let again = album.json("album album.toml -o again --json");
    assert_eq!(
        again["discs"][0]["file"]["samples_sha256"],
        said["discs"][0]["file"]["samples_sha256"]
    );
    assert!(
        album
            .refused("album album.toml -o out")
            .contains("could not make out/01 First Light.wav")
    );
    assert_eq!(samples(&out[3..]), whole);
}

#[test]
fn songs_at_several_rates_are_converted_once_to_the_rate_that_is_named() {
    let songs = "[[disc]]\n[[disc.track]]\ntitle = \"One\"\nfile = \"mixes/one.wav\"\n[[disc.track]]\ntitle = \"High\"\nfile = \"mixes/high.wav\"\n";
    let album = Album::new(HEAD, songs);
    let said = album.refused("album album.toml -o out");
    assert!(
        said.contains("44100 Hz and 96000 Hz: say at which rate"),
        "{said}"
    );
    assert!(!album.path("out").exists());
    for (rate, start) in [("44100", 242_844), ("96000", 528_640)] {
        let out = format!("out{rate}");
        let said = album.json(&format!("album album.toml -o {out} --rate {rate} --json"));
        // 4 s and 1.5 s are 412.5 CD frames: 413.
        assert_eq!(said["discs"][0]["tracks"][1]["start_frame"], start);
        let folder = album.path(&out);
        let track = folder.join("02 High.wav");
        assert_eq!(
            flows::readers::ffprobe(&track)["streams"][0]["sample_rate"],
            rate
        );
        let joined = samples(&[folder.join("01 One.wav"), track]);
        assert_eq!(joined, samples(&[folder.join("Northern Lines.wav")]));
    }
}

#[test]
fn a_plan_says_where_everything_lies_and_makes_nothing() {
    let head = HEAD.to_owned() + "versions_in = \"mixes\"\n";
    let edit = "edit = [{ what = \"cut\", from = \"1 s\", to = \"2 s\", because = \"length\" }]\n";
    let album = Album::new(&head, &(SONGS.to_owned() + edit));
    let done = album.lacquer("album album.toml --plan");
    let said = String::from_utf8(done.stdout).unwrap();
    for words in [
        "Northern Lines, 44100 Hz",
        "02   0:03.493   0:03.000   0:03.493   0:07.000  Rain",
        "Coda (Radio Edit)",
        "an edit is another recording: which ISRC",
        "the edit from 0:01.000 to 0:02.000 lies",
    ] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    let plan = album.json("album album.toml --plan --json");
    assert_eq!(plan["discs"][0]["tracks"][0]["file"], Value::Null);
    assert_eq!(plan["discs"][0]["tracks"][2]["version"], "Radio Edit");
    let edit = &plan["edits"][0];
    let frames = |key: &str| edit[key].as_i64().unwrap();
    let length = frames("to_frame") - frames("from_frame");
    let track = &plan["discs"][0]["tracks"][2];
    let sounds = track["end_frame"].as_i64().unwrap() - track["start_frame"].as_i64().unwrap();
    assert_eq!(sounds, 176_400 - length);
    assert_eq!(std::fs::read_dir(album.0.path()).unwrap().count(), 2);
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_nothing_is_made() {
    let songs = SONGS
        .replace(
            "length = \"1 s\", shape = \"s\"",
            "length = \"5 s\", shape = \"s\"",
        )
        .replace("title = \"Rain\"\n", "title = \"Rain\"\ngap = \"-1 s\"\n")
        .replace("version = 3", "version = 1")
        + "[[disc.track]]\ntitle = \"Lost\"\nfile = \"mixes/lost.wav\"\n";
    let album = Album::new(&(HEAD.to_owned() + "versions_in = \"mixes\"\n"), &songs);
    let said = album.refused("album album.toml -o out");
    for words in [
        "track 2 \u{201c}Rain\u{201d}: the gap before it is negative",
        "track 2 \u{201c}Rain\u{201d}: it has a gap of its own before it, and the song before runs into it",
        "track 3 \u{201c}Coda\u{201d}: its fade out of 0:05.000 is longer than the song (0:04.000)",
        "track 4 \u{201c}Lost\u{201d}: its file mixes/lost.wav is not there",
    ] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    assert!(!album.path("out").exists());
    album.keep(
        "album.toml",
        &(HEAD.to_owned() + &songs.replace("gain_db", "gain")),
    );
    let said = album.refused("album album.toml -o out");
    assert!(said.contains("a programme knows no `gain`"), "{said}");
    let missing = HEAD.to_owned() + "versions_in = \"mixes\"\n" + &SONGS.replace("= 3", "= 2");
    album.keep("album.toml", &missing);
    let said = album.refused("album album.toml -o out");
    assert!(
        said.contains(
            "there is no second version of \u{201c}Rain\u{201d}; there is the first and the third"
        ),
        "{said}"
    );
}

/// A song that was turned down is proposed to come back, within the limits, and shops say what they do.
#[test]
fn a_balance_is_proposed_with_its_reasons() {
    let songs = "[[disc]]\n[[disc.track]]\ntitle = \"One\"\nfile = \"mixes/one.wav\"\n[[disc.track]]\ntitle = \"Softer\"\nfile = \"mixes/one.wav\"\ngain_db = -1.0\n[[disc.track]]\ntitle = \"Far\"\nfile = \"mixes/one.wav\"\ngain_db = -4.0\n";
    let album = Album::new(HEAD, songs);
    for by in ["integrated", "short_term", "range_top"] {
        let words = format!("album album.toml --balance {by} --json");
        let balance = &album.json(&words)["balance"];
        let steps = balance["steps"].as_array().unwrap();
        let gain = |n: usize| (steps[n]["gain_db"].as_f64().unwrap() * 10.0).round();
        assert_eq!([gain(0), gain(1), gain(2)], [0.0, 10.0, 15.0], "{by}");
        let left = steps[2]["left_lu"].as_f64().unwrap();
        // Gates and windows move by less than a tenth between two levels of one song.
        assert!((left + 2.5).abs() < 0.1, "{by}: {left}");
        assert_eq!(steps[1]["tilt_db"], 0.0);
    }
    let words = "album album.toml --balance integrated --gain-limit 6 --anchor 3 --json";
    let balance = album.json(words)["balance"].clone();
    assert_eq!(
        (balance["steps"][0]["gain_db"].as_f64().unwrap() * 10.0).round(),
        -40.0
    );
    let shops = balance["shops"].as_array().unwrap();
    let spotify = shops.iter().find(|shop| shop["shop"] == "Spotify").unwrap();
    let own = balance["songs"][0]["integrated_lufs"].as_f64().unwrap();
    let turned = spotify["songs_db"][0].as_f64().unwrap();
    let peak = balance["songs"][0]["true_peak_dbtp"].as_f64().unwrap();
    let expected = (-14.0 - own).min((-1.0 - peak).max(0.0));
    assert!((turned - expected).abs() < 1e-9, "{turned} {expected}");
    let said = String::from_utf8(
        album
            .lacquer("album album.toml --balance integrated")
            .stdout,
    )
    .unwrap();
    assert!(
        said.contains("balance by integrated loudness") && said.contains("unless more is allowed"),
        "{said}"
    );
    assert!(
        album
            .refused("album album.toml --balance integrated --anchor 7")
            .contains("no song 7")
    );
    let refused = album.refused("album album.toml --balance integrated --gain-limit=-1");
    assert!(refused.contains("not by -1 dB"), "{refused}");
}

/// A song without words that begins 700 samples late is laid over the mix to the sample, and where it is nothing is heard of a
/// join: both are the same music.
#[test]
fn an_alternate_is_brought_to_its_song_before_it_replaces_anything() {
    let songs = "[[disc]]\n[[disc.track]]\ntitle = \"One\"\nfile = \"mixes/one.wav\"\nedit = [{ what = \"replace\", from = \"1 s\", to = \"2 s\", with = \"mixes/late.wav\", because = \"language\", join = \"5 ms\" }]\n";
    let album = Album::new(HEAD, songs);
    let padded = Command::new("sox")
        .args(["-D", "mixes/one.wav", "mixes/late.wav", "pad", "700s", "0"])
        .current_dir(album.0.path())
        .output()
        .unwrap();
    assert!(padded.status.success(), "{padded:?}");
    let said = album.json("album album.toml -o out --json");
    assert_eq!(said["alternates"][0]["shift_frames"], 700);
    assert_eq!(said["discs"][0]["tracks"][0]["version"], "Clean Version");
    let made = samples(&[album.path("out/01 One (Clean Version).wav")]);
    let mix = samples(&[album.path("mixes/one.wav")]);
    // Two products that add up to the sample, and dither of one step.
    let differs = mix.iter().zip(&made).map(|(a, b)| (a - b).abs()).max();
    assert!(differs <= Some(2), "{differs:?}");
    album.keep(
        "album.toml",
        &(HEAD.to_owned() + &songs.replace("late.wav", "Rain.wav")),
    );
    let said = album.refused("album album.toml -o other");
    assert!(
        said.contains("cannot replace anything in \u{201c}One\u{201d}"),
        "{said}"
    );
}

/// What is proposed is written beside what the person wrote, and then there is nothing more to propose.
#[test]
fn a_balance_is_written_into_the_programme_and_nothing_else_of_it_moves() {
    let songs = "[[disc]]\n[[disc.track]]\ntitle = \"One\"  # the anchor\nfile = \"mixes/one.wav\"\n[[disc.track]]\ntitle = \"Softer\"\nfile = \"mixes/one.wav\"\ngain_db = -1.0 # by ear\n[[disc.track]]\ntitle = \"Same\"\nfile = \"mixes/one.wav\"\n";
    let album = Album::new(HEAD, songs);
    let words = "album album.toml --balance integrated --anchor 2 --write --json";
    let steps = album.json(words)["balance"]["steps"].clone();
    assert_eq!(
        (steps[0]["gain_db"].as_f64().unwrap() * 10.0).round(),
        -10.0
    );
    let written = std::fs::read_to_string(album.path("album.toml")).unwrap();
    let reason = steps[0]["reasons"][1].as_str().unwrap();
    let levels = format!(
        "# balance: {}\n# balance: {reason}\ngain_db = -1.0\n",
        steps[0]["reasons"][0].as_str().unwrap()
    );
    let expected = format!("{HEAD}{songs}")
        .replace("# the anchor\n", &format!("# the anchor\n{levels}"))
        .replace("\"Same\"\n", &format!("\"Same\"\n{levels}"));
    assert_eq!(written, expected);
    let again = album.json("album album.toml --balance integrated --anchor 2 --write --json");
    for step in again["balance"]["steps"].as_array().unwrap() {
        assert_eq!(step["gain_db"], 0.0, "{step}");
    }
    assert_eq!(
        std::fs::read_to_string(album.path("album.toml")).unwrap(),
        expected
    );
}

/// An alternate that ends early replaces up to its end on the song, wherever its own file begins; beyond it is refused.
#[test]
fn what_replaces_ends_where_the_alternate_ends_on_its_song() {
    let songs = |to: &str| {
        format!(
            "[[disc]]\n[[disc.track]]\ntitle = \"One\"\nfile = \"mixes/one.wav\"\nedit = [{{ what = \"replace\", from = \"1 s\", to = \"{to}\", with = \"mixes/short.wav\", because = \"language\", join = \"cut\" }}]\n"
        )
    };
    let album = Album::new(HEAD, &songs("3.5 s"));
    // It has lost its first half second and its last: three seconds, from 0.5 to 3.5 of the song.
    album.sox("mixes/one.wav mixes/short.wav trim 0.5 3");
    let said = album.json("album album.toml -o out --json");
    assert_eq!(said["alternates"][0]["shift_frames"], -22_050);
    let made = samples(&[album.path("out/01 One (Clean Version).wav")]);
    assert_eq!(
        made,
        samples(&[album.path("mixes/one.wav")]),
        "it is the same music"
    );
    album.keep("album.toml", &(HEAD.to_owned() + &songs("3.6 s")));
    let said = album.refused("album album.toml -o other");
    assert!(
        said.contains("at 0:01.000: the alternate mixes/short.wav ends at 0:03.500 of the song, before the edit does: edit up to there"),
        "{said}"
    );
}
