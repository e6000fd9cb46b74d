use crate::lanes::Kernels;
use crate::processor::{Faults, ParamEvent, Processor, Spec, frames_of, zero_non_finite};
use crate::window::{kaiser, kaiser_beta, sinc};

/// Taps of a fraction: flat within 0.001 dB to 0.46 of the rate.
const TAPS: usize = 128;
const STOP_DB: f64 = 100.0;

/// Delays each channel by its own time, in frames and fractions of a frame.
///
/// The delays are relative to each other and to the latency: half the filter where any delay has a
/// fraction, none otherwise. Whole frames pass bit for bit.
#[derive(Debug, Clone)]
pub struct FractionalDelay {
    delays_frames: Vec<f64>,
    kernels: Kernels,
    lines: Vec<Line>,
    max_frames: usize,
    position: u64,
    faults: Faults,
}

/// One channel's past and its taps; none for whole frames.
#[derive(Debug, Clone)]
struct Line {
    past: Vec<f64>,
    taps: Option<Vec<f64>>,
}

impl FractionalDelay {
    /// Longest delay in frames.
    pub const LONGEST_FRAMES: f64 = 1_048_576.0;

    /// Delays in frames per channel, 0 to [`Self::LONGEST_FRAMES`]; channels beyond the list are not delayed.
    pub fn new(delays_frames: &[f64]) -> Self {
        let kept = |delay: &f64| {
            if delay.is_finite() {
                delay.clamp(0.0, Self::LONGEST_FRAMES)
            } else {
                0.0
            }
        };
        Self {
            delays_frames: delays_frames.iter().map(kept).collect(),
            kernels: Kernels::for_this_cpu(),
            lines: Vec::new(),
            max_frames: 1,
            position: 0,
            faults: Faults::default(),
        }
    }

    fn base_frames(&self) -> usize {
        let has_fraction = self.delays_frames.iter().any(|d| d.trunc() != *d);
        if has_fraction { TAPS / 2 - 1 } else { 0 }
    }

    fn line(&self, delay: f64) -> Line {
        let (whole, fraction) = (delay.trunc(), delay.fract());
        let late = whole as usize + self.base_frames();
        if fraction == 0.0 {
            return Line {
                past: vec![0.0; late + self.max_frames],
                taps: None,
            };
        }
        // Output n is the input at n − late − fraction; tap k meets the input at n − late − 64 + k.
        let beta = kaiser_beta(STOP_DB);
        let tap = |k: usize| {
            let x = k as f64 - (TAPS / 2) as f64 + fraction;
            sinc(x) * kaiser(x / (TAPS / 2) as f64, beta)
        };
        let taps: Vec<f64> = (0..TAPS).map(tap).collect();
        let sum: f64 = taps.iter().sum();
        Line {
            past: vec![0.0; late + TAPS / 2 + self.max_frames],
            taps: Some(taps.iter().map(|tap| tap / sum).collect()),
        }
    }
}

impl Line {
    fn run(&mut self, kernels: &Kernels, samples: &mut [f64], max_frames: usize) {
        let frames = samples.len();
        let kept = self.past.len() - max_frames;
        self.past[kept..kept + frames].copy_from_slice(samples);
        match &self.taps {
            None => samples.copy_from_slice(&self.past[..frames]),
            Some(taps) => {
                for (i, x) in samples.iter_mut().enumerate() {
                    *x = (kernels.dot)(taps, &self.past[i..i + TAPS]);
                }
            }
        }
        self.past.copy_within(frames..frames + kept, 0);
    }
}

impl Processor for FractionalDelay {
    fn prepare(&mut self, spec: Spec, max_frames: usize) {
        self.max_frames = max_frames.max(1);
        let delay = |c: usize| self.delays_frames.get(c).copied().unwrap_or(0.0);
        self.lines = (0..spec.channels).map(|c| self.line(delay(c))).collect();
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, _: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        for (line, channel) in self.lines.iter_mut().zip(block.iter_mut()) {
            line.run(&self.kernels, channel, self.max_frames);
        }
        self.position += frames_of(block) as u64;
    }

    fn latency_frames(&self) -> u64 {
        self.base_frames() as u64
    }

    fn tail_frames(&self) -> u64 {
        let longest = self.delays_frames.iter().fold(0.0, |a: f64, b| a.max(*b));
        longest as u64 + TAPS as u64
    }

    fn reset(&mut self) {
        self.lines.iter_mut().for_each(|line| line.past.fill(0.0));
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
