//! How much each thing weighs that can be wrong with a disc of others.

use serde::{Deserialize, Serialize};

use crate::cd::DiscRefusal;
use crate::cd::cue::CueFault;
use crate::cd::ddp::DdpObjection;

/// How much an objection weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Weight {
    /// A rule is not kept; what is on the disc, and where, is plain all the same.
    Rule,
    /// Something that belongs to the disc is not there; it may still be on its way.
    Lacks,
    /// Bytes or marks are not those that were meant, so that nobody can say what is on the disc.
    Breaks,
}

impl DdpObjection {
    /// How much it weighs.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self {
            Self::Missing(_) | Self::NoFile(_) | Self::SumOfNothing { .. } => Weight::Lacks,
            Self::Oversized { .. }
            | Self::Records { .. }
            | Self::DiscType(_)
            | Self::Number { .. }
            | Self::Name { .. }
            | Self::Length { .. }
            | Self::Count { .. }
            | Self::Gap { .. }
            | Self::Mode { .. }
            | Self::Pq { .. }
            | Self::PqBackwards { .. }
            | Self::NoLeadOut
            | Self::TrackOrder { .. }
            | Self::NoStart(_)
            | Self::SumDiffers { .. } => Weight::Breaks,
            Self::LeadOut { said, found } if said > found => Weight::Breaks,
            Self::Disc(refusal) => refusal.weight(),
            Self::Unprintable { .. }
            | Self::Mark { .. }
            | Self::Level(_)
            | Self::Ean { .. }
            | Self::EanDiffers { .. }
            | Self::NoLength(_)
            | Self::Pregap { .. }
            | Self::TextNotNamed(_)
            | Self::NoLeadIn
            | Self::LeadOut { .. }
            | Self::IndexOrder { .. }
            | Self::FlagsChange(_)
            | Self::Isrc { .. }
            | Self::IsrcDiffers { .. }
            | Self::TextTracks { .. }
            | Self::Text(_)
            | Self::Sums(_)
            | Self::NoSum { .. } => Weight::Rule,
        }
    }
}

impl DiscRefusal {
    /// How much it weighs.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self {
            Self::NoTracks
            | Self::TooManyTracks(_)
            | Self::Backwards { .. }
            | Self::EndsEarly { .. } => Weight::Breaks,
            Self::PregapNotFirst
            | Self::PregapShort { .. }
            | Self::TooManyIndexes { .. }
            | Self::TooShort { .. }
            | Self::TooLong { .. }
            | Self::IsrcTwice { .. }
            | Self::MasterId(_)
            | Self::Text(_) => Weight::Rule,
        }
    }
}

impl CueFault {
    /// How much it weighs.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self {
            Self::Command(_)
            | Self::Bare(_)
            | Self::Quotes
            | Self::Flag(_)
            | Self::FourChannels
            | Self::BothCopies
            | Self::Isrc(_) => Weight::Rule,
            Self::Time(_)
            | Self::FileKind(_)
            | Self::Mode(_)
            | Self::TrackNumber { .. }
            | Self::IndexNumber { .. }
            | Self::Backwards { .. }
            | Self::NoTrack(_)
            | Self::NoFile
            | Self::BothPregaps
            | Self::NoStart(_)
            | Self::NoTracks
            | Self::TooManyTracks
            | Self::TooManyFiles
            | Self::TooLong(_) => Weight::Breaks,
        }
    }
}
