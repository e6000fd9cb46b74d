//! The studio's domain as pure rules.
//!
//! [`decide`] says whether a command may happen to a project and what it would mean; [`apply`]
//! says what is true afterwards and cannot fail. Time and identifiers come in as arguments,
//! measurements as data. Nothing here reads a file, asks the clock, waits or knows SQL.

mod alternate;
mod apply;
mod attachments;
mod beside;
mod calendar;
mod command;
mod consultation;
mod decide;
mod ears;
mod event;
mod handover;
mod ids;
mod journal_line;
mod label_copy;
mod listening;
mod lyrics;
mod master;
mod mix;
pub mod money;
mod package;
mod paid;
mod permission;
pub mod programme;
mod project;
mod queue;
mod refusal;
pub(crate) mod release;
mod retention;
mod revision;
mod rounds;
mod sending;
mod service;
mod track_name;
mod turns;
mod voices;

pub use alternate::{AlternateKind, alternate_kind, says_alternate, song_named_by};
pub use apply::{apply, replay};
pub use attachments::{
    Attachment, AttachmentCommand, AttachmentEvent, AttachmentFinding, AttachmentKind,
    AttachmentRead, AttachmentWeight, Tick, TickPoint,
};
pub use beside::{Alternate, AlternateProposed, CameAs};
pub use calendar::{
    BadDay, BadHours, BadZone, Calendar, Closed, Due, Hours, OpeningHours, Pause, Zone,
};
pub use command::{Command, CommentOn, NewOrder};
pub use consultation::{
    BadAnswer, CONSULTATION_SCHEMA, Consultation, Consulted, ContentDecision, ContentVerdict,
    QUESTIONS, Question, QuestionKind, Step, Tongue, Warranty,
};
pub use decide::{Arriving, decide, decide_knowing};
pub use ears::{Ears, ListeningLeave, ListeningPurpose, ListeningReason, StudioListened};
pub use event::Event;
pub use handover::{FinalsWait, NotNeeded};
pub use ids::{
    BadId, CommentId, MixId, ObjectSum, OrderNumber, PersonId, ProjectId, RevisionNo, SampleSum,
    TrackId, UnixMs,
};
pub use journal_line::{EVENT_SCHEMA, UnknownEvent};
pub use label_copy::{LabelCopy, LabelCopyCommand, LabelCopyEvent, LabelCopySettled, SongEntered};
pub use listening::{Audible, Heard, Listened, Trust, Unheard};
pub use lyrics::{
    LONGEST_LYRIC_LINE, LYRIC_LINES_APART_MS, LyricFault, LyricFaults, LyricLine, MOST_LYRIC_LINES,
    SongLyrics, Sung, Timed, TimedOn, lyric_clock,
};
pub use master::{Final, FinalFormat, Master, MasterOrigin};
pub use mix::{
    Acceptance, Declared, FindingLine, Mix, MixAudio, MixRole, Severity, Showing, Verdict,
};
pub use package::{
    Package, PackageCommand, PackageDisc, PackageEvent, PackageFile, PackageMade, PackagePosted,
    PackageReleased, PackageWay,
};
pub use paid::{Paid, Payments, SoldInSale};
pub use permission::{Borrowed, BorrowedSong, PaperKind, Permission};
pub use project::{Actor, Archive, Hold, Project, Stage, Track};
pub use queue::{Depends, DueLevel, Estimate, Lane, QueueLine, queue};
pub use refusal::{NoAlternate, Refusal};
pub use release::{
    Allotment, COPYRIGHT_CONTROL, CodeKind, ContractParty, Copying, Cover, Label, Licence,
    LicenceKind, Licensor, Payout, PayoutAsked, Release, ReleaseKind, ReleaseProblem,
    ReleaseSettings, ReleaseSong, ReleaseTerms, Removal, RemovalCost, RightsClaim, SalesCommand,
    SalesEvent, WORLDWIDE, Warning, allot, ean_check_digit, is_catalogue_no, is_ean,
};
pub use retention::{DeletionAsked, DueDates, Kept, LetGo, NEVER, Retention, RetentionHold};
pub use revision::{Approval, ApprovalHow, Comment, Consent, Revision, Version};
pub use rounds::{
    Answer, AnswerGiven, AskingWarned, Charge, Limit, Outcome, Proposal, Request, RoundsOver,
    Silent, Why,
};
pub use sending::{
    SendAgain, Sending, SendingCommand, SendingEvent, SendingOutcome, Sent, SentOnce,
};
pub use service::{
    ApprovalRules, Asked, BadCatalogue, BadSpan, Beyond, Catalogue, Closing, Completion,
    CompletionRule, ConsultationRules, FeeDue, FreeRounds, Intensity, ListeningRules, Offering,
    PermissionRules, PermissionsHold, Preview, PreviewForm, PreviewUntil, Rounds, Service,
    ServiceKind, ServiceRules, Silence, Span, SpanUnit, StudioEars, Style, Target, Topic,
    Turnaround,
};
pub use track_name::{TrackKey, title_from_file_name, track_key};
pub use turns::{OpenQuestion, Side, Turn, TurnTaken};
pub use voices::Voice;
