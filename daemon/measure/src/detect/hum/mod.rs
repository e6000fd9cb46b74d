//! Hum: lines at 50 or 60 Hz and their multiples that stand still under the whole piece.
//!
//! Bass and kick are louder than any hum, but they come and go, and their notes lie elsewhere: no
//! note of a tuned instrument has two partials on multiples of 50 or 60 Hz. So the low frequencies are
//! looked at in windows of about two seconds, and a line counts only where it stands alone, is there
//! in nearly every window quiet enough to show it, and always has the same level and frequency. In a
//! piece that is never quiet, each frequency's power is taken that four fifths of all windows exceed:
//! notes leave nothing there, a hum leaves its lines.

mod lines;
mod persistence;

use lines::{LineScale, Look, Proof, level, persistent_lines, steady_lines};
use persistence::Persistence;

use crate::decibel::{power, power_db};
use crate::detect::Block;
use crate::detect::decimate::Decimator;
use crate::fft::Fft;
use crate::thresholds::FaultThresholds;

/// Frequencies of the mains.
const MAINS_HZ: [f64; 2] = [50.0, 60.0];
/// The fundamental and its multiples.
const LINES: usize = 10;
/// The rates between and after the two steps down are at least these.
const MIDDLE_RATE_HZ: f64 = 8_000.0;
const LOW_RATE_FACTOR: usize = 4;
/// What is looked at ends here, and is free of images of what lies above.
const TOP_HZ: f64 = 680.0;
/// About 2 s at 2 kHz: lines 1 Hz apart can be told apart.
const WINDOW: usize = 4096;
const HOP: usize = WINDOW / 4;
/// Windows kept; a longer piece keeps every second one, then every fourth.
const MOST_WINDOWS: usize = 2048;
/// What persists is asked after so many windows (about 20 s).
const PERSISTENT_WINDOWS: u32 = 40;
/// Without sound (-90 dBFS) a window does not count.
const NO_SOUND: f64 = 1.0e-9;
/// Points of the drawing.
const COLUMNS: usize = 320;

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

#[derive(Clone, Debug)]
struct Channel {
    persistence: Persistence,
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
        let top = (TOP_HZ / low_rate_hz * WINDOW as f64) as usize + 1;
        let channel = Channel {
            persistence: Persistence::new(top),
            low: Vec::new(),
            looks: Vec::new(),
            clearest: None,
        };
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
            channels: vec![channel; channels],
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
                let bins = self.channels[channel].persistence.bins();
                self.powers.extend((0..bins).map(|bin| {
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

    fn scale(&self) -> LineScale {
        LineScale {
            bin_hz: self.bin_hz(),
            ratio: power(self.ratio_db),
        }
    }

    fn keep(&mut self, channel: usize, start_seconds: f64) {
        // Over a line's lobe Hann's window sums up to 1.5 times its peak.
        let total: f64 = self.powers.iter().sum::<f64>() / 1.5;
        let lines = self.scale().lines(&self.powers);
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
        if total > NO_SOUND {
            channel.persistence.add(&self.powers);
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
        let scale = self.scale();
        let persistent = (channel.persistence.windows >= PERSISTENT_WINDOWS)
            .then(|| scale.lines(&channel.persistence.persistent()));
        let found = (0..MAINS_HZ.len())
            .flat_map(|mains| {
                let lines = persistent.as_ref().map(|l| &l[mains]);
                [
                    steady_lines(&channel.looks, mains, proof),
                    lines.and_then(persistent_lines),
                ]
            })
            .flatten()
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
