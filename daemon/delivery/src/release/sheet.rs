use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Explicit, ReleaseKind};
use crate::cd::{Copying, Emphasis};

/// Release data as people write it, not yet held against anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReleaseSheet {
    pub(super) kind: Option<ReleaseKind>,
    pub(super) title: Option<String>,
    pub(super) version: Option<String>,
    pub(super) artist: Option<String>,
    pub(super) ean: Option<String>,
    pub(super) catalogue_number: Option<String>,
    pub(super) label: Option<String>,
    pub(super) genre: Option<String>,
    pub(super) language: Option<String>,
    pub(super) released_on: Option<String>,
    pub(super) p_line: Option<String>,
    pub(super) c_line: Option<String>,
    pub(super) explicit: Option<Explicit>,
    pub(super) territories: Vec<String>,
    pub(super) price_class: Option<String>,
    pub(super) cover: Option<String>,
    pub(super) cover_checked: Option<String>,
    pub(super) booklet: Option<String>,
    pub(super) master_id: Option<String>,
    #[serde(rename = "song")]
    pub(super) songs: Vec<SongSheet>,
    #[serde(rename = "translation")]
    pub(super) translations: Vec<TranslationSheet>,
}

/// What is said of one song, which is named as the programme names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SongSheet {
    pub(super) song: String,
    pub(super) title: Option<String>,
    pub(super) artist: Option<String>,
    pub(super) isrc: Option<String>,
    pub(super) composers: Vec<String>,
    pub(super) authors: Vec<String>,
    pub(super) arrangers: Vec<String>,
    pub(super) producers: Vec<String>,
    pub(super) p_line: Option<String>,
    pub(super) explicit: Option<Explicit>,
    pub(super) language: Option<String>,
    pub(super) lyrics: Option<String>,
    pub(super) instrumental: bool,
    pub(super) message: Option<String>,
    /// Its title in further languages, by their codes.
    pub(super) translated: BTreeMap<String, String>,
    pub(super) video: Option<String>,
    pub(super) video_isrc: Option<String>,
    pub(super) copying: CopyingWord,
    pub(super) emphasis: EmphasisWord,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TranslationSheet {
    pub(super) language: String,
    pub(super) title: String,
    /// Each song's in order; left out where the songs say theirs themselves.
    #[serde(default)]
    pub(super) titles: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CopyingWord {
    #[default]
    Prohibited,
    Permitted,
    Once,
}

impl From<CopyingWord> for Copying {
    fn from(word: CopyingWord) -> Self {
        match word {
            CopyingWord::Prohibited => Self::Prohibited,
            CopyingWord::Permitted => Self::Permitted,
            CopyingWord::Once => Self::Once,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum EmphasisWord {
    #[default]
    #[serde(rename = "flat")]
    Flat,
    #[serde(rename = "50/15")]
    Fifty15,
}

impl From<EmphasisWord> for Emphasis {
    fn from(word: EmphasisWord) -> Self {
        match word {
            EmphasisWord::Flat => Self::Flat,
            EmphasisWord::Fifty15 => Self::Fifty15,
        }
    }
}

/// A text that holds no release data that can be read.
#[derive(Debug, thiserror::Error)]
pub enum BadSheet {
    /// No TOML, an unknown key, a value of another kind; the source names the line.
    #[error("the release data cannot be read")]
    Unread(#[from] toml::de::Error),
    /// A `[release]` that does not stand as tables of its own.
    #[error(
        "write the release data as tables of their own: [release], and [[release.song]] for each song"
    )]
    NotApart,
    /// Longer than any release.
    #[error("release data have at most {MOST_BYTES} bytes, not {0}")]
    TooLong(usize),
}

/// A hundred discs of a hundred songs with credits stay far below.
const MOST_BYTES: usize = 4 << 20;

impl ReleaseSheet {
    /// Reads release data from a file of their own, where they stand under `[release]` too.
    ///
    /// # Errors
    /// Text that is no TOML, a key that nobody knows.
    pub fn read(text: &str) -> Result<Self, BadSheet> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Whole {
            release: ReleaseSheet,
        }
        if text.len() > MOST_BYTES {
            return Err(BadSheet::TooLong(text.len()));
        }
        Ok(toml::from_str::<Whole>(text)?.release)
    }
}

/// Takes `[release]` and the tables below it out of a programme's text. What is left has its lines where they were, so that
/// what is wrong with one is found by its number.
///
/// # Errors
/// Release data that cannot be read, or that do not stand as tables of their own. A text that is no TOML at all comes back
/// as it is: whoever reads the programme says what is wrong with it.
pub fn split(text: &str) -> Result<(String, Option<ReleaseSheet>), BadSheet> {
    if text.len() > MOST_BYTES {
        return Err(BadSheet::TooLong(text.len()));
    }
    let Ok(mut whole) = toml::from_str::<toml::Table>(text) else {
        return Ok((text.to_owned(), None));
    };
    let Some(_) = whole.remove("release") else {
        return Ok((text.to_owned(), None));
    };
    let (programme, release) = apart(text);
    let is_rest = toml::from_str::<toml::Table>(&programme).is_ok_and(|rest| rest == whole);
    if !is_rest {
        return Err(BadSheet::NotApart);
    }
    Ok((programme, Some(ReleaseSheet::read(&release)?)))
}

/// Each line either here or there, and an empty one in its place.
fn apart(text: &str) -> (String, String) {
    let (mut programme, mut release) = (String::new(), String::new());
    let mut is_release = false;
    for line in text.split_inclusive('\n') {
        if let Some(key) = header(line) {
            is_release = key == "release";
        }
        let (to, other) = if is_release {
            (&mut release, &mut programme)
        } else {
            (&mut programme, &mut release)
        };
        to.push_str(line);
        other.push('\n');
    }
    (programme, release)
}

/// The first part of a table's name, where a line begins one.
fn header(line: &str) -> Option<&str> {
    let inner = line.trim_start().strip_prefix('[')?;
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    let first = inner.split(['.', ']']).next()?;
    Some(first.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "title = \"A\"\n[release]\nean = \"4006381333931\"\n[[disc]]\n[[disc.track]]\ntitle = \"x\"\n[[release.song]]\nsong = \"x\"\n# end\n";

    #[test]
    fn release_data_stand_in_the_programmes_file_and_leave_its_lines_alone() {
        let (programme, sheet) = split(FILE).unwrap();
        assert_eq!(
            programme,
            "title = \"A\"\n\n\n[[disc]]\n[[disc.track]]\ntitle = \"x\"\n\n\n\n"
        );
        let sheet = sheet.unwrap();
        assert_eq!(sheet.ean.as_deref(), Some("4006381333931"));
        assert_eq!(sheet.songs[0].song, "x");
        let plain = "title = \"A\"\n[[disc]]\n";
        assert_eq!(split(plain).unwrap(), (plain.to_owned(), None));
    }

    #[test]
    fn what_cannot_be_taken_apart_is_refused() {
        let said = split("release = { ean = \"4\" }\n")
            .unwrap_err()
            .to_string();
        assert!(said.contains("tables of their own"), "{said}");
        let said = split("[release]\nenan = \"4\"\n").unwrap_err();
        let said = std::error::Error::source(&said).unwrap().to_string();
        assert!(said.contains("enan") && said.contains("line 2"), "{said}");
    }

    #[test]
    fn the_example_can_be_read() {
        let sheet = ReleaseSheet::read(include_str!("../../../../config/release.toml")).unwrap();
        assert_eq!(sheet.songs.len(), 3);
    }

    proptest! {
        #[test]
        fn no_text_stops_the_reader(text in "\\PC{0,200}", at in 0usize..100) {
            let _ = split(&text);
            let mut file = FILE.to_owned();
            file.insert_str(at.min(file.len()), &text);
            let _ = split(&file);
        }
    }
}
