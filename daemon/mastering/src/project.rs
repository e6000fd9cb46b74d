//! A project: the live state of one order, as its journal tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attachments::{Attachment, Tick};
use crate::beside::Alternate;
use crate::consultation::{Consulted, ContentDecision};
use crate::ears::Ears;
use crate::handover::NotNeeded;
use crate::ids::{MixId, ObjectSum, OrderNumber, PersonId, ProjectId, RevisionNo, TrackId, UnixMs};
use crate::label_copy::LabelCopy;
use crate::listening::Listened;
use crate::lyrics::SongLyrics;
use crate::master::{Final, FinalFormat};
use crate::mix::{Declared, Mix, MixRole};
use crate::money::DocumentNo;
use crate::package::Package;
use crate::paid::{Payments, SoldInSale};
use crate::permission::Permission;
use crate::programme::SongVersion;
use crate::queue::Lane;
use crate::release::{Cover, Payout, PayoutAsked, Release, Removal, RightsClaim};
use crate::retention::{DeletionAsked, RetentionHold};
use crate::retention::{DueDates, Retention};
use crate::revision::{Approval, Comment, Revision};
use crate::rounds::{AskingWarned, Request, RoundsOver, Silent};
use crate::sending::Sending;
use crate::service::{PreviewForm, Service, ServiceRules};
use crate::turns::{OpenQuestion, TurnTaken};
use crate::voices::Voice;

/// Who gives a command. The shell vouches for it; the core only asks what they may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Actor {
    /// The studio's people.
    Staff {
        /// Who.
        person: PersonId,
    },
    /// One of the client's people, by login or by a link.
    Client {
        /// The account: the client that the order belongs to.
        account: PersonId,
        /// The very person: the account's holder, or one of its people.
        person: PersonId,
    },
    /// Lacquer itself: a finished job, a date.
    House,
}

/// Where a project stands.
///
/// ```text
/// Intake ─► Mastering{1} ─► InReview{1} ─► Approved{1} ─► Delivered{1} ─► Archived
///                ▲              │ request
///                └─ Adjusting{2}◄
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Stage {
    /// Mixes are arriving and being checked.
    Intake,
    /// Masters of a revision are being made.
    Mastering {
        /// The revision.
        revision: RevisionNo,
    },
    /// The client listens to a reference.
    InReview {
        /// The revision.
        revision: RevisionNo,
    },
    /// The client asked for a revision; the studio works out what changes.
    Adjusting {
        /// The revision that will come of it.
        revision: RevisionNo,
    },
    /// The client approved; finals are being made.
    Approved {
        /// The revision.
        revision: RevisionNo,
    },
    /// The finals are offered.
    Delivered {
        /// The revision.
        revision: RevisionNo,
    },
    /// Complete, on its way into the archive.
    Completed {
        /// The revision.
        revision: RevisionNo,
    },
    /// In the archive, recallable.
    Archived {
        /// The revision.
        revision: RevisionNo,
    },
}

impl Stage {
    /// The codes of all stages, in the order in which a project goes through them.
    pub const CODES: [&'static str; 8] = [
        "intake",
        "mastering",
        "in_review",
        "adjusting",
        "approved",
        "delivered",
        "completed",
        "archived",
    ];

    /// The stable short code, for pages and the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Mastering { .. } => "mastering",
            Self::InReview { .. } => "in_review",
            Self::Adjusting { .. } => "adjusting",
            Self::Approved { .. } => "approved",
            Self::Delivered { .. } => "delivered",
            Self::Completed { .. } => "completed",
            Self::Archived { .. } => "archived",
        }
    }

    /// The revision it is about, if there is one yet.
    #[must_use]
    pub fn revision(&self) -> Option<RevisionNo> {
        match self {
            Self::Intake => None,
            Self::Mastering { revision }
            | Self::InReview { revision }
            | Self::Adjusting { revision }
            | Self::Approved { revision }
            | Self::Delivered { revision }
            | Self::Completed { revision }
            | Self::Archived { revision } => Some(*revision),
        }
    }
}

/// One song of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// Its id.
    pub id: TrackId,
    /// Its title; corrected without reopening anything.
    pub title: String,
    /// What file names of its mixes have in common.
    pub key: String,
    /// The version of that mix, as its file's name states it.
    pub version: u32,
    /// The main mix it is made from now.
    pub mix: MixId,
    /// Its ISRC, or nothing; entered and corrected without reopening anything.
    #[serde(default)]
    pub isrc: String,
    /// Its credits, or nothing; likewise.
    #[serde(default)]
    pub credits: String,
}

/// The closed project in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// The list of everything that belongs to it, as an object in the vault.
    pub manifest: ObjectSum,
    /// When it was closed.
    pub at: UnixMs,
    /// When what is due.
    pub due: DueDates,
    /// When the working files went.
    pub working_gone_at: Option<UnixMs>,
    /// When everything went.
    pub all_gone_at: Option<UnixMs>,
}

/// What of an order waits for money. Its client's account decides; the project only keeps to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// Nothing does.
    #[default]
    Nothing,
    /// The finals are made and not handed over.
    Finals,
    /// Mastering does not start, and no finals are handed over.
    Everything,
}

/// The live state of one order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The order's number.
    pub number: OrderNumber,
    /// Whose order it is.
    pub client: PersonId,
    /// Its title: the song's, the EP's, the album's.
    pub title: String,
    /// The artist, spelled as it must appear.
    pub artist: String,
    /// What was ordered.
    pub service: Service,
    /// The rules that it took with it when it was opened.
    pub rules: ServiceRules,
    /// How long things are kept.
    pub retention: Retention,
    /// What of it waits for money.
    #[serde(default)]
    pub hold: Hold,
    /// Since when enough was paid, for what waited for it.
    #[serde(default)]
    pub payments: Payments,
    /// The sale it was sold in.
    #[serde(default)]
    pub sale: Option<SoldInSale>,
    /// How many songs were announced; none: somebody says when all are there.
    pub songs: Option<u32>,
    /// The format the client declared.
    pub declared: Option<Declared>,
    /// Where it stands.
    pub stage: Stage,
    /// When it was opened.
    pub opened_at: UnixMs,
    /// Each file that was taken.
    pub mixes: BTreeMap<MixId, Mix>,
    /// The mixes that were last compared with each other.
    #[serde(default)]
    pub compared: BTreeSet<MixId>,
    /// Whether all mixes are there and verified.
    pub is_intake_closed: bool,
    /// The programme: the songs in order.
    pub tracks: Vec<Track>,
    /// What goes beside its songs.
    #[serde(default)]
    pub alternates: Vec<Alternate>,
    /// The rounds of work.
    pub revisions: BTreeMap<RevisionNo, Revision>,
    /// The masters that each song has had.
    #[serde(default)]
    pub versions: BTreeMap<TrackId, Vec<SongVersion>>,
    /// What was said.
    pub comments: Vec<Comment>,
    /// The approval.
    pub approval: Option<Approval>,
    /// Approvals of what was delivered before a change that the client paid for.
    #[serde(default)]
    pub earlier_approvals: Vec<Approval>,
    /// The finals.
    pub finals: Vec<Final>,
    /// When the finals were offered.
    pub offered_at: Option<UnixMs>,
    /// When it was completed.
    pub completed_at: Option<UnixMs>,
    /// The closed archive.
    pub archive: Option<Archive>,
    /// What was awaited of whom, one after the other.
    pub turns: Vec<TurnTaken>,
    /// A question that the client has not answered yet.
    pub question: Option<OpenQuestion>,
    /// The mixes that a new file was asked for.
    pub reprints_asked: BTreeSet<MixId>,
    /// The lane of the queue.
    pub lane: Lane,
    /// The one of the client's people who has the last word, where somebody is named.
    pub last_word: Option<Voice>,
    /// The rounds that were asked for.
    pub requests: Vec<Request>,
    /// That the free rounds are over by the calendar.
    pub rounds_over: Option<RoundsOver>,
    /// The last warning before that.
    pub asking_warned: Option<AskingWarned>,
    /// How long the client has said nothing, while that may matter.
    pub silent: Option<Silent>,
    /// Who listened to what.
    pub listened: Vec<Listened>,
    /// How the client hears references of this order, where it is not as the service says.
    pub preview: Option<PreviewForm>,
    /// When the approval made the fee due.
    pub fee_due_at: Option<UnixMs>,
    /// Why nothing of it goes, whatever its dates say.
    pub retention_hold: Option<RetentionHold>,
    /// The owner's request to let everything go before its date.
    pub deletion: Option<DeletionAsked>,
    /// How far the consultation has come; none where nobody has answered anything.
    pub consulted: Option<Consulted>,
    /// What the studio decided about the content.
    pub content: Option<ContentDecision>,
    /// Formats that were ordered beside those of every order.
    pub formats: BTreeSet<FinalFormat>,
    /// Quotes whose rush the order has heard of.
    pub told_quotes: BTreeSet<DocumentNo>,
    /// Somebody else's permissions that are kept with the order.
    pub permissions: Vec<Permission>,
    /// Permissions that somebody of the studio decided not to need.
    pub not_needed: Vec<NotNeeded>,
    /// Whether the studio's people may listen to it, and who did.
    pub ears: Ears,
    /// What a distributor is told of the release made of it.
    pub release: Option<Release>,
    /// Its cover.
    #[serde(default)]
    pub cover: Option<Cover>,
    /// The requests to take that out of shops.
    pub removals: Vec<Removal>,
    /// The studio's reports of distributors that the client was told of, by their numbers.
    pub sales_told: BTreeSet<u32>,
    /// What was paid out of what it earned.
    pub payouts: Vec<Payout>,
    /// The payouts that somebody waits for, at most one for each currency.
    pub payouts_asked: Vec<PayoutAsked>,
    /// Claims to rights in it.
    pub claims: Vec<RightsClaim>,
    /// The lists of titles, codes and credits that came.
    #[serde(default)]
    pub label_copies: Vec<LabelCopy>,
    /// The words of its songs.
    #[serde(default)]
    pub lyrics: BTreeMap<TrackId, SongLyrics>,
    /// What is delivered of it, one package a recipient.
    #[serde(default)]
    pub packages: Vec<Package>,
    /// Its booklet and videos, those replaced among them.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// What people said of them and of the cover.
    #[serde(default)]
    pub ticks: Vec<Tick>,
}

impl Project {
    /// The main mixes that count.
    pub fn main_mixes(&self) -> impl Iterator<Item = &Mix> {
        self.mixes
            .values()
            .filter(|m| m.role == MixRole::Main && m.is_current())
    }

    /// The music that masters are to be like: references that count and can be heard.
    pub fn references(&self) -> impl Iterator<Item = &Mix> {
        self.mixes
            .values()
            .filter(|m| m.role == MixRole::Reference && m.is_current() && m.audio.is_some())
    }

    /// The mixes that stand in the way of mastering: taken, not verified, still counting.
    ///
    /// References never stand in the way; alternates do, since they go through the same chain.
    pub fn unverified(&self) -> impl Iterator<Item = &Mix> {
        self.mixes
            .values()
            .filter(|m| m.role != MixRole::Reference && m.is_current() && !m.is_verified())
    }

    /// The mixes that are compared with each other: all that count and can be heard, but never a
    /// reference.
    #[must_use]
    pub fn set(&self) -> BTreeSet<MixId> {
        self.mixes
            .values()
            .filter(|m| m.role != MixRole::Reference && m.is_current() && m.audio.is_some())
            .map(|m| m.id.clone())
            .collect()
    }

    /// The set, where it has changed since its mixes were compared.
    #[must_use]
    pub fn set_to_compare(&self) -> Option<BTreeSet<MixId>> {
        let set = self.set();
        // One mix has nothing beside it, unless it had.
        let is_due = set != self.compared && (set.len() > 1 || !self.compared.is_empty());
        is_due.then_some(set)
    }

    /// The mixes about which something waits for a person's release.
    pub fn held_back(&self) -> impl Iterator<Item = &Mix> {
        self.mixes
            .values()
            .filter(|m| m.is_current() && m.is_held_back())
    }

    /// The project as its client may see it.
    #[must_use]
    pub fn for_client(&self) -> Self {
        let mut seen = self.clone();
        for mix in seen.mixes.values_mut() {
            *mix = mix.for_client();
        }
        for package in &mut seen.packages {
            let sendings = package.sendings.iter();
            package.sendings = sendings.filter_map(Sending::for_client).collect();
        }
        // Why the studio keeps something is the studio's own.
        seen.retention_hold = None;
        seen
    }

    /// The song with this id.
    #[must_use]
    pub fn track(&self, id: &TrackId) -> Option<&Track> {
        self.tracks.iter().find(|t| &t.id == id)
    }

    /// The newest revision that the client has heard.
    #[must_use]
    pub fn newest_sent(&self) -> Option<&Revision> {
        self.revisions.values().rev().find(|r| r.sent_at.is_some())
    }
}
