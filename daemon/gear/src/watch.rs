//! What slipped while a song was printed: the aligned take against its source, as both go by.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::complex::{Spectrum, Transform, times_conjugate};
use crate::measurement::Measurement;

/// Frames of a window that level and delay are read over.
const WINDOW: usize = 8_192;
/// Frames of a piece that clicks are looked for in.
const PIECE: usize = 64;
/// Windows that say what was usual before.
const USUAL: usize = 15;
/// Mean square of the source from which on a window says something (−50 dBFS).
const SOUNDS: f64 = 1e-5;
/// Samples in a row at full scale that are an over of the converter.
const OVER_RUN: u64 = 3;
/// Where a converter ends, within two steps of 16 bits.
const FULL_SCALE: f64 = 0.999_94;
/// A sample this small carries nothing (−114 dBFS).
const NOTHING: f64 = 2e-6;

/// Something that slipped, at a frame of the song.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "mark")]
pub enum Mark {
    /// The server lost time.
    Xrun {
        /// First frame that may be wrong.
        frame: u64,
    },
    /// Frames that were never recorded.
    LostFrames {
        /// The first of them.
        frame: u64,
        /// How many.
        frames: u64,
    },
    /// The level stepped and stayed.
    LevelStep {
        /// Within a window of 8 192 frames.
        frame: u64,
        /// By how much.
        db: f64,
    },
    /// The delay changed.
    DelayChanged {
        /// Within a window of 8 192 frames.
        frame: u64,
        /// By how many frames.
        by_frames: f64,
    },
    /// The return fell silent while the source sounded.
    Dropout {
        /// Where it began.
        frame: u64,
        /// How long it lasted.
        frames: u64,
    },
    /// An edge that the source does not have.
    Click {
        /// Within 64 frames.
        frame: u64,
    },
    /// The converter was at its end.
    Over {
        /// The first sample.
        frame: u64,
        /// Samples in a row.
        samples: u64,
        /// Channel from 1.
        channel: usize,
    },
}

impl Mark {
    /// What slipped and where, for people: seconds and frames at this rate.
    pub fn words(&self, rate_hz: u32) -> String {
        let at = |frame: u64| {
            let seconds = frame as f64 / f64::from(rate_hz);
            format!("at {seconds:.3} s (frame {frame})")
        };
        match *self {
            Self::Xrun { frame } => format!("the server lost time {}", at(frame)),
            Self::LostFrames { frame, frames } => {
                format!("{frames} frames were never recorded {}", at(frame))
            }
            Self::LevelStep { frame, db } => {
                format!("the level stepped by {db:+.1} dB {}", at(frame))
            }
            Self::DelayChanged { frame, by_frames } => {
                format!("the delay changed by {by_frames:+.1} samples {}", at(frame))
            }
            Self::Dropout { frame, frames } => format!("{frames} frames of silence {}", at(frame)),
            Self::Click { frame } => format!("a click {}", at(frame)),
            Self::Over {
                frame,
                samples,
                channel,
            } => format!(
                "{samples} samples at full scale on return {channel} {}",
                at(frame)
            ),
        }
    }
}

/// What is taken for a slip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatchSettings {
    /// A level that steps by less is the gear's own doing, in dB.
    pub level_step_db: f64,
    /// A delay that changes by less is, too, in frames.
    pub delay_step_frames: f64,
}

impl WatchSettings {
    /// For a unit: one that compresses moves its level by itself.
    pub fn of(unit: &Measurement) -> Self {
        let bends = |c: &crate::measurement::ChannelFigures| {
            let gains = c.distortion.iter().map(|d| d.gain_db.mean);
            let (low, high) = gains.fold((f64::MAX, f64::MIN), |s, g| (s.0.min(g), s.1.max(g)));
            let burst = c
                .path
                .as_ref()
                .and_then(|p| Some(p.burst_gain_db?.mean - p.gain_db.mean));
            (high - low).max(0.0).max(burst.unwrap_or(0.0).abs())
        };
        let most = unit.channels.iter().map(bends).fold(0.0, f64::max);
        Self {
            level_step_db: 1.0 + 1.5 * most,
            delay_step_frames: 0.3,
        }
    }
}

/// Compares a take with its source, channel by channel.
#[derive(Debug)]
pub struct Watch {
    settings: WatchSettings,
    channels: Vec<Channel>,
    transform: Transform,
}

#[derive(Debug)]
struct Channel {
    source: Vec<f64>,
    take: Vec<f64>,
    /// Frame of the song that both begin at.
    at: u64,
    gains_db: VecDeque<f64>,
    lags: VecDeque<f64>,
    /// What the last window differed by, which the next one has to confirm.
    stepped: Option<(u64, f64)>,
    moved: Option<(u64, f64)>,
    quiet: Run,
    over: Run,
    last_edges: f64,
}

/// Samples in a row.
#[derive(Debug, Default)]
struct Run {
    from: u64,
    samples: u64,
    energy: f64,
}

impl Watch {
    /// For so many channels.
    pub fn new(channels: usize, settings: WatchSettings) -> Self {
        let channel = || Channel {
            source: Vec::new(),
            take: Vec::new(),
            at: 0,
            gains_db: VecDeque::new(),
            lags: VecDeque::new(),
            stepped: None,
            moved: None,
            quiet: Run::default(),
            over: Run::default(),
            last_edges: 0.0,
        };
        Self {
            settings,
            channels: (0..channels).map(|_| channel()).collect(),
            transform: Transform::holding(2 * WINDOW),
        }
    }

    /// Takes the next frames of both, as many of each, and says what slipped in them.
    pub fn feed(&mut self, source: &[&[f64]], take: &[&[f64]]) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (n, channel) in self.channels.iter_mut().enumerate() {
            let (Some(source), Some(take)) = (source.get(n), take.get(n)) else {
                continue;
            };
            channel.source.extend_from_slice(source);
            channel.take.extend_from_slice(take);
            while channel.source.len() >= WINDOW && channel.take.len() >= WINDOW {
                channel.window(n + 1, self.settings, &self.transform, &mut marks);
            }
        }
        marks
    }
}

impl Channel {
    fn window(
        &mut self,
        number: usize,
        settings: WatchSettings,
        transform: &Transform,
        marks: &mut Vec<Mark>,
    ) {
        let source: Vec<f64> = self.source.drain(..WINDOW).collect();
        let take: Vec<f64> = self.take.drain(..WINDOW).collect();
        let at = self.at;
        self.runs(number, (&source, &take), marks);
        let square = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let (sent, came) = (square(&source), square(&take));
        if sent > SOUNDS && came > 0.01 * SOUNDS {
            let gain = dsp::power_to_db(came / sent);
            self.clicks((&source, &take), marks);
            if let Some((from, db)) = confirmed(
                (&mut self.gains_db, &mut self.stepped),
                (at, gain),
                settings.level_step_db,
            ) {
                marks.push(Mark::LevelStep { frame: from, db });
            }
            if let Some(lag) = lag(&source, &take, transform)
                && let Some((from, by_frames)) = confirmed(
                    (&mut self.lags, &mut self.moved),
                    (at, lag),
                    settings.delay_step_frames,
                )
            {
                marks.push(Mark::DelayChanged {
                    frame: from,
                    by_frames,
                });
            }
        }
        self.at += WINDOW as u64;
    }

    /// Silence where sound should be, and samples at full scale.
    fn runs(&mut self, channel: usize, (source, take): (&[f64], &[f64]), marks: &mut Vec<Mark>) {
        for ((frame, sent), came) in (self.at..).zip(source).zip(take) {
            if came.abs() <= NOTHING {
                self.quiet.extend(frame, sent * sent);
            } else if let Some(run) = self.quiet.ended() {
                let loud = run.energy / run.samples as f64;
                if run.samples >= 32 && loud > 1e-4 {
                    marks.push(Mark::Dropout {
                        frame: run.from,
                        frames: run.samples,
                    });
                }
            }
            if came.abs() >= FULL_SCALE {
                self.over.extend(frame, 0.0);
            } else if let Some(run) = self.over.ended()
                && run.samples >= OVER_RUN
            {
                marks.push(Mark::Over {
                    frame: run.from,
                    samples: run.samples,
                    channel,
                });
            }
        }
    }

    fn clicks(&mut self, (source, take): (&[f64], &[f64]), marks: &mut Vec<Mark>) {
        let edges = |x: &[f64]| -> f64 {
            let bends = x.windows(3).map(|w| w[0] - 2.0 * w[1] + w[2]);
            bends.map(|b| b * b).sum()
        };
        let sent: Vec<f64> = source.chunks_exact(PIECE).map(edges).collect();
        let came: Vec<f64> = take.chunks_exact(PIECE).map(edges).collect();
        let gain = came.iter().sum::<f64>() / sent.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        for (n, came) in came.iter().enumerate() {
            let before = if n == 0 { self.last_edges } else { sent[n - 1] };
            let after = sent.get(n + 1).copied().unwrap_or(0.0);
            let expected = gain * before.max(sent[n]).max(after);
            // 12 dB beyond anything near it, and no whisper.
            if *came > 16.0 * expected + 1e-4 {
                marks.push(Mark::Click {
                    frame: self.at + (n * PIECE) as u64,
                });
            }
        }
        self.last_edges = sent.last().copied().unwrap_or(0.0);
    }
}

impl Run {
    fn extend(&mut self, frame: u64, energy: f64) {
        if self.samples == 0 {
            self.from = frame;
        }
        self.samples += 1;
        self.energy += energy;
    }

    fn ended(&mut self) -> Option<Self> {
        (self.samples > 0).then(|| std::mem::take(self))
    }
}

/// A value that left what was usual and stayed where it went for a second window; then that is usual.
fn confirmed(
    (usual, pending): (&mut VecDeque<f64>, &mut Option<(u64, f64)>),
    (at, value): (u64, f64),
    allowed: f64,
) -> Option<(u64, f64)> {
    let mut sorted: Vec<f64> = usual.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(value);
    let by = value - middle;
    if by.abs() <= allowed || usual.len() < 3 {
        *pending = None;
        usual.push_back(value);
        if usual.len() > USUAL {
            usual.pop_front();
        }
        return None;
    }
    match pending.take() {
        Some((from, before)) if (before - by).abs() <= allowed => {
            usual.clear();
            usual.extend([value; 3]);
            Some((from, by))
        }
        Some(_) | None => {
            *pending = Some((at, by));
            None
        }
    }
}

/// By how many frames the take comes later than the source in this window, whichever its polarity.
fn lag(source: &[f64], take: &[f64], transform: &Transform) -> Option<f64> {
    let (a, b) = (transform.forward(source), transform.forward(take));
    let mut cross = Spectrum::zero(transform.length());
    // Whitened by the root: a bass line alone says little about time.
    for bin in 8..transform.length() * 2 / 5 {
        let (re, im) = times_conjugate(b.at(bin), a.at(bin));
        let size = (re * re + im * im).sqrt().sqrt().max(1e-12);
        cross.set(bin, (re / size, im / size));
    }
    let lags = transform.inverse(cross);
    let length = lags.len();
    let (peak, size) =
        lags.iter().enumerate().fold(
            (0, 0.0),
            |best: (usize, f64), (n, x)| {
                if x.abs() > best.1 { (n, x.abs()) } else { best }
            },
        );
    let mean = (lags.iter().map(|x| x * x).sum::<f64>() / length as f64).sqrt();
    if size < 8.0 * mean {
        return None;
    }
    // A parabola through the peak and its neighbours.
    let beside = [(peak + length - 1) % length, (peak + 1) % length].map(|n| lags[n].abs());
    let bend = beside[0] - 2.0 * size + beside[1];
    let part = if bend < 0.0 {
        0.5 * (beside[0] - beside[1]) / bend
    } else {
        0.0
    };
    let whole = if peak > length / 2 {
        peak as f64 - length as f64
    } else {
        peak as f64
    };
    Some(whole + part)
}
