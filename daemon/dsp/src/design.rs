//! Coefficients for second-order sections.
//!
//! The analogue models are those of R. Bristow-Johnson's "Audio EQ Cookbook" and S. Butterworth's filters ("On the
//! theory of filter amplifiers", 1930). Where two poles and two zeros follow a bell or shelf within
//! [`CLOSE_DB`], they are M. Vicanek's ("Matched Second Order Digital Filters", 2016); everywhere else
//! a second section straightens them (see [`crate::matched`]), so that no curve is squeezed towards
//! Nyquist as the bilinear transform does it. A cut is the exact inverse of the boost.

use core::f64::consts::{FRAC_1_SQRT_2, LOG2_10, PI};

use crate::biquad::Biquad;
use crate::decibel::power_to_db;
use crate::highpass::Slope;
use crate::matched::{
    Analogue, Quadratic, Sections, UPPER_MATCH, basis, fitted, quadratic_of, section, weigh,
    worst_db,
};

/// A single section this close to its model needs no second one.
const CLOSE_DB: f64 = 0.01;
/// A band closer to the upper match than this is matched lower instead, or the two would coincide.
const HIGHEST_CENTRE_MATCH: f64 = 0.34;
const LOWER_MATCH: f64 = 0.27;
/// Pole angles from impulse invariance fold over beyond this (radians per frame).
const HIGHEST_POLE: f64 = 3.0;
/// Highest frequency of a band as a share of the rate.
const HIGHEST_BAND: f64 = 0.45;

/// A bell: `gain_db` at `frequency_hz`, width by `q` (bandwidth between the half-gain points).
///
/// The frequency is kept between 1 Hz and 45 % of the rate, Q between 0.05 and 100.
pub fn bell(frequency_hz: f64, gain_db: f64, q: f64, rate_hz: u32) -> Sections {
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
pub fn low_shelf(frequency_hz: f64, gain_db: f64, q: f64, rate_hz: u32) -> Sections {
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
pub fn high_shelf(frequency_hz: f64, gain_db: f64, q: f64, rate_hz: u32) -> Sections {
    shaped(frequency_hz, gain_db, q, rate_hz, |a, q, frequency_hz| {
        let middle = a.sqrt() / q;
        Analogue {
            n: [a, a * middle, a * a],
            d: [a, middle, 1.0],
            frequency_hz,
        }
    })
}

/// A tilt of first order around `frequency_hz`: half of `gain_db` down at the bottom, half of it up at the top.
///
/// The same limits as for [`bell`].
pub fn tilt(frequency_hz: f64, gain_db: f64, rate_hz: u32) -> Sections {
    shaped(frequency_hz, gain_db, 1.0, rate_hz, |a, _, frequency_hz| {
        Analogue {
            n: [1.0, a, 0.0],
            d: [a, 1.0, 0.0],
            frequency_hz,
        }
    })
}

/// Nothing passes at `frequency_hz`; 3 dB are missing frequency / Q apart.
///
/// The same limits as for [`bell`].
pub fn notch(frequency_hz: f64, q: f64, rate_hz: u32) -> Sections {
    shaped(frequency_hz, 0.0, q, rate_hz, |_, q, frequency_hz| {
        Analogue {
            n: [1.0, 0.0, 1.0],
            d: [1.0, 1.0 / q, 1.0],
            frequency_hz,
        }
    })
}

/// Unity at `frequency_hz`, 6 dB per octave to both sides of it.
///
/// The same limits as for [`bell`].
pub fn band_pass(frequency_hz: f64, q: f64, rate_hz: u32) -> Sections {
    shaped(frequency_hz, 0.0, q, rate_hz, |_, q, frequency_hz| {
        Analogue {
            n: [0.0, 1.0 / q, 0.0],
            d: [1.0, 1.0 / q, 1.0],
            frequency_hz,
        }
    })
}

/// Which side of its corner a filter lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Low,
    High,
}

/// One part of a Butterworth filter of `order` (1 to 16), −3 dB at `frequency_hz`: `part` counts from zero
/// and there are ⌈order / 2⌉; the last one of an odd order is of first order.
pub(crate) fn butterworth_part(
    side: Side,
    frequency_hz: f64,
    order: usize,
    part: usize,
    rate_hz: u32,
) -> Sections {
    let rate = f64::from(rate_hz);
    let frequency_hz = frequency_hz.clamp(1.0, HIGHEST_BAND * rate);
    let is_single = 2 * part + 1 == order;
    let angle = PI * (2 * part + 1) as f64 / (2 * order) as f64;
    let (mut n, d) = if is_single {
        ([1.0, 0.0, 0.0], [1.0, 1.0, 0.0])
    } else {
        ([1.0, 0.0, 0.0], [1.0, 2.0 * libm::sin(angle), 1.0])
    };
    if side == Side::High {
        n = if is_single {
            [0.0, 1.0, 0.0]
        } else {
            [0.0, 0.0, 1.0]
        };
    }
    fitted(&Analogue { n, d, frequency_hz }, rate)
}

fn shaped(
    frequency_hz: f64,
    gain_db: f64,
    q: f64,
    rate_hz: u32,
    model: fn(f64, f64, f64) -> Analogue,
) -> Sections {
    let rate = f64::from(rate_hz);
    let frequency_hz = frequency_hz.clamp(1.0, HIGHEST_BAND * rate);
    let a = libm::exp2(gain_db.abs() * (LOG2_10 / 40.0));
    let model = model(a, q.clamp(0.05, 100.0), frequency_hz);
    let has_roots_all_round = model.n.iter().chain(&model.d).all(|c| *c > 0.0);
    let boost = if has_roots_all_round {
        let (n, d) = matched(&model, rate);
        if worst_db(&model, &n, &d, rate) <= CLOSE_DB {
            [section(&n, &d), Biquad::IDENTITY]
        } else {
            fitted(&model, rate)
        }
    } else {
        fitted(&model, rate)
    };
    if gain_db < 0.0 {
        boost.map(|section| inverse(&section))
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

/// Numerator and denominator of the single section: poles by impulse invariance, the numerator meets
/// the model at DC, at the band and near 20 kHz.
fn matched(model: &Analogue, rate: f64) -> (Quadratic, Quadratic) {
    let denominator = quadratic_of(impulse_invariant_poles(model, rate));
    let target = |frequency_hz: f64| {
        model.power(frequency_hz) * weigh(&denominator, &basis(frequency_hz, rate))
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
    let half = 0.5 * (dc.sqrt() + nyquist.sqrt());
    let cross = ((p[1] * u - r[1] * t) / determinant).max(-half * half);
    ([dc, nyquist, cross], denominator)
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

/// Phase of one section in radians at `w` radians per frame, continuous from DC: the roots of a
/// minimum-phase section each turn by less than a right angle.
pub(crate) fn phase(section: &Biquad, w: f64) -> f64 {
    let (c1, s1, c2, s2) = (
        libm::cos(w),
        libm::sin(w),
        libm::cos(2.0 * w),
        libm::sin(2.0 * w),
    );
    let turn = |c: [f64; 3]| libm::atan2(-(c[1] * s1 + c[2] * s2), c[0] + c[1] * c1 + c[2] * c2);
    turn(section.b) - turn([1.0, section.a[0], section.a[1]])
}
