//! `lacquer master`: one file by the measured plan, or by a chain of one's own.

use std::path::Path;

use anyhow::Context as _;
use engine::{
    Brief, Chain, Depth, LoudnessGoal, LoudnessWay, MatchSettings, OverBudget, StageReport, Target,
};
use serde_json::json;
use studio::offline::{Beside, OfflineMaster, Wish, master};

use crate::file_args::{DepthArg, MasterArgs, OverBudgetArg, WayArg};
use crate::matching::{heard, settings};
use crate::opened::{Opened, open, open_all_weighed, open_weighed};
use crate::stems::{self, Outputs, stem_files};
use crate::{Outcome, print_json};

pub(crate) fn run(args: &MasterArgs) -> anyhow::Result<Outcome> {
    let mix = open_weighed(&args.input)?;
    let stems: Vec<Opened> = args
        .stems
        .iter()
        .map(|path| open(path))
        .collect::<Result<_, _>>()?;
    let key = args.key.as_deref().map(open).transpose()?;
    let references = open_all_weighed(&args.references)?;
    let wish = wish(args)?;
    let mut outputs = Outputs::make(&args.output, &stems)?;
    let (out, places) = outputs.split();
    let beside = Beside {
        stems: stem_files(&stems, places),
        key: key.as_ref().map(|key| &key.canonical),
        references: references.iter().map(heard).collect(),
    };
    let made = master(heard(&mix), &mix.samples_sha256, &wish, beside, out)
        .with_context(|| format!("could not master {}", args.input.display()));
    let made = match made {
        Ok(made) => made,
        Err(error) => {
            outputs.take_away();
            return Err(error);
        }
    };
    outputs.sync()?;
    report(args, &made)?;
    Ok(Outcome::Good)
}

fn wish(args: &MasterArgs) -> anyhow::Result<Wish> {
    let chain = args.chain.as_deref().map(read_chain).transpose()?;
    let chain = match goal(args) {
        Some(goal) => chain.map(|chain| chain.with_loudness(goal)).transpose()?,
        None => chain,
    };
    let usual = Target::default();
    let ceiling_dbtp = args.true_peak.or_else(|| match &chain {
        Some(chain) => chain.ceiling_dbtp(),
        None => Some(usual.true_peak_max_dbtp),
    });
    Ok(Wish {
        chain,
        ceiling_dbtp,
        brief: Brief {
            target: Target {
                integrated_lufs: args
                    .loudness
                    .unwrap_or_else(|| args.style.loudness_lufs(args.intensity)),
                true_peak_max_dbtp: args.true_peak.unwrap_or(usual.true_peak_max_dbtp),
            },
            style: args.style,
            intensity: args.intensity,
        },
        matching: MatchSettings {
            ceiling_dbtp: args.true_peak.unwrap_or(usual.true_peak_max_dbtp),
            limiter_budget_db: args.intensity.limiter_budget_db(),
            integrated_lufs: args.loudness,
            ..settings(&args.matching)
        },
        depth: match args.depth {
            DepthArg::Int16 => Depth::Int16,
            DepthArg::Int24 => Depth::Int24,
            DepthArg::Float32 => Depth::Float32,
        },
        rate_hz: args.rate,
    })
}

/// Where a chain is to be brought; a measured plan goes there by itself.
fn goal(args: &MasterArgs) -> Option<LoudnessGoal> {
    let integrated_lufs = args.loudness?;
    Some(LoudnessGoal {
        way: match args.way.unwrap_or(WayArg::Limiter) {
            WayArg::Gain => LoudnessWay::Gain,
            WayArg::Limiter => LoudnessWay::Limiter,
        },
        over_budget: match args.over_budget.unwrap_or(OverBudgetArg::Refuse) {
            OverBudgetArg::Refuse => OverBudget::Refuse,
            OverBudgetArg::Report => OverBudget::Report,
            OverBudgetArg::Stop => OverBudget::Stop,
        },
        budget_db: args.budget.unwrap_or(LoudnessGoal::USUAL_BUDGET_DB),
        ceiling_dbtp: args.true_peak,
        integrated_lufs,
    })
}

/// A chain file, or a chain of the house by its name where no file has it.
pub(crate) fn read_chain(path: &Path) -> anyhow::Result<Chain> {
    let house = path.to_str().and_then(engine::presets::named);
    if let Some(preset) = house.filter(|_| !path.exists()) {
        return Ok(preset.chain()?);
    }
    let text = std::fs::read_to_string(path).with_context(|| {
        let names: Vec<&str> = engine::presets::ALL.iter().map(|p| p.name).collect();
        format!(
            "could not read {}; chains of the house are {}",
            path.display(),
            names.join(", ")
        )
    })?;
    Chain::from_toml(&text).with_context(|| format!("{} is no chain", path.display()))
}

fn report(args: &MasterArgs, made: &OfflineMaster) -> anyhow::Result<()> {
    if args.json {
        return print_json(&json!({
            "output": args.output,
            "samples_sha256": made.written.samples_sha256,
            "frames": made.written.frames,
            "engine_revision": engine::ENGINE_REVISION,
            "chain": made.chain,
            "stages": made.stages,
            "loudness": made.loudness,
            "plan": made.plan,
            "match": made.matched,
            "measurements": made.measured,
            "stems": stems::document(args, made),
        }));
    }
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    println!(
        "{}: {} LUFS, {} dBTP",
        args.output.display(),
        figure(made.measured.integrated_lufs),
        figure(made.measured.true_peak_dbtp)
    );
    if let Some(loudness) = &made.loudness {
        println!("  {}", loudness.text());
    }
    stems::say(args, made);
    if args.explain {
        let reasons = match (&made.plan, &made.matched) {
            (Some(plan), _) => &plan.reasons[..],
            (None, Some(matched)) => &matched.reasons[..],
            (None, None) => &[],
        };
        reasons.iter().for_each(|r| println!("  {}", r.text));
        if reasons.is_empty() {
            println!("  by the chain given");
        }
        made.stages
            .iter()
            .for_each(|stage| println!("  {}", said(stage)));
        println!("\n{}", made.chain.to_toml()?);
    }
    Ok(())
}

/// What a stage did, in a line.
fn said(stage: &StageReport) -> String {
    let level =
        |value: Option<f64>| value.map_or_else(|| "silence".to_owned(), |v| format!("{v:.1}"));
    let mut line = format!(
        "{}: {} dBFS RMS in, {} out, peak {} dBFS",
        stage.processor,
        level(stage.rms_in_dbfs),
        level(stage.rms_out_dbfs),
        level(stage.peak_out_dbfs),
    );
    if let (Some(most), Some(mean)) = (stage.max_gain_change_db, stage.mean_gain_change_db) {
        line += &format!(", moves by {most:.1} dB at most and {mean:.2} dB on average");
    }
    if stage.latency_frames > 0 {
        line += &format!(", {} frames of latency taken out", stage.latency_frames);
    }
    line
}
