//! A short song made from numbers, and a sink for masters.
#![allow(dead_code, reason = "each test binary uses some of these")]

use engine::{MasterBlock, MasterSink, MemorySource, SinkError, Source, SourceError, SourceSpec};

/// Kick, bass, chords, hats in stereo; peaks near −6 dBFS. Its bits are the same everywhere.
pub(crate) fn song(seconds: f64, rate_hz: u32) -> Vec<Vec<f64>> {
    let rate = f64::from(rate_hz);
    let turn = std::f64::consts::TAU;
    let hiss = dsp::Dither::new(dsp::DitherSeed(7), 0);
    let channel = |side: f64| {
        (0..(seconds * rate) as usize)
            .map(|i| {
                let t = i as f64 / rate;
                let beat = t * 2.0 % 1.0 / 2.0;
                let kick = libm::sin(turn * (50.0 * beat + 4.0 * (1.0 - libm::exp(-beat * 30.0))))
                    * libm::exp(-beat * 12.0);
                let off = (t * 4.0 + 0.5) % 1.0 / 4.0;
                let hat = hiss.at(i as u64) * libm::exp(-off * 60.0);
                let root = [55.0, 65.4, 49.0, 73.4][(t / 2.0) as usize % 4];
                let bass = libm::sin(turn * root * t) + 0.3 * libm::sin(2.0 * turn * root * t);
                let chord: f64 = [4.0, 5.0, 6.0, 8.0]
                    .iter()
                    .map(|n| libm::sin(turn * root * n * t * (1.0 + 0.0005 * side)))
                    .sum();
                0.3 * kick + 0.07 * hat * (1.0 + 0.3 * side) + 0.13 * bass + 0.04 * chord
            })
            .collect()
    };
    vec![channel(-1.0), channel(1.0)]
}

/// Reads another source in pieces of other lengths than asked for.
pub(crate) struct Crumbs {
    pub(crate) inner: MemorySource,
    pub(crate) piece: usize,
    /// Added to the true length.
    pub(crate) lie: u64,
}

impl Source for Crumbs {
    fn spec(&self) -> SourceSpec {
        self.inner.spec()
    }

    fn frames(&self) -> u64 {
        self.inner.frames() + self.lie
    }

    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError> {
        let length = self.piece.min(block[0].len());
        let mut small = vec![vec![0.0; length]; block.len()];
        let frames = self.inner.read(&mut small)?;
        for (to, from) in block.iter_mut().zip(&small) {
            to[..frames].copy_from_slice(&from[..frames]);
        }
        Ok(frames)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.inner.rewind()
    }
}

/// Keeps a master's samples.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Kept {
    pub(crate) ints: Vec<Vec<i32>>,
    pub(crate) floats: Vec<Vec<f32>>,
}

impl MasterSink for Kept {
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError> {
        match block {
            MasterBlock::Int(rows) => keep(&mut self.ints, rows),
            MasterBlock::Float(rows) => keep(&mut self.floats, rows),
        }
        Ok(())
    }
}

fn keep<T: Copy>(kept: &mut Vec<Vec<T>>, rows: &[&[T]]) {
    kept.resize(rows.len(), Vec::new());
    for (to, from) in kept.iter_mut().zip(rows) {
        to.extend_from_slice(from);
    }
}
