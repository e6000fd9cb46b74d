use dsp::{
    Band, BandShape, Compressor, CompressorSettings, Detector, Equaliser, Gain, Highpass, Limiter,
    LimiterSettings, Processor, Slope,
};
use serde::{Deserialize, Serialize};

/// Number of the chain file format this engine writes and reads.
pub const CHAIN_FORMAT: u32 = 1;

/// Most stages of a chain, and most bands of an equaliser.
const MOST_STAGES: usize = 64;

/// The processors a mix goes through, in order, with all their settings.
///
/// As a file (TOML; JSON has the same shape):
///
/// ```toml
/// format = 1
///
/// [[stages]]
/// processor = "rumble_filter"
/// frequency_hz = 22.0
/// slope = "db24"
///
/// [[stages]]
/// processor = "gain"
/// gain_db = 3.5
///
/// [[stages]]
/// processor = "limiter"
/// ceiling_dbtp = -1.0
/// lookahead_ms = 4.0
/// release_ms = 80.0
/// ```
///
/// Unknown keys and values out of range are refused when read; a chain in memory that was read is
/// therefore playable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Document", into = "Document")]
pub struct Chain {
    stages: Vec<Stage>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    stages: Vec<Stage>,
}

impl TryFrom<Document> for Chain {
    type Error = ChainError;

    fn try_from(document: Document) -> Result<Self, ChainError> {
        if document.format != CHAIN_FORMAT {
            return Err(ChainError::Format {
                found: document.format,
            });
        }
        Self::new(document.stages)
    }
}

impl From<Chain> for Document {
    fn from(chain: Chain) -> Self {
        Self {
            format: CHAIN_FORMAT,
            stages: chain.stages,
        }
    }
}

/// Why a chain cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The text is no chain file.
    #[error("the chain file could not be read")]
    Unreadable(#[from] toml::de::Error),
    /// The chain could not be put into words.
    #[error("the chain could not be written as text")]
    Unwritable(#[from] toml::ser::Error),
    /// Written by another age.
    #[error("the chain file has format {found}, this engine reads format {CHAIN_FORMAT}")]
    Format {
        /// The number in the file.
        found: u32,
    },
    /// More than a chain can hold.
    #[error(
        "a chain holds at most {MOST_STAGES} stages and an equaliser as many bands, not {count}"
    )]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// A setting no processor has.
    #[error("stage {stage} ({processor}): {setting} must be from {low} to {high}, not {value}")]
    OutOfRange {
        /// Place in the chain, from 1.
        stage: usize,
        /// Its processor.
        processor: &'static str,
        /// The setting's key in the file.
        setting: &'static str,
        /// Lowest value.
        low: f64,
        /// Highest value.
        high: f64,
        /// The value found.
        value: f64,
    },
}

/// One processor with its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "processor", rename_all = "snake_case")]
pub enum Stage {
    /// A high-pass against rumble and DC.
    RumbleFilter(RumbleFilterStage),
    /// The equaliser.
    Equaliser(EqualiserStage),
    /// The compressor.
    Compressor(CompressorStage),
    /// A gain.
    Gain(GainStage),
    /// The true-peak limiter.
    Limiter(LimiterStage),
}

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

/// Settings of the equaliser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualiserStage {
    /// Its bands, in series.
    pub bands: Vec<EqualiserBand>,
}

/// One band of the equaliser.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EqualiserBand {
    /// What it does.
    pub kind: BandKind,
    /// Centre or corner in hertz, 10 to 40,000 (kept below 45 % of the rate when rendered).
    pub frequency_hz: f64,
    /// Gain in dB, −24 to 24.
    pub gain_db: f64,
    /// Q, 0.1 to 20.
    pub q: f64,
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
}

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

impl Chain {
    /// A chain of these stages; refuses settings out of range.
    pub fn new(stages: Vec<Stage>) -> Result<Self, ChainError> {
        if stages.len() > MOST_STAGES {
            return Err(ChainError::TooMany {
                count: stages.len(),
            });
        }
        for (index, stage) in stages.iter().enumerate() {
            stage.check(index + 1)?;
        }
        Ok(Self { stages })
    }

    /// The stages in order.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// Reads a chain file.
    pub fn from_toml(text: &str) -> Result<Self, ChainError> {
        // In two steps, so that a setting out of range is our sentence and not wrapped in TOML's.
        toml::from_str::<Document>(text)?.try_into()
    }

    /// Writes a chain file; reading it gives this chain again, to the last bit.
    pub fn to_toml(&self) -> Result<String, ChainError> {
        Ok(toml::to_string(&Document::from(self.clone()))?)
    }

    pub(crate) fn processors(&self) -> Vec<Box<dyn Processor>> {
        self.stages.iter().map(Stage::processor).collect()
    }
}

struct Check {
    stage: usize,
    processor: &'static str,
}

impl Check {
    fn range(
        &self,
        setting: &'static str,
        value: f64,
        [low, high]: [f64; 2],
    ) -> Result<(), ChainError> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        let Self { stage, processor } = *self;
        Err(ChainError::OutOfRange {
            stage,
            processor,
            setting,
            low,
            high,
            value,
        })
    }
}

impl Stage {
    fn name(&self) -> &'static str {
        match self {
            Self::RumbleFilter(_) => "rumble_filter",
            Self::Equaliser(_) => "equaliser",
            Self::Compressor(_) => "compressor",
            Self::Gain(_) => "gain",
            Self::Limiter(_) => "limiter",
        }
    }

    fn check(&self, stage: usize) -> Result<(), ChainError> {
        let check = Check {
            stage,
            processor: self.name(),
        };
        match self {
            Self::RumbleFilter(s) => check.range("frequency_hz", s.frequency_hz, [5.0, 200.0]),
            Self::Equaliser(s) => {
                if s.bands.len() > MOST_STAGES {
                    return Err(ChainError::TooMany {
                        count: s.bands.len(),
                    });
                }
                s.bands.iter().try_for_each(|band| {
                    check.range("frequency_hz", band.frequency_hz, [10.0, 40_000.0])?;
                    check.range("gain_db", band.gain_db, [-24.0, 24.0])?;
                    check.range("q", band.q, [0.1, 20.0])
                })
            }
            Self::Compressor(s) => {
                check.range("threshold_dbfs", s.threshold_dbfs, [-80.0, 0.0])?;
                check.range("ratio", s.ratio, [1.0, 20.0])?;
                check.range("knee_db", s.knee_db, [0.0, 24.0])?;
                check.range("attack_ms", s.attack_ms, [0.1, 500.0])?;
                check.range("release_ms", s.release_ms, [5.0, 5_000.0])?;
                check.range(
                    "sidechain_highpass_hz",
                    s.sidechain_highpass_hz,
                    [0.0, 1_000.0],
                )?;
                check.range("mix", s.mix, [0.0, 1.0])?;
                check.range("makeup_db", s.makeup_db, [-24.0, 24.0])
            }
            Self::Gain(s) => check.range("gain_db", s.gain_db, [-60.0, 60.0]),
            Self::Limiter(s) => {
                check.range("ceiling_dbtp", s.ceiling_dbtp, [-30.0, 0.0])?;
                check.range("lookahead_ms", s.lookahead_ms, [0.1, 9.0])?;
                check.range("release_ms", s.release_ms, [5.0, 1_000.0])
            }
        }
    }

    fn processor(&self) -> Box<dyn Processor> {
        match self {
            Self::RumbleFilter(s) => Box::new(Highpass::new(
                s.frequency_hz,
                match s.slope {
                    Steepness::Db12 => Slope::Db12,
                    Steepness::Db24 => Slope::Db24,
                },
            )),
            Self::Equaliser(s) => {
                let bands: Vec<Band> = s.bands.iter().map(EqualiserBand::band).collect();
                Box::new(Equaliser::new(&bands))
            }
            Self::Compressor(s) => Box::new(Compressor::new(s.settings())),
            Self::Gain(s) => Box::new(Gain::new(s.gain_db)),
            Self::Limiter(s) => Box::new(Limiter::new(LimiterSettings {
                ceiling_dbtp: s.ceiling_dbtp,
                lookahead_ms: s.lookahead_ms,
                release_ms: s.release_ms,
            })),
        }
    }
}

impl EqualiserBand {
    fn band(&self) -> Band {
        Band {
            shape: match self.kind {
                BandKind::Bell => BandShape::Bell,
                BandKind::LowShelf => BandShape::LowShelf,
                BandKind::HighShelf => BandShape::HighShelf,
            },
            frequency_hz: self.frequency_hz,
            gain_db: self.gain_db,
            q: self.q,
        }
    }
}

impl CompressorStage {
    fn settings(&self) -> CompressorSettings {
        CompressorSettings {
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
        }
    }
}
