use dsp::{
    Curve, Oversampling, Processor, Saturation, SaturationSettings, SoftClipper, TransientSettings,
    TransientShaper,
};
use serde::{Deserialize, Serialize};

use super::{Check, Settings, is_default, is_whole, whole};
use crate::chain::ChainError;

/// Settings of the saturation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaturationStage {
    /// How the wave is bent.
    pub curve: CurveKind,
    /// Gain in dB into the curve, −12 to 36.
    pub drive_db: f64,
    /// Even harmonics beside the odd ones, 0 to 1.
    #[serde(default, skip_serializing_if = "is_default")]
    pub even: f64,
    /// Share of the saturated signal, 0 to 1; all of it where nothing is said.
    #[serde(default = "whole", skip_serializing_if = "is_whole")]
    pub mix: f64,
    /// Gain in dB after it, −24 to 24.
    #[serde(default, skip_serializing_if = "is_default")]
    pub output_db: f64,
    /// Only from here on is saturated, in hertz, 0 (from the bottom) to 20,000.
    #[serde(default, skip_serializing_if = "is_default")]
    pub from_hz: f64,
    /// Only up to here, in hertz, 0 (to the top) to 20,000.
    #[serde(default, skip_serializing_if = "is_default")]
    pub to_hz: f64,
    /// Rate at which the wave is bent; eight times where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oversampling: OversamplingKind,
}

/// How a wave is bent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurveKind {
    /// Soft, the treble more than the rest.
    Tape,
    /// Soft and off centre.
    Valve,
    /// Clean, then sudden; the bass more than the rest.
    Transformer,
    /// Third harmonic and little else.
    Polynomial,
}

/// How many times the rate something runs at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OversamplingKind {
    /// Twice.
    X2,
    /// Four times.
    X4,
    /// Eight times.
    #[default]
    X8,
    /// Sixteen times.
    X16,
}

impl OversamplingKind {
    fn factor(self) -> Oversampling {
        match self {
            Self::X2 => Oversampling::X2,
            Self::X4 => Oversampling::X4,
            Self::X8 => Oversampling::X8,
            Self::X16 => Oversampling::X16,
        }
    }
}

impl Settings for SaturationStage {
    fn name(&self) -> &'static str {
        "saturation"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("drive_db", self.drive_db, [-12.0, 36.0])?;
        check.range("even", self.even, [0.0, 1.0])?;
        check.range("mix", self.mix, [0.0, 1.0])?;
        check.range("output_db", self.output_db, [-24.0, 24.0])?;
        check.range("from_hz", self.from_hz, [0.0, 20_000.0])?;
        check.range("to_hz", self.to_hz, [0.0, 20_000.0])?;
        if self.to_hz != 0.0 && self.to_hz < 1.26 * self.from_hz {
            return Err(check.unfit("to_hz lies a third of an octave above from_hz at least"));
        }
        Ok(())
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Saturation::new(SaturationSettings {
            curve: match self.curve {
                CurveKind::Tape => Curve::Tape,
                CurveKind::Valve => Curve::Valve,
                CurveKind::Transformer => Curve::Transformer,
                CurveKind::Polynomial => Curve::Polynomial,
            },
            drive_db: self.drive_db,
            even: self.even,
            mix: self.mix,
            output_db: self.output_db,
            range_hz: [self.from_hz, self.to_hz],
            oversampling: self.oversampling.factor(),
        }))
    }
}

/// Settings of the soft clipper.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftClipperStage {
    /// Where it flattens out, in dBFS, −30 to 12.
    pub ceiling_dbfs: f64,
    /// Where its knee begins, as a share of that amplitude below it, 0.01 to 1.
    pub softness: f64,
    /// Rate at which it clips; eight times where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oversampling: OversamplingKind,
}

impl Settings for SoftClipperStage {
    fn name(&self) -> &'static str {
        "soft_clipper"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("ceiling_dbfs", self.ceiling_dbfs, [-30.0, 12.0])?;
        check.range("softness", self.softness, [0.01, 1.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        let factor = self.oversampling.factor();
        Box::new(SoftClipper::new(self.ceiling_dbfs, self.softness, factor))
    }
}

/// Settings of the transient shaper.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransientStage {
    /// Most gain in dB on attacks, −18 to 18.
    #[serde(default)]
    pub attack_db: f64,
    /// Most gain in dB on what rings after them, −18 to 18.
    #[serde(default)]
    pub sustain_db: f64,
    /// How long an attack counts as one, in milliseconds, 2 to 100; 20 where nothing is said.
    #[serde(default = "usual_attack_ms")]
    pub attack_ms: f64,
    /// How long what rings belongs to it, in milliseconds, 20 to 1,000; 200 where nothing is said.
    #[serde(default = "usual_sustain_ms")]
    pub sustain_ms: f64,
}

fn usual_attack_ms() -> f64 {
    20.0
}

fn usual_sustain_ms() -> f64 {
    200.0
}

impl Settings for TransientStage {
    fn name(&self) -> &'static str {
        "transient"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("attack_db", self.attack_db, [-18.0, 18.0])?;
        check.range("sustain_db", self.sustain_db, [-18.0, 18.0])?;
        check.range("attack_ms", self.attack_ms, [2.0, 100.0])?;
        check.range("sustain_ms", self.sustain_ms, [20.0, 1_000.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(TransientShaper::new(TransientSettings {
            attack_db: self.attack_db,
            sustain_db: self.sustain_db,
            attack_ms: self.attack_ms,
            sustain_ms: self.sustain_ms,
        }))
    }
}
