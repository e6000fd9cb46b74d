use core::f64::consts::PI;

use crate::GRID_FRAMES;
use crate::biquad::{Biquad, Cascade};
use crate::crossover::{Crossover, CrossoverKind};
use crate::decibel::db_to_gain;
use crate::design::{butterworth_highpass, high_shelf, low_shelf};
use crate::highpass::Slope;
use crate::oversampler::{Delay, Oversampler, Oversampling};
use crate::processor::{
    Faults, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of, zero_non_finite,
};

/// How the wave is bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// x / √(1 + x²), the treble bent more than the rest.
    Tape,
    /// The same without any emphasis, off centre: even harmonics.
    Valve,
    /// x / ⁴√(1 + x⁴): clean, then sudden; the bass bent more than the rest.
    Transformer,
    /// x − 4x³/27 up to its top: third harmonic and little else.
    Polynomial,
}

/// Off centre by this much (in the curve's own x) at an even share of 1.
const MOST_BIAS: f64 = 0.8;
/// What a valve is off centre by itself.
const VALVE_BIAS: f64 = 0.35;
/// Emphasis before the curve, taken back after it: first corner, gain.
const TAPE_SHELF: (f64, f64) = (4_000.0, 6.0);
const TRANSFORMER_SHELF: (f64, f64) = (90.0, 9.0);
/// A sine of this amplitude (−12 dBFS) keeps its power.
const REFERENCE: f64 = 0.251_188_643_150_958;
const DC_HZ: f64 = 4.0;
const STRETCH: usize = GRID_FRAMES as usize;

impl Curve {
    fn at(self, x: f64) -> f64 {
        match self {
            Self::Tape | Self::Valve => x / (1.0 + x * x).sqrt(),
            Self::Transformer => {
                let square = x * x;
                x / (1.0 + square * square).sqrt().sqrt()
            }
            Self::Polynomial => {
                let x = x.clamp(-1.5, 1.5);
                x - (4.0 / 27.0) * x * x * x
            }
        }
    }

    /// Slope at `x`.
    fn slope(self, x: f64) -> f64 {
        match self {
            Self::Tape | Self::Valve => libm::pow(1.0 + x * x, -1.5),
            Self::Transformer => libm::pow(1.0 + x * x * x * x, -1.25),
            Self::Polynomial => 1.0 - (4.0 / 9.0) * x * x,
        }
    }
}

/// Settings of the saturation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaturationSettings {
    /// How the wave is bent.
    pub curve: Curve,
    /// Gain in dB into the curve; its unity is a peak of full scale.
    pub drive_db: f64,
    /// Even harmonics beside the odd ones, 0 to 1: how far off centre the curve is used.
    pub even: f64,
    /// Share of the saturated signal, 0 to 1.
    pub mix: f64,
    /// Gain in dB after it.
    pub output_db: f64,
    /// Range in hertz that is saturated, zero for no end; the rest passes.
    pub range_hz: [f64; 2],
    /// Rate at which the wave is bent.
    pub oversampling: Oversampling,
}

impl Default for SaturationSettings {
    fn default() -> Self {
        Self {
            curve: Curve::Tape,
            drive_db: 6.0,
            even: 0.0,
            mix: 1.0,
            output_db: 0.0,
            range_hz: [0.0; 2],
            oversampling: Oversampling::X8,
        }
    }
}

/// The curve with its bias and the level it is compensated to.
#[derive(Debug, Clone, Copy)]
struct Bend {
    curve: Curve,
    drive: f64,
    bias: f64,
    centre: f64,
    /// 1 / (drive · slope), and what the reference sine lost.
    scale: f64,
}

impl Bend {
    fn new(settings: &SaturationSettings, drive_db: f64) -> Self {
        let own = if settings.curve == Curve::Valve {
            VALVE_BIAS
        } else {
            0.0
        };
        let bias = own + settings.even.clamp(0.0, 1.0) * (MOST_BIAS - own);
        let drive = db_to_gain(drive_db);
        let mut new = Self {
            curve: settings.curve,
            drive,
            bias,
            centre: settings.curve.at(bias),
            scale: 1.0 / (drive * settings.curve.slope(bias)),
        };
        new.scale /= new.reference_loss();
        new
    }

    #[inline(always)]
    fn at(&self, x: f64) -> f64 {
        (self.curve.at(self.drive * x + self.bias) - self.centre) * self.scale
    }

    /// RMS of the reference sine after the curve, without its DC, over before.
    fn reference_loss(&self) -> f64 {
        const POINTS: usize = 512;
        let (mut sum, mut power) = (0.0, 0.0);
        for i in 0..POINTS {
            let turn = 2.0 * PI * i as f64 / POINTS as f64;
            let y = self.at(REFERENCE * libm::sin(turn));
            sum += y;
            power += y * y;
        }
        let mean = sum / POINTS as f64;
        (2.0 * (power / POINTS as f64 - mean * mean)).sqrt() / REFERENCE
    }
}

/// Bends the wave at a higher rate: harmonics without their mirror images, without DC, at the level that came
/// in.
///
/// Only the difference to the dry signal goes through the filters of the higher rate, so that the signal itself
/// keeps its highest octave as it is.
#[derive(Debug, Clone)]
pub struct Saturation {
    settings: SaturationSettings,
    bend: Bend,
    drive: Ramp,
    mix: Ramp,
    output: Ramp,
    emphasis: Vec<Biquad>,
    relief: Vec<Biquad>,
    before: Cascade,
    after: Cascade,
    blocker: Vec<Biquad>,
    blocked: Cascade,
    crossover: Option<Box<Crossover>>,
    /// Which of the crossover's bands is bent.
    band: usize,
    ways: Vec<Oversampler>,
    dry: Delay,
    wet: Vec<f64>,
    band_dry: Vec<f64>,
    position: u64,
    faults: Faults,
}

impl Saturation {
    /// A saturation with these settings.
    pub fn new(settings: SaturationSettings) -> Self {
        Self {
            bend: Bend::new(&settings, settings.drive_db),
            drive: Ramp::fixed(settings.drive_db),
            mix: Ramp::fixed(settings.mix),
            output: Ramp::fixed(db_to_gain(settings.output_db)),
            settings,
            emphasis: Vec::new(),
            relief: Vec::new(),
            before: Cascade::default(),
            after: Cascade::default(),
            blocker: Vec::new(),
            blocked: Cascade::default(),
            crossover: None,
            band: 0,
            ways: Vec::new(),
            dry: Delay::default(),
            wet: vec![0.0; STRETCH],
            band_dry: vec![0.0; STRETCH],
            position: 0,
            faults: Faults::default(),
        }
    }

    fn make_filters(&mut self, spec: Spec) {
        let shelves = |gain_db: f64| match self.settings.curve {
            Curve::Tape => high_shelf(TAPE_SHELF.0, gain_db * TAPE_SHELF.1, 0.5, spec.rate_hz),
            Curve::Transformer => {
                let (hz, db) = TRANSFORMER_SHELF;
                low_shelf(hz, gain_db * db, 0.5, spec.rate_hz)
            }
            Curve::Valve | Curve::Polynomial => [Biquad::IDENTITY; 2],
        };
        let needed = |sections: [Biquad; 2]| -> Vec<Biquad> {
            let used = sections.into_iter().filter(|s| *s != Biquad::IDENTITY);
            used.collect()
        };
        self.emphasis = needed(shelves(1.0));
        self.relief = needed(shelves(-1.0));
        self.before.prepare(self.emphasis.len(), spec.channels);
        self.after.prepare(self.relief.len(), spec.channels);
        self.blocker.clear();
        if self.bend.bias != 0.0 {
            self.blocker
                .push(butterworth_highpass(DC_HZ, Slope::Db12, spec.rate_hz)[0]);
        }
        self.blocked.prepare(self.blocker.len(), spec.channels);
        let [low, high] = self.settings.range_hz;
        let corners: Vec<f64> = [low, high].into_iter().filter(|hz| *hz > 0.0).collect();
        self.band = usize::from(low > 0.0);
        self.crossover = (!corners.is_empty()).then(|| {
            let mut crossover = Crossover::new(CrossoverKind::LinkwitzRiley, &corners);
            crossover.prepare(spec);
            Box::new(crossover)
        });
    }

    fn take(&mut self, event: &ParamEvent, now: u64) {
        match event.param {
            Param::DriveDb => self.drive.follow(event, now),
            Param::Mix => self.mix.follow(event, now),
            Param::GainDb => {
                let amplitude = ParamEvent {
                    value: db_to_gain(event.value),
                    ..*event
                };
                self.output.follow(&amplitude, now);
            }
            Param::FrequencyHz
            | Param::BandGainDb(_)
            | Param::BandFrequencyHz(_)
            | Param::BandQ(_)
            | Param::BandThresholdDb(_)
            | Param::ThresholdDb
            | Param::Ratio
            | Param::MakeupDb
            | Param::BalanceDb
            | Param::Width(_)
            | Param::ChannelGainDb(_)
            | Param::RotationDegrees
            | Param::CeilingDbtp
            | Param::Audition(_) => (),
        }
    }

    /// Bends one channel's stretch: `samples` is the dry signal and becomes the output.
    fn bend_channel(&mut self, channel: usize, samples: &mut [f64], start: u64) {
        let frames = samples.len();
        let dry = &mut self.band_dry[..frames];
        match &mut self.crossover {
            Some(crossover) => {
                dry.copy_from_slice(&crossover.bands()[self.band][channel][..frames])
            }
            None => dry.copy_from_slice(samples),
        }
        let wet = &mut self.wet[..frames];
        wet.copy_from_slice(dry);
        self.before.run_channel(&self.emphasis, channel, wet);
        let bend = self.bend;
        self.ways[channel].run(wet, |high| {
            for x in high {
                *x = bend.at(*x) - *x;
            }
        });
        self.after.run_channel(&self.relief, channel, wet);
        self.blocked.run_channel(&self.blocker, channel, wet);
        if let Some(crossover) = &mut self.crossover {
            // The bands together, whose phase the bent one shares.
            samples.fill(0.0);
            for band in crossover.bands().iter() {
                for (x, y) in samples.iter_mut().zip(&band[channel]) {
                    *x += y;
                }
            }
        }
        self.dry.run(channel, samples);
        for ((frame, x), wet) in (start..).zip(samples).zip(wet) {
            *x = (*x + self.mix.at(frame).clamp(0.0, 1.0) * *wet) * self.output.at(frame);
        }
    }
}

impl Processor for Saturation {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.make_filters(spec);
        self.ways = vec![Oversampler::new(self.settings.oversampling); spec.channels];
        let delay = Oversampler::delay_frames(self.settings.oversampling);
        self.dry = Delay::new(delay, spec.channels);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            for event in step.events {
                self.take(event, step.start);
            }
            let was_moving = self.drive.is_moving(step.start.saturating_sub(GRID_FRAMES));
            if step.is_on_grid() {
                self.before.tidy();
                self.after.tidy();
                self.blocked.tidy();
                self.crossover.iter_mut().for_each(|c| c.tidy());
            }
            if !step.events.is_empty() || (step.is_on_grid() && was_moving) {
                self.bend = Bend::new(&self.settings, self.drive.at(step.start));
            }
            if let Some(crossover) = &mut self.crossover {
                let range = step.range.clone();
                crossover.split(range.len(), |c| &block[c][range.clone()]);
            }
            for (channel, samples) in block.iter_mut().enumerate() {
                self.bend_channel(channel, &mut samples[step.range.clone()], step.start);
            }
            self.dry.advance(step.range.len());
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        Oversampler::delay_frames(self.settings.oversampling) as u64
    }

    fn tail_frames(&self) -> u64 {
        let filters = [&self.relief[..], &self.blocker[..]].concat();
        let crossover = self.crossover.as_ref().map_or(0, |c| c.tail_frames());
        2 * self.latency_frames() + crate::biquad::tail_frames(&filters) + crossover
    }

    fn reset(&mut self) {
        self.drive = Ramp::fixed(self.settings.drive_db);
        self.mix = Ramp::fixed(self.settings.mix);
        self.output = Ramp::fixed(db_to_gain(self.settings.output_db));
        self.bend = Bend::new(&self.settings, self.settings.drive_db);
        for cascade in [&mut self.before, &mut self.after, &mut self.blocked] {
            cascade.reset();
        }
        self.crossover.iter_mut().for_each(|c| c.reset());
        self.ways.iter_mut().for_each(Oversampler::reset);
        self.dry.reset();
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
