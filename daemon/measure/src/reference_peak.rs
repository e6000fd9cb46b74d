//! True peak the slow way: 64-fold oversampling with a far longer interpolator than the meter's.
//!
//! What the meter is compared with, in the tests and by `lacquer doctor`; nothing else uses it.

use std::f64::consts::PI;
use std::ops::Range;

const PHASES: usize = 64;
/// Half length of the sinc in samples; eight times the meter's.
const HALF: i64 = 512;
/// Samples on each side of a place that could hide a summit between them.
const NEAR: usize = 4;
/// A quieter neighbourhood than this share of the largest sample holds no summit of tones or of filtered noise.
const NEAR_SHARE: f64 = 0.6;

/// Four-term Blackman-Harris over the sinc's length.
fn window(t: f64) -> f64 {
    let u = PI * (t / HALF as f64 + 1.0);
    0.358_75 - 0.488_29 * libm::cos(u) + 0.141_28 * libm::cos(2.0 * u)
        - 0.011_68 * libm::cos(3.0 * u)
}

fn tap(t: f64) -> f64 {
    if t == 0.0 {
        return 1.0;
    }
    libm::sin(PI * t) / (PI * t) * window(t)
}

/// The largest value on a 64-fold grid between the frames of `part`, full scale 1.0.
///
/// Samples outside `part` are heard by the interpolator; outside the signal there is silence.
#[must_use]
pub fn true_peak_64(samples: &[f64], part: Range<usize>) -> f64 {
    let phases: Vec<Vec<f64>> = (0..PHASES)
        .map(|phase| phase as f64 / PHASES as f64)
        .map(|shift| (-HALF + 1..=HALF).map(|k| tap(shift - k as f64)).collect())
        .collect();
    let loudest = |values: &[f64]| values.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
    let sample_peak = loudest(&samples[part.clone()]);
    let mut peak = 0.0_f64;
    for n in part {
        let near = n.saturating_sub(NEAR)..(n + NEAR + 1).min(samples.len());
        if loudest(&samples[near]) < NEAR_SHARE * sample_peak {
            continue;
        }
        for taps in &phases {
            let mut sum = 0.0;
            for (k, tap) in (-HALF + 1..=HALF).zip(taps) {
                let at = usize::try_from(n as i64 + k).ok();
                sum += at.and_then(|i| samples.get(i)).map_or(0.0, |v| v * tap);
            }
            peak = peak.max(sum.abs());
        }
    }
    peak
}
