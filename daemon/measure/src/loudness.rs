//! Loudness after ITU-R BS.1770-5 and EBU Tech 3341/3342: momentary and short-term every 10 ms,
//! integrated with both gates, loudness range.
//!
//! The filters are our own rather than the `ebur128` crate's because theirs take their
//! coefficients from the platform's libm, and a master's gain depends on this number to the last
//! bit. The crate is the independent reference the self-test compares with.

use crate::blocks::{BLOCKS_PER_SECOND, Blocks};
use crate::decibel;
use crate::meter::{MeasureError, can_measure};

/// The constant of BS.1770's loudness formula, in LU.
const OFFSET_LU: f64 = -0.691;
/// BS.1770: blocks quieter than this never count.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// BS.1770: the integrated loudness leaves out what is this much below the ungated one.
const RELATIVE_GATE_LU: f64 = -10.0;
/// Tech 3342: the loudness range leaves out what is this much below the ungated loudness.
const RANGE_GATE_LU: f64 = -20.0;
/// 400 ms in blocks.
const MOMENTARY_BLOCKS: usize = 40;
/// 3 s in blocks.
const SHORT_TERM_BLOCKS: usize = 300;
/// 100 ms in blocks: the hop of the gating blocks (75 % overlap) and of the range.
const GATING_HOP_BLOCKS: u64 = 10;
/// The peak-to-short-term ratio is meaningless in a fade; below this it is not taken.
const PSR_FLOOR_LUFS: f64 = -40.0;

/// Loudness in LUFS of a channel-weighted mean square.
pub(crate) fn lufs(power: f64) -> f64 {
    OFFSET_LU + 10.0 * libm::log10(power)
}

/// The channel-weighted mean square of a loudness in LUFS.
fn power_of(lufs: f64) -> f64 {
    decibel::power(lufs - OFFSET_LU)
}

/// BS.1770 channel weights in the usual file order (L R C LFE Ls Rs); the LFE does not count.
fn weights(channels: usize) -> Vec<f64> {
    const SURROUND: f64 = 1.41;
    match channels {
        4 => vec![1.0, 1.0, SURROUND, SURROUND],
        5 => vec![1.0, 1.0, 1.0, SURROUND, SURROUND],
        6 => vec![1.0, 1.0, 1.0, 0.0, SURROUND, SURROUND],
        // 7.1 in WAVE order: the pair at the back (±135°) weighs 1, the one at the sides 1.41.
        8 => vec![1.0, 1.0, 1.0, 0.0, 1.0, 1.0, SURROUND, SURROUND],
        n => vec![1.0; n],
    }
}

#[derive(Clone, Copy, Debug)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
}

/// The K-weighting's shelf and high-pass for a rate, from the analogue prototypes whose bilinear
/// transform gives BS.1770's table of coefficients at 48 kHz.
fn k_weighting(rate_hz: f64) -> [Biquad; 2] {
    let shelf = {
        let (f0, gain_db, q) = (1681.974450955533, 3.999843853973347, 0.7071752369554196);
        let k = libm::tan(std::f64::consts::PI * f0 / rate_hz);
        let vh = decibel::amplitude(gain_db);
        let vb = libm::pow(vh, 0.4996667741545416);
        let a0 = 1.0 + k / q + k * k;
        Biquad {
            b: [
                (vh + vb * k / q + k * k) / a0,
                2.0 * (k * k - vh) / a0,
                (vh - vb * k / q + k * k) / a0,
            ],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        }
    };
    let high_pass = {
        let (f0, q) = (38.13547087602444, 0.5003270373238773);
        let k = libm::tan(std::f64::consts::PI * f0 / rate_hz);
        let a0 = 1.0 + k / q + k * k;
        Biquad {
            b: [1.0, -2.0, 1.0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        }
    };
    [shelf, high_pass]
}

/// Two channels filtered side by side: a biquad waits for itself, so a second lane is free.
#[derive(Clone, Debug)]
struct Pair {
    stages: [Biquad; 2],
    state: [[[f64; 2]; 2]; 2],
}

impl Pair {
    fn new(stages: [Biquad; 2]) -> Self {
        Self {
            stages,
            state: [[[0.0; 2]; 2]; 2],
        }
    }

    /// Sums of squares of both weighted channels over a block.
    fn squares(&mut self, left: &[f64], right: &[f64]) -> [f64; 2] {
        let [p, q] = self.stages;
        let [[mut p1, mut p2], [mut q1, mut q2]] = self.state;
        let mut sum = [0.0; 2];
        for (&l, &r) in left.iter().zip(right) {
            let x = [l, r];
            for lane in 0..2 {
                let y = p.b[0] * x[lane] + p1[lane];
                p1[lane] = p.b[1] * x[lane] - p.a[0] * y + p2[lane];
                p2[lane] = p.b[2] * x[lane] - p.a[1] * y;
                // The high-pass has b = 1, -2, 1.
                let z = y + q1[lane];
                q1[lane] = q2[lane] - (y + y) - q.a[0] * z;
                q2[lane] = y - q.a[1] * z;
                sum[lane] += z * z;
            }
        }
        self.state = [[p1, p2], [q1, q2]];
        self.snap();
        sum
    }

    /// Keeps a long silence from ending in denormals, which cost a hundred times the time.
    fn snap(&mut self) {
        const NOTHING: f64 = 1.0e-30;
        for value in self.state.iter_mut().flatten().flatten() {
            if value.abs() < NOTHING {
                *value = 0.0;
            }
        }
    }
}

/// Weights and filters all channels: the energy that loudness is made of.
#[derive(Clone, Debug)]
struct Weighting {
    pairs: Vec<Pair>,
    weights: Vec<f64>,
    silence: Vec<f64>,
}

impl Weighting {
    fn new(rate_hz: u32, channels: usize) -> Self {
        let stages = k_weighting(f64::from(rate_hz));
        Self {
            pairs: vec![Pair::new(stages); channels.div_ceil(2)],
            weights: weights(channels),
            silence: Vec::new(),
        }
    }

    /// Sum of squares of a block, K-weighted and channel-weighted.
    fn energy(&mut self, block: &[Vec<f64>]) -> f64 {
        let length = block[0].len();
        self.silence.resize(length, 0.0);
        let mut energy = 0.0;
        for ((pair, channels), weight) in self
            .pairs
            .iter_mut()
            .zip(block.chunks(2))
            .zip(self.weights.chunks(2))
        {
            let right = channels.get(1).unwrap_or(&self.silence);
            let [l, r] = pair.squares(&channels[0], right);
            energy += weight[0] * l + weight.get(1).map_or(0.0, |w| w * r);
        }
        energy
    }
}

/// A hundredth of a second as loudness sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightedBlock {
    /// Mean square of all channels, K-weighted and channel-weighted (BS.1770-5).
    pub power: f64,
    /// Largest sample of all channels, full scale 1.0.
    pub peak: f64,
}

/// Weighs a stream, 10 ms at a time: integrated loudness before its gates, and nothing else.
#[derive(Clone, Debug)]
pub struct LoudnessBlocks {
    blocks: Blocks,
    weighting: Weighting,
}

impl LoudnessBlocks {
    /// For 8 to 384 kHz and 1 to 32 channels.
    ///
    /// # Errors
    /// Another rate, or another number of channels.
    pub fn new(rate_hz: u32, channels: u32) -> Result<Self, MeasureError> {
        let count = can_measure(rate_hz, channels)?;
        Ok(Self {
            blocks: Blocks::new(rate_hz, count),
            weighting: Weighting::new(rate_hz, count),
        })
    }

    /// Takes one slice per channel, all of one length, full scale 1.0; hands on every whole block.
    pub fn feed(&mut self, planar: &[&[f64]], mut take: impl FnMut(WeightedBlock)) {
        let weighting = &mut self.weighting;
        self.blocks.feed(planar, |block| {
            let samples = block.iter().flatten();
            take(WeightedBlock {
                power: weighting.energy(block) / block[0].len() as f64,
                peak: samples.fold(0.0_f64, |peak, x| peak.max(x.abs())),
            });
        });
    }
}

/// Integrated loudness (BS.1770-5, both gates) of the powers of blocks of 10 ms, taken in order.
#[derive(Clone, Debug)]
pub struct IntegratedLoudness {
    recent: [f64; MOMENTARY_BLOCKS],
    blocks: u64,
    gated: Histogram,
}

impl Default for IntegratedLoudness {
    fn default() -> Self {
        Self {
            recent: [0.0; MOMENTARY_BLOCKS],
            blocks: 0,
            gated: Histogram::new(),
        }
    }
}

impl IntegratedLoudness {
    /// Takes the next block's power.
    pub fn take(&mut self, power: f64) {
        let slot = usize::try_from(self.blocks).unwrap_or(usize::MAX) % MOMENTARY_BLOCKS;
        self.recent[slot] = power;
        self.blocks += 1;
        if self.blocks >= MOMENTARY_BLOCKS as u64 && self.blocks.is_multiple_of(GATING_HOP_BLOCKS) {
            let sum: f64 = self.recent.iter().sum();
            self.gated.add(sum / MOMENTARY_BLOCKS as f64);
        }
    }

    /// The loudness so far in LUFS; `None` for silence and for less than 400 ms.
    #[must_use]
    pub fn lufs(&self) -> Option<f64> {
        self.gated.integrated()
    }
}

/// Counts and energies in steps of 0.01 LU: constant memory, and exact but for the one step a gate falls into.
#[derive(Clone, Debug)]
struct Histogram {
    count: Vec<u64>,
    energy: Vec<f64>,
}

impl Histogram {
    const STEPS_PER_LU: f64 = 100.0;
    const BINS: usize = 10_000;

    fn new() -> Self {
        Self {
            count: vec![0; Self::BINS],
            energy: vec![0.0; Self::BINS],
        }
    }

    fn add(&mut self, power: f64) {
        if power <= 0.0 {
            return;
        }
        let step = (lufs(power) - ABSOLUTE_GATE_LUFS) * Self::STEPS_PER_LU;
        if step < 0.0 {
            return;
        }
        // Saturates: what is louder than +30 LUFS stands in the last step, with its true energy.
        let bin = (step as usize).min(Self::BINS - 1);
        self.count[bin] += 1;
        self.energy[bin] += power;
    }

    /// Mean power and count from bin `from` on.
    fn mean_from(&self, from: usize) -> Option<f64> {
        let count: u64 = self.count[from..].iter().sum();
        let energy: f64 = self.energy[from..].iter().sum();
        (count > 0).then(|| energy / count as f64)
    }

    /// The first bin that passes the relative gate.
    fn gate(&self, below_lu: f64) -> Option<usize> {
        let threshold = lufs(self.mean_from(0)?) + below_lu;
        let step = (threshold - ABSOLUTE_GATE_LUFS) * Self::STEPS_PER_LU;
        Some((step.max(0.0) as usize).min(Self::BINS - 1))
    }

    fn integrated(&self) -> Option<f64> {
        self.mean_from(self.gate(RELATIVE_GATE_LU)?).map(lufs)
    }

    /// Where the loudness range begins and ends: its 10th and 95th percentiles.
    fn range(&self) -> Option<(f64, f64)> {
        let gate = self.gate(RANGE_GATE_LU)?;
        let count: u64 = self.count[gate..].iter().sum();
        let at = |share: f64| {
            let wanted = (share * (count - 1) as f64 + 0.5) as u64;
            let mut seen = 0;
            for bin in gate..Self::BINS {
                seen += self.count[bin];
                if seen > wanted {
                    return lufs(self.energy[bin] / self.count[bin] as f64);
                }
            }
            ABSOLUTE_GATE_LUFS
        };
        (count > 0).then(|| (at(0.10), at(0.95)))
    }
}

/// A maximum and the second at which its window begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoudestWindow {
    pub(crate) lufs: f64,
    pub(crate) start_seconds: f64,
}

/// What the loudness part of the meter found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoudnessResult {
    pub(crate) integrated_lufs: Option<f64>,
    pub(crate) lra_lu: Option<f64>,
    pub(crate) range_top_lufs: Option<f64>,
    pub(crate) momentary: Option<LoudestWindow>,
    pub(crate) short_term: Option<LoudestWindow>,
    pub(crate) psr_min_lu: Option<f64>,
}

/// Loudness of a stream that comes in blocks of 10 ms.
#[derive(Clone, Debug)]
pub(crate) struct Loudness {
    weighting: Weighting,
    energy: Vec<f64>,
    frames: Vec<f64>,
    peak: Vec<f64>,
    blocks: u64,
    gated: Histogram,
    short: Histogram,
    max_momentary: (f64, u64),
    max_short_term: (f64, u64),
    psr_min_lu: Option<f64>,
}

impl Loudness {
    pub(crate) fn new(rate_hz: u32, channels: usize) -> Self {
        Self {
            weighting: Weighting::new(rate_hz, channels),
            energy: vec![0.0; SHORT_TERM_BLOCKS],
            frames: vec![0.0; SHORT_TERM_BLOCKS],
            peak: vec![0.0; SHORT_TERM_BLOCKS],
            blocks: 0,
            gated: Histogram::new(),
            short: Histogram::new(),
            max_momentary: (0.0, 0),
            max_short_term: (0.0, 0),
            psr_min_lu: None,
        }
    }

    /// Takes one whole block; `peak` is its largest sample over all channels.
    pub(crate) fn block(&mut self, block: &[Vec<f64>], peak: f64) {
        let energy = self.weighting.energy(block);
        let slot = usize::try_from(self.blocks).unwrap_or(usize::MAX) % SHORT_TERM_BLOCKS;
        self.energy[slot] = energy;
        self.frames[slot] = block[0].len() as f64;
        self.peak[slot] = peak;
        self.blocks += 1;
        self.windows(slot);
    }

    fn windows(&mut self, slot: usize) {
        let at_hop = self.blocks.is_multiple_of(GATING_HOP_BLOCKS);
        if let Some(power) = self.window(slot, MOMENTARY_BLOCKS) {
            if power > self.max_momentary.0 {
                self.max_momentary = (power, self.blocks - MOMENTARY_BLOCKS as u64);
            }
            if at_hop {
                self.gated.add(power);
            }
        }
        if let Some(power) = self.window(slot, SHORT_TERM_BLOCKS) {
            if power > self.max_short_term.0 {
                self.max_short_term = (power, self.blocks - SHORT_TERM_BLOCKS as u64);
            }
            if at_hop {
                self.short.add(power);
                self.peak_to_short_term(power);
            }
        }
    }

    /// Mean power of the last `blocks` blocks, summed anew each time so that no rounding piles up.
    fn window(&self, slot: usize, blocks: usize) -> Option<f64> {
        if self.blocks < blocks as u64 {
            return None;
        }
        let start = (slot + 1 + SHORT_TERM_BLOCKS - blocks) % SHORT_TERM_BLOCKS;
        let until_wrap = blocks.min(SHORT_TERM_BLOCKS - start);
        let sum = |ring: &[f64]| {
            ring[start..start + until_wrap].iter().sum::<f64>()
                + ring[..blocks - until_wrap].iter().sum::<f64>()
        };
        Some(sum(&self.energy) / sum(&self.frames))
    }

    fn peak_to_short_term(&mut self, power: f64) {
        if power < power_of(PSR_FLOOR_LUFS) {
            return;
        }
        let peak = self.peak.iter().fold(0.0_f64, |a, &b| a.max(b));
        if let Some(peak_db) = decibel::db(peak) {
            let psr = peak_db - lufs(power);
            self.psr_min_lu = Some(self.psr_min_lu.map_or(psr, |m| m.min(psr)));
        }
    }

    pub(crate) fn result(&self) -> LoudnessResult {
        let loudest = |(power, block): (f64, u64)| {
            (power > 0.0).then(|| LoudestWindow {
                lufs: lufs(power),
                start_seconds: block as f64 / BLOCKS_PER_SECOND as f64,
            })
        };
        let range = self.short.range();
        LoudnessResult {
            integrated_lufs: self.gated.integrated(),
            lra_lu: range.map(|(bottom, top)| top - bottom),
            range_top_lufs: range.map(|(_, top)| top),
            momentary: loudest(self.max_momentary),
            short_term: loudest(self.max_short_term),
            psr_min_lu: self.psr_min_lu,
        }
    }
}
