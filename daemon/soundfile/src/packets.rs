//! Compressed files, and Core Audio, through symphonia.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::audio::sample::i24;
use symphonia::core::codecs::audio::well_known as known;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::{MetadataOptions, StandardTag};
use symphonia::core::units::Duration;

use crate::decode::{Codec, DecodeError, SourceChecksum};
use crate::lead_in::LeadIn;
use crate::sniff::Container;
use crate::spec::{AudioSpec, MAX_DAMAGED_PACKETS, MAX_FRAMES, MAX_METADATA_BYTES, SampleType};
use crate::tags::{Tags, tidy, words};

/// Most consecutive failures to find the next packet.
const MAX_LOST_PACKETS: u32 = 64;

/// A stream with the length it had when it was opened.
struct Source<R> {
    stream: R,
    len: u64,
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.read(bytes)
    }
}

impl<R: Seek> Seek for Source<R> {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.stream.seek(to)
    }
}

impl<R: Read + Seek + Send + Sync> MediaSource for Source<R> {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.len)
    }
}

/// The stream ended inside a packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndedInside;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The first block is decoded on opening, to learn what is really in there.
    FirstBlockWaits,
    Running,
    Ended,
}

/// One audio track, decoded packet by packet.
pub(crate) struct Packets {
    reader: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    pub(crate) codec: Codec,
    pub(crate) spec: AudioSpec,
    pub(crate) bit_depth: Option<u16>,
    pub(crate) declared_frames: Option<u64>,
    pub(crate) tags: Tags,
    bytes: Vec<u8>,
    pub(crate) frames: u64,
    pub(crate) damaged: u32,
    pub(crate) cut: Option<EndedInside>,
    stage: Stage,
    lead_in: LeadIn,
    /// Packets of the track so far.
    number: u64,
}

impl Packets {
    pub(crate) fn open<R: Read + Seek + Send + Sync + 'static>(
        stream: R,
        len: u64,
        container: Container,
    ) -> Result<Self, DecodeError> {
        let mut hint = Hint::new();
        hint.with_extension(container.extension());
        let limit = usize::try_from(MAX_METADATA_BYTES).unwrap_or(usize::MAX);
        let metadata = MetadataOptions::default()
            .limit_tag_bytes(Limit::Maximum(limit))
            .limit_visual_bytes(Limit::Maximum(limit));
        let stream = MediaSourceStream::new(Box::new(Source { stream, len }), Default::default());
        let probe = |stream: MediaSourceStream<'static>| {
            guarded(|| {
                let options = FormatOptions::default();
                symphonia::default::get_probe().probe(&hint, stream, options, metadata)
            })?
            .map_err(|e| damaged(container, e))
        };
        let mut reader = probe(stream)?;
        let lead_in = lead_in(reader.as_mut())?;
        if lead_in.is_some() {
            let mut stream = reader.into_inner();
            stream.seek(SeekFrom::Start(0)).map_err(DecodeError::Io)?;
            reader = probe(stream)?;
        }
        let track = reader
            .first_track_known_codec(TrackType::Audio)
            .ok_or(DecodeError::NoSound(container.name()))?;
        let params = track
            .codec_params
            .as_ref()
            .and_then(|p| p.audio())
            .ok_or(DecodeError::NoSound(container.name()))?
            .clone();
        let codec = codec_of(params.codec).ok_or(DecodeError::Codec(container.name()))?;
        let (id, declared) = (track.id, declared_frames(track, codec, params.sample_rate));
        let options = AudioDecoderOptions::default().verify(true);
        let decoder =
            guarded(|| symphonia::default::get_codecs().make_audio_decoder(&params, &options))?
                .map_err(|e| damaged(container, e))?;
        let bits = match codec {
            Codec::Alac => params.extra_data.as_deref().and_then(alac_bits),
            _ => params.bits_per_sample.or(params.bits_per_coded_sample),
        };
        let mut packets = Self {
            tags: tags_of(reader.as_mut()),
            reader,
            decoder,
            track: id,
            codec,
            spec: AudioSpec {
                rate_hz: params.sample_rate.unwrap_or(0),
                channels: 0,
                sample: SampleType::F32,
            },
            bit_depth: bits
                .filter(|_| !codec.is_lossy())
                .and_then(|b| u16::try_from(b).ok()),
            declared_frames: declared,
            bytes: Vec::new(),
            frames: 0,
            damaged: 0,
            cut: None,
            stage: Stage::Running,
            lead_in: lead_in.unwrap_or_default(),
            number: 0,
        };
        if !guarded(|| packets.decode_next())?? {
            return Err(DecodeError::NoSound(container.name()));
        }
        packets.stage = Stage::FirstBlockWaits;
        Ok(packets)
    }

    /// The next block of canonical bytes; empty at the end.
    pub(crate) fn next_raw(&mut self) -> Result<&[u8], DecodeError> {
        if self.stage == Stage::FirstBlockWaits {
            self.stage = Stage::Running;
            return Ok(&self.bytes);
        }
        let decoded = guarded(|| self.decode_next());
        if !matches!(decoded, Ok(Ok(true))) {
            // Whatever went wrong, nothing is asked of this decoder again.
            self.stage = Stage::Ended;
            self.bytes.clear();
        }
        decoded??;
        Ok(&self.bytes)
    }

    /// Decodes one packet into `bytes`; false at the end.
    fn decode_next(&mut self) -> Result<bool, DecodeError> {
        let mut lost = 0;
        while self.stage != Stage::Ended {
            let mut packet = match self.reader.next_packet() {
                Ok(Some(packet)) => packet,
                Ok(None) => break,
                Err(Error::IoError(e)) if e.kind() == io::ErrorKind::UnexpectedEof => {
                    self.cut = Some(EndedInside);
                    break;
                }
                Err(Error::IoError(e)) => return Err(DecodeError::Io(e)),
                Err(Error::ResetRequired) => return Err(DecodeError::Chained),
                Err(_) => {
                    lost += 1;
                    self.count_damage()?;
                    if lost > MAX_LOST_PACKETS {
                        break;
                    }
                    continue;
                }
            };
            if packet.track_id != self.track {
                continue;
            }
            if self.lead_in.whole == Some(self.number) {
                packet.trim_end = Duration::ZERO;
            }
            self.number += 1;
            match self.decoder.decode(&packet) {
                Ok(buffer) if buffer.frames() == 0 => (),
                Ok(buffer) => {
                    let spec = spec_of(&buffer, self.bit_depth);
                    let first = self.spec.channels == 0;
                    if first {
                        spec.check()?;
                        self.spec = spec;
                    } else if spec != self.spec {
                        return Err(DecodeError::Changes);
                    }
                    copy_canonical(&buffer, spec.sample, &mut self.bytes);
                    let frames = buffer.frames() as u64;
                    let dropped = self.drop_lead_in(frames);
                    if dropped == frames {
                        continue;
                    }
                    self.frames += frames - dropped;
                    if self.frames > MAX_FRAMES {
                        return Err(DecodeError::TooLong);
                    }
                    return Ok(true);
                }
                Err(Error::ResetRequired) => return Err(DecodeError::Chained),
                Err(_) => self.count_damage()?,
            }
        }
        self.stage = Stage::Ended;
        Ok(false)
    }

    /// Drops from the copied frames what comes before the first; says how many.
    fn drop_lead_in(&mut self, frames: u64) -> u64 {
        let dropped = frames.min(self.lead_in.frames);
        self.lead_in.frames -= dropped;
        let bytes = dropped.saturating_mul(self.spec.frame_bytes());
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        self.bytes.drain(..bytes.min(self.bytes.len()));
        dropped
    }

    fn count_damage(&mut self) -> Result<(), DecodeError> {
        self.damaged += 1;
        if self.damaged > MAX_DAMAGED_PACKETS {
            return Err(DecodeError::Hopeless);
        }
        Ok(())
    }

    /// Whether the checksum that the file carries over its own samples agrees.
    pub(crate) fn checksum(&mut self) -> SourceChecksum {
        match self.decoder.finalize().verify_ok {
            None => SourceChecksum::Absent,
            Some(true) => SourceChecksum::Agrees,
            Some(false) => SourceChecksum::Differs,
        }
    }
}

/// How an Ogg Vorbis stream begins; none where there is nothing to put right. A reader that was
/// asked has read on.
fn lead_in(reader: &mut dyn FormatReader) -> Result<Option<LeadIn>, DecodeError> {
    let track = reader.first_track_known_codec(TrackType::Audio);
    let vorbis = track.filter(|track| {
        let params = track.codec_params.as_ref().and_then(|p| p.audio());
        params.is_some_and(|p| p.codec == known::CODEC_ID_VORBIS)
    });
    let Some(track) = vorbis.map(|track| track.id) else {
        return Ok(None);
    };
    guarded(|| LeadIn::of(reader, track)).map(Some)
}

/// Some damaged headers make symphonia's arithmetic overflow, which stops the program where
/// overflow is checked. That must end the file, not whoever opened it.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, DecodeError> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| DecodeError::Absurd)
}

fn damaged(container: Container, error: Error) -> DecodeError {
    match error {
        Error::IoError(e) if e.kind() != io::ErrorKind::UnexpectedEof => DecodeError::Io(e),
        source => DecodeError::Damaged {
            container: container.name(),
            source: Box::new(source),
        },
    }
}

fn codec_of(id: symphonia::core::codecs::audio::AudioCodecId) -> Option<Codec> {
    Some(match id {
        known::CODEC_ID_FLAC => Codec::Flac,
        known::CODEC_ID_ALAC => Codec::Alac,
        known::CODEC_ID_MP3 => Codec::Mp3,
        known::CODEC_ID_AAC => Codec::Aac,
        known::CODEC_ID_VORBIS => Codec::Vorbis,
        known::CODEC_ID_PCM_F32LE
        | known::CODEC_ID_PCM_F32BE
        | known::CODEC_ID_PCM_F64LE
        | known::CODEC_ID_PCM_F64BE => Codec::Float,
        known::CODEC_ID_PCM_S8
        | known::CODEC_ID_PCM_U8
        | known::CODEC_ID_PCM_S16LE
        | known::CODEC_ID_PCM_S16BE
        | known::CODEC_ID_PCM_S24LE
        | known::CODEC_ID_PCM_S24BE
        | known::CODEC_ID_PCM_S32LE
        | known::CODEC_ID_PCM_S32BE => Codec::Pcm,
        _ => return None,
    })
}

/// Bit depth from Apple Lossless' own header, which older files wrap in two atoms.
fn alac_bits(mut cookie: &[u8]) -> Option<u32> {
    for atom in [b"frma", b"alac"] {
        if cookie.get(4..8) == Some(atom) {
            cookie = cookie.get(12..)?;
        }
    }
    cookie.get(5).map(|bits| u32::from(*bits))
}

/// Declared length in frames; containers may count in a unit of their own.
fn declared_frames(track: &Track, codec: Codec, rate_hz: Option<u32>) -> Option<u64> {
    if codec == Codec::Mp3 && track.delay.is_none() {
        // Without LAME's tag the length is guessed from the first frame and the file's size.
        return None;
    }
    let units = track.num_frames?;
    let (Some(base), Some(rate)) = (track.time_base, rate_hz) else {
        return Some(units);
    };
    let scaled = u128::from(units) * u128::from(base.numer.get()) * u128::from(rate)
        / u128::from(base.denom.get());
    u64::try_from(scaled).ok()
}

fn tags_of(reader: &mut dyn FormatReader) -> Tags {
    let mut tags = Tags::default();
    let mut metadata = reader.metadata();
    loop {
        if let Some(revision) = metadata.current() {
            for tag in &revision.media.tags {
                match &tag.std {
                    Some(StandardTag::TrackTitle(text)) => tags.title = tidy(text),
                    Some(StandardTag::Artist(text)) => tags.artist = tidy(text),
                    Some(StandardTag::IdentIsrc(text)) => tags.isrc = tidy(text),
                    Some(StandardTag::Lyrics(text)) => tags.lyrics = words(text),
                    _ => (),
                }
            }
        }
        if metadata.pop().is_none() {
            return tags;
        }
    }
}

fn spec_of(buffer: &GenericAudioBufferRef<'_>, bit_depth: Option<u16>) -> AudioSpec {
    use GenericAudioBufferRef as B;
    let sample = match buffer {
        B::U8(_) | B::S8(_) | B::U16(_) | B::S16(_) => SampleType::I16,
        B::U24(_) | B::S24(_) => SampleType::I24,
        // Lossless decoders hand out 32 bits with the sample at the top.
        B::U32(_) | B::S32(_) => match bit_depth {
            Some(..=16) => SampleType::I16,
            Some(17..=24) => SampleType::I24,
            _ => SampleType::I32,
        },
        B::F32(_) => SampleType::F32,
        B::F64(_) => SampleType::F64,
    };
    AudioSpec {
        rate_hz: buffer.spec().rate(),
        channels: u16::try_from(buffer.spec().channels().count()).unwrap_or(u16::MAX),
        sample,
    }
}

/// Copies whole samples; integers only lose empty low bits, floats nothing.
fn copy_canonical(buffer: &GenericAudioBufferRef<'_>, sample: SampleType, bytes: &mut Vec<u8>) {
    bytes.clear();
    match sample {
        SampleType::I16 => buffer.copy_bytes_to_vec_interleaved_as::<i16>(bytes),
        SampleType::I24 => buffer.copy_bytes_to_vec_interleaved_as::<i24>(bytes),
        SampleType::I32 => buffer.copy_bytes_to_vec_interleaved_as::<i32>(bytes),
        SampleType::F32 => buffer.copy_bytes_to_vec_interleaved_as::<f32>(bytes),
        SampleType::F64 => buffer.copy_bytes_to_vec_interleaved_as::<f64>(bytes),
    }
}
