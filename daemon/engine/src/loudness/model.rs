use measure::{IntegratedLoudness, WeightedBlock};

use crate::stages::{CharacterKind, LimiterStage};

/// Blocks per second.
const BLOCK_SECONDS: f64 = 0.01;
/// Blocks that memory is taken for at once: an hour.
const FIRST_BLOCKS: u64 = 360_000;
/// How finely a gain is looked for, in dB.
const FINE_DB: f64 = 0.001;
/// Bounds of every gain in dB.
const WIDEST_DB: f64 = 60.0;

/// What loudness depends on, of a whole song in a few megabytes: power and peak of every 10 ms before the gain.
///
/// It says what a gain would give without rendering anything: exactly where there is no limiter, nearly where there
/// is one. The limiter here sees samples and hundredths of a second, so a trial must tell its error; that error
/// hardly changes with the gain.
#[derive(Debug, Clone)]
pub(super) struct LoudnessModel {
    /// Floats of half the size: their rounding is a millionth of an LU.
    blocks: Vec<[f32; 2]>,
}

/// The limiter as the model knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limiting {
    /// As an amplitude.
    ceiling: f64,
    keep: f64,
    slow_charge: f64,
    slow_keep: f64,
    /// Whether it holds for about a block.
    holds: bool,
}

impl Limiting {
    pub(super) fn of(limiter: &LimiterStage) -> Self {
        let keep = |seconds: f64| libm::exp(-BLOCK_SECONDS / seconds);
        let release = limiter.release_ms * 0.001;
        // As `dsp` has them: how long a passage takes to slow the release down, and by how much it does.
        let (charge, slow) = match limiter.character {
            CharacterKind::Transparent => (0.4, 10.0),
            CharacterKind::Punchy => (1.2, 4.0),
            CharacterKind::Dense => (0.15, 3.0),
        };
        Self {
            ceiling: dsp::db_to_gain(limiter.ceiling_dbtp),
            keep: keep(release),
            slow_charge: 1.0 - keep(charge),
            slow_keep: keep(slow * release),
            holds: limiter.character == CharacterKind::Transparent,
        }
    }
}

impl LoudnessModel {
    pub(super) fn new(frames: u64, rate_hz: u32) -> Self {
        let blocks = (frames / u64::from(rate_hz / 100).max(1)).min(FIRST_BLOCKS);
        Self {
            blocks: Vec::with_capacity(usize::try_from(blocks).unwrap_or(0) + 1),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
    pub(super) fn take(&mut self, block: WeightedBlock) {
        self.blocks.push([block.power as f32, block.peak as f32]);
    }

    /// Loudness in LUFS after this gain and, where there is one, the limiter; `None` for silence.
    pub(super) fn lufs(&self, gain_db: f64, limiting: Option<&Limiting>) -> Option<f64> {
        let mut loudness = IntegratedLoudness::default();
        let gain = dsp::db_to_gain(gain_db);
        let (mut depth, mut slow, mut before) = (0.0_f64, 0.0_f64, 0.0_f64);
        for [power, peak] in &self.blocks {
            let mut factor = gain;
            if let Some(limiting) = limiting {
                let peak = f64::from(*peak) * gain;
                let here = (1.0 - limiting.ceiling / peak.max(1e-9)).max(0.0);
                let wanted = if limiting.holds {
                    here.max(before)
                } else {
                    here
                };
                before = here;
                let floor = slow.max(wanted);
                depth = wanted.max(floor + (depth - floor) * limiting.keep);
                slow = if wanted > slow {
                    slow + (wanted - slow) * limiting.slow_charge
                } else {
                    wanted + (slow - wanted) * limiting.slow_keep
                };
                factor *= 1.0 - depth;
            }
            loudness.take(f64::from(*power) * factor * factor);
        }
        loudness.lufs()
    }

    /// The gain that gives this loudness: loudness rises with it, so it is halved in.
    pub(super) fn gain_db(&self, wanted_lufs: f64, limiting: Option<&Limiting>) -> f64 {
        let (mut low, mut high) = (-WIDEST_DB, WIDEST_DB);
        while high - low > FINE_DB {
            let middle = 0.5 * (low + high);
            if self
                .lufs(middle, limiting)
                .is_some_and(|lufs| lufs >= wanted_lufs)
            {
                high = middle;
            } else {
                low = middle;
            }
        }
        0.5 * (low + high)
    }
}
