//! Giving a finished file its name in the dropbox, without ever replacing a taken one.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::PathBuf;

use unftp_core::storage::{Error, ErrorKind, Result};

use super::{Backend, Spot, on_disk};
use crate::folder::{Folder, Kind};
use crate::names::{is_litter, numbered};

/// Files of one name in one folder; beyond it the client must think of another.
const MAX_OF_ONE_NAME: u32 = 1000;

impl Backend {
    /// Moves a file to `to`, or to `name (2)` where `to` has been taken, and says where it is now.
    ///
    /// A file of that name which has not been taken yet is replaced: the client sends it again.
    /// Whoever has it open goes on reading the old one. Numbered names are never replaced, they
    /// may be somebody's own.
    pub(super) async fn place(&self, from: &Folder, name: &OsStr, to: &Spot) -> Result<PathBuf> {
        let wanted = to.name.to_string_lossy().into_owned();
        for number in 1..=MAX_OF_ONE_NAME {
            let new = match number {
                // As the client wrote it, even if it is no valid UTF-8.
                1 => to.name.clone(),
                _ => OsString::from(numbered(&wanted, number)),
            };
            let path = to.path.with_file_name(&new);
            match rename_and_sync(from, name, &to.holder, &new).await {
                Ok(()) => return Ok(path),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::from(error)),
            }
            let (holder, name_there) = (to.holder.clone(), new.clone());
            let there = on_disk(move || holder.look(&name_there))
                .await?
                .map(|facts| facts.kind);
            if number == 1 && there == Some(Kind::Folder) {
                return Err(
                    self.refuse(ErrorKind::FileNameNotAllowedError, "a folder has this name")
                );
            }
            if number == 1 && there == Some(Kind::File) && !self.is_taken(&path).await {
                self.replace(from, name, &to.holder, &new).await?;
                return Ok(path);
            }
        }
        Err(self.refuse(
            ErrorKind::FileNameNotAllowedError,
            "there are too many files of this name",
        ))
    }

    async fn replace(&self, from: &Folder, name: &OsStr, to: &Folder, new: &OsStr) -> Result<()> {
        let (from, name) = (from.clone(), name.to_owned());
        let (to, new) = (to.clone(), new.to_owned());
        Ok(on_disk(move || {
            from.swap(&name, &to, &new)?;
            to.sync()?;
            // What the client has replaced, now under the other name.
            from.remove_file(&name)?;
            from.sync()
        })
        .await?)
    }

    /// Renames for the client. The last step of uploading under a temporary name is one of these,
    /// so a file that becomes a mix by it is told of at once.
    pub(super) async fn rename_spot(&self, from: Spot, to: Spot) -> Result<()> {
        self.check_not_taken(&from).await?;
        let kind = from.look().await?.map(|facts| facts.kind);
        let path = match kind {
            Some(Kind::Folder) => {
                rename_and_sync(&from.holder, &from.name, &to.holder, &to.name).await?;
                to.path
            }
            Some(Kind::File) if from.path == to.path => to.path,
            Some(Kind::File) => {
                let path = self.place(&from.holder, &from.name, &to).await?;
                let holder = from.holder.clone();
                on_disk(move || holder.sync()).await?;
                path
            }
            Some(Kind::Other) | None => {
                return Err(Error::from(io::Error::from(io::ErrorKind::NotFound)));
            }
        };
        tracing::info!(login = self.client.login(), from = %from.path.display(), to = %path.display(),
            "FTP: renamed by the client");
        if !is_litter(&path) {
            self.tell(path).await;
        }
        Ok(())
    }
}

async fn rename_and_sync(from: &Folder, name: &OsStr, to: &Folder, new: &OsStr) -> io::Result<()> {
    let (from, name) = (from.clone(), name.to_owned());
    let (to, new) = (to.clone(), new.to_owned());
    on_disk(move || {
        from.rename_to_free(&name, &to, &new)?;
        to.sync()
    })
    .await
}
