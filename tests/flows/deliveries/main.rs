//! A programme delivered in every format, and read by programs written by others.

mod batch;
mod beside;
mod discs;
mod lossy;
mod papers;
mod songs;

use flows::mixes::Song;
use flows::room::Room;
use soundfile::SampleType;

const GOOD: Option<i32> = Some(0);
const NO: Option<i32> = Some(1);
const FAILED: Option<i32> = Some(2);

const PROGRAMME: &str = include_str!("northern_lines.toml");
const RELEASE: &str = include_str!("release.toml");

/// A folder with three songs, their programme and what is said of it.
fn northern_lines() -> Room {
    let room = Room::new();
    for (name, key) in [("one.wav", 0), ("two.wav", 4), ("three.wav", 7)] {
        let song = Song {
            seconds: 6.0,
            rate_hz: 96_000,
            sample: SampleType::I24,
            key,
        };
        song.write(&room.path(name));
    }
    room.keep("album.toml", &format!("{PROGRAMME}\n{RELEASE}"));
    room
}
