//! The spectrum of a finished master by octaves: what the balance from song to song compares beside loudness.

use std::fs::File;
use std::io::Seek as _;

use measure::{FileMeter, OctaveMeasurements, SampleKind};
use renderer::BLOCK_FRAMES;
use soundfile::WavReader;

use super::Trouble;
use crate::denied::chain;

/// Listens to a master of 24 bit from its beginning to its end, and leaves it at its beginning.
pub(super) fn octaves(master: &File) -> Result<Vec<OctaveMeasurements>, Trouble> {
    let mut file = master;
    file.rewind()?;
    let mut reader = WavReader::open(master).map_err(|e| Trouble::Again(chain(&e)))?;
    let spec = reader.spec();
    let meter = FileMeter::new(spec.rate_hz, u32::from(spec.channels), SampleKind::I24);
    let mut meter = meter.map_err(|e| Trouble::Never(chain(&e)))?;
    let mut block = vec![Vec::new(); usize::from(spec.channels)];
    while reader.read_planar(&mut block, BLOCK_FRAMES)? > 0 {
        let planar: Vec<&[f64]> = block.iter().map(Vec::as_slice).collect();
        meter.feed(&planar);
    }
    file.rewind()?;
    Ok(meter.finish().octaves)
}
