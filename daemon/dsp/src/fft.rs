use core::f64::consts::PI;

use crate::lanes::Kernels;
use crate::window::hann;
use crate::windows::HalfWindows;

/// A complex Fourier transform of a fixed power-of-two length, radix 2, split into real and
/// imaginary parts, in place.
#[derive(Debug, Clone)]
pub struct Fft {
    length: usize,
    kernels: Kernels,
    /// Pairs of places that change with each other before the first stage.
    swaps: Vec<[u32; 2]>,
    /// Of one stage after the other: 1, 2, 4, ... up to half the length.
    cosines: Vec<f64>,
    sines: Vec<f64>,
}

impl Fft {
    /// A transform of `2^exponent` points; the exponent is 1 to 24.
    pub fn new(exponent: u32) -> Self {
        let length = 1usize << exponent.clamp(1, 24);
        let angle = |k: usize| 2.0 * PI * k as f64 / length as f64;
        let turns: Vec<(f64, f64)> = (0..length / 2)
            .map(|k| (libm::cos(angle(k)), -libm::sin(angle(k))))
            .collect();
        let halves = (0..length.trailing_zeros()).map(|stage| 1usize << stage);
        let (cosines, sines) = halves
            .flat_map(|half| (0..half).map(move |k| k * (length / (2 * half))))
            .map(|k| turns[k])
            .unzip();
        let shift = usize::BITS - length.trailing_zeros();
        let pairs = (0..length).map(|i| [i, i.reverse_bits() >> shift]);
        let swaps = pairs
            .filter(|[i, j]| i < j)
            .map(|pair| pair.map(|i| u32::try_from(i).unwrap_or(u32::MAX)));
        Self {
            length,
            kernels: Kernels::for_this_cpu(),
            swaps: swaps.collect(),
            cosines,
            sines,
        }
    }

    /// Number of points.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Transforms in place, unscaled. Both parts have the transform's length.
    pub fn forward(&self, re: &mut [f64], im: &mut [f64]) {
        assert!(
            re.len() == self.length && im.len() == self.length,
            "a transform has one length"
        );
        self.reorder(re, im);
        for stage in 0..self.stages() {
            self.stage(stage, re, im);
        }
    }

    /// Stages after the first one, which reorders: a transform can be spread over time.
    pub(crate) fn stages(&self) -> usize {
        self.length.trailing_zeros() as usize
    }

    /// One stage of a transform; the stages come in order after [`Fft::reorder`].
    pub(crate) fn stage(&self, stage: usize, re: &mut [f64], im: &mut [f64]) {
        let half = 1usize << stage;
        let turns = half - 1..2 * half - 1;
        let turns = [&self.cosines[turns.clone()], &self.sines[turns]];
        (self.kernels.butterflies)(turns, re, im);
    }

    /// Begins a transform.
    pub(crate) fn reorder(&self, re: &mut [f64], im: &mut [f64]) {
        for part in [re, im] {
            for pair in &self.swaps {
                let [i, j] = pair.map(|i| i as usize);
                part.swap(i, j);
            }
        }
    }
}

/// Averages the power spectrum of a stream: Hann windows, half overlapped, channels added up.
#[derive(Debug, Clone)]
pub struct PowerSpectrum {
    fft: Fft,
    window: Vec<f64>,
    cut: HalfWindows,
    re: Vec<f64>,
    im: Vec<f64>,
    power: Vec<f64>,
    windows: u64,
}

impl PowerSpectrum {
    /// An average over transforms of `2^exponent` points of `channels` channels.
    pub fn new(exponent: u32, channels: usize) -> Self {
        let fft = Fft::new(exponent);
        let length = fft.length();
        Self {
            window: (0..length).map(|i| hann(i, length)).collect(),
            cut: HalfWindows::new(length, channels),
            re: vec![0.0; length],
            im: vec![0.0; length],
            power: vec![0.0; length / 2 + 1],
            windows: 0,
            fft,
        }
    }

    /// Takes further samples; samples that are no audio count as silence.
    pub fn feed(&mut self, block: &[&[f64]]) {
        let frames = block.first().map_or(0, |channel| channel.len());
        let mut at = 0;
        while self.cut.fill(block, frames, &mut at) {
            self.transform();
            self.cut.slide();
        }
    }

    fn transform(&mut self) {
        let length = self.fft.length();
        for pair in self.cut.rows().chunks(2) {
            // Two real channels as one complex signal: |Z(k)|² + |Z(−k)|² is twice their sum.
            fill(&mut self.re, Some(&pair[0]), &self.window);
            fill(&mut self.im, pair.get(1), &self.window);
            self.fft.forward(&mut self.re, &mut self.im);
            let square = |k: usize| self.re[k] * self.re[k] + self.im[k] * self.im[k];
            for (k, power) in self.power.iter_mut().enumerate() {
                *power += 0.5 * (square(k % length) + square((length - k) % length));
            }
        }
        self.windows += 1;
    }

    /// Mean power per bin from DC to Nyquist, a full-scale sine on a bin reading 0.5 over its three
    /// bins together; empty when less than one window was fed.
    pub fn mean(&self) -> Vec<f64> {
        if self.windows == 0 {
            return Vec::new();
        }
        let energy: f64 = self.window.iter().map(|w| w * w).sum();
        let scale = 2.0 / (energy * self.fft.length() as f64 * self.windows as f64);
        self.power.iter().map(|p| p * scale).collect()
    }
}

fn fill(part: &mut [f64], channel: Option<&Vec<f64>>, window: &[f64]) {
    let Some(channel) = channel else {
        part.fill(0.0);
        return;
    };
    for ((to, x), w) in part.iter_mut().zip(channel).zip(window) {
        *to = x * w;
    }
}
