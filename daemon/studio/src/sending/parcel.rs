//! What is sent of a package: its files with their places over there, each a stretch of its archive.

use std::io::{self, Read, Seek as _, SeekFrom};

use delivery::upload::{NotPlaced, RemotePath, Source, Upload, place};
use mastering::{Package, PackageMade, Project};
use vault::Vault;

use super::name_there;

/// One file on its way.
pub(super) struct Item {
    pub(super) path: RemotePath,
    pub(super) at: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Item {
    /// Its bytes, as the vault holds them.
    pub(super) fn open(
        &self,
        vault: &Vault,
        (project, made): (&Project, &PackageMade),
    ) -> io::Result<Box<dyn Read + Send>> {
        let object = made.archive.as_str();
        let reader = vault.open_object(project.id.as_str(), object);
        let mut reader = reader.map_err(io::Error::other)?;
        reader.seek(SeekFrom::Start(self.at))?;
        Ok(Box::new(reader.take(self.bytes)))
    }
}

/// Everything that is sent, in its order.
pub(super) fn items(
    project: &Project,
    (package, made): (&Package, &PackageMade),
    upload: &Upload,
) -> Result<Vec<Item>, NotPlaced> {
    let paths: Vec<&str> = made.files.iter().map(|file| file.path.as_str()).collect();
    let own = name_there(project.number, package.no);
    let placed = place(upload.layout, &own, &paths)?.into_iter();
    let items = placed.filter_map(|placed| match placed.source {
        Source::Archive => Some(Item {
            path: placed.path,
            at: 0,
            bytes: made.bytes,
            sha256: made.archive.to_string(),
        }),
        Source::File(at) => made.files.get(at).map(|file| Item {
            path: placed.path,
            at: file.at,
            bytes: file.bytes,
            sha256: file.sha256.to_string(),
        }),
    });
    Ok(items.collect())
}
