//! The tone of a mix: its long-term spectrum in thirds of an octave.

use crate::decibel::power_db;
use crate::detect::spectrum::SpectrumWatch;
use crate::fft::Fft;

/// Thirds of an octave from 31.25 Hz to 16 kHz.
pub(crate) const BANDS: usize = 28;
/// Bands of an octave.
pub(crate) const PER_OCTAVE: usize = 3;
/// Values of one transform: 16 Hz apart at 16,000 sums a second, enough for the band at 63 Hz.
const SIZE: usize = 1_024;
/// One stretch in four is heard: of the tone of a song a quarter says as much as all of it.
const EVERY: usize = 4;
/// Nothing in a recording is quieter than this.
const FLOOR_DB: f64 = -140.0;

/// Middle of a band in hertz.
pub(crate) fn middle_hz(band: usize) -> f64 {
    1_000.0 * libm::exp2((band as f64 - 15.0) / 3.0)
}

/// Hears the low bands from the sums that the signs are taken from; the high ones come from the
/// inspection's own spectrum.
#[derive(Clone, Debug)]
pub(crate) struct ToneWatch {
    fft: Fft,
    rate_hz: f64,
    step: f64,
    window: Vec<f64>,
    staged: Vec<f64>,
    heard: usize,
    power: Vec<f64>,
    transforms: u64,
    work: Vec<(f64, f64)>,
}

impl ToneWatch {
    /// `rate_hz` of the sums, each of `step` samples.
    pub(crate) fn new(rate_hz: f64, step: u32) -> Self {
        let window = (0..SIZE)
            .map(|n| {
                let phase = 2.0 * std::f64::consts::PI * (n as f64 + 0.5) / SIZE as f64;
                0.5 - 0.5 * libm::cos(phase)
            })
            .collect();
        Self {
            fft: Fft::new(SIZE),
            rate_hz,
            step: f64::from(step),
            window,
            staged: Vec::with_capacity(SIZE),
            heard: 0,
            power: vec![0.0; SIZE / 2],
            transforms: 0,
            work: vec![(0.0, 0.0); SIZE],
        }
    }

    pub(crate) fn feed(&mut self, mut sums: &[f64]) {
        while !sums.is_empty() {
            let room = SIZE - self.staged.len();
            let take = room.min(sums.len());
            self.staged.extend_from_slice(&sums[..take]);
            sums = &sums[take..];
            if self.staged.len() == SIZE {
                if self.heard.is_multiple_of(EVERY) {
                    self.transform();
                }
                self.heard += 1;
                self.staged.clear();
            }
        }
    }

    fn transform(&mut self) {
        for ((value, x), w) in self.work.iter_mut().zip(&self.staged).zip(&self.window) {
            *value = (x * w, 0.0);
        }
        self.fft.run(&mut self.work);
        // 8/3 makes good the window's loss of power.
        let scale = 2.0 * 8.0 / 3.0 / (SIZE * SIZE) as f64;
        for (sum, value) in self.power.iter_mut().zip(&self.work) {
            *sum += (value.0 * value.0 + value.1 * value.1) * scale;
        }
        self.transforms += 1;
    }

    /// What a sum of `step` neighbours loses at a frequency, as power.
    fn droop(&self, hz: f64) -> f64 {
        let angle = std::f64::consts::PI * hz / (self.rate_hz * self.step);
        if angle < 1.0e-6 || self.step < 1.5 {
            return 1.0;
        }
        let response = libm::sin(self.step * angle) / (self.step * libm::sin(angle));
        response * response
    }

    /// Power between two frequencies from the transforms, by the share of each bin that lies inside.
    fn power_between(&self, low_hz: f64, high_hz: f64) -> f64 {
        let bin_hz = self.rate_hz / SIZE as f64;
        let share = |bin: usize| {
            let (from, to) = ((bin as f64 - 0.5) * bin_hz, (bin as f64 + 0.5) * bin_hz);
            ((to.min(high_hz) - from.max(low_hz)) / bin_hz).max(0.0)
        };
        let mut power = 0.0;
        for (bin, sum) in self.power.iter().enumerate().skip(1) {
            let inside = share(bin);
            if inside > 0.0 {
                power += inside * sum / self.droop(bin as f64 * bin_hz);
            }
        }
        power / self.transforms.max(1) as f64
    }

    /// The level of each band; `None` above what the file can hold.
    pub(crate) fn finish(self, spectrum: &SpectrumWatch) -> Vec<Option<f64>> {
        let edge = libm::exp2(1.0 / 6.0);
        // Up to here sums of neighbours hold the spectrum without folding.
        let own_limit = 0.35 * self.rate_hz;
        let nyquist = self.rate_hz * self.step / 2.0;
        (0..BANDS)
            .map(|band| {
                let (low, high) = (middle_hz(band) / edge, middle_hz(band) * edge);
                if high > nyquist {
                    return None;
                }
                let power = if high <= own_limit {
                    self.power_between(low, high)
                } else {
                    spectrum.power_between(low, high)
                };
                Some(power_db(power).map_or(FLOOR_DB, |db| db.max(FLOOR_DB)))
            })
            .collect()
    }
}
