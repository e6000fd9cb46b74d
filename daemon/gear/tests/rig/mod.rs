//! Gear of known properties, made by textbook formulas and nothing of the crate's own.

#![allow(dead_code, reason = "each test takes what it needs")]

use std::f64::consts::PI;

/// Noise of a known size, Gaussian enough: the sum of twelve even ones.
pub(crate) struct White(u64);

impl White {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn even(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Of deviation 1.
    pub(crate) fn next(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..200 {
        term *= (x / 2.0 / f64::from(k)).powi(2);
        sum += term;
    }
    sum
}

/// Delays by whole frames and a fraction, with 256 taps of a Kaiser window 120 dB down.
pub(crate) fn delayed(samples: &[f64], frames: f64) -> Vec<f64> {
    let whole = frames.floor() as usize;
    let fraction = frames - frames.floor();
    let mut out = vec![0.0; samples.len()];
    if fraction == 0.0 {
        out[whole..].copy_from_slice(&samples[..samples.len() - whole]);
        return out;
    }
    let tap = |k: i64| {
        let x = k as f64 - fraction;
        let sinc = if x == 0.0 {
            1.0
        } else {
            (PI * x).sin() / (PI * x)
        };
        let window = (1.0 - (x / 129.0).powi(2)).max(0.0).sqrt();
        sinc * bessel_i0(12.3 * window) / bessel_i0(12.3)
    };
    let taps: Vec<f64> = (-127..=128).map(tap).collect();
    for (n, out) in out.iter_mut().enumerate() {
        // y(n) = Σ tap(k) x(n − whole − k)
        let newest = n as i64 - whole as i64 + 127;
        for (i, tap) in taps.iter().enumerate() {
            let at = newest - i as i64;
            if at >= 0 && (at as usize) < samples.len() {
                *out += tap * samples[at as usize];
            }
        }
    }
    out
}

/// A Butterworth low-pass of even order by the bilinear transform.
pub(crate) fn low_pass(samples: &mut [f64], rate: f64, hz: f64, order: u32) {
    for pair in 0..order / 2 {
        let q = 1.0 / (2.0 * ((2 * pair + 1) as f64 * PI / (2.0 * f64::from(order))).cos());
        let w = 2.0 * PI * hz / rate;
        let alpha = w.sin() / (2.0 * q);
        let (b0, b1) = ((1.0 - w.cos()) / 2.0, 1.0 - w.cos());
        biquad(
            samples,
            [b0, b1, b0],
            [1.0 + alpha, -2.0 * w.cos(), 1.0 - alpha],
        );
    }
}

/// A high-pass of second order, as a transformer or a pair of capacitors makes it.
pub(crate) fn high_pass(samples: &mut [f64], rate: f64, hz: f64) {
    let w = 2.0 * PI * hz / rate;
    let alpha = w.sin() / std::f64::consts::SQRT_2;
    let (b0, b1) = ((1.0 + w.cos()) / 2.0, -1.0 - w.cos());
    biquad(
        samples,
        [b0, b1, b0],
        [1.0 + alpha, -2.0 * w.cos(), 1.0 - alpha],
    );
}

/// A bell; returns its gain in dB at a frequency.
pub(crate) fn bell(
    samples: &mut [f64],
    rate: f64,
    (hz, gain_db, q): (f64, f64, f64),
) -> impl Fn(f64) -> f64 + use<> {
    let w = 2.0 * PI * hz / rate;
    let (a, alpha) = (10_f64.powf(gain_db / 40.0), w.sin() / (2.0 * q));
    let b = [1.0 + alpha * a, -2.0 * w.cos(), 1.0 - alpha * a];
    let d = [1.0 + alpha / a, -2.0 * w.cos(), 1.0 - alpha / a];
    biquad(samples, b, d);
    move |hz| {
        let w = 2.0 * PI * hz / rate;
        let size = |c: [f64; 3]| {
            let re = c[0] + c[1] * w.cos() + c[2] * (2.0 * w).cos();
            let im = c[1] * w.sin() + c[2] * (2.0 * w).sin();
            re * re + im * im
        };
        10.0 * (size(b) / size(d)).log10()
    }
}

pub(crate) fn biquad(samples: &mut [f64], b: [f64; 3], a: [f64; 3]) {
    let (mut s1, mut s2) = (0.0, 0.0);
    for x in samples {
        let y = b[0] / a[0] * *x + s1;
        s1 = b[1] / a[0] * *x - a[1] / a[0] * y + s2;
        s2 = b[2] / a[0] * *x - a[2] / a[0] * y;
        *x = y;
    }
}

/// Linear-phase low-pass, 511 taps of a Blackman window: it comes 255 frames late.
pub(crate) fn linear_low_pass(samples: &mut [f64], rate: f64, hz: f64) {
    let f = hz / rate;
    let taps: Vec<f64> = (0..511)
        .map(|n| {
            let x = f64::from(n - 255);
            let sinc = if n == 255 {
                2.0 * f
            } else {
                (2.0 * PI * f * x).sin() / (PI * x)
            };
            let t = 2.0 * PI * (f64::from(n) + 0.5) / 511.0;
            sinc * (0.42 - 0.5 * t.cos() + 0.08 * (2.0 * t).cos())
        })
        .collect();
    let past = samples.to_vec();
    for (n, y) in samples.iter_mut().enumerate() {
        *y = taps
            .iter()
            .enumerate()
            .filter(|(k, _)| *k <= n)
            .map(|(k, tap)| tap * past[n - k])
            .sum();
    }
}

/// A compressor of 4:1 whose detector follows the rectified signal; `over_db` above its threshold it takes
/// three quarters of that away.
pub(crate) fn compressor(samples: &mut [f64], rate: f64, threshold_db: f64) {
    let (rise, fall) = ((-1.0 / (0.01 * rate)).exp(), (-1.0 / (0.15 * rate)).exp());
    let mut level = 0.0_f64;
    for x in samples {
        let size = x.abs();
        let pace = if size > level { rise } else { fall };
        level = pace * level + (1.0 - pace) * size;
        let over = 20.0 * level.max(1e-9).log10() - threshold_db;
        *x *= 10_f64.powf(-0.75 * over.max(0.0) / 20.0);
    }
}

/// Adds noise this far below full scale.
pub(crate) fn add_noise(samples: &mut [f64], rms_dbfs: f64, seed: u64) {
    let (size, mut white) = (10_f64.powf(rms_dbfs / 20.0), White::new(seed));
    samples.iter_mut().for_each(|x| *x += size * white.next());
}
