//! `lacquer check`: files are opened in the sandboxed worker, as in the intake, and compared with
//! each other where there are several.

use std::fs::File;
use std::path::Path;

use anyhow::{Context as _, bail};
use intake::DropKind;
use measure::set::{Fingerprint, Member, Part, compare};
use measure::{Finding, Severity, file_findings};
use serde::Serialize;
use worker::{
    Decoded, InspectRequest, Inspected, Loudness, Measured, WorkerError, WorkerLimits, Workers,
};

use crate::file_args::CheckArgs;
use crate::{Outcome, config, print_json, side_by_side, worker_command};

/// What the check of one file came to.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    verdict: &'static str,
    samples_sha256: Option<String>,
    findings: Vec<Finding>,
    measurements: Option<measure::Measurements>,
    #[serde(skip)]
    fingerprint: Option<Fingerprint>,
}

/// The verdict of a file that could not be looked at.
const NOT_CHECKED: &str = "not_checked";

pub(crate) fn check(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let thresholds = config::thresholds(args.thresholds.as_deref())?;
    let declared = args.declared.map(|d| measure::Declared {
        rate_hz: d.rate_hz,
        bits: d.bits,
    });
    let look = |path: &Path| check_one(path, declared, &thresholds);
    let mut all = Vec::new();
    let mut failed = 0;
    for (path, checked) in args
        .files
        .iter()
        .zip(side_by_side::each("checked", &args.files, look))
    {
        match checked {
            Ok(checked) => all.push(checked),
            // Of one file it is the answer; of several the others have theirs.
            Err(error) if args.files.len() == 1 => return Err(error),
            Err(error) => {
                eprintln!("lacquer: {error:#}");
                failed += 1;
                all.push(not_checked(path, &error));
            }
        }
    }
    beside_each_other(args, &mut all, &thresholds);
    if args.json {
        match all.as_slice() {
            [one] => print_json(one)?,
            many => print_json(&many)?,
        }
    } else {
        all.iter().for_each(print_check);
    }
    if failed > 0 {
        bail!("{failed} of {} files could not be checked", all.len());
    }
    Ok(if all.iter().all(|c| c.verdict == "clear") {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn verdict(findings: &[Finding]) -> &'static str {
    match findings.iter().map(|f| f.severity).max() {
        None | Some(Severity::Note) => "clear",
        Some(Severity::Ask) => "asks",
        Some(Severity::Blocks) => "blocks",
    }
}

fn check_one(
    path: &Path,
    declared: Option<measure::Declared>,
    thresholds: &measure::Thresholds,
) -> anyhow::Result<Checked> {
    let file = path.display().to_string();
    Ok(match inspect(path, declared, thresholds)? {
        Ok(inspected) => Checked {
            file,
            verdict: verdict(&inspected.inspection.findings),
            samples_sha256: Some(inspected.samples_sha256),
            findings: inspected.inspection.findings,
            measurements: Some(inspected.inspection.measurements),
            fingerprint: Some(inspected.inspection.fingerprint),
        },
        Err(finding) => Checked {
            file,
            verdict: verdict(std::slice::from_ref(&finding)),
            samples_sha256: None,
            findings: vec![finding],
            measurements: None,
            fingerprint: None,
        },
    })
}

fn not_checked(path: &Path, error: &anyhow::Error) -> Checked {
    Checked {
        file: path.display().to_string(),
        verdict: NOT_CHECKED,
        samples_sha256: None,
        findings: vec![file_findings::unreadable(&format!("{error:#}"))],
        measurements: None,
        fingerprint: None,
    }
}

/// Appends what is found when the files are compared with each other; references are not.
fn beside_each_other(args: &CheckArgs, all: &mut [Checked], thresholds: &measure::Thresholds) {
    let kinds: Vec<DropKind> = args.files.iter().map(|path| kind_of(path)).collect();
    let names: Vec<String> = args
        .files
        .iter()
        .map(|path| {
            path.file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    let places: Vec<usize> = (0..all.len())
        .filter(|&p| all[p].fingerprint.is_some() && kinds[p] != DropKind::Reference)
        .collect();
    if places.len() < 2 {
        return;
    }
    let songs: Vec<usize> = (0..places.len())
        .filter(|&m| kinds[places[m]] != DropKind::Alternate)
        .collect();
    let titles: Vec<&str> = songs.iter().map(|&m| names[places[m]].as_str()).collect();
    let members: Vec<Member<'_>> = places
        .iter()
        .filter_map(|&p| {
            let part = match kinds[p] {
                DropKind::Alternate => Part::Alternate {
                    shares: studio::shares_of(mastering::alternate_kind(&names[p])),
                    of: mastering::song_named_by(&names[p], &titles).map(|song| songs[song]),
                },
                DropKind::Mix | DropKind::Reference | DropKind::Master => Part::Song,
            };
            Some(Member {
                name: &names[p],
                part,
                fingerprint: all[p].fingerprint.as_ref()?,
            })
        })
        .collect();
    let found = compare(&members, &thresholds.set);
    for (place, found) in places.into_iter().zip(found) {
        let checked = &mut all[place];
        checked.findings.extend(found);
        checked
            .findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        checked.verdict = verdict(&checked.findings);
    }
}

/// What a file is by its folder, as in a dropbox, or by a name that leaves no doubt.
fn kind_of(path: &Path) -> DropKind {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match DropKind::of(path) {
        DropKind::Mix if mastering::says_alternate(&name) => DropKind::Alternate,
        kind => kind,
    }
}

/// Opens a file in the worker: what it found, or the finding that says why it could not be opened.
pub(crate) fn inspect(
    path: &Path,
    declared: Option<measure::Declared>,
    thresholds: &measure::Thresholds,
) -> anyhow::Result<Result<Inspected, Finding>> {
    let input = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    let canonical = tempfile::tempfile().context("could not make a temporary file")?;
    let inspected = workers()?.inspect(InspectRequest {
        input,
        canonical,
        name: name_of(path),
        declared,
        thresholds: thresholds.clone(),
    });
    or_finding(inspected).with_context(|| format!("could not check {}", path.display()))
}

/// Decodes a file in the worker into one that keeps its audio, without a look at what is wrong with it.
pub(crate) fn decode_into(
    path: &Path,
    canonical: File,
    loudness: Loudness,
) -> anyhow::Result<Result<Decoded, Finding>> {
    let input = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    let decoded = workers()?.decode(input, canonical, &name_of(path), loudness);
    or_finding(decoded).with_context(|| format!("could not open {}", path.display()))
}

/// The meter's figures of a file, which is opened in the worker.
pub(crate) fn measured(path: &Path) -> anyhow::Result<Result<Measured, Finding>> {
    let input = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    or_finding(workers()?.measure(&input, &name_of(path)))
        .with_context(|| format!("could not measure {}", path.display()))
}

pub(crate) fn workers() -> anyhow::Result<Workers> {
    let limits = WorkerLimits {
        nice: 0,
        ..WorkerLimits::default()
    };
    Ok(Workers::new(worker_command()?, limits))
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// A file that is no sound is a finding; only what is ours to put right is an error.
fn or_finding<T>(done: Result<T, WorkerError>) -> Result<Result<T, Finding>, WorkerError> {
    match done {
        Ok(done) => Ok(Ok(done)),
        Err(error) => match error.finding() {
            Some(finding) => Ok(Err(finding)),
            None => Err(error),
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
