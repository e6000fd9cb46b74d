//! MP3 at 320 kbit/s by LAME, with the tag that lets players cut the padding off exactly.

use std::io::{self, Seek, SeekFrom, Write};
use std::num::NonZeroU32;

use mp3lame_encoder as lame;

/// Frames encoded at once.
const PIECE_FRAMES: usize = 4_096;
/// LAME needs this much room to flush.
const FLUSH_BYTES: usize = 7_200;
/// LAME's own default for 320 kbit/s; slower settings change nothing one hears at this rate.
const QUALITY: lame::Quality = lame::Quality::VeryNice;

/// Why no MP3 file was made.
#[derive(Debug, thiserror::Error)]
pub enum Mp3Error {
    /// The rate has to be converted first.
    #[error("MP3 is made at 44,100 or 48,000 Hz; convert {0} Hz first")]
    Rate(u32),
    /// MP3 has one channel or two.
    #[error("MP3 is made from 1 or 2 channels, not from {0}")]
    Channels(u16),
    /// One slice per channel, all of one length.
    #[error("the channels for the MP3 file do not match it")]
    Shape,
    /// LAME refuses its settings.
    #[error("the MP3 encoder could not be set up")]
    SetUp(#[source] lame::BuildError),
    /// LAME ran out of memory.
    #[error("there is not enough memory for the MP3 encoder")]
    Memory,
    /// LAME fails.
    #[error("the MP3 encoder failed")]
    Encoder(#[source] lame::EncodeError),
    /// LAME gave no tag, so that players would not find the true length.
    #[error("the MP3 encoder gave no length tag")]
    NoTag,
    /// The stream failed.
    #[error("could not write the MP3 file")]
    Io(#[from] io::Error),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenMp3 {
    /// Frames encoded; a gapless decoder gives exactly these back.
    pub frames: u64,
    /// Bytes of the whole file.
    pub bytes: u64,
}

/// Writes MP3, 320 kbit/s constant.
pub struct Mp3Encoder<W> {
    stream: W,
    lame: lame::Encoder,
    channels: u16,
    tag_at: u64,
    bytes: u64,
    frames: u64,
    out: Vec<u8>,
}

impl<W: Write + Seek> Mp3Encoder<W> {
    /// Begins a file of `rate_hz` (44,100 or 48,000) with 1 or 2 channels. `id3v2` is a finished
    /// tag that goes in front, or empty.
    pub fn new(mut stream: W, rate_hz: u32, channels: u16, id3v2: &[u8]) -> Result<Self, Mp3Error> {
        if !matches!(rate_hz, 44_100 | 48_000) {
            return Err(Mp3Error::Rate(rate_hz));
        }
        let mode = match channels {
            1 => lame::Mode::Mono,
            2 => lame::Mode::JointStereo,
            other => return Err(Mp3Error::Channels(other)),
        };
        stream.seek(SeekFrom::Start(0))?;
        stream.write_all(id3v2)?;
        let channel_count = u8::try_from(channels).map_err(|_| Mp3Error::Channels(channels))?;
        let lame = lame::Builder::new()
            .ok_or(Mp3Error::Memory)?
            .with_num_channels(channel_count)
            .and_then(|b| b.with_sample_rate(rate_hz))
            // Left to itself LAME may choose another rate.
            .and_then(|b| b.with_output_sample_rate(NonZeroU32::new(rate_hz)))
            .and_then(|b| b.with_mode(mode))
            .and_then(|b| b.with_brate(lame::Bitrate::Kbps320))
            .and_then(|b| b.with_quality(QUALITY))
            .and_then(|b| b.with_to_write_vbr_tag(true))
            .and_then(lame::Builder::build)
            .map_err(Mp3Error::SetUp)?;
        let tag_at = id3v2.len() as u64;
        Ok(Self {
            stream,
            lame,
            channels,
            tag_at,
            bytes: tag_at,
            frames: 0,
            out: Vec::new(),
        })
    }

    /// Encodes one slice per channel, all of one length, full scale at 1.0.
    pub fn write_planar(&mut self, channels: &[&[f64]]) -> Result<(), Mp3Error> {
        let (Some(&left), Some(&right)) = (channels.first(), channels.last()) else {
            return Err(Mp3Error::Shape);
        };
        if channels.len() != usize::from(self.channels) || left.len() != right.len() {
            return Err(Mp3Error::Shape);
        }
        for (left, right) in left.chunks(PIECE_FRAMES).zip(right.chunks(PIECE_FRAMES)) {
            self.out.clear();
            self.out.reserve(lame::max_required_buffer_size(left.len()));
            let encoded = if self.channels == 1 {
                self.lame.encode_to_vec(lame::MonoPcm(left), &mut self.out)
            } else {
                let input = lame::DualPcm { left, right };
                self.lame.encode_to_vec(input, &mut self.out)
            };
            encoded.map_err(Mp3Error::Encoder)?;
            self.stream.write_all(&self.out)?;
            self.bytes += self.out.len() as u64;
            self.frames += left.len() as u64;
        }
        Ok(())
    }

    /// Writes the last frames, then the length tag over its placeholder. The caller still has
    /// to sync.
    pub fn finish(mut self) -> Result<WrittenMp3, Mp3Error> {
        self.out.clear();
        self.out.reserve(FLUSH_BYTES);
        self.lame
            .flush_to_vec::<lame::FlushGap>(&mut self.out)
            .map_err(Mp3Error::Encoder)?;
        self.stream.write_all(&self.out)?;
        self.bytes += self.out.len() as u64;

        let mut tag = Vec::with_capacity(self.lame.lame_tag_size());
        self.lame
            .lame_tag_encode_to_vec(&mut tag)
            .ok_or(Mp3Error::NoTag)?;
        self.stream.seek(SeekFrom::Start(self.tag_at))?;
        self.stream.write_all(&tag)?;
        self.stream.seek(SeekFrom::Start(self.bytes))?;
        self.stream.flush()?;
        Ok(WrittenMp3 {
            frames: self.frames,
            bytes: self.bytes,
        })
    }
}
