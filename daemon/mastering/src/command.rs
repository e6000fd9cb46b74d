//! What people and finished work may ask of a project.

use std::collections::{BTreeMap, BTreeSet};

use crate::attachments::AttachmentCommand;
use crate::consultation::{ContentVerdict, Step, Warranty};
use crate::ears::ListeningPurpose;
use crate::ids::{
    CommentId, MixId, ObjectSum, OrderNumber, PersonId, ProjectId, RevisionNo, SampleSum, TrackId,
};
use crate::label_copy::LabelCopyCommand;
use crate::listening::{Audible, Heard};
use crate::lyrics::Sung;
use crate::master::{Final, FinalFormat, Master};
use crate::mix::{Declared, FindingLine, Mix, Showing};
use crate::money::DocumentNo;
use crate::package::PackageCommand;
use crate::paid::SoldInSale;
use crate::permission::{BorrowedSong, Permission};
use crate::programme::{AlternateRole, Programme, ProgrammeMade};
use crate::project::Hold;
use crate::queue::Lane;
use crate::release::{Allotment, Cover, Release, SalesCommand};
use crate::retention::{DueDates, Retention};
use crate::rounds::{Answer, Charge};
use crate::service::{PreviewForm, Service, ServiceRules, Topic};
use crate::voices::Voice;

/// What is playing while somebody speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommentOn {
    /// A song by itself.
    Song(TrackId),
    /// A disc of the programme as one piece, from 1: what is said belongs to the song that sounds there.
    Disc(u32),
}

/// A new order.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOrder {
    /// The project's id.
    pub id: ProjectId,
    /// The order's number.
    pub number: OrderNumber,
    /// Whose it is.
    pub client: PersonId,
    /// Title of the song, EP or album.
    pub title: String,
    /// The artist as it must appear.
    pub artist: String,
    /// What is ordered.
    pub service: Service,
    /// The rules of the service today, which the order takes with it.
    pub rules: ServiceRules,
    /// How long things are kept.
    pub retention: Retention,
    /// How many songs will come, if that is known.
    pub songs: Option<u32>,
    /// The format the client declares.
    pub declared: Option<Declared>,
}

/// A command to one project.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Takes a checked mix into the project.
    ReceiveMix(Mix),
    /// Records what was found when the mixes were compared with each other.
    RecordSet {
        /// Each mix of the set with what was found of it.
        findings: BTreeMap<MixId, Vec<FindingLine>>,
        /// Whether the client may read it at once.
        showing: Showing,
    },
    /// Lets the client read what was found.
    ReleaseFindings {
        /// The name of whoever decides.
        by: String,
    },
    /// Goes on with a mix as it came, on record.
    GoOnWith {
        /// The mix.
        mix: MixId,
        /// The name of whoever decides.
        by: String,
        /// Why.
        reason: String,
    },
    /// Asks the client for a new file in place of a mix.
    AskReprint {
        /// The mix.
        mix: MixId,
        /// What to change.
        words: String,
    },
    /// Sets a mix aside: it no longer counts.
    SetAside {
        /// The mix.
        mix: MixId,
    },
    /// Says that all mixes are there.
    CloseIntake,
    /// Corrects a song's title.
    NameTrack {
        /// The song.
        track: TrackId,
        /// Its title.
        title: String,
    },
    /// Puts the songs in order.
    OrderTracks(Vec<TrackId>),
    /// Changes the plan of a song for the revision being worked on.
    ChangePlan {
        /// The song.
        track: TrackId,
        /// The new plan, as an object in the vault.
        plan: ObjectSum,
    },
    /// Prints a song through a chain of the studio's rack, in the revision being worked on, or renders it again.
    PrintThrough {
        /// The song.
        track: TrackId,
        /// The chain, by the rack's name; none renders it.
        chain: Option<String>,
    },
    /// Sets the order, gaps, fades and edits of the revision being worked on, and the versions that it names.
    SetProgramme {
        /// All of it; songs are named by id or title.
        programme: Box<Programme>,
        /// The name of whoever decides.
        by: String,
    },
    /// Records a programme that was put together.
    RecordProgramme {
        /// The revision.
        revision: RevisionNo,
        /// What it was made of: the programme, and the samples of the masters.
        of: (Box<Programme>, BTreeMap<TrackId, SampleSum>),
        /// What came of it.
        made: ProgrammeMade,
    },
    /// Gives a new main mix its place: it replaces a song's mix in the revision being worked on.
    TakeUpMix {
        /// The mix.
        mix: MixId,
        /// The song.
        track: TrackId,
    },
    /// Says that a mix goes beside a song: an instrumental, an a cappella, a TV mix, a stem.
    NameAlternate {
        /// The mix: of a song, which is one no longer, or one that came as an alternate.
        mix: MixId,
        /// The song that it belongs to.
        song: TrackId,
        /// What it is to the song.
        role: AlternateRole,
        /// What it is called, which a stem needs; none for its role.
        name: Option<String>,
        /// The name of whoever decides.
        by: String,
    },
    /// Takes that back.
    UnnameAlternate {
        /// The alternate.
        track: TrackId,
        /// The name of whoever decides.
        by: String,
    },
    /// Opens a round of work without the client having asked.
    OpenRevision {
        /// Why.
        reason: String,
    },
    /// Makes the masters of the revision being worked on.
    StartMastering,
    /// Records a finished master.
    RecordMaster {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
        /// The finished audio.
        master: Master,
    },
    /// Takes a master made elsewhere as the song's next revision.
    ReceiveMaster {
        /// The song.
        track: TrackId,
        /// The finished audio.
        master: Master,
    },
    /// Sends the reference to the client.
    SendReference {
        /// The revision.
        revision: RevisionNo,
    },
    /// Says something about a moment or a passage of a song, or of the record as it plays.
    Comment {
        /// The comment's id.
        id: CommentId,
        /// The revision that was playing.
        revision: RevisionNo,
        /// What was playing.
        on: CommentOn,
        /// Where, in milliseconds from its start.
        position_ms: u64,
        /// Where the passage ends; none for a moment.
        until_ms: Option<u64>,
        /// The words.
        words: String,
        /// The speaker's name.
        by: String,
    },
    /// Asks for a revision.
    RequestRevision {
        /// What should change.
        words: String,
        /// What it is about, where somebody said.
        topics: BTreeSet<Topic>,
    },
    /// Says what a request is.
    AnswerRequest {
        /// The request.
        no: u32,
        /// What it is.
        answer: Answer,
        /// Why.
        reason: String,
        /// The name of whoever decides.
        by: String,
        /// What it is charged by; none where nothing of this order is priced.
        charge: Option<Charge>,
    },
    /// Agrees to what a request costs.
    AgreeToRequest {
        /// The request.
        no: u32,
        /// The name of whoever agrees.
        by: String,
    },
    /// Takes a request back.
    WithdrawRequest {
        /// The request.
        no: u32,
    },
    /// Asks the client something; the clock stands still until they answer.
    AskClient {
        /// The words.
        words: String,
        /// The name of whoever asks.
        by: String,
    },
    /// Answers the studio's question.
    AnswerQuestion {
        /// The words.
        words: String,
        /// The name of whoever answers.
        by: String,
    },
    /// Puts the order into a lane of the queue.
    ChooseLane {
        /// Which.
        lane: Lane,
        /// The name of whoever decides.
        by: String,
    },
    /// Names the one of the client's people who has the last word.
    NameLastWord(Voice),
    /// Records that somebody listened.
    Listen {
        /// To what.
        audible: Audible,
        /// How much of it.
        heard: Heard,
    },
    /// Chooses how the client hears references of this order.
    ChoosePreview {
        /// How; none: as the service says.
        form: Option<PreviewForm>,
        /// The name of whoever decides.
        by: String,
    },
    /// Enters or corrects a song's ISRC and credits.
    MarkTrack {
        /// The song.
        track: TrackId,
        /// Its ISRC, or nothing.
        isrc: String,
        /// Its credits, or nothing.
        credits: String,
    },
    /// Reopens an approved order, free, for a technical fault that was found later.
    ReportFault {
        /// Which.
        words: String,
        /// The name of whoever found it.
        by: String,
    },
    /// Lets the calendar do what is due: warnings, windows, silence.
    KeepTime,
    /// Says how far the consultation has come.
    RecordConsultation {
        /// The first step that something is missing for.
        missing: Option<Step>,
        /// Whether the rights are warranted.
        warranty: Warranty,
        /// The songs that hold somebody else's work.
        borrowed: Vec<BorrowedSong>,
    },
    /// Decides about the content: it is worked on, or declined.
    DecideContent {
        /// What.
        verdict: ContentVerdict,
        /// Why.
        reason: String,
        /// The name of whoever decides.
        by: String,
    },
    /// Keeps somebody else's permission with the order.
    AttachPermission(Permission),
    /// Decides that a song needs no permission.
    WaivePermission {
        /// Which, and what of somebody else's it is or holds.
        song: BorrowedSong,
        /// Why.
        reason: String,
        /// The name of whoever decides.
        by: String,
    },
    /// Lets the studio's people listen, as one of the client's people.
    AllowListening {
        /// Their name.
        by: String,
    },
    /// Takes that back.
    ForbidListening {
        /// Their name.
        by: String,
    },
    /// Records, as one of the studio's people, why they listen without the client's permission.
    GiveListeningReason {
        /// What for.
        purpose: ListeningPurpose,
        /// Why.
        reason: String,
        /// Their name.
        by: String,
    },
    /// Notes that one of the studio's people listens now.
    HearAsStudio {
        /// Their name.
        by: String,
    },
    /// Fills in or corrects what a distributor is told of the release made of it.
    DescribeRelease {
        /// All of it.
        release: Box<Release>,
        /// Their name.
        by: String,
    },
    /// Keeps a cover that was looked at and stored.
    KeepCover(Cover),
    /// Takes codes from the studio's own series, as [`crate::allot`] gives them next.
    TakeCodes {
        /// Which.
        codes: Vec<Allotment>,
        /// The name of whoever decides.
        by: String,
    },
    /// Asks to take the release out of shops.
    AskRemoval {
        /// Which; none: all of them.
        shops: BTreeSet<String>,
        /// Why.
        reason: String,
        /// Their name.
        by: String,
    },
    /// Records that a shop's links are dead.
    RecordShopGone {
        /// The removal.
        no: u32,
        /// The shop.
        shop: String,
    },
    /// Takes a removal back for the shops whose links live.
    WithdrawRemoval {
        /// Which.
        no: u32,
        /// Their name.
        by: String,
    },
    /// Says something of the release's sales.
    Sales(SalesCommand),
    /// Does something with a list of titles, codes and credits.
    LabelCopy(LabelCopyCommand),
    /// Does something with what is delivered to one recipient.
    Package(PackageCommand),
    /// Keeps a song's words, with the times of its lines; that reopens nothing.
    KeepLyrics {
        /// The song.
        track: TrackId,
        /// What is sung.
        sung: Sung,
        /// The number of the words that these were made from; 0 where there were none.
        after: u32,
        /// Their name.
        by: String,
    },
    /// Does something with its booklet, a video, or what is ticked of the cover.
    Attachment(AttachmentCommand),
    /// Records that somebody claims rights in it.
    RecordClaim {
        /// Who claims.
        claimant: String,
        /// To what, and why.
        words: String,
        /// The name of whoever records it.
        by: String,
    },
    /// Records that a claim was withdrawn.
    WithdrawClaim {
        /// Which.
        no: u32,
        /// The name of whoever records it.
        by: String,
    },
    /// Keeps everything, whatever the dates say.
    PlaceHold {
        /// Why.
        reason: String,
        /// The name of whoever decides.
        by: String,
    },
    /// Lets the dates count again.
    LiftHold {
        /// The name of whoever decides.
        by: String,
    },
    /// Keeps things for longer.
    ExtendRetention {
        /// When what is due then.
        due: DueDates,
        /// Why.
        reason: String,
        /// The name of whoever decides.
        by: String,
    },
    /// Asks, as the owner, to let everything go before its date.
    AskDeletion {
        /// Why.
        reason: String,
        /// The owner's name.
        by: String,
    },
    /// Confirms that, as one of two people of the studio.
    ConfirmDeletion {
        /// Their name.
        by: String,
    },
    /// Takes the request to let everything go back.
    WithdrawDeletion,
    /// Approves the samples of a revision.
    Approve {
        /// The revision.
        revision: RevisionNo,
        /// The name typed.
        name: String,
        /// The sentence agreed to.
        wording: String,
        /// The checksums the page showed: what was heard.
        samples: BTreeMap<TrackId, SampleSum>,
    },
    /// Records the finals, read back and compared.
    RecordFinals {
        /// The revision.
        revision: RevisionNo,
        /// The files.
        finals: Vec<Final>,
    },
    /// Records that the finals lie where the client can fetch them.
    OfferFinals,
    /// Keeps to what the client's account says about the work and the finals.
    SetHold {
        /// What waits for money.
        hold: Hold,
    },
    /// The account says that the rush lane was sold with the order.
    SellRush {
        /// By which quote.
        quote: DocumentNo,
        /// Who accepted it.
        by: String,
    },
    /// The account says that further formats were ordered.
    OrderFormats {
        /// By which quote.
        quote: DocumentNo,
        /// Which.
        formats: BTreeSet<FinalFormat>,
        /// Who accepted it.
        by: String,
    },
    /// Records finals in formats that were ordered after the others were made.
    AddFinals {
        /// The revision.
        revision: RevisionNo,
        /// The files.
        finals: Vec<Final>,
    },
    /// The account says that the order was sold in a sale.
    RecordSale(SoldInSale),
    /// Completes the project.
    Complete,
    /// Records the closed archive.
    RecordArchive {
        /// The list of everything in it.
        manifest: ObjectSum,
    },
    /// Records that the working files went.
    ReleaseWorkingFiles {
        /// Who confirmed it.
        by: String,
    },
    /// Records that the archive went.
    ReleaseArchive {
        /// Who confirmed it.
        by: String,
    },
}
