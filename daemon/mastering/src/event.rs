//! What has happened to a project: the lines of its journal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{
    CommentId, MixId, ObjectSum, OrderNumber, PersonId, ProjectId, RevisionNo, SampleSum, TrackId,
    UnixMs,
};
use crate::master::{Final, Master};
use crate::mix::{Declared, FindingLine, Mix, Showing};
use crate::project::Hold;
use crate::retention::{DueDates, Retention};
use crate::revision::Version;
use crate::service::{Service, ServiceRules};

/// The number of today's form of [`Event`]. Older ones are brought up when read, in [`Event::read`].
///
/// 2 added the comparison of a set and the release of findings; 3 added the rules an order takes
/// with it, and what waits for money. Events of forms 1 and 2 read as they are: their orders count
/// and promise nothing.
pub const EVENT_SCHEMA: u16 = 3;

/// One thing that happened. Events are never edited; personal data stands outside, under the
/// person's id, but for the name someone typed when they approved or decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The order was opened.
    Opened {
        /// The project.
        id: ProjectId,
        /// The order's number.
        number: OrderNumber,
        /// Whose.
        client: PersonId,
        /// Title.
        title: String,
        /// Artist.
        artist: String,
        /// Service.
        service: Service,
        /// The rules of the service on that day.
        #[serde(default = "earlier_rules")]
        rules: Box<ServiceRules>,
        /// Retention.
        retention: Retention,
        /// Songs announced.
        songs: Option<u32>,
        /// Declared format.
        declared: Option<Declared>,
        /// When.
        at: UnixMs,
    },
    /// A mix was taken and checked.
    MixReceived {
        /// The mix.
        mix: Box<Mix>,
        /// The song's title, where the mix opens a song.
        title: String,
        /// What file names of this song's mixes have in common.
        key: String,
        /// The version that the file's name states.
        version: u32,
    },
    /// A mix took the place of an earlier one.
    MixSuperseded {
        /// The earlier.
        mix: MixId,
        /// The later.
        by: MixId,
    },
    /// The mixes were compared with each other.
    SetCompared {
        /// Each mix of the set with what was found of it.
        findings: BTreeMap<MixId, Vec<FindingLine>>,
        /// Those of which something else was found than before.
        changed: BTreeSet<MixId>,
        /// Whether the client may read it at once.
        showing: Showing,
    },
    /// A person let the client read what was found.
    FindingsReleased {
        /// The mixes that something was held back about.
        mixes: BTreeSet<MixId>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A person goes on with a mix as it came.
    MixAccepted {
        /// The mix.
        mix: MixId,
        /// Who.
        by: String,
        /// Why.
        reason: String,
        /// When.
        at: UnixMs,
    },
    /// The client was asked for a new file.
    ReprintAsked {
        /// The mix.
        mix: MixId,
        /// What to change.
        words: String,
    },
    /// A mix no longer counts.
    MixSetAside {
        /// The mix.
        mix: MixId,
    },
    /// All mixes are there and verified; the songs stand in this order.
    IntakeClosed {
        /// The programme.
        order: Vec<TrackId>,
    },
    /// A song's title was corrected.
    TrackNamed {
        /// The song.
        track: TrackId,
        /// Its title.
        title: String,
    },
    /// The songs were put in order.
    TracksOrdered {
        /// The programme.
        order: Vec<TrackId>,
    },
    /// A round of work began.
    RevisionOpened {
        /// Its number.
        revision: RevisionNo,
        /// Why.
        reason: String,
        /// What it starts from.
        tracks: BTreeMap<TrackId, Version>,
        /// When.
        at: UnixMs,
    },
    /// A song's plan changed.
    PlanChanged {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
        /// The plan.
        plan: ObjectSum,
    },
    /// A song is made from another mix.
    MixTakenUp {
        /// The revision, if one is being worked on.
        revision: Option<RevisionNo>,
        /// The song.
        track: TrackId,
        /// The mix.
        mix: MixId,
    },
    /// The masters of a revision are being made.
    MasteringStarted {
        /// The revision.
        revision: RevisionNo,
    },
    /// A master was finished.
    MasterRecorded {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
        /// The audio.
        master: Master,
    },
    /// The reference went to the client.
    ReferenceSent {
        /// The revision.
        revision: RevisionNo,
        /// When.
        at: UnixMs,
    },
    /// Something was said.
    Commented {
        /// The comment.
        id: CommentId,
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
        /// Where, in milliseconds.
        position_ms: u64,
        /// The words.
        words: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The client asked for a revision.
    RevisionRequested {
        /// The revision they heard.
        heard: RevisionNo,
        /// What should change.
        words: String,
        /// When.
        at: UnixMs,
    },
    /// The client approved.
    Approved {
        /// The revision.
        revision: RevisionNo,
        /// The name typed.
        name: String,
        /// Whose link or login.
        person: Option<PersonId>,
        /// The sentence agreed to.
        wording: String,
        /// The samples, song by song.
        samples: BTreeMap<TrackId, SampleSum>,
        /// When.
        at: UnixMs,
    },
    /// The finals were made, read back and compared.
    FinalsRecorded {
        /// The revision.
        revision: RevisionNo,
        /// The files.
        finals: Vec<Final>,
    },
    /// The finals are there to be fetched.
    FinalsOffered {
        /// When.
        at: UnixMs,
    },
    /// The client's account said what waits for money, or that nothing does any more.
    HoldChanged {
        /// What waits.
        hold: Hold,
        /// When.
        at: UnixMs,
    },
    /// The project is complete.
    Completed {
        /// When.
        at: UnixMs,
    },
    /// The project is in the archive.
    Archived {
        /// The list of everything in it.
        manifest: ObjectSum,
        /// When.
        at: UnixMs,
        /// When what is due.
        due: DueDates,
    },
    /// The working files went.
    WorkingFilesReleased {
        /// Who confirmed it.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The archive went.
    ArchiveReleased {
        /// Who confirmed it.
        by: String,
        /// When.
        at: UnixMs,
    },
}

fn earlier_rules() -> Box<ServiceRules> {
    Box::new(ServiceRules::earlier())
}

/// A journal line this program cannot read.
#[derive(Debug, thiserror::Error)]
pub enum UnknownEvent {
    /// A newer program wrote it.
    #[error(
        "the journal holds an event of form {0}, and this program knows up to {EVENT_SCHEMA}; start the newer Lacquer"
    )]
    Newer(u16),
    /// It is not what its form says.
    #[error("the journal holds an event that cannot be read")]
    Damaged(#[source] serde_json::Error),
}

impl Event {
    /// Writes the event as the JSON text the journal keeps.
    #[must_use]
    pub fn write(&self) -> String {
        serde_json::to_string(self).expect("events hold only text, numbers and lists")
    }

    /// Reads an event of any form up to today's.
    ///
    /// # Errors
    /// A form from the future, or a damaged line: the project is then refused, never guessed.
    pub fn read(schema: u16, body: &str) -> Result<Self, UnknownEvent> {
        if schema == 0 || schema > EVENT_SCHEMA {
            return Err(UnknownEvent::Newer(schema));
        }
        serde_json::from_str(body).map_err(UnknownEvent::Damaged)
    }

    /// The stable short code of what happened.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::MixReceived { .. } => "mix_received",
            Self::MixSuperseded { .. } => "mix_superseded",
            Self::SetCompared { .. } => "set_compared",
            Self::FindingsReleased { .. } => "findings_released",
            Self::MixAccepted { .. } => "mix_accepted",
            Self::ReprintAsked { .. } => "reprint_asked",
            Self::MixSetAside { .. } => "mix_set_aside",
            Self::IntakeClosed { .. } => "intake_closed",
            Self::TrackNamed { .. } => "track_named",
            Self::TracksOrdered { .. } => "tracks_ordered",
            Self::RevisionOpened { .. } => "revision_opened",
            Self::PlanChanged { .. } => "plan_changed",
            Self::MixTakenUp { .. } => "mix_taken_up",
            Self::MasteringStarted { .. } => "mastering_started",
            Self::MasterRecorded { .. } => "master_recorded",
            Self::ReferenceSent { .. } => "reference_sent",
            Self::Commented { .. } => "commented",
            Self::RevisionRequested { .. } => "revision_requested",
            Self::Approved { .. } => "approved",
            Self::FinalsRecorded { .. } => "finals_recorded",
            Self::FinalsOffered { .. } => "finals_offered",
            Self::HoldChanged { .. } => "hold_changed",
            Self::Completed { .. } => "completed",
            Self::Archived { .. } => "archived",
            Self::WorkingFilesReleased { .. } => "working_files_released",
            Self::ArchiveReleased { .. } => "archive_released",
        }
    }
}
