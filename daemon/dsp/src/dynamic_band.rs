use crate::GRID_FRAMES;
use crate::band::{Band, BandShape, Dynamics};
use crate::biquad::{Biquad, Cascade};
use crate::decibel::db_to_gain;
use crate::dynamics::{Curve, State, Times};
use crate::processor::{Spec, is_audio};

/// Knee of the dynamics in dB.
const KNEE_DB: f64 = 4.0;
const STRETCH: usize = GRID_FRAMES as usize;

/// The part of a band that follows the level.
///
/// The signal is cross-faded, sample by sample, between itself and itself through the band at its full
/// range: a bell's fades are bells of the same poles with exactly the wanted gain at the centre, at
/// rest nothing is touched, and no coefficient ever moves.
#[derive(Debug, Clone)]
pub(crate) struct DynamicBand {
    dynamics: Dynamics,
    curve: Curve,
    times: Times,
    state: State,
    sections: [Biquad; 2],
    cascade: Cascade,
    key_cascade: Cascade,
    detector: [Biquad; 1],
    ears: Cascade,
    /// 1 / (gain of the full range − 1).
    per_gain: f64,
    heard: Vec<Vec<f64>>,
    wet: Vec<f64>,
    fade: Vec<f64>,
}

impl DynamicBand {
    /// `None` for a band without dynamics, or one whose range is nothing.
    pub(crate) fn new(band: &Band, spec: Spec) -> Option<Self> {
        let dynamics = band.dynamics.filter(|d| d.range_db != 0.0)?;
        match band.shape {
            BandShape::Bell | BandShape::LowShelf | BandShape::HighShelf => (),
            BandShape::Tilt
            | BandShape::Notch
            | BandShape::BandPass
            | BandShape::LowPass(_)
            | BandShape::HighPass(_) => return None,
        }
        let mut sections = [Biquad::IDENTITY; 2];
        let full = Band {
            gain_db: dynamics.range_db,
            ..*band
        };
        full.design(spec.rate_hz, &mut sections);
        let mut cascade = Cascade::default();
        cascade.prepare(2, spec.channels);
        let key_cascade = cascade.clone();
        let mut ears = Cascade::default();
        ears.prepare(1, spec.channels);
        Some(Self {
            dynamics,
            curve: Curve::new(dynamics.threshold_db, dynamics.ratio, KNEE_DB)
                .limited(dynamics.range_db.abs()),
            times: Times::new(dynamics.attack_ms, dynamics.release_ms, spec),
            state: State::default(),
            sections,
            cascade,
            key_cascade,
            detector: [band.detector(spec.rate_hz)],
            ears,
            per_gain: 1.0 / (db_to_gain(dynamics.range_db) - 1.0),
            heard: vec![vec![0.0; STRETCH]; spec.channels],
            wet: vec![0.0; STRETCH],
            fade: vec![0.0; STRETCH],
        })
    }

    pub(crate) fn reset(&mut self) {
        self.state = State::default();
        self.cascade.reset();
        self.key_cascade.reset();
        self.ears.reset();
    }

    /// Called on the grid only.
    pub(crate) fn tidy(&mut self) {
        self.state.tidy();
        self.cascade.tidy();
        self.key_cascade.tidy();
        self.ears.tidy();
    }

    /// Deepest change so far in dB, and the sum over all frames.
    pub(crate) fn change_db(&self) -> (f64, f64) {
        self.state.reading()
    }

    /// Processes one stretch of the channels. Where there is a key, it is heard in their place and processed
    /// alike; its stretch begins at zero.
    pub(crate) fn run(
        &mut self,
        block: &mut [&mut [f64]],
        range: core::ops::Range<usize>,
        key: Option<&mut [&mut [f64]]>,
    ) {
        let frames = range.len();
        match key {
            Some(key) => {
                self.listen(key, 0..frames);
                let Self {
                    key_cascade, wet, ..
                } = self;
                fade(
                    key_cascade,
                    &self.sections,
                    (key, 0..frames),
                    &self.fade,
                    wet,
                );
            }
            None => self.listen(block, range.clone()),
        }
        let Self { cascade, wet, .. } = self;
        fade(cascade, &self.sections, (block, range), &self.fade, wet);
    }

    /// Puts the change that this stretch asks for into `fade`, as the share of the full range.
    fn listen(&mut self, block: &[&mut [f64]], range: core::ops::Range<usize>) {
        let frames = range.len();
        let powers = &mut self.fade[..frames];
        powers.fill(0.0);
        let share = 1.0 / block.len().max(1) as f64;
        for (channel, samples) in block.iter().enumerate() {
            let heard = &mut self.heard[channel][..frames];
            for (to, x) in heard.iter_mut().zip(&samples[range.clone()]) {
                *to = if is_audio(*x) { *x } else { 0.0 };
            }
            self.ears.run_channel(&self.detector, channel, heard);
            for (power, x) in powers.iter_mut().zip(heard) {
                *power += *x * *x * share;
            }
        }
        let sign = self.dynamics.range_db.signum();
        for value in powers.iter_mut() {
            let change_db = self.state.next(*value, &self.curve, &self.times);
            *value = if change_db == 0.0 {
                0.0
            } else {
                (db_to_gain(sign * change_db) - 1.0) * self.per_gain
            };
        }
    }
}

/// Fades each channel between itself and itself through the sections.
fn fade(
    cascade: &mut Cascade,
    sections: &[Biquad; 2],
    (block, range): (&mut [&mut [f64]], core::ops::Range<usize>),
    fade: &[f64],
    wet: &mut [f64],
) {
    for (channel, samples) in block.iter_mut().enumerate() {
        let samples = &mut samples[range.clone()];
        let wet = &mut wet[..range.len()];
        wet.copy_from_slice(samples);
        cascade.run_channel(sections, channel, wet);
        for ((x, wet), fade) in samples.iter_mut().zip(wet).zip(fade) {
            *x += *fade * (*wet - *x);
        }
    }
}
