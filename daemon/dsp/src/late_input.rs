use crate::oversampler::Delay;
use crate::processor::{MOST_CHANNELS, Spec, is_audio};

/// What went into a processor, kept until what became of it comes out.
#[derive(Default)]
pub(crate) struct LateInput {
    delay: Delay,
    /// The last block, late; what is no audio is silence there.
    pub(crate) rows: Vec<Vec<f64>>,
}

impl LateInput {
    pub(crate) fn new(spec: Spec, max_frames: usize, latency_frames: u64) -> Self {
        let late = usize::try_from(latency_frames).unwrap_or(usize::MAX);
        Self {
            delay: Delay::new(late, spec.channels),
            rows: vec![vec![0.0; max_frames]; spec.channels.min(MOST_CHANNELS)],
        }
    }

    pub(crate) fn keep(&mut self, block: &[&mut [f64]]) {
        let frames = block.first().map_or(0, |channel| channel.len());
        for (channel, (row, samples)) in self.rows.iter_mut().zip(block).enumerate() {
            let row = &mut row[..frames];
            for (to, from) in row.iter_mut().zip(samples.iter()) {
                *to = if is_audio(*from) { *from } else { 0.0 };
            }
            self.delay.run(channel, row);
        }
        self.delay.advance(frames);
    }

    pub(crate) fn reset(&mut self) {
        self.delay.reset();
    }
}
