//! The song of the goldens, a crumbling source, and a sink for masters.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary uses some of these"
)]

use engine::{MasterBlock, MasterSink, MemorySource, SinkError, Source, SourceError, SourceSpec};

pub(crate) use engine::goldens::song;

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
    pub(crate) doubles: Vec<Vec<f64>>,
}

impl MasterSink for Kept {
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError> {
        match block {
            MasterBlock::Int(rows) => keep(&mut self.ints, rows),
            MasterBlock::Float(rows) => keep(&mut self.floats, rows),
            MasterBlock::Double(rows) => keep(&mut self.doubles, rows),
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
