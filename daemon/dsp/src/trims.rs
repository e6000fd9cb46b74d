use crate::decibel::db_to_gain;
use crate::processor::{
    Faults, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of, zero_non_finite,
};

/// What one channel gets.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Trim {
    /// Gain in dB.
    pub gain_db: f64,
    /// Set where the channel is turned over.
    pub is_inverted: bool,
}

impl Trim {
    fn amplitude(self) -> f64 {
        let size = db_to_gain(self.gain_db);
        if self.is_inverted { -size } else { size }
    }
}

/// A gain and a polarity for each channel; changes of the gain ramp linearly in amplitude.
///
/// Channels beyond the trims pass as they are.
#[derive(Debug, Clone)]
pub struct Trims {
    trims: Vec<Trim>,
    amplitudes: Vec<Ramp>,
    position: u64,
    faults: Faults,
}

impl Trims {
    /// Trims for the channels in order.
    pub fn new(trims: &[Trim]) -> Self {
        let mut new = Self {
            trims: trims.to_vec(),
            amplitudes: vec![Ramp::fixed(1.0); trims.len()],
            position: 0,
            faults: Faults::default(),
        };
        new.reset();
        new
    }

    fn follow(&mut self, event: &ParamEvent, now: u64) {
        let Param::ChannelGainDb(channel) = event.param else {
            return;
        };
        let Some((trim, ramp)) = self
            .trims
            .get(channel)
            .zip(self.amplitudes.get_mut(channel))
        else {
            return;
        };
        let value = Trim {
            gain_db: event.value,
            ..*trim
        };
        let amplitude = ParamEvent {
            value: value.amplitude(),
            ..*event
        };
        ramp.follow(&amplitude, now);
    }
}

impl Processor for Trims {
    fn prepare(&mut self, _spec: Spec, _max_frames: usize) {
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            for event in step.events {
                self.follow(event, step.start);
            }
            for (channel, amplitude) in block.iter_mut().zip(&self.amplitudes) {
                for (frame, x) in (step.start..).zip(&mut channel[step.range.clone()]) {
                    *x *= amplitude.at(frame);
                }
            }
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        0
    }

    fn reset(&mut self) {
        for (ramp, trim) in self.amplitudes.iter_mut().zip(&self.trims) {
            *ramp = Ramp::fixed(trim.amplitude());
        }
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
