use dsp::{Blanking, ConversionPhase, DitherKind, DitherSettings, NoiseShape};
use serde::{Deserialize, Serialize};

use super::is_default;

/// How a master becomes integers; floats are not dithered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DitherChoice {
    /// What is added before rounding.
    #[serde(default, skip_serializing_if = "is_default")]
    pub kind: DitherName,
    /// Set where the master falls silent after a tenth of a second of digital silence.
    #[serde(default, skip_serializing_if = "is_default")]
    pub auto_blank: bool,
}

/// How a conversion of the rate turns the phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConversionChoice {
    /// Every frequency in place.
    #[default]
    LinearPhase,
    /// No ringing before an edge.
    MinimumPhase,
}

impl ConversionChoice {
    /// True for what a file need not say.
    pub(crate) fn is_usual(&self) -> bool {
        is_default(self)
    }

    pub(crate) fn phase(self) -> ConversionPhase {
        match self {
            Self::LinearPhase => ConversionPhase::Linear,
            Self::MinimumPhase => ConversionPhase::Minimum,
        }
    }
}

/// What is added before rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DitherName {
    /// Nothing.
    None,
    /// One step wide.
    Rectangular,
    /// Two steps wide, the safe choice.
    #[default]
    Triangular,
    /// Two steps wide, more above than below.
    HighPassed,
    /// Noise shaping, a little.
    ShapedLight,
    /// Noise shaping at the least audible curve.
    Shaped,
    /// Noise shaping, all there is: only for a master that nobody works on again.
    ShapedFull,
}

impl DitherChoice {
    /// True for what a file need not say.
    pub(crate) fn is_usual(&self) -> bool {
        is_default(self)
    }

    pub(crate) fn settings(self) -> DitherSettings {
        DitherSettings {
            kind: match self.kind {
                DitherName::None => DitherKind::None,
                DitherName::Rectangular => DitherKind::Rectangular,
                DitherName::Triangular => DitherKind::Triangular,
                DitherName::HighPassed => DitherKind::HighPassed,
                DitherName::ShapedLight => DitherKind::Shaped(NoiseShape::Light),
                DitherName::Shaped => DitherKind::Shaped(NoiseShape::Medium),
                DitherName::ShapedFull => DitherKind::Shaped(NoiseShape::Full),
            },
            blanking: if self.auto_blank {
                Blanking::InSilence
            } else {
                Blanking::Never
            },
        }
    }
}
