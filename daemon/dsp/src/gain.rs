use crate::decibel::db_to_gain;
use crate::processor::{
    Faults, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of, zero_non_finite,
};

/// Turns all channels up or down by the same amount; changes ramp linearly in amplitude.
#[derive(Debug, Clone)]
pub struct Gain {
    gain_db: f64,
    amplitude: Ramp,
    position: u64,
    faults: Faults,
}

impl Gain {
    /// A gain of `gain_db` dB.
    pub fn new(gain_db: f64) -> Self {
        Self {
            gain_db,
            amplitude: Ramp::fixed(db_to_gain(gain_db)),
            position: 0,
            faults: Faults::default(),
        }
    }
}

impl Processor for Gain {
    fn prepare(&mut self, _spec: Spec, _max_frames: usize) {
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            for event in step.events.iter().filter(|e| e.param == Param::GainDb) {
                let amplitude = ParamEvent {
                    value: db_to_gain(event.value),
                    ..*event
                };
                self.amplitude.follow(&amplitude, step.start);
            }
            if self.amplitude.is_moving(step.start) {
                for channel in block.iter_mut() {
                    for (frame, x) in (step.start..).zip(&mut channel[step.range.clone()]) {
                        *x *= self.amplitude.at(frame);
                    }
                }
                continue;
            }
            let amplitude = self.amplitude.at(step.start);
            for channel in block.iter_mut() {
                for x in &mut channel[step.range.clone()] {
                    *x *= amplitude;
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
        *self = Self::new(self.gain_db);
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
