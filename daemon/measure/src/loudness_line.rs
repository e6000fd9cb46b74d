//! Loudness over time, for a line above a waveform.

use crate::loudness::{LoudnessBlocks, lufs};
use crate::meter::MeasureError;

/// Blocks of 10 ms in the window of short-term loudness, 3 s (EBU Tech 3341).
const WINDOW_BLOCKS: usize = 300;
/// Blocks from one value to the next: a second.
const HOP_BLOCKS: usize = 100;

/// Measures short-term loudness once a second.
#[derive(Clone, Debug)]
pub struct LoudnessLine {
    blocks: LoudnessBlocks,
    recent: Vec<f64>,
    taken: usize,
    line: Vec<Option<f64>>,
}

impl LoudnessLine {
    /// For 8 to 384 kHz and 1 to 32 channels.
    ///
    /// # Errors
    /// Another rate, or another number of channels.
    pub fn new(rate_hz: u32, channels: u32) -> Result<Self, MeasureError> {
        Ok(Self {
            blocks: LoudnessBlocks::new(rate_hz, channels)?,
            recent: vec![0.0; WINDOW_BLOCKS],
            taken: 0,
            line: Vec::new(),
        })
    }

    /// Takes one slice per channel, all of one length, full scale 1.0.
    pub fn feed(&mut self, planar: &[&[f64]]) {
        let Self {
            blocks,
            recent,
            taken,
            line,
        } = self;
        blocks.feed(planar, |block| {
            recent[*taken % WINDOW_BLOCKS] = block.power;
            *taken += 1;
            if taken.is_multiple_of(HOP_BLOCKS) {
                let sum: f64 = recent.iter().sum();
                let now = lufs(sum / WINDOW_BLOCKS as f64);
                line.push(now.is_finite().then_some(now));
            }
        });
    }

    /// The loudness in LUFS of the 3 s before the end of each second, in order; none for silence.
    #[must_use]
    pub fn finish(self) -> Vec<Option<f64>> {
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_of_minus_23_lufs_stands_there_once_it_fills_the_window() {
        // EBU Tech 3341, case 1: 1 kHz stereo at -23.0 dBFS measures -23.0 LUFS, within 0.1 LU.
        let level = 10f64.powf(-23.0 / 20.0);
        let tone: Vec<f64> = (0..6 * 48_000)
            .map(|n| level * (f64::from(n) * std::f64::consts::TAU / 48.0).sin())
            .collect();
        let silence = vec![0.0; 4 * 48_000];
        let measure = |block: usize| {
            let mut line = LoudnessLine::new(48_000, 2).unwrap();
            for part in [&tone, &silence] {
                part.chunks(block).for_each(|x| line.feed(&[x, x]));
            }
            line.finish()
        };
        let line = measure(4_096);
        assert_eq!(line.len(), 10);
        for second in 2..6 {
            assert!((line[second].unwrap() + 23.0).abs() < 0.1, "{line:?}");
        }
        assert!(
            line[0].unwrap() < -27.0 && line[9].is_none_or(|l| l < -70.0),
            "{line:?}"
        );
        assert_eq!(line, measure(7), "the cut into blocks does not matter");
    }
}
