//! What can be wrong with a fileset, each in a sentence.

use super::pq::PqFault;
use crate::cd::text::TextObjection;
use crate::cd::{DiscRefusal, PqTime};

/// One thing that is wrong with a DDP fileset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DdpObjection {
    /// A file that every fileset has is not there.
    #[error("{0} is missing")]
    Missing(String),
    /// A descriptor that is far longer than any.
    #[error("{name} has {bytes} bytes, too many for a descriptor")]
    Oversized {
        /// The file.
        name: String,
        /// Its length.
        bytes: u64,
    },
    /// Not whole records.
    #[error("{name} has {bytes} bytes, which are not whole records of {record}")]
    Records {
        /// The file.
        name: String,
        /// Its length.
        bytes: usize,
        /// Bytes of a record.
        record: usize,
    },
    /// A byte that no descriptor holds.
    #[error("{name}, record {record}: byte {at} is 0x{byte:02x}, no printable ASCII")]
    Unprintable {
        /// The file.
        name: String,
        /// The record, from 1.
        record: usize,
        /// The byte's place in it, from 0.
        at: usize,
        /// The byte.
        byte: u8,
    },
    /// A record that does not begin with its mark.
    #[error("{name}, record {record} does not begin with {mark}")]
    Mark {
        /// The file.
        name: String,
        /// The record, from 1.
        record: usize,
        /// What it would begin with.
        mark: &'static str,
    },
    /// Another level.
    #[error("DDPID says {0:?}; DDP 2.00 is read")]
    Level(String),
    /// Another disc.
    #[error("DDPID says the disc is of type {0:?}, not CD")]
    DiscType(String),
    /// An EAN that is none.
    #[error("{place}: {source}")]
    Ean {
        /// Where it stands.
        place: &'static str,
        /// Why it is none.
        source: crate::NotAnEan,
    },
    /// Two EANs.
    #[error("the EAN is {one} in {place} and {other} in {other_place}")]
    EanDiffers {
        /// One of them.
        one: String,
        /// Where it stands.
        place: &'static str,
        /// The other.
        other: String,
        /// Where that stands.
        other_place: &'static str,
    },
    /// A number that cannot be read.
    #[error("DDPMS, record {record}: the {field} {text:?} is no number")]
    Number {
        /// The record, from 1.
        record: usize,
        /// The field.
        field: &'static str,
        /// What stands there.
        text: String,
    },
    /// The map names a file that is not there.
    #[error("DDPMS names {0}, which is not in the folder")]
    NoFile(String),
    /// A name that leads out of the folder, or none.
    #[error("DDPMS, record {record} names the file {name:?}, which is no name")]
    Name {
        /// The record, from 1.
        record: usize,
        /// What stands there.
        name: String,
    },
    /// A file of another length than the map says.
    #[error("{name} has {found} bytes, DDPMS says {said}")]
    Length {
        /// The file.
        name: String,
        /// Its length.
        found: u64,
        /// What the map says, in bytes.
        said: u64,
    },
    /// A stream without a length.
    #[error("DDPMS gives no length for {0}")]
    NoLength(String),
    /// A part that a fileset has once.
    #[error("DDPMS has {found} {what}; an audio disc has one")]
    Count {
        /// What it is.
        what: &'static str,
        /// How many there are.
        found: usize,
    },
    /// Images that do not follow each other.
    #[error("the image {name} starts at sector {start} where {expected} comes next: {} sectors {}", start.abs_diff(*expected), if start > expected { "are missing" } else { "overlap" })]
    Gap {
        /// The image.
        name: String,
        /// Where the map says it starts.
        start: u32,
        /// Where the one before ends.
        expected: u32,
    },
    /// An image that is not whole sectors of sound.
    #[error("the image {name} is of mode {mode:?} and storage {storage:?}; sound is DA and 7")]
    Mode {
        /// The image.
        name: String,
        /// Its mode.
        mode: String,
        /// Its storage.
        storage: String,
    },
    /// The pregap of the map is not that of the PQ descriptor.
    #[error("DDPMS says the first track starts after {map} sectors, the PQ descriptor after {pq}")]
    Pregap {
        /// In the map.
        map: u32,
        /// In the PQ descriptor.
        pq: u32,
    },
    /// CD-Text that the map does not name.
    #[error(
        "{0} lies in the folder, but DDPMS does not name it, so that the disc would have no CD-Text"
    )]
    TextNotNamed(String),
    /// A mark that cannot be read.
    #[error("the PQ descriptor, record {record}: {fault}")]
    Pq {
        /// The record, from 1.
        record: usize,
        /// Why.
        fault: PqFault,
    },
    /// A mark before the one above it.
    #[error("the PQ descriptor, record {record}: {at} comes before {before} of the record above")]
    PqBackwards {
        /// The record, from 1.
        record: usize,
        /// Its time.
        at: PqTime,
        /// The time above.
        before: PqTime,
    },
    /// No lead-in at the start.
    #[error("the PQ descriptor does not begin with the lead-in, 00/00 at 00:00:00")]
    NoLeadIn,
    /// No lead-out at the end.
    #[error("the PQ descriptor does not end with the lead-out, AA")]
    NoLeadOut,
    /// A lead-out that is not the end of the image.
    #[error("the lead-out is at {said}, the image ends at {found}")]
    LeadOut {
        /// In the PQ descriptor.
        said: PqTime,
        /// The image's length.
        found: PqTime,
    },
    /// A track that is not the next.
    #[error("the PQ descriptor, record {record}: track {found:02} where {expected:02} comes next")]
    TrackOrder {
        /// The record, from 1.
        record: usize,
        /// The track.
        found: u8,
        /// The next one.
        expected: u8,
    },
    /// An index that is not the next.
    #[error("track {track}: index {found:02} where {expected:02} comes next")]
    IndexOrder {
        /// The track.
        track: u8,
        /// The index.
        found: u8,
        /// The next one.
        expected: u8,
    },
    /// A track without index 01.
    #[error("track {0} has no index 01")]
    NoStart(u8),
    /// Flags that change inside a track.
    #[error("track {0}: pre-emphasis or copy flags change inside the track")]
    FlagsChange(u8),
    /// An ISRC that is none.
    #[error("track {track}: {text:?} in {place} is not an ISRC")]
    Isrc {
        /// The track.
        track: u8,
        /// What stands there.
        text: String,
        /// Where.
        place: &'static str,
    },
    /// Two ISRCs in one track.
    #[error("track {track}: the ISRC is {one} in the PQ descriptor and {other} in {place}")]
    IsrcDiffers {
        /// The track.
        track: u8,
        /// The first.
        one: String,
        /// Another.
        other: String,
        /// Where the other stands.
        place: &'static str,
    },
    /// CD-Text of another number of tracks.
    #[error("CD-Text: block {block} is made for {text} tracks, the disc has {disc}")]
    TextTracks {
        /// The block, from 0.
        block: usize,
        /// Tracks of its texts.
        text: usize,
        /// Tracks of the disc.
        disc: usize,
    },
    /// Something wrong with the packs.
    #[error(transparent)]
    Text(#[from] TextObjection),
    /// The Red Book's rules.
    #[error(transparent)]
    Disc(#[from] DiscRefusal),
    /// A file of checksums that cannot be read.
    #[error("{0} is neither lines of MD5 nor of CRC-32")]
    Sums(String),
    /// A checksum that is not the file's.
    #[error("{name} has other bytes than {sums} says")]
    SumDiffers {
        /// The file.
        name: String,
        /// The file of checksums.
        sums: String,
    },
    /// A checksum of a file that is not there.
    #[error("{sums} names {name}, which is not in the folder")]
    SumOfNothing {
        /// The file.
        name: String,
        /// The file of checksums.
        sums: String,
    },
    /// A file without a checksum, where others have one.
    #[error("{name} is not in {sums}")]
    NoSum {
        /// The file.
        name: String,
        /// The file of checksums.
        sums: String,
    },
}
