//! Finds the gain before the limiter that brings the rendered loudness to the target.

use measure::{Measurements, Meter};

use crate::chain::Chain;
use crate::plan::{PlanError, Target};
use crate::render::{RenderReport, Runner};
use crate::stages::{GainStage, Stage};
use crate::stream::Source;

/// Close enough to stop: half of what is promised.
const CLOSE_LU: f64 = 0.05;
/// Over the limiter's budget by less than this counts as on it.
const BUDGET_SLACK_DB: f64 = 0.05;
/// Most renders the search may take.
const MOST_PASSES: u32 = 6;
/// What loudness gains per dB of gain while the limiter works, to begin with.
const FIRST_SLOPE: f64 = 0.9;

/// A chain that has been rendered once and measured.
pub(crate) struct Trial {
    pub(crate) gain_db: f64,
    pub(crate) integrated_lufs: f64,
    pub(crate) measured: Measurements,
    pub(crate) report: RenderReport,
    /// The limiter's budget, not the target, set the gain.
    pub(crate) is_at_budget: bool,
}

/// What the search may do.
pub(crate) struct Bounds {
    pub(crate) target: Target,
    pub(crate) budget_db: f64,
    /// Where to begin.
    pub(crate) first_gain_db: f64,
}

/// Renders with better and better gains until the loudness is right or the limiter's budget is used up.
///
/// `chain_with` puts a gain into the chain. Each trial is a full render, so what is found is
/// what will be delivered, not an estimate of it.
pub(crate) fn find_gain(
    source: &mut dyn Source,
    bounds: &Bounds,
    chain_with: &dyn Fn(GainStage) -> Vec<Stage>,
) -> Result<Trial, PlanError> {
    let wanted = bounds.target.integrated_lufs;
    let mut gain_db = round(bounds.first_gain_db);
    let mut slope = FIRST_SLOPE;
    let mut before: Option<(f64, f64)> = None;
    let mut pass = 1;
    loop {
        let mut trial = try_gain(source, gain_db, chain_with)?;
        let cap_db = highest_gain(&trial, bounds);
        let missing = wanted - trial.integrated_lufs;
        let is_over_budget = gain_db > cap_db + BUDGET_SLACK_DB;
        trial.is_at_budget = missing > CLOSE_LU && gain_db >= cap_db - BUDGET_SLACK_DB;
        let is_done = !is_over_budget && (missing.abs() <= CLOSE_LU || trial.is_at_budget);
        if is_done || pass == MOST_PASSES {
            return Ok(trial);
        }
        if let Some((gain_before, lufs_before)) = before
            && (gain_db - gain_before).abs() > 0.02
        {
            slope =
                ((trial.integrated_lufs - lufs_before) / (gain_db - gain_before)).clamp(0.3, 1.2);
        }
        before = Some((gain_db, trial.integrated_lufs));
        gain_db = round((gain_db + missing / slope).min(cap_db).clamp(-60.0, 60.0));
        pass += 1;
    }
}

/// The gain at which the limiter's deepest reduction meets its budget. The stages before the gain do not
/// change with it, so the deepest reduction follows it dB by dB.
fn highest_gain(trial: &Trial, bounds: &Bounds) -> f64 {
    let deepest = trial.report.max_gain_reduction_db;
    if deepest > 0.0 {
        return trial.gain_db + bounds.budget_db - deepest;
    }
    let room = trial
        .measured
        .true_peak_dbtp
        .map_or(60.0, |peak| bounds.target.true_peak_max_dbtp - peak);
    trial.gain_db + bounds.budget_db + room
}

/// To a hundredth of a dB: a plan is read and edited by people.
fn round(gain_db: f64) -> f64 {
    libm::round(gain_db * 100.0) / 100.0
}

fn try_gain(
    source: &mut dyn Source,
    gain_db: f64,
    chain_with: &dyn Fn(GainStage) -> Vec<Stage>,
) -> Result<Trial, PlanError> {
    let spec = source.spec();
    let chain = Chain::new(chain_with(GainStage { gain_db }))?;
    let channels = u32::try_from(spec.channels).unwrap_or(u32::MAX);
    let mut meter = Meter::new(spec.rate_hz, channels)?;
    let report = Runner::new(&chain, spec.rate_hz, spec.channels)?.run(source, &mut |block| {
        meter.feed(block);
        Ok(())
    })?;
    let measured = meter.finish();
    let integrated_lufs = measured.integrated_lufs.ok_or(PlanError::Silent)?;
    Ok(Trial {
        gain_db,
        integrated_lufs,
        measured,
        report,
        is_at_budget: false,
    })
}
