//! One song of a programme: where it comes from, and what is done to it on its disc.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::beside::SongAlternate;
use super::edit::{Advisory, Edit, EditWords};
use super::fade::{Fade, Segue};
use super::song_chain::SongChain;
use super::time::{Gap, Time};

/// Where a song's samples come from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SongSource {
    /// A file, by its path from the programme's own folder.
    File(String),
    /// A version of a track, by its name, as files are named: `Rain_v3.wav` is version 3 of Rain.
    Version {
        /// The track's name.
        track: String,
        /// Which version; none where there is only one.
        version: Option<u32>,
    },
}

/// One song of a programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SongText", into = "SongText")]
pub struct Song {
    /// Its title.
    pub title: String,
    /// Where its samples come from.
    pub source: SongSource,
    /// The chain that makes its master of its mix; none where the file is one already.
    pub chain: Option<SongChain>,
    /// Whether its words are explicit before anything is edited; none where nobody has said.
    pub explicit: Option<bool>,
    /// Its first sample, on the source; none for the source's own first.
    pub start: Option<Time>,
    /// The first sample after it, on the source; none for the source's own end.
    pub end: Option<Time>,
    /// The silence before it; none for the programme's own, and for none before the first song of a disc.
    pub gap: Option<Gap>,
    /// What sounds in that gap in place of digital silence.
    pub room_tone: Option<RoomTone>,
    /// The fade at its beginning.
    pub fade_in: Option<Fade>,
    /// The fade at its end.
    pub fade_out: Option<Fade>,
    /// How it runs into the next.
    pub segue: Option<Segue>,
    /// Index points from 2 on, as places on its source.
    pub indexes: Vec<Time>,
    /// Level against its master, in dB.
    pub gain_db: f64,
    /// How much brighter the top is than the bottom against its master, in dB, around 1 kHz.
    pub tilt_db: f64,
    /// The editions it is on; none for all of them.
    pub editions: BTreeSet<String>,
    /// What is edited in it; the master itself is untouched.
    pub edits: Vec<Edit>,
    /// What goes beside it: without the voice, the voice alone, the stems.
    pub alternates: Vec<SongAlternate>,
}

/// The sound of a room without music, for gaps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomTone {
    /// The file it is taken from.
    pub file: String,
    /// Its first sample; none for the file's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// Its level against the file, in dB.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub gain_db: f64,
    /// How long it fades in and out, within the gap.
    pub blend: Time,
}

/// What a programme's file says of a song.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SongText {
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    track: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<SongChain>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    explicit: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gap: Option<Gap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<Time>,
    #[serde(default, skip_serializing_if = "is_zero")]
    gain_db: f64,
    #[serde(default, skip_serializing_if = "is_zero")]
    tilt_db: f64,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    editions: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    room_tone: Option<RoomTone>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fade_in: Option<Fade>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fade_out: Option<Fade>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    segue: Option<Segue>,
    #[serde(default, rename = "edit", skip_serializing_if = "Vec::is_empty")]
    edits: Vec<Edit>,
    #[serde(default, rename = "alternate", skip_serializing_if = "Vec::is_empty")]
    alternates: Vec<SongAlternate>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(value: &f64) -> bool {
    *value == 0.0
}

/// A song that comes from nowhere, or from two places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum BadSource {
    #[error(
        "the song \u{201c}{0}\u{201d} has no source: give `file`, or `track` and its `version`"
    )]
    None(String),
    #[error(
        "the song \u{201c}{0}\u{201d} has two sources: give `file`, or `track` and its `version`"
    )]
    Two(String),
}

impl TryFrom<SongText> for Song {
    type Error = BadSource;
    fn try_from(text: SongText) -> Result<Self, BadSource> {
        let source = match (text.file, text.track, text.version) {
            (Some(file), None, None) => SongSource::File(file),
            (None, Some(track), version) => SongSource::Version { track, version },
            (None, None, _) => return Err(BadSource::None(text.title)),
            (Some(_), _, _) => return Err(BadSource::Two(text.title)),
        };
        Ok(Self {
            title: text.title,
            source,
            chain: text.chain,
            explicit: text.explicit,
            start: text.start,
            end: text.end,
            gap: text.gap,
            room_tone: text.room_tone,
            fade_in: text.fade_in,
            fade_out: text.fade_out,
            segue: text.segue,
            indexes: text.indexes,
            gain_db: text.gain_db,
            tilt_db: text.tilt_db,
            editions: text.editions,
            edits: text.edits,
            alternates: text.alternates,
        })
    }
}

impl From<Song> for SongText {
    fn from(song: Song) -> Self {
        let (file, track, version) = match song.source {
            SongSource::File(file) => (Some(file), None, None),
            SongSource::Version { track, version } => (None, Some(track), version),
        };
        Self {
            title: song.title,
            file,
            track,
            version,
            chain: song.chain,
            explicit: song.explicit,
            start: song.start,
            end: song.end,
            gap: song.gap,
            room_tone: song.room_tone,
            fade_in: song.fade_in,
            fade_out: song.fade_out,
            segue: song.segue,
            indexes: song.indexes,
            gain_db: song.gain_db,
            tilt_db: song.tilt_db,
            editions: song.editions,
            edits: song.edits,
            alternates: song.alternates,
        }
    }
}

impl Song {
    /// A song as its file is.
    #[must_use]
    pub fn of_file(title: &str, file: &str) -> Self {
        Self {
            title: title.to_owned(),
            source: SongSource::File(file.to_owned()),
            chain: None,
            explicit: None,
            start: None,
            end: None,
            gap: None,
            room_tone: None,
            fade_in: None,
            fade_out: None,
            segue: None,
            indexes: Vec::new(),
            gain_db: 0.0,
            tilt_db: 0.0,
            editions: BTreeSet::new(),
            edits: Vec::new(),
            alternates: Vec::new(),
        }
    }

    /// What its edits make of its title, and what they ask.
    #[must_use]
    pub fn edit_words(&self) -> EditWords {
        EditWords::of(&self.edits)
    }

    /// How it is marked as it is edited; none where nobody has said what its words are.
    #[must_use]
    pub fn advisory(&self) -> Option<Advisory> {
        let is_explicit = self.explicit?;
        Some(match (is_explicit, self.edit_words().has_lost_words()) {
            (false, _) => Advisory::NotExplicit,
            (true, true) => Advisory::Edited,
            (true, false) => Advisory::Explicit,
        })
    }

    /// Its title with the version that its edits make.
    #[must_use]
    pub fn full_title(&self) -> String {
        match self.edit_words().version {
            Some(version) => format!("{} ({version})", self.title),
            None => self.title.clone(),
        }
    }
}
