//! Whether the studio's own people may listen to an order: as they like, or only with the client's
//! permission or for a reason on record. The machine's own work hears nothing and needs neither.

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, UnixMs};
use crate::project::Project;
use crate::refusal::Refusal;
use crate::service::StudioEars;

const HOUR_MS: i64 = 3_600_000;

/// What somebody of the studio listens for without the client's permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListeningPurpose {
    /// To find a fault of the program.
    Debugging,
    /// To try the program.
    Testing,
    /// Because the client asked for it elsewhere, such as on the telephone.
    ClientAsked,
}

impl ListeningPurpose {
    /// Every purpose, in the order a form shows them.
    pub const ALL: [Self; 3] = [Self::ClientAsked, Self::Debugging, Self::Testing];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Debugging => "debugging",
            Self::Testing => "testing",
            Self::ClientAsked => "client_asked",
        }
    }

    /// In words, behind "to listen".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Debugging => "to find a fault",
            Self::Testing => "to test the program",
            Self::ClientAsked => "because the client asked for it",
        }
    }
}

/// The client's permission that the studio's people listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListeningLeave {
    /// Who gave it.
    pub person: PersonId,
    /// Their name.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// A reason for which one of the studio's people listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListeningReason {
    /// Who listens.
    pub person: PersonId,
    /// Their name.
    pub by: String,
    /// What for.
    pub purpose: ListeningPurpose,
    /// Why.
    pub reason: String,
    /// Since when.
    pub at: UnixMs,
    /// Until when.
    pub until: UnixMs,
}

/// That one of the studio's people did listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StudioListened {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub by: String,
    /// When first, by this permission or for this reason.
    pub at: UnixMs,
}

/// What is known of the studio's listening to an order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ears {
    /// The client's permission, while it stands.
    pub leave: Option<ListeningLeave>,
    /// Every reason that was recorded, the newest last.
    pub reasons: Vec<ListeningReason>,
    /// Who listened, the newest last.
    pub listened: Vec<StudioListened>,
}

impl Ears {
    /// The moment from which this person may listen now; none where they may not.
    fn open_since(&self, person: &PersonId, now: UnixMs) -> Option<UnixMs> {
        let leave = self.leave.as_ref().map(|leave| leave.at);
        let given = self.reasons.iter().filter(|r| &r.person == person);
        // A clock that was set back opens nothing before its time.
        let open = given.filter(|r| r.at <= now && now < r.until);
        open.map(|r| r.at).chain(leave).max()
    }
}

impl Project {
    /// Whether this person of the studio may listen to what the client sent and what is made of it.
    ///
    /// # Errors
    /// What is needed first.
    pub fn may_studio_listen(&self, person: &PersonId, now: UnixMs) -> Result<(), Refusal> {
        match self.rules.listening.studio {
            StudioEars::Free => Ok(()),
            StudioEars::Asked => match self.ears.open_since(person, now) {
                Some(_) => Ok(()),
                None => Err(Refusal::NotForOurEars),
            },
        }
    }

    /// Whether it is news that this person listens now: once by a permission, once for each reason.
    #[must_use]
    pub fn is_first_listening(&self, person: &PersonId, now: UnixMs) -> bool {
        if self.rules.listening.studio == StudioEars::Free {
            return false;
        }
        let since = self.ears.open_since(person, now);
        let mut known = self.ears.listened.iter();
        since.is_some_and(|since| !known.any(|l| &l.person == person && l.at >= since))
    }

    /// When a reason that is recorded now ends.
    pub(crate) fn reason_ends(&self, now: UnixMs) -> UnixMs {
        let hours = i64::from(self.rules.listening.reason_hours);
        now.saturating_add(hours.saturating_mul(HOUR_MS))
    }
}
