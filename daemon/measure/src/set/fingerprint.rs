//! The small print of a mix, made while it is inspected.

use serde::{Deserialize, Serialize};

use crate::detect::Block;
use crate::detect::spectrum::SpectrumWatch;
use crate::set::bits::Bits;
use crate::set::tone::{BANDS, ToneWatch};

/// Signs per second: twice the band that is kept.
pub(crate) const SIGNS_PER_SECOND: u32 = 4_000;
/// Signs of one level: 10 ms.
pub(crate) const SIGNS_PER_LEVEL: usize = 40;
/// Levels per second.
pub(crate) const LEVELS_PER_SECOND: f64 = 100.0;
/// Signs are kept of this much: two mixes of one song are aligned by their first ten minutes as
/// well as by all of it, and the print of an hour is no larger than that of a long song.
const MOST_SECONDS: u32 = 600;
/// Half power of the low-pass in front of the signs.
const BAND_HZ: f64 = 1_500.0;
/// The signs are taken from sums of neighbouring samples at about this rate, which is cheap and loses nothing below 2 kHz.
const SUMS_PER_SECOND: u32 = 16_000;
/// Decibels per step of a kept level.
const LEVEL_STEP_DB: f64 = 0.5;
/// Level of step 1; 0 is silence.
const LOWEST_LEVEL_DB: f64 = -120.0;

/// What is kept of a mix to compare it with the others of its set: some 1.3 kB for each second,
/// at most ten minutes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Frames per second.
    pub rate_hz: u32,
    /// Bits of a sample as the file stores them.
    pub bits: u32,
    /// Channels.
    pub channels: u32,
    /// Length in frames.
    pub frames: u64,
    /// Loudness after BS.1770; none for silence.
    pub integrated_lufs: Option<f64>,
    /// Level of each third of an octave from 31.5 Hz to 16 kHz, in dBFS; none above the file's band.
    pub(crate) tone_db: Vec<Option<f64>>,
    pub(crate) mid: Lane,
    /// Nothing for a file of one channel.
    pub(crate) side: Lane,
}

/// One wave as signs and levels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lane {
    pub(crate) signs: Bits,
    /// Level of each 10 ms in steps of half a decibel; 0 is silence.
    #[serde(with = "level_text")]
    pub(crate) levels: Vec<u8>,
}

/// Levels as hexadecimal digits: a list of numbers would take half as much again.
mod level_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(levels: &[u8], to: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write as _;
        let mut text = String::with_capacity(2 * levels.len());
        for level in levels {
            write!(text, "{level:02x}").expect("a string takes text");
        }
        to.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        if !text.is_ascii() || !text.len().is_multiple_of(2) {
            return Err(D::Error::custom("no levels"));
        }
        (0..text.len() / 2)
            .map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16))
            .collect::<Result<_, _>>()
            .map_err(|_| D::Error::custom("no levels"))
    }
}

impl Lane {
    /// The level of each 10 ms in decibels; `None` is silence.
    pub(crate) fn level_db(&self, index: usize) -> Option<f64> {
        match self.levels.get(index) {
            None | Some(0) => None,
            Some(&step) => Some(LOWEST_LEVEL_DB + f64::from(step) * LEVEL_STEP_DB),
        }
    }

    /// Marks the signs whose 10 ms reach `least_db`.
    pub(crate) fn active(&self, least_db: f64) -> Bits {
        let mut active = Bits::default();
        for index in 0..self.levels.len() {
            let is_loud = self.level_db(index).is_some_and(|db| db >= least_db);
            for _ in 0..SIGNS_PER_LEVEL {
                active.push(u64::from(is_loud));
            }
        }
        active
    }

    /// The loudest 10 ms.
    pub(crate) fn loudest_db(&self) -> Option<f64> {
        (0..self.levels.len())
            .filter_map(|i| self.level_db(i))
            .reduce(f64::max)
    }
}

impl Fingerprint {
    /// Length in seconds.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate_hz.max(1))
    }
}

/// A second-order low-pass over mid and side at once.
#[derive(Clone, Copy, Debug)]
struct LowPass {
    b0: f64,
    a1: f64,
    a2: f64,
    state: [[f64; 2]; 2],
}

impl LowPass {
    /// Butterworth pole pair of quality `q`, bilinear transform.
    fn new(rate_hz: f64, q: f64) -> Self {
        let k = libm::tan(std::f64::consts::PI * (BAND_HZ / rate_hz).min(0.45));
        let a0 = 1.0 + k / q + k * k;
        Self {
            b0: k * k / a0,
            a1: 2.0 * (k * k - 1.0) / a0,
            a2: (1.0 - k / q + k * k) / a0,
            state: [[0.0; 2]; 2],
        }
    }

    fn run(&mut self, x: [f64; 2]) -> [f64; 2] {
        let mut y = [0.0; 2];
        for lane in 0..2 {
            let [s1, s2] = &mut self.state[lane];
            let u = self.b0 * x[lane];
            y[lane] = u + *s1;
            *s1 = 2.0 * u - self.a1 * y[lane] + *s2;
            *s2 = u - self.a2 * y[lane];
        }
        y
    }

    /// Keeps a long silence from ending in denormals.
    fn snap(&mut self) {
        for value in self.state.iter_mut().flatten() {
            if value.abs() < 1.0e-30 {
                *value = 0.0;
            }
        }
    }
}

/// Makes a fingerprint from the stream of blocks.
#[derive(Clone, Debug)]
pub(crate) struct Listener {
    rate_hz: u32,
    /// Frames of one sum.
    step: u32,
    filled: u32,
    sums: [f64; 2],
    /// Sums finished so far.
    done: u64,
    low: [LowPass; 2],
    /// The low-passed sum before, and its rise.
    last_low: [f64; 2],
    last: [f64; 2],
    squares: [f64; 2],
    lanes: [Lane; 2],
    tone: ToneWatch,
    mids: Vec<f64>,
}

impl Listener {
    pub(crate) fn new(rate_hz: u32) -> Self {
        let step = (rate_hz / SUMS_PER_SECOND).max(1);
        let sum_rate = f64::from(rate_hz) / f64::from(step);
        Self {
            rate_hz,
            step,
            filled: 0,
            sums: [0.0; 2],
            done: 0,
            // The two pole pairs of a fourth-order Butterworth filter.
            low: [
                LowPass::new(sum_rate, 0.541_196_100_146_197),
                LowPass::new(sum_rate, 1.306_562_964_876_377),
            ],
            last_low: [0.0; 2],
            last: [0.0; 2],
            squares: [0.0; 2],
            lanes: [Lane::default(), Lane::default()],
            tone: ToneWatch::new(sum_rate, step),
            mids: Vec::new(),
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        // Of more than two channels the first two are left and right.
        let left = &block.samples[0];
        let right = block.samples.get(1);
        self.mids.clear();
        let scale = 0.5 / f64::from(self.step);
        for (n, &l) in left.iter().enumerate() {
            let r = right.map_or(l, |r| r[n]);
            self.sums[0] += l + r;
            self.sums[1] += l - r;
            self.filled += 1;
            if self.filled == self.step {
                let sum = [self.sums[0] * scale, self.sums[1] * scale];
                self.filled = 0;
                self.sums = [0.0; 2];
                self.mids.push(sum[0]);
                self.take(sum);
            }
        }
        self.low.iter_mut().for_each(LowPass::snap);
        self.tone.feed(&self.mids);
    }

    fn take(&mut self, sum: [f64; 2]) {
        let first = self.low[0].run(sum);
        let low = self.low[1].run(first);
        // The rise in place of the value: music falls by some 6 dB an octave, and flat spectra align sharpest.
        let now = [low[0] - self.last_low[0], low[1] - self.last_low[1]];
        self.last_low = low;
        self.signs_until(now);
        self.last = now;
        self.done += 1;
    }

    /// Takes the signs that lie between the sum before and this one.
    fn signs_until(&mut self, now: [f64; 2]) {
        let most = (SIGNS_PER_SECOND * MOST_SECONDS) as usize;
        let rate = u64::from(self.rate_hz);
        // In units of 1 / (2 · 4000 · rate) s: the middle of this sum, and one sum's length.
        let per_sum = 2 * u64::from(SIGNS_PER_SECOND) * u64::from(self.step);
        let here = self.done * per_sum + u64::from(SIGNS_PER_SECOND) * u64::from(self.step - 1);
        loop {
            let count = self.lanes[0].signs.len();
            let wanted = 2 * rate * count as u64;
            if wanted > here || count >= most {
                return;
            }
            let back = ((here - wanted) as f64 / per_sum as f64).min(1.0);
            let last = self.last;
            let lanes = self.lanes.iter_mut().zip(&mut self.squares);
            for ((lane, squares), (now, last)) in lanes.zip(now.into_iter().zip(last)) {
                let value = now + back * (last - now);
                lane.signs.push(u64::from(value >= 0.0));
                *squares += value * value;
            }
            if (count + 1).is_multiple_of(SIGNS_PER_LEVEL) {
                self.close_level();
            }
        }
    }

    fn close_level(&mut self) {
        for (lane, squares) in self.lanes.iter_mut().zip(&mut self.squares) {
            let power = *squares / SIGNS_PER_LEVEL as f64;
            *squares = 0.0;
            let step = crate::decibel::power_db(power)
                .map_or(0.0, |db| (db - LOWEST_LEVEL_DB) / LEVEL_STEP_DB);
            lane.levels.push(step.clamp(0.0, 255.0) as u8);
        }
    }

    /// The print; what is measured elsewhere is passed in.
    pub(crate) fn finish(
        mut self,
        bits: u32,
        channels: u32,
        frames: u64,
        integrated_lufs: Option<f64>,
        spectrum: &SpectrumWatch,
    ) -> Fingerprint {
        if !self.lanes[0].signs.len().is_multiple_of(SIGNS_PER_LEVEL) {
            self.close_level();
        }
        let [mid, side] = self.lanes;
        let tone_db = self.tone.finish(spectrum);
        debug_assert_eq!(tone_db.len(), BANDS);
        Fingerprint {
            rate_hz: self.rate_hz,
            bits,
            channels,
            frames,
            integrated_lufs,
            tone_db,
            mid,
            side: if channels < 2 { Lane::default() } else { side },
        }
    }
}
