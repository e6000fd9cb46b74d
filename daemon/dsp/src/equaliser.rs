use crate::biquad::{Biquad, Cascade, GRID_FRAMES, tail_frames};
use crate::design::{bell, high_shelf, low_shelf};
use crate::processor::{
    Faults, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of, zero_non_finite,
};

/// What a band does around its frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandShape {
    /// Raises or lowers around the frequency; full gain there.
    Bell,
    /// Raises or lowers everything below; half the gain (in dB) at the frequency.
    LowShelf,
    /// Raises or lowers everything above; half the gain (in dB) at the frequency.
    HighShelf,
}

/// One band of the equaliser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// What it does.
    pub shape: BandShape,
    /// Centre or corner in hertz.
    pub frequency_hz: f64,
    /// Gain in dB.
    pub gain_db: f64,
    /// Q; 0.707 is the steepest shelf without overshoot.
    pub q: f64,
}

impl Band {
    fn design(&self, rate_hz: u32) -> Biquad {
        let design = match self.shape {
            BandShape::Bell => bell,
            BandShape::LowShelf => low_shelf,
            BandShape::HighShelf => high_shelf,
        };
        design(self.frequency_hz, self.gain_db, self.q, rate_hz)
    }
}

#[derive(Debug, Clone, Copy)]
struct BandRamps {
    frequency: Ramp,
    gain: Ramp,
    q: Ramp,
}

impl BandRamps {
    fn new(band: &Band) -> Self {
        Self {
            frequency: Ramp::fixed(band.frequency_hz),
            gain: Ramp::fixed(band.gain_db),
            q: Ramp::fixed(band.q),
        }
    }

    fn is_moving(&self, frame: u64) -> bool {
        self.frequency.is_moving(frame) || self.gain.is_moving(frame) || self.q.is_moving(frame)
    }
}

/// The equaliser: bands in series, minimum phase, true to their analogue models up to Nyquist (see
/// [`crate::bell`]).
#[derive(Debug, Clone)]
pub struct Equaliser {
    bands: Vec<Band>,
    ramps: Vec<BandRamps>,
    sections: Vec<Biquad>,
    rate_hz: u32,
    cascade: Cascade,
    position: u64,
    faults: Faults,
}

impl Equaliser {
    /// An equaliser of these bands.
    pub fn new(bands: &[Band]) -> Self {
        Self {
            bands: bands.to_vec(),
            ramps: bands.iter().map(BandRamps::new).collect(),
            sections: vec![Biquad::IDENTITY; bands.len()],
            rate_hz: 48_000,
            cascade: Cascade::default(),
            position: 0,
            faults: Faults::default(),
        }
    }

    fn take(&mut self, event: &ParamEvent, now: u64) {
        let (index, pick): (usize, fn(&mut BandRamps) -> &mut Ramp) = match event.param {
            Param::BandGainDb(band) => (band, |r| &mut r.gain),
            Param::BandFrequencyHz(band) => (band, |r| &mut r.frequency),
            Param::BandQ(band) => (band, |r| &mut r.q),
            Param::GainDb
            | Param::FrequencyHz
            | Param::ThresholdDb
            | Param::Ratio
            | Param::Mix
            | Param::MakeupDb
            | Param::CeilingDbtp => return,
        };
        if let Some(ramps) = self.ramps.get_mut(index) {
            pick(ramps).follow(event, now);
            self.design(index, now);
        }
    }

    fn design(&mut self, index: usize, frame: u64) {
        let ramps = &self.ramps[index];
        let band = Band {
            shape: self.bands[index].shape,
            frequency_hz: ramps.frequency.at(frame),
            gain_db: ramps.gain.at(frame),
            q: ramps.q.at(frame),
        };
        self.sections[index] = band.design(self.rate_hz);
    }
}

impl Processor for Equaliser {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.rate_hz = spec.rate_hz;
        self.cascade.prepare(self.bands.len(), spec.channels);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                self.cascade.tidy();
                for index in 0..self.ramps.len() {
                    // Moving until a grid line ago: the end of the ramp is still to be set.
                    if self.ramps[index].is_moving(step.start.saturating_sub(GRID_FRAMES)) {
                        self.design(index, step.start);
                    }
                }
            }
            for event in step.events {
                self.take(event, step.start);
            }
            self.cascade.run(&self.sections, block, step.range);
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        tail_frames(&self.sections)
    }

    fn reset(&mut self) {
        self.cascade.reset();
        self.position = 0;
        self.faults = Faults::default();
        for index in 0..self.bands.len() {
            self.ramps[index] = BandRamps::new(&self.bands[index]);
            self.design(index, 0);
        }
    }

    fn faults(&self) -> Faults {
        self.faults
    }
}
