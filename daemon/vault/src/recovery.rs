//! What is put in order when the vault is opened after whatever ended the last run.
//!
//! Nothing is deleted but our own drafts and what an event let go; nothing is asserted. The list of
//! files is compared with the rows; only files that no row vouches for are decrypted, so that
//! 100,000 objects take well under two seconds.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Vault;
use crate::apply::Own;
use crate::codes::{JobState, KeyState, ObjectState};
use crate::error::{Damage, Harm, VaultError};
use crate::objects::{damage, is_sha256, refuse_bad_project};
use crate::schema::Migration;
use crate::sealed::measure_sealed;

/// What opening the vault found and did.
#[derive(Debug, Default)]
pub struct Recovery {
    /// The secret half of the recovery key, made just now: shown once, stored nowhere.
    pub new_recovery_key: Option<String>,
    /// The database was brought up to date.
    pub migration: Option<Migration>,
    /// Jobs of the last run that wait again.
    pub jobs_queued_again: u64,
    /// Jobs of the last run whose attempts are used up.
    pub jobs_given_up: u64,
    /// Drafts of the last run that were cleared away.
    pub drafts_removed: u64,
    /// Stores of the last run that never finished; nobody was told that they had.
    pub stores_unfinished: u64,
    /// Files without a row whose bytes are what their name says: taken back in.
    pub adopted: Vec<Adopted>,
    /// Files that are not what their name says: put aside, kept whole.
    pub quarantined: Vec<PathBuf>,
    /// Files without a row that the disk would not read: left where they are.
    pub unreadable: Vec<PathBuf>,
    /// Objects whose bytes are gone. Each stops the show for itself only.
    pub missing: Vec<Damage>,
    /// Projects whose key file is gone although nobody let it go.
    pub keys_missing: Vec<String>,
    /// Files of objects and keys that an event had let go and a crash had left.
    pub removals_finished: u64,
}

/// An object that was taken back in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The project.
    pub project: String,
    /// The object.
    pub sha256: String,
}

/// What kind an object has that was found on the disk and that no row described.
const FOUND: &str = "found";

struct Known {
    state: ObjectState,
    bytes: u64,
    kind: String,
    seen: bool,
}

type KnownObjects = HashMap<String, HashMap<String, Known>>;

impl Vault {
    pub(crate) fn recover(&self, recovery: &mut Recovery) -> Result<(), VaultError> {
        self.recover_jobs(recovery)?;
        recovery.drafts_removed += clear_drafts(&self.inner.scratch)?;
        recovery.drafts_removed += clear_drafts(&self.inner.root.join("keys/projects"))?;
        recovery.drafts_removed += clear_drafts(&self.inner.root.join("keys"))?;
        recovery.drafts_removed += clear_drafts(&self.inner.snapshots)?;
        self.recover_keys(recovery)?;
        let mut known = self.known_objects()?;
        for (path, name) in listing(&self.inner.objects)? {
            if path.is_dir() && refuse_bad_project(&name).is_ok() {
                let rows = known.entry(name.clone()).or_default();
                self.recover_folder(&name, rows, recovery)?;
            } else {
                recovery
                    .quarantined
                    .push(self.quarantine(&path, "no-project")?);
            }
        }
        self.report_missing(known, recovery)
    }

    fn recover_jobs(&self, recovery: &mut Recovery) -> Result<(), VaultError> {
        let sql = "SELECT count(*) FILTER (WHERE attempts < max_attempts),
            count(*) FILTER (WHERE attempts >= max_attempts) FROM job WHERE state = ?1";
        let found = self.reader()?.one(sql, [JobState::Running], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        (recovery.jobs_queued_again, recovery.jobs_given_up) = found.unwrap_or_default();
        if recovery.jobs_queued_again + recovery.jobs_given_up > 0 {
            self.inner.writer.own_blocking(vec![Own::JobsOrphaned])?;
        }
        Ok(())
    }

    fn recover_keys(&self, recovery: &mut Recovery) -> Result<(), VaultError> {
        let rows = self
            .reader()?
            .all("SELECT project, state FROM project_key", [], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, KeyState>(1)?))
            })?;
        for (project, state) in rows {
            let has_file = self.inner.keys.path(&project).exists();
            match state {
                KeyState::Live if !has_file => recovery.keys_missing.push(project),
                KeyState::Dropped if has_file => {
                    self.inner.keys.throw_away(&project)?;
                    recovery.removals_finished += 1;
                }
                KeyState::Live | KeyState::Dropped => (),
            }
        }
        Ok(())
    }

    fn known_objects(&self) -> Result<KnownObjects, VaultError> {
        let sql = "SELECT project, sha256, state, bytes, kind FROM object";
        let rows = self.reader()?.all(sql, [], |row| {
            let known = Known {
                state: row.get(2)?,
                bytes: row.get(3)?,
                kind: row.get(4)?,
                seen: false,
            };
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, known))
        })?;
        let mut known = KnownObjects::new();
        for (project, sha256, row) in rows {
            known.entry(project).or_default().insert(sha256, row);
        }
        Ok(known)
    }

    fn recover_folder(
        &self,
        project: &str,
        rows: &mut HashMap<String, Known>,
        recovery: &mut Recovery,
    ) -> Result<(), VaultError> {
        let folder = self.object_folder(project);
        for (path, name) in listing(&folder)? {
            if durable::is_draft_name(name.as_ref()) {
                durable::remove(&path)?;
                recovery.drafts_removed += 1;
                continue;
            }
            let Some(sha256) = name.strip_suffix(".age").filter(|name| is_sha256(name)) else {
                recovery.quarantined.push(self.quarantine(&path, project)?);
                continue;
            };
            match rows.get_mut(sha256) {
                Some(row) if row.state == ObjectState::Done => row.seen = true,
                Some(row) if row.state == ObjectState::Removed => {
                    durable::remove(&path)?;
                    recovery.removals_finished += 1;
                }
                unfinished => {
                    let kind = unfinished.map_or(FOUND.to_owned(), |row| {
                        row.seen = true;
                        row.kind.clone()
                    });
                    self.judge_unknown(project, sha256, kind, recovery)?;
                }
            }
        }
        Ok(())
    }

    /// Decrypts a file that no row vouches for: it is taken back in when it is what its name says.
    fn judge_unknown(
        &self,
        project: &str,
        sha256: &str,
        kind: String,
        recovery: &mut Recovery,
    ) -> Result<(), VaultError> {
        let path = self.object_path(project, sha256);
        let read = match self.identity(project) {
            Ok(identity) => measure_sealed(&path, &identity),
            Err(VaultError::Key { .. }) => Err(Harm::NoKey),
            Err(error) => return Err(error),
        };
        match read {
            Ok(found) if found.sha256 == sha256 => {
                self.adopt(project, sha256, found.bytes, kind)?;
                recovery.adopted.push(Adopted {
                    project: project.to_owned(),
                    sha256: sha256.to_owned(),
                });
            }
            // A disk or a key that is away for a while says nothing about the bytes.
            Err(Harm::DiskError | Harm::NoKey) => recovery.unreadable.push(path),
            Ok(_) | Err(_) => recovery.quarantined.push(self.quarantine(&path, project)?),
        }
        Ok(())
    }

    fn adopt(
        &self,
        project: &str,
        sha256: &str,
        bytes: u64,
        kind: String,
    ) -> Result<(), VaultError> {
        let path = self.object_path(project, sha256);
        let meta = fs::metadata(&path).map_err(VaultError::file("look at", &path))?;
        // Its name may not have reached the disk before the last run ended.
        durable::sync_folder(&self.object_folder(project))?;
        let at_ms = meta
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .and_then(|since| i64::try_from(since.as_millis()).ok());
        let recipient = self.identity(project)?.to_public().to_string();
        self.inner.writer.own_blocking(vec![
            Own::KeyMade {
                project: project.to_owned(),
                recipient,
            },
            Own::ObjectDone {
                project: project.to_owned(),
                sha256: sha256.to_owned(),
                bytes,
                sealed_bytes: meta.len(),
                kind,
                at_ms: at_ms.unwrap_or(0),
            },
        ])
    }

    fn report_missing(
        &self,
        known: KnownObjects,
        recovery: &mut Recovery,
    ) -> Result<(), VaultError> {
        let mut never_came = Vec::new();
        for (project, rows) in known {
            for (sha256, row) in rows.into_iter().filter(|(_, row)| !row.seen) {
                match row.state {
                    ObjectState::Done => {
                        tracing::error!(project, sha256, bytes = row.bytes, "an object is missing");
                        recovery
                            .missing
                            .push(damage(&project, &sha256, Harm::Missing));
                    }
                    ObjectState::Intent => never_came.push(Own::ObjectNeverCame {
                        project: project.clone(),
                        sha256,
                    }),
                    ObjectState::Removed => (),
                }
            }
        }
        recovery.missing.sort();
        recovery.stores_unfinished = u64::try_from(never_came.len()).unwrap_or(u64::MAX);
        if !never_came.is_empty() {
            self.inner.writer.own_blocking(never_came)?;
        }
        Ok(())
    }
}

/// The entries of a folder. One that cannot be listed is an error: a lost file must not look like an empty shelf.
fn listing(folder: &Path) -> Result<Vec<(PathBuf, String)>, VaultError> {
    let list = || VaultError::file("list", folder);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(list())? {
        let entry = entry.map_err(list())?;
        let name = entry.file_name().to_string_lossy().into_owned();
        entries.push((entry.path(), name));
    }
    Ok(entries)
}

fn clear_drafts(folder: &Path) -> Result<u64, VaultError> {
    let mut removed = 0;
    for (path, name) in listing(folder)? {
        if durable::is_draft_name(name.as_ref()) {
            if path.is_dir() {
                fs::remove_dir_all(&path).map_err(VaultError::file("remove", &path))?;
            } else {
                durable::remove(&path)?;
            }
            removed += 1;
        }
    }
    Ok(removed)
}
