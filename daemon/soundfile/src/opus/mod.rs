//! Opus in Ogg (RFC 7845) by libopus: written for those who ask for it, and read back.

mod read;
mod write;

pub use read::{OpusDecoder, OpusReadError};
pub use write::{OpusEncoder, OpusError, OpusSettings, WrittenOpus};

/// The one rate of Opus files here, in hertz; positions in Ogg count at it whatever was encoded (RFC 7845, 4).
pub const OPUS_HZ: u32 = 48_000;

const HEAD_MARK: &[u8; 8] = b"OpusHead";
const TAGS_MARK: &[u8; 8] = b"OpusTags";
