use std::collections::VecDeque;
use std::io::{Read, Seek};

use ogg::reading::{OggReadError, PacketReader};
use opusic_c as opus;

use super::{HEAD_MARK, OPUS_HZ, TAGS_MARK};
use crate::spec::{AudioSpec, MAX_METADATA_BYTES, SampleType};
use crate::tags::{Tags, tidy, words};

/// Most frames of a packet: 120 ms (RFC 6716, 3.2.1).
const MOST_PACKET_FRAMES: usize = 5_760;
/// Bytes of the identification header.
const HEAD_BYTES: usize = 19;

/// Why an Opus file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum OpusReadError {
    /// The Ogg pages are damaged, or cannot be read.
    #[error("the Ogg pages cannot be read")]
    Pages(#[source] OggReadError),
    /// It begins with another header.
    #[error("it does not begin as an Opus file of one or two channels does")]
    Head,
    /// It has more tags than any file.
    #[error("its tags are larger than any file's")]
    Tags,
    /// A packet that libopus does not take.
    #[error("packet {packet} cannot be decoded: {why}")]
    Packet {
        /// Counted from 0 behind the headers.
        packet: u64,
        /// In libopus's words.
        why: &'static str,
    },
    /// The pages end before the stream does.
    #[error("it ends before its stream does")]
    Cut,
}

/// Decodes Opus files of one stream, cut at both ends as RFC 7845 wants it.
pub struct OpusDecoder<R: Read + Seek> {
    pages: PacketReader<R>,
    opus: opus::Decoder,
    channels: u16,
    tags: Tags,
    /// Frames that are dropped before the first.
    lead_in: u64,
    /// Decoded frames that the next page's position may still cut off, interleaved.
    waiting: VecDeque<f32>,
    /// Frames decoded, the lead-in among them.
    decoded: u64,
    packets: u64,
    is_over: bool,
    block: Vec<f32>,
}

impl<R: Read + Seek> OpusDecoder<R> {
    /// Reads the headers.
    ///
    /// # Errors
    /// It is no Opus file, or damaged.
    pub fn open(stream: R) -> Result<Self, OpusReadError> {
        let mut pages = PacketReader::new(stream);
        let packet = pages.read_packet().map_err(OpusReadError::Pages)?;
        let head = packet.ok_or(OpusReadError::Head)?.data;
        let is_head = head.len() >= HEAD_BYTES && head.starts_with(HEAD_MARK);
        let (Some(&channels), Some(&[low, high]), Some(&family)) =
            (head.get(9), head.get(10..12), head.get(18))
        else {
            return Err(OpusReadError::Head);
        };
        let one = match (is_head, family, channels) {
            (true, 0, 1) => opus::Channels::Mono,
            (true, 0, 2) => opus::Channels::Stereo,
            _ => return Err(OpusReadError::Head),
        };
        let packet = pages.read_packet().map_err(OpusReadError::Pages)?;
        let comments = packet.ok_or(OpusReadError::Cut)?.data;
        if comments.len() as u64 > MAX_METADATA_BYTES {
            return Err(OpusReadError::Tags);
        }
        let opus = opus::Decoder::new(one, opus::SampleRate::Hz48000);
        let opus = opus.map_err(|code| OpusReadError::Packet {
            packet: 0,
            why: code.message(),
        })?;
        Ok(Self {
            pages,
            opus,
            channels: u16::from(channels),
            tags: tags(&comments),
            lead_in: u64::from(u16::from_le_bytes([low, high])),
            waiting: VecDeque::new(),
            decoded: 0,
            packets: 0,
            is_over: false,
            block: Vec::new(),
        })
    }

    /// What its samples are.
    pub fn spec(&self) -> AudioSpec {
        AudioSpec {
            rate_hz: OPUS_HZ,
            channels: self.channels,
            sample: SampleType::F32,
        }
    }

    /// Its title, artist and code.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The next frames, one row a channel; none at the end.
    ///
    /// # Errors
    /// It is damaged, or cannot be read.
    pub fn next_block(&mut self, planar: &mut [Vec<f64>]) -> Result<usize, OpusReadError> {
        planar.iter_mut().for_each(Vec::clear);
        let channels = usize::from(self.channels);
        while !self.is_over && self.waiting.is_empty() {
            self.decode_page()?;
        }
        let frames = self.waiting.len() / channels;
        for (at, sample) in self.waiting.drain(..frames * channels).enumerate() {
            if let Some(row) = planar.get_mut(at % channels) {
                row.push(f64::from(sample));
            }
        }
        Ok(frames)
    }

    /// Decodes to the end of a page, whose position says how much of it sounds.
    fn decode_page(&mut self) -> Result<(), OpusReadError> {
        let channels = usize::from(self.channels);
        loop {
            let packet = self.pages.read_packet().map_err(OpusReadError::Pages)?;
            let packet = packet.ok_or(OpusReadError::Cut)?;
            self.block.resize(MOST_PACKET_FRAMES * channels, 0.0);
            let frames = self
                .opus
                .decode_float_to_slice(&packet.data, &mut self.block, false);
            let frames = frames.map_err(|code| OpusReadError::Packet {
                packet: self.packets,
                why: code.message(),
            })?;
            self.packets += 1;
            let before = self.lead_in.saturating_sub(self.decoded);
            let dropped = usize::try_from(before).map_or(frames, |before| before.min(frames));
            self.decoded += frames as u64;
            let sounding = self.block.get(dropped * channels..frames * channels);
            self.waiting.extend(sounding.unwrap_or(&[]));
            if packet.last_in_stream() {
                self.is_over = true;
                let over = self.decoded.saturating_sub(packet.absgp_page());
                let over = usize::try_from(over).unwrap_or(usize::MAX);
                let kept = (self.waiting.len() / channels).saturating_sub(over);
                self.waiting.truncate(kept * channels);
                return Ok(());
            }
            if packet.last_in_page() {
                return Ok(());
            }
        }
    }
}

/// Title, artist and code among the comments; what is not as it should be is passed over.
fn tags(packet: &[u8]) -> Tags {
    let mut tags = Tags::default();
    let rest = packet.strip_prefix(TAGS_MARK).and_then(text);
    let counted = rest.and_then(|(_vendor, rest)| rest.split_at_checked(4));
    let mut rest = counted.map_or(&[][..], |(_count, rest)| rest);
    while let Some((comment, behind)) = text(rest) {
        rest = behind;
        let comment = String::from_utf8_lossy(comment);
        let Some((name, value)) = comment.split_once('=') else {
            continue;
        };
        match name.to_ascii_uppercase().as_str() {
            "TITLE" => tags.title = tidy(value),
            "ARTIST" => tags.artist = tidy(value),
            "ISRC" => tags.isrc = tidy(value),
            "LYRICS" => tags.lyrics = words(value),
            _ => (),
        }
    }
    tags
}

/// A text behind its length in four bytes, and what follows it.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    rest.split_at_checked(length)
}
