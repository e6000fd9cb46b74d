//! What deliveries cost, by format: a song of 24 bits and 96 kHz, files in, everything read back.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::watched::{Cost, run};
use super::{build, matching};

const RATE_HZ: u32 = 96_000;
const SECONDS: f64 = 240.0;
/// Most memory of a delivery in MiB.
const MEMORY_GOAL_MIB: f64 = 128.0;

/// Formats and the goals of the format alone, in CPU seconds per minute of audio; the read-back of it is among the figures.
const FORMATS: [(&str, Option<f64>); 7] = [
    ("wav-16@44100", Some(0.5)),
    ("wav-24", None),
    ("flac-24", Some(1.0)),
    ("mp3", Some(1.0)),
    ("ddp", Some(0.05)),
    ("aiff-16@44100", None),
    ("wav-24,wav-16@44100,flac-24,mp3,ddp,pq", None),
];

/// Builds the release, makes the song and prints the table.
pub(super) fn print() -> Result<()> {
    let program = build()?;
    let folder = tempfile::tempdir()?;
    let song = folder.path().join("song.wav");
    matching::write_piece(&song, (0, 901), 0.9, (SECONDS, RATE_HZ))?;
    programme(folder.path())?;
    // Opening and decoding in the worker, and laying out, are in every figure; what they cost alone stands above the rest.
    let opened = deliver(&program, folder.path(), &["--plan", "--format", "ddp"])?;
    println!("\ndeliveries, stereo, 96 kHz, 24 bit: files in, folder out, everything read back");
    println!(
        "{:<44} {:>9} {:>9} {:>9} {:>6}",
        "", "CPU s/min", "less open", "peak MiB", "goal"
    );
    row("opened and laid out", &opened, &opened, None);
    for (format, goal) in FORMATS {
        let cost = deliver(&program, folder.path(), &["-o", "out", "--format", format])?;
        row(format, &cost, &opened, goal);
        std::fs::remove_dir_all(folder.path().join("out"))?;
    }
    println!("goals: those of the formats, and {MEMORY_GOAL_MIB:.0} MiB");
    Ok(())
}

fn programme(folder: &Path) -> Result<()> {
    let text = "title = \"Bench\"\ngrid = \"cd_frames\"\n[[disc]]\n[[disc.track]]\ntitle = \"Song\"\nfile = \"song.wav\"\n";
    let mut file = std::fs::File::create_new(folder.join("bench.toml"))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

fn deliver(program: &Path, folder: &Path, words: &[&str]) -> Result<Cost> {
    let mut command = Command::new(program);
    command
        .args(["deliver", "bench.toml", "--json"])
        .args(words);
    let cost = run(command.current_dir(folder))?;
    if !folder.join("out").exists() && words.contains(&"-o") {
        bail!("nothing was delivered by {words:?}");
    }
    Ok(cost)
}

fn row(name: &str, cost: &Cost, opened: &Cost, goal: Option<f64>) {
    let minutes = SECONDS / 60.0;
    let (all, own) = (cost.cpu_s / minutes, (cost.cpu_s - opened.cpu_s) / minutes);
    let goal_words = goal.map_or_else(String::new, |goal| format!("{goal:.2}"));
    let is_over = goal.is_some_and(|goal| own > goal) || cost.peak_mib > MEMORY_GOAL_MIB;
    let verdict = if is_over { "   over" } else { "" };
    println!(
        "{name:<44} {all:>9.2} {own:>9.2} {:>9.0} {goal_words:>6}{verdict}",
        cost.peak_mib
    );
}
