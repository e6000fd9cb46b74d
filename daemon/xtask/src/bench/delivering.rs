//! What deliveries cost, by format: a song in, everything made of it read back.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::watched::{Cost, run};
use super::{build, matching};

const HIGH_HZ: u32 = 96_000;
const CD_HZ: u32 = 44_100;
const SECONDS: f64 = 240.0;
/// Most memory of a delivery in MiB.
const MEMORY_GOAL_MIB: f64 = 128.0;

/// What they are made from: bits and rate in kHz.
const HIGH: &str = "24-96";
const LONG: &str = "24-44.1";
const CD: &str = "16-44.1";

/// Formats, the song they are made from, and the goals of the format alone in CPU seconds per minute of audio; measuring
/// and reading back are among the figures.
const FORMATS: [(&str, &str, Option<f64>); 9] = [
    ("wav-16@44100", HIGH, Some(0.5)),
    ("wav-24", HIGH, None),
    ("flac-24", HIGH, Some(1.0)),
    ("mp3", HIGH, Some(1.0)),
    ("opus", HIGH, None),
    ("ddp", HIGH, None),
    ("ddp", LONG, None),
    ("ddp", CD, Some(0.05)),
    (ALL, HIGH, None),
];
/// Everything that is made of one programme.
const ALL: &str = "wav-24,wav-16@44100,flac-24,mp3,ddp,pq";
/// Most that reading all of it back may cost, in CPU seconds per minute of audio.
const READ_BACK_GOAL: f64 = 0.5;

/// Builds the release, makes the song and prints the table.
pub(super) fn print() -> Result<()> {
    let program = build()?;
    let folder = tempfile::tempdir()?;
    for (name, rate_hz) in [(HIGH, HIGH_HZ), (LONG, CD_HZ)] {
        let song = folder.path().join(format!("{name}.wav"));
        matching::write_piece(&song, (0, 901), 0.9, (SECONDS, rate_hz))?;
        programme(folder.path(), name)?;
    }
    let sixteen = ["-o", "out", "--format", "wav-16"];
    deliver(&program, folder.path(), LONG, &sixteen)?;
    let made = folder.path().join("out/WAV 16-44.1/01 Song.wav");
    std::fs::rename(made, folder.path().join(format!("{CD}.wav")))?;
    std::fs::remove_dir_all(folder.path().join("out"))?;
    programme(folder.path(), CD)?;
    println!(
        "\ndeliveries, stereo, 24 bit: files in, folder out, everything measured and read back"
    );
    println!(
        "{:<44} {:>7} {:>9} {:>9} {:>9} {:>6}",
        "", "from", "CPU s/min", "less open", "peak MiB", "goal"
    );
    for (format, song, goal) in FORMATS {
        // Opening and decoding in the worker, and laying out, are in every figure.
        let opened = deliver(
            &program,
            folder.path(),
            song,
            &["--plan", "--format", format],
        )?;
        let words = ["-o", "out", "--format", format];
        let cost = deliver(&program, folder.path(), song, &words)?;
        row(&format!("{format:<44} {song:>7}"), &cost, &opened, goal);
        if format == ALL {
            read_back(&program, folder.path())?;
        }
        std::fs::remove_dir_all(folder.path().join("out"))?;
    }
    println!("goals: those of the formats, and {MEMORY_GOAL_MIB:.0} MiB");
    Ok(())
}

fn programme(folder: &Path, song: &str) -> Result<()> {
    let text = format!(
        "title = \"Bench\"\ngrid = \"cd_frames\"\n[[disc]]\n[[disc.track]]\ntitle = \"Song\"\nfile = \"{song}.wav\"\n"
    );
    let mut file = std::fs::File::create_new(folder.join(format!("{song}.toml")))?;
    file.write_all(text.as_bytes())?;
    Ok(())
}

fn deliver(program: &Path, folder: &Path, song: &str, words: &[&str]) -> Result<Cost> {
    let mut command = Command::new(program);
    command.arg("deliver").arg(format!("{song}.toml"));
    command.arg("--json").args(words);
    let cost = run(command.current_dir(folder))?;
    if !folder.join("out").exists() && words.contains(&"-o") {
        bail!("nothing was delivered by {words:?}");
    }
    Ok(cost)
}

/// Everything opened again in the worker, decoded and held against its report.
fn read_back(program: &Path, folder: &Path) -> Result<()> {
    let mut command = Command::new(program);
    let cost = run(command.args(["verify", "out"]).current_dir(folder))?;
    let none = Cost { cpu_s: 0.0, ..cost };
    row(
        &format!("{:<44} {:>7}", "  all of it read back", ""),
        &cost,
        &none,
        Some(READ_BACK_GOAL),
    );
    Ok(())
}

fn row(name: &str, cost: &Cost, opened: &Cost, goal: Option<f64>) {
    let minutes = SECONDS / 60.0;
    let (all, own) = (cost.cpu_s / minutes, (cost.cpu_s - opened.cpu_s) / minutes);
    let goal_words = goal.map_or_else(String::new, |goal| format!("{goal:.2}"));
    let is_over = goal.is_some_and(|goal| own > goal) || cost.peak_mib > MEMORY_GOAL_MIB;
    let verdict = if is_over { "   over" } else { "" };
    println!(
        "{name} {all:>9.2} {own:>9.2} {:>9.0} {goal_words:>6}{verdict}",
        cost.peak_mib
    );
}
