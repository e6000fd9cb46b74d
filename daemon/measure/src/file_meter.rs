//! Every figure of a file whose kind of samples is known, and nothing about its faults.

use crate::blocks::Blocks;
use crate::detect::Block;
use crate::detect::bits::{BitWatch, SampleKind};
use crate::detect::channels::ChannelWatch;
use crate::levels::BlockLevel;
use crate::meter::{MeasureError, Measurements, MeterCore};
use crate::thresholds::NumberThresholds;

/// Measures a file's samples in one pass and constant memory: the figures of [`crate::Meter`], the bits
/// in use and the octaves, equal to those of [`crate::Inspector`], which takes several times as long.
#[derive(Debug)]
pub struct FileMeter {
    blocks: Blocks,
    core: MeterCore,
    looks: Looks,
}

/// What the meter alone does not tell.
#[derive(Debug)]
struct Looks {
    start_frame: u64,
    bits: BitWatch,
    octaves: ChannelWatch,
}

impl Looks {
    fn block(&mut self, samples: &[Vec<f64>], levels: &[BlockLevel]) {
        let block = Block {
            samples,
            levels,
            start_frame: self.start_frame,
        };
        self.bits.block(&block);
        self.octaves.block(&block);
        self.start_frame += block.frames() as u64;
    }
}

impl FileMeter {
    /// A meter for 8 to 384 kHz and 1 to 32 channels of samples stored as `sample`.
    pub fn new(rate_hz: u32, channels: u32, sample: SampleKind) -> Result<Self, MeasureError> {
        let core = MeterCore::new(rate_hz, channels)?;
        let count = usize::try_from(channels).expect("at most 32");
        Ok(Self {
            blocks: Blocks::new(rate_hz, count),
            core,
            looks: Looks {
                start_frame: 0,
                bits: BitWatch::new(sample, &NumberThresholds::default()),
                octaves: ChannelWatch::new(f64::from(rate_hz), count),
            },
        })
    }

    /// Takes one slice per channel, all of one length, full scale 1.0.
    ///
    /// The result does not depend on how the stream is cut up.
    pub fn feed(&mut self, planar: &[&[f64]]) {
        let (core, looks) = (&mut self.core, &mut self.looks);
        self.blocks
            .feed(planar, |block| looks.block(block, core.block(block)));
    }

    /// The figures of everything fed.
    #[must_use]
    pub fn finish(mut self) -> Measurements {
        let rest = self.blocks.rest();
        if !rest[0].is_empty() {
            self.looks.block(rest, self.core.rest(rest));
        }
        let (frames, non_finite) = (self.blocks.frames(), self.blocks.non_finite.samples);
        let mut figures = self.core.finish(frames, non_finite);
        self.looks.octaves.finish();
        figures.effective_bit_depth = self.looks.bits.effective_bits();
        figures.octaves = self.looks.octaves.octaves();
        figures
    }
}
