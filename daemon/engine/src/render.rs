use dsp::{Gain, ParamEvent, Processor, Spec};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::keyed::Misfit;
use crate::loudness::{LoudnessError, settle};
use crate::stages::Stage;
use crate::stream::{Sink, SinkError, Source, SourceError};

/// Frames of a block inside the engine; no result depends on it.
pub const BLOCK_FRAMES: usize = 4096;

/// Why a render stopped.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The mix could not be read.
    #[error("the mix could not be rendered")]
    Source(#[from] SourceError),
    /// The master could not be written.
    #[error("the master could not be written")]
    Sink(#[from] SinkError),
    /// More or fewer frames came than the source had said.
    #[error("the mix was said to have {declared} frames and delivered {read}")]
    Length {
        /// What the source said.
        declared: u64,
        /// What came.
        read: u64,
    },
    /// No channels, or more than any mix has.
    #[error("a mix has 1 to 64 channels, not {channels}")]
    Channels {
        /// What the source said.
        channels: usize,
    },
    /// A rate the converter does not work at.
    #[error("the sample rate cannot be converted")]
    Rate(#[from] dsp::ResamplerError),
    /// A stem that does not go with the mix.
    #[error("stem {stem} does not go with the mix")]
    Stem {
        /// Which one, from 1.
        stem: usize,
        /// What is different.
        #[source]
        why: Misfit,
    },
    /// A key that does not go with the mix.
    #[error("the key does not go with the mix")]
    Key(#[source] Misfit),
    /// The chain asks for a key that was not given.
    #[error(
        "stage {stage} of the chain listens to a key and none was given: name its file as the key"
    )]
    NoKey {
        /// Its place in the chain, from 1.
        stage: usize,
    },
    /// A key that nothing listens to.
    #[error("a key was given and no stage of the chain listens to it: name the stages in `keyed`")]
    KeyUnheard,
    /// The chain's loudness cannot be as asked.
    #[error(transparent)]
    Loudness(Box<LoudnessError>),
}

impl From<LoudnessError> for RenderError {
    fn from(error: LoudnessError) -> Self {
        Self::Loudness(Box::new(error))
    }
}

/// What a render did to the level.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderReport {
    /// Frames in and out.
    pub frames: u64,
    /// Deepest gain reduction of the limiter in dB.
    pub max_gain_reduction_db: f64,
    /// The limiter's mean gain reduction in dB over the whole length.
    pub limiter_mean_gr_db: f64,
    /// Deepest gain reduction of the compressor in dB.
    pub compressor_max_gr_db: f64,
    /// The compressor's mean gain reduction in dB over the whole length.
    pub compressor_mean_gr_db: f64,
    /// Samples of the mix that were NaN or infinite and became silence.
    pub non_finite_samples: u64,
}

/// What one stage of a chain did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageReport {
    /// The processor's name in a chain file.
    pub processor: String,
    /// Frames by which it came later; taken out of the render.
    pub latency_frames: u64,
    /// Furthest gain change by level in dB, where it has one.
    pub max_gain_change_db: Option<f64>,
    /// Its mean over the whole length in dB.
    pub mean_gain_change_db: Option<f64>,
    /// RMS of all channels before it in dBFS (a full-scale square is 0); none for silence.
    pub rms_in_dbfs: Option<f64>,
    /// The same after it.
    pub rms_out_dbfs: Option<f64>,
    /// Highest sample after it in dBFS.
    pub peak_out_dbfs: Option<f64>,
}

/// Sums side by side; they are added up at the end.
const LANES: usize = 8;

/// Level between two stages.
#[derive(Clone, Default)]
pub(crate) struct Level {
    /// Sums of squares: a sample's place in its channel says in which it lies, so blocks do not matter.
    squares: [f64; LANES],
    peaks: [f64; LANES],
    frames: u64,
    channels: u64,
}

impl Level {
    /// As before the first block.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Hears a block; allocates nothing.
    pub(crate) fn feed(&mut self, block: &[&mut [f64]]) {
        let lane = usize::try_from(self.frames % LANES as u64).unwrap_or(0);
        for channel in block {
            let (begin, rest) = channel.split_at(((LANES - lane) % LANES).min(channel.len()));
            begin.iter().zip(lane..).for_each(|(x, k)| self.add(k, *x));
            let (chunks, end) = rest.as_chunks::<LANES>();
            for chunk in chunks {
                chunk.iter().zip(0..).for_each(|(x, k)| self.add(k, *x));
            }
            end.iter().zip(0..).for_each(|(x, k)| self.add(k, *x));
        }
        self.channels = block.len() as u64;
        self.frames += block.first().map_or(0, |channel| channel.len()) as u64;
    }

    #[inline(always)]
    fn add(&mut self, lane: usize, x: f64) {
        self.squares[lane] += x * x;
        self.peaks[lane] = self.peaks[lane].max(x.abs());
    }

    pub(crate) fn rms_dbfs(&self) -> Option<f64> {
        let sum: f64 = self.squares.iter().sum();
        let samples = self.frames * self.channels;
        (sum > 0.0).then(|| dsp::power_to_db(sum / samples as f64))
    }

    pub(crate) fn peak_dbfs(&self) -> Option<f64> {
        let peak = self.peaks.iter().fold(0.0_f64, |peak, x| peak.max(*x));
        (peak > 0.0).then(|| dsp::gain_to_db(peak))
    }
}

/// Gets the rendered blocks in order.
pub(crate) type Take<'a> = dyn FnMut(&[&[f64]]) -> Result<(), RenderError> + 'a;

/// A chain made ready for one stream.
pub(crate) struct Runner {
    /// The first one changes nothing: it is the gate at which whatever is no audio is zeroed and counted.
    processors: Vec<Box<dyn Processor>>,
    kinds: Vec<Kind>,
    names: Vec<&'static str>,
    /// Per processor: what moves, in order, by the frames of its own input.
    events: Vec<Vec<ParamEvent>>,
    /// Frames that went in.
    position: u64,
    /// After each processor, where they are asked for.
    levels: Option<Vec<Level>>,
    spec: Spec,
    latency: u64,
    /// The first stage that listens to a key, from 1.
    first_keyed: Option<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Compressor,
    Limiter,
}

impl Runner {
    pub(crate) fn new(chain: &Chain, rate_hz: u32, channels: usize) -> Result<Self, RenderError> {
        if !(1..=64).contains(&channels) {
            return Err(RenderError::Channels { channels });
        }
        let spec = Spec { rate_hz, channels };
        let mut processors: Vec<Box<dyn Processor>> = vec![Box::new(Gain::new(0.0))];
        processors.extend(chain.processors());
        processors
            .iter_mut()
            .for_each(|p| p.prepare(spec, BLOCK_FRAMES));
        let latency = processors.iter().map(|p| p.latency_frames()).sum();
        let events = automation_of(chain, &processors);
        let kind = |stage: &Stage| match stage {
            Stage::Compressor(_) | Stage::Multiband(_) | Stage::DeEsser(_) => Kind::Compressor,
            Stage::Limiter(_) => Kind::Limiter,
            Stage::RumbleFilter(_)
            | Stage::Equaliser(_)
            | Stage::Saturation(_)
            | Stage::SoftClipper(_)
            | Stage::Transient(_)
            | Stage::Stereo(_)
            | Stage::Channels(_)
            | Stage::Trims(_)
            | Stage::DcFilter(_)
            | Stage::Delay(_)
            | Stage::Gain(_) => Kind::Plain,
        };
        let kinds = std::iter::once(Kind::Plain)
            .chain(chain.stages().iter().map(kind))
            .collect();
        Ok(Self {
            processors,
            kinds,
            names: chain.stages().iter().map(Stage::name).collect(),
            levels: None,
            events,
            position: 0,
            spec,
            latency,
            first_keyed: chain.keyed().first().copied(),
        })
    }

    /// Frames by which everything comes later.
    pub(crate) fn latency(&self) -> u64 {
        self.latency
    }

    /// Frames by which a stage (from 1) gets its input later.
    pub(crate) fn latency_before(&self, stage: usize) -> u64 {
        self.processors[..stage]
            .iter()
            .map(|p| p.latency_frames())
            .sum()
    }

    /// Processors, the gate before the first stage included.
    pub(crate) fn len(&self) -> usize {
        self.processors.len()
    }

    /// Sends a block through one processor (0 is the gate); [`Runner::advance`] after all of them.
    pub(crate) fn step(&mut self, k: usize, block: &mut [&mut [f64]], key: Option<&[&[f64]]>) {
        let frames = block.first().map_or(0, |channel| channel.len());
        let due = Self::due(&self.events[k], self.position, frames);
        self.processors[k].process(block, key, due);
        if let Some(level) = self.levels.as_mut().and_then(|levels| levels.get_mut(k)) {
            level.feed(block);
        }
    }

    pub(crate) fn advance(&mut self, frames: usize) {
        self.position += frames as u64;
    }

    /// What of a processor's automation lies in the next block.
    fn due(events: &[ParamEvent], position: u64, frames: usize) -> &[ParamEvent] {
        let from = events.partition_point(|event| event.frame < position);
        let to = events.partition_point(|event| event.frame < position + frames as u64);
        &events[from..to]
    }

    /// Reads the level between the stages too.
    pub(crate) fn with_meters(self) -> Self {
        let levels = vec![Level::default(); self.processors.len()];
        Self {
            levels: Some(levels),
            ..self
        }
    }

    /// What each stage did; levels where they were read.
    pub(crate) fn stages(&self) -> Vec<StageReport> {
        let level = |k: usize| self.levels.as_ref().and_then(|levels| levels.get(k));
        let stages = self.processors[1..].iter().zip(&self.names).enumerate();
        stages
            .map(|(k, (processor, name))| {
                let change = processor.gain_reduction();
                StageReport {
                    processor: (*name).to_owned(),
                    latency_frames: processor.latency_frames(),
                    max_gain_change_db: change.map(|c| c.max_db),
                    mean_gain_change_db: change.map(|c| c.mean_db),
                    rms_in_dbfs: level(k).and_then(Level::rms_dbfs),
                    rms_out_dbfs: level(k + 1).and_then(Level::rms_dbfs),
                    peak_out_dbfs: level(k + 1).and_then(Level::peak_dbfs),
                }
            })
            .collect()
    }

    /// Sends the whole source through; `take` gets exactly the source's frames, in place in time.
    pub(crate) fn run(
        &mut self,
        source: &mut dyn Source,
        take: &mut Take<'_>,
    ) -> Result<RenderReport, RenderError> {
        if let Some(stage) = self.first_keyed {
            return Err(RenderError::NoKey { stage });
        }
        source.rewind()?;
        let mut buffers = vec![vec![0.0; BLOCK_FRAMES]; self.spec.channels];
        let (mut read, mut early) = (0, self.latency);
        loop {
            let frames = source.read(&mut buffers)?;
            if frames == 0 {
                break;
            }
            read += frames as u64;
            self.pass(&mut buffers, frames, &mut early, take)?;
        }
        if read != source.frames() {
            return Err(RenderError::Length {
                declared: source.frames(),
                read,
            });
        }
        // Silence pushes out what the chain still holds: as much as it came late, no more.
        let mut rest = self.latency;
        while rest > 0 {
            let frames = usize::try_from(rest.min(BLOCK_FRAMES as u64)).unwrap_or(BLOCK_FRAMES);
            buffers
                .iter_mut()
                .for_each(|buffer| buffer[..frames].fill(0.0));
            self.pass(&mut buffers, frames, &mut early, take)?;
            rest -= frames as u64;
        }
        Ok(self.report(read))
    }

    fn pass(
        &mut self,
        buffers: &mut [Vec<f64>],
        frames: usize,
        early: &mut u64,
        take: &mut Take<'_>,
    ) -> Result<(), RenderError> {
        let mut block: Vec<&mut [f64]> = buffers.iter_mut().map(|b| &mut b[..frames]).collect();
        for k in 0..self.len() {
            self.step(k, &mut block, None);
        }
        self.advance(frames);
        let skip = usize::try_from(*early).unwrap_or(usize::MAX).min(frames);
        *early -= skip as u64;
        if skip == frames {
            return Ok(());
        }
        let out: Vec<&[f64]> = buffers.iter().map(|b| &b[skip..frames]).collect();
        take(&out)
    }

    pub(crate) fn report(&self, frames: u64) -> RenderReport {
        let mut report = RenderReport {
            frames,
            non_finite_samples: self.processors[0].faults().non_finite_samples,
            ..RenderReport::default()
        };
        for (processor, kind) in self.processors.iter().zip(&self.kinds) {
            let reduction = processor.gain_reduction().unwrap_or_default();
            match kind {
                Kind::Plain => (),
                Kind::Compressor => {
                    report.compressor_max_gr_db = report.compressor_max_gr_db.max(reduction.max_db);
                    report.compressor_mean_gr_db += reduction.mean_db;
                }
                Kind::Limiter => {
                    report.max_gain_reduction_db =
                        report.max_gain_reduction_db.max(reduction.max_db);
                    report.limiter_mean_gr_db += reduction.mean_db;
                }
            }
        }
        report
    }
}

/// The automation of each processor, as late as what it gets.
pub(crate) fn automation_of(
    chain: &Chain,
    processors: &[Box<dyn Processor>],
) -> Vec<Vec<ParamEvent>> {
    let mut late = 0;
    let mut all = Vec::with_capacity(processors.len());
    for (stage, processor) in processors.iter().enumerate() {
        let moves = chain.automation().iter().filter(|m| m.stage == stage);
        all.push(
            moves
                .filter_map(|m| m.event(chain.stages(), late))
                .collect(),
        );
        late += processor.latency_frames();
    }
    all
}

/// Renders a mix through a chain, from its first frame: the output has exactly the mix's frames, aligned with it.
///
/// `progress` is told the frames written so far, after every block. A chain with a loudness goal is brought there
/// first.
pub fn render(
    source: &mut dyn Source,
    chain: &Chain,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64),
) -> Result<RenderReport, RenderError> {
    let settled = settle(source, chain)?;
    let chain = settled.as_ref().map_or(chain, |(chain, _)| chain);
    let spec = source.spec();
    let mut done = 0;
    Runner::new(chain, spec.rate_hz, spec.channels)?.run(source, &mut |block| {
        sink.write(block)?;
        done += block[0].len() as u64;
        progress(done);
        Ok(())
    })
}
