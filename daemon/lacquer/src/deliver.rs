//! `lacquer deliver`: an audio CD of finished songs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use delivery::cd::{Disc, LaidDisc, lay};
use serde_json::{Value, json};
use studio::disc::{DiscFormat, Image, Sound};

use crate::disc_args::{DeliverArgs, DiscFormatArg};
use crate::disc_file::DiscFile;
use crate::opened::{Opened, open, open_all};
use crate::{Outcome, print_json};

pub(crate) fn run(args: &DeliverArgs) -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(&args.file)
        .with_context(|| format!("could not read {}", args.file.display()))?;
    let file: DiscFile =
        toml::from_str(&text).with_context(|| format!("{} is no disc", args.file.display()))?;
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
    let mut formats: Vec<DiscFormat> = args.format.iter().map(|f| format(*f)).collect();
    formats.dedup();
    studio::disc::deliver(&disc, &image, &formats, &args.output)
        .with_context(|| format!("could not make {}", args.output.display()))?;
    report(args, &paths, &disc, &laid, &sums)?;
    Ok(Outcome::Good)
}

fn sound(opened: Opened) -> anyhow::Result<Sound> {
    Ok(Sound::wav(
        &opened.path.display().to_string(),
        opened.canonical,
    )?)
}

fn format(arg: DiscFormatArg) -> DiscFormat {
    match arg {
        DiscFormatArg::Ddp => DiscFormat::Ddp,
        DiscFormatArg::CueBin => DiscFormat::CueBin,
        DiscFormatArg::CueWavs => DiscFormat::CueWavs,
        DiscFormatArg::Pq => DiscFormat::Pq,
    }
}

fn report(
    args: &DeliverArgs,
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
            "output": args.output,
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
        args.output.display(),
        disc.end
    );
    Ok(())
}
