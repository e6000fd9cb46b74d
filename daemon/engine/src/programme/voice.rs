use std::ops::Range;

use dsp::{Band, BandShape, Equaliser, Processor as _, Resampler, Spec};

use super::disc::OpenSource;
use super::edited::{Edit, Edited};
use super::fades::Ramp;
use crate::render::{BLOCK_FRAMES, RenderError};
use crate::stages::ConversionChoice;
use crate::stream::{Source, SourceSpec};

/// Around which frequency a song is tilted.
const TILT_HZ: f64 = 1000.0;

/// A stretch of a song, sounding at one place of a disc.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Which source it is.
    pub file: usize,
    /// Which sources replace regions of it, where edits say so.
    pub alternates: Vec<usize>,
    /// What is edited in it.
    pub edits: Vec<Edit>,
    /// Where on the disc it sounds, in frames of the disc.
    pub place: Range<u64>,
    /// Its first frame: of the edited source, at the disc's rate.
    pub from: u64,
    /// Level against the source in dB.
    pub gain_db: f64,
    /// How much brighter the top is than the bottom, in dB.
    pub tilt_db: f64,
    /// What fades in it, in frames of the disc; those that cover a frame are multiplied.
    pub ramps: Vec<Ramp>,
    /// Set where its source's samples are whole numbers of the depth asked for: what nothing changes passes as it is.
    pub is_on_grid: bool,
}

impl Piece {
    /// Its gain at a frame of the disc, without its level.
    pub(super) fn ramp_gain(&self, frame: u64) -> f64 {
        self.ramps
            .iter()
            .fold(1.0, |gain, ramp| gain * ramp.gain(frame))
    }

    /// Whether a ramp moves or silences it anywhere in these frames.
    pub(super) fn is_ramped(&self, frames: &Range<u64>) -> bool {
        let holds = |frame| self.ramp_gain(frame) == 1.0;
        // No ramp begins or ends within: two frames tell.
        frames.start < frames.end && !(holds(frames.start) && holds(frames.end - 1))
    }

    /// Whether its source comes out as it is where no ramp is.
    pub(super) fn is_unchanged(&self, rate_hz: u32, source_hz: u32) -> bool {
        self.is_on_grid
            && self.gain_db == 0.0
            && self.tilt_db == 0.0
            && rate_hz == source_hz
            && self.edits.iter().all(|edit| edit.crossfade == 0)
    }
}

/// A piece's source on its way to the disc: edited, converted once, tilted.
///
/// Where something remembers (conversion, tilt) it always begins at the source's first frame, so that a frame is the
/// same whichever stretch of the disc is asked for.
pub(super) struct Voice<'a> {
    source: Box<dyn Source + 'a>,
    spec: SourceSpec,
    conversion: Option<Resampler>,
    tilt: Option<Equaliser>,
    /// Frames at the disc's rate that are ready, and how many of them are gone.
    ready: Vec<Vec<f64>>,
    gone: usize,
    filled: usize,
    room: Vec<Vec<f64>>,
    is_over: bool,
    pub(super) non_finite_samples: u64,
}

impl<'a> Voice<'a> {
    /// A piece's source, about to give its frame `at` at the disc's rate.
    pub(super) fn open(
        piece: &Piece,
        open: &mut OpenSource<'_, 'a>,
        (rate_hz, conversion): (u32, ConversionChoice),
        at: u64,
    ) -> Result<Self, RenderError> {
        let song = open(piece.file)?;
        let source: Box<dyn Source + 'a> = if piece.edits.is_empty() {
            song
        } else {
            let alternates = piece.alternates.iter().map(|file| open(*file));
            let alternates = alternates.collect::<Result<Vec<_>, _>>()?;
            Box::new(Edited::new(song, alternates, &piece.edits))
        };
        let spec = source.spec();
        let resampler = if spec.rate_hz == rate_hz {
            None
        } else {
            let rates = (spec.rate_hz, rate_hz);
            let phase = conversion.phase();
            Some(Resampler::with_phase(
                phase,
                rates,
                spec.channels,
                BLOCK_FRAMES,
            )?)
        };
        let longest = resampler
            .as_ref()
            .map_or(BLOCK_FRAMES, Resampler::max_output_frames);
        let tilt = (piece.tilt_db != 0.0).then(|| {
            let band = Band::new(BandShape::Tilt, TILT_HZ, piece.tilt_db, 1.0);
            let mut tilt = Equaliser::new(&[band]);
            let channels = spec.channels;
            tilt.prepare(Spec { rate_hz, channels }, longest);
            tilt
        });
        let mut voice = Self {
            source,
            spec,
            conversion: resampler,
            tilt,
            ready: vec![vec![0.0; longest]; spec.channels],
            gone: 0,
            filled: 0,
            room: vec![vec![0.0; BLOCK_FRAMES]; spec.channels],
            is_over: false,
            non_finite_samples: 0,
        };
        voice.go_to(at)?;
        Ok(voice)
    }

    pub(super) fn rate_hz(&self) -> u32 {
        self.spec.rate_hz
    }

    fn go_to(&mut self, at: u64) -> Result<(), RenderError> {
        if self.conversion.is_none() && self.tilt.is_none() {
            return Ok(self.source.seek(at)?);
        }
        self.source.rewind()?;
        let mut left = at;
        while left > 0 && self.fill()? {
            let there = (self.filled - self.gone) as u64;
            let skipped = there.min(left);
            self.gone += usize::try_from(skipped).unwrap_or(0);
            left -= skipped;
        }
        Ok(())
    }

    /// Adds the next frames, times a gain for each, to the beginning of `out`; behind its end a source is silent.
    pub(super) fn add_to(
        &mut self,
        out: &mut [Vec<f64>],
        gains: &[f64],
    ) -> Result<(), RenderError> {
        let mut done = 0;
        while done < gains.len() && self.fill()? {
            let frames = (self.filled - self.gone).min(gains.len() - done);
            for (to, from) in out.iter_mut().zip(&self.ready) {
                let pairs = to[done..done + frames].iter_mut().zip(&from[self.gone..]);
                for ((y, x), gain) in pairs.zip(&gains[done..]) {
                    *y += *x * *gain;
                }
            }
            self.gone += frames;
            done += frames;
        }
        Ok(())
    }

    /// Makes frames ready where none are; false behind the end.
    fn fill(&mut self) -> Result<bool, RenderError> {
        while self.gone == self.filled {
            if self.is_over {
                return Ok(false);
            }
            (self.gone, self.filled) = (0, self.step()?);
            let mut block: Vec<&mut [f64]> = self
                .ready
                .iter_mut()
                .map(|row| &mut row[..self.filled])
                .collect();
            if let Some(tilt) = self.tilt.as_mut().filter(|_| self.filled > 0) {
                tilt.process(&mut block, None, &[]);
            }
        }
        Ok(true)
    }

    /// Reads a block and converts it; sets `is_over` once nothing comes any more.
    fn step(&mut self) -> Result<usize, RenderError> {
        let read = self.source.read(&mut self.room)?;
        for sample in self.room.iter_mut().flat_map(|row| &mut row[..read]) {
            if !sample.is_finite() {
                *sample = 0.0;
                self.non_finite_samples += 1;
            }
        }
        let mut ready: Vec<&mut [f64]> = self.ready.iter_mut().map(|row| &mut row[..]).collect();
        let block: Vec<&[f64]> = self.room.iter().map(|row| &row[..read]).collect();
        let Some(conversion) = &mut self.conversion else {
            self.is_over = read == 0;
            for (to, from) in ready.iter_mut().zip(&block) {
                to[..read].copy_from_slice(from);
            }
            return Ok(read);
        };
        if read > 0 {
            return Ok(conversion.process(&block, &mut ready));
        }
        let rest = conversion.finish(&mut ready);
        self.is_over = rest == 0;
        Ok(rest)
    }
}
