//! One channel of the loopback engine.

use std::f64::consts::PI;

use crate::loopback::{LoopbackChannel, LoopbackSettings};

/// Neighbours that a place between two frames is read from.
const TAPS: usize = 128;
/// Places of the window's table for each neighbour.
const STEPS: usize = 128;
/// Kaiser's β for 110 dB.
const BETA: f64 = 11.16;
/// Longest delay in frames.
const LONGEST: f64 = 4_194_304.0;

#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The newest frames that went in.
    past: Vec<f64>,
    /// Where the next one goes.
    at: usize,
    /// Frames since the beginning.
    frame: u64,
    delay: f64,
    /// Delay added with each frame.
    drift: f64,
    /// Furthest that drift may carry the delay, either way.
    room: f64,
    window: Vec<f64>,
    taps: Vec<f64>,
    second: f64,
    third: f64,
    gain: f64,
    noise: f64,
    state: u64,
}

impl Line {
    pub(crate) fn new(
        channel: &LoopbackChannel,
        settings: &LoopbackSettings,
        index: usize,
    ) -> Self {
        let delay = if channel.delay_frames.is_finite() {
            channel.delay_frames.clamp(0.0, LONGEST)
        } else {
            0.0
        };
        let drift = settings.drift_ppm * 1e-6;
        let room = if drift == 0.0 {
            0.0
        } else {
            f64::from(settings.rate_hz)
        };
        let places = TAPS * STEPS;
        let window = (0..=places + 1)
            .map(|i| dsp::kaiser(i as f64 / (places as f64 / 2.0) - 1.0, BETA))
            .collect();
        let sign = if channel.is_inverted { -1.0 } else { 1.0 };
        // Weyl's constant parts the channels' seeds.
        let seed = settings.seed ^ (index as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut line = Self {
            past: vec![0.0; (delay + room) as usize + TAPS + 2],
            at: 0,
            frame: 0,
            delay,
            drift,
            room,
            window,
            taps: vec![0.0; TAPS],
            second: channel.second,
            third: channel.third,
            gain: sign * dsp::db_to_gain(channel.gain_db),
            noise: channel.noise_dbfs.map_or(0.0, dsp::db_to_gain),
            state: seed,
        };
        line.reset();
        line
    }

    /// Real-time.
    pub(crate) fn reset(&mut self) {
        self.past.fill(0.0);
        (self.at, self.frame) = (0, 0);
        if self.drift == 0.0 {
            self.aim(self.delay.fract());
        }
    }

    /// Real-time: takes a sample and gives the one that comes back with it.
    pub(crate) fn next(&mut self, sent: f64) -> f64 {
        self.past[self.at] = sent;
        let late = if self.drift == 0.0 {
            self.delay
        } else {
            let wandered = (self.drift * self.frame as f64).clamp(-self.room, self.room);
            (self.delay + wandered).max(0.0)
        };
        let fraction = late.fract();
        let x = if fraction == 0.0 {
            self.ago(late as usize)
        } else {
            if self.drift != 0.0 {
                self.aim(fraction);
            }
            self.between(late as usize)
        };
        self.at = if self.at + 1 < self.past.len() {
            self.at + 1
        } else {
            0
        };
        self.frame += 1;
        let bent = x + self.second * x * x + self.third * x * x * x;
        if self.noise == 0.0 {
            return self.gain * bent;
        }
        self.gain * bent + self.noise * self.white()
    }

    fn ago(&self, frames: usize) -> f64 {
        let length = self.past.len();
        let place = self.at + length - frames.min(length - 1);
        self.past[if place < length {
            place
        } else {
            place - length
        }]
    }

    /// The taps for a place this part of a frame earlier than a whole one.
    fn aim(&mut self, fraction: f64) {
        let half = TAPS as f64 / 2.0;
        let sine = libm::sin(PI * fraction);
        for (k, tap) in self.taps.iter_mut().enumerate() {
            // Distance from the neighbour that is k − 63 frames older than the whole delay.
            let distance = k as f64 - (half - 1.0) - fraction;
            let place = (distance + half) * STEPS as f64;
            let cell = place as usize;
            let part = place - cell as f64;
            let weight = self.window[cell] + part * (self.window[cell + 1] - self.window[cell]);
            let sign = if (k + TAPS / 2).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            };
            *tap = sign * sine / (PI * distance) * weight;
        }
    }

    fn between(&self, whole: usize) -> f64 {
        // What has not come yet is silence: nothing is read ahead of the newest frame.
        let first = whole as i64 - (TAPS as i64 / 2 - 1);
        let mut sum = 0.0;
        for (k, tap) in self.taps.iter().enumerate() {
            if let Ok(ago) = usize::try_from(first + k as i64) {
                sum += tap * self.ago(ago);
            }
        }
        sum
    }

    /// Noise of deviation 1, near enough to Gaussian: the sum of twelve even ones.
    fn white(&mut self) -> f64 {
        let mut sum = -6.0;
        for _ in 0..12 {
            // SplitMix64 (Steele, Lea, Flood, 2014).
            self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            sum += ((z ^ (z >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0;
        }
        sum
    }
}
