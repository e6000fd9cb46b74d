//! Brings a stream down to a lower rate, for what happens in the low frequencies.

use std::f64::consts::PI;

use crate::true_peak::kernel;

/// 60 dB.
const KAISER_BETA: f64 = 5.65;

/// A low pass that keeps one sample in `factor`.
#[derive(Clone, Debug)]
pub(crate) struct Decimator {
    factor: usize,
    taps: Vec<f64>,
    pending: Vec<f64>,
    /// Samples of `pending` that are behind the next output's window.
    passed: usize,
}

impl Decimator {
    /// Passes up to `pass` and stops from `stop` on, both as shares of the incoming rate.
    ///
    /// A sinc in Kaiser's window, by whose formula it is as long as 60 dB of attenuation ask for.
    pub(crate) fn new(factor: usize, pass: f64, stop: f64) -> Self {
        let length = (52.0 / (2.285 * 2.0 * PI * (stop - pass)) + 2.0) as usize;
        let (cutoff, middle) = (pass + stop, (length - 1) as f64 / 2.0);
        let mut taps: Vec<f64> = (0..length)
            .map(|n| cutoff * (n as f64 - middle))
            .map(|t| kernel(t, cutoff * (middle + 0.5), KAISER_BETA))
            .collect();
        let sum: f64 = taps.iter().sum();
        for tap in &mut taps {
            *tap /= sum;
        }
        Self {
            factor,
            taps,
            pending: Vec::new(),
            passed: 0,
        }
    }

    /// Takes samples and appends what they come to.
    pub(crate) fn feed(&mut self, samples: &[f64], out: &mut Vec<f64>) {
        self.pending.extend_from_slice(samples);
        while self.passed + self.taps.len() <= self.pending.len() {
            let part = &self.pending[self.passed..self.passed + self.taps.len()];
            out.push(dot(&self.taps, part));
            self.passed += self.factor;
        }
        let gone = self.passed.min(self.pending.len());
        self.pending.drain(..gone);
        self.passed -= gone;
    }
}

/// Four running sums, so that the additions do not wait for each other; the order is fixed.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sum = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = (a4.remainder().iter().zip(b4.remainder()))
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a4.zip(b4) {
        for lane in 0..4 {
            sum[lane] += x[lane] * y[lane];
        }
    }
    (sum[0] + sum[1]) + (sum[2] + sum[3]) + rest
}
