//! True peak by 16-fold oversampling at every rate, exact and yet cheap.
//!
//! The interpolator is a Kaiser-windowed sinc of 128 taps for each of 16 phases, in `f64`. Nearly
//! all of its work is skipped, by a bound that is a theorem: for a signal band-limited to half the
//! rate whose largest absolute value anywhere is F, write f = F·cos θ; then |θ'| ≤ π per sample
//! (Bernstein and Szegő). The largest value of the 16-fold grid has θ ≤ π/32, so the nearest
//! point of the 2-fold grid, at most a quarter of a sample away, is at least
//! F·cos(π/32 + π/4) = 0.634 F, and of the 4-fold grid F·cos(π/32 + π/8) = 0.882 F. As the peak found
//! so far is at most F, every interval that could hold the largest value is looked at, and
//! the result is that of the whole grid. A test compares the two.

use std::sync::OnceLock;

/// Oversampling: points per sample.
pub const OVERSAMPLING: usize = 16;
const TAPS: usize = 128;
/// Index of the window's sample on which phase 0 falls.
const CENTRE: usize = TAPS / 2 - 1;
/// 60 dB: flat to 0.486 of the rate (23.3 kHz at 48 kHz, 21.4 kHz at 44.1 kHz) with this length.
const KAISER_BETA: f64 = 5.65;
/// Frames looked at together.
const CHUNK: usize = 16;
/// The theorem's 0.634 and 0.882, less a margin for the interpolator's finite length and for `f32`.
const HALF_SHARE: f64 = 0.61;
const QUARTER_SHARE: f64 = 0.86;
/// Local maxima this close to the largest get their summit from a parabola (π/32 of arc is 0.9952).
const SUMMIT_SHARE: f64 = 0.995;

/// Interpolation coefficients, shared by all meters.
struct Bank {
    /// `[tap][phase]`, for all phases at once.
    by_tap: Vec<[f64; OVERSAMPLING]>,
    /// The first half of phase 8, which is symmetric.
    half: [f32; TAPS / 2],
    /// Phases 4 and 12.
    quarters: [[f32; TAPS]; 2],
    /// No interpolated value exceeds this times the largest sample in its window.
    gain: f64,
}

fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1.0e-17 {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
        k += 1.0;
    }
    sum
}

/// The interpolator's impulse response at `t` samples from its centre, `half_width` samples long each way.
pub(crate) fn kernel(t: f64, half_width: f64, beta: f64) -> f64 {
    if t == 0.0 {
        return 1.0;
    }
    let u = t / half_width;
    // A whole number of samples away the sinc is zero, whatever sin() says of a rounded π.
    if u.abs() >= 1.0 || t == libm::trunc(t) {
        return 0.0;
    }
    let pi_t = std::f64::consts::PI * t;
    let window = bessel_i0(beta * libm::sqrt(1.0 - u * u)) / bessel_i0(beta);
    libm::sin(pi_t) / pi_t * window
}

fn bank() -> &'static Bank {
    static BANK: OnceLock<Bank> = OnceLock::new();
    BANK.get_or_init(|| {
        let tap = |tap: usize, phase: usize| {
            let t = phase as f64 / OVERSAMPLING as f64 + CENTRE as f64 - tap as f64;
            kernel(t, (TAPS / 2) as f64, KAISER_BETA)
        };
        let by_tap: Vec<[f64; OVERSAMPLING]> = (0..TAPS)
            .map(|k| std::array::from_fn(|phase| tap(k, phase)))
            .collect();
        let gain = (0..OVERSAMPLING)
            .map(|p| by_tap.iter().map(|t| t[p].abs()).sum())
            .fold(1.0_f64, |a: f64, b: f64| a.max(b));
        Bank {
            half: std::array::from_fn(|k| tap(k, OVERSAMPLING / 2) as f32),
            quarters: [4, 12].map(|p| std::array::from_fn(|k| tap(k, p) as f32)),
            by_tap,
            gain,
        }
    })
}

/// The largest true peak of one channel.
#[derive(Clone, Debug)]
pub struct TruePeakMeter {
    /// The last `TAPS` samples, then the new ones.
    line: Vec<f64>,
    line32: Vec<f32>,
    /// Absolute frame of `line[0]`; the stream is preceded by `TAPS` frames of silence.
    line_start: i64,
    /// Largest value on the grid, which the pruning is measured against.
    grid_peak: f64,
    peak: f64,
    peak_frame: f64,
}

impl Default for TruePeakMeter {
    fn default() -> Self {
        Self::new()
    }
}

impl TruePeakMeter {
    /// A meter for one channel at any rate: the grid is relative to the samples.
    #[must_use]
    pub fn new() -> Self {
        Self {
            line: vec![0.0; TAPS],
            line32: vec![0.0; TAPS],
            line_start: -(TAPS as i64),
            grid_peak: 0.0,
            peak: 0.0,
            peak_frame: 0.0,
        }
    }

    /// Takes finite samples, full scale 1.0. The value does not depend on how they are cut up.
    pub fn feed(&mut self, samples: &[f64]) {
        self.line.extend_from_slice(samples);
        self.line32.extend(samples.iter().map(|&v| v as f32));
        // Interval i lies between line[i + CENTRE] and its successor; 0 was done the last time,
        // and is kept because the summit's parabola looks one point back.
        let intervals = self.line.len() - TAPS;
        let whole = intervals - intervals % CHUNK;
        let mut first = 1;
        while first <= whole {
            self.chunk(first);
            first += CHUNK;
        }
        self.line.drain(..whole);
        self.line32.drain(..whole);
        self.line_start += whole as i64;
    }

    /// The peak so far as an amplitude and the frame it is at; the stream's end is followed by silence.
    #[must_use]
    pub fn finish(mut self) -> (f64, f64) {
        self.feed(&[0.0; TAPS + CHUNK]);
        (self.peak, self.peak_frame.max(0.0))
    }

    fn chunk(&mut self, first: usize) {
        let bank = bank();
        let window = &self.line32[first..first + CHUNK + TAPS - 1];
        let loudest = window.iter().fold(0.0_f32, |a, v| a.max(v.abs()));
        if f64::from(loudest) * bank.gain * 1.001 < self.grid_peak || loudest == 0.0 {
            return;
        }
        let halves = half_points(bank, window);
        for (i, &half) in halves.iter().enumerate() {
            let at = first + i;
            let (here, next) = (self.line32[at + CENTRE], self.line32[at + CENTRE + 1]);
            let largest = f64::from(half.abs().max(here.abs()).max(next.abs()));
            if largest < HALF_SHARE * self.grid_peak {
                continue;
            }
            let quarter = quarter_points(bank, &self.line32[at..at + TAPS]);
            if largest.max(f64::from(quarter)) >= QUARTER_SHARE * self.grid_peak {
                self.interval(bank, at);
            }
        }
    }

    /// All 16 points from `line[at + CENTRE]` on.
    fn interval(&mut self, bank: &Bank, at: usize) {
        let points = all_points(bank, &self.line[at..at + TAPS]);
        let (phase, value) = points.iter().enumerate().fold((0, 0.0), |best, (p, v)| {
            if v.abs() > best.1 { (p, v.abs()) } else { best }
        });
        self.grid_peak = self.grid_peak.max(value);
        if value < SUMMIT_SHARE * self.grid_peak || value == 0.0 {
            return;
        }
        let before = match phase {
            0 => all_points(bank, &self.line[at - 1..at - 1 + TAPS])[OVERSAMPLING - 1],
            p => points[p - 1],
        };
        let after = match phase {
            p if p + 1 == OVERSAMPLING => self.line[at + CENTRE + 1],
            p => points[p + 1],
        };
        let (shift, summit) = parabola(before.abs(), value, after.abs());
        if summit > self.peak {
            self.peak = summit;
            let start = self.line_start + (at + CENTRE) as i64;
            self.peak_frame = start as f64 + (phase as f64 + shift) / OVERSAMPLING as f64;
        }
    }
}

/// Summit of the parabola through three neighbours; the middle one where it is not the largest.
fn parabola(before: f64, middle: f64, after: f64) -> (f64, f64) {
    let curve = before - 2.0 * middle + after;
    if curve >= 0.0 || before > middle || after > middle {
        return (0.0, middle);
    }
    let shift = 0.5 * (before - after) / curve;
    (shift, middle - 0.25 * (before - after) * shift)
}

/// The points half-way between samples, in `f32`: they only decide where to look closely.
fn half_points(bank: &Bank, window: &[f32]) -> [f32; CHUNK] {
    let mut sum = [0.0_f32; CHUNK];
    for (k, &h) in bank.half.iter().enumerate() {
        let early: &[f32; CHUNK] = window[k..k + CHUNK].try_into().expect("CHUNK long");
        let late: &[f32; CHUNK] = window[TAPS - 1 - k..TAPS - 1 - k + CHUNK]
            .try_into()
            .expect("CHUNK long");
        for i in 0..CHUNK {
            sum[i] += h * (early[i] + late[i]);
        }
    }
    sum
}

/// The larger of the two points a quarter of a sample from either end, in `f32`.
fn quarter_points(bank: &Bank, window: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut largest = 0.0_f32;
    for taps in &bank.quarters {
        let mut sum = [0.0_f32; LANES];
        for (x, h) in window.chunks_exact(LANES).zip(taps.chunks_exact(LANES)) {
            for lane in 0..LANES {
                sum[lane] += x[lane] * h[lane];
            }
        }
        largest = largest.max(sum.iter().sum::<f32>().abs());
    }
    largest
}

fn all_points(bank: &Bank, window: &[f64]) -> [f64; OVERSAMPLING] {
    let mut sum = [0.0; OVERSAMPLING];
    for (&x, taps) in window.iter().zip(&bank.by_tap) {
        for phase in 0..OVERSAMPLING {
            sum[phase] += x * taps[phase];
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{CENTRE, OVERSAMPLING, TAPS, TruePeakMeter, all_points, bank};

    /// Every point of the whole grid, without any shortcut.
    fn whole_grid(samples: &[f64]) -> f64 {
        let mut padded = vec![0.0; TAPS];
        padded.extend_from_slice(samples);
        padded.extend([0.0; TAPS]);
        padded
            .windows(TAPS)
            .flat_map(|window| all_points(bank(), window))
            .fold(0.0, |a, v| a.max(v.abs()))
    }

    fn check(samples: &[f64]) {
        let mut meter = TruePeakMeter::new();
        meter.feed(samples);
        meter.feed(&[0.0; TAPS + 32]);
        assert_eq!(meter.grid_peak, whole_grid(samples));
        assert!(meter.peak >= meter.grid_peak);
        // π/32 of arc hides at most this much between two points of the grid.
        assert!(meter.peak <= meter.grid_peak * 1.005);
    }

    #[test]
    fn the_centre_of_the_window_is_the_sample_itself() {
        let mut window = [0.0; TAPS];
        window[CENTRE] = 0.7;
        let points = all_points(bank(), &window);
        assert_eq!(points[0], 0.7);
        assert_eq!(points.len(), OVERSAMPLING);
    }

    #[test]
    fn digital_silence_has_no_peak() {
        let mut meter = TruePeakMeter::new();
        meter.feed(&[0.0; 1000]);
        assert_eq!(meter.finish(), (0.0, 0.0));
    }

    #[test]
    fn a_lone_sample_is_its_own_peak_and_is_found_where_it_is() {
        let mut samples = vec![0.0; 5000];
        samples[3210] = -0.5;
        let mut meter = TruePeakMeter::new();
        meter.feed(&samples);
        let (peak, frame) = meter.finish();
        assert!(
            (peak - 0.5).abs() < 1.0e-6 && (frame - 3210.0).abs() < 0.01,
            "{peak} at {frame}"
        );
    }

    proptest! {
        /// The shortcuts never miss the largest point of the grid: noise, whose spectrum goes up to half the rate.
        #[test]
        fn no_shortcut_misses_a_peak_of_noise(samples in prop::collection::vec(-1.0_f64..1.0, 1..600)) {
            check(&samples);
        }

        /// The same for full-scale squares, the worst of all overshoots.
        #[test]
        fn no_shortcut_misses_a_peak_of_squares(signs in prop::collection::vec(any::<bool>(), 1..600)) {
            let samples: Vec<f64> = signs.iter().map(|&s| if s { 1.0 } else { -1.0 }).collect();
            check(&samples);
        }

        /// The same for tones of any frequency, alone and in pairs.
        #[test]
        fn no_shortcut_misses_a_peak_of_tones(
            frequency in 0.001_f64..0.5, other in 0.001_f64..0.5, phase in 0.0_f64..6.3, share in 0.0_f64..1.0,
        ) {
            let samples: Vec<f64> = (0..500)
                .map(|n| std::f64::consts::TAU * f64::from(n))
                .map(|t| libm::sin(t * frequency + phase) + share * libm::sin(t * other))
                .collect();
            check(&samples);
        }
    }
}
