//! The checksums of everything in a delivery's folder.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use delivery::cd::ddp::FileSums;
use sha2::{Digest as _, Sha256};

use super::{DeliveryError, lyrics};

/// The name of the list, which `sha256sum -c` reads.
pub const NAME: &str = "CHECKSUMS.sha256";
/// The name of the report, which says of every file what it holds.
pub const REPORT: &str = "Delivery report.json";
/// Bytes that are read at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// SHA-256 and length of a file.
pub(super) fn sum(path: &Path) -> Result<(String, u64), DeliveryError> {
    let mut hash = Sha256::new();
    let bytes = pass(path, |block| hash.update(block))?;
    Ok((hex::encode(hash.finalize()), bytes))
}

/// MD5 of a file.
pub(super) fn md5(path: &Path) -> Result<String, DeliveryError> {
    let mut sums = FileSums::default();
    pass(path, |block| sums.update(block))?;
    Ok(sums.md5())
}

/// Hands out a file in blocks; gives its length.
fn pass(path: &Path, mut take: impl FnMut(&[u8])) -> Result<u64, DeliveryError> {
    let wrong = || DeliveryError::at("read", path);
    let mut file = std::fs::File::open(path).map_err(wrong())?;
    let mut block = vec![0; BLOCK_BYTES];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut block).map_err(wrong())?;
        if count == 0 {
            return Ok(bytes);
        }
        take(&block[..count]);
        bytes += count as u64;
    }
}

/// Writes the list of every file below a folder; what was summed as it lies there is not read once more.
pub(super) fn write(folder: &Path, known: &BTreeMap<PathBuf, &str>) -> Result<(), DeliveryError> {
    let mut all = Vec::new();
    walk(folder, &mut all)?;
    all.sort();
    let mut list = String::new();
    for path in all {
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let sha256 = match known.get(&path) {
            Some(sha256) => (*sha256).to_owned(),
            None => sum(&path)?.0,
        };
        list += &format!("{sha256}  {}\n", name.display());
    }
    put(&folder.join(NAME), list.as_bytes())
}

fn walk(folder: &Path, all: &mut Vec<PathBuf>) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::at("read", folder);
    for entry in std::fs::read_dir(folder).map_err(wrong())? {
        let path = entry.map_err(wrong())?.path();
        if path.is_dir() {
            walk(&path, all)?;
        } else {
            all.push(path);
        }
    }
    Ok(())
}

/// Writes a file that is not there yet.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), DeliveryError> {
    let wrong = || DeliveryError::at("write", path);
    let mut file = std::fs::File::create_new(path).map_err(wrong())?;
    file.write_all(bytes).map_err(wrong())
}

/// Most bytes of a list that are read: ten thousand long names.
const MOST_LIST_BYTES: u64 = 4 << 20;

/// Holds every file below a delivery's folder against its list; what is wrong comes in sentences.
///
/// # Errors
/// A folder that cannot be read.
pub fn judge(folder: &Path) -> Result<Vec<String>, DeliveryError> {
    let path = folder.join(NAME);
    let wrong = || DeliveryError::at("read", &path);
    let mut list = Vec::new();
    let file = std::fs::File::open(&path).map_err(wrong())?;
    file.take(MOST_LIST_BYTES + 1)
        .read_to_end(&mut list)
        .map_err(wrong())?;
    if list.len() as u64 > MOST_LIST_BYTES {
        return Ok(vec![format!(
            "{NAME} is longer than any list of a delivery"
        )]);
    }
    let mut said = Vec::new();
    let mut listed = Vec::new();
    for (no, line) in String::from_utf8_lossy(&list).lines().enumerate() {
        match entry(line) {
            Some((sha256, name)) => {
                listed.push(folder.join(name));
                said.extend(one(folder, sha256, name));
            }
            None => said.push(format!(
                "{NAME}, line {}: it is no checksum with a file's name",
                no + 1
            )),
        }
    }
    let mut there = Vec::new();
    walk(folder, &mut there)?;
    there.sort();
    for file in there
        .iter()
        .filter(|file| **file != path && !listed.contains(file))
    {
        let name = file.strip_prefix(folder).unwrap_or(file);
        said.push(format!("{} is not in {NAME}", name.display()));
    }
    Ok(said)
}

/// Checksum and name of a line; none where the name leads out of the folder.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (sha256, name) = line.split_once("  ")?;
    let is_sum = sha256.len() == 64 && sha256.bytes().all(|b| b.is_ascii_hexdigit());
    let mut parts = Path::new(name).components();
    let stays = parts.all(|part| matches!(part, std::path::Component::Normal(_)));
    (is_sum && stays && !name.is_empty()).then_some((sha256, name))
}

fn one(folder: &Path, sha256: &str, name: &str) -> Option<String> {
    let path = folder.join(name);
    if !path.is_file() {
        return Some(format!("{name} is missing"));
    }
    match sum(&path) {
        Ok((found, _)) if found.eq_ignore_ascii_case(sha256) => lyrics::judge(&path, name),
        Ok(_) => Some(format!("{name} has been changed: its checksum is another")),
        Err(error) => Some(crate::denied::chain(&error)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_that_lead_out_are_none() {
        let sum = "0".repeat(64);
        for name in ["../x", "/x", "a/../../x", ""] {
            assert_eq!(entry(&format!("{sum}  {name}")), None, "{name}");
        }
        assert_eq!(
            entry(&format!("{sum}  a/b c.wav")),
            Some((sum.as_str(), "a/b c.wav"))
        );
        assert_eq!(entry("abc  a"), None);
    }

    proptest! {
        #[test]
        fn no_list_stops_the_judge(text in "\\PC{0,100}") {
            let folder = tempfile::tempdir().unwrap();
            put(&folder.path().join(NAME), text.as_bytes()).unwrap();
            let _ = judge(folder.path()).unwrap();
        }
    }
}
