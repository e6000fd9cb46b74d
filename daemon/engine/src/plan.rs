use measure::Measurements;
use serde::{Deserialize, Serialize};

use crate::ENGINE_REVISION;
use crate::analysis::analyse;
use crate::chain::{Chain, ChainError};
use crate::decisions::{compressor, de_esser, equaliser, rumble_filter, stereo};
use crate::intensity::{Intensity, Limits};
use crate::loudness::{
    Heard, LoudnessError, LoudnessGoal, LoudnessOutcome, LoudnessWay, OverBudget,
    settle_and_measure,
};
use crate::reason::{Evidence, Outcome, Reason, Subject};
use crate::render::{RenderError, RenderReport};
use crate::stages::{LimiterStage, Stage};
use crate::stream::{Source, SourceError};
use crate::style::Style;

/// Promised distance between target and master in LU.
const REACHED_LU: f64 = 0.1;
const LOOKAHEAD_MS: f64 = 4.0;

/// Where a master is to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Target {
    /// Integrated loudness in LUFS, −40 to −5.
    pub integrated_lufs: f64,
    /// Highest true peak in dBTP, −20 to 0.
    pub true_peak_max_dbtp: f64,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            integrated_lufs: -14.0,
            true_peak_max_dbtp: -1.0,
        }
    }
}

/// What a plan is to be made for.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Brief {
    /// Where the master is to arrive.
    pub target: Target,
    /// What kind of music it is.
    pub style: Style,
    /// How far the plan may go.
    pub intensity: Intensity,
}

impl Brief {
    /// The style's own loudness at this intensity, at most −1 dBTP.
    #[must_use]
    pub fn of(style: Style, intensity: Intensity) -> Self {
        Self {
            target: Target {
                integrated_lufs: style.loudness_lufs(intensity),
                ..Target::default()
            },
            style,
            intensity,
        }
    }
}

/// Why no plan could be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The mix could not be read.
    #[error("the mix could not be read for its plan")]
    Source(#[from] SourceError),
    /// A trial render failed.
    #[error("the plan could not be tried on the mix")]
    Render(#[from] RenderError),
    /// The mix cannot be measured.
    #[error("the mix cannot be measured")]
    Measure(#[from] measure::MeasureError),
    /// The plan's own chain was refused.
    #[error("the plan led to a chain that cannot be played")]
    Chain(#[from] ChainError),
    /// Nothing to measure.
    #[error("the mix is silent or shorter than 0.4 seconds: it has no loudness to plan with")]
    Silent,
    /// A target no master can have.
    #[error(
        "a target has −40 to −5 LUFS and −20 to 0 dBTP, not {} LUFS and {} dBTP",
        .0.integrated_lufs, .0.true_peak_max_dbtp
    )]
    Target(Target),
}

/// What the chain makes of this mix: rendered and measured, not estimated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicted {
    /// The master's measurements before it is rounded to its word length.
    pub measurements: Measurements,
    /// What each level stage did.
    pub render: RenderReport,
}

/// A chain with its reasons, made for one mix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Where the master was to arrive.
    pub target: Target,
    /// What kind of music it was made for.
    #[serde(default)]
    pub style: Style,
    /// How far the plan was allowed to go.
    pub intensity: Intensity,
    /// The engine it was made for.
    pub engine_revision: String,
    /// The processors; may be edited.
    pub chain: Chain,
    /// Whether the target is reached.
    pub outcome: Outcome,
    /// Every decision in words, with its figures.
    pub reasons: Vec<Reason>,
    /// The mix as it came.
    pub measured: Measurements,
    /// The master as it will be.
    pub predicted: Predicted,
}

/// Makes a plan: measures the mix, decides, and renders trial after trial until the loudness is the
/// target's or the limiter's budget is used up. What is not reached is said, never reached another way.
///
/// Takes a pass to measure, one to weigh what comes to the limiter, and usually one or two to settle the gain.
pub fn plan(source: &mut dyn Source, brief: &Brief) -> Result<Plan, PlanError> {
    let Brief {
        target,
        style,
        intensity,
    } = *brief;
    if !(-40.0..=-5.0).contains(&target.integrated_lufs)
        || !(-20.0..=0.0).contains(&target.true_peak_max_dbtp)
    {
        return Err(PlanError::Target(target));
    }
    let limits = intensity.limits();
    let analysis = analyse(source)?;
    let loudness = analysis.measured.integrated_lufs.ok_or(PlanError::Silent)?;
    let mut reasons = Vec::new();
    let mut before = Vec::new();
    before.extend(rumble_filter(&analysis, &mut reasons));
    before.extend(stereo(&analysis, style, &mut reasons));
    before.extend(equaliser(&analysis, style, &limits, &mut reasons));
    before.extend(de_esser(&analysis, &limits, &mut reasons));
    let dynamics = (style, loudness);
    before.extend(compressor(&analysis, &limits, dynamics, &mut reasons));
    before.push(Stage::Limiter(LimiterStage::new(
        target.true_peak_max_dbtp,
        LOOKAHEAD_MS,
        limits.release_ms,
    )));
    let goal = LoudnessGoal {
        integrated_lufs: target.integrated_lufs,
        way: LoudnessWay::Limiter,
        budget_db: limits.limiter_budget_db,
        ceiling_dbtp: None,
        over_budget: OverBudget::Stop,
    };
    let heard = match settle_and_measure(source, &Chain::new(before)?, &goal) {
        Err(RenderError::Loudness(error)) if matches!(*error, LoudnessError::Silent) => {
            return Err(PlanError::Silent);
        }
        heard => heard?,
    };
    let outcome = outcome(&heard, target);
    say_levels(&heard, &limits, loudness, &mut reasons);
    say_outcome(outcome, &heard, target, &limits, &mut reasons);
    Ok(Plan {
        target,
        style,
        intensity,
        engine_revision: ENGINE_REVISION.to_owned(),
        chain: heard.chain,
        outcome,
        reasons,
        measured: analysis.measured,
        predicted: Predicted {
            measurements: heard.measured,
            render: heard.render,
        },
    })
}

fn outcome(heard: &Heard, target: Target) -> Outcome {
    let missing = target.integrated_lufs - heard.report.integrated_lufs;
    if missing.abs() <= REACHED_LU {
        Outcome::Reached
    } else if heard.report.outcome == LoudnessOutcome::StoppedAtBudget {
        Outcome::BelowTarget {
            short_by_lu: missing,
        }
    } else {
        Outcome::Off { by_lu: missing }
    }
}

fn say_levels(heard: &Heard, limits: &Limits, loudness: f64, reasons: &mut Vec<Reason>) {
    let report = &heard.render;
    let gain_db = heard.report.gain_db;
    reasons.push(Reason::new(
        Subject::Gain,
        format!("The mix measures {loudness:.1} LUFS: {gain_db:+.2} dB before the limiter."),
        vec![
            Evidence::new("mix_integrated_lufs", loudness),
            Evidence::new("gain_db", gain_db),
        ],
    ));
    let (deepest, mean) = (report.max_gain_reduction_db, report.limiter_mean_gr_db);
    let text = if deepest > 0.0 {
        format!(
            "The limiter takes {deepest:.1} dB at its deepest and {mean:.2} dB on average, of a budget of {:.0} dB.",
            limits.limiter_budget_db
        )
    } else {
        "The limiter only stands guard: no peak reaches the ceiling.".to_owned()
    };
    let evidence = vec![
        Evidence::new("limiter_max_gr_db", deepest),
        Evidence::new("limiter_mean_gr_db", mean),
        Evidence::new("limiter_budget_db", limits.limiter_budget_db),
        Evidence::new("compressor_max_gr_db", report.compressor_max_gr_db),
        Evidence::new("compressor_mean_gr_db", report.compressor_mean_gr_db),
    ];
    reasons.push(Reason::new(Subject::Limiter, text, evidence));
}

fn say_outcome(
    outcome: Outcome,
    heard: &Heard,
    target: Target,
    limits: &Limits,
    reasons: &mut Vec<Reason>,
) {
    let (wanted, lufs) = (target.integrated_lufs, heard.report.integrated_lufs);
    let text = match outcome {
        Outcome::Reached => {
            format!("The master measures {lufs:.2} LUFS for a target of {wanted:.1}.")
        }
        Outcome::BelowTarget { short_by_lu } => format!(
            "The target of {wanted:.1} LUFS would need more than {:.0} dB of limiting: the master stops at {lufs:.2} LUFS, {short_by_lu:.1} LU below it.",
            limits.limiter_budget_db
        ),
        Outcome::Off { by_lu } => format!(
            "The gain did not settle: the master measures {lufs:.2} LUFS, {:.2} LU off the target of {wanted:.1}.",
            by_lu.abs()
        ),
    };
    let mut evidence = vec![
        Evidence::new("target_lufs", wanted),
        Evidence::new("master_integrated_lufs", lufs),
    ];
    if let Some(peak) = heard.measured.true_peak_dbtp {
        evidence.push(Evidence::new("master_true_peak_dbtp", peak));
    }
    reasons.push(Reason::new(Subject::Target, text, evidence));
}
