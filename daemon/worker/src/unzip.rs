//! In the child: opens a zip that may lie about everything, and passes its files on.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::child::{Answers, say};
use crate::protocol::{self, MOST_PIECE_BYTES, ProtocolError, Reply};

/// Most entries of a zip, folders among them.
pub const MOST_ENTRIES: usize = 2_000;
/// Most bytes that all files of a zip may come to.
pub const MOST_INFLATED_BYTES: u64 = 20 * 1024 * 1024 * 1024;
/// Most bytes of content for every byte of zip.
pub const MOST_INFLATION: u64 = 200;
/// Below this much content the ratio says nothing: a minute of silence packs a thousandfold.
const RATIO_FREE_BYTES: u64 = 64 * 1024 * 1024;
/// Most bytes of a name with its folders.
const MOST_NAME_BYTES: usize = 1_024;
/// Most bytes of one part of a name, as file systems have it.
const MOST_PART_BYTES: usize = 255;

/// A file in a zip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZipEntry {
    /// Its place in the zip.
    pub index: usize,
    /// Its name with folders, parted by `/`: relative, without `..`, safe to be kept under a
    /// folder of its own.
    pub name: String,
    /// Bytes the zip declares; it never comes to more.
    pub bytes_declared: u64,
}

/// A file in a zip that was not passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Its name, made printable.
    pub name: String,
    /// Why, in plain words.
    pub reason: String,
}

/// What became of a zip.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    /// Files passed on whole.
    pub entries: Vec<ZipEntry>,
    /// Files left out that a person may want to know of. Litter of macOS and Windows and folders
    /// are left out without a word.
    pub skipped: Vec<Skipped>,
}

/// What is to be done with an entry.
enum Verdict {
    Take(ZipEntry),
    Skip(&'static str),
    Litter,
}

pub(crate) fn unpack(input: File) -> Result<(), ProtocolError> {
    match open(input) {
        Ok((archive, bytes)) => pass_all(archive, bytes),
        Err(reason) => say(&Reply::ZipRefused { reason }),
    }
}

/// Opens the zip and refuses what can be refused by its own directory.
fn open(mut input: File) -> Result<(ZipArchive<File>, u64), String> {
    let bytes = input.seek(SeekFrom::End(0)).map_err(unreadable)?;
    if let Some(count) = declared_entries(&mut input, bytes).map_err(unreadable)? {
        refuse_count(count)?;
    }
    let mut archive = ZipArchive::new(input).map_err(|error| match error {
        ZipError::UnsupportedArchive(_) => {
            "it is of a kind that is not taken, such as one in several parts".to_owned()
        }
        _ => "it is damaged, cut short, or no zip".to_owned(),
    })?;
    refuse_count(archive.len() as u64)?;
    if archive.metadata().has_duplicate_names() {
        return Err("two files in it have one name".to_owned());
    }
    let overlapping = archive.has_overlapping_files();
    if overlapping.map_err(|_| "it is damaged".to_owned())? {
        return Err("files in it share their content, as in a zip bomb".to_owned());
    }
    let mut inflated = 0u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index);
        let entry = entry.map_err(|_| "it is damaged".to_owned())?;
        if entry.encrypted() {
            return Err("it is locked with a password; send it without one".to_owned());
        }
        inflated = inflated.saturating_add(entry.size());
    }
    refuse_size(inflated, bytes)?;
    Ok((archive, bytes))
}

fn unreadable(_: io::Error) -> String {
    "it could not be read".to_owned()
}

fn refuse_count(count: u64) -> Result<(), String> {
    if count > MOST_ENTRIES as u64 {
        return Err(format!(
            "it holds {count} files and folders, more than {MOST_ENTRIES}"
        ));
    }
    Ok(())
}

fn refuse_size(inflated: u64, bytes: u64) -> Result<(), String> {
    if inflated > MOST_INFLATED_BYTES {
        return Err("its files come to more than 20 GB".to_owned());
    }
    if inflated > RATIO_FREE_BYTES && inflated / MOST_INFLATION > bytes {
        return Err(format!(
            "its files come to more than {MOST_INFLATION} times its own size, as in a zip bomb"
        ));
    }
    Ok(())
}

/// Entries by the end record, without reading the directory: a million of them would fill the
/// memory before they could be counted.
fn declared_entries(input: &mut File, len: u64) -> io::Result<Option<u64>> {
    const RECORD: &[u8] = b"PK\x05\x06";
    const LOCATOR_64: &[u8] = b"PK\x06\x07";
    const RECORD_64: &[u8] = b"PK\x06\x06";
    let from = len.saturating_sub(22 + 65_535 + 20);
    input.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    input.take(len - from).read_to_end(&mut tail)?;
    let Some(at) = tail.windows(4).rposition(|bytes| bytes == RECORD) else {
        return Ok(None);
    };
    let Some(count) = tail.get(at + 10..at + 12) else {
        return Ok(None);
    };
    let count = u16::from_le_bytes([count[0], count[1]]);
    let locator = at.checked_sub(20).map(|start| &tail[start..at]);
    let Some(locator) = locator.filter(|l| l.starts_with(LOCATOR_64)) else {
        return Ok(Some(u64::from(count)));
    };
    let mut offset = [0; 8];
    offset.copy_from_slice(&locator[8..16]);
    input.seek(SeekFrom::Start(u64::from_le_bytes(offset).min(len)))?;
    let mut record = Vec::new();
    input.take(56).read_to_end(&mut record)?;
    match record.get(32..40) {
        Some(count) if record.starts_with(RECORD_64) => {
            let mut long = [0; 8];
            long.copy_from_slice(count);
            Ok(Some(u64::from_le_bytes(long)))
        }
        _ => Ok(Some(u64::from(count))),
    }
}

fn pass_all(mut archive: ZipArchive<File>, bytes: u64) -> Result<(), ProtocolError> {
    let mut unpacked = Unpacked::default();
    let mut inflated = 0u64;
    for index in 0..archive.len() {
        let (name, verdict) = judge(&archive, index);
        let entry = match verdict {
            Verdict::Take(entry) => entry,
            Verdict::Litter => continue,
            Verdict::Skip(reason) => {
                unpacked.skipped.push(skipped(&name, reason));
                continue;
            }
        };
        say(&Reply::Entry(entry.clone()))?;
        match pass_one(&mut archive, &entry, &mut inflated, bytes)? {
            Passed::Whole => {
                unpacked.entries.push(entry);
                say(&Reply::EntryDone)?;
            }
            Passed::Faulty(reason) => {
                unpacked.skipped.push(skipped(&name, reason));
                let reason = reason.to_owned();
                say(&Reply::EntryFaulty { reason })?;
            }
            Passed::TooMuch(reason) => return say(&Reply::ZipRefused { reason }),
        }
    }
    say(&Reply::Unpacked(unpacked))
}

fn skipped(name: &str, reason: &str) -> Skipped {
    let shown = name.chars().take(200);
    Skipped {
        name: shown
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect(),
        reason: reason.to_owned(),
    }
}

fn judge(archive: &ZipArchive<File>, index: usize) -> (String, Verdict) {
    let Ok(entry) = archive.by_index_data(index) else {
        return (String::new(), Verdict::Skip("its header is damaged"));
    };
    let Ok(raw) = entry.name() else {
        return (
            String::from_utf8_lossy(entry.name_raw()).into_owned(),
            Verdict::Skip("its name cannot be read"),
        );
    };
    let raw = raw.into_owned();
    if entry.is_dir() {
        return (raw, Verdict::Litter);
    }
    let verdict = match safe_name(&raw) {
        Err(reason) => Verdict::Skip(reason),
        Ok(name) if is_litter(&name) => Verdict::Litter,
        Ok(_) if entry.is_symlink() || is_special(entry.unix_mode()) => {
            Verdict::Skip("it is a link or a device, not a file")
        }
        Ok(name) if name.to_ascii_lowercase().ends_with(".zip") => {
            Verdict::Skip("a zip inside a zip is not opened")
        }
        Ok(name) => Verdict::Take(ZipEntry {
            index,
            name,
            bytes_declared: entry.size(),
        }),
    };
    (raw, verdict)
}

/// True for links, devices, pipes and sockets.
fn is_special(mode: Option<u32>) -> bool {
    const KIND: u32 = 0o170_000;
    const FILE: u32 = 0o100_000;
    mode.is_some_and(|mode| mode & KIND != 0 && mode & KIND != FILE)
}

/// The name with `/` between its parts, if it stays where it is put.
fn safe_name(raw: &str) -> Result<String, &'static str> {
    let name = raw.replace('\\', "/");
    if name.is_empty() || name.len() > MOST_NAME_BYTES {
        return Err("its name is empty or too long");
    }
    if name.contains('\0') || name.chars().any(char::is_control) {
        return Err("its name holds control characters");
    }
    let drive = name.as_bytes().get(1) == Some(&b':');
    if name.starts_with('/') || drive {
        return Err("its name is an absolute path");
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            ".." => return Err("its name leads out of the zip"),
            "" | "." => (),
            part if part.len() > MOST_PART_BYTES => return Err("its name is too long"),
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        return Err("its name is empty");
    }
    Ok(parts.join("/"))
}

/// What macOS and Windows leave in folders.
fn is_litter(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name.split('/').any(|part| part == "__MACOSX")
        || last.starts_with("._")
        || matches!(last, ".DS_Store" | "Thumbs.db" | "desktop.ini")
        || last.starts_with("~$")
}

enum Passed {
    Whole,
    Faulty(&'static str),
    TooMuch(String),
}

const LIES: &str = "it is damaged, or the zip lies about its size";

fn pass_one(
    archive: &mut ZipArchive<File>,
    entry: &ZipEntry,
    inflated: &mut u64,
    zip_bytes: u64,
) -> Result<Passed, ProtocolError> {
    let mut content = match archive.by_index(entry.index) {
        Ok(content) => content,
        Err(ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)) => {
            return Ok(Passed::Faulty("it is packed in a way that is not taken"));
        }
        Err(_) => return Ok(Passed::Faulty(LIES)),
    };
    let mut piece = vec![0; usize::try_from(MOST_PIECE_BYTES).unwrap_or(usize::MAX)];
    let mut passed = 0u64;
    loop {
        let n = match content.read(&mut piece) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return Ok(Passed::Faulty(LIES)),
        };
        passed += n as u64;
        *inflated += n as u64;
        if passed > entry.bytes_declared {
            return Ok(Passed::Faulty(LIES));
        }
        if let Err(reason) = refuse_size(*inflated, zip_bytes) {
            return Ok(Passed::TooMuch(reason));
        }
        protocol::send_piece(Answers, &piece[..n])?;
    }
    if passed < entry.bytes_declared {
        return Ok(Passed::Faulty(LIES));
    }
    Ok(Passed::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_climb_out_are_refused_and_others_are_tidied() {
        let check = |raw: &str, expected| assert_eq!(safe_name(raw), expected, "{raw:?}");
        check("Mixes/Song.wav", Ok("Mixes/Song.wav".to_owned()));
        check("Mixes\\Song.wav", Ok("Mixes/Song.wav".to_owned()));
        check("./a//b.wav", Ok("a/b.wav".to_owned()));
        check("../../etc/passwd", Err("its name leads out of the zip"));
        check("a/..\\b", Err("its name leads out of the zip"));
        check("/etc/passwd", Err("its name is an absolute path"));
        check("C:\\Windows\\x", Err("its name is an absolute path"));
        check("\\\\server\\x", Err("its name is an absolute path"));
        check("a\0b", Err("its name holds control characters"));
        check("", Err("its name is empty or too long"));
        check("./", Err("its name is empty"));
        check(&"x".repeat(256), Err("its name is too long"));
    }

    #[test]
    fn the_ratio_counts_only_for_what_is_large() {
        assert!(refuse_size(60 * 1024 * 1024, 1_000).is_ok());
        assert!(refuse_size(256 * 1024 * 1024, 1_000_000).is_err());
        assert!(refuse_size(200 * 1024 * 1024, 2 * 1024 * 1024).is_ok());
        assert!(refuse_size(MOST_INFLATED_BYTES + 1, MOST_INFLATED_BYTES).is_err());
    }
}
