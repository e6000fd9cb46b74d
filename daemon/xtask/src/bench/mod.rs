//! What the main job costs: CPU seconds first, wall time for information, memory at its peak.
//!
//! A table beside the goals, not a test: on a busy machine wall times say little.

mod album;
mod delivering;
mod engine;
mod house;
mod insert;
mod many;
mod matching;
mod truth;
mod watched;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{demo_mix, house as workspace};
use house::House;
use watched::{Cost, run};

/// Length of the shorter mix in seconds.
const SHORT_S: u32 = 240;

/// Length of the longer mix in seconds.
const LONG_S: u32 = 3_600;

/// Most memory that daemon and worker may need together, in MiB.
const MEMORY_GOAL_MIB: f64 = 300.0;

/// A part of the benchmarks.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Only {
    /// What the main job costs; makes a release build first.
    Cost,
    /// What the engine costs beside its peers, and how good it is; makes a release build first.
    Engine,
    /// What a match to a reference costs and how near it comes; makes a release build first.
    Match,
    /// What a record of twelve songs costs; makes a release build first.
    Album,
    /// What deliveries cost by format; makes a release build first.
    Deliver,
    /// What prints through a JACK server cost; makes a release build first.
    Insert,
    /// What lists and decisions cost with a hundred thousand projects; makes a release build first.
    Many,
    /// Recall of planted faults and false alarms on clean music.
    Truth(truth::Options),
}

/// Prints the tables.
pub(crate) fn print(only: Option<Only>) -> Result<()> {
    match only {
        Some(Only::Cost) => cost(),
        Some(Only::Engine) => engine::print(),
        Some(Only::Match) => matching::print(),
        Some(Only::Album) => album::print(),
        Some(Only::Deliver) => delivering::print(),
        Some(Only::Insert) => insert::print(),
        Some(Only::Many) => many::print(),
        Some(Only::Truth(options)) => truth::print(&options),
        None => {
            cost()?;
            engine::print()?;
            matching::print()?;
            album::print()?;
            delivering::print()?;
            insert::print()?;
            many::print()?;
            truth::print(&truth::Options::default())
        }
    }
}

/// Builds the release, makes the mixes and prints what the main job costs.
fn cost() -> Result<()> {
    let program = build()?;
    let mixes = mixes_beside(&program)?;
    let short = mix(&mixes, SHORT_S)?;
    println!("\n4 minutes, stereo, 48 kHz, 24 bit");
    println!(
        "{:<34} {:>8} {:>8} {:>9}",
        "", "CPU s", "wall s", "peak MiB"
    );
    commands(&program, &short)?;
    flow("4 minutes", &program, &short)?;
    println!("\nmeasure and ffmpeg in turn, 4 minutes");
    for _ in 0..3 {
        beside_ffmpeg(&program, &short)?;
    }
    let long = mix(&mixes, LONG_S)?;
    println!("\n60 minutes");
    flow("60 minutes", &program, &long)?;
    Ok(())
}

/// The program to judge: `LACQUER_BIN`, or a fresh release build.
fn build() -> Result<PathBuf> {
    if let Some(program) = std::env::var_os("LACQUER_BIN") {
        return Ok(program.into());
    }
    release("lacquer", "lacquer")
}

/// A fresh release build of one of the house's programs.
fn release(package: &str, program: &str) -> Result<PathBuf> {
    let status = workspace::by_hand("cargo")
        .args(["build", "--release", "--locked", "-p", package])
        .current_dir(workspace::root())
        .status()?;
    if !status.success() {
        bail!("the release build failed: {status}");
    }
    let metadata = workspace::metadata()?;
    let target = Path::new(workspace::text(&metadata, "target_directory")?);
    Ok(target.join("release").join(program))
}

/// Where the mixes of the benchmarks are kept: in the target folder that a program was built in.
fn mixes_beside(program: &Path) -> Result<PathBuf> {
    let target = program.ancestors().nth(2);
    let mixes = target
        .context("the program lies in a target folder")?
        .join("bench");
    std::fs::create_dir_all(&mixes)?;
    Ok(mixes)
}

fn mix(folder: &Path, seconds: u32) -> Result<PathBuf> {
    let path = folder.join(format!("mix-{seconds}.wav"));
    if !path.exists() {
        demo_mix::write(&path, seconds)?;
    }
    Ok(path)
}

fn row(name: &str, cost: &Cost, goal: &str) {
    println!(
        "{name:<34} {:>8.2} {:>8.2} {:>9.0}   {goal}",
        cost.cpu_s, cost.wall_s, cost.peak_mib
    );
}

fn commands(program: &Path, mix: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cost = run(Command::new(program).arg("check").arg(mix))?;
    row("lacquer check", &cost, "goal: 2 s of CPU");
    let master = folder.path().join("master.wav");
    let cost = run(Command::new(program)
        .arg("master")
        .arg(mix)
        .arg("-o")
        .arg(&master))?;
    row(
        "lacquer master (check, plan, render)",
        &cost,
        "goal: 8 s of CPU for plan and render",
    );
    Ok(())
}

/// From a client's upload to the finals, in a daemon of its own.
fn flow(length: &str, program: &Path, mix: &Path) -> Result<()> {
    let mut house = House::open(program)?;
    let upload = house.upload(mix)?;
    let report = house.until_report()?;
    row("226 to the report", &report, "goal: 3 s after 226");
    let reference = house.until_stage("in_review")?;
    row("226 to the reference", &reference, "goal: 12 s after 226");
    let finals = house.finals()?;
    row("finals", &finals, "goal: 10 s of CPU");
    let peak_mib = house.close()?;
    println!(
        "{length}: daemon and workers at most {peak_mib:.0} MiB together (goal: {MEMORY_GOAL_MIB:.0}); upload {:.2} s of wall",
        upload.wall_s
    );
    Ok(())
}

fn beside_ffmpeg(program: &Path, mix: &Path) -> Result<()> {
    let ours = run(Command::new(program).arg("measure").arg(mix))?;
    row("lacquer measure", &ours, "");
    let theirs = run(Command::new("ffmpeg")
        .args(["-v", "quiet", "-nostdin", "-i"])
        .arg(mix)
        .args(["-af", "ebur128=peak=true", "-f", "null", "-"]))?;
    row("ffmpeg ebur128=peak=true", &theirs, "");
    Ok(())
}
