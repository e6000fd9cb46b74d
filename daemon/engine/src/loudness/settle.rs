use measure::{IntegratedLoudness, LoudnessBlocks};

use super::model::{Limiting, LoudnessModel};
use super::{
    LoudnessError, LoudnessGoal, LoudnessOutcome, LoudnessReport, LoudnessWay, OverBudget,
    REACHED_LU, SLACK_DB, last_limiter,
};
use crate::chain::Chain;
use crate::render::{BLOCK_FRAMES, RenderError, Runner};
use crate::stages::Stage;
use crate::stream::Source;

/// Close enough to stop looking: less than half of what is promised.
const CLOSE_LU: f64 = 0.02;
/// Most trial renders.
const MOST_PASSES: u32 = 6;

/// Finds the gain that brings a chain to its loudness; nothing for a chain without a goal.
///
/// What stands before the gain is rendered once to measure it. A limiter's effect is foreseen by a model of it and
/// then tried in full, so that what is reported is what will be delivered.
pub(crate) fn settle(
    source: &mut dyn Source,
    chain: &Chain,
) -> Result<Option<(Chain, LoudnessReport)>, RenderError> {
    let Some(goal) = chain.loudness() else {
        return Ok(None);
    };
    let report = match goal.way {
        LoudnessWay::Gain => by_gain(source, chain, goal)?,
        LoudnessWay::Limiter => Search::new(source, chain, goal)?.run(source)?,
    };
    let settled = goal
        .settled(chain, report.gain_db)
        .map_err(LoudnessError::from)?;
    Ok(Some((settled, report)))
}

/// To a hundredth of a dB: the gain is read and edited by people.
fn round(gain_db: f64) -> f64 {
    libm::round(gain_db * 100.0) / 100.0
}

fn meter(source: &dyn Source) -> Result<LoudnessBlocks, LoudnessError> {
    let spec = source.spec();
    let channels = u32::try_from(spec.channels).unwrap_or(u32::MAX);
    Ok(LoudnessBlocks::new(spec.rate_hz, channels)?)
}

/// Renders a chain to nowhere; `take` gets its blocks.
fn pass(
    source: &mut dyn Source,
    chain: &Chain,
    mut take: impl FnMut(&[&[f64]]),
) -> Result<Runner, RenderError> {
    let spec = source.spec();
    let mut runner = Runner::new(chain, spec.rate_hz, spec.channels)?;
    runner.run(source, &mut |block| {
        take(block);
        Ok(())
    })?;
    Ok(runner)
}

fn by_gain(
    source: &mut dyn Source,
    chain: &Chain,
    goal: &LoudnessGoal,
) -> Result<LoudnessReport, RenderError> {
    let spec = source.spec();
    let mut meter = meter(source)?;
    let mut model = LoudnessModel::new(source.frames(), spec.rate_hz);
    let mut peaks = vec![dsp::TruePeakMeter::new(BLOCK_FRAMES); spec.channels];
    let goalless = chain.clone().without_loudness();
    pass(source, &goalless, |block| {
        meter.feed(block, |weighed| model.take(weighed));
        for (peak, channel) in peaks.iter_mut().zip(block) {
            peak.feed(channel);
        }
    })?;
    let peak = peaks.iter_mut().map(dsp::TruePeakMeter::finish);
    let peak_db = dsp::gain_to_db(peak.fold(1e-30, f64::max));
    let (wanted, ceiling) = (goal.integrated_lufs, goal.ceiling_dbtp(chain));
    if model.lufs(0.0, None).is_none() {
        return Err(LoudnessError::Silent.into());
    }
    let mut gain_db = round(model.gain_db(wanted, None));
    let mut over = peak_db + gain_db - ceiling;
    let is_over = over > SLACK_DB;
    match goal.over_budget {
        OverBudget::Refuse if is_over => {
            return Err(LoudnessError::OverCeiling {
                integrated_lufs: wanted,
                peak_dbtp: peak_db + gain_db,
                ceiling_dbtp: ceiling,
            }
            .into());
        }
        OverBudget::Stop if is_over => {
            // Rounded down: the ceiling is a promise.
            gain_db = libm::floor((ceiling - peak_db) * 100.0) / 100.0;
            over = 0.0;
        }
        OverBudget::Refuse | OverBudget::Report | OverBudget::Stop => (),
    }
    let found = model.lufs(gain_db, None).ok_or(LoudnessError::Silent)?;
    Trial {
        gain_db,
        lufs: found,
        over_db: over,
    }
    .judged(goal, 1)
}

/// A gain that was tried.
#[derive(Debug, Clone, Copy)]
struct Trial {
    gain_db: f64,
    lufs: f64,
    /// Over the budget or the ceiling by so much; below zero what is left of it.
    over_db: f64,
}

impl Trial {
    /// The last word on it.
    fn judged(self, goal: &LoudnessGoal, passes: u32) -> Result<LoudnessReport, RenderError> {
        let missing = goal.integrated_lufs - self.lufs;
        let is_over = self.over_db > SLACK_DB;
        let is_refused = goal.over_budget == OverBudget::Refuse;
        let outcome = if missing.abs() > REACHED_LU {
            if goal.over_budget == OverBudget::Stop && missing > 0.0 && self.gain_db < 60.0 {
                LoudnessOutcome::StoppedAtBudget
            } else {
                LoudnessOutcome::OutOfReach
            }
        } else if is_over {
            LoudnessOutcome::OverBudget
        } else {
            LoudnessOutcome::Reached
        };
        if is_refused && outcome == LoudnessOutcome::OutOfReach {
            return Err(LoudnessError::OutOfReach {
                integrated_lufs: goal.integrated_lufs,
                found_lufs: self.lufs,
            }
            .into());
        }
        if is_refused && is_over {
            return Err(LoudnessError::OverBudget {
                integrated_lufs: goal.integrated_lufs,
                needed_db: goal.budget_db + self.over_db,
                budget_db: goal.budget_db,
            }
            .into());
        }
        Ok(LoudnessReport {
            goal: *goal,
            gain_db: self.gain_db,
            integrated_lufs: self.lufs,
            over_budget_db: if is_over { self.over_db } else { 0.0 },
            passes,
            outcome,
        })
    }
}

/// How much faster loudness rises than foreseen, between two trials: foreseen and found.
fn steepness(before: (f64, f64), here: (f64, f64)) -> f64 {
    let (foreseen, found) = (here.0 - before.0, here.1 - before.1);
    if foreseen.abs() < 0.01 {
        return 1.0;
    }
    (found / foreseen).clamp(0.3, 3.0)
}

/// Looks for the gain into a limiter.
struct Search<'a> {
    chain: &'a Chain,
    goal: &'a LoudnessGoal,
    /// Place of the limiter in the settled chain, from 0.
    limiter: usize,
    limiting: Limiting,
    model: LoudnessModel,
}

impl<'a> Search<'a> {
    /// Weighs what comes to the gain.
    fn new(
        source: &mut dyn Source,
        chain: &'a Chain,
        goal: &'a LoudnessGoal,
    ) -> Result<Self, RenderError> {
        let settled = goal.settled(chain, 0.0).map_err(LoudnessError::from)?;
        let limiter = last_limiter(&settled).unwrap_or(0);
        let Some(Stage::Limiter(stage)) = settled.stages().get(limiter) else {
            unreachable!("a chain settled by a limiter has one");
        };
        let before = settled
            .up_to(limiter.saturating_sub(1))
            .map_err(LoudnessError::from)?;
        let mut meter = meter(source)?;
        let mut model = LoudnessModel::new(source.frames(), source.spec().rate_hz);
        pass(source, &before, |block| {
            meter.feed(block, |weighed| model.take(weighed));
        })?;
        let limiting = Limiting::of(stage);
        Ok(Self {
            chain,
            goal,
            limiter,
            limiting,
            model,
        })
    }

    fn run(&self, source: &mut dyn Source) -> Result<LoudnessReport, RenderError> {
        let (goal, wanted) = (self.goal, self.goal.integrated_lufs);
        let foreseen = |gain_db| {
            let lufs = self.model.lufs(gain_db, Some(&self.limiting));
            lufs.ok_or(LoudnessError::Silent)
        };
        foreseen(0.0)?;
        let mut gain_db = round(self.model.gain_db(wanted, Some(&self.limiting)));
        let (mut passes, mut before) = (0, None);
        loop {
            let trial = self.trial(source, gain_db)?;
            passes += 1;
            let missing = wanted - trial.lufs;
            let must_stop = goal.over_budget == OverBudget::Stop;
            let is_over = must_stop && trial.over_db > SLACK_DB;
            let is_at_budget = must_stop && missing > 0.0 && trial.over_db.abs() <= SLACK_DB;
            if (missing.abs() <= CLOSE_LU && !is_over) || is_at_budget || passes == MOST_PASSES {
                return trial.judged(goal, passes);
            }
            // The model's error hardly changes with the gain; from the second trial on, what it does is known too.
            let here = (foreseen(gain_db)?, trial.lufs);
            let steeper = before.map_or(1.0, |before| steepness(before, here));
            before = Some(here);
            let mut next = self
                .model
                .gain_db(here.0 + missing / steeper, Some(&self.limiting));
            if must_stop {
                // What comes to the limiter is the gain times something that stays: reduction follows dB by dB.
                next = next.min(gain_db - trial.over_db);
            }
            if round(next) == gain_db {
                return trial.judged(goal, passes);
            }
            gain_db = round(next);
        }
    }

    fn trial(&self, source: &mut dyn Source, gain_db: f64) -> Result<Trial, RenderError> {
        let settled = self.goal.settled(self.chain, gain_db);
        let settled = settled.map_err(LoudnessError::from)?;
        let mut meter = meter(source)?;
        let mut loudness = IntegratedLoudness::default();
        let runner = pass(source, &settled, |block| {
            meter.feed(block, |weighed| loudness.take(weighed.power));
        })?;
        let stages = runner.stages();
        let limiter = stages.get(self.limiter);
        let deepest = limiter.and_then(|stage| stage.max_gain_change_db);
        Ok(Trial {
            gain_db,
            lufs: loudness.lufs().ok_or(LoudnessError::Silent)?,
            over_db: deepest.unwrap_or(0.0) - self.goal.budget_db,
        })
    }
}
