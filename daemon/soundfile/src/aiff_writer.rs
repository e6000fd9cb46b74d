//! The AIFF writer: integers of 16 or 24 bits, texts in front of the sound.

use std::io::{self, Seek, SeekFrom, Write};

use crate::checksum::SamplesHash;
use crate::spec::{AudioSpec, SampleType, SpecError};
use crate::wav::{Chunk, WrittenAudio};

/// Why no AIFF file was made.
#[derive(Debug, thiserror::Error)]
pub enum AiffWriteError {
    /// Floating point is AIFF-C's, which fewer programs read.
    #[error("AIFF is made from 16 or 24-bit samples; take WAV for floating point")]
    Sample,
    /// Rate or channels that no file has.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// The samples end inside a frame.
    #[error("the samples for the AIFF file end inside a frame")]
    PartialFrame,
    /// AIFF counts its bytes in 32 bits.
    #[error("the sound is longer than the 4 GiB of an AIFF file; take WAV, which goes on as RF64")]
    TooLong,
    /// The stream failed.
    #[error("could not write the AIFF file")]
    Io(#[from] io::Error),
}

/// Writes AIFF; the header is completed by [`AiffWriter::finish`].
#[derive(Debug)]
pub struct AiffWriter<W> {
    stream: W,
    spec: AudioSpec,
    /// Where the header's counts stand: frames, and the size of the sound's chunk.
    frames_at: u64,
    sound_at: u64,
    data_bytes: u64,
    hash: SamplesHash,
    turned: Vec<u8>,
}

impl<W: Write + Seek> AiffWriter<W> {
    /// Writes the header with room for sizes; `texts` (such as `NAME`, `AUTH`, `ID3 `) go in front of the sound.
    ///
    /// # Errors
    /// Floating point, a rate or number of channels that no file has, a place that takes no bytes.
    pub fn new(mut stream: W, spec: AudioSpec, texts: &[Chunk]) -> Result<Self, AiffWriteError> {
        spec.check()?;
        if !matches!(spec.sample, SampleType::I16 | SampleType::I24) {
            return Err(AiffWriteError::Sample);
        }
        let mut head = Vec::from(*b"FORM\0\0\0\0AIFFCOMM\0\0\0\x12");
        head.extend_from_slice(&spec.channels.to_be_bytes());
        let frames_at = head.len() as u64;
        head.extend_from_slice(&[0; 4]);
        head.extend_from_slice(&spec.sample.bits().to_be_bytes());
        head.extend_from_slice(&extended(spec.rate_hz));
        for text in texts {
            let size = u32::try_from(text.bytes.len()).map_err(|_| AiffWriteError::TooLong)?;
            head.extend_from_slice(&text.id);
            head.extend_from_slice(&size.to_be_bytes());
            head.extend_from_slice(&text.bytes);
            // The filling byte is not counted.
            head.resize(head.len().next_multiple_of(2), 0);
        }
        head.extend_from_slice(b"SSND");
        let sound_at = head.len() as u64;
        // Size, offset and block size: the sound begins at once.
        head.extend_from_slice(&[0; 12]);
        stream.seek(SeekFrom::Start(0))?;
        stream.write_all(&head)?;
        Ok(Self {
            stream,
            spec,
            frames_at,
            sound_at,
            data_bytes: 0,
            hash: SamplesHash::new(),
            turned: Vec::new(),
        })
    }

    /// Writes canonical bytes (little-endian), whole frames.
    ///
    /// # Errors
    /// Samples that end inside a frame, a place that takes no bytes.
    pub fn write_raw(&mut self, canonical: &[u8]) -> Result<(), AiffWriteError> {
        if !canonical.len().is_multiple_of(self.spec.frame_len()) {
            return Err(AiffWriteError::PartialFrame);
        }
        self.hash.update(canonical);
        self.turned.clear();
        self.turned.extend_from_slice(canonical);
        let sample = usize::from(self.spec.sample.bytes());
        self.turned
            .chunks_exact_mut(sample)
            .for_each(<[u8]>::reverse);
        self.stream.write_all(&self.turned)?;
        self.data_bytes += canonical.len() as u64;
        Ok(())
    }

    /// Completes the header. The caller still has to sync the stream.
    ///
    /// # Errors
    /// More sound than 4 GiB, a place that takes no bytes.
    pub fn finish(mut self) -> Result<WrittenAudio, AiffWriteError> {
        let narrow = |size: u64| u32::try_from(size).map_err(|_| AiffWriteError::TooLong);
        let frames = self.data_bytes / self.spec.frame_bytes();
        let pad = self.data_bytes % 2;
        if pad == 1 {
            self.stream.write_all(&[0])?;
        }
        let bytes = self.sound_at + 12 + self.data_bytes + pad;
        let counts = [
            (4, narrow(bytes - 8)?),
            (self.frames_at, narrow(frames)?),
            (self.sound_at, narrow(self.data_bytes + 8)?),
        ];
        for (at, count) in counts {
            self.stream.seek(SeekFrom::Start(at))?;
            self.stream.write_all(&count.to_be_bytes())?;
        }
        self.stream.seek(SeekFrom::Start(bytes))?;
        self.stream.flush()?;
        Ok(WrittenAudio {
            frames,
            samples_sha256: self.hash.finish(),
            bytes,
            clamped_samples: 0,
        })
    }
}

/// A whole number as an 80-bit extended float, as AIFF keeps rates (IEEE 754, SANE).
fn extended(rate_hz: u32) -> [u8; 10] {
    let shift = rate_hz.leading_zeros();
    let exponent = u16::try_from(16_383 + 31 - shift).expect("below 32 bits");
    let mantissa = u64::from(rate_hz) << (32 + shift);
    let mut bytes = [0; 10];
    bytes[..2].copy_from_slice(&exponent.to_be_bytes());
    bytes[2..].copy_from_slice(&mantissa.to_be_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::aiff::AiffReader;
    use crate::spec::Completeness;

    #[test]
    fn rates_are_written_as_macs_write_them() {
        // 44 100 Hz as it stands in every AIFF file of a CD.
        assert_eq!(extended(44_100), [0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]);
        assert_eq!(extended(96_000), [0x40, 0x0f, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            is_24 in any::<bool>(), channels in 1u16..4, rate in 8_000u32..384_000,
            frames in 0usize..200, title in "[a-z]{0,9}",
        ) {
            let sample = if is_24 { SampleType::I24 } else { SampleType::I16 };
            let spec = AudioSpec { rate_hz: rate, channels, sample };
            let bytes: Vec<u8> = (0..frames * spec.frame_len()).map(|n| (n * 7 % 251) as u8).collect();
            let mut file = Cursor::new(Vec::new());
            let name = Chunk { id: *b"NAME", bytes: title.clone().into_bytes() };
            let mut writer = AiffWriter::new(&mut file, spec, &[name]).unwrap();
            writer.write_raw(&bytes).unwrap();
            let written = writer.finish().unwrap();
            prop_assert_eq!(written.bytes, file.get_ref().len() as u64);
            let mut reader = AiffReader::open(file).unwrap();
            prop_assert_eq!(reader.spec(), spec);
            prop_assert_eq!(reader.completeness(), Completeness::Complete);
            prop_assert_eq!(reader.tags().title.clone().unwrap_or_default(), title);
            let mut read = Vec::new();
            loop {
                let block = reader.next_raw(64).unwrap();
                if block.is_empty() { break; }
                read.extend_from_slice(block);
            }
            prop_assert_eq!(read, bytes);
        }
    }
}
