//! Loudness to target with the limiter in the loop, beside ffmpeg's loudnorm in two passes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::peers::is_installed;
use super::{Bench, RUNS, chains, line, middle};
use crate::bench::watched::run_well;

/// CPU seconds per minute that ours may cost.
const BAR: f64 = 1.2;
/// Loudness asked for, in LUFS.
const WANTED: f64 = -10.0;
/// Most distance to it in LU.
const TOLERANCE: f64 = 0.05;

pub(super) fn print(bench: &Bench) -> Result<()> {
    let chain = chains::to_loudness(WANTED);
    let has_ffmpeg = is_installed("ffmpeg");
    let second = if has_ffmpeg {
        second_pass(&bench.mix)?
    } else {
        String::new()
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut our_lufs, mut their_lufs) = (None, None);
    for _ in 0..RUNS {
        let (mut command, out) = bench.render(&chain, &[], &bench.mix)?;
        ours.push(bench.per_minute(&run_well(&mut command)?));
        if !has_ffmpeg {
            continue;
        }
        our_lufs = Some(lufs(&out)?);
        let out = bench.out()?;
        let first = run_well(ffmpeg(&bench.mix).args(["-af", &first_pass(), "-f", "null", "-"]))?;
        let words = ["-af", &second, "-ar", "48000", "-c:a", "pcm_s24le"];
        let last = run_well(ffmpeg(&bench.mix).args(words).arg(&out))?;
        theirs.push(bench.per_minute(&first) + bench.per_minute(&last));
        their_lufs = Some(lufs(&out)?);
    }
    let beside = match (middle(theirs), their_lufs) {
        (Some(cost), Some(lufs)) => {
            format!("ffmpeg loudnorm, two passes, {cost:.2}, at {lufs:.1} LUFS")
        }
        _ => "ffmpeg is not installed".to_owned(),
    };
    line(
        "loudness to target, limiter in the loop",
        middle(ours).context("it ran")?,
        Some(BAR),
        &beside,
    );
    if let Some(found) = our_lufs {
        let verdict = if (found - WANTED).abs() > TOLERANCE + 0.05 {
            " over"
        } else {
            ""
        };
        println!(
            "  asked for {WANTED} LUFS, ffmpeg's ebur128 reads {found:.1} in tenths (bar {TOLERANCE} LU){verdict}"
        );
    }
    Ok(())
}

fn ffmpeg(mix: &Path) -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "quiet", "-nostdin", "-y", "-i"]);
    command.arg(mix);
    command
}

fn first_pass() -> String {
    format!("loudnorm=I={WANTED}:TP=-1:LRA=20:print_format=json")
}

/// What the first pass finds goes into the second; it finds the same in every run.
fn second_pass(mix: &Path) -> Result<String> {
    let said = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-i"])
        .arg(mix)
        .args(["-af", &first_pass(), "-f", "null", "-"])
        .output()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let json = said
        .rfind('{')
        .and_then(|at| said[at..].find('}').map(|to| &said[at..=at + to]));
    let found: serde_json::Value =
        serde_json::from_str(json.context("loudnorm says what it found")?)?;
    let field = |name: &str| {
        found[name]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("no {name} in {found}"))
    };
    Ok(format!(
        "loudnorm=I={WANTED}:TP=-1:LRA=20:measured_I={}:measured_TP={}:measured_LRA={}:measured_thresh={}:offset={}",
        field("input_i")?,
        field("input_tp")?,
        field("input_lra")?,
        field("input_thresh")?,
        field("target_offset")?
    ))
}

/// Integrated loudness as ffmpeg's ebur128 prints it.
fn lufs(file: &Path) -> Result<f64> {
    let said = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-i"])
        .arg(file)
        .args(["-af", "ebur128", "-f", "null", "-"])
        .output()?;
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let Some(line) = said
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("I:"))
    else {
        bail!("ffmpeg says no loudness of {}", file.display());
    };
    Ok(line.trim().trim_end_matches("LUFS").trim().parse()?)
}
