//! The rules of a service: what an order takes with it on the day it is opened.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ServiceKind;
use super::span::Span;
use crate::calendar::Zone;
use crate::release::ReleaseTerms;

/// The rules an order takes with it. The catalogue may change afterwards; these do not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRules {
    /// The service's name in the catalogue.
    pub name: String,
    /// The service's name for people.
    pub title: String,
    /// Whose days count: the studio's time zone on that day.
    #[serde(default)]
    pub time_zone: Zone,
    /// How long the studio takes.
    pub turnaround: Turnaround,
    /// How many rounds are free, for how long, and what they cover.
    pub rounds: Rounds,
    /// What an approval means, and what silence means.
    pub approval: ApprovalRules,
    /// What the client hears before the masters are theirs.
    pub preview: Preview,
    /// Whether the consultation comes before the work.
    #[serde(default)]
    pub consultation: ConsultationRules,
    /// Whether the studio's own people may listen. Orders of earlier programs left that open.
    #[serde(default)]
    pub listening: ListeningRules,
    /// What waits for permissions. Orders of earlier programs waited for none.
    #[serde(default = "PermissionRules::earlier")]
    pub permissions: PermissionRules,
    /// The terms of a release made of it.
    #[serde(default)]
    pub release: ReleaseTerms,
}

impl ServiceRules {
    /// The rules of an order that was opened before orders had any: nothing is promised, counted
    /// or withheld.
    #[must_use]
    pub fn earlier() -> Self {
        Self {
            name: String::new(),
            title: String::new(),
            time_zone: Zone::default(),
            turnaround: Turnaround {
                usual: None,
                heavy: None,
                heavy_from_songs: None,
                revision: None,
                rush: None,
                warn_hours: Turnaround::default().warn_hours,
            },
            rounds: Rounds {
                free: FreeRounds::Unlimited,
                window_days: None,
                ask_days: None,
                ..Rounds::default()
            },
            approval: ApprovalRules::default(),
            preview: Preview::default(),
            consultation: ConsultationRules::default(),
            listening: ListeningRules::default(),
            permissions: PermissionRules::earlier(),
            release: ReleaseTerms::default(),
        }
    }
}

/// Whether the consultation comes before the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConsultationRules {
    /// When its answers are needed.
    pub asked: Asked,
}

/// Whether the studio's own people may listen to what the client sent and what is made of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StudioEars {
    /// As they like.
    Free,
    /// Only with the client's permission, or for a reason on record.
    Asked,
}

/// The rules about the studio's own listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListeningRules {
    /// Whether the studio's people may listen.
    pub studio: StudioEars,
    /// For how many hours a reason on record opens it for whoever gave it.
    pub reason_hours: u32,
}

impl ListeningRules {
    /// The house's own for a kind of service: where nobody masters, nobody needs to listen.
    #[must_use]
    pub fn of_kind(kind: ServiceKind) -> Self {
        Self {
            studio: match kind {
                ServiceKind::Instant => StudioEars::Asked,
                ServiceKind::Engineer => StudioEars::Free,
            },
            ..Self::default()
        }
    }
}

impl Default for ListeningRules {
    fn default() -> Self {
        Self {
            studio: StudioEars::Free,
            reason_hours: 24,
        }
    }
}

/// What waits until the permissions that covers, remixes and samples need are on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionsHold {
    /// The finals, and a release made of them.
    #[default]
    Finals,
    /// Nothing: they are asked for and kept.
    Nothing,
}

/// The rules about somebody else's work in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PermissionRules {
    /// What waits for missing permissions.
    pub hold: PermissionsHold,
}

impl PermissionRules {
    /// Those of orders from before there were any.
    #[must_use]
    pub fn earlier() -> Self {
        Self {
            hold: PermissionsHold::Nothing,
        }
    }
}

/// When the answers of the consultation are needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// They help and hold nothing up.
    #[default]
    Anytime,
    /// First: no quote without what a quote needs, and no mastering before everything is said, the
    /// rights are warranted and the studio has decided about the content.
    First,
}

/// How long the studio takes: an estimate, from the moment the material is complete and paid as required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Turnaround {
    /// Until the first reference; none promises nothing, as for sale orders: `"none"`.
    #[serde(with = "promise")]
    pub usual: Option<Span>,
    /// The same for an order with many songs.
    #[serde(with = "promise")]
    pub heavy: Option<Span>,
    /// From how many songs on an order counts as heavy.
    pub heavy_from_songs: Option<u32>,
    /// Until the reference of a further round.
    #[serde(with = "promise")]
    pub revision: Option<Span>,
    /// Until the first reference in the rush lane; none offers no rush.
    #[serde(with = "promise")]
    pub rush: Option<Span>,
    /// How many hours before it is due an order counts as soon due.
    pub warn_hours: u32,
}

impl Default for Turnaround {
    fn default() -> Self {
        Self {
            usual: Some(Span::hours(72)),
            heavy: Some(Span::hours(96)),
            heavy_from_songs: Some(7),
            revision: Some(Span::days(5)),
            rush: None,
            warn_hours: 24,
        }
    }
}

mod promise {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::Span;

    const NONE: &str = "none";

    pub(super) fn serialize<S: Serializer>(span: &Option<Span>, to: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => span.serialize(to),
            None => to.serialize_str(NONE),
        }
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Span>, D::Error> {
        let text = String::deserialize(from)?;
        if text == NONE {
            return Ok(None);
        }
        text.parse().map(Some).map_err(de::Error::custom)
    }
}

/// How many rounds are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FreeRounds {
    /// So many.
    Count(u32),
    /// As many as are asked for in time.
    #[serde(with = "unlimited")]
    Unlimited,
}

mod unlimited {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    enum Word {
        #[serde(rename = "unlimited")]
        Unlimited,
    }

    pub(super) fn serialize<S: Serializer>(to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("unlimited")
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<(), D::Error> {
        Word::deserialize(from).map(|Word::Unlimited| ())
    }
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Loudness and balance.
    Level,
    /// Width, depth, reverb.
    Space,
    /// Tone.
    Tone,
    /// Time alignment.
    Timing,
    /// Tuning.
    Tuning,
    /// Effects.
    Effects,
    /// Gaps, fades, spacing.
    Gaps,
    /// Another order of the songs.
    Order,
    /// Shortening, extending, muting or reversing at timecodes.
    Edit,
    /// Another approach altogether.
    Approach,
    /// Something added to the mix.
    Addition,
    /// A new arrangement.
    Arrangement,
    /// Sound design.
    SoundDesign,
    /// A new file in place of one that was sent.
    NewFile,
}

impl Topic {
    /// Every topic, in the order a form shows them.
    pub const ALL: [Self; 14] = [
        Self::Level,
        Self::Tone,
        Self::Space,
        Self::Timing,
        Self::Tuning,
        Self::Effects,
        Self::Gaps,
        Self::Edit,
        Self::Order,
        Self::Approach,
        Self::Addition,
        Self::Arrangement,
        Self::SoundDesign,
        Self::NewFile,
    ];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::Space => "space",
            Self::Tone => "tone",
            Self::Timing => "timing",
            Self::Tuning => "tuning",
            Self::Effects => "effects",
            Self::Gaps => "gaps",
            Self::Order => "order",
            Self::Edit => "edit",
            Self::Approach => "approach",
            Self::Addition => "addition",
            Self::Arrangement => "arrangement",
            Self::SoundDesign => "sound_design",
            Self::NewFile => "new_file",
        }
    }
}

/// What a request is that the free rounds no longer hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// It is charged.
    Charged,
    /// It costs where a person finds it experimental.
    IfExperimental,
}

/// What becomes of a project whose free rounds are over by the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// What is left of the free rounds lapses; the approval is still awaited.
    Lapses,
    /// The rest lapses and the project is complete.
    Completes,
}

/// How many rounds are free, for how long, and what they cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rounds {
    /// How many are free.
    pub free: FreeRounds,
    /// Days from the first delivery in which they can be asked for; none: until the approval.
    pub window_days: Option<u32>,
    /// Days after each further delivery to ask for the next; none: no such limit.
    pub ask_days: Option<u32>,
    /// What they cover; anything else is new work with its own quote.
    pub covered: BTreeSet<Topic>,
    /// What may cost although it is covered, when a person finds it experimental.
    pub experimental: BTreeSet<Topic>,
    /// What a request beyond the free rounds is.
    pub beyond: Beyond,
    /// What becomes of the project when the time to ask is over.
    pub closing: Closing,
    /// How many days before the time is over the client is warned; one warning each.
    pub warn_days: BTreeSet<u32>,
}

impl Default for Rounds {
    fn default() -> Self {
        use Topic as T;
        Self {
            free: FreeRounds::Count(2),
            window_days: None,
            ask_days: None,
            covered: BTreeSet::from([
                T::Level,
                T::Space,
                T::Tone,
                T::Timing,
                T::Tuning,
                T::Effects,
                T::Gaps,
                T::Order,
                T::Edit,
                T::Approach,
            ]),
            experimental: BTreeSet::from([T::Order, T::Approach]),
            beyond: Beyond::IfExperimental,
            closing: Closing::Lapses,
            warn_days: BTreeSet::from([7, 1]),
        }
    }
}

/// What it means when a client says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// Nothing: the studio waits.
    Waits,
    /// An approval, after three announcements.
    Approves,
}

/// When the fee falls due, as far as an approval has to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeDue {
    /// As the invoice says.
    AsInvoiced,
    /// With the approval.
    OnApproval,
}

/// What an approval means, and what silence means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApprovalRules {
    /// What silence means.
    pub silence: Silence,
    /// After how many days of silence, where it approves.
    pub silence_days: u32,
    /// How many days before that it is announced: three times.
    pub announce_days: [u32; 3],
    /// When the fee falls due.
    pub fee: FeeDue,
}

impl Default for ApprovalRules {
    fn default() -> Self {
        Self {
            silence: Silence::Waits,
            silence_days: 14,
            announce_days: [7, 3, 1],
            fee: FeeDue::AsInvoiced,
        }
    }
}

/// How a reference sounds before the masters are the client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewForm {
    /// As it is.
    Lossless,
    /// Coded with loss, and decoded again.
    Lossy,
    /// With a mark that is heard now and then.
    Marked,
    /// A part of each song; the rest is silent.
    Excerpt,
}

/// Until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreviewUntil {
    /// Until the client has approved.
    Approved,
    /// Until it is paid as the service asks.
    Paid,
}

/// What the client hears before the masters are theirs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Preview {
    /// How it sounds.
    pub form: PreviewForm,
    /// Until when.
    pub until: PreviewUntil,
    /// How long an excerpt is, in seconds.
    pub excerpt_seconds: u32,
    /// How many seconds lie between two marks.
    pub mark_every_seconds: u32,
}

impl Default for Preview {
    fn default() -> Self {
        Self {
            form: PreviewForm::Lossless,
            until: PreviewUntil::Approved,
            excerpt_seconds: 60,
            mark_every_seconds: 20,
        }
    }
}
