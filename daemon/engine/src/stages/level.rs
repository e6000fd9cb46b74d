use dsp::{Compressor, CompressorSettings, Detector, Gain, Limiter, LimiterSettings, Processor};
use serde::{Deserialize, Serialize};

use super::{Check, Settings};
use crate::chain::ChainError;

/// Settings of the compressor.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompressorStage {
    /// Level in dBFS (a full-scale square is 0) where it begins, −80 to 0.
    pub threshold_dbfs: f64,
    /// Ratio, 1 to 20.
    pub ratio: f64,
    /// Width of the knee in dB, 0 to 24.
    pub knee_db: f64,
    /// Attack in milliseconds, 0.1 to 500.
    pub attack_ms: f64,
    /// Release in milliseconds, 5 to 5,000.
    pub release_ms: f64,
    /// What it listens to.
    pub detector: Listening,
    /// Corner in hertz of the high-pass before the detector, 0 (none) to 1,000.
    pub sidechain_highpass_hz: f64,
    /// Share of the compressed signal, 0 to 1.
    pub mix: f64,
    /// Gain in dB after compression, −24 to 24.
    pub makeup_db: f64,
}

/// What a detector listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listening {
    /// Peaks.
    Peak,
    /// Power over about 10 ms.
    Rms,
}

/// Settings of a gain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GainStage {
    /// Gain in dB, −60 to 60.
    pub gain_db: f64,
}

/// Settings of the limiter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimiterStage {
    /// Highest true peak in dBTP, −30 to 0.
    pub ceiling_dbtp: f64,
    /// Look-ahead in milliseconds, 0.1 to 9.
    pub lookahead_ms: f64,
    /// Release in milliseconds, 5 to 1,000.
    pub release_ms: f64,
}

impl Settings for CompressorStage {
    fn name(&self) -> &'static str {
        "compressor"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("threshold_dbfs", self.threshold_dbfs, [-80.0, 0.0])?;
        check.range("ratio", self.ratio, [1.0, 20.0])?;
        check.range("knee_db", self.knee_db, [0.0, 24.0])?;
        check.range("attack_ms", self.attack_ms, [0.1, 500.0])?;
        check.range("release_ms", self.release_ms, [5.0, 5_000.0])?;
        let corner = self.sidechain_highpass_hz;
        check.range("sidechain_highpass_hz", corner, [0.0, 1_000.0])?;
        check.range("mix", self.mix, [0.0, 1.0])?;
        check.range("makeup_db", self.makeup_db, [-24.0, 24.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Compressor::new(CompressorSettings {
            threshold_db: self.threshold_dbfs,
            ratio: self.ratio,
            knee_db: self.knee_db,
            attack_ms: self.attack_ms,
            release_ms: self.release_ms,
            detector: match self.detector {
                Listening::Peak => Detector::Peak,
                Listening::Rms => Detector::Rms,
            },
            sidechain_highpass_hz: self.sidechain_highpass_hz,
            mix: self.mix,
            makeup_db: self.makeup_db,
        }))
    }
}

impl Settings for GainStage {
    fn name(&self) -> &'static str {
        "gain"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("gain_db", self.gain_db, [-60.0, 60.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Gain::new(self.gain_db))
    }
}

impl Settings for LimiterStage {
    fn name(&self) -> &'static str {
        "limiter"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("ceiling_dbtp", self.ceiling_dbtp, [-30.0, 0.0])?;
        check.range("lookahead_ms", self.lookahead_ms, [0.1, 9.0])?;
        check.range("release_ms", self.release_ms, [5.0, 1_000.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Limiter::new(LimiterSettings {
            ceiling_dbtp: self.ceiling_dbtp,
            lookahead_ms: self.lookahead_ms,
            release_ms: self.release_ms,
        }))
    }
}
