//! Songs in MP4 files (AAC), as an encoder of the studio's wrote them: where their sound begins, and tags put into them.
//!
//! Boxes by ISO/IEC 14496-12, 4.2; tags by the names that iTunes gave them and every player reads.

mod boxes;
mod lead_in;
mod tags;

pub use lead_in::lead_in_frames;
pub use tags::{NotTagged, with_tags};

/// Most bytes of a song that is held in memory: ten hours at 256 kbit/s.
pub const MOST_BYTES: u64 = 1 << 30;
