//! What the vault could not do.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use durable::DurableError;

use crate::codes::UnknownCode;
use crate::rows::AnswerRow;

/// Why the vault could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// Another daemon has this vault open.
    #[error("the vault {} is in use by another lacquer", root.display())]
    InUse {
        /// The vault's folder.
        root: PathBuf,
    },
    /// The database was written by a newer version.
    #[error(
        "the studio's database has schema {found}, this version knows {known}: start the newer lacquer"
    )]
    NewerSchema {
        /// Schema in the file.
        found: u32,
        /// Schema of this program.
        known: u32,
    },
    /// The database file is something else.
    #[error("{} is not a database of lacquer", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
    },
    /// The SQLite inside is one that can damage its journal.
    #[error(
        "SQLite {found} inside this program can lose commits; 3.51.3 is the oldest that is safe"
    )]
    UnsafeSqlite {
        /// Its version.
        found: String,
    },
    /// The database failed its own check.
    #[error("the studio's database is damaged: {finding}")]
    DatabaseDamaged {
        /// What the check found first.
        finding: String,
    },
    /// The database could not do it.
    #[error("could not {doing} the studio's database")]
    Database {
        /// What was tried.
        doing: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// A database row holds a code that this version does not know.
    #[error("the studio's database holds something this version cannot read")]
    Unknown(#[from] UnknownCode),
    /// A file could not be made durable.
    #[error("could not keep a file of the vault")]
    Durable(#[from] DurableError),
    /// A file could not be used.
    #[error("could not {doing} {}", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// Storing would eat into the reserve that keeps login, deletion and mail working.
    #[error(
        "no room: {free_bytes} bytes are free, {wanted_bytes} are wanted, {reserve_bytes} are kept in reserve"
    )]
    NoRoom {
        /// Free on the vault's disk.
        free_bytes: u64,
        /// What storing would take.
        wanted_bytes: u64,
        /// What must stay free.
        reserve_bytes: u64,
    },
    /// A name that cannot be a folder or a file of the vault.
    #[error("{0:?} cannot be a name in the vault")]
    BadName(String),
    /// The object is not kept, or was let go.
    #[error("the vault has no object {sha256} of project {project}")]
    Absent {
        /// The project.
        project: String,
        /// The object.
        sha256: String,
    },
    /// The object's bytes are not what they were.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The file given to be stored changed while it was read.
    #[error("the file changed while it was being stored as {sha256}")]
    SourceChanged {
        /// What its bytes were at first.
        sha256: String,
    },
    /// A key file is not where it should be, or cannot be read.
    #[error("could not use the key {}: {trouble}", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// What is wrong with it.
        trouble: KeyTrouble,
    },
    /// Something was to be taken away that no event let go.
    #[error("{what} was not let go by an event, so it stays")]
    NotLetGo {
        /// The object or key.
        what: String,
    },
    /// A bag could not be described.
    #[error("could not make the bag {name}")]
    Bag {
        /// The bag's folder name.
        name: String,
        /// Why.
        source: delivery::bag::BagRefusal,
    },
    /// The writing thread has stopped, and nothing is written until the daemon starts again.
    #[error(
        "the database writer has stopped: {reason}; nothing more is written until lacquer starts again"
    )]
    WriterStopped {
        /// What made it stop.
        reason: String,
    },
    /// A write that shared its commit with others was taken back with them.
    #[error("the commit was taken back because another write in it met a full or failing disk")]
    RolledBack,
    /// The vault's own bookkeeping was refused.
    #[error("the vault's own bookkeeping was refused")]
    Refused(#[source] Box<CommitError>),
    /// A failure that hit several batches at once.
    #[error("a shared commit failed")]
    Shared(#[source] Arc<VaultError>),
}

impl VaultError {
    pub(crate) fn database(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File {
            doing,
            path,
            source,
        }
    }

    /// True when there was no room on the disk; the same call may succeed later.
    pub fn is_no_room(&self) -> bool {
        let full = |error: &io::Error| {
            matches!(
                error.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            )
        };
        match self {
            Self::NoRoom { .. } => true,
            Self::Durable(error) => error.is_no_room(),
            Self::Shared(error) => error.is_no_room(),
            Self::File { source, .. } => full(source),
            Self::Database { source, .. } => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
            }
            _ => false,
        }
    }
}

/// What is wrong with a key file.
#[derive(Debug, thiserror::Error)]
pub enum KeyTrouble {
    /// It is not there, and the vault holds audio that needs it.
    #[error("it is missing; put it back from a copy, or restore with the recovery key")]
    Missing,
    /// It was thrown away on purpose.
    #[error("it was thrown away on purpose")]
    Dropped,
    /// It is not an age identity, or not encrypted to this studio.
    #[error("it is not a key of this studio")]
    Unreadable,
}

/// An object that is not what it was. It stops the show for that object only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("object {sha256} of project {project} is damaged: {harm}")]
pub struct Damage {
    /// The project.
    pub project: String,
    /// The object.
    pub sha256: String,
    /// What happened to it.
    pub harm: Harm,
}

/// What happened to an object's bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Harm {
    /// The file is gone.
    #[error("its file is missing")]
    Missing,
    /// The file is shorter or longer than it was written.
    #[error("its file has {found_bytes} bytes, {stored_bytes} were written")]
    Length {
        /// Bytes on the disk now.
        found_bytes: u64,
        /// Bytes written.
        stored_bytes: u64,
    },
    /// The file cannot be decrypted: some of its bytes changed.
    #[error("its file cannot be opened with the project's key")]
    Unreadable,
    /// It decrypts to something else.
    #[error("its bytes are another file's ({found_sha256})")]
    OtherBytes {
        /// SHA-256 of what is there.
        found_sha256: String,
    },
    /// The disk would not give the bytes.
    #[error("the disk cannot read it")]
    DiskError,
    /// The project's key is missing or unreadable.
    #[error("the project's key is missing or unreadable")]
    NoKey,
}

/// What a commit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// How many batches this run of the daemon has committed, this one included.
    pub at: u64,
}

/// Why a batch was not written. None of it was.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CommitError {
    /// The journal went on since the decision was made.
    #[error(
        "project {project} is at event {actual_seq}, the new one was decided as {expected_seq}"
    )]
    Conflict {
        /// The project.
        project: String,
        /// The number the event was given.
        expected_seq: u64,
        /// The journal's last number.
        actual_seq: u64,
    },
    /// An order number, a login or a token exists already.
    #[error("the {what} {name:?} is taken")]
    NameTaken {
        /// `order number`, `login` or `token`.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The web command was answered before; nothing is done twice.
    #[error("the command {} was answered before", .0.key)]
    Answered(AnswerRow),
    /// The job or token is not in the state that the batch takes for granted.
    #[error("the {what} {name} is not {expected} any more")]
    Stale {
        /// `job`, `token`, `person`, `notice`, `object` or `key`.
        what: &'static str,
        /// Which.
        name: String,
        /// What it should have been.
        expected: &'static str,
    },
    /// The database failed; after a disk error everything later is refused too.
    #[error("could not write to the studio's database")]
    Fault(#[source] Arc<VaultError>),
}

impl From<VaultError> for CommitError {
    fn from(error: VaultError) -> Self {
        Self::Fault(Arc::new(error))
    }
}
