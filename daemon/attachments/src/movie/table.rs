//! A track's table of samples: where its chunks lie, and how much is in each.

use super::atoms::{Atoms, u32_at, u64_at};

/// Where a track's samples lie in the file.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// Where each chunk begins.
    chunks: Vec<u64>,
    /// From which chunk on (from 1) each holds so many samples.
    runs: Vec<(u32, u32)>,
    sizes: Sizes,
}

#[derive(Debug, Clone)]
enum Sizes {
    /// All samples have as many bytes.
    Same {
        bytes: u32,
        count: u32,
    },
    Each(Vec<u32>),
}

impl Default for Sizes {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

/// A chunk: where it begins, and its samples.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) at: u64,
    pub(super) samples: u32,
}

impl Table {
    /// Reads the table; none where a part of it is missing or not whole.
    pub(super) fn read(stbl: &[u8]) -> Option<Self> {
        let chunks = match Atoms::first(stbl, b"stco") {
            Some(stco) => {
                let rows = rows(stco, 4)?;
                rows.map(|row| u32_at(row, 0).map(u64::from)).collect()
            }
            None => {
                let rows = rows(Atoms::first(stbl, b"co64")?, 8)?;
                rows.map(|row| u64_at(row, 0)).collect::<Option<_>>()
            }
        }?;
        let runs = rows(Atoms::first(stbl, b"stsc")?, 12)?;
        let runs: Option<Vec<_>> = runs
            .map(|row| Some((u32_at(row, 0)?, u32_at(row, 4)?)))
            .collect();
        let stsz = Atoms::first(stbl, b"stsz")?;
        let (bytes, count) = (u32_at(stsz, 4)?, u32_at(stsz, 8)?);
        let sizes = if bytes > 0 {
            Sizes::Same { bytes, count }
        } else {
            let rows = rows(stsz.get(4..)?, 4)?;
            Sizes::Each(rows.map(|row| u32_at(row, 0)).collect::<Option<_>>()?)
        };
        Some(Self {
            chunks,
            runs: runs?,
            sizes,
        })
    }

    /// How many samples it has.
    pub(super) fn samples(&self) -> u64 {
        match &self.sizes {
            Sizes::Same { count, .. } => u64::from(*count),
            Sizes::Each(all) => all.len() as u64,
        }
    }

    /// Its chunks, in order.
    pub(super) fn chunks(&self) -> impl Iterator<Item = Chunk> {
        let mut run = 0;
        self.chunks.iter().zip(1u32..).map(move |(at, no)| {
            while self.runs.get(run + 1).is_some_and(|(from, _)| *from <= no) {
                run += 1;
            }
            let samples = self.runs.get(run).map_or(0, |(_, samples)| *samples);
            Chunk { at: *at, samples }
        })
    }

    /// The end of the last byte that it places in the file. `frame` is the size of a sample where the table tells none that
    /// is one: sound that is not packed counts each frame as a sample, and often as a single byte.
    pub(super) fn reaches(&self, frame: Option<u32>) -> u64 {
        let mut next = 0;
        let mut most = 0;
        let mut left = self.samples();
        for chunk in self.chunks() {
            let samples = u64::from(chunk.samples).min(left);
            left -= samples;
            let bytes = match (&self.sizes, frame) {
                (Sizes::Same { .. }, Some(frame)) => samples.saturating_mul(u64::from(frame)),
                (Sizes::Same { bytes, .. }, None) => samples.saturating_mul(u64::from(*bytes)),
                (Sizes::Each(all), _) => {
                    let count = usize::try_from(samples).unwrap_or(usize::MAX);
                    let own = all.iter().skip(next).take(count);
                    next += count;
                    own.map(|bytes| u64::from(*bytes)).sum()
                }
            };
            most = most.max(chunk.at.saturating_add(bytes));
        }
        most
    }
}

/// The rows of a table behind its version and count.
pub(super) fn rows(table: &[u8], bytes: usize) -> Option<std::slice::ChunksExact<'_, u8>> {
    let count = usize::try_from(u32_at(table, 4)?).ok()?;
    let end = count.checked_mul(bytes)?.checked_add(8)?;
    Some(table.get(8..end)?.chunks_exact(bytes))
}
