//! Label copy: titles, codes and credits of a release, as labels and clients write them down.
//!
//! It comes as a table (CSV, text between tabs, a spreadsheet) with columns of any name and in any order, or as a note that
//! somebody typed: a numbered list with codes behind the titles, lines such as `Music: Ada Example` below them. What is read is
//! what was said, and where; whether it is right, and to which song of an order it belongs, is for others to decide. What could
//! not be read is told line by line, and nothing is guessed.
//!
//! Nothing here opens a file; the studio has the bytes read in its sandboxed worker.

mod codes;
mod heads;
mod note;
mod table;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use heads::{ReleasePart, SongPart};

/// Largest label copy, in bytes.
pub const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Most songs of one.
const MOST_SONGS: usize = 1_000;
/// Most lines that are told as unread.
const MOST_UNREAD: usize = 100;
/// Longest value, in characters.
const VALUE_MAX: usize = 300;
/// Most characters of all that is read.
const MOST_CHARACTERS: usize = 1_000_000;

/// What is said of a song.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongSaid {
    /// Where it stands: `line 12` or `row 3`.
    pub at: String,
    /// Its disc, from 1, where one is named.
    pub disc: Option<u32>,
    /// Its number on the disc, where it has one.
    pub number: Option<u32>,
    /// Its title as it is spelled; empty where there is none.
    pub title: String,
    /// What else is said of it.
    pub said: BTreeMap<SongPart, String>,
}

/// Something that was not read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Where it stands: `line 12` or `row 3`.
    pub at: String,
    /// What stands there.
    pub text: String,
}

/// Label copy as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCopy {
    /// What is said of the release.
    pub release: BTreeMap<ReleasePart, String>,
    /// What is said of songs, in their order.
    pub songs: Vec<SongSaid>,
    /// What was not read.
    pub unread: Vec<Unread>,
}

impl LabelCopy {
    /// Whether it says anything that is worth being entered: a code or a credit of a song, two things of the release, or a
    /// numbered list of titles.
    #[must_use]
    pub fn says_something(&self) -> bool {
        let is_told = |song: &SongSaid| !song.said.is_empty();
        let is_listed = |song: &&SongSaid| song.number.is_some() && !song.title.is_empty();
        self.songs.iter().any(is_told)
            || self.release.len() > 1
            || self.songs.iter().filter(is_listed).count() > 1
    }

    /// Whether it keeps the limits of what a reader writes: what came through a process that may be in an attacker's hands is
    /// held against them.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let counts = (
            self.songs.len() <= MOST_SONGS,
            self.unread.len() <= MOST_UNREAD,
        );
        let is_line =
            |text: &&String| text.chars().count() <= VALUE_MAX && !text.contains(char::is_control);
        counts == (true, true)
            && self.texts().all(|text| is_line(&text))
            && self.texts().map(|text| text.chars().count()).sum::<usize>() <= MOST_CHARACTERS
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        let songs = self.songs.iter();
        let songs = songs.flat_map(|song| song.said.values().chain([&song.title, &song.at]));
        let unread = self.unread.iter().flat_map(|one| [&one.text, &one.at]);
        self.release.values().chain(songs).chain(unread)
    }

    fn unread(&mut self, at: String, text: &str) {
        let text = value(text);
        if self.unread.len() < MOST_UNREAD && !text.is_empty() {
            self.unread.push(Unread { at, text });
        }
    }
}

/// Reads label copy; none where the bytes are no text and no table, or say nothing of a release.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<LabelCopy> {
    let by_table = table::read(bytes);
    let copy = by_table.or_else(|| note::read(&tables::decoded(bytes).ok()?));
    copy.filter(|copy| copy.says_something() && copy.is_sound())
}

/// A text as it is kept: one line without control characters.
fn value(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|w| !w.is_empty())
        .collect();
    words
        .join(" ")
        .chars()
        .take(VALUE_MAX)
        .collect::<String>()
        .trim_end()
        .to_owned()
}
