//! Uncompressed samples: how they lie in a file, and the two shapes we hand out
//! (canonical bytes, and planar `f64` with full scale at 1.0).

use dasp::Sample;
use dasp::sample::I24;

use crate::spec::{AudioSpec, SampleType};

/// Order of the bytes of one sample in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByteOrder {
    Little,
    Big,
}

/// How one sample lies in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// 8-bit, centred at 128 (WAV).
    Unsigned8,
    /// 8-bit, centred at 0 (AIFF).
    Signed8,
    /// One of the kinds we keep, in either byte order.
    Plain(SampleType, ByteOrder),
}

impl Wire {
    pub(crate) const fn bytes(self) -> u16 {
        match self {
            Self::Unsigned8 | Self::Signed8 => 1,
            Self::Plain(sample, _) => sample.bytes(),
        }
    }

    /// The kind of sample kept: 8 bits become 16, shifted left.
    pub(crate) const fn canonical(self) -> SampleType {
        match self {
            Self::Unsigned8 | Self::Signed8 => SampleType::I16,
            Self::Plain(sample, _) => sample,
        }
    }

    pub(crate) const fn is_little(self) -> bool {
        matches!(self, Self::Plain(_, ByteOrder::Little))
    }

    /// Turns source bytes into canonical ones: little-endian, at least 16 bits.
    ///
    /// Both slices hold the same whole number of samples.
    pub(crate) fn to_canonical(self, source: &[u8], canonical: &mut [u8]) {
        match self {
            Self::Plain(_, ByteOrder::Little) => canonical.copy_from_slice(source),
            Self::Plain(sample, ByteOrder::Big) => {
                let width = usize::from(sample.bytes());
                for (from, to) in source
                    .chunks_exact(width)
                    .zip(canonical.chunks_exact_mut(width))
                {
                    for (from, to) in from.iter().rev().zip(to) {
                        *to = *from;
                    }
                }
            }
            Self::Unsigned8 => {
                for (from, to) in source.iter().zip(canonical.chunks_exact_mut(2)) {
                    to.copy_from_slice(&from.to_sample::<i16>().to_le_bytes());
                }
            }
            Self::Signed8 => {
                for (from, to) in source.iter().zip(canonical.chunks_exact_mut(2)) {
                    let sample = i8::from_le_bytes([*from]);
                    to.copy_from_slice(&sample.to_sample::<i16>().to_le_bytes());
                }
            }
        }
    }
}

/// Spreads canonical interleaved bytes over one `f64` channel each; full scale is 1.0.
///
/// Exact for every integer kind: a 24-bit value `v` becomes `v / 2^23`.
/// Each channel is emptied first.
pub fn planar_from_bytes(spec: AudioSpec, bytes: &[u8], channels: &mut [Vec<f64>]) {
    let frame = spec.frame_len();
    let width = usize::from(spec.sample.bytes());
    for (index, channel) in channels.iter_mut().enumerate().take(frame / width.max(1)) {
        channel.clear();
        let at = index * width;
        match spec.sample {
            SampleType::I16 => spread(bytes, frame, at, channel, |b: [u8; 2]| {
                i16::from_le_bytes(b).to_sample()
            }),
            SampleType::I24 => spread(bytes, frame, at, channel, |b: [u8; 3]| {
                I24::new_unchecked(i24_from_le(b)).to_sample()
            }),
            SampleType::I32 => spread(bytes, frame, at, channel, |b: [u8; 4]| {
                i32::from_le_bytes(b).to_sample()
            }),
            SampleType::F32 => spread(bytes, frame, at, channel, |b: [u8; 4]| {
                f64::from(f32::from_le_bytes(b))
            }),
            SampleType::F64 => spread(bytes, frame, at, channel, f64::from_le_bytes),
        }
    }
}

fn spread<const N: usize>(
    bytes: &[u8],
    frame: usize,
    at: usize,
    channel: &mut Vec<f64>,
    sample: impl Fn([u8; N]) -> f64,
) {
    channel.extend(bytes.chunks_exact(frame).map(|frame| {
        let mut one = [0; N];
        one.copy_from_slice(&frame[at..at + N]);
        sample(one)
    }));
}

/// A 24-bit little-endian value with its sign.
pub(crate) fn i24_from_le(bytes: [u8; 3]) -> i32 {
    i32::from_le_bytes([0, bytes[0], bytes[1], bytes[2]]) >> 8
}

/// Writes planar `f64` as canonical interleaved bytes; returns how many samples were clamped.
///
/// Integers are rounded half to even and clamped to their range, never dithered: the caller
/// has quantised already. A sample that is no number becomes silence in an integer stream and
/// counts as clamped.
pub fn bytes_from_planar(sample: SampleType, channels: &[&[f64]], bytes: &mut Vec<u8>) -> u64 {
    let frames = channels.iter().map(|c| c.len()).min().unwrap_or(0);
    let width = usize::from(sample.bytes());
    let frame = width * channels.len();
    bytes.clear();
    bytes.resize(frames * frame, 0);
    let mut clamped = 0;
    for (index, channel) in channels.iter().enumerate() {
        let slots = bytes
            .chunks_exact_mut(frame.max(1))
            .map(|f| &mut f[index * width..(index + 1) * width]);
        for (slot, &value) in slots.zip(*channel) {
            match sample {
                SampleType::F32 => slot.copy_from_slice(&(value as f32).to_le_bytes()),
                SampleType::F64 => slot.copy_from_slice(&value.to_le_bytes()),
                SampleType::I16 | SampleType::I24 | SampleType::I32 => {
                    let (whole, was_clamped) = quantised(value, sample.bits());
                    clamped += u64::from(was_clamped);
                    slot.copy_from_slice(&whole.to_le_bytes()[..width]);
                }
            }
        }
    }
    clamped
}

/// `value` as an integer of `bits`, and whether it had to be clamped.
fn quantised(value: f64, bits: u16) -> (i32, bool) {
    let full_scale = f64::from(1u32 << (bits - 1));
    if value.is_nan() {
        return (0, true);
    }
    let wanted = (value * full_scale).clamp(-2.0 * full_scale, 2.0 * full_scale);
    // Adding and taking away 1.5 * 2^52 rounds half to even in plain additions: the same on
    // every CPU, and much quicker than a call where the CPU's own rounding is not assumed.
    const TO_WHOLE: f64 = 6_755_399_441_055_744.0;
    let whole = (wanted + TO_WHOLE) - TO_WHOLE;
    let legal = whole.clamp(-full_scale, full_scale - 1.0);
    (legal as i32, legal != whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rounding_is_half_to_even_and_clamped() {
        let check = |value: f64, bits, expected| assert_eq!(quantised(value, bits), expected);
        check(0.5 / 32768.0, 16, (0, false));
        check(1.5 / 32768.0, 16, (2, false));
        check(-0.5 / 32768.0, 16, (0, false));
        check(-2.5 / 32768.0, 16, (-2, false));
        check(1.0, 24, (8_388_607, true));
        check(-1.0, 24, (-8_388_608, false));
        check(1.0, 32, (i32::MAX, true));
        check(f64::NEG_INFINITY, 16, (-32768, true));
        check(f64::NAN, 24, (0, true));
    }

    #[test]
    fn eight_bits_become_sixteen() {
        let mut out = [0; 6];
        Wire::Unsigned8.to_canonical(&[0, 128, 255], &mut out);
        assert_eq!(out, [0x00, 0x80, 0x00, 0x00, 0x00, 0x7f]);
        Wire::Signed8.to_canonical(&[0x80, 0, 0x7f], &mut out);
        assert_eq!(out, [0x00, 0x80, 0x00, 0x00, 0x00, 0x7f]);
    }

    proptest! {
        /// Integers survive the way to f64 and back, bit by bit.
        #[test]
        fn integers_pass_through_f64_unchanged(bytes in prop::collection::vec(any::<u8>(), 24..240)) {
            for sample in [SampleType::I16, SampleType::I24, SampleType::I32] {
                let spec = AudioSpec { rate_hz: 48_000, channels: 2, sample };
                let whole = bytes.len() / spec.frame_len() * spec.frame_len();
                let mut channels = vec![Vec::new(), Vec::new()];
                planar_from_bytes(spec, &bytes[..whole], &mut channels);
                let mut back = Vec::new();
                let planar: Vec<&[f64]> = channels.iter().map(Vec::as_slice).collect();
                prop_assert_eq!(bytes_from_planar(sample, &planar, &mut back), 0);
                prop_assert_eq!(&back, &bytes[..whole]);
            }
        }
    }
}
