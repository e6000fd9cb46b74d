//! Faults to plant into music, at known places and of known severity.

use std::f64::consts::PI;

/// A hum of the mains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hum<'a> {
    pub(crate) rate_hz: f64,
    pub(crate) fundamental_hz: f64,
    /// Level of each harmonic in dBFS, from the fundamental up; a sine at full scale is 0.
    pub(crate) levels_dbfs: &'a [f64],
    /// Depth of a slow wander of the frequency, as of a tape: 0.001 is 0.1 %.
    pub(crate) drift: f64,
}

impl Hum<'_> {
    pub(crate) fn into_channel(self, samples: &mut [f64]) {
        for (k, level) in (1..).zip(self.levels_dbfs) {
            let amplitude = 10_f64.powf(level / 20.0);
            let mut phase = f64::from(k) * 1.7;
            for (n, v) in samples.iter_mut().enumerate() {
                *v += amplitude * phase.sin();
                let wander = self.drift * (2.0 * PI * n as f64 / self.rate_hz / 9.0).sin();
                let hz = f64::from(k) * self.fundamental_hz * (1.0 + wander);
                phase += 2.0 * PI * hz / self.rate_hz;
            }
        }
    }
}

/// Plays a block again right after itself, so many times, instead of what follows.
pub(crate) fn play_again(samples: &mut [f64], at: usize, frames: usize, times: usize) {
    for time in 0..times {
        samples.copy_within(at - frames..at, at + time * frames);
    }
}

/// The same, but what follows comes later; the length grows.
pub(crate) fn insert_again(samples: &mut Vec<f64>, at: usize, frames: usize) {
    let block = samples[at - frames..at].to_vec();
    samples.splice(at..at, block);
}

/// Delays a channel by any number of frames, with a long windowed sinc.
pub(crate) fn delay(samples: &[f64], frames: f64) -> Vec<f64> {
    const HALF: i64 = 64;
    let whole = frames.floor();
    let rest = frames - whole;
    let taps: Vec<f64> = (-HALF + 1..=HALF)
        .map(|k| k as f64 - rest)
        .map(|t| {
            let window = (PI * t / (2.0 * HALF as f64)).cos().max(0.0).powi(2);
            let sinc = if t == 0.0 {
                1.0
            } else {
                (PI * t).sin() / (PI * t)
            };
            sinc * window
        })
        .collect();
    (0..samples.len() as i64)
        .map(|n| {
            (-HALF + 1..=HALF)
                .zip(&taps)
                .filter_map(|(k, tap)| {
                    let from = usize::try_from(n - whole as i64 - k).ok()?;
                    Some(samples.get(from)? * tap)
                })
                .sum()
        })
        .collect()
}
