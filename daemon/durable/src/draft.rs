//! A file on its way to its name.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use crate::error::{DurableError, Step};
use crate::folder::{parent_of, sync_folder};

const DRAFT_PREFIX: &str = ".lacquer-draft-";

/// Readable by the studio's group, so that a note can be read through the share.
const MODE_SHARED: u32 = 0o644;
/// For keys and clients' audio.
const MODE_PRIVATE: u32 = 0o600;

/// A file that is being written under a hidden name and appears whole or not at all.
///
/// Dropping it unpublished removes it.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    published: bool,
}

impl Draft {
    /// Creates a draft in `folder`, readable by all (mode 0644 less the umask).
    pub fn create_in(folder: &Path) -> Result<Self, DurableError> {
        Self::create(folder, MODE_SHARED)
    }

    /// Creates a draft in `folder` that only the daemon's account may read (mode 0600).
    pub fn create_private_in(folder: &Path) -> Result<Self, DurableError> {
        Self::create(folder, MODE_PRIVATE)
    }

    fn create(folder: &Path, mode: u32) -> Result<Self, DurableError> {
        let path = folder.join(draft_name().map_err(DurableError::at(Step::Create, folder))?);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .map_err(DurableError::at(Step::Create, &path))?;
        Ok(Self {
            file,
            path,
            published: false,
        })
    }

    /// The open file, for encoders that want it whole.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// The hidden name it has until it is published.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs the draft, gives it the name `path` and syncs the folder.
    ///
    /// Refuses to replace: when `path` exists, the error says so by
    /// [`DurableError::is_already_there`] and the existing file is untouched. `path` is on the same
    /// file system as the draft's folder.
    pub fn publish(self, path: &Path) -> Result<(), DurableError> {
        self.publish_by(path, rename_without_replacing)
    }

    /// Syncs the draft and puts it in the place of whatever has the name `path`.
    ///
    /// Only for files that can be made again (notes, snapshots of settings): the old bytes go.
    pub fn publish_replacing(self, path: &Path) -> Result<(), DurableError> {
        self.publish_by(path, |from, to| std::fs::rename(from, to))
    }

    fn publish_by(
        mut self,
        path: &Path,
        rename: fn(&Path, &Path) -> io::Result<()>,
    ) -> Result<(), DurableError> {
        // The bytes must be on the disk before the name is, or a crash leaves a named empty file.
        self.file
            .sync_all()
            .map_err(DurableError::at(Step::Sync, path))?;
        rename(&self.path, path).map_err(DurableError::at(Step::Publish, path))?;
        self.published = true;
        let folder = parent_of(path);
        sync_folder(folder)?;
        let left = parent_of(&self.path);
        if left != folder {
            sync_folder(left)?;
        }
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Draft {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // What stays behind after a failure here is recognised by its name at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Stores `bytes` at `path` so that after power loss the file is either absent or complete.
///
/// Refuses to replace an existing file: mixes and prints are immutable once stored.
pub fn store_once(path: &Path, bytes: &[u8]) -> Result<(), DurableError> {
    written(Draft::create_in(parent_of(path))?, path, bytes)?.publish(path)
}

/// Stores `bytes` at `path` in the place of what was there: the old file or the new one, whole.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), DurableError> {
    written(Draft::create_in(parent_of(path))?, path, bytes)?.publish_replacing(path)
}

fn written(mut draft: Draft, path: &Path, bytes: &[u8]) -> Result<Draft, DurableError> {
    draft
        .write_all(bytes)
        .map_err(DurableError::at(Step::Write, path))?;
    Ok(draft)
}

/// True for the hidden names of drafts: never intake, removable when nobody writes them.
pub fn is_draft_name(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(DRAFT_PREFIX.as_bytes())
}

/// A name nobody else has, for a file or a folder that is being made.
pub(crate) fn draft_name() -> io::Result<String> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{DRAFT_PREFIX}{hex}"))
}

fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Some network and FUSE file systems do not know the flag. A link does not replace either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
    }
}
