//! The WAV reader: lenient about odd chunks, strict about how much sound is there.

use std::io::{self, Read, Seek, SeekFrom};

use crate::pcm::{ByteOrder, Wire};
use crate::pcm_stream::PcmStream;
use crate::spec::{AudioSpec, Completeness, MAX_CHUNKS, MAX_FRAMES, MAX_METADATA_BYTES};
use crate::spec::{SampleType, SpecError};
use crate::tags::Tags;

/// Size written where the writer did not know it.
const UNKNOWN_SIZE: u32 = u32::MAX;
/// What sox writes as the size of the sound when it writes into a pipe.
const SOX_UNKNOWN_SIZE: u32 = 0x7fff_f000;
/// Headers in the wild count the eight bytes of the RIFF header in, or a pad byte.
const RIFF_SIZE_SLACK: u64 = 9;
/// Second half of the sub-format GUID that stands for a plain format tag.
pub(super) const KS_GUID_TAIL: [u8; 14] =
    [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Why a stream could not be read as WAV.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The stream does not begin like a WAV file.
    #[error("this is no WAV file")]
    NotWav,
    /// No `fmt ` chunk, or one that is too short.
    #[error("the WAV header is damaged: it does not say what kind of samples follow")]
    NoFormat,
    /// No `data` chunk.
    #[error("the WAV file holds no sound")]
    NoData,
    /// Compressed, or of a width that is not taken.
    #[error("the WAV file holds {0}, which is not taken; send 16, 24 or 32-bit PCM or float")]
    Encoding(String),
    /// Block align and channels contradict each other.
    #[error(
        "the WAV header contradicts itself: {channels} channels of {bits} bits in {block} bytes"
    )]
    Align {
        /// Declared channels.
        channels: u16,
        /// Declared bits of a sample.
        bits: u16,
        /// Declared bytes of a frame.
        block: u16,
    },
    /// Rate or channels out of range.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Longer than any mix.
    #[error("the WAV file says it holds {0} frames, more than 24 hours")]
    TooLong(u64),
    /// The stream itself failed.
    #[error("could not read the WAV file")]
    Io(#[from] io::Error),
}

/// Where a chunk lies in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkAt {
    /// Four-character name.
    pub id: [u8; 4],
    /// First byte of its content.
    pub offset: u64,
    /// Bytes of content that are there.
    pub len: u64,
}

#[derive(Debug, Clone, Copy)]
struct Format {
    wire: Wire,
    spec: AudioSpec,
    valid_bits: u16,
}

/// What the walk over the chunks found.
#[derive(Debug, Default)]
struct Map {
    format: Option<Format>,
    chunks: Vec<ChunkAt>,
    data: Option<Data>,
    ds64: Option<Ds64>,
    /// Bytes at the end that are no chunk.
    extra_bytes: u64,
    /// A chunk runs past the end of the stream.
    chunk_cut: bool,
}

#[derive(Debug, Clone, Copy)]
struct Data {
    at: ChunkAt,
    /// Absent when the writer did not know it.
    declared: Option<u64>,
}

#[derive(Debug, Clone, Default)]
struct Ds64 {
    riff_bytes: u64,
    data_bytes: u64,
    table: Vec<([u8; 4], u64)>,
}

/// Reads WAV, RF64 and BW64.
#[derive(Debug)]
pub struct WavReader<R> {
    pcm: PcmStream<R>,
    valid_bits: u16,
    chunks: Vec<ChunkAt>,
    data: ChunkAt,
    completeness: Completeness,
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads the header and finds every chunk; the samples stay where they are.
    pub fn open(mut stream: R) -> Result<Self, WavError> {
        let len = stream.seek(SeekFrom::End(0))?;
        let mut head = [0; 12];
        stream.seek(SeekFrom::Start(0))?;
        if len < 12 {
            return Err(WavError::NotWav);
        }
        stream.read_exact(&mut head)?;
        if !is_wav(&head) {
            return Err(WavError::NotWav);
        }
        let map = walk(&mut stream, len)?;
        let format = map.format.ok_or(WavError::NoFormat)?;
        let data = map.data.ok_or(WavError::NoData)?;
        let frame = u64::from(format.wire.bytes()) * u64::from(format.spec.channels);
        let have = data.at.len / frame;
        if have.max(data.declared.unwrap_or(0) / frame) > MAX_FRAMES {
            return Err(WavError::TooLong(
                have.max(data.declared.unwrap_or(0) / frame),
            ));
        }
        let riff = match &map.ds64 {
            Some(ds64) => ds64.riff_bytes,
            None => u64::from(le_u32(&head[4..8])),
        };
        let completeness = judge(&map, data, frame, riff, len);
        Ok(Self {
            pcm: PcmStream::new(stream, format.wire, format.spec, data.at.offset, have),
            valid_bits: format.valid_bits,
            chunks: map.chunks,
            data: data.at,
            completeness,
        })
    }

    /// Rate, channels and kind of sample handed out.
    pub fn spec(&self) -> AudioSpec {
        self.pcm.spec()
    }

    /// Bits of a sample that the file says it uses.
    pub fn bit_depth(&self) -> u16 {
        self.valid_bits
    }

    /// Whole frames that are there.
    pub fn frames(&self) -> u64 {
        self.pcm.frames()
    }

    /// Declared against actual length.
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// Offset and bytes of the samples in the stream.
    pub fn data_range(&self) -> (u64, u64) {
        (self.data.offset, self.data.len)
    }

    /// Every chunk but `fmt `, `data` and `ds64`, in the order of the file.
    pub fn chunks(&self) -> &[ChunkAt] {
        &self.chunks
    }

    /// Content of a chunk, at most [`MAX_METADATA_BYTES`] of it.
    pub fn read_chunk(&mut self, chunk: ChunkAt) -> io::Result<Vec<u8>> {
        self.pcm.lost_place();
        self.pcm.stream.seek(SeekFrom::Start(chunk.offset))?;
        let mut bytes = Vec::new();
        let most = chunk.len.min(MAX_METADATA_BYTES);
        (&mut self.pcm.stream).take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Title, artist, ISRC and origin from the `LIST/INFO` and `bext` chunks.
    pub fn tags(&mut self) -> io::Result<Tags> {
        let mut tags = Tags::default();
        for chunk in self.chunks.clone() {
            match &chunk.id {
                b"bext" => tags.read_bext(&self.read_chunk(chunk)?),
                b"LIST" => tags.read_info(&self.read_chunk(chunk)?),
                _ => (),
            }
        }
        Ok(tags)
    }

    /// Next frames as planar `f64`; returns how many, 0 at the end. Each channel is emptied first.
    pub fn read_planar(
        &mut self,
        channels: &mut [Vec<f64>],
        max_frames: usize,
    ) -> io::Result<usize> {
        self.pcm.read_planar(channels, max_frames)
    }

    /// Fills `canonical` with whole frames of canonical bytes; returns the bytes, 0 at the end.
    pub fn read_raw(&mut self, canonical: &mut [u8]) -> io::Result<usize> {
        self.pcm.read_raw(canonical)
    }

    /// Next frames as canonical bytes in the reader's own buffer; empty at the end.
    pub fn next_raw(&mut self, max_frames: usize) -> io::Result<&[u8]> {
        self.pcm.next_raw(max_frames)
    }

    /// The next read begins at `frame`, or at the end if there are fewer.
    pub fn seek_frame(&mut self, frame: u64) {
        self.pcm.seek_frame(frame);
    }
}

/// True if these first 12 bytes begin a WAV, RF64 or BW64 file.
pub(crate) fn is_wav(head: &[u8]) -> bool {
    head.len() >= 12 && matches!(&head[..4], b"RIFF" | b"RF64" | b"BW64") && &head[8..12] == b"WAVE"
}

fn le_u16(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[0], bytes[1]])
}

fn le_u32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn le_u64(bytes: &[u8]) -> u64 {
    u64::from(le_u32(bytes)) | u64::from(le_u32(&bytes[4..])) << 32
}

/// Goes over the chunks once; stops at the first thing that cannot be one.
fn walk(stream: &mut (impl Read + Seek), len: u64) -> Result<Map, WavError> {
    let mut map = Map::default();
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some((id, size)) = chunk_header(stream, at, len)? else {
            // Fewer than eight bytes at the end are padding of some kind.
            map.extra_bytes = if len.saturating_sub(at) >= 8 {
                len - at
            } else {
                0
            };
            return Ok(map);
        };
        let offset = at + 8;
        let left = len - offset;
        if &id == b"data" && map.data.is_none() {
            let declared = data_size(stream, &map, size, offset, len)?;
            let here = declared.unwrap_or(left).min(left);
            let at = ChunkAt {
                id,
                offset,
                len: here,
            };
            map.data = Some(Data { at, declared });
        } else {
            let size = map.long_size(id, size);
            if size > left && map.data.is_some() {
                map.chunk_cut = true;
                map.extra_bytes = len - at;
                return Ok(map);
            }
            let chunk = ChunkAt {
                id,
                offset,
                len: size.min(left),
            };
            read_header_chunk(stream, chunk, &mut map)?;
        }
        let size = map.size_of_chunk_at(offset, size);
        let Some(next) = next_chunk(stream, offset, size, len)? else {
            return Ok(map);
        };
        at = next;
    }
    Ok(map)
}

impl Map {
    /// Size of a chunk other than the sound, which in RF64 may stand in the `ds64` table.
    fn long_size(&self, id: [u8; 4], size: u32) -> u64 {
        let table = self.ds64.iter().flat_map(|d| &d.table);
        match table.into_iter().find(|(name, _)| *name == id) {
            Some((_, long)) if size == UNKNOWN_SIZE => *long,
            _ => u64::from(size),
        }
    }

    fn size_of_chunk_at(&self, offset: u64, size: u32) -> u64 {
        match self.data {
            Some(data) if data.at.offset == offset => data.declared.unwrap_or(u64::MAX),
            _ => match self.chunks.last() {
                Some(chunk) if chunk.offset == offset => self.long_size(chunk.id, size),
                _ => u64::from(size),
            },
        }
    }
}

/// Name and size of the chunk at `at`; none where no chunk can be.
fn chunk_header(
    stream: &mut (impl Read + Seek),
    at: u64,
    len: u64,
) -> io::Result<Option<([u8; 4], u32)>> {
    if len.saturating_sub(at) < 8 {
        return Ok(None);
    }
    let mut head = [0; 8];
    stream.seek(SeekFrom::Start(at))?;
    stream.read_exact(&mut head)?;
    let id = [head[0], head[1], head[2], head[3]];
    let plausible = id.iter().all(|b| (0x20..0x7f).contains(b)) && id != *b"    ";
    Ok(plausible.then(|| (id, le_u32(&head[4..]))))
}

/// Declared bytes of sound; none if its writer did not know them.
fn data_size(
    stream: &mut (impl Read + Seek),
    map: &Map,
    size: u32,
    offset: u64,
    len: u64,
) -> io::Result<Option<u64>> {
    match (size, &map.ds64) {
        (UNKNOWN_SIZE, Some(ds64)) => Ok(Some(ds64.data_bytes)),
        (UNKNOWN_SIZE | SOX_UNKNOWN_SIZE, None) => Ok(None),
        // Zero is honest only if another chunk, or nothing, follows.
        (0, _) if offset < len => match chunk_header(stream, offset, len)? {
            Some((_, next)) if u64::from(next) <= len - offset => Ok(Some(0)),
            _ => Ok(None),
        },
        _ => Ok(Some(u64::from(size))),
    }
}

/// Where the next chunk begins; none at the end. Some writers forget the pad byte.
fn next_chunk(
    stream: &mut (impl Read + Seek),
    offset: u64,
    size: u64,
    len: u64,
) -> io::Result<Option<u64>> {
    let Some(end) = offset.checked_add(size).filter(|end| *end < len) else {
        return Ok(None);
    };
    if size.is_multiple_of(2) {
        return Ok(Some(end));
    }
    let padded = chunk_header(stream, end + 1, len)?;
    let unpadded = chunk_header(stream, end, len)?;
    match (padded, unpadded) {
        (None, Some((_, size))) if u64::from(size) <= len - end => Ok(Some(end)),
        _ => Ok(Some(end + 1).filter(|at| *at < len)),
    }
}

fn read_header_chunk(
    stream: &mut (impl Read + Seek),
    chunk: ChunkAt,
    map: &mut Map,
) -> Result<(), WavError> {
    let mut read = |most: u64| -> io::Result<Vec<u8>> {
        stream.seek(SeekFrom::Start(chunk.offset))?;
        let mut bytes = Vec::new();
        (&mut *stream)
            .take(chunk.len.min(most))
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match &chunk.id {
        b"fmt " if map.format.is_none() => map.format = Some(parse_format(&read(64)?)?),
        b"ds64" if map.ds64.is_none() => map.ds64 = parse_ds64(&read(28 + 12 * 64)?),
        b"fmt " | b"ds64" => (),
        _ => map.chunks.push(chunk),
    }
    Ok(())
}

fn parse_ds64(bytes: &[u8]) -> Option<Ds64> {
    let fixed = bytes.get(..28)?;
    let table = bytes[28..]
        .chunks_exact(12)
        .take(usize::try_from(le_u32(&fixed[24..])).unwrap_or(usize::MAX));
    Some(Ds64 {
        riff_bytes: le_u64(fixed),
        data_bytes: le_u64(&fixed[8..]),
        table: table
            .map(|entry| {
                (
                    [entry[0], entry[1], entry[2], entry[3]],
                    le_u64(&entry[4..]),
                )
            })
            .collect(),
    })
}

fn parse_format(fmt: &[u8]) -> Result<Format, WavError> {
    if fmt.len() < 16 {
        return Err(WavError::NoFormat);
    }
    let (mut tag, channels, rate_hz) = (le_u16(fmt), le_u16(&fmt[2..]), le_u32(&fmt[4..]));
    let (block, bits) = (le_u16(&fmt[12..]), le_u16(&fmt[14..]));
    let mut valid_bits = bits;
    if tag == 0xfffe {
        let extension = fmt.get(16..40).ok_or(WavError::NoFormat)?;
        if extension[10..24] != KS_GUID_TAIL {
            return Err(WavError::Encoding("an unknown kind of samples".to_owned()));
        }
        tag = le_u16(&extension[8..]);
        let valid = le_u16(&extension[2..]);
        if (1..=bits).contains(&valid) {
            valid_bits = valid;
        }
    }
    let mut spec = AudioSpec {
        rate_hz,
        channels,
        sample: SampleType::I16,
    };
    spec.check()?;
    if block == 0 || !block.is_multiple_of(channels) {
        return Err(WavError::Align {
            channels,
            bits,
            block,
        });
    }
    let wire =
        wire_for(tag, bits, block / channels).ok_or_else(|| refused(tag, channels, bits, block))?;
    spec.sample = wire.canonical();
    Ok(Format {
        wire,
        spec,
        valid_bits,
    })
}

fn wire_for(tag: u16, bits: u16, bytes: u16) -> Option<Wire> {
    let plain = |sample| Some(Wire::Plain(sample, ByteOrder::Little));
    match (tag, bytes) {
        (1, 1) if (1..=8).contains(&bits) => Some(Wire::Unsigned8),
        // Odd widths (12, 20 bits) and 24 bits in four bytes lie at the top of their container.
        (1, 2) if (1..=16).contains(&bits) => plain(SampleType::I16),
        (1, 3) if (1..=24).contains(&bits) => plain(SampleType::I24),
        (1, 4) if (1..=32).contains(&bits) => plain(SampleType::I32),
        (3, 4) if bits == 32 => plain(SampleType::F32),
        (3, 8) if bits == 64 => plain(SampleType::F64),
        _ => None,
    }
}

fn refused(tag: u16, channels: u16, bits: u16, block: u16) -> WavError {
    let name = match tag {
        1 | 3 => {
            return WavError::Align {
                channels,
                bits,
                block,
            };
        }
        2 | 0x11 => "ADPCM".to_owned(),
        6 => "A-law".to_owned(),
        7 => "mu-law".to_owned(),
        0x50 | 0x55 => "MP3".to_owned(),
        other => format!("samples of kind 0x{other:04x}"),
    };
    WavError::Encoding(name)
}

fn judge(map: &Map, data: Data, frame: u64, riff: u64, len: u64) -> Completeness {
    let have_frames = data.at.len / frame;
    let Some(declared) = data.declared else {
        return Completeness::Undeclared { have_frames };
    };
    let declared_frames = declared / frame;
    // Streams and unfinished recordings carry no real size here.
    let riff_known = !matches!(riff, 0 | 0xffff_ffff) && riff < u64::MAX / 2;
    let file_cut = riff_known && riff.saturating_add(8) > len + RIFF_SIZE_SLACK;
    if data.at.len < declared || map.chunk_cut && file_cut || file_cut && map.extra_bytes == 0 {
        return Completeness::CutShort {
            have_frames,
            declared_frames,
        };
    }
    if map.extra_bytes > 0 {
        return Completeness::LongerThanDeclared {
            declared_frames,
            extra_bytes: map.extra_bytes,
        };
    }
    Completeness::Complete
}
