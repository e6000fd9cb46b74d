//! What has happened to a project: the lines of its journal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attachments::AttachmentEvent;
use crate::consultation::{Consulted, ContentDecision};
use crate::ears::{ListeningLeave, ListeningReason, StudioListened};
use crate::handover::NotNeeded;
use crate::ids::{
    CommentId, MixId, ObjectSum, OrderNumber, PersonId, ProjectId, RevisionNo, SampleSum, TrackId,
    UnixMs,
};
use crate::label_copy::LabelCopyEvent;
use crate::listening::Listened;
use crate::lyrics::SongLyrics;
use crate::master::{Final, FinalFormat, Master};
use crate::mix::{Declared, FindingLine, Mix, Showing};
use crate::money::DocumentNo;
use crate::package::PackageEvent;
use crate::paid::SoldInSale;
use crate::permission::Permission;
use crate::programme::{AlternateRole, Programme, ProgrammeMade};
use crate::project::Hold;
use crate::queue::Lane;
use crate::release::{Allotment, Cover, Release, Removal, RightsClaim, SalesEvent};
use crate::retention::{DueDates, Retention};
use crate::revision::{Consent, Version};
use crate::rounds::{Answer, Charge, Proposal, RoundsOver};
use crate::service::{PreviewForm, Service, ServiceRules, Topic};
use crate::voices::Voice;

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
        /// When; earlier journals do not say.
        #[serde(default)]
        at: Option<UnixMs>,
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
        /// The request it answers, if it answers one.
        #[serde(default)]
        request: Option<u32>,
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
    /// A song is printed through a chain of the rack from now on, or rendered.
    PrintChosen {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
        /// The chain, by the rack's name; none renders it.
        chain: Option<String>,
    },
    /// The order, gaps, fades and edits of a revision were set.
    ProgrammeSet {
        /// The revision.
        revision: RevisionNo,
        /// All of it; its songs are named by their ids.
        programme: Box<Programme>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A song goes into a revision in a version that was made earlier.
    VersionTaken {
        /// The revision.
        revision: RevisionNo,
        /// The song.
        track: TrackId,
        /// What the revision pins for it.
        version: Version,
    },
    /// The programme of a revision was put together.
    ProgrammeMade {
        /// The revision.
        revision: RevisionNo,
        /// What came of it.
        made: ProgrammeMade,
    },
    /// A mix goes beside a song from now on.
    AlternateNamed {
        /// It as a track of its own.
        track: TrackId,
        /// Its mix.
        mix: MixId,
        /// The song.
        song: TrackId,
        /// What it is to the song.
        role: AlternateRole,
        /// What it is called; none for its role.
        name: Option<String>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// It does not any more.
    AlternateUnnamed {
        /// Which.
        track: TrackId,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
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
        /// Where the passage ends; none for a moment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<u64>,
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
        /// What it is about, where somebody said.
        #[serde(default)]
        topics: BTreeSet<Topic>,
        /// What several people had said, gathered into this round.
        #[serde(default)]
        gathered: Vec<CommentId>,
        /// What the rules propose.
        #[serde(default)]
        proposal: Option<Proposal>,
    },
    /// A person said what a request is.
    RequestAnswered {
        /// The request.
        no: u32,
        /// What it is.
        answer: Answer,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
        /// What it is charged by, where the client's account asks for the money.
        #[serde(default)]
        charge: Option<Charge>,
    },
    /// The client agreed to what a request costs.
    RequestAgreed {
        /// The request.
        no: u32,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The client took a request back.
    RequestWithdrawn {
        /// The request.
        no: u32,
        /// When.
        at: UnixMs,
    },
    /// The studio asked the client something.
    QuestionAsked {
        /// The words.
        words: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The question was answered.
    QuestionAnswered {
        /// The words.
        words: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The order went into a lane of the queue.
    LaneChosen {
        /// Which.
        lane: Lane,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// One person has the last word.
    LastWordNamed {
        /// Who.
        voice: Voice,
        /// When.
        at: UnixMs,
    },
    /// The client was warned that the time to ask for free rounds ends.
    AskingEnds {
        /// When it ends.
        ends_at: UnixMs,
        /// How many days before that this warning is for.
        days: u32,
        /// When.
        at: UnixMs,
    },
    /// The time to ask for free rounds is over; what was left of them has lapsed.
    AskingEnded {
        /// Since when, and by which limit.
        over: RoundsOver,
        /// When that was noticed.
        at: UnixMs,
    },
    /// It was announced that silence approves.
    SilenceAnnounced {
        /// The revision.
        revision: RevisionNo,
        /// When it approves.
        approves_at: UnixMs,
        /// When.
        at: UnixMs,
    },
    /// With the approval the fee fell due.
    FeeDue {
        /// When.
        at: UnixMs,
    },
    /// Somebody listened.
    Listened(Listened),
    /// What the client hears before the masters are theirs was chosen for this order.
    PreviewChosen {
        /// How it sounds; none: as the service says.
        form: Option<PreviewForm>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A song's ISRC or credits were entered or corrected; that reopens nothing.
    TrackMarked {
        /// The song.
        track: TrackId,
        /// Its ISRC, or nothing.
        isrc: String,
        /// Its credits, or nothing.
        credits: String,
    },
    /// A technical fault was found in what was approved: it is made again, free.
    FaultFound {
        /// Which.
        words: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// Nothing of it goes, whatever its dates say.
    HoldPlaced {
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// Its dates count again.
    HoldLifted {
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// It is kept for longer.
    RetentionExtended {
        /// When what is due now.
        due: DueDates,
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The owner asked to let everything go before its date.
    DeletionAsked {
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// One of the studio's people confirmed that; the second lets it go.
    DeletionConfirmed {
        /// Who.
        person: PersonId,
        /// Their name.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// The owner took that back.
    DeletionWithdrawn {
        /// When.
        at: UnixMs,
    },
    /// The consultation has come so far.
    Consulted(Consulted),
    /// The studio decided about the content.
    ContentDecided(ContentDecision),
    /// The rush lane was sold: the order goes into it.
    RushSold {
        /// By which quote.
        quote: DocumentNo,
        /// Who accepted it.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// Further formats were ordered.
    FormatsOrdered {
        /// By which quote.
        quote: DocumentNo,
        /// Which.
        formats: BTreeSet<FinalFormat>,
        /// Who accepted it.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// Finals were made in formats that were ordered late.
    FinalsAdded {
        /// The revision.
        revision: RevisionNo,
        /// The files.
        finals: Vec<Final>,
        /// When.
        at: UnixMs,
    },
    /// Somebody else's permission was kept with the order.
    PermissionKept(Permission),
    /// The studio decided that a song needs no permission.
    PermissionNotNeeded(NotNeeded),
    /// The client lets the studio's people listen.
    ListeningAllowed(ListeningLeave),
    /// The client took that back.
    ListeningForbidden {
        /// Their name.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// One of the studio's people recorded why they listen.
    ListeningReasoned(ListeningReason),
    /// One of the studio's people listened.
    StudioListened(StudioListened),
    /// What a distributor is told of a release was filled in or corrected; that reopens nothing.
    ReleaseDescribed {
        /// All of it.
        release: Box<Release>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// Codes were taken from the studio's own series.
    CodesAllotted {
        /// Which.
        codes: Vec<Allotment>,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// A cover was brought.
    CoverKept(Cover),
    /// Somebody asked to take the release out of shops.
    RemovalAsked(Removal),
    /// A shop's links are dead.
    ShopGone {
        /// The removal.
        no: u32,
        /// The shop.
        shop: String,
        /// When.
        at: UnixMs,
    },
    /// A removal was taken back.
    RemovalWithdrawn {
        /// Which.
        no: u32,
        /// Who.
        by: String,
        /// When.
        at: UnixMs,
    },
    /// Something became of the release's sales.
    Sales(SalesEvent),
    /// Something became of a list of titles, codes and credits.
    LabelCopy(LabelCopyEvent),
    /// Something became of what is delivered to one recipient.
    Package(PackageEvent),
    /// A song's words were kept.
    LyricsKept {
        /// The song.
        track: TrackId,
        /// All of them.
        lyrics: Box<SongLyrics>,
    },
    /// Something became of its booklet, a video, or what is ticked of the cover.
    Attachment(AttachmentEvent),
    /// Somebody claims rights in it.
    RightsClaimed(RightsClaim),
    /// A claim was withdrawn.
    ClaimWithdrawn {
        /// Which.
        no: u32,
        /// Who recorded that.
        by: String,
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
        /// The samples of its programme, disc by disc. Earlier journals have none.
        #[serde(default)]
        discs: Vec<SampleSum>,
        /// When.
        at: UnixMs,
        /// How it came about, and what was listened to. Earlier journals do not say.
        #[serde(default)]
        consent: Consent,
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
    /// It was sold in a sale, whose orders are final.
    SoldInSale {
        /// Which.
        sale: SoldInSale,
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
