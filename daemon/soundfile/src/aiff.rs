//! AIFF and AIFF-C with uncompressed samples, by our own reader: chunks in any order, 8-bit
//! files of odd length, and the little-endian and float variants that Macs write.

use std::io::{self, Read, Seek, SeekFrom};

use crate::pcm::{ByteOrder, Wire};
use crate::pcm_stream::PcmStream;
use crate::spec::{AudioSpec, Completeness, MAX_CHUNKS, MAX_FRAMES, SampleType, SpecError};
use crate::tags::{Tags, tidy};

/// Most bytes read of a title or an author.
const MAX_NAME_BYTES: u64 = 4_096;
/// Bytes by which the size of the whole form may be wrong without anything missing.
const FORM_SIZE_SLACK: u64 = 9;

/// Why a stream could not be read as AIFF.
#[derive(Debug, thiserror::Error)]
pub enum AiffError {
    /// The stream does not begin like an AIFF file.
    #[error("this is no AIFF file")]
    NotAiff,
    /// No `COMM` chunk, or one that is too short.
    #[error("the AIFF header is damaged: it does not say what kind of samples follow")]
    NoFormat,
    /// No `SSND` chunk.
    #[error("the AIFF file holds no sound")]
    NoData,
    /// Compressed, or of a width that is not taken.
    #[error("the AIFF file holds samples of kind {0:?}, which are not taken; send PCM or float")]
    Encoding(String),
    /// Rate or channels out of range.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Longer than any mix.
    #[error("the AIFF file says it holds {0} frames, more than 24 hours")]
    TooLong(u64),
    /// The stream itself failed.
    #[error("could not read the AIFF file")]
    Io(#[from] io::Error),
}

#[derive(Debug, Clone, Copy)]
struct Common {
    wire: Wire,
    spec: AudioSpec,
    frames: u64,
    bits: u16,
}

#[derive(Debug, Default)]
struct Map {
    common: Option<Common>,
    /// First sample, and bytes of samples that are there.
    sound: Option<(u64, u64)>,
    tags: Tags,
    end: u64,
}

/// Reads AIFF and uncompressed AIFF-C.
#[derive(Debug)]
pub struct AiffReader<R> {
    pcm: PcmStream<R>,
    bits: u16,
    compressed_form: Form,
    tags: Tags,
    completeness: Completeness,
}

/// Which of the two forms a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `AIFF`.
    Aiff,
    /// `AIFC`.
    Aifc,
}

impl<R: Read + Seek> AiffReader<R> {
    /// Reads the header and finds the sound.
    pub fn open(mut stream: R) -> Result<Self, AiffError> {
        let len = stream.seek(SeekFrom::End(0))?;
        stream.seek(SeekFrom::Start(0))?;
        let mut head = [0; 12];
        if len < 12 {
            return Err(AiffError::NotAiff);
        }
        stream.read_exact(&mut head)?;
        let form = form_of(&head).ok_or(AiffError::NotAiff)?;
        let map = walk(&mut stream, len, form)?;
        let common = map.common.ok_or(AiffError::NoFormat)?;
        if common.frames > MAX_FRAMES {
            return Err(AiffError::TooLong(common.frames));
        }
        // An empty file may do without a sound chunk.
        let (offset, bytes) = match map.sound {
            Some(sound) => sound,
            None if common.frames == 0 => (len, 0),
            None => return Err(AiffError::NoData),
        };
        let frame = u64::from(common.wire.bytes()) * u64::from(common.spec.channels);
        let have = (bytes / frame).min(common.frames);
        let form_bytes = u64::from(be_u32(&head[4..8]));
        let cut = form_bytes + 8 > len + FORM_SIZE_SLACK && form_bytes != u64::from(u32::MAX);
        let completeness = if have < common.frames || cut {
            Completeness::CutShort {
                have_frames: have,
                declared_frames: common.frames,
            }
        } else if len.saturating_sub(map.end) >= 8 {
            Completeness::LongerThanDeclared {
                declared_frames: common.frames,
                extra_bytes: len - map.end,
            }
        } else {
            Completeness::Complete
        };
        Ok(Self {
            pcm: PcmStream::new(stream, common.wire, common.spec, offset, have),
            bits: common.bits,
            compressed_form: form,
            tags: map.tags,
            completeness,
        })
    }

    /// Rate, channels and kind of sample handed out.
    pub fn spec(&self) -> AudioSpec {
        self.pcm.spec()
    }

    /// Bits of a sample that the file says it uses.
    pub fn bit_depth(&self) -> u16 {
        self.bits
    }

    /// `AIFF` or `AIFC`.
    pub fn form(&self) -> Form {
        self.compressed_form
    }

    /// Whole frames that are there.
    pub fn frames(&self) -> u64 {
        self.pcm.frames()
    }

    /// Declared against actual length.
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// Title and artist from the `NAME` and `AUTH` chunks.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// Next frames as canonical bytes in the reader's own buffer; empty at the end.
    pub fn next_raw(&mut self, max_frames: usize) -> io::Result<&[u8]> {
        self.pcm.next_raw(max_frames)
    }
}

/// Which form these first 12 bytes begin, if any.
pub(crate) fn form_of(head: &[u8]) -> Option<Form> {
    if head.len() < 12 || &head[..4] != b"FORM" {
        return None;
    }
    match &head[8..12] {
        b"AIFF" => Some(Form::Aiff),
        b"AIFC" => Some(Form::Aifc),
        _ => None,
    }
}

fn be_u16(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

fn be_u32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn walk(stream: &mut (impl Read + Seek), len: u64, form: Form) -> Result<Map, AiffError> {
    let mut map = Map {
        end: 12,
        ..Map::default()
    };
    for _ in 0..MAX_CHUNKS {
        let at = map.end;
        if len.saturating_sub(at) < 8 {
            break;
        }
        let mut head = [0; 8];
        stream.seek(SeekFrom::Start(at))?;
        stream.read_exact(&mut head)?;
        if !head[..4].iter().all(|b| (0x20..0x7f).contains(b)) {
            break;
        }
        let size = u64::from(be_u32(&head[4..]));
        let here = size.min(len - at - 8);
        let mut content = |most: u64| -> io::Result<Vec<u8>> {
            let mut bytes = Vec::new();
            (&mut *stream)
                .take(here.min(most))
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        match &head[..4] {
            b"COMM" if map.common.is_none() => {
                map.common = Some(parse_common(&content(64)?, form)?);
            }
            b"SSND" if map.sound.is_none() => {
                let skip = content(8)?;
                let skip = skip.get(..4).map_or(0, |s| u64::from(be_u32(s)));
                let bytes = here.saturating_sub(8);
                // The offset is for block-aligned storage; more than the chunk is a lie.
                let skip = skip.min(bytes);
                map.sound = Some((at + 16 + skip, bytes - skip));
            }
            b"NAME" => map.tags.title = latin(&content(MAX_NAME_BYTES)?),
            b"AUTH" => map.tags.artist = latin(&content(MAX_NAME_BYTES)?),
            _ => (),
        }
        map.end = (at + 8 + size + size % 2).min(len);
    }
    Ok(map)
}

fn latin(bytes: &[u8]) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => tidy(text),
        Err(_) => tidy(&bytes.iter().map(|&b| char::from(b)).collect::<String>()),
    }
}

fn parse_common(comm: &[u8], form: Form) -> Result<Common, AiffError> {
    if comm.len() < 18 {
        return Err(AiffError::NoFormat);
    }
    let bits = be_u16(&comm[6..]);
    let kind: [u8; 4] = match form {
        Form::Aiff => *b"NONE",
        Form::Aifc => match comm.get(18..22) {
            Some(kind) => [kind[0], kind[1], kind[2], kind[3]],
            None => return Err(AiffError::NoFormat),
        },
    };
    let wire = wire_for(kind, bits)
        .ok_or_else(|| AiffError::Encoding(String::from_utf8_lossy(&kind).into_owned()))?;
    let spec = AudioSpec {
        rate_hz: extended_rate(&comm[8..18]),
        channels: be_u16(comm),
        sample: wire.canonical(),
    };
    spec.check()?;
    Ok(Common {
        wire,
        spec,
        frames: u64::from(be_u32(&comm[2..])),
        bits,
    })
}

fn wire_for(kind: [u8; 4], bits: u16) -> Option<Wire> {
    let big = |sample| Some(Wire::Plain(sample, ByteOrder::Big));
    let whole = |order| match bits {
        1..=8 => Some(Wire::Signed8),
        9..=16 => Some(Wire::Plain(SampleType::I16, order)),
        17..=24 => Some(Wire::Plain(SampleType::I24, order)),
        25..=32 => Some(Wire::Plain(SampleType::I32, order)),
        _ => None,
    };
    match &kind {
        b"NONE" | b"twos" => whole(ByteOrder::Big),
        b"sowt" => whole(ByteOrder::Little),
        b"raw " if bits <= 8 => Some(Wire::Unsigned8),
        b"fl32" | b"FL32" => big(SampleType::F32),
        b"fl64" | b"FL64" => big(SampleType::F64),
        b"in24" => big(SampleType::I24),
        b"in32" => big(SampleType::I32),
        _ => None,
    }
}

/// The rate from an 80-bit extended number; 0 where it is none that fits.
fn extended_rate(bytes: &[u8]) -> u32 {
    let exponent = i32::from(be_u16(bytes)) - 16_383;
    let mantissa = u64::from(be_u32(&bytes[2..])) << 32 | u64::from(be_u32(&bytes[6..]));
    match u32::try_from(exponent) {
        Ok(exponent @ 0..=31) => u32::try_from(mantissa >> (63 - exponent)).unwrap_or(0),
        _ => 0,
    }
}
