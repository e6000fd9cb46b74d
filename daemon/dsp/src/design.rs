//! Coefficients for second-order sections.
//!
//! Bells and shelves follow M. Vicanek, "Matched Second Order Digital Filters" (2016): poles by
//! impulse invariance, then the numerator whose squared magnitude meets the analogue model's at
//! chosen frequencies; here at DC, at the band's own frequency and near 20 kHz (at 44.1 kHz), so that the
//! curve is not squeezed towards Nyquist as the bilinear transform does it. A cut is the exact inverse
//! of the boost. The analogue models are those of R. Bristow-Johnson's "Audio EQ Cookbook".

use core::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::biquad::Biquad;
use crate::decibel::power_to_db;
use crate::highpass::Slope;

/// Second matching frequency as a share of the rate: 20 kHz at 44.1 kHz.
const UPPER_MATCH: f64 = 0.4535;
/// A band closer to the upper match than this is matched lower instead, or the two would coincide.
const HIGHEST_CENTRE_MATCH: f64 = 0.34;
const LOWER_MATCH: f64 = 0.27;
/// Pole angles from impulse invariance fold over beyond this (radians per frame).
const HIGHEST_POLE: f64 = 3.0;

/// An analogue second-order model, s in units of the band's frequency:
/// (n₀ + n₁s + n₂s²) / (d₀ + d₁s + d₂s²).
struct Analogue {
    n: [f64; 3],
    d: [f64; 3],
    /// Frequency in hertz for s = j.
    frequency_hz: f64,
}

impl Analogue {
    fn power(&self, frequency_hz: f64) -> f64 {
        let w = frequency_hz / self.frequency_hz;
        let square = |c: &[f64; 3]| {
            let (re, im) = (c[0] - c[2] * w * w, c[1] * w);
            re * re + im * im
        };
        square(&self.n) / square(&self.d)
    }
}

/// A bell: `gain_db` at `frequency_hz`, width by `q` (bandwidth between the half-gain points).
///
/// The frequency is kept between 1 Hz and 45 % of the rate, Q between 0.05 and 100.
pub fn bell(frequency_hz: f64, gain_db: f64, q: f64, rate_hz: u32) -> Biquad {
    shaped(frequency_hz, gain_db, q, rate_hz, |a, q, frequency_hz| {
        Analogue {
            n: [1.0, a / q, 1.0],
            d: [1.0, 1.0 / (a * q), 1.0],
            frequency_hz,
        }
    })
}

/// A shelf that moves everything below `frequency_hz` by `gain_db`; half of it at the frequency.
///
/// The same limits as for [`bell`].
pub fn low_shelf(frequency_hz: f64, gain_db: f64, q: f64, rate_hz: u32) -> Biquad {
    shaped(frequency_hz, gain_db, q, rate_hz, |a, q, frequency_hz| {
        let middle = a.sqrt() / q;
        Analogue {
            n: [a * a, a * middle, a],
            d: [1.0, middle, a],
            frequency_hz,
        }
    })
}

/// A shelf that moves everything above `frequency_hz` by `gain_db`; half of it at the frequency.
///
/// The same limits as for [`bell`].
pub fn high_shelf(frequency_hz: f64, gain_db: f64, q: f64, rate_hz: u32) -> Biquad {
    shaped(frequency_hz, gain_db, q, rate_hz, |a, q, frequency_hz| {
        let middle = a.sqrt() / q;
        Analogue {
            n: [a, a * middle, a * a],
            d: [a, middle, 1.0],
            frequency_hz,
        }
    })
}

fn shaped(
    frequency_hz: f64,
    gain_db: f64,
    q: f64,
    rate_hz: u32,
    model: fn(f64, f64, f64) -> Analogue,
) -> Biquad {
    let rate = f64::from(rate_hz);
    let frequency_hz = frequency_hz.clamp(1.0, 0.45 * rate);
    let q = q.clamp(0.05, 100.0);
    let a = libm::exp2(gain_db.abs() * (core::f64::consts::LOG2_10 / 40.0));
    let boost = matched(&model(a, q, frequency_hz), rate);
    if gain_db < 0.0 {
        inverse(&boost)
    } else {
        boost
    }
}

fn inverse(c: &Biquad) -> Biquad {
    let scale = c.b[0];
    Biquad {
        b: [1.0 / scale, c.a[0] / scale, c.a[1] / scale],
        a: [c.b[1] / scale, c.b[2] / scale],
    }
}

fn matched(model: &Analogue, rate: f64) -> Biquad {
    let a = impulse_invariant_poles(model, rate);
    let denominator = [
        square(1.0 + a[0] + a[1]),
        square(1.0 - a[0] + a[1]),
        -4.0 * a[1],
    ];
    let target = |frequency_hz: f64| {
        let p = basis(frequency_hz, rate);
        let d: f64 = denominator[0] * p[0] + denominator[1] * p[1] + denominator[2] * p[2];
        model.power(frequency_hz) * d
    };
    let centre = if model.frequency_hz < HIGHEST_CENTRE_MATCH * rate {
        model.frequency_hz
    } else {
        LOWER_MATCH * rate
    };
    let upper = UPPER_MATCH * rate;
    let dc = target(0.0);
    let (p, r) = (basis(centre, rate), basis(upper, rate));
    let (t, u) = (target(centre) - dc * p[0], target(upper) - dc * r[0]);
    let determinant = p[1] * r[2] - p[2] * r[1];
    // A boost never falls below unity, so no sensible band meets these bounds; they keep the zeros
    // from leaving the unit circle, which the exact inverse of a cut relies on.
    let nyquist = ((t * r[2] - u * p[2]) / determinant).max(0.25 * denominator[1]);
    let limit = -square(0.5 * (dc.sqrt() + nyquist.sqrt()));
    let cross = ((p[1] * u - r[1] * t) / determinant).max(limit);
    numerator(dc, nyquist, cross, a)
}

/// Squared magnitude on the unit circle is a weighted sum of these three (Vicanek, eq. 27).
fn basis(frequency_hz: f64, rate: f64) -> [f64; 3] {
    let high = square(libm::sin(PI * frequency_hz / rate));
    let low = 1.0 - high;
    [low, high, 4.0 * low * high]
}

/// Minimum-phase numerator with the squared magnitude given by its weights (Vicanek, eq. 29).
fn numerator(dc: f64, nyquist: f64, cross: f64, a: [f64; 2]) -> Biquad {
    let (low, high) = (dc.sqrt(), nyquist.sqrt());
    let half = 0.5 * (low + high);
    let b0 = 0.5 * (half + (half * half + cross).max(0.0).sqrt());
    Biquad {
        b: [b0, 0.5 * (low - high), -cross / (4.0 * b0)],
        a,
    }
}

fn impulse_invariant_poles(model: &Analogue, rate: f64) -> [f64; 2] {
    let [d0, d1, d2] = model.d;
    let natural = (d0 / d2).sqrt();
    let damping = d1 / d2 / (2.0 * natural);
    let w = (natural * 2.0 * PI * model.frequency_hz / rate).min(HIGHEST_POLE);
    let decay = libm::exp(-damping * w);
    let swing = if damping <= 1.0 {
        libm::cos((1.0 - damping * damping).sqrt() * w)
    } else {
        libm::cosh((damping * damping - 1.0).sqrt() * w)
    };
    [-2.0 * decay * swing, decay * decay]
}

fn square(x: f64) -> f64 {
    x * x
}

/// A Butterworth high-pass by the bilinear transform, prewarped to −3 dB at `frequency_hz`; the
/// second section is the identity for [`Slope::Db12`].
///
/// Its corner lies far below Nyquist in all use, where the transform is exact enough; its zeros lie
/// on DC exactly.
pub fn butterworth_highpass(frequency_hz: f64, slope: Slope, rate_hz: u32) -> [Biquad; 2] {
    let rate = f64::from(rate_hz);
    let t = libm::tan(PI * frequency_hz.clamp(1.0, 0.45 * rate) / rate);
    let section = |q: f64| {
        let scale = 1.0 / (1.0 + t / q + t * t);
        Biquad {
            b: [scale, -2.0 * scale, scale],
            a: [2.0 * (t * t - 1.0) * scale, (1.0 - t / q + t * t) * scale],
        }
    };
    match slope {
        Slope::Db12 => [section(FRAC_1_SQRT_2), Biquad::IDENTITY],
        // 1 / (2 cos(π/8)) and 1 / (2 cos(3π/8)).
        Slope::Db24 => [
            section(0.541_196_100_146_197),
            section(1.306_562_964_876_376_5),
        ],
    }
}

/// Magnitude in dB of sections in series at `frequency_hz`.
pub fn response_db(sections: &[Biquad], frequency_hz: f64, rate_hz: u32) -> f64 {
    let w = 2.0 * PI * frequency_hz / f64::from(rate_hz);
    let (c1, s1, c2, s2) = (
        libm::cos(w),
        libm::sin(w),
        libm::cos(2.0 * w),
        libm::sin(2.0 * w),
    );
    let power = |c: [f64; 3]| square(c[0] + c[1] * c1 + c[2] * c2) + square(c[1] * s1 + c[2] * s2);
    sections
        .iter()
        .map(|c| power_to_db(power(c.b) / power([1.0, c.a[0], c.a[1]])))
        .sum()
}
