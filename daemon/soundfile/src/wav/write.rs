//! The WAV writer: plain RIFF, and RF64 once the file passes 4 GiB.

use std::io::{self, Seek, SeekFrom, Write};

use crate::checksum::SamplesHash;
use crate::pcm::bytes_from_planar;
use crate::spec::{AudioSpec, SampleType};

/// Bytes of a `ds64` chunk without a table, reserved as `JUNK` from the start.
const DS64_BYTES: u32 = 28;

/// A chunk that stands beside the sound, such as `bext`, `iXML` or `LIST`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Four-character name.
    pub id: [u8; 4],
    /// Content; a byte is added inside if it is odd, because some readers fail on odd chunks.
    pub bytes: Vec<u8>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenAudio {
    /// Frames.
    pub frames: u64,
    /// Checksum of the samples, lower-case hex.
    pub samples_sha256: String,
    /// Bytes of the whole file.
    pub bytes: u64,
    /// Samples that had to be clamped to the range of the integer kind.
    pub clamped_samples: u64,
}

/// Writes WAV; the header is completed by [`WavWriter::finish`].
#[derive(Debug)]
pub struct WavWriter<W> {
    stream: W,
    spec: AudioSpec,
    data_offset: u64,
    fact_at: Option<u64>,
    data_bytes: u64,
    hash: SamplesHash,
    clamped: u64,
    block: Vec<u8>,
    sizes: Sizes,
}

/// Where sizes stand in the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sizes {
    /// In 32 bits while they fit, then in 64.
    AsTheyFit,
    /// In 64 bits always: BW64 (ITU-R BS.2088, 3.2).
    Bw64,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Writes the header with room for sizes; `extra_chunks` go in front of the sound,
    /// `bext` before `fmt `, the others behind it.
    pub fn new(mut stream: W, spec: AudioSpec, extra_chunks: &[Chunk]) -> io::Result<Self> {
        spec.check()
            .map_err(|e| io::Error::new(io::ErrorKind::InvalidInput, e))?;
        let mut head = Vec::from(*b"RIFF\0\0\0\0WAVE");
        push_chunk(&mut head, *b"JUNK", &[0; DS64_BYTES as usize])?;
        for chunk in extra_chunks.iter().filter(|c| c.id == *b"bext") {
            push_chunk(&mut head, chunk.id, &chunk.bytes)?;
        }
        push_chunk(&mut head, *b"fmt ", &format_chunk(spec))?;
        let mut fact_at = None;
        if spec.sample.is_float() {
            fact_at = Some(head.len() as u64 + 8);
            push_chunk(&mut head, *b"fact", &[0; 4])?;
        }
        for chunk in extra_chunks.iter().filter(|c| c.id != *b"bext") {
            push_chunk(&mut head, chunk.id, &chunk.bytes)?;
        }
        head.extend_from_slice(b"data\0\0\0\0");
        stream.seek(SeekFrom::Start(0))?;
        stream.write_all(&head)?;
        Ok(Self {
            stream,
            spec,
            data_offset: head.len() as u64,
            fact_at,
            data_bytes: 0,
            hash: SamplesHash::new(),
            clamped: 0,
            block: Vec::new(),
            sizes: Sizes::AsTheyFit,
        })
    }

    /// The same as BW64, which fewer programs open.
    pub fn bw64(stream: W, spec: AudioSpec, extra_chunks: &[Chunk]) -> io::Result<Self> {
        Ok(Self {
            sizes: Sizes::Bw64,
            ..Self::new(stream, spec, extra_chunks)?
        })
    }

    /// Writes one slice per channel, all of one length.
    ///
    /// The values are quantised already; integers are rounded half to even, clamped and counted.
    pub fn write_planar(&mut self, channels: &[&[f64]]) -> io::Result<()> {
        let even = channels
            .windows(2)
            .all(|pair| pair[0].len() == pair[1].len());
        if channels.len() != usize::from(self.spec.channels) || !even {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "channels do not match the file being written",
            ));
        }
        let mut block = std::mem::take(&mut self.block);
        self.clamped += bytes_from_planar(self.spec.sample, channels, &mut block);
        let written = self.write_raw(&block);
        self.block = block;
        written
    }

    /// Writes canonical bytes, whole frames.
    pub fn write_raw(&mut self, canonical: &[u8]) -> io::Result<()> {
        if !canonical.len().is_multiple_of(self.spec.frame_len()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "the samples end inside a frame",
            ));
        }
        self.stream.write_all(canonical)?;
        self.hash.update(canonical);
        self.data_bytes += canonical.len() as u64;
        Ok(())
    }

    /// Completes the header. The caller still has to sync the stream.
    pub fn finish(mut self) -> io::Result<WrittenAudio> {
        let frames = self.data_bytes / self.spec.frame_bytes();
        let pad = self.data_bytes % 2;
        if pad == 1 {
            self.stream.write_all(&[0])?;
        }
        let bytes = self.data_offset + self.data_bytes + pad;
        self.put_sizes(bytes)?;
        self.stream.seek(SeekFrom::Start(bytes))?;
        self.stream.flush()?;
        Ok(WrittenAudio {
            frames,
            samples_sha256: self.hash.finish(),
            bytes,
            clamped_samples: self.clamped,
        })
    }

    /// Makes the header true of what was written so far, for a stream that may end any time; writing goes on behind.
    pub fn checkpoint(&mut self) -> io::Result<()> {
        let bytes = self.data_offset + self.data_bytes;
        self.put_sizes(bytes)?;
        self.stream.seek(SeekFrom::Start(bytes))?;
        self.stream.flush()
    }

    /// Writes the sizes of a file of so many bytes into its header.
    fn put_sizes(&mut self, bytes: u64) -> io::Result<()> {
        let frames = self.data_bytes / self.spec.frame_bytes();
        if let Some(at) = self.fact_at {
            let count = u32::try_from(frames).unwrap_or(u32::MAX);
            self.put(at, &count.to_le_bytes())?;
        }
        let fitting = u32::try_from(bytes - 8)
            .ok()
            .filter(|size| *size < u32::MAX);
        match (self.sizes, fitting) {
            (Sizes::Bw64, _) => self.put_ds64(b"BW64", bytes - 8, frames)?,
            (Sizes::AsTheyFit, Some(riff)) => {
                let data = u32::try_from(self.data_bytes).expect("smaller than the whole file");
                self.put(4, &riff.to_le_bytes())?;
                self.put(self.data_offset - 4, &data.to_le_bytes())?;
            }
            (Sizes::AsTheyFit, None) => self.put_ds64(b"RF64", bytes - 8, frames)?,
        }
        Ok(())
    }

    fn put_ds64(&mut self, id: &[u8; 4], riff_bytes: u64, frames: u64) -> io::Result<()> {
        let mut ds64 = Vec::from(*b"ds64");
        ds64.extend_from_slice(&DS64_BYTES.to_le_bytes());
        ds64.extend_from_slice(&riff_bytes.to_le_bytes());
        ds64.extend_from_slice(&self.data_bytes.to_le_bytes());
        ds64.extend_from_slice(&frames.to_le_bytes());
        ds64.extend_from_slice(&0u32.to_le_bytes());
        self.put(0, id)?;
        self.put(4, &u32::MAX.to_le_bytes())?;
        self.put(12, &ds64)?;
        self.put(self.data_offset - 4, &u32::MAX.to_le_bytes())
    }

    fn put(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.stream.seek(SeekFrom::Start(at))?;
        self.stream.write_all(bytes)
    }
}

fn push_chunk(head: &mut Vec<u8>, id: [u8; 4], bytes: &[u8]) -> io::Result<()> {
    let even = bytes.len() + bytes.len() % 2;
    let size = u32::try_from(even)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "a chunk is over 4 GiB"))?;
    head.extend_from_slice(&id);
    head.extend_from_slice(&size.to_le_bytes());
    head.extend_from_slice(bytes);
    head.resize(head.len() + (even - bytes.len()), 0);
    Ok(())
}

fn format_chunk(spec: AudioSpec) -> Vec<u8> {
    let tag: u16 = if spec.sample.is_float() { 3 } else { 1 };
    let extensible = spec.channels > 2 || spec.sample == SampleType::I32;
    let block = u16::try_from(spec.frame_bytes()).expect("at most 32 channels of 8 bytes");
    let mut fmt = Vec::with_capacity(40);
    fmt.extend_from_slice(&(if extensible { 0xfffe } else { tag }).to_le_bytes());
    fmt.extend_from_slice(&spec.channels.to_le_bytes());
    fmt.extend_from_slice(&spec.rate_hz.to_le_bytes());
    fmt.extend_from_slice(&(spec.rate_hz * u32::from(block)).to_le_bytes());
    fmt.extend_from_slice(&block.to_le_bytes());
    fmt.extend_from_slice(&spec.sample.bits().to_le_bytes());
    if extensible {
        fmt.extend_from_slice(&22u16.to_le_bytes());
        fmt.extend_from_slice(&spec.sample.bits().to_le_bytes());
        fmt.extend_from_slice(&channel_mask(spec.channels).to_le_bytes());
        fmt.extend_from_slice(&tag.to_le_bytes());
        fmt.extend_from_slice(&super::read::KS_GUID_TAIL);
    } else if spec.sample.is_float() {
        fmt.extend_from_slice(&0u16.to_le_bytes());
    }
    fmt
}

/// Speakers of the usual layouts; none named for the others.
fn channel_mask(channels: u16) -> u32 {
    match channels {
        1 => 0x4,
        2 => 0x3,
        4 => 0x33,
        6 => 0x3f,
        8 => 0x63f,
        _ => 0,
    }
}
