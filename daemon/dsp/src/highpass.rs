use crate::biquad::{Biquad, Cascade, GRID_FRAMES, tail_frames};
use crate::design::butterworth_highpass;
use crate::processor::{
    Faults, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of, zero_non_finite,
};

/// Steepness of a high-pass filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slope {
    /// 12 dB per octave, second order.
    Db12,
    /// 24 dB per octave, fourth order.
    Db24,
}

impl Slope {
    pub(crate) fn sections(self) -> usize {
        match self {
            Self::Db12 => 1,
            Self::Db24 => 2,
        }
    }
}

/// The rumble filter: a Butterworth high-pass, −3 dB at its corner, DC removed altogether.
#[derive(Debug, Clone)]
pub struct Highpass {
    frequency_hz: f64,
    slope: Slope,
    spec: Spec,
    frequency: Ramp,
    sections: [Biquad; 2],
    cascade: Cascade,
    position: u64,
    faults: Faults,
}

impl Highpass {
    /// A filter with its −3 dB point at `frequency_hz`, which is kept between 1 Hz and 45 % of the rate.
    pub fn new(frequency_hz: f64, slope: Slope) -> Self {
        Self {
            frequency_hz,
            slope,
            spec: Spec {
                rate_hz: 48_000,
                channels: 0,
            },
            frequency: Ramp::fixed(frequency_hz),
            sections: [Biquad::IDENTITY; 2],
            cascade: Cascade::default(),
            position: 0,
            faults: Faults::default(),
        }
    }

    fn design(&mut self, frame: u64) {
        let frequency_hz = self.frequency.at(frame);
        self.sections = butterworth_highpass(frequency_hz, self.slope, self.spec.rate_hz);
    }
}

impl Processor for Highpass {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.spec = spec;
        self.cascade.prepare(self.slope.sections(), spec.channels);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            let was_moving = self
                .frequency
                .is_moving(step.start.saturating_sub(GRID_FRAMES));
            for event in step.events.iter().filter(|e| e.param == Param::FrequencyHz) {
                self.frequency.follow(event, step.start);
            }
            if step.is_on_grid() {
                self.cascade.tidy();
            }
            if !step.events.is_empty() || (step.is_on_grid() && was_moving) {
                self.design(step.start);
            }
            self.cascade
                .run(&self.sections[..self.slope.sections()], block, step.range);
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        tail_frames(&self.sections[..self.slope.sections()])
    }

    fn reset(&mut self) {
        self.frequency = Ramp::fixed(self.frequency_hz);
        self.cascade.reset();
        self.position = 0;
        self.faults = Faults::default();
        self.design(0);
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
