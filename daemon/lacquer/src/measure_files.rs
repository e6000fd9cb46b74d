//! `lacquer measure`: the meter's figures of files, which are opened in the sandboxed worker.

use std::path::Path;

use anyhow::bail;
use serde::Serialize;

use crate::check;
use crate::file_args::MeasureArgs;
use crate::{Outcome, print_json, side_by_side};

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

/// One of several files that could not be measured.
#[derive(Debug, Serialize)]
struct NotMeasured {
    file: String,
    error: String,
}

/// An answer for one file of several.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    Measured(Box<Measured>),
    Not(NotMeasured),
}

pub(crate) fn run(args: &MeasureArgs) -> anyhow::Result<Outcome> {
    let mut all = Vec::new();
    for (path, answer) in
        args.files
            .iter()
            .zip(side_by_side::each("measured", &args.files, measure_one))
    {
        match answer {
            Ok(measured) => all.push(Answer::Measured(Box::new(measured))),
            // Of one file it is the answer; of several the others have theirs.
            Err(error) if args.files.len() == 1 => return Err(error),
            Err(error) => {
                let error = format!("{error:#}");
                eprintln!("lacquer: {error}");
                let file = path.display().to_string();
                all.push(Answer::Not(NotMeasured { file, error }));
            }
        }
    }
    if args.json {
        match all.as_slice() {
            [one] => print_json(one)?,
            many => print_json(&many)?,
        }
    } else {
        all.iter().for_each(print_answer);
    }
    let failed = all.iter().filter(|a| matches!(a, Answer::Not(_))).count();
    if failed > 0 {
        bail!("{failed} of {} files could not be measured", all.len());
    }
    let is_whole = |answer: &Answer| match answer {
        Answer::Measured(measured) => measured.is_complete,
        Answer::Not(_) => false,
    };
    Ok(if all.iter().all(is_whole) {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn measure_one(path: &Path) -> anyhow::Result<Measured> {
    let measured = check::measured(path)?
        .map_err(|finding| anyhow::anyhow!("{}: {}", path.display(), finding.engineer))?;
    Ok(Measured {
        file: path.display().to_string(),
        samples_sha256: measured.samples_sha256,
        is_complete: measured.complete,
        measurements: measured.measurements,
    })
}

fn print_answer(answer: &Answer) {
    match answer {
        Answer::Measured(measured) => print_measured(measured),
        Answer::Not(not) => println!("{}\n  not measured", not.file),
    }
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
    row("side over middle", m.side_to_mid_db, "dB");
    row("noise floor", m.noise_floor_dbfs, "dBFS");
    for octave in &m.octaves {
        let name = format!("{:.0} to {:.0} Hz", octave.low_hz, octave.high_hz);
        let width = octave
            .side_to_mid_db
            .map(|db| format!(", side over middle {db:.1} dB"))
            .unwrap_or_default();
        row(&name, octave.rms_aes17_dbfs, &format!("dBFS RMS{width}"));
    }
}
