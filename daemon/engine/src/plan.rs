use measure::Measurements;
use serde::{Deserialize, Serialize};

use crate::ENGINE_REVISION;
use crate::analysis::{Analysis, analyse};
use crate::balance::{RegionMove, judge};
use crate::chain::{Chain, ChainError};
use crate::intensity::{Intensity, Limits};
use crate::reason::{Evidence, Outcome, Reason, Subject};
use crate::render::{RenderError, RenderReport};
use crate::search::{Bounds, Trial, find_gain};
use crate::stages::{
    CompressorStage, EqualiserStage, LimiterStage, Listening, RumbleFilterStage, Stage, Steepness,
};
use crate::stream::{Source, SourceError};

/// Promised distance between target and master in LU.
const REACHED_LU: f64 = 0.1;
/// Rumble (below 20 Hz) this far below the whole is inaudible and harms no limiter.
const RUMBLE_HARMLESS_DB: f64 = -65.0;
/// Above this it calls for the steep filter.
const RUMBLE_STRONG_DB: f64 = -45.0;
/// DC above this share of full scale costs headroom.
const DC_HARMLESS: f64 = 1e-4;
/// A loudness range (LU) above this is the music's own, and is left to it.
const WIDE_RANGE_LU: f64 = 12.0;
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
/// Takes a pass to measure and usually two or three to settle the gain.
pub fn plan(
    source: &mut dyn Source,
    target: Target,
    intensity: Intensity,
) -> Result<Plan, PlanError> {
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
    before.extend(equaliser(&analysis, &limits, &mut reasons));
    before.extend(compressor(&analysis, &limits, loudness, &mut reasons));
    let limiter = Stage::Limiter(LimiterStage::new(
        target.true_peak_max_dbtp,
        LOOKAHEAD_MS,
        limits.release_ms,
    ));
    let chain_with = |gain| {
        let after = [Stage::Gain(gain), limiter.clone()];
        before.iter().cloned().chain(after).collect::<Vec<_>>()
    };
    let bounds = Bounds {
        target,
        budget_db: limits.limiter_budget_db,
        first_gain_db: first_gain(&analysis.measured, target, &limits, loudness),
    };
    let trial = find_gain(source, &bounds, &chain_with)?;
    let outcome = outcome(&trial, target);
    say_levels(&trial, &limits, loudness, &mut reasons);
    say_outcome(outcome, &trial, target, &limits, &mut reasons);
    Ok(Plan {
        target,
        intensity,
        engine_revision: ENGINE_REVISION.to_owned(),
        chain: Chain::new(chain_with(crate::GainStage {
            gain_db: trial.gain_db,
        }))?,
        outcome,
        reasons,
        measured: analysis.measured,
        predicted: Predicted {
            measurements: trial.measured,
            render: trial.report,
        },
    })
}

fn first_gain(measured: &Measurements, target: Target, limits: &Limits, loudness: f64) -> f64 {
    let wanted = target.integrated_lufs - loudness;
    let room = measured
        .true_peak_dbtp
        .map_or(0.0, |peak| target.true_peak_max_dbtp - peak);
    // A limited master needs more gain than the difference in loudness; a tenth of what goes into
    // the limiter is a fair first guess.
    let guess = wanted + 0.1 * (wanted - room).max(0.0);
    guess
        .min(room + limits.limiter_budget_db)
        .clamp(-60.0, 60.0)
}

fn rumble_filter(analysis: &Analysis, reasons: &mut Vec<Reason>) -> Option<Stage> {
    let spectrum = &analysis.spectrum;
    let whole = spectrum.power_between(0.0, f64::from(analysis.measured.rate_hz));
    let rumble_db = dsp::power_to_db(spectrum.power_between(0.0, 20.0) / whole.max(1e-300));
    let rumble_db = rumble_db.max(-200.0);
    let dc = analysis
        .measured
        .per_channel
        .iter()
        .map(|c| c.dc.abs())
        .fold(0.0, f64::max);
    let evidence = vec![
        Evidence::new("rumble_below_20_hz_db", rumble_db),
        Evidence::new("dc", dc),
    ];
    let say = |text: String| reasons.push(Reason::new(Subject::RumbleFilter, text, evidence));
    if rumble_db < RUMBLE_HARMLESS_DB && dc < DC_HARMLESS {
        say(format!(
            "Below 20 Hz the mix lies {:.0} dB under its whole and carries no DC: no filter is needed.",
            -rumble_db
        ));
        return None;
    }
    let (frequency_hz, slope, steepness) = if rumble_db > RUMBLE_STRONG_DB {
        (22.0, Steepness::Db24, "24 dB")
    } else {
        (18.0, Steepness::Db12, "12 dB")
    };
    say(format!(
        "Energy below 20 Hz ({:.0} dB under the whole) and DC ({dc:.5} of full scale) take headroom and are not heard: a high-pass at {frequency_hz:.0} Hz, {steepness} per octave.",
        -rumble_db
    ));
    Some(Stage::RumbleFilter(RumbleFilterStage {
        frequency_hz,
        slope,
    }))
}

fn equaliser(analysis: &Analysis, limits: &Limits, reasons: &mut Vec<Reason>) -> Option<Stage> {
    let moves = judge(&analysis.spectrum, analysis.measured.rate_hz, limits);
    let describe = |m: &RegionMove| {
        let side = if m.deviation_db > 0.0 {
            "above"
        } else {
            "below"
        };
        let gain_db = m.band.map_or(0.0, |band| band.gain_db);
        format!(
            "{} {:.1} dB {side} the usual, {gain_db:+.1} dB",
            m.name,
            m.deviation_db.abs()
        )
    };
    let evidence = moves
        .iter()
        .map(|m| {
            Evidence::new(
                &format!("{}_deviation_db", m.name.replace(' ', "_")),
                m.deviation_db,
            )
        })
        .collect();
    let changed: Vec<&RegionMove> = moves.iter().filter(|m| m.band.is_some()).collect();
    let text = if changed.is_empty() {
        "The tonal balance is within 3 dB of the usual, or the song's own: left as it is."
            .to_owned()
    } else {
        let list: Vec<String> = changed.iter().map(|m| describe(m)).collect();
        format!(
            "The tonal balance moves half-way to the usual: {}.",
            list.join("; ")
        )
    };
    reasons.push(Reason::new(Subject::Equaliser, text, evidence));
    let bands: Vec<_> = changed.iter().filter_map(|m| m.band).collect();
    (!bands.is_empty()).then_some(Stage::Equaliser(EqualiserStage::new(bands)))
}

fn compressor(
    analysis: &Analysis,
    limits: &Limits,
    loudness: f64,
    reasons: &mut Vec<Reason>,
) -> Option<Stage> {
    let measured = &analysis.measured;
    let plr_lu = measured.true_peak_dbtp.map_or(0.0, |peak| peak - loudness);
    let lra_lu = measured.lra_lu.unwrap_or(0.0);
    let loudest = measured.max_short_term_lufs.unwrap_or(loudness);
    let evidence = vec![
        Evidence::new("plr_lu", plr_lu),
        Evidence::new("lra_lu", lra_lu),
        Evidence::new("max_short_term_lufs", loudest),
    ];
    let say = |text: String| reasons.push(Reason::new(Subject::Compressor, text, evidence));
    if plr_lu < limits.dense_plr_lu {
        say(format!(
            "Peaks stand only {plr_lu:.1} dB above the loudness: the mix is dense already and is not compressed."
        ));
        return None;
    }
    let (ratio, why) = if lra_lu > WIDE_RANGE_LU {
        (
            1.0 + (limits.ratio - 1.0) / 2.0,
            "Its wide range is the music's own, so half the usual ratio",
        )
    } else {
        (limits.ratio, "Lightly, to bring the body forward")
    };
    // Loudness adds up the channels, the detector averages them: 10 log10(channels) between them,
    // and 0.7 dB for the K-weighting's gain at 1 kHz.
    let channels = f64::from(measured.channels.max(1));
    let body_dbfs = loudest + 0.691 - dsp::power_to_db(channels);
    let threshold_dbfs = (body_dbfs - limits.compression_depth_db).clamp(-80.0, 0.0);
    let threshold_dbfs = libm::round(threshold_dbfs * 10.0) / 10.0;
    say(format!(
        "Peaks stand {plr_lu:.1} dB above the loudness, the range is {lra_lu:.1} LU. {why}: {ratio:.2} : 1 from {threshold_dbfs:.1} dBFS, {:.0} dB below the loudest passages.",
        limits.compression_depth_db
    ));
    Some(Stage::Compressor(CompressorStage {
        threshold_dbfs,
        ratio,
        knee_db: 6.0,
        attack_ms: 30.0,
        release_ms: 150.0,
        detector: Listening::Rms,
        sidechain_highpass_hz: 90.0,
        mix: 1.0,
        makeup_db: 0.0,
        ..CompressorStage::default()
    }))
}

fn outcome(trial: &Trial, target: Target) -> Outcome {
    let missing = target.integrated_lufs - trial.integrated_lufs;
    if missing.abs() <= REACHED_LU {
        Outcome::Reached
    } else if trial.is_at_budget {
        Outcome::BelowTarget {
            short_by_lu: missing,
        }
    } else {
        Outcome::Off { by_lu: missing }
    }
}

fn say_levels(trial: &Trial, limits: &Limits, loudness: f64, reasons: &mut Vec<Reason>) {
    let report = &trial.report;
    let gain_db = trial.gain_db;
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
    trial: &Trial,
    target: Target,
    limits: &Limits,
    reasons: &mut Vec<Reason>,
) {
    let (wanted, lufs) = (target.integrated_lufs, trial.integrated_lufs);
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
    if let Some(peak) = trial.measured.true_peak_dbtp {
        evidence.push(Evidence::new("master_true_peak_dbtp", peak));
    }
    reasons.push(Reason::new(Subject::Target, text, evidence));
}
