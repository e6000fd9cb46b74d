//! What pages and the command line are shown: plain data, computed here, drawn elsewhere.

use std::collections::BTreeSet;
use std::sync::Arc;

use mastering::{
    FinalFormat, MixId, OrderNumber, PersonId, Project, ProjectId, RevisionNo, Showing, TrackId,
    UnixMs, Zone,
};
use serde::{Deserialize, Serialize};

/// What a person is to the studio; what each may do stands in one table, [`crate::Right`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the studio: may do everything that the studio does.
    Owner,
    /// Masters, and does all that an assistant does.
    Engineer,
    /// Takes in mixes, opens orders, looks after clients, records payments.
    Assistant,
    /// Reads everything and changes nothing.
    Auditor,
    /// Orders here.
    Client,
    /// Acts for a client, with rights of their own.
    Member,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Engineer,
        Self::Assistant,
        Self::Auditor,
        Self::Client,
        Self::Member,
    ];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Engineer => "engineer",
            Self::Assistant => "assistant",
            Self::Auditor => "auditor",
            Self::Client => "client",
            Self::Member => "member",
        }
    }

    /// What a code means; `None` for one that nobody knows.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        // Before there were roles everybody who worked here was `staff` and could do everything.
        if code == "staff" {
            return Some(Self::Owner);
        }
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether they belong to the house.
    #[must_use]
    pub fn is_house(self) -> bool {
        match self {
            Self::Owner | Self::Engineer | Self::Assistant | Self::Auditor => true,
            Self::Client | Self::Member => false,
        }
    }
}

/// When a client reads what was found in their mixes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// As soon as a mix is checked.
    #[default]
    AtOnce,
    /// Once a person of the studio has released it.
    AfterRelease,
}

impl Telling {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::AfterRelease => "after_release",
        }
    }

    /// What a code means; `None` for one that nobody knows.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::AtOnce, Self::AfterRelease]
            .into_iter()
            .find(|telling| telling.code() == code)
    }

    pub(crate) fn showing(self) -> Showing {
        match self {
            Self::AtOnce => Showing::Open,
            Self::AfterRelease => Showing::Held,
        }
    }
}

/// An order about which something waits for a person's release.
#[derive(Debug, Clone, Serialize)]
pub struct HeldFindings {
    /// The order's number.
    pub number: OrderNumber,
    /// Its title.
    pub title: String,
    /// The client's name.
    pub client: String,
    /// The files that something is held back about.
    pub mixes: Vec<String>,
    /// How many findings those are.
    pub findings: usize,
}

/// A person, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonView {
    /// Id.
    pub id: PersonId,
    /// Login name; also the name of the dropbox folder.
    pub login: String,
    /// Name as written.
    pub name: String,
    /// E-mail address; empty where unknown.
    pub email: String,
    /// Role.
    pub role: Role,
    /// When they read what was found in their mixes.
    pub findings: Telling,
    /// Whether their account was ended: they may not come in.
    pub is_closed: bool,
}

/// Which orders to list.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderQuery {
    /// What number, title, artist or the client's name must hold, whatever the case; empty for any.
    pub search: String,
    /// The code of a stage, or `at_work` for all that are not in the archive; empty for any.
    pub stage: String,
    /// Only orders older than this mark, from [`OrderList::next`].
    pub before: Option<u64>,
    /// At most so many, up to 1000; 100 where nothing is said.
    pub rows: Option<u32>,
}

/// A page of the list of orders.
#[derive(Debug, Clone, Serialize)]
pub struct OrderList {
    /// The orders, newest first.
    pub orders: Vec<OrderLine>,
    /// The mark of the next page, if there is one.
    pub next: Option<u64>,
}

/// One line of the list of orders.
#[derive(Debug, Clone, Serialize)]
pub struct OrderLine {
    /// The project.
    pub project: ProjectId,
    /// The order's number.
    pub number: OrderNumber,
    /// Title.
    pub title: String,
    /// Artist.
    pub artist: String,
    /// The client's name.
    pub client: String,
    /// Stable code of the stage (`intake`, `in_review`, ...).
    pub stage: String,
    /// The revision it is about.
    pub revision: Option<RevisionNo>,
    /// Who has to do something next, in words ("the client listens to revision 1").
    pub waits_for: String,
    /// When it was opened.
    pub opened_at: UnixMs,
}

/// What a visitor may do with an order now; each is a command the rules would accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// Say that all mixes are there.
    CloseIntake,
    /// Decide about mixes with findings.
    DecideMixes,
    /// Say which mixes go beside which songs.
    NameAlternates,
    /// Change plans of the revision being worked on.
    ChangePlan,
    /// Make its masters.
    StartMastering,
    /// Send its reference.
    SendReference,
    /// Open a round of work without being asked.
    OpenRevision,
    /// Comment.
    Comment,
    /// Ask for a revision.
    RequestRevision,
    /// Say what a request is.
    AnswerRequest,
    /// Agree to what a request costs.
    AgreeToRequest,
    /// Take a request back.
    WithdrawRequest,
    /// Ask the client something.
    AskClient,
    /// Answer the studio's question.
    AnswerQuestion,
    /// Put the order into the rush lane, or back.
    ChooseLane,
    /// Name the one of the client's people who has the last word.
    NameLastWord,
    /// Reopen for a technical fault.
    ReportFault,
    /// Keep everything, whatever the dates say.
    PlaceHold,
    /// Let the dates count again.
    LiftHold,
    /// Keep it for longer.
    ExtendRetention,
    /// Ask to let everything go before its date.
    AskDeletion,
    /// Confirm that.
    ConfirmDeletion,
    /// Take that back.
    WithdrawDeletion,
    /// Let the studio's people listen.
    AllowListening,
    /// Take that back.
    ForbidListening,
    /// Record why one listens without it.
    GiveListeningReason,
    /// Decide that a song needs no permission.
    WaivePermission,
    /// Approve.
    Approve,
    /// Correct titles.
    NameTracks,
    /// Let the client read what was found.
    ReleaseFindings,
    /// Complete the project.
    Complete,
    /// Fetch the finals.
    FetchFinals,
}

/// One line of what happened.
#[derive(Debug, Clone, Serialize)]
pub struct LogLine {
    /// Its place in the journal.
    pub seq: u64,
    /// When.
    pub at: UnixMs,
    /// Who, in words.
    pub by: String,
    /// From which network address, for the studio's eyes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Stable code of what happened.
    pub code: String,
    /// What happened, in one sentence.
    pub text: String,
}

/// Work the machine has in hand for an order.
#[derive(Debug, Clone, Serialize)]
pub struct JobLine {
    /// What kind (`check`, `master`, `finals`, ...).
    pub kind: String,
    /// What it is about, in words.
    pub about: String,
    /// Stable code: queued, running, done, failed.
    pub state: String,
    /// Why it failed or waits, if it does.
    pub error: Option<String>,
}

/// A file that was not taken because it is not whole or cannot be read; it lies in the dropbox.
#[derive(Debug, Clone, Serialize)]
pub struct HeldDrop {
    /// Path in the dropbox.
    pub path: String,
    /// Why, in the client's words.
    pub reason: String,
    /// When.
    pub at: UnixMs,
}

/// The rules of an order as they stand now, in sentences and as data.
#[derive(Debug, Clone, Serialize)]
pub struct TermsView {
    /// When the next reference is to be expected, and what that depends on.
    pub estimate: mastering::Estimate,
    /// The same in words.
    pub estimate_words: String,
    /// How many free rounds are left and until when, in words.
    pub rounds: String,
    /// How many free rounds are left; none: without number.
    pub rounds_left: Option<u32>,
    /// When the time to ask for them ends, if it does.
    pub asking_ends_at: Option<UnixMs>,
    /// What nobody on the client's side has listened to yet, in words.
    pub unheard: Vec<String>,
    /// What silence means, in words; empty where it means nothing.
    pub silence: String,
    /// What the finals wait for beside the work, in words.
    pub finals_wait: Vec<String>,
}

/// Whether the studio's people listen to an order whose terms ask the client first.
#[derive(Debug, Clone, Serialize)]
pub struct EarsView {
    /// Whether this visitor may listen now; the client's people always may.
    pub may_listen: bool,
    /// Who allowed it and when, in words; none while nobody does.
    pub allowed: Option<String>,
    /// Who recorded which reason and who listened, in words, the newest last.
    pub lines: Vec<String>,
}

/// Everything a page about one order shows.
#[derive(Debug, Clone, Serialize)]
pub struct OrderPage {
    /// The project.
    pub project: Arc<Project>,
    /// Mixes whose names say that they go beside a song, for the studio.
    pub alternates_proposed: Vec<mastering::AlternateProposed>,
    /// What was found when alternates were mastered with their songs, for the studio.
    pub beside: Vec<crate::house::BesideFound>,
    /// The journal's last number: commands say which they were decided on.
    pub seq: u64,
    /// The client.
    pub client: PersonView,
    /// What this visitor may do.
    pub offers: BTreeSet<Offer>,
    /// Who has to do something next, in words.
    pub waits_for: String,
    /// The rules of the order as they stand now.
    pub terms: TermsView,
    /// Whether the studio's people listen; none where the terms leave that open.
    pub ears: Option<EarsView>,
    /// The journal in sentences, newest last.
    pub log: Vec<LogLine>,
    /// Work in hand.
    pub jobs: Vec<JobLine>,
    /// Files that were not taken, with the reason.
    pub held: Vec<HeldDrop>,
    /// The sentence an approval agrees to.
    pub approval_wording: String,
    /// What stays how long, as the client reads it.
    pub retention: String,
    /// The studio's time zone: that of every time a page shows.
    pub zone: Zone,
}

/// Which audio of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AudioKey {
    /// The decoded mix.
    Mix(MixId),
    /// A song's master at a revision.
    Master {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
    },
    /// A disc of a revision's programme as one piece.
    Disc {
        /// The revision.
        revision: RevisionNo,
        /// The disc, from 1.
        disc: u32,
    },
    /// A final.
    Final {
        /// The song.
        track: TrackId,
        /// The format.
        format: FinalFormat,
    },
    /// A disc of a package, as a plant plays it.
    PackageDisc {
        /// The package.
        package: u32,
        /// The disc, from 1.
        disc: usize,
    },
    /// A booklet or a video as it was sent, by its number.
    Attachment(u32),
    /// A package's file, by its place among them from 1; 0 for all of them in one.
    PackageFile {
        /// The package.
        package: u32,
        /// Its place.
        file: usize,
    },
}

/// A line in the staff's inbox or a client's notices.
#[derive(Debug, Clone, Serialize)]
pub struct NoticeLine {
    /// Its id.
    pub id: String,
    /// When.
    pub at: UnixMs,
    /// The order, if it is about one.
    pub number: Option<OrderNumber>,
    /// Stable code of the kind.
    pub kind: String,
    /// The text.
    pub text: String,
    /// Whether somebody has read it.
    pub is_read: bool,
}

/// Somebody to whom nothing is mailed, because a server refused their address.
#[derive(Debug, Clone, Serialize)]
pub struct HeldMail {
    /// Their login.
    pub login: String,
    /// Their name.
    pub name: String,
    /// The address.
    pub email: String,
    /// What the server said.
    pub answer: String,
    /// When.
    pub at: UnixMs,
}

/// A drop that no rule could assign to an order.
#[derive(Debug, Clone, Serialize)]
pub struct UnsortedDrop {
    /// Whose dropbox.
    pub dropbox: String,
    /// Path in it.
    pub path: String,
    /// What tells this version of the file from a later one.
    pub fingerprint: String,
    /// Bytes.
    pub bytes: u64,
    /// Why it was not assigned.
    pub reason: String,
    /// When it was seen first.
    pub seen_at: UnixMs,
}

/// The state of the box, for `/healthz`, `/metrics` and `doctor`.
#[derive(Debug, Clone, Serialize)]
pub struct Health {
    /// Whether the desk has answered.
    pub is_desk_alive: bool,
    /// Whether the database writer is in order, in words.
    pub writer: String,
    /// Free bytes where audio is kept.
    pub free_bytes: u64,
    /// Below this, uploads are refused.
    pub reserve_bytes: u64,
    /// Projects by stage.
    pub projects: std::collections::BTreeMap<String, u64>,
    /// Jobs by state.
    pub jobs: std::collections::BTreeMap<String, u64>,
    /// Milliseconds since this daemon started.
    pub up_ms: u64,
    /// The program's version.
    pub version: &'static str,
}
