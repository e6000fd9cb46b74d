use dsp::{DitherSeed, Gain, Limiter, LimiterSettings, Processor, Resampler, Spec};
use serde::{Deserialize, Serialize};

use crate::master::{Depth, MasterSink, Rounding};
use crate::render::{BLOCK_FRAMES, RenderError};
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
    /// stands behind it; it leaves alone what is below.
    pub ceiling_dbtp: f64,
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
    let mut rate = Rate::new(spec, settings)?;
    let longest = rate.longest();
    let mut last = LastSteps::new(settings, spec.channels, longest, seed);
    let mut room = vec![vec![0.0; longest]; spec.channels];
    let mut buffers = vec![vec![0.0; BLOCK_FRAMES]; spec.channels];
    let mut read = 0;
    loop {
        let frames = source.read(&mut buffers)?;
        if frames == 0 {
            break;
        }
        read += frames as u64;
        let written = rate.process(&buffers, frames, &mut room);
        last.take(&mut room, written, sink)?;
        progress(read);
    }
    if read != source.frames() {
        return Err(RenderError::Length {
            declared: source.frames(),
            read,
        });
    }
    loop {
        let written = rate.finish(&mut room);
        if written == 0 {
            break;
        }
        last.take(&mut room, written, sink)?;
    }
    last.finish(&mut room, sink)?;
    Ok(ConvertReport {
        frames_in: read,
        non_finite_samples: rate.non_finite_samples() + last.gate.faults().non_finite_samples,
        ..last.report()
    })
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

    fn process(&mut self, from: &[Vec<f64>], frames: usize, to: &mut [Vec<f64>]) -> usize {
        match self {
            Self::Same => {
                for (to, from) in to.iter_mut().zip(from) {
                    to[..frames].copy_from_slice(&from[..frames]);
                }
                frames
            }
            Self::Other(resampler) => {
                let block: Vec<&[f64]> = from.iter().map(|channel| &channel[..frames]).collect();
                let mut to: Vec<&mut [f64]> =
                    to.iter_mut().map(|channel| &mut channel[..]).collect();
                resampler.process(&block, &mut to)
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
    limiter: Limiter,
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
        let ceiling_dbtp = settings.ceiling_dbtp;
        let mut limiter = Limiter::new(LimiterSettings {
            ceiling_dbtp,
            ..LimiterSettings::default()
        });
        limiter.prepare(spec, longest);
        let mut gate = Gain::new(0.0);
        gate.prepare(spec, longest);
        let early = usize::try_from(limiter.latency_frames()).unwrap_or(usize::MAX);
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
        self.limiter.process(&mut block, None, &[]);
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
        let mut rest = usize::try_from(self.limiter.latency_frames()).unwrap_or(usize::MAX);
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
        ConvertReport {
            frames_out: self.frames,
            max_gain_reduction_db: self.limiter.gain_reduction().unwrap_or_default().max_db,
            clipped_samples: self.rounding.clipped_samples(),
            ..ConvertReport::default()
        }
    }
}
