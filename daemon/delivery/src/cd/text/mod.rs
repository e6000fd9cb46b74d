//! CD-Text: what a player shows, in up to eight languages.
//!
//! A pack is 18 bytes: type, track of the string that owns the first payload byte, sequence number
//! in its block, block and position, twelve bytes of payload, CRC-16. A block of packs is one
//! language; the strings of a type run through its packs one after the other, each ended by NUL.

mod block;
mod crc;
mod genre;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use block::{Charset, Strings, TextBlock, TextKind, language_code};
pub use genre::Genre;
pub use read::{ReadText, TextObjection, read};
pub use write::{TextRefusal, write};

pub(super) use write::refusals;

/// Bytes of a pack.
pub const PACK_BYTES: usize = 18;
/// Bytes of a pack that carry text.
const PAYLOAD_BYTES: usize = 12;
/// Blocks of a disc.
pub const MAX_BLOCKS: usize = 8;
/// Packs of text in a block beside the three of size information: 256 can be numbered, and many
/// tools stop at 255.
const MAX_TEXT_PACKS: usize = 252;
/// The type of the three packs that say how large a block is.
const SIZE_INFO: u8 = 0x8f;
/// The type of the genre, which starts with a number.
const GENRE: u8 = 0x87;
/// Bytes that the three packs of size information carry.
const SIZE_INFO_BYTES: usize = 36;
