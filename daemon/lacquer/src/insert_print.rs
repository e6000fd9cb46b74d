//! `lacquer insert print`: certified, sent, recorded, brought back to its place.

use std::fs::File;
use std::io::BufReader;

use anyhow::Context as _;
use gear::{Measurement, WatchSettings};
use patchbay::{OtherClock, Overs, PrintSettings, Printing, Song, print_song};
use serde_json::{Value, json};
use soundfile::{SampleType, WavReader};

use crate::args::Place;
use crate::insert::{Judged, judged, known, tell};
use crate::insert_args::{InsertPrintArgs, OversArg, PrintDepth};
use crate::insert_place::Held;
use crate::opened;
use crate::{Outcome, print_json};

pub(crate) fn run(place: &Place, args: &InsertPrintArgs) -> anyhow::Result<Outcome> {
    let song = opened::open(&args.song)?;
    let canonical = &song.canonical;
    // Its readers follow one after the other, so they may share a place in the file.
    let open = || canonical.try_clone().map(BufReader::<File>::new);
    let rate_hz = WavReader::open(open()?)?.spec().rate_hz;
    let (history, recalled) = known(&args.known)?;
    let mut held = Held::open(place, &args.place, Some(rate_hz))?;
    let judged = judged(&mut held, &args.plan, (&history, recalled.as_ref()))?;
    let sample = match args.depth {
        PrintDepth::Int24 => SampleType::I24,
        PrintDepth::Float32 => SampleType::F32,
    };
    let Some(settings) = settings(&judged, sample) else {
        refuse(args.json, &judged)?;
        return Ok(Outcome::No);
    };
    let found = judged.found;
    let frames = |seconds: f64| (seconds.clamp(0.0, 600.0) * f64::from(rate_hz)) as u64;
    let settings = PrintSettings {
        // The sends ramp up in it.
        pre_roll_frames: frames(args.pre_roll).max(frames(0.05)),
        tail_frames: args.tail.map_or(settings.tail_frames, frames),
        overs: match args.overs {
            OversArg::Spoil => Overs::Spoil,
            OversArg::Allow => Overs::Allowed,
        },
        ..settings
    };
    let printing = print_song(
        held.insert()?,
        &Song { open: &open },
        &settings,
        &args.output,
    )
    .context("nothing was printed; takes that were begun are kept")?;
    drop(held);
    answer(args, &found, &printing)
}

/// How a unit that may print does, a second of silence ahead; none where it may not.
pub(crate) fn settings(judged: &Judged, sample: SampleType) -> Option<PrintSettings> {
    let Judged { found, verdict } = judged;
    let delays_frames = found.delays_frames().filter(|_| verdict.holds())?;
    Some(PrintSettings {
        pre_roll_frames: u64::from(found.rate_hz),
        tail_frames: found.tail_frames(),
        delays_frames,
        sample,
        watch: WatchSettings::of(found),
        overs: Overs::Spoil,
        other_clock: OtherClock::of(found),
    })
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the command line's own switch"
)]
pub(crate) fn refuse(json: bool, judged: &Judged) -> anyhow::Result<()> {
    let (said, found) = (judged.said(), &judged.found);
    if json {
        return print_json(&json!({
            "print": Value::Null,
            "takes": [],
            "objections": said,
            "measurement": found,
        }));
    }
    tell(found);
    said.iter().for_each(|said| println!("{said}"));
    println!("nothing was printed");
    Ok(())
}

fn answer(
    args: &InsertPrintArgs,
    found: &Measurement,
    printing: &Printing,
) -> anyhow::Result<Outcome> {
    let outcome = if printing.print.is_some() {
        Outcome::Good
    } else {
        Outcome::No
    };
    if args.json {
        let print = printing.print.as_ref().map(|written| {
            json!({
                "file": args.output.display().to_string(),
                "frames": written.frames,
                "samples_sha256": written.samples_sha256,
            })
        });
        let takes: Vec<Value> = printing
            .takes
            .iter()
            .map(|take| {
                json!({
                    "number": take.number,
                    "file": (!take.is_clean).then(|| take.path.display().to_string()),
                    "is_clean": take.is_clean,
                    "marks": take.marks,
                })
            })
            .collect();
        print_json(&json!({
            "print": print,
            "takes": takes,
            "objections": [],
            "measurement": found,
        }))?;
        return Ok(outcome);
    }
    for take in &printing.takes {
        for mark in &take.marks {
            println!("take {}: {}", take.number, mark.words(found.rate_hz));
        }
    }
    match &printing.print {
        Some(written) => println!(
            "printed: {}, {} frames",
            args.output.display(),
            written.frames
        ),
        None => println!(
            "each of {} takes slipped; they are kept beside {}. Look at what is marked, then print again",
            printing.takes.len(),
            args.output.display()
        ),
    }
    Ok(outcome)
}
