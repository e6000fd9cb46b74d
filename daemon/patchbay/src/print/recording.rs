//! A take: the song goes out, and what comes back is kept as it comes.

use std::io::{self, Read, Seek};
use std::path::Path;

use gear::Mark;
use soundfile::WavReader;

use crate::insert::{Insert, Pass};
use crate::print::alignment::Alignment;
use crate::print::{BLOCK, PrintError, Song};
use crate::take::TakeWriter;

/// Frames recorded beyond what is needed: the aligner's filter and a little room.
const ROOM: u64 = 256;

/// What a take needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fits {
    /// Every sample is a whole number of 24 bits.
    Bits24,
    /// One at least is not.
    Beyond,
}

/// When what is sent.
struct Layout {
    song_at: u64,
    /// All of it.
    frames: u64,
}

impl Layout {
    fn of(job: &Alignment<'_>) -> Self {
        if let Some(chirps) = job.chirps() {
            // As long again as a round trip may take.
            let frames = chirps.sent_frames() + u64::from(job.sent_hz());
            return Self {
                song_at: chirps.song_at(),
                frames,
            };
        }
        let settings = job.settings();
        let latest = settings.delays_frames.iter();
        let latest = latest.fold(0.0, |a: f64, b| a.max(*b));
        let song_at = settings.pre_roll_frames;
        Self {
            song_at,
            frames: song_at + job.frames() + settings.tail_frames + latest.ceil() as u64 + ROOM,
        }
    }
}

/// Sends the song and keeps what comes back; says what slipped, and whether every sample fits 24 bits. Frames of marks
/// are the song's, and the take's where that comes back by another clock.
pub(super) fn record<R: Read + Seek>(
    insert: &mut Insert,
    song: &Song<'_, R>,
    job: &Alignment<'_>,
    path: &Path,
) -> Result<(Vec<Mark>, Fits), PrintError> {
    let channels = insert.channels();
    let rate_hz = insert.returned_hz().unwrap_or(insert.rate_hz());
    let writer = TakeWriter::create(path, rate_hz, channels)?;
    let mut reader = WavReader::open((song.open)().map_err(PrintError::Read)?)?;
    let mut rows = vec![Vec::new(); channels];
    let layout = Layout::of(job);
    let (mut at, mut marks, mut fits) = (0, Vec::new(), Fits::Bits24);
    let mut ours = Vec::new();
    let ran = insert.run(&mut Pass {
        frames: layout.frames,
        source: &mut |block| {
            let frames = block.len() / channels;
            block.fill(0.0);
            let silent = layout.song_at.saturating_sub(at).min(frames as u64) as usize;
            let wanted = frames - silent;
            if wanted > 0 && reader.read_planar(&mut rows, wanted)? > 0 {
                let block = &mut block[silent * channels..];
                for (frame, n) in block.chunks_exact_mut(channels).zip(0..) {
                    for (x, row) in frame.iter_mut().zip(&rows) {
                        *x = row.get::<usize>(n).copied().unwrap_or(0.0) as f32;
                    }
                }
            }
            if let Some(chirps) = job.chirps() {
                ours.clear();
                ours.resize(frames, 0.0);
                chirps.sound(at, &mut ours);
                for (frame, own) in block.chunks_exact_mut(channels).zip(&ours) {
                    frame.iter_mut().for_each(|x| *x += *own as f32);
                }
            }
            at += frames as u64;
            Ok(())
        },
        sink: &mut |block| {
            if !block.iter().all(|x| fits_24_bits(*x)) {
                fits = Fits::Beyond;
            }
            writer.write(block)
        },
        marks: &mut |mark| marks.push(mark),
    });
    // Whatever happened, what came back is completed: an interrupted take can be looked at.
    let finished = writer.finish();
    ran?;
    finished?;
    if job.chirps().is_none() {
        let earliest = job.settings().delays_frames.iter();
        let earliest = earliest.fold(f64::MAX, |a, b| a.min(*b));
        earlier(&mut marks, layout.song_at + earliest.max(0.0) as u64);
    }
    Ok((marks, fits))
}

/// Counts what the server said from another frame on.
pub(super) fn earlier(marks: &mut [Mark], by: u64) {
    for mark in marks {
        match mark {
            Mark::Xrun { frame } | Mark::LostFrames { frame, .. } => {
                *frame = frame.saturating_sub(by);
            }
            Mark::LevelStep { .. }
            | Mark::DelayChanged { .. }
            | Mark::Dropout { .. }
            | Mark::Click { .. }
            | Mark::Over { .. } => (),
        }
    }
}

/// Whether every sample of a take fits 24 bits.
pub(super) fn all_fit<R: Read + Seek>(take: &mut WavReader<R>) -> io::Result<Fits> {
    let mut rows = vec![Vec::new(); usize::from(take.spec().channels)];
    while take.read_planar(&mut rows, BLOCK)? > 0 {
        if !rows.iter().flatten().all(|x| fits_24_bits(*x as f32)) {
            return Ok(Fits::Beyond);
        }
    }
    Ok(Fits::Bits24)
}

fn fits_24_bits(x: f32) -> bool {
    let steps = x * 8_388_608.0;
    steps.trunc() == steps && steps.abs() < 8_388_608.0
}
