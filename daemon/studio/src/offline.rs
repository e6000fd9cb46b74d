//! Mastering one file without an order: what `lacquer master` does with decoded audio.

use std::fs::File;

use engine::{
    Brief, Chain, Depth, KeyedReport, LoudnessReport, MasterReport, Match, MatchSettings, Plan,
    Portrait, StageReport,
};
use measure::Measurements;
use renderer::{Wanted, WavPart, WavSource, seed_of};
use soundfile::WrittenAudio;

use crate::denied::chain;

/// What to make of a file.
#[derive(Debug, Clone)]
pub struct Wish {
    /// A chain to use; without one the plan is measured.
    pub chain: Option<Chain>,
    /// What a measured plan is to be made for.
    pub brief: Brief,
    /// How far a match to references may go.
    pub matching: MatchSettings,
    /// Sample type of the master.
    pub depth: Depth,
    /// Rate of the master; none for the mix's own.
    pub rate_hz: Option<u32>,
    /// Highest true peak behind a change of rate, in dBTP; none for no limiter there.
    pub ceiling_dbtp: Option<f64>,
}

/// A stem or alternate of the mix, decoded, and where its master goes.
#[derive(Debug)]
pub struct StemFile<'a> {
    /// What it is called where it is refused.
    pub name: String,
    /// A canonical WAV at its first byte.
    pub canonical: &'a File,
    /// Its samples, from which its dither is seeded.
    pub samples_sha256: &'a str,
    /// Takes its master.
    pub out: &'a mut File,
}

/// Decoded audio with the loudness that was measured when it was opened.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// A canonical WAV.
    pub canonical: &'a File,
    /// Its loudness in LUFS.
    pub integrated_lufs: Option<f64>,
}

/// What is rendered beside a mix, and what its chain listens to.
#[derive(Debug, Default)]
pub struct Beside<'a> {
    /// Stems and alternates, keyed by the mix.
    pub stems: Vec<StemFile<'a>>,
    /// The key of stages that the chain names, decoded.
    pub key: Option<&'a File>,
    /// Music to match the mix to where no chain is given.
    pub references: Vec<Heard<'a>>,
}

/// What came of the stems.
#[derive(Debug)]
pub struct OfflineStems {
    /// What is left of the mix without them, before the chain and after it.
    pub report: KeyedReport,
    /// Their masters, in order.
    pub written: Vec<(WrittenAudio, Measurements)>,
}

/// A master as it was written.
#[derive(Debug)]
pub struct OfflineMaster {
    /// The plan, where one was made.
    pub plan: Option<Plan>,
    /// The match, where the mix was matched to references.
    pub matched: Option<Match>,
    /// The chain that was used; one with a loudness goal as it was settled for this mix.
    pub chain: Chain,
    /// How it was brought to its loudness, where the chain has a goal.
    pub loudness: Option<LoudnessReport>,
    /// What each stage did.
    pub stages: Vec<StageReport>,
    /// The written file.
    pub written: WrittenAudio,
    /// Its measurements.
    pub measured: Measurements,
    /// What came of the stems and of the key, where there were any.
    pub stems: Option<OfflineStems>,
}

/// Why no master was made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoMaster(String);

impl<E: Into<renderer::RenderError>> From<E> for NoMaster {
    fn from(error: E) -> Self {
        Self(chain(&error.into()))
    }
}

/// Masters decoded audio (a canonical WAV at its first byte) into `out`.
///
/// `samples_sha256` are the mix's samples, from which dither is seeded.
///
/// # Errors
/// A target out of range, silence, or a file that cannot be written.
pub fn master<'a>(
    mix: Heard<'a>,
    samples_sha256: &str,
    wish: &Wish,
    beside: Beside<'a>,
    out: &mut File,
) -> Result<OfflineMaster, NoMaster> {
    let mut source = WavSource::open(mix.canonical)?;
    let (plan, matched, chain_used) = chain_for(&mut source, mix, wish, &beside.references)?;
    let given = engine::Source::spec(&source);
    if beside.key.is_some() || !beside.stems.is_empty() {
        if wish.rate_hz.is_some_and(|rate| rate != given.rate_hz) {
            return Err(NoMaster(format!(
                "stems and keys go with the mix at its own rate: ask for {} Hz, or for no rate",
                given.rate_hz
            )));
        }
        let (chain, depth) = (&chain_used, wish.depth);
        let (written, stems) = keyed((&mut source, samples_sha256), beside, chain, depth, out)?;
        let mix = &stems.report.mix;
        return Ok(OfflineMaster {
            plan,
            matched,
            stages: mix.stages.clone(),
            chain: settled(chain, mix)?,
            loudness: mix.loudness.clone(),
            written: written.0,
            measured: written.1,
            stems: Some(stems),
        });
    }
    let wanted = Wanted {
        depth: wish.depth,
        rate_hz: wish.rate_hz,
        ceiling_dbtp: wish.ceiling_dbtp,
    };
    let seed = seed_of(samples_sha256);
    let made = renderer::render(&mut source, &chain_used, wanted, seed, out)?;
    let report = made.report;
    Ok(OfflineMaster {
        plan,
        matched,
        chain: settled(&chain_used, &report)?,
        loudness: report.loudness,
        stages: report.stages,
        written: made.written,
        measured: made.measured,
        stems: None,
    })
}

/// The chain that is wished for, a match to the references, or a measured plan.
fn chain_for(
    source: &mut WavSource<&File>,
    mix: Heard<'_>,
    wish: &Wish,
    references: &[Heard<'_>],
) -> Result<(Option<Plan>, Option<Match>, Chain), NoMaster> {
    if let Some(chain) = &wish.chain {
        return Ok((None, None, chain.clone()));
    }
    if references.is_empty() {
        let plan = engine::plan(source, &wish.brief).map_err(|e| NoMaster(chain(&e)))?;
        let used = plan.chain.clone();
        return Ok((Some(plan), None, used));
    }
    let matched = matched(source, mix, references, wish.matching)?;
    let used = matched.chain.clone();
    Ok((None, Some(matched), used))
}

/// Matches a mix to references: a chain with its reasons, its gain settled on the mix.
///
/// # Errors
/// Silence, settings out of range, or audio that cannot be read.
pub fn match_mix(
    mix: Heard<'_>,
    references: &[Heard<'_>],
    settings: MatchSettings,
) -> Result<Match, NoMaster> {
    let mut source = WavSource::open(mix.canonical)?;
    matched(&mut source, mix, references, settings)
}

fn matched(
    source: &mut WavSource<&File>,
    mix: Heard<'_>,
    references: &[Heard<'_>],
    settings: MatchSettings,
) -> Result<Match, NoMaster> {
    let portrait = |source: &mut WavSource<&File>, heard: &Heard<'_>| {
        let portrait = Portrait::of(source).map_err(renderer::RenderError::from)?;
        Ok::<_, NoMaster>(portrait.with_metered(heard.integrated_lufs))
    };
    // Each on a thread of its own: what they hear does not depend on it.
    let (here, there) = std::thread::scope(|scope| {
        let others: Vec<_> = references
            .iter()
            .map(|heard| {
                scope.spawn(move || portrait(&mut WavSource::open(heard.canonical)?, heard))
            })
            .collect();
        let here = portrait(source, &mix);
        let there: Vec<_> = others
            .into_iter()
            .map(|other| other.join().expect("listening does not panic"))
            .collect();
        (here, there)
    });
    let there = there.into_iter().collect::<Result<Vec<_>, _>>()?;
    engine::match_to(&here?, &there, settings)
        .and_then(|made| made.settle(source))
        .map_err(|e| NoMaster(chain(&e)))
}

/// Renders the mix with all that goes beside it.
fn keyed<'a>(
    (source, samples_sha256): (&mut WavSource<&'a File>, &str),
    beside: Beside<'a>,
    chain_used: &Chain,
    depth: Depth,
    out: &mut File,
) -> Result<((WrittenAudio, Measurements), OfflineStems), NoMaster> {
    let mut stems = Vec::with_capacity(beside.stems.len());
    for stem in beside.stems {
        let opened = WavSource::open(stem.canonical)?;
        engine::check_stem(source, &opened)
            .map_err(|why| NoMaster(format!("{} does not go with the mix: {why}", stem.name)))?;
        stems.push((opened, seed_of(stem.samples_sha256), stem.out));
    }
    let mut key = beside.key.map(WavSource::open).transpose()?;
    let parts = stems.iter_mut().map(|(source, seed, out)| WavPart {
        source,
        seed: *seed,
        out: &mut **out,
    });
    let mix = WavPart {
        source,
        seed: seed_of(samples_sha256),
        out,
    };
    let made = renderer::render_keyed(mix, parts.collect(), key.as_mut(), chain_used, depth)?;
    let mut written = made.written.into_iter();
    let first = written
        .next()
        .ok_or_else(|| NoMaster("the mix has no master".to_owned()))?;
    let stems = OfflineStems {
        report: made.report,
        written: written.collect(),
    };
    Ok((first, stems))
}

/// The chain as it was played: one with a loudness goal came to a gain.
fn settled(chain_used: &Chain, report: &MasterReport) -> Result<Chain, NoMaster> {
    match &report.loudness {
        Some(loudness) => chain_used
            .settled_at(loudness.gain_db)
            .map_err(|e| NoMaster(chain(&e))),
        None => Ok(chain_used.clone()),
    }
}
