//! The sound of a disc as one row of frames, wherever it lies.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use soundfile::{SampleType, SamplesHash, WavReader};

use super::DiscError;

/// Bytes of a frame: two samples of 16 bits.
pub(super) const FRAME_BYTES: u64 = 4;
/// Frames that are read at once.
const BLOCK_FRAMES: u64 = 32 * 588;

/// The order of a sample's two bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// Samples of 16 bits in two channels that lie in a file.
#[derive(Debug)]
pub struct Sound {
    name: String,
    file: File,
    offset: u64,
    frames: u64,
    order: Order,
}

impl Sound {
    /// A canonical WAV.
    ///
    /// # Errors
    /// It cannot be read, or is not 44.1 kHz, 16 bits, stereo.
    pub fn wav(name: &str, file: File) -> Result<Self, DiscError> {
        let wav = WavReader::open(&file).map_err(|source| {
            let name = name.to_owned();
            DiscError::Wav { name, source }
        })?;
        let spec = wav.spec();
        if (spec.rate_hz, spec.channels, spec.sample) != (44_100, 2, SampleType::I16) {
            let kind = if spec.sample.is_float() {
                "bits of floating point"
            } else {
                "bits"
            };
            let (rate, bits, channels) = (spec.rate_hz, spec.sample.bits(), spec.channels);
            return Err(DiscError::NotOfADisc {
                name: name.to_owned(),
                found: format!("{rate} Hz, {bits} {kind}, {channels} channels"),
            });
        }
        let (offset, _) = wav.data_range();
        let frames = wav.frames();
        Ok(Self {
            name: name.to_owned(),
            file,
            offset,
            frames,
            order: Order::Little,
        })
    }

    /// Samples alone, little-endian as in an image, with what is left over at the end not counted.
    ///
    /// # Errors
    /// The file cannot be looked at.
    pub fn raw(path: &Path, file: File) -> Result<Self, DiscError> {
        let facts = file.metadata().map_err(DiscError::at("look at", path))?;
        let name = path.file_name().unwrap_or_default();
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            file,
            offset: 0,
            frames: facts.len() / FRAME_BYTES,
            order: Order::Little,
        })
    }

    /// These frames of it, which it has.
    #[must_use]
    pub fn stretch(self, frames: Range<u64>) -> Self {
        let end = frames.end.min(self.frames);
        Self {
            offset: self.offset + frames.start.min(end) * FRAME_BYTES,
            frames: end.saturating_sub(frames.start),
            ..self
        }
    }

    /// The same with the bytes of each sample the other way round.
    #[must_use]
    pub fn big_endian(self) -> Self {
        Self {
            order: Order::Big,
            ..self
        }
    }

    /// The same once more.
    ///
    /// # Errors
    /// The system gives no further descriptor.
    pub fn again(&self) -> io::Result<Self> {
        Ok(Self {
            name: self.name.clone(),
            file: self.file.try_clone()?,
            ..*self
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its length.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Fills `bytes`, whole frames, from `frame` on.
    fn read(&self, frame: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file
            .read_exact_at(bytes, self.offset + frame * FRAME_BYTES)?;
        if self.order == Order::Big {
            bytes.chunks_exact_mut(2).for_each(<[u8]>::reverse);
        }
        Ok(())
    }
}

/// Where sound differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// The first frame that differs, from the start of the sound.
    pub frame: u64,
}

/// Sounds at their places, and silence where there is none.
#[derive(Debug)]
pub struct Image {
    parts: Vec<(u64, Sound)>,
    frames: u64,
}

impl Image {
    /// Puts sounds at frames from the start of the disc, in order; the image is `frames` long.
    pub fn new(parts: Vec<(u64, Sound)>, frames: u64) -> Self {
        Self { parts, frames }
    }

    /// Its length.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Hands out frames `from..to` in blocks.
    ///
    /// # Errors
    /// A part cannot be read, or `give` fails.
    pub fn pass(
        &self,
        from: u64,
        to: u64,
        mut give: impl FnMut(&[u8]) -> Result<(), DiscError>,
    ) -> Result<(), DiscError> {
        let mut block = Vec::new();
        let mut at = from;
        while at < to {
            let now = BLOCK_FRAMES.min(to - at);
            let length = usize::try_from(now * FRAME_BYTES).expect("a block is small");
            block.clear();
            block.resize(length, 0);
            self.fill(at, &mut block)?;
            give(&block)?;
            at += now;
        }
        Ok(())
    }

    fn fill(&self, at: u64, block: &mut [u8]) -> Result<(), DiscError> {
        let end = at + block.len() as u64 / FRAME_BYTES;
        for (begins, sound) in &self.parts {
            let (first, last) = ((*begins).max(at), (begins + sound.frames).min(end));
            if first >= last {
                continue;
            }
            let place =
                |frame: u64| usize::try_from((frame - at) * FRAME_BYTES).expect("inside the block");
            sound
                .read(first - begins, &mut block[place(first)..place(last)])
                .map_err(DiscError::at("read", Path::new(&sound.name)))?;
        }
        Ok(())
    }

    /// The checksum of frames `from..to`.
    ///
    /// # Errors
    /// A part cannot be read.
    pub fn sha256(&self, from: u64, to: u64) -> Result<String, DiscError> {
        let mut hash = SamplesHash::new();
        self.pass(from, to, |block| {
            hash.update(block);
            Ok(())
        })?;
        Ok(hash.finish())
    }

    /// Compares frames `from..to` with a sound and silence behind it.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn compare(
        &self,
        from: u64,
        to: u64,
        sound: &Sound,
    ) -> Result<Option<Difference>, DiscError> {
        let mut frame = 0;
        let mut found = None;
        let mut other = Vec::new();
        self.pass(from, to, |block| {
            let count = block.len() as u64 / FRAME_BYTES;
            let there = sound.frames.saturating_sub(frame).min(count);
            other.clear();
            other.resize(block.len(), 0);
            let length = usize::try_from(there * FRAME_BYTES).expect("a block is small");
            sound
                .read(frame, &mut other[..length])
                .map_err(DiscError::at("read", Path::new(&sound.name)))?;
            if found.is_none() && block != other.as_slice() {
                let same = |(a, b): (&[u8], &[u8])| a == b;
                let pairs = block.chunks(4).zip(other.chunks(4));
                let inside = pairs.take_while(|pair| same(*pair)).count() as u64;
                found = Some(Difference {
                    frame: frame + inside,
                });
            }
            frame += count;
            Ok(())
        })?;
        // A sound that goes on behind the end was cut.
        let is_cut = sound.frames > to.saturating_sub(from);
        Ok(found.or_else(|| is_cut.then_some(Difference { frame })))
    }
}
