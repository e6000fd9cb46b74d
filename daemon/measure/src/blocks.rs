//! Cuts the stream into blocks of 10 ms, whatever the caller's block size was.
//!
//! Everything behind this wall sees the same blocks, so no result can depend on how a file was
//! read. Samples that are no numbers become silence here and are counted, so that no filter
//! behind this wall ever holds a NaN.

/// Blocks per second: 10 ms, the hop that EBU Tech 3341's momentary maxima need.
pub(crate) const BLOCKS_PER_SECOND: u64 = 100;

/// Larger than any sample that means something (+120 dBFS); beyond it sums of squares would
/// lose the rest of the file.
const LARGEST_SAMPLE: f64 = 1.0e6;

/// A count of samples that are no numbers, and the frame of the first on each channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct NonFinite {
    pub(crate) samples: u64,
    pub(crate) first_frame: Vec<Option<u64>>,
}

/// Collects planar samples until a block of 10 ms is whole.
#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    rate_hz: u64,
    staged: Vec<Vec<f64>>,
    wanted: usize,
    block_index: u64,
    frames: u64,
    pub(crate) non_finite: NonFinite,
}

impl Blocks {
    pub(crate) fn new(rate_hz: u32, channels: usize) -> Self {
        let longest = usize::try_from(rate_hz / 100 + 2).expect("10 ms of frames fit");
        let mut blocks = Self {
            rate_hz: u64::from(rate_hz),
            staged: vec![Vec::with_capacity(longest); channels],
            wanted: 0,
            block_index: 0,
            frames: 0,
            non_finite: NonFinite {
                samples: 0,
                first_frame: vec![None; channels],
            },
        };
        blocks.wanted = blocks.length_of(0);
        blocks
    }

    /// Frames received so far.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// The frame at which block `index` starts; rates such as 22,050 Hz have blocks of two lengths.
    fn start_of(&self, index: u64) -> u64 {
        (index * self.rate_hz + BLOCKS_PER_SECOND / 2) / BLOCKS_PER_SECOND
    }

    fn length_of(&self, index: u64) -> usize {
        usize::try_from(self.start_of(index + 1) - self.start_of(index))
            .expect("10 ms of frames fit")
    }

    /// Takes planar samples and hands every whole block of 10 ms to `whole`.
    pub(crate) fn feed(&mut self, planar: &[&[f64]], mut whole: impl FnMut(&[Vec<f64>])) {
        assert_eq!(planar.len(), self.staged.len(), "one slice per channel");
        let length = planar[0].len();
        assert!(
            planar.iter().all(|c| c.len() == length),
            "channels of one length"
        );
        let mut from = 0;
        while from < length {
            let take = (self.wanted - self.staged[0].len()).min(length - from);
            for (channel, samples) in planar.iter().enumerate() {
                self.stage(channel, &samples[from..from + take]);
            }
            self.frames += u64::try_from(take).expect("a block fits");
            from += take;
            if self.staged[0].len() == self.wanted {
                whole(&self.staged);
                for samples in &mut self.staged {
                    samples.clear();
                }
                self.block_index += 1;
                self.wanted = self.length_of(self.block_index);
            }
        }
    }

    /// What is left at the end, shorter than a block; empty when the file ends on a border.
    pub(crate) fn rest(&self) -> &[Vec<f64>] {
        &self.staged
    }

    fn stage(&mut self, channel: usize, samples: &[f64]) {
        let staged = &mut self.staged[channel];
        let is_plain = samples
            .iter()
            .fold(true, |plain, v| plain & (v.abs() <= LARGEST_SAMPLE));
        if is_plain {
            staged.extend_from_slice(samples);
            return;
        }
        for (frame, &v) in (self.frames..).zip(samples) {
            if v.is_finite() {
                staged.push(v.clamp(-LARGEST_SAMPLE, LARGEST_SAMPLE));
            } else {
                staged.push(0.0);
                self.non_finite.samples += 1;
                self.non_finite.first_frame[channel].get_or_insert(frame);
            }
        }
    }
}
