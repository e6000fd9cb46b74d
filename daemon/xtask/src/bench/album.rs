//! What a record costs: twelve songs of five minutes at 96 kHz through a chain, into their tracks and their disc.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use soundfile::{AudioSpec, SampleType, WavWriter};

use super::watched::run;
use super::{build, row, truth};

const RATE_HZ: u32 = 96_000;
const SONGS: usize = 12;
const SECONDS: f64 = 300.0;

/// Styles that music from code has, and how long a piece of each is for a side of all.
const STYLES: usize = 13;
const STYLE_SECONDS: f64 = 60.0;

/// Pieces that the songs are made of: style and seed. Each song is a file of its own, opened and rendered by itself.
const PIECES: [(usize, u64); 4] = [(0, 931), (5, 932), (1, 933), (10, 934)];

/// Builds the release, makes the music and prints the table.
pub(super) fn print() -> Result<()> {
    let program = build()?;
    let folder = tempfile::tempdir()?;
    for (number, piece) in PIECES.iter().enumerate() {
        let made = folder.path().join(format!("{}.wav", number + 1));
        write(&made, *piece, SECONDS)?;
        for song in (number..SONGS).step_by(PIECES.len()).skip(1) {
            std::fs::hard_link(&made, folder.path().join(format!("{}.wav", song + 1)))?;
        }
    }
    println!("\nan album: 12 songs of 5 minutes, stereo, 96 kHz, 24 bit, into tracks and disc");
    println!(
        "{:<34} {:>8} {:>8} {:>9}",
        "", "CPU s", "wall s", "peak MiB"
    );
    let goal = "goal: 360 s of CPU, 128 MiB";
    for (name, chain, words, goal) in [
        ("lacquer album, as they are", "", "", ""),
        ("lacquer album, a usual chain", "gentle_glue", "", goal),
        (
            "lacquer album, the same at 44.1 kHz",
            "gentle_glue",
            "--rate 44100 --depth 16",
            "",
        ),
    ] {
        let programme = folder.path().join("album.toml");
        File::create(&programme)?.write_all(text(chain).as_bytes())?;
        let made = folder.path().join("made");
        let mut album = Command::new(&program);
        album.arg("album").arg(&programme).arg("-o").arg(&made);
        let cost = run(album.args(words.split_whitespace()))?;
        row(name, &cost, goal);
        std::fs::remove_dir_all(&made)?;
    }
    side(&program, folder.path())
}

/// What a cutter would be told of clean music: a side of one piece in each style, in which nothing should be an objection.
fn side(program: &Path, folder: &Path) -> Result<()> {
    let mut text =
        "title = \"Side\"\ngap = \"2 s\"\n[[disc]]\nside = { inches = 12, rpm = 33 }\n".to_owned();
    for style in 0..STYLES {
        write(
            &folder.join(format!("style {style}.wav")),
            (style, 941),
            STYLE_SECONDS,
        )?;
        let _ = writeln!(
            text,
            "[[disc.track]]\ntitle = \"Style {style}\"\nfile = \"style {style}.wav\""
        );
    }
    let programme = folder.join("side.toml");
    File::create(&programme)?.write_all(text.as_bytes())?;
    let made = folder.join("side");
    let mut album = Command::new(program);
    album.arg("album").arg(&programme).arg("-o").arg(&made);
    let done = album.args(["--sides", "--json"]).output()?;
    let said: serde_json::Value = serde_json::from_slice(&done.stdout)?;
    let findings = said["sides"][0]["findings"].as_array();
    let findings = findings.context("a side has findings, or none")?;
    let objections = findings
        .iter()
        .filter(|f| f["is_objection"] == true)
        .count();
    println!(
        "\na side of {STYLES} pieces of clean music in as many styles: {objections} objections, {} notes",
        findings.len() - objections
    );
    for finding in findings {
        println!("  {}", finding["words"].as_str().unwrap_or_default());
    }
    Ok(())
}

fn text(chain: &str) -> String {
    let mut text = "title = \"Bench\"\ngap = \"2 s\"\n[[disc]]\n".to_owned();
    for song in 1..=SONGS {
        let _ = writeln!(
            text,
            "[[disc.track]]\ntitle = \"Song {song}\"\nfile = \"{song}.wav\""
        );
        if !chain.is_empty() {
            let _ = writeln!(text, "chain = \"{chain}\"\ngain_db = -0.3");
        }
    }
    text
}

fn write(path: &Path, (style, seed): (usize, u64), seconds: f64) -> Result<()> {
    let piece = truth::piece(style, seed, seconds, RATE_HZ);
    let spec = AudioSpec {
        rate_hz: RATE_HZ,
        channels: 2,
        sample: SampleType::I24,
    };
    let [left, right] = &piece[..] else {
        bail!("music from code is stereo");
    };
    let mut writer = WavWriter::new(BufWriter::new(File::create(path)?), spec, &[])?;
    for (left, right) in left.chunks(4_096).zip(right.chunks(4_096)) {
        let half = |row: &[f64]| row.iter().map(|x| x * 0.5).collect::<Vec<f64>>();
        writer.write_planar(&[&half(left), &half(right)])?;
    }
    writer.finish()?;
    Ok(())
}
