//! What the studio itself opens and puts in a dropbox: drops by name, notes, finals, uploads.
//!
//! A dropbox belongs to its client, who may put links and swap folders in it at any moment. So
//! every path is walked folder by folder without following links, and what is written goes
//! through the descriptor of the folder that was reached.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::path::{Path, PathBuf};

use durable::Draft;

use crate::folder::{Facts, Folder, Kind};
use crate::names::numbered;

/// Most versions of one name that a browser may send.
const MAX_VERSIONS: u32 = 1000;

/// Endings of files that hold audio, or may.
const AUDIO_ENDINGS: [&str; 24] = [
    "wav", "wave", "bwf", "rf64", "w64", "bw64", "aif", "aiff", "aifc", "flac", "caf", "m4a",
    "mp4", "alac", "aac", "mp3", "mp2", "ogg", "oga", "opus", "wma", "ape", "wv", "au",
];

/// Whether a file's name says that it is audio. A name without an ending may be.
#[must_use]
pub fn may_be_audio(path: &Path) -> bool {
    match path.extension().and_then(OsStr::to_str) {
        None => true,
        Some(ending) => AUDIO_ENDINGS.contains(&ending.to_ascii_lowercase().as_str()),
    }
}

/// Whether a file's name says that it may be a list of titles, codes and credits: a table or a note.
#[must_use]
pub fn may_be_label_copy(path: &Path) -> bool {
    const ENDINGS: [&str; 4] = ["csv", "tsv", "txt", "xlsx"];
    let ending = path.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| ENDINGS.contains(&ending.to_ascii_lowercase().as_str()))
}

/// Whether a file's name says that it may be a booklet: a PDF.
#[must_use]
pub fn may_be_booklet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("pdf"))
}

/// Whether a file's name says that it may be a video: a QuickTime film.
#[must_use]
pub fn may_be_video(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("mov"))
}

/// Whether a file's name says that it is a zip.
#[must_use]
pub fn is_archive(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("zip"))
}

/// A dropped file, open for reading.
#[derive(Debug)]
pub struct OpenDrop {
    /// The file at its first byte.
    pub file: File,
    /// Device, inode, size and modification time, as one text.
    pub fingerprint: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Opens a dropped file by its path in a dropbox; links and pipes are never opened.
///
/// # Errors
/// `NotFound` where it is not there any more, or is no plain file.
pub fn open_drop(dropbox: &Path, path: &Path) -> io::Result<OpenDrop> {
    let (holder, name) = Folder::open(dropbox)?.holder_of(path)?;
    if holder
        .look(&name)?
        .is_none_or(|facts| facts.kind != Kind::File)
    {
        return Err(io::ErrorKind::NotFound.into());
    }
    let file = holder.open_file(&name)?;
    let facts = Facts::of_open(&file)?;
    Ok(OpenDrop {
        file,
        fingerprint: facts.fingerprint(),
        bytes: facts.bytes,
    })
}

/// The fingerprint of an open file as it is now.
///
/// # Errors
/// The file system.
pub fn fingerprint_of(file: &File) -> io::Result<String> {
    Ok(Facts::of_open(file)?.fingerprint())
}

/// Writes a note at `path` in a dropbox, in place of an older note; its folder must be there.
///
/// # Errors
/// `NotFound` where the folder has gone; the file system.
pub fn put_note(dropbox: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (holder, name) = Folder::open(dropbox)?.holder_of(path)?;
    durable::replace(&through(&holder, &name), bytes).map_err(into_io)
}

/// Puts a final at `path` in a dropbox and makes its folders. One that lies there whole is left.
///
/// # Errors
/// `AlreadyExists` where another file has the name; the file system.
pub fn put_final(dropbox: &Path, path: &Path, source: &mut File) -> io::Result<()> {
    let holder = make_holder(dropbox, path)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    if holder.look(name)?.is_some() {
        return same_bytes(holder.open_file(name)?, source);
    }
    let target = through(&holder, name);
    let mut draft = Draft::create_in(target.parent().unwrap_or(Path::new("/"))).map_err(into_io)?;
    io::copy(source, &mut draft)?;
    draft.publish(&target).map_err(into_io)
}

fn same_bytes(mut there: File, source: &mut File) -> io::Result<()> {
    let (mut a, mut b) = (vec![0u8; 128 * 1024], vec![0u8; 128 * 1024]);
    loop {
        let n = there.read(&mut a)?;
        if n == 0 {
            return if source.read(&mut b)? == 0 {
                Ok(())
            } else {
                Err(io::ErrorKind::AlreadyExists.into())
            };
        }
        source
            .read_exact(&mut b[..n])
            .map_err(|_| io::Error::from(io::ErrorKind::AlreadyExists))?;
        if a[..n] != b[..n] {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
    }
}

/// A file on its way from a browser into a dropbox; dropped unfinished, it leaves nothing.
#[derive(Debug)]
pub struct Upload {
    draft: Draft,
    holder: Folder,
    name: String,
}

impl Upload {
    /// Begins an upload to `path` in a dropbox; its folders are made.
    ///
    /// # Errors
    /// The file system; a name that is not UTF-8.
    pub fn begin(dropbox: &Path, path: &Path) -> io::Result<Self> {
        durable::make_folder(dropbox).map_err(into_io)?;
        let holder = make_holder(dropbox, path)?;
        let name = path
            .file_name()
            .and_then(OsStr::to_str)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let draft = Draft::create_in(&descriptor_path(&holder)).map_err(into_io)?;
        Ok(Self {
            draft,
            holder,
            name: name.to_owned(),
        })
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The file system.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.draft.write_all(bytes)
    }

    /// Gives the file its name, or `name (2).wav` where the name is taken; returns the name.
    ///
    /// # Errors
    /// The file system.
    pub fn finish(self) -> io::Result<String> {
        let mut name = self.name.clone();
        for version in 2..MAX_VERSIONS {
            if self.holder.look(OsStr::new(&name))?.is_none() {
                let target = through(&self.holder, OsStr::new(&name));
                self.draft.publish(&target).map_err(into_io)?;
                return Ok(name);
            }
            name = numbered(&self.name, version);
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }
}

fn make_holder(dropbox: &Path, path: &Path) -> io::Result<Folder> {
    let mut folder = Folder::open(dropbox)?;
    for step in path.parent().unwrap_or(Path::new("")) {
        if folder.look(step)?.is_none() {
            match folder.make_folder(step) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        folder = folder.walk(Path::new(step))?;
    }
    Ok(folder)
}

/// The folder by its descriptor: whatever becomes of its name, this is the folder that was reached.
fn descriptor_path(folder: &Folder) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", folder.as_fd().as_raw_fd()))
}

fn through(folder: &Folder, name: &OsStr) -> PathBuf {
    descriptor_path(folder).join(name)
}

fn into_io(error: durable::DurableError) -> io::Error {
    io::Error::new(error.source.kind(), error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Seek as _;
    use std::os::unix::fs::symlink;

    fn scratch(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn a_note_takes_the_place_of_an_older_note_and_a_link_leads_nowhere() {
        let dropbox = tempfile::tempdir().unwrap();
        put_note(dropbox.path(), Path::new("a.wav.lacquer.txt"), b"one").unwrap();
        put_note(dropbox.path(), Path::new("a.wav.lacquer.txt"), b"two").unwrap();
        assert_eq!(
            std::fs::read(dropbox.path().join("a.wav.lacquer.txt")).unwrap(),
            b"two"
        );

        let outside = tempfile::tempdir().unwrap();
        symlink(outside.path(), dropbox.path().join("link")).unwrap();
        assert!(put_note(dropbox.path(), Path::new("link/n.lacquer.txt"), b"x").is_err());
        assert!(put_final(dropbox.path(), Path::new("link/f.wav"), &mut scratch(b"x")).is_err());
        assert!(Upload::begin(dropbox.path(), Path::new("link/u.wav")).is_err());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_final_is_put_once_and_never_replaces_another_file() {
        let dropbox = tempfile::tempdir().unwrap();
        let path = Path::new("Finals/LQ-1001/Song.wav");
        put_final(dropbox.path(), path, &mut scratch(b"audio")).unwrap();
        put_final(dropbox.path(), path, &mut scratch(b"audio")).unwrap();
        for other in [&b"other"[..], b"audi", b"audio2"] {
            let refused = put_final(dropbox.path(), path, &mut scratch(other)).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        }
        assert_eq!(std::fs::read(dropbox.path().join(path)).unwrap(), b"audio");
    }

    #[test]
    fn an_upload_appears_whole_under_a_free_name_or_not_at_all() {
        let dropbox = tempfile::tempdir().unwrap();
        let path = Path::new("LQ-1001/Song.wav");
        let send = |bytes: &[u8]| {
            let mut upload = Upload::begin(dropbox.path(), path).unwrap();
            upload.write(bytes).unwrap();
            upload.finish().unwrap()
        };
        assert_eq!(send(b"one"), "Song.wav");
        assert_eq!(send(b"two"), "Song (2).wav");
        drop(Upload::begin(dropbox.path(), path).unwrap());
        assert_eq!(
            std::fs::read_dir(dropbox.path().join("LQ-1001"))
                .unwrap()
                .count(),
            2
        );
    }

    #[test]
    fn names_say_what_may_be_audio() {
        for name in ["a.wav", "A.WAV", "b.Aiff", "mix", "c.flac", "d.mp3"] {
            assert!(may_be_audio(Path::new(name)), "{name}");
        }
        for name in ["notes.txt", "cover.jpg", "song.zip", "session.ptx"] {
            assert!(!may_be_audio(Path::new(name)), "{name}");
        }
        assert!(is_archive(Path::new("Songs.ZIP")));
    }
}
