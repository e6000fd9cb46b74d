use dsp::{
    ChannelTools, FractionalDelay, Highpass, Polarity, Processor, Recode, Slope, Stereo,
    StereoSettings, Trim, Trims,
};
use serde::{Deserialize, Serialize};

use super::{Check, Settings, is_default};
use crate::chain::ChainError;

/// Settings of the stereo processor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StereoStage {
    /// Below this the signal is mono, in hertz, 0 (nowhere) to 500.
    #[serde(default, skip_serializing_if = "is_default")]
    pub mono_below_hz: f64,
    /// Where the bands of width part, in hertz, rising, 20 to 20,000; none for one width.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corners_hz: Vec<f64>,
    /// Width of each band in per cent, lowest first, 0 (mono) to 300; 100 is as it came. One more than corners.
    pub width_percent: Vec<f64>,
    /// Rotation to the right in degrees, −45 to 45.
    #[serde(default, skip_serializing_if = "is_default")]
    pub rotation_degrees: f64,
    /// Lowest correlation that is let through, −0.9 to 0.9; none where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_correlation: Option<f64>,
}

impl Settings for StereoStage {
    fn name(&self) -> &'static str {
        "stereo"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("mono_below_hz", self.mono_below_hz, [0.0, 500.0])?;
        if self.corners_hz.len() > 4 {
            return Err(check.unfit("there are at most five bands of width"));
        }
        if self.width_percent.len() != self.corners_hz.len() + 1 {
            return Err(check.unfit("there is one width more than corners"));
        }
        for corner in &self.corners_hz {
            check.range("corners_hz", *corner, [20.0, 20_000.0])?;
        }
        let rises = |two: &[f64]| two[1] >= 1.26 * two[0];
        let first = [self.mono_below_hz, *self.corners_hz.first().unwrap_or(&1e9)];
        if !rises(&first) || !self.corners_hz.windows(2).all(rises) {
            return Err(check.unfit("corners rise by a third of an octave at least"));
        }
        for width in &self.width_percent {
            check.range("width_percent", *width, [0.0, 300.0])?;
        }
        check.range("rotation_degrees", self.rotation_degrees, [-45.0, 45.0])?;
        let least = self.least_correlation.unwrap_or(0.0);
        check.range("least_correlation", least, [-0.9, 0.9])
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Stereo::new(StereoSettings {
            mono_below_hz: self.mono_below_hz,
            corners_hz: self.corners_hz.clone(),
            widths: self.width_percent.iter().map(|w| w / 100.0).collect(),
            rotation_degrees: self.rotation_degrees,
            least_correlation: self.least_correlation.unwrap_or(-1.0),
        }))
    }
}

/// Polarity, balance, and left/right or mid/side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelsStage {
    /// Which channels are turned over.
    #[serde(default, skip_serializing_if = "is_default")]
    pub invert: Invert,
    /// Above zero turns the left channel down by so many dB, below zero the right one; −24 to 24.
    #[serde(default, skip_serializing_if = "is_default")]
    pub balance_db: f64,
    /// What the two channels are turned into.
    #[serde(default, skip_serializing_if = "is_default")]
    pub recode: RecodeKind,
}

/// Which channels are turned over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Invert {
    /// None.
    #[default]
    None,
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// Both.
    Both,
}

/// What two channels are turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecodeKind {
    /// Nothing else.
    #[default]
    None,
    /// Each other.
    Swap,
    /// Mid and side.
    ToMidSide,
    /// Left and right.
    ToLeftRight,
}

impl Settings for ChannelsStage {
    fn name(&self) -> &'static str {
        "channels"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("balance_db", self.balance_db, [-24.0, 24.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        let polarity = match self.invert {
            Invert::None => Polarity::Normal,
            Invert::Left => Polarity::InvertLeft,
            Invert::Right => Polarity::InvertRight,
            Invert::Both => Polarity::InvertBoth,
        };
        let recode = match self.recode {
            RecodeKind::None => Recode::AsTheyAre,
            RecodeKind::Swap => Recode::Swap,
            RecodeKind::ToMidSide => Recode::ToMidSide,
            RecodeKind::ToLeftRight => Recode::ToLeftRight,
        };
        Box::new(ChannelTools::new(polarity, self.balance_db, recode))
    }
}

/// A gain and a polarity for each channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrimsStage {
    /// Gain of each channel in dB, the first channel first, −60 to 24; channels beyond them stay as they are.
    pub gain_db: Vec<f64>,
    /// Which of these channels (from 1) are turned over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invert: Vec<usize>,
}

impl Settings for TrimsStage {
    fn name(&self) -> &'static str {
        "trims"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.count(self.gain_db.len())?;
        for gain_db in &self.gain_db {
            check.range("gain_db", *gain_db, [-60.0, 24.0])?;
        }
        let channels = 1..=self.gain_db.len();
        if !self.invert.iter().all(|channel| channels.contains(channel)) {
            return Err(check.unfit("invert names channels, from 1, that have a gain_db"));
        }
        Ok(())
    }

    fn processor(&self) -> Box<dyn Processor> {
        let trims = self.gain_db.iter().zip(1..).map(|(gain_db, channel)| Trim {
            gain_db: *gain_db,
            is_inverted: self.invert.contains(&channel),
        });
        Box::new(Trims::new(&trims.collect::<Vec<_>>()))
    }
}

/// Takes DC out and nothing that is heard: 12 dB per octave below 2 Hz.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DcFilterStage {}

const DC_HZ: f64 = 2.0;

impl Settings for DcFilterStage {
    fn name(&self) -> &'static str {
        "dc_filter"
    }

    fn check(&self, _: &Check) -> Result<(), ChainError> {
        Ok(())
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Highpass::new(DC_HZ, Slope::Db12))
    }
}

/// Delays channels against each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelayStage {
    /// Delay of each channel in frames and fractions of one, 0 to 1,000,000, the first channel first.
    pub frames: Vec<f64>,
}

impl Settings for DelayStage {
    fn name(&self) -> &'static str {
        "delay"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.count(self.frames.len())?;
        let delays = self.frames.iter();
        delays
            .copied()
            .try_for_each(|delay| check.range("frames", delay, [0.0, 1e6]))
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(FractionalDelay::new(&self.frames))
    }
}
