//! What could not be made durable, and at which step.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The step of publishing that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Making the draft or the folder.
    Create,
    /// Writing bytes into the draft.
    Write,
    /// Forcing the file's bytes to the disk.
    Sync,
    /// Giving the draft its name.
    Publish,
    /// Forcing the folder's entries to the disk.
    SyncFolder,
    /// Taking a name away.
    Remove,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Publish => "publish",
            Self::SyncFolder => "sync the folder of",
            Self::Remove => "remove",
        })
    }
}

/// A file that could not be made durable.
#[derive(Debug, thiserror::Error)]
#[error("could not {step} {}", path.display())]
pub struct DurableError {
    /// The step that failed.
    pub step: Step,
    /// The file or folder concerned.
    pub path: PathBuf,
    /// What the system answered.
    pub source: io::Error,
}

impl DurableError {
    pub(crate) fn at(step: Step, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self { step, path, source }
    }

    /// True when the name was taken: nothing was replaced, and what stood there still stands.
    pub fn is_already_there(&self) -> bool {
        self.step != Step::Sync && self.source.kind() == io::ErrorKind::AlreadyExists
    }

    /// True when a sync failed or the disk reported an error: what was acknowledged before may be
    /// lost, so the caller stops acknowledging, exits and recovers.
    pub fn is_final(&self) -> bool {
        let io_error = self.source.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error());
        matches!(self.step, Step::Sync | Step::SyncFolder) || io_error
    }

    /// True when the disk, its inodes or a quota were full; the same call may succeed later.
    pub fn is_no_room(&self) -> bool {
        matches!(
            self.source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }
}
