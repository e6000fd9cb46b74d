//! What was ordered: the service, its target and when it is complete.

mod catalogue;
mod rules;
mod span;

use serde::{Deserialize, Serialize};

pub use self::catalogue::{BadCatalogue, Catalogue, CompletionRule, Offering};
pub use self::rules::{
    ApprovalRules, Asked, Beyond, Closing, ConsultationRules, FeeDue, FreeRounds, ListeningRules,
    PermissionRules, PermissionsHold, Preview, PreviewForm, PreviewUntil, Rounds, ServiceRules,
    Silence, StudioEars, Topic, Turnaround,
};
pub use self::span::{BadSpan, Span, SpanUnit};

/// How a master comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// Mastered at once by the measured plan.
    Instant,
    /// Waits for a mastering engineer.
    Engineer,
}

/// When the project is complete and goes to the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// As soon as the finals are offered.
    OnDelivery,
    /// When the studio or the client says so.
    ByHand,
}

/// What kind of music it is: how its tone is judged and how loud it is wont to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// Nobody has said.
    #[default]
    Usual,
    /// Orchestra, choir, chamber music.
    Classical,
    /// Folk, jazz, singer and guitar.
    Acoustic,
    /// Pop, and R&B.
    Pop,
    /// Rock, and metal.
    Rock,
    /// Club and electronic music.
    Electronic,
    /// Hip hop and trap.
    HipHop,
    /// A person who talks.
    Speech,
}

/// How far a measured plan may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intensity {
    /// As little as possible.
    Gentle,
    /// The house's usual measure.
    #[default]
    Balanced,
    /// Dense and forward.
    Loud,
}

/// The loudness profile of an order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Integrated loudness to reach, in LUFS (ITU-R BS.1770).
    pub integrated_lufs: f64,
    /// Highest true peak allowed, in dBTP.
    pub true_peak_max_dbtp: f64,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            integrated_lufs: -14.0,
            true_peak_max_dbtp: -1.0,
        }
    }
}

impl Target {
    /// Whether an engineer could mean these numbers: −40 to −4 LUFS, −12 to 0 dBTP.
    #[must_use]
    pub fn is_sensible(&self) -> bool {
        (-40.0..=-4.0).contains(&self.integrated_lufs)
            && (-12.0..=0.0).contains(&self.true_peak_max_dbtp)
    }
}

/// The service an order is for. Each number is the studio's setting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Who masters: the plan at once, or a person.
    pub kind: ServiceKind,
    /// When it counts as complete.
    pub completion: Completion,
    /// Loudness to reach.
    pub target: Target,
    /// What kind of music it is. Orders of the first schema do not say.
    #[serde(default)]
    pub style: Style,
    /// How far the plan may go.
    #[serde(default)]
    pub intensity: Intensity,
    /// How much of the way to the client's references a master goes in tone and width, in per cent; at 0 they are only
    /// there to compare with.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub match_percent: u8,
}

fn is_zero(percent: &u8) -> bool {
    *percent == 0
}

impl Service {
    /// Instant mastering: automatic, complete on delivery.
    #[must_use]
    pub fn instant() -> Self {
        Self {
            kind: ServiceKind::Instant,
            completion: Completion::OnDelivery,
            target: Target::default(),
            style: Style::default(),
            intensity: Intensity::default(),
            match_percent: 0,
        }
    }

    /// Mastering by an engineer, completed by hand.
    #[must_use]
    pub fn engineer() -> Self {
        Self {
            kind: ServiceKind::Engineer,
            completion: Completion::ByHand,
            target: Target::default(),
            style: Style::default(),
            intensity: Intensity::default(),
            match_percent: 0,
        }
    }
}
