//! `lacquer insert print`: certified, sent, recorded, brought back to its place.

use std::fs::File;
use std::io::BufReader;

use anyhow::Context as _;
use gear::{Form, Mark, Measurement, Verdict, WatchSettings, certify};
use patchbay::{Overs, PrintSettings, Printing, Song, print_song};
use serde_json::{Value, json};
use soundfile::{SampleType, WavReader};

use crate::insert::{known, tell};
use crate::insert_args::{InsertPrintArgs, OversArg, PrintDepth};
use crate::insert_place::{Held, calibration, plan};
use crate::opened;
use crate::{Outcome, print_json};

pub(crate) fn run(args: &InsertPrintArgs) -> anyhow::Result<Outcome> {
    let song = opened::open(&args.song)?;
    let canonical = &song.canonical;
    // Its readers follow one after the other, so they may share a place in the file.
    let open = || canonical.try_clone().map(BufReader::<File>::new);
    let rate_hz = WavReader::open(open()?)?.spec().rate_hz;
    let (history, recalled) = known(&args.history, args.certificate.as_deref())?;
    let mut held = Held::open(&args.place, Some(rate_hz))?;
    let insert = held.insert()?;
    let levels = calibration(&args.plan.calibration, insert.channels())?;
    let found = patchbay::measure(insert, &plan(&args.plan, insert, Form::Short), &levels)?;
    let verdict = certify(&found, &history, recalled.as_ref());
    let Some(delays_frames) = found.delays_frames().filter(|_| verdict.holds()) else {
        refuse(args, &found, &verdict)?;
        return Ok(Outcome::No);
    };
    let frames = |seconds: f64| (seconds.clamp(0.0, 600.0) * f64::from(rate_hz)) as u64;
    let settings = PrintSettings {
        // The sends ramp up in it.
        pre_roll_frames: frames(args.pre_roll).max(frames(0.05)),
        tail_frames: args.tail.map_or(found.tail_frames(), frames),
        delays_frames,
        sample: match args.depth {
            PrintDepth::Int24 => SampleType::I24,
            PrintDepth::Float32 => SampleType::F32,
        },
        watch: WatchSettings::of(&found),
        overs: match args.overs {
            OversArg::Spoil => Overs::Spoil,
            OversArg::Allow => Overs::Allowed,
        },
    };
    let printing = print_song(insert, &Song { open: &open }, &settings, &args.output)
        .context("nothing was printed; takes that were begun are kept")?;
    drop(held);
    answer(args, &found, &printing)
}

fn refuse(args: &InsertPrintArgs, found: &Measurement, verdict: &Verdict) -> anyhow::Result<()> {
    let said: Vec<String> = verdict.objections.iter().map(ToString::to_string).collect();
    if args.json {
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
            println!("take {}: {}", take.number, in_words(mark, found.rate_hz));
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

fn in_words(mark: &Mark, rate_hz: u32) -> String {
    let at = |frame: u64| {
        let seconds = frame as f64 / f64::from(rate_hz);
        format!("at {seconds:.3} s (frame {frame})")
    };
    match *mark {
        Mark::Xrun { frame } => format!("the server lost time {}", at(frame)),
        Mark::LostFrames { frame, frames } => {
            format!("{frames} frames were never recorded {}", at(frame))
        }
        Mark::LevelStep { frame, db } => format!("the level stepped by {db:+.1} dB {}", at(frame)),
        Mark::DelayChanged { frame, by_frames } => {
            format!("the delay changed by {by_frames:+.1} samples {}", at(frame))
        }
        Mark::Dropout { frame, frames } => format!("{frames} frames of silence {}", at(frame)),
        Mark::Click { frame } => format!("a click {}", at(frame)),
        Mark::Over {
            frame,
            samples,
            channel,
        } => format!(
            "{samples} samples at full scale on return {channel} {}",
            at(frame)
        ),
    }
}
