//! The tables, with plain words where a sample is too small.

use std::collections::BTreeMap;

use measure::{Severity, codes};

use super::faults::{Aim, Fault};
use super::real::Heard;
use super::score::{Tally, most_events, trials_for};

/// What the findings claim: the share found at the severity their text names, ...
const CLAIMED_SHARE: f64 = 0.98;

/// ... and at most one *ask* or worse on clean music in this many minutes.
const CLAIMED_MINUTES: f64 = 2_000.0;

/// One line of the recall.
pub(super) struct Planted {
    pub(super) fault: &'static Fault,
    /// Which step of its grid.
    pub(super) step: usize,
    pub(super) tally: Tally,
}

/// One clean piece.
pub(super) struct Clean {
    pub(super) name: String,
    pub(super) minutes: f64,
    pub(super) alarms: Vec<(String, Severity, f64)>,
}

fn verdict(fault: &Fault, step: usize, tally: Tally) -> String {
    let (low, high) = tally.interval();
    if tally.trials == 0 {
        return "no music could carry it".to_owned();
    }
    if fault.aim == Aim::NotAsked {
        return format!("must not be asked about: at most {:.1} % are", 100.0 * high);
    }
    let Some(from) = fault.promised() else {
        return "nothing is claimed".to_owned();
    };
    let claim = fault.grid[from].name;
    if step < from {
        return format!("below the claim (from {claim})");
    }
    let says = if low >= CLAIMED_SHARE {
        "holds".to_owned()
    } else if high < CLAIMED_SHARE {
        "DOES NOT HOLD".to_owned()
    } else {
        format!(
            "too few to say ({} without a miss would show it)",
            trials_for(CLAIMED_SHARE)
        )
    };
    format!("claim (from {claim}): {says}")
}

pub(super) fn print_planted(planted: &[Planted]) {
    println!(
        "\n{:<24} {:<34} {:<28} {:>11} {:>7} {:>17} {:>6}   the claim: {:.0} % from the severity named",
        "finding",
        "fault",
        "severity",
        "found",
        "%",
        "95 % (Wilson)",
        "asked",
        100.0 * CLAIMED_SHARE
    );
    for line in planted {
        let (low, high) = line.tally.interval();
        println!(
            "{:<24} {:<34} {:<28} {:>5}/{:<5} {:>7.1} {:>7.1} to {:>5.1} {:>6}   {}",
            line.fault.codes[0],
            line.fault.name,
            line.fault.grid[line.step].name,
            line.tally.found,
            line.tally.trials,
            100.0 * line.tally.share(),
            100.0 * low,
            100.0 * high,
            line.tally.asked,
            verdict(line.fault, line.step, line.tally)
        );
    }
}

pub(super) fn print_clean(title: &str, pieces: &[Clean]) {
    let minutes: f64 = pieces.iter().map(|p| p.minutes).sum();
    println!("\n{title}: {} pieces, {minutes:.0} minutes", pieces.len());
    let mut by_code: BTreeMap<(&str, Severity), (u64, String)> = BTreeMap::new();
    for piece in pieces {
        for (code, severity, at) in &piece.alarms {
            let entry = by_code.entry((code, *severity)).or_default();
            entry.0 += 1;
            entry.1 = format!("{} at {at:.2} s", piece.name);
        }
    }
    println!(
        "{:<26} {:<8} {:>7}   at most, at 95 %, in 2,000 minutes",
        "false alarm", "", "files"
    );
    for ((code, severity), (count, example)) in &by_code {
        println!(
            "{code:<26} {:<8} {count:>7}   {:>6.1}   such as {example}",
            format!("{severity:?}").to_lowercase(),
            most_events(*count, minutes, CLAIMED_MINUTES)
        );
    }
    let quiet = codes::ALL.len()
        - by_code
            .keys()
            .map(|k| k.0)
            .collect::<std::collections::BTreeSet<_>>()
            .len();
    println!(
        "{quiet} other findings: none; at most {:.1} each by the rule of three",
        most_events(0, minutes, CLAIMED_MINUTES)
    );
    let asks = by_code
        .iter()
        .filter(|((_, severity), _)| *severity != Severity::Note)
        .map(|(_, (count, _))| count)
        .sum();
    println!("{}", claim(asks, minutes));
}

/// Names every piece that was found something in, with all of it.
pub(super) fn print_alarms(pieces: &[Clean]) {
    for piece in pieces {
        for (code, severity, at) in &piece.alarms {
            println!("{code}, {severity:?}: {} at {at:.3} s", piece.name);
        }
    }
}

fn claim(asks: u64, minutes: f64) -> String {
    let most = most_events(asks, minutes, CLAIMED_MINUTES);
    let said = format!(
        "ask or worse: {asks} in {minutes:.0} minutes, at 95 % at most {most:.1} in 2,000 minutes (claim: 1)"
    );
    if most <= 1.0 {
        return format!("{said}: holds");
    }
    // Three at none: so many minutes without one are needed.
    let needed = 3.0 * CLAIMED_MINUTES;
    if asks == 0 {
        format!("{said}: the sample is too small; {needed:.0} minutes without one would show it")
    } else {
        format!("{said}: not shown; {needed:.0} minutes without one would show it")
    }
}

pub(super) fn print_heard(title: &str, heard: &[Heard]) {
    let minutes: f64 = heard.iter().map(|h| h.minutes).sum();
    println!("\n{title}: {} files, {minutes:.0} minutes", heard.len());
    let asks = |h: &Heard, code: &str| {
        let mut findings = h.answer.findings.iter();
        findings.any(|f| f.code == code && f.severity != Severity::Note)
    };
    for is_lossy in [true, false] {
        let of: Vec<&Heard> = heard.iter().filter(|h| h.is_lossy == is_lossy).collect();
        let told = of.iter().filter(|h| asks(h, codes::LOSSY_SOURCE)).count();
        if !of.is_empty() {
            let what = if is_lossy { "lossy" } else { "not lossy" };
            println!(
                "{what}, decoded before it was heard: {told} of {} told as lossy",
                of.len()
            );
        }
    }
    println!(
        "no truth is known here but what is counted independently: flat runs at the highest peak"
    );
    for file in heard {
        let measured = &file.answer.measurements;
        println!(
            "  {} ({:.1} min, true peak {:+.1} dBTP, PLR {:.1} LU, {} flat runs at the peak{})",
            file.name,
            file.minutes,
            measured.true_peak_dbtp.unwrap_or(f64::NEG_INFINITY),
            measured.plr_lu.unwrap_or_default(),
            file.flat_runs,
            if file.is_lossy { ", lossy" } else { "" }
        );
        for finding in &file.answer.findings {
            let at = finding.spans.first().map_or(0.0, |s| s.start_seconds);
            println!(
                "    {:<5} {:<26} at {at:.3} s: {}",
                format!("{:?}", finding.severity).to_lowercase(),
                finding.code,
                finding.engineer
            );
        }
    }
}
