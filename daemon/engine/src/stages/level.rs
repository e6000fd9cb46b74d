use dsp::{
    Character, Compressor, CompressorSettings, Detector, Direction, Domain, Gain, Limiter,
    LimiterSettings, Listen, PeakResolution, Processor, Release, Topology,
};
use serde::{Deserialize, Serialize};

use super::{Check, Settings, is_default};
use crate::chain::ChainError;

/// Settings of the compressor; a file need not name what is as [`CompressorStage::default`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompressorStage {
    /// What is above the threshold is compressed, or what is below expanded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub direction: DirectionKind,
    /// Level in dBFS (a full-scale square is 0), or LUFS with the loudness detector, where it begins, −80 to 0.
    pub threshold_dbfs: f64,
    /// Ratio, 1 to 20.
    pub ratio: f64,
    /// Width of the knee in dB, 0 to 24.
    pub knee_db: f64,
    /// Most reduction in dB, 0 to 60; 60 where nothing is said.
    #[serde(default = "widest", skip_serializing_if = "is_widest")]
    pub range_db: f64,
    /// Attack in milliseconds, 0.1 to 500; of an expander, how it opens.
    pub attack_ms: f64,
    /// Release in milliseconds, 5 to 5,000; of an expander, how it closes.
    pub release_ms: f64,
    /// How it lets go.
    #[serde(default, skip_serializing_if = "is_default")]
    pub release: ReleaseKind,
    /// Milliseconds for which a reduction is kept, 0 to 500.
    #[serde(default, skip_serializing_if = "is_default")]
    pub hold_ms: f64,
    /// Look-ahead in milliseconds, 0 to 50.
    #[serde(default, skip_serializing_if = "is_default")]
    pub lookahead_ms: f64,
    /// What it listens to.
    pub detector: Listening,
    /// Where the detector sits.
    #[serde(default, skip_serializing_if = "is_default")]
    pub topology: TopologyKind,
    /// Corner in hertz of the high-pass before the detector, 0 (none) to 1,000.
    pub sidechain_highpass_hz: f64,
    /// Corner in hertz of the low-pass before the detector, 0 (none) to 20,000.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sidechain_lowpass_hz: f64,
    /// Centre in hertz of a bell before the detector, 0 (none) to 20,000.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sidechain_bell_hz: f64,
    /// The bell's gain in dB, −24 to 24.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sidechain_bell_db: f64,
    /// What the channels are while they are compressed.
    #[serde(default, skip_serializing_if = "is_default")]
    pub domain: DomainKind,
    /// How far all channels follow the common level, 0 to 100 %.
    #[serde(default = "all_percent", skip_serializing_if = "is_all_percent")]
    pub link_percent: f64,
    /// Share of the compressed signal, 0 to 1.
    pub mix: f64,
    /// Gain in dB after compression, −24 to 24.
    pub makeup_db: f64,
    /// Set where the loudness that compression takes is given back as it goes.
    #[serde(default, skip_serializing_if = "is_default")]
    pub auto_makeup: bool,
}

impl Default for CompressorStage {
    fn default() -> Self {
        Self {
            direction: DirectionKind::Compress,
            threshold_dbfs: -18.0,
            ratio: 1.5,
            knee_db: 6.0,
            range_db: widest(),
            attack_ms: 30.0,
            release_ms: 150.0,
            release: ReleaseKind::Programme,
            hold_ms: 0.0,
            lookahead_ms: 0.0,
            detector: Listening::Rms,
            topology: TopologyKind::FeedForward,
            sidechain_highpass_hz: 90.0,
            sidechain_lowpass_hz: 0.0,
            sidechain_bell_hz: 0.0,
            sidechain_bell_db: 0.0,
            domain: DomainKind::LeftRight,
            link_percent: all_percent(),
            mix: 1.0,
            makeup_db: 0.0,
            auto_makeup: false,
        }
    }
}

fn widest() -> f64 {
    60.0
}

fn is_widest(range_db: &f64) -> bool {
    *range_db == widest()
}

fn all_percent() -> f64 {
    100.0
}

fn is_all_percent(percent: &f64) -> bool {
    *percent == all_percent()
}

/// Which side of its threshold a compressor works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectionKind {
    /// Turns down what is above.
    #[default]
    Compress,
    /// Turns down what is below.
    Expand,
}

/// How a compressor lets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseKind {
    /// More slowly after sustained compression.
    #[default]
    Programme,
    /// Always alike.
    Fixed,
}

/// Where a compressor's detector sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TopologyKind {
    /// Before the gain.
    #[default]
    FeedForward,
    /// After it.
    FeedBack,
}

/// What the two channels are while they are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DomainKind {
    /// Left and right.
    #[default]
    LeftRight,
    /// Mid and side.
    MidSide,
}

/// What a detector listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listening {
    /// Peaks.
    Peak,
    /// Power over about 10 ms.
    Rms,
    /// Momentary loudness (400 ms, K-weighted); the threshold is in LUFS.
    Loudness,
}

impl CompressorStage {
    pub(super) fn check_as(&self, check: &Check) -> Result<(), ChainError> {
        check.range("threshold_dbfs", self.threshold_dbfs, [-80.0, 0.0])?;
        check.range("ratio", self.ratio, [1.0, 20.0])?;
        check.range("knee_db", self.knee_db, [0.0, 24.0])?;
        check.range("range_db", self.range_db, [0.0, 60.0])?;
        check.range("attack_ms", self.attack_ms, [0.1, 500.0])?;
        check.range("release_ms", self.release_ms, [5.0, 5_000.0])?;
        check.range("hold_ms", self.hold_ms, [0.0, 500.0])?;
        check.range("lookahead_ms", self.lookahead_ms, [0.0, 50.0])?;
        let corner = self.sidechain_highpass_hz;
        check.range("sidechain_highpass_hz", corner, [0.0, 1_000.0])?;
        let corner = self.sidechain_lowpass_hz;
        check.range("sidechain_lowpass_hz", corner, [0.0, 20_000.0])?;
        check.range("sidechain_bell_hz", self.sidechain_bell_hz, [0.0, 20_000.0])?;
        check.range("sidechain_bell_db", self.sidechain_bell_db, [-24.0, 24.0])?;
        check.range("link_percent", self.link_percent, [0.0, 100.0])?;
        check.range("mix", self.mix, [0.0, 1.0])?;
        check.range("makeup_db", self.makeup_db, [-24.0, 24.0])?;
        if self.topology == TopologyKind::FeedBack && self.lookahead_ms > 0.0 {
            return Err(check.unfit("a feed-back detector cannot look ahead"));
        }
        if self.direction == DirectionKind::Expand && self.topology == TopologyKind::FeedBack {
            return Err(check.unfit("an expander listens before its gain"));
        }
        Ok(())
    }

    pub(super) fn settings(&self) -> CompressorSettings {
        CompressorSettings {
            direction: match self.direction {
                DirectionKind::Compress => Direction::Compress,
                DirectionKind::Expand => Direction::Expand,
            },
            threshold_db: self.threshold_dbfs,
            ratio: self.ratio,
            knee_db: self.knee_db,
            range_db: self.range_db,
            attack_ms: self.attack_ms,
            release_ms: self.release_ms,
            release: match self.release {
                ReleaseKind::Programme => Release::Programme,
                ReleaseKind::Fixed => Release::Fixed,
            },
            hold_ms: self.hold_ms,
            lookahead_ms: self.lookahead_ms,
            detector: match self.detector {
                Listening::Peak => Detector::Peak,
                Listening::Rms => Detector::Rms,
                Listening::Loudness => Detector::Loudness,
            },
            topology: match self.topology {
                TopologyKind::FeedForward => Topology::FeedForward,
                TopologyKind::FeedBack => Topology::FeedBack,
            },
            sidechain_highpass_hz: self.sidechain_highpass_hz,
            sidechain_lowpass_hz: self.sidechain_lowpass_hz,
            sidechain_bell: [self.sidechain_bell_hz, self.sidechain_bell_db],
            domain: match self.domain {
                DomainKind::LeftRight => Domain::LeftRight,
                DomainKind::MidSide => Domain::MidSide,
            },
            link: self.link_percent / 100.0,
            mix: self.mix,
            makeup_db: self.makeup_db,
            auto_makeup: self.auto_makeup,
        }
    }
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
    /// Look-ahead in milliseconds, 0.1 to 20.
    pub lookahead_ms: f64,
    /// Release in milliseconds, 5 to 1,000.
    pub release_ms: f64,
    /// How it moves.
    #[serde(default, skip_serializing_if = "is_default")]
    pub character: CharacterKind,
    /// How far channels are turned down together, 0 to 100 %.
    #[serde(default = "all_percent", skip_serializing_if = "is_all_percent")]
    pub link_percent: f64,
    /// What comes out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub listen: ListenKind,
    /// Points per sample at which it reads peaks; eight where nothing is said.
    #[serde(default, skip_serializing_if = "is_default")]
    pub oversampling: PeakOversampling,
}

impl LimiterStage {
    /// A transparent limiter for all channels together.
    pub fn new(ceiling_dbtp: f64, lookahead_ms: f64, release_ms: f64) -> Self {
        Self {
            ceiling_dbtp,
            lookahead_ms,
            release_ms,
            character: CharacterKind::Transparent,
            link_percent: all_percent(),
            listen: ListenKind::Output,
            oversampling: PeakOversampling::X8,
        }
    }
}

/// At how many points per sample a limiter reads the peaks between samples.
///
/// The ceiling holds within 0.05 dB at each, its release is the same at each; more points cost more where it
/// works, and leave less to the curve through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeakOversampling {
    /// Four.
    X4,
    /// Eight.
    #[default]
    X8,
    /// Sixteen.
    X16,
    /// Thirty-two.
    X32,
}

/// How a limiter moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CharacterKind {
    /// Does not follow the bass, lets go slowly after long passages.
    #[default]
    Transparent,
    /// Lets go quickly between beats.
    Punchy,
    /// Louder, with more colour in the bass.
    Dense,
}

/// What comes out of a limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListenKind {
    /// The limited signal.
    #[default]
    Output,
    /// What was taken away.
    Delta,
}

impl Settings for CompressorStage {
    fn name(&self) -> &'static str {
        "compressor"
    }

    fn check(&self, check: &Check) -> Result<(), ChainError> {
        self.check_as(check)
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Compressor::new(self.settings()))
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
        check.range("lookahead_ms", self.lookahead_ms, [0.1, 20.0])?;
        check.range("link_percent", self.link_percent, [0.0, 100.0])?;
        check.range("release_ms", self.release_ms, [5.0, 1_000.0])
    }

    fn processor(&self) -> Box<dyn Processor> {
        Box::new(Limiter::new(LimiterSettings {
            ceiling_dbtp: self.ceiling_dbtp,
            lookahead_ms: self.lookahead_ms,
            release_ms: self.release_ms,
            character: match self.character {
                CharacterKind::Transparent => Character::Transparent,
                CharacterKind::Punchy => Character::Punchy,
                CharacterKind::Dense => Character::Dense,
            },
            link: self.link_percent / 100.0,
            listen: match self.listen {
                ListenKind::Output => Listen::Output,
                ListenKind::Delta => Listen::Delta,
            },
            resolution: match self.oversampling {
                PeakOversampling::X4 => PeakResolution::X4,
                PeakOversampling::X8 => PeakResolution::X8,
                PeakOversampling::X16 => PeakResolution::X16,
                PeakOversampling::X32 => PeakResolution::X32,
            },
        }))
    }
}
