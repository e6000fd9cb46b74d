//! FLAC by libFLAC: the studio's lossless delivery format, 16 or 24 bit.
//!
//! One of the listed modules with `unsafe`: libFLAC is C and calls back into our stream.
#![expect(
    unsafe_code,
    reason = "libFLAC is a C library that writes through callbacks"
)]

use std::ffi::{CString, c_void};
use std::io::{self, Seek, SeekFrom, Write};
use std::ptr::NonNull;

use libflac_sys as ffi;

use crate::checksum::SamplesHash;
use crate::pcm::i24_from_le;
use crate::spec::{AudioSpec, SampleType};
use crate::wav::WrittenAudio;

/// Most channels of a FLAC stream.
const MAX_FLAC_CHANNELS: u16 = 8;
/// Bytes of canonical samples passed on at once.
const PIECE_FRAMES: usize = 4_096;

/// Whether libFLAC decodes what it writes and compares, at twice the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// Compare every frame.
    Compare,
    /// Leave it to the read-back of the finished file.
    Skip,
}

/// A picture to put into the file as front cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Such as `image/jpeg`.
    pub mime_type: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Bits per pixel.
    pub depth_bits: u32,
    /// The picture file.
    pub bytes: Vec<u8>,
}

/// How a FLAC file is to be made.
#[derive(Debug, Clone)]
pub struct FlacSettings {
    /// Rate, channels (at most 8) and depth: I16 or I24.
    pub spec: AudioSpec,
    /// 0 fastest to 8 smallest; the studio uses 5.
    pub level: u32,
    /// Whether the encoder checks itself.
    pub verify: Verify,
    /// Length, if known; it is put right at the end in any case.
    pub frames: Option<u64>,
    /// Vorbis comments, such as `("TITLE", "Nachtlied")`.
    pub comments: Vec<(String, String)>,
    /// Front cover.
    pub picture: Option<Picture>,
}

impl FlacSettings {
    /// The studio's usual settings: level 5, no self-check, no tags.
    pub fn new(spec: AudioSpec) -> Self {
        Self {
            spec,
            level: 5,
            verify: Verify::Skip,
            frames: None,
            comments: Vec::new(),
            picture: None,
        }
    }
}

/// Why no FLAC file was made.
#[derive(Debug, thiserror::Error)]
pub enum FlacError {
    /// FLAC holds integers of 16 or 24 bits here, in up to 8 channels.
    #[error("FLAC is made from 16 or 24-bit samples in up to 8 channels, not from {0:?}")]
    Spec(AudioSpec),
    /// A tag with a NUL in it, or a name FLAC does not allow.
    #[error("the tag {0:?} cannot be written into a FLAC file")]
    Tag(String),
    /// The samples end inside a frame.
    #[error("the samples for the FLAC file end inside a frame")]
    PartialFrame,
    /// libFLAC refuses, with its state number.
    #[error("the FLAC encoder stopped in state {0}")]
    Encoder(u32),
    /// The stream failed.
    #[error("could not write the FLAC file")]
    Io(#[from] io::Error),
}

/// Where libFLAC's bytes go, and what went wrong there.
struct Sink<W> {
    stream: W,
    len: u64,
    error: Option<io::Error>,
}

/// A metadata block owned by us until the encoder is gone.
struct Metadata(NonNull<ffi::FLAC__StreamMetadata>);

impl Drop for Metadata {
    fn drop(&mut self) {
        // SAFETY: the block came from FLAC__metadata_object_new and is deleted once; the
        // encoder that borrows it is deleted before (field order in `FlacEncoder`).
        unsafe { ffi::FLAC__metadata_object_delete(self.0.as_ptr()) }
    }
}

/// The encoder itself; deleting it also ends it.
struct Handle(NonNull<ffi::FLAC__StreamEncoder>);

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: made by FLAC__stream_encoder_new, deleted once. This may call back into the
        // sink, which is freed later (field order in `FlacEncoder`).
        unsafe { ffi::FLAC__stream_encoder_delete(self.0.as_ptr()) }
    }
}

/// The sink on the heap, at an address that stays: libFLAC holds a pointer to it.
struct Pinned<W>(NonNull<Sink<W>>);

impl<W> Drop for Pinned<W> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from Box::into_raw and nobody else frees it.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// Writes FLAC. The checksum in its header is set when it is finished.
pub struct FlacEncoder<W: Write + Seek> {
    // Dropped in this order: the encoder uses the metadata and the sink to its end.
    handle: Handle,
    _metadata: Vec<Metadata>,
    sink: Pinned<W>,
    spec: AudioSpec,
    hash: SamplesHash,
    frames: u64,
    piece: Vec<i32>,
}

// SAFETY: libFLAC keeps no thread-local state; all pointers are owned by this value alone.
unsafe impl<W: Write + Seek + Send> Send for FlacEncoder<W> {}

impl<W: Write + Seek> FlacEncoder<W> {
    /// Writes the header; `stream` is written from its very beginning.
    pub fn new(mut stream: W, settings: &FlacSettings) -> Result<Self, FlacError> {
        let spec = settings.spec;
        let depth_fits = matches!(spec.sample, SampleType::I16 | SampleType::I24);
        if !depth_fits || spec.check().is_err() || spec.channels > MAX_FLAC_CHANNELS {
            return Err(FlacError::Spec(spec));
        }
        stream.seek(SeekFrom::Start(0))?;
        let metadata = metadata_blocks(settings)?;
        // SAFETY: no argument; a null pointer means that memory ran out.
        let handle = NonNull::new(unsafe { ffi::FLAC__stream_encoder_new() })
            .map(Handle)
            .ok_or(FlacError::Io(io::ErrorKind::OutOfMemory.into()))?;
        let sink = Box::into_raw(Box::new(Sink {
            stream,
            len: 0,
            error: None,
        }));
        let mut encoder = Self {
            handle,
            _metadata: metadata,
            sink: Pinned(NonNull::new(sink).expect("a box is never null")),
            spec,
            hash: SamplesHash::new(),
            frames: 0,
            piece: Vec::new(),
        };
        encoder.start(settings)?;
        Ok(encoder)
    }

    fn start(&mut self, settings: &FlacSettings) -> Result<(), FlacError> {
        let (encoder, spec) = (self.handle.0.as_ptr(), self.spec);
        let mut blocks: Vec<_> = self._metadata.iter().map(|m| m.0.as_ptr()).collect();
        let count = u32::try_from(blocks.len()).expect("two blocks at most");
        let verify = i32::from(settings.verify == Verify::Compare);
        // SAFETY: the encoder is alive and not yet initialised. The list of blocks is copied by
        // libFLAC, the blocks themselves live as long as the encoder. The callbacks match `W`,
        // and the sink stays at its address until the encoder is deleted.
        let status = unsafe {
            let set = ffi::FLAC__stream_encoder_set_channels(encoder, spec.channels.into())
                & ffi::FLAC__stream_encoder_set_bits_per_sample(encoder, spec.sample.bits().into())
                & ffi::FLAC__stream_encoder_set_sample_rate(encoder, spec.rate_hz)
                & ffi::FLAC__stream_encoder_set_compression_level(encoder, settings.level)
                & ffi::FLAC__stream_encoder_set_verify(encoder, verify)
                // Rates above 655,350 Hz apart, everything may be streamed; odd high rates
                // may not, and are legal FLAC all the same.
                & ffi::FLAC__stream_encoder_set_streamable_subset(encoder, 0)
                & ffi::FLAC__stream_encoder_set_total_samples_estimate(
                    encoder,
                    settings.frames.unwrap_or(0),
                );
            let tagged = blocks.is_empty()
                || ffi::FLAC__stream_encoder_set_metadata(encoder, blocks.as_mut_ptr(), count) != 0;
            if set == 0 || !tagged {
                return Err(self.failure());
            }
            ffi::FLAC__stream_encoder_init_stream(
                encoder,
                Some(write::<W>),
                Some(seek::<W>),
                Some(tell::<W>),
                None,
                self.sink.0.as_ptr().cast(),
            )
        };
        if status == ffi::FLAC__STREAM_ENCODER_INIT_STATUS_OK {
            Ok(())
        } else {
            Err(self.failure())
        }
    }

    /// What stopped the encoder: the stream's own error where it was that.
    fn failure(&mut self) -> FlacError {
        // SAFETY: libFLAC uses the sink only inside its own calls, and none is running.
        match unsafe { self.sink.0.as_mut() }.error.take() {
            Some(error) => FlacError::Io(error),
            // SAFETY: the encoder is alive.
            None => FlacError::Encoder(unsafe {
                ffi::FLAC__stream_encoder_get_state(self.handle.0.as_ptr())
            }),
        }
    }

    /// Encodes canonical bytes, whole frames.
    pub fn write_raw(&mut self, canonical: &[u8]) -> Result<(), FlacError> {
        let frame = self.spec.frame_len();
        if !canonical.len().is_multiple_of(frame) {
            return Err(FlacError::PartialFrame);
        }
        for bytes in canonical.chunks(PIECE_FRAMES * frame) {
            self.piece.clear();
            if self.spec.sample == SampleType::I16 {
                let samples = bytes.chunks_exact(2);
                self.piece
                    .extend(samples.map(|b| i32::from(i16::from_le_bytes([b[0], b[1]]))));
            } else {
                let samples = bytes.chunks_exact(3);
                self.piece
                    .extend(samples.map(|b| i24_from_le([b[0], b[1], b[2]])));
            }
            let frames = u32::try_from(bytes.len() / frame).expect("a piece is small");
            // SAFETY: the encoder is initialised; `piece` holds `frames` times the channels set.
            let done = unsafe {
                ffi::FLAC__stream_encoder_process_interleaved(
                    self.handle.0.as_ptr(),
                    self.piece.as_ptr(),
                    frames,
                )
            };
            if done == 0 {
                return Err(self.failure());
            }
            self.hash.update(bytes);
            self.frames += u64::from(frames);
        }
        Ok(())
    }

    /// Writes the last frame, then length and MD5 into the header. The caller still has to sync.
    pub fn finish(mut self) -> Result<WrittenAudio, FlacError> {
        // SAFETY: the encoder is initialised; finishing it is what this call is for.
        if unsafe { ffi::FLAC__stream_encoder_finish(self.handle.0.as_ptr()) } == 0 {
            return Err(self.failure());
        }
        // SAFETY: libFLAC is done with the sink.
        let sink = unsafe { self.sink.0.as_mut() };
        if let Some(error) = sink.error.take() {
            return Err(FlacError::Io(error));
        }
        sink.stream.flush()?;
        Ok(WrittenAudio {
            frames: self.frames,
            samples_sha256: std::mem::take(&mut self.hash).finish(),
            bytes: sink.len,
            clamped_samples: 0,
        })
    }
}

fn metadata_blocks(settings: &FlacSettings) -> Result<Vec<Metadata>, FlacError> {
    let mut blocks = Vec::new();
    if !settings.comments.is_empty() {
        let block = new_block(ffi::FLAC__METADATA_TYPE_VORBIS_COMMENT)?;
        for (name, value) in &settings.comments {
            add_comment(&block, name, value)?;
        }
        blocks.push(block);
    }
    if let Some(picture) = &settings.picture {
        let block = new_block(ffi::FLAC__METADATA_TYPE_PICTURE)?;
        set_picture(&block, picture)?;
        blocks.push(block);
    }
    Ok(blocks)
}

fn new_block(kind: ffi::FLAC__MetadataType) -> Result<Metadata, FlacError> {
    // SAFETY: a known type; a null pointer means that memory ran out.
    NonNull::new(unsafe { ffi::FLAC__metadata_object_new(kind) })
        .map(Metadata)
        .ok_or(FlacError::Io(io::ErrorKind::OutOfMemory.into()))
}

fn add_comment(block: &Metadata, name: &str, value: &str) -> Result<(), FlacError> {
    let refused = || FlacError::Tag(name.to_owned());
    let (name_c, value_c) = (
        CString::new(name).map_err(|_| refused())?,
        CString::new(value).map_err(|_| refused())?,
    );
    let mut entry = ffi::FLAC__StreamMetadata_VorbisComment_Entry {
        length: 0,
        entry: std::ptr::null_mut(),
    };
    // SAFETY: both strings end in NUL; the entry made is handed over to the block, which frees
    // it (copy = 0). If making it fails, nothing was made.
    let added = unsafe {
        ffi::FLAC__metadata_object_vorbiscomment_entry_from_name_value_pair(
            &mut entry,
            name_c.as_ptr(),
            value_c.as_ptr(),
        ) != 0
            && ffi::FLAC__metadata_object_vorbiscomment_append_comment(block.0.as_ptr(), entry, 0)
                != 0
    };
    if added { Ok(()) } else { Err(refused()) }
}

fn set_picture(block: &Metadata, picture: &Picture) -> Result<(), FlacError> {
    let refused = || FlacError::Tag("front cover".to_owned());
    let mime = CString::new(picture.mime_type.as_str()).map_err(|_| refused())?;
    let length = u32::try_from(picture.bytes.len()).map_err(|_| refused())?;
    // SAFETY: the block is of picture type; libFLAC copies text and data (copy = 1) and does
    // not write through the pointers.
    let set = unsafe {
        let data = &mut (*block.0.as_ptr()).data.picture;
        data.type_ = ffi::FLAC__STREAM_METADATA_PICTURE_TYPE_FRONT_COVER;
        data.width = picture.width;
        data.height = picture.height;
        data.depth = picture.depth_bits;
        let bytes = picture.bytes.as_ptr().cast_mut();
        ffi::FLAC__metadata_object_picture_set_mime_type(
            block.0.as_ptr(),
            mime.as_ptr().cast_mut(),
            1,
        ) != 0
            && ffi::FLAC__metadata_object_picture_set_data(block.0.as_ptr(), bytes, length, 1) != 0
    };
    if set { Ok(()) } else { Err(refused()) }
}

unsafe extern "C" fn write<W: Write + Seek>(
    _: *const ffi::FLAC__StreamEncoder,
    buffer: *const u8,
    bytes: usize,
    _samples: u32,
    _frame: u32,
    sink: *mut c_void,
) -> ffi::FLAC__StreamEncoderWriteStatus {
    // SAFETY: libFLAC passes the sink it was given, `bytes` readable bytes, and makes one call
    // at a time.
    let (sink, buffer) = unsafe {
        (
            &mut *sink.cast::<Sink<W>>(),
            std::slice::from_raw_parts(buffer, bytes),
        )
    };
    let written = sink.stream.write_all(buffer).and_then(|()| {
        let place = sink.stream.stream_position()?;
        sink.len = sink.len.max(place);
        Ok(())
    });
    match written {
        Ok(()) => ffi::FLAC__STREAM_ENCODER_WRITE_STATUS_OK,
        Err(error) => {
            sink.error = Some(error);
            ffi::FLAC__STREAM_ENCODER_WRITE_STATUS_FATAL_ERROR
        }
    }
}

unsafe extern "C" fn seek<W: Write + Seek>(
    _: *const ffi::FLAC__StreamEncoder,
    offset: u64,
    sink: *mut c_void,
) -> ffi::FLAC__StreamEncoderSeekStatus {
    // SAFETY: as in `write`.
    let sink = unsafe { &mut *sink.cast::<Sink<W>>() };
    match sink.stream.seek(SeekFrom::Start(offset)) {
        Ok(_) => ffi::FLAC__STREAM_ENCODER_SEEK_STATUS_OK,
        Err(error) => {
            sink.error = Some(error);
            ffi::FLAC__STREAM_ENCODER_SEEK_STATUS_ERROR
        }
    }
}

unsafe extern "C" fn tell<W: Write + Seek>(
    _: *const ffi::FLAC__StreamEncoder,
    offset: *mut u64,
    sink: *mut c_void,
) -> ffi::FLAC__StreamEncoderTellStatus {
    // SAFETY: as in `write`; `offset` points to libFLAC's variable.
    let (sink, offset) = unsafe { (&mut *sink.cast::<Sink<W>>(), &mut *offset) };
    match sink.stream.stream_position() {
        Ok(place) => {
            *offset = place;
            ffi::FLAC__STREAM_ENCODER_TELL_STATUS_OK
        }
        Err(error) => {
            sink.error = Some(error);
            ffi::FLAC__STREAM_ENCODER_TELL_STATUS_ERROR
        }
    }
}
