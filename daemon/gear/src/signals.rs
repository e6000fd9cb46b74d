//! What is sent through gear to learn what it does.
//!
//! Levels are peaks in dBFS; full scale is 1.0.

use core::f64::consts::{PI, TAU};

use crate::complex::{Spectrum, Transform, turn};

/// Lowest frequency of the sweep, in hertz: an octave below what is asked about.
const SWEEP_FROM_HZ: f64 = 10.0;
/// Where the sweep ends, as a share of the rate: so near the end of the spectrum that nothing is left to guess.
const SWEEP_TO: f64 = 0.4995;
/// Lines of the multi-sine per octave.
const LINES_PER_OCTAVE: f64 = 12.0;

/// A sine whose frequency grows exponentially (A. Farina, "Simultaneous measurement of impulse response and
/// distortion with a swept-sine technique", AES 108, 2000; "Advancements in impulse response measurements by
/// sine sweeps", AES 122, 2007): harmonics come back ahead of the linear answer and are told from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sweep {
    /// Frames per second.
    pub rate_hz: u32,
    /// Frames of the sweep.
    pub frames: usize,
    /// Peak.
    pub level_dbfs: f64,
}

impl Sweep {
    fn octaves_e(&self) -> f64 {
        libm::log(SWEEP_TO * f64::from(self.rate_hz) / SWEEP_FROM_HZ)
    }

    /// The frequency range that it excites fully, in hertz.
    pub(crate) fn excited_hz(&self) -> [f64; 2] {
        [1.6 * SWEEP_FROM_HZ, 0.497 * f64::from(self.rate_hz)]
    }

    /// By how many frames the answer of harmonic `order` comes ahead of the linear one.
    pub fn lead_frames(&self, order: u32) -> f64 {
        self.frames as f64 * libm::log(f64::from(order.max(1))) / self.octaves_e()
    }

    /// The samples, faded in below the range and out at the very end.
    pub fn samples(&self) -> Vec<f64> {
        let rate = f64::from(self.rate_hz);
        let (length, growth) = (self.frames as f64, self.octaves_e());
        let turns = SWEEP_FROM_HZ * length / rate / growth;
        let amplitude = dsp::db_to_gain(self.level_dbfs);
        // Up to 1.5 times the lowest frequency.
        let fade_in = length * libm::log(1.5) / growth;
        let fade_out = 48.0;
        let sample = |n: usize| {
            let n = n as f64;
            let cycles = turns * (libm::exp(n / length * growth) - 1.0);
            // A whole number of cycles more or less changes nothing, and keeps the angle exact.
            let angle = TAU * (cycles - cycles.floor());
            let faded = half_cosine(n / fade_in) * half_cosine((length - n) / fade_out);
            amplitude * faded * libm::sin(angle)
        };
        (0..self.frames).map(sample).collect()
    }
}

/// 0 up to 1 as `x` goes from 0 to 1.
pub(crate) fn half_cosine(x: f64) -> f64 {
    0.5 - 0.5 * libm::cos(PI * x.clamp(0.0, 1.0))
}

/// Sines at whole numbers of cycles per period, of one size, with phases that keep the peak low
/// (M. Schroeder, "Synthesis of low-peak-factor signals", IEEE Trans. Information Theory 16, 1970).
#[derive(Clone, Debug, PartialEq)]
pub struct MultiSine {
    /// Cycles per period of each line, ascending.
    pub lines: Vec<usize>,
    /// One period.
    pub period: Vec<f64>,
}

impl MultiSine {
    /// A period of `exponent` powers of two, lines a twelfth of an octave apart within `band_hz`.
    pub fn new(rate_hz: u32, exponent: u32, band_hz: [f64; 2], level_dbfs: f64) -> Self {
        let transform = Transform::holding(1 << exponent);
        let length = transform.length();
        let bin_hz = f64::from(rate_hz) / length as f64;
        let mut lines: Vec<usize> = Vec::new();
        let mut hz = band_hz[0];
        while hz <= band_hz[1] {
            let line = (hz / bin_hz).round() as usize;
            if line > 0 && 2 * line < length && lines.last().is_none_or(|last| *last < line) {
                lines.push(line);
            }
            hz *= libm::exp2(1.0 / LINES_PER_OCTAVE);
        }
        let mut spectrum = Spectrum::zero(length);
        let count = lines.len().max(1) as f64;
        for (k, line) in lines.iter().enumerate() {
            let k = k as f64;
            spectrum.set(*line, turn(-PI * k * (k + 1.0) / count));
        }
        let mut period = transform.inverse(spectrum);
        let peak = period.iter().fold(0.0, |peak: f64, x| peak.max(x.abs()));
        let scale = dsp::db_to_gain(level_dbfs) / peak.max(f64::MIN_POSITIVE);
        period.iter_mut().for_each(|x| *x *= scale);
        Self { lines, period }
    }
}

/// A sine of whole cycles per `window` frames, as near to `hz` as that goes, and its frequency.
pub(crate) fn tone(rate_hz: u32, hz: f64, window: usize, level_dbfs: f64) -> (Vec<f64>, usize) {
    let cycles = ((hz * window as f64 / f64::from(rate_hz)).round() as usize).max(1);
    let amplitude = dsp::db_to_gain(level_dbfs);
    let sample = |n: usize| {
        let at = (n * cycles) % window;
        amplitude * libm::sin(TAU * at as f64 / window as f64)
    };
    ((0..window).map(sample).collect(), cycles)
}

/// A fixed burst of programme: pink noise in four beats, rising fast and dying away, the same each time.
///
/// It moves detectors as music does; `frames` is rounded up to a power of two for its making.
pub fn burst(frames: usize, level_dbfs: f64) -> Vec<f64> {
    let transform = Transform::holding(frames);
    let length = transform.length();
    let mut spectrum = Spectrum::zero(length);
    let mut noise = Noise::new(0x6275_7273);
    // From three cycles of the whole burst upwards; equal power in each octave.
    for bin in 3..length * 9 / 20 {
        let (re, im) = turn(TAU * noise.next_unit());
        let size = 1.0 / (bin as f64).sqrt();
        spectrum.set(bin, (re * size, im * size));
    }
    let mut samples = transform.inverse(spectrum);
    samples.truncate(frames);
    let beat = (frames / 4).max(1);
    for (n, x) in samples.iter_mut().enumerate() {
        let within = (n % beat) as f64 / beat as f64;
        *x *= half_cosine(within * 50.0)
            * libm::exp(-4.0 * within)
            * half_cosine((1.0 - within) * 20.0);
    }
    let peak = samples.iter().fold(0.0, |peak: f64, x| peak.max(x.abs()));
    let scale = dsp::db_to_gain(level_dbfs) / peak.max(f64::MIN_POSITIVE);
    samples.iter_mut().for_each(|x| *x *= scale);
    samples
}

/// Numbers without a pattern, the same for the same seed (Marsaglia's xorshift64*).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise {
    state: u64,
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            state: seed ^ 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// From 0 up to 1.
    pub(crate) fn next_unit(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_F491_4F6C_DD1D);
        (bits >> 11) as f64 / 9_007_199_254_740_992.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_keeps_its_level() {
        let peak = |x: &[f64]| x.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        let at = dsp::db_to_gain(-12.0);
        let sweep = Sweep {
            rate_hz: 48_000,
            frames: 65_536,
            level_dbfs: -12.0,
        };
        // Near its end a sine is sampled at any place but its peak.
        assert!((peak(&sweep.samples()) / at - 1.0).abs() < 1e-3);
        assert!(sweep.samples()[0] == 0.0);
        assert!((peak(&burst(30_000, -12.0)) / at - 1.0).abs() < 1e-12);
        let many = MultiSine::new(48_000, 15, [20.0, 20_000.0], -12.0);
        assert!((peak(&many.period) / at - 1.0).abs() < 1e-12);
        assert!(many.lines.len() > 100);
    }

    #[test]
    fn the_sweep_doubles_its_frequency_in_equal_times() {
        let sweep = Sweep {
            rate_hz: 48_000,
            frames: 100_000,
            level_dbfs: 0.0,
        };
        // Zero crossings around two places an octave apart.
        let samples = sweep.samples();
        let crossings = |at: usize| {
            let around = &samples[at - 2_000..at + 2_000];
            let signs = around.windows(2).filter(|w| (w[0] < 0.0) != (w[1] < 0.0));
            signs.count() as f64
        };
        let octave = sweep.lead_frames(2) as usize;
        let ratio = crossings(60_000 + octave) / crossings(60_000);
        assert!((ratio - 2.0).abs() < 0.03, "{ratio}");
    }
}
