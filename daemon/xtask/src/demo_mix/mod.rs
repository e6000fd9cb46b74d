//! A short piece of music as a client's mix: drums, bass, chords, lead, a room and a natural tail.
//!
//! Rendered from code, so that no audio file stands in the repository, and the same bytes on every
//! machine: all functions come from `libm`, all noise from a seed.

mod room;
mod score;
mod voices;

use std::io::{BufWriter, IntoInnerError};
use std::path::Path;

use anyhow::{Context, Result};
use dsp::{Depth, DitherSeed, Quantiser};
use soundfile::{AudioSpec, SampleType, WavWriter};

use room::Room;
use score::{BAR_FRAMES, Section};

/// Frames per second of the mix.
pub(crate) const RATE_HZ: u32 = 48_000;

/// Silence before the first note: a mix keeps its head.
const HEAD_FRAMES: usize = 12_000;

/// What is left to ring after the last bar.
const TAIL_FRAMES: usize = 5 * 48_000;

/// Longest time that one note sounds beyond the bar it begins in.
const LONGEST_NOTE_FRAMES: usize = 8 * 48_000;

/// Set so that the highest sample of the piece comes to about -5 dBFS; a test holds it.
const MIX_GAIN: f64 = 0.31;

/// Writes the mix to `out`, which must not exist; a broken run leaves no file there.
pub(crate) fn write(out: &Path, seconds: u32) -> Result<()> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let draft = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
        .with_context(|| format!("could not write beside {}", out.display()))?;
    let mut stream = BufWriter::new(draft.as_file());
    let spec = AudioSpec {
        rate_hz: RATE_HZ,
        channels: 2,
        sample: SampleType::I24,
    };
    let mut writer = WavWriter::new(&mut stream, spec, &[])?;
    let mut quantiser = Quantiser::new(Depth::Int24, DitherSeed::from_checksum(b"First Song"), 2);
    let mut failed = Ok(());
    render(seconds, |left, right| {
        if failed.is_ok() {
            failed = write_block(&mut writer, &mut quantiser, left, right);
        }
    });
    failed?;
    let written = writer.finish()?;
    let file = stream.into_inner().map_err(IntoInnerError::into_error)?;
    file.sync_all()?;
    draft
        .persist_noclobber(out)
        .with_context(|| format!("could not put the mix at {}", out.display()))?;
    let length = written.frames as f64 / f64::from(RATE_HZ);
    println!(
        "{}: {length:.1} s, samples {}",
        out.display(),
        written.samples_sha256
    );
    Ok(())
}

fn write_block<W: std::io::Write + std::io::Seek>(
    writer: &mut WavWriter<W>,
    quantiser: &mut Quantiser,
    left: &[f64],
    right: &[f64],
) -> Result<()> {
    let mut words = [vec![0; left.len()], vec![0; right.len()]];
    let [l, r] = &mut words;
    quantiser.process(&[left, right], &mut [l, r]);
    let scale = f64::from(Depth::Int24.full_scale());
    let planar = words.map(|channel| {
        let samples = channel.into_iter().map(|word| f64::from(word) / scale);
        samples.collect::<Vec<f64>>()
    });
    writer.write_planar(&[&planar[0], &planar[1]])?;
    Ok(())
}

/// What sounds: the dry mix and what goes into the room, from the next frame to hand out on.
pub(crate) struct Bus {
    dry: [Vec<f64>; 2],
    send: Vec<f64>,
}

impl Bus {
    fn new() -> Self {
        let frames = BAR_FRAMES + LONGEST_NOTE_FRAMES;
        Self {
            dry: [vec![0.0; frames], vec![0.0; frames]],
            send: vec![0.0; frames],
        }
    }

    /// Adds one sample of a note at `frame`; notes longer than the bus are cut there, in silence.
    fn add(&mut self, frame: usize, sample: f64, place: voices::Place) {
        let [left, right] = &mut self.dry;
        if let (Some(l), Some(r), Some(s)) = (
            left.get_mut(frame),
            right.get_mut(frame),
            self.send.get_mut(frame),
        ) {
            *l += sample * (1.0 - place.pan.max(0.0));
            *r += sample * (1.0 + place.pan.min(0.0));
            *s += sample * place.room;
        }
    }

    /// Takes the first `frames` out and moves the rest up.
    fn take(&mut self, frames: usize) -> ([Vec<f64>; 2], Vec<f64>) {
        let shift = |channel: &mut Vec<f64>| {
            let taken: Vec<f64> = channel.drain(..frames).collect();
            channel.resize(channel.len() + frames, 0.0);
            taken
        };
        let [left, right] = &mut self.dry;
        ([shift(left), shift(right)], shift(&mut self.send))
    }
}

/// Plays the piece into `out`, bar by bar, so that memory does not grow with its length.
fn render(seconds: u32, mut out: impl FnMut(&[f64], &[f64])) {
    let mut bus = Bus::new();
    let mut room = Room::new();
    let mut floor = [Floor::default(), Floor::default()];
    let mut flush = |bus: &mut Bus, frames: usize| {
        let ([mut left, mut right], send) = bus.take(frames);
        for (frame, sent) in send.into_iter().enumerate() {
            let [l, r] = room.process(sent);
            left[frame] = floor[0].process(left[frame] + l) * MIX_GAIN;
            right[frame] = floor[1].process(right[frame] + r) * MIX_GAIN;
        }
        out(&left, &right);
    };
    flush(&mut bus, HEAD_FRAMES);
    for (bar, (section, bar_of_section)) in score::bars(seconds).into_iter().enumerate() {
        for note in score::bar(section, bar_of_section) {
            voices::play(&mut bus, &note, bar as u64);
        }
        flush(&mut bus, BAR_FRAMES);
        if section == Section::End {
            flush(&mut bus, TAIL_FRAMES);
        }
    }
}

/// Takes out what lies below 8 Hz: a kick's sweep leaves an offset behind.
#[derive(Default)]
struct Floor {
    before: f64,
    out: f64,
}

impl Floor {
    fn process(&mut self, x: f64) -> f64 {
        self.out = x - self.before + 0.999 * self.out;
        self.before = x;
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered() -> [Vec<f64>; 2] {
        let mut piece = [Vec::new(), Vec::new()];
        render(48, |left, right| {
            piece[0].extend_from_slice(left);
            piece[1].extend_from_slice(right);
        });
        piece
    }

    fn peak(samples: &[f64]) -> f64 {
        let peak = samples.iter().fold(0.0, |peak: f64, x| peak.max(x.abs()));
        20.0 * libm::log10(peak)
    }

    #[test]
    fn it_is_a_mix_that_intake_has_nothing_against() {
        let piece = rendered();
        let seconds = piece[0].len() as f64 / f64::from(RATE_HZ);
        assert!((48.0..60.0).contains(&seconds), "{seconds} s");
        let highest = peak(&piece[0]).max(peak(&piece[1]));
        assert!((-6.0..-4.0).contains(&highest), "peak {highest} dBFS");
        // Head and tail are there and nothing is cut: the last tenth of a second is all but still.
        assert!(peak(&piece[0][..HEAD_FRAMES]) < -120.0);
        let last = piece[0].len() - 4_800;
        let end = peak(&piece[0][last..]).max(peak(&piece[1][last..]));
        assert!(end < -70.0, "the end still rings at {end} dBFS");
        for (name, channel) in ["left", "right"].iter().zip(&piece) {
            let dc = channel.iter().sum::<f64>() / channel.len() as f64;
            assert!(dc.abs() < 1e-4, "{name} has an offset of {dc}");
        }
        assert_ne!(piece[0], piece[1], "it is stereo");
    }

    #[test]
    fn two_renders_are_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let files = ["one.wav", "two.wav"].map(|name| folder.path().join(name));
        for file in &files {
            write(file, 48).unwrap();
        }
        let bytes = files.each_ref().map(|file| std::fs::read(file).unwrap());
        assert!(bytes[0] == bytes[1]);
        // The same on every machine; a change of the piece changes it, and the tests that use it.
        let mut wav = soundfile::WavReader::open(std::fs::File::open(&files[0]).unwrap()).unwrap();
        let mut samples = vec![0; bytes[0].len()];
        let length = wav.read_raw(&mut samples).unwrap();
        assert_eq!(
            soundfile::samples_sha256(&samples[..length]).unwrap(),
            "9ae6bff81671b58c57e6231ee3f04a9536329cf680c4a5b6be533eb532efada7"
        );
        let said = write(&files[0], 48).unwrap_err().to_string();
        assert!(said.starts_with("could not put the mix at"), "{said}");
    }
}
