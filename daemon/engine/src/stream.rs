use std::error::Error;

/// What a source delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceSpec {
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Number of channels, at least one.
    pub channels: usize,
}

/// The audio could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the audio could not be read")]
pub struct SourceError(#[source] pub Box<dyn Error + Send + Sync>);

/// The audio could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the audio could not be written")]
pub struct SinkError(#[source] pub Box<dyn Error + Send + Sync>);

/// A stream of planar samples, full scale 1.0, that can be read from the start again.
pub trait Source {
    /// Rate and channels, the same for the whole stream.
    fn spec(&self) -> SourceSpec;

    /// Frames of the whole stream.
    fn frames(&self) -> u64;

    /// Fills the beginning of every channel of `block` (all of one length) with the next frames and
    /// returns how many; zero is the end, fewer than asked for is not.
    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError>;

    /// Goes back to the first frame.
    fn rewind(&mut self) -> Result<(), SourceError>;

    /// Goes to a frame, or to the end where there are fewer; by reading from the start where a source knows no
    /// shorter way.
    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        self.rewind()?;
        let mut left = frame;
        let mut room = vec![Vec::new(); self.spec().channels];
        while left > 0 {
            let wanted = usize::try_from(left.min(SKIPPED_AT_ONCE)).unwrap_or(1);
            room.iter_mut().for_each(|row| row.resize(wanted, 0.0));
            let read = self.read(&mut room)?;
            if read == 0 {
                break;
            }
            left -= read as u64;
        }
        Ok(())
    }
}

/// Frames that are read and forgotten at a time.
const SKIPPED_AT_ONCE: u64 = 4096;

/// Takes planar samples, full scale 1.0, in order.
pub trait Sink {
    /// Takes the next frames; all channels have one length.
    fn write(&mut self, block: &[&[f64]]) -> Result<(), SinkError>;
}

/// Audio that is in memory already.
#[derive(Debug, Clone)]
pub struct MemorySource {
    rate_hz: u32,
    channels: Vec<Vec<f64>>,
    at: usize,
}

impl MemorySource {
    /// A source of these channels, which have one length.
    pub fn new(rate_hz: u32, channels: Vec<Vec<f64>>) -> Self {
        assert!(
            channels
                .windows(2)
                .all(|pair| pair[0].len() == pair[1].len()),
            "channels have one length"
        );
        Self {
            rate_hz,
            channels,
            at: 0,
        }
    }
}

impl Source for MemorySource {
    fn spec(&self) -> SourceSpec {
        SourceSpec {
            rate_hz: self.rate_hz,
            channels: self.channels.len(),
        }
    }

    fn frames(&self) -> u64 {
        self.channels
            .first()
            .map_or(0, |channel| channel.len() as u64)
    }

    fn read(&mut self, block: &mut [Vec<f64>]) -> Result<usize, SourceError> {
        let wanted = block.first().map_or(0, Vec::len);
        let length = self.channels.first().map_or(0, Vec::len);
        let frames = wanted.min(length - self.at);
        for (to, from) in block.iter_mut().zip(&self.channels) {
            to[..frames].copy_from_slice(&from[self.at..self.at + frames]);
        }
        self.at += frames;
        Ok(frames)
    }

    fn rewind(&mut self) -> Result<(), SourceError> {
        self.seek(0)
    }

    fn seek(&mut self, frame: u64) -> Result<(), SourceError> {
        let length = self.channels.first().map_or(0, Vec::len);
        self.at = usize::try_from(frame).unwrap_or(length).min(length);
        Ok(())
    }
}

/// Collects audio in memory.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MemorySink {
    /// What was written, per channel.
    pub channels: Vec<Vec<f64>>,
}

impl Sink for MemorySink {
    fn write(&mut self, block: &[&[f64]]) -> Result<(), SinkError> {
        self.channels
            .resize(block.len().max(self.channels.len()), Vec::new());
        for (to, from) in self.channels.iter_mut().zip(block) {
            to.extend_from_slice(from);
        }
        Ok(())
    }
}
