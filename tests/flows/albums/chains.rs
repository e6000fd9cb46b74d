//! Songs through chains on their way into a programme, and what goes beside them.

use std::path::Path;

use serde_json::Value;

use crate::table::{Album, frames_of, samples};

const HEAD: &str = "title = \"Lines\"\ngap = \"1 s\"\n";

/// One mix twice: through a chain with settings of its own, and as it is.
const TWICE: &str = r#"
[[disc]]
[[disc.track]]
file = "mixes/one.wav"
title = "One"
chain = { name = "chains/mine.toml", set.limiter.ceiling_dbtp = -3.0 }
[[disc.track]]
file = "mixes/one.wav"
title = "Two"
[[disc.track]]
title = "Three"
file = "mixes/one.wav"
chain = "gentle_glue"
gain_db = -0.5
"#;

fn chain(ceiling: &str) -> String {
    let stages = [
        "format = 1",
        "[[stages]]\nprocessor = \"gain\"\ngain_db = 9.0",
        "[[stages]]\nprocessor = \"limiter\"\nlookahead_ms = 4.0\nrelease_ms = 80.0",
    ];
    format!("{}\nceiling_dbtp = {ceiling}\n", stages.join("\n"))
}

/// What a song's file holds without the gap behind it.
fn own(file: &Path) -> Vec<i32> {
    let mut samples = samples(&[file.to_owned()]);
    samples.truncate(2 * 176_400);
    samples
}

#[test]
fn a_song_goes_through_its_chain_as_it_does_alone() {
    let album = Album::new(HEAD, TWICE);
    std::fs::create_dir(album.path("chains")).unwrap();
    album.keep("chains/mine.toml", &chain("-1.0"));
    album.keep("three.toml", &chain("-3.0"));
    let said = album.json("album album.toml -o out --json");
    let file = |name: &str| album.path("out").join(name);
    // With its own ceiling it is, bit for bit, what `lacquer master` makes of it.
    album.json("master mixes/one.wav -o alone.wav --chain three.toml --json");
    let alone = samples(&[album.path("alone.wav")]);
    assert_eq!(own(&file("01 One.wav")), alone);
    assert_eq!(
        own(&file("02 Two.wav")),
        samples(&[album.path("mixes/one.wav")])
    );
    assert_ne!(own(&file("03 Three.wav")), own(&file("02 Two.wav")));
    let mastered = said["mastered"].as_array().unwrap();
    let names: Vec<_> = mastered.iter().map(|song| &song["chain_name"]).collect();
    assert_eq!(names, ["chains/mine.toml", "gentle_glue"]);
    assert_eq!(mastered[0]["chain"]["stages"][1]["ceiling_dbtp"], -3.0);
    let peak = said["discs"][0]["tracks"][0]["file"]["measurements"]["true_peak_dbtp"].as_f64();
    assert!(peak <= Some(-2.9), "{peak:?}");
    // One song alone is the song of the whole.
    let third = TWICE.find("[[disc.track]]\ntitle = \"Three\"").unwrap();
    album.keep(
        "third.toml",
        &format!("{HEAD}[[disc]]\n{}", &TWICE[third..]),
    );
    album.json("album third.toml -o third --json");
    let third = samples(&[album.path("third/01 Three.wav")]);
    assert_eq!(own(&file("03 Three.wav")), third);
    // And a conversion is the only one: the same as the master's own.
    album.json("album album.toml -o high --rate 96000 --json");
    assert_eq!(frames_of(&album.path("high/03 Three.wav")), 384_000);
}

#[test]
fn a_chain_that_cannot_be_is_said_and_nothing_is_made() {
    for (chain, words) in [
        (
            "\"warm_tapes\"",
            "\u{201c}One\u{201d} cannot go through warm_tapes: it is neither a chain file nor a chain of the house, which are transparent,",
        ),
        (
            "{ name = \"vinyl\", set.gain.gain_db = 2.0 }",
            "the chain has no `gain` to set anything in; it has rumble_filter, stereo",
        ),
        (
            "{ name = \"vinyl\", set.limiter.ceiling_dbtp = 3.0 }",
            "ceiling_dbtp must be from",
        ),
    ] {
        let songs = format!(
            "[[disc]]\n[[disc.track]]\ntitle = \"One\"\nfile = \"mixes/one.wav\"\nchain = {chain}\n"
        );
        let album = Album::new(HEAD, &songs);
        for rest in ["-o out", "--plan"] {
            let said = album.refused(&format!("album album.toml {rest}"));
            assert!(said.contains(words), "{words} in\n{said}");
        }
        assert!(!album.path("out").exists());
    }
}

/// A mix of two parts that is their sum to the bit: the one late in its file, as exports of another day are.
fn with_parts(chain: &str) -> Album {
    let songs = format!(
        r#"
[[disc]]
[[disc.track]]
title = "Sum"
file = "mixes/sum.wav"
gain_db = -1.0
tilt_db = 0.4
fade_out = {{ length = "1 s", shape = "s" }}
{chain}
[[disc.track.alternate]]
role = "instrumental"
file = "mixes/band_late.wav"
[[disc.track.alternate]]
role = "a_cappella"
file = "mixes/voice.wav"
[[disc.track]]
title = "One"
file = "mixes/one.wav"
"#
    );
    let album = Album::new(HEAD, &songs);
    album.sox("-v 0.4 mixes/one.wav mixes/band.wav");
    album.sox("-R -n -r 44100 -c 2 -b 24 mixes/voice.wav synth 4 pinknoise vol 0.2");
    album.sox("-m -v 1 mixes/band.wav -v 1 mixes/voice.wav mixes/sum.wav");
    album.sox("mixes/band.wav mixes/band_late.wav pad 700s 0");
    album
}

fn sum_of(said: &Value) -> (&Value, f64, f64) {
    let sum = &said["sums"][0];
    let rms = |side: &str| sum[side]["rms_dbfs"].as_f64().unwrap_or(f64::NEG_INFINITY);
    (sum, rms("before"), rms("after"))
}

#[test]
fn what_goes_beside_a_song_is_keyed_by_it_and_adds_up_to_it() {
    let album = with_parts(
        "chain = { name = \"gentle_glue\", set.limiter.ceiling_dbtp = -6.0, set.compressor.makeup_db = 8.0 }",
    );
    let said = album.json("album album.toml -o out --alternates --json");
    assert_eq!(said["alternates"][0]["shift_frames"], 700);
    assert_eq!(said["alternates"][1]["shift_frames"], 0);
    let (sum, before, after) = sum_of(&said);
    assert_eq!(
        sum["parts"],
        serde_json::json!(["Instrumental", "A Cappella"])
    );
    assert_eq!(sum["adds_up"], true);
    assert_eq!(
        before,
        f64::NEG_INFINITY,
        "the parts are the mix to the bit"
    );
    // Some hundred operations in doubles, each within 2^-53 of its value.
    assert!(after < -250.0, "{after}");
    let files = [
        "01 Sum.wav",
        "01 Sum (Instrumental).wav",
        "01 Sum (A Cappella).wav",
    ];
    let files = files.map(|name| album.path("out").join(name));
    for file in &files {
        assert_eq!(frames_of(file), 5 * 44_100, "one length");
    }
    let [whole, band, voice] = files.map(|file| samples(&[file]));
    let off = whole
        .iter()
        .zip(&band)
        .zip(&voice)
        .map(|((w, b), v)| (w - b - v).abs())
        .max();
    // Rounding and dither move each file by less than two steps.
    assert!(off < Some(6), "{off:?}");
    // The limiter really worked, and the last second fades to nothing in all of them.
    let stages = said["mastered"][0]["stages"].as_array().unwrap();
    let limiter = stages
        .iter()
        .find(|stage| stage["processor"] == "limiter")
        .unwrap();
    assert!(
        limiter["max_gain_change_db"].as_f64().unwrap().abs() > 1.0,
        "{limiter}"
    );
    for row in [&band, &voice] {
        assert!(row.iter().any(|x| x.abs() > 100_000));
        assert!(row[2 * 176_390..].iter().all(|x| x.abs() < 20));
    }
    let text = String::from_utf8(
        album
            .lacquer("album album.toml -o more --alternates")
            .stdout,
    );
    let text = text.unwrap();
    assert!(
        text.contains("Instrumental, A Cappella add up to the master but for"),
        "{text}"
    );
    assert!(
        text.contains("and for the dither of 3 files, -139.7 dBFS RMS"),
        "{text}"
    );
    // Without the word for it nothing is made beside the songs.
    let said = album.json("album album.toml -o plain --json");
    assert_eq!(
        said["discs"][0]["tracks"][0]["beside"],
        serde_json::json!([])
    );
    assert_eq!(samples(&[album.path("plain/01 Sum.wav")]), whole);
}

/// What replaces words goes through the song's chain with the song's gains: where it is the same music, nothing of it is heard.
#[test]
fn what_replaces_in_a_song_with_a_chain_is_keyed_by_the_song() {
    let songs = |edit: &str| {
        format!(
            "[[disc]]\n[[disc.track]]\ntitle = \"One\"\nfile = \"mixes/one.wav\"\nchain = \"loud_modern\"\n{edit}"
        )
    };
    let edit = "edit = [{ what = \"replace\", from = \"1 s\", to = \"2 s\", with = \"mixes/late.wav\", because = \"language\", join = \"5 ms\" }]\nexplicit = true\n";
    let album = Album::new(HEAD, &songs(edit));
    album.sox("mixes/one.wav mixes/late.wav pad 700s 0");
    let said = album.json("album album.toml -o out --json");
    assert_eq!(said["alternates"][0]["shift_frames"], 700);
    let track = &said["discs"][0]["tracks"][0];
    assert_eq!(
        (&track["advisory"], &track["version"]),
        (&"explicit_content_edited".into(), &"Clean Version".into())
    );
    let edited = own(&album.path("out/01 One (Clean Version).wav"));
    album.keep("plain.toml", &(HEAD.to_owned() + &songs("")));
    album.json("album plain.toml -o plain --json");
    let plain = own(&album.path("plain/01 One.wav"));
    // Under the crossfade two products are added up: rounding and dither of one step each.
    let differs = plain.iter().zip(&edited).map(|(a, b)| (a - b).abs()).max();
    assert!(differs <= Some(2), "{differs:?}");
    // A plan says the same places, and no song is rendered for it but for its zero crossings.
    let near = songs(&edit.replace(", join = \"5 ms\"", ""));
    album.keep("near.toml", &(HEAD.to_owned() + &near));
    let plan = album.json("album near.toml --plan --json");
    let made = album.json("album near.toml -o near --json");
    assert_eq!(plan["edits"], made["edits"]);
    assert_eq!(plan["mastered"].as_array().unwrap().len(), 1);
    assert_eq!(
        album.json("album plain.toml --plan --json")["mastered"],
        serde_json::json!([])
    );
}

#[test]
fn a_chain_that_bends_the_wave_is_named_where_parts_no_longer_add_up() {
    let album = with_parts("chain = \"warm_tape\"");
    let text = std::fs::read_to_string(album.path("album.toml")).unwrap();

    let done = album.lacquer("album album.toml -o out --alternates --json");
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    let (sum, before, after) = sum_of(&said);
    assert_eq!(sum["adds_up"], false);
    assert!(before < -90.0 && after > -80.0, "{before} {after}");
    let bent = sum["bent_by"].as_array().unwrap();
    assert!(
        bent.iter()
            .any(|stage| stage.as_str().unwrap().starts_with("saturation"))
    );
    // Alternates at another rate are refused before anything sounds.
    album.sox("mixes/voice.wav -r 48000 mixes/fast.wav");
    album.keep(
        "fast.toml",
        &text.replace("mixes/voice.wav", "mixes/fast.wav"),
    );
    let said = album.refused("album fast.toml -o fast --alternates");
    assert!(
        said.contains(
            "its alternate mixes/fast.wav is at 48000 Hz and the song at 44100: export it again"
        ),
        "{said}"
    );
}
