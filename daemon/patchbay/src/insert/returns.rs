//! What came back, in order and without gaps.

use std::io;

use gear::Mark;

use crate::insert::ends::JackEnds;
use crate::insert::shared::Report;
use crate::insert::{BLOCK, InsertError};

/// Who takes what comes back.
pub(super) struct Heard<'a> {
    /// Takes a block, whole frames.
    pub(super) sink: &'a mut dyn FnMut(&[f32]) -> io::Result<()>,
    /// Is told what slipped.
    pub(super) marks: &'a mut dyn FnMut(Mark),
}

/// How far the return of a pass has come.
#[derive(Debug)]
pub(super) struct Returns {
    heard: u64,
    block: Vec<f32>,
    /// Frames that were lost, from a frame on that was not reached yet.
    waiting: Option<(u64, u64)>,
    ceiling_dbfs: f64,
}

impl Returns {
    pub(super) fn new(ceiling_dbfs: f64) -> Self {
        Self {
            heard: 0,
            block: Vec::new(),
            waiting: None,
            ceiling_dbfs,
        }
    }

    /// Frames that came back.
    pub(super) fn heard(&self) -> u64 {
        self.heard
    }

    /// So many more came back another way.
    pub(super) fn count(&mut self, frames: u64) {
        self.heard += frames;
    }

    /// Moves a block of the `there` frames that the ring held before; true where there was one.
    pub(super) fn drain(
        &mut self,
        ends: &mut JackEnds,
        there: u64,
        heard: &mut Heard<'_>,
    ) -> Result<bool, InsertError> {
        while self.waiting.is_none() {
            let Ok(report) = ends.reports[1].pop() else {
                break;
            };
            match report {
                Report::Xrun { frame } | Report::Starved { frame } => {
                    (heard.marks)(Mark::Xrun { frame });
                }
                Report::Feedback { frame } => {
                    return Err(feedback(frame, ends.server.rate_hz, self.ceiling_dbfs));
                }
                Report::Lost { frame, frames } => {
                    (heard.marks)(Mark::LostFrames { frame, frames });
                    self.waiting = Some((frame, frames));
                }
            }
        }
        let mut frames = there.min(BLOCK as u64);
        if let Some((frame, lost)) = self.waiting {
            if frame <= self.heard {
                return self.stand_in(ends.channels, lost, heard);
            }
            frames = frames.min(frame - self.heard);
        }
        if frames == 0 {
            return Ok(false);
        }
        self.block.resize(BLOCK * ends.channels, 0.0);
        let block = &mut self.block[..frames as usize * ends.channels];
        if ends.returns.pop_entire_slice(block).is_err() {
            return Ok(false);
        }
        (heard.sink)(block).map_err(InsertError::Sink)?;
        self.heard += frames;
        Ok(true)
    }

    /// Silence for frames that were never recorded, so that all others keep their place.
    fn stand_in(
        &mut self,
        channels: usize,
        lost: u64,
        heard: &mut Heard<'_>,
    ) -> Result<bool, InsertError> {
        self.waiting = None;
        self.block.clear();
        self.block.resize(BLOCK * channels, 0.0);
        let mut left = lost;
        while left > 0 {
            let frames = left.min(BLOCK as u64);
            let block = &self.block[..frames as usize * channels];
            (heard.sink)(block).map_err(InsertError::Sink)?;
            left -= frames;
        }
        self.heard += lost;
        Ok(true)
    }
}

/// The guard fell at a frame of the return.
pub(super) fn feedback(frame: u64, rate_hz: u32, ceiling_dbfs: f64) -> InsertError {
    InsertError::Feedback {
        frame,
        seconds: frame as f64 / f64::from(rate_hz),
        ceiling_dbfs,
    }
}
