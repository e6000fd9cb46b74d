//! A recording read at another pace: what a second clock did is undone before anything is measured.

use core::f64::consts::PI;

use dsp::kaiser;

/// Neighbours of a place that take part in its value.
const TAPS: usize = 64;
/// Steps of the window's table for each neighbour.
const STEPS: usize = 256;
/// 110 dB down beyond the transition (J. F. Kaiser's formula).
const BETA: f64 = 11.16;

/// The signal at frame `n · (1 + by_ppm / 10⁶)` for each `n`; silence beyond both ends.
pub(crate) fn retimed(samples: &[f64], by_ppm: f64) -> Vec<f64> {
    let half = TAPS as f64 / 2.0;
    let places = TAPS * STEPS;
    let window: Vec<f64> = (0..=places + 1)
        .map(|i| kaiser(i as f64 / (places as f64 / 2.0) - 1.0, BETA))
        .collect();
    let value = |n: usize| {
        let at = n as f64 * (1.0 + by_ppm * 1e-6);
        let whole = at.floor();
        let fraction = at - whole;
        let first = whole as i64 - TAPS as i64 / 2 + 1;
        if fraction == 0.0 {
            return samples.get(whole as usize).copied().unwrap_or(0.0);
        }
        let sine = libm::sin(PI * fraction);
        let mut sum = 0.0;
        for k in 0..TAPS {
            let Ok(index) = usize::try_from(first + k as i64) else {
                continue;
            };
            let Some(x) = samples.get(index) else { break };
            // Distance of the place from this neighbour.
            let distance = fraction + half - 1.0 - k as f64;
            let sign = if (k + TAPS / 2 + 1).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            };
            let place = (distance + half) * STEPS as f64;
            let cell = place as usize;
            let part = place - cell as f64;
            let weight = window[cell] + part * (window[cell + 1] - window[cell]);
            sum += x * sign * sine / (PI * distance) * weight;
        }
        sum
    };
    (0..samples.len()).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_shape_and_gets_its_pace() {
        let tone: Vec<f64> = (0..40_000).map(|n| libm::sin(0.9 * f64::from(n))).collect();
        let back = retimed(&tone, -123.0);
        for n in [100, 5_000, 39_000] {
            let exact = libm::sin(0.9 * n as f64 * (1.0 - 123e-6));
            assert!((back[n] - exact).abs() < 3e-5, "{n}");
        }
    }
}
