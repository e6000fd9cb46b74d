//! The samples of an uncompressed file, read in blocks from the place the header gave.

use std::io::{self, Read, Seek, SeekFrom};

use crate::pcm::{Wire, planar_from_bytes};
use crate::spec::AudioSpec;

/// Bytes read from the stream at once.
const BLOCK_BYTES: usize = 64 * 1024;

/// A run of whole frames inside a stream.
#[derive(Debug)]
pub(crate) struct PcmStream<R> {
    pub(crate) stream: R,
    wire: Wire,
    spec: AudioSpec,
    offset: u64,
    frames: u64,
    next_frame: u64,
    /// Where the stream stands, if nobody else has moved it.
    place: Option<u64>,
    source: Vec<u8>,
    canonical: Vec<u8>,
}

impl<R: Read + Seek> PcmStream<R> {
    pub(crate) fn new(stream: R, wire: Wire, spec: AudioSpec, offset: u64, frames: u64) -> Self {
        Self {
            stream,
            wire,
            spec,
            offset,
            frames,
            next_frame: 0,
            place: None,
            source: Vec::new(),
            canonical: Vec::new(),
        }
    }

    pub(crate) fn spec(&self) -> AudioSpec {
        self.spec
    }

    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// Whoever moves `stream` says so, so that the next read finds its place again.
    pub(crate) fn lost_place(&mut self) {
        self.place = None;
    }

    pub(crate) fn seek_frame(&mut self, frame: u64) {
        self.next_frame = frame.min(self.frames);
        self.place = None;
    }

    fn source_frame(&self) -> usize {
        usize::from(self.spec.channels) * usize::from(self.wire.bytes())
    }

    /// Fills whole frames of canonical bytes; returns the bytes written, 0 at the end.
    pub(crate) fn read_raw(&mut self, canonical: &mut [u8]) -> io::Result<usize> {
        let room = canonical.len() / self.spec.frame_len();
        let left = usize::try_from(self.frames - self.next_frame).unwrap_or(usize::MAX);
        let most = (BLOCK_BYTES / self.source_frame()).max(1);
        let mut done = 0;
        while done < room.min(left) {
            let now = most.min(room.min(left) - done);
            let from = done * self.spec.frame_len();
            let to = from + now * self.spec.frame_len();
            self.read_block(now, &mut canonical[from..to])?;
            done += now;
        }
        Ok(done * self.spec.frame_len())
    }

    fn read_block(&mut self, frames: usize, canonical: &mut [u8]) -> io::Result<()> {
        let bytes = frames * self.source_frame();
        let at = self.offset + self.next_frame * self.source_frame() as u64;
        if self.place != Some(at) {
            self.stream.seek(SeekFrom::Start(at))?;
        }
        // Unknown until the read has succeeded.
        self.place = None;
        if self.wire.bytes() == self.spec.sample.bytes() && self.wire.is_little() {
            self.stream.read_exact(canonical)?;
        } else {
            self.source.resize(bytes, 0);
            self.stream.read_exact(&mut self.source)?;
            self.wire.to_canonical(&self.source, canonical);
        }
        self.place = Some(at + bytes as u64);
        self.next_frame += frames as u64;
        Ok(())
    }

    /// The next frames as canonical bytes in our own buffer; empty at the end.
    pub(crate) fn next_raw(&mut self, max_frames: usize) -> io::Result<&[u8]> {
        let mut canonical = std::mem::take(&mut self.canonical);
        canonical.resize(max_frames * self.spec.frame_len(), 0);
        let read = self.read_raw(&mut canonical);
        self.canonical = canonical;
        Ok(&self.canonical[..read?])
    }

    pub(crate) fn read_planar(
        &mut self,
        channels: &mut [Vec<f64>],
        max_frames: usize,
    ) -> io::Result<usize> {
        let spec = self.spec;
        let bytes = self.next_raw(max_frames)?;
        planar_from_bytes(spec, bytes, channels);
        Ok(bytes.len() / spec.frame_len())
    }
}
