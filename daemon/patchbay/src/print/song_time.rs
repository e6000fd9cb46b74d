//! A take and its song side by side, both in the song's own time at the return's rate.

use std::io::{self, Read, Seek};

use dsp::Resampler;
use gear::{Aligner, Clocks, Retimer};
use soundfile::WavReader;

use crate::print::{BLOCK, PrintError};

/// Silence that completes the last frames of a retimed take.
const BEHIND: usize = 1_024;

/// A take from the song's first frame on.
pub(super) struct TakeInPlace<T> {
    take: WavReader<T>,
    way: Way,
    /// Finished frames that nobody took yet.
    ready: Vec<Vec<f64>>,
    has_ended: bool,
}

enum Way {
    /// Delays are taken out; so many frames at the beginning lie ahead of the song.
    Delays { aligner: Box<Aligner>, skip: usize },
    /// Another clock is, too.
    Clock(Box<Retimer>),
}

impl<T: Read + Seek> TakeInPlace<T> {
    /// Behind the pre-roll, by the delays that were measured.
    pub(super) fn by_delays(mut take: WavReader<T>, pre_roll: u64, aligner: Aligner) -> Self {
        take.seek_frame(pre_roll);
        let skip = usize::try_from(aligner.skip_frames()).unwrap_or(usize::MAX);
        let aligner = Box::new(aligner);
        Self::new(take, Way::Delays { aligner, skip })
    }

    /// From where chirps say that the song lies.
    pub(super) fn by_clocks(mut take: WavReader<T>, clocks: &Clocks) -> Self {
        let first = clocks.song_at.iter().fold(f64::MAX, |a: f64, b| a.min(*b));
        // What lies between samples is read from neighbours ahead too.
        let from = (first as u64).saturating_sub(BEHIND as u64);
        take.seek_frame(from);
        let starts: Vec<f64> = clocks.song_at.iter().map(|at| at - from as f64).collect();
        let retimer = Retimer::new(&starts, clocks.drift_ppm);
        Self::new(take, Way::Clock(Box::new(retimer)))
    }

    fn new(take: WavReader<T>, way: Way) -> Self {
        let channels = usize::from(take.spec().channels);
        Self {
            take,
            way,
            ready: vec![Vec::new(); channels],
            has_ended: false,
        }
    }

    /// True where every sample passes unchanged.
    pub(super) fn is_whole(&self) -> bool {
        match &self.way {
            Way::Delays { aligner, .. } => aligner.is_whole(),
            Way::Clock(retimer) => retimer.is_whole(),
        }
    }

    /// Puts the next frames, as many as asked for or fewer, into `rows`; none where the take has ended.
    pub(super) fn read(&mut self, rows: &mut [Vec<f64>], most: usize) -> io::Result<usize> {
        while self.ready.first().is_none_or(Vec::is_empty) && !self.has_ended {
            self.more()?;
        }
        let there = self.ready.first().map_or(0, Vec::len).min(most);
        for (row, ready) in rows.iter_mut().zip(&mut self.ready) {
            row.clear();
            row.extend(ready.drain(..there));
        }
        Ok(there)
    }

    fn more(&mut self) -> io::Result<()> {
        let mut block = vec![Vec::new(); self.ready.len()];
        let read = self.take.read_planar(&mut block, BLOCK)?;
        self.has_ended = read == 0;
        match &mut self.way {
            Way::Delays { aligner, skip } => {
                let mut rows: Vec<&mut [f64]> = block.iter_mut().map(Vec::as_mut_slice).collect();
                aligner.process(&mut rows);
                let ahead = (*skip).min(read);
                *skip -= ahead;
                for (ready, row) in self.ready.iter_mut().zip(&block) {
                    ready.extend_from_slice(&row[ahead..read]);
                }
            }
            Way::Clock(retimer) => {
                if self.has_ended {
                    block.iter_mut().for_each(|row| row.resize(BEHIND, 0.0));
                }
                retimer.process(&block, &mut self.ready);
            }
        }
        Ok(())
    }
}

/// The song as it would come back through a wire.
pub(super) struct SongAtRate<R> {
    song: WavReader<R>,
    converter: Option<Resampler>,
    ready: Vec<Vec<f64>>,
}

impl<R: Read + Seek> SongAtRate<R> {
    /// At its own rate, or converted to the return's.
    pub(super) fn new(song: WavReader<R>, rate_hz: u32) -> Result<Self, PrintError> {
        let spec = song.spec();
        let channels = usize::from(spec.channels);
        let converter = if spec.rate_hz == rate_hz {
            None
        } else {
            let made = Resampler::new(spec.rate_hz, rate_hz, channels, BLOCK);
            Some(made.map_err(|error| PrintError::Read(io::Error::other(error.to_string())))?)
        };
        Ok(Self {
            song,
            converter,
            ready: vec![Vec::new(); channels],
        })
    }

    /// The next frames; fewer than asked for where the song has ended.
    pub(super) fn read(&mut self, rows: &mut [Vec<f64>], frames: usize) -> io::Result<usize> {
        let Some(converter) = &mut self.converter else {
            return self.song.read_planar(rows, frames);
        };
        while self.ready.first().is_some_and(|row| row.len() < frames) {
            let mut block = vec![Vec::new(); self.ready.len()];
            let read = self.song.read_planar(&mut block, BLOCK)?;
            let mut made = vec![vec![0.0; converter.max_output_frames()]; block.len()];
            let mut out: Vec<&mut [f64]> = made.iter_mut().map(Vec::as_mut_slice).collect();
            let count = if read == 0 {
                converter.finish(&mut out)
            } else {
                let block: Vec<&[f64]> = block.iter().map(Vec::as_slice).collect();
                converter.process(&block, &mut out)
            };
            if read == 0 && count == 0 {
                break;
            }
            for (ready, made) in self.ready.iter_mut().zip(&made) {
                ready.extend_from_slice(&made[..count]);
            }
        }
        let there = self.ready.first().map_or(0, Vec::len).min(frames);
        for (row, ready) in rows.iter_mut().zip(&mut self.ready) {
            row.clear();
            row.extend(ready.drain(..there));
        }
        Ok(there)
    }
}
