//! Opens any sound file we take, whatever its name says, and hands out its own samples.

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use crate::aiff::{AiffError, AiffReader, Form};
use crate::packets::{EndedInside, Packets};
use crate::pcm::planar_from_bytes;
use crate::sniff::{Container, SNIFFED_BYTES, Sniffed, id3v2_bytes, sniff};
use crate::spec::{AudioSpec, Completeness, SampleType, SpecError};
use crate::tags::Tags;
use crate::wav::{WavError, WavReader};

/// Frames handed out at once from uncompressed files.
pub const BLOCK_FRAMES: usize = 4_096;
/// AAC and Vorbis declare their length in packets, with delay or without; this is no loss.
const LOSSY_SLACK_FRAMES: u64 = 4_608;
/// Some programs count the frame with the tag as sound.
const MP3_SLACK_FRAMES: u64 = 1_152;
/// Frames of a packet of Apple Lossless, less one.
const CAF_SLACK_FRAMES: u64 = 4_095;
/// ID3v2 tags in front of one another that are stepped over.
const MAX_LEADING_TAGS: u32 = 4;

/// How the samples are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// Integer PCM.
    Pcm,
    /// Floating point PCM.
    Float,
    /// FLAC.
    Flac,
    /// Apple Lossless.
    Alac,
    /// MP3.
    Mp3,
    /// AAC.
    Aac,
    /// Vorbis.
    Vorbis,
}

impl Codec {
    /// True where the codec throws sound away.
    pub const fn is_lossy(self) -> bool {
        matches!(self, Self::Mp3 | Self::Aac | Self::Vorbis)
    }

    /// The name a studio uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcm => "PCM",
            Self::Float => "float",
            Self::Flac => "FLAC",
            Self::Alac => "Apple Lossless",
            Self::Mp3 => "MP3",
            Self::Aac => "AAC",
            Self::Vorbis => "Vorbis",
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFormat {
    /// Kind of file.
    pub container: Container,
    /// How the samples are coded.
    pub codec: Codec,
    /// True where sound was thrown away when it was made.
    pub lossy: bool,
    /// Rate, channels and the kind of sample handed out.
    pub spec: AudioSpec,
    /// Frames the file declares, where it does.
    pub declared_frames: Option<u64>,
    /// Bits of a sample in the source; none for lossy codecs.
    pub bit_depth: Option<u16>,
    /// What the name promises, where that is another kind of file than it is.
    pub mislabelled_as: Option<Container>,
}

/// Why a file could not be opened or decoded. The texts are for the client.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Nothing in it at all.
    #[error("the file is empty")]
    Empty,
    /// Known, and no sound that is taken.
    #[error("the file is {0}, not a sound file that is taken; send WAV, AIFF or FLAC")]
    NotTaken(&'static str),
    /// Nothing known.
    #[error("the file is no sound file; send WAV, AIFF or FLAC")]
    NotSound,
    /// A WAV file with a fault.
    #[error(transparent)]
    Wav(WavError),
    /// An AIFF file with a fault.
    #[error(transparent)]
    Aiff(AiffError),
    /// Looks like sound, cannot be opened.
    #[error("the {container} file is damaged or cut short")]
    Damaged {
        /// Kind of file.
        container: &'static str,
        /// What the decoder says.
        source: Box<symphonia::core::errors::Error>,
    },
    /// Opens, and holds no sound that decodes.
    #[error("the {0} file holds no sound")]
    NoSound(&'static str),
    /// A codec that is not taken.
    #[error("the {0} file holds sound of a kind that is not taken; send WAV, AIFF or FLAC")]
    Codec(&'static str),
    /// Rate or channels out of range.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Rate, channels or depth change on the way.
    #[error("the sound changes its rate, channels or depth inside the file")]
    Changes,
    /// Several recordings chained in one file.
    #[error("the file is several recordings in one; send them as single files")]
    Chained,
    /// More frames than any mix has.
    #[error("the file is longer than 24 hours")]
    TooLong,
    /// Damage without end.
    #[error("the file is damaged in too many places")]
    Hopeless,
    /// A header that the decoder chokes on.
    #[error("the file is damaged: its header makes no sense")]
    Absurd,
    /// The stream itself failed.
    #[error("could not read the file")]
    Io(#[source] io::Error),
}

impl From<WavError> for DecodeError {
    fn from(error: WavError) -> Self {
        match error {
            WavError::Io(e) => Self::Io(e),
            other => Self::Wav(other),
        }
    }
}

impl From<AiffError> for DecodeError {
    fn from(error: AiffError) -> Self {
        match error {
            AiffError::Io(e) => Self::Io(e),
            other => Self::Aiff(other),
        }
    }
}

/// What the checksum says that a file carries over its own samples (FLAC does).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceChecksum {
    /// The file carries none.
    Absent,
    /// It agrees.
    Agrees,
    /// It does not: the sound is not what its maker wrote.
    Differs,
}

/// How the decoding ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Frames handed out.
    pub frames: u64,
    /// Declared against actual length.
    pub completeness: Completeness,
    /// Packets that could not be decoded and are missing.
    pub damaged_packets: u32,
    /// The file's own checksum.
    pub checksum: SourceChecksum,
}

/// Some frames in the source's own integers or floats.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// What the bytes mean.
    pub spec: AudioSpec,
    /// Interleaved little-endian samples, whole frames.
    pub bytes: &'a [u8],
}

impl Block<'_> {
    /// Frames in the block.
    pub fn frames(&self) -> usize {
        self.bytes.len() / self.spec.frame_len().max(1)
    }

    /// Spreads the block over one vector per channel; each is emptied first.
    pub fn planar(&self, channels: &mut [Vec<f64>]) {
        planar_from_bytes(self.spec, self.bytes, channels);
    }
}

enum Source<R> {
    Wav(WavReader<R>),
    Aiff(AiffReader<R>),
    Packets(Box<Packets>),
}

/// Decodes one sound file from its first frame to its last.
pub struct Decoder<R> {
    source: Source<R>,
    format: SourceFormat,
    tags: Tags,
    frames: u64,
}

impl<R: Read + Seek + Send + Sync + 'static> Decoder<R> {
    /// Opens by content; `name_hint` is only compared with it.
    pub fn open(mut stream: R, name_hint: &str) -> Result<Self, DecodeError> {
        let len = stream.seek(SeekFrom::End(0)).map_err(DecodeError::Io)?;
        if len == 0 {
            return Err(DecodeError::Empty);
        }
        let named = Container::by_name(name_hint);
        let container = recognise(&mut stream, named).map_err(DecodeError::Io)??;
        stream.seek(SeekFrom::Start(0)).map_err(DecodeError::Io)?;
        let mut opened = match container {
            Container::Wav | Container::Rf64 | Container::Bw64 => from_wav(stream, container)?,
            Container::Aiff | Container::Aifc => from_aiff(stream)?,
            Container::Caf
            | Container::Flac
            | Container::Mp4
            | Container::Mp3
            | Container::Adts => from_packets(Packets::open(stream, len, container)?, container),
            Container::Ogg => {
                let end = ogg_end(&mut stream, len).map_err(DecodeError::Io)?;
                let mut packets = Packets::open(stream, len, container)?;
                packets.cut = end;
                from_packets(packets, container)
            }
        };
        opened.format.mislabelled_as = named.filter(|named| !container.goes_as(*named));
        Ok(opened)
    }

    /// What the file is.
    pub fn format(&self) -> &SourceFormat {
        &self.format
    }

    /// What the file says about itself.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// The next frames; none at the end.
    pub fn next_block(&mut self) -> Result<Option<Block<'_>>, DecodeError> {
        let bytes = match &mut self.source {
            Source::Wav(wav) => wav.next_raw(BLOCK_FRAMES).map_err(DecodeError::Io)?,
            Source::Aiff(aiff) => aiff.next_raw(BLOCK_FRAMES).map_err(DecodeError::Io)?,
            Source::Packets(packets) => packets.next_raw()?,
        };
        let spec = self.format.spec;
        let block = Block { spec, bytes };
        self.frames += block.frames() as u64;
        Ok((!bytes.is_empty()).then_some(block))
    }

    /// Reads what is left and says whether everything was there.
    pub fn finish(mut self) -> Result<Finished, DecodeError> {
        while self.next_block()?.is_some() {}
        let frames = self.frames;
        let (completeness, damaged_packets, checksum) = match &mut self.source {
            Source::Wav(wav) => (wav.completeness(), 0, SourceChecksum::Absent),
            Source::Aiff(aiff) => (aiff.completeness(), 0, SourceChecksum::Absent),
            Source::Packets(packets) => {
                let complete = packets_complete(&self.format, frames, packets.cut);
                (complete, packets.damaged, packets.checksum())
            }
        };
        Ok(Finished {
            frames,
            completeness,
            damaged_packets,
            checksum,
        })
    }
}

fn packets_complete(format: &SourceFormat, frames: u64, cut: Option<EndedInside>) -> Completeness {
    let slack = match format.codec {
        Codec::Mp3 => MP3_SLACK_FRAMES,
        Codec::Aac | Codec::Vorbis => LOSSY_SLACK_FRAMES,
        // Some writers count the last packet as full in Core Audio's table of packets.
        Codec::Alac if format.container == Container::Caf && cut.is_none() => CAF_SLACK_FRAMES,
        Codec::Pcm | Codec::Float | Codec::Flac | Codec::Alac => 0,
    };
    match format.declared_frames {
        Some(declared) if format.container == Container::Ogg && cut.is_some() => {
            Completeness::CutShort {
                have_frames: frames,
                declared_frames: declared.max(frames),
            }
        }
        None => Completeness::Undeclared {
            have_frames: frames,
        },
        Some(declared) if frames + slack < declared => Completeness::CutShort {
            have_frames: frames,
            declared_frames: declared,
        },
        Some(_) => Completeness::Complete,
    }
}

/// Ogg declares no length: its last page is marked instead. Says whether that page is missing.
fn ogg_end(stream: &mut (impl Read + Seek), len: u64) -> io::Result<Option<EndedInside>> {
    const MOST_PAGE_BYTES: u64 = 27 + 255 + 255 * 255;
    const HEADER: usize = 27;
    const LAST_PAGE: u8 = 0x04;
    stream.seek(SeekFrom::Start(len.saturating_sub(MOST_PAGE_BYTES)))?;
    let mut tail = Vec::new();
    stream.take(MOST_PAGE_BYTES).read_to_end(&mut tail)?;
    stream.seek(SeekFrom::Start(0))?;
    let whole_and_last = tail
        .windows(4)
        .rposition(|bytes| bytes == b"OggS")
        .is_some_and(|at| {
            let page = &tail[at..];
            let segments = page.get(26).map_or(usize::MAX, |count| usize::from(*count));
            page.get(HEADER..HEADER.saturating_add(segments))
                .is_some_and(|table| {
                    let body: usize = table.iter().map(|size| usize::from(*size)).sum();
                    page[5] & LAST_PAGE != 0 && page.len() >= HEADER + segments + body
                })
        });
    Ok((!whole_and_last).then_some(EndedInside))
}

/// Looks behind leading ID3v2 tags; some programs put them before anything.
fn recognise(
    stream: &mut (impl Read + Seek),
    named: Option<Container>,
) -> io::Result<Result<Container, DecodeError>> {
    let mut at = 0;
    for tags in 0..=MAX_LEADING_TAGS {
        stream.seek(SeekFrom::Start(at))?;
        let mut head = Vec::new();
        stream.take(SNIFFED_BYTES).read_to_end(&mut head)?;
        let tag = id3v2_bytes(&head);
        if tag > 0 {
            at += tag;
            continue;
        }
        return Ok(match sniff(&head) {
            Sniffed::Sound(container) => Ok(container),
            Sniffed::Other(what) => Err(DecodeError::NotTaken(what)),
            // Junk before the first frame is common in MP3 files, and only there.
            Sniffed::Unknown if tags > 0 || named == Some(Container::Mp3) => Ok(Container::Mp3),
            Sniffed::Unknown => Err(DecodeError::NotSound),
        });
    }
    Ok(Err(DecodeError::NotSound))
}

fn from_wav<R: Read + Seek>(stream: R, container: Container) -> Result<Decoder<R>, DecodeError> {
    let mut wav = WavReader::open(stream)?;
    let tags = wav.tags().map_err(DecodeError::Io)?;
    let spec = wav.spec();
    let declared = match wav.completeness() {
        Completeness::Complete => Some(wav.frames()),
        Completeness::Undeclared { .. } => None,
        Completeness::CutShort {
            declared_frames, ..
        }
        | Completeness::LongerThanDeclared {
            declared_frames, ..
        } => Some(declared_frames),
    };
    let format = uncompressed(container, spec, wav.bit_depth(), declared);
    Ok(Decoder::new(Source::Wav(wav), format, tags))
}

fn from_aiff<R: Read + Seek>(stream: R) -> Result<Decoder<R>, DecodeError> {
    let aiff = AiffReader::open(stream)?;
    let container = match aiff.form() {
        Form::Aiff => Container::Aiff,
        Form::Aifc => Container::Aifc,
    };
    let declared = match aiff.completeness() {
        Completeness::CutShort {
            declared_frames, ..
        } => declared_frames,
        Completeness::Complete
        | Completeness::Undeclared { .. }
        | Completeness::LongerThanDeclared { .. } => aiff.frames(),
    };
    let format = uncompressed(container, aiff.spec(), aiff.bit_depth(), Some(declared));
    let tags = aiff.tags().clone();
    Ok(Decoder::new(Source::Aiff(aiff), format, tags))
}

fn from_packets<R>(packets: Packets, container: Container) -> Decoder<R> {
    let format = SourceFormat {
        container,
        codec: packets.codec,
        lossy: packets.codec.is_lossy(),
        spec: packets.spec,
        declared_frames: packets.declared_frames,
        bit_depth: packets.bit_depth,
        mislabelled_as: None,
    };
    let tags = packets.tags.clone();
    Decoder::new(Source::Packets(Box::new(packets)), format, tags)
}

impl<R> Decoder<R> {
    fn new(source: Source<R>, format: SourceFormat, tags: Tags) -> Self {
        Self {
            source,
            format,
            tags,
            frames: 0,
        }
    }
}

fn uncompressed(
    container: Container,
    spec: AudioSpec,
    bit_depth: u16,
    declared_frames: Option<u64>,
) -> SourceFormat {
    let codec = match spec.sample {
        SampleType::F32 | SampleType::F64 => Codec::Float,
        SampleType::I16 | SampleType::I24 | SampleType::I32 => Codec::Pcm,
    };
    SourceFormat {
        container,
        codec,
        lossy: false,
        spec,
        declared_frames,
        bit_depth: Some(bit_depth),
        mislabelled_as: None,
    }
}
