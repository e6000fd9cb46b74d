//! What a sound file holds: rate, channels, kind of sample, and how much of it is there.

use serde::{Deserialize, Serialize};

/// Lowest sample rate taken, in hertz. Below it is no mix but a damaged header.
pub const MIN_RATE_HZ: u32 = 8_000;
/// Highest sample rate taken, in hertz.
pub const MAX_RATE_HZ: u32 = 384_000;
/// Most channels taken.
pub const MAX_CHANNELS: u16 = 32;
/// Most frames taken from one file: 24 hours at the highest rate.
pub const MAX_FRAMES: u64 = 24 * 3600 * MAX_RATE_HZ as u64;
/// Most chunks listed from one WAV or AIFF file.
pub const MAX_CHUNKS: usize = 4_096;
/// Most bytes of one text or picture chunk that are read into memory.
pub const MAX_METADATA_BYTES: u64 = 16 * 1024 * 1024;
/// Most damaged packets after which a compressed file is given up.
pub const MAX_DAMAGED_PACKETS: u32 = 10_000;

/// How one sample is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleType {
    /// Signed integer, 2 bytes.
    I16,
    /// Signed integer, 3 bytes.
    I24,
    /// Signed integer, 4 bytes.
    I32,
    /// Floating point, 4 bytes.
    F32,
    /// Floating point, 8 bytes.
    F64,
}

impl SampleType {
    /// Bytes of one sample.
    pub const fn bytes(self) -> u16 {
        match self {
            Self::I16 => 2,
            Self::I24 => 3,
            Self::I32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Bits of one sample.
    pub const fn bits(self) -> u16 {
        self.bytes() * 8
    }

    /// True for the two floating point kinds.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

/// Rate, channels and kind of sample of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AudioSpec {
    /// Frames per second.
    pub rate_hz: u32,
    /// Samples per frame.
    pub channels: u16,
    /// How one sample is stored.
    pub sample: SampleType,
}

/// Why a header describes no sound that can be a mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Sample rate outside [`MIN_RATE_HZ`]..=[`MAX_RATE_HZ`].
    #[error("the file says {0} Hz; sample rates from 8 to 384 kHz are taken")]
    Rate(u32),
    /// No channel, or more than [`MAX_CHANNELS`].
    #[error("the file says {0} channels; 1 to 32 are taken")]
    Channels(u32),
}

impl AudioSpec {
    /// Bytes of one frame.
    pub fn frame_bytes(&self) -> u64 {
        u64::from(self.channels) * u64::from(self.sample.bytes())
    }

    /// Bytes of one frame, for buffers.
    pub(crate) fn frame_len(&self) -> usize {
        usize::from(self.channels) * usize::from(self.sample.bytes())
    }

    /// Refuses rates and channel counts that no mix has.
    pub fn check(&self) -> Result<(), SpecError> {
        if !(MIN_RATE_HZ..=MAX_RATE_HZ).contains(&self.rate_hz) {
            return Err(SpecError::Rate(self.rate_hz));
        }
        if !(1..=MAX_CHANNELS).contains(&self.channels) {
            return Err(SpecError::Channels(u32::from(self.channels)));
        }
        Ok(())
    }

    /// Length of `frames` in seconds.
    pub fn seconds(&self, frames: u64) -> f64 {
        frames as f64 / f64::from(self.rate_hz)
    }
}

/// Whether all the sound is there that the file itself declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Completeness {
    /// Exactly what the header declares.
    Complete,
    /// The header declares no length (streamed by its writer): everything there was read.
    Undeclared {
        /// Frames found.
        have_frames: u64,
    },
    /// The file ends before its own declared end.
    CutShort {
        /// Frames found.
        have_frames: u64,
        /// Frames the header declares.
        declared_frames: u64,
    },
    /// Bytes that belong to no chunk follow the declared sound.
    LongerThanDeclared {
        /// Frames the header declares; these were read.
        declared_frames: u64,
        /// Bytes behind them.
        extra_bytes: u64,
    },
}
