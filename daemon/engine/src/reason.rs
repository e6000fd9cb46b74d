use serde::{Deserialize, Serialize};

/// What a reason speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// What a match is aimed at.
    Reference,
    /// The rumble filter.
    RumbleFilter,
    /// The equaliser.
    Equaliser,
    /// The compressor.
    Compressor,
    /// The de-esser.
    DeEsser,
    /// Width, and the bass in the middle.
    Stereo,
    /// The gain before the limiter.
    Gain,
    /// The limiter.
    Limiter,
    /// Whether the target is reached.
    Target,
}

/// One measured figure behind a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What was measured; a stable snake_case name with its unit.
    pub name: String,
    /// The figure.
    pub value: f64,
}

impl Evidence {
    pub(crate) fn new(name: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            value,
        }
    }
}

/// Why a stage is in the chain as it is, or is not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// What it speaks of.
    pub stage: Subject,
    /// The reason in a sentence for people.
    pub text: String,
    /// The figures it rests on.
    pub evidence: Vec<Evidence>,
}

impl Reason {
    pub(crate) fn new(stage: Subject, text: String, evidence: Vec<Evidence>) -> Self {
        Self {
            stage,
            text,
            evidence,
        }
    }
}

/// Whether the plan arrives where it was to go.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case", deny_unknown_fields)]
pub enum Outcome {
    /// Integrated loudness within 0.1 LU of the target, true peak at or below its maximum.
    Reached,
    /// The limiter's budget ends before the target does; the master stays quieter.
    BelowTarget {
        /// How much is missing in LU.
        short_by_lu: f64,
    },
    /// The search for the gain did not settle within its passes; the master is this far off.
    Off {
        /// Target minus predicted loudness in LU.
        by_lu: f64,
    },
}
