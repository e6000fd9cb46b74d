//! Which bits are in use, and whether quiet passages carry dither.

use crate::detect::Block;
use crate::levels::BlockLevel;

/// Dither's own noise is looked for where a block spans at most this many steps: in anything louder
/// the music itself changes from sample to sample.
const QUIET_STEPS: f64 = 3.0;
/// Rests are looked for below this (-36 dBFS): above it a clipped bass may rest, dithered or not.
const RESTS_BELOW: f64 = 1.0 / 64.0;
/// A block needs at least this share of sound between the zeros before and after it.
const LEAST_SHARE: f64 = 0.25;

/// How samples are stored in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleKind {
    /// 16-bit integers.
    I16,
    /// 24-bit integers.
    I24,
    /// 32-bit integers.
    I32,
    /// 32-bit floats.
    F32,
    /// 64-bit floats.
    F64,
}

impl SampleKind {
    /// Bits of the container.
    #[must_use]
    pub fn bits(self) -> u32 {
        match self {
            Self::I16 => 16,
            Self::I24 => 24,
            Self::I32 | Self::F32 => 32,
            Self::F64 => 64,
        }
    }

    /// True for floats, which do not clip at full scale.
    #[must_use]
    pub fn is_float(self) -> bool {
        match self {
            Self::I16 | Self::I24 | Self::I32 => false,
            Self::F32 | Self::F64 => true,
        }
    }

    /// Distance of neighbouring values near full scale.
    pub(crate) fn step(self) -> f64 {
        match self {
            Self::I16 => 1.0 / 32_768.0,
            Self::I24 => 1.0 / 8_388_608.0,
            Self::I32 => 1.0 / 2_147_483_648.0,
            Self::F32 => 1.0 / 16_777_216.0,
            Self::F64 => 1.0 / 9_007_199_254_740_992.0,
        }
    }
}

/// Quiet blocks of 10 ms that do and do not look dithered at one depth.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DitherCount {
    pub(crate) with: u64,
    pub(crate) without: u64,
}

/// Follows the bits of all channels.
#[derive(Clone, Debug)]
pub(crate) struct BitWatch {
    kind: SampleKind,
    used: u64,
    /// Floats that once lay between the steps of 24-bit integers.
    is_off_grid: bool,
    at_16: DitherCount,
    undithered_changes: f64,
    dithered_changes: f64,
}

impl BitWatch {
    pub(crate) fn new(kind: SampleKind, limits: &crate::NumberThresholds) -> Self {
        Self {
            kind,
            used: 0,
            is_off_grid: false,
            at_16: DitherCount::default(),
            undithered_changes: limits.undithered_changes,
            dithered_changes: limits.dithered_changes,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        for (samples, level) in block.samples.iter().zip(block.levels) {
            self.bits(samples, level.peak());
            self.dither(samples, level);
        }
    }

    /// ORs the integers together. Adding 1.5·2^52 leaves a number's integer part in the low bits,
    /// so the loop has no branch and no conversion.
    fn bits(&mut self, samples: &[f64], peak: f64) {
        const MAGIC: f64 = 6_755_399_441_055_744.0;
        const INTEGER_BITS: u64 = (1 << 51) - 1;
        if self.is_off_grid {
            return;
        }
        // Floats are compared with the 32-bit grid; what lies between its steps is no integer.
        if self.kind.is_float() && peak >= 1.0 {
            self.is_off_grid = true;
            return;
        }
        let mut used = 0;
        let mut rest = 0.0_f64;
        for &v in samples {
            let scaled = v.abs() * 2_147_483_648.0;
            let shifted = scaled + MAGIC;
            used |= shifted.to_bits();
            let off = (scaled - (shifted - MAGIC)).abs();
            rest = if off > rest { off } else { rest };
        }
        self.used |= used & INTEGER_BITS;
        self.is_off_grid = rest > 0.0;
    }

    /// Dither moves 4 samples in 10 and more, whatever the sound under it; without it a sound that
    /// dies away rests on each step before it goes to the next.
    fn dither(&mut self, samples: &[f64], level: &BlockLevel) {
        const STEP: f64 = 1.0 / 32_768.0;
        if level.peak() == 0.0 || level.peak() > RESTS_BELOW {
            return;
        }
        // A silence of zeros that begins or ends here was cut in, which says nothing about dither.
        let Some(first) = samples.iter().position(|&v| v != 0.0) else {
            return;
        };
        let last = samples.iter().rposition(|&v| v != 0.0).unwrap_or(first);
        let sound = &samples[first..=last];
        if sound.len() < 2 || (sound.len() as f64) < LEAST_SHARE * samples.len() as f64 {
            return;
        }
        let changes = sound.windows(2).filter(|w| w[0] != w[1]).count();
        let share = changes as f64 / (sound.len() - 1) as f64;
        if share < self.undithered_changes {
            self.at_16.without += 1;
        } else if share > self.dithered_changes && level.max - level.min <= QUIET_STEPS * STEP {
            self.at_16.with += 1;
        }
    }

    /// Bits in use; `None` for floats that are no integers, and for silence.
    pub(crate) fn effective_bits(&self) -> Option<u32> {
        if self.is_off_grid || self.used == 0 {
            return None;
        }
        Some(32 - self.used.trailing_zeros().min(31))
    }

    /// Dither as seen in quiet blocks, where the file holds 16 bits.
    pub(crate) fn dither_at_16(&self) -> Option<DitherCount> {
        matches!(self.effective_bits(), Some(9..=16)).then_some(self.at_16)
    }
}
