//! `lacquer deliver`: a programme in the formats that somebody wants, or an audio CD of finished songs.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use delivery::cd::{Disc, LaidDisc, lay};
use delivery::wish::{OfDisc, Wish};
use serde_json::{Value, json};
use studio::disc::{DiscFormat, Image, Sound};

use crate::deliver_programme;
use crate::disc_args::DeliverArgs;
use crate::disc_file::DiscFile;
use crate::opened::{Opened, open, open_all};
use crate::{Outcome, print_json};

pub(crate) fn run(args: &DeliverArgs) -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(&args.file)
        .with_context(|| format!("could not read {}", args.file.display()))?;
    // A programme has discs, a disc has tracks; what is neither is judged as a disc.
    let is_programme = toml::from_str::<toml::Table>(&text)
        .is_ok_and(|table| table.contains_key("disc") || table.contains_key("release"));
    if is_programme {
        deliver_programme::run(args)
    } else {
        disc(args, &text)
    }
}

fn disc(args: &DeliverArgs, text: &str) -> anyhow::Result<Outcome> {
    let of_programmes = [
        ("--profile", args.profile.is_some()),
        ("--release", args.release.is_some()),
        ("--edition", args.edition.is_some()),
        ("--beside", args.beside.is_some()),
        ("--plan", args.plan),
    ];
    if let Some((name, _)) = of_programmes.iter().find(|(_, is_given)| *is_given) {
        bail!(
            "{name} goes with a programme, and {} is a disc",
            args.file.display()
        );
    }
    let output = args
        .output
        .as_deref()
        .context("say where to, with --output")?;
    let formats = formats(&args.format)?;
    let file: DiscFile =
        toml::from_str(text).with_context(|| format!("{} is no disc", args.file.display()))?;
    let folder = args.file.parent().unwrap_or(Path::new("."));
    let paths: Vec<PathBuf> = file.track.iter().map(|t| folder.join(&t.file)).collect();
    let songs = open_all(&paths)?;
    let sums: Vec<String> = songs.iter().map(|s| s.samples_sha256.clone()).collect();
    let sounds = songs
        .into_iter()
        .map(sound)
        .collect::<anyhow::Result<Vec<_>>>()?;
    let hidden = match &file.hidden {
        Some(hidden) => Some(sound(open(&folder.join(hidden))?)?),
        None => None,
    };
    let frames: Vec<u64> = sounds.iter().map(Sound::frames).collect();
    let laid = lay(&file.songs(&frames)?, hidden.as_ref().map(Sound::frames))?;
    let plan = file.complete(laid.plan.clone())?;
    let disc = Disc::new(plan, &file.plant()?)
        .with_context(|| format!("{} makes no disc", args.file.display()))?;
    let before = laid
        .hidden
        .map(|placed| placed.at_frame)
        .into_iter()
        .zip(hidden);
    let songs = laid.songs.iter().map(|placed| placed.at_frame).zip(sounds);
    let image = Image::new(before.chain(songs).collect(), disc.end.frames());
    studio::disc::deliver(&disc, &image, &formats, output)
        .with_context(|| format!("could not make {}", output.display()))?;
    report((args, output), &paths, &disc, &laid, &sums)?;
    Ok(Outcome::Good)
}

fn sound(opened: Opened) -> anyhow::Result<Sound> {
    Ok(Sound::wav(
        &opened.path.display().to_string(),
        opened.canonical,
    )?)
}

/// What is made of a disc: a DDP and its PQ sheet where nothing else is said.
fn formats(wishes: &[Wish]) -> anyhow::Result<Vec<DiscFormat>> {
    if wishes.is_empty() {
        return Ok(vec![DiscFormat::Ddp, DiscFormat::Pq]);
    }
    let mut formats = Vec::new();
    for wish in wishes {
        let format = match wish {
            Wish::Disc(OfDisc::Ddp) => DiscFormat::Ddp,
            Wish::Disc(OfDisc::CueBin) => DiscFormat::CueBin,
            Wish::Disc(OfDisc::CueWavs) => DiscFormat::CueWavs,
            Wish::Disc(OfDisc::Pq) => DiscFormat::Pq,
            Wish::Song(..)
            | Wish::Lossy(..)
            | Wish::Whole(_)
            | Wish::Ddex
            | Wish::Label
            | Wish::Lyrics(_)
            | Wish::Booklet
            | Wish::Video
            | Wish::Session(_) => {
                bail!(
                    "{wish} is made of a programme; of a disc ddp, cue-bin, cue-wavs and pq are made"
                )
            }
        };
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    Ok(formats)
}

fn report(
    (args, output): (&DeliverArgs, &Path),
    paths: &[PathBuf],
    disc: &Disc,
    laid: &LaidDisc,
    sums: &[String],
) -> anyhow::Result<()> {
    let songs = paths.iter().zip(&disc.tracks).zip(&laid.songs).zip(sums);
    if args.json {
        let tracks: Vec<Value> = songs
            .map(|(((path, track), placed), sum)| {
                json!({
                    "file": path,
                    "pregap": track.pregap.map(|at| at.to_string()),
                    "start": track.start.to_string(),
                    "fill_frames": placed.fill_frames,
                    "isrc": track.isrc.map(|isrc| isrc.to_string()),
                    "samples_sha256": sum,
                })
            })
            .collect();
        return print_json(&json!({
            "output": output,
            "length": disc.end.to_string(),
            "tracks": tracks,
        }));
    }
    for (no, (((path, track), placed), _)) in (1..).zip(songs) {
        println!("{no:02}  {}  {}", track.start, path.display());
        if placed.fill_frames > 0 {
            println!(
                "    {} samples of silence fill its last sector; its own samples are untouched",
                placed.fill_frames
            );
        }
    }
    println!(
        "{}: {} long, read back and the same",
        output.display(),
        disc.end
    );
    Ok(())
}
