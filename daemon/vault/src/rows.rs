//! What the vault keeps, as plain rows. Ids are text, times are unix milliseconds.

use crate::PeopleWrite;
use std::collections::BTreeMap;

use crate::codes::{DropState, JobState, NoticeState, ObjectState, PersonState, TokenState};
use crate::house::HouseWrite;
use crate::ledger::LedgerWrite;
use crate::prints::PrintWrite;
use crate::rack::{RackPage, RackPhotograph, UnitMeasured};

/// One event of a project's journal; its body is opaque here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// The project's id.
    pub project: String,
    /// Place in the project's journal, from 1 without holes.
    pub seq: u64,
    /// When it was decided.
    pub at_ms: i64,
    /// Who caused it: a person's id, or the name of a part of the machine.
    pub actor: String,
    /// The event's kind, as the domain spells it.
    pub kind: String,
    /// Schema number of the body.
    pub schema: u16,
    /// The event as JSON.
    pub body: String,
}

/// A project, by the names people use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRow {
    /// The project's id.
    pub id: String,
    /// The order number; unique, whatever the case of its letters.
    pub number: String,
    /// The client's person id.
    pub client: String,
    /// What the project is called.
    pub title: String,
    /// When it was ordered.
    pub created_ms: i64,
}

/// Where a project stands, as lists show it: what its journal says, in columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRow {
    /// The project's id.
    pub project: String,
    /// The number of the program's way of filling these columns.
    pub form: u32,
    /// What the project is called.
    pub title: String,
    /// The artist.
    pub artist: String,
    /// What a search looks at, in small letters.
    pub sought: String,
    /// The stage's code.
    pub stage: String,
    /// The revision it is about.
    pub revision: Option<u32>,
    /// Who has to do something next, in words for the studio.
    pub waits_for: String,
    /// The same, as a client may know it.
    pub waits_for_client: String,
    /// When the next of its files are due to go; `None` while nothing is in the archive, or any more.
    pub due_ms: Option<i64>,
    /// The month it was ordered in, as `2026-11`.
    pub opened_month: String,
    /// The month its finals were offered in, if they were.
    pub offered_month: Option<String>,
    /// From the order to the offered finals, in milliseconds; 0 before.
    pub took_ms: i64,
    /// Revisions that were sent to the client.
    pub rounds: u32,
    /// Mixes that came.
    pub mixes: u32,
    /// What was found in them.
    pub findings: u32,
    /// The codes that its release and its songs are known by; read by nothing but reports of sales.
    pub codes: Vec<String>,
}

/// What became of the orders of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthRow {
    /// Such as `2026-11`.
    pub month: String,
    /// Orders opened in it.
    pub opened: u32,
    /// Orders whose finals were offered in it.
    pub offered: u32,
    /// From their opening to the offered finals, all together, in milliseconds.
    pub took_ms: i64,
    /// Revisions sent to their clients, all together.
    pub rounds: u32,
}

/// What was found in the mixes of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRow {
    /// The client's name.
    pub name: String,
    /// Their orders.
    pub orders: u32,
    /// The mixes that came.
    pub mixes: u32,
    /// What was found in them.
    pub findings: u32,
}

/// A project in a list, with its client's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    /// The project's id.
    pub id: String,
    /// The order number.
    pub number: String,
    /// When it was ordered.
    pub created_ms: i64,
    /// The client's name.
    pub client_name: String,
    /// Where it stands.
    pub standing: StandingRow,
}

/// Which projects to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectFilter {
    /// Only this project.
    pub id: Option<String>,
    /// Only this client's.
    pub client: Option<String>,
    /// Only those in this stage.
    pub stage: Option<String>,
    /// Only those not in this stage.
    pub stage_not: Option<String>,
    /// Only those with this in number, title, artist or the client's name, whatever the case.
    pub sought: Option<String>,
}

/// A person: staff or client. Personal data lives only here, never in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// The person's id.
    pub id: String,
    /// Login name and name of the dropbox folder; unique, whatever the case of its letters.
    pub login: String,
    /// Role, as the studio spells it.
    pub role: String,
    /// Name as written in a mail.
    pub name: String,
    /// Mail address; may be empty.
    pub email: String,
    /// Argon2 hash in PHC form, where a password was set.
    pub password_hash: Option<String>,
    /// When the person was added.
    pub created_ms: i64,
    /// Whether they may come in.
    pub state: PersonState,
}

/// A new password for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonPasswordRow {
    /// The person's id.
    pub person: String,
    /// Argon2 hash in PHC form; `None` takes the password away.
    pub password_hash: Option<String>,
}

/// Work for the machine, safe to run twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Inputs + settings + engine revision; adding a known key changes nothing.
    pub key: String,
    /// What kind of work; workers ask by kind.
    pub kind: String,
    /// The project it is for; projects take turns.
    pub project: Option<String>,
    /// What to do, as JSON.
    pub body: String,
    /// Higher goes first.
    pub priority: i32,
    /// Not before this time.
    pub not_before_ms: i64,
    /// Attempts before a person is asked; at least 1.
    pub max_attempts: u32,
}

/// A job as it stands in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobEntry {
    /// What was asked.
    pub job: JobRow,
    /// Where it stands.
    pub state: JobState,
    /// Attempts begun, the running one included.
    pub attempts: u32,
    /// The run of the daemon that took it, while it runs.
    pub run: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// A file seen in a dropbox, or an entry of a zip in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropRow {
    /// The dropbox: the login it belongs to.
    pub dropbox: String,
    /// Path below the dropbox.
    pub path: String,
    /// Entry inside a zip, or empty.
    pub inner: String,
    /// What tells this version of the file from a later one of the same name.
    pub fingerprint: String,
    /// What became of it.
    pub state: DropState,
    /// The project it went to.
    pub project: Option<String>,
    /// The mix it became.
    pub mix: Option<String>,
    /// Why it is held, unsorted, ignored or refused.
    pub reason: Option<String>,
    /// Its length.
    pub bytes: u64,
    /// When it was first seen; a later write keeps the first value.
    pub first_seen_ms: i64,
    /// When this row was written.
    pub updated_ms: i64,
}

/// A line in somebody's inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// The notice's id; writing a known id changes nothing.
    pub id: String,
    /// When it was made.
    pub at_ms: i64,
    /// `staff`, or a person's id.
    pub audience: String,
    /// The project it is about.
    pub project: Option<String>,
    /// What kind of notice.
    pub kind: String,
    /// What it says, in English.
    pub text: String,
    /// What fills the words of its kind in other languages, as JSON; none for plain text.
    pub facts: Option<String>,
    /// Whether it was seen.
    pub state: NoticeState,
}

/// Something secret that opens a door, by its hash: a session, a link, a set-up token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Hash of the token; the token itself is never stored.
    pub hash: String,
    /// What kind of door.
    pub kind: String,
    /// Whose it is.
    pub person: Option<String>,
    /// Which project it opens.
    pub project: Option<String>,
    /// When it was issued.
    pub created_ms: i64,
    /// When it stops working by itself.
    pub expires_ms: Option<i64>,
    /// Whether it still works.
    pub state: TokenState,
}

/// A text that belongs to a project: a plan, a report, measurements. The latest counts, older ones are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentRow {
    /// The project's id.
    pub project: String,
    /// Its name within the project.
    pub name: String,
    /// JSON or text.
    pub body: String,
    /// When it was written; of two with one time the later commit counts.
    pub at_ms: i64,
}

/// What a web command was answered, by its idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// The key the browser sent.
    pub key: String,
    /// When it was answered.
    pub at_ms: i64,
    /// The answer.
    pub body: String,
}

/// An object of the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    /// The project it belongs to.
    pub project: String,
    /// SHA-256 of its plain bytes, lower-case hex.
    pub sha256: String,
    /// Length of its plain bytes.
    pub bytes: u64,
    /// What it is: a mix, a master, a final.
    pub kind: String,
    /// When it was stored.
    pub stored_ms: i64,
    /// Where it stands.
    pub state: ObjectState,
}

/// One thing to be written. A batch of them is written whole or not at all, in the given order:
/// a person before the project that names them, a project before its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Appends to a journal; `seq` must be the next, or the batch is refused as a conflict.
    Event(EventRow),
    /// Adds a project, or replaces the row with its id.
    Project(ProjectRow),
    /// Says where a project stands.
    Standing(StandingRow),
    /// Adds a person, or replaces the row with their id.
    Person(PersonRow),
    /// Sets a password.
    PersonPassword(PersonPasswordRow),
    /// Adds a job; a known key changes nothing.
    Job(JobRow),
    /// Says that a run took a certain job; [`crate::Vault::next_job`] does this by itself.
    JobTaken {
        /// The job.
        key: String,
        /// The run of the daemon.
        run: String,
    },
    /// A running job is finished. Refused when the job is not running, so that no job finishes twice.
    JobDone {
        /// The job.
        key: String,
    },
    /// A running job failed: queued again, or failed for good once its attempts are used up.
    JobFailed {
        /// The job.
        key: String,
        /// What went wrong, for people.
        error: String,
        /// When it may be tried again.
        retry_at_ms: i64,
    },
    /// A running or queued job is not tried again by itself.
    JobGivenUp {
        /// The job.
        key: String,
        /// Why, for people.
        error: String,
    },
    /// A person lets a failed job run again with all its attempts.
    JobAgain {
        /// The job.
        key: String,
        /// When it may start.
        not_before_ms: i64,
    },
    /// Writes what became of a file in a dropbox; keyed by dropbox, path, inner and fingerprint.
    Drop(DropRow),
    /// Adds a notice; a known id changes nothing.
    Notice(NoticeRow),
    /// Adds a token.
    Token(TokenRow),
    /// Uses a token up; refused when it is not live, so that none is used twice.
    TokenSpent {
        /// The token's hash.
        hash: String,
    },
    /// Counts a final as fetched on a day; once for each file and day.
    Downloaded {
        /// The project.
        project: String,
        /// Which final, as the studio names it.
        file: String,
        /// The day by the studio's calendar, such as `2026-11-21`.
        day: String,
    },
    /// Ends all live tokens of a kind that a person has.
    TokensEnded {
        /// The person's id.
        person: String,
        /// What kind of door.
        kind: String,
    },
    /// Adds the next version of a document.
    Document(DocumentRow),
    /// Keeps the answer to a web command; a known key refuses the batch and gives the first answer.
    Answer(AnswerRow),
    /// Writes to the ledger.
    Ledger(LedgerWrite),
    /// Changes the house's own rows.
    House(HouseWrite),
    /// Adds the next version of a page of the rack.
    Rack(RackPage),
    /// Keeps a photograph of the rack's units.
    RackPhotograph(RackPhotograph),
    /// Adds to what was measured of a unit.
    UnitMeasured(UnitMeasured),
    /// Changes the queue of prints.
    Print(PrintWrite),
    /// Sets a setting.
    Setting {
        /// Its name; names starting with `vault.` are the vault's own.
        name: String,
        /// Its value.
        value: String,
    },
    /// Lets an object go; [`crate::Vault::remove_objects`] then takes the bytes away.
    ObjectRemoved {
        /// The project.
        project: String,
        /// The object.
        sha256: String,
    },
    /// Changes what is kept of people.
    People(PeopleWrite),
    /// Throws a project's key away; [`crate::Vault::drop_project_key`] then removes the file.
    ProjectKeyDropped {
        /// The project.
        project: String,
    },
}

/// Where a listing goes on, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Only what is older than this mark, taken from [`Paged::next`].
    pub before: Option<u64>,
    /// At most this many rows; capped at [`Page::MAX_ROWS`].
    pub rows: u32,
}

impl Page {
    /// The most rows one page gives.
    pub const MAX_ROWS: u32 = 1000;

    /// The newest rows.
    pub fn first(rows: u32) -> Self {
        Self { before: None, rows }
    }
}

/// One page of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T> {
    /// The rows, newest first.
    pub rows: Vec<T>,
    /// Mark for the next page; `None` at the end.
    pub next: Option<u64>,
}

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only this state.
    pub state: Option<JobState>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only this project.
    pub project: Option<String>,
    /// Only this key.
    pub key: Option<String>,
}

/// How much there is of what, for metrics and the health page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Projects.
    pub projects: u64,
    /// Projects in each stage, by its code.
    pub projects_in: BTreeMap<String, u64>,
    /// Events in all journals.
    pub events: u64,
    /// Objects whose bytes are kept.
    pub objects: u64,
    /// Their plain length together.
    pub object_bytes: u64,
    /// Jobs waiting.
    pub jobs_queued: u64,
    /// Jobs being worked on.
    pub jobs_running: u64,
    /// Jobs that a person must look at.
    pub jobs_failed: u64,
    /// Drops that nobody could sort.
    pub drops_unsorted: u64,
    /// Drops that look unfinished.
    pub drops_held: u64,
}
