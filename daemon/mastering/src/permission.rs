//! Somebody else's work in an order: which songs hold it, and the permissions kept for them.

use serde::{Deserialize, Serialize};

use crate::consultation::Consultation;
use crate::ids::{ObjectSum, UnixMs};

/// What of somebody else's a song is or holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Borrowed {
    /// A cover version.
    Cover,
    /// A remix.
    Remix,
    /// A sample, of any length.
    Sample,
}

impl Borrowed {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Cover, Self::Remix, Self::Sample];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cover => "cover",
            Self::Remix => "remix",
            Self::Sample => "sample",
        }
    }

    /// In a warranty's words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Cover => "a cover version",
            Self::Remix => "a remix",
            Self::Sample => "with a sample",
        }
    }

    /// The question of the consultation whose answer names the songs.
    fn question(self) -> &'static str {
        match self {
            Self::Cover => "covers",
            Self::Remix => "remixes",
            Self::Sample => "samples",
        }
    }
}

/// A song that needs a permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BorrowedSong {
    /// Its title, as the client wrote it.
    pub song: String,
    /// Why.
    pub what: Borrowed,
}

/// What a permission's file is, as far as its bytes say; nothing else of it is ever read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperKind {
    /// A PDF.
    Pdf,
    /// A JPEG.
    Jpeg,
    /// A PNG.
    Png,
    /// Plain text.
    Text,
}

/// A permission kept with an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// The song it is for, as the client wrote it.
    pub song: String,
    /// What it permits.
    pub what: Borrowed,
    /// The file's own name.
    pub file_name: String,
    /// What the file is.
    pub paper: PaperKind,
    /// The file in the vault: its SHA-256 as well.
    pub object: ObjectSum,
    /// Its size in bytes.
    pub bytes: u64,
    /// Who sent it.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// Titles are compared as people read them: case and spaces aside.
fn plain(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

impl BorrowedSong {
    /// Whether both name the same song for the same reason.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.what == other.what && plain(&self.song) == plain(&other.song)
    }

    /// Whether a permission is for this song and this reason.
    #[must_use]
    pub fn is_permitted_by(&self, permission: &Permission) -> bool {
        self.what == permission.what && plain(&self.song) == plain(&permission.song)
    }
}

impl Consultation {
    /// The songs that hold somebody else's work, by the answers: one a line.
    #[must_use]
    pub fn borrowed(&self) -> Vec<BorrowedSong> {
        let of = |what: Borrowed| {
            let answer = self.answers.get(what.question());
            let lines = answer.map_or("", String::as_str).lines();
            let titles = lines.map(str::trim).filter(|line| !line.is_empty());
            let songs = titles.map(move |title| BorrowedSong {
                song: title.to_owned(),
                what,
            });
            songs.collect::<Vec<_>>()
        };
        Borrowed::ALL.into_iter().flat_map(of).collect()
    }

    /// Those of them whose permission is not kept yet.
    #[must_use]
    pub fn not_permitted(&self, kept: &[Permission]) -> Vec<BorrowedSong> {
        let mut songs = self.borrowed();
        songs.retain(|song| !kept.iter().any(|kept| song.is_permitted_by(kept)));
        songs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(code: &str, answer: &str) -> Consultation {
        let mut form = Consultation::default();
        form.answers.insert(code.to_owned(), answer.to_owned());
        form
    }

    #[test]
    fn each_line_of_an_answer_is_a_song_that_needs_its_permission() {
        let form = said("covers", "  First Light \n\nSecond  Wind");
        let songs = form.borrowed();
        assert_eq!(songs.len(), 2);
        let kept = Permission {
            song: "second wind".to_owned(),
            what: Borrowed::Cover,
            file_name: "letter.pdf".to_owned(),
            paper: PaperKind::Pdf,
            object: "0".repeat(64).parse().unwrap(),
            bytes: 1,
            by: "Ada".to_owned(),
            at: 0,
        };
        let open = form.not_permitted(std::slice::from_ref(&kept));
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].song, "First Light");
        // A cover's permission is none for a sample.
        let sampled = said("samples", "Second Wind").not_permitted(&[kept]);
        assert_eq!(sampled.len(), 1);
        assert!(Consultation::default().borrowed().is_empty());
    }
}
