//! `lacquer album --sides`: a programme's sides as files for a cutter, each with its cue sheet.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use delivery::names::Names;
use serde_json::{Value, json};
use studio::album::{Album, Format, SideMade, SideNamed};

use crate::stems::Outputs;
use crate::{Outcome, side_by_side};

/// A side with its file and its cue sheet.
pub(crate) struct SideFiles {
    wav: PathBuf,
    sheet: PathBuf,
    named: SideNamed,
    made: SideMade,
}

/// Makes all sides with their cue sheets, or none.
pub(crate) fn make(album: &Album, format: Format, output: &Path) -> anyhow::Result<Vec<SideFiles>> {
    std::fs::create_dir_all(output)
        .with_context(|| format!("could not make {}", output.display()))?;
    let mut names = Names::default();
    let names: Vec<String> = album
        .sides_named()
        .flat_map(|side| {
            let name = format!("{} ({})", album.programme().title, side.title);
            [
                names.take(&name, "wav"),
                names.take(&format!("{name} cue sheet"), "txt"),
            ]
        })
        .collect();
    let outputs = Outputs::at(names.into_iter().map(|name| output.join(name)))?;
    let made = render(album, format, &outputs);
    match made.and_then(|made| outputs.sync().map(|()| made)) {
        Ok(made) => Ok(made),
        Err(error) => {
            outputs.take_away();
            Err(error)
        }
    }
}

fn render(album: &Album, format: Format, outputs: &Outputs) -> anyhow::Result<Vec<SideFiles>> {
    let files = outputs.files();
    let wavs: Vec<PathBuf> = files
        .iter()
        .step_by(2)
        .map(|(path, _)| path.clone())
        .collect();
    let one = |path: &Path| -> anyhow::Result<SideMade> {
        let disc = wavs.iter().position(|other| other == path);
        let disc = disc.context("a side is named by its own file")?;
        album
            .render_side(disc, format, &files[2 * disc].1)
            .with_context(|| format!("could not make {}", path.display()))
    };
    let made = side_by_side::each("made", &wavs, one);
    let mut all = Vec::new();
    for ((named, made), pair) in album.sides_named().zip(made).zip(files.chunks(2)) {
        let [(wav, _), (sheet, file)] = pair else {
            continue;
        };
        let side = SideFiles {
            wav: wav.clone(),
            sheet: sheet.clone(),
            named,
            made: made?,
        };
        let name = wav.file_name().unwrap_or_default().to_string_lossy();
        let text = album.side_sheet(&side.named, (&name, format), &side.made);
        let mut file = file;
        file.write_all(text.as_bytes())
            .with_context(|| format!("could not write {}", sheet.display()))?;
        all.push(side);
    }
    Ok(all)
}

/// For programs.
pub(crate) fn document(sides: &[SideFiles]) -> Value {
    let all = sides.iter().map(|side| {
        let findings = side.made.findings.iter().map(|finding| {
            let mut told = json!(finding);
            told["is_objection"] = json!(finding.what.is_objection());
            told
        });
        json!({
            "title": side.named.title,
            "letter": side.named.letter,
            "output": side.wav,
            "cue_sheet": side.sheet,
            "frames": side.made.written.frames,
            "samples_sha256": side.made.written.samples_sha256,
            "clipped_samples": side.made.clipped_samples,
            "max_gain_reduction_db": side.made.max_gain_reduction_db,
            "marks": side.made.marks,
            "findings": findings.collect::<Vec<_>>(),
            "measurements": side.made.measured,
        })
    });
    all.collect()
}

/// For people.
pub(crate) fn say(sides: &[SideFiles]) {
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    for side in sides {
        println!(
            "{}: {} LUFS, {} dBTP",
            side.wav.display(),
            figure(side.made.measured.integrated_lufs),
            figure(side.made.measured.true_peak_dbtp)
        );
        if let Some(reduction) = side.made.max_gain_reduction_db {
            println!("  its limiter turns down by {reduction:.1} dB at most");
        }
        if side.made.clipped_samples > 0 {
            println!(
                "  {} samples lie beyond full scale: give the side a ceiling, or turn its songs down",
                side.made.clipped_samples
            );
        }
        let findings = side.made.findings.iter();
        findings.for_each(|finding| println!("  {}", finding.words));
    }
}

/// What has to be settled before a side is cut is an objection.
pub(crate) fn outcome(sides: &[SideFiles]) -> Outcome {
    let objects = |side: &SideFiles| {
        let mut findings = side.made.findings.iter();
        side.made.clipped_samples > 0 || findings.any(|finding| finding.what.is_objection())
    };
    if sides.iter().any(objects) {
        Outcome::No
    } else {
        Outcome::Good
    }
}
