//! Reads. All of them block for a moment: on an async runtime call them from `spawn_blocking`.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension as _, Params, Row, ToSql, params};

use crate::Vault;
use crate::codes::{DropState, JobState, ObjectState};
use crate::error::VaultError;
use crate::rows::{
    AnswerRow, Counts, DocumentRow, DropRow, EventRow, JobEntry, JobFilter, JobRow, NoticeRow,
    ObjectRow, Page, Paged, PersonRow, ProjectRow, TokenRow,
};
use crate::schema;

/// Reading connections at most; further readers wait for one.
const MAX_READERS: usize = 8;

pub(crate) type Found<T> = Result<T, VaultError>;

/// Reading connections that wait for their next use.
pub(crate) struct Readers {
    path: PathBuf,
    shelf: Mutex<Shelf>,
    returned: Condvar,
}

#[derive(Default)]
struct Shelf {
    idle: Vec<Connection>,
    out: usize,
}

/// A borrowed reading connection.
pub(crate) struct Reader<'r> {
    db: Option<Connection>,
    readers: &'r Readers,
}

impl Readers {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            shelf: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    pub(crate) fn borrow(&self) -> Found<Reader<'_>> {
        let mut shelf = self.lock();
        let idle = loop {
            if let Some(idle) = shelf.idle.pop() {
                break Some(idle);
            }
            if shelf.out < MAX_READERS {
                break None;
            }
            shelf = self
                .returned
                .wait(shelf)
                .unwrap_or_else(PoisonError::into_inner);
        };
        shelf.out += 1;
        drop(shelf);
        // Counted as out from here: its drop gives the place back even when opening fails.
        let mut reader = Reader {
            db: idle,
            readers: self,
        };
        if reader.db.is_none() {
            let opened = schema::open_reading(&self.path);
            reader.db = Some(opened.map_err(VaultError::database("open"))?);
        }
        Ok(reader)
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        // Nothing that can panic runs under this lock, so its content is whole.
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.db.as_ref().expect("a borrowed reader is open")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mut shelf = self.readers.lock();
        shelf.out -= 1;
        shelf.idle.extend(self.db.take());
        drop(shelf);
        self.readers.returned.notify_one();
    }
}

impl Reader<'_> {
    pub(crate) fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Vec<T>> {
        let rows = (|| {
            self.prepare_cached(sql)?
                .query_map(values, read)?
                .collect::<rusqlite::Result<Vec<T>>>()
        })();
        rows.map_err(VaultError::database("read"))
    }

    pub(crate) fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Option<T>> {
        let row = (|| self.prepare_cached(sql)?.query_row(values, read).optional())();
        row.map_err(VaultError::database("read"))
    }

    /// Reads a page of rows with a column `no`, their mark; the statement takes what it is `about`,
    /// the mark to stay below, and how many rows.
    fn page<T>(
        &self,
        sql: &str,
        about: &str,
        page: Page,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Paged<T>> {
        self.page_of(sql, &[&about], page, read)
    }

    /// The same for a statement that takes several things before the mark and the number of rows.
    pub(crate) fn page_of<T>(
        &self,
        sql: &str,
        about: &[&dyn ToSql],
        page: Page,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Found<Paged<T>> {
        let limit = page.rows.clamp(1, Page::MAX_ROWS);
        let before = page
            .before
            .and_then(|mark| i64::try_from(mark).ok())
            .unwrap_or(i64::MAX);
        // One row more tells whether there is a next page.
        let rows = i64::from(limit) + 1;
        let mut values = about.to_vec();
        values.extend([&before as &dyn ToSql, &rows]);
        let marked = (|| {
            self.prepare_cached(sql)?
                .query_map(values.as_slice(), |row| {
                    Ok((row.get::<_, i64>("no")?, read(row)?))
                })?
                .collect::<rusqlite::Result<Vec<_>>>()
        })();
        let mut marked = marked.map_err(VaultError::database("read"))?;
        let limit = usize::try_from(limit).expect("a page is small");
        let more = marked.len() > limit;
        marked.truncate(limit);
        let last = marked.last().map(|(mark, _)| *mark);
        Ok(Paged {
            next: last
                .filter(|_| more)
                .and_then(|mark| u64::try_from(mark).ok()),
            rows: marked.into_iter().map(|(_, row)| row).collect(),
        })
    }
}

pub(crate) const JOB_BY_KEY: &str = "SELECT key, kind, project, body, priority, not_before_ms,
    max_attempts, attempts, state, run, error FROM job WHERE key = ?1";

pub(crate) fn job_entry(row: &Row<'_>) -> rusqlite::Result<JobEntry> {
    Ok(JobEntry {
        job: JobRow {
            key: row.get("key")?,
            kind: row.get("kind")?,
            project: row.get("project")?,
            body: row.get("body")?,
            priority: row.get("priority")?,
            not_before_ms: row.get("not_before_ms")?,
            max_attempts: row.get("max_attempts")?,
        },
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        run: row.get("run")?,
        error: row.get("error")?,
    })
}

pub(crate) fn event(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        project: row.get("project")?,
        seq: row.get("seq")?,
        at_ms: row.get("at_ms")?,
        actor: row.get("actor")?,
        kind: row.get("kind")?,
        schema: row.get("schema")?,
        body: row.get("body")?,
    })
}

fn project(row: &Row<'_>) -> rusqlite::Result<ProjectRow> {
    Ok(ProjectRow {
        id: row.get("id")?,
        number: row.get("number")?,
        client: row.get("client")?,
        title: row.get("title")?,
        created_ms: row.get("created_ms")?,
    })
}

fn person(row: &Row<'_>) -> rusqlite::Result<PersonRow> {
    Ok(PersonRow {
        id: row.get("id")?,
        login: row.get("login")?,
        role: row.get("role")?,
        name: row.get("name")?,
        email: row.get("email")?,
        password_hash: row.get("password_hash")?,
        created_ms: row.get("created_ms")?,
        state: row.get("state")?,
    })
}

fn drop_row(row: &Row<'_>) -> rusqlite::Result<DropRow> {
    Ok(DropRow {
        dropbox: row.get("dropbox")?,
        path: row.get("path")?,
        inner: row.get("inner")?,
        fingerprint: row.get("fingerprint")?,
        state: row.get("state")?,
        project: row.get("project")?,
        mix: row.get("mix")?,
        reason: row.get("reason")?,
        bytes: row.get("bytes")?,
        first_seen_ms: row.get("first_seen_ms")?,
        updated_ms: row.get("updated_ms")?,
    })
}

pub(crate) fn notice(row: &Row<'_>) -> rusqlite::Result<NoticeRow> {
    Ok(NoticeRow {
        id: row.get("id")?,
        at_ms: row.get("at_ms")?,
        audience: row.get("audience")?,
        project: row.get("project")?,
        kind: row.get("kind")?,
        text: row.get("text")?,
        facts: row.get("facts")?,
        state: row.get("state")?,
    })
}

pub(crate) fn token(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    Ok(TokenRow {
        hash: row.get("hash")?,
        kind: row.get("kind")?,
        person: row.get("person")?,
        project: row.get("project")?,
        created_ms: row.get("created_ms")?,
        expires_ms: row.get("expires_ms")?,
        state: row.get("state")?,
    })
}

fn document(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    Ok(DocumentRow {
        project: row.get("project")?,
        name: row.get("name")?,
        body: row.get("body")?,
        at_ms: row.get("at_ms")?,
    })
}

pub(crate) fn object(row: &Row<'_>) -> rusqlite::Result<ObjectRow> {
    Ok(ObjectRow {
        project: row.get("project")?,
        sha256: row.get("sha256")?,
        bytes: row.get("bytes")?,
        kind: row.get("kind")?,
        stored_ms: row.get("stored_ms")?,
        state: row.get("state")?,
    })
}

/// Typed reads. Each blocks for a moment and sees everything committed before it began.
impl Vault {
    pub(crate) fn reader(&self) -> Found<Reader<'_>> {
        self.inner.readers.borrow()
    }

    /// The journal of a project after event `after_seq` (0 for all of it), oldest first.
    pub fn events(&self, project: &str, after_seq: u64) -> Found<Vec<EventRow>> {
        let after = i64::try_from(after_seq).unwrap_or(i64::MAX);
        self.reader()?.all(
            "SELECT * FROM event WHERE project = ?1 AND seq > ?2 ORDER BY seq",
            params![project, after],
            event,
        )
    }

    /// Projects, newest first.
    pub fn projects(&self, page: Page) -> Found<Paged<ProjectRow>> {
        let sql = "SELECT * FROM project WHERE ?1 = '' AND no < ?2 ORDER BY no DESC LIMIT ?3";
        self.reader()?.page(sql, "", page, project)
    }

    /// A client's projects, newest first.
    pub fn projects_of(&self, client: &str, page: Page) -> Found<Paged<ProjectRow>> {
        let sql = "SELECT * FROM project WHERE client = ?1 AND no < ?2 ORDER BY no DESC LIMIT ?3";
        self.reader()?.page(sql, client, page, project)
    }

    /// A project by its id.
    pub fn project(&self, id: &str) -> Found<Option<ProjectRow>> {
        self.reader()?
            .one("SELECT * FROM project WHERE id = ?1", [id], project)
    }

    /// A project by its order number, whatever the case of its letters.
    pub fn project_by_number(&self, number: &str) -> Found<Option<ProjectRow>> {
        let sql = "SELECT * FROM project WHERE number = ?1";
        self.reader()?.one(sql, [number], project)
    }

    /// A person by their id.
    pub fn person(&self, id: &str) -> Found<Option<PersonRow>> {
        self.reader()?
            .one("SELECT * FROM person WHERE id = ?1", [id], person)
    }

    /// A person by their login, whatever the case of its letters.
    pub fn person_by_login(&self, login: &str) -> Found<Option<PersonRow>> {
        self.reader()?
            .one("SELECT * FROM person WHERE login = ?1", [login], person)
    }

    /// Everybody, in the order they were added. A studio has hundreds of people, not millions.
    pub fn persons(&self) -> Found<Vec<PersonRow>> {
        self.reader()?
            .all("SELECT * FROM person ORDER BY no", [], person)
    }

    /// Everybody, in the order they were added, each with the setting whose name is `prefix` and their id.
    pub fn persons_with(&self, prefix: &str) -> Found<Vec<(PersonRow, Option<String>)>> {
        let sql = "SELECT person.*, setting.value AS its_value FROM person
            LEFT JOIN setting ON setting.name = ?1 || person.id ORDER BY person.no";
        self.reader()?.all(sql, [prefix], |row| {
            Ok((person(row)?, row.get("its_value")?))
        })
    }

    /// The id and the name of everybody.
    ///
    /// # Errors
    /// A database that cannot be read.
    pub fn person_names(&self) -> Found<Vec<(String, String)>> {
        self.reader()?
            .all("SELECT id, name FROM person", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
    }

    /// Jobs that match, oldest first, at most [`Page::MAX_ROWS`].
    pub fn jobs(&self, filter: &JobFilter) -> Found<Vec<JobEntry>> {
        self.reader()?.all(
            "SELECT * FROM job WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR kind = ?2)
                 AND (?3 IS NULL OR project = ?3) AND (?4 IS NULL OR key = ?4) ORDER BY no LIMIT ?5",
            params![
                filter.state,
                filter.kind,
                filter.project,
                filter.key,
                Page::MAX_ROWS
            ],
            job_entry,
        )
    }

    /// The earliest time at which a waiting job of these kinds may run; `None` when none waits.
    pub fn next_job_due_ms(&self, kinds: &[&str]) -> Found<Option<i64>> {
        let kinds = serde_json::Value::from(kinds).to_string();
        let sql = "SELECT min(not_before_ms) FROM job
            WHERE state = 'queued' AND kind IN (SELECT value FROM json_each(?1))";
        let due = self.reader()?.one(sql, [kinds], |row| row.get(0))?;
        Ok(due.flatten())
    }

    /// What became of one version of a file, or of an entry of a zip (`inner`, else empty).
    pub fn drop_state(
        &self,
        dropbox: &str,
        path: &str,
        inner: &str,
        fingerprint: &str,
    ) -> Found<Option<DropRow>> {
        self.reader()?.one(
            "SELECT * FROM dropped
             WHERE dropbox = ?1 AND path = ?2 AND inner = ?3 AND fingerprint = ?4",
            [dropbox, path, inner, fingerprint],
            drop_row,
        )
    }

    /// True when something at this path, or inside it, was taken: it must not be overwritten.
    pub fn is_taken_path(&self, dropbox: &str, path: &str) -> Found<bool> {
        let sql = "SELECT 1 FROM dropped
            WHERE dropbox = ?1 AND path = ?2 AND state = 'taken' LIMIT 1";
        let hit = self
            .reader()?
            .one(sql, [dropbox, path], |row| row.get::<_, i64>(0))?;
        Ok(hit.is_some())
    }

    /// Everything dropped for a project, oldest first.
    pub fn drops(&self, project: &str) -> Found<Vec<DropRow>> {
        let sql = "SELECT * FROM dropped WHERE project = ?1 ORDER BY no";
        self.reader()?.all(sql, [project], drop_row)
    }

    /// Drops in one state, oldest first, at most [`Page::MAX_ROWS`].
    pub fn drops_in(&self, state: DropState) -> Found<Vec<DropRow>> {
        let sql = "SELECT * FROM dropped WHERE state = ?1 ORDER BY no LIMIT ?2";
        self.reader()?
            .all(sql, params![state, Page::MAX_ROWS], drop_row)
    }

    /// Drops that a person must sort, oldest first, at most [`Page::MAX_ROWS`].
    pub fn unsorted_drops(&self) -> Found<Vec<DropRow>> {
        self.drops_in(DropState::Unsorted)
    }

    /// Notices to `staff` or to a person, newest first.
    pub fn notices(&self, audience: &str, page: Page) -> Found<Paged<NoticeRow>> {
        let sql = "SELECT * FROM notice WHERE audience = ?1 AND no < ?2 ORDER BY no DESC LIMIT ?3";
        self.reader()?.page(sql, audience, page, notice)
    }

    /// Notices to an audience about one project, newest first, at most `most`.
    pub fn notices_about(&self, audience: &str, project: &str, most: u32) -> Found<Vec<NoticeRow>> {
        let sql =
            "SELECT * FROM notice WHERE audience = ?1 AND project = ?2 ORDER BY no DESC LIMIT ?3";
        self.reader()?.all(
            sql,
            params![audience, project, most.min(Page::MAX_ROWS)],
            notice,
        )
    }

    /// A token by its hash, whatever its state: the caller judges state and expiry.
    pub fn token(&self, hash: &str) -> Found<Option<TokenRow>> {
        self.reader()?
            .one("SELECT * FROM token WHERE hash = ?1", [hash], token)
    }

    /// The latest version of a document.
    pub fn document(&self, project: &str, name: &str) -> Found<Option<DocumentRow>> {
        self.reader()?.one(
            "SELECT * FROM document WHERE project = ?1 AND name = ?2
             ORDER BY at_ms DESC, no DESC LIMIT 1",
            [project, name],
            document,
        )
    }

    /// Every version of every document of a project, by name, oldest first.
    pub fn documents(&self, project: &str) -> Found<Vec<DocumentRow>> {
        let sql = "SELECT * FROM document WHERE project = ?1 ORDER BY name, at_ms, no";
        self.reader()?.all(sql, [project], document)
    }

    /// The objects a project keeps, oldest first.
    pub fn objects(&self, project: &str) -> Found<Vec<ObjectRow>> {
        self.reader()?.all(
            "SELECT * FROM object WHERE project = ?1 AND state = ?2 ORDER BY stored_ms, sha256",
            params![project, ObjectState::Done],
            object,
        )
    }

    /// Every project that keeps an object, in the order of their ids.
    pub fn projects_with_objects(&self) -> Found<Vec<String>> {
        let sql = "SELECT DISTINCT project FROM object WHERE state = ?1 ORDER BY project";
        self.reader()?
            .all(sql, [ObjectState::Done], |row| row.get(0))
    }

    /// What a web command was answered, if it was.
    pub fn answer(&self, key: &str) -> Found<Option<AnswerRow>> {
        self.reader()?
            .one("SELECT * FROM answer WHERE key = ?1", [key], |row| {
                Ok(AnswerRow {
                    key: row.get("key")?,
                    at_ms: row.get("at_ms")?,
                    body: row.get("body")?,
                })
            })
    }

    /// A setting.
    pub fn setting(&self, name: &str) -> Found<Option<String>> {
        let sql = "SELECT value FROM setting WHERE name = ?1";
        self.reader()?.one(sql, [name], |row| row.get(0))
    }

    /// How much there is of what.
    pub fn counts(&self) -> Found<Counts> {
        let db = self.reader()?;
        let count = |sql: &str, code: &str| -> Found<u64> {
            let found = db.one(sql, [code], |row| row.get::<_, u64>(0))?;
            Ok(found.unwrap_or(0))
        };
        let jobs = "SELECT count(*) FROM job WHERE state = ?1";
        let drops = "SELECT count(*) FROM dropped WHERE state = ?1";
        let done = ObjectState::Done.code();
        Ok(Counts {
            projects: count("SELECT count(*) FROM project WHERE ?1 = ''", "")?,
            projects_in: db
                .all(
                    "SELECT stage, count(*) FROM project GROUP BY stage",
                    [],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?
                .into_iter()
                .collect(),
            events: count("SELECT count(*) FROM event WHERE ?1 = ''", "")?,
            objects: count("SELECT count(*) FROM object WHERE state = ?1", done)?,
            object_bytes: count(
                "SELECT coalesce(sum(bytes), 0) FROM object WHERE state = ?1",
                done,
            )?,
            jobs_queued: count(jobs, JobState::Queued.code())?,
            jobs_running: count(jobs, JobState::Running.code())?,
            jobs_failed: count(jobs, JobState::Failed.code())?,
            drops_unsorted: count(drops, DropState::Unsorted.code())?,
            drops_held: count(drops, DropState::Held.code())?,
        })
    }
}
