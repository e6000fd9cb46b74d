use crate::GRID_FRAMES;
use crate::decibel::{db_to_gain, gain_to_db};
use crate::oversampler::{Delay, Oversampler, Oversampling};
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of,
    zero_non_finite,
};

const STRETCH: usize = GRID_FRAMES as usize;

/// Rounds off what stands above the rest, at a higher rate, before the limiter has to turn everything down for
/// it.
///
/// Below its knee nothing happens, to the bit: only what is taken away goes through the filters of the
/// higher rate. The amount is read as [`GainReduction`]: how far the highest point was taken down.
#[derive(Debug, Clone)]
pub struct SoftClipper {
    ceiling_db: f64,
    softness: f64,
    oversampling: Oversampling,
    ceiling: Ramp,
    /// The ceiling in force, as an amplitude.
    level: f64,
    ways: Vec<Oversampler>,
    dry: Delay,
    cut: Vec<f64>,
    /// Deepest cut so far and of the stretch at hand, as a factor below 1.
    deepest: f64,
    sum_db: f64,
    deepest_here: f64,
    position: u64,
    faults: Faults,
}

impl SoftClipper {
    /// A clipper with its top at `ceiling_db` dBFS; its knee begins at 1 − `softness` (0 to 1) of that amplitude.
    pub fn new(ceiling_db: f64, softness: f64, oversampling: Oversampling) -> Self {
        Self {
            ceiling_db,
            softness: softness.clamp(0.0, 1.0),
            oversampling,
            ceiling: Ramp::fixed(ceiling_db),
            level: db_to_gain(ceiling_db),
            ways: Vec::new(),
            dry: Delay::default(),
            cut: vec![0.0; STRETCH],
            deepest: 1.0,
            sum_db: 0.0,
            deepest_here: 1.0,
            position: 0,
            faults: Faults::default(),
        }
    }

    fn count(&mut self) {
        self.deepest = self.deepest.min(self.deepest_here);
        if self.deepest_here < 1.0 {
            self.sum_db -= gain_to_db(self.deepest_here);
        }
        self.deepest_here = 1.0;
    }
}

/// The parabola that leaves the straight line at the knee and arrives level at the ceiling.
#[inline(always)]
fn round_off(size: f64, knee: f64, ceiling: f64) -> f64 {
    let over = size - knee;
    let width = ceiling - knee;
    if over <= 0.0 {
        size
    } else if over >= 2.0 * width {
        ceiling
    } else {
        size - over * over / (4.0 * width)
    }
}

impl Processor for SoftClipper {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.ways = vec![Oversampler::new(self.oversampling); spec.channels];
        self.dry = Delay::new(Oversampler::delay_frames(self.oversampling), spec.channels);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            for event in step.events.iter().filter(|e| e.param == Param::ThresholdDb) {
                self.ceiling.follow(event, step.start);
            }
            if step.is_on_grid() {
                self.count();
            }
            // On the grid and at events only, never where a block happens to begin.
            if step.is_on_grid() || !step.events.is_empty() {
                self.level = db_to_gain(self.ceiling.at(step.start));
            }
            let ceiling = self.level;
            let knee = ceiling * (1.0 - self.softness);
            for (channel, samples) in block.iter_mut().enumerate() {
                let samples = &mut samples[step.range.clone()];
                let cut = &mut self.cut[..samples.len()];
                cut.copy_from_slice(samples);
                let mut deepest = self.deepest_here;
                self.ways[channel].run(cut, |high| {
                    for x in high {
                        let size = x.abs();
                        let kept = round_off(size, knee, ceiling);
                        if kept < size {
                            deepest = deepest.min(kept / size);
                            *x = (kept - size).copysign(-*x);
                        } else {
                            *x = 0.0;
                        }
                    }
                });
                self.deepest_here = deepest;
                self.dry.run(channel, samples);
                for (x, cut) in samples.iter_mut().zip(cut) {
                    *x += *cut;
                }
            }
            self.dry.advance(step.range.len());
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        Oversampler::delay_frames(self.oversampling) as u64
    }

    fn tail_frames(&self) -> u64 {
        2 * self.latency_frames()
    }

    fn reset(&mut self) {
        self.ceiling = Ramp::fixed(self.ceiling_db);
        self.ways.iter_mut().for_each(Oversampler::reset);
        self.dry.reset();
        (self.deepest, self.deepest_here, self.sum_db) = (1.0, 1.0, 0.0);
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    fn gain_reduction(&self) -> Option<GainReduction> {
        let stretches = (self.position as f64 / GRID_FRAMES as f64).max(1.0);
        Some(GainReduction {
            max_db: -gain_to_db(self.deepest.min(self.deepest_here)) + 0.0,
            mean_db: self.sum_db / stretches,
        })
    }
}
