use dsp::{
    Band, BandShape, Dynamics, Equaliser, Highpass, LinearPhaseEqualiser, Placement, Processor,
    Slope,
};
use serde::{Deserialize, Serialize};

use super::{Check, Settings, is_default, is_whole, whole};
use crate::chain::ChainError;

/// Settings of the rumble filter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RumbleFilterStage {
    /// −3 dB point in hertz, 5 to 200.
    pub frequency_hz: f64,
    /// Steepness.
    pub slope: Steepness,
}

/// Steepness of the rumble filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steepness {
    /// 12 dB per octave.
    Db12,
    /// 24 dB per octave.
    Db24,
}

impl Settings for RumbleFilterStage {
    fn name(&self) -> &'static str {
        "rumble_filter"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("frequency_hz", self.frequency_hz, [5.0, 200.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        let slope = match self.slope {
            Steepness::Db12 => Slope::Db12,
            Steepness::Db24 => Slope::Db24,
        };
        Box::new(Highpass::new(self.frequency_hz, slope))
    }
}

/// Settings of the equaliser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualiserStage {
    /// How its phase turns; minimum where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub phase: PhaseKind,
    /// Share of the equalised signal, 0 to 1; all of it where nothing is said.
    #[serde(default = "whole", skip_serializing_if = "is_whole")]
    pub mix: f64,
    /// Its bands, in series.
    pub bands: Vec<EqualiserBand>,
}

impl EqualiserStage {
    /// These bands at minimum phase, all of the signal.
    pub fn new(bands: Vec<EqualiserBand>) -> Self {
        Self {
            phase: PhaseKind::Minimum,
            mix: 1.0,
            bands,
        }
    }
}

/// How the equaliser's phase turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// As the analogue models do; no latency.
    #[default]
    Minimum,
    /// Half of that; a quarter of a second of latency.
    Mixed,
    /// Not at all: every frequency comes later by the same quarter of a second.
    Linear,
}

impl EqualiserStage {
    /// The processor of a phase that only a convolution has; none at minimum phase.
    pub(crate) fn convolving(&self) -> Option<LinearPhaseEqualiser> {
        let kept = match self.phase {
            PhaseKind::Minimum => return None,
            PhaseKind::Mixed => 0.5,
            PhaseKind::Linear => 0.0,
        };
        let bands = self.dsp_bands();
        Some(LinearPhaseEqualiser::new(&bands, kept, self.mix))
    }

    fn dsp_bands(&self) -> Vec<Band> {
        self.bands.iter().map(EqualiserBand::band).collect()
    }
}

/// One band of the equaliser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualiserBand {
    /// What it does.
    pub kind: BandKind,
    /// Centre or corner in hertz, 10 to 40,000 (kept below 45 % of the rate when rendered).
    pub frequency_hz: f64,
    /// Gain in dB, −24 to 24; zero where nothing is said. Notch, band and passes have none.
    #[serde(default)]
    pub gain_db: f64,
    /// Q, 0.1 to 20; 0.707 where nothing is said. Tilt and passes have none.
    #[serde(default = "usual_q")]
    pub q: f64,
    /// Of a shelf instead of its Q: its slope, 0.1 to 1 (1 is the steepest without overshoot).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slope: Option<f64>,
    /// Of a high or low pass: its slope in dB per octave, 6 to 96 in steps of 6; 12 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub db_per_octave: Option<u8>,
    /// What of the signal it works on; all of it where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: On,
    /// Of a bell or shelf: change by level on top of the gain. Where the chain names the stage as keyed, the level is
    /// the key's; a band that hears the mix beside one that hears a key stands in an equaliser of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dynamic: Option<BandDynamics>,
}

fn usual_q() -> f64 {
    0.707
}

impl EqualiserBand {
    /// A band on the whole signal that does not follow the level.
    pub fn new(kind: BandKind, frequency_hz: f64, gain_db: f64, q: f64) -> Self {
        Self {
            kind,
            frequency_hz,
            gain_db,
            q,
            slope: None,
            db_per_octave: None,
            on: On::Stereo,
            dynamic: None,
        }
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("frequency_hz", self.frequency_hz, [10.0, 40_000.0])?;
        check.range("gain_db", self.gain_db, [-24.0, 24.0])?;
        check.range("q", self.q, [0.1, 20.0])?;
        if !self.kind.has_gain() && self.gain_db != 0.0 {
            return Err(check.unfit("a notch, a band or a pass has no gain_db"));
        }
        if let Some(slope) = self.slope {
            check.range("slope", slope, [0.1, 1.0])?;
            if !self.kind.is_shelf() {
                return Err(check.unfit("only a shelf has a slope; a pass has db_per_octave"));
            }
        }
        if let Some(slope) = self.db_per_octave {
            check.range("db_per_octave", f64::from(slope), [6.0, 96.0])?;
            if !slope.is_multiple_of(6) {
                return Err(check.unfit("db_per_octave comes in steps of 6"));
            }
            if !self.kind.is_pass() {
                return Err(check.unfit("only a high or low pass has db_per_octave"));
            }
        }
        let Some(dynamic) = &self.dynamic else {
            return Ok(());
        };
        if self.kind != BandKind::Bell && !self.kind.is_shelf() {
            return Err(check.unfit("only a bell or a shelf can be dynamic"));
        }
        check.range("threshold_dbfs", dynamic.threshold_dbfs, [-100.0, 0.0])?;
        check.range("ratio", dynamic.ratio, [1.0, 100.0])?;
        check.range("range_db", dynamic.range_db, [-24.0, 24.0])?;
        check.range("attack_ms", dynamic.attack_ms, [0.1, 500.0])?;
        check.range("release_ms", dynamic.release_ms, [1.0, 5_000.0])
    }

    /// The slope of a shelf as its Q (Bristow-Johnson, "Audio EQ Cookbook": S).
    fn q_of_slope(&self) -> f64 {
        let Some(slope) = self.slope else {
            return self.q;
        };
        let a = dsp::db_to_gain(self.gain_db.abs() / 2.0);
        1.0 / ((a + 1.0 / a) * (1.0 / slope - 1.0) + 2.0).sqrt()
    }

    fn band(&self) -> Band {
        let order = self.db_per_octave.unwrap_or(12) / 6;
        Band {
            shape: match self.kind {
                BandKind::Bell => BandShape::Bell,
                BandKind::LowShelf => BandShape::LowShelf,
                BandKind::HighShelf => BandShape::HighShelf,
                BandKind::Tilt => BandShape::Tilt,
                BandKind::Notch => BandShape::Notch,
                BandKind::Band => BandShape::BandPass,
                BandKind::LowPass => BandShape::LowPass(order),
                BandKind::HighPass => BandShape::HighPass(order),
            },
            frequency_hz: self.frequency_hz,
            gain_db: self.gain_db,
            q: self.q_of_slope(),
            placement: self.on.placement(),
            dynamics: self.dynamic.map(|d| Dynamics {
                threshold_db: d.threshold_dbfs,
                ratio: d.ratio,
                range_db: d.range_db,
                attack_ms: d.attack_ms,
                release_ms: d.release_ms,
            }),
        }
    }
}

/// What an equaliser band does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BandKind {
    /// Around its frequency.
    Bell,
    /// Below its frequency.
    LowShelf,
    /// Above its frequency.
    HighShelf,
    /// The whole spectrum about its frequency: half the gain up above it, half of it down below.
    Tilt,
    /// Nothing at its frequency.
    Notch,
    /// Only what is around its frequency.
    Band,
    /// Only what is below.
    LowPass,
    /// Only what is above.
    HighPass,
}

impl BandKind {
    fn has_gain(self) -> bool {
        matches!(
            self,
            Self::Bell | Self::LowShelf | Self::HighShelf | Self::Tilt
        )
    }

    fn is_shelf(self) -> bool {
        matches!(self, Self::LowShelf | Self::HighShelf)
    }

    fn is_pass(self) -> bool {
        matches!(self, Self::LowPass | Self::HighPass)
    }
}

/// What of the signal a band works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// All of it.
    #[default]
    Stereo,
    /// The left channel.
    Left,
    /// The right channel.
    Right,
    /// What both channels share.
    Mid,
    /// What they do not.
    Side,
}

impl On {
    fn placement(self) -> Placement {
        match self {
            Self::Stereo => Placement::Stereo,
            Self::Left => Placement::Left,
            Self::Right => Placement::Right,
            Self::Mid => Placement::Mid,
            Self::Side => Placement::Side,
        }
    }
}

/// Change of a band by the level in its range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BandDynamics {
    /// Level in dBFS in the band's range where it begins, −100 to 0.
    pub threshold_dbfs: f64,
    /// Ratio, 1 to 100: n dB above the threshold give n (1 − 1/ratio) dB of change.
    pub ratio: f64,
    /// Most change in dB and its direction, −24 to 24.
    pub range_db: f64,
    /// Attack in milliseconds, 0.1 to 500.
    pub attack_ms: f64,
    /// Release in milliseconds, 1 to 5,000.
    pub release_ms: f64,
}

impl Settings for EqualiserStage {
    fn name(&self) -> &'static str {
        "equaliser"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.count(self.bands.len())?;
        check.range("mix", self.mix, [0.0, 1.0])?;
        self.bands.iter().try_for_each(|band| band.check(check))?;
        let has_dynamics = self.bands.iter().any(|band| band.dynamic.is_some());
        if self.phase != PhaseKind::Minimum && has_dynamics {
            return Err(check.unfit("a dynamic band needs minimum phase"));
        }
        Ok(())
    }

    fn processor(&self) -> Box<dyn Processor> {
        match self.convolving() {
            Some(equaliser) => Box::new(equaliser),
            None => Box::new(Equaliser::with_mix(&self.dsp_bands(), self.mix)),
        }
    }
}
