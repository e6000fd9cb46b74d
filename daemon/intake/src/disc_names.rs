//! What a name says about discs: a DDP fileset, a CUE sheet with its sound.

use std::ffi::OsStr;
use std::io;
use std::path::Path;

use crate::folder::{Folder, Kind, Listing};
use crate::names::is_litter;

/// Names that a DDP fileset has by its standard.
const DDP_NAMES: [&str; 3] = ["DDPID", "DDPMS", "PQDESCR"];
/// Endings of files that belong to discs and to little else.
const ENDINGS: [&str; 9] = [
    "cue", "bin", "img", "dat", "raw", "cdt", "md5", "crc", "toc",
];

/// Whether a name is that of a DDP fileset's first file.
#[must_use]
pub fn is_ddp_id(name: &OsStr) -> bool {
    name.eq_ignore_ascii_case(DDP_NAMES[0])
}

/// Whether a name is that of a CUE sheet.
#[must_use]
pub fn is_cue_sheet(name: &OsStr) -> bool {
    ends_with(name, &["cue"])
}

/// Whether a file's name says that it describes a disc, whatever lies beside it.
#[must_use]
pub fn describes_disc(path: &Path) -> bool {
    let is_ddp = |name: &OsStr| {
        DDP_NAMES
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    };
    let name = path.file_name();
    name.is_some_and(|name| is_ddp(name) || is_cue_sheet(name))
}

/// Whether a file's name says that it may be part of a disc that is described beside it: its parts have no ending, or one
/// of their own.
#[must_use]
pub fn may_be_of_disc(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    path.extension().is_none() || ends_with(name, &ENDINGS) || is_disc_checksum(name)
}

/// Whether a name is that of a disc's checksums.
#[must_use]
pub fn is_disc_checksum(name: &OsStr) -> bool {
    let plain = name.to_string_lossy().to_ascii_uppercase();
    ends_with(name, &["md5", "crc"]) || (plain.contains("CHECKSUM") && plain.ends_with(".TXT"))
}

fn ends_with(name: &OsStr, endings: &[&str]) -> bool {
    let ending = Path::new(name).extension();
    ending.is_some_and(|ending| {
        endings
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// The names of the plain files in a folder of a dropbox, sorted; litter and names that are no text are left out, and nothing
/// is named where more than `most` files lie.
///
/// # Errors
/// `NotFound` where the folder has gone; the file system.
pub fn files_beside(dropbox: &Path, folder: &Path, most: usize) -> io::Result<Vec<String>> {
    let there = Folder::open(dropbox)?.walk(folder)?;
    let (entries, listing) = there.entries(most)?;
    if listing == Listing::CutShort {
        return Ok(Vec::new());
    }
    let files = entries
        .into_iter()
        .filter(|entry| entry.facts.kind == Kind::File);
    let named = files.filter_map(|entry| entry.name.into_string().ok());
    let mut names: Vec<String> = named
        .filter(|name| !is_litter(&folder.join(name)))
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_of_a_disc() {
        for name in ["Album/DDPID", "ddpms", "PQDESCR", "Album.CUE"] {
            assert!(describes_disc(Path::new(name)), "{name}");
        }
        for name in [
            "IMAGE.DAT",
            "Album.bin",
            "CHECKSUM.MD5",
            "md5_checksum.txt",
            "SD",
            "x.cdt",
        ] {
            let path = Path::new(name);
            assert!(!describes_disc(path) && may_be_of_disc(path), "{name}");
        }
        for name in ["Song.wav", "Notes.txt", "Album.zip", "DDPID.wav"] {
            let path = Path::new(name);
            assert!(!describes_disc(path) && !may_be_of_disc(path), "{name}");
        }
    }

    #[test]
    fn what_lies_beside_is_named() {
        let dropbox = tempfile::tempdir().unwrap();
        std::fs::create_dir(dropbox.path().join("CD")).unwrap();
        for name in ["CD/DDPID", "CD/.DS_Store", "CD/IMAGE.DAT", "Song.wav"] {
            durable::replace(&dropbox.path().join(name), b"x").unwrap();
        }
        let beside = |most| files_beside(dropbox.path(), Path::new("CD"), most).unwrap();
        assert_eq!(beside(10), ["DDPID", "IMAGE.DAT"]);
        assert!(beside(2).is_empty());
        let top = files_beside(dropbox.path(), Path::new(""), 10).unwrap();
        assert_eq!(top, ["Song.wav"]);
    }
}
