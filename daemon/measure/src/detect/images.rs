//! Images: what a gentle resampler leaves above the lower rate's half is the mirror of what is below it.
//!
//! Each moment's bins above the mirror are held against those as far below it. Their colour and
//! their rise and fall with the music are taken off first, since all highs share those; what is
//! left is the chance of each bin, and no two bins of music have that in common.

use crate::detect::usual_rates_below;

/// Bins beside the mirror that the window smears over it.
const NEAREST: usize = 4;
/// Bins that are compared, 1.7 kHz.
const MOST: usize = 36;
/// Bins on each side that are a bin's surroundings.
const AROUND: usize = 4;

/// Standard errors of a correlation, 1/√pairs each, that are taken off it.
const STANDARD_ERRORS: f64 = 3.0;

/// One rate the mix may have had.
#[derive(Clone, Debug)]
struct Mirror {
    rate_hz: f64,
    /// Twice the mirror's place in bins.
    twice: f64,
    bins: usize,
    products: f64,
    squares: [f64; 2],
    pairs: u64,
}

/// Follows the spectrum around every mirror.
#[derive(Clone, Debug)]
pub(crate) struct ImageWatch {
    mirrors: Vec<Mirror>,
    sides: [Vec<f64>; 2],
    flat: [Vec<f64>; 2],
}

/// Images that were seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Images {
    pub(crate) rate_hz: f64,
    /// Correlation of the bins above the mirror with those below it, less [`STANDARD_ERRORS`]:
    /// so much they have in common whatever few moments were heard.
    pub(crate) correlation: f64,
}

impl ImageWatch {
    pub(crate) fn new(rate_hz: f64, size: usize) -> Self {
        let bin_hz = rate_hz / size as f64;
        let mirrors = usual_rates_below(rate_hz)
            .map(|lower| {
                let place = lower / 2.0 / bin_hz;
                let room = (size as f64 / 2.0 - place) as usize;
                Mirror {
                    rate_hz: lower,
                    twice: 2.0 * place,
                    bins: room.saturating_sub(NEAREST + 1).min(MOST),
                    products: 0.0,
                    squares: [0.0; 2],
                    pairs: 0,
                }
            })
            .filter(|m| m.bins > 4 * AROUND)
            .collect();
        Self {
            mirrors,
            sides: [Vec::new(), Vec::new()],
            flat: [Vec::new(), Vec::new()],
        }
    }

    /// Takes one loud moment; `power` gives a bin's power, `floor` is what says nothing.
    pub(crate) fn frame(&mut self, power: impl Fn(usize) -> f64, floor: f64) {
        let [low, high] = &mut self.sides;
        for mirror in &mut self.mirrors {
            low.clear();
            high.clear();
            let first = mirror.twice / 2.0 + NEAREST as f64;
            for step in 0..mirror.bins {
                let above = libm::ceil(first) as usize + step;
                let below = libm::round(mirror.twice - above as f64) as usize;
                low.push(power(below));
                high.push(power(above));
            }
            let mean = low.iter().sum::<f64>() / low.len() as f64;
            if mean < floor {
                continue;
            }
            flatten(low, &mut self.flat[0]);
            flatten(high, &mut self.flat[1]);
            for (a, b) in self.flat[0].iter().zip(&self.flat[1]) {
                mirror.products += a * b;
                mirror.squares[0] += a * a;
                mirror.squares[1] += b * b;
            }
            mirror.pairs += self.flat[0].len() as u64;
        }
    }

    /// The mirror that shows most, where enough was heard to say so.
    pub(crate) fn images(&self, least_pairs: u64) -> Option<Images> {
        self.mirrors
            .iter()
            .filter(|m| m.pairs >= least_pairs)
            .map(|m| Images {
                rate_hz: m.rate_hz,
                correlation: m.products / libm::sqrt(m.squares[0] * m.squares[1]).max(1.0e-30)
                    - STANDARD_ERRORS / libm::sqrt(m.pairs as f64),
            })
            .reduce(|a, b| if b.correlation > a.correlation { b } else { a })
    }
}

/// Logarithms without what a bin shares with those around it.
fn flatten(powers: &[f64], flat: &mut Vec<f64>) {
    flat.clear();
    let logs: Vec<f64> = powers.iter().map(|p| libm::log(p + 1.0e-30)).collect();
    for window in logs.windows(2 * AROUND + 1) {
        let mean = window.iter().sum::<f64>() / window.len() as f64;
        flat.push(window[AROUND] - mean);
    }
}
