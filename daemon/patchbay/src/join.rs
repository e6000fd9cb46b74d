//! Two prints of one song joined into one.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::ops::Range;
use std::path::Path;

use dsp::{Blanking, Depth, DitherKind, DitherSeed, DitherSettings, Quantiser};
use durable::Draft;
use gear::{fade_frames, fade_gains};
use soundfile::{AudioSpec, SampleType, WavReader, WavWriter, WrittenAudio};

use crate::print::PrintError;

/// Frames copied at a time.
const BLOCK: usize = 8_192;
/// One step of a 24-bit word.
const STEPS_24: f64 = 8_388_608.0;

/// Writes one print up to a frame and another from there on, with a short cross-fade from that frame in which both are
/// heard. What both agree on stays what it is, to the bit; where 24-bit words differ in the fade, they are dithered.
///
/// # Errors
/// Prints of another rate, width or sample type; the disk; a file that is there already.
pub fn join_prints<R: Read + Seek>(
    [first, second]: [R; 2],
    frame: u64,
    out: &Path,
) -> Result<WrittenAudio, PrintError> {
    if out.exists() {
        return Err(PrintError::Exists(out.to_owned()));
    }
    let (mut first, mut second) = (WavReader::open(first)?, WavReader::open(second)?);
    let (spec, all) = (first.spec(), second.frames());
    if second.spec() != spec {
        return Err(PrintError::Sample);
    }
    let folder = out.parent().filter(|f| !f.as_os_str().is_empty());
    let mut draft = Draft::create_private_in(folder.unwrap_or(Path::new(".")))?;
    let mut writer = WavWriter::new(draft.file(), spec, &[]).map_err(PrintError::Write)?;
    let behind = (frame + fade_frames(spec.rate_hz)).min(all);
    copy(&mut first, 0..frame, &mut writer).map_err(PrintError::Write)?;
    let faded = faded([&mut first, &mut second], frame..behind).map_err(PrintError::Write)?;
    let rows: Vec<&[f64]> = faded.iter().map(Vec::as_slice).collect();
    writer.write_planar(&rows).map_err(PrintError::Write)?;
    copy(&mut second, behind..all, &mut writer).map_err(PrintError::Write)?;
    let written = writer.finish().map_err(PrintError::Write)?;
    draft.publish(out)?;
    Ok(written)
}

/// Frames as they are, byte by byte.
fn copy<R: Read + Seek>(
    from: &mut WavReader<R>,
    frames: Range<u64>,
    to: &mut WavWriter<&mut File>,
) -> io::Result<()> {
    from.seek_frame(frames.start);
    let frame_bytes = from.spec().frame_bytes();
    let mut left = frames.end - frames.start;
    while left > 0 {
        let wanted = usize::try_from(left).unwrap_or(BLOCK).min(BLOCK);
        let bytes = from.next_raw(wanted)?;
        if bytes.is_empty() {
            let end = "one of the prints is too short";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, end));
        }
        left -= bytes.len() as u64 / frame_bytes;
        to.write_raw(bytes)?;
    }
    Ok(())
}

/// The frames in which both are heard.
fn faded<R: Read + Seek>(
    [first, second]: [&mut WavReader<R>; 2],
    frames: Range<u64>,
) -> io::Result<Vec<Vec<f64>>> {
    let spec = first.spec();
    let read = |reader: &mut WavReader<R>| {
        let mut rows = vec![Vec::new(); usize::from(spec.channels)];
        reader.seek_frame(frames.start);
        let count = usize::try_from(frames.end - frames.start).unwrap_or(usize::MAX);
        reader.read_planar(&mut rows, count).map(|_| rows)
    };
    let (first, second) = (read(first)?, read(second)?);
    let mixed: Vec<Vec<f64>> = first
        .iter()
        .zip(&second)
        .map(|(first, second)| mixed(first, second))
        .collect();
    let whole = words(&mixed, spec);
    let mut rows = Vec::new();
    for ((first, second), whole) in first.iter().zip(&second).zip(whole) {
        let pairs = first.iter().zip(second).zip(whole);
        let row = pairs.map(|((a, b), mixed)| if a == b { *a } else { mixed });
        rows.push(row.collect());
    }
    Ok(rows)
}

fn mixed(first: &[f64], second: &[f64]) -> Vec<f64> {
    let frames = first.len().min(second.len()) as u64;
    let pairs = first.iter().zip(second).zip(0..);
    let mixed = pairs.map(|((a, b), n)| {
        let [from, to] = fade_gains(n, frames);
        a * from + b * to
    });
    mixed.collect()
}

/// As the print's words hold it.
fn words(mixed: &[Vec<f64>], spec: AudioSpec) -> Vec<Vec<f64>> {
    if spec.sample != SampleType::I24 {
        return mixed.to_vec();
    }
    let settings = DitherSettings {
        kind: DitherKind::Triangular,
        blanking: Blanking::Never,
    };
    let frames = mixed.first().map_or(0, Vec::len);
    let (seed, channels) = (DitherSeed(0x6a6f_696e), mixed.len());
    let mut dither = Quantiser::with(settings, Depth::Int24, seed, channels, spec.rate_hz);
    let mut whole = vec![vec![0; frames]; channels];
    let rows: Vec<&[f64]> = mixed.iter().map(Vec::as_slice).collect();
    let mut out: Vec<&mut [i32]> = whole.iter_mut().map(Vec::as_mut_slice).collect();
    dither.process(&rows, &mut out);
    let scaled = |row: &Vec<i32>| row.iter().map(|x| f64::from(*x) / STEPS_24).collect();
    whole.iter().map(scaled).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const RATE: u32 = 48_000;

    fn print(sample: SampleType, at: impl Fn(usize) -> f64) -> Cursor<Vec<u8>> {
        let mut file = Cursor::new(Vec::new());
        let spec = AudioSpec {
            rate_hz: RATE,
            channels: 1,
            sample,
        };
        let mut writer = WavWriter::new(&mut file, spec, &[]).unwrap();
        let row: Vec<f64> = (0..48_000).map(at).collect();
        writer.write_planar(&[&row]).unwrap();
        writer.finish().unwrap();
        file.set_position(0);
        file
    }

    fn joined(prints: [Cursor<Vec<u8>>; 2]) -> Vec<f64> {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("joined.wav");
        join_prints(prints, 20_000, &out).unwrap();
        let mut reader = WavReader::open(File::open(&out).unwrap()).unwrap();
        let mut rows = vec![Vec::new()];
        reader.read_planar(&mut rows, 100_000).unwrap();
        rows.remove(0)
    }

    #[test]
    fn takes_that_agree_are_joined_to_the_bit() {
        let sine = |n: usize| (0.3 * (n as f64 * 0.05).sin() * STEPS_24).round() / STEPS_24;
        let slipped = |n: usize| if n > 30_000 { 0.0 } else { sine(n) };
        let late = |n: usize| if n < 10_000 { 0.0 } else { sine(n) };
        for sample in [SampleType::I24, SampleType::F32] {
            let row = joined([print(sample, slipped), print(sample, late)]);
            let want = |n: usize| match sample {
                SampleType::I24 => sine(n),
                _ => f64::from(sine(n) as f32),
            };
            assert!(row.iter().enumerate().all(|(n, x)| *x == want(n)));
            assert_eq!(row.len(), 48_000);
        }
    }

    #[test]
    fn takes_that_differ_go_over_without_an_edge() {
        let row = joined([
            print(SampleType::I24, |_| 0.25),
            print(SampleType::I24, |_| 0.5),
        ]);
        assert_eq!((row[19_999], row[20_960]), (0.25, 0.5));
        let steps = row.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        let largest = steps.fold(0.0, f64::max);
        // A raised cosine of 960 frames over a quarter, and two steps of dither.
        let slope = 0.25 * std::f64::consts::PI / 2.0 / 960.0;
        assert!(largest < slope + 4.0 / STEPS_24, "{largest}");
    }
}
