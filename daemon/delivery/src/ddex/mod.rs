//! DDEX: the electronic release notification (ERN 4.3, 4.3.2 or 3.8.2) of a release, as a message with its resources in a batch.
//!
//! The schemas are DDEX's and are not part of this program; whoever sends messages needs their licence and a DPID. What the
//! schema cannot check (references that lead somewhere, codes that agree) holds by how the message is made.

mod along;
mod batch;
mod ern3;
mod ern4;
mod message;
mod parties;
mod xml;

pub use along::{Along, AlongAs, video_name};
pub use batch::{Batch, resource_name};
pub use message::{Cover, ErnMessage, FileSum, Recording};
pub use parties::{DdexParties, Deal, ErnVersion, NotADpid};

use crate::profile::Need;

/// What a message has to say.
pub const NEEDS: [Need; 13] = [
    Need::Kind,
    Need::Ean,
    Need::Artist,
    Need::Label,
    Need::Genre,
    Need::Language,
    Need::ReleasedOn,
    Need::PLine,
    Need::CLine,
    Need::Explicit,
    Need::Territories,
    Need::Cover,
    Need::Isrc,
];
