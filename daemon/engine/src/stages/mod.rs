//! The settings of each processor in a chain file: keys, units, ranges.

mod colour;
mod equaliser;
mod level;
mod multiband;
mod placing;
mod rounding;

use dsp::{LinearPhaseKnobs, Processor, Spec};
use serde::{Deserialize, Serialize};

use crate::chain::{ChainError, MOST_STAGES};

pub use colour::{CurveKind, OversamplingKind, SaturationStage, SoftClipperStage, TransientStage};
pub use equaliser::{
    BandDynamics, BandKind, EqualiserBand, EqualiserStage, On, PhaseKind, RumbleFilterStage,
    Steepness,
};
pub use level::{
    CharacterKind, CompressorStage, DirectionKind, DomainKind, GainStage, LimiterStage, ListenKind,
    Listening, PeakOversampling, ReleaseKind, TopologyKind,
};
pub use multiband::{BandStage, CutKind, DeEsserStage, MultibandStage};
pub use placing::{
    ChannelsStage, DcFilterStage, DelayStage, Invert, RecodeKind, StereoStage, TrimsStage,
};

pub use rounding::{ConversionChoice, DitherChoice, DitherName};

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
    /// A compressor or expander for each of several bands.
    Multiband(MultibandStage),
    /// The de-esser.
    DeEsser(DeEsserStage),
    /// Saturation.
    Saturation(SaturationStage),
    /// The soft clipper.
    SoftClipper(SoftClipperStage),
    /// The transient shaper.
    Transient(TransientStage),
    /// Width, mono bass, rotation, correlation.
    Stereo(StereoStage),
    /// Polarity, balance, mid and side.
    Channels(ChannelsStage),
    /// A gain and a polarity for each channel.
    Trims(TrimsStage),
    /// Against DC.
    DcFilter(DcFilterStage),
    /// A delay for each channel.
    Delay(DelayStage),
    /// A gain.
    Gain(GainStage),
    /// The true-peak limiter.
    Limiter(LimiterStage),
}

/// What the engine asks of the settings of every processor.
trait Settings {
    /// The processor's name in a chain file.
    fn name(&self) -> &'static str;

    /// Refuses what is out of range or does not go together.
    fn check(&self, check: &Check) -> Result<(), ChainError>;

    /// The processor, set.
    fn processor(&self) -> Box<dyn Processor>;
}

impl Stage {
    fn settings(&self) -> &dyn Settings {
        match self {
            Self::RumbleFilter(s) => s,
            Self::Equaliser(s) => s,
            Self::Compressor(s) => s,
            Self::Multiband(s) => s,
            Self::DeEsser(s) => s,
            Self::Saturation(s) => s,
            Self::SoftClipper(s) => s,
            Self::Transient(s) => s,
            Self::Stereo(s) => s,
            Self::Channels(s) => s,
            Self::Trims(s) => s,
            Self::DcFilter(s) => s,
            Self::Delay(s) => s,
            Self::Gain(s) => s,
            Self::Limiter(s) => s,
        }
    }

    /// The processor's name in a chain file.
    pub fn name(&self) -> &'static str {
        self.settings().name()
    }

    /// True where its gain follows a level that it hears.
    pub(crate) fn listens(&self) -> bool {
        match self {
            Self::Compressor(_)
            | Self::Multiband(_)
            | Self::DeEsser(_)
            | Self::Transient(_)
            | Self::Limiter(_) => true,
            Self::Equaliser(s) => s.bands.iter().any(|band| band.dynamic.is_some()),
            Self::Stereo(s) => s.least_correlation.is_some(),
            Self::RumbleFilter(_)
            | Self::Saturation(_)
            | Self::SoftClipper(_)
            | Self::Channels(_)
            | Self::Trims(_)
            | Self::DcFilter(_)
            | Self::Delay(_)
            | Self::Gain(_) => false,
        }
    }

    /// True where it bends the wave: a sum bent is not the sum of its bent parts.
    pub fn bends(&self) -> bool {
        matches!(self, Self::Saturation(_) | Self::SoftClipper(_))
    }

    pub(crate) fn check(&self, stage: usize) -> Result<(), ChainError> {
        self.settings().check(&Check {
            stage,
            processor: self.name(),
        })
    }

    pub(crate) fn processor(&self) -> Box<dyn Processor> {
        self.settings().processor()
    }

    /// The processor, and the knobs that only another thread can turn, where it has such.
    pub(crate) fn live_processor(
        &self,
        spec: Spec,
    ) -> (Box<dyn Processor>, Option<LinearPhaseKnobs>) {
        if let Self::Equaliser(stage) = self
            && let Some(mut equaliser) = stage.convolving()
        {
            let knobs = equaliser.knobs(spec);
            return (Box::new(equaliser), Some(knobs));
        }
        (self.processor(), None)
    }
}

/// Checks settings of one stage.
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

    fn count(&self, count: usize) -> Result<(), ChainError> {
        if count > MOST_STAGES {
            return Err(ChainError::TooMany { count });
        }
        Ok(())
    }

    fn unfit(&self, why: &'static str) -> ChainError {
        let Self { stage, processor } = *self;
        ChainError::Unfit {
            stage,
            processor,
            why,
        }
    }
}

/// True for a setting that a file need not name because it is what one would expect.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// All of the processed signal.
fn whole() -> f64 {
    1.0
}

fn is_whole(mix: &f64) -> bool {
    *mix == 1.0
}
