//! The same work by the tools that Debian has.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::bench::watched::{Cost, run_well};

/// Somebody else's tool doing the same.
pub(super) struct Peer {
    pub(super) name: &'static str,
    program: &'static str,
    /// Between the names of the two files.
    before: &'static [&'static str],
    after: &'static [&'static str],
}

impl Peer {
    /// What it costs; none where the tool is not installed.
    pub(super) fn run(&self, mix: &Path, out: &Path) -> Result<Option<Cost>> {
        if !is_installed(self.program) {
            return Ok(None);
        }
        let mut command = Command::new(self.program);
        if self.program == "ffmpeg" {
            command.args(["-v", "quiet", "-nostdin", "-y", "-i"]);
        }
        command.arg(mix).args(self.before).arg(out).args(self.after);
        Ok(Some(run_well(&mut command)?))
    }
}

/// Whether a program is to be found.
pub(super) fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn sox(name: &'static str, after: &'static [&'static str]) -> Peer {
    Peer {
        name,
        program: "sox",
        before: &[],
        after,
    }
}

fn ffmpeg(name: &'static str, before: &'static [&'static str]) -> Peer {
    Peer {
        name,
        program: "ffmpeg",
        before,
        after: &[],
    }
}

#[rustfmt::skip]
pub(super) fn equalisers() -> Vec<Peer> {
    vec![
        sox("sox, 8 bilinear bands", &[
            "highpass", "25", "bass", "1", "100", "equalizer", "250", "1q", "-1.5", "equalizer", "600", "1q", "1",
            "equalizer", "1500", "1q", "-2", "equalizer", "3500", "1q", "1.5", "equalizer", "7000", "1q", "-1",
            "treble", "2", "11000",
        ]),
        ffmpeg("ffmpeg in f64", &["-c:a", "pcm_s24le", "-af",
            "aformat=dblp,highpass=f=25:r=f64,bass=g=1:f=100:r=f64,equalizer=f=250:t=q:w=1:g=-1.5:r=f64,\
             equalizer=f=600:t=q:w=1:g=1:r=f64,equalizer=f=1500:t=q:w=1:g=-2:r=f64,\
             equalizer=f=3500:t=q:w=1:g=1.5:r=f64,equalizer=f=7000:t=q:w=1:g=-1:r=f64,treble=g=2:f=11000:r=f64"]),
    ]
}

#[rustfmt::skip]
pub(super) fn multibands() -> Vec<Peer> {
    vec![sox("sox mcompand", &[
        "mcompand", "0.03,0.15 6:-26,-26,0,-9", "120", "0.03,0.15 6:-26,-26,0,-9", "900",
        "0.03,0.15 6:-26,-26,0,-9", "5000", "0.03,0.15 6:-26,-26,0,-9",
    ])]
}

pub(super) fn limiters() -> Vec<Peer> {
    vec![ffmpeg(
        "ffmpeg alimiter between 4x soxr (0.13 dB over)",
        &[
            "-c:a",
            "pcm_s24le",
            "-af",
            "volume=8dB,aresample=192000:resampler=soxr,alimiter=limit=0.891:attack=4:release=80:level=0,\
             aresample=48000:resampler=soxr",
        ],
    )]
}

pub(super) fn converters() -> Vec<Peer> {
    vec![
        sox("sox rate -v", &["rate", "-v", "44100"]),
        ffmpeg(
            "ffmpeg soxr, 28 bit",
            &[
                "-c:a",
                "pcm_s24le",
                "-af",
                "aresample=44100:resampler=soxr:precision=28",
            ],
        ),
    ]
}

pub(super) fn dithers() -> Vec<Peer> {
    vec![Peer {
        name: "sox",
        program: "sox",
        before: &["-b", "16"],
        after: &["rate", "-v", "44100", "dither", "-s"],
    }]
}

pub(super) fn chains() -> Vec<Peer> {
    vec![ffmpeg(
        "ffmpeg, 6 bands, 5-band multiband, 4x limiter",
        &[
            "-c:a",
            "pcm_s24le",
            "-af",
            "highpass=f=25,bass=g=1:f=100,equalizer=f=250:t=q:w=1:g=-1.5,equalizer=f=1500:t=q:w=1:g=-2,\
             equalizer=f=7000:t=q:w=1:g=-1,treble=g=2:f=11000,mcompand,volume=6dB,\
             aresample=192000:resampler=soxr,alimiter=limit=0.891:attack=4:release=80:level=0,\
             aresample=48000:resampler=soxr",
        ],
    )]
}
