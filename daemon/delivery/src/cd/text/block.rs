//! One language of a disc's CD-Text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Genre;
use super::write::TextRefusal;
use crate::cd::DiscPlan;
use crate::{Ean, Isrc};

/// How the texts of a block are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charset {
    /// ISO 8859-1.
    #[default]
    Latin1,
    /// ASCII.
    Ascii,
    /// Music Shift-JIS, two bytes a character: kept as it came.
    MsJis,
}

impl Charset {
    /// Its byte in the size information.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Latin1 => 0x00,
            Self::Ascii => 0x01,
            Self::MsJis => 0x80,
        }
    }

    pub(super) fn of_code(code: u8) -> Option<Self> {
        [Self::Latin1, Self::Ascii, Self::MsJis]
            .into_iter()
            .find(|charset| charset.code() == code)
    }
}

/// What a text is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TextKind {
    /// Title of the disc and of each track.
    Title,
    /// Who plays.
    Performer,
    /// Who wrote the words.
    Songwriter,
    /// Who composed.
    Composer,
    /// Who arranged.
    Arranger,
    /// A message.
    Message,
    /// The disc's own mark, such as its catalogue number.
    DiscId,
    /// Words that are not for players.
    Closed,
    /// EAN of the disc, ISRC of each track.
    Codes,
}

impl TextKind {
    /// Every kind, in the order of their packs.
    pub const ALL: [Self; 9] = [
        Self::Title,
        Self::Performer,
        Self::Songwriter,
        Self::Composer,
        Self::Arranger,
        Self::Message,
        Self::DiscId,
        Self::Closed,
        Self::Codes,
    ];

    /// The type of its packs.
    pub fn pack_type(self) -> u8 {
        match self {
            Self::Title => 0x80,
            Self::Performer => 0x81,
            Self::Songwriter => 0x82,
            Self::Composer => 0x83,
            Self::Arranger => 0x84,
            Self::Message => 0x85,
            Self::DiscId => 0x86,
            Self::Closed => 0x8d,
            Self::Codes => 0x8e,
        }
    }

    /// What sentences call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Performer => "performer",
            Self::Songwriter => "songwriter",
            Self::Composer => "composer",
            Self::Arranger => "arranger",
            Self::Message => "message",
            Self::DiscId => "disc id",
            Self::Closed => "closed information",
            Self::Codes => "EAN and ISRC",
        }
    }

    /// Whether each track has one beside the disc.
    pub fn is_of_tracks(self) -> bool {
        !matches!(self, Self::DiscId | Self::Closed)
    }

    /// The character set of its packs in a block of `charset`.
    pub(super) fn charset_in(self, charset: Charset) -> Charset {
        match self {
            Self::DiscId | Self::Codes => Charset::Ascii,
            Self::Closed => Charset::Latin1,
            _ => charset,
        }
    }
}

/// The texts of one kind, as the packs hold them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strings {
    /// Of the disc.
    pub disc: Vec<u8>,
    /// Of each track; empty where there is none.
    pub tracks: Vec<Vec<u8>>,
}

impl Strings {
    /// Of the disc (0) or a track.
    pub fn of(&self, track: usize) -> &[u8] {
        let string = match track.checked_sub(1) {
            None => Some(&self.disc),
            Some(index) => self.tracks.get(index),
        };
        string.map_or(&[], Vec::as_slice)
    }
}

/// One language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextBlock {
    /// How its texts are written.
    pub charset: Charset,
    /// Language by its number (EBU Tech 3264); 0 for unknown.
    pub language: u8,
    /// The copyright byte: 0, or 3 where all texts are protected.
    pub copyright: u8,
    /// Genre.
    pub genre: Option<Genre>,
    /// Texts by kind.
    pub strings: BTreeMap<TextKind, Strings>,
}

/// Languages by their ISO 639-1 codes and their numbers in EBU Tech 3264, appendix 3.
const LANGUAGES: [(&str, u8); 10] = [
    ("de", 0x08),
    ("en", 0x09),
    ("es", 0x0a),
    ("fr", 0x0f),
    ("it", 0x15),
    ("nl", 0x1d),
    ("pt", 0x21),
    ("sv", 0x28),
    ("ja", 0x69),
    ("zh", 0x75),
];

/// The number of a language given by its ISO 639-1 code.
pub fn language_code(iso: &str) -> Option<u8> {
    let mut same = LANGUAGES.iter().filter(|(code, _)| *code == iso);
    same.next().map(|(_, number)| *number)
}

impl TextBlock {
    /// A block of ISO 8859-1 without texts.
    pub fn latin1(language: u8) -> Self {
        Self {
            language,
            ..Self::default()
        }
    }

    /// Puts texts of a kind in: of the disc, then of each track.
    ///
    /// # Errors
    /// A character that ISO 8859-1 does not have, with the track.
    pub fn put(&mut self, kind: TextKind, disc: &str, tracks: &[&str]) -> Result<(), TextRefusal> {
        let encode = |track: usize, text: &str| {
            let bytes = text.chars().map(|c| u8::try_from(c).map_err(|_| c));
            bytes
                .collect::<Result<Vec<u8>, char>>()
                .map_err(|character| {
                    let text = text.to_owned();
                    TextRefusal::Character {
                        kind,
                        track,
                        text,
                        character,
                    }
                })
        };
        let disc = encode(0, disc)?;
        let tracks = (1..).zip(tracks).map(|(no, text)| encode(no, text));
        let tracks = tracks.collect::<Result<_, _>>()?;
        self.strings.insert(kind, Strings { disc, tracks });
        Ok(())
    }

    /// Puts the disc's codes in; where it has no EAN they are left out, because readers take the
    /// first track's code for the disc's where that is empty (libcdio 2.1.0).
    pub fn put_codes(&mut self, plan: &DiscPlan) {
        let Some(ean) = &plan.ean else { return };
        let code = |isrc: &Isrc| isrc.as_str().as_bytes().to_vec();
        let tracks = plan.tracks.iter();
        let tracks = tracks.map(|t| t.isrc.as_ref().map(code).unwrap_or_default());
        let strings = Strings {
            disc: Ean::as_str(ean).as_bytes().to_vec(),
            tracks: tracks.collect(),
        };
        self.strings.insert(TextKind::Codes, strings);
    }

    /// A text of the disc (0) or a track in characters; none where there is none, or where it is
    /// MS-JIS, which is kept as it came.
    pub fn text(&self, kind: TextKind, track: usize) -> Option<String> {
        let bytes = self.strings.get(&kind)?.of(track);
        let readable = kind.charset_in(self.charset) != Charset::MsJis && !bytes.is_empty();
        readable.then(|| bytes.iter().map(|b| char::from(*b)).collect())
    }
}
