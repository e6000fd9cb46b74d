//! What a match to a reference costs and how near it comes, beside `matchering` from PyPI in the same call.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

use super::watched::{Cost, run};
use super::{LONG_S, SHORT_S, build, mix, mixes_beside, truth};

const RATE_HZ: u32 = 48_000;
const SECONDS: f64 = SHORT_S as f64;

/// Goals: CPU per minute of the mix, memory at any length, error by third-octaves.
const CPU_GOAL_S: f64 = 1.2;
const MEMORY_GOAL_MIB: f64 = 100.0;
const ERROR_GOAL_DB: f64 = 1.5;

/// Place among the styles of the music from code, and a seed.
pub(super) type Song = (usize, u64);

/// Most that a frequency is moved in dB: by default, and as far as it goes.
const LIMITS_DB: [&str; 2] = ["6", "48"];

/// Mixes and their references.
const PAIRS: [(&str, Song, Song); 4] = [
    ("rock to dense pop", (0, 901), (5, 902)),
    ("dense pop to rock", (5, 903), (0, 904)),
    ("house to trap", (1, 905), (11, 906)),
    ("orchestra to rock", (10, 907), (0, 908)),
];

/// Builds the release, makes the music and prints the table.
pub(super) fn print() -> Result<()> {
    let program = build()?;
    let folder = tempfile::tempdir()?;
    let peer = install_peer(&program)?;
    println!("\nmatch to a reference, stereo, 48 kHz, 24 bit: files in, file out");
    println!(
        "{:<44} {:>9} {:>9} {:>9} {:>9}",
        "", "CPU s/min", "peak MiB", "dB before", "dB after"
    );
    for (name, its, other) in PAIRS {
        let (mix, reference) = (folder.path().join("mix.wav"), folder.path().join("ref.wav"));
        write(&mix, its, 0.5)?;
        write(&reference, other, 0.9)?;
        let before = error_db(&mix, &reference)?;
        let ours = folder.path().join("ours.wav");
        for limit_db in LIMITS_DB {
            let cost = run(&mut lacquer(&program, (&mix, &reference), limit_db, &ours))?;
            row(
                &format!("lacquer, limit {limit_db:>2} dB: {name}"),
                &cost,
                SECONDS,
                (before, error_db(&ours, &reference)?),
            );
            std::fs::remove_file(&ours)?;
        }
        if let Some(python) = &peer {
            let theirs = folder.path().join("theirs.wav");
            let cost = run(&mut matchering(python, &mix, &reference, &theirs))?;
            let after = error_db(&theirs, &reference)?;
            row(
                &format!("matchering: {name}"),
                &cost,
                SECONDS,
                (before, after),
            );
            std::fs::remove_file(theirs)?;
        }
        for path in [mix, reference] {
            std::fs::remove_file(path)?;
        }
    }
    at_length(&program, folder.path())?;
    println!(
        "goals: {CPU_GOAL_S} s of CPU per minute, {MEMORY_GOAL_MIB:.0} MiB at any length, {ERROR_GOAL_DB} dB RMS by third-octaves"
    );
    Ok(())
}

/// An hour, matched to two minutes: memory does not grow.
fn at_length(program: &Path, folder: &Path) -> Result<()> {
    let mixes = mixes_beside(program)?;
    let (long, reference) = (mix(&mixes, LONG_S)?, folder.join("ref.wav"));
    write(&reference, PAIRS[0].2, 0.9)?;
    let out = folder.join("long.wav");
    let before = error_db(&long, &reference)?;
    let cost = run(&mut lacquer(
        program,
        (&long, &reference),
        LIMITS_DB[0],
        &out,
    ))?;
    let after = error_db(&out, &reference)?;
    row(
        "lacquer, an hour",
        &cost,
        f64::from(LONG_S),
        (before, after),
    );
    Ok(())
}

fn row(name: &str, cost: &Cost, seconds: f64, (before, after): (f64, f64)) {
    println!(
        "{name:<44} {:>9.2} {:>9.0} {before:>9.2} {after:>9.2}",
        cost.cpu_s / (seconds / 60.0),
        cost.peak_mib
    );
}

fn lacquer(
    program: &Path,
    (mix, reference): (&Path, &Path),
    limit_db: &str,
    out: &Path,
) -> Command {
    let mut command = Command::new(program);
    command
        .arg("master")
        .arg(mix)
        .arg("--reference")
        .arg(reference);
    command.args(["--limit-db", limit_db]).arg("-o").arg(out);
    command
}

fn matchering(python: &Path, mix: &Path, reference: &Path, out: &Path) -> Command {
    let mut command = Command::new(python);
    command
        .arg("-c")
        .arg("import sys, matchering as m; m.process(target=sys.argv[1], reference=sys.argv[2], results=[m.pcm24(sys.argv[3])])")
        .args([mix, reference, out]);
    command
}

/// The peer in an environment of its own below the target folder; none where it cannot be installed.
fn install_peer(program: &Path) -> Result<Option<PathBuf>> {
    let target = program
        .ancestors()
        .nth(2)
        .context("the program lies in a target folder")?;
    let home = target.join("bench/matchering");
    let python = home.join("bin/python");
    let has_it = || {
        let mut look = Command::new(&python);
        look.args(["-c", "import matchering"])
            .output()
            .is_ok_and(|done| done.status.success())
    };
    if has_it() {
        return Ok(Some(python));
    }
    let made = Command::new("python3")
        .args(["-m", "venv"])
        .arg(&home)
        .status();
    let is_there = made.is_ok_and(|status| status.success())
        && Command::new(home.join("bin/pip"))
            .args(["install", "--quiet", "matchering"])
            .status()
            .is_ok_and(|status| status.success())
        && has_it();
    if !is_there {
        println!("matchering could not be installed from PyPI: its rows are left out");
    }
    Ok(is_there.then_some(python))
}

fn write(path: &Path, song: Song, peak: f64) -> Result<()> {
    write_piece(path, song, peak, (SECONDS, RATE_HZ))
}

/// Writes a piece of music with this peak: a style and a seed, seconds and a rate in hertz.
pub(super) fn write_piece(
    path: &Path,
    (style, seed): Song,
    peak: f64,
    (seconds, rate_hz): (f64, u32),
) -> Result<()> {
    let mut piece = truth::piece(style, seed, seconds, rate_hz);
    piece.iter_mut().flatten().for_each(|x| *x *= peak);
    let spec = AudioSpec {
        rate_hz,
        channels: 2,
        sample: SampleType::I24,
    };
    let mut writer = WavWriter::new(BufWriter::new(File::create(path)?), spec, &[])?;
    let [left, right] = &piece[..] else {
        bail!("music from code is stereo");
    };
    for (left, right) in left.chunks(4_096).zip(right.chunks(4_096)) {
        writer.write_planar(&[left, right])?;
    }
    writer.finish()?;
    Ok(())
}

/// RMS of the difference of two files' third-octave levels from 40 Hz to 16 kHz, their mean level aside: one transform
/// after the other over the whole length, nothing of what a match does.
fn error_db(a: &Path, b: &Path) -> Result<f64> {
    let (a, b) = (thirds_db(a)?, thirds_db(b)?);
    let apart: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    let mean = apart.iter().sum::<f64>() / apart.len() as f64;
    let squares: f64 = apart.iter().map(|x| (x - mean) * (x - mean)).sum();
    Ok((squares / apart.len() as f64).sqrt())
}

fn thirds_db(path: &Path) -> Result<Vec<f64>> {
    const EXPONENT: u32 = 16;
    let mut reader = WavReader::open(File::open(path)?)?;
    let rate = f64::from(reader.spec().rate_hz);
    let fft = dsp::Fft::new(EXPONENT);
    let length = fft.length();
    let mut planar = vec![Vec::new(); usize::from(reader.spec().channels)];
    let mut powers = vec![0.0; 27];
    loop {
        let mut rows = vec![vec![0.0; length]; 2];
        let mut filled = 0;
        while filled < length {
            let frames = reader.read_planar(&mut planar, (length - filled).min(4_096))?;
            if frames == 0 {
                break;
            }
            for (row, samples) in rows.iter_mut().zip(&planar) {
                row[filled..filled + frames].copy_from_slice(&samples[..frames]);
            }
            filled += frames;
        }
        if filled == 0 {
            break;
        }
        let window = |i: usize| dsp::hann(i, length);
        for row in &mut rows {
            row.iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x *= window(i));
        }
        let [re, im] = &mut rows[..] else {
            bail!("there are two rows");
        };
        fft.forward(re, im);
        for (third, power) in powers.iter_mut().enumerate() {
            let centre = 1_000.0 * libm::pow(10.0, (third as f64 - 14.0) / 10.0);
            let edge = libm::pow(10.0, 0.05);
            let bin = |hz: f64| (hz * length as f64 / rate) as usize;
            for k in bin(centre / edge)..bin(centre * edge) {
                let mirror = length - k;
                *power += re[k] * re[k] + im[k] * im[k];
                *power += re[mirror] * re[mirror] + im[mirror] * im[mirror];
            }
        }
        if filled < length {
            break;
        }
    }
    Ok(powers
        .into_iter()
        .map(|p| dsp::power_to_db(p.max(1e-30)))
        .collect())
}
