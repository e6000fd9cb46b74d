//! How dense the peaks stand: the mark that a limiter leaves.

use crate::detect::Block;

/// 50 ms in blocks.
const STRETCH_BLOCKS: u32 = 5;
/// Steps of 0.1 dB from +20 down to -60 dBFS.
const STEPS: usize = 800;
const TOP_DBFS: f64 = 20.0;
/// Peaks this close to the highest were brought there by a limiter.
const NEAR_STEPS: usize = 5;

/// A histogram of the peaks of 50 ms stretches.
#[derive(Clone, Debug)]
pub(crate) struct PeakDensity {
    counts: Vec<u64>,
    stretch_peak: f64,
    blocks: u32,
}

impl PeakDensity {
    pub(crate) fn new() -> Self {
        Self {
            counts: vec![0; STEPS],
            stretch_peak: 0.0,
            blocks: 0,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        self.stretch_peak = self.stretch_peak.max(block.peak());
        self.blocks += 1;
        if self.blocks < STRETCH_BLOCKS {
            return;
        }
        if let Some(level) = crate::decibel::db(self.stretch_peak) {
            let step = ((TOP_DBFS - level) * 10.0).max(0.0) as usize;
            if step < STEPS {
                self.counts[step] += 1;
            }
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
}
