use std::io::{self, Write};

use ogg::writing::{PacketWriteEndInfo, PacketWriter};
use opusic_c as opus;

use super::{HEAD_MARK, OPUS_HZ, TAGS_MARK};
use crate::flac_encoder::Picture;

/// Frames of a packet: 20 ms, libopus's own usual.
const PACKET_FRAMES: usize = 960;
/// Most bytes of a packet (RFC 6716, 3.4: 1275 a frame, and a few to say how many there are).
const MOST_PACKET_BYTES: usize = 4_000;
/// Packets of a page: a second of sound, so that players find their place soon.
const PAGE_PACKETS: u64 = 50;
/// The stream's number in its file, where it is alone.
const SERIAL: u32 = 1;
/// Who made the file, as its tags say.
const VENDOR: &str = "Lacquer, libopus";

/// How an Opus file is to be made.
#[derive(Debug, Clone)]
pub struct OpusSettings {
    /// 1 or 2.
    pub channels: u16,
    /// Bits per second, which libopus keeps on average.
    pub bits_per_second: u32,
    /// Comments, such as `("TITLE", "Nachtlied")`.
    pub comments: Vec<(String, String)>,
    /// Front cover.
    pub picture: Option<Picture>,
}

/// Why no Opus file was made.
#[derive(Debug, thiserror::Error)]
pub enum OpusError {
    /// Opus has one channel or two here.
    #[error("Opus is made from 1 or 2 channels, not from {0}")]
    Channels(u16),
    /// One slice per channel, all of one length.
    #[error("the channels for the Opus file do not match it")]
    Shape,
    /// libopus refuses, in its own words.
    #[error("the Opus encoder stopped: {0}")]
    Encoder(&'static str),
    /// The stream failed.
    #[error("could not write the Opus file")]
    Io(#[from] io::Error),
}

impl From<opus::ErrorCode> for OpusError {
    fn from(code: opus::ErrorCode) -> Self {
        Self::Encoder(code.message())
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenOpus {
    /// Frames encoded; a decoder that keeps to RFC 7845 gives exactly these back.
    pub frames: u64,
}

/// Writes Opus at 48 kHz, with as many frames as it was given.
pub struct OpusEncoder<W: Write> {
    pages: PacketWriter<'static, W>,
    opus: opus::Encoder,
    channels: usize,
    /// What the encoder delays by; players drop it.
    lead_in: u64,
    /// Interleaved samples that do not fill a packet yet.
    waiting: Vec<f32>,
    /// The newest packet: only when the next one is there is it known not to be the last.
    held: Option<Vec<u8>>,
    packets: u64,
    frames: u64,
}

impl<W: Write> OpusEncoder<W> {
    /// Begins a file.
    pub fn new(stream: W, settings: &OpusSettings) -> Result<Self, OpusError> {
        let channels = match settings.channels {
            1 => opus::Channels::Mono,
            2 => opus::Channels::Stereo,
            other => return Err(OpusError::Channels(other)),
        };
        let (rate, kind) = (opus::SampleRate::Hz48000, opus::Application::Audio);
        let mut opus = opus::Encoder::new(channels, rate, kind)?;
        opus.set_bitrate(opus::Bitrate::Value(settings.bits_per_second))?;
        opus.set_signal(opus::Signal::Music)?;
        let lead_in = opus.get_look_ahead()?;
        let mut encoder = Self {
            pages: PacketWriter::new(stream),
            opus,
            channels: usize::from(settings.channels),
            lead_in: u64::from(lead_in),
            waiting: Vec::new(),
            held: None,
            packets: 0,
            frames: 0,
        };
        let end = PacketWriteEndInfo::EndPage;
        let head = head(settings.channels, lead_in);
        encoder.pages.write_packet(head, SERIAL, end, 0)?;
        let end = PacketWriteEndInfo::EndPage;
        encoder.pages.write_packet(tags(settings), SERIAL, end, 0)?;
        Ok(encoder)
    }

    /// Encodes one slice per channel, all of one length, full scale at 1.0.
    pub fn write_planar(&mut self, channels: &[&[f64]]) -> Result<(), OpusError> {
        let frames = channels.first().map_or(0, |row| row.len());
        if channels.len() != self.channels || channels.iter().any(|row| row.len() != frames) {
            return Err(OpusError::Shape);
        }
        for frame in 0..frames {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "libopus takes single precision"
            )]
            let samples = channels.iter().map(|row| row[frame] as f32);
            self.waiting.extend(samples);
        }
        self.frames += frames as u64;
        self.encode_waiting()
    }

    /// Encodes as many whole packets as wait.
    fn encode_waiting(&mut self) -> Result<(), OpusError> {
        let length = PACKET_FRAMES * self.channels;
        let whole = self.waiting.len() / length * length;
        let mut packet = vec![0; MOST_PACKET_BYTES];
        let waiting = std::mem::take(&mut self.waiting);
        for samples in waiting[..whole].chunks_exact(length) {
            let bytes = self.opus.encode_float_to_slice(samples, &mut packet)?;
            let packet = packet[..bytes].to_vec();
            if let Some(before) = self.held.replace(packet) {
                self.write_held(before)?;
            }
        }
        self.waiting = waiting;
        self.waiting.drain(..whole);
        Ok(())
    }

    /// Writes a packet that others follow.
    fn write_held(&mut self, packet: Vec<u8>) -> Result<(), OpusError> {
        self.packets += 1;
        let end = if self.packets.is_multiple_of(PAGE_PACKETS) {
            PacketWriteEndInfo::EndPage
        } else {
            PacketWriteEndInfo::NormalPacket
        };
        let position = self.packets * PACKET_FRAMES as u64;
        self.pages.write_packet(packet, SERIAL, end, position)?;
        Ok(())
    }

    /// Writes the last packets, and where the sound ends in them. The caller still has to sync.
    pub fn finish(mut self) -> Result<WrittenOpus, OpusError> {
        let end = self.lead_in + self.frames;
        let encoded = |packets: u64| packets * PACKET_FRAMES as u64;
        let wanted = end.div_ceil(PACKET_FRAMES as u64).max(1);
        loop {
            let there = self.packets + u64::from(self.held.is_some());
            if encoded(there) >= encoded(wanted) {
                break;
            }
            // Silence behind the end; the last page's position cuts it off (RFC 7845, 4.4).
            self.waiting.resize(PACKET_FRAMES * self.channels, 0.0);
            self.encode_waiting()?;
        }
        let last = self.held.take().unwrap_or_default();
        let info = PacketWriteEndInfo::EndStream;
        self.pages.write_packet(last, SERIAL, info, end)?;
        self.pages.inner_mut().flush()?;
        Ok(WrittenOpus {
            frames: self.frames,
        })
    }
}

/// The identification header (RFC 7845, 5.1).
fn head(channels: u16, lead_in: u32) -> Vec<u8> {
    let mut head = HEAD_MARK.to_vec();
    let version = 1;
    let channels = channels.to_le_bytes()[0];
    head.extend([version, channels]);
    let lead_in = u16::try_from(lead_in).unwrap_or(u16::MAX);
    head.extend(lead_in.to_le_bytes());
    head.extend(OPUS_HZ.to_le_bytes());
    // No gain, and one stream of mono or stereo.
    head.extend([0, 0, 0]);
    head
}

/// The comment header (RFC 7845, 5.2).
fn tags(settings: &OpusSettings) -> Vec<u8> {
    let mut comments: Vec<String> = settings
        .comments
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if let Some(picture) = &settings.picture {
        let block = base64(&picture_block(picture));
        comments.push(format!("METADATA_BLOCK_PICTURE={block}"));
    }
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut tags = TAGS_MARK.to_vec();
    tags.extend(count(VENDOR.len()));
    tags.extend(VENDOR.as_bytes());
    tags.extend(count(comments.len()));
    for comment in comments {
        tags.extend(count(comment.len()));
        tags.extend(comment.as_bytes());
    }
    tags
}

/// A front cover as FLAC keeps it, which Ogg files take over.
fn picture_block(picture: &Picture) -> Vec<u8> {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let front_cover = 3_u32;
    let mut block = front_cover.to_be_bytes().to_vec();
    block.extend(count(picture.mime_type.len()).to_be_bytes());
    block.extend(picture.mime_type.as_bytes());
    let (no_words, no_palette) = (0, 0);
    for number in [
        no_words,
        picture.width,
        picture.height,
        picture.depth_bits,
        no_palette,
        count(picture.bytes.len()),
    ] {
        block.extend(number.to_be_bytes());
    }
    block.extend(&picture.bytes);
    block
}

/// Base 64 (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            if place > three.len() {
                out.push('=');
                continue;
            }
            let letter = bits >> (18 - 6 * place) & 63;
            out.push(char::from(LETTERS[letter as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn bytes_are_written_in_base_64_as_the_standard_shows_it() {
        // RFC 4648, 10.
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (text, expected) in vectors {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}
