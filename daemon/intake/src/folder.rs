//! Folders by descriptor: nothing here follows a symbolic link or leaves the dropbox.
//!
//! Every step of a path is opened from the folder before it, so a folder that somebody swaps
//! for a link in mid-walk is refused instead of followed.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{self, AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;

/// An open folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(Arc<OwnedFd>);

/// A name in a folder, with what it stands for.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: OsString,
    pub(crate) facts: Facts,
}

/// What a file or folder looked like when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) kind: Kind,
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) bytes: u64,
    pub(crate) blocks: u64,
    pub(crate) modified_s: i64,
    pub(crate) modified_ns: i64,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A link, a pipe, a socket, a device: never opened.
    Other,
}

impl Facts {
    pub(crate) fn of(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            _ => Kind::Other,
        };
        Self {
            kind,
            device: stat.st_dev,
            inode: stat.st_ino,
            bytes: u64::try_from(stat.st_size).unwrap_or(0),
            blocks: u64::try_from(stat.st_blocks).unwrap_or(0),
            modified_s: stat.st_mtime,
            modified_ns: i64::try_from(stat.st_mtime_nsec).unwrap_or(0),
        }
    }

    pub(crate) fn of_open(file: impl AsFd) -> io::Result<Self> {
        Ok(Self::of(&fs::fstat(file)?))
    }

    /// Device, inode, size and modification time: the same as long as nobody touched the file.
    pub(crate) fn fingerprint(&self) -> String {
        format!(
            "{:x}-{:x}-{}-{}.{:09}",
            self.device, self.inode, self.bytes, self.modified_s, self.modified_ns
        )
    }

    pub(crate) fn modified_ms(&self) -> i64 {
        self.modified_s
            .saturating_mul(1000)
            .saturating_add(self.modified_ns / 1_000_000)
    }
}

/// Whether a folder's entries were all read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    Whole,
    /// The limit was reached; there is more.
    CutShort,
}

impl Folder {
    /// Opens a folder named by the administrator; only here are links on the way allowed.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(Arc::new(fs::open(path, flags, Mode::empty())?)))
    }

    fn enter(&self, name: &OsStr) -> io::Result<Self> {
        // Every folder has a door upwards, and an absolute name begins outside.
        if name == ".." || name.as_bytes().contains(&b'/') {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(Arc::new(fs::openat(
            &self.0,
            name,
            flags,
            Mode::empty(),
        )?)))
    }

    /// Opens the folder at `path` below this one; `path` has only plain names.
    pub(crate) fn walk(&self, path: &Path) -> io::Result<Self> {
        path.iter()
            .try_fold(self.clone(), |folder, name| folder.enter(name))
    }

    /// Opens the folder that holds `path`, and says under which name; the top has none.
    pub(crate) fn holder_of(&self, path: &Path) -> io::Result<(Self, OsString)> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let holder = self.walk(path.parent().unwrap_or(Path::new("")))?;
        Ok((holder, name.to_owned()))
    }

    /// Looks at a name without opening it; `None` when there is nothing.
    pub(crate) fn look(&self, name: &OsStr) -> io::Result<Option<Facts>> {
        match fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(Facts::of(&stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens a plain file for reading, leaving its access time alone where that is allowed.
    ///
    /// A pipe would block for ever and a device could do anything: `NONBLOCK`, and a second look
    /// at what was opened.
    pub(crate) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = match fs::openat(&self.0, name, flags | OFlags::NOATIME, Mode::empty()) {
            // Only a file's owner may leave no trace of reading.
            Err(Errno::PERM) => fs::openat(&self.0, name, flags, Mode::empty()),
            opened => opened,
        };
        let file = File::from(opened?);
        match Facts::of_open(&file)?.kind {
            Kind::File => Ok(file),
            Kind::Folder | Kind::Other => Err(io::Error::from(io::ErrorKind::InvalidInput)),
        }
    }

    /// Creates a file that must not exist yet, readable and writable.
    pub(crate) fn create_file(&self, name: &OsStr) -> io::Result<File> {
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(fs::openat(
            &self.0,
            name,
            flags,
            Mode::from_raw_mode(0o660),
        )?))
    }

    /// Opens a file of ours for writing on.
    pub(crate) fn reopen_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(File::from(fs::openat(&self.0, name, flags, Mode::empty())?))
    }

    pub(crate) fn make_folder(&self, name: &OsStr) -> io::Result<()> {
        fs::mkdirat(&self.0, name, Mode::from_raw_mode(0o770))?;
        self.sync()
    }

    pub(crate) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(crate) fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?;
        self.sync()
    }

    /// Makes the names in this folder survive a power cut.
    pub(crate) fn sync(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.0)?)
    }

    /// Gives a file another name, if nothing has it yet.
    pub(crate) fn rename_to_free(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        match fs::renameat_with(&self.0, name, &to.0, new, RenameFlags::NOREPLACE) {
            // A network file system without the flag: a second name refuses to replace as well.
            Err(Errno::INVAL | Errno::NOSYS) => {
                fs::linkat(&self.0, name, &to.0, new, AtFlags::empty())?;
                self.remove_file(name)
            }
            done => Ok(done?),
        }
    }

    /// Swaps two files: each gets the other's name, and there is no moment without either.
    pub(crate) fn swap(&self, name: &OsStr, other: &Self, with: &OsStr) -> io::Result<()> {
        Ok(fs::renameat_with(
            &self.0,
            name,
            &other.0,
            with,
            RenameFlags::EXCHANGE,
        )?)
    }

    /// Reads at most `limit` entries, in no order.
    pub(crate) fn entries(&self, limit: usize) -> io::Result<(Vec<Entry>, Listing)> {
        let mut entries = Vec::new();
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if entries.len() == limit {
                return Ok((entries, Listing::CutShort));
            }
            // Gone again between reading the name and looking at it: not there.
            if let Some(facts) = self.look(name)? {
                entries.push(Entry {
                    name: name.to_owned(),
                    facts,
                });
            }
        }
        Ok((entries, Listing::Whole))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_and_pipes_are_never_opened() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::File::create(outside.path().join("secret")).unwrap();
        let inside = tempfile::tempdir().unwrap();
        symlink(outside.path(), inside.path().join("way-out")).unwrap();
        symlink(
            outside.path().join("secret"),
            inside.path().join("song.wav"),
        )
        .unwrap();
        fs::mknodat(
            fs::CWD,
            inside.path().join("pipe.wav"),
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();

        let folder = Folder::open(inside.path()).unwrap();
        assert!(folder.walk(Path::new("way-out")).is_err());
        assert!(folder.open_file(OsStr::new("song.wav")).is_err());
        assert!(folder.open_file(OsStr::new("pipe.wav")).is_err());
        assert_eq!(
            folder.look(OsStr::new("song.wav")).unwrap().unwrap().kind,
            Kind::Other
        );
    }

    #[test]
    fn no_path_climbs_out() {
        let place = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(place.path().join("ada/Album")).unwrap();
        let folder = Folder::open(&place.path().join("ada")).unwrap();
        for path in ["..", "Album/../..", "/", "/etc", "../ada"] {
            assert!(folder.walk(Path::new(path)).is_err(), "{path}");
        }
        for path in ["../x.wav", "Album/../../x.wav", "/etc/passwd", ".."] {
            assert!(folder.holder_of(Path::new(path)).is_err(), "{path}");
        }
        folder.walk(Path::new("Album")).unwrap();
    }

    #[test]
    fn a_name_that_is_taken_is_not_replaced() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        folder.create_file(OsStr::new("a")).unwrap();
        folder.create_file(OsStr::new("b")).unwrap();
        let error = folder
            .rename_to_free(OsStr::new("a"), &folder, OsStr::new("b"))
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        folder
            .rename_to_free(OsStr::new("a"), &folder, OsStr::new("c"))
            .unwrap();
    }
}
