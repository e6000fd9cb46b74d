//! `lacquer match`: what sets a mix apart from its references, as a chain that can be edited.

use std::fs::File;
use std::io::Write as _;

use anyhow::Context as _;
use engine::{Match, MatchSettings, Resolution};
use serde_json::json;
use studio::offline::{Heard, match_mix};

use crate::file_args::{MatchArgs, MatchOptions, ResolutionArg};
use crate::opened::{Opened, open_all_weighed};
use crate::{Outcome, print_json};

pub(crate) fn run(args: &MatchArgs) -> anyhow::Result<Outcome> {
    let paths: Vec<_> = std::iter::once(args.input.clone())
        .chain(args.references.iter().cloned())
        .collect();
    let opened = open_all_weighed(&paths)?;
    let (mix, references) = opened.split_first().context("the mix was opened")?;
    let references: Vec<Heard<'_>> = references.iter().map(heard).collect();
    let settings = MatchSettings {
        ceiling_dbtp: args.true_peak,
        limiter_budget_db: args.intensity.limiter_budget_db(),
        ..settings(&args.matching)
    };
    let made = match_mix(heard(mix), &references, settings)
        .with_context(|| format!("could not match {}", args.input.display()))?;
    // A file that is there may be somebody's only copy.
    let mut out = File::create_new(&args.output)
        .with_context(|| format!("could not make {}", args.output.display()))?;
    out.write_all(made.to_toml()?.as_bytes())
        .and_then(|()| out.sync_all())
        .with_context(|| format!("could not write {}", args.output.display()))?;
    report(args, &made)?;
    Ok(Outcome::Good)
}

fn report(args: &MatchArgs, made: &Match) -> anyhow::Result<()> {
    if args.json {
        return print_json(&json!({
            "output": args.output,
            "engine_revision": engine::ENGINE_REVISION,
            "match": made,
        }));
    }
    println!(
        "{}: {:.1} dB RMS from the reference by third-octaves, after it {:.1}",
        args.output.display(),
        made.error_before_db,
        made.error_after_db
    );
    made.reasons.iter().for_each(|r| println!("  {}", r.text));
    Ok(())
}

pub(crate) fn heard(opened: &Opened) -> Heard<'_> {
    Heard {
        canonical: &opened.canonical,
        integrated_lufs: opened.integrated_lufs,
    }
}

/// How far a match may go; ceiling and budget are the caller's.
pub(crate) fn settings(options: &MatchOptions) -> MatchSettings {
    MatchSettings {
        amount_percent: options.amount,
        limit_db: options.limit_db,
        resolution: match options.resolution {
            ResolutionArg::Octave => Resolution::Octave,
            ResolutionArg::Third => Resolution::Third,
            ResolutionArg::Sixth => Resolution::Sixth,
        },
        ..MatchSettings::default()
    }
}
