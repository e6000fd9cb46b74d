//! Lapped transforms: the frames of 2,048 samples of AAC and Vorbis, at every place they may begin.
//!
//! The transform (J. P. Princen, A. W. Johnson and A. B. Bradley, 1987) of one bin is a sum of a few
//! bins of a Fourier transform of the same length, because its windows are sums of a few sines; and
//! that transform is brought from one place to the next by one turn of each bin. So a look at every
//! place costs little more than a look at one.

use std::f64::consts::PI;

use super::{Emptiness, FARTHEST, sharp, views};
use crate::detect::excerpts::Excerpt;
use crate::fft::Fft;

/// Frames from one transform to the next, and bins.
pub(super) const HOP: usize = 1_024;
const FRAME: usize = 2 * HOP;
const PLACES: usize = HOP + 2 * FARTHEST;
/// Bins that are looked at: 6 to 15 kHz at 48 kHz, where encoders save.
const LOW: usize = 256;
const HIGH: usize = 640;
const BINS: usize = HIGH - LOW;
/// Sines that make up a window; what the others add lies below -75 dB.
const SINES: usize = 5;
/// Bins of the Fourier transform that are needed: the first, and how many.
const FIRST: usize = LOW + 1 - SINES;
const TURNED: usize = BINS + 2 * SINES - 1;

/// Window of a lapped transform, both halves alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    /// A half sine: AAC.
    Sine,
    /// Derived from a Kaiser-Bessel window of 4 (ISO/IEC 14496-3, 4.6.11.3.2): AAC.
    Kaiser,
    /// The power-complementary one of the Vorbis I specification, 1.3.2.
    Vorbis,
}

impl Window {
    fn shape(self) -> Vec<f64> {
        let half = |n: usize| PI * (n as f64 + 0.5) / FRAME as f64;
        match self {
            Self::Sine => (0..FRAME).map(|n| libm::sin(half(n))).collect(),
            Self::Vorbis => (0..FRAME)
                .map(|n| {
                    let s = libm::sin(half(n));
                    libm::sin(PI / 2.0 * s * s)
                })
                .collect(),
            Self::Kaiser => kaiser(4.0),
        }
    }
}

fn kaiser(alpha: f64) -> Vec<f64> {
    let bessel = |x: f64| {
        let (mut sum, mut term) = (1.0, 1.0);
        for k in 1..60 {
            let factor = x / 2.0 / f64::from(k);
            term *= factor * factor;
            sum += term;
        }
        sum
    };
    let kernel: Vec<f64> = (0..=HOP)
        .map(|n| {
            let r = 2.0 * n as f64 / HOP as f64 - 1.0;
            bessel(PI * alpha * libm::sqrt(1.0 - r * r))
        })
        .collect();
    let whole: f64 = kernel.iter().sum();
    let mut sum = 0.0;
    let rise: Vec<f64> = kernel[..HOP]
        .iter()
        .map(|v| {
            sum += v;
            libm::sqrt(sum / whole)
        })
        .collect();
    rise.iter().chain(rise.iter().rev()).copied().collect()
}

/// One bin of the Fourier transform, as it counts for each bin of the lapped one.
#[derive(Clone, Debug)]
struct Share {
    /// From where among the turned bins.
    from: usize,
    re: Vec<f64>,
    im: Vec<f64>,
}

/// A window as shares of the Fourier transform.
fn shares(window: Window) -> Vec<Share> {
    let shape = window.shape();
    let theta = PI / HOP as f64;
    let middle = 0.5 + HOP as f64 / 2.0;
    let most = if window == Window::Sine { 1 } else { SINES };
    let mut shares = Vec::new();
    for m in 0..most {
        let odd = (2 * m + 1) as f64;
        let sine = |n: usize| libm::sin(odd * theta / 2.0 * (n as f64 + 0.5));
        let part: f64 = (0..FRAME).map(|n| shape[n] * sine(n)).sum::<f64>() / HOP as f64;
        for sign in [1.0, -1.0] {
            let phase = |k: usize| theta * (middle * (k as f64 + 0.5) + sign * odd / 4.0);
            let bins = LOW..HIGH;
            shares.push(Share {
                from: if sign > 0.0 { SINES + m } else { SINES - 1 - m },
                re: bins
                    .clone()
                    .map(|k| sign * part * libm::sin(phase(k)))
                    .collect(),
                im: bins.map(|k| sign * part * libm::cos(phase(k))).collect(),
            });
        }
    }
    shares
}

/// Looks at excerpts with several windows at once.
#[derive(Clone, Debug)]
pub(super) struct Lapped {
    fft: Fft,
    windows: Vec<Vec<Share>>,
    /// One turn of each bin.
    cos: Vec<f64>,
    sin: Vec<f64>,
}

/// Bins of one channel on their way over the places.
struct Turning<'a> {
    samples: &'a [f64],
    re: Vec<f64>,
    im: Vec<f64>,
}

impl Lapped {
    pub(super) fn new(windows: &[Window]) -> Self {
        let angle = |index: usize| PI * (FIRST + index) as f64 / HOP as f64;
        Self {
            fft: Fft::new(FRAME),
            windows: windows.iter().map(|&w| shares(w)).collect(),
            cos: (0..TURNED).map(|k| libm::cos(angle(k))).collect(),
            sin: (0..TURNED).map(|k| libm::sin(angle(k))).collect(),
        }
    }

    fn start<'a>(&self, samples: &'a [f64]) -> Turning<'a> {
        let mut work: Vec<(f64, f64)> = samples[..FRAME].iter().map(|&v| (v, 0.0)).collect();
        self.fft.run(&mut work);
        let bins = &work[FIRST..FIRST + TURNED];
        Turning {
            samples,
            re: bins.iter().map(|b| b.0).collect(),
            // The transform turns the other way round.
            im: bins.iter().map(|b| -b.1).collect(),
        }
    }

    fn turn(&self, bins: &mut Turning<'_>, place: usize) {
        let new = bins.samples[place + FRAME] - bins.samples[place];
        let turns = self.cos.iter().zip(&self.sin);
        for ((re, im), (cos, sin)) in bins.re.iter_mut().zip(&mut bins.im).zip(turns) {
            let a = *re + new;
            (*re, *im) = (a * cos + *im * sin, *im * cos - a * sin);
        }
    }

    /// How empty the excerpt is at each place, for each window.
    pub(super) fn look(&self, excerpt: &Excerpt) -> Vec<Emptiness> {
        let mut all: Vec<Emptiness> = self.windows.iter().map(|_| vec![0.0; PLACES]).collect();
        let mut channels: Vec<_> = excerpt.channels.iter().map(|c| self.start(c)).collect();
        let mut coefficients = vec![vec![0.0; BINS]; channels.len()];
        for place in 0..PLACES {
            for (window, found) in self.windows.iter().zip(&mut all) {
                for (bins, out) in channels.iter().zip(&mut coefficients) {
                    lap(window, bins, out);
                }
                found[place] = views(&coefficients);
            }
            if place + 1 < PLACES {
                for bins in &mut channels {
                    self.turn(bins, place);
                }
            }
        }
        (all.into_iter())
            .map(|found| sharp(&found, excerpt.start_frame))
            .collect()
    }
}

fn lap(window: &[Share], bins: &Turning<'_>, out: &mut [f64]) {
    out.fill(0.0);
    for share in window {
        let turned = bins.re[share.from..].iter().zip(&bins.im[share.from..]);
        let weights = share.re.iter().zip(&share.im);
        for ((out, (re, im)), (a, b)) in out.iter_mut().zip(turned).zip(weights) {
            *out += a * re + b * im;
        }
    }
}

/// A codec of the tests: forward, whatever `change` does to the lines, and back.
#[cfg(test)]
pub(super) fn coded(
    window: Window,
    samples: &[f64],
    start: usize,
    change: fn(&mut [f64]),
) -> Vec<f64> {
    let shape = window.shape();
    // One round of the cosine in steps of a quarter bin.
    let round = 8 * HOP;
    let wave: Vec<f64> = (0..round)
        .map(|step| libm::cos(2.0 * PI * step as f64 / round as f64))
        .collect();
    let at = |n: usize, k: usize| wave[(2 * n + 1 + HOP) * (2 * k + 1) % round];
    let mut out = vec![0.0; samples.len()];
    let mut first = start;
    while first + FRAME <= samples.len() {
        let mut lines: Vec<f64> = (0..HOP)
            .map(|k| {
                (0..FRAME)
                    .map(|n| samples[first + n] * shape[n] * at(n, k))
                    .sum()
            })
            .collect();
        change(&mut lines);
        for n in 0..FRAME {
            let sum: f64 = lines.iter().enumerate().map(|(k, v)| v * at(n, k)).sum();
            out[first + n] += 2.0 * shape[n] * sum / HOP as f64;
        }
        first += HOP;
    }
    out
}
