//! Looking at a tree of folders, and at one file more closely.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};

use rustix::fs::SeekFrom;

use super::{MAX_DEPTH, MAX_ENTRIES, Why};
use crate::folder::{Facts, Folder, Kind, Listing};
use crate::kernel::{Writer, writer_of};
use crate::names::is_litter;

/// What a look at a tree found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Plain files that may be mixes, with their path in the dropbox.
    pub(super) files: Vec<(PathBuf, Facts)>,
    /// Places that could not be looked at, and why.
    pub(super) unseen: Vec<(PathBuf, Why)>,
    /// Entries counted so far, of all kinds.
    pub(super) entries: usize,
}

/// Looks at `folder`, which lies at `path` in its dropbox, and at all below it.
pub(super) fn look_at_tree(folder: Folder, path: PathBuf) -> Found {
    let mut found = Found::default();
    let mut folders = vec![(folder, path)];
    while let Some((folder, path)) = folders.pop() {
        if path.components().count() > MAX_DEPTH {
            found.unseen.push((path, Why::TooDeep));
            continue;
        }
        let room = MAX_ENTRIES.saturating_sub(found.entries);
        let (entries, listing) = match folder.entries(room) {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %error, "a folder in a dropbox could not be read");
                found.unseen.push((path, Why::NotReadable));
                continue;
            }
        };
        found.entries += entries.len();
        if listing == Listing::CutShort {
            found.unseen.push((PathBuf::new(), Why::TooMany));
            return found;
        }
        for entry in entries {
            let below = path.join(&entry.name);
            if is_litter(&below) {
                continue;
            }
            match entry.facts.kind {
                Kind::File => found.files.push((below, entry.facts)),
                Kind::Folder => match folder.walk(Path::new(&entry.name)) {
                    Ok(inner) => folders.push((inner, below)),
                    // Gone, or swapped for a link: the next look says which.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(_) => found.unseen.push((below, Why::NotReadable)),
                },
                Kind::Other => {}
            }
        }
    }
    found
}

/// How strictly a file at rest is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It must be without holes and not empty.
    Usual,
    /// A person has looked at it, or it has been empty for so long that its client must be told.
    TakeAnyway,
}

/// What became of a look at a file that has been quiet.
#[derive(Debug)]
pub(super) enum Verdict {
    /// At rest: here it is.
    Settled(File, Facts),
    /// Not yet.
    Waits(Why),
    /// It changed since it was last looked at, or is gone.
    Changed,
}

/// Opens a file that has been quiet, and asks whether anybody writes to it or ever stopped half-way.
pub(super) fn look_closely(
    holder: &Folder,
    name: &OsStr,
    last: &Facts,
    judgement: Judgement,
) -> io::Result<Verdict> {
    let file = match holder.open_file(name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Verdict::Changed),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            return Ok(Verdict::Waits(Why::NotReadable));
        }
        Err(error) => return Err(error),
    };
    match writer_of(file.as_fd())? {
        Writer::Holds => return Ok(Verdict::Waits(Why::BeingWritten)),
        // Unknown: a network mount. Quiet time and decoding have to do.
        Writer::None | Writer::Unknown => {}
    }
    // Looked at after the question for writers: whoever came and went in between has left a mark.
    let facts = Facts::of_open(&file)?;
    if facts != *last {
        return Ok(Verdict::Changed);
    }
    if judgement == Judgement::Usual {
        if facts.bytes == 0 {
            return Ok(Verdict::Waits(Why::Empty));
        }
        if has_hole(&file, facts.bytes)? {
            return Ok(Verdict::Waits(Why::HasHole));
        }
    }
    Ok(Verdict::Settled(file, facts))
}

/// True if part of the file was never written. File systems without holes say "none".
fn has_hole(file: &File, bytes: u64) -> io::Result<bool> {
    let first = match rustix::fs::seek(file, SeekFrom::Hole(0)) {
        Ok(first) => first,
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {
            bytes
        }
        Err(error) => return Err(error.into()),
    };
    rustix::fs::seek(file, SeekFrom::Start(0))?;
    Ok(first < bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn verdict(place: &Path, judgement: Judgement) -> Verdict {
        let folder = Folder::open(place).unwrap();
        let name = OsStr::new("Song.wav");
        let facts = folder.look(name).unwrap().unwrap();
        look_closely(&folder, name, &facts, judgement).unwrap()
    }

    #[test]
    fn a_reserved_but_unwritten_file_waits_until_a_person_says_otherwise() {
        let place = tempfile::tempdir().unwrap();
        let mut file = File::create(place.path().join("Song.wav")).unwrap();
        file.write_all(&[1; 100_000]).unwrap();
        file.set_len(10_000_000).unwrap();
        assert!(matches!(
            verdict(place.path(), Judgement::Usual),
            Verdict::Waits(Why::BeingWritten)
        ));
        drop(file);
        assert!(matches!(
            verdict(place.path(), Judgement::Usual),
            Verdict::Waits(Why::HasHole)
        ));
        assert!(matches!(
            verdict(place.path(), Judgement::TakeAnyway),
            Verdict::Settled(..)
        ));
    }

    #[test]
    fn a_tree_is_looked_into_sixteen_folders_deep_and_no_deeper() {
        let place = tempfile::tempdir().unwrap();
        let mut deep = place.path().to_owned();
        for level in 1..=18 {
            deep.push(format!("level{level}"));
            std::fs::create_dir(&deep).unwrap();
            File::create(deep.join("Song.wav")).unwrap();
        }
        let found = look_at_tree(Folder::open(place.path()).unwrap(), PathBuf::new());
        assert_eq!(found.files.len(), 16);
        assert_eq!(found.unseen.len(), 1);
        assert_eq!(found.unseen[0].1, Why::TooDeep);
    }
}
