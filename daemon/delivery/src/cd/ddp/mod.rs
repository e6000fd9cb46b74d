//! The DDP 2.00 fileset of an audio CD: `DDPID`, `DDPMS`, a PQ descriptor, the image, CD-Text and
//! checksums.
//!
//! Records are printable ASCII of a fixed length without line ends: text to the left, numbers to
//! the right, spaces where nothing is said; other writers fill numbers with zeros. The layout is
//! put together from public readers, writers and their recorded output.

mod checksums;
mod fields;
mod id;
mod judge;
mod map;
mod objection;
mod pq;
#[cfg(test)]
mod tests;
mod write;

pub use checksums::{FileSums, Sums, checksum_md5};
pub use id::DdpId;
pub use judge::{DdpFile, Judged, judge};
pub use map::MapRecord;
pub use objection::DdpObjection;
pub use pq::{PqRecord, PqTrack};
pub use write::{Descriptors, names};

/// Most bytes of a file that is read as a descriptor; the image is far longer.
pub const MAX_DESCRIPTOR_BYTES: u64 = 1024 * 1024;
