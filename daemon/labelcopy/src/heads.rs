//! What people call what.

use serde::{Deserialize, Serialize};

/// Names by what they mean.
const HEADS: &str = include_str!("heads.txt");

macro_rules! parts {
    ($(#[$doc:meta])* $name:ident, $of:literal: $($(#[$part_doc:meta])* $part:ident = $code:literal, $words:literal;)+) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$part_doc])* $part,)+
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$part),+];

            /// Its stable short name.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$part => $code,)+
                }
            }

            /// What it is, as a heading.
            #[must_use]
            pub fn words(self) -> &'static str {
                match self {
                    $(Self::$part => $words,)+
                }
            }

            /// What a name means, in letters and digits alone.
            pub(crate) fn of(plain: &str) -> Option<Self> {
                let means = |part: &&Self| named(concat!($of, "."), part.code()).any(|name| name == plain);
                Self::ALL.iter().find(means).copied()
            }
        }
    };
}

parts! {
    /// Something that is said of a song.
    SongPart, "song":
    /// Its number on its disc.
    Number = "number", "Number";
    /// Its disc.
    Disc = "disc", "Disc";
    /// Its title.
    Title = "title", "Title";
    /// Which version of the song it is.
    Version = "version", "Version";
    /// The artist.
    Artist = "artist", "Artist";
    /// The recording's code.
    Isrc = "isrc", "ISRC";
    /// Who composed it.
    Composer = "composer", "Composer";
    /// Who wrote its words.
    Author = "author", "Author of the words";
    /// Who wrote music and words.
    Writer = "writer", "Music and words";
    /// Who arranged it.
    Arranger = "arranger", "Arranger";
    /// Who produced it.
    Producer = "producer", "Producer";
    /// Whether its words need a warning.
    Explicit = "explicit", "Its words";
    /// The language that is sung.
    Language = "language", "Language that is sung";
    /// Everybody else.
    Credits = "credits", "Credits";
}

parts! {
    /// Something that is said of the release.
    ReleasePart, "release":
    /// Its title.
    Title = "title", "Title of the release";
    /// Which version of it it is.
    Version = "version", "Version of the release";
    /// Its artist.
    Artist = "artist", "Artist";
    /// The label.
    Label = "label", "Label";
    /// The catalogue number.
    CatalogueNo = "catalogue_no", "Catalogue number";
    /// EAN or UPC.
    Ean = "ean", "EAN";
    /// The genre.
    Genre = "genre", "Genre";
    /// The (P) line.
    PLine = "p_line", "(P) line";
    /// The (C) line.
    CLine = "c_line", "(C) line";
    /// The year of both.
    Year = "year", "Year";
    /// The day it comes out.
    ReleasedOn = "released_on", "Out on";
    /// The language of its titles.
    Language = "language", "Language of the titles";
}

/// The names of a part.
fn named(of: &'static str, code: &'static str) -> impl Iterator<Item = &'static str> {
    let lines = HEADS.lines().filter_map(|line| line.split_once(": "));
    let mine = lines.filter(move |(part, _)| part.strip_prefix(of) == Some(code));
    mine.flat_map(|(_, names)| names.split_whitespace())
}

/// What a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Song(SongPart),
    Release(ReleasePart),
}

impl Part {
    /// What a name of whatever spelling means.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let name = name.trim();
        match name {
            "#" => return Some(Self::Song(SongPart::Number)),
            "\u{2117}" => return Some(Self::Release(ReleasePart::PLine)),
            "\u{a9}" => return Some(Self::Release(ReleasePart::CLine)),
            _ => {}
        }
        let plain = tables::plain(name);
        let song = SongPart::of(&plain).map(Self::Song);
        song.or_else(|| ReleasePart::of(&plain).map(Self::Release))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_names_and_no_name_means_two_things() {
        let mut seen = std::collections::BTreeSet::new();
        let songs = SongPart::ALL.iter().map(|part| ("song.", part.code()));
        let releases = ReleasePart::ALL
            .iter()
            .map(|part| ("release.", part.code()));
        for (of, code) in songs.chain(releases) {
            assert!(named(of, code).count() > 2, "{of}{code}");
            for name in named(of, code) {
                assert_eq!(
                    tables::plain(name),
                    name,
                    "a name is letters and digits alone"
                );
                assert!(seen.insert(name), "{name}");
            }
        }
        let lines = HEADS.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.count(), SongPart::ALL.len() + ReleasePart::ALL.len());
    }

    #[test]
    fn names_are_known_in_any_spelling() {
        let song = |name: &str, part| assert_eq!(Part::of(name), Some(Part::Song(part)), "{name}");
        song("ISRC-Code", SongPart::Isrc);
        song(" Music by ", SongPart::Composer);
        song("#", SongPart::Number);
        song("Text", SongPart::Author);
        assert_eq!(Part::of("UPC/EAN"), Some(Part::Release(ReleasePart::Ean)));
        assert_eq!(
            Part::of("\u{2117}"),
            Some(Part::Release(ReleasePart::PLine))
        );
        assert_eq!(Part::of("Please note"), None);
        assert_eq!(Part::of(""), None);
    }
}
