//! A measurement as a flat list of figures, each with what it may differ by.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::measurement::{ChannelFigures, Measurement, PathFigures};
use crate::spread::Spread;

/// Octaves at which responses are compared, in hertz.
const OCTAVES_HZ: [f64; 10] = [
    31.5, 63.0, 125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0,
];

/// What a figure is of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Subject {
    /// Pure delay, in frames.
    Delay,
    /// Against the first channel, in frames.
    Skew,
    /// Round 1 kHz, in dB.
    Gain,
    /// Against the gain round 1 kHz, in dB.
    Response {
        /// In hertz.
        hz: f64,
    },
    /// Of the burst of programme, in dB.
    BurstGain,
    /// In dBFS.
    Noise,
    /// In dBFS.
    Hum,
    /// Harmonics against the fundamental, in dB.
    Distortion {
        /// Peak of the tone in dBFS.
        sent_dbfs: f64,
    },
    /// Into another return, round 1 kHz, in dB.
    Crosstalk {
        /// That return, from 1.
        into: usize,
    },
}

/// Which way a figure may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Worse {
    /// Any change counts.
    Either,
    /// Only more of it.
    More,
}

impl Subject {
    /// What it may differ by however steady the unit seemed: two repeats can agree by chance.
    pub(crate) fn least_allowed(self) -> (f64, Worse) {
        match self {
            Self::Delay | Self::Skew => (0.02, Worse::Either),
            Self::Gain | Self::BurstGain => (0.05, Worse::Either),
            Self::Response { .. } => (0.1, Worse::Either),
            Self::Noise => (3.0, Worse::More),
            Self::Hum | Self::Crosstalk { .. } => (6.0, Worse::More),
            Self::Distortion { .. } => (2.0, Worse::Either),
        }
    }

    /// Below this a figure says nothing any more, in its own unit.
    pub(crate) fn floor(self) -> f64 {
        match self {
            Self::Noise | Self::Hum => -130.0,
            Self::Distortion { .. } | Self::Crosstalk { .. } => -110.0,
            Self::Delay | Self::Skew | Self::Gain | Self::BurstGain | Self::Response { .. } => {
                f64::NEG_INFINITY
            }
        }
    }

    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Delay | Self::Skew => "samples",
            Self::Noise | Self::Hum => "dBFS",
            Self::Gain
            | Self::BurstGain
            | Self::Response { .. }
            | Self::Distortion { .. }
            | Self::Crosstalk { .. } => "dB",
        }
    }

    /// The next step where it is out of tolerance.
    pub(crate) fn next_step(self) -> &'static str {
        match self {
            Self::Delay | Self::Skew => {
                "look for a converter, a buffer or a processor that was changed in this path, then measure again"
            }
            Self::Gain | Self::BurstGain => {
                "compare the unit's controls and the trims with the recall sheet, then certify again"
            }
            Self::Response { .. } => {
                "compare the unit's equaliser and filters with the recall sheet, then certify again"
            }
            Self::Noise => {
                "look for a gain that was turned up or an open input, then certify again"
            }
            Self::Hum => "look at the cables and the ground of this channel, then certify again",
            Self::Distortion { .. } => {
                "let the unit warm up and compare its drive with the recall sheet, then certify again"
            }
            Self::Crosstalk { .. } => "look at the patch of these two channels, then certify again",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delay => write!(f, "delay"),
            Self::Skew => write!(f, "skew against channel 1"),
            Self::Gain => write!(f, "gain"),
            Self::Response { hz } => write!(f, "response at {hz} Hz"),
            Self::BurstGain => write!(f, "gain of the burst"),
            Self::Noise => write!(f, "noise"),
            Self::Hum => write!(f, "hum"),
            Self::Distortion { sent_dbfs } => write!(f, "distortion at {sent_dbfs} dBFS"),
            Self::Crosstalk { into } => write!(f, "crosstalk into channel {into}"),
        }
    }
}

/// One figure of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Channel from 1.
    pub channel: usize,
    /// What it is of.
    pub subject: Subject,
    /// Its repeats.
    pub value: Spread,
}

impl Measurement {
    /// All figures that can be compared with another measurement's.
    pub fn figures(&self) -> Vec<Figure> {
        let mut all = Vec::new();
        for channel in &self.channels {
            let mut add = |subject, value| {
                all.push(Figure {
                    channel: channel.channel,
                    subject,
                    value,
                });
            };
            if let Some(path) = &channel.path {
                if self.returned_hz.is_none() {
                    add(Subject::Delay, path.delay_frames);
                }
                of_path(path, channel, &mut add);
            }
            if let Some(noise) = &channel.noise {
                add(Subject::Noise, noise.level_dbfs);
                let hum = noise.hum.as_ref().map_or(-200.0, |hum| hum.level_dbfs);
                let hum = Spread {
                    mean: hum,
                    deviation: 0.0,
                    count: 1,
                };
                add(Subject::Hum, hum);
            }
            for tone in &channel.distortion {
                let sent_dbfs = tone.sent_dbfs;
                add(Subject::Distortion { sent_dbfs }, tone.thd_db);
            }
            for leak in self.crosstalk.iter().filter(|c| c.from == channel.channel) {
                add(Subject::Crosstalk { into: leak.into }, leak.at_1k_db);
            }
        }
        all
    }
}

fn of_path(path: &PathFigures, channel: &ChannelFigures, add: &mut impl FnMut(Subject, Spread)) {
    if channel.channel > 1 {
        add(Subject::Skew, path.skew_frames);
    }
    add(Subject::Gain, path.gain_db);
    if let Some(burst) = path.burst_gain_db {
        add(Subject::BurstGain, burst);
    }
    for hz in OCTAVES_HZ {
        let nearest = channel
            .response
            .iter()
            .min_by(|a, b| (a.hz - hz).abs().total_cmp(&(b.hz - hz).abs()));
        // A line within a sixth of an octave is the octave's.
        if let Some(point) = nearest.filter(|p| (p.hz / hz - 1.0).abs() < 0.12) {
            let value = Spread {
                mean: point.gain_db.mean - path.gain_db.mean,
                ..point.gain_db
            };
            add(Subject::Response { hz }, value);
        }
    }
}
