//! The database file: how it is opened, and the steps that bring an older one up to date.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, FileControl, MAIN_DB, OpenFlags};

use crate::error::VaultError;

/// The steps, append-only: one that was released is never edited. `PRAGMA user_version` is the
/// number of steps taken.
const STEPS: &[&str] = &[
    include_str!("schema/step_1.sql"),
    include_str!("schema/step_2.sql"),
    include_str!("schema/step_3.sql"),
    include_str!("schema/step_4.sql"),
    include_str!("schema/step_5.sql"),
    include_str!("schema/step_6.sql"),
    include_str!("schema/step_7.sql"),
    include_str!("schema/step_8.sql"),
    include_str!("schema/step_9.sql"),
    include_str!("schema/step_10.sql"),
    include_str!("schema/step_11.sql"),
    include_str!("schema/step_12.sql"),
    include_str!("schema/step_13.sql"),
    include_str!("schema/step_14.sql"),
];

/// `LQR1`, so that `file` and we can tell our database from another.
const APPLICATION_ID: i32 = 0x4C51_5231;

/// 3.7.0 to 3.51.2 can lose commits when the WAL is reset.
const OLDEST_SAFE_SQLITE: i32 = 3_051_003;

/// How long a reader waits for the short moments in which SQLite locks everybody out.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Pages copied per step of a snapshot; only our own start holds the file, so it never yields.
const SNAPSHOT_PAGES: i32 = 4096;

/// Above this the check at start would cost more than the two seconds a start may take; SQLite still
/// notices damage where it reads.
const MAX_CHECKED_BYTES: u64 = 200_000_000;

/// A database that was brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Schema before.
    pub from: u32,
    /// Schema now.
    pub to: u32,
    /// The database as it was before.
    pub snapshot: PathBuf,
}

/// Opens the one writing connection, bringing the schema up to date; `snapshots` is where the old file is kept.
pub(crate) fn open_writing(
    path: &Path,
    snapshots: &Path,
) -> Result<(Connection, Option<Migration>), VaultError> {
    refuse_unsafe_sqlite()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(VaultError::database("open"))?;
    let found = refuse_strangers(&db, path)?;
    settle(&db).map_err(VaultError::database("set up"))?;
    let bytes = std::fs::metadata(path).map_or(0, |meta| meta.len());
    if bytes <= MAX_CHECKED_BYTES {
        check_shape(&db)?;
    }
    // A power cut may have left the WAL's name undone although the file itself was synced.
    if let Some(folder) = path.parent() {
        durable::sync_folder(folder)?;
    }
    let migration = migrate(&db, found, snapshots)?;
    Ok((db, migration))
}

/// Opens a connection that cannot write.
pub(crate) fn open_reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY_WAIT)?;
    db.pragma_update(None, "query_only", true)?;
    db.set_prepared_statement_cache_capacity(64);
    Ok(db)
}

fn refuse_unsafe_sqlite() -> Result<(), VaultError> {
    if rusqlite::version_number() < OLDEST_SAFE_SQLITE {
        return Err(VaultError::UnsafeSqlite {
            found: rusqlite::version().to_owned(),
        });
    }
    Ok(())
}

/// Gives the schema number found, before anything in the file is touched.
fn refuse_strangers(db: &Connection, path: &Path) -> Result<u32, VaultError> {
    let number = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let not_ours = || VaultError::NotOurs {
        path: path.to_owned(),
    };
    let read = (|| {
        let tables = "SELECT count(*) FROM sqlite_schema";
        let tables: u32 = db.query_row(tables, [], |row| row.get(0))?;
        Ok((number("application_id")?, number("user_version")?, tables))
    })();
    let (application, version, tables) =
        read.map_err(|error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => not_ours(),
            _ => damaged_or("open")(error),
        })?;
    let is_new = application == 0 && version == 0 && tables == 0;
    if application != APPLICATION_ID && !is_new {
        return Err(not_ours());
    }
    let found = u32::try_from(version).map_err(|_| not_ours())?;
    if found > known() {
        return Err(VaultError::NewerSchema {
            found,
            known: known(),
        });
    }
    Ok(found)
}

fn settle(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY_WAIT)?;
    // The WAL stays when the last connection closes: making it anew would need a folder sync
    // that SQLite was seen to leave out.
    let mut keep = 1;
    db.file_control(Some(MAIN_DB), FileControl::PersistWal(&mut keep))?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "foreign_keys", true)?;
    // Deleted rows are personal data: their bytes go too.
    db.pragma_update(None, "secure_delete", true)?;
    db.pragma_update(None, "temp_store", "memory")?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Refuses a damaged database: what is still readable stays as it is for a person to rescue.
fn check_shape(db: &Connection) -> Result<(), VaultError> {
    let finding = db
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .map_err(damaged_or("check"))?;
    if finding != "ok" {
        return Err(VaultError::DatabaseDamaged { finding });
    }
    Ok(())
}

fn damaged_or(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> VaultError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => VaultError::DatabaseDamaged {
            finding: error.to_string(),
        },
        _ => VaultError::database(doing)(error),
    }
}

fn known() -> u32 {
    u32::try_from(STEPS.len()).expect("there are few steps")
}

fn migrate(db: &Connection, found: u32, snapshots: &Path) -> Result<Option<Migration>, VaultError> {
    if found == known() {
        return Ok(None);
    }
    let migration = match found {
        0 => None,
        from => Some(Migration {
            from,
            to: known(),
            snapshot: snapshot(db, from, snapshots)?,
        }),
    };
    let taken = usize::try_from(found).expect("a step number is small");
    for (before, step) in (found..).zip(&STEPS[taken..]) {
        let transaction = format!(
            "BEGIN IMMEDIATE;\n{step}\nPRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {};\nCOMMIT;",
            before + 1
        );
        db.execute_batch(&transaction)
            .map_err(VaultError::database("bring up to date"))?;
    }
    Ok(migration)
}

/// Copies the database as it stands, whole and synced, before a step changes it.
fn snapshot(db: &Connection, from: u32, snapshots: &Path) -> Result<PathBuf, VaultError> {
    durable::make_folder(snapshots)?;
    let draft = durable::Draft::create_private_in(snapshots)?;
    let copy = (|| {
        let mut copy = Connection::open(draft.path())?;
        Backup::new(db, &mut copy)?.run_to_completion(SNAPSHOT_PAGES, Duration::ZERO, None)
    })();
    copy.map_err(VaultError::database("copy"))?;
    let mut number = 1;
    let path = loop {
        let path = snapshots.join(format!("studio-schema-{from}-{number}.db"));
        if !path.exists() {
            break path;
        }
        number += 1;
    };
    draft.publish(&path)?;
    File::open(&path).map_err(VaultError::file("read back", &path))?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_leaves_a_sound_database() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("studio.db");
        let (db, migration) = open_writing(&path, folder.path()).unwrap();
        assert_eq!(migration, None);
        let check: String = db
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok");
        let mode: String = db
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        let full: i32 = db
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(full, 2);
        drop(db);
        assert!(
            folder.path().join("studio.db-wal").exists(),
            "the WAL stays"
        );
    }
}
