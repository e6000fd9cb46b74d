//! What only two channels can get wrong.

use crate::detect::Block;
use crate::levels::StereoSums;

/// Bass is what lies below this.
const BASS_HZ: f64 = 150.0;

/// Follows left and right.
#[derive(Clone, Debug)]
pub(crate) struct StereoWatch {
    /// True while both channels hold the same samples.
    pub(crate) is_identical: bool,
    pub(crate) bass: StereoSums,
    coefficient: f64,
    state: [[f64; 2]; 2],
}

impl StereoWatch {
    pub(crate) fn new(rate_hz: f64) -> Self {
        let decay = libm::exp(-2.0 * std::f64::consts::PI * BASS_HZ / rate_hz);
        Self {
            is_identical: true,
            bass: StereoSums::default(),
            coefficient: 1.0 - decay,
            state: [[0.0; 2]; 2],
        }
    }

    /// Takes a block of exactly two channels.
    pub(crate) fn block(&mut self, block: &Block<'_>) {
        let (left, right) = (&block.samples[0], &block.samples[1]);
        self.is_identical = self.is_identical && left == right;
        let k = self.coefficient;
        let [mut first, mut second] = self.state;
        let mut sums = [0.0; 3];
        for (&l, &r) in left.iter().zip(right) {
            let x = [l, r];
            for lane in 0..2 {
                first[lane] += k * (x[lane] - first[lane]);
                second[lane] += k * (first[lane] - second[lane]);
            }
            sums[0] += second[0] * second[1];
            sums[1] += second[0] * second[0];
            sums[2] += second[1] * second[1];
        }
        self.bass.cross += sums[0];
        self.bass.left += sums[1];
        self.bass.right += sums[2];
        for value in first.iter_mut().chain(&mut second) {
            // A long silence must not end in denormals.
            if value.abs() < 1.0e-30 {
                *value = 0.0;
            }
        }
        self.state = [first, second];
    }
}
