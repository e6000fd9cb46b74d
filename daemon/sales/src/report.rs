//! A report as it was read.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::columns::Part;
use crate::earned::Earned;
use crate::month::Month;

/// Most lines of a report once equal ones are added up.
pub(crate) const MOST_LINES: usize = 200_000;
/// Rows that were left out of which the report names each; more are counted.
pub(crate) const MOST_NAMED: usize = 200;
/// Longest text of a report, in characters.
const TEXT_MAX: usize = 300;

/// What was sold.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum SaleKind {
    /// Streams.
    Stream,
    /// Downloads.
    Download,
    /// Copies on disc, tape or vinyl.
    Copy,
    /// The report does not say, or says something else.
    #[default]
    Other,
}

impl SaleKind {
    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::Download => "download",
            Self::Copy => "copy",
            Self::Other => "other",
        }
    }

    /// What a distributor's word means.
    pub(crate) fn of(text: &str) -> Self {
        let small = text.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| small.contains(word));
        if says(&[
            "stream",
            "subscription",
            "abo",
            "ad-supported",
            "ad supported",
            "play",
        ]) {
            Self::Stream
        } else if says(&[
            "download",
            "permanent",
            "track sale",
            "album sale",
            "a la carte",
        ]) {
            Self::Download
        } else if says(&["physical", "vinyl", "cd", "cassette", "lp", "tonträger"]) {
            Self::Copy
        } else {
            Self::Other
        }
    }
}

/// What a line is about, as the distributor writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Song {
    /// 13 digits with their check digit, or empty.
    pub ean: String,
    /// 12 characters, or empty.
    pub isrc: String,
    /// Capital letters and digits, or empty.
    pub catalogue_no: String,
    /// Its title.
    pub title: String,
    /// Its artist.
    pub artist: String,
}

impl Song {
    /// Whether anything says which release it belongs to.
    #[must_use]
    pub fn has_code(&self) -> bool {
        !(self.ean.is_empty() && self.isrc.is_empty() && self.catalogue_no.is_empty())
    }
}

/// Sales of a song of one kind in one shop, country and month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Which of the report's songs, from 0.
    pub song: usize,
    /// The month, where the report says it.
    pub month: Option<Month>,
    /// The shop, or empty.
    pub shop: String,
    /// The country, or empty.
    pub territory: String,
    /// What was sold.
    pub kind: SaleKind,
    /// The currency's three letters.
    pub currency: String,
    /// How many; returned ones count down.
    pub units: i64,
    /// What the studio gets.
    pub earned: Earned,
}

/// A row that is not among the lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its number in the table, from 1.
    pub row: usize,
    /// Why, in words.
    pub why: String,
}

/// A distributor's report.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// What it is about, each once.
    pub songs: Vec<Song>,
    /// Its lines, equal ones added up, in the order of their songs.
    pub lines: Vec<Line>,
    /// Rows that are in the lines.
    pub rows: usize,
    /// Rows that are not, the first of them.
    pub left_out: Vec<LeftOut>,
    /// How many are not.
    pub left_out_count: usize,
    /// What a person should know before they rely on it, in sentences.
    pub notes: Vec<String>,
    /// The heads that were read, by what they hold.
    pub columns: BTreeMap<Part, String>,
}

impl Report {
    /// What was earned, by currency.
    ///
    /// None where a sum would be more than can be kept.
    #[must_use]
    pub fn earned(&self) -> Option<BTreeMap<String, Earned>> {
        let mut sums: BTreeMap<String, Earned> = BTreeMap::new();
        for line in &self.lines {
            let sum = sums.entry(line.currency.clone()).or_default();
            *sum = sum.plus(line.earned)?;
        }
        Some(sums)
    }

    /// Whether it keeps to what a report may be: whoever reads one in another process asks.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let short =
            |text: &String| text.chars().count() <= TEXT_MAX && !text.chars().any(char::is_control);
        let song = |s: &Song| {
            [&s.ean, &s.isrc, &s.catalogue_no, &s.title, &s.artist]
                .into_iter()
                .all(short)
        };
        let line = |l: &Line| {
            let is_currency =
                l.currency.len() == 3 && l.currency.bytes().all(|b| b.is_ascii_uppercase());
            l.song < self.songs.len() && is_currency && short(&l.shop) && short(&l.territory)
        };
        self.lines.len() <= MOST_LINES
            && self.songs.len() <= MOST_LINES
            && self.left_out.len() <= MOST_NAMED
            && self.notes.len() <= 100
            && self.songs.iter().all(song)
            && self.lines.iter().all(line)
            && self.left_out.iter().all(|left| short(&left.why))
            && self.notes.iter().all(short)
            && self.columns.values().all(short)
            && self.earned().is_some()
    }
}
