//! What the limiter takes of a match's loudness is given back before it, as far as its budget goes.

use measure::{IntegratedLoudness, LoudnessBlocks};

use super::{Match, MatchError, words};
use crate::chain::Chain;
use crate::loudness::{self, LoudnessError, LoudnessGoal, LoudnessWay, OverBudget};
use crate::render::{RenderError, Runner};
use crate::stages::Stage;
use crate::stream::{Source, SourceError, SourceSpec};

/// Length of an excerpt in seconds: long enough for a limiter to settle in.
const EXCERPT_SECONDS: u64 = 6;
/// At least so many seconds are listened to, spread evenly over the song.
const LISTENED_SECONDS: u64 = 36;

impl Match {
    /// Tries the chain on excerpts of the mix and sets its gain so that they are as loud behind the limiter as they
    /// would be without one, or as its budget allows; a reason says which.
    ///
    /// # Errors
    /// A mix that cannot be read or measured.
    pub fn settle(self, mix: &mut dyn Source) -> Result<Self, MatchError> {
        let mut excerpts = Excerpts::new(mix);
        let first_db = self.gain_db();
        let Some(aim_lufs) = self.loudness_without_limiter(&mut excerpts)? else {
            return Ok(self);
        };
        self.settle_on(&mut excerpts, (aim_lufs, first_db))
    }

    /// Renders the whole mix and sets its gain so that the master has [`Match::target_lufs`] within 0.05 LU, or as far as
    /// the limiter's budget allows; a reason says which. Takes two or three passes.
    ///
    /// # Errors
    /// A mix that cannot be read or measured.
    pub fn settle_at_target(self, mix: &mut dyn Source) -> Result<Self, MatchError> {
        let (aim_lufs, first_db) = (self.target_lufs, self.gain_db());
        self.settle_on(mix, (aim_lufs, first_db))
    }

    /// Brings a chain to what is aimed at on what is heard; its gain was another one before.
    fn settle_on(
        self,
        heard: &mut dyn Source,
        (aim_lufs, first_db): (f64, f64),
    ) -> Result<Self, MatchError> {
        let goal = LoudnessGoal {
            integrated_lufs: aim_lufs,
            way: LoudnessWay::Limiter,
            budget_db: self.settings.limiter_budget_db,
            ceiling_dbtp: None,
            over_budget: OverBudget::Stop,
        };
        let mut stages = self.chain.stages().to_vec();
        stages.retain(|stage| !matches!(stage, Stage::Gain(_)));
        // What is too quiet or too loud for a goal keeps its gain.
        let Ok(asked) = Chain::new(stages)?.with_loudness(goal) else {
            return Ok(self);
        };
        let Some((chain, report)) = loudness::settle(heard, &asked)? else {
            return Ok(self);
        };
        let mut settled = Self { chain, ..self };
        let said = words::settled(&settled, first_db, &report);
        settled.reasons.push(said);
        Ok(settled)
    }

    fn loudness_without_limiter(
        &self,
        excerpts: &mut Excerpts<'_>,
    ) -> Result<Option<f64>, RenderError> {
        let mut stages = self.chain.stages().to_vec();
        stages.retain(|stage| !matches!(stage, Stage::Limiter(_)));
        let chain = Chain::new(stages).map_err(LoudnessError::from)?;
        let spec = excerpts.spec();
        let channels = u32::try_from(spec.channels).unwrap_or(u32::MAX);
        let mut blocks =
            LoudnessBlocks::new(spec.rate_hz, channels).map_err(LoudnessError::from)?;
        let mut loudness = IntegratedLoudness::default();
        Runner::new(&chain, spec.rate_hz, spec.channels)?.run(excerpts, &mut |block| {
            blocks.feed(block, |weighed| loudness.take(weighed.power));
            Ok(())
        })?;
        Ok(loudness.lufs())
    }
}

/// Every so many seconds of a stream a few of them, one after the other.
struct Excerpts<'a> {
    inner: &'a mut dyn Source,
    room: Vec<Vec<f64>>,
    /// Frames of an excerpt, and from the start of one to the next.
    length: u64,
    every: u64,
    at: u64,
}

impl<'a> Excerpts<'a> {
    fn new(inner: &'a mut dyn Source) -> Self {
        let rate = u64::from(inner.spec().rate_hz).max(1);
        let length = EXCERPT_SECONDS * rate;
        let excerpts = LISTENED_SECONDS / EXCERPT_SECONDS;
        let every = (inner.frames() / excerpts).max(length);
        Self {
            room: vec![Vec::new(); inner.spec().channels],
            inner,
            length,
            every,
            at: 0,
        }
    }

    /// Frames heard of the first so many.
    fn heard(&self, frames: u64) -> u64 {
        frames / self.every * self.length + (frames % self.every).min(self.length)
    }
}

impl Source for Excerpts<'_> {
    fn spec(&self) -> SourceSpec {
        self.inner.spec()
    }

    fn frames(&self) -> u64 {
        self.heard(self.inner.frames())
    }

    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError> {
        let wanted = block.first().map_or(0, Vec::len);
        loop {
            let place = self.at % self.every;
            let left = if place < self.length {
                self.length - place
            } else {
                self.every - place
            };
            let frames = usize::try_from(left).unwrap_or(wanted).min(wanted);
            self.room.iter_mut().for_each(|row| row.resize(frames, 0.0));
            let read = self.inner.read(&mut self.room)?;
            self.at += read as u64;
            if read > 0 && place >= self.length {
                continue;
            }
            for (to, from) in block.iter_mut().zip(&self.room) {
                to[..read].copy_from_slice(&from[..read]);
            }
            return Ok(read);
        }
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.at = 0;
        self.inner.rewind()
    }
}
