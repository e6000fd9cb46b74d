//! What goes along with a release beside its sound: the booklet, and videos of songs, copied as they were sent.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use delivery::names::Names;
use delivery::wish::Wish;
use sha2::{Digest as _, Sha256};

use super::checksums::sum;
use super::make::Maker;
use super::report::{Delivered, FileMade};
use super::{Delivery, DeliveryError, Missing};

/// Bytes that are copied at once.
const BLOCK_BYTES: usize = 256 * 1024;

/// A booklet or a video, by the name that the release gives it.
#[derive(Debug)]
pub struct Attached {
    /// Its file; none while it is only said what would be made.
    pub file: Option<File>,
    /// What keeps it from being delivered, each in a sentence.
    pub lacks: Vec<String>,
}

/// A file to be copied: what the release calls it, and where it goes.
struct Copied<'a> {
    name: &'a str,
    stem: String,
    disc: u32,
    track: Option<u32>,
    title: &'a str,
}

impl Delivery<'_> {
    fn copied(&self, wish: Wish) -> Vec<Copied<'_>> {
        let release = self.release;
        match wish {
            Wish::Booklet => {
                let booklet = release.booklet.iter().map(|name| Copied {
                    name,
                    stem: self.profile.booklet_name(release),
                    disc: 0,
                    track: None,
                    title: &release.title,
                });
                booklet.collect()
            }
            Wish::Video => {
                let videos = release.songs.iter().filter_map(|song| {
                    Some(Copied {
                        name: song.video.as_deref()?,
                        stem: self.profile.names.name(release, song, "Video"),
                        disc: song.disc,
                        track: Some(song.track),
                        title: &song.title,
                    })
                });
                videos.collect()
            }
            _ => Vec::new(),
        }
    }

    /// What keeps the booklet or the videos from being delivered.
    pub(super) fn missing_of_attached(&self, wish: Wish) -> Vec<Missing> {
        let none = match wish {
            Wish::Booklet => "nobody has brought a booklet",
            Wish::Video => "nobody has brought a video of a song",
            _ => return Vec::new(),
        };
        let all = self.copied(wish);
        let mut what: Vec<String> = Vec::new();
        for one in &all {
            match self.attached.get(one.name) {
                Some(attached) => what.extend(attached.lacks.iter().cloned()),
                None => what.push(format!("{} is not there", one.name)),
            }
        }
        if all.is_empty() {
            what.push(none.to_owned());
        }
        let format = Some(wish);
        let missing = what.into_iter().map(|what| Missing { format, what });
        missing.collect()
    }
}

impl Maker<'_> {
    /// Copies the booklet, or the videos; each is read back.
    pub(super) fn attached(&self, wish: Wish, made: &mut Delivered) -> Result<(), DeliveryError> {
        let (folder_name, ending) = match wish {
            Wish::Booklet => ("Booklet", "pdf"),
            _ => ("Video", "mov"),
        };
        let folder = self.folder(folder_name)?;
        let mut names = Names::default();
        for one in self.delivery.copied(wish) {
            let attached = self.delivery.attached.get(one.name);
            let Some(file) = attached.and_then(|attached| attached.file.as_ref()) else {
                return Err(DeliveryError::Missing(
                    self.delivery.missing_of_attached(wish),
                ));
            };
            let name = names.take(&one.stem, ending);
            let path = format!("{folder_name}/{name}");
            let (sha256, bytes) = copy(file, &folder.join(&name), &path)?;
            made.files.push(FileMade {
                format: wish.to_string(),
                path,
                disc: one.disc,
                track: one.track,
                title: one.title.to_owned(),
                sha256,
                bytes,
                read_back: "read back: every byte is the one that was sent".to_owned(),
                ..FileMade::default()
            });
        }
        Ok(())
    }
}

/// Copies a file and reads it back; its checksum and length.
fn copy(file: &File, to: &Path, name: &str) -> Result<(String, u64), DeliveryError> {
    let failed = |what| DeliveryError::at(what, to);
    let mut from = file.try_clone().map_err(failed("read what becomes"))?;
    from.rewind().map_err(failed("read what becomes"))?;
    let mut out = File::create_new(to).map_err(failed("write"))?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let count = from.read(&mut block).map_err(failed("read what becomes"))?;
        if count == 0 {
            break;
        }
        hash.update(&block[..count]);
        out.write_all(&block[..count]).map_err(failed("write"))?;
    }
    drop(out);
    let (sha256, bytes) = sum(to)?;
    if sha256 == hex::encode(hash.finalize()) {
        Ok((sha256, bytes))
    } else {
        Err(DeliveryError::read_back(name, "its copy has other bytes"))
    }
}
