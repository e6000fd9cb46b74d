//! WAV, broadcast WAV, RF64 and BW64: our own reader and writer.

mod read;
mod write;

#[cfg(feature = "codecs")]
pub(crate) use read::is_wav;
pub use read::{ChunkAt, WavError, WavReader};
pub use write::{Chunk, WavWriter, WrittenAudio};
