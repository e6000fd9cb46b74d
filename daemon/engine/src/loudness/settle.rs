use measure::{IntegratedLoudness, LoudnessBlocks, Measurements, Meter};

use super::model::{Limiting, LoudnessModel};
use super::{
    LoudnessError, LoudnessGoal, LoudnessOutcome, LoudnessReport, LoudnessWay, OverBudget,
    REACHED_LU, SLACK_DB, last_limiter,
};
use crate::chain::Chain;
use crate::render::{BLOCK_FRAMES, RenderError, RenderReport, Runner};
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
        LoudnessWay::Limiter => {
            let search = Search::new(source, chain, goal)?;
            search.run::<LoudnessAlone>(source)?.0
        }
    };
    let settled = goal
        .settled(chain, report.gain_db)
        .map_err(LoudnessError::from)?;
    Ok(Some((settled, report)))
}

/// A chain brought to its loudness by its limiter, and what was heard of it.
pub(crate) struct Heard {
    pub(crate) chain: Chain,
    pub(crate) report: LoudnessReport,
    /// Of what it gives, before it is rounded to a word length.
    pub(crate) measured: Measurements,
    pub(crate) render: RenderReport,
}

/// The same by a limiter, and with everything measured of the last trial.
pub(crate) fn settle_and_measure(
    source: &mut dyn Source,
    chain: &Chain,
    goal: &LoudnessGoal,
) -> Result<Heard, RenderError> {
    let (report, trial) = Search::new(source, chain, goal)?.run::<Meter>(source)?;
    let settled = goal.settled(chain, report.gain_db);
    Ok(Heard {
        chain: settled.map_err(LoudnessError::from)?,
        report,
        measured: trial.measured,
        render: trial.render,
    })
}

/// What listens to a trial.
trait Ear: Sized {
    /// What it tells besides the loudness.
    type Told;

    fn new(source: &dyn Source) -> Result<Self, LoudnessError>;

    fn hear(&mut self, block: &[&[f64]]);

    /// Loudness in LUFS, and the rest; none for silence.
    fn tell(self) -> Option<(f64, Self::Told)>;
}

/// The loudness and nothing else: much quicker than a whole meter.
struct LoudnessAlone {
    blocks: LoudnessBlocks,
    loudness: IntegratedLoudness,
}

impl Ear for LoudnessAlone {
    type Told = ();

    fn new(source: &dyn Source) -> Result<Self, LoudnessError> {
        Ok(Self {
            blocks: meter(source)?,
            loudness: IntegratedLoudness::default(),
        })
    }

    fn hear(&mut self, block: &[&[f64]]) {
        let loudness = &mut self.loudness;
        self.blocks
            .feed(block, |weighed| loudness.take(weighed.power));
    }

    fn tell(self) -> Option<(f64, ())> {
        self.loudness.lufs().map(|lufs| (lufs, ()))
    }
}

impl Ear for Meter {
    type Told = Measurements;

    fn new(source: &dyn Source) -> Result<Self, LoudnessError> {
        let spec = source.spec();
        let channels = u32::try_from(spec.channels).unwrap_or(u32::MAX);
        Ok(Meter::new(spec.rate_hz, channels)?)
    }

    fn hear(&mut self, block: &[&[f64]]) {
        self.feed(block);
    }

    fn tell(self) -> Option<(f64, Measurements)> {
        let measured = self.finish();
        measured.integrated_lufs.map(|lufs| (lufs, measured))
    }
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
) -> Result<(Runner, RenderReport), RenderError> {
    let spec = source.spec();
    let mut runner = Runner::new(chain, spec.rate_hz, spec.channels)?;
    let report = runner.run(source, &mut |block| {
        take(block);
        Ok(())
    })?;
    Ok((runner, report))
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
    Tried {
        gain_db,
        lufs: found,
        over_db: over,
    }
    .judged(goal, 1)
}

/// A gain that was tried.
#[derive(Debug, Clone, Copy)]
struct Tried {
    gain_db: f64,
    lufs: f64,
    /// Over the budget or the ceiling by so much; below zero what is left of it.
    over_db: f64,
}

impl Tried {
    /// The last word on it.
    fn judged(self, goal: &LoudnessGoal, passes: u32) -> Result<LoudnessReport, RenderError> {
        let missing = goal.integrated_lufs - self.lufs;
        let is_over = self.over_db > SLACK_DB;
        let is_refused = goal.over_budget == OverBudget::Refuse;
        let outcome = if missing.abs() > REACHED_LU {
            let is_at_budget = self.over_db >= -SLACK_DB && missing > 0.0;
            if goal.over_budget == OverBudget::Stop && is_at_budget {
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

/// A trial and what was told of it.
struct Trial<T> {
    tried: Tried,
    measured: T,
    render: RenderReport,
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

    /// The report, and the trial that it speaks of.
    fn run<E: Ear>(
        &self,
        source: &mut dyn Source,
    ) -> Result<(LoudnessReport, Trial<E::Told>), RenderError> {
        let (goal, wanted) = (self.goal, self.goal.integrated_lufs);
        let foreseen = |gain_db| {
            let lufs = self.model.lufs(gain_db, Some(&self.limiting));
            lufs.ok_or(LoudnessError::Silent)
        };
        foreseen(0.0)?;
        let mut gain_db = round(self.model.gain_db(wanted, Some(&self.limiting)));
        let (mut passes, mut before) = (0, None);
        loop {
            let whole = self.trial::<E>(source, gain_db)?;
            let trial = whole.tried;
            passes += 1;
            let missing = wanted - trial.lufs;
            let must_stop = goal.over_budget == OverBudget::Stop;
            let is_over = must_stop && trial.over_db > SLACK_DB;
            let is_at_budget = must_stop && missing > 0.0 && trial.over_db.abs() <= SLACK_DB;
            if (missing.abs() <= CLOSE_LU && !is_over) || is_at_budget || passes == MOST_PASSES {
                return Ok((trial.judged(goal, passes)?, whole));
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
                return Ok((trial.judged(goal, passes)?, whole));
            }
            gain_db = round(next);
        }
    }

    fn trial<E: Ear>(
        &self,
        source: &mut dyn Source,
        gain_db: f64,
    ) -> Result<Trial<E::Told>, RenderError> {
        let settled = self.goal.settled(self.chain, gain_db);
        let settled = settled.map_err(LoudnessError::from)?;
        let mut ear = E::new(source)?;
        let (runner, render) = pass(source, &settled, |block| ear.hear(block))?;
        let (lufs, measured) = ear.tell().ok_or(LoudnessError::Silent)?;
        let stages = runner.stages();
        let limiter = stages.get(self.limiter);
        let deepest = limiter.and_then(|stage| stage.max_gain_change_db);
        Ok(Trial {
            tried: Tried {
                gain_db,
                lufs,
                over_db: deepest.unwrap_or(0.0) - self.goal.budget_db,
            },
            measured,
            render,
        })
    }
}
