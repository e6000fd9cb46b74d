//! Decodes and encodes audio over streams it is given, with limits against hostile input.
//!
//! WAV in all its shapes is read and written by ourselves. Samples are handed out as *canonical
//! bytes* (interleaved, little-endian, the source's own integers or floats; 8 bits become 16) or
//! as planar `f64` with full scale at 1.0.

mod checksum;
mod pcm;
mod pcm_stream;
mod spec;
mod tags;
pub mod wav;

pub use checksum::{SamplesHash, samples_sha256};
pub use pcm::{bytes_from_planar, planar_from_bytes};
pub use spec::{
    AudioSpec, Completeness, MAX_CHANNELS, MAX_CHUNKS, MAX_DAMAGED_PACKETS, MAX_FRAMES,
    MAX_METADATA_BYTES, MAX_RATE_HZ, MIN_RATE_HZ, SampleType, SpecError,
};
pub use tags::{Origin, Tags};
pub use wav::{Chunk, ChunkAt, WavError, WavReader, WavWriter, WrittenAudio};
