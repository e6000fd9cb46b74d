//! What every part needs: children that know the server's name, inserts that are closed, songs and prints.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use gear::WatchSettings;
use patchbay::{Insert, InsertTarget, JackInsert, Overs, Pace, PrintSettings};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

pub(crate) const CHILD: &str = "PATCHBAY_INSERT";

pub(crate) fn command(part: &str, server: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env(CHILD, part)
        .env("JACK_DEFAULT_SERVER", server)
        .env("JACK_NO_START_SERVER", "1")
        .current_dir(folder);
    command
}

/// Runs one part with the server's name in its environment, in a folder of its own.
pub(crate) fn child(part: &str, server: &str, folder: &Path) {
    let began = std::time::Instant::now();
    let status = command(part, server, folder).status().unwrap();
    assert!(status.success(), "{part}: {status}");
    println!("{part} ... ok, {:.1} s", began.elapsed().as_secs_f64());
}

/// Tells the parent something, and waits for its answer.
pub(crate) fn tell(word: &str) {
    println!("{word}");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).unwrap();
}

/// Reads what a child tells until it says this.
pub(crate) fn until_told(out: &mut impl BufRead, word: &str) {
    let mut line = String::new();
    while line.trim() != word {
        line.clear();
        assert!(
            out.read_line(&mut line).unwrap() > 0,
            "it ended before it said {word}"
        );
    }
}

pub(crate) fn jack(send: &[&str], back: &[&str]) -> JackInsert {
    let ports = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    JackInsert {
        name: "lacquer".to_owned(),
        send: ports(send),
        back: ports(back),
        back_on: None,
        rate_hz: Some(44_100),
        pace: Pace::Freewheel,
        ceiling_dbfs: 3.0,
    }
}

/// A server that carried another one, which is gone, waits for it before it lets a client go; longer on a busy machine.
const CLOSED_WITHIN: Duration = Duration::from_secs(60);

/// An insert that is closed before its test ends.
pub(crate) struct Opened(Option<Insert>);

impl Drop for Opened {
    fn drop(&mut self) {
        let is_closed = self
            .0
            .take()
            .is_none_or(|insert| insert.close(CLOSED_WITHIN));
        assert!(
            is_closed || std::thread::panicking(),
            "it could not be closed"
        );
    }
}

impl std::ops::Deref for Opened {
    type Target = Insert;

    fn deref(&self) -> &Insert {
        self.0.as_ref().unwrap()
    }
}

impl std::ops::DerefMut for Opened {
    fn deref_mut(&mut self) -> &mut Insert {
        self.0.as_mut().unwrap()
    }
}

pub(crate) fn open(settings: JackInsert) -> Opened {
    Opened(Some(Insert::open(InsertTarget::Jack(settings)).unwrap()))
}

/// Noise that swells, on a grid of 24 bits, as a file.
pub(crate) fn song(channels: u16, frames: u32) -> PathBuf {
    let path = PathBuf::from(format!("song-{channels}.wav"));
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels,
        sample: SampleType::I24,
    };
    let mut state = 7_u64;
    let rows: Vec<Vec<f64>> = (0..channels)
        .map(|_| {
            let sample = |n: u32| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let even = (state >> 40) as f64 / 16_777_216.0 - 0.5;
                let swell = 0.3 + 0.2 * (f64::from(n) / 9_000.0).sin();
                (even * swell * 8_388_608.0).round() / 8_388_608.0
            };
            (0..frames).map(sample).collect()
        })
        .collect();
    let mut writer = WavWriter::new(File::create(&path).unwrap(), spec, &[]).unwrap();
    let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
    writer.write_planar(&rows).unwrap();
    writer.finish().unwrap();
    path
}

pub(crate) fn read(path: &Path) -> (AudioSpec, Vec<Vec<f64>>) {
    let mut reader = WavReader::open(BufReader::new(File::open(path).unwrap())).unwrap();
    let mut rows = vec![Vec::new(); usize::from(reader.spec().channels)];
    let frames = usize::try_from(reader.frames()).unwrap();
    reader.read_planar(&mut rows, frames).unwrap();
    (reader.spec(), rows)
}

pub(crate) fn settings(delays_frames: Vec<f64>, sample: SampleType) -> PrintSettings {
    PrintSettings {
        pre_roll_frames: 11_025,
        tail_frames: 4_410,
        delays_frames,
        sample,
        watch: WatchSettings {
            level_step_db: 1.0,
            delay_step_frames: 0.3,
        },
        overs: Overs::Spoil,
        other_clock: None,
    }
}
