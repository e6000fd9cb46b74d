//! `lacquer check` and `lacquer measure`: files are opened in the sandboxed worker, as in the intake.

use std::fs::File;
use std::path::Path;

use anyhow::Context as _;
use measure::{Finding, Severity};
use serde::Serialize;
use worker::{InspectRequest, Inspected, WorkerLimits, Workers};

use crate::args::{CheckArgs, MeasureArgs};
use crate::{Outcome, config, print_json, worker_command};

/// What the check of one file came to.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    verdict: &'static str,
    samples_sha256: Option<String>,
    findings: Vec<Finding>,
    measurements: Option<measure::Measurements>,
}

/// What measuring one file came to.
#[derive(Debug, Serialize)]
struct Measured {
    file: String,
    samples_sha256: String,
    /// False where the header announces more than could be decoded: the figures are of a part.
    is_complete: bool,
    #[serde(flatten)]
    measurements: measure::Measurements,
}

pub(crate) fn check(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let thresholds = config::thresholds(args.thresholds.as_deref())?;
    let declared = args.declared.map(|d| measure::Declared {
        rate_hz: d.rate_hz,
        bits: d.bits,
    });
    let mut all = Vec::new();
    for path in &args.files {
        all.push(check_one(path, declared, &thresholds)?);
    }
    if args.json {
        match all.as_slice() {
            [one] => print_json(one)?,
            many => print_json(&many)?,
        }
    } else {
        all.iter().for_each(print_check);
    }
    Ok(if all.iter().all(|c| c.verdict == "clear") {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn check_one(
    path: &Path,
    declared: Option<measure::Declared>,
    thresholds: &measure::Thresholds,
) -> anyhow::Result<Checked> {
    let file = path.display().to_string();
    let (findings, inspected) = match inspect(path, declared, thresholds)? {
        Ok(inspected) => (inspected.inspection.findings.clone(), Some(inspected)),
        Err(finding) => (vec![finding], None),
    };
    let verdict = match findings.iter().map(|f| f.severity).max() {
        None | Some(Severity::Note) => "clear",
        Some(Severity::Ask) => "asks",
        Some(Severity::Blocks) => "blocks",
    };
    Ok(Checked {
        file,
        verdict,
        samples_sha256: inspected.as_ref().map(|i| i.samples_sha256.clone()),
        measurements: inspected.map(|i| i.inspection.measurements),
        findings,
    })
}

/// Opens a file in the worker: what it found, or the finding that says why it could not be opened.
pub(crate) fn inspect(
    path: &Path,
    declared: Option<measure::Declared>,
    thresholds: &measure::Thresholds,
) -> anyhow::Result<Result<Inspected, Finding>> {
    let canonical = tempfile::tempfile().context("could not make a temporary file")?;
    inspect_into(path, declared, thresholds, canonical)
}

/// The same, with a file that keeps the decoded audio.
pub(crate) fn inspect_into(
    path: &Path,
    declared: Option<measure::Declared>,
    thresholds: &measure::Thresholds,
    canonical: File,
) -> anyhow::Result<Result<Inspected, Finding>> {
    let input = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    let workers = Workers::new(
        worker_command()?,
        WorkerLimits {
            nice: 0,
            ..WorkerLimits::default()
        },
    );
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    match workers.inspect(InspectRequest {
        input,
        canonical,
        name,
        declared,
        thresholds: thresholds.clone(),
    }) {
        Ok(inspected) => Ok(Ok(inspected)),
        Err(error) => match error.finding() {
            Some(finding) => Ok(Err(finding)),
            None => Err(error).with_context(|| format!("could not check {}", path.display())),
        },
    }
}

fn print_check(checked: &Checked) {
    println!("{}: {}", checked.file, checked.verdict);
    for finding in &checked.findings {
        let weight = match finding.severity {
            Severity::Blocks => "blocks",
            Severity::Ask => "ask   ",
            Severity::Note => "note  ",
        };
        println!("  {weight}  {:<24}  {}", finding.code, finding.engineer);
        println!("          {:<24}  {}", "", finding.advice);
    }
}

pub(crate) fn measure(args: &MeasureArgs) -> anyhow::Result<Outcome> {
    let mut all = Vec::new();
    for path in &args.files {
        let inspected = inspect(path, None, &measure::Thresholds::default())?
            .map_err(|finding| anyhow::anyhow!("{}: {}", path.display(), finding.engineer))?;
        all.push(Measured {
            file: path.display().to_string(),
            samples_sha256: inspected.samples_sha256,
            is_complete: inspected.complete,
            measurements: inspected.inspection.measurements,
        });
    }
    if args.json {
        match all.as_slice() {
            [one] => print_json(one)?,
            many => print_json(&many)?,
        }
    } else {
        all.iter().for_each(print_measured);
    }
    Ok(if all.iter().all(|m| m.is_complete) {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn print_measured(measured: &Measured) {
    let m = &measured.measurements;
    println!("{}", measured.file);
    if !measured.is_complete {
        println!("  not all there: these are the figures of the part that could be decoded");
    }
    let row = |name: &str, value: Option<f64>, unit: &str| match value {
        Some(value) => println!("  {name:<24} {value:>8.2} {unit}"),
        None => println!("  {name:<24}        - {unit}"),
    };
    row("integrated", m.integrated_lufs, "LUFS");
    row("loudness range", m.lra_lu, "LU");
    row("loudest momentary", m.max_momentary_lufs, "LUFS");
    row("loudest short term", m.max_short_term_lufs, "LUFS");
    row("true peak", m.true_peak_dbtp, "dBTP");
    row("sample peak", m.sample_peak_dbfs, "dBFS");
    row("peak to loudness", m.plr_lu, "LU");
    row("crest", m.crest_db, "dB");
    row("correlation", m.correlation, "");
}
