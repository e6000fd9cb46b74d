//! How late gear is: what remains of its phase when what its magnitude asks for is taken away.

use core::f64::consts::TAU;

use serde::{Deserialize, Serialize};

use crate::complex::{Spectrum, Transform, power, times, turn};
use crate::impulse::PLACES;
use crate::minimum_phase::Magnitude;

/// Neighbouring places say the same: the answer is windowed to a third of the transform.
const STEP: usize = 3;
/// Power of what no place shows, against the loudest: there stand the sides of the window and the sweep's end.
const UNDER: f64 = 3e-8;
/// Beyond this many times the noise's power a place counts no more: then it is not noise that spoils it.
const MOST_WEIGHT: f64 = 1e7;
/// A place that is used stands above the noise by this power ratio.
const ABOVE_NOISE: f64 = 10.0;
/// The phase is read from this many times the lowest frequency on: there what lies below bends it simply.
const FROM_LOW: usize = 5;
/// Where the end of the band lies this far below its middle (nepers, 6 dB), the order of the fall is fitted to
/// the phase too.
const FALLS: f64 = 0.7;

/// What the phase of a path is made of besides its delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// The phase that its magnitude asks for, as analogue circuits have.
    Minimum,
    /// None, as linear-phase filters have.
    Linear,
}

/// Whether a positive voltage comes back as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// As it was sent.
    Kept,
    /// Turned over.
    Inverted,
}

/// The pure delay of a path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PureDelay {
    /// Frames after the origin.
    pub(crate) frames: f64,
    pub(crate) polarity: Polarity,
    pub(crate) kind: PhaseKind,
    /// What neither delay nor kind explains, root mean square in radians.
    pub(crate) residual_rad: f64,
    /// The band it was read from, in places of the spectrum.
    pub(crate) band: [usize; 2],
}

/// Finds the pure delay of a transfer function within a band of places; `noise` is the power of its scatter at
/// each place. `None` where too little stands above the noise.
pub(crate) fn pure_delay(h: &Spectrum, noise: &[f64], band: [usize; 2]) -> Option<PureDelay> {
    let loudest = (0..=PLACES / 2).fold(0.0, |a: f64, bin| a.max(power(h.at(bin))));
    let limits: Vec<f64> = noise.iter().map(|noise| noise + UNDER * loudest).collect();
    let (magnitude, band) = magnitude(h, (noise, &limits), band)?;
    let fit = Fit::new(h, &limits, [FROM_LOW * band[0], band[1]]);
    let phase = magnitude.phase();
    let less_phase = |other: Magnitude| -> Vec<f64> {
        let other = other.phase();
        other.iter().zip(&phase).map(|(a, b)| a - b).collect()
    };
    // What lies below the band turns the phase in it too, and nobody has seen it.
    let below = Shape {
        phase: less_phase(Magnitude {
            low_order: magnitude.low_order + 1.0,
            ..magnitude.clone()
        }),
        scatter: 1.0,
    };
    let middle = magnitude.log[(band[0] + band[1]) / 3];
    let mut shapes = vec![below];
    if middle - magnitude.log[band[1]] > FALLS {
        shapes.push(Shape {
            phase: less_phase(Magnitude {
                high_order: magnitude.high_order + 1.0,
                ..magnitude.clone()
            }),
            scatter: 0.05 * magnitude.high_order + 0.02,
        });
        shapes.push(Shape {
            phase: less_phase(Magnitude {
                beyond: 1.0,
                ..magnitude.clone()
            }),
            scatter: 0.03,
        });
    }
    let minimum = fit.solve(&phase, &shapes);
    let linear = fit.solve(&vec![0.0; phase.len()], &shapes[..1]);
    // A path that is flat is both; then the first has the word.
    let kind = if linear.residual_rad < 0.7 * minimum.residual_rad {
        PhaseKind::Linear
    } else {
        PhaseKind::Minimum
    };
    let of = match kind {
        PhaseKind::Minimum => minimum,
        PhaseKind::Linear => linear,
    };
    Some(PureDelay {
        frames: of.frames,
        polarity: of.polarity,
        kind,
        residual_rad: of.residual_rad,
        band,
    })
}

/// The magnitude over as much of the band as stands above the noise.
fn magnitude(
    h: &Spectrum,
    (noise, limits): (&[f64], &[f64]),
    band: [usize; 2],
) -> Option<(Magnitude, [usize; 2])> {
    let mut sums = vec![0.0; PLACES / 2 + 2];
    for bin in 0..=PLACES / 2 {
        sums[bin + 1] = sums[bin] + power(h.at(bin)) - noise[bin];
    }
    // Little enough that a steep fall stays straight over it.
    let smooth = |bin: usize| {
        let wide = bin / 400;
        let (from, to) = (bin - wide, (bin + wide).min(PLACES / 2));
        (sums[to + 1] - sums[from]) / (to + 1 - from) as f64
    };
    let stands = |bin: usize| smooth(bin) > ABOVE_NOISE * limits[bin];
    let best = (band[0]..=band[1])
        .filter(|bin| stands(*bin))
        .max_by(|a, b| {
            // Fractions of the noise first, and of two alike the lower one.
            let ratio = |bin: usize| smooth(bin) / limits[bin];
            ratio(*a).total_cmp(&ratio(*b)).then(b.cmp(a))
        })?;
    let low = (band[0]..=best).rev().take_while(|b| stands(*b)).last()?;
    let high = (best..=band[1]).take_while(|b| stands(*b)).last()?;
    if high < 4 * FROM_LOW * low {
        return None;
    }
    let log = |bin: usize| 0.5 * libm::log(smooth(bin).max(f64::MIN_POSITIVE));
    let magnitude = Magnitude {
        log: (0..=PLACES / 2).map(log).collect(),
        known: [low, high],
        low_order: 0.0,
        high_order: 0.0,
        beyond: 0.0,
    };
    Some((magnitude.with_slopes(), [low, high]))
}

/// Values of one place that take part.
#[derive(Clone, Copy)]
struct Place {
    bin: usize,
    omega: f64,
    /// Of size 1.
    direction: (f64, f64),
    weight: f64,
}

struct Fit {
    places: Vec<Place>,
}

/// A bend of the phase that may be there in any size.
struct Shape {
    /// In radians for size 1, from zero to half the rate.
    phase: Vec<f64>,
    /// Scatter that its size is expected to have.
    scatter: f64,
}

/// Linear equations solved by elimination, the right-hand side in the last column; they are positive definite.
fn solved(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let count = rows.len();
    for i in 0..count {
        let pivot = rows[i].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(k, _)| *k != i) {
            let by = row[i] / pivot[i];
            for (x, p) in row.iter_mut().zip(&pivot) {
                *x -= by * p;
            }
        }
    }
    let values = rows.iter().enumerate().map(|(i, row)| row[count] / row[i]);
    values
        .map(|x| if x.is_finite() { x } else { 0.0 })
        .collect()
}

struct Solved {
    frames: f64,
    polarity: Polarity,
    residual_rad: f64,
}

impl Fit {
    fn new(h: &Spectrum, noise: &[f64], [low, high]: [usize; 2]) -> Self {
        let place = |bin: usize| {
            let value = h.at(bin);
            let size = power(value).sqrt().max(f64::MIN_POSITIVE);
            let ratio = power(value) / noise[bin].max(f64::MIN_POSITIVE);
            Place {
                bin,
                omega: TAU * bin as f64 / PLACES as f64,
                direction: (value.0 / size, value.1 / size),
                weight: ratio.min(MOST_WEIGHT),
            }
        };
        Self {
            places: (low..=high).map(place).collect(),
        }
    }

    /// The straight line through the phase less `taken`, and of each shape as much as fits.
    fn solve(&self, taken: &[f64], shapes: &[Shape]) -> Solved {
        let (mut frames, sign) = self.coarse(taken);
        let mut sizes = vec![0.0; shapes.len()];
        let left = |place: &Place, frames: f64, sizes: &[f64]| {
            let bent: f64 = shapes
                .iter()
                .zip(sizes)
                .map(|(shape, size)| size * shape.phase[place.bin])
                .sum();
            let by = place.omega * frames - taken[place.bin] - bent;
            let (re, im) = times(place.direction, turn(by));
            libm::atan2(sign * im, sign * re)
        };
        for _ in 0..6 {
            // Left over = −ω·a + shapes·b, least squares over a and b; the last column is what is left.
            let mut rows = vec![vec![0.0; shapes.len() + 2]; shapes.len() + 1];
            for (k, (shape, size)) in shapes.iter().zip(&sizes).enumerate() {
                let expected = 1.0 / (shape.scatter * shape.scatter);
                rows[k + 1][k + 1] = expected;
                rows[k + 1][shapes.len() + 1] = -expected * size;
            }
            for place in self.places.iter().step_by(STEP) {
                let r = left(place, frames, &sizes);
                let column = |k: usize| match k {
                    0 => -place.omega,
                    k if k <= shapes.len() => shapes[k - 1].phase[place.bin],
                    _ => r,
                };
                for (i, row) in rows.iter_mut().enumerate() {
                    for (j, sum) in row.iter_mut().enumerate() {
                        *sum += place.weight * column(i) * column(j);
                    }
                }
            }
            let steps = solved(rows);
            frames += steps[0];
            sizes
                .iter_mut()
                .zip(&steps[1..])
                .for_each(|(size, step)| *size += step);
        }
        let (squares, weights) = self
            .places
            .iter()
            .step_by(STEP)
            .fold((0.0, 0.0), |s, place| {
                let r = left(place, frames, &sizes);
                // What the noise does not explain is not weighed by it.
                let weight = place.weight.min(1e3);
                (s.0 + weight * r * r, s.1 + weight)
            });
        Solved {
            frames,
            polarity: if sign < 0.0 {
                Polarity::Inverted
            } else {
                Polarity::Kept
            },
            residual_rad: (squares / weights).sqrt(),
        }
    }

    /// The delay within a twentieth of a frame, and the sign: where the places agree most.
    fn coarse(&self, taken: &[f64]) -> (f64, f64) {
        let mut flat = Spectrum::zero(PLACES);
        for place in &self.places {
            let value = times(place.direction, turn(-taken[place.bin]));
            flat.set(place.bin, value);
        }
        let pulse = Transform::holding(PLACES).inverse(flat);
        let (peak, _) = pulse.iter().enumerate().fold((0, 0.0), |best, (n, x)| {
            if x.abs() > best.1 { (n, x.abs()) } else { best }
        });
        let peak = if peak > PLACES / 2 {
            peak as f64 - PLACES as f64
        } else {
            peak as f64
        };
        let agree = |frames: f64| -> f64 {
            let real = self.places.iter().step_by(4 * STEP).map(|place| {
                let (re, _) = times(
                    place.direction,
                    turn(place.omega * frames - taken[place.bin]),
                );
                place.weight.min(100.0) * re
            });
            real.sum()
        };
        let candidates = (-30..=30).map(|n| peak + 0.05 * f64::from(n));
        let (frames, agreed) = candidates.fold((peak, 0.0), |best: (f64, f64), frames| {
            let agreed = agree(frames);
            if agreed.abs() > best.1.abs() {
                (frames, agreed)
            } else {
                best
            }
        });
        (frames, if agreed < 0.0 { -1.0 } else { 1.0 })
    }
}
