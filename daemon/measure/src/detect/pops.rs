//! Pops: what lasts longer than a click, up to half a millisecond, and is over.
//!
//! At a lower rate a pop is a click of a few samples, and is found in the same way: the second
//! difference foretells each sample from the two before it, so that only what breaks the course of
//! the sound is left, and it is held against what is left around it. Each rate hears one band.
//! (The idea of the residual is that of S. Godsill and P. Rayner, *Digital Audio Restoration*, 1998.)

use std::collections::VecDeque;

use crate::detect::Block;
use crate::detect::clicks::{Click, ClickWatch};
use crate::finding::SpanList;
use crate::thresholds::FaultThresholds;

/// Frames at 48 kHz that become one: pops of up to 0.17 ms and of up to 0.5 ms.
const SLOWER: [f64; 2] = [4.0, 12.0];
/// Samples of a cell at the lower rate, 5 and 15 ms.
const CELL: usize = 60;

/// Milliseconds of highs that are kept, more than a verdict takes.
const KEPT_MS: usize = 400;
/// Milliseconds before and after a pop whose highs are compared, ...
const SIDE_MS: u64 = 6;
/// ... without those it stands in itself.
const OWN_MS: u64 = 2;
/// A stick or a plucked string rings on at a higher frequency than the pop's band; a pop leaves the
/// highs as they were, but for this factor of their energy ...
const RINGS_ON: f64 = 4.0;
/// ... and for what nobody hears.
const LEAST_HIGHS: f64 = 1.0e-8;

/// Energy of the highs in each millisecond.
#[derive(Clone, Debug)]
struct Highs {
    frames_per_ms: f64,
    last: [f64; 2],
    sum: f64,
    frame: u64,
    kept: VecDeque<f64>,
    /// Milliseconds that are over.
    past: u64,
}

impl Highs {
    fn sample(&mut self, v: f64) {
        let d = v - 2.0 * self.last[1] + self.last[0];
        self.last = [self.last[1], v];
        self.sum += d * d;
        self.frame += 1;
        if self.frame as f64 >= (self.past + 1) as f64 * self.frames_per_ms {
            if self.kept.len() == KEPT_MS {
                self.kept.pop_front();
            }
            self.kept.push_back(self.sum / self.frames_per_ms);
            self.past += 1;
            self.sum = 0.0;
        }
    }

    /// Mean from one millisecond to another of the stream.
    fn mean(&self, from: u64, to: u64) -> f64 {
        let first = self.past - self.kept.len() as u64;
        let index = |ms: u64| usize::try_from(ms.clamp(first, self.past) - first).unwrap_or(0);
        let range = index(from)..index(to);
        let length = range.len().max(1) as f64;
        self.kept.range(range).sum::<f64>() / length
    }

    /// True where the highs after a frame are those before it.
    fn are_as_before(&self, frame: u64) -> bool {
        let ms = (frame as f64 / self.frames_per_ms) as u64;
        let before = self.mean(
            ms.saturating_sub(SIDE_MS + OWN_MS - 1),
            ms.saturating_sub(OWN_MS - 1),
        );
        let after = self.mean(ms + OWN_MS, ms + OWN_MS + SIDE_MS);
        after <= RINGS_ON * before + LEAST_HIGHS
    }
}

/// One lower rate.
#[derive(Clone, Debug)]
struct Stage {
    factor: usize,
    sum: f64,
    summed: usize,
    cell: Vec<f64>,
    /// Samples at the lower rate in front of the cell.
    before: u64,
    watch: ClickWatch,
}

impl Stage {
    /// Takes a sample; gives the pop that is sure by now.
    fn sample(&mut self, v: f64) -> Option<Click> {
        self.sum += v;
        self.summed += 1;
        if self.summed < self.factor {
            return None;
        }
        // A mean rings nowhere, so that a short pop stays short.
        self.cell.push(self.sum / self.factor as f64);
        (self.sum, self.summed) = (0.0, 0);
        if self.cell.len() < CELL {
            return None;
        }
        self.whole_cell()
    }

    fn whole_cell(&mut self) -> Option<Click> {
        let pop = self.watch.feed_cell(&self.cell, self.before);
        self.before += self.cell.len() as u64;
        self.cell.clear();
        pop
    }

    fn keep(&mut self, pop: Click, highs: &Highs) {
        if highs.are_as_before(pop.frame * self.factor as u64) {
            self.watch.keep(pop);
        }
    }
}

/// Follows one channel.
#[derive(Clone, Debug)]
pub(crate) struct PopWatch {
    highs: Highs,
    stages: [Stage; SLOWER.len()],
}

impl PopWatch {
    pub(crate) fn new(rate_hz: f64, limits: &FaultThresholds) -> Self {
        let stage = |slower: f64| {
            let factor = libm::round(rate_hz * slower / 48_000.0).max(2.0) as usize;
            Stage {
                factor,
                sum: 0.0,
                summed: 0,
                cell: Vec::with_capacity(CELL),
                before: 0,
                watch: ClickWatch::slower(rate_hz / factor as f64, CELL, limits),
            }
        };
        Self {
            highs: Highs {
                frames_per_ms: rate_hz / 1_000.0,
                last: [0.0; 2],
                sum: 0.0,
                frame: 0,
                kept: VecDeque::with_capacity(KEPT_MS),
                past: 0,
            },
            stages: SLOWER.map(stage),
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>, channel: usize) {
        let samples = &block.samples[channel];
        samples.iter().for_each(|&v| self.highs.sample(v));
        for stage in &mut self.stages {
            for &v in samples {
                if let Some(pop) = stage.sample(v) {
                    stage.keep(pop, &self.highs);
                }
            }
        }
    }

    /// Ends the stream: what is pending has been heard to its end.
    pub(crate) fn finish(&mut self) {
        for stage in &mut self.stages {
            let mut pops = Vec::new();
            if !stage.cell.is_empty() {
                pops.extend(stage.whole_cell());
            }
            pops.extend(stage.watch.pending());
            for pop in pops {
                stage.keep(pop, &self.highs);
            }
        }
    }

    pub(crate) fn spans(&self) -> impl Iterator<Item = &SpanList> {
        self.stages.iter().map(|s| &s.watch.spans)
    }

    pub(crate) fn largest(&self) -> f64 {
        let sizes = self.stages.iter().map(|s| s.watch.largest);
        sizes.fold(0.0, f64::max)
    }

    /// The first pop's frame in the stream.
    pub(crate) fn first_frame(&self) -> Option<u64> {
        let first = |s: &Stage| Some(s.watch.first_frame? * s.factor as u64);
        self.stages.iter().filter_map(first).min()
    }
}
