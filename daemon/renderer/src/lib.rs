//! The mastering engine over WAV files: what the studio's jobs, `lacquer master` and the small
//! executable `lacquer-render` have in common.
//!
//! The executable is the engine alone: no database, no network, no audio server, no codec. Linked
//! statically (`cargo xtask renderer`) it needs nothing but a Linux kernel, so that it can be kept
//! beside the projects of its engine revision and render them again when everything else has moved on.

mod wav_stream;

use std::io::{Read, Seek, Write};

use engine::{Chain, Depth, DitherSeed, KeyedReport, MasterReport, Part, Source as _};
use measure::{Measurements, Overview};
use soundfile::{AudioSpec, SampleType, WrittenAudio};

pub use wav_stream::{BLOCK_FRAMES, StreamError, WavMaster, WavSource};

/// Why nothing was rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The mix or the place for the master cannot be used.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// The engine refused, or reading or writing failed on the way.
    #[error(transparent)]
    Engine(#[from] engine::RenderError),
    /// More channels than a WAV file can say.
    #[error("{0} channels are too many for a WAV file")]
    Channels(usize),
}

/// A rendered master.
#[derive(Debug)]
pub struct Rendered {
    /// The written file.
    pub written: WrittenAudio,
    /// Its measurements.
    pub measured: Measurements,
    /// Its waveform.
    pub overview: Overview,
    /// What the chain did.
    pub report: MasterReport,
}

/// The seed of a master's dither: the mix's samples (their SHA-256 in lower-case hex), so that the
/// same mix gives the same bytes.
#[must_use]
pub fn seed_of(samples_sha256: &str) -> DitherSeed {
    DitherSeed::from_checksum(samples_sha256.as_bytes())
}

/// The sample type of a WAV file that holds a master of this depth.
#[must_use]
pub const fn sample_of(depth: Depth) -> SampleType {
    match depth {
        Depth::Int16 => SampleType::I16,
        Depth::Int24 => SampleType::I24,
        Depth::Float32 => SampleType::F32,
    }
}

/// Renders a mix through a chain into a WAV file at the mix's own rate, from the mix's first frame
/// to its last.
///
/// Equal mix, chain, depth, seed and [`engine::ENGINE_REVISION`] give equal bytes.
///
/// # Errors
/// A chain that does not fit the mix, or a stream that fails.
pub fn render<R: Read + Seek, W: Write + Seek>(
    source: &mut WavSource<R>,
    chain: &Chain,
    depth: Depth,
    seed: DitherSeed,
    out: W,
) -> Result<Rendered, RenderError> {
    let spec = spec_of(source, depth)?;
    source.rewind().map_err(engine::RenderError::from)?;
    let mut sink = WavMaster::begin(out, spec, &[])?;
    let report = engine::render_master(source, chain, depth, seed, &mut sink, &mut |_| {})?;
    let (written, measured, overview) = sink.finish()?;
    Ok(Rendered {
        written,
        measured,
        overview,
        report,
    })
}

/// A mix or a stem in a WAV file, and where its master goes.
#[derive(Debug)]
pub struct WavPart<'a, R, W> {
    /// The samples.
    pub source: &'a mut WavSource<R>,
    /// Seeds the dither of its master.
    pub seed: DitherSeed,
    /// Takes its master.
    pub out: W,
}

/// A master and those of its stems.
#[derive(Debug)]
pub struct KeyedRendered {
    /// Each written file with its figures: the mix's first, then the stems' in order.
    pub written: Vec<(WrittenAudio, Measurements)>,
    /// What the chain did, and what is left of the mix without its stems.
    pub report: KeyedReport,
}

/// Renders a mix as [`render`] does, and its stems beside it, each detector keyed by the mix (or by `key`, where the
/// chain says so).
///
/// # Errors
/// What [`render`] refuses; stems or a key that do not go with the mix.
pub fn render_keyed<R: Read + Seek, W: Write + Seek>(
    mix: WavPart<'_, R, W>,
    stems: Vec<WavPart<'_, R, W>>,
    key: Option<&mut WavSource<R>>,
    chain: &Chain,
    depth: Depth,
) -> Result<KeyedRendered, RenderError> {
    let mut sinks = Vec::with_capacity(stems.len() + 1);
    let mut sources = Vec::with_capacity(stems.len() + 1);
    for part in std::iter::once(mix).chain(stems) {
        sinks.push(WavMaster::begin(
            part.out,
            spec_of(part.source, depth)?,
            &[],
        )?);
        sources.push((part.source, part.seed));
    }
    let mut parts: Vec<Part<'_>> = sources
        .iter_mut()
        .zip(&mut sinks)
        .map(|((source, seed), sink)| Part {
            source: *source,
            seed: *seed,
            sink,
        })
        .collect();
    let mix = parts.remove(0);
    let key = key.map(|key| key as &mut dyn engine::Source);
    let report = engine::render_keyed(mix, &mut parts, key, chain, depth, &mut |_| {})?;
    drop(parts);
    let finish = |sink: WavMaster<W>| {
        sink.finish()
            .map(|(written, measured, _)| (written, measured))
    };
    Ok(KeyedRendered {
        written: sinks.into_iter().map(finish).collect::<Result<_, _>>()?,
        report,
    })
}

/// What a master of this depth is as a file.
fn spec_of<R: Read + Seek>(source: &WavSource<R>, depth: Depth) -> Result<AudioSpec, RenderError> {
    let given = source.spec();
    Ok(AudioSpec {
        rate_hz: given.rate_hz,
        channels: u16::try_from(given.channels)
            .map_err(|_| RenderError::Channels(given.channels))?,
        sample: sample_of(depth),
    })
}
