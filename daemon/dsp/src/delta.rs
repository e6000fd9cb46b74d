use crate::GRID_FRAMES;
use crate::oversampler::Delay;
use crate::processor::{
    Faults, GainReduction, MOST_CHANNELS, ParamEvent, Processor, Spec, frames_of,
};

/// Lets one hear what a processor takes away or adds: its input, as late as its output, minus its output.
pub struct Delta {
    inner: Box<dyn Processor>,
    dry: Delay,
    room: Vec<f64>,
    late: Vec<Vec<f64>>,
}

impl core::fmt::Debug for Delta {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Delta").finish_non_exhaustive()
    }
}

const STRETCH: usize = GRID_FRAMES as usize;

impl Delta {
    /// What `inner` does, alone.
    pub fn of(inner: Box<dyn Processor>) -> Self {
        Self {
            inner,
            dry: Delay::default(),
            room: Vec::new(),
            late: Vec::new(),
        }
    }
}

impl Processor for Delta {
    fn prepare(&mut self, spec: Spec, max_frames: usize) {
        self.inner.prepare(spec, max_frames);
        let late = usize::try_from(self.inner.latency_frames()).unwrap_or(usize::MAX);
        self.dry = Delay::new(late, spec.channels);
        self.room = vec![0.0; max_frames.max(STRETCH)];
        self.late = vec![vec![0.0; max_frames]; spec.channels.min(MOST_CHANNELS)];
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        let frames = frames_of(block);
        for (channel, (keep, samples)) in self.late.iter_mut().zip(block.iter()).enumerate() {
            let dry = &mut self.room[..frames];
            dry.copy_from_slice(samples);
            for x in dry.iter_mut() {
                if !crate::processor::is_audio(*x) {
                    *x = 0.0;
                }
            }
            self.dry.run(channel, dry);
            keep[..frames].copy_from_slice(dry);
        }
        self.dry.advance(frames);
        self.inner.process(block, key, events);
        for (samples, dry) in block.iter_mut().zip(&self.late) {
            for (x, dry) in samples.iter_mut().zip(dry) {
                *x = dry - *x;
            }
        }
    }

    fn latency_frames(&self) -> u64 {
        self.inner.latency_frames()
    }

    fn tail_frames(&self) -> u64 {
        self.inner.tail_frames()
    }

    fn reset(&mut self) {
        self.inner.reset();
        self.dry.reset();
    }

    fn faults(&self) -> Faults {
        self.inner.faults()
    }

    fn gain_reduction(&self) -> Option<GainReduction> {
        self.inner.gain_reduction()
    }
}
