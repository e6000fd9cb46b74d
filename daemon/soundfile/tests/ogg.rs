//! Ogg Vorbis streams whose start was cropped, as editors of streams leave them.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use soundfile::{AudioSpec, Completeness, Decoder, SampleType, WavReader, WavWriter};

/// Frames that the cropped streams drop at their start.
const CROPPED: usize = 500;
/// Two decoders of one lossy stream round differently, by no more than this.
const ROUNDING: f64 = 1e-5;

/// A page: its flags, the position of its end, its serial and number, lacing values and bytes.
#[derive(Clone)]
struct Page {
    head: Vec<u8>,
    lacing: Vec<u8>,
    body: Vec<u8>,
}

impl Page {
    fn all(mut bytes: &[u8]) -> Vec<Self> {
        let mut pages = Vec::new();
        while !bytes.is_empty() {
            assert_eq!(&bytes[..4], b"OggS");
            let count = usize::from(bytes[26]);
            let lacing = bytes[27..27 + count].to_vec();
            let length: usize = lacing.iter().map(|l| usize::from(*l)).sum();
            let (start, end) = (27 + count, 27 + count + length);
            pages.push(Self {
                head: bytes[..26].to_vec(),
                lacing,
                body: bytes[start..end].to_vec(),
            });
            bytes = &bytes[end..];
        }
        pages
    }

    fn ends_at(&self) -> i64 {
        i64::from_le_bytes(self.head[6..14].try_into().unwrap())
    }

    fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend(&self.head[..22]);
        out.extend([0; 4]);
        out.push(u8::try_from(self.lacing.len()).unwrap());
        out.extend(&self.lacing);
        out.extend(&self.body);
        let sum = checksum(&out[start..]);
        out[start + 22..start + 26].copy_from_slice(&sum.to_le_bytes());
    }

    /// Takes the first packet out of the page.
    fn first_packet(&mut self) -> (Vec<u8>, Vec<u8>) {
        let ends = self.lacing.iter().position(|l| *l < 255).unwrap() + 1;
        let lacing: Vec<u8> = self.lacing.drain(..ends).collect();
        let length: usize = lacing.iter().map(|l| usize::from(*l)).sum();
        (lacing, self.body.drain(..length).collect())
    }
}

/// The checksum of a page (RFC 3533, 6): polynomial 0x04c11db7, nothing reflected.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 24, |sum, _| {
            let carried = sum >> 31 == 1;
            sum << 1 ^ if carried { 0x04c1_1db7 } else { 0 }
        })
    })
}

/// The stream with every position moved, so that its first page ends too early by `CROPPED`.
fn cropped(whole: &[u8]) -> Vec<Page> {
    let mut pages = Page::all(whole);
    for page in &mut pages {
        let ends_at = page.ends_at();
        if ends_at > 0 {
            let moved = ends_at - i64::try_from(CROPPED).unwrap();
            page.head[6..14].copy_from_slice(&moved.to_le_bytes());
        }
    }
    pages
}

fn keep(path: &Path, pages: &[Page]) -> PathBuf {
    let mut bytes = Vec::new();
    for page in pages {
        page.write(&mut bytes);
    }
    std::io::Write::write_all(&mut File::create_new(path).unwrap(), &bytes).unwrap();
    path.to_owned()
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {done:?}");
}

/// Two seconds that rise and fall, so that a frame more or less is seen.
fn stream(folder: &Path) -> Vec<u8> {
    let wav = folder.join("mix.wav");
    let spec = AudioSpec {
        rate_hz: 44_100,
        channels: 2,
        sample: SampleType::I16,
    };
    let tone = |n: u32, hz: f64| (f64::from(n) * hz * std::f64::consts::TAU / 44_100.0).sin() * 0.3;
    let left: Vec<f64> = (0..88_200).map(|n| tone(n, 220.0)).collect();
    let right: Vec<f64> = (0..88_200).map(|n| tone(n, 331.0)).collect();
    let mut writer = WavWriter::new(File::create_new(&wav).unwrap(), spec, &[]).unwrap();
    writer.write_planar(&[&left, &right]).unwrap();
    writer.finish().unwrap();
    let ogg = folder.join("mix.ogg");
    let mut ffmpeg = Command::new("ffmpeg");
    run(ffmpeg
        .args(["-v", "error", "-i"])
        .arg(&wav)
        .args(["-c:a", "libvorbis", "-q:a", "6"])
        .arg(&ogg));
    std::fs::read(ogg).unwrap()
}

fn decoded(path: &Path) -> Vec<Vec<f64>> {
    let mut decoder = Decoder::open(File::open(path).unwrap(), "mix.ogg").unwrap();
    let (mut channels, mut block) = (vec![Vec::new(); 2], vec![Vec::new(); 2]);
    while let Some(next) = decoder.next_block().unwrap() {
        next.planar(&mut block);
        for (all, part) in channels.iter_mut().zip(&block) {
            all.extend_from_slice(part);
        }
    }
    let finished = decoder.finish().unwrap();
    assert_eq!(finished.completeness, Completeness::Complete);
    channels
}

/// The same by ffmpeg, which drops nothing at the start.
fn by_ffmpeg(path: &Path) -> Vec<Vec<f64>> {
    let wav = path.with_extension("by-ffmpeg.wav");
    let mut convert = Command::new("ffmpeg");
    run(convert
        .args(["-v", "error", "-i"])
        .arg(path)
        .args(["-c:a", "pcm_f32le"])
        .arg(&wav));
    let mut reader = WavReader::open(File::open(wav).unwrap()).unwrap();
    let mut channels = vec![Vec::new(); 2];
    let frames = usize::try_from(reader.frames()).unwrap();
    reader.read_planar(&mut channels, frames).unwrap();
    channels
}

fn assert_same(ours: &[Vec<f64>], theirs: &[&[f64]]) {
    for (ours, theirs) in ours.iter().zip(theirs) {
        assert_eq!(ours.len(), theirs.len());
        let largest = ours
            .iter()
            .zip(*theirs)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(largest < ROUNDING, "{largest}");
    }
}

#[test]
fn what_a_stream_drops_at_its_start_is_dropped_there_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let whole = stream(folder.path());
    let pages = cropped(&whole);
    // Once as it is, once with the first packet of audio already on the page of the headers.
    let plain = keep(&folder.path().join("plain.ogg"), &pages);
    let mut early = pages.clone();
    let headers = early.iter().position(|p| p.ends_at() > 0).unwrap() - 1;
    let (lacing, body) = early[headers + 1].first_packet();
    early[headers].lacing.extend(lacing);
    early[headers].body.extend(body);
    let early = keep(&folder.path().join("early.ogg"), &early);

    let original = decoded(&folder.path().join("mix.ogg"));
    let expected: Vec<&[f64]> = original.iter().map(|c| &c[CROPPED..]).collect();
    for path in [plain, early] {
        let ours = decoded(&path);
        assert_same(&ours, &expected);
        let theirs = by_ffmpeg(&path);
        let theirs: Vec<&[f64]> = theirs.iter().map(|c| &c[CROPPED..]).collect();
        assert_same(&ours, &theirs);
    }
}
