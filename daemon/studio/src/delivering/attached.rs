//! What goes along with a release beside its sound: the booklet, and videos of songs, copied as they were sent. Where a DDEX
//! message is made, they are its resources, and lie there alone.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use attachments::Movie;
use delivery::Ean;
use delivery::ddex::{Along, AlongAs, FileSum, video_name};
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
    /// What the container of a video says; none for a booklet, and for what cannot be read.
    pub movie: Option<Movie>,
}

/// A file to be copied: what the release calls it, and where it goes.
struct Copied<'a> {
    name: &'a str,
    stem: String,
    disc: u32,
    track: Option<u32>,
    title: &'a str,
    /// The place of its song in the release, from 0.
    song: Option<usize>,
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
                    song: None,
                });
                booklet.collect()
            }
            Wish::Video => {
                let songs = release.songs.iter().enumerate();
                let videos = songs.filter_map(|(place, song)| {
                    Some(Copied {
                        name: song.video.as_deref()?,
                        stem: self.profile.names.name(release, song, "Video"),
                        disc: song.disc,
                        track: Some(song.track),
                        title: &song.title,
                        song: Some(place),
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
                Some(attached) => {
                    what.extend(attached.lacks.iter().cloned());
                    // A film with nothing against it was read, but perhaps by an older version of the program.
                    if self.has_message()
                        && wish == Wish::Video
                        && attached.movie.is_none()
                        && attached.lacks.is_empty()
                    {
                        what.push(format!(
                            "{} has to be read again before a DDEX message can say how long it is; bring it again",
                            one.name
                        ));
                    }
                }
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

impl Delivery<'_> {
    fn has_message(&self) -> bool {
        self.profile.formats.contains(&Wish::Ddex)
    }

    /// Copies what the profile wants along into the resources of its DDEX message; each is read back.
    pub(super) fn along(
        &self,
        resources: &Path,
        ean: Ean,
    ) -> Result<Vec<(Along, FileMade)>, DeliveryError> {
        let mut all = Vec::new();
        for wish in [Wish::Video, Wish::Booklet] {
            if !self.profile.formats.contains(&wish) {
                continue;
            }
            for one in self.copied(wish) {
                let missing = || DeliveryError::Missing(self.missing_of_attached(wish));
                let attached = self.attached.get(one.name).ok_or_else(missing)?;
                let file = attached.file.as_ref().ok_or_else(missing)?;
                let song = one.song.and_then(|place| self.release.songs.get(place));
                let (file_name, what) = match (one.song, song) {
                    (Some(place), Some(song)) => {
                        let movie = attached.movie.clone().ok_or_else(missing)?;
                        let what = AlongAs::Video { song: place, movie };
                        (video_name(ean, song), what)
                    }
                    _ => (self.booklet_resource(ean), AlongAs::Booklet),
                };
                let (sha256, bytes) = copy(file, &resources.join(&file_name), &file_name)?;
                let made = one.made(wish, String::new(), (&sha256, bytes));
                let along = Along {
                    file_name,
                    bytes,
                    sum: FileSum::Sha256(sha256),
                    what,
                };
                all.push((along, made));
            }
        }
        Ok(all)
    }

    /// What the booklet is called among resources, unless the profile says how.
    fn booklet_resource(&self, ean: Ean) -> String {
        let stem = match self.profile.booklet_name {
            Some(_) => self.profile.booklet_name(self.release),
            None => format!("{ean}_booklet"),
        };
        Names::default().take(&stem, "pdf")
    }
}

impl Copied<'_> {
    fn made(&self, wish: Wish, path: String, (sha256, bytes): (&str, u64)) -> FileMade {
        FileMade {
            format: wish.to_string(),
            path,
            disc: self.disc,
            track: self.track,
            title: self.title.to_owned(),
            sha256: sha256.to_owned(),
            bytes,
            read_back: "read back: every byte is the one that was sent".to_owned(),
            ..FileMade::default()
        }
    }
}

impl Maker<'_> {
    /// Copies the booklet, or the videos; each is read back.
    pub(super) fn attached(&self, wish: Wish, made: &mut Delivered) -> Result<(), DeliveryError> {
        if self.delivery.has_message() {
            return Ok(());
        }
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
            made.files.push(one.made(wish, path, (&sha256, bytes)));
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
