//! Digital sections whose magnitude follows an analogue model up to 90 % of Nyquist.
//!
//! The idea of M. Vicanek, "Matched Second Order Digital Filters" (2016), carried on: a squared
//! magnitude is a positive combination of φ₀ = cos²(ω/2), φ₁ = sin²(ω/2) and φ₂ = 4 φ₀ φ₁ per section, and poles and zeros
//! taken over by z = exp(sT) already have the right shape. What the unit circle bends near Nyquist is
//! taken up by a second section; all weights are then fitted to the model's magnitude in dB by
//! least squares (K. Levenberg, "A method for the solution of certain non-linear problems", 1944).

use core::f64::consts::PI;

use crate::biquad::Biquad;

/// A section and the one that straightens it near Nyquist (the identity where that is not needed).
pub type Sections = [Biquad; 2];

/// Highest frequency of the fit as a share of the rate: 20 kHz at 44.1 kHz.
pub(crate) const UPPER_MATCH: f64 = 0.4535;
/// Poles and zeros taken over from the model fold over beyond this angle (radians per frame).
const HIGHEST_ROOT: f64 = 2.9;
/// Where the second section's poles begin; its zeros follow from them.
const STRAIGHTENING_POLES: [f64; 2] = [0.3, 0.7];
/// Points of the fit: over the whole range, and around the band.
const WHOLE: usize = 28;
const AROUND: usize = 20;
const POINTS: usize = WHOLE + AROUND;
/// Steps of the fit; it has settled after six.
const STEPS: usize = 9;
/// Weights that are fitted: two of each of the four quadratics, and the level.
const WEIGHTS: usize = 9;
/// A quadratic must stay above this everywhere on the unit circle, so that its roots are inside.
const LEAST: f64 = 1e-9;

/// An analogue model of at most second order, s in units of the band's frequency:
/// (n₀ + n₁s + n₂s²) / (d₀ + d₁s + d₂s²).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analogue {
    pub(crate) n: [f64; 3],
    pub(crate) d: [f64; 3],
    /// Frequency in hertz for s = j.
    pub(crate) frequency_hz: f64,
}

impl Analogue {
    /// Squared magnitude.
    pub(crate) fn power(&self, frequency_hz: f64) -> f64 {
        let w = frequency_hz / self.frequency_hz;
        let square = |c: &[f64; 3]| {
            let (re, im) = (c[0] - c[2] * w * w, c[1] * w);
            re * re + im * im
        };
        square(&self.n) / square(&self.d)
    }
}

/// Weights of φ₀, φ₁ and φ₂.
pub(crate) type Quadratic = [f64; 3];

/// φ₀, φ₁ and φ₂ at a frequency.
pub(crate) fn basis(frequency_hz: f64, rate: f64) -> [f64; 3] {
    let sine = libm::sin(PI * frequency_hz / rate);
    let high = sine * sine;
    let low = 1.0 - high;
    [low, high, 4.0 * low * high]
}

pub(crate) fn weigh(q: &Quadratic, p: &[f64; 3]) -> f64 {
    q[0] * p[0] + q[1] * p[1] + q[2] * p[2]
}

/// The squared magnitude of 1 + a₁z⁻¹ + a₂z⁻².
pub(crate) fn quadratic_of(a: [f64; 2]) -> Quadratic {
    let (low, high) = (1.0 + a[0] + a[1], 1.0 - a[0] + a[1]);
    [low * low, high * high, -4.0 * a[1]]
}

/// The polynomial with its roots inside the unit circle that has this squared magnitude (Vicanek, eq. 29).
fn factor(q: &Quadratic) -> [f64; 3] {
    let (low, high) = (q[0].max(0.0).sqrt(), q[1].max(0.0).sqrt());
    let half = 0.5 * (low + high);
    let b0 = 0.5 * (half + (half * half + q[2]).max(0.0).sqrt());
    [b0, 0.5 * (low - high), -q[2] / (4.0 * b0)]
}

pub(crate) fn section(numerator: &Quadratic, denominator: &Quadratic) -> Biquad {
    let (b, a) = (factor(numerator), factor(denominator));
    Biquad {
        b: b.map(|b| b / a[0]),
        a: [a[1] / a[0], a[2] / a[0]],
    }
}

/// One of the four quadratics of a fit.
#[derive(Debug, Clone, Copy)]
struct Part {
    weights: Quadratic,
    /// Zeros on the unit circle are where they must be and stay there.
    is_fixed: bool,
}

impl Part {
    fn free(weights: Quadratic) -> Self {
        // The level is a weight of its own.
        Self {
            weights: [1.0, weights[1] / weights[0], weights[2] / weights[0]],
            is_fixed: false,
        }
    }

    fn fixed(weights: Quadratic) -> Self {
        Self {
            weights,
            is_fixed: true,
        }
    }

    /// True while the roots are inside the unit circle.
    fn is_sound(&self) -> bool {
        if self.is_fixed {
            return true;
        }
        let [low, high, cross] = self.weights;
        if low <= LEAST || high <= LEAST {
            return false;
        }
        // low (1−x) + high x + 4 cross x (1−x): lowest between the ends only where cross is negative.
        let lowest = (high - low + 4.0 * cross) / (8.0 * cross);
        if cross >= 0.0 || !(0.0..1.0).contains(&lowest) {
            return true;
        }
        let (x, y) = (lowest, 1.0 - lowest);
        low * y + high * x + 4.0 * cross * x * y > LEAST
    }
}

/// The denominator's quadratic for a model's two roots by z = exp(sT).
fn roots(c: &[f64; 3], frequency_hz: f64, rate: f64) -> Quadratic {
    let turn = 2.0 * PI * frequency_hz / rate;
    if c[2] == 0.0 {
        // One real root, or none.
        if c[1] == 0.0 {
            return [1.0, 1.0, 0.0];
        }
        let w = (c[0] / c[1] * turn).min(HIGHEST_ROOT);
        return quadratic_of([-libm::exp(-w), 0.0]);
    }
    let natural = (c[0] / c[2]).sqrt();
    let damping = c[1] / c[2] / (2.0 * natural);
    let w = (natural * turn).min(HIGHEST_ROOT);
    let decay = libm::exp(-damping * w);
    let swing = if damping <= 1.0 {
        libm::cos((1.0 - damping * damping).sqrt() * w)
    } else {
        libm::cosh((damping * damping - 1.0).sqrt() * w)
    };
    quadratic_of([-2.0 * decay * swing, decay * decay])
}

/// Where the model's numerator has its zeros: on the unit circle exactly, or to be fitted.
fn zeros(model: &Analogue, rate: f64) -> Part {
    let [n0, n1, n2] = model.n;
    if n0 == 0.0 {
        // At DC: once, or twice.
        return Part::fixed(if n1 == 0.0 {
            [0.0, 1.0, -0.25]
        } else {
            [0.0, 1.0, 0.0]
        });
    }
    if n1 == 0.0 && n2 != 0.0 {
        let at = basis(model.frequency_hz * (n0 / n2).sqrt(), rate)[1];
        return Part::fixed([at * at, (1.0 - at) * (1.0 - at), -0.25]);
    }
    if n1 == 0.0 {
        return Part::fixed([1.0, 1.0, 0.0]);
    }
    Part::free(roots(&model.n, model.frequency_hz, rate))
}

/// A point of the fit: the basis there and the model's squared magnitude.
#[derive(Clone, Copy)]
struct Point {
    basis: [f64; 3],
    power: f64,
}

fn points(model: &Analogue, rate: f64) -> [Point; POINTS] {
    let top = UPPER_MATCH * rate;
    core::array::from_fn(|i| {
        let hz = if i < WHOLE {
            top * libm::sin(0.5 * PI * (i + 1) as f64 / WHOLE as f64)
        } else {
            // From three octaves below the band to three above it.
            let octaves = 6.0 * (i - WHOLE) as f64 / (AROUND - 1) as f64 - 3.0;
            (model.frequency_hz * libm::exp2(octaves)).min(top)
        };
        Point {
            basis: basis(hz, rate),
            power: model.power(hz),
        }
    })
}

/// Numerator, denominator, and the same of the straightening section.
#[derive(Clone, Copy)]
struct Fit {
    parts: [Part; 4],
    level: f64,
}

const SIGNS: [f64; 4] = [1.0, -1.0, 1.0, -1.0];

impl Fit {
    /// Logarithm of the fit's squared magnitude over the model's; `None` where it cannot be compared.
    fn error(&self, point: &Point) -> Option<f64> {
        let [n, d, m, e] = self.parts.map(|part| weigh(&part.weights, &point.basis));
        let ratio = n * m / (d * e * point.power);
        // At a zero of the model both are nothing.
        (point.power > 1e-9 && ratio > 0.0 && ratio.is_finite())
            .then(|| libm::log(ratio) + self.level)
    }

    fn is_sound(&self) -> bool {
        self.parts.iter().all(Part::is_sound)
    }

    fn total(&self, points: &[Point; POINTS]) -> f64 {
        points
            .iter()
            .filter_map(|point| self.error(point))
            .map(|e| e * e)
            .sum()
    }

    /// How the error at a point moves with each weight.
    fn slopes(&self, point: &Point) -> [f64; WEIGHTS] {
        let mut slopes = [0.0; WEIGHTS];
        for (i, (part, sign)) in self.parts.iter().zip(SIGNS).enumerate() {
            if !part.is_fixed {
                let value = weigh(&part.weights, &point.basis);
                slopes[2 * i] = sign * point.basis[1] / value;
                slopes[2 * i + 1] = sign * point.basis[2] / value;
            }
        }
        slopes[WEIGHTS - 1] = 1.0;
        slopes
    }

    fn moved(&self, by: &[f64; WEIGHTS]) -> Self {
        let mut moved = *self;
        for (i, part) in moved.parts.iter_mut().enumerate() {
            if !part.is_fixed {
                part.weights[1] += by[2 * i];
                part.weights[2] += by[2 * i + 1];
            }
        }
        moved.level += by[WEIGHTS - 1];
        moved
    }

    /// Best straightening numerator for the poles as they are, and the level.
    fn begin(&mut self, points: &[Point; POINTS]) {
        let (mut matrix, mut right) = ([[0.0; WEIGHTS]; WEIGHTS], [0.0; WEIGHTS]);
        for point in points.iter().filter(|point| point.power > 1e-9) {
            let [n, d, _, e] = self.parts.map(|part| weigh(&part.weights, &point.basis));
            let row = point.basis.map(|p| p * n / (d * e * point.power));
            for i in 0..3 {
                right[i] += row[i];
                for j in 0..3 {
                    matrix[i][j] += row[i] * row[j];
                }
            }
        }
        (3..WEIGHTS).for_each(|i| matrix[i][i] = 1.0);
        let found = solve(&matrix, &right);
        let [low, high, cross, ..] = found;
        let part = Part::free([low, high, cross]);
        if low > 0.0 && part.is_sound() {
            self.parts[2] = part;
            self.level = libm::log(low);
        }
    }

    fn improve(&mut self, points: &[Point; POINTS]) {
        let mut damping = 1e-3;
        let mut best = self.total(points);
        for _ in 0..STEPS {
            let (mut matrix, mut right) = ([[0.0; WEIGHTS]; WEIGHTS], [0.0; WEIGHTS]);
            for point in points {
                let Some(error) = self.error(point) else {
                    continue;
                };
                let slopes = self.slopes(point);
                for i in 0..WEIGHTS {
                    right[i] -= slopes[i] * error;
                    for j in 0..=i {
                        matrix[i][j] += slopes[i] * slopes[j];
                    }
                }
            }
            for (i, row) in matrix.iter_mut().enumerate() {
                row[i] = row[i] * (1.0 + damping) + 1e-13;
            }
            let next = self.moved(&solve(&matrix, &right));
            let total = next.total(points);
            if next.is_sound() && total < best {
                (*self, best) = (next, total);
                damping *= 0.1;
            } else {
                damping *= 10.0;
            }
        }
    }
}

/// Solves a symmetric positive system by Cholesky's method; the lower triangle is read.
fn solve(matrix: &[[f64; WEIGHTS]; WEIGHTS], right: &[f64; WEIGHTS]) -> [f64; WEIGHTS] {
    let mut l = *matrix;
    for j in 0..WEIGHTS {
        let below: f64 = (0..j).map(|k| l[j][k] * l[j][k]).sum();
        let diagonal = (l[j][j] - below).max(1e-300).sqrt();
        l[j][j] = diagonal;
        for i in j + 1..WEIGHTS {
            let sum: f64 = (0..j).map(|k| l[i][k] * l[j][k]).sum();
            l[i][j] = (l[i][j] - sum) / diagonal;
        }
    }
    let mut x = *right;
    for i in 0..WEIGHTS {
        let sum: f64 = (0..i).map(|k| l[i][k] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i][i];
    }
    for i in (0..WEIGHTS).rev() {
        let sum: f64 = (i + 1..WEIGHTS).map(|k| l[k][i] * x[k]).sum();
        x[i] = (x[i] - sum) / l[i][i];
    }
    x
}

/// Two sections with the model's magnitude.
pub(crate) fn fitted(model: &Analogue, rate: f64) -> Sections {
    let points = points(model, rate);
    let [p, q] = STRAIGHTENING_POLES;
    let mut fit = Fit {
        parts: [
            zeros(model, rate),
            Part::free(roots(&model.d, model.frequency_hz, rate)),
            Part::free([1.0, 1.0, 0.0]),
            Part::free(quadratic_of([p + q, p * q])),
        ],
        level: 0.0,
    };
    fit.begin(&points);
    fit.improve(&points);
    let [n, d, m, e] = fit.parts.map(|part| part.weights);
    let mut first = section(&n, &d);
    let gain = libm::exp(0.5 * fit.level);
    first.b = first.b.map(|b| b * gain);
    [first, section(&m, &e)]
}

/// Largest distance in dB between sections given by their quadratics and the model, over the fit's range.
pub(crate) fn worst_db(model: &Analogue, n: &Quadratic, d: &Quadratic, rate: f64) -> f64 {
    points(model, rate)
        .iter()
        .map(|point| {
            let ratio = weigh(n, &point.basis) / (weigh(d, &point.basis) * point.power);
            crate::decibel::power_to_db(ratio.max(1e-30)).abs()
        })
        .fold(0.0, f64::max)
}
