//! Drafts of notes and finals that a killed daemon has left in the dropboxes.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::{Folder, Kind};
use crate::watch::{MAX_DEPTH, MAX_ENTRIES};

/// Removes what an earlier run began to write into the dropboxes and never named, and says how
/// many drafts there were. To be called before anything writes there.
///
/// What cannot be read or removed is left: nobody is shown a draft under its hidden name.
///
/// # Errors
/// The folder of the dropboxes itself cannot be opened.
pub fn clear_drafts(dropboxes: &Path) -> io::Result<u64> {
    let mut folders = vec![(Folder::open(dropboxes)?, PathBuf::new())];
    let mut removed = 0;
    while let Some((folder, path)) = folders.pop() {
        let entries = match folder.entries(MAX_ENTRIES) {
            Ok((entries, _)) => entries,
            Err(error) => {
                tracing::warn!(path = %path.display(), error = %error, "a folder could not be searched for drafts");
                continue;
            }
        };
        for entry in entries {
            let below = path.join(&entry.name);
            match entry.facts.kind {
                Kind::Folder if below.components().count() <= MAX_DEPTH + 1 => {
                    // Gone, or swapped for a link meanwhile: nothing of ours.
                    if let Ok(inner) = folder.walk(Path::new(&entry.name)) {
                        folders.push((inner, below));
                    }
                }
                Kind::File if durable::is_draft_name(&entry.name) => {
                    match folder.remove_file(&entry.name) {
                        Ok(()) => removed += 1,
                        Err(error) => {
                            tracing::warn!(path = %below.display(), error = %error, "a draft could not be removed");
                        }
                    }
                }
                Kind::File | Kind::Folder | Kind::Other => {}
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn drafts_of_an_earlier_run_go_and_everything_else_stays() {
        let outside = tempfile::tempdir().unwrap();
        let kept_outside = outside.path().join(".lacquer-draft-3");
        File::create(&kept_outside).unwrap();
        let place = tempfile::tempdir().unwrap();
        let finals = place.path().join("ada/Finals/LQ-1001");
        std::fs::create_dir_all(&finals).unwrap();
        std::os::unix::fs::symlink(outside.path(), place.path().join("ada/way-out")).unwrap();
        File::create(finals.join(".lacquer-draft-1")).unwrap();
        File::create(place.path().join("ada/.lacquer-draft-2")).unwrap();
        File::create(place.path().join("ada/Song.wav")).unwrap();
        assert_eq!(clear_drafts(place.path()).unwrap(), 2);
        assert_eq!(clear_drafts(place.path()).unwrap(), 0);
        assert!(place.path().join("ada/Song.wav").exists());
        assert!(kept_outside.exists());
    }
}
