use dsp::{DitherSeed, Gain, Limiter, LimiterSettings, Processor, Resampler, Spec};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;
use crate::loudness::settle;
use crate::master::{Depth, MasterReport, MasterSink, Rounding};
use crate::render::{BLOCK_FRAMES, RenderError, Runner};
use crate::stages::{ConversionChoice, DitherChoice};
use crate::stream::{Source, SourceSpec};

/// What to convert to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertSettings {
    /// Sample rate of the result in hertz.
    pub rate_hz: u32,
    /// Sample type of the result.
    pub depth: Depth,
    /// Highest true peak of the result in dBTP. Conversion moves the peaks between the samples, so a limiter
    /// stands behind it; it leaves alone what is below. None for the conversion alone: what passes full scale is clamped
    /// and counted.
    #[serde(default)]
    pub ceiling_dbtp: Option<f64>,
    /// How it becomes integers.
    #[serde(default)]
    pub dither: DitherChoice,
    /// How the conversion turns the phase.
    #[serde(default)]
    pub conversion: ConversionChoice,
}

/// What a conversion did.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertReport {
    /// Frames read.
    pub frames_in: u64,
    /// Frames written: ⌈frames in · rate out / rate in⌉.
    pub frames_out: u64,
    /// How far the limiter had to turn down at most, in dB; zero when the peaks stayed below the ceiling.
    pub max_gain_reduction_db: f64,
    /// Samples beyond full scale that were clamped.
    pub clipped_samples: u64,
    /// Samples that were NaN or infinite and became silence.
    pub non_finite_samples: u64,
}

/// Converts a master to another rate and word length: conversion, true peak held, dither once, last.
///
/// The first frame stays at the same time. `progress` is told the frames read so far.
pub fn convert(
    source: &mut dyn Source,
    settings: ConvertSettings,
    seed: DitherSeed,
    sink: &mut dyn MasterSink,
    progress: &mut dyn FnMut(u64),
) -> Result<ConvertReport, RenderError> {
    let spec = source.spec();
    if !(1..=64).contains(&spec.channels) {
        return Err(RenderError::Channels {
            channels: spec.channels,
        });
    }
    source.rewind()?;
    let mut conversion = Conversion::new(spec, settings, seed)?;
    let mut buffers = vec![vec![0.0; BLOCK_FRAMES]; spec.channels];
    let mut read = 0;
    loop {
        let frames = source.read(&mut buffers)?;
        if frames == 0 {
            break;
        }
        read += frames as u64;
        let block: Vec<&[f64]> = buffers.iter().map(|channel| &channel[..frames]).collect();
        conversion.take(&block, sink)?;
        progress(read);
    }
    if read != source.frames() {
        return Err(RenderError::Length {
            declared: source.frames(),
            read,
        });
    }
    conversion.finish(read, sink)
}

/// Renders a mix through a chain and on to another rate and word length, in one pass and without rounding in between.
///
/// The chain runs at the mix's rate; the limiter behind the conversion, dither and rounding at the new one. Dither and
/// phase are those of `settings`. `progress` is told the frames rendered so far.
pub fn render_converted(
    source: &mut dyn Source,
    chain: &Chain,
    settings: ConvertSettings,
    seed: DitherSeed,
    sink: &mut dyn MasterSink,
    progress: &mut dyn FnMut(u64),
) -> Result<(MasterReport, ConvertReport), RenderError> {
    let (settled, loudness) = settle(source, chain)?.unzip();
    let chain = settled.as_ref().unwrap_or(chain);
    let spec = source.spec();
    let mut runner = Runner::new(chain, spec.rate_hz, spec.channels)?.with_meters();
    let mut conversion = Conversion::new(spec, settings, seed)?;
    let mut done = 0;
    let render = runner.run(source, &mut |block| {
        conversion.take(block, sink)?;
        done += block[0].len() as u64;
        progress(done);
        Ok(())
    })?;
    let converted = conversion.finish(done, sink)?;
    let report = MasterReport {
        render,
        stages: runner.stages(),
        loudness,
        clipped_samples: converted.clipped_samples,
    };
    Ok((report, converted))
}

/// Everything between blocks at one rate and a master at another.
struct Conversion {
    rate: Rate,
    last: LastSteps,
    room: Vec<Vec<f64>>,
}

impl Conversion {
    fn new(
        from: SourceSpec,
        settings: ConvertSettings,
        seed: DitherSeed,
    ) -> Result<Self, RenderError> {
        let rate = Rate::new(from, settings)?;
        let longest = rate.longest();
        Ok(Self {
            last: LastSteps::new(settings, from.channels, longest, seed),
            room: vec![vec![0.0; longest]; from.channels],
            rate,
        })
    }

    /// Takes a block of at most [`BLOCK_FRAMES`].
    fn take(&mut self, block: &[&[f64]], sink: &mut dyn MasterSink) -> Result<(), RenderError> {
        let written = self.rate.process(block, &mut self.room);
        self.last.take(&mut self.room, written, sink)
    }

    fn finish(
        mut self,
        frames_in: u64,
        sink: &mut dyn MasterSink,
    ) -> Result<ConvertReport, RenderError> {
        loop {
            let written = self.rate.finish(&mut self.room);
            if written == 0 {
                break;
            }
            self.last.take(&mut self.room, written, sink)?;
        }
        self.last.finish(&mut self.room, sink)?;
        let non_finite = self.last.gate.faults().non_finite_samples;
        Ok(ConvertReport {
            frames_in,
            non_finite_samples: self.rate.non_finite_samples() + non_finite,
            ..self.last.report()
        })
    }
}

/// The converter, or nothing at all where the rate stays: then every sample passes as it is.
enum Rate {
    Same,
    Other(Box<Resampler>),
}

impl Rate {
    fn new(from: SourceSpec, settings: ConvertSettings) -> Result<Self, RenderError> {
        let to_hz = settings.rate_hz;
        if from.rate_hz == to_hz {
            return Ok(Self::Same);
        }
        let resampler = Resampler::with_phase(
            settings.conversion.phase(),
            (from.rate_hz, to_hz),
            from.channels,
            BLOCK_FRAMES,
        )?;
        Ok(Self::Other(Box::new(resampler)))
    }

    /// Most frames one step gives.
    fn longest(&self) -> usize {
        match self {
            Self::Same => BLOCK_FRAMES,
            Self::Other(resampler) => resampler.max_output_frames(),
        }
    }

    fn process(&mut self, from: &[&[f64]], to: &mut [Vec<f64>]) -> usize {
        match self {
            Self::Same => {
                let frames = from.first().map_or(0, |channel| channel.len());
                for (to, from) in to.iter_mut().zip(from) {
                    to[..frames].copy_from_slice(from);
                }
                frames
            }
            Self::Other(resampler) => {
                let mut to: Vec<&mut [f64]> =
                    to.iter_mut().map(|channel| &mut channel[..]).collect();
                resampler.process(from, &mut to)
            }
        }
    }

    fn finish(&mut self, to: &mut [Vec<f64>]) -> usize {
        match self {
            Self::Same => 0,
            Self::Other(resampler) => {
                let mut to: Vec<&mut [f64]> =
                    to.iter_mut().map(|channel| &mut channel[..]).collect();
                resampler.finish(&mut to)
            }
        }
    }

    fn non_finite_samples(&self) -> u64 {
        match self {
            Self::Same => 0,
            Self::Other(resampler) => resampler.non_finite_samples(),
        }
    }
}

/// What comes after the rate: gate, limiter, rounding.
struct LastSteps {
    gate: Gain,
    limiter: Option<Limiter>,
    rounding: Rounding,
    /// Frames still to drop because the limiter comes late.
    early: usize,
    frames: u64,
}

impl LastSteps {
    fn new(settings: ConvertSettings, channels: usize, longest: usize, seed: DitherSeed) -> Self {
        let spec = Spec {
            rate_hz: settings.rate_hz,
            channels,
        };
        let limiter = settings.ceiling_dbtp.map(|ceiling_dbtp| {
            let mut limiter = Limiter::new(LimiterSettings {
                ceiling_dbtp,
                ..LimiterSettings::default()
            });
            limiter.prepare(spec, longest);
            limiter
        });
        let mut gate = Gain::new(0.0);
        gate.prepare(spec, longest);
        let late = limiter.as_ref().map_or(0, Limiter::latency_frames);
        let early = usize::try_from(late).unwrap_or(usize::MAX);
        let format = (channels, settings.rate_hz);
        let rounding = Rounding::new(settings.depth, settings.dither, seed, format, longest);
        Self {
            gate,
            limiter,
            rounding,
            early,
            frames: 0,
        }
    }

    fn take(
        &mut self,
        room: &mut [Vec<f64>],
        frames: usize,
        sink: &mut dyn MasterSink,
    ) -> Result<(), RenderError> {
        let mut block: Vec<&mut [f64]> = room.iter_mut().map(|r| &mut r[..frames]).collect();
        self.gate.process(&mut block, None, &[]);
        if let Some(limiter) = &mut self.limiter {
            limiter.process(&mut block, None, &[]);
        }
        let skip = self.early.min(frames);
        self.early -= skip;
        let out: Vec<&[f64]> = room.iter().map(|r| &r[skip..frames]).collect();
        self.frames += (frames - skip) as u64;
        if skip < frames {
            self.rounding.write(&out, sink)?;
        }
        Ok(())
    }

    fn finish(
        &mut self,
        room: &mut [Vec<f64>],
        sink: &mut dyn MasterSink,
    ) -> Result<(), RenderError> {
        let late = self.limiter.as_ref().map_or(0, Limiter::latency_frames);
        let mut rest = usize::try_from(late).unwrap_or(usize::MAX);
        let longest = room.first().map_or(1, Vec::len);
        while rest > 0 {
            let frames = rest.min(longest);
            room.iter_mut()
                .for_each(|channel| channel[..frames].fill(0.0));
            self.take(room, frames, sink)?;
            rest -= frames;
        }
        Ok(())
    }

    fn report(&self) -> ConvertReport {
        let reduction = self.limiter.as_ref().and_then(Limiter::gain_reduction);
        ConvertReport {
            frames_out: self.frames,
            max_gain_reduction_db: reduction.unwrap_or_default().max_db,
            clipped_samples: self.rounding.clipped_samples(),
            ..ConvertReport::default()
        }
    }
}
