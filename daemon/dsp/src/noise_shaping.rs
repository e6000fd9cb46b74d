use core::f64::consts::PI;

/// How the noise of rounding is moved to where it is heard least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoiseShape {
    /// A little: at 44.1 and 48 kHz the modified E-weighting of 9 taps (R. Wannamaker, "Psychoacoustically optimal noise
    /// shaping", JAES 40(7/8), 1992).
    Light,
    /// At 44.1 and 48 kHz the minimally audible 5 taps (S. Lipshitz, J. Vanderkooy, R. Wannamaker, "Minimally
    /// audible noise shaping", JAES 39(11), 1991).
    Medium,
    /// As much as 9 taps can: at 44.1 and 48 kHz the F-weighting (Wannamaker, as above).
    Full,
}

/// Most taps of a shaper.
pub(crate) const MOST_TAPS: usize = 12;

const LIGHT: [f64; 9] = [
    1.662, -1.263, 0.4827, -0.2913, 0.1268, -0.1124, 0.032_52, -0.012_65, -0.035_24,
];
const MEDIUM: [f64; 5] = [2.033, -2.165, 1.959, -1.590, 0.6149];
const FULL: [f64; 9] = [
    2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847,
];

/// Past errors and what each counts: the noise becomes (1 − Σ cₖ z⁻ᵏ) of what it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shaper {
    taps: [f64; MOST_TAPS],
    count: usize,
}

impl Shaper {
    pub(crate) fn new(shape: NoiseShape, rate_hz: u32) -> Self {
        let published: &[f64] = match shape {
            NoiseShape::Light => &LIGHT,
            NoiseShape::Medium => &MEDIUM,
            NoiseShape::Full => &FULL,
        };
        if (40_000..=50_000).contains(&rate_hz) {
            return Self::of(published);
        }
        let (depth_db, count) = match shape {
            NoiseShape::Light => (15.0, 6),
            NoiseShape::Medium => (30.0, 8),
            NoiseShape::Full => (50.0, MOST_TAPS),
        };
        Self::of(&for_threshold(rate_hz, depth_db, count)[..count])
    }

    fn of(taps: &[f64]) -> Self {
        let mut all = [0.0; MOST_TAPS];
        all[..taps.len()].copy_from_slice(taps);
        Self {
            taps: all,
            count: taps.len(),
        }
    }

    /// What past errors (the last one first) come to.
    #[inline]
    pub(crate) fn weigh(&self, errors: &[f64; MOST_TAPS]) -> f64 {
        let pairs = self.taps[..self.count].iter().zip(errors);
        pairs.fold(0.0, |sum, (tap, error)| sum + tap * error)
    }

    /// Magnitude in dB of what becomes of white noise.
    pub(crate) fn response_db(&self, frequency_hz: f64, rate_hz: u32) -> f64 {
        let w = 2.0 * PI * frequency_hz / f64::from(rate_hz);
        let (mut re, mut im) = (1.0, 0.0);
        for (k, tap) in self.taps[..self.count].iter().enumerate() {
            let angle = w * (k + 1) as f64;
            re -= tap * libm::cos(angle);
            im += tap * libm::sin(angle);
        }
        crate::power_to_db(re * re + im * im)
    }
}

/// Magnitude in dB that a shape gives the noise of rounding at a frequency.
pub fn noise_shape_db(shape: NoiseShape, frequency_hz: f64, rate_hz: u32) -> f64 {
    Shaper::new(shape, rate_hz).response_db(frequency_hz, rate_hz)
}

/// Hearing threshold in quiet in dB (E. Terhardt, "Calculating virtual pitch", 1979).
fn threshold_db(frequency_hz: f64) -> f64 {
    let khz = (frequency_hz / 1000.0).max(0.02);
    let ear = (khz - 3.3) * (khz - 3.3);
    3.64 * libm::pow(khz, -0.8) - 6.5 * libm::exp(-0.6 * ear) + 1e-3 * libm::pow(khz, 4.0)
}

/// The taps that make the noise least audible by the threshold, no further than `depth_db` above its lowest: the
/// predictor for a signal with the ear's sensitivity as its spectrum (N. Levinson, 1946).
fn for_threshold(rate_hz: u32, depth_db: f64, count: usize) -> [f64; MOST_TAPS] {
    const POINTS: usize = 2048;
    let mut correlation = [0.0; MOST_TAPS + 1];
    let lowest = threshold_db(3_300.0);
    for i in 0..POINTS {
        let share = (i as f64 + 0.5) / POINTS as f64;
        let above = threshold_db(0.5 * share * f64::from(rate_hz)) - lowest;
        let sensitivity = crate::db_to_power(-above.clamp(0.0, depth_db));
        for (lag, sum) in correlation.iter_mut().enumerate() {
            *sum += sensitivity * libm::cos(PI * share * lag as f64);
        }
    }
    let mut taps = [0.0; MOST_TAPS];
    let mut error = correlation[0];
    for order in 0..count.min(MOST_TAPS) {
        let known: f64 = (0..order).map(|k| taps[k] * correlation[order - k]).sum();
        let reflection = (correlation[order + 1] - known) / error;
        let before = taps;
        taps[order] = reflection;
        for k in 0..order {
            taps[k] = before[k] - reflection * before[order - 1 - k];
        }
        error *= 1.0 - reflection * reflection;
    }
    taps
}
