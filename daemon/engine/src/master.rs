use dsp::{DitherSeed, Quantiser};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::chain::Chain;
use crate::loudness::{LoudnessReport, settle};
use crate::render::{BLOCK_FRAMES, RenderError, RenderReport, Runner, StageReport};
use crate::stages::DitherChoice;
use crate::stream::{SinkError, Source, SourceError};

/// Sample type of a master.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// 16-bit integers, dithered.
    Int16,
    /// 24-bit integers, dithered.
    Int24,
    /// 32-bit floats, rounded, without dither.
    Float32,
    /// 64-bit floats as they were rendered: for what is worked on further and rounded once, at its end.
    Float64,
}

/// Planar samples of a master; all channels have one length.
#[derive(Debug, Clone, Copy)]
pub enum MasterBlock<'a> {
    /// 16- or 24-bit integers in their own range.
    Int(&'a [&'a [i32]]),
    /// Floats, full scale 1.0.
    Float(&'a [&'a [f32]]),
    /// The same as they were rendered.
    Double(&'a [&'a [f64]]),
}

/// Takes a master's samples in order.
pub trait MasterSink {
    /// Takes the next frames.
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError>;
}

/// What making a master did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MasterReport {
    /// What the chain did.
    pub render: RenderReport,
    /// What each stage did, in order.
    #[serde(default)]
    pub stages: Vec<StageReport>,
    /// How it was brought to its loudness, where the chain has a goal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness: Option<LoudnessReport>,
    /// Samples beyond full scale that were clamped; none where a limiter came last.
    pub clipped_samples: u64,
}

/// Turns blocks of `f64` into a master's samples.
pub(crate) enum Rounding {
    Int {
        quantiser: Quantiser,
        rows: Vec<Vec<i32>>,
    },
    Float {
        rows: Vec<Vec<f32>>,
        clipped: u64,
    },
    None {
        clipped: u64,
    },
}

impl Rounding {
    /// `longest` is the longest block that will come.
    pub(crate) fn new(
        depth: Depth,
        dither: DitherChoice,
        seed: DitherSeed,
        (channels, rate_hz): (usize, u32),
        longest: usize,
    ) -> Self {
        let int = |depth| Self::Int {
            quantiser: Quantiser::with(dither.settings(), depth, seed, channels, rate_hz),
            rows: vec![vec![0; longest]; channels],
        };
        match depth {
            Depth::Int16 => int(dsp::Depth::Int16),
            Depth::Int24 => int(dsp::Depth::Int24),
            Depth::Float32 => Self::Float {
                rows: vec![vec![0.0; longest]; channels],
                clipped: 0,
            },
            Depth::Float64 => Self::None { clipped: 0 },
        }
    }

    pub(crate) fn write(
        &mut self,
        block: &[&[f64]],
        sink: &mut dyn MasterSink,
    ) -> Result<(), SinkError> {
        let frames = block.first().map_or(0, |channel| channel.len());
        match self {
            Self::Int { quantiser, rows } => {
                let mut out: Vec<&mut [i32]> = rows.iter_mut().map(|r| &mut r[..frames]).collect();
                quantiser.process(block, &mut out);
                let out: Vec<&[i32]> = rows.iter().map(|r| &r[..frames]).collect();
                sink.write(MasterBlock::Int(&out))
            }
            Self::Float { rows, clipped } => {
                for (row, channel) in rows.iter_mut().zip(block) {
                    for (to, from) in row.iter_mut().zip(channel.iter()) {
                        #[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
                        {
                            *to = *from as f32;
                        }
                        *clipped += u64::from(from.abs() > 1.0);
                    }
                }
                let out: Vec<&[f32]> = rows.iter().map(|r| &r[..frames]).collect();
                sink.write(MasterBlock::Float(&out))
            }
            Self::None { clipped } => {
                let samples = block.iter().flat_map(|channel| channel.iter());
                *clipped += samples.filter(|x| x.abs() > 1.0).count() as u64;
                sink.write(MasterBlock::Double(block))
            }
        }
    }

    pub(crate) fn clipped_samples(&self) -> u64 {
        match self {
            Self::Int { quantiser, .. } => quantiser.clipped_samples(),
            // Floats hold what is beyond full scale: counted, not clamped.
            Self::Float { clipped, .. } | Self::None { clipped } => *clipped,
        }
    }
}

/// Renders a mix through a chain into a master's samples; dither is applied once, last.
///
/// The seed comes from the content: [`DitherSeed::from_checksum`] of the mix's samples, or
/// [`content_seed`]. Equal mix, chain and seed give equal samples. A chain with a loudness goal is brought there first:
/// then its stages are those of [`Chain::settled_at`].
pub fn render_master(
    source: &mut dyn Source,
    chain: &Chain,
    depth: Depth,
    seed: DitherSeed,
    sink: &mut dyn MasterSink,
    progress: &mut dyn FnMut(u64),
) -> Result<MasterReport, RenderError> {
    let (settled, loudness) = settle(source, chain)?.unzip();
    let chain = settled.as_ref().unwrap_or(chain);
    let spec = source.spec();
    let mut rounding = Rounding::new(
        depth,
        chain.dither(),
        seed,
        (spec.channels, spec.rate_hz),
        BLOCK_FRAMES,
    );
    let mut done = 0;
    let mut runner = Runner::new(chain, spec.rate_hz, spec.channels)?.with_meters();
    let render = runner.run(source, &mut |block| {
        rounding.write(block, sink)?;
        done += block[0].len() as u64;
        progress(done);
        Ok(())
    })?;
    Ok(MasterReport {
        render,
        stages: runner.stages(),
        loudness,
        clipped_samples: rounding.clipped_samples(),
    })
}

/// The seed of a source's own samples: SHA-256 over its interleaved `f64` in little-endian order, from the
/// first frame to the last.
pub fn content_seed(source: &mut dyn Source) -> Result<DitherSeed, SourceError> {
    source.rewind()?;
    let channels = source.spec().channels;
    let mut hash = Sha256::new();
    let mut buffers = vec![vec![0.0; BLOCK_FRAMES]; channels];
    let mut bytes = Vec::with_capacity(BLOCK_FRAMES * channels * 8);
    loop {
        let frames = source.read(&mut buffers)?;
        if frames == 0 {
            break;
        }
        bytes.clear();
        for frame in 0..frames {
            for buffer in &buffers {
                bytes.extend_from_slice(&buffer[frame].to_le_bytes());
            }
        }
        hash.update(&bytes);
    }
    source.rewind()?;
    Ok(DitherSeed::from_checksum(&hash.finalize()))
}
