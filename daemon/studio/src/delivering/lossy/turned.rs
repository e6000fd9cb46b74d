use std::fs::File;

use soundfile::WavReader;

use crate::delivering::DeliveryError;
use crate::delivering::files::SongFile;

/// Hands out a song's rendered samples in blocks, turned by a gain.
pub(super) struct Turned<'a> {
    pub(super) reader: WavReader<&'a File>,
    rows: Vec<Vec<f64>>,
    gain: f64,
}

impl<'a> Turned<'a> {
    pub(super) fn new(song: &SongFile<'a>, gain: f64) -> Result<Self, DeliveryError> {
        let reader = song.rendered.reader(&song.name)?;
        let rows = vec![Vec::new(); usize::from(reader.spec().channels)];
        Ok(Self { reader, rows, gain })
    }

    pub(super) fn next(&mut self, frames: usize, name: &str) -> Result<Vec<&[f64]>, DeliveryError> {
        let read = self.reader.read_planar(&mut self.rows, frames);
        let read = read.map_err(DeliveryError::coder(name))?;
        let gain = self.gain;
        for row in &mut self.rows {
            row.truncate(read);
            row.iter_mut().for_each(|sample| *sample *= gain);
        }
        Ok(self.rows.iter().map(Vec::as_slice).collect())
    }
}
