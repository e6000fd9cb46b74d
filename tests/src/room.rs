//! A folder in which the command line works by itself, without a daemon.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;

use crate::lacquer::by_itself;

/// A temporary folder with what commands take and make.
pub struct Room(TempDir);

impl Room {
    /// An empty one.
    ///
    /// # Panics
    /// Where there is no room for it.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("there is room for a folder"))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A place in it.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a text, in place of what was there.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn keep(&self, name: &str, text: &str) {
        let mut file = std::fs::File::create(self.path(name)).expect("the folder can be written");
        file.write_all(text.as_bytes())
            .expect("the disk is not full");
    }

    /// Runs a command in it; words are separated by blanks.
    #[must_use]
    pub fn lacquer(&self, words: &str) -> Output {
        by_itself(self.folder(), words)
    }

    /// The document that a command prints.
    ///
    /// # Panics
    /// Where it ends with another code, or prints none.
    #[track_caller]
    pub fn json(&self, words: &str, code: Option<i32>) -> Value {
        let done = self.lacquer(words);
        assert_eq!(done.status.code(), code, "{words}: {done:?}");
        serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{words}: {e}: {done:?}"))
    }

    /// Everything that a command says.
    ///
    /// # Panics
    /// Where it ends with another code.
    #[track_caller]
    pub fn said(&self, words: &str, code: Option<i32>) -> String {
        let done = self.lacquer(words);
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        assert_eq!(done.status.code(), code, "{words}: {said}");
        said
    }
}
