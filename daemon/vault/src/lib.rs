//! Keeps audio by checksum, project keys, the journal, jobs and read models.
//!
//! ```text
//! <root>/studio.db                        everything but audio (SQLite; one thread writes)
//! <root>/objects/<project>/<sha256>.age   audio, once per project, encrypted with the project's key
//! <root>/keys/                            the studio's key, and one wrapped key per project
//! <root>/quarantine/                      files that are not what their name says; never deleted by us
//! <root>/snapshots/                       the database as it was before each change of its schema
//! <root>/scratch/                         files without a name, gone after a crash
//! ```
//!
//! The vault knows no project rules: events are opaque JSON, and what a state means for a project is
//! decided elsewhere. Reads and everything that touches objects block; [`Vault::commit`] and
//! [`Vault::next_job`] do not.

mod apply;
mod bag;
mod codes;
mod error;
mod house;
mod keys;
mod ledger;
mod listing;
mod objects;
mod people;
mod prints;
mod rack;
mod read;
mod recovery;
mod rows;
mod sales;
mod schema;
mod sealed;
mod writer;

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::Arc;

pub use bag::{BagEntry, BagSource, BagVerdict, verify_bag};
pub use codes::{
    DropState, JobState, KeyState, NoticeState, ObjectState, PersonState, PrintState, TokenState,
    UnknownCode,
};
pub use error::{CommitError, Committed, Damage, Harm, KeyTrouble, VaultError};
pub use house::{
    AllottedRow, CatalogueRow, DecisionOrigin, HOUSE_JOURNAL, HouseEventRow, HouseWrite,
};
pub use ledger::{
    BookMonth, DocumentFilter, LedgerDocumentRow, LedgerEntryRow, LedgerEventRow, LedgerWrite,
    PriceListRow,
};
pub use objects::{Reserve, StoredObject};
pub use people::{
    AcceptanceRow, EventOrigin, MailHoldRow, MemberRow, PeopleWrite, ProfileRow, SessionSeen,
};
pub use prints::{NewPrint, PrintRow, PrintWrite};
pub use rack::{RackPage, RackPhotograph, UnitMeasured};
pub use recovery::{Adopted, Recovery};
pub use rows::{
    AnswerRow, ClientRow, Counts, DocumentRow, DropRow, EventRow, JobEntry, JobFilter, JobRow,
    ListedRow, MonthRow, NoticeRow, ObjectRow, Page, Paged, PersonPasswordRow, PersonRow,
    ProjectFilter, ProjectRow, StandingRow, TokenRow, Write,
};
pub use sales::{
    QuarterSumRow, SalesFile, SalesLineRow, SalesReportRow, SalesSongRow, SalesWrite, SoldRow,
    UnplacedRow,
};
pub use schema::Migration;
pub use sealed::ObjectReader;

use keys::{KeyPlaces, KeyRing, NewRecovery};
use objects::Storing;
use read::Readers;
use writer::{Writer, wait_for};

/// The setting that holds the public half of the recovery key.
const RECOVERY_RECIPIENT: &str = "vault.recovery_recipient";

/// Where the vault lies and what it leaves free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultConfig {
    /// The vault's folder; made when it is not there.
    pub root: PathBuf,
    /// What stays free on its disk.
    pub reserve: Reserve,
}

/// The studio's vault. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Vault {
    inner: Arc<Inner>,
}

/// Fields are dropped in this order: readers, then the writer, and the lock when nobody writes any more.
struct Inner {
    readers: Readers,
    writer: Writer,
    keys: KeyRing,
    storing: Storing,
    reserve: Reserve,
    root: PathBuf,
    objects: PathBuf,
    quarantine: PathBuf,
    scratch: PathBuf,
    snapshots: PathBuf,
    _lock: File,
}

impl Vault {
    /// Opens the vault, or makes a new one, and puts in order what the last run left. Blocks.
    ///
    /// Refused while another daemon has it open, when the database is newer than this program, damaged
    /// or not ours, and when the studio's key is missing. Nothing is thrown away to get out of an error.
    pub fn open(config: VaultConfig) -> Result<(Self, Recovery), VaultError> {
        let VaultConfig { root, reserve } = config;
        let objects = root.join("objects");
        let quarantine = root.join("quarantine");
        let scratch = root.join("scratch");
        let snapshots = root.join("snapshots");
        for folder in [&objects, &quarantine, &scratch, &snapshots] {
            durable::make_folder(folder)?;
        }
        let lock = lock(&root)?;
        let path = root.join("studio.db");
        let (db, migration) = schema::open_writing(&path, &snapshots)?;
        let mut recovery = Recovery {
            migration,
            ..Recovery::default()
        };
        let writer = Writer::start(db)?;
        let readers = Readers::new(&path);
        let places = KeyPlaces::make(&root)?;
        let keys = open_keys(&places, &readers, &writer, &mut recovery)?;
        let vault = Self {
            inner: Arc::new(Inner {
                readers,
                writer,
                keys,
                storing: Storing::default(),
                reserve,
                root,
                objects,
                quarantine,
                scratch,
                snapshots,
                _lock: lock,
            }),
        };
        vault.recover(&mut recovery)?;
        Ok((vault, recovery))
    }

    /// Writes a batch whole or not at all, and returns once it is on the disk.
    ///
    /// Batches that wait at the same moment share one sync. When the caller goes away before the
    /// answer, the batch may be written all the same.
    pub async fn commit(&self, batch: Vec<Write>) -> Result<Committed, CommitError> {
        self.inner.writer.commit(batch).await
    }

    /// [`Vault::commit`] for threads that may block.
    pub fn commit_blocking(&self, batch: Vec<Write>) -> Result<Committed, CommitError> {
        wait_for(self.inner.writer.commit(batch))
    }

    /// Takes the next job of these kinds for a run of the daemon: the highest priority first, then the
    /// project that was served longest ago, then the oldest job. Counts as an attempt.
    pub async fn next_job(
        &self,
        kinds: &[&str],
        now_ms: i64,
        run: &str,
    ) -> Result<Option<JobEntry>, CommitError> {
        self.inner.writer.next_job(kinds, now_ms, run).await
    }

    /// [`Vault::next_job`] for threads that may block.
    pub fn next_job_blocking(
        &self,
        kinds: &[&str],
        now_ms: i64,
        run: &str,
    ) -> Result<Option<JobEntry>, CommitError> {
        wait_for(self.inner.writer.next_job(kinds, now_ms, run))
    }

    /// Goes once through the writing thread without writing: feeds the watchdog while that thread advances.
    pub async fn ping_writer(&self) -> Result<(), CommitError> {
        self.inner.writer.ping().await
    }

    /// Makes a new recovery key, wraps every project's key to it instead of the old one, and gives the
    /// secret half: shown once, stored nowhere. For a studio that lost the first print. Blocks.
    ///
    /// Sealed copies written before still open with the old key only.
    pub fn renew_recovery_key(&self) -> Result<String, VaultError> {
        let new = NewRecovery::generate();
        let keep = || keep_recovery(&self.inner.writer, &new);
        self.inner.keys.renew_recovery(&new.recipient, keep)?;
        Ok(new.secret)
    }

    /// False once a disk error has stopped the writing thread: stop acknowledging, exit, start again.
    pub fn writer_alive(&self) -> bool {
        self.inner.writer.is_alive()
    }
}

fn lock(root: &std::path::Path) -> Result<File, VaultError> {
    let path = root.join("vault.lock");
    let file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(VaultError::file("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse {
            root: root.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(VaultError::file("lock", &path)(error)),
    }
}

fn open_keys(
    places: &KeyPlaces,
    readers: &Readers,
    writer: &Writer,
    recovery: &mut Recovery,
) -> Result<KeyRing, VaultError> {
    let sql = "SELECT value FROM setting WHERE name = ?1";
    let known: Option<String> = readers
        .borrow()?
        .one(sql, [RECOVERY_RECIPIENT], |row| row.get(0))?;
    if let Some(known) = known {
        // The studio was set up before: a new key would lock it out of its own audio.
        if !places.has_studio_key() {
            return Err(places.studio_missing());
        }
        let recipient = known.parse().map_err(|_| VaultError::BadName(known))?;
        return places.open(recipient);
    }
    let new = NewRecovery::generate();
    let keys = places.open(new.recipient.clone())?;
    keep_recovery(writer, &new)?;
    recovery.new_recovery_key = Some(new.secret);
    Ok(keys)
}

fn keep_recovery(writer: &Writer, new: &NewRecovery) -> Result<(), VaultError> {
    let setting = Write::Setting {
        name: RECOVERY_RECIPIENT.to_owned(),
        value: new.recipient.to_string(),
    };
    wait_for(writer.commit(vec![setting]))
        .map(|_| ())
        .map_err(|refused| VaultError::Refused(Box::new(refused)))
}
