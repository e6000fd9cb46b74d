//! Files and folders as a client is shown them.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use unftp_core::storage::{Metadata, Permissions, Result};

use crate::folder::{Facts, Kind};
use crate::names::is_read_only;

/// A file or folder as shown to the client.
#[derive(Debug, Clone, Copy)]
pub(in crate::ftp) struct Shown {
    facts: Facts,
    access: Access,
}

#[derive(Debug, Clone, Copy)]
enum Access {
    Full,
    ReadOnly,
}

impl Shown {
    pub(super) fn new(facts: Facts, path: &Path) -> Self {
        let access = if is_read_only(path) {
            Access::ReadOnly
        } else {
            Access::Full
        };
        Self { facts, access }
    }
}

impl Metadata for Shown {
    fn len(&self) -> u64 {
        self.facts.bytes
    }

    fn is_dir(&self) -> bool {
        self.facts.kind == Kind::Folder
    }

    fn is_file(&self) -> bool {
        self.facts.kind == Kind::File
    }

    fn is_symlink(&self) -> bool {
        false
    }

    fn modified(&self) -> Result<SystemTime> {
        let ms = u64::try_from(self.facts.modified_ms()).unwrap_or(0);
        Ok(SystemTime::UNIX_EPOCH + Duration::from_millis(ms))
    }

    // Whose account the daemon runs under is nobody's business.
    fn gid(&self) -> u32 {
        0
    }

    fn uid(&self) -> u32 {
        0
    }

    fn permissions(&self) -> Permissions {
        Permissions(match (self.is_dir(), self.access) {
            (true, Access::Full) => 0o750,
            (true, Access::ReadOnly) => 0o550,
            (false, Access::Full) => 0o640,
            (false, Access::ReadOnly) => 0o440,
        })
    }
}

/// A name fit for a line of a listing: a line break in it would forge another entry.
pub(super) fn listed_name(name: &OsStr) -> String {
    name.to_string_lossy()
        .chars()
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .collect()
}
