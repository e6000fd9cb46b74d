//! A video: a QuickTime file (Apple's QuickTime File Format specification), read by its atoms; not a picture is decoded.

mod atoms;
mod rules;
mod sound;
mod table;
mod track;

use std::io::{self, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

pub use rules::{MovieRules, Song};
pub use sound::PcmSound;
pub use track::{MovieTrack, TrackKind};

use atoms::{Atom, Atoms, Header};

/// Largest description of a film that is read, in bytes; that of an hour at 60 frames a second takes a few MB.
const MOST_MOOV_BYTES: u64 = 64 << 20;
/// Atoms at the top of a file that are stepped over.
const MOST_ATOMS: usize = 10_000;
/// Tracks that are read.
const MOST_TRACKS: usize = 64;

/// A QuickTime file, as its container describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Movie {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its length in seconds, as it says itself.
    pub seconds: f64,
    /// Its tracks, in order.
    pub tracks: Vec<MovieTrack>,
    /// What is broken in the file, a sentence each.
    pub damage: Vec<String>,
}

/// Why a file cannot be read as a video.
#[derive(Debug, thiserror::Error)]
pub enum NoMovie {
    /// Something else.
    #[error("this is no QuickTime film; export the video as MOV")]
    NoMov,
    /// A relative of it.
    #[error(
        "this is an MP4 (brand {0}), whatever its name says; export the video as QuickTime (MOV), renaming it is not enough"
    )]
    Mp4(String),
    /// No description.
    #[error("the film is damaged or not whole: its description (moov) is missing; export it again")]
    NoDescription,
    /// A description that is none.
    #[error("the film's description is damaged: {0}; export it again")]
    Damaged(&'static str),
    /// It cannot be read at all.
    #[error("the film cannot be read")]
    Io(#[from] io::Error),
}

impl Movie {
    /// Reads the description of a QuickTime file; its pictures and sound are stepped over.
    ///
    /// # Errors
    /// What is no QuickTime file, has no description, or cannot be read.
    pub fn read(file: &mut (impl Read + Seek)) -> Result<Self, NoMovie> {
        let bytes = file.seek(SeekFrom::End(0))?;
        let top = top(file, bytes)?;
        let description = top.description(file)?;
        let mut movie = Self {
            bytes,
            damage: top.damage,
            ..Self::default()
        };
        movie.describe(&description)?;
        movie.missing(bytes);
        Ok(movie)
    }

    fn describe(&mut self, description: &[u8]) -> Result<(), NoMovie> {
        if Atoms::first(description, b"cmov").is_some() {
            return Err(NoMovie::Damaged(
                "it is compressed, which nobody reads any more",
            ));
        }
        let times = Atoms::first(description, b"mvhd").and_then(track::times);
        let (scale, duration) = times.ok_or(NoMovie::Damaged("it tells no length"))?;
        self.seconds = track::seconds(duration, scale);
        for Atom { kind, body } in Atoms::new(description) {
            if &kind == b"mvex" {
                let words = "it is cut into fragments; export it as one film";
                self.damage.push(words.to_owned());
            }
            if &kind != b"trak" {
                continue;
            }
            if self.tracks.len() == MOST_TRACKS {
                return Err(NoMovie::Damaged("it has too many tracks"));
            }
            let read = MovieTrack::read(body, scale);
            let read = read.ok_or(NoMovie::Damaged("a track of it is not whole"))?;
            self.tracks.push(read);
        }
        Ok(())
    }

    /// Says what the tables place behind the end of the file.
    fn missing(&mut self, bytes: u64) {
        for (track, no) in self.tracks.iter().zip(1..) {
            if track.reaches > bytes {
                self.damage.push(format!(
                    "track {no} reaches {} bytes beyond the end of the file: it was cut, or came only in part",
                    track.reaches - bytes
                ));
            }
        }
    }

    /// Its tracks of a kind.
    pub fn of_kind(&self, kind: TrackKind) -> impl Iterator<Item = &MovieTrack> {
        self.tracks.iter().filter(move |track| track.kind == kind)
    }
}

/// What stands at the top of a file.
#[derive(Default)]
struct Top {
    moov: Option<Header>,
    damage: Vec<String>,
}

impl Top {
    /// What the film's description holds.
    fn description(&self, file: &mut (impl Read + Seek)) -> Result<Vec<u8>, NoMovie> {
        let moov = self.moov.ok_or(NoMovie::NoDescription)?;
        let size = moov.end - moov.body;
        if size > MOST_MOOV_BYTES {
            return Err(NoMovie::Damaged("it is larger than any film's"));
        }
        let mut description = Vec::new();
        file.seek(SeekFrom::Start(moov.body))?;
        file.take(size).read_to_end(&mut description)?;
        Ok(description)
    }
}

/// Steps over the atoms at the top. Classic QuickTime files begin without a brand.
fn top(file: &mut (impl Read + Seek), bytes: u64) -> Result<Top, NoMovie> {
    let mut top = Top::default();
    let mut at = 0;
    for place in 0..MOST_ATOMS {
        let Some(header) = Header::read(file, at, bytes)? else {
            break;
        };
        if place == 0 {
            is_quicktime(file, &header)?;
        }
        if header.end > bytes {
            top.damage.push(format!(
                "the file is cut: {} bytes of its part \u{201c}{}\u{201d} are missing",
                header.end - bytes,
                header.name()
            ));
            break;
        }
        if &header.kind == b"moov" {
            top.moov = Some(header);
        }
        at = header.end;
    }
    Ok(top)
}

fn is_quicktime(file: &mut (impl Read + Seek), first: &Header) -> Result<(), NoMovie> {
    match &first.kind {
        b"ftyp" => {
            let mut brand = [0; 4];
            file.seek(SeekFrom::Start(first.body))?;
            file.read_exact(&mut brand).map_err(|_| NoMovie::NoMov)?;
            if &brand == b"qt  " {
                Ok(())
            } else {
                Err(NoMovie::Mp4(atoms::name(brand)))
            }
        }
        b"moov" | b"mdat" | b"wide" | b"free" | b"skip" | b"pnot" => Ok(()),
        _ => Err(NoMovie::NoMov),
    }
}
