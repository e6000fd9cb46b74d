//! What a print through a JACK server costs: an hour in freewheel, whose memory has to stay where it is, and five
//! minutes in real time with a small period, where the calls on the audio thread must not need its quarter.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use flows::jack::{Gear, Server};
use serde_json::Value;
use soundfile::{AudioSpec, SampleType, WavWriter};

use super::{mixes_beside, workspace};

/// Frames of delay in the plugin that stands for the gear.
const DELAY: u32 = 300;
/// Most of a period that a call may need.
const SHARE: f64 = 0.25;
/// Most that memory may grow between a tenth of a song and its end, in MiB.
const GROWTH_MIB: f64 = 1.0;

/// A print to be made.
struct Run {
    name: &'static str,
    seconds: u32,
    rate_hz: u32,
    period: u32,
    pace: &'static str,
}

/// A print that breaks off is tried so often.
const TIMES: u32 = 3;

const RUNS: [Run; 2] = [
    Run {
        name: "60 minutes in freewheel, 48 kHz, 1024 frames",
        seconds: 3_600,
        rate_hz: 48_000,
        period: 1_024,
        pace: "freewheel",
    },
    Run {
        name: "5 minutes in real time, 96 kHz, 64 frames",
        seconds: 300,
        rate_hz: 96_000,
        period: 64,
        pace: "real_time",
    },
];

/// Prints the table.
pub(super) fn print() -> Result<()> {
    let program = example()?;
    let songs = mixes_beside(&program)?;
    println!("\nA stereo print through jackd's dummy driver and x42's delay line");
    for run in &RUNS {
        print_run(run, &program, &songs)?;
    }
    Ok(())
}

/// The program that prints and tells, as a release build.
fn example() -> Result<PathBuf> {
    let status = workspace::by_hand("cargo")
        .args(["build", "--release", "--locked", "-p", "patchbay"])
        .args(["--example", "insert_cost"])
        .current_dir(workspace::root())
        .status()?;
    if !status.success() {
        bail!("the release build failed: {status}");
    }
    let metadata = workspace::metadata()?;
    let target = Path::new(workspace::text(&metadata, "target_directory")?);
    Ok(target.join("release/examples/insert_cost"))
}

fn print_run(run: &Run, program: &Path, songs: &Path) -> Result<()> {
    let song = song(songs, run)?;
    let scratch = tempfile::tempdir_in(songs)?;
    let name = format!("lacquer-bench-{}", std::process::id());
    let _server = Server::start_asynchronous(&name, run.rate_hz, run.period);
    let _left = Gear::delay(&name, "left", DELAY);
    let _right = Gear::delay(&name, "right", DELAY);
    let printed = |time: u32| -> Result<Option<Value>> {
        let done = Command::new(program)
            .arg(&song)
            .arg(scratch.path().join(format!("print-{time}.wav")))
            .args([run.pace, &DELAY.to_string()])
            .args(["left:in", "right:in", "left:out", "right:out"])
            .env("JACK_DEFAULT_SERVER", &name)
            .env("JACK_NO_START_SERVER", "1")
            .output()?;
        if done.status.success() {
            return Ok(Some(serde_json::from_slice(&done.stdout)?));
        }
        // A machine with other work may let a server stand still for longer than any print bears.
        let said = String::from_utf8_lossy(&done.stderr);
        let why = said.lines().find(|line| line.contains("insert_cost: "));
        println!("{}: {}", run.name, why.unwrap_or(&said));
        Ok(None)
    };
    let mut said = None;
    for time in 1..=TIMES {
        said = printed(time)?;
        if said.is_some() {
            break;
        }
    }
    let said = said.with_context(|| format!("{} was not printed in {TIMES} times", run.name))?;
    println!("{}, slips: {}", run.name, said["slips"]);
    memory(&said, run)?;
    if run.pace == "real_time" {
        let period_us = f64::from(run.period) / f64::from(run.rate_hz) * 1e6;
        calls("send", &said["send"], period_us)?;
        calls("return", &said["return"], period_us)?;
    }
    Ok(())
}

/// The song is read twice where it is printed: while it is sent, and while the take is laid beside it.
fn memory(said: &Value, run: &Run) -> Result<()> {
    let looks = said["looks_kib"]
        .as_array()
        .context("memory was looked at")?;
    let mib: Vec<f64> = looks
        .iter()
        .filter_map(|kib| kib.as_f64().map(|kib| kib / 1_024.0))
        .collect();
    let parts: &[(&str, &[f64])] = match run.pace {
        "real_time" => &[("  memory, sending", &mib)],
        _ => {
            let (sent, aligned) = mib.split_at(mib.len() / 2);
            &[("  memory, sending", sent), ("  memory, aligning", aligned)]
        }
    };
    for (name, looks) in parts {
        let early = looks.get(looks.len() / 10).context("it was looked at")?;
        let last = looks.last().context("it was looked at")?;
        let verdict = if last - early > GROWTH_MIB {
            " over"
        } else {
            ""
        };
        println!(
            "{name:<20} {early:.1} MiB a tenth in, {last:.1} MiB at the end (may grow by {GROWTH_MIB:.1}){verdict}"
        );
    }
    Ok(())
}

fn calls(side: &str, cost: &Value, period_us: f64) -> Result<()> {
    let us = |what: &str| {
        cost[what]
            .as_f64()
            .with_context(|| format!("{what} is told"))
    };
    let (p9999, bar) = (us("p9999_us")?, SHARE * period_us);
    let verdict = if p9999 > bar { " over" } else { "" };
    println!(
        "{:<20} p99.99 {p9999:.1} \u{b5}s of CPU, bar {bar:.1}; median {:.1}, dearest {:.1}, {} calls{verdict}",
        format!("  {side}"),
        us("median_us")?,
        us("dearest_us")?,
        cost["calls"]
    );
    Ok(())
}

/// Noise that swells, made once.
fn song(folder: &Path, run: &Run) -> Result<PathBuf> {
    let path = folder.join(format!("noise-{}-{}.wav", run.rate_hz, run.seconds));
    if path.exists() {
        return Ok(path);
    }
    let draft = tempfile::NamedTempFile::new_in(folder)?;
    let spec = AudioSpec {
        rate_hz: run.rate_hz,
        channels: 2,
        sample: SampleType::I24,
    };
    let mut writer = WavWriter::new(File::create(draft.path())?, spec, &[])?;
    let mut state = 7_u64;
    let mut noise = |swell: f64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let even = (state >> 40) as f64 / 16_777_216.0 - 0.5;
        (even * swell * 8_388_608.0).round() / 8_388_608.0
    };
    for second in 0..run.seconds {
        let swell = 0.3 + 0.2 * libm::sin(f64::from(second) / 9.0);
        let mut row = || (0..run.rate_hz).map(|_| noise(swell)).collect::<Vec<f64>>();
        let (left, right) = (row(), row());
        writer.write_planar(&[&left, &right])?;
    }
    writer.finish()?;
    draft.persist(&path)?;
    Ok(path)
}
