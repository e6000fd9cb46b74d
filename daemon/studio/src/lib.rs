//! The desk: one task that owns live state, decides, and drives the edges.
//!
//! [`Studio`] is what pages, the API and the command line ask. Behind it, the desk takes one thing
//! at a time: it decides by the rules of `mastering`, writes events, state and follow-up work in
//! one transaction, and only then updates memory, answers and acts. Long work runs in lanes and
//! comes back to the desk as another thing to decide.

mod access;
pub mod album;
mod arrivals;
mod by_midi;
mod clock;
mod config;
pub mod control;
pub mod delivering;
mod denied;
mod desk;
pub mod disc;
mod follow;
mod house;
mod jobs;
mod label_copy;
mod live;
mod notices;
pub mod offline;
mod orders;
mod packaging;
mod printing;
mod programme;
mod reminders;
mod sending;
mod sound;
mod standing;
mod terms;
mod trusted_clock;
mod units_in_use;
pub mod views;
mod work;

pub use access::{MemberRight, MemberRights, NewPerson, Origin, Right, Visitor};
pub use by_midi::SetByMidi;
pub use config::{
    BooksSection, FileEvents, FtpSection, LetsGo, MailSection, MailSecurity, PatchbaySection,
    RemindersSection, Reserve, SecretsSection, StudioConfig,
};
pub use denied::Denied;
pub use desk::{Change, MoneyDone};
pub use house::{
    AccountState, AccountView, ArchiveLine, AudioFile, BalanceView, BesideFound, ChannelWords,
    ClaimView, ClientFindings, ConsultationView, DocumentLine, DueName, EarlierLinks, Erasure,
    ExpiryReport, GuestLink, HeardNamed, HouseLine, HouseLog, LedgerFilter, LedgerPage,
    LedgerTable, Letter, LyricsGiven, LyricsMaster, LyricsStanding, LyricsUpon, LyricsView,
    MadeFile, MeasuredView, MemberLine, MoneyForm, MonthLine, NewGuest, NewPermission,
    NewPhotograph, NewReport, OpenError, OpenQuote, Opened, Opening, OrderForm, OrderSalesView,
    OtherLine, Party, PlanView, PriceListView, Profile, QuarterView, QueueEntry, QuoteForm,
    RackView, ReadSeek, ReleaseSongView, ReleaseView, RemovalView, ReportView, ReturnRead, RuleAsk,
    Running, SalesLineView, SalesReportView, SalesView, ServicesError, ServicesView, SessionLine,
    SheetNote, SheetView, SoldView, Statistics, Studio, Submission, TableForm, TargetWish, Terms,
    UnitFound, UnplacedView, WarrantyView, WavLayout, Whence, right_to_change, setting_words,
};
pub use house::{
    AnswerView, CertificateView, Power, PrintQueueView, PrintView, RackProofs, SaidView, TakeView,
    UnitPower,
};
pub use house::{AttachmentView, AttachmentsView, CoverView, NewAttachment, PointView, SongVideo};
pub use house::{
    BalanceAsked, EditAudition, EditHeard, FaultView, ProgrammeBalance, ProgrammeComment,
    ProgrammeDisc, ProgrammePiece, ProgrammeSent, ProgrammeSide, ProgrammeSong, ProgrammeStanding,
    ProgrammeVersion, ProgrammeView, SetUpon, SongBeside, Transition,
};
pub use house::{
    CardView, ClockView, ConnectionView, ElementView, FaderView, HappeningView, PatchbayVersion,
    PatchbayView, PortUse, PortView, ServerView, StreamView, WantedView,
};
pub use house::{
    FormatView, PackageAsked, PackageStanding, PackageView, PackagesView, ProfileView,
};
pub use house::{LabelCopyChosen, LabelCopyView};
pub use house::{
    LiveBypassed, LiveHeard, LiveKeep, LiveKept, LiveKnob, LiveLevel, LiveListen, LiveMoment,
    LiveNow, LiveRack, LiveSource, LiveSourceLevel, LiveStage, LiveThen, LiveTold, LiveUnit,
    LiveView, LiveWord,
};
pub use house::{SendAsked, SendingView, TriedView};
pub use jobs::{DeletionCertificate, DueLine, shares_of};
pub use label_copy::{Laid, Proposed};
pub use mastering::{ContentDecision, ContentVerdict};
pub use notices::{Language, NoticeKind, Words, WordsError, notice_kinds};
pub use packaging::{BadProfileFile, DiscTold, OfferedProfile, TrackTold};
pub use patchbay::{Level as HardwareLevel, Levels as HardwareLevels, ReturnCommand};
pub use printing::{
    Held, KeptTake, PrintAnswer, PrintCertificate, PrintKept, PrintKind, Question, RecallKept,
    ReferenceKept, Said,
};
pub use sending::SendingProgress;
pub use units_in_use::{UnitBehind, UnitsClaim, UnitsInUse, UnitsLine};
pub use views::*;
