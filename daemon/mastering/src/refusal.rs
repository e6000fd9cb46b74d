//! Why a command may not happen, in words a person can act on.

use crate::ids::RevisionNo;
use crate::lyrics::LyricFaults;
use crate::money::{Amount, MoneyRefusal};
use crate::programme::Faults;

/// Why a command may not happen.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// The stage does not allow it.
    #[error("this cannot be done while the project is {stage}")]
    OutOfOrder {
        /// The stage, in words.
        stage: &'static str,
    },
    /// Only some people may.
    #[error("only {who} can do this")]
    NotYours {
        /// Who may.
        who: &'static str,
    },
    /// There is no such thing here.
    #[error("this project has no such {what}")]
    Unknown {
        /// What was named.
        what: &'static str,
    },
    /// Mixes are missing or wait for a decision.
    #[error(
        "nothing is mastered before all mixes are verified: {waiting} of {all} wait for a decision"
    )]
    Unverified {
        /// How many wait.
        waiting: usize,
        /// How many there are.
        all: usize,
    },
    /// Files are still being opened.
    #[error("files that have come are still being checked; try again in a moment")]
    StillArriving,
    /// There is nothing to master.
    #[error("there is no mix to master yet")]
    NoMixes,
    /// The audio could not be decoded, so nobody can decide to use it.
    #[error("this file holds no audio that can be played; a new file is needed")]
    NoAudio,
    /// What was heard is not what the revision holds.
    #[error("the page showed other audio than revision {0} holds now; reload it and listen again")]
    NotWhatWasHeard(RevisionNo),
    /// A needed text is missing.
    #[error("{what} is missing")]
    Missing {
        /// What to fill in.
        what: &'static str,
    },
    /// A text is too long.
    #[error("{what} may have at most {limit} characters")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A final does not hold what was approved.
    #[error("{file_name} does not hold the samples that were approved; it is not offered")]
    NotWhatWasApproved {
        /// The file.
        file_name: String,
    },
    /// A package holds another approval than the one that counts now.
    #[error(
        "package {package} holds revision {revision}, and another approval counts now; have it made again"
    )]
    OtherApproval {
        /// The package.
        package: u32,
        /// What it holds.
        revision: RevisionNo,
    },
    /// The client did not release a package that has to be released before it is sent.
    #[error(
        "package {package} is released for production by the client before it is sent; its button stands on the deliveries' page"
    )]
    NotReleased {
        /// The package.
        package: u32,
    },
    /// Something else is said of the release since a package was made.
    #[error(
        "something else is said of the release since package {package} was made; have it made again, and send that"
    )]
    ToldSince {
        /// The package.
        package: u32,
    },
    /// A package was sent already.
    #[error("package {package} was sent before; say that it is to be sent again")]
    SentBefore {
        /// The package.
        package: u32,
    },
    /// The revision would be the one before again.
    #[error("nothing has changed since revision {0}; change a plan or a mix first")]
    NothingChanged(RevisionNo),
    /// Masters are missing.
    #[error("revision {0} is not mastered yet")]
    NotMastered(RevisionNo),
    /// The programme is not put together.
    #[error(
        "the programme of revision {0} is not put together yet; what it waits for stands on the order's page"
    )]
    ProgrammeNotMade(RevisionNo),
    /// What is wrong with a programme.
    #[error("the programme cannot be kept:\n{0}")]
    BadProgramme(Faults),
    /// The programme has the songs' order.
    #[error("the songs stand as the programme of this order says; change their order in it")]
    ProgrammeOrders,
    /// A passage that is over before it begins.
    #[error("the passage ends before it begins; say where it ends behind that")]
    PassageEndsFirst,
    /// The approval ended the revisions.
    #[error(
        "revision {0} was approved, which ended the revisions; the studio can quote further work"
    )]
    ApprovalStands(RevisionNo),
    /// A quote has to be accepted first.
    #[error("this request is quoted; accepting the quote on the order's account begins the work")]
    AcceptTheQuote,
    /// Somebody else has the last word.
    #[error(
        "{name} has the last word on this order; what you comment is gathered into the next round"
    )]
    LastWord {
        /// Who has.
        name: String,
    },
    /// A request waits already.
    #[error("a request waits already; it is answered or taken back before the next one is made")]
    RequestWaits,
    /// The terms leave no free round.
    #[error(
        "the terms of this order leave no free round for this; it is charged, quoted as new work, or a correction of the studio's own"
    )]
    NoFreeRound,
    /// The service offers no rush.
    #[error("no rush is offered for this service")]
    NoRush,
    /// What is needed to work on it has left.
    #[error("the working files have left; the project is recalled from the archive first")]
    WorkingFilesGone,
    /// The consultation comes first.
    #[error("by the terms of this service {what} comes first")]
    ConsultFirst {
        /// What is missing.
        what: &'static str,
    },
    /// The studio declined.
    #[error("the studio declined this order: {reason}")]
    Declined {
        /// Why.
        reason: String,
    },
    /// A hold keeps everything.
    #[error("a hold keeps everything of this project: {reason}")]
    OnHold {
        /// Why.
        reason: String,
    },
    /// A date may only move on.
    #[error("an extension keeps things for longer than before, not shorter")]
    NotLonger,
    /// The same person twice.
    #[error("two different people of the studio confirm this")]
    SamePerson,
    /// The date has not come.
    #[error("this is not due yet")]
    NotDue,
    /// Money is owed first.
    #[error("{what} once what is owed is paid; the order's account says what that is")]
    Unpaid {
        /// What waits for it.
        what: &'static str,
    },
    /// Somebody else's work is in it without a permission.
    #[error(
        "the written permission for \u{201c}{song}\u{201d}, {what}, is missing; the finals are handed over once it is kept with the order, or it is on record that none is needed"
    )]
    NotPermitted {
        /// The song.
        song: String,
        /// What of somebody else's it is or holds.
        what: &'static str,
    },
    /// Somebody claims rights in it.
    #[error(
        "{claimant} claims rights in this order; nothing is handed over until that is withdrawn"
    )]
    Claimed {
        /// Who.
        claimant: String,
    },
    /// Two songs with one code.
    #[error("the ISRC {isrc} stands at another song of this order already")]
    IsrcTwice {
        /// Which.
        isrc: String,
    },
    /// A code that only the studio gives.
    #[error(
        "{code} lies in the studio's own range and was not allotted to this order; let the studio allot it"
    )]
    OwnRange {
        /// The code.
        code: String,
    },
    /// No code is left.
    #[error("the studio's range of {what} is used up")]
    RangeUsedUp {
        /// Of what.
        what: &'static str,
    },
    /// The studio has no range of its own.
    #[error(
        "what is missing cannot be allotted: the studio has set no range or label for it; enter the codes that were brought"
    )]
    NoRange,
    /// Not enough was earned for a payout.
    #[error("{balance} can be paid out, and payouts begin at {least}")]
    TooLittleToPay {
        /// What there is.
        balance: Amount,
        /// What there must be.
        least: Amount,
    },
    /// More is paid out than was earned.
    #[error("{amount} cannot be noted as paid out: {balance} can be paid out")]
    MoreThanEarned {
        /// What was to be noted.
        amount: Amount,
        /// What there is.
        balance: Amount,
    },
    /// Its links still live.
    #[error(
        "the release is being taken out of the shops; until its links are dead it keeps its songs, its codes and everything that is kept of it"
    )]
    TiedToItsRelease,
    /// The studio's people do not listen to this order.
    #[error(
        "by the terms of this service nobody here listens without the client's permission or a reason on record; give the reason on the order's page"
    )]
    NotForOurEars,
    /// A song's words are out of their time.
    #[error(transparent)]
    Lyrics(#[from] LyricFaults),
    /// More than any song has.
    #[error("a song's words have at most {limit} lines")]
    TooManyLyricLines {
        /// How many it may have.
        limit: usize,
    },
    /// Nothing to time them on.
    #[error(
        "the song has no master yet that its words could be timed on; keep them without times until it has one"
    )]
    NoMasterToTime,
    /// Somebody was faster.
    #[error(
        "{by} kept this song's words since the page was opened; nothing was kept: open the page again, and enter what is yours"
    )]
    LyricsChanged {
        /// Who.
        by: String,
    },
    /// A track cannot go beside a song.
    #[error(transparent)]
    Alternate(#[from] NoAlternate),
    /// The account refuses it.
    #[error(transparent)]
    Money(#[from] MoneyRefusal),
    /// It happened already.
    #[error("this has already been done")]
    Already,
}

/// Why a track is no alternate of a song, or stays one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAlternate {
    /// Of itself.
    #[error("a song is no alternate of itself: name the song that it goes beside")]
    Own,
    /// Of an alternate.
    #[error("\u{201c}{0}\u{201d} goes beside a song itself: name that song")]
    OfAlternate(String),
    /// It has alternates.
    #[error("\u{201c}{0}\u{201d} has alternates of its own: take those away from it first")]
    HasItsOwn(String),
    /// The song has one of that name.
    #[error(
        "the song has its {0} already: give this one a name of its own, or take the other away"
    )]
    There(String),
    /// A file to compare with.
    #[error("a reference is never mastered: let the client send it as a mix")]
    Reference,
    /// It stands in the programme.
    #[error("the programme names \u{201c}{0}\u{201d}: take it out there first")]
    InProgramme(String),
    /// The client hears the revision.
    #[error("an alternate belongs to a revision that is being worked on: open one first")]
    Heard,
}
