//! The phase that belongs to a magnitude where nothing is later than it must be.

use core::f64::consts::{FRAC_PI_2, PI};

use crate::complex::{Spectrum, Transform};

/// A magnitude known over part of the spectrum, and how it goes on beyond.
#[derive(Clone, Debug)]
pub(crate) struct Magnitude {
    /// Natural logarithm of the magnitude, from zero to half the rate; only `known` counts.
    pub(crate) log: Vec<f64>,
    /// First and last known place.
    pub(crate) known: [usize; 2],
    /// Order of the rise at the low end: 1 for one capacitor in series.
    pub(crate) low_order: f64,
    /// Order of the fall at the high end.
    pub(crate) high_order: f64,
    /// What is added to the logarithm beyond the last known place.
    pub(crate) beyond: f64,
}

impl Magnitude {
    /// Half the angle of a place of the spectrum.
    fn half_angle(&self, bin: usize) -> f64 {
        FRAC_PI_2 * bin as f64 / (self.log.len() - 1) as f64
    }

    /// Natural logarithm of the analogue frequency that the bilinear transform brings to this place.
    fn warped(&self, bin: usize) -> f64 {
        libm::log(libm::tan(self.half_angle(bin)))
    }

    /// Takes the orders from the slopes over the outermost parts that are known.
    ///
    /// Against the warped frequency, filters made by the bilinear transform fall in straight lines to the very end.
    pub(crate) fn with_slopes(mut self) -> Self {
        let [low, high] = self.known;
        let low_end = (low + low / 2).min(high);
        let high_start = ((high as f64 / 1.12) as usize).max(low);
        self.low_order = settled(self.slope(low, low_end), 4.0);
        self.high_order = settled(-self.slope(high_start, high), 24.0);
        self
    }

    /// Least-squares slope of the logarithm against the warped frequency.
    fn slope(&self, from: usize, to: usize) -> f64 {
        if to < from + 2 {
            return 0.0;
        }
        let count = (to - from + 1) as f64;
        let points = || (from..=to).map(|k| (self.warped(k), self.log[k]));
        let (sum_x, sum_y) = points().fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        let (mid_x, mid_y) = (sum_x / count, sum_y / count);
        let (xy, xx) = points().fold((0.0, 0.0), |s, (x, y)| {
            (
                s.0 + (x - mid_x) * (y - mid_y),
                s.1 + (x - mid_x) * (x - mid_x),
            )
        });
        if xx > 0.0 { xy / xx } else { 0.0 }
    }

    /// The phase in radians, from zero to half the rate (A. Oppenheim, R. Schafer, "Discrete-Time Signal
    /// Processing", 13.5: the cepstrum folded to positive times).
    ///
    /// Zeros at either end of the spectrum have a logarithm without end; they are taken out first, and their known
    /// phase added last.
    pub(crate) fn phase(&self) -> Vec<f64> {
        let half = self.log.len() - 1;
        let [low, high] = self.known;
        let (rise, fall) = (self.low_order, self.high_order);
        let mut rest = Spectrum::zero(2 * half);
        for bin in 0..=half {
            let (sine, cosine) = (
                libm::log(libm::sin(self.half_angle(bin))),
                libm::log(libm::cos(self.half_angle(bin))),
            );
            let value = if bin < low {
                // rise · (ln tan − ln sin) is finite down to zero hertz.
                let tail = if bin == 0 { 0.0 } else { -cosine };
                self.log[low] - rise * self.warped(low) + rise * tail
                    - if bin == 0 { 0.0 } else { fall * cosine }
            } else if bin > high {
                let tail = if bin == half { 0.0 } else { -sine };
                self.log[high] + self.beyond + fall * self.warped(high) + fall * tail
                    - if bin == half { 0.0 } else { rise * sine }
            } else {
                self.log[bin] - fall * cosine - rise * sine
            };
            rest.set(bin, (value, 0.0));
        }
        let transform = Transform::holding(2 * half);
        let mut cepstrum = transform.inverse(rest);
        for (n, x) in cepstrum.iter_mut().enumerate() {
            *x *= match n {
                n if n == 0 || n == half => 1.0,
                n if n < half => 2.0,
                _ => 0.0,
            };
        }
        let mut phase = transform.forward(&cepstrum).im;
        phase.truncate(half + 1);
        for (bin, phase) in phase.iter_mut().enumerate() {
            let omega = PI * bin as f64 / half as f64;
            *phase += rise * 0.5 * (PI - omega) - fall * 0.5 * omega;
        }
        phase
    }
}

/// An order that can be: flat where it is all but flat, never rising outwards.
fn settled(order: f64, most: f64) -> f64 {
    if order < 0.002 { 0.0 } else { order.min(most) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Butterworth low-pass by the bilinear transform has its phase in closed form: one angle a pole.
    #[test]
    fn the_phase_of_known_filters_is_found_from_their_magnitude() {
        let half = 32_768;
        let corner = libm::tan(PI * 9_000.0 / 48_000.0);
        for order in [1_i32, 2, 5, 8] {
            let analogue = |bin: usize| libm::tan(FRAC_PI_2 * bin as f64 / half as f64) / corner;
            let log =
                |bin: usize| -0.5 * libm::log1p(libm::pow(analogue(bin), f64::from(2 * order)));
            let magnitude = Magnitude {
                log: (0..=half).map(log).collect(),
                known: [20, 26_000],
                low_order: 0.0,
                high_order: 0.0,
                beyond: 0.0,
            };
            let magnitude = magnitude.with_slopes();
            let phase = magnitude.phase();
            // s/ωc = jΩ, poles at e^(jθ), θ = π/2 + π(2k+1)/2n.
            let exact = |bin: usize| -> f64 {
                let poles = (0..order).map(|k| {
                    let theta = FRAC_PI_2 + PI * f64::from(2 * k + 1) / f64::from(2 * order);
                    libm::atan2(analogue(bin) - libm::sin(theta), -libm::cos(theta))
                        - libm::atan2(-libm::sin(theta), -libm::cos(theta))
                });
                -poles.sum::<f64>()
            };
            for bin in [100, 2_000, 8_000, 12_000, 20_000] {
                let error = phase[bin] - exact(bin);
                assert!(
                    error.abs() < 0.025 * f64::from(order),
                    "{order} {bin}: {error}"
                );
            }
        }
    }

    #[test]
    fn a_capacitor_in_series_turns_the_phase_by_a_quarter() {
        let half = 32_768;
        let analogue = |bin: usize| libm::tan(FRAC_PI_2 * bin as f64 / half as f64);
        let corner = analogue(60);
        let log = |bin: usize| {
            let x = analogue(bin.max(1)) / corner;
            libm::log(x) - 0.5 * libm::log1p(x * x)
        };
        let magnitude = Magnitude {
            log: (0..=half).map(log).collect(),
            known: [8, 27_000],
            low_order: 0.0,
            high_order: 0.0,
            beyond: 0.0,
        };
        let phase = magnitude.with_slopes().phase();
        for bin in [10, 60, 200, 2_000] {
            let exact = FRAC_PI_2 - libm::atan(analogue(bin) / corner);
            assert!(
                (phase[bin] - exact).abs() < 0.02,
                "{bin}: {} {exact}",
                phase[bin]
            );
        }
    }
}
