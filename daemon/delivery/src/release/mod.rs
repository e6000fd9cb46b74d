//! What is said of a release beside its sound: codes, credits, lines, and what of it cannot be said so.
//!
//! People write it into a programme's file under `[release]` ([`split`]), or into a file of its own, so that it can be
//! entered or corrected after the sound was approved. What nobody has said stays unknown in every format.

mod check;
mod date;
mod label;
mod lines;
mod sheet;
mod told;

pub use check::{NotARelease, Objection, ProgrammeFacts, SongFacts};
pub use date::{NotADate, ReleaseDate};
pub use label::LabelSong;
pub use lines::{NotALine, RightsLine};
pub use sheet::{BadSheet, ReleaseSheet, split};

use crate::cd::{Copying, Emphasis};
use crate::lyrics::SongLyrics;
use crate::{Ean, Isrc};

/// What a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    /// One song, in a few versions at most.
    Single,
    /// A few songs.
    Ep,
    /// Many songs of one artist.
    Album,
    /// Songs of several artists.
    Compilation,
}

impl ReleaseKind {
    /// What people call it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Ep => "EP",
            Self::Album => "album",
            Self::Compilation => "compilation",
        }
    }
}

/// Whether words need a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Explicit {
    /// They do.
    Yes,
    /// They do not.
    No,
    /// They did, and were taken out.
    Cleaned,
}

/// The people behind a song, spelled as they must appear; empty where nobody is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credits {
    /// Who composed it.
    pub composers: Vec<String>,
    /// Who wrote the words.
    pub authors: Vec<String>,
    /// Who arranged it.
    pub arrangers: Vec<String>,
    /// Who produced it.
    pub producers: Vec<String>,
}

/// One song of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseSong {
    /// Its disc, from 1.
    pub disc: u32,
    /// Its track there, from 1.
    pub track: u32,
    /// Its title with the version that edits made of it.
    pub title: String,
    /// The artist as it must appear; none where nobody has said.
    pub artist: Option<String>,
    /// The people behind it.
    pub credits: Credits,
    /// The recording's code.
    pub isrc: Option<Isrc>,
    /// Who owns the recording, where it is not as for the release.
    pub p_line: Option<RightsLine>,
    /// Whether its words need a warning.
    pub explicit: Option<Explicit>,
    /// ISO 639-1 code of what is sung.
    pub language: Option<String>,
    /// The file with its words, from the release's own folder.
    pub lyrics_file: Option<String>,
    /// Its words; none where nobody has given them, or whoever read its file has not put them here yet.
    pub lyrics: Option<SongLyrics>,
    /// What a disc says about copies of it.
    pub copying: Copying,
    /// Pre-emphasis of its samples.
    pub emphasis: Emphasis,
    /// A message in CD-Text.
    pub message: Option<String>,
    /// Its video's file, from the release's own folder.
    pub video: Option<String>,
    /// The video's own code, which is never the recording's.
    pub video_isrc: Option<Isrc>,
}

/// Titles in a further language, for CD-Text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// ISO 639-1 code.
    pub language: String,
    /// The release's title.
    pub title: String,
    /// Each song's, in order.
    pub titles: Vec<String>,
}

/// A release; every code in it is one, every date is a day, every song of it is on the programme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What it is, where that was said.
    pub kind: Option<ReleaseKind>,
    /// Its title, with its version in brackets.
    pub title: String,
    /// The artist as it must appear.
    pub artist: Option<String>,
    /// EAN or UPC.
    pub ean: Option<Ean>,
    /// Catalogue number.
    pub catalogue_number: Option<String>,
    /// The label.
    pub label: Option<String>,
    /// Genre.
    pub genre: Option<String>,
    /// ISO 639-1 code of its titles.
    pub language: Option<String>,
    /// The day it comes out.
    pub released_on: Option<ReleaseDate>,
    /// The (P) line.
    pub p_line: Option<RightsLine>,
    /// The (C) line.
    pub c_line: Option<RightsLine>,
    /// Whether it needs a warning.
    pub explicit: Option<Explicit>,
    /// Where it is sold: ISO 3166 codes of two letters, or `Worldwide` alone.
    pub territories: Vec<String>,
    /// The price class.
    pub price_class: Option<String>,
    /// The cover's file, from the release's own folder.
    pub cover: Option<String>,
    /// Who looked at the cover.
    pub cover_checked: Option<String>,
    /// The booklet's file, from the release's own folder.
    pub booklet: Option<String>,
    /// What a plant calls the master.
    pub master_id: Option<String>,
    /// Its songs in the order of discs and tracks.
    pub songs: Vec<ReleaseSong>,
    /// Titles in further languages.
    pub translations: Vec<Translation>,
}
