//! Mastering one file without an order: what `lacquer master` does with decoded audio.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use engine::{Chain, ConvertSettings, Depth, DitherSeed, Intensity, Plan, StageReport, Target};
use measure::Measurements;
use soundfile::{AudioSpec, SampleType, WrittenAudio};

use crate::denied::chain;
use crate::jobs::{Trouble, seed_of};
use crate::wav_stream::{WavMaster, WavSource};

/// What to make of a file.
#[derive(Debug, Clone)]
pub struct Wish {
    /// A chain to use; without one the plan is measured.
    pub chain: Option<Chain>,
    /// Where the measured plan is to arrive.
    pub target: Target,
    /// Sample type of the master.
    pub depth: Depth,
    /// Rate of the master; none for the mix's own.
    pub rate_hz: Option<u32>,
}

/// A master as it was written.
#[derive(Debug)]
pub struct OfflineMaster {
    /// The plan, where one was made.
    pub plan: Option<Plan>,
    /// The chain that was used.
    pub chain: Chain,
    /// What each stage did.
    pub stages: Vec<StageReport>,
    /// The written file.
    pub written: WrittenAudio,
    /// Its measurements.
    pub measured: Measurements,
}

/// Why no master was made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoMaster(String);

impl From<Trouble> for NoMaster {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::NoRoom(why)
            | Trouble::NotYet(why)
            | Trouble::Again(why)
            | Trouble::Never(why) => Self(why),
        }
    }
}

/// Masters decoded audio (a canonical WAV at its first byte) into `out`.
///
/// `samples_sha256` are the mix's samples, from which dither is seeded.
///
/// # Errors
/// A target out of range, silence, or a file that cannot be written.
pub fn master(
    canonical: &File,
    samples_sha256: &str,
    wish: &Wish,
    out: &mut File,
) -> Result<OfflineMaster, NoMaster> {
    use engine::Source as _;
    let mut source = WavSource::open(canonical)?;
    let (plan, chain_used) = match &wish.chain {
        Some(chain) => (None, chain.clone()),
        None => {
            let plan = engine::plan(&mut source, wish.target, Intensity::Standard)
                .map_err(|e| NoMaster(chain(&e)))?;
            let used = plan.chain.clone();
            (Some(plan), used)
        }
    };
    source.rewind().map_err(|e| NoMaster(chain(&e)))?;
    let given = source.spec();
    let channels = u16::try_from(given.channels).map_err(|e| NoMaster(e.to_string()))?;
    let seed = seed_of(samples_sha256);
    let spec = |rate_hz, depth| AudioSpec {
        rate_hz,
        channels,
        sample: sample_of(depth),
    };
    let (written, measured, stages) = match wish.rate_hz.filter(|rate| *rate != given.rate_hz) {
        None => render(
            &mut source,
            &chain_used,
            spec(given.rate_hz, wish.depth),
            wish.depth,
            seed,
            out,
        )?,
        Some(rate_hz) => {
            // One conversion, from undithered floats, and dither once, last.
            let mut between = tempfile::tempfile().map_err(|e| NoMaster(e.to_string()))?;
            let float = spec(given.rate_hz, Depth::Float32);
            let (_, _, stages) = render(
                &mut source,
                &chain_used,
                float,
                Depth::Float32,
                seed,
                &mut between,
            )?;
            between
                .seek(SeekFrom::Start(0))
                .map_err(|e| NoMaster(e.to_string()))?;
            let settings = ConvertSettings {
                rate_hz,
                depth: wish.depth,
                ceiling_dbtp: wish.target.true_peak_max_dbtp,
                dither: chain_used.dither(),
                conversion: chain_used.conversion(),
            };
            let spec = spec(rate_hz, wish.depth);
            let (written, measured) = convert(&between, settings, spec, seed, out)?;
            (written, measured, stages)
        }
    };
    Ok(OfflineMaster {
        plan,
        chain: chain_used,
        stages,
        written,
        measured,
    })
}

fn render(
    source: &mut WavSource<&File>,
    chain_used: &Chain,
    spec: AudioSpec,
    depth: Depth,
    seed: DitherSeed,
    out: &mut File,
) -> Result<(WrittenAudio, Measurements, Vec<StageReport>), NoMaster> {
    let mut sink = WavMaster::begin(out, spec, &[])?;
    let report = engine::render_master(source, chain_used, depth, seed, &mut sink, &mut |_| {})
        .map_err(|e| NoMaster(chain(&e)))?;
    let (written, measured, _) = sink.finish()?;
    Ok((written, measured, report.stages))
}

fn convert(
    rendered: &File,
    settings: ConvertSettings,
    spec: AudioSpec,
    seed: DitherSeed,
    out: &mut File,
) -> Result<(WrittenAudio, Measurements), NoMaster> {
    let mut source = WavSource::open(rendered)?;
    let mut sink = WavMaster::begin(out, spec, &[])?;
    engine::convert(&mut source, settings, seed, &mut sink, &mut |_| {})
        .map_err(|e| NoMaster(chain(&e)))?;
    let (written, measured, _) = sink.finish()?;
    Ok((written, measured))
}

fn sample_of(depth: Depth) -> SampleType {
    match depth {
        Depth::Int16 => SampleType::I16,
        Depth::Int24 => SampleType::I24,
        Depth::Float32 => SampleType::F32,
    }
}
