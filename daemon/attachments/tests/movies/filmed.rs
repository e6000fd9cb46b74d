//! Films made by `ffmpeg`, of a song that is notes of changing loudness.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use attachments::Envelope;

pub(crate) const RATE: u32 = 48_000;
pub(crate) const SECONDS: u32 = 40;

/// A song: a note every 90 to 340 ms, each as loud as it likes.
pub(crate) fn song() -> Vec<f64> {
    let mut state = 7u32;
    let mut next = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1u32 << 24)
    };
    let total = usize::try_from(RATE * SECONDS).unwrap();
    let mut samples = Vec::with_capacity(total);
    while samples.len() < total {
        let (length, loud, pitch) = (
            4_300 + (next() * 12_000.0) as usize,
            next(),
            90.0 + 800.0 * next(),
        );
        for place in 0..length.min(total - samples.len()) {
            let at = place as f64 / f64::from(RATE);
            let fades = (-6.0 * at).exp();
            samples
                .push(0.05 + 0.9 * loud * fades * (at * pitch * std::f64::consts::TAU).sin() * 0.8);
        }
    }
    samples
}

pub(crate) fn envelope(samples: &[f64], rate: u32) -> Vec<u8> {
    let mut envelope = Envelope::new(rate, 600);
    envelope.feed(&[samples.to_vec()]);
    envelope.into_values()
}

pub(crate) struct Studio {
    pub(crate) folder: tempfile::TempDir,
}

impl Studio {
    /// A folder with the song as `song.wav`.
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        for sample in song() {
            let value = (sample * 32_000.0) as i16;
            bytes.extend([value.to_le_bytes(), value.to_le_bytes()].concat());
        }
        let mut raw = File::create(folder.path().join("song.raw")).unwrap();
        raw.write_all(&bytes).unwrap();
        let studio = Self { folder };
        studio.ffmpeg("-f s16le -ar 48000 -ac 2 -i song.raw song.wav");
        studio
    }

    #[track_caller]
    pub(crate) fn ffmpeg(&self, words: &str) {
        let done = Command::new("ffmpeg")
            .args(["-v", "error", "-y"])
            .args(words.split_whitespace())
            .current_dir(self.folder.path())
            .status()
            .expect("ffmpeg runs");
        assert!(done.success(), "{words}");
    }

    /// The song with pictures, coded in these words, as `name`.
    #[track_caller]
    pub(crate) fn film(&self, name: &str, coded: &str) -> PathBuf {
        self.ffmpeg(&format!(
            "-f lavfi -i testsrc=s=160x120:r=25:d={SECONDS} -i song.wav {coded} {name}"
        ));
        self.path(name)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// What `ffprobe` says of a film.
pub(crate) fn probed(path: &Path) -> serde_json::Value {
    let said = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-of",
            "json",
            "-show_streams",
            "-show_format",
        ])
        .arg(path)
        .output()
        .expect("ffprobe runs");
    serde_json::from_slice(&said.stdout).unwrap()
}
