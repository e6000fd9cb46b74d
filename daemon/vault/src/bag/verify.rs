//! Reading a bag back, without any key, from a folder that anybody may have touched.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use delivery::bag::{FoundFile, Judgement, MAX_DESCRIPTOR_BYTES, TagFile, is_descriptor, judge};
use sha2::{Digest as _, Sha256, Sha512};

use crate::error::VaultError;

/// More files than any project has; a folder with more is no bag of ours.
const MAX_FILES: usize = 1_000_000;

/// Folders within folders; a project's archive has four levels.
const MAX_DEPTH: usize = 64;

/// What came out of reading a bag back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagVerdict {
    /// What the descriptors and the files say of each other.
    pub judgement: Judgement,
    /// Links, devices, names that are not UTF-8: what a bag never holds.
    pub strangers: Vec<PathBuf>,
}

impl BagVerdict {
    /// True when nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.judgement.is_whole() && self.strangers.is_empty()
    }

    /// Everything that is wrong, a sentence each.
    pub fn objections(&self) -> Vec<String> {
        let judged = self.judgement.objections.iter().map(ToString::to_string);
        let strangers = self
            .strangers
            .iter()
            .map(|path| format!("{} is not a plain file with a plain name", path.display()));
        judged.chain(strangers).collect()
    }
}

#[derive(Default)]
struct Walk {
    files: Vec<FoundFile>,
    descriptors: Vec<TagFile>,
    strangers: Vec<PathBuf>,
    /// A SHA-512 is only computed where a manifest wants it.
    wants_sha512: bool,
}

/// Reads every file of a bag and judges it, more strictly than `bagit.py --validate`: names that
/// some disk would merge, links, and files that no manifest names are objections too. Blocks.
pub fn verify_bag(path: &Path) -> Result<BagVerdict, VaultError> {
    let mut walk = Walk {
        wants_sha512: path.join("manifest-sha512.txt").exists()
            || path.join("tagmanifest-sha512.txt").exists(),
        ..Walk::default()
    };
    walk.folder(path, "", 0)?;
    walk.strangers.sort();
    Ok(BagVerdict {
        judgement: judge(&walk.descriptors, &walk.files),
        strangers: walk.strangers,
    })
}

impl Walk {
    fn folder(&mut self, folder: &Path, below: &str, depth: usize) -> Result<(), VaultError> {
        let list = || VaultError::file("list", folder);
        for entry in fs::read_dir(folder).map_err(list())? {
            let entry = entry.map_err(list())?;
            let path = entry.path();
            let kind = entry
                .file_type()
                .map_err(VaultError::file("look at", &path))?;
            let name = entry.file_name().into_string().ok();
            let relative = name.map(|name| match below {
                "" => name,
                below => format!("{below}/{name}"),
            });
            match relative {
                Some(relative) if kind.is_dir() && depth < MAX_DEPTH => {
                    self.folder(&path, &relative, depth + 1)?;
                }
                Some(relative) if kind.is_file() && self.files.len() < MAX_FILES => {
                    self.file(&path, relative)?;
                }
                _ => self.strangers.push(path),
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, relative: String) -> Result<(), VaultError> {
        let read = || VaultError::file("read", path);
        let mut file = File::open(path).map_err(read())?;
        if is_descriptor(&relative) {
            let mut bytes = Vec::new();
            (&mut file)
                .take(MAX_DESCRIPTOR_BYTES)
                .read_to_end(&mut bytes)
                .map_err(read())?;
            self.descriptors.push(TagFile {
                name: relative.clone(),
                bytes,
            });
            file = File::open(path).map_err(read())?;
        }
        let (sha256, sha512, bytes) = self.hashes(&mut file).map_err(read())?;
        self.files.push(FoundFile {
            path: relative,
            sha256,
            sha512,
            bytes,
        });
        Ok(())
    }

    fn hashes(&self, file: &mut File) -> io::Result<(String, Option<String>, u64)> {
        let mut sha256 = Sha256::new();
        let mut sha512 = self.wants_sha512.then(Sha512::new);
        let mut bytes = 0u64;
        let mut piece = vec![0u8; 256 * 1024];
        loop {
            let got = match file.read(&mut piece) {
                Ok(0) => break,
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            sha256.update(&piece[..got]);
            if let Some(hash) = &mut sha512 {
                hash.update(&piece[..got]);
            }
            bytes += u64::try_from(got).expect("a piece is small");
        }
        let sha512 = sha512.map(|hash| hex::encode(hash.finalize()));
        Ok((hex::encode(sha256.finalize()), sha512, bytes))
    }
}
