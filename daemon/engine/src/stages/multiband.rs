use dsp::{CrossoverKind, Multiband, MultibandBand, MultibandSettings, Processor};
use serde::{Deserialize, Serialize};

use super::level::{CompressorStage, Listening, ReleaseKind};
use super::{Check, Settings, is_default};
use crate::chain::ChainError;

/// Settings of the multiband: two to six bands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MultibandStage {
    /// How the signal is cut.
    #[serde(default, skip_serializing_if = "is_default")]
    pub crossover: CutKind,
    /// Where it is cut, in hertz, rising, each at least a third of an octave above the one before; 20 to 20,000.
    pub corners_hz: Vec<f64>,
    /// Look-ahead of all bands in milliseconds, 0 to 50.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lookahead_ms: f64,
    /// Its bands, lowest first: one more than corners.
    pub bands: Vec<BandStage>,
}

/// How a signal is cut into bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CutKind {
    /// Linkwitz-Riley, 24 dB per octave, no latency.
    #[default]
    LinkwitzRiley,
    /// The same slopes without phase, a quarter of a second of latency.
    LinearPhase,
}

/// One band of the multiband.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub struct BandStage {
    /// Gain in dB, −24 to 24.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gain_db: f64,
    /// Set to hear this band (and others so set) alone.
    #[serde(default, skip_serializing_if = "is_default")]
    pub solo: bool,
    /// The compressor or expander of this band; none lets it through. The multiband's look-ahead is
    /// everyone's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compressor: Option<CompressorStage>,
}

impl Settings for MultibandStage {
    fn name(&self) -> &'static str {
        "multiband"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("lookahead_ms", self.lookahead_ms, [0.0, 50.0])?;
        if !(2..=6).contains(&self.bands.len()) {
            return Err(check.unfit("a multiband has two to six bands"));
        }
        if self.corners_hz.len() + 1 != self.bands.len() {
            return Err(check.unfit("there is one corner between each two bands"));
        }
        for corner in &self.corners_hz {
            check.range("corners_hz", *corner, [20.0, 20_000.0])?;
        }
        if self.corners_hz.windows(2).any(|two| two[1] < 1.26 * two[0]) {
            return Err(check.unfit("corners rise by a third of an octave at least"));
        }
        for band in &self.bands {
            check.range("gain_db", band.gain_db, [-24.0, 24.0])?;
            let Some(compressor) = &band.compressor else {
                continue;
            };
            compressor.check_as(check)?;
            if compressor.lookahead_ms != 0.0 {
                return Err(check.unfit("look-ahead is set once, for all bands"));
            }
        }
        Ok(())
    }

    fn processor(&self) -> Box<dyn Processor> {
        let bands = self.bands.iter().map(|band| MultibandBand {
            compressor: band.compressor.map(|c| c.settings()),
            gain_db: band.gain_db,
            is_solo: band.solo,
        });
        Box::new(Multiband::new(MultibandSettings {
            crossover: match self.crossover {
                CutKind::LinkwitzRiley => CrossoverKind::LinkwitzRiley,
                CutKind::LinearPhase => CrossoverKind::LinearPhase,
            },
            corners_hz: self.corners_hz.clone(),
            lookahead_ms: self.lookahead_ms,
            bands: bands.collect(),
        }))
    }
}

/// Settings of the de-esser: a multiband that turns down one range while it hisses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeEsserStage {
    /// Where sibilance begins, in hertz, 1,000 to 12,000.
    pub from_hz: f64,
    /// Where it ends, in hertz, 2,000 to 20,000; above it the air is left alone.
    pub to_hz: f64,
    /// Level in dBFS in that range where it begins, −80 to 0.
    pub threshold_dbfs: f64,
    /// Ratio, 1 to 20.
    pub ratio: f64,
    /// Most reduction in dB, 0 to 24.
    pub range_db: f64,
    /// Attack in milliseconds, 0.1 to 50.
    pub attack_ms: f64,
    /// Release in milliseconds, 5 to 500.
    pub release_ms: f64,
    /// Look-ahead in milliseconds, 0 to 10.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lookahead_ms: f64,
    /// Set to hear only what it works on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub solo: bool,
}

impl DeEsserStage {
    /// The multiband it is.
    pub fn as_multiband(&self) -> MultibandStage {
        let compressor = CompressorStage {
            threshold_dbfs: self.threshold_dbfs,
            ratio: self.ratio,
            knee_db: 4.0,
            range_db: self.range_db,
            attack_ms: self.attack_ms,
            release_ms: self.release_ms,
            release: ReleaseKind::Fixed,
            detector: Listening::Rms,
            sidechain_highpass_hz: 0.0,
            ..CompressorStage::default()
        };
        let sibilance = BandStage {
            compressor: Some(compressor),
            solo: self.solo,
            gain_db: 0.0,
        };
        MultibandStage {
            crossover: CutKind::LinkwitzRiley,
            corners_hz: vec![self.from_hz, self.to_hz],
            lookahead_ms: self.lookahead_ms,
            bands: vec![BandStage::default(), sibilance, BandStage::default()],
        }
    }
}

impl Settings for DeEsserStage {
    fn name(&self) -> &'static str {
        "de_esser"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        check.range("from_hz", self.from_hz, [1_000.0, 12_000.0])?;
        check.range("to_hz", self.to_hz, [2_000.0, 20_000.0])?;
        check.range("range_db", self.range_db, [0.0, 24.0])?;
        check.range("attack_ms", self.attack_ms, [0.1, 50.0])?;
        check.range("release_ms", self.release_ms, [5.0, 500.0])?;
        check.range("lookahead_ms", self.lookahead_ms, [0.0, 10.0])?;
        self.as_multiband().check(check)
    }

    fn processor(&self) -> Box<dyn Processor> {
        self.as_multiband().processor()
    }
}
