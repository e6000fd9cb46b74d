//! A disc as somebody plans it, or as a descriptor says it: not yet held against any rule.

use serde::{Deserialize, Serialize};

use super::PqTime;
use super::text::TextBlock;
use crate::{Ean, Isrc};

/// Whether a track was recorded with pre-emphasis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Emphasis {
    /// None, as nearly everything.
    #[default]
    Flat,
    /// 50/15 µs, which a player takes back.
    Fifty15,
}

/// What a track says about digital copies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Copying {
    /// No bit set, which the standard calls prohibited.
    #[default]
    Prohibited,
    /// Permitted (DCP).
    Permitted,
    /// The alternating bit of the serial copy management system (SCMS).
    Once,
}

/// A track: marks from the start of the image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTrack {
    /// Index 00, where the track has a pregap; the first track has one.
    pub pregap: Option<PqTime>,
    /// Index 01, where a player starts it.
    pub start: PqTime,
    /// Index 02 and on.
    pub indexes: Vec<PqTime>,
    /// Pre-emphasis.
    pub emphasis: Emphasis,
    /// Copies.
    pub copying: Copying,
    /// The recording's code.
    pub isrc: Option<Isrc>,
}

impl PlannedTrack {
    /// Its marks in order, with the number of each index.
    pub fn marks(&self) -> impl Iterator<Item = (usize, PqTime)> + '_ {
        let pregap = self.pregap.map(|at| (0, at));
        let others = self.indexes.iter().copied();
        let others = (2..).zip(others);
        pregap.into_iter().chain([(1, self.start)]).chain(others)
    }

    /// Its first mark: index 00 where it has one.
    pub fn first_mark(&self) -> PqTime {
        self.pregap.unwrap_or(self.start)
    }
}

/// A disc.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscPlan {
    /// EAN, which players call the media catalogue number.
    pub ean: Option<Ean>,
    /// What a plant calls the master, such as its catalogue number; not on the disc.
    pub master_id: String,
    /// Tracks in order.
    pub tracks: Vec<PlannedTrack>,
    /// The lead-out, which is the length of the image.
    pub end: PqTime,
    /// CD-Text, one block a language.
    pub texts: Vec<TextBlock>,
}

impl DiscPlan {
    /// Where the track after `index` begins, or the lead-out.
    pub fn end_of(&self, index: usize) -> PqTime {
        self.tracks
            .get(index + 1)
            .map_or(self.end, PlannedTrack::first_mark)
    }
}
