use crate::processor::is_audio;

/// Word length of an integer master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 16 bits.
    Int16,
    /// 24 bits.
    Int24,
}

impl Depth {
    /// Steps from zero to full scale: 2^15 or 2^23.
    pub fn full_scale(self) -> i32 {
        match self {
            Self::Int16 => 1 << 15,
            Self::Int24 => 1 << 23,
        }
    }
}

/// What the dither's randomness starts from: equal content gets equal dither, so a render can be
/// repeated bit for bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DitherSeed(pub u64);

impl DitherSeed {
    /// Folds a checksum (of the samples, say) into a seed.
    pub fn from_checksum(checksum: &[u8]) -> Self {
        let mut seed = 0x6C61_6371_7565_7221;
        for chunk in checksum.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            seed = mix(seed ^ u64::from_le_bytes(word)).wrapping_add(GOLDEN);
        }
        Self(seed)
    }
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Triangular dither of two steps' width, a pure function of seed, channel and frame.
#[derive(Debug, Clone, Copy)]
pub struct Dither {
    key: u64,
}

impl Dither {
    /// The dither of one channel; channels are independent of each other.
    pub fn new(seed: DitherSeed, channel: usize) -> Self {
        Self {
            key: mix(mix(seed.0).wrapping_add((channel as u64 + 1).wrapping_mul(GOLDEN))),
        }
    }

    /// The dither at `frame`, in steps: between −1 and 1, triangular, mean 0, variance 1/6.
    pub fn at(&self, frame: u64) -> f64 {
        let bits = mix(self.key.wrapping_add(frame.wrapping_mul(GOLDEN)));
        // The sum of two independent uniform 32-bit numbers, exact in f64.
        let sum = (bits >> 32) + (bits & 0xFFFF_FFFF);
        (sum as f64 - 4_294_967_295.0) * (1.0 / 4_294_967_296.0)
    }
}

/// Turns samples into integers: dither, round half to even, clamp. Applied once, last.
#[derive(Debug, Clone)]
pub struct Quantiser {
    depth: Depth,
    channels: Vec<Dither>,
    frame: u64,
    clipped: u64,
    non_finite: u64,
}

impl Quantiser {
    /// A quantiser for `channels` channels.
    pub fn new(depth: Depth, seed: DitherSeed, channels: usize) -> Self {
        Self {
            depth,
            channels: (0..channels)
                .map(|channel| Dither::new(seed, channel))
                .collect(),
            frame: 0,
            clipped: 0,
            non_finite: 0,
        }
    }

    /// Quantises the next frames; every `out` channel is at least as long as its `block` channel.
    pub fn process(&mut self, block: &[&[f64]], out: &mut [&mut [i32]]) {
        let scale = self.depth.full_scale();
        let (low, high) = (-f64::from(scale), f64::from(scale - 1));
        for ((dither, samples), out) in self.channels.iter().zip(block).zip(out) {
            for ((frame, x), y) in (self.frame..).zip(samples.iter()).zip(out.iter_mut()) {
                let x = if is_audio(*x) {
                    *x
                } else {
                    self.non_finite += 1;
                    0.0
                };
                let value = round_half_even(x * f64::from(scale) + dither.at(frame));
                let clamped = value.clamp(low, high);
                self.clipped += u64::from(clamped != value);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "clamped to the word length"
                )]
                {
                    *y = clamped as i32;
                }
            }
        }
        self.frame += block.first().map_or(0, |channel| channel.len() as u64);
    }

    /// Samples that did not fit the word length and were clamped.
    pub fn clipped_samples(&self) -> u64 {
        self.clipped
    }

    /// Samples that were NaN or infinite and became silence.
    pub fn non_finite_samples(&self) -> u64 {
        self.non_finite
    }
}

/// Rounds by the bias trick: adding 1.5 · 2^52 leaves no fractional bits, in round-half-even, the
/// same on every CPU and without its rounding instruction. Exact below 2^51; larger values are whole.
fn round_half_even(x: f64) -> f64 {
    const BIAS: f64 = 6_755_399_441_055_744.0;
    if x.abs() < 2_251_799_813_685_248.0 {
        (x + BIAS) - BIAS
    } else {
        x
    }
}
