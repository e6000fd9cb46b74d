//! How a reference sounds before the masters are the client's: the same file with a mark, as an
//! excerpt, or coded with loss.
//!
//! What is given has the header, the length and the sample positions of the master, so that a player
//! switches between it and the mix as between any two versions. Each block of 32 frames depends on
//! nothing but itself and its place: any part can be fetched at any time, in any order.

use std::io::{self, Read, Seek, SeekFrom};

use super::WavLayout;

/// Frames of one block: 0.7 ms at 44.1 kHz.
const BLOCK_FRAMES: u64 = 32;
/// Blocks that are read at a time.
const BLOCKS_AT_ONCE: u64 = 128;
/// How long a mark is silent, and how long its slopes are.
const MARK_SECONDS: f64 = 0.4;
const SLOPE_SECONDS: f64 = 0.05;
/// Bits that are left of each sample within its block, as NICAM leaves 10 of 14: enough to judge a
/// balance, too few to pass for a master.
const LOSSY_BITS: u32 = 8;

/// What is done to the samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Treatment {
    /// Silent for a moment, every so many seconds.
    Marked {
        /// How far marks are apart.
        every_seconds: u32,
    },
    /// Only so many seconds about the middle sound, half of the song at most.
    Excerpt {
        /// How many.
        seconds: u32,
    },
    /// Few bits and one scale for each block: near-instantaneous companding.
    Lossy,
}

impl Treatment {
    /// Tells the bytes of one treatment from those of another.
    pub(super) fn tag(self) -> String {
        match self {
            Self::Marked { every_seconds } => format!("marked-{every_seconds}"),
            Self::Excerpt { seconds } => format!("excerpt-{seconds}"),
            Self::Lossy => format!("lossy-{LOSSY_BITS}"),
        }
    }
}

/// Samples of a WAV as their file keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sample {
    Integer { bytes: usize },
    Float { bytes: usize },
}

impl Sample {
    fn of(layout: &WavLayout) -> Option<Self> {
        Some(match layout.sample {
            "i16" => Self::Integer { bytes: 2 },
            "i24" => Self::Integer { bytes: 3 },
            "i32" => Self::Integer { bytes: 4 },
            "f32" => Self::Float { bytes: 4 },
            "f64" => Self::Float { bytes: 8 },
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Self::Integer { bytes } | Self::Float { bytes } => bytes,
        }
    }

    /// The largest magnitude, which full scale stands for.
    fn scale(self) -> f64 {
        match self {
            Self::Integer { bytes: 2 } => 32_768.0,
            Self::Integer { bytes: 3 } => 8_388_608.0,
            Self::Integer { .. } => 2_147_483_648.0,
            Self::Float { .. } => 1.0,
        }
    }

    fn read(self, from: &[u8]) -> f64 {
        match (self, from) {
            (Self::Float { .. }, &[a, b, c, d]) => f64::from(f32::from_le_bytes([a, b, c, d])),
            (Self::Float { .. }, &[a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([a, b, c, d, e, f, g, h])
            }
            (_, &[a, b]) => f64::from(i16::from_le_bytes([a, b])) / self.scale(),
            // The sign stands in the topmost byte.
            (_, &[a, b, c]) => f64::from(i32::from_le_bytes([0, a, b, c]) >> 8) / self.scale(),
            (_, &[a, b, c, d]) => f64::from(i32::from_le_bytes([a, b, c, d])) / self.scale(),
            _ => 0.0,
        }
    }

    fn write(self, value: f64, to: &mut [u8]) {
        match self {
            Self::Float { bytes: 4 } => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the file keeps 32 bits, and what is given has no more"
                )]
                to.copy_from_slice(&(value as f32).to_le_bytes());
            }
            Self::Float { .. } => to.copy_from_slice(&value.to_le_bytes()),
            Self::Integer { bytes } => {
                let scaled = (value * self.scale()).round();
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "clamped to what the file's integers hold"
                )]
                let whole = scaled.clamp(-self.scale(), self.scale() - 1.0) as i64;
                to.copy_from_slice(&whole.to_le_bytes()[..bytes]);
            }
        }
    }
}

/// A WAV under treatment, read from any place.
pub(super) struct Preview<R> {
    inner: R,
    treatment: Treatment,
    sample: Sample,
    channels: usize,
    rate_hz: f64,
    data_offset: u64,
    frames: u64,
    frame_bytes: u64,
    length: u64,
    at: u64,
    /// The treated frames that were read last, and the byte they begin at.
    held: Vec<u8>,
    held_from: u64,
}

impl<R: Read + Seek> Preview<R> {
    /// Puts `inner` under treatment. None for what is no WAV of a kind we write.
    pub(super) fn of(
        inner: R,
        length: u64,
        layout: &WavLayout,
        treatment: Treatment,
    ) -> Option<Self> {
        let sample = Sample::of(layout)?;
        let channels = usize::try_from(layout.channels).ok().filter(|n| *n > 0)?;
        let frame_bytes = u64::try_from(sample.bytes() * channels).ok()?;
        Some(Self {
            inner,
            treatment,
            sample,
            channels,
            rate_hz: f64::from(layout.rate_hz),
            data_offset: layout.data_offset,
            frames: layout.data_bytes / frame_bytes,
            frame_bytes,
            length,
            at: 0,
            held: Vec::new(),
            held_from: 0,
        })
    }

    fn data_end(&self) -> u64 {
        self.data_offset + self.frames * self.frame_bytes
    }

    /// Reads and treats the blocks around the byte `at`, which lies in the samples.
    fn hold(&mut self, at: u64) -> io::Result<()> {
        let frame = (at - self.data_offset) / self.frame_bytes;
        let first = frame - frame % BLOCK_FRAMES;
        let last = (first + BLOCK_FRAMES * BLOCKS_AT_ONCE).min(self.frames);
        let from = self.data_offset + first * self.frame_bytes;
        let bytes = usize::try_from((last - first) * self.frame_bytes)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.inner.seek(SeekFrom::Start(from))?;
        self.held.clear();
        self.held.resize(bytes, 0);
        self.inner.read_exact(&mut self.held)?;
        self.held_from = from;
        self.treat(first);
        Ok(())
    }

    fn treat(&mut self, first_frame: u64) {
        match self.treatment {
            Treatment::Marked { .. } | Treatment::Excerpt { .. } => self.turn_down(first_frame),
            Treatment::Lossy => self.take_bits(),
        }
    }

    fn turn_down(&mut self, first_frame: u64) {
        let frame_bytes = self.sample.bytes() * self.channels;
        let (sample, treatment) = (self.sample, self.treatment);
        let length_seconds = seconds(self.frames, self.rate_hz);
        for (frame, bytes) in (first_frame..).zip(self.held.chunks_exact_mut(frame_bytes)) {
            let gain = gain(treatment, seconds(frame, self.rate_hz), length_seconds);
            // What is untouched keeps its very bits.
            if gain >= 1.0 {
                continue;
            }
            for value in bytes.chunks_exact_mut(sample.bytes()) {
                let heard = sample.read(value) * gain;
                sample.write(heard, value);
            }
        }
    }

    fn take_bits(&mut self) {
        let frame_bytes = self.sample.bytes() * self.channels;
        let (sample, channels) = (self.sample, self.channels);
        let block_bytes = usize::try_from(BLOCK_FRAMES).map_or(frame_bytes, |n| n * frame_bytes);
        let steps = f64::from(1u32 << (LOSSY_BITS - 1));
        for block in self.held.chunks_mut(block_bytes) {
            for channel in 0..channels {
                let of_channel = |index: &usize| index % channels == channel;
                let count = block.len() / sample.bytes();
                let place = |index: usize| index * sample.bytes()..(index + 1) * sample.bytes();
                let peak = (0..count)
                    .filter(of_channel)
                    .map(|i| sample.read(&block[place(i)]).abs())
                    .filter(|v| v.is_finite())
                    .fold(0.0, f64::max);
                if peak <= 0.0 {
                    continue;
                }
                let step = peak / steps;
                for index in (0..count).filter(of_channel) {
                    let value = sample.read(&block[place(index)]);
                    sample.write((value / step).round() * step, &mut block[place(index)]);
                }
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a song has far fewer than 2^52 frames"
)]
fn seconds(frames: u64, rate_hz: f64) -> f64 {
    frames as f64 / rate_hz
}

/// From 0 to 1 without a corner.
fn slope(share: f64) -> f64 {
    let x = share.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// The gain at a moment of a song.
fn gain(treatment: Treatment, at: f64, length: f64) -> f64 {
    match treatment {
        Treatment::Marked { every_seconds } => {
            // The first mark comes in the middle of the first while; a short song has one in its own middle.
            let every = f64::from(every_seconds.max(1)).min(length.max(SLOPE_SECONDS));
            let from_mark = (at + every / 2.0) % every;
            let to_mark = from_mark.min(every - from_mark);
            slope((to_mark - MARK_SECONDS / 2.0) / SLOPE_SECONDS)
        }
        Treatment::Excerpt { seconds } => {
            let half = (f64::from(seconds) / 2.0).min(length / 4.0);
            let from_middle = (at - length / 2.0).abs();
            slope((half - from_middle) / SLOPE_SECONDS)
        }
        Treatment::Lossy => 1.0,
    }
}

impl<R: Read + Seek> Read for Preview<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length || to.is_empty() {
            return Ok(0);
        }
        if self.at < self.data_offset || self.at >= self.data_end() {
            // The header, and what stands behind the samples, are as they are.
            let end = if self.at < self.data_offset {
                self.data_offset
            } else {
                self.length
            };
            let most = usize::try_from(end - self.at).unwrap_or(usize::MAX);
            let count = to.len().min(most);
            self.inner.seek(SeekFrom::Start(self.at))?;
            let read = self.inner.read(&mut to[..count])?;
            self.at += u64::try_from(read).unwrap_or(0);
            return Ok(read);
        }
        let held_to = self.held_from + u64::try_from(self.held.len()).unwrap_or(0);
        if self.at < self.held_from || self.at >= held_to {
            self.hold(self.at)?;
        }
        let skip = usize::try_from(self.at - self.held_from).unwrap_or(usize::MAX);
        let there = self.held.get(skip..).unwrap_or(&[]);
        let count = there.len().min(to.len());
        to[..count].copy_from_slice(&there[..count]);
        self.at += u64::try_from(count).unwrap_or(0);
        Ok(count)
    }
}

impl<R: Read + Seek> Seek for Preview<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const HEADER: usize = 44;

    /// A stereo file of 24 bits at 1 kHz: a full-scale ramp up and down, with something behind it.
    fn file(frames: usize) -> (Vec<u8>, WavLayout) {
        let mut bytes = vec![b'h'; HEADER];
        for frame in 0..frames {
            for channel in 0..2 {
                let value = 1.0 - 2.0 * ((frame * 37 + channel * 11) % 200) as f64 / 200.0;
                let mut sample = [0; 3];
                Sample::Integer { bytes: 3 }.write(value * 0.9, &mut sample);
                bytes.extend(sample);
            }
        }
        bytes.extend(b"tail");
        let layout = WavLayout {
            data_offset: HEADER as u64,
            data_bytes: frames as u64 * 6,
            rate_hz: 1_000,
            channels: 2,
            sample: "i24",
        };
        (bytes, layout)
    }

    fn treated(frames: usize, treatment: Treatment) -> (Vec<u8>, Vec<u8>) {
        let (bytes, layout) = file(frames);
        let length = bytes.len() as u64;
        let mut preview = Preview::of(Cursor::new(&bytes), length, &layout, treatment).unwrap();
        let mut all = Vec::new();
        preview.read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), bytes.len());
        assert_eq!(all[..HEADER], bytes[..HEADER]);
        assert_eq!(all[all.len() - 4..], *b"tail");
        (bytes, all)
    }

    fn frames(bytes: &[u8], range: std::ops::Range<usize>) -> &[u8] {
        &bytes[HEADER + range.start * 6..HEADER + range.end * 6]
    }

    fn values(bytes: &[u8]) -> Vec<f64> {
        let sample = Sample::Integer { bytes: 3 };
        bytes.chunks_exact(3).map(|b| sample.read(b)).collect()
    }

    #[test]
    fn a_mark_is_a_moment_of_silence_and_the_rest_keeps_its_bits() {
        let (as_it_is, marked) = treated(60_000, Treatment::Marked { every_seconds: 20 });
        for mark in [10_000, 30_000, 50_000] {
            let silent = values(frames(&marked, mark - 190..mark + 190));
            assert!(silent.iter().all(|v| *v == 0.0), "at {mark}");
        }
        for kept in [0..9_700, 10_300..29_700, 50_300..60_000] {
            assert_eq!(frames(&marked, kept.clone()), frames(&as_it_is, kept));
        }
    }

    #[test]
    fn an_excerpt_is_the_middle_and_never_more_than_half_of_the_song() {
        let (as_it_is, excerpt) = treated(60_000, Treatment::Excerpt { seconds: 20 });
        assert_eq!(
            frames(&excerpt, 20_100..39_900),
            frames(&as_it_is, 20_100..39_900)
        );
        for silent in [0..20_000, 40_001..60_000] {
            assert!(values(frames(&excerpt, silent)).iter().all(|v| *v == 0.0));
        }
        let (_, short) = treated(8_000, Treatment::Excerpt { seconds: 60 });
        let heard = values(frames(&short, 0..8_000));
        let sounding = heard.iter().filter(|v| **v != 0.0).count();
        assert!(sounding <= 8_000, "half of 16,000 values: {sounding}");
    }

    #[test]
    fn loss_leaves_eight_bits_of_each_block_and_stays_near() {
        let (as_it_is, lossy) = treated(6_400, Treatment::Lossy);
        let (before, after) = (
            values(frames(&as_it_is, 0..6_400)),
            values(frames(&lossy, 0..6_400)),
        );
        let worst = before
            .iter()
            .zip(&after)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        // Half a step of 1/128 of the block's peak, which is at most 0.9.
        assert!(worst > 0.001 && worst <= 0.9 / 256.0 + 1e-6, "{worst}");
        for block in after.chunks(64) {
            let left: Vec<f64> = block.iter().copied().step_by(2).collect();
            let peak = left.iter().map(|v| v.abs()).fold(0.0, f64::max);
            for value in left {
                let steps = value / peak * 128.0;
                assert!((steps - steps.round()).abs() < 0.01, "{steps}");
            }
        }
    }

    #[test]
    fn any_part_is_the_same_as_of_the_whole() {
        for treatment in [
            Treatment::Lossy,
            Treatment::Marked { every_seconds: 2 },
            Treatment::Excerpt { seconds: 4 },
        ] {
            let (bytes, whole) = treated(20_000, treatment);
            let (_, layout) = file(20_000);
            let length = bytes.len() as u64;
            let mut preview = Preview::of(Cursor::new(&bytes), length, &layout, treatment).unwrap();
            for (from, count) in [
                (0usize, 100),
                (41, 7),
                (60_001, 13),
                (47, 30_000),
                (119_990, 500),
            ] {
                preview.seek(SeekFrom::Start(from as u64)).unwrap();
                let mut part = Vec::new();
                let mut taken = preview.by_ref().take(count);
                taken.read_to_end(&mut part).unwrap();
                assert_eq!(
                    part,
                    whole[from..(from + part.len())],
                    "{treatment:?} from {from}"
                );
            }
        }
    }

    #[test]
    fn each_kind_of_sample_is_read_as_it_is_written() {
        for sample in [
            Sample::Integer { bytes: 2 },
            Sample::Integer { bytes: 3 },
            Sample::Integer { bytes: 4 },
            Sample::Float { bytes: 4 },
            Sample::Float { bytes: 8 },
        ] {
            for value in [0.0, 0.5, -0.25, -1.0] {
                let mut bytes = vec![0; sample.bytes()];
                sample.write(value, &mut bytes);
                assert_eq!(sample.read(&bytes), value, "{sample:?}");
            }
        }
    }
}
