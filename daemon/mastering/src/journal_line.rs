//! An event as a line of the journal: its form, its text, its code.

use crate::event::Event;

/// The number of today's form of [`Event`]. Older ones are brought up when read, in [`Event::read`].
///
/// 2 added the comparison of a set and the release of findings; 3 added the rules an order takes
/// with it, and what waits for money; 4 added what a request is charged by, sales, the consultation and
/// the decision about content; 5 added permissions, and
/// what was sold of lanes and formats; 6 added the studio's own listening, and permissions that are not
/// needed; 7 added releases; 8 added prints through the rack, sales and
/// payouts, and removals that are taken back; 9 added programmes; 10 added packages, alternates of songs,
/// passages and more of what is said of a release; 11 added label copy, the words of songs, what goes along with a
/// release, and the sending of packages; 12 added what comes in the dropbox to go along with a release.
/// Events of earlier forms read as they are: the orders of forms 1 and 2 count and promise nothing.
pub const EVENT_SCHEMA: u16 = 12;

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
    #[expect(
        clippy::too_many_lines,
        reason = "one line for each kind of event; a part of them elsewhere would hide which have a code"
    )]
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
            Self::PrintChosen { .. } => "print_chosen",
            Self::ProgrammeSet { .. } => "programme_set",
            Self::VersionTaken { .. } => "version_taken",
            Self::ProgrammeMade { .. } => "programme_made",
            Self::AlternateNamed { .. } => "alternate_named",
            Self::AlternateUnnamed { .. } => "alternate_unnamed",
            Self::MixTakenUp { .. } => "mix_taken_up",
            Self::MasteringStarted { .. } => "mastering_started",
            Self::MasterRecorded { .. } => "master_recorded",
            Self::ReferenceSent { .. } => "reference_sent",
            Self::Commented { .. } => "commented",
            Self::RevisionRequested { .. } => "revision_requested",
            Self::RequestAnswered { .. } => "request_answered",
            Self::RequestAgreed { .. } => "request_agreed",
            Self::RequestWithdrawn { .. } => "request_withdrawn",
            Self::QuestionAsked { .. } => "question_asked",
            Self::QuestionAnswered { .. } => "question_answered",
            Self::LaneChosen { .. } => "lane_chosen",
            Self::LastWordNamed { .. } => "last_word_named",
            Self::AskingEnds { .. } => "asking_ends",
            Self::AskingEnded { .. } => "asking_ended",
            Self::SilenceAnnounced { .. } => "silence_announced",
            Self::FeeDue { .. } => "fee_due",
            Self::Listened(_) => "listened",
            Self::PreviewChosen { .. } => "preview_chosen",
            Self::TrackMarked { .. } => "track_marked",
            Self::FaultFound { .. } => "fault_found",
            Self::HoldPlaced { .. } => "hold_placed",
            Self::HoldLifted { .. } => "hold_lifted",
            Self::RetentionExtended { .. } => "retention_extended",
            Self::DeletionAsked { .. } => "deletion_asked",
            Self::DeletionConfirmed { .. } => "deletion_confirmed",
            Self::DeletionWithdrawn { .. } => "deletion_withdrawn",
            Self::Consulted(_) => "consulted",
            Self::ContentDecided(_) => "content_decided",
            Self::PermissionKept(_) => "permission_kept",
            Self::PermissionNotNeeded(_) => "permission_not_needed",
            Self::ListeningAllowed(_) => "listening_allowed",
            Self::ListeningForbidden { .. } => "listening_forbidden",
            Self::ListeningReasoned(_) => "listening_reasoned",
            Self::StudioListened(_) => "studio_listened",
            Self::ReleaseDescribed { .. } => "release_described",
            Self::CoverKept(_) => "cover_kept",
            Self::CodesAllotted { .. } => "codes_allotted",
            Self::RemovalAsked(_) => "removal_asked",
            Self::ShopGone { .. } => "shop_gone",
            Self::RemovalWithdrawn { .. } => "removal_withdrawn",
            Self::Sales(event) => event.code(),
            Self::LabelCopy(event) => event.code(),
            Self::Package(event) => event.code(),
            Self::LyricsKept { .. } => "lyrics_kept",
            Self::Attachment(event) => event.code(),
            Self::RightsClaimed(_) => "rights_claimed",
            Self::ClaimWithdrawn { .. } => "claim_withdrawn",
            Self::RushSold { .. } => "rush_sold",
            Self::FormatsOrdered { .. } => "formats_ordered",
            Self::FinalsAdded { .. } => "finals_added",
            Self::Approved { .. } => "approved",
            Self::FinalsRecorded { .. } => "finals_recorded",
            Self::FinalsOffered { .. } => "finals_offered",
            Self::HoldChanged { .. } => "hold_changed",
            Self::SoldInSale { .. } => "sold_in_sale",
            Self::Completed { .. } => "completed",
            Self::Archived { .. } => "archived",
            Self::WorkingFilesReleased { .. } => "working_files_released",
            Self::ArchiveReleased { .. } => "archive_released",
        }
    }
}
