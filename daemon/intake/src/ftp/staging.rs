//! Unfinished uploads: one file each, found again by login and path.
//!
//! ```text
//! <staging>/<sha-256 of login, NUL, path>.part   the bytes so far
//! <staging>/<the same>.what                      synced 00000000000001048576
//!                                                boot 3f6c...
//!                                                login ada
//!                                                path Album/Song.wav
//! ```
//!
//! The path comes last and runs to the end of the file, whatever characters it has. After a
//! power cut only the first `synced` bytes of a part are trusted: the file system may have kept
//! its length and lost its content, and a resumed upload would then hide a hole.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::folder::{Folder, Kind};

/// How long a new upload waits for the one it replaces to let go.
const TURN_PATIENCE: Duration = Duration::from_secs(10);

/// Most unfinished uploads that are listed.
const MAX_LISTED: usize = 10_000;

/// An upload that a client has begun and not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagedUpload {
    /// Whose it is.
    pub login: String,
    /// Where it is to go, relative to the dropbox.
    pub path: PathBuf,
    /// Bytes that have come.
    pub bytes: u64,
    /// When the last of them came, in Unix milliseconds.
    pub modified_ms: i64,
}

/// The folder of unfinished uploads.
#[derive(Debug)]
pub(super) struct Staging {
    pub(super) folder: Folder,
    boot: String,
    turns: Mutex<HashMap<String, Turn>>,
}

#[derive(Debug)]
struct Turn {
    busy: Arc<tokio::sync::Mutex<()>>,
    current: CancellationToken,
}

/// The right to write one upload, until dropped or until a newer one asks for it.
#[derive(Debug)]
pub(super) struct MyTurn {
    pub(super) replaced: CancellationToken,
    _busy: OwnedMutexGuard<()>,
}

/// Names one upload in the staging folder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key(String);

impl Key {
    pub(super) fn of(login: &str, path: &Path) -> Self {
        let mut hash = Sha256::new();
        hash.update(login.as_bytes());
        hash.update([0]);
        hash.update(path.as_os_str().as_bytes());
        Self(hex::encode(hash.finalize()))
    }

    pub(super) fn part(&self) -> OsString {
        format!("{}.part", self.0).into()
    }

    fn what(&self) -> OsString {
        format!("{}.what", self.0).into()
    }
}

impl Staging {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let staging = Self {
            folder: Folder::open(path)?,
            boot: this_boot(Path::new("/proc/sys/kernel/random/boot_id"))?,
            turns: Mutex::default(),
        };
        staging.clear_records()?;
        Ok(staging)
    }

    /// Removes records without bytes: a run that was killed between an upload's record and its first byte, or
    /// between its new name and the end of its record, leaves one.
    fn clear_records(&self) -> io::Result<()> {
        let (entries, _) = self.folder.entries(MAX_LISTED * 2)?;
        let records = entries
            .iter()
            .filter_map(|entry| entry.name.to_str()?.strip_suffix(".what"));
        for key in records.map(|key| Key(key.to_owned())) {
            if self.folder.look(&key.part())?.is_none() {
                self.forget_record(&key);
            }
        }
        Ok(())
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<String, Turn>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the right to write an upload. Whoever holds it is told to stop: a client that
    /// comes back after a broken connection must not wait for the old one to time out.
    pub(super) async fn my_turn(&self, key: &Key) -> Option<MyTurn> {
        let replaced = CancellationToken::new();
        let busy = {
            let mut turns = self.turns();
            turns.retain(|_, turn| Arc::strong_count(&turn.busy) > 1);
            let turn = turns.entry(key.0.clone()).or_insert_with(|| Turn {
                busy: Arc::default(),
                current: CancellationToken::new(),
            });
            std::mem::replace(&mut turn.current, replaced.clone()).cancel();
            Arc::clone(&turn.busy)
        };
        let busy = tokio::time::timeout(TURN_PATIENCE, busy.lock_owned())
            .await
            .ok()?;
        Some(MyTurn {
            replaced,
            _busy: busy,
        })
    }

    /// How many bytes of an upload are here and can be trusted.
    pub(super) fn held_bytes(&self, key: &Key) -> io::Result<Option<u64>> {
        let Some(facts) = self.folder.look(&key.part())? else {
            return Ok(None);
        };
        let record = self.read_record(key)?;
        Ok(Some(match record {
            Some(record) if record.boot == self.boot => facts.bytes,
            Some(record) => facts.bytes.min(record.synced),
            None => 0,
        }))
    }

    /// Begins an upload at its first byte.
    pub(super) fn begin(&self, key: &Key, login: &str, path: &Path) -> io::Result<File> {
        self.forget(key)?;
        self.record(key, login, path, 0)?;
        self.folder.create_file(&key.part())
    }

    /// Goes on with an upload at byte `at`, which must be [`held_bytes`](Self::held_bytes).
    pub(super) fn resume(&self, key: &Key, login: &str, path: &Path, at: u64) -> io::Result<File> {
        let file = self.folder.reopen_file(&key.part())?;
        file.set_len(at)?;
        file.sync_all()?;
        self.record(key, login, path, at)?;
        Ok(file)
    }

    /// Notes that the first `bytes` bytes are safe on the disk; call it after they are.
    pub(super) fn note_synced(&self, key: &Key, bytes: u64) -> io::Result<()> {
        let record = self.folder.reopen_file(&key.what())?;
        // In place and within one sector: a power cut leaves the old number or the new one.
        record.write_all_at(format!("{bytes:020}").as_bytes(), SYNCED.len() as u64)
    }

    /// Removes what is left of an upload.
    pub(super) fn forget(&self, key: &Key) -> io::Result<()> {
        for name in [key.part(), key.what()] {
            match self.folder.remove_file(&name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Removes the record of an upload whose bytes have got their name.
    pub(super) fn forget_record(&self, key: &Key) {
        if let Err(error) = self.folder.remove_file(&key.what()) {
            tracing::debug!(error = %error, "an upload's record was gone already");
        }
    }

    /// Writes down what an upload is; the folder's other names are left alone.
    pub(super) fn record(
        &self,
        key: &Key,
        login: &str,
        path: &Path,
        synced: u64,
    ) -> io::Result<()> {
        match self.folder.remove_file(&key.what()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut text = format!(
            "{SYNCED}{synced:020}\nboot {}\nlogin {login}\npath ",
            self.boot
        )
        .into_bytes();
        text.extend_from_slice(path.as_os_str().as_bytes());
        let record = self.folder.create_file(&key.what())?;
        record.write_all_at(&text, 0)?;
        record.sync_all()
    }

    fn read_record(&self, key: &Key) -> io::Result<Option<Record>> {
        let mut file = match self.folder.open_file(&key.what()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut text = Vec::new();
        (&mut file).take(MAX_RECORD_BYTES).read_to_end(&mut text)?;
        Ok(Record::read(&text))
    }

    /// Lists the uploads that clients have begun and not finished.
    pub(super) fn list(&self) -> io::Result<Vec<StagedUpload>> {
        let (entries, _) = self.folder.entries(MAX_LISTED * 2)?;
        let mut uploads = Vec::new();
        for entry in entries {
            let Some(key) = entry
                .name
                .to_str()
                .and_then(|name| name.strip_suffix(".part"))
            else {
                continue;
            };
            let key = Key(key.to_owned());
            if entry.facts.kind != Kind::File {
                continue;
            }
            if let Some(record) = self.read_record(&key)? {
                uploads.push(StagedUpload {
                    login: record.login,
                    path: record.path,
                    bytes: entry.facts.bytes,
                    modified_ms: entry.facts.modified_ms(),
                });
            }
        }
        uploads.sort_by(|a, b| (&a.login, &a.path).cmp(&(&b.login, &b.path)));
        Ok(uploads)
    }
}

const SYNCED: &str = "synced ";

/// Far above the longest path.
const MAX_RECORD_BYTES: u64 = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
struct Record {
    synced: u64,
    boot: String,
    login: String,
    path: PathBuf,
}

impl Record {
    fn read(text: &[u8]) -> Option<Self> {
        let mut lines = text.splitn(4, |byte| *byte == b'\n');
        let mut field =
            |name: &str| -> Option<&[u8]> { lines.next()?.strip_prefix(name.as_bytes()) };
        let plain = |field: &[u8]| std::str::from_utf8(field).ok().map(str::to_owned);
        Some(Self {
            synced: plain(field(SYNCED)?)?.parse().ok()?,
            boot: plain(field("boot ")?)?,
            login: plain(field("login ")?)?,
            path: OsString::from_vec(field("path ")?.to_vec()).into(),
        })
    }
}

/// True when both folders lie on one file system, so that a rename can join them.
pub(super) fn same_file_system(staging: &Folder, dropbox: &Folder) -> io::Result<bool> {
    let here = |folder: &Folder| {
        folder
            .look(OsStr::new("."))
            .map(|facts| facts.map(|facts| facts.device))
    };
    Ok(here(staging)? == here(dropbox)?)
}

/// Names the time since the computer was switched on.
///
/// A service that sees only processes under `/proc` cannot know it; then each run of the daemon counts
/// as a boot of its own, and of an earlier run's uploads no more is trusted than after a power cut.
fn this_boot(boot_id: &Path) -> io::Result<String> {
    let mut boot = String::new();
    match File::open(boot_id).and_then(|mut file| file.read_to_string(&mut boot)) {
        Ok(_) => Ok(boot.trim().to_owned()),
        Err(error) => {
            tracing::debug!(%error, "this boot has no name");
            let mut run = [0; 16];
            getrandom::fill(&mut run).map_err(io::Error::other)?;
            Ok(format!("run {}", hex::encode(run)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn where_boots_have_no_name_each_run_counts_as_one() {
        let kernel = Path::new("/proc/sys/kernel/random/boot_id");
        assert_eq!(this_boot(kernel).unwrap(), this_boot(kernel).unwrap());
        let hidden = Path::new("/proc/self/no such file");
        assert_ne!(this_boot(hidden).unwrap(), this_boot(hidden).unwrap());
    }

    #[test]
    fn a_record_without_its_bytes_is_cleared_away_and_one_with_them_stays() {
        let place = tempfile::tempdir().unwrap();
        let staging = Staging::open(place.path()).unwrap();
        let [whole, bare] = ["whole.wav", "bare.wav"].map(Path::new);
        let [held, gone] = [whole, bare].map(|path| Key::of("ada", path));
        staging.begin(&held, "ada", whole).unwrap();
        staging.begin(&gone, "ada", bare).unwrap();
        std::fs::remove_file(place.path().join(gone.part())).unwrap();
        let staging = Staging::open(place.path()).unwrap();
        assert!(!place.path().join(gone.what()).exists());
        assert_eq!(staging.list().unwrap().len(), 1);
        assert_eq!(staging.held_bytes(&held).unwrap(), Some(0));
    }

    #[test]
    fn after_a_power_cut_only_synced_bytes_are_resumed() {
        let place = tempfile::tempdir().unwrap();
        let path = Path::new("Album/a \"b\"\n\u{1}.wav");
        let key = Key::of("ada", path);
        let mut staging = Staging::open(place.path()).unwrap();
        let mut part = staging.begin(&key, "ada", path).unwrap();
        part.write_all(&[7; 3000]).unwrap();
        staging.note_synced(&key, 1000).unwrap();
        assert_eq!(
            staging.held_bytes(&key).unwrap(),
            Some(3000),
            "the computer has run all along"
        );

        "another boot".clone_into(&mut staging.boot);
        assert_eq!(staging.held_bytes(&key).unwrap(), Some(1000));
        let resumed = staging.resume(&key, "ada", path, 1000).unwrap();
        assert_eq!(resumed.metadata().unwrap().len(), 1000);
        assert_eq!(staging.held_bytes(&key).unwrap(), Some(1000));

        let listed = staging.list().unwrap();
        assert_eq!(
            (
                listed.len(),
                listed[0].login.as_str(),
                listed[0].path.as_path()
            ),
            (1, "ada", path)
        );
        staging.forget(&key).unwrap();
        assert_eq!(staging.held_bytes(&key).unwrap(), None);
    }

    #[tokio::test]
    async fn a_new_upload_makes_the_old_one_let_go() {
        let place = tempfile::tempdir().unwrap();
        let staging = Arc::new(Staging::open(place.path()).unwrap());
        let key = Key::of("ada", Path::new("Song.wav"));
        let first = staging.my_turn(&key).await.unwrap();
        let second = tokio::spawn({
            let (staging, key) = (Arc::clone(&staging), key.clone());
            async move { staging.my_turn(&key).await.is_some() }
        });
        first.replaced.cancelled().await;
        drop(first);
        assert!(second.await.unwrap());
    }
}
