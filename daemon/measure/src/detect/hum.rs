//! Hum: lines at 50 or 60 Hz and their multiples that stand still under the whole piece.
//!
//! Bass and kick are louder than any hum, but they come and go, and their notes lie elsewhere: no
//! note of a tuned instrument has two partials on multiples of 50 or 60 Hz. So the low frequencies are
//! looked at in windows of about two seconds, and a line counts only where it stands alone, is there
//! in nearly every window quiet enough to show it, and always has the same level and frequency.

use crate::decibel::{power, power_db};
use crate::detect::Block;
use crate::detect::decimate::Decimator;
use crate::fft::Fft;
use crate::thresholds::FaultThresholds;

/// Frequencies of the mains.
pub(crate) const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// The fundamental and its multiples.
pub(crate) const LINES: usize = 10;
/// The rates between and after the two steps down are at least these.
const MIDDLE_RATE_HZ: f64 = 8_000.0;
const LOW_RATE_FACTOR: usize = 4;
/// What is looked at ends here, and is free of images of what lies above.
const TOP_HZ: f64 = 680.0;
/// About 2 s at 2 kHz: lines 1 Hz apart can be told apart.
const WINDOW: usize = 4096;
const HOP: usize = WINDOW / 4;
/// Bins of a line's main lobe on each side, and of its neighbourhood (2 to 6 Hz away).
const LOBE: usize = 2;
const NEAR: usize = 4;
const FAR: usize = 12;
/// The mains stray by less than this, and so does a tape: 0.4 %.
const STRAY: f64 = 0.004;
/// The lines of one hum agree about its frequency within this, window by window: 0.15 %.
const AGREE: f64 = 0.001_5;
/// Windows kept; a longer piece keeps every second one, then every fourth.
const MOST_WINDOWS: usize = 2048;
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
/// Points of the drawing.
const COLUMNS: usize = 320;

/// One line in one window.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Level at its place in dBFS; a sine at full scale is 0.
    level: f32,
    /// True where a line stands alone there, and at its frequency.
    is_alone: bool,
    /// A line from this level on would have been seen.
    visible_from: f32,
    hz: f32,
}

impl Line {
    fn alone(self) -> Option<f32> {
        self.is_alone.then_some(self.level)
    }
}

/// One window of one channel.
#[derive(Clone, Copy, Debug)]
struct Look {
    start_seconds: f64,
    /// Level of the whole low end.
    total: f32,
    lines: [[Line; LINES]; MAINS_HZ.len()],
}

/// The hum of one channel.
#[derive(Clone, Debug)]
pub(crate) struct Hum {
    /// Level of all its lines together, in dBFS (a sine at full scale is 0).
    pub(crate) level_dbfs: f64,
    pub(crate) fundamental_hz: f64,
    /// Numbers of the lines that were found (1 is the fundamental), with their levels.
    pub(crate) lines: Vec<(usize, f64)>,
    /// Where it is heard best.
    pub(crate) clearest_seconds: f64,
    /// The spectrum there.
    pub(crate) picture: String,
}

/// How long a hum has to be seen, from the settings.
#[derive(Clone, Copy, Debug)]
struct Proof {
    windows: usize,
    share: f64,
}

#[derive(Clone, Debug, Default)]
struct Channel {
    low: Vec<f64>,
    looks: Vec<Look>,
    /// Lines of the clearest window, and its spectrum as a drawing has it.
    clearest: Option<(f32, f64, Vec<f32>)>,
}

/// Follows the low frequencies of all channels.
#[derive(Clone, Debug)]
pub(crate) struct HumWatch {
    low_rate_hz: f64,
    ratio_db: f64,
    proof: Proof,
    steps: Vec<[Decimator; 2]>,
    middle: Vec<f64>,
    channels: Vec<Channel>,
    fft: Fft,
    window: Vec<f64>,
    work: Vec<(f64, f64)>,
    powers: Vec<f64>,
    /// Windows looked at, and of how many one is kept.
    windows: u64,
    one_in: u64,
}

impl HumWatch {
    pub(crate) fn new(rate_hz: f64, channels: usize, limits: &FaultThresholds) -> Self {
        let first = ((rate_hz / MIDDLE_RATE_HZ) as usize).max(1);
        let middle_rate_hz = rate_hz / first as f64;
        let low_rate_hz = middle_rate_hz / LOW_RATE_FACTOR as f64;
        let step = |factor: usize, from_hz: f64, to_hz: f64| {
            Decimator::new(factor, TOP_HZ / from_hz, (to_hz - TOP_HZ) / from_hz)
        };
        // At 8 kHz the first step has nothing to do, but it costs nothing either.
        let steps = [
            step(first, rate_hz, middle_rate_hz),
            step(LOW_RATE_FACTOR, middle_rate_hz, low_rate_hz),
        ];
        // So many windows, overlapping, make up the time asked for.
        let hops = (limits.hum_seconds * low_rate_hz - WINDOW as f64) / HOP as f64;
        Self {
            low_rate_hz,
            ratio_db: limits.hum_ratio_db,
            proof: Proof {
                windows: libm::ceil(hops.max(0.0)) as usize + 1,
                share: limits.hum_share,
            },
            steps: vec![steps; channels],
            middle: Vec::new(),
            channels: vec![Channel::default(); channels],
            fft: Fft::new(WINDOW),
            window: (0..WINDOW)
                .map(|n| std::f64::consts::TAU * (n as f64 + 0.5) / WINDOW as f64)
                .map(|phase| 0.5 - 0.5 * libm::cos(phase))
                .collect(),
            work: vec![(0.0, 0.0); WINDOW],
            powers: Vec::new(),
            windows: 0,
            one_in: 1,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        for ((steps, channel), samples) in
            (self.steps.iter_mut().zip(&mut self.channels)).zip(block.samples)
        {
            self.middle.clear();
            steps[0].feed(samples, &mut self.middle);
            steps[1].feed(&self.middle, &mut channel.low);
        }
        while self.channels[0].low.len() >= WINDOW {
            if self.windows.is_multiple_of(self.one_in) {
                self.look();
            }
            self.windows += 1;
            for channel in &mut self.channels {
                channel.low.drain(..HOP);
            }
            if self.channels[0].looks.len() == MOST_WINDOWS {
                self.thin_out();
            }
        }
    }

    /// Keeps every second window from here on and of those before.
    fn thin_out(&mut self) {
        self.one_in *= 2;
        for channel in &mut self.channels {
            let mut index = 0;
            channel.looks.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
    }

    fn look(&mut self) {
        let start_seconds = (self.windows * HOP as u64) as f64 / self.low_rate_hz;
        let top = (TOP_HZ / self.bin_hz()) as usize + 1;
        for pair in 0..self.channels.len().div_ceil(2) {
            let (one, other) = (2 * pair, 2 * pair + 1);
            for (n, (value, w)) in self.work.iter_mut().zip(&self.window).enumerate() {
                let second = self.channels.get(other).map_or(0.0, |c| c.low[n] * w);
                *value = (self.channels[one].low[n] * w, second);
            }
            self.fft.run(&mut self.work);
            for (channel, is_second) in [(one, 0), (other, 1)] {
                if channel >= self.channels.len() {
                    continue;
                }
                self.powers.clear();
                let work = &self.work;
                self.powers.extend((0..top).map(|bin| {
                    let (a, b) = (work[bin], work[(WINDOW - bin) % WINDOW]);
                    let (re, im) = match is_second {
                        0 => (a.0 + b.0, a.1 - b.1),
                        _ => (a.1 + b.1, b.0 - a.0),
                    };
                    // A sine at full scale comes to 1 (Hann's window has a mean of 1/2).
                    (re * re + im * im) * 4.0 / (WINDOW * WINDOW) as f64
                }));
                self.keep(channel, start_seconds);
            }
        }
    }

    fn bin_hz(&self) -> f64 {
        self.low_rate_hz / WINDOW as f64
    }

    fn keep(&mut self, channel: usize, start_seconds: f64) {
        // Over a line's lobe Hann's window sums up to 1.5 times its peak.
        let total: f64 = self.powers.iter().sum::<f64>() / 1.5;
        let lines = MAINS_HZ
            .map(|mains_hz| std::array::from_fn(|index| self.line(mains_hz * (index + 1) as f64)));
        let look = Look {
            start_seconds,
            total: level(total),
            lines,
        };
        let clarity = look
            .lines
            .iter()
            .map(|lines| {
                let clear = lines
                    .iter()
                    .filter_map(|l| Some(l.alone()? - l.visible_from));
                clear.map(|over| 10.0 + over).sum::<f32>()
            })
            .fold(0.0, f32::max);
        let channel = &mut self.channels[channel];
        if channel.clearest.as_ref().is_none_or(|c| clarity > c.0) && clarity > 0.0 {
            let columns = (0..COLUMNS).map(|column| {
                let from = column * self.powers.len() / COLUMNS;
                let to = (column + 1) * self.powers.len() / COLUMNS;
                level(self.powers[from..to].iter().fold(0.0, |a, &v| a.max(v)))
            });
            channel.clearest = Some((clarity, start_seconds, columns.collect()));
        }
        channel.looks.push(look);
    }

    /// Looks for a line that stands alone at a frequency.
    fn line(&self, hz: f64) -> Line {
        let bin_hz = self.bin_hz();
        let centre = hz / bin_hz;
        let stray = (STRAY * centre).max(0.5);
        let (from, to) = ((centre - stray) as usize, (centre + stray) as usize + 1);
        let powers = &self.powers;
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
        let needed = around * power(self.ratio_db);
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

    /// Length of a window in seconds.
    pub(crate) fn window_seconds(&self) -> f64 {
        WINDOW as f64 / self.low_rate_hz
    }

    /// The hum of each channel.
    pub(crate) fn hums(&self) -> Vec<Option<Hum>> {
        self.channels.iter().map(|c| self.hum(c)).collect()
    }

    fn hum(&self, channel: &Channel) -> Option<Hum> {
        let proof = Proof {
            windows: self.proof.windows.div_ceil(self.one_in as usize),
            ..self.proof
        };
        let found = (0..MAINS_HZ.len())
            .filter_map(|mains| steady_lines(&channel.looks, mains, proof))
            .reduce(|a, b| if b.lines.len() > a.lines.len() { b } else { a })?;
        let (_, clearest_seconds, columns) = channel.clearest.as_ref()?;
        let total: f64 = found.lines.iter().map(|l| power(l.1)).sum();
        let numbers: Vec<usize> = found.lines.iter().map(|l| l.0).collect();
        Some(Hum {
            level_dbfs: power_db(total)?,
            fundamental_hz: found.fundamental_hz,
            clearest_seconds: *clearest_seconds,
            picture: crate::picture::spectrum(columns, TOP_HZ, found.fundamental_hz, &numbers),
            lines: found.lines,
        })
    }
}

fn level(power: f64) -> f32 {
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

struct Steady {
    fundamental_hz: f64,
    lines: Vec<(usize, f64)>,
}

/// The lines of one of the mains that are always there, if they make a hum.
fn steady_lines(looks: &[Look], mains: usize, proof: Proof) -> Option<Steady> {
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
