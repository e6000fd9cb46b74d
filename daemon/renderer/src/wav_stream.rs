//! The engine's streams over files: the one place where blocks of samples meet WAV files.

use std::io::{Read, Seek, Write};

use engine::{MasterBlock, MasterSink, SinkError, Source, SourceError, SourceSpec};
use measure::{MeasureError, Measurements, Meter, Overview, OverviewBuilder};
use soundfile::{
    AudioSpec, Chunk, SampleType, SamplesHash, WavError, WavReader, WavWriter, WrittenAudio,
    planar_from_bytes,
};

/// Why a stream of samples cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The file is no WAV file that can be read.
    #[error("the file cannot be read as WAV")]
    Wav(#[from] WavError),
    /// Rate or channels that no meter knows.
    #[error("the samples cannot be measured")]
    Measure(#[from] MeasureError),
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Frames read or written at a time.
pub const BLOCK_FRAMES: usize = 4096;

/// A WAV file as the engine's source.
#[derive(Debug)]
pub struct WavSource<R> {
    reader: WavReader<R>,
    room: Vec<Vec<f64>>,
}

impl<R: Read + Seek> WavSource<R> {
    /// Opens a WAV file at its first byte.
    ///
    /// # Errors
    /// What is no WAV file, or cannot be read.
    pub fn open(stream: R) -> Result<Self, StreamError> {
        let reader = WavReader::open(stream)?;
        let room = vec![Vec::new(); usize::from(reader.spec().channels)];
        Ok(Self { reader, room })
    }

    /// Rate, channels and sample type of the file.
    pub fn audio_spec(&self) -> AudioSpec {
        self.reader.spec()
    }

    /// SHA-256 of all samples as they stand in a canonical file, in lower-case hex; reading goes on
    /// at the first frame.
    ///
    /// # Errors
    /// Where the file cannot be read to its end.
    pub fn samples_sha256(&mut self) -> std::io::Result<String> {
        self.reader.seek_frame(0);
        let mut hash = SamplesHash::new();
        loop {
            let bytes = self.reader.next_raw(BLOCK_FRAMES)?;
            if bytes.is_empty() {
                break;
            }
            hash.update(bytes);
        }
        self.reader.seek_frame(0);
        Ok(hash.finish())
    }
}

impl<R: Read + Seek> Source for WavSource<R> {
    fn spec(&self) -> SourceSpec {
        let spec = self.reader.spec();
        SourceSpec {
            rate_hz: spec.rate_hz,
            channels: usize::from(spec.channels),
        }
    }

    fn frames(&self) -> u64 {
        self.reader.frames()
    }

    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError> {
        let wanted = block.first().map_or(0, Vec::len);
        let frames = self
            .reader
            .read_planar(&mut self.room, wanted)
            .map_err(|e| SourceError(Box::new(e)))?;
        for (to, from) in block.iter_mut().zip(&self.room) {
            to[..frames].copy_from_slice(&from[..frames]);
        }
        Ok(frames)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.seek(0)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.reader.seek_frame(frame);
        Ok(())
    }
}

/// A WAV file as the place for a master's samples.
#[derive(Debug)]
pub struct WavSink<W: Write + Seek> {
    writer: WavWriter<W>,
    sample: SampleType,
    bytes: Vec<u8>,
}

impl<W: Write + Seek> WavSink<W> {
    /// Begins a file; `chunks` stand in front of its samples.
    ///
    /// # Errors
    /// A place that takes no bytes.
    pub fn begin(stream: W, spec: AudioSpec, chunks: &[Chunk]) -> std::io::Result<Self> {
        Ok(Self {
            writer: WavWriter::new(stream, spec, chunks)?,
            sample: spec.sample,
            bytes: Vec::new(),
        })
    }

    /// The finished file.
    ///
    /// # Errors
    /// A place that takes no bytes.
    pub fn finish(self) -> std::io::Result<WrittenAudio> {
        self.writer.finish()
    }
}

impl<W: Write + Seek> MasterSink for WavSink<W> {
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError> {
        self.bytes.clear();
        interleave(block, self.sample, &mut self.bytes);
        let written = self.writer.write_raw(&self.bytes);
        written.map_err(|e| SinkError(Box::new(e)))
    }
}

/// The same, measured on the way.
#[derive(Debug)]
pub struct WavMaster<W: Write + Seek> {
    sink: WavSink<W>,
    meter: Meter,
    overview: OverviewBuilder,
    spec: AudioSpec,
    planar: Vec<Vec<f64>>,
}

impl<W: Write + Seek> WavMaster<W> {
    /// Begins a file; `chunks` stand in front of its samples.
    ///
    /// # Errors
    /// A rate or number of channels that no meter knows, or a place that takes no bytes.
    pub fn begin(stream: W, spec: AudioSpec, chunks: &[Chunk]) -> Result<Self, StreamError> {
        let channels = u32::from(spec.channels);
        let meter = Meter::new(spec.rate_hz, channels)?;
        Ok(Self {
            sink: WavSink::begin(stream, spec, chunks)?,
            meter,
            overview: OverviewBuilder::new(spec.rate_hz, channels),
            spec,
            planar: vec![Vec::new(); usize::from(spec.channels)],
        })
    }

    /// Takes samples as they stand in the file: interleaved, little-endian.
    ///
    /// # Errors
    /// A place that takes no bytes.
    pub fn write_raw(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.measure(bytes);
        self.sink.writer.write_raw(bytes)
    }

    fn measure(&mut self, bytes: &[u8]) {
        planar_from_bytes(self.spec, bytes, &mut self.planar);
        let planar: Vec<&[f64]> = self.planar.iter().map(Vec::as_slice).collect();
        self.meter.feed(&planar);
        self.overview.feed(&planar);
    }

    /// The finished file, its figures and its waveform.
    ///
    /// # Errors
    /// A place that takes no bytes.
    pub fn finish(self) -> Result<(WrittenAudio, Measurements, Overview), StreamError> {
        Ok((
            self.sink.finish()?,
            self.meter.finish(),
            self.overview.finish(),
        ))
    }
}

impl<W: Write + Seek> MasterSink for WavMaster<W> {
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError> {
        self.sink.write(block)?;
        let bytes = std::mem::take(&mut self.sink.bytes);
        self.measure(&bytes);
        self.sink.bytes = bytes;
        Ok(())
    }
}

/// Integers keep as many of their low bytes as the sample type has.
fn interleave(block: MasterBlock<'_>, sample: SampleType, bytes: &mut Vec<u8>) {
    match block {
        MasterBlock::Int(channels) => match sample {
            SampleType::I16 => spread::<2, i32>(channels, bytes, |x| low(x.to_le_bytes())),
            SampleType::I24 => spread::<3, i32>(channels, bytes, |x| low(x.to_le_bytes())),
            SampleType::I32 | SampleType::F32 | SampleType::F64 => {
                spread::<4, i32>(channels, bytes, i32::to_le_bytes);
            }
        },
        MasterBlock::Float(channels) => spread::<4, f32>(channels, bytes, f32::to_le_bytes),
        MasterBlock::Double(channels) => spread::<8, f64>(channels, bytes, f64::to_le_bytes),
    }
}

/// The lowest bytes of a little-endian number.
fn low<const N: usize>(bytes: [u8; 4]) -> [u8; N] {
    core::array::from_fn(|k| bytes[k])
}

/// Writes each channel's samples into its places among the others'.
fn spread<const N: usize, T: Copy>(
    channels: &[&[T]],
    bytes: &mut Vec<u8>,
    encoded: impl Fn(T) -> [u8; N],
) {
    let frames = channels.first().map_or(0, |c| c.len());
    bytes.resize(frames * channels.len() * N, 0);
    let (samples, _) = bytes.as_chunks_mut::<N>();
    for (at, channel) in channels.iter().enumerate() {
        let places = samples.iter_mut().skip(at).step_by(channels.len());
        for (place, x) in places.zip(*channel) {
            *place = encoded(*x);
        }
    }
}
