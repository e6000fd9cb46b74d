//! Fits a handful of bells and shelves to a curve in dB: matching pursuit for where to begin, then Levenberg's and
//! Marquardt's least squares over all settings at once (D. Marquardt, "An Algorithm for Least-Squares Estimation of
//! Nonlinear Parameters", 1963), on the analogue models that the equaliser follows within 0.05 dB.

use crate::matching::portrait::{BANDS, Bands, centre_hz};
use crate::stages::BandKind;

/// Steps of least squares after each further band, and at the end.
const STEPS: usize = 12;
/// What a dB of gain costs beside a dB of error: bands that fight each other are no fit.
const GAIN_COST: f64 = 0.003;
/// A band below this is left out, in dB.
const SMALLEST_DB: f64 = 0.25;

/// What a fit may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FitLimits {
    /// Most bands.
    pub(crate) bands: usize,
    /// Most gain of a band in dB, either way.
    pub(crate) gain_db: f64,
    /// Narrowest bell.
    pub(crate) highest_q: f64,
    /// Highest frequency of a band in hertz.
    pub(crate) top_hz: f64,
    /// RMS error in dB that is good enough.
    pub(crate) close_db: f64,
}

/// One band as it is fitted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fitted {
    pub(crate) kind: BandKind,
    pub(crate) frequency_hz: f64,
    pub(crate) gain_db: f64,
    pub(crate) q: f64,
}

impl Fitted {
    /// Response of the analogue model in dB (see [`dsp::bell`], [`dsp::low_shelf`], [`dsp::high_shelf`]).
    pub(crate) fn response_db(&self, hz: f64) -> f64 {
        let a = dsp::db_to_gain(self.gain_db / 2.0);
        let x = hz / self.frequency_hz;
        let x2 = x * x;
        let square = |real: f64, imaginary: f64| real * real + imaginary * imaginary;
        let (over, under) = match self.kind {
            BandKind::LowShelf => {
                let middle = a.sqrt() / self.q;
                (
                    square(a * a - a * x2, a * middle * x),
                    square(1.0 - a * x2, middle * x),
                )
            }
            BandKind::HighShelf => {
                let middle = a.sqrt() / self.q;
                (
                    square(a - a * a * x2, a * middle * x),
                    square(a - x2, middle * x),
                )
            }
            BandKind::Bell
            | BandKind::Tilt
            | BandKind::Notch
            | BandKind::Band
            | BandKind::LowPass
            | BandKind::HighPass => (
                square(1.0 - x2, a * x / self.q),
                square(1.0 - x2, x / (a * self.q)),
            ),
        };
        dsp::power_to_db(over / under)
    }

    fn curve(&self) -> Bands {
        core::array::from_fn(|band| self.response_db(centre_hz(band)))
    }

    fn settings(&self) -> [f64; 3] {
        [
            libm::log2(self.frequency_hz),
            self.gain_db,
            libm::log2(self.q),
        ]
    }

    fn with(&self, [octave, gain_db, q]: [f64; 3], limits: &FitLimits) -> Self {
        let highest_q = match self.kind {
            BandKind::Bell => limits.highest_q,
            // Steeper shelves overshoot.
            _ => 0.9,
        };
        Self {
            kind: self.kind,
            frequency_hz: libm::exp2(octave).clamp(25.0, limits.top_hz.max(25.0)),
            gain_db: gain_db.clamp(-limits.gain_db, limits.gain_db),
            q: libm::exp2(q).clamp(0.35, highest_q),
        }
    }

    /// As people write it: two digits of frequency below 100 Hz and three above, tenths of a dB, hundredths of Q.
    fn rounded(self) -> Self {
        let step = libm::exp2(libm::floor(libm::log2(self.frequency_hz / 100.0)).max(0.0));
        Self {
            frequency_hz: libm::round(self.frequency_hz / step) * step,
            gain_db: libm::round(self.gain_db * 10.0) / 10.0,
            q: libm::round(self.q * 100.0) / 100.0,
            ..self
        }
    }
}

/// All bands together in dB.
pub(crate) fn sum_db(bands: &[Fitted]) -> Bands {
    let mut sum = [0.0; BANDS];
    for band in bands {
        for (sum, db) in sum.iter_mut().zip(band.curve()) {
            *sum += db;
        }
    }
    sum
}

/// Bands whose sum follows `target_db`, as closely as the limits allow; lowest frequency first.
pub(crate) fn fit(target_db: &Bands, weights: &Bands, limits: &FitLimits) -> Vec<Fitted> {
    let mut bands: Vec<Fitted> = Vec::new();
    while bands.len() < limits.bands && error_db(&bands, target_db, weights) > limits.close_db {
        let Some(next) = likeliest(&bands, target_db, weights, limits) else {
            break;
        };
        let before = error_db(&bands, target_db, weights);
        let kept = bands.clone();
        bands.push(next);
        refine(&mut bands, target_db, weights, limits);
        // What no band can mend is the target's own roughness.
        if error_db(&bands, target_db, weights) > 0.995 * before {
            bands = kept;
            break;
        }
    }
    let count = bands.len();
    bands.retain(|band| band.gain_db.abs() >= SMALLEST_DB);
    if bands.len() < count {
        refine(&mut bands, target_db, weights, limits);
    }
    bands.sort_by(|a, b| a.frequency_hz.total_cmp(&b.frequency_hz));
    bands.into_iter().map(Fitted::rounded).collect()
}

/// Weighted RMS of what is left.
pub(crate) fn error_db(bands: &[Fitted], target_db: &Bands, weights: &Bands) -> f64 {
    let sum = sum_db(bands);
    let (mut squares, mut count) = (0.0, 0.0);
    for band in 0..BANDS {
        let rest = target_db[band] - sum[band];
        squares += weights[band] * rest * rest;
        count += weights[band];
    }
    if count == 0.0 {
        return 0.0;
    }
    (squares / count).sqrt()
}

/// The band that by itself explains most of what is left.
fn likeliest(
    bands: &[Fitted],
    target_db: &Bands,
    weights: &Bands,
    limits: &FitLimits,
) -> Option<Fitted> {
    let sum = sum_db(bands);
    let mut best: Option<(f64, Fitted)> = None;
    let kinds = [
        (BandKind::LowShelf, &[0.5, 0.7][..]),
        (BandKind::HighShelf, &[0.5, 0.7][..]),
        (BandKind::Bell, &[0.4, 0.8, 1.6, 3.2, 6.0][..]),
    ];
    for (kind, widths) in kinds {
        for q in widths.iter().filter(|q| **q <= limits.highest_q) {
            for at in (2..BANDS).step_by(3) {
                let frequency_hz = centre_hz(at);
                if frequency_hz > limits.top_hz {
                    break;
                }
                let unit = Fitted {
                    kind,
                    frequency_hz,
                    gain_db: 2.0,
                    q: *q,
                };
                let (mut along, mut power) = (0.0, 0.0);
                for (band, db) in unit.curve().into_iter().enumerate() {
                    along += weights[band] * db * (target_db[band] - sum[band]);
                    power += weights[band] * db * db;
                }
                if power <= 0.0 {
                    continue;
                }
                let score = along * along / power;
                if best.is_none_or(|(most, _)| score > most) {
                    let gain_db = (2.0 * along / power).clamp(-limits.gain_db, limits.gain_db);
                    best = Some((score, Fitted { gain_db, ..unit }));
                }
            }
        }
    }
    best.map(|(_, band)| band)
}

/// Least squares over all settings of all bands.
fn refine(bands: &mut [Fitted], target_db: &Bands, weights: &Bands, limits: &FitLimits) {
    let cost = |bands: &[Fitted]| {
        let error = error_db(bands, target_db, weights);
        let gains: f64 = bands.iter().map(|b| b.gain_db * b.gain_db).sum();
        error * error + GAIN_COST * gains / BANDS as f64
    };
    let mut now = cost(bands);
    let mut damping = 0.01;
    for _ in 0..STEPS {
        let Some(step) = step(bands, target_db, weights, damping) else {
            return;
        };
        let trial: Vec<Fitted> = bands
            .iter()
            .zip(step.chunks(3))
            .map(|(band, step)| {
                let settings = band.settings();
                let far = [1.0, 6.0, 1.0];
                let moved = core::array::from_fn(|i| settings[i] + step[i].clamp(-far[i], far[i]));
                band.with(moved, limits)
            })
            .collect();
        let then = cost(&trial);
        if then < now {
            let is_settled = now - then < 1e-6;
            bands.copy_from_slice(&trial);
            now = then;
            damping = (damping / 4.0).max(1e-6);
            if is_settled {
                return;
            }
        } else {
            damping *= 6.0;
        }
    }
}

/// The step that the linearised problem asks for.
fn step(bands: &[Fitted], target_db: &Bands, weights: &Bands, damping: f64) -> Option<Vec<f64>> {
    const NUDGE: f64 = 1e-4;
    let size = 3 * bands.len();
    let count: f64 = weights.iter().sum::<f64>().max(1e-9);
    let sum = sum_db(bands);
    let mut slopes: Vec<Bands> = Vec::with_capacity(size);
    for band in bands {
        let here = band.curve();
        for setting in 0..3 {
            let mut settings = band.settings();
            settings[setting] += NUDGE;
            let nudged = Fitted {
                kind: band.kind,
                frequency_hz: libm::exp2(settings[0]),
                gain_db: settings[1],
                q: libm::exp2(settings[2]),
            };
            let there = nudged.curve();
            slopes.push(core::array::from_fn(|i| (there[i] - here[i]) / NUDGE));
        }
    }
    let mut matrix = vec![vec![0.0; size]; size];
    let mut right = vec![0.0; size];
    for row in 0..size {
        for band in 0..BANDS {
            let weighted = weights[band] * slopes[row][band] / count;
            right[row] += weighted * (target_db[band] - sum[band]);
            for column in 0..=row {
                matrix[row][column] += weighted * slopes[column][band];
            }
        }
        if row % 3 == 1 {
            let price = GAIN_COST / BANDS as f64;
            matrix[row][row] += price;
            right[row] -= price * bands[row / 3].gain_db;
        }
        matrix[row][row] += damping * matrix[row][row] + 1e-9;
    }
    solve(matrix, right)
}

/// Cholesky's: the lower triangle of a symmetric positive matrix.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Option<Vec<f64>> {
    let size = right.len();
    for row in 0..size {
        for column in 0..=row {
            let pairs = matrix[row][..column].iter().zip(&matrix[column]);
            let rest = pairs.fold(matrix[row][column], |rest, (a, b)| rest - a * b);
            matrix[row][column] = if row == column {
                if rest <= 0.0 || rest.is_nan() {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / matrix[column][column]
            };
        }
    }
    for row in 0..size {
        for k in 0..row {
            right[row] -= matrix[row][k] * right[k];
        }
        right[row] /= matrix[row][row];
    }
    for row in (0..size).rev() {
        for k in row + 1..size {
            right[row] -= matrix[k][row] * right[k];
        }
        right[row] /= matrix[row][row];
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FitLimits = FitLimits {
        bands: 8,
        gain_db: 12.0,
        highest_q: 6.0,
        top_hz: 18_000.0,
        close_db: 0.05,
    };

    #[test]
    fn the_models_are_those_of_the_equaliser() {
        for (kind, design) in [
            (
                BandKind::Bell,
                dsp::bell as fn(f64, f64, f64, u32) -> dsp::Sections,
            ),
            (BandKind::LowShelf, dsp::low_shelf),
            (BandKind::HighShelf, dsp::high_shelf),
        ] {
            for (frequency_hz, gain_db, q) in [(100.0, 6.0, 0.7), (3_000.0, -9.0, 0.8)] {
                let band = Fitted {
                    kind,
                    frequency_hz,
                    gain_db,
                    q,
                };
                let sections = design(frequency_hz, gain_db, q, 48_000);
                for k in 0..BANDS {
                    let hz = centre_hz(k);
                    let real = dsp::response_db(&sections, hz, 48_000);
                    let off = (band.response_db(hz) - real).abs();
                    assert!(off < 0.05, "{kind:?} {gain_db} at {hz:.0} Hz: {off}");
                }
            }
        }
    }

    #[test]
    fn a_curve_made_of_bands_is_found_again() {
        let made = [
            (BandKind::LowShelf, 110.0, 4.0, 0.7),
            (BandKind::Bell, 420.0, -3.0, 1.2),
            (BandKind::Bell, 2_900.0, 2.5, 0.8),
            (BandKind::HighShelf, 8_500.0, -5.0, 0.6),
        ];
        let made = made.map(|(kind, frequency_hz, gain_db, q)| Fitted {
            kind,
            frequency_hz,
            gain_db,
            q,
        });
        let target = sum_db(&made);
        let found = fit(&target, &[1.0; BANDS], &LIMITS);
        let error = error_db(&found, &target, &[1.0; BANDS]);
        assert!(error < 0.1 && found.len() <= 8, "{error} {found:?}");
        assert!(found.iter().all(|b| b.gain_db.abs() <= 12.0));
    }

    #[test]
    fn nothing_is_fitted_to_nothing_and_where_nothing_counts() {
        assert!(fit(&[0.0; BANDS], &[1.0; BANDS], &LIMITS).is_empty());
        assert!(fit(&[5.0; BANDS], &[0.0; BANDS], &LIMITS).is_empty());
    }
}
