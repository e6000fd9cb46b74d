//! `lacquer insert reference` and `recall`: a passage printed twice on the day, and once more years later.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use durable::Draft;
use gear::{Measurement, Proof, Subject, prove};
use patchbay::{Insert, PrintSettings, Printing, Song, print_song};
use serde::{Deserialize, Serialize};
use serde_json::json;
use soundfile::{SampleType, WavReader, WavWriter};

use crate::args::Place;
use crate::insert::{Judged, all_kept, judged, known};
use crate::insert_args::{InsertRecallArgs, InsertReferenceArgs};
use crate::insert_place::Held;
use crate::insert_print::{refuse, settings};
use crate::{Outcome, check, opened, print_json};

/// Longest passage, in seconds: three of it are held in memory when they are compared.
const LONGEST_S: f64 = 60.0;
/// Shortest passage: what is less tells nothing of the lowest band.
const SHORTEST_S: f64 = 2.0;
/// The loudest 3 s lie in the middle of a passage.
const LOUDEST_S: f64 = 3.0;
/// Prints are aligned already; what is left of their distance is looked for this far.
const APART_S: f64 = 0.1;

/// A file of a reference, beside the one that tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    file: String,
    samples_sha256: String,
}

/// A passage, its two prints of one day, and what the gear was like.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reference {
    /// The song's name, and the checksum of its samples.
    song: Kept,
    from_seconds: f64,
    seconds: f64,
    passage: Kept,
    prints: [Kept; 2],
    /// The certificate of the day.
    measurement: Measurement,
}

pub(crate) fn reference(place: &Place, args: &InsertReferenceArgs) -> anyhow::Result<Outcome> {
    let told = with_ending(&args.output, "json");
    if told.exists() {
        bail!(
            "{} is there already; references are never written over",
            told.display()
        );
    }
    let (passage, from_seconds) = cut(args)?;
    let rate_hz = passage.rate_hz;
    let (history, recalled) = known(&args.known)?;
    let mut held = Held::open(place, &args.place, Some(rate_hz))?;
    let judged = judged(&mut held, &args.plan, (&history, recalled.as_ref()))?;
    let Some(settings) = settings(&judged, SampleType::F32) else {
        refuse(args.json, &judged)?;
        return Ok(Outcome::No);
    };
    let mut prints = Vec::new();
    for nth in ["1.wav", "2.wav"] {
        let out = with_ending(&args.output, nth);
        match print(held.insert()?, &passage.path, &settings, &out)? {
            Some(samples_sha256) => prints.push(kept_as(&out, samples_sha256)),
            None => return Ok(Outcome::No),
        }
    }
    drop(held);
    let prints = prints.try_into().map_err(|_| anyhow!("two prints"))?;
    let reference = Reference {
        song: passage.song,
        from_seconds,
        seconds: passage.seconds,
        passage: kept_as(&passage.path, passage.samples_sha256),
        prints,
        measurement: judged.found,
    };
    let mut text = serde_json::to_vec_pretty(&reference)?;
    text.push(b'\n');
    durable::store_once(&told, &text).context("the reference could not be kept")?;
    if args.json {
        print_json(&reference)?;
    } else {
        println!(
            "{}: {:.1} s from {from_seconds:.1} s on, printed twice",
            told.display(),
            reference.seconds
        );
    }
    Ok(Outcome::Good)
}

/// A passage in a file of its own.
struct Passage {
    path: PathBuf,
    song: Kept,
    samples_sha256: String,
    rate_hz: u32,
    seconds: f64,
}

/// Cuts the passage out of the song; says where it begins.
fn cut(args: &InsertReferenceArgs) -> anyhow::Result<(Passage, f64)> {
    if !(SHORTEST_S..=LONGEST_S).contains(&args.length) {
        bail!("a reference passage has {SHORTEST_S:.0} to {LONGEST_S:.0} seconds");
    }
    let from = match args.from {
        Some(seconds) => seconds,
        None => loudest(&args.song)? - 0.5 * (args.length - LOUDEST_S),
    };
    let song = opened::open(&args.song)?;
    let mut reader = WavReader::open(BufReader::new(song.canonical))?;
    let spec = reader.spec();
    let rate = f64::from(spec.rate_hz);
    let frames = ((args.length * rate) as u64).min(reader.frames());
    let first = ((from.max(0.0) * rate) as u64).min(reader.frames() - frames);
    if (frames as f64) < SHORTEST_S * rate {
        bail!(
            "{} is shorter than a reference passage may be, {SHORTEST_S:.0} seconds",
            args.song.display()
        );
    }
    let path = with_ending(&args.output, "passage.wav");
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    let mut draft = Draft::create_in(folder.unwrap_or(Path::new(".")))?;
    let mut writer = WavWriter::new(draft.file(), spec, &[])?;
    reader.seek_frame(first);
    let mut rows = vec![Vec::new(); usize::from(spec.channels)];
    let mut left = usize::try_from(frames)?;
    while left > 0 {
        let read = reader.read_planar(&mut rows, left.min(8_192))?;
        if read == 0 {
            bail!("{} ends inside the passage", args.song.display());
        }
        let slices: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        writer.write_planar(&slices)?;
        left -= read;
    }
    let written = writer.finish()?;
    draft
        .publish(&path)
        .context("the passage could not be kept")?;
    let passage = Passage {
        path,
        song: kept_as(&args.song, song.samples_sha256),
        samples_sha256: written.samples_sha256,
        rate_hz: spec.rate_hz,
        seconds: frames as f64 / rate,
    };
    Ok((passage, first as f64 / rate))
}

/// Where the loudest 3 s begin, in seconds.
fn loudest(song: &Path) -> anyhow::Result<f64> {
    let measured = check::measured(song)?
        .map_err(|finding| anyhow!("{}: {}", song.display(), finding.engineer))?;
    let at = measured.measurements.max_short_term_seconds;
    at.with_context(|| format!("{} has no 3 s that sound; say --from", song.display()))
}

/// Prints a passage; its checksum, or none where every take slipped and somebody has to look.
fn print(
    insert: &mut Insert,
    passage: &Path,
    settings: &PrintSettings,
    out: &Path,
) -> anyhow::Result<Option<String>> {
    let open = || -> io::Result<BufReader<File>> { Ok(BufReader::new(File::open(passage)?)) };
    let Printing { takes, print } = print_song(insert, &Song { open: &open }, settings, out)
        .context("nothing was printed; takes that were begun are kept")?;
    if print.is_none() {
        for take in &takes {
            for mark in &take.marks {
                eprintln!("take {}: {}", take.number, mark.words(insert.rate_hz()));
            }
        }
        eprintln!(
            "each of {} takes of {} slipped; look at what is marked, then begin again",
            takes.len(),
            out.display()
        );
    }
    Ok(print.map(|written| written.samples_sha256))
}

pub(crate) fn recall(place: &Place, args: &InsertRecallArgs) -> anyhow::Result<Outcome> {
    let text = std::fs::read_to_string(&args.reference)
        .with_context(|| format!("could not read {}", args.reference.display()))?;
    let reference: Reference = serde_json::from_str(&text)
        .with_context(|| format!("{} tells of no reference", args.reference.display()))?;
    let beside = |kept: &Kept| args.reference.with_file_name(&kept.file);
    let passage = beside(&reference.passage);
    unchanged(&passage, &reference.passage)?;
    let [first, second] = &reference.prints;
    let day = [
        samples(&beside(first), first)?,
        samples(&beside(second), second)?,
    ];
    let rate_hz = reference.measurement.rate_hz;
    let history = all_kept(&args.history)?;
    let mut held = Held::open(place, &args.place, Some(rate_hz))?;
    let judged = judged(
        &mut held,
        &args.plan,
        (&history, Some(&reference.measurement)),
    )?;
    let judged = Judged {
        verdict: judged.verdict.allowing(Subject::Delay),
        ..judged
    };
    let Some(settings) = settings(&judged, SampleType::F32) else {
        refuse(args.json, &judged)?;
        return Ok(Outcome::No);
    };
    let Some(samples_sha256) = print(held.insert()?, &passage, &settings, &args.output)? else {
        return Ok(Outcome::No);
    };
    drop(held);
    let now = samples(&args.output, &kept_as(&args.output, samples_sha256))?;
    let apart = (APART_S * f64::from(rate_hz)) as usize;
    let proof = prove([&day[0], &day[1]], &now, rate_hz, apart)?;
    answer(args, &judged, &proof)
}

fn answer(args: &InsertRecallArgs, judged: &Judged, proof: &Proof) -> anyhow::Result<Outcome> {
    let said: Vec<String> = proof.doubts.iter().map(ToString::to_string).collect();
    if args.json {
        print_json(&json!({
            "holds": proof.holds(),
            "doubts": said,
            "proof": proof,
            "print": args.output.display().to_string(),
            "measurement": judged.found,
        }))?;
    } else {
        said.iter().for_each(|said| println!("{said}"));
        if let Some((channel, band)) = proof.worst() {
            println!(
                "farthest off: {:.0} to {:.0} Hz of channel {channel} leaves {:.1} dB; two prints of that day leave {:.1} dB",
                band.from_hz, band.to_hz, band.now_db, band.then_db
            );
        }
        println!(
            "{}",
            if proof.holds() {
                "proved: today\u{2019}s print is as close to that day\u{2019}s as two prints of that day are to each other"
            } else {
                "not proved"
            }
        );
    }
    Ok(if proof.holds() {
        Outcome::Good
    } else {
        Outcome::No
    })
}

/// The samples of a file, planar, where they are what they were.
fn samples(path: &Path, kept: &Kept) -> anyhow::Result<Vec<Vec<f64>>> {
    let opened = unchanged(path, kept)?;
    let mut reader = WavReader::open(BufReader::new(opened.canonical))?;
    let mut rows = vec![Vec::new(); usize::from(reader.spec().channels)];
    let frames = usize::try_from(reader.frames())?;
    reader.read_planar(&mut rows, frames)?;
    Ok(rows)
}

fn unchanged(path: &Path, kept: &Kept) -> anyhow::Result<opened::Opened> {
    let opened = opened::open(path)?;
    if opened.samples_sha256 != kept.samples_sha256 {
        bail!(
            "{} is not what it was on that day; take it from the archive again",
            path.display()
        );
    }
    Ok(opened)
}

fn kept_as(path: &Path, samples_sha256: String) -> Kept {
    let file = path.file_name().unwrap_or_default();
    Kept {
        file: file.to_string_lossy().into_owned(),
        samples_sha256,
    }
}

fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut path = name.as_os_str().to_owned();
    path.push(".");
    path.push(ending);
    path.into()
}
