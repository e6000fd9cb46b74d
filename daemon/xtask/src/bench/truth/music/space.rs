//! Where the instruments sound: the bus, filters and rooms of any length.

use std::f64::consts::{PI, TAU};

/// Left, right and what goes into the room.
pub(super) struct Bus {
    pub(super) rate: f64,
    pub(super) dry: [Vec<f64>; 2],
    pub(super) send: Vec<f64>,
}

/// Where a sound stands: pan from -1 to 1, and how much of it the room hears.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) pan: f64,
    pub(super) room: f64,
}

impl Bus {
    pub(super) fn new(rate_hz: u32, seconds: f64) -> Self {
        let frames = (seconds * f64::from(rate_hz)) as usize;
        Self {
            rate: f64::from(rate_hz),
            dry: [vec![0.0; frames], vec![0.0; frames]],
            send: vec![0.0; frames],
        }
    }

    /// Plays `seconds` of a sound from `at_seconds` on; `next` is asked for one sample after the other.
    pub(super) fn play(
        &mut self,
        at_seconds: f64,
        seconds: f64,
        place: Place,
        mut next: impl FnMut() -> f64,
    ) {
        let start = (at_seconds.max(0.0) * self.rate) as usize;
        let end = (start + (seconds * self.rate) as usize).min(self.send.len());
        if start >= end {
            return;
        }
        // Constant power: sound in the middle is as loud as at the sides.
        let angle = (place.pan.clamp(-1.0, 1.0) + 1.0) * PI / 4.0;
        let (right, left) = libm::sincos(angle);
        let [l, r] = &mut self.dry;
        for ((l, r), s) in l[start..end]
            .iter_mut()
            .zip(&mut r[start..end])
            .zip(&mut self.send[start..end])
        {
            let v = next();
            *l += v * left;
            *r += v * right;
            *s += v * place.room;
        }
    }
}

/// A one-pole low-pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct OnePole {
    k: f64,
    state: f64,
}

impl OnePole {
    pub(super) fn new(hz: f64, rate: f64) -> Self {
        Self {
            k: 1.0 - libm::exp(-TAU * hz / rate),
            state: 0.0,
        }
    }

    pub(super) fn low(&mut self, x: f64) -> f64 {
        self.state += self.k * (x - self.state);
        self.state
    }

    pub(super) fn high(&mut self, x: f64) -> f64 {
        x - self.low(x)
    }
}

/// A state-variable filter (A. Simper's trapezoidal form): low, band and high at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resonator {
    g: f64,
    k: f64,
    s: [f64; 2],
}

impl Resonator {
    pub(super) fn new(hz: f64, q: f64, rate: f64) -> Self {
        Self {
            g: libm::tan(PI * (hz / rate).min(0.45)),
            k: 1.0 / q,
            s: [0.0; 2],
        }
    }

    /// The same filter going on from where another stands.
    pub(super) fn with_state(mut self, other: &Self) -> Self {
        self.s = other.s;
        self
    }

    /// Low-pass and band-pass of one sample.
    pub(super) fn process(&mut self, x: f64) -> (f64, f64) {
        let a = 1.0 / (1.0 + self.g * (self.g + self.k));
        let v3 = x - self.s[1];
        let band = a * (self.s[0] + self.g * v3);
        let low = self.s[1] + self.g * band;
        self.s = [2.0 * band - self.s[0], 2.0 * low - self.s[1]];
        (low, band)
    }
}

/// Eight delays that feed each other through a Hadamard matrix.
pub(super) struct Room {
    lines: Vec<Vec<f64>>,
    at: [usize; 8],
    gains: [f64; 8],
    damping: f64,
    damped: [f64; 8],
}

impl Room {
    /// `seconds` to fall by 60 dB; `dark` from 0 (bright) to 1.
    pub(super) fn new(rate: f64, seconds: f64, dark: f64) -> Self {
        const LENGTHS: [f64; 8] = [
            0.0297, 0.0371, 0.0411, 0.0437, 0.0531, 0.0613, 0.0683, 0.0767,
        ];
        Self {
            lines: LENGTHS
                .iter()
                .map(|l| vec![0.0; (l * rate) as usize])
                .collect(),
            at: [0; 8],
            gains: LENGTHS.map(|l| libm::exp10(-3.0 * l / seconds)),
            damping: 1.0 - 0.8 * dark,
            damped: [0.0; 8],
        }
    }

    pub(super) fn process(&mut self, sent: f64) -> [f64; 2] {
        for (line, damped) in self.damped.iter_mut().enumerate() {
            let echo = self.lines[line][self.at[line]] * self.gains[line];
            *damped += self.damping * (echo - *damped);
        }
        let mut mixed = self.damped;
        for half in [1, 2, 4] {
            for group in mixed.chunks_exact_mut(2 * half) {
                let (a, b) = group.split_at_mut(half);
                for (a, b) in a.iter_mut().zip(b) {
                    (*a, *b) = (*a + *b, *a - *b);
                }
            }
        }
        let norm = libm::sqrt(1.0 / 8.0);
        for ((line, at), back) in self.lines.iter_mut().zip(&mut self.at).zip(mixed) {
            line[*at] = sent + norm * back;
            *at = (*at + 1) % line.len();
        }
        let d = self.damped;
        [d[0] + d[2] + d[4] + d[6], d[1] + d[3] + d[5] + d[7]].map(|v| 0.5 * v)
    }
}

/// A linear-phase low-pass as steep as a resampler's, by a windowed sinc (Blackman-Harris).
pub(in super::super) fn brickwall(samples: &[f64], rate: f64, hz: f64) -> Vec<f64> {
    let half = 160_usize;
    let taps: Vec<f64> = (0..=2 * half)
        .map(|k| {
            let t = k as f64 - half as f64;
            let x = 2.0 * hz / rate;
            let sinc = if k == half {
                x
            } else {
                libm::sin(PI * x * t) / (PI * t)
            };
            let u = PI * k as f64 / half as f64;
            sinc * (0.358_75 - 0.488_29 * libm::cos(u) + 0.141_28 * libm::cos(2.0 * u)
                - 0.011_68 * libm::cos(3.0 * u))
        })
        .collect();
    let mut padded = vec![0.0; half];
    padded.extend_from_slice(samples);
    padded.resize(samples.len() + 2 * half, 0.0);
    padded
        .windows(2 * half + 1)
        .map(|w| {
            let mut lanes = [0.0; 4];
            for (w, t) in w.chunks(4).zip(taps.chunks(4)) {
                for (lane, (w, t)) in w.iter().zip(t).enumerate() {
                    lanes[lane] += w * t;
                }
            }
            lanes.iter().sum()
        })
        .collect()
}
