//! A folder with mixes and a programme over them, and what other programs read in the files made of it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flows::lacquer::by_itself;
use flows::mixes::Song;
use flows::readers::ffprobe;
use serde_json::Value;

/// Three songs of 4 s at 44.1 kHz and one at 96 kHz, and a programme over them.
pub(crate) struct Album(pub(crate) tempfile::TempDir);

impl Album {
    pub(crate) fn new(head: &str, songs: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mixes = folder.path().join("mixes");
        std::fs::create_dir(&mixes).unwrap();
        for (name, rate_hz, key) in [
            ("one.wav", 44_100, 0),
            ("Rain.wav", 44_100, 2),
            ("Rain_v3.wav", 44_100, 4),
            ("high.wav", 96_000, 7),
        ] {
            let song = Song {
                seconds: 4.0,
                rate_hz,
                key,
                ..Song::default()
            };
            song.write(&mixes.join(name));
        }
        let album = Self(folder);
        album.keep("album.toml", &format!("{head}{songs}"));
        album
    }

    pub(crate) fn keep(&self, name: &str, text: &str) {
        use std::io::Write as _;
        let mut file = std::fs::File::create(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    /// Runs sox in the folder, without dither of its own; words are separated by blanks.
    pub(crate) fn sox(&self, words: &str) {
        let mut sox = Command::new("sox");
        sox.arg("-D")
            .args(words.split(' '))
            .current_dir(self.0.path());
        let done = sox.output().unwrap();
        assert!(done.status.success(), "{words}: {done:?}");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn lacquer(&self, words: &str) -> Output {
        by_itself(self.0.path(), words)
    }

    pub(crate) fn json(&self, words: &str) -> Value {
        let done = self.lacquer(words);
        assert_eq!(done.status.code(), Some(0), "{words}: {done:?}");
        serde_json::from_slice(&done.stdout).unwrap()
    }

    pub(crate) fn refused(&self, words: &str) -> String {
        let done = self.lacquer(words);
        assert_eq!(done.status.code(), Some(2), "{words}: {done:?}");
        String::from_utf8(done.stderr).unwrap()
    }
}

/// The samples of files one behind the other, as sox reads them.
pub(crate) fn samples(files: &[PathBuf]) -> Vec<i32> {
    let mut sox = Command::new("sox");
    let done = sox
        .arg("-D")
        .args(files)
        .args(["-t", "raw", "-e", "signed", "-b", "24", "-"]);
    let done = done.output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let three = done.stdout.as_chunks::<3>().0.iter();
    three
        .map(|b| i32::from_le_bytes([0, b[0], b[1], b[2]]) >> 8)
        .collect()
}

pub(crate) fn frames_of(file: &Path) -> i64 {
    ffprobe(file)["streams"][0]["duration_ts"].as_i64().unwrap()
}
