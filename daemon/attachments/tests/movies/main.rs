//! Films as `ffmpeg` makes them, read beside what `ffprobe` says of them, laid beside their song, and damaged.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples of a test's song"
)]

mod filmed;

use std::fs::File;
use std::io::{Cursor, Read as _};
use std::path::Path;

use attachments::{
    Envelope, Movie, MovieRules, NoMovie, PcmSound, Song, Sync, TrackKind, Weight, lay_beside,
};
use filmed::{RATE, SECONDS, Studio, envelope, probed, song};
use proptest::prelude::*;
use serde_json::Value;

const PRORES_PCM: &str = "-c:v prores -c:a pcm_s24le -map_metadata -1 -write_tmcd 0";

fn read(path: &Path) -> Movie {
    Movie::read(&mut File::open(path).unwrap()).unwrap()
}

fn said(movie: &Movie, song: Option<Song<'_>>) -> Vec<(Weight, String)> {
    let found = movie.judge(&MovieRules::default(), song);
    found.into_iter().map(|f| (f.weight, f.words)).collect()
}

/// The sound of a film, as an envelope.
fn heard(path: &Path) -> Vec<u8> {
    let mut file = File::open(path).unwrap();
    let sound = PcmSound::of(&mut file).unwrap().unwrap();
    let mut heard = Envelope::new(sound.rate_hz(), 600);
    sound
        .read(&mut file, &mut |planar| heard.feed(planar))
        .unwrap();
    heard.into_values()
}

fn beside(path: &Path) -> Option<Sync> {
    lay_beside(&envelope(&song(), RATE), &heard(path))
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

#[test]
fn films_are_read_as_others_read_them() {
    let studio = Studio::open();
    for (name, coded, codec) in [
        ("a.mov", PRORES_PCM, "ProRes 4444"),
        ("b.mov", "-c:v libx264 -bf 2 -c:a aac -b:a 192k", "H.264"),
        (
            "c.mov",
            "-c:v libx264 -c:a pcm_s16be -movflags +faststart",
            "H.264",
        ),
        (
            "d.mov",
            "-c:v mjpeg -c:a pcm_f32le -ar 96000",
            "Motion JPEG",
        ),
        (
            "e.mov",
            "-c:v mjpeg -r 23.976 -c:a pcm_s32be -ac 1",
            "Motion JPEG",
        ),
    ] {
        let path = studio.film(name, coded);
        let (movie, probed) = (read(&path), probed(&path));
        let streams = probed["streams"].as_array().unwrap();
        assert_eq!(movie.tracks.len(), streams.len(), "{name}");
        assert!(
            (movie.seconds - number(&probed["format"]["duration"])).abs() < 0.002,
            "{name}"
        );
        for (track, stream) in movie.tracks.iter().zip(streams) {
            assert!(
                (track.seconds - number(&stream["duration"])).abs() < 0.05,
                "{name} {track:?}"
            );
            if track.kind == TrackKind::Picture {
                assert_eq!(track.codec_name(), codec);
                assert_eq!(Value::from(track.width_px), stream["width"]);
                let (top, bottom) = stream["r_frame_rate"]
                    .as_str()
                    .unwrap()
                    .split_once('/')
                    .unwrap();
                let rate = top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap();
                assert!(
                    (track.frame_rate.unwrap() - rate).abs() < 0.001,
                    "{name} {track:?}"
                );
            } else {
                assert_eq!(Value::from(track.channels), stream["channels"]);
                assert_eq!(
                    track.rate_hz.to_string(),
                    stream["sample_rate"].as_str().unwrap()
                );
            }
        }
        let found = said(&movie, None);
        let is_mono = name == "e.mov";
        assert_eq!(found.len(), usize::from(is_mono), "{name} {found:?}");
    }
}

#[test]
fn sound_that_is_not_packed_comes_out_as_ffmpeg_wrote_it() {
    let studio = Studio::open();
    let own = envelope(&song(), RATE);
    for (coder, of) in [
        ("pcm_s16le", 2),
        ("pcm_s16be", 2),
        ("pcm_s24le", 2),
        ("pcm_s24be", 2),
        ("pcm_s32le", 2),
        ("pcm_f32le", 2),
        ("pcm_f32be", 2),
        ("pcm_f64le", 2),
        ("pcm_f64be", 2),
        ("pcm_s24le", 6),
    ] {
        let path = studio.film("pcm.mov", &format!("-c:v mjpeg -c:a {coder} -ac {of}"));
        let heard = heard(&path);
        assert_eq!(heard.len(), own.len(), "{coder}");
        let off = own
            .iter()
            .zip(&heard)
            .filter(|(a, b)| a.abs_diff(**b) > 1)
            .count();
        // Six channels are mostly silent, and so fainter by the same everywhere.
        assert!(of == 6 || off < 20, "{coder}: {off} of {}", own.len());
        let sync = lay_beside(&own, &heard).unwrap();
        assert!(
            sync.is_the_song() && sync.offset_ms.abs() < 1.0,
            "{coder} {sync:?}"
        );
    }
}

#[test]
fn what_is_no_film_of_the_shops_is_refused() {
    let studio = Studio::open();
    let mp4 = studio.film("x.mp4", "-c:v libx264 -c:a aac");
    let error = Movie::read(&mut File::open(mp4).unwrap()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("an MP4 (brand isom), whatever its name says"),
        "{error}"
    );
    let error = Movie::read(&mut Cursor::new(b"RIFF\0\0\0\0WAVEfmt ".to_vec())).unwrap_err();
    assert!(matches!(error, NoMovie::NoMov));
    let whole = studio.film("a.mov", PRORES_PCM);
    let mut bytes = Vec::new();
    File::open(&whole).unwrap().read_to_end(&mut bytes).unwrap();
    let cut = Movie::read(&mut Cursor::new(&bytes[..bytes.len() / 2])).unwrap_err();
    assert!(matches!(cut, NoMovie::NoDescription), "{cut}");
    let front = studio.film("f.mov", "-c:v libx264 -c:a aac -movflags +faststart");
    bytes.clear();
    File::open(&front).unwrap().read_to_end(&mut bytes).unwrap();
    let cut = Movie::read(&mut Cursor::new(&bytes[..bytes.len() - 999])).unwrap();
    let found = said(&cut, None);
    assert!(
        found[0]
            .1
            .contains("999 bytes of its part \u{201c}mdat\u{201d} are missing"),
        "{found:?}"
    );
    studio.ffmpeg("-i a.mov -i song.wav -map 0:v -map 0:a -map 1:a -c copy two.mov");
    let found = said(&read(&studio.path("two.mov")), None);
    assert!(found[0].1.contains("2 tracks of sound"), "{found:?}");
    studio.ffmpeg("-i a.mov -an -c copy mute.mov");
    let found = said(&read(&studio.path("mute.mov")), None);
    assert_eq!(
        found,
        [(
            Weight::Blocks,
            "The film has no sound; export the video with its song.".to_owned()
        )]
    );
}

#[test]
fn words_and_clocks_in_a_film_are_refused() {
    use std::io::Write as _;
    let studio = Studio::open();
    studio.film("a.mov", PRORES_PCM);
    let mut words = File::create(studio.path("words.srt")).unwrap();
    words
        .write_all(b"1\n00:00:01,000 --> 00:00:03,000\nRain\n")
        .unwrap();
    studio.ffmpeg("-i a.mov -i words.srt -map 0 -map 1 -c copy -c:s mov_text words.mov");
    let found = said(&read(&studio.path("words.mov")), None);
    let [(weight, words)] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(*weight, Weight::Blocks);
    assert!(
        words.contains("Track 3 holds words over the picture"),
        "{words}"
    );
    studio.ffmpeg("-i a.mov -c copy -timecode 01:00:00:00 -write_tmcd 1 clock.mov");
    let found = said(&read(&studio.path("clock.mov")), None);
    assert!(
        found
            .iter()
            .any(|(_, words)| words.contains("holds a timecode")),
        "{found:?}"
    );
}

#[test]
fn a_film_in_step_is_told_from_one_that_is_not() {
    let studio = Studio::open();
    let of = |sync: Option<Sync>| Song {
        title: "Rain",
        seconds: f64::from(SECONDS),
        sync,
    };
    let check = |name: &str, words: &str, coded: &str, (offset, drift): (f64, f64), ask: &str| {
        studio.ffmpeg(&format!(
            "-f lavfi -i testsrc=s=160x120:r=25:d={SECONDS} {words} {coded} {name}"
        ));
        let path = studio.path(name);
        let sync = beside(&path).unwrap();
        assert!((sync.offset_ms - offset).abs() < 3.0, "{name}: {sync:?}");
        assert!((sync.drift_ms - drift).abs() < 6.0, "{name}: {sync:?}");
        let found = said(&read(&path), Some(of(Some(sync))));
        assert!(
            found.iter().any(|(_, words)| words.contains(ask)),
            "{name}: {found:?}"
        );
    };
    let pcm = "-map 0:v -map 1:a -c:v mjpeg -c:a pcm_s24le";
    check("own.mov", "-i song.wav", pcm, (0.0, 0.0), "0 ms beside it");
    check(
        "late.mov",
        "-i song.wav -af adelay=120:all=1",
        pcm,
        (120.0, 0.0),
        "begins 120 ms later in the film than by itself (3.0 frames)",
    );
    check(
        "early.mov",
        "-ss 0.5 -i song.wav",
        pcm,
        (-500.0, 0.0),
        "ms earlier in the film than by itself (12.5 frames)",
    );
    let end = f64::from(SECONDS) * 1_000.0;
    check(
        "tv.mov",
        "-i song.wav -af asetrate=48000/1.001,aresample=48000",
        pcm,
        (0.0, end * 0.001),
        "",
    );
    check(
        "pal.mov",
        "-i song.wav -af asetrate=50000,aresample=48000",
        pcm,
        (0.0, -end / 25.0),
        "sound runs fast: at the end",
    );
    check(
        "other.mov",
        "-i song.wav -ar 44100",
        pcm,
        (0.0, 0.0),
        "the approved master of \u{201c}Rain\u{201d}",
    );
    // Another song altogether, and one that is only longer.
    studio.ffmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=50 -f lavfi -i anoisesrc=d=50:r=48000 -ac 2 -c:v mjpeg -c:a pcm_s16le noise.mov");
    let path = studio.path("noise.mov");
    let sync = beside(&path);
    assert!(sync.is_none_or(|sync| !sync.is_the_song()), "{sync:?}");
    let found = said(&read(&path), Some(of(sync)));
    assert!(
        found[0]
            .1
            .contains("lasts 0:50.0 and \u{201c}Rain\u{201d} 0:40.0: 10.0 s longer"),
        "{found:?}"
    );
}

fn small() -> Vec<u8> {
    let studio = Studio::open();
    studio.ffmpeg("-f lavfi -i testsrc=s=16x16:r=5:d=1 -f lavfi -i sine=d=1:r=8000 -c:v mjpeg -c:a pcm_s16le -timecode 01:00:00:00 small.mov");
    let mut bytes = Vec::new();
    File::open(studio.path("small.mov"))
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

#[test]
fn no_damage_stops_the_reader() {
    let whole = small();
    let moov = whole.windows(4).rposition(|part| part == b"moov").unwrap();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(6_000));
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8);
    let cut = prop::option::weighted(0.1, any::<prop::sample::Index>());
    let run = runner.run(&(changes, cut), |(changes, cut)| {
        let mut bytes = whole.clone();
        for (at, byte) in changes {
            let at = moov + at.index(bytes.len() - moov);
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let mut file = Cursor::new(bytes);
        if let Ok(movie) = Movie::read(&mut file) {
            let _ = movie.judge(&MovieRules::default(), None);
        }
        if let Ok(Some(sound)) = PcmSound::of(&mut file) {
            let mut heard = Envelope::new(sound.rate_hz(), 10);
            let _ = sound.read(&mut file, &mut |planar| heard.feed(planar));
        }
        Ok(())
    });
    run.unwrap();
}

proptest! {
    #[test]
    fn no_bytes_stop_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Movie::read(&mut Cursor::new(&bytes));
        let mut headed = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec();
        headed.extend(bytes);
        let _ = Movie::read(&mut Cursor::new(&headed));
    }
}
