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
    write_songs(&room, (6.0, 96_000), SampleType::I24);
    room.keep("album.toml", &format!("{PROGRAMME}\n{RELEASE}"));
    room
}

/// Writes the three songs, so many seconds long each.
fn write_songs(room: &Room, (seconds, rate_hz): (f64, u32), sample: SampleType) {
    for (name, key) in [("one.wav", 0), ("two.wav", 4), ("three.wav", 7)] {
        let song = Song {
            seconds,
            rate_hz,
            sample,
            key,
        };
        song.write(&room.path(name));
    }
}
