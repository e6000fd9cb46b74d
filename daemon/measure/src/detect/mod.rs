//! The watchers: each follows the stream of 10 ms blocks and says at the end what it saw.

pub(crate) mod bits;
pub(crate) mod borders;
pub(crate) mod channels;
pub(crate) mod clicks;
mod decimate;
pub(crate) mod dropouts;
pub(crate) mod edges;
pub(crate) mod flat_tops;
pub(crate) mod hum;
pub(crate) mod level;
pub(crate) mod repeats;
pub(crate) mod spectrum;
pub(crate) mod stereo;

use crate::levels::BlockLevel;

/// One block of 10 ms (the last may be shorter) as every watcher sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block<'a> {
    /// One vector per channel.
    pub(crate) samples: &'a [Vec<f64>],
    /// Their levels.
    pub(crate) levels: &'a [BlockLevel],
    /// Absolute frame of the first sample.
    pub(crate) start_frame: u64,
}

impl Block<'_> {
    pub(crate) fn frames(&self) -> usize {
        self.samples[0].len()
    }

    /// Largest sample of all channels.
    pub(crate) fn peak(&self) -> f64 {
        self.levels.iter().fold(0.0, |a, l| a.max(l.peak()))
    }

    /// Mean square of all channels together.
    pub(crate) fn mean_square(&self) -> f64 {
        let squares: f64 = self.levels.iter().map(|l| l.squares).sum();
        squares / (self.frames() * self.levels.len()) as f64
    }
}
