//! Folders whose entries survive a power cut.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags};

use crate::draft::draft_name;
use crate::error::{DurableError, Step};

/// Forces the entries of `folder` to the disk: a name is only durable once its folder is.
pub fn sync_folder(folder: &Path) -> Result<(), DurableError> {
    File::open(folder)
        .and_then(|opened| opened.sync_all())
        .map_err(DurableError::at(Step::SyncFolder, folder))
}

/// Makes `path` and the folders above it that are missing, each durable before the next.
pub fn make_folder(path: &Path) -> Result<(), DurableError> {
    let mut missing: Vec<&Path> = Vec::new();
    let mut above = path;
    while !above.is_dir() {
        missing.push(above);
        above = parent_of(above);
    }
    for folder in missing.into_iter().rev() {
        match std::fs::create_dir(folder) {
            Ok(()) => sync_folder(parent_of(folder))?,
            // Somebody else was quicker; what matters is that it is a folder.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => (),
            Err(error) => return Err(DurableError::at(Step::Create, folder)(error)),
        }
    }
    Ok(())
}

/// Fills a hidden folder beside `path`, syncs everything in it, and gives it the name `path`.
///
/// Refuses to replace. When `fill` or a step fails, the hidden folder is removed; a power cut
/// leaves it behind under a name that [`crate::is_draft_name`] knows.
pub fn publish_folder<E: From<DurableError>>(
    path: &Path,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), E> {
    let shelf = parent_of(path);
    let draft = DraftFolder::create_in(shelf)?;
    fill(&draft.0)?;
    sync_tree(&draft.0)?;
    rename_without_replacing(&draft.0, path).map_err(DurableError::at(Step::Publish, path))?;
    sync_folder(shelf)?;
    Ok(())
}

/// Takes the name `path` away and makes that durable. A name that is already gone is no error.
pub fn remove(path: &Path) -> Result<(), DurableError> {
    match std::fs::remove_file(path) {
        Ok(()) => (),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(DurableError::at(Step::Remove, path)(error)),
    }
    sync_folder(parent_of(path))
}

/// The folder a path lies in; a bare name lies in the current one.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) => Path::new("."),
        None => path,
    }
}

/// A hidden folder that goes when it is dropped; after a crash its name says that it may go ([`crate::is_draft_name`]).
#[derive(Debug)]
pub struct DraftFolder(PathBuf);

impl DraftFolder {
    /// Makes one in `shelf`.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create_in(shelf: &Path) -> Result<Self, DurableError> {
        let name = draft_name().map_err(DurableError::at(Step::Create, shelf))?;
        let draft = Self(shelf.join(name));
        std::fs::create_dir(&draft.0).map_err(DurableError::at(Step::Create, &draft.0))?;
        Ok(draft)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for DraftFolder {
    fn drop(&mut self) {
        // After the rename nothing has this name any more, and there is nothing to remove.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Syncs every file and folder below `top`, deepest first.
fn sync_tree(top: &Path) -> Result<(), DurableError> {
    let entries = std::fs::read_dir(top).map_err(DurableError::at(Step::Sync, top))?;
    for entry in entries {
        let entry = entry.map_err(DurableError::at(Step::Sync, top))?;
        let path = entry.path();
        let kind = entry
            .file_type()
            .map_err(DurableError::at(Step::Sync, &path))?;
        if kind.is_dir() {
            sync_tree(&path)?;
        } else if kind.is_file() {
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(DurableError::at(Step::Sync, &path))?;
        }
    }
    sync_folder(top)
}

fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Where the flag is not known, an empty folder made first claims the name; a rename may
        // replace an empty folder and nothing else.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            std::fs::create_dir(to)?;
            std::fs::rename(from, to)
        }
        Err(error) => Err(error.into()),
    }
}
