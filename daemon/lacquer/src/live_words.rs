//! What an engineer says to something that sounds live.

use std::io::BufRead as _;
use std::sync::mpsc;

use anyhow::{Context as _, anyhow, bail};
use engine::{Audition, Move, Setting};

/// Lines as they are said, read on a thread of their own: others have to be looked after meanwhile.
pub(crate) fn lines_of_standard_input() -> mpsc::Receiver<std::io::Result<String>> {
    let (said, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if said.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

pub(crate) fn audition(word: &str) -> anyhow::Result<Audition> {
    Ok(match word {
        "processed" => Audition::Processed,
        "bypassed" => Audition::Bypassed,
        "difference" => Audition::Difference,
        _ => bail!("one hears processed, bypassed or difference, not \u{201c}{word}\u{201d}"),
    })
}

pub(crate) fn number(word: &str) -> anyhow::Result<usize> {
    word.parse()
        .map_err(|_| anyhow!("stages and bands are numbers from 1, not \u{201c}{word}\u{201d}"))
}

/// Reads a value such as `-3.5`.
pub(crate) fn value(word: &str) -> anyhow::Result<f64> {
    let value: Option<f64> = word.parse().ok().filter(|x: &f64| x.is_finite());
    value.ok_or_else(|| anyhow!("\u{201c}{word}\u{201d} is no number"))
}

/// Reads `83.5` or `1:23.5` as seconds.
pub(crate) fn seconds(word: &str) -> anyhow::Result<f64> {
    let (minutes, rest) = word.split_once(':').unwrap_or(("0", word));
    let minutes: Option<u32> = minutes.parse().ok();
    let rest: Option<f64> = rest.parse().ok().filter(|s| (0.0..1e6).contains(s));
    match (minutes, rest) {
        (Some(minutes), Some(rest)) => Ok(f64::from(minutes) * 60.0 + rest),
        (None | Some(_), None | Some(_)) => {
            bail!("a place is given as 83.5 or 1:23.5, not \u{201c}{word}\u{201d}")
        }
    }
}

/// Reads `set STAGE SETTING VALUE [BAND]`, without its first word.
pub(crate) fn turned(words: &[&str]) -> anyhow::Result<Move> {
    let (stage, setting, turned, band) = match *words {
        [stage, setting, value] => (stage, setting, value, None),
        [stage, setting, value, band] => (stage, setting, value, Some(number(band)?)),
        _ => bail!("say set STAGE SETTING VALUE [BAND]"),
    };
    let setting: Setting = serde_json::from_value(setting.into())
        .with_context(|| format!("no stage has a setting \u{201c}{setting}\u{201d}"))?;
    Ok(Move {
        stage: number(stage)?,
        setting,
        band,
        frame: 0,
        value: value(turned)?,
        ramp_frames: 0,
    })
}

/// A level in words.
pub(crate) fn level(dbfs: Option<f64>) -> String {
    dbfs.map_or("silence".to_owned(), |db| format!("{db:.1} dBFS"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_seconds_or_minutes_and_seconds() {
        assert_eq!(seconds("83.5").unwrap(), 83.5);
        assert_eq!(seconds("1:23.5").unwrap(), 83.5);
        for wrong in ["", "soon", "-3", "1:2:3", "1:-3"] {
            assert!(
                seconds(wrong).unwrap_err().to_string().contains("1:23.5"),
                "{wrong}"
            );
        }
    }
}
