use crate::late_input::LateInput;
use crate::processor::{Faults, GainReduction, ParamEvent, Processor, Spec};

/// Lets one hear what a processor takes away or adds: its input, as late as its output, minus its output.
pub struct Delta {
    inner: Box<dyn Processor>,
    dry: LateInput,
}

impl core::fmt::Debug for Delta {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Delta").finish_non_exhaustive()
    }
}

impl Delta {
    /// What `inner` does, alone.
    pub fn of(inner: Box<dyn Processor>) -> Self {
        Self {
            inner,
            dry: LateInput::default(),
        }
    }
}

impl Processor for Delta {
    fn prepare(&mut self, spec: Spec, max_frames: usize) {
        self.inner.prepare(spec, max_frames);
        self.dry = LateInput::new(spec, max_frames, self.inner.latency_frames());
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        self.dry.keep(block);
        self.inner.process(block, key, events);
        for (samples, dry) in block.iter_mut().zip(&self.dry.rows) {
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
