use std::collections::BTreeSet;
use std::ops::Range;

use dsp::DitherSeed;

use super::voice::{Piece, Voice};
use crate::master::{Depth, MasterSink, Rounding};
use crate::render::{BLOCK_FRAMES, RenderError};
use crate::stages::{ConversionChoice, DitherChoice, DitherName};
use crate::stream::{Sink, Source, SourceError};

/// Opens a source anew, at its first frame: each piece reads its own, since two stretches of one file may sound together.
pub type OpenSource<'s, 'a> = dyn FnMut(usize) -> Result<Box<dyn Source + 'a>, SourceError> + 's;

/// Everything that sounds on a disc, at one rate.
#[derive(Debug, Clone, PartialEq)]
pub struct DiscPlan {
    /// Its rate in hertz.
    pub rate_hz: u32,
    /// Its channels, those of all its sources.
    pub channels: usize,
    /// What sounds; between them is silence, and where two are they add up.
    pub pieces: Vec<Piece>,
    /// How a conversion turns the phase.
    pub conversion: ConversionChoice,
}

/// What rendering a stretch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CutReport {
    /// Its frames.
    pub frames: u64,
    /// Those of them that are their sources' own, bit for bit, or silence.
    pub untouched_frames: u64,
    /// Samples beyond full scale: clamped in integers, counted in floats.
    pub clipped_samples: u64,
    /// Samples of sources that were no numbers and became silence.
    pub non_finite_samples: u64,
}

/// Renders a stretch of a disc as it is before it is rounded; the same frames whichever stretch holds them.
pub fn render_disc(
    plan: &DiscPlan,
    stretch: Range<u64>,
    open: &mut OpenSource<'_, '_>,
    sink: &mut dyn Sink,
) -> Result<(), RenderError> {
    let mut desk = Desk::new(plan, open)?;
    desk.run(stretch, &mut |block, _| Ok(sink.write(block)?))?;
    Ok(())
}

/// Renders one cut of a disc into a master's samples: a track from its mark to the next.
///
/// What no fade, level, tilt, conversion or edit changes, and what was whole numbers of the depth already, passes without
/// dither. The seed belongs to the cut, so that it is the same rendered alone or among the others.
pub fn render_cut(
    plan: &DiscPlan,
    cut: Range<u64>,
    (depth, dither, seed): (Depth, DitherChoice, DitherSeed),
    open: &mut OpenSource<'_, '_>,
    sink: &mut dyn MasterSink,
) -> Result<CutReport, RenderError> {
    let format = (plan.channels, plan.rate_hz);
    let rounding = |dither| Rounding::new(depth, dither, seed, format, BLOCK_FRAMES);
    let none = DitherChoice {
        kind: DitherName::None,
        ..DitherChoice::default()
    };
    let (mut changed, mut as_is) = (rounding(dither), rounding(none));
    let mut report = CutReport {
        frames: cut.end.saturating_sub(cut.start),
        ..CutReport::default()
    };
    let mut desk = Desk::new(plan, open)?;
    report.non_finite_samples = desk.run(cut, &mut |block, sound| {
        match sound {
            Sound::Changed => changed.write(block, sink)?,
            Sound::AsItIs => {
                report.untouched_frames += block.first().map_or(0, |row| row.len()) as u64;
                as_is.write(block, sink)?;
            }
        }
        Ok(())
    })?;
    report.clipped_samples = changed.clipped_samples() + as_is.clipped_samples();
    Ok(report)
}

/// Whether anything was done to a block's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sound {
    AsItIs,
    Changed,
}

type TakeBlock<'t> = dyn FnMut(&[&[f64]], Sound) -> Result<(), RenderError> + 't;

/// Brings the pieces of a disc together.
struct Desk<'p, 's, 'o, 'a> {
    plan: &'p DiscPlan,
    open: &'o mut OpenSource<'s, 'a>,
    /// Those that sound now, by their place in the plan.
    voices: Vec<(usize, Voice<'a>)>,
    rows: Vec<Vec<f64>>,
    gains: Vec<f64>,
    non_finite_samples: u64,
}

impl<'p, 's, 'o, 'a> Desk<'p, 's, 'o, 'a> {
    fn new(plan: &'p DiscPlan, open: &'o mut OpenSource<'s, 'a>) -> Result<Self, RenderError> {
        let channels = plan.channels;
        if !(1..=64).contains(&channels) {
            return Err(RenderError::Channels { channels });
        }
        Ok(Self {
            plan,
            open,
            voices: Vec::new(),
            rows: vec![vec![0.0; BLOCK_FRAMES]; channels],
            gains: vec![0.0; BLOCK_FRAMES],
            non_finite_samples: 0,
        })
    }

    /// Renders frames of the disc in order; returns how many samples were no numbers.
    fn run(&mut self, frames: Range<u64>, take: &mut TakeBlock<'_>) -> Result<u64, RenderError> {
        let turns = self.turns(&frames);
        let mut at = frames.start;
        while at < frames.end {
            let turn = turns.range(at + 1..).next().copied();
            let end = turn.unwrap_or(frames.end).min(at + BLOCK_FRAMES as u64);
            let sound = self.block(&(at..end))?;
            let count = usize::try_from(end - at).unwrap_or(BLOCK_FRAMES);
            let block: Vec<&[f64]> = self.rows.iter().map(|row| &row[..count]).collect();
            take(&block, sound)?;
            at = end;
        }
        self.voices
            .iter()
            .for_each(|(_, v)| self.non_finite_samples += v.non_finite_samples);
        self.voices.clear();
        Ok(self.non_finite_samples)
    }

    /// Frames at which something begins or ends: between two of them everything is of one kind.
    fn turns(&self, frames: &Range<u64>) -> BTreeSet<u64> {
        let pieces = self.plan.pieces.iter();
        let places = pieces.flat_map(|piece| {
            let ramps = piece.ramps.iter().flat_map(|ramp| [ramp.at, ramp.end()]);
            ramps.chain([piece.place.start, piece.place.end])
        });
        let mut turns: BTreeSet<u64> = places.filter(|at| frames.contains(at)).collect();
        turns.insert(frames.end);
        turns
    }

    /// Fills the rows with frames between two turns.
    fn block(&mut self, frames: &Range<u64>) -> Result<Sound, RenderError> {
        let count = usize::try_from(frames.end - frames.start).unwrap_or(BLOCK_FRAMES);
        self.rows.iter_mut().for_each(|row| row[..count].fill(0.0));
        self.close(frames.start);
        let mut sound = Sound::AsItIs;
        let mut sounding = 0;
        for (index, piece) in self.plan.pieces.iter().enumerate() {
            if !piece.place.contains(&frames.start) {
                continue;
            }
            sounding += 1;
            let level = dsp::db_to_gain(piece.gain_db);
            let is_ramped = piece.is_ramped(frames);
            let gains = &mut self.gains[..count];
            for (gain, frame) in gains.iter_mut().zip(frames.clone()) {
                *gain = if is_ramped {
                    level * piece.ramp_gain(frame)
                } else {
                    level
                };
            }
            let place = match self.voices.iter().position(|(open, _)| *open == index) {
                Some(place) => place,
                None => {
                    let at = piece.from + (frames.start - piece.place.start);
                    let plan = (self.plan.rate_hz, self.plan.conversion);
                    let voice = Voice::open(piece, self.open, plan, at)?;
                    self.voices.push((index, voice));
                    self.voices.len() - 1
                }
            };
            let voice = &mut self.voices[place].1;
            if is_ramped || !piece.is_unchanged(self.plan.rate_hz, voice.rate_hz()) {
                sound = Sound::Changed;
            }
            voice.add_to(&mut self.rows, gains)?;
        }
        Ok(if sounding > 1 { Sound::Changed } else { sound })
    }

    /// Lets go of what no longer sounds.
    fn close(&mut self, at: u64) {
        let pieces = &self.plan.pieces;
        let over = &mut self.non_finite_samples;
        self.voices.retain(|(index, voice)| {
            let sounds = pieces[*index].place.contains(&at);
            *over += if sounds { 0 } else { voice.non_finite_samples };
            sounds
        });
    }
}
