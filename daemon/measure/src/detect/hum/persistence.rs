//! What persists in each frequency, whatever the music does.

/// The share of windows that may be weaker than what persists.
const WEAKER_SHARE: f64 = 0.2;
/// Steps of a factor of two in which powers are counted, from full scale down.
const STEPS: usize = 48;

/// How often each bin had each power: the memory of a whole piece in constant space.
#[derive(Clone, Debug)]
pub(super) struct Persistence {
    counts: Vec<[u16; STEPS]>,
    pub(super) windows: u32,
}

impl Persistence {
    pub(super) fn new(bins: usize) -> Self {
        Self {
            counts: vec![[0; STEPS]; bins],
            windows: 0,
        }
    }

    pub(super) fn add(&mut self, powers: &[f64]) {
        // After nine hours the picture is clear.
        if self.windows == u32::from(u16::MAX) {
            return;
        }
        self.windows += 1;
        for (counts, &power) in self.counts.iter_mut().zip(powers) {
            // The exponent of the number is its power in steps of two.
            let exponent = (power.to_bits() >> 52) as usize;
            let step = 1023_usize.saturating_sub(exponent).min(STEPS - 1);
            counts[step] += 1;
        }
    }

    /// Bins that are followed.
    pub(super) fn bins(&self) -> usize {
        self.counts.len()
    }

    /// The power of each bin that all windows but a share exceed.
    pub(super) fn persistent(&self) -> Vec<f64> {
        let share = f64::from(self.windows) * WEAKER_SHARE;
        let of = |counts: &[u16; STEPS]| {
            let mut below = 0.0;
            for (step, &count) in counts.iter().enumerate().rev() {
                let count = f64::from(count);
                if below + count > share {
                    // Within the step as far as the share reaches into it.
                    let part = (share - below) / count;
                    return libm::exp2(part - step as f64);
                }
                below += count;
            }
            1.0
        };
        self.counts.iter().map(of).collect()
    }
}
