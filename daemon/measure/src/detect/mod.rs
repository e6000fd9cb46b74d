//! The watchers: each follows the stream of 10 ms blocks and says at the end what it saw.

pub(crate) mod bits;
pub(crate) mod borders;
pub(crate) mod channels;
pub(crate) mod clicks;
mod decimate;
pub(crate) mod dropouts;
pub(crate) mod edges;
pub(crate) mod excerpts;
pub(crate) mod flat_tops;
pub(crate) mod grids;
pub(crate) mod hum;
pub(crate) mod images;
pub(crate) mod level;
pub(crate) mod pops;
pub(crate) mod repeats;
pub(crate) mod spectrum;
pub(crate) mod stereo;

use crate::levels::BlockLevel;

/// Rates a print may have come from, in Hz.
pub(crate) const USUAL_RATES_HZ: [f64; 8] = [
    22_050.0, 32_000.0, 44_100.0, 48_000.0, 88_200.0, 96_000.0, 176_400.0, 192_000.0,
];

/// Usual rates that a mix at `rate_hz` may have been converted up from.
pub(crate) fn usual_rates_below(rate_hz: f64) -> impl Iterator<Item = f64> {
    USUAL_RATES_HZ
        .into_iter()
        .filter(move |&r| r < 0.95 * rate_hz)
}

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
