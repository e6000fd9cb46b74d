//! Memory of a render: as much for four hours as for four minutes.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Result;
use soundfile::{AudioSpec, SampleType, WavWriter};

use super::Bench;
use super::chains::{self, EQUALISER, LIMITER, MULTIBAND, SATURATION, drive};
use crate::bench::watched::run_well;

/// Most memory of a render in MiB.
const BAR_MIB: f64 = 64.0;
const SHORT_S: u32 = 240;
const LONG_S: u32 = 4 * 3_600;
/// A low rate keeps the long file small; what memory grows with is time.
const LONG_RATE_HZ: u32 = 8_000;

pub(super) fn print(bench: &Bench) -> Result<()> {
    let folder = bench.scratch.path();
    let short = tone(folder, "short.wav", (SHORT_S, 48_000, 2))?;
    let long = tone(folder, "long.wav", (LONG_S, LONG_RATE_HZ, 1))?;
    println!("\nMemory of a render at its peak, MiB");
    println!("{:<42} {:>6} {:>6}", "", "ours", "bar");
    let whole = chains::text(&[EQUALISER, MULTIBAND, SATURATION, &drive(6.0), LIMITER]);
    let loudness = chains::to_loudness(-12.0);
    for (chain, what) in [(whole, "whole chain"), (loudness, "loudness to target")] {
        for (mix, length) in [
            (&short, "4 minutes, stereo 48 kHz"),
            (&long, "4 hours, mono 8 kHz"),
        ] {
            let (mut command, _) = bench.render(&chain, &[], mix)?;
            let peak = run_well(&mut command)?.peak_mib;
            let verdict = if peak > BAR_MIB { "   over" } else { "" };
            println!(
                "{:<42} {peak:>6.1} {BAR_MIB:>6.0}{verdict}",
                format!("{what}, {length}")
            );
        }
    }
    Ok(())
}

/// A swelling tone of so many seconds at a rate, on so many channels, in 16 bits.
fn tone(
    folder: &Path,
    name: &str,
    (seconds, rate_hz, channels): (u32, u32, u16),
) -> Result<PathBuf> {
    let path = folder.join(name);
    let spec = AudioSpec {
        rate_hz,
        channels,
        sample: SampleType::I16,
    };
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    let mut writer = WavWriter::new(file, spec, &[])?;
    // Ten seconds over and over: the same file on every machine, quickly made.
    let frames = 10 * rate_hz;
    let mut bytes = Vec::new();
    for frame in 0..frames {
        let at = f64::from(frame) / f64::from(rate_hz);
        let swell = 0.3 + 0.2 * libm::sin(std::f64::consts::TAU * 0.3 * at);
        let value = swell * libm::sin(std::f64::consts::TAU * 440.0 * at);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a sample of 16 bits is meant"
        )]
        let sample = (value * 32_767.0) as i16;
        for _ in 0..channels {
            bytes.extend_from_slice(&sample.to_le_bytes());
        }
    }
    for _ in 0..seconds / 10 {
        writer.write_raw(&bytes)?;
    }
    writer.finish()?;
    Ok(path)
}
