//! `lacquer album --sides`: a programme's sides as files for a cutter, each with its cue sheet.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use delivery::names::Names;
use mastering::programme::DiscLine;
use serde_json::{Value, json};
use studio::album::{Album, Format, SideMade};

use crate::stems::Outputs;
use crate::{Outcome, side_by_side};

/// A side with its file and its cue sheet.
pub(crate) struct SideFiles {
    wav: PathBuf,
    sheet: PathBuf,
    letter: String,
    title: String,
    made: SideMade,
}

/// Makes all sides with their cue sheets, or none.
pub(crate) fn make(album: &Album, format: Format, output: &Path) -> anyhow::Result<Vec<SideFiles>> {
    std::fs::create_dir_all(output)
        .with_context(|| format!("could not make {}", output.display()))?;
    let mut names = Names::default();
    let names: Vec<String> = sides(album)
        .flat_map(|(_, title, _)| {
            let name = format!("{} ({title})", album.programme().title);
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

/// Each side's letter, its title and where its songs lie.
fn sides(album: &Album) -> impl Iterator<Item = (String, String, &DiscLine)> {
    let discs = album.timeline().discs.iter();
    ('A'..='Z').cycle().zip(discs).map(|(letter, line)| {
        let title = line.title.clone();
        let title = title.unwrap_or_else(|| format!("Side {letter}"));
        // A title such as "Side C" tells its own letter.
        let own = title.strip_prefix("Side ").unwrap_or_default();
        let is_letter = own.len() == 1 && own.chars().all(|c| c.is_ascii_uppercase());
        let letter = if is_letter {
            own.to_owned()
        } else {
            letter.to_string()
        };
        (letter, title, line)
    })
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
    for (((letter, title, line), made), pair) in sides(album).zip(made).zip(files.chunks(2)) {
        let [(wav, _), (sheet, file)] = pair else {
            continue;
        };
        let side = SideFiles {
            wav: wav.clone(),
            sheet: sheet.clone(),
            letter,
            title,
            made: made?,
        };
        let mut file = file;
        file.write_all(cue_sheet(album, line, format, &side).as_bytes())
            .with_context(|| format!("could not write {}", sheet.display()))?;
        all.push(side);
    }
    Ok(all)
}

/// What lies beside the lathe: the side's songs with their times, its figures, and what was found.
fn cue_sheet(album: &Album, line: &DiscLine, format: Format, side: &SideFiles) -> String {
    let programme = album.programme();
    let figure = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.1}"));
    let mut text = format!("{}: {}\n", programme.title, side.title);
    let artist = programme.artist.iter().map(|artist| format!("{artist}\n"));
    text.extend(artist);
    let told = programme.discs.iter().zip(&album.timeline().discs);
    let told = told.filter(|(_, own)| std::ptr::eq(*own, line));
    let records = told.filter_map(|(disc, _)| disc.side.as_ref());
    for record in records {
        let lengths = record.lengths();
        let _ = writeln!(
            text,
            "{record}; length {}, full level up to {}, at most {}",
            line.length, lengths.full_level, lengths.longest
        );
    }
    let made = &side.made;
    let _ = writeln!(
        text,
        "{} Hz, {} frames, {} LUFS, {} dBTP\nfile {}\nSHA-256 of its samples {}\n",
        format.rate_hz,
        made.written.frames,
        figure(made.measured.integrated_lufs),
        figure(made.measured.true_peak_dbtp),
        side.wav.file_name().unwrap_or_default().to_string_lossy(),
        made.written.samples_sha256
    );
    let _ = writeln!(
        text,
        "      gap from       mark        end     length  title"
    );
    for song in &line.tracks {
        let _ = writeln!(
            text,
            "{:<3} {:>10} {:>10} {:>10} {:>10}  {}",
            format!("{}{}", side.letter, song.number),
            song.gap_from.to_string(),
            song.mark.to_string(),
            song.end.to_string(),
            (song.end - song.start).to_string(),
            song.title
        );
    }
    if !made.findings.is_empty() {
        text += "\nfor the cutter\n";
        let findings = made.findings.iter();
        text.extend(findings.map(|finding| format!("- {}\n", finding.words)));
    }
    text
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
            "title": side.title,
            "letter": side.letter,
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
