//! Objects: audio and other files by checksum, stored once, encrypted with the project's key.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use age::x25519::Identity;
use durable::Draft;
use rusqlite::Row;
use rustix::fs::{Mode, OFlags};

use crate::Vault;
use crate::apply::Own;
use crate::codes::{KeyState, ObjectState};
use crate::error::{Damage, Harm, KeyTrouble, VaultError};
use crate::sealed::{
    CopyError, Measured, ObjectReader, copy_measured, measure, measure_sealed, seal, sealed_at_most,
};

/// What must stay free on the vault's disk, so that login, deletion and mail work when it is full.
///
/// The larger of the two counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserve {
    /// Bytes that stay free.
    pub bytes: u64,
    /// Hundredths of the disk that stay free.
    pub percent: u8,
}

/// An object that is in the vault: its bytes are on the disk and were read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// SHA-256 of the plain bytes, lower-case hex.
    pub sha256: String,
    /// Length of the plain bytes.
    pub bytes: u64,
}

/// What is being stored right now, so that one object is never stored by two threads at once.
#[derive(Default)]
pub(crate) struct Storing {
    now: Mutex<InHand>,
    done: Condvar,
}

#[derive(Default)]
struct InHand {
    objects: HashSet<(String, String)>,
    /// Room promised to them.
    bytes: u64,
}

struct Claim<'s> {
    storing: &'s Storing,
    object: (String, String),
    bytes: u64,
}

impl Storing {
    /// Waits until nobody stores this object, then claims it.
    fn claim(&self, project: &str, sha256: &str, bytes: u64) -> Claim<'_> {
        let object = (project.to_owned(), sha256.to_owned());
        let mut now = self.lock();
        while now.objects.contains(&object) {
            now = self.done.wait(now).unwrap_or_else(PoisonError::into_inner);
        }
        now.objects.insert(object.clone());
        now.bytes += bytes;
        Claim {
            storing: self,
            object,
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, InHand> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut now = self.storing.lock();
        now.objects.remove(&self.object);
        now.bytes -= self.bytes;
        drop(now);
        self.storing.done.notify_all();
    }
}

/// A row with what the file on the disk should be.
pub(crate) struct Kept {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) sealed_bytes: Option<u64>,
    pub(crate) state: ObjectState,
}

pub(crate) fn kept(row: &Row<'_>) -> rusqlite::Result<Kept> {
    Ok(Kept {
        sha256: row.get("sha256")?,
        bytes: row.get("bytes")?,
        sealed_bytes: row.get("sealed_bytes")?,
        state: row.get("state")?,
    })
}

/// Objects. Everything here blocks, for as long as a disk takes for the whole file.
impl Vault {
    /// A file without a name for intermediate work; it is gone when it is closed, or after a crash.
    pub fn scratch(&self) -> Result<File, VaultError> {
        let folder = &self.inner.scratch;
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => Ok(File::from(file)),
            // Not every file system can make a file without a name.
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::ISDIR) => {
                let draft = Draft::create_private_in(folder)?;
                OpenOptions::new()
                    .read(true)
                    .write(true)
                    .mode(0o600)
                    .open(draft.path())
                    .map_err(VaultError::file("make a scratch file in", folder))
            }
            Err(error) => Err(VaultError::file("make a scratch file in", folder)(
                error.into(),
            )),
        }
    }

    /// A folder for intermediate work of programs that want names, for the daemon's own eyes; it goes with what is returned,
    /// or at the next start after a crash.
    pub fn scratch_folder(&self) -> Result<durable::DraftFolder, VaultError> {
        let folder = durable::DraftFolder::create_in(&self.inner.scratch)?;
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path(), mode)
            .map_err(VaultError::file("make private", folder.path()))?;
        Ok(folder)
    }

    /// Stores a file's bytes in a project and returns once they are safe on the disk.
    ///
    /// Bytes that the project has already are not encrypted again; where their file has gone
    /// missing it is put back. `kind` says what it is, for people. The file's position is moved.
    pub fn store(
        &self,
        project: &str,
        kind: &str,
        file: &mut File,
    ) -> Result<StoredObject, VaultError> {
        refuse_bad_project(project)?;
        let named = Path::new("the file to be stored");
        file.rewind().map_err(VaultError::file("read", named))?;
        let source = measure(file).map_err(VaultError::file("read", named))?;
        let room = sealed_at_most(source.bytes);
        let _claim = self.inner.storing.claim(project, &source.sha256, room);
        let stored = StoredObject {
            sha256: source.sha256.clone(),
            bytes: source.bytes,
        };
        if self.has_whole(project, &source.sha256)? {
            return Ok(stored);
        }
        self.refuse_without_room(room)?;
        let identity = self.identity_or_new(project)?;
        self.inner.writer.own_blocking(vec![Own::ObjectIntent {
            project: project.to_owned(),
            sha256: source.sha256.clone(),
            bytes: source.bytes,
            kind: kind.to_owned(),
            at_ms: now_ms(),
        }])?;
        file.rewind().map_err(VaultError::file("read", named))?;
        let path = self.object_path(project, &source.sha256);
        self.publish_sealed(file, &path, &source, &identity)?;
        let sealed_bytes = self.read_back(project, &path, &source, &identity)?;
        self.inner.writer.own_blocking(vec![Own::ObjectDone {
            project: project.to_owned(),
            sha256: source.sha256,
            bytes: source.bytes,
            sealed_bytes,
            kind: kind.to_owned(),
            at_ms: now_ms(),
        }])?;
        Ok(stored)
    }

    /// Opens an object for reading, anywhere in it, decrypted as it is read.
    pub fn open_object(&self, project: &str, sha256: &str) -> Result<ObjectReader, VaultError> {
        refuse_bad_project(project)?;
        let row = self.kept_row(project, sha256)?;
        let identity = self.identity(project)?;
        let path = self.object_path(project, sha256);
        let damaged = |harm| damage(project, sha256, harm);
        let reader = ObjectReader::open(&path, &identity).map_err(damaged)?;
        if reader.len() != row.bytes {
            return Err(damaged(Harm::Unreadable).into());
        }
        Ok(reader)
    }

    /// Copies an object's plain bytes into a scratch file, verified to the last one, positioned at its start.
    pub fn copy_to_scratch(&self, project: &str, sha256: &str) -> Result<File, VaultError> {
        let mut reader = self.open_object(project, sha256)?;
        self.refuse_without_room(reader.len())?;
        let mut scratch = self.scratch()?;
        let copied = copy_measured(&mut reader, &mut scratch).map_err(|error| match error {
            CopyError::Reading(error) => {
                VaultError::from(damage(project, sha256, crate::sealed::harm(&error)))
            }
            CopyError::Writing(error) => {
                VaultError::file("write a copy into", &self.inner.scratch)(error)
            }
        })?;
        if copied.sha256 != sha256 {
            let found_sha256 = copied.sha256;
            return Err(damage(project, sha256, Harm::OtherBytes { found_sha256 }).into());
        }
        scratch
            .rewind()
            .map_err(VaultError::file("read", &self.inner.scratch))?;
        Ok(scratch)
    }

    /// Reads every object of a project back from the disk and says which are damaged.
    pub fn check_project(&self, project: &str) -> Result<Vec<Damage>, VaultError> {
        refuse_bad_project(project)?;
        let sql = "SELECT * FROM object WHERE project = ?1 AND state = ?2 ORDER BY sha256";
        let rows = self
            .reader()?
            .all(sql, rusqlite::params![project, ObjectState::Done], kept)?;
        let identity = match self.identity(project) {
            Ok(identity) => Some(identity),
            Err(VaultError::Key { .. }) => None,
            Err(error) => return Err(error),
        };
        let mut found = Vec::new();
        for row in rows {
            let harm = self.harm_of(project, &row, identity.as_ref());
            // Let go while it was being read: what goes on purpose is no damage.
            let is_kept = |now: Kept| now.state == ObjectState::Done;
            if harm.is_some() && !self.object_row(project, &row.sha256)?.is_some_and(is_kept) {
                continue;
            }
            found.extend(harm.map(|harm| damage(project, &row.sha256, harm)));
        }
        Ok(found)
    }

    /// Takes the bytes of objects away that [`crate::Write::ObjectRemoved`] let go; says how many files went.
    pub fn remove_objects(&self, project: &str, sha256s: &[String]) -> Result<u64, VaultError> {
        refuse_bad_project(project)?;
        let claim = |sha256: &String| self.inner.storing.claim(project, sha256, 0);
        let unique: BTreeSet<&String> = sha256s.iter().collect();
        // Claimed, so that nobody stores one of them again while its file goes; in order, so that
        // two removals never wait for each other.
        let _claims: Vec<Claim<'_>> = unique.into_iter().map(claim).collect();
        for sha256 in sha256s {
            let row = self.object_row(project, sha256)?;
            if row.is_none_or(|row| row.state != ObjectState::Removed) {
                return Err(VaultError::NotLetGo {
                    what: format!("object {sha256} of project {project}"),
                });
            }
        }
        let mut gone = 0;
        for sha256 in sha256s {
            let path = self.object_path(project, sha256);
            if path.exists() {
                durable::remove(&path)?;
                gone += 1;
            }
        }
        Ok(gone)
    }

    /// Takes a project's key away that [`crate::Write::ProjectKeyDropped`] let go: from here on nobody
    /// can read the project's audio on this box. Sealed copies that left it carry the key wrapped for
    /// recovery, and are to be destroyed for themselves.
    pub fn drop_project_key(&self, project: &str) -> Result<(), VaultError> {
        refuse_bad_project(project)?;
        if self.key_state(project)? != Some(KeyState::Dropped) {
            return Err(VaultError::NotLetGo {
                what: format!("the key of project {project}"),
            });
        }
        self.inner.keys.throw_away(project)
    }

    /// Free bytes that storing may still use, the reserve and what is being stored left out.
    pub fn room_bytes(&self) -> Result<u64, VaultError> {
        let (free, reserve) = self.free_and_reserve()?;
        let promised = self.inner.storing.lock().bytes;
        Ok(free.saturating_sub(reserve).saturating_sub(promised))
    }

    pub(crate) fn object_folder(&self, project: &str) -> PathBuf {
        self.inner.objects.join(project)
    }

    pub(crate) fn object_path(&self, project: &str, sha256: &str) -> PathBuf {
        self.object_folder(project).join(format!("{sha256}.age"))
    }

    /// The project's identity; an error that names the key file where it is gone.
    pub(crate) fn identity(&self, project: &str) -> Result<Identity, VaultError> {
        if let Some(identity) = self.inner.keys.find(project)? {
            return Ok(identity);
        }
        let trouble = match self.key_state(project)? {
            Some(KeyState::Dropped) => KeyTrouble::Dropped,
            Some(KeyState::Live) | None => KeyTrouble::Missing,
        };
        let path = self.inner.keys.path(project);
        Err(VaultError::Key { path, trouble })
    }

    /// A key that was once there is never made anew: audio sealed with the old one would be lost quietly.
    fn identity_or_new(&self, project: &str) -> Result<Identity, VaultError> {
        if let Some(KeyState::Live | KeyState::Dropped) = self.key_state(project)? {
            return self.identity(project);
        }
        let identity = match self.inner.keys.find(project)? {
            Some(identity) => identity,
            None => self.inner.keys.make(project)?,
        };
        self.inner.writer.own_blocking(vec![Own::KeyMade {
            project: project.to_owned(),
            recipient: identity.to_public().to_string(),
        }])?;
        Ok(identity)
    }

    fn key_state(&self, project: &str) -> Result<Option<KeyState>, VaultError> {
        let sql = "SELECT state FROM project_key WHERE project = ?1";
        self.reader()?.one(sql, [project], |row| row.get(0))
    }

    pub(crate) fn object_row(
        &self,
        project: &str,
        sha256: &str,
    ) -> Result<Option<Kept>, VaultError> {
        let sql = "SELECT * FROM object WHERE project = ?1 AND sha256 = ?2";
        self.reader()?.one(sql, [project, sha256], kept)
    }

    fn kept_row(&self, project: &str, sha256: &str) -> Result<Kept, VaultError> {
        self.object_row(project, sha256)?
            .filter(|row| row.state == ObjectState::Done)
            .ok_or_else(|| VaultError::Absent {
                project: project.to_owned(),
                sha256: sha256.to_owned(),
            })
    }

    /// True when the object is done and its file has the length it was written with.
    fn has_whole(&self, project: &str, sha256: &str) -> Result<bool, VaultError> {
        let Some(row) = self.object_row(project, sha256)? else {
            return Ok(false);
        };
        if row.state != ObjectState::Done {
            return Ok(false);
        }
        let path = self.object_path(project, sha256);
        match fs::metadata(&path) {
            Ok(meta) if Some(meta.len()) == row.sealed_bytes => Ok(true),
            // Good bytes are at hand; the bad ones are kept aside and these take their place.
            Ok(_) => self.quarantine(&path, project).map(|_| false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(VaultError::file("look at", &path)(error)),
        }
    }

    fn refuse_without_room(&self, wanted_bytes: u64) -> Result<(), VaultError> {
        let (free_bytes, reserve_bytes) = self.free_and_reserve()?;
        let promised = self.inner.storing.lock().bytes;
        if free_bytes < reserve_bytes.saturating_add(promised.max(wanted_bytes)) {
            return Err(VaultError::NoRoom {
                free_bytes,
                wanted_bytes,
                reserve_bytes,
            });
        }
        Ok(())
    }

    fn free_and_reserve(&self) -> Result<(u64, u64), VaultError> {
        let disk = rustix::fs::statvfs(&self.inner.objects)
            .map_err(|error| VaultError::file("measure", &self.inner.objects)(error.into()))?;
        let reserve = self.inner.reserve;
        let hundredth = disk.f_blocks / 100 * disk.f_frsize;
        let share = hundredth.saturating_mul(u64::from(reserve.percent));
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        Ok((free, reserve.bytes.max(share)))
    }

    fn publish_sealed(
        &self,
        file: &mut File,
        path: &Path,
        source: &Measured,
        identity: &Identity,
    ) -> Result<(), VaultError> {
        let folder = path
            .parent()
            .expect("an object lies in its project's folder");
        durable::make_folder(folder)?;
        let mut draft = Draft::create_private_in(folder)?;
        let sealed = seal(file, draft.file(), &identity.to_public()).map_err(|error| {
            let (doing, error) = match error {
                CopyError::Reading(error) => ("read the source of", error),
                CopyError::Writing(error) => ("write", error),
            };
            VaultError::file(doing, path)(error)
        })?;
        if sealed != *source {
            return Err(VaultError::SourceChanged {
                sha256: source.sha256.clone(),
            });
        }
        match draft.publish(path) {
            Ok(()) => Ok(()),
            // Published before a crash, without its row: reading it back decides whether it counts.
            Err(error) if error.is_already_there() => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a published object back from the disk; says how long its file is.
    fn read_back(
        &self,
        project: &str,
        path: &Path,
        source: &Measured,
        identity: &Identity,
    ) -> Result<u64, VaultError> {
        let read = measure_sealed(path, identity);
        let harm = match read {
            Ok(found) if found == *source => {
                let meta = fs::metadata(path).map_err(VaultError::file("look at", path))?;
                return Ok(meta.len());
            }
            Ok(found) => Harm::OtherBytes {
                found_sha256: found.sha256,
            },
            Err(harm) => harm,
        };
        // Kept for a person to see, and out of the way of the next attempt.
        if harm != Harm::Missing {
            self.quarantine(path, project)?;
        }
        Err(damage(project, &source.sha256, harm).into())
    }

    fn harm_of(&self, project: &str, row: &Kept, identity: Option<&Identity>) -> Option<Harm> {
        let path = self.object_path(project, &row.sha256);
        let found_bytes = match fs::metadata(&path) {
            Ok(meta) => meta.len(),
            Err(error) => return Some(crate::sealed::harm(&error)),
        };
        if let Some(stored_bytes) = row.sealed_bytes.filter(|bytes| *bytes != found_bytes) {
            return Some(Harm::Length {
                found_bytes,
                stored_bytes,
            });
        }
        let Some(identity) = identity else {
            return Some(Harm::NoKey);
        };
        match measure_sealed(&path, identity) {
            Ok(found) if found.sha256 == row.sha256 => None,
            Ok(found) => Some(Harm::OtherBytes {
                found_sha256: found.sha256,
            }),
            Err(harm) => Some(harm),
        }
    }

    /// Moves a file that is not what its name says out of the way, whole, under a name of its own.
    pub(crate) fn quarantine(&self, path: &Path, project: &str) -> Result<PathBuf, VaultError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut number = 1;
        let aside = loop {
            let aside = self
                .inner
                .quarantine
                .join(format!("{project}-{name}-{number}"));
            if fs::symlink_metadata(&aside).is_err() {
                break aside;
            }
            number += 1;
        };
        fs::rename(path, &aside).map_err(VaultError::file("put aside", path))?;
        durable::sync_folder(&self.inner.quarantine)?;
        if let Some(folder) = path.parent() {
            durable::sync_folder(folder)?;
        }
        tracing::warn!(project, kept_as = %aside.display(), "a file of the vault was put aside");
        Ok(aside)
    }
}

pub(crate) fn damage(project: &str, sha256: &str, harm: Harm) -> Damage {
    Damage {
        project: project.to_owned(),
        sha256: sha256.to_owned(),
        harm,
    }
}

/// A project's id becomes a folder name: letters, digits, `-` and `_`, at most 64.
pub(crate) fn refuse_bad_project(project: &str) -> Result<(), VaultError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if project.is_empty() || project.len() > 64 || !project.chars().all(plain) {
        return Err(VaultError::BadName(project.to_owned()));
    }
    Ok(())
}

/// True for the name of an object: 64 lower-case hex characters.
pub(crate) fn is_sha256(name: &str) -> bool {
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    name.len() == 64 && name.chars().all(hex)
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}
