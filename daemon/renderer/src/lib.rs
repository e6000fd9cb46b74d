//! The mastering engine over WAV files: what the studio's jobs, `lacquer master` and the small
//! executable `lacquer-render` have in common.
//!
//! The executable is the engine alone: no database, no network, no audio server, no codec. Linked
//! statically (`cargo xtask renderer`) it needs nothing but a Linux kernel, so that it can be kept
//! beside the projects of its engine revision and render them again when everything else has moved on.

mod wav_stream;

use std::io::{Read, Seek, Write};

use engine::{
    Chain, ConvertSettings, Depth, DitherSeed, KeyedReport, MasterReport, MasterSink, Part,
    Source as _,
};
use measure::{Measurements, Overview};
use soundfile::{AudioSpec, SampleType, WrittenAudio};

pub use wav_stream::{BLOCK_FRAMES, StreamError, WavMaster, WavSink, WavSource};

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
        Depth::Float64 => SampleType::F64,
    }
}

/// What a master is to be.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Its word length.
    pub depth: Depth,
    /// Its rate in hertz; none for the mix's own.
    pub rate_hz: Option<u32>,
    /// Highest true peak in dBTP behind a change of rate, which moves the peaks between the samples; none for no
    /// limiter behind it.
    pub ceiling_dbtp: Option<f64>,
}

impl Wanted {
    /// The mix's own rate.
    #[must_use]
    pub const fn at_own_rate(depth: Depth) -> Self {
        Self {
            depth,
            rate_hz: None,
            ceiling_dbtp: None,
        }
    }

    /// The WAV file that holds it.
    fn spec<R: Read + Seek>(&self, source: &WavSource<R>) -> Result<AudioSpec, RenderError> {
        let given = source.spec();
        Ok(AudioSpec {
            rate_hz: self.rate_hz.unwrap_or(given.rate_hz),
            channels: u16::try_from(given.channels)
                .map_err(|_| RenderError::Channels(given.channels))?,
            sample: sample_of(self.depth),
        })
    }

    /// Renders into a sink at the wanted rate: one conversion at most, dither once, last.
    fn render<R: Read + Seek>(
        &self,
        source: &mut WavSource<R>,
        chain: &Chain,
        seed: DitherSeed,
        sink: &mut dyn MasterSink,
    ) -> Result<MasterReport, RenderError> {
        source.rewind().map_err(engine::RenderError::from)?;
        let own = source.spec().rate_hz;
        let Some(rate_hz) = self.rate_hz.filter(|rate| *rate != own) else {
            let depth = self.depth;
            let made = engine::render_master(source, chain, depth, seed, sink, &mut |_| {});
            return Ok(made?);
        };
        let settings = ConvertSettings {
            rate_hz,
            depth: self.depth,
            ceiling_dbtp: self.ceiling_dbtp,
            dither: chain.dither(),
            conversion: chain.conversion(),
        };
        let made = engine::render_converted(source, chain, settings, seed, sink, &mut |_| {});
        Ok(made?.0)
    }
}

/// Renders a mix through a chain into a WAV file, from the mix's first frame to its last, and measures it.
///
/// Equal mix, chain, wishes, seed and [`engine::ENGINE_REVISION`] give equal bytes.
///
/// # Errors
/// A chain that does not fit the mix, a rate that cannot be converted to, or a stream that fails.
pub fn render<R: Read + Seek, W: Write + Seek>(
    source: &mut WavSource<R>,
    chain: &Chain,
    wanted: Wanted,
    seed: DitherSeed,
    out: W,
) -> Result<Rendered, RenderError> {
    let mut sink = WavMaster::begin(out, wanted.spec(source)?, &[])?;
    let report = wanted.render(source, chain, seed, &mut sink)?;
    let (written, measured, overview) = sink.finish()?;
    Ok(Rendered {
        written,
        measured,
        overview,
        report,
    })
}

/// The same file without measuring it.
///
/// # Errors
/// As [`render`].
pub fn render_unmeasured<R: Read + Seek, W: Write + Seek>(
    source: &mut WavSource<R>,
    chain: &Chain,
    wanted: Wanted,
    seed: DitherSeed,
    out: W,
) -> Result<(WrittenAudio, MasterReport), RenderError> {
    let spec = wanted.spec(source)?;
    let mut sink = WavSink::begin(out, spec, &[]).map_err(StreamError::from)?;
    let report = wanted.render(source, chain, seed, &mut sink)?;
    Ok((sink.finish().map_err(StreamError::from)?, report))
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
            Wanted::at_own_rate(depth).spec(part.source)?,
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
