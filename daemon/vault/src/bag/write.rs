//! Writing bags. Nothing is visible before the whole bag is on the disk.

use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use age::x25519::Identity;
use delivery::Moment;
use delivery::bag::{BagInfo, BagPath, BagRefusal, Payload, TagFile, describe};

use crate::Vault;
use crate::error::{Harm, VaultError};
use crate::objects::{damage, refuse_bad_project};
use crate::sealed::{CopyError, Measured, copy_measured, harm, measure, measure_sealed, seal};

/// A file of a bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagEntry {
    /// Path below the bag's `data` folder, `/` between its parts.
    pub path: String,
    /// What it holds.
    pub source: BagSource,
}

/// Where a bag's file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BagSource {
    /// An object of the project, by its SHA-256.
    Object(String),
    /// Bytes made for the bag: the journal, a readme.
    Bytes(Vec<u8>),
}

const HOW_TO_OPEN: &str = "\
This is a copy of a project of a mastering studio. What it holds is encrypted in the age format
(https://age-encryption.org; on Debian: apt install age).

To open it, put the studio's recovery key, one line that begins with AGE-SECRET-KEY-1, into a
file recovery.txt and go into this folder:

    age -d -i recovery.txt data/key.age > project.key
    age -d -i project.key data/contents.age

The second command lists every file of the project: its SHA-256 and its path. A file lies in
data/objects under its SHA-256, or where it is not there, in data under its path with .age added:

    age -d -i project.key data/objects/SHA256.age > FILE
    sha256sum FILE

This folder is a BagIt 1.0 bag: bagit.py --validate checks it without any key.
";

/// The files of a bag that were written so far.
struct Filling<'b> {
    data: PathBuf,
    name: &'b str,
    payload: Vec<Payload>,
}

/// Archives. Both block for as long as the disks take.
impl Vault {
    /// Writes a plain bag `name` into `folder_of_bags` and gives its path.
    ///
    /// `info` are lines of `bag-info.txt`; sizes and the date of today are filled in. Refuses to
    /// replace. Every object is compared with its checksum on the way out.
    pub fn write_bag(
        &self,
        folder_of_bags: &Path,
        name: &str,
        project: &str,
        entries: &[BagEntry],
        info: &[(String, String)],
    ) -> Result<PathBuf, VaultError> {
        refuse_bad_project(project)?;
        publish_bag(folder_of_bags, name, info, &[], |filling| {
            for entry in entries {
                let (path, mut file) = filling.create(&entry.path)?;
                let place = filling.place(&path);
                let written = match &entry.source {
                    BagSource::Object(sha256) => {
                        self.copy_object(project, sha256, &mut file, &place)?
                    }
                    BagSource::Bytes(bytes) => {
                        copied(copy_measured(&mut bytes.as_slice(), &mut file), &place)?
                    }
                };
                filling.add(path, written);
            }
            Ok(())
        })
    }

    /// Writes a bag whose payload is encrypted, for a disk that leaves the house: only the recovery
    /// key opens it. Objects are copied as they lie, and each copy is decrypted once to prove it.
    pub fn write_sealed_copy(
        &self,
        folder_of_bags: &Path,
        name: &str,
        project: &str,
        entries: &[BagEntry],
        info: &[(String, String)],
    ) -> Result<PathBuf, VaultError> {
        refuse_bad_project(project)?;
        let identity = self.identity(project)?;
        let how_to_open = TagFile {
            name: "README.txt".to_owned(),
            bytes: HOW_TO_OPEN.into(),
        };
        publish_bag(folder_of_bags, name, info, &[how_to_open], |filling| {
            let mut contents = String::new();
            let mut copied_objects = HashSet::new();
            for entry in entries {
                filling.path(&entry.path)?;
                let sha256 = match &entry.source {
                    BagSource::Object(sha256) => {
                        if copied_objects.insert(sha256) {
                            self.copy_sealed(filling, project, sha256, &identity)?;
                        }
                        sha256.clone()
                    }
                    BagSource::Bytes(bytes) => {
                        filling.add_sealed(&entry.path, bytes, &identity)?.sha256
                    }
                };
                contents += &format!("{sha256}  {}\n", entry.path);
            }
            filling.add_sealed("contents", contents.as_bytes(), &identity)?;
            let key = self.inner.keys.wrapped_for_recovery(project, &identity)?;
            filling.add_bytes("key.age", &key)
        })
    }

    fn copy_object(
        &self,
        project: &str,
        sha256: &str,
        file: &mut File,
        place: &Path,
    ) -> Result<Measured, VaultError> {
        let mut reader = self.open_object(project, sha256)?;
        let written = match copy_measured(&mut reader, file) {
            Err(CopyError::Reading(error)) => {
                return Err(damage(project, sha256, harm(&error)).into());
            }
            other => copied(other, place)?,
        };
        if written.sha256 != sha256 {
            let found_sha256 = written.sha256;
            return Err(damage(project, sha256, Harm::OtherBytes { found_sha256 }).into());
        }
        Ok(written)
    }

    fn copy_sealed(
        &self,
        filling: &mut Filling<'_>,
        project: &str,
        sha256: &str,
        identity: &Identity,
    ) -> Result<(), VaultError> {
        // Opening it first says by name what is wrong with it: absent, missing, damaged.
        drop(self.open_object(project, sha256)?);
        let from = self.object_path(project, sha256);
        let mut source = File::open(&from).map_err(VaultError::file("read", &from))?;
        let (path, mut file) = filling.create(&format!("objects/{sha256}.age"))?;
        let place = filling.place(&path);
        let written = copied(copy_measured(&mut source, &mut file), &place)?;
        let found =
            measure_sealed(&place, identity).map_err(|harm| damage(project, sha256, harm))?;
        if found.sha256 != sha256 {
            let found_sha256 = found.sha256;
            return Err(damage(project, sha256, Harm::OtherBytes { found_sha256 }).into());
        }
        filling.add(path, written);
        Ok(())
    }
}

impl Filling<'_> {
    fn path(&self, path: &str) -> Result<BagPath, VaultError> {
        BagPath::parse(path).map_err(|refusal| self.refused(refusal.into()))
    }

    fn refused(&self, source: BagRefusal) -> VaultError {
        VaultError::Bag {
            name: self.name.to_owned(),
            source,
        }
    }

    fn place(&self, path: &BagPath) -> PathBuf {
        self.data.join(path.as_str())
    }

    /// Makes the file for a path, and refuses one that exists: two entries never share a path.
    fn create(&self, path: &str) -> Result<(BagPath, File), VaultError> {
        let path = self.path(path)?;
        let place = self.place(&path);
        let folder = place.parent().expect("a payload file lies below data");
        fs::create_dir_all(folder).map_err(VaultError::file("make", folder))?;
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&place)
            .map_err(VaultError::file("make", &place))?;
        Ok((path, file))
    }

    fn add(&mut self, path: BagPath, written: Measured) {
        self.payload.push(Payload {
            path,
            sha256: written.sha256,
            bytes: written.bytes,
        });
    }

    fn add_bytes(&mut self, path: &str, bytes: &[u8]) -> Result<(), VaultError> {
        let (path, mut file) = self.create(path)?;
        let place = self.place(&path);
        let mut from = bytes;
        let written = copied(copy_measured(&mut from, &mut file), &place)?;
        self.add(path, written);
        Ok(())
    }

    /// Encrypts bytes to the project's key under `path` with `.age` added; gives what the plain bytes measure.
    fn add_sealed(
        &mut self,
        path: &str,
        bytes: &[u8],
        identity: &Identity,
    ) -> Result<Measured, VaultError> {
        let (path, mut file) = self.create(&format!("{path}.age"))?;
        let place = self.place(&path);
        let mut from = bytes;
        let plain = copied(seal(&mut from, &mut file, &identity.to_public()), &place)?;
        let mut written = File::open(&place).map_err(VaultError::file("read", &place))?;
        let written = measure(&mut written).map_err(VaultError::file("read", &place))?;
        self.add(path, written);
        Ok(plain)
    }
}

fn copied(outcome: Result<Measured, CopyError>, place: &Path) -> Result<Measured, VaultError> {
    outcome.map_err(|error| match error {
        CopyError::Reading(error) => VaultError::file("read the source of", place)(error),
        CopyError::Writing(error) => VaultError::file("write", place)(error),
    })
}

fn publish_bag(
    shelf: &Path,
    name: &str,
    info: &[(String, String)],
    own_tags: &[TagFile],
    fill: impl FnOnce(&mut Filling<'_>) -> Result<(), VaultError>,
) -> Result<PathBuf, VaultError> {
    if name.contains('/') || name.starts_with('.') || BagPath::parse(name).is_err() {
        return Err(VaultError::BadName(name.to_owned()));
    }
    durable::make_folder(shelf)?;
    let bag = shelf.join(name);
    let taken = || std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    if fs::symlink_metadata(&bag).is_ok() {
        // Said before hours of copying; the rename at the end refuses all the same.
        return Err(VaultError::file("make the bag", &bag)(taken()));
    }
    durable::publish_folder(&bag, |folder| {
        let mut filling = Filling {
            data: folder.join("data"),
            name,
            payload: Vec::new(),
        };
        fs::create_dir(&filling.data).map_err(VaultError::file("make", &filling.data))?;
        fill(&mut filling)?;
        let info = bag_info(info);
        let tags = describe(&info, &filling.payload, own_tags)
            .map_err(|refusal| filling.refused(refusal))?;
        for tag in tags {
            let place = folder.join(&tag.name);
            let mut file = File::create_new(&place).map_err(VaultError::file("make", &place))?;
            copied(copy_measured(&mut tag.bytes.as_slice(), &mut file), &place)?;
        }
        Ok::<(), VaultError>(())
    })?;
    Ok(bag)
}

/// Sorts the caller's lines into BagIt's own labels and the studio's.
fn bag_info(lines: &[(String, String)]) -> BagInfo {
    let mut info = BagInfo {
        source_organization: String::new(),
        external_identifier: String::new(),
        external_description: String::new(),
        bagged: today(),
        group_identifier: None,
        own: Vec::new(),
    };
    for (label, value) in lines {
        let value = value.clone();
        match label.as_str() {
            "Source-Organization" => info.source_organization = value,
            "External-Identifier" => info.external_identifier = value,
            "External-Description" => info.external_description = value,
            "Bag-Group-Identifier" => info.group_identifier = Some(value),
            _ => info.own.push((label.clone(), value)),
        }
    }
    info
}

fn today() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let now_ms = since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    Moment::from_unix_ms(now_ms)
        .or_else(|_| Moment::from_unix_ms(0))
        .expect("the first day of 1970 is a day")
}
