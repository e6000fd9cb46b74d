//! What was listened to, and what never was.

use serde::{Deserialize, Serialize};

use crate::ids::{MixId, PersonId, RevisionNo, TrackId, UnixMs};
use crate::master::FinalFormat;
use crate::mix::MixRole;
use crate::paid::Paid;
use crate::project::Project;
use crate::service::{PreviewForm, PreviewUntil};

/// Whether the studio trusts a client with masters that are not theirs yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// As the service says.
    #[default]
    Usual,
    /// Everything is heard lossless.
    Trusted,
}

/// Something that can be listened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Audible {
    /// A song's master at a revision.
    Master {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
    },
    /// A disc of a revision's programme, as one piece.
    Disc {
        /// The revision.
        revision: RevisionNo,
        /// The disc, from 1.
        disc: u32,
    },
    /// A mix or an alternate, as it came.
    Mix {
        /// Which.
        mix: MixId,
    },
    /// A final.
    Final {
        /// The song.
        track: TrackId,
        /// The format.
        format: FinalFormat,
    },
}

/// How much of it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// Some of it.
    Part,
    /// At least half.
    Half,
    /// All of it, but for a few seconds.
    Whole,
}

impl Heard {
    /// How much `per_cent` of a song is; none for nothing. A listener skips the last breath of a
    /// fade, so 95 per cent are the whole.
    #[must_use]
    pub fn of_per_cent(per_cent: u8) -> Option<Self> {
        match per_cent {
            0 => None,
            1..50 => Some(Self::Part),
            50..95 => Some(Self::Half),
            95.. => Some(Self::Whole),
        }
    }
}

/// That somebody listened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listened {
    /// Who.
    pub person: PersonId,
    /// To what.
    #[serde(flatten)]
    pub audible: Audible,
    /// How much of it, altogether.
    pub heard: Heard,
    /// When it came to that.
    pub at: UnixMs,
}

/// What nobody on the client's side had listened to when it was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Unheard {
    /// A song, or the rest of it.
    Track {
        /// Which.
        track: TrackId,
        /// How much was heard; none: nothing.
        heard: Option<Heard>,
    },
    /// An alternate.
    Alternate {
        /// Which.
        mix: MixId,
    },
    /// A final that is made from the approved samples and does not hold them, such as 16 bits.
    Derived {
        /// The format.
        format: FinalFormat,
    },
}

impl Project {
    /// How the client hears a master of this order now: as the service or this order says, until
    /// it is theirs. The mixes are theirs from the beginning.
    #[must_use]
    pub fn preview_form(&self, trust: Trust) -> PreviewForm {
        let preview = &self.rules.preview;
        let is_theirs = match preview.until {
            PreviewUntil::Approved => self.approval.is_some(),
            PreviewUntil::Paid => self.paid_for_finals() != Paid::Awaited,
        };
        match (self.preview, trust) {
            _ if is_theirs => PreviewForm::Lossless,
            // What somebody chose for this very order comes before what holds for its client.
            (Some(form), _) => form,
            (None, Trust::Trusted) => PreviewForm::Lossless,
            (None, Trust::Usual) => preview.form,
        }
    }

    /// How much anybody on the client's side has heard of it.
    #[must_use]
    pub fn heard(&self, audible: &Audible) -> Option<Heard> {
        let lines = self.listened.iter().filter(|l| &l.audible == audible);
        lines.map(|l| l.heard).max()
    }

    /// What an approval of `revision` would be about that nobody on the client's side has listened to.
    #[must_use]
    pub fn unheard(&self, revision: RevisionNo) -> Vec<Unheard> {
        let tracks = self.songs_and_alternates().filter_map(|track| {
            let alone = self.heard(&Audible::Master {
                revision,
                track: track.id.clone(),
            });
            let made = self.revisions.get(&revision).and_then(|r| r.made.as_ref());
            let disc = made.and_then(|made| made.songs.get(&track.id));
            let in_it = disc.and_then(|song| {
                let disc = song.disc;
                self.heard(&Audible::Disc { revision, disc })
            });
            let heard = alone.max(in_it);
            (heard != Some(Heard::Whole)).then(|| Unheard::Track {
                track: track.id.clone(),
                heard,
            })
        });
        let alternates = self
            .mixes
            .values()
            .filter(|m| m.role == MixRole::Alternate && m.is_current() && m.audio.is_some())
            // What was mastered is heard as it was mastered.
            .filter(|m| m.track.is_none())
            .filter(|m| self.heard(&Audible::Mix { mix: m.id.clone() }).is_none())
            .map(|m| Unheard::Alternate { mix: m.id.clone() });
        // They are made after the approval, so nobody can have heard them.
        let derived = FinalFormat::ALL
            .into_iter()
            .filter(|format| !format.holds_approved_samples())
            .map(|format| Unheard::Derived { format });
        tracks.chain(alternates).chain(derived).collect()
    }
}
