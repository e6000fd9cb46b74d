//! Where a dropped file lies, and the copy of it that everything else is done with.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::Path;

use mastering::{MixRole, ObjectSum, Project};
use vault::{DropRow, DropState, Write};

use super::{Shop, Trouble, room_for};
use crate::clock::now_ms;
use crate::work::Work;

/// Where a dropped file lies.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) dropbox: String,
    pub(super) path: String,
    pub(super) fingerprint: String,
    /// The entry of a zip, or empty.
    pub(super) inner: String,
}

impl Place {
    /// A file that lies in a dropbox as it is, and in no zip.
    pub(super) fn dropped(dropbox: String, path: String, fingerprint: String) -> Self {
        Self {
            dropbox,
            path,
            fingerprint,
            inner: String::new(),
        }
    }

    /// A file in this zip.
    pub(super) fn within(&self, inner: &str) -> Self {
        Self {
            inner: inner.to_owned(),
            ..self.clone()
        }
    }

    /// The path as people read it; a zip is a folder to them.
    pub(super) fn shown(&self) -> String {
        if self.inner.is_empty() {
            self.path.clone()
        } else {
            format!("{}/{}", self.path, self.inner)
        }
    }

    pub(super) fn file_name(&self) -> String {
        self.shown()
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// The path that the note's name is made from: the report of a file in a zip stands beside
    /// the zip, under the name of both.
    pub(super) fn note_path(&self) -> String {
        if self.inner.is_empty() {
            self.path.clone()
        } else {
            format!("{} - {}", self.path, self.inner.replace('/', " - "))
        }
    }

    pub(super) fn row(&self, state: DropState, project: &Project, bytes: u64) -> DropRow {
        let now = now_ms();
        DropRow {
            dropbox: self.dropbox.clone(),
            path: self.path.clone(),
            inner: self.inner.clone(),
            fingerprint: self.fingerprint.clone(),
            state,
            project: Some(project.id.to_string()),
            mix: None,
            reason: None,
            bytes,
            first_seen_ms: now,
            updated_ms: now,
        }
    }

    /// The check of what lies in it and in the vault: an entry of a zip, or a track of a disc. `version` names what lay here.
    pub(super) fn check_of(
        &self,
        project: &Project,
        inner: &str,
        version: &str,
        original: ObjectSum,
    ) -> Write {
        let work = Work::CheckEntry {
            dropbox: self.dropbox.clone(),
            path: self.path.clone(),
            fingerprint: version.to_owned(),
            inner: inner.to_owned(),
            role: role_of(&Path::new(&self.path).join(inner)),
            original,
        };
        let inputs = format!("{}:{}:{version}:{inner}", self.dropbox, self.path);
        work.queue(&project.id, &inputs)
    }

    /// The name of the document that holds the report of this file in this version.
    pub(super) fn document(&self) -> String {
        let named = format!(
            "{}\n{}\n{}\n{}",
            self.dropbox, self.path, self.inner, self.fingerprint
        );
        format!("report:{}", &crate::clock::token_hash(&named)[..32])
    }
}

/// Copies the dropped file into a nameless scratch file, so that what is checked is what is stored.
/// `None` when it is not the version that arrived any more.
pub(super) fn copy_of_drop(shop: &Shop, place: &Place) -> Result<Option<File>, Trouble> {
    let folder = shop.config.data.join("dropboxes").join(&place.dropbox);
    let opened = match intake::open_drop(&folder, Path::new(&place.path)) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if opened.fingerprint != place.fingerprint {
        return Ok(None);
    }
    room_for(&shop.vault, opened.bytes)?;
    let mut scratch = shop.vault.scratch()?;
    let mut source = opened.file;
    let copied = io::copy(&mut source, &mut scratch)?;
    let now = intake::fingerprint_of(&source)?;
    if copied != opened.bytes || now != place.fingerprint {
        return Ok(None);
    }
    scratch.seek(SeekFrom::Start(0))?;
    Ok(Some(scratch))
}

/// The role that the folders of a path give a file.
pub(crate) fn role_of(path: &Path) -> MixRole {
    match intake::DropKind::of(path) {
        intake::DropKind::Alternate => MixRole::Alternate,
        intake::DropKind::Reference => MixRole::Reference,
        intake::DropKind::Mix | intake::DropKind::Master => MixRole::Main,
    }
}
