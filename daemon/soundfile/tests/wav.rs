//! What the WAV reader takes, what it says about lengths, and what the writer leaves behind.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use proptest::prelude::*;
use soundfile::wav::{Chunk, WavError, WavReader, WavWriter};
use soundfile::{AudioSpec, Completeness, SampleType, samples_sha256};

const STEREO_24: AudioSpec = AudioSpec {
    rate_hz: 48_000,
    channels: 2,
    sample: SampleType::I24,
};

fn chunk(id: &[u8; 4], bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::from(id);
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_le_bytes());
    out.extend_from_slice(bytes);
    if bytes.len() % 2 == 1 {
        out.push(0);
    }
    out
}

fn fmt(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels * bits.div_ceil(8);
    let mut out = Vec::new();
    out.extend_from_slice(&tag.to_le_bytes());
    out.extend_from_slice(&channels.to_le_bytes());
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&rate.wrapping_mul(u32::from(block)).to_le_bytes());
    out.extend_from_slice(&block.to_le_bytes());
    out.extend_from_slice(&bits.to_le_bytes());
    out
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body: Vec<u8> = chunks.concat();
    let mut out = Vec::from(*b"RIFF");
    out.extend_from_slice(&u32::try_from(body.len() + 4).unwrap().to_le_bytes());
    out.extend_from_slice(b"WAVE");
    out.extend_from_slice(&body);
    out
}

/// A stereo 16-bit file of `frames` frames with counting samples.
fn counting(frames: u16) -> Vec<u8> {
    let data: Vec<u8> = (0..frames * 2).flat_map(u16::to_le_bytes).collect();
    riff(&[
        chunk(b"fmt ", &fmt(1, 2, 44_100, 16)),
        chunk(b"data", &data),
    ])
}

fn open(bytes: Vec<u8>) -> Result<WavReader<Cursor<Vec<u8>>>, WavError> {
    WavReader::open(Cursor::new(bytes))
}

fn all_raw(reader: &mut WavReader<impl Read + Seek>) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let block = reader.next_raw(1000).unwrap();
        if block.is_empty() {
            return out;
        }
        out.extend_from_slice(block);
    }
}

#[test]
fn every_width_reads_with_its_own_values() {
    let check = |tag, bits, bytes: &[u8], sample, first: f64| {
        let mut reader = open(riff(&[
            chunk(b"fmt ", &fmt(tag, 1, 48_000, bits)),
            chunk(b"data", bytes),
        ]))
        .unwrap();
        assert_eq!(reader.spec().sample, sample, "{bits} bits");
        assert_eq!(reader.completeness(), Completeness::Complete, "{bits} bits");
        let mut channels = [Vec::new()];
        assert_eq!(reader.read_planar(&mut channels, 10).unwrap(), 1);
        assert_eq!(channels[0], [first], "{bits} bits");
    };
    check(1, 8, &[0x40], SampleType::I16, -0.5);
    check(1, 16, &[0, 0x40], SampleType::I16, 0.5);
    check(1, 24, &[0, 0, 0xc0], SampleType::I24, -0.5);
    check(1, 32, &[0, 0, 0, 0x40], SampleType::I32, 0.5);
    check(3, 32, &1.5f32.to_le_bytes(), SampleType::F32, 1.5);
    check(3, 64, &(-1.5f64).to_le_bytes(), SampleType::F64, -1.5);
}

#[test]
fn headers_that_describe_no_mix_are_refused_in_words() {
    let check = |fmt: Vec<u8>, words: &str| {
        let error = open(riff(&[chunk(b"fmt ", &fmt), chunk(b"data", &[0; 64])])).unwrap_err();
        assert_eq!(error.to_string(), words);
    };
    check(
        fmt(1, 0, 48_000, 16),
        "the file says 0 channels; 1 to 32 are taken",
    );
    check(
        fmt(1, 33, 48_000, 16),
        "the file says 33 channels; 1 to 32 are taken",
    );
    check(
        fmt(1, 2, 1, 16),
        "the file says 1 Hz; sample rates from 8 to 384 kHz are taken",
    );
    check(
        fmt(0x11, 2, 48_000, 4),
        "the WAV file holds ADPCM, which is not taken; send 16, 24 or 32-bit PCM or float",
    );
    let mut contradiction = fmt(1, 2, 48_000, 24);
    contradiction[12] = 5;
    check(
        contradiction,
        "the WAV header contradicts itself: 2 channels of 24 bits in 5 bytes",
    );
    let none = open(riff(&[chunk(b"fmt ", &fmt(1, 2, 48_000, 16))])).unwrap_err();
    assert_eq!(none.to_string(), "the WAV file holds no sound");
    assert!(matches!(open(Vec::new()), Err(WavError::NotWav)));
}

#[test]
fn a_file_says_how_much_of_it_is_there() {
    let check = |bytes: Vec<u8>, expected| {
        assert_eq!(open(bytes).unwrap().completeness(), expected);
    };
    check(counting(100), Completeness::Complete);
    let mut cut = counting(100);
    cut.truncate(cut.len() - 42);
    check(
        cut,
        Completeness::CutShort {
            have_frames: 89,
            declared_frames: 100,
        },
    );
    let mut junk = counting(100);
    junk.extend_from_slice(&[0xfe; 20]);
    check(
        junk,
        Completeness::LongerThanDeclared {
            declared_frames: 100,
            extra_bytes: 20,
        },
    );
    for (riff_size, data_size) in [
        (u32::MAX, u32::MAX),
        (0, 0),
        (36, 0),
        (0x7fff_f024, 0x7fff_f000),
    ] {
        let mut streamed = counting(100);
        streamed[4..8].copy_from_slice(&riff_size.to_le_bytes());
        streamed[40..44].copy_from_slice(&data_size.to_le_bytes());
        check(streamed, Completeness::Undeclared { have_frames: 100 });
    }
    check(counting(0), Completeness::Complete);
}

#[test]
fn a_file_whose_last_chunk_is_missing_is_cut_short_although_the_sound_is_whole() {
    let whole = riff(&[
        chunk(b"fmt ", &fmt(1, 1, 48_000, 16)),
        chunk(b"data", &[0; 200]),
        chunk(b"iXML", &[b' '; 300]),
    ]);
    let expected = Completeness::CutShort {
        have_frames: 100,
        declared_frames: 100,
    };
    for length in [whole.len() - 1 - 9, 244 + 8, 244] {
        let cut = open(whole[..length].to_vec()).unwrap();
        assert_eq!(cut.completeness(), expected, "{length} bytes");
    }
    assert_eq!(open(whole).unwrap().completeness(), Completeness::Complete);
}

#[test]
fn odd_chunks_in_any_order_are_stepped_over_and_read() {
    let mut bext = vec![0; 602];
    bext[..5].copy_from_slice(b"Mix 7");
    bext[256..259].copy_from_slice(b"DAW");
    bext[320..338].copy_from_slice(b"2026-11-2012:30:00");
    bext[338..346].copy_from_slice(&172_800_000u64.to_le_bytes());
    let info = [
        b"INFO".to_vec(),
        chunk(b"INAM", b"Nachtlied\0"),
        chunk(b"IART", b"Ensemble\0\0"),
        chunk(b"ISRC", b"DEA123456789\0"),
    ]
    .concat();
    let mut reader = open(riff(&[
        chunk(b"LIST", &info),
        chunk(b"odd ", b"abc"),
        chunk(b"bext", &bext),
        chunk(b"fmt ", &fmt(1, 1, 48_000, 16)),
        chunk(b"data", &[1, 2]),
        chunk(b"iXML", b"<x/>"),
    ]))
    .unwrap();
    let names: Vec<[u8; 4]> = reader.chunks().iter().map(|c| c.id).collect();
    assert_eq!(names, [*b"LIST", *b"odd ", *b"bext", *b"iXML"]);
    let tags = reader.tags().unwrap();
    assert_eq!(tags.title.as_deref(), Some("Nachtlied"));
    assert_eq!(tags.artist.as_deref(), Some("Ensemble"));
    assert_eq!(tags.isrc.as_deref(), Some("DEA123456789"));
    let origin = tags.origin.unwrap();
    assert_eq!(origin.originator, "DAW");
    assert_eq!(origin.written, "2026-11-20 12:30:00");
    assert_eq!(origin.time_reference_frames, 172_800_000);
    // Reading chunks in between does not move the samples.
    assert_eq!(all_raw(&mut reader), [1, 2]);
}

#[test]
fn a_forgotten_pad_byte_loses_nothing() {
    let mut odd = chunk(b"note", b"abc");
    odd.pop();
    let mut reader = open(riff(&[
        odd,
        chunk(b"fmt ", &fmt(1, 1, 48_000, 16)),
        chunk(b"data", &[5, 6, 7, 8]),
    ]))
    .unwrap();
    assert_eq!(all_raw(&mut reader), [5, 6, 7, 8]);
}

#[test]
fn seeking_finds_the_frame() {
    let mut reader = open(counting(1000)).unwrap();
    reader.seek_frame(321);
    let mut channels = [Vec::new(), Vec::new()];
    assert_eq!(reader.read_planar(&mut channels, 2).unwrap(), 2);
    assert_eq!(channels[0], [642.0 / 32768.0, 644.0 / 32768.0]);
    reader.seek_frame(5000);
    assert_eq!(reader.read_planar(&mut channels, 2).unwrap(), 0);
}

#[test]
fn what_is_written_reads_back_with_even_chunks_and_its_checksum() {
    for sample in [
        SampleType::I16,
        SampleType::I24,
        SampleType::I32,
        SampleType::F32,
        SampleType::F64,
    ] {
        for channels in [1, 2, 3, 6] {
            let spec = AudioSpec {
                rate_hz: 96_000,
                channels,
                sample,
            };
            let mut file = Cursor::new(Vec::new());
            let extra = [
                Chunk {
                    id: *b"bext",
                    bytes: vec![b'x'; 603],
                },
                Chunk {
                    id: *b"iXML",
                    bytes: b"<x/> ".to_vec(),
                },
            ];
            let mut writer = WavWriter::new(&mut file, spec, &extra).unwrap();
            let ramp: Vec<f64> = (0..1001).map(|n| f64::from(n) / 2048.0).collect();
            let planar: Vec<&[f64]> = vec![&ramp; usize::from(channels)];
            writer.write_planar(&planar).unwrap();
            let written = writer.finish().unwrap();
            assert_eq!((written.frames, written.clamped_samples), (1001, 0));
            assert_eq!(written.bytes, file.get_ref().len() as u64);

            let mut reader = WavReader::open(file).unwrap();
            assert_eq!(reader.spec(), spec);
            assert_eq!(reader.completeness(), Completeness::Complete);
            assert!(reader.chunks().iter().all(|c| c.len.is_multiple_of(2)));
            let raw = all_raw(&mut reader);
            assert_eq!(samples_sha256(&raw[..]).unwrap(), written.samples_sha256);
            reader.seek_frame(0);
            let mut back = vec![Vec::new(); usize::from(channels)];
            reader.read_planar(&mut back, 2000).unwrap();
            assert!(back.iter().all(|c| *c == ramp), "{spec:?}");
        }
    }
}

#[test]
fn a_file_is_whole_at_each_checkpoint_and_nothing_written_since_is_hidden() {
    let mut file = tempfile::tempfile().unwrap();
    let spec = AudioSpec {
        rate_hz: 48_000,
        channels: 2,
        sample: SampleType::F32,
    };
    let frames = |count: usize| vec![0.25; count];
    let mut seen = file.try_clone().unwrap();
    let mut found = || {
        let reader = WavReader::open(&mut seen).unwrap();
        (reader.frames(), reader.completeness())
    };
    let mut writer = WavWriter::new(file.try_clone().unwrap(), spec, &[]).unwrap();
    writer
        .write_planar(&[&frames(1_000), &frames(1_000)])
        .unwrap();
    writer.checkpoint().unwrap();
    assert_eq!(found(), (1_000, Completeness::Complete));
    // The reader moved the place in the file that both share.
    file.seek(SeekFrom::End(0)).unwrap();
    writer.write_planar(&[&frames(500), &frames(500)]).unwrap();
    let since = Completeness::LongerThanDeclared {
        declared_frames: 1_000,
        extra_bytes: 4_000,
    };
    assert_eq!(found(), (1_000, since));
    file.seek(SeekFrom::End(0)).unwrap();
    assert_eq!(writer.finish().unwrap().frames, 1_500);
    assert_eq!(found(), (1_500, Completeness::Complete));
}

#[test]
fn clamped_samples_are_counted() {
    let mut writer = WavWriter::new(Cursor::new(Vec::new()), STEREO_24, &[]).unwrap();
    writer.write_planar(&[&[1.0, 0.5], &[-1.0, 7.0]]).unwrap();
    assert_eq!(writer.finish().unwrap().clamped_samples, 2);
}

/// A file of any length that remembers only its first bytes; the rest is zero.
#[derive(Default)]
struct Sparse {
    head: Vec<u8>,
    at: u64,
    len: u64,
}

const REMEMBERED: u64 = 4096;

impl Write for Sparse {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for (at, byte) in (self.at..REMEMBERED).zip(bytes) {
            let at = usize::try_from(at).unwrap();
            self.head.resize(self.head.len().max(at + 1), 0);
            self.head[at] = *byte;
        }
        self.at += bytes.len() as u64;
        self.len = self.len.max(self.at);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Sparse {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let n = bytes.len().min(left);
        for byte in &mut bytes[..n] {
            let at = usize::try_from(self.at).unwrap_or(usize::MAX);
            *byte = self.head.get(at).copied().unwrap_or(0);
            self.at += 1;
        }
        Ok(n)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.len.checked_add_signed(by).unwrap(),
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
        };
        Ok(self.at)
    }
}

#[test]
fn a_file_over_4_gib_becomes_rf64() {
    let mut file = Sparse::default();
    let mut writer = WavWriter::new(&mut file, STEREO_24, &[]).unwrap();
    let block = vec![0; 6 * 1024 * 1024];
    let blocks = (1u64 << 32) / block.len() as u64 + 1;
    for _ in 0..blocks {
        writer.write_raw(&block).unwrap();
    }
    let written = writer.finish().unwrap();
    assert_eq!(written.frames, blocks * 1024 * 1024);
    assert!(written.bytes > 1 << 32);
    assert_eq!(&file.head[..4], b"RF64");
    let reader = WavReader::open(&mut file).unwrap();
    assert_eq!(reader.frames(), written.frames);
    assert_eq!(reader.completeness(), Completeness::Complete);

    file.len -= 600;
    let cut = WavReader::open(&mut file).unwrap();
    assert_eq!(
        cut.completeness(),
        Completeness::CutShort {
            have_frames: written.frames - 100,
            declared_frames: written.frames
        }
    );
    file.len += 600;
    file.head[..4].copy_from_slice(b"BW64");
    assert_eq!(WavReader::open(&mut file).unwrap().frames(), written.frames);
}

#[test]
fn a_file_is_bw64_where_that_is_asked_for() {
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = WavWriter::bw64(&mut file, STEREO_24, &[]).unwrap();
    writer.write_raw(&[1; 6 * 100]).unwrap();
    let written = writer.finish().unwrap();
    let bytes = file.get_ref();
    assert_eq!(&bytes[..8], b"BW64\xff\xff\xff\xff");
    assert_eq!(&bytes[12..16], b"ds64");
    // The size of all that follows, and of the sound, in 64 bits.
    assert_eq!(bytes[20..28], (written.bytes - 8).to_le_bytes());
    assert_eq!(bytes[28..36], 600_u64.to_le_bytes());
    let reader = WavReader::open(&mut file).unwrap();
    assert_eq!(reader.frames(), 100);
    assert_eq!(reader.completeness(), Completeness::Complete);
}

/// Reads all it can, bounded, and asks for everything else too.
fn read_everything(bytes: Vec<u8>) {
    let Ok(mut reader) = open(bytes) else { return };
    let _ = reader.tags();
    let mut channels = vec![Vec::new(); usize::from(reader.spec().channels)];
    while reader.read_planar(&mut channels, 512).unwrap() > 0 {}
    let whole = reader.frames() * reader.spec().frame_bytes();
    reader.seek_frame(0);
    assert_eq!(all_raw(&mut reader).len() as u64, whole);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever a disk or a network does to a file, it is read or refused, never more.
    #[test]
    fn damaged_headers_never_panic(
        flips in prop::collection::vec((0usize..120, any::<u8>()), 0..6),
        length in 0usize..500,
        list_first in any::<bool>(),
    ) {
        let info = [b"INFO".to_vec(), chunk(b"INAM", b"Title\0")].concat();
        let mut chunks = vec![chunk(b"fmt ", &fmt(1, 2, 48_000, 24)), chunk(b"data", &[7; 240])];
        chunks.insert(if list_first { 0 } else { 2 }, chunk(b"LIST", &info));
        let mut bytes = riff(&chunks);
        for (at, value) in flips {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
        bytes.truncate(length);
        read_everything(bytes);
    }

    /// A file cut anywhere in its sound says so.
    #[test]
    fn a_cut_is_always_seen(keep in 44usize..443) {
        let mut bytes = counting(100);
        bytes.truncate(keep);
        let reader = open(bytes).unwrap();
        let have_frames = (keep as u64 - 44) / 4;
        prop_assert_eq!(
            reader.completeness(),
            Completeness::CutShort { have_frames, declared_frames: 100 }
        );
    }
}
