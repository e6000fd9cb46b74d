use crate::noise_shaping::{MOST_TAPS, NoiseShape, Shaper};
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

    /// A value one step wide: between −1/2 and 1/2, uniform.
    fn half_at(&self, frame: u64) -> f64 {
        let bits = mix(self.key.wrapping_add(frame.wrapping_mul(GOLDEN))) >> 32;
        (bits as f64 - 2_147_483_647.5) * (1.0 / 4_294_967_296.0)
    }
}

/// What is added before rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DitherKind {
    /// Nothing: only for what fits the word length already.
    None,
    /// One step wide: no distortion, but the noise breathes with the signal.
    Rectangular,
    /// Two steps wide: noise that does not depend on the signal.
    #[default]
    Triangular,
    /// Two steps wide, each value the difference of two neighbours: less of it below, more above.
    HighPassed,
    /// Triangular, with the error of rounding moved to where it is heard least.
    Shaped(NoiseShape),
}

/// What happens to the dither in digital silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blanking {
    /// It goes on: the noise floor is one from the first frame to the last.
    #[default]
    Never,
    /// After a tenth of a second of zeros on all channels the master is silent too, until the next sound.
    InSilence,
}

/// How samples become integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DitherSettings {
    /// What is added.
    pub kind: DitherKind,
    /// What happens in silence.
    pub blanking: Blanking,
}

/// Share of a second of zeros that is silence.
const SILENCE_SHARE: u32 = 10;
/// Errors beyond this come from clamping and are not fed back.
const LARGEST_ERROR: f64 = 2.0;

/// Turns samples into integers: dither, round half to even, clamp. Applied once, last.
#[derive(Debug, Clone)]
pub struct Quantiser {
    depth: Depth,
    settings: DitherSettings,
    shaper: Option<Shaper>,
    channels: Vec<Dither>,
    /// Per channel: past errors in steps, the last one first.
    errors: Vec<[f64; MOST_TAPS]>,
    /// Frames of zeros so far, and how many are silence.
    silent: u64,
    silence: u64,
    frame: u64,
    clipped: u64,
    non_finite: u64,
}

impl Quantiser {
    /// A quantiser for `channels` channels with triangular dither.
    pub fn new(depth: Depth, seed: DitherSeed, channels: usize) -> Self {
        Self::with(DitherSettings::default(), depth, seed, channels, 48_000)
    }

    /// A quantiser with its own dither; the rate decides about the curves of noise shaping.
    pub fn with(
        settings: DitherSettings,
        depth: Depth,
        seed: DitherSeed,
        channels: usize,
        rate_hz: u32,
    ) -> Self {
        let shaper = match settings.kind {
            DitherKind::Shaped(shape) => Some(Shaper::new(shape, rate_hz)),
            DitherKind::None
            | DitherKind::Rectangular
            | DitherKind::Triangular
            | DitherKind::HighPassed => None,
        };
        Self {
            depth,
            settings,
            shaper,
            channels: (0..channels)
                .map(|channel| Dither::new(seed, channel))
                .collect(),
            errors: vec![[0.0; MOST_TAPS]; channels],
            silent: 0,
            silence: u64::from(rate_hz / SILENCE_SHARE),
            frame: 0,
            clipped: 0,
            non_finite: 0,
        }
    }

    /// Quantises the next frames; every `out` channel is at least as long as its `block` channel.
    pub fn process(&mut self, block: &[&[f64]], out: &mut [&mut [i32]]) {
        let frames = block.first().map_or(0, |channel| channel.len());
        match self.settings.blanking {
            Blanking::Never => self.round(block, out, 0..frames),
            Blanking::InSilence => self.round_or_blank(block, out, frames),
        }
    }

    fn round_or_blank(&mut self, block: &[&[f64]], out: &mut [&mut [i32]], frames: usize) {
        let mut at = 0;
        while at < frames {
            // A frame at a time: what is silence does not depend on the blocks.
            let is_zero = block.iter().all(|channel| channel[at] == 0.0);
            self.silent = if is_zero { self.silent + 1 } else { 0 };
            if self.silent > self.silence {
                out.iter_mut().for_each(|channel| channel[at] = 0);
                self.errors.fill([0.0; MOST_TAPS]);
                self.frame += 1;
            } else {
                self.round(block, out, at..at + 1);
            }
            at += 1;
        }
    }

    fn round(&mut self, block: &[&[f64]], out: &mut [&mut [i32]], range: core::ops::Range<usize>) {
        let frames = range.len() as u64;
        for (channel, (samples, out)) in block.iter().zip(out).enumerate() {
            let (samples, out) = (&samples[range.clone()], &mut out[range.clone()]);
            self.round_channel(channel, samples, out);
        }
        self.frame += frames;
    }

    fn round_channel(&mut self, channel: usize, samples: &[f64], out: &mut [i32]) {
        let dither = self.channels[channel];
        // Decided once for the whole block, so that the loops hold nothing but their arithmetic.
        match (self.settings.kind, self.shaper.take()) {
            (_, Some(shaper)) => {
                let mut errors = self.errors[channel];
                let scale = f64::from(self.depth.full_scale());
                self.each(samples, out, |frame, x| {
                    let wanted = x * scale - shaper.weigh(&errors);
                    let value = round_half_even(wanted + dither.at(frame));
                    let clamped = value.clamp(-scale, scale - 1.0);
                    errors.copy_within(..MOST_TAPS - 1, 1);
                    errors[0] = (clamped - wanted).clamp(-LARGEST_ERROR, LARGEST_ERROR);
                    value
                });
                self.errors[channel] = errors;
                self.shaper = Some(shaper);
            }
            (DitherKind::None, None) => self.plain(samples, out, |_| 0.0),
            (DitherKind::Rectangular, None) => {
                self.plain(samples, out, |frame| dither.half_at(frame));
            }
            (DitherKind::Triangular | DitherKind::Shaped(_), None) => {
                self.plain(samples, out, |frame| dither.at(frame));
            }
            (DitherKind::HighPassed, None) => self.plain(samples, out, |frame| {
                // The frame before the first one has a value too.
                dither.half_at(frame) - dither.half_at(frame.wrapping_sub(1))
            }),
        }
    }

    #[inline]
    fn plain(&mut self, samples: &[f64], out: &mut [i32], added: impl Fn(u64) -> f64) {
        let scale = f64::from(self.depth.full_scale());
        self.each(samples, out, |frame, x| {
            round_half_even(x * scale + added(frame))
        });
    }

    /// Turns each sample into a whole value by `work`, and clamps that to the word length.
    #[inline]
    fn each(&mut self, samples: &[f64], out: &mut [i32], mut work: impl FnMut(u64, f64) -> f64) {
        let scale = f64::from(self.depth.full_scale());
        let (mut clipped, mut non_finite) = (0, 0);
        for ((frame, x), y) in (self.frame..).zip(samples).zip(out) {
            let is_audio = is_audio(*x);
            non_finite += u64::from(!is_audio);
            let value = work(frame, if is_audio { *x } else { 0.0 });
            let clamped = value.clamp(-scale, scale - 1.0);
            clipped += u64::from(clamped != value);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "clamped to the word length"
            )]
            {
                *y = clamped as i32;
            }
        }
        self.clipped += clipped;
        self.non_finite += non_finite;
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
