//! The lines of a hum in one spectrum, and what many spectra say together.

use super::{LINES, MAINS_HZ};
use crate::decibel::power_db;

/// Bins of a line's main lobe on each side, and of its neighbourhood (2 to 6 Hz away).
const LOBE: usize = 2;
const NEAR: usize = 4;
const FAR: usize = 12;
/// The mains stray by less than this, and so does a tape: 0.3 % together.
const STRAY: f64 = 0.003;
/// The lines of one hum agree about its frequency within this, window by window: 0.15 %.
const AGREE: f64 = 0.001_5;
/// A line's level stays within this.
const STEADY_DB: f32 = 3.0;
/// A window whose whole low end is this much weaker than the line cannot hold it: a muted moment.
const MUTED_DB: f32 = 3.0;
/// A fundamental or octave without any other line needs so many times the usual proof.
const ALONE_TIMES: usize = 5;
/// ... and has to be seen over this share of the piece.
const ALONE_SPREAD: f64 = 0.5;
/// One of several lines is no higher than this.
const LOWEST_MOST: usize = 4;
/// In a piece that is never quiet, so many lines have to agree.
const PERSISTENT_LINES: usize = 3;

/// One line in one window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Level at its place in dBFS; a sine at full scale is 0.
    pub(super) level: f32,
    /// True where a line stands alone there, and at its frequency.
    pub(super) is_alone: bool,
    /// A line from this level on would have been seen.
    pub(super) visible_from: f32,
    pub(super) hz: f32,
}

impl Line {
    pub(super) fn alone(self) -> Option<f32> {
        self.is_alone.then_some(self.level)
    }
}

/// One window of one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) start_seconds: f64,
    /// Level of the whole low end.
    pub(super) total: f32,
    pub(super) lines: [[Line; LINES]; MAINS_HZ.len()],
}

/// How long a hum has to be seen, from the settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    pub(super) windows: usize,
    pub(super) share: f64,
}

/// What a spectrum's bins are, and how far a line has to stand out of them.
#[derive(Clone, Copy)]
pub(super) struct LineScale {
    pub(super) bin_hz: f64,
    pub(super) ratio: f64,
}

impl LineScale {
    pub(super) fn lines(self, powers: &[f64]) -> [[Line; LINES]; MAINS_HZ.len()] {
        MAINS_HZ.map(|mains_hz| {
            std::array::from_fn(|index| self.line(powers, mains_hz * (index + 1) as f64))
        })
    }

    /// Looks for a line that stands alone at a frequency.
    fn line(self, powers: &[f64], hz: f64) -> Line {
        let bin_hz = self.bin_hz;
        let centre = hz / bin_hz;
        let stray = (STRAY * centre).max(0.5);
        let (from, to) = ((centre - stray) as usize, (centre + stray) as usize + 1);
        let peak = (from..=to).fold(from, |best, bin| {
            if powers[bin] > powers[best] {
                bin
            } else {
                best
            }
        });
        let around = (NEAR..=FAR)
            .flat_map(|away| [peak.checked_sub(away), Some(peak + away)])
            .filter_map(|bin| powers.get(bin?).copied())
            .fold(0.0, f64::max);
        let needed = around * self.ratio;
        let is_summit = powers[peak] > powers[peak - 1] && powers[peak] >= powers[peak + 1];
        let found_hz = bin_hz * (peak as f64 + offset(powers, peak));
        let is_line =
            is_summit && powers[peak] >= needed && (found_hz - hz).abs() <= (STRAY * hz).max(0.2);
        let lobe: f64 = powers[peak - LOBE..=peak + LOBE].iter().sum();
        Line {
            level: level(lobe / 1.5),
            is_alone: is_line,
            visible_from: level(needed),
            hz: found_hz as f32,
        }
    }
}

pub(super) fn level(power: f64) -> f32 {
    power_db(power).map_or(-300.0, |db| db as f32)
}

/// How far a line's summit lies beside its highest bin, from the larger neighbour: exact for Hann's window.
fn offset(powers: &[f64], peak: usize) -> f64 {
    let (before, after) = (powers[peak - 1], powers[peak + 1]);
    if powers[peak] <= 0.0 {
        return 0.0;
    }
    let ratio = libm::sqrt(before.max(after) / powers[peak]);
    let offset = (2.0 * ratio - 1.0) / (ratio + 1.0);
    if after > before { offset } else { -offset }
}

pub(super) struct Steady {
    pub(super) fundamental_hz: f64,
    pub(super) lines: Vec<(usize, f64)>,
}

/// The lines of one of the mains that are always there, if they make a hum.
pub(super) fn steady_lines(looks: &[Look], mains: usize, proof: Proof) -> Option<Steady> {
    let found = |proof: Proof| -> Vec<SteadyLine> {
        (1..=LINES)
            .filter_map(|number| steady_line(looks, mains, number, proof))
            .collect()
    };
    let mut lines = found(proof);
    // The strongest line says what the frequency is; the others have to agree.
    let strongest = lines
        .iter()
        .copied()
        .reduce(|a, b| if b.level > a.level { b } else { a })?;
    let base = strongest.hz / strongest.number as f64;
    let agrees = |l: &SteadyLine| (l.hz / l.number as f64 - base).abs() <= AGREE * base;
    lines.retain(agrees);
    let is_proven = match lines.as_slice() {
        [_] => {
            strongest.number <= 2
                && strongest.windows >= ALONE_TIMES * proof.windows
                && strongest.spread >= ALONE_SPREAD
        }
        several => several.iter().any(|l| l.number <= LOWEST_MOST),
    };
    if !is_proven {
        return None;
    }
    // Where there is a hum, one glimpse of another of its lines is enough.
    lines = found(Proof {
        windows: 1,
        ..proof
    });
    lines.retain(agrees);
    Some(Steady {
        fundamental_hz: base,
        lines: lines.iter().map(|l| (l.number, l.level)).collect(),
    })
}

/// The lines of one of the mains in what persists, if they make a hum.
pub(super) fn persistent_lines(lines: &[Line; LINES]) -> Option<Steady> {
    let alone = |(number, line): (usize, &Line)| {
        Some((number, f64::from(line.alone()?), f64::from(line.hz)))
    };
    let mut found: Vec<(usize, f64, f64)> = (1..).zip(lines).filter_map(alone).collect();
    let strongest = found
        .iter()
        .copied()
        .reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let base = strongest.2 / strongest.0 as f64;
    // The summit is known to a tenth of a bin.
    found.retain(|l| {
        (l.2 / l.0 as f64 - base).abs() <= AGREE * base + 0.05 / l.0.min(strongest.0) as f64
    });
    let is_low = found.iter().any(|l| l.0 <= LOWEST_MOST);
    (is_low && found.len() >= PERSISTENT_LINES).then(|| Steady {
        fundamental_hz: base,
        lines: found.iter().map(|l| (l.0, l.1)).collect(),
    })
}

#[derive(Clone, Copy)]
struct SteadyLine {
    number: usize,
    level: f64,
    hz: f64,
    windows: usize,
    /// Share of the piece between the first and the last window that shows it.
    spread: f64,
}

/// A line that stands in nearly every window that could show it, at one level and frequency.
fn steady_line(looks: &[Look], mains: usize, number: usize, proof: Proof) -> Option<SteadyLine> {
    let line = |look: &Look| look.lines[mains][number - 1];
    let mut levels: Vec<f32> = looks.iter().filter_map(|l| line(l).alone()).collect();
    levels.sort_by(f32::total_cmp);
    // The level around which most of them lie.
    let near = |middle: f32| {
        let from = levels.partition_point(|&l| l < middle - STEADY_DB);
        from..levels.partition_point(|&l| l <= middle + STEADY_DB)
    };
    let middle = levels
        .iter()
        .copied()
        .reduce(|a, b| if near(b).len() > near(a).len() { b } else { a })?;
    let shown: Vec<&Look> = looks
        .iter()
        .filter(|look| {
            line(look)
                .alone()
                .is_some_and(|l| (l - middle).abs() <= STEADY_DB)
        })
        .collect();
    let could = looks
        .iter()
        // What is louder at the same place hides it; a muted moment has none.
        .filter(|look| {
            line(look).visible_from <= middle
                && line(look).level <= middle + STEADY_DB
                && look.total >= middle - MUTED_DB
        })
        .count();
    if shown.len() < proof.windows || (shown.len() as f64) < proof.share * could as f64 {
        return None;
    }
    let count = shown.len() as f64;
    let hz = shown.iter().map(|l| f64::from(line(l).hz)).sum::<f64>() / count;
    let stray = shown
        .iter()
        .map(|l| (f64::from(line(l).hz) - hz).abs())
        .sum::<f64>()
        / count;
    if stray > AGREE * hz {
        return None;
    }
    let length = looks.last()?.start_seconds.max(f64::MIN_POSITIVE);
    let spread = (shown.last()?.start_seconds - shown.first()?.start_seconds) / length;
    let level = shown.iter().map(|l| f64::from(line(l).level)).sum::<f64>() / count;
    Some(SteadyLine {
        number,
        level,
        hz,
        windows: shown.len(),
        spread,
    })
}
