//! How dense the peaks stand, and whether they end at one level: the marks that a limiter leaves.

use crate::detect::Block;

/// 50 ms in blocks.
const STRETCH_BLOCKS: u32 = 5;
/// Steps of 0.1 dB from +20 down to -60 dBFS.
const STEPS: usize = 800;
const TOP_DBFS: f64 = 20.0;
/// Peaks this close to the highest were brought there by a limiter.
const NEAR_STEPS: usize = 5;

/// A limiter holds peaks this close to its ceiling, measured at the samples.
const CEILING_STEPS: usize = 4;
/// The steps below it that say how many peaks would be there anyway.
const BELOW_STEPS: usize = 8;

/// Where the peaks of both polarities on all channels end.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ceiling {
    /// Peaks of 10 ms within 0.4 dB of the highest, ...
    pub(crate) peaks: u64,
    /// ... and in the 0.8 dB below that.
    pub(crate) below: u64,
    /// Polarities and channels that come that close.
    pub(crate) lanes: usize,
    /// All of them.
    pub(crate) all_lanes: usize,
}

/// A histogram of the peaks of 50 ms stretches.
#[derive(Clone, Debug)]
pub(crate) struct PeakDensity {
    counts: Vec<u64>,
    /// Peaks of 10 ms, for each polarity of each channel.
    lanes: Vec<Vec<u64>>,
    stretch_peak: f64,
    blocks: u32,
}

/// The step a peak belongs to; none below the lowest.
fn step_of(peak: f64) -> Option<usize> {
    let level = crate::decibel::db(peak.max(0.0))?;
    let step = ((TOP_DBFS - level) * 10.0).max(0.0) as usize;
    (step < STEPS).then_some(step)
}

impl PeakDensity {
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            counts: vec![0; STEPS],
            lanes: vec![vec![0; STEPS]; 2 * channels],
            stretch_peak: 0.0,
            blocks: 0,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        let peaks = block.levels.iter().flat_map(|l| [l.max, -l.min]);
        for (lane, peak) in self.lanes.iter_mut().zip(peaks) {
            if let Some(step) = step_of(peak) {
                lane[step] += 1;
            }
        }
        self.stretch_peak = self.stretch_peak.max(block.peak());
        self.blocks += 1;
        if self.blocks < STRETCH_BLOCKS {
            return;
        }
        if let Some(step) = step_of(self.stretch_peak) {
            self.counts[step] += 1;
        }
        self.stretch_peak = 0.0;
        self.blocks = 0;
    }

    /// Share of stretches louder than -60 dBFS whose peak stands within 0.5 dB of the highest.
    pub(crate) fn share_near_peak(&self) -> f64 {
        let all: u64 = self.counts.iter().sum();
        let Some(top) = self.counts.iter().position(|&c| c > 0) else {
            return 0.0;
        };
        let near: u64 = self.counts[top..(top + NEAR_STEPS).min(STEPS)].iter().sum();
        near as f64 / all as f64
    }

    /// Where the peaks end.
    pub(crate) fn ceiling(&self) -> Ceiling {
        let tops = self.lanes.iter().map(|l| l.iter().position(|&c| c > 0));
        let Some(top) = tops.flatten().min() else {
            return Ceiling::default();
        };
        let count = |lane: &[u64], from: usize, steps: usize| -> u64 {
            let end = (from + steps).min(STEPS);
            lane[from.min(end)..end].iter().sum()
        };
        let near = |lane: &Vec<u64>| count(lane, top, CEILING_STEPS);
        Ceiling {
            peaks: self.lanes.iter().map(near).sum(),
            below: (self.lanes.iter())
                .map(|lane| count(lane, top + CEILING_STEPS, BELOW_STEPS))
                .sum(),
            lanes: self.lanes.iter().filter(|lane| near(lane) > 0).count(),
            all_lanes: self.lanes.len(),
        }
    }
}
