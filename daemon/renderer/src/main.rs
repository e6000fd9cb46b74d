//! `lacquer-render`: a mix through a chain, by this engine revision and nothing else.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use engine::{Chain, Depth, ENGINE_REVISION, MasterReport};
use renderer::{Wanted, WavSource, render_unmeasured, seed_of};
use soundfile::WrittenAudio;

const USAGE: &str = "\
usage: lacquer-render --chain CHAIN.toml [--depth 16|24|32f] [--rate HZ] MIX.wav MASTER.wav
       lacquer-render --revision

Renders a WAV mix through a chain of this engine revision. The same mix, chain and
revision give the same samples on any computer. At another rate, the ceiling of the
chain's last limiter is held there too. MASTER.wav must not be there yet.";

struct Wish {
    chain: PathBuf,
    depth: Depth,
    rate_hz: Option<u32>,
    mix: PathBuf,
    master: PathBuf,
}

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if words.len() == 1 && words[0] == "--revision" {
        println!("{ENGINE_REVISION}");
        return ExitCode::SUCCESS;
    }
    let Some(wish) = wish(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match carry_out(&wish) {
        Ok((written, report)) => {
            println!("engine_revision {ENGINE_REVISION}");
            println!("samples_sha256 {}", written.samples_sha256);
            println!("frames {}", written.frames);
            if let Some(loudness) = &report.loudness {
                println!("loudness {}", loudness.text());
            }
            ExitCode::SUCCESS
        }
        Err(words) => {
            eprintln!("lacquer-render: {words}");
            ExitCode::from(2)
        }
    }
}

fn wish(words: &[OsString]) -> Option<Wish> {
    let (mut chain, mut depth, mut rate_hz, mut files) = (None, Depth::Int24, None, Vec::new());
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.to_str() {
            Some("--chain") => chain = Some(PathBuf::from(words.next()?)),
            Some("--depth") => depth = depth_of(words.next()?.to_str()?)?,
            Some("--rate") => rate_hz = Some(words.next()?.to_str()?.parse().ok()?),
            Some(option) if option.starts_with("--") => return None,
            _ => files.push(PathBuf::from(word)),
        }
    }
    let [mix, master] = <[PathBuf; 2]>::try_from(files).ok()?;
    let chain = chain?;
    Some(Wish {
        chain,
        depth,
        rate_hz,
        mix,
        master,
    })
}

fn depth_of(text: &str) -> Option<Depth> {
    match text {
        "16" => Some(Depth::Int16),
        "24" => Some(Depth::Int24),
        "32f" => Some(Depth::Float32),
        _ => None,
    }
}

fn carry_out(wish: &Wish) -> Result<(WrittenAudio, MasterReport), String> {
    let text = std::fs::read_to_string(&wish.chain).map_err(|e| of(&wish.chain, &e))?;
    let chain = Chain::from_toml(&text).map_err(|e| of(&wish.chain, &e))?;
    let mix = File::open(&wish.mix).map_err(|e| of(&wish.mix, &e))?;
    let mut source = WavSource::open(mix).map_err(|e| of(&wish.mix, &e))?;
    let samples = source.samples_sha256().map_err(|e| of(&wish.mix, &e))?;
    // What is there may be somebody's only copy.
    let out = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&wish.master)
        .map_err(|e| of(&wish.master, &e))?;
    let kept = out.try_clone().map_err(|e| of(&wish.master, &e))?;
    let wanted = Wanted {
        rate_hz: wish.rate_hz,
        ceiling_dbtp: chain.ceiling_dbtp(),
        ..Wanted::at_own_rate(wish.depth)
    };
    let made = render_unmeasured(&mut source, &chain, wanted, seed_of(&samples), out)
        .map_err(|e| of(&wish.mix, &e))
        .and_then(|made| match kept.sync_all() {
            Ok(()) => Ok(made),
            Err(error) => Err(of(&wish.master, &error)),
        });
    if made.is_err() {
        // Half a master is nothing that anybody asked for.
        let _ = std::fs::remove_file(&wish.master);
    }
    made
}

/// A file's name and everything that an error and its causes say.
fn of(file: &Path, error: &dyn std::error::Error) -> String {
    let mut words = format!("{}: {error}", file.display());
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}
