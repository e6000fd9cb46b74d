//! The queue of prints. The vault knows nothing of hardware: what is printed how stands in bodies it does not read.

use rusqlite::{Row, params};

use crate::Vault;
use crate::apply::{Applied, Db};
use crate::codes::PrintState;
use crate::read::Found;

/// A print that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPrint {
    /// Names what is asked for: a known key changes nothing.
    pub key: String,
    /// The project.
    pub project: String,
    /// Its revision, from 1.
    pub revision: u32,
    /// The song.
    pub track: String,
    /// `song`, `reference` or `recall`.
    pub kind: String,
    /// When it was asked for.
    pub at_ms: i64,
    /// Who asked, as journals name them.
    pub author: String,
    /// What it is to be; opaque here.
    pub body: String,
}

/// A print as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintRow {
    /// Its number, in the order they were asked for.
    pub no: u64,
    /// What was asked for.
    pub asked: NewPrint,
    /// Where it stands.
    pub state: PrintState,
    /// Counts its changes, from 1.
    pub version: u32,
}

/// A change of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrintWrite {
    /// Adds a print.
    Add(NewPrint),
    /// Changes one; refused where somebody else changed it meanwhile, or where it is done.
    Change {
        /// Its number.
        no: u64,
        /// The version it was changed from.
        version: u32,
        /// Where it stands now.
        state: PrintState,
        /// Its body now.
        body: String,
    },
}

pub(crate) fn apply(db: &Db<'_>, write: &PrintWrite) -> Applied {
    match write {
        PrintWrite::Add(new) => {
            db.run(
                "INSERT INTO print (key, project, revision, track, kind, state, version, at_ms, author, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8, ?9) ON CONFLICT (key) DO NOTHING",
                params![
                    new.key,
                    new.project,
                    new.revision,
                    new.track,
                    new.kind,
                    PrintState::Queued,
                    new.at_ms,
                    new.author,
                    new.body
                ],
            )?;
            Ok(())
        }
        PrintWrite::Change {
            no,
            version,
            state,
            body,
        } => db.hit(
            "UPDATE print SET state = ?3, body = ?4, version = version + 1
             WHERE no = ?1 AND version = ?2 AND state <> ?5",
            params![no, version, state, body, PrintState::Done],
            ("print", &no.to_string(), "as it was changed from"),
        ),
    }
}

fn print(row: &Row<'_>) -> rusqlite::Result<PrintRow> {
    Ok(PrintRow {
        no: row.get("no")?,
        asked: NewPrint {
            key: row.get("key")?,
            project: row.get("project")?,
            revision: row.get("revision")?,
            track: row.get("track")?,
            kind: row.get("kind")?,
            at_ms: row.get("at_ms")?,
            author: row.get("author")?,
            body: row.get("body")?,
        },
        state: row.get("state")?,
        version: row.get("version")?,
    })
}

/// Reads of the queue of prints.
impl Vault {
    /// What is not done and not stopped, oldest first.
    pub fn prints_waiting(&self) -> Found<Vec<PrintRow>> {
        let sql = "SELECT * FROM print WHERE state IN (?1, ?2, ?3) ORDER BY no";
        let open = params![PrintState::Queued, PrintState::Running, PrintState::Asks];
        self.reader()?.all(sql, open, print)
    }

    /// What is done or stopped, newest first, `most` of them.
    pub fn prints_ended(&self, most: u32) -> Found<Vec<PrintRow>> {
        let sql = "SELECT * FROM print WHERE state IN (?1, ?2) ORDER BY no DESC LIMIT ?3";
        let ended = params![PrintState::Done, PrintState::Stopped, most];
        self.reader()?.all(sql, ended, print)
    }

    /// Every print of a project, oldest first.
    pub fn prints_of(&self, project: &str) -> Found<Vec<PrintRow>> {
        let sql = "SELECT * FROM print WHERE project = ?1 ORDER BY no";
        self.reader()?.all(sql, [project], print)
    }

    /// One print.
    pub fn print(&self, no: u64) -> Found<Option<PrintRow>> {
        let sql = "SELECT * FROM print WHERE no = ?1";
        self.reader()?.one(sql, [no], print)
    }
}
