//! How each kind of write changes the database. Runs on the writing thread, inside a savepoint.

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Params, params};

use crate::codes::{JobState, KeyState, ObjectState, TokenState};
use crate::error::{CommitError, VaultError};
use crate::rows::{
    AnswerRow, DocumentRow, DropRow, EventRow, JobEntry, JobRow, NoticeRow, PersonPasswordRow,
    PersonRow, ProjectRow, StandingRow, TokenRow, Write,
};
use crate::sales;

/// What the vault writes for itself, beside the writes of others.
#[derive(Debug, Clone)]
pub(crate) enum Own {
    /// An object is about to be written.
    ObjectIntent {
        project: String,
        sha256: String,
        bytes: u64,
        kind: String,
        at_ms: i64,
    },
    /// An object's bytes are on the disk and were read back.
    ObjectDone {
        project: String,
        sha256: String,
        bytes: u64,
        sealed_bytes: u64,
        kind: String,
        at_ms: i64,
    },
    /// An announced object never got its bytes.
    ObjectNeverCame { project: String, sha256: String },
    /// A project got its key.
    KeyMade { project: String, recipient: String },
    /// Jobs that a daemon now gone was working on wait again, or wait for a person.
    JobsOrphaned,
}

/// Why a write inside a batch stops the batch.
pub(crate) enum Stop {
    Refused(CommitError),
    Database(rusqlite::Error),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<CommitError> for Stop {
    fn from(refusal: CommitError) -> Self {
        Self::Refused(refusal)
    }
}

pub(crate) type Applied = Result<(), Stop>;

pub(crate) struct Db<'d>(&'d Connection);

impl Db<'_> {
    pub(crate) fn prepared(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        self.0.prepare_cached(sql)
    }

    pub(crate) fn run(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.prepared(sql)?.execute(values)
    }

    /// Runs a change that must hit a row, or the batch was decided on something that is no longer so.
    pub(crate) fn hit(
        &self,
        sql: &str,
        values: impl Params,
        what: (&'static str, &str, &'static str),
    ) -> Applied {
        if self.run(sql, values)? == 0 {
            let (what, name, expected) = what;
            return Err(Stop::Refused(CommitError::Stale {
                what,
                name: name.to_owned(),
                expected,
            }));
        }
        Ok(())
    }

    /// Runs an insert whose name must be free.
    fn named(&self, sql: &str, values: impl Params, what: &'static str, name: &str) -> Applied {
        match self.run(sql, values) {
            Ok(_) => Ok(()),
            Err(error) if is_taken(&error) => Err(Stop::Refused(CommitError::NameTaken {
                what,
                name: name.to_owned(),
            })),
            Err(error) => Err(Stop::Database(error)),
        }
    }
}

fn is_taken(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE)
    )
}

/// Applies one write.
#[expect(
    clippy::too_many_lines,
    reason = "one arm per kind of write, the work moved out"
)]
pub(crate) fn apply(db: &Connection, write: &Write) -> Applied {
    let db = Db(db);
    match write {
        Write::Event(row) => event(&db, row),
        Write::Project(row) => project(&db, row),
        Write::Standing(row) => standing(&db, row),
        Write::Person(row) => person(&db, row),
        Write::PersonPassword(row) => password(&db, row),
        Write::Job(row) => job(&db, row),
        Write::JobTaken { key, run } => job_taken(&db, key, run),
        Write::JobDone { key } => db.hit(
            "UPDATE job SET state = ?2, run = NULL, error = NULL WHERE key = ?1 AND state = ?3",
            params![key, JobState::Done, JobState::Running],
            ("job", key, "running"),
        ),
        Write::JobFailed {
            key,
            error,
            retry_at_ms,
        } => db.hit(
            "UPDATE job SET run = NULL, error = ?2, not_before_ms = ?3,
                 state = CASE WHEN attempts >= max_attempts THEN ?4 ELSE ?5 END
             WHERE key = ?1 AND state = ?6",
            params![
                key,
                error,
                retry_at_ms,
                JobState::Failed,
                JobState::Queued,
                JobState::Running
            ],
            ("job", key, "running"),
        ),
        Write::JobGivenUp { key, error } => db.hit(
            "UPDATE job SET run = NULL, error = ?2, state = ?3 WHERE key = ?1 AND state IN (?4, ?5)",
            params![
                key,
                error,
                JobState::Failed,
                JobState::Running,
                JobState::Queued
            ],
            ("job", key, "running or queued"),
        ),
        Write::JobAgain { key, not_before_ms } => db.hit(
            "UPDATE job SET state = ?2, attempts = 0, not_before_ms = ?3 WHERE key = ?1 AND state = ?4",
            params![key, JobState::Queued, not_before_ms, JobState::Failed],
            ("job", key, "failed"),
        ),
        Write::Drop(row) => drop_seen(&db, row),
        Write::Notice(row) => notice(&db, row),
        Write::Token(row) => token(&db, row),
        Write::TokenSpent { hash } => db.hit(
            "UPDATE token SET state = ?2 WHERE hash = ?1 AND state = ?3",
            params![hash, TokenState::Spent, TokenState::Live],
            ("token", "given", "live"),
        ),
        Write::Downloaded { project, file, day } => {
            db.run(
                "INSERT OR IGNORE INTO download (project, file, day) VALUES (?1, ?2, ?3)",
                params![project, file, day],
            )?;
            Ok(())
        }
        Write::TokensEnded { person, kind } => {
            db.run(
                "UPDATE token SET state = ?3 WHERE person = ?1 AND kind = ?2 AND state = ?4",
                params![person, kind, TokenState::Ended, TokenState::Live],
            )?;
            Ok(())
        }
        Write::Document(row) => document(&db, row),
        Write::Answer(row) => answer(&db, row),
        Write::Ledger(write) => crate::ledger::apply(&db, write),
        Write::House(write) => crate::house::apply(&db, write),
        Write::Rack(row) => crate::rack::apply(&db, row),
        Write::RackPhotograph(row) => crate::rack::photographed(&db, row),
        Write::UnitMeasured(row) => crate::rack::measured(&db, row),
        Write::Print(write) => crate::prints::apply(&db, write),
        Write::Setting { name, value } => {
            db.run(
                "INSERT INTO setting (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![name, value],
            )?;
            Ok(())
        }
        Write::ObjectRemoved { project, sha256 } => db.hit(
            "UPDATE object SET state = ?3 WHERE project = ?1 AND sha256 = ?2 AND state = ?4",
            params![project, sha256, ObjectState::Removed, ObjectState::Done],
            ("object", sha256, "kept"),
        ),
        Write::People(write) => crate::people::apply(&db, write),
        Write::ProjectKeyDropped { project } => db.hit(
            "UPDATE project_key SET state = ?2 WHERE project = ?1 AND state = ?3",
            params![project, KeyState::Dropped, KeyState::Live],
            ("key", project, "there"),
        ),
    }
}

fn event(db: &Db<'_>, row: &EventRow) -> Applied {
    let last: u64 = db
        .prepared("SELECT coalesce(max(seq), 0) FROM event WHERE project = ?1")?
        .query_row([&row.project], |found| found.get(0))?;
    if row.seq != last + 1 {
        return Err(Stop::Refused(CommitError::Conflict {
            project: row.project.clone(),
            expected_seq: row.seq,
            actual_seq: last,
        }));
    }
    db.run(
        "INSERT INTO event (project, seq, at_ms, actor, kind, schema, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.project,
            row.seq,
            row.at_ms,
            row.actor,
            row.kind,
            row.schema,
            row.body
        ],
    )?;
    Ok(())
}

fn project(db: &Db<'_>, row: &ProjectRow) -> Applied {
    db.named(
        "INSERT INTO project (id, number, client, title, created_ms) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET number = excluded.number, client = excluded.client,
             title = excluded.title, created_ms = excluded.created_ms",
        params![row.id, row.number, row.client, row.title, row.created_ms],
        "order number",
        &row.number,
    )
}

fn standing(db: &Db<'_>, row: &StandingRow) -> Applied {
    db.hit(
        "UPDATE project SET form = ?2, title = ?3, artist = ?4, sought = ?5, stage = ?6,
             revision = ?7, waits_for = ?8, waits_for_client = ?9, due_ms = ?10, opened_month = ?11,
             offered_month = ?12, took_ms = ?13, rounds = ?14, mixes = ?15, findings = ?16
         WHERE id = ?1",
        params![
            row.project,
            row.form,
            row.title,
            row.artist,
            row.sought,
            row.stage,
            row.revision,
            row.waits_for,
            row.waits_for_client,
            row.due_ms,
            row.opened_month,
            row.offered_month,
            row.took_ms,
            row.rounds,
            row.mixes,
            row.findings
        ],
        ("project", &row.project, "there"),
    )?;
    sales::codes(db, &row.project, &row.codes)
}

fn person(db: &Db<'_>, row: &PersonRow) -> Applied {
    db.named(
        "INSERT INTO person (id, login, role, name, email, password_hash, created_ms, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET login = excluded.login, role = excluded.role,
             name = excluded.name, email = excluded.email,
             password_hash = excluded.password_hash, created_ms = excluded.created_ms,
             state = excluded.state",
        params![
            row.id,
            row.login,
            row.role,
            row.name,
            row.email,
            row.password_hash,
            row.created_ms,
            row.state
        ],
        "login",
        &row.login,
    )?;
    // Whoever comes to a bell that others read begins with what is told from now on.
    db.run(
        "INSERT INTO notice_seen (person, until_no)
         VALUES (?1, (SELECT coalesce(max(no), 0) FROM notice))
         ON CONFLICT (person) DO NOTHING",
        [&row.id],
    )?;
    Ok(())
}

fn password(db: &Db<'_>, row: &PersonPasswordRow) -> Applied {
    db.hit(
        "UPDATE person SET password_hash = ?2 WHERE id = ?1",
        params![row.person, row.password_hash],
        ("person", &row.person, "there"),
    )
}

fn job(db: &Db<'_>, row: &JobRow) -> Applied {
    db.run(
        "INSERT INTO job (key, kind, project, body, priority, not_before_ms, max_attempts, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (key) DO NOTHING",
        params![
            row.key,
            row.kind,
            row.project,
            row.body,
            row.priority,
            row.not_before_ms,
            row.max_attempts.max(1),
            JobState::Queued
        ],
    )?;
    Ok(())
}

fn job_taken(db: &Db<'_>, key: &str, run: &str) -> Applied {
    db.hit(
        "UPDATE job SET state = ?2, run = ?3, attempts = attempts + 1 WHERE key = ?1 AND state = ?4",
        params![key, JobState::Running, run, JobState::Queued],
        ("job", key, "queued"),
    )
}

fn drop_seen(db: &Db<'_>, row: &DropRow) -> Applied {
    db.run(
        "INSERT INTO dropped (dropbox, path, inner, fingerprint, state, project, mix, reason, bytes,
             first_seen_ms, updated_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (dropbox, path, inner, fingerprint) DO UPDATE SET state = excluded.state,
             project = excluded.project, mix = excluded.mix, reason = excluded.reason,
             bytes = excluded.bytes, updated_ms = excluded.updated_ms",
        params![
            row.dropbox,
            row.path,
            row.inner,
            row.fingerprint,
            row.state,
            row.project,
            row.mix,
            row.reason,
            row.bytes,
            row.first_seen_ms,
            row.updated_ms
        ],
    )?;
    Ok(())
}

fn notice(db: &Db<'_>, row: &NoticeRow) -> Applied {
    db.run(
        "INSERT INTO notice (id, at_ms, audience, project, kind, text, facts, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
        params![
            row.id,
            row.at_ms,
            row.audience,
            row.project,
            row.kind,
            row.text,
            row.facts,
            row.state
        ],
    )?;
    Ok(())
}

fn token(db: &Db<'_>, row: &TokenRow) -> Applied {
    db.named(
        "INSERT INTO token (hash, kind, person, project, created_ms, expires_ms, state)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.hash,
            row.kind,
            row.person,
            row.project,
            row.created_ms,
            row.expires_ms,
            row.state
        ],
        "token",
        "given",
    )
}

fn document(db: &Db<'_>, row: &DocumentRow) -> Applied {
    db.run(
        "INSERT INTO document (project, name, body, at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![row.project, row.name, row.body, row.at_ms],
    )?;
    Ok(())
}

fn answer(db: &Db<'_>, row: &AnswerRow) -> Applied {
    let before = db
        .prepared("SELECT key, at_ms, body FROM answer WHERE key = ?1")?
        .query_row([&row.key], |found| {
            Ok(AnswerRow {
                key: found.get(0)?,
                at_ms: found.get(1)?,
                body: found.get(2)?,
            })
        })
        .optional()?;
    if let Some(before) = before {
        return Err(Stop::Refused(CommitError::Answered(before)));
    }
    db.run(
        "INSERT INTO answer (key, at_ms, body) VALUES (?1, ?2, ?3)",
        params![row.key, row.at_ms, row.body],
    )?;
    Ok(())
}

/// Applies one of the vault's own writes.
#[expect(
    clippy::too_many_lines,
    reason = "one arm per kind of write, each a single statement"
)]
pub(crate) fn apply_own(db: &Connection, own: &Own) -> Applied {
    let db = Db(db);
    match own {
        Own::ObjectIntent {
            project,
            sha256,
            bytes,
            kind,
            at_ms,
        } => {
            // A row that is done stays done: its file is being put back, and a failure on the way
            // must not make the vault forget what it once acknowledged.
            db.run(
                "INSERT INTO object (project, sha256, bytes, kind, stored_ms, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (project, sha256) DO UPDATE SET state = excluded.state,
                     kind = excluded.kind, stored_ms = excluded.stored_ms, sealed_bytes = NULL
                 WHERE state <> ?7",
                params![
                    project,
                    sha256,
                    bytes,
                    kind,
                    at_ms,
                    ObjectState::Intent,
                    ObjectState::Done
                ],
            )?;
        }
        Own::ObjectDone {
            project,
            sha256,
            bytes,
            sealed_bytes,
            kind,
            at_ms,
        } => {
            db.run(
                "INSERT INTO object (project, sha256, bytes, sealed_bytes, kind, stored_ms, state)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (project, sha256) DO UPDATE SET state = excluded.state,
                     bytes = excluded.bytes, sealed_bytes = excluded.sealed_bytes",
                params![
                    project,
                    sha256,
                    bytes,
                    sealed_bytes,
                    kind,
                    at_ms,
                    ObjectState::Done
                ],
            )?;
        }
        Own::ObjectNeverCame { project, sha256 } => {
            db.run(
                "DELETE FROM object WHERE project = ?1 AND sha256 = ?2 AND state = ?3",
                params![project, sha256, ObjectState::Intent],
            )?;
        }
        Own::KeyMade { project, recipient } => {
            db.run(
                "INSERT INTO project_key (project, recipient, state) VALUES (?1, ?2, ?3)
                 ON CONFLICT (project) DO NOTHING",
                params![project, recipient, KeyState::Live],
            )?;
        }
        Own::JobsOrphaned => {
            db.run(
                "UPDATE job SET run = NULL,
                     state = CASE WHEN attempts >= max_attempts THEN ?1 ELSE ?2 END,
                     error = CASE WHEN attempts >= max_attempts
                         THEN 'lacquer stopped during each attempt' ELSE error END
                 WHERE state = ?3",
                params![JobState::Failed, JobState::Queued, JobState::Running],
            )?;
        }
    }
    Ok(())
}

/// Whose turn it is, kept in memory by the writing thread: which take of a job was the last of each project.
pub(crate) const TURNS: &str = "CREATE TEMP TABLE turn (project TEXT NOT NULL PRIMARY KEY, took INTEGER NOT NULL) WITHOUT ROWID";

/// Takes the next job of these kinds: highest priority, then the project served longest ago, then the oldest.
pub(crate) fn take_next_job(
    db: &Connection,
    kinds: &str,
    now_ms: i64,
    run: &str,
) -> Result<Option<JobEntry>, Stop> {
    let db = Db(db);
    let key = db
        .prepared(
            "SELECT job.key FROM job LEFT JOIN temp.turn ON turn.project = coalesce(job.project, '')
             WHERE job.state = 'queued' AND job.kind IN (SELECT value FROM json_each(?1))
                 AND job.not_before_ms <= ?2
             ORDER BY job.priority DESC, coalesce(turn.took, 0), job.no LIMIT 1",
        )?
        .query_row(params![kinds, now_ms], |row| row.get::<_, String>(0))
        .optional()?;
    let Some(key) = key else {
        return Ok(None);
    };
    job_taken(&db, &key, run)?;
    db.run(
        "INSERT INTO temp.turn (project, took)
         SELECT coalesce(project, ''), (SELECT coalesce(max(took), 0) + 1 FROM temp.turn)
         FROM job WHERE key = ?1
         ON CONFLICT (project) DO UPDATE SET took = excluded.took",
        [&key],
    )?;
    let entry = db
        .prepared(crate::read::JOB_BY_KEY)?
        .query_row([&key], crate::read::job_entry)?;
    Ok(Some(entry))
}

impl Stop {
    /// What the caller of `commit` is told.
    pub(crate) fn into_commit_error(self) -> CommitError {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Database(error) => VaultError::database("write to")(error).into(),
        }
    }
}
