//! Readers written by others that look at what was made.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::clients::{run, venv};

/// What ffmpeg's EBU R 128 meter reads.
#[derive(Debug, Clone, Copy)]
pub struct Metered {
    /// Integrated loudness.
    pub integrated_lufs: f64,
    /// True peak.
    pub true_peak_dbtp: f64,
}

/// Measures with ffmpeg's own meter, which shares nothing with ours.
#[must_use]
pub fn ebur128(file: &Path) -> Metered {
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-nostdin", "-i"])
        .arg(file)
        .args(["-af", "ebur128=peak=true", "-f", "null", "-"])
        .output()
        .expect("ffmpeg runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let summary = said.rsplit("Summary:").next().unwrap_or_default();
    let figure = |label: &str, unit: &str| {
        summary
            .lines()
            .find_map(|line| {
                let line = line.trim().strip_prefix(label)?;
                line.trim().strip_suffix(unit)?.trim().parse().ok()
            })
            .unwrap_or_else(|| panic!("ffmpeg gave no {label} in {said}"))
    };
    Metered {
        integrated_lufs: figure("I:", "LUFS"),
        true_peak_dbtp: figure("Peak:", "dBFS"),
    }
}

/// What ffprobe says of a file: its `format`, and its streams.
#[must_use]
pub fn ffprobe(file: &Path) -> Value {
    let said = run(Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-of",
            "json",
            "-show_format",
            "-show_streams",
        ])
        .arg(file));
    serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}"))
}

/// A tag as ffprobe reads it, whatever the case of its name.
#[must_use]
pub fn tag(probed: &Value, name: &str) -> String {
    let tags = probed["format"]["tags"].as_object();
    tags.into_iter()
        .flatten()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .and_then(|(_, value)| value.as_str())
        .unwrap_or_default()
        .to_owned()
}

/// Whether the reference implementation of BagIt finds a bag valid.
#[must_use]
pub fn is_valid_by_bagit(bag: &Path) -> bool {
    let output = venv("bagit.py")
        .arg("--validate")
        .arg(bag)
        .output()
        .expect("bagit.py runs");
    output.status.success()
}

/// Opens a file with the standard `age` tool and an identity file.
pub fn open_with_age(identity: &Path, sealed: &Path, to: &Path) {
    run(Command::new("age")
        .args(["--decrypt", "--identity"])
        .arg(identity)
        .arg("--output")
        .arg(to)
        .arg(sealed));
}

/// Converts with ffmpeg; the options stand between input and output.
pub fn ffmpeg(from: &Path, options: &[&str], to: &Path) {
    run(Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(from)
        .args(options)
        .arg(to));
}

/// What a shell command says in a folder.
///
/// # Panics
/// Where it fails.
#[track_caller]
pub fn read_with(folder: &Path, command: &str) -> String {
    let mut shell = Command::new("sh");
    let done = shell.args(["-c", command]).current_dir(folder).output();
    let done = done.expect("a shell can be started");
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    assert!(done.status.success(), "{command}: {said}");
    said
}

/// Holds what was said against words that stand in it.
///
/// # Panics
/// Where one is missing.
#[track_caller]
pub fn says(said: &str, all: &[&str]) {
    for words in all {
        assert!(said.contains(words), "{words} in {said}");
    }
}

/// The samples of a file as ffmpeg decodes them.
///
/// # Panics
/// Where it does not.
#[track_caller]
#[must_use]
pub fn raw(file: &Path, options: &[&str]) -> Vec<u8> {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(file)
        .args(options)
        .arg("-");
    let done = ffmpeg.output().expect("ffmpeg runs");
    assert!(done.status.success(), "{done:?}");
    done.stdout
}
