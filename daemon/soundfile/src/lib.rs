//! Decodes and encodes audio over streams it is given, with limits against hostile input.
//!
//! WAV and AIFF in all their shapes are read by ourselves, everything else through symphonia.
//! Samples are handed out as *canonical bytes* (interleaved, little-endian, the source's own
//! integers or floats; 8 bits become 16) or as planar `f64` with full scale at 1.0.

pub mod aiff;
mod aiff_writer;
mod checksum;
#[cfg(feature = "codecs")]
mod decode;
#[cfg(feature = "codecs")]
pub mod flac_encoder;
#[cfg(feature = "codecs")]
mod lead_in;
#[cfg(feature = "codecs")]
pub mod mp3_encoder;
#[cfg(feature = "codecs")]
mod opus;
#[cfg(feature = "codecs")]
mod packets;
mod pcm;
mod pcm_stream;
#[cfg(feature = "codecs")]
mod sniff;
mod spec;
mod tags;
pub mod wav;

pub use aiff::AiffError;
pub use aiff_writer::{AiffWriteError, AiffWriter};
pub use checksum::{SamplesHash, samples_sha256};
#[cfg(feature = "codecs")]
pub use decode::{
    BLOCK_FRAMES, Block, Codec, DecodeError, Decoder, Finished, SourceChecksum, SourceFormat,
};
#[cfg(feature = "codecs")]
pub use flac_encoder::{FlacEncoder, FlacError, FlacSettings, Picture, Verify};
#[cfg(feature = "codecs")]
pub use mp3_encoder::{Mp3Encoder, Mp3Error, WrittenMp3};
#[cfg(feature = "codecs")]
pub use opus::{
    OPUS_HZ, OpusDecoder, OpusEncoder, OpusError, OpusReadError, OpusSettings, WrittenOpus,
};
pub use pcm::{bytes_from_planar, planar_from_bytes};
#[cfg(feature = "codecs")]
pub use sniff::Container;
pub use spec::{
    AudioSpec, Completeness, MAX_CHANNELS, MAX_CHUNKS, MAX_DAMAGED_PACKETS, MAX_FRAMES,
    MAX_METADATA_BYTES, MAX_RATE_HZ, MIN_RATE_HZ, SampleType, SpecError,
};
pub use tags::{Origin, Tags};
pub use wav::{Chunk, ChunkAt, WavError, WavReader, WavWriter, WrittenAudio};
