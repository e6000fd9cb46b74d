//! Sound read at another pace: what a second clock did is undone.

use core::f64::consts::PI;

use dsp::kaiser;

/// 110 dB down beyond the transition (J. F. Kaiser's formula).
const BETA: f64 = 11.16;

/// Values between samples: a windowed sine cardinal, its window read from a table.
#[derive(Clone, Debug)]
struct Between {
    /// Neighbours of a place that take part in its value.
    taps: usize,
    /// Steps of the table for each neighbour.
    steps: usize,
    window: Vec<f64>,
}

/// For measurements: in place up to 0.44 of the rate.
const QUICK: (usize, usize) = (64, 256);
/// For what is kept: in place up to 0.486 of the rate, 21.4 kHz of a CD's.
const CAREFUL: (usize, usize) = (256, 2_048);

impl Between {
    fn new((taps, steps): (usize, usize)) -> Self {
        let places = taps * steps;
        let window = (0..=places + 1)
            .map(|i| kaiser(i as f64 / (places as f64 / 2.0) - 1.0, BETA))
            .collect();
        Self {
            taps,
            steps,
            window,
        }
    }

    /// The value `fraction` behind the neighbour at `taps / 2 - 1`, of [`Self::taps`] neighbours; what lies beyond those
    /// given is silence.
    fn value<'s>(&self, neighbours: impl Iterator<Item = Option<&'s f64>>, fraction: f64) -> f64 {
        let half = self.taps as f64 / 2.0;
        let sine = libm::sin(PI * fraction);
        let mut sum = 0.0;
        for (k, x) in neighbours.take(self.taps).enumerate() {
            let Some(x) = x else { continue };
            // Distance of the place from this neighbour.
            let distance = fraction + half - 1.0 - k as f64;
            let sign = if (k + self.taps / 2 + 1).is_multiple_of(2) {
                1.0
            } else {
                -1.0
            };
            let place = (distance + half) * self.steps as f64;
            let cell = place as usize;
            let part = place - cell as f64;
            let weight = self.window[cell] + part * (self.window[cell + 1] - self.window[cell]);
            sum += x * sign * sine / (PI * distance) * weight;
        }
        sum
    }
}

/// The signal at frame `n · (1 + by_ppm / 10⁶)` for each `n`; silence beyond both ends.
pub(crate) fn retimed(samples: &[f64], by_ppm: f64) -> Vec<f64> {
    let between = Between::new(QUICK);
    let value = |n: usize| {
        let at = n as f64 * (1.0 + by_ppm * 1e-6);
        let whole = at.floor();
        let fraction = at - whole;
        if fraction == 0.0 {
            return samples.get(whole as usize).copied().unwrap_or(0.0);
        }
        let first = whole as i64 - between.taps as i64 / 2 + 1;
        let neighbours = (first..).map(|n| samples.get(usize::try_from(n).ok()?));
        between.value(neighbours, fraction)
    };
    (0..samples.len()).map(value).collect()
}

/// A stream read from a place of its own in each channel and at another pace: one interpolation takes out delay, skew and
/// a clock that differs.
#[derive(Clone, Debug)]
pub struct Retimer {
    between: Between,
    /// Where frame 0 of what comes out lies in what goes in, channel by channel.
    starts: Vec<f64>,
    /// Frames in for one frame out.
    pace: f64,
    /// What goes in, from frame `first` on.
    past: Vec<Vec<f64>>,
    first: u64,
    given: u64,
}

impl Retimer {
    /// Frame n of channel c that comes out is what went in at frame `starts[c] + n · (1 + by_ppm / 10⁶)`; starts are
    /// not negative.
    pub fn new(starts: &[f64], by_ppm: f64) -> Self {
        let between = Between::new(CAREFUL);
        // Ahead of the stream lies silence.
        let ahead = vec![0.0; between.taps / 2];
        Self {
            starts: starts.iter().map(|at| at + ahead.len() as f64).collect(),
            pace: 1.0 + by_ppm * 1e-6,
            past: vec![ahead; starts.len()],
            between,
            first: 0,
            given: 0,
        }
    }

    /// True where every sample passes unchanged.
    pub fn is_whole(&self) -> bool {
        self.pace == 1.0 && self.starts.iter().all(|at| at.fract() == 0.0)
    }

    /// Takes the next block, and puts all that it completes behind what stands in `out`.
    pub fn process(&mut self, block: &[Vec<f64>], out: &mut [Vec<f64>]) {
        for (past, more) in self.past.iter_mut().zip(block) {
            past.extend_from_slice(more);
        }
        let there = self.first + self.past.iter().map(Vec::len).min().unwrap_or(0) as u64;
        let half = self.between.taps as u64 / 2;
        let latest = self.starts.iter().fold(0.0, |a: f64, b| a.max(*b));
        while self.place(latest).0 + half < there {
            for (c, row) in out.iter_mut().enumerate().take(self.past.len()) {
                let (whole, fraction) = self.place(self.starts[c]);
                let at = (whole - self.first) as usize;
                let past = &self.past[c];
                row.push(if fraction == 0.0 {
                    past[at]
                } else {
                    let from = at + 1 - half as usize;
                    self.between.value(past[from..].iter().map(Some), fraction)
                });
            }
            self.given += 1;
        }
        let earliest = self.starts.iter().fold(f64::MAX, |a: f64, b| a.min(*b));
        let needed = self.place(earliest).0.saturating_sub(half);
        let over = (needed.saturating_sub(self.first) as usize).min((there - self.first) as usize);
        self.past.iter_mut().for_each(|past| {
            past.drain(..over);
        });
        self.first += over as u64;
    }

    /// Where the next frame of a channel that began there lies.
    fn place(&self, start: f64) -> (u64, f64) {
        let at = start + self.given as f64 * self.pace;
        (at as u64, at.fract())
    }
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

    /// Up to 20 kHz of a CD's rate, in any blocks, to 100 dB.
    #[test]
    fn a_stream_is_read_from_its_place_at_its_pace() {
        let hz = 20_000.0 / 44_100.0 * core::f64::consts::TAU;
        let tone: Vec<f64> = (0..30_000)
            .map(|n| libm::sin(hz * f64::from(n)) + 0.5 * libm::sin(0.01 * f64::from(n)))
            .collect();
        let (starts, by_ppm) = ([1_000.37, 1_204.0], 87.0);
        let run = |block: usize| {
            let mut retimer = Retimer::new(&starts, by_ppm);
            let mut out = vec![Vec::new(); 2];
            for piece in tone.chunks(block) {
                retimer.process(&[piece.to_vec(), piece.to_vec()], &mut out);
            }
            out
        };
        let out = run(4_096);
        assert!(
            run(333) == out && run(30_000) == out,
            "blocks change nothing"
        );
        assert!(out[0].len() > 28_500 && out[0].len() == out[1].len());
        let mut worst = 0.0;
        for (row, start) in out.iter().zip(starts) {
            for (n, x) in row.iter().enumerate() {
                let at = start + n as f64 * (1.0 + by_ppm * 1e-6);
                let exact = libm::sin(hz * at) + 0.5 * libm::sin(0.01 * at);
                worst = f64::max(worst, (x - exact).abs());
            }
        }
        assert!(worst < 1e-5, "{worst}");
        let mut still = Retimer::new(&[7.0], 0.0);
        let mut same = vec![Vec::new()];
        still.process(std::slice::from_ref(&tone), &mut same);
        assert_eq!(
            same[0][..20_000],
            tone[7..20_007],
            "whole frames keep every bit"
        );
    }
}
