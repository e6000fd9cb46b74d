//! Encoders, converters and filters written by others, run as ffmpeg.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{Take, files};
use crate::bench::truth::music::Print;
use crate::bench::truth::music::space::brickwall;

fn write_raw(path: &Path, planar: &[Vec<f64>]) -> Option<()> {
    let frames = planar[0].len();
    let mut bytes = Vec::with_capacity(4 * planar.len() * frames);
    for frame in 0..frames {
        for channel in planar {
            bytes.extend_from_slice(&(channel[frame] as f32).to_le_bytes());
        }
    }
    File::create(path).ok()?.write_all(&bytes).ok()
}

fn read_raw(path: &Path, channels: usize) -> Option<Vec<Vec<f64>>> {
    let bytes = std::fs::read(path).ok()?;
    let mut planar = vec![Vec::with_capacity(bytes.len() / 4 / channels); channels];
    for frame in bytes.chunks_exact(4 * channels) {
        for (channel, sample) in planar.iter_mut().zip(frame.chunks_exact(4)) {
            let sample = <[u8; 4]>::try_from(sample).ok()?;
            channel.push(f64::from(f32::from_le_bytes(sample)));
        }
    }
    (!planar[0].is_empty()).then_some(planar)
}

fn ffmpeg(words: &[&str]) -> Option<()> {
    let status = Command::new("ffmpeg")
        .args(["-v", "quiet", "-nostdin", "-y"])
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .ok()?;
    status.success().then_some(())
}

/// True where ffmpeg can be had.
pub(in super::super) fn is_here() -> bool {
    ffmpeg(&["-version"]).is_some()
}

/// Through an encoder and back; `to_hz` is the rate of what comes out.
fn through(take: &Take, encode: &[&str], container: &str, to_hz: u32) -> Option<Vec<Vec<f64>>> {
    let folder = tempfile::tempdir().ok()?;
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (raw, coded, back) = (at("a.raw"), at(container), at("b.raw"));
    write_raw(Path::new(&raw), &take.planar)?;
    let (rate, channels) = (take.rate_hz.to_string(), take.planar.len().to_string());
    let mut words = vec!["-f", "f32le", "-ar", &rate, "-ac", &channels, "-i", &raw];
    words.extend_from_slice(encode);
    words.push(&coded);
    ffmpeg(&words)?;
    let to = to_hz.to_string();
    ffmpeg(&[
        "-i",
        &coded,
        "-ar",
        &to,
        "-c:a",
        "pcm_f32le",
        "-f",
        "f32le",
        &back,
    ])?;
    read_raw(Path::new(&back), take.planar.len())
}

/// Through one of ffmpeg's filters.
pub(super) fn filtered(take: &Take, filter: &str) -> Option<Vec<Vec<f64>>> {
    through(
        take,
        &["-af", filter, "-c:a", "pcm_f32le"],
        "a.wav",
        take.rate_hz,
    )
}

/// The highs of the middle of the piece must be there to be missed.
const LEAST_HIGHS_DBFS: f64 = -78.0;

/// True where the middle of the piece has highs above `from_hz`.
pub(super) fn has_highs(take: &Take, from_hz: f64) -> bool {
    let second = take.rate_hz as usize;
    let from = (take.frames() / 2).saturating_sub(2 * second);
    let part = &take.planar[0][from..(from + 4 * second).min(take.frames())];
    let low = brickwall(part, take.rate(), from_hz);
    let squares: f64 = part.iter().zip(&low).map(|(a, b)| (a - b) * (a - b)).sum();
    10.0 * libm::log10(squares / part.len() as f64 + 1.0e-30) > LEAST_HIGHS_DBFS
}

fn encoded(take: &mut Take, codec: &str, kbits: f64, container: &str, print: Print) -> bool {
    if !has_highs(take, 15_000.0) {
        return false;
    }
    let rate = format!("{kbits:.0}k");
    let Some(planar) = through(
        take,
        &["-c:a", codec, "-b:a", &rate],
        container,
        take.rate_hz,
    ) else {
        return false;
    };
    take.planar = planar;
    take.print(print);
    true
}

pub(super) fn mp3_24(take: &mut Take, kbits: f64) -> bool {
    encoded(take, "libmp3lame", kbits, "a.mp3", Print::Dithered24)
}

pub(super) fn mp3_16(take: &mut Take, kbits: f64) -> bool {
    encoded(take, "libmp3lame", kbits, "a.mp3", Print::Dithered16)
}

pub(super) fn aac(take: &mut Take, kbits: f64) -> bool {
    encoded(take, "aac", kbits, "a.m4a", Print::Dithered24)
}

pub(super) fn aac_16(take: &mut Take, kbits: f64) -> bool {
    encoded(take, "aac", kbits, "a.m4a", Print::Dithered16)
}

pub(super) fn vorbis(take: &mut Take, kbits: f64) -> bool {
    encoded(take, "libvorbis", kbits, "a.ogg", Print::Dithered24)
}

pub(super) fn opus(take: &mut Take, kbits: f64) -> bool {
    encoded(take, "libopus", kbits, "a.opus", Print::Dithered24)
}

pub(super) fn converted_up(take: &mut Take, step: f64) -> bool {
    let (from_hz, to_hz) = files::rates(step);
    if !files::remake(take, from_hz) || !has_highs(take, 0.42 * take.rate()) {
        return false;
    }
    let Some(planar) = through(take, &["-c:a", "pcm_f32le"], "a.wav", to_hz) else {
        return false;
    };
    take.planar = planar;
    take.rate_hz = to_hz;
    take.print(Print::Dithered24);
    true
}
