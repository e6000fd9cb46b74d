//! From a disc to a sheet, and from a sheet and its files back to a disc.

use super::{CueFile, CueFileKind, CueIndex, CueSheet, CueTexts, CueTrack};
use crate::Ean;
use crate::cd::text::TextKind;
use crate::cd::{Disc, DiscPlan, OffGrid, PlannedTrack, PqTime};

/// How a disc's audio lies in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CueLayout<'a> {
    /// In one file of this name: the image without the two seconds before the first track, which
    /// every drive makes by itself.
    Bin(&'a str),
    /// One WAV a track, each with the pregap before it, under these names.
    Wavs(&'a [String]),
}

/// The sheet of a disc; texts are those of its first language.
pub fn of_disc(disc: &Disc, layout: CueLayout<'_>) -> CueSheet {
    let texts = disc.texts.first();
    let text = |kind, track| texts.and_then(|block| block.text(kind, track));
    let texts_of = |track| CueTexts {
        title: text(TextKind::Title, track).unwrap_or_default(),
        performer: text(TextKind::Performer, track).unwrap_or_default(),
        songwriter: text(TextKind::Songwriter, track).unwrap_or_default(),
    };
    let files = match layout {
        CueLayout::Bin(name) => vec![CueFile {
            name: name.to_owned(),
            kind: CueFileKind::Binary,
        }],
        CueLayout::Wavs(names) => names
            .iter()
            .map(|name| CueFile {
                name: name.clone(),
                kind: CueFileKind::Wave,
            })
            .collect(),
    };
    let tracks = disc.tracks.iter().enumerate().map(|(place, track)| {
        let file = match layout {
            CueLayout::Bin(_) => 0,
            CueLayout::Wavs(_) => place,
        };
        let begins = match layout {
            CueLayout::Bin(_) => PqTime::FIRST_PREGAP,
            CueLayout::Wavs(_) => file_begins(track),
        };
        let index = |(number, at): (usize, PqTime)| {
            // The first pregap begins before the file; what of it the file holds is a pregap still.
            let from = at.max(PqTime::FIRST_PREGAP);
            Some(CueIndex {
                file,
                number: u8::try_from(number).ok()?,
                at: from.since(begins)?,
            })
        };
        let mut indexes: Vec<CueIndex> = track.marks().filter_map(index).collect();
        if track.start == PqTime::FIRST_PREGAP {
            indexes.retain(|index| index.number != 0);
        }
        CueTrack {
            texts: texts_of(place + 1),
            emphasis: track.emphasis,
            copying: track.copying,
            isrc: track.isrc,
            pregap: None,
            postgap: None,
            indexes,
        }
    });
    CueSheet {
        catalog: disc.ean.map(|ean| ean.to_string()),
        texts: texts_of(0),
        remarks: Vec::new(),
        cd_text_file: None,
        files,
        tracks: tracks.collect(),
    }
}

/// Where the file of a track begins on the disc.
fn file_begins(track: &PlannedTrack) -> PqTime {
    track.first_mark().max(PqTime::FIRST_PREGAP)
}

/// What a sheet and its files come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Laid {
    /// The disc.
    pub plan: DiscPlan,
    /// Where each file begins on the disc.
    pub files: Vec<PqTime>,
}

/// Why a sheet and its files make no disc.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CueProblem {
    /// A file that ends inside a sector, with another behind it.
    #[error("{name}: {source}")]
    OffGrid {
        /// The file.
        name: String,
        /// Where it ends.
        source: OffGrid,
    },
    /// A mark behind the end of its file.
    #[error("track {track}, index {index:02} at {at} lies behind the end of {name}")]
    BehindEnd {
        /// The track.
        track: usize,
        /// The index.
        index: u8,
        /// Where.
        at: PqTime,
        /// The file.
        name: String,
    },
    /// Files of more than a disc holds.
    #[error("the files are longer than any disc")]
    TooLong,
    /// Another number of files than the sheet has.
    #[error("the sheet names {named} files, {given} are given")]
    Files {
        /// Files of the sheet.
        named: usize,
        /// Files given.
        given: usize,
    },
    /// A track without a start.
    #[error("track {0} has no index 01")]
    NoStart(usize),
    /// A catalogue number that is no EAN.
    #[error(transparent)]
    Ean(#[from] crate::NotAnEan),
}

impl CueSheet {
    /// Lays its files one behind the other: `frames` are their lengths. The disc's first two
    /// seconds stand before them; a first track's `PREGAP` counts these in. A last file that ends
    /// inside a sector is filled up.
    ///
    /// # Errors
    /// What keeps them from being a disc's image.
    pub fn lay(&self, frames: &[u64]) -> Result<Laid, CueProblem> {
        if frames.len() != self.files.len() {
            let (named, given) = (self.files.len(), frames.len());
            return Err(CueProblem::Files { named, given });
        }
        let lengths = self.lengths(frames)?;
        let mut laying = Laying {
            at: PqTime::FIRST_PREGAP,
            files: vec![],
        };
        let mut plan = DiscPlan {
            ean: self.catalog.as_deref().map(Ean::parse).transpose()?,
            ..DiscPlan::default()
        };
        for (number, track) in (1..).zip(&self.tracks) {
            let planned = self.lay_track(number, track, &lengths, &mut laying)?;
            plan.tracks.push(planned);
        }
        while laying.files.len() < lengths.len() {
            laying.open(laying.files.len(), &lengths)?;
        }
        plan.end = laying.end(&lengths)?;
        Ok(Laid {
            plan,
            files: laying.files,
        })
    }

    fn lengths(&self, frames: &[u64]) -> Result<Vec<PqTime>, CueProblem> {
        let last = frames.len().saturating_sub(1);
        let length = |(place, (frames, file)): (usize, (&u64, &CueFile))| {
            let frames = if place == last {
                frames.next_multiple_of(PqTime::FRAMES_PER_SECTOR)
            } else {
                *frames
            };
            let name = file.name.clone();
            PqTime::from_frames(frames).map_err(|source| CueProblem::OffGrid { name, source })
        };
        frames
            .iter()
            .zip(&self.files)
            .enumerate()
            .map(length)
            .collect()
    }

    fn lay_track(
        &self,
        number: usize,
        track: &CueTrack,
        lengths: &[PqTime],
        laying: &mut Laying,
    ) -> Result<PlannedTrack, CueProblem> {
        let mut planned = PlannedTrack {
            emphasis: track.emphasis,
            copying: track.copying,
            isrc: track.isrc,
            pregap: (number == 1).then_some(PqTime::ZERO),
            ..PlannedTrack::default()
        };
        let mut has_start = false;
        for index in &track.indexes {
            laying.open(index.file, lengths)?;
            let length = lengths.get(index.file).copied().unwrap_or_default();
            if index.at >= length {
                let name = self.files.get(index.file).map(|f| f.name.clone());
                return Err(CueProblem::BehindEnd {
                    track: number,
                    index: index.number,
                    at: index.at,
                    name: name.unwrap_or_default(),
                });
            }
            let here = |laying: &Laying| laying.place(index).ok_or(CueProblem::TooLong);
            if index.number == 1
                && let Some(pregap) = track.pregap
            {
                let at = here(laying)?;
                let silence = if number == 1 {
                    pregap.since(PqTime::FIRST_PREGAP).unwrap_or_default()
                } else {
                    planned.pregap = Some(at);
                    pregap
                };
                laying.insert(silence)?;
            }
            let at = here(laying)?;
            match index.number {
                0 if number > 1 => planned.pregap = Some(at),
                0 => (),
                1 => {
                    planned.start = at;
                    has_start = true;
                }
                _ => planned.indexes.push(at),
            }
        }
        laying.insert(track.postgap.unwrap_or_default())?;
        if has_start {
            Ok(planned)
        } else {
            Err(CueProblem::NoStart(number))
        }
    }
}

/// Files that stand one behind the other, with silence put between.
struct Laying {
    /// Where the last opened file begins, silence inside it counted in.
    at: PqTime,
    files: Vec<PqTime>,
}

impl Laying {
    /// Lays files up to this one.
    fn open(&mut self, file: usize, lengths: &[PqTime]) -> Result<(), CueProblem> {
        while self.files.len() <= file && self.files.len() < lengths.len() {
            if let Some(before) = self.files.len().checked_sub(1) {
                self.at = self.at.plus(lengths[before]).ok_or(CueProblem::TooLong)?;
            }
            self.files.push(self.at);
        }
        Ok(())
    }

    fn place(&self, index: &CueIndex) -> Option<PqTime> {
        self.at.plus(index.at)
    }

    /// Everything from here on comes later.
    fn insert(&mut self, silence: PqTime) -> Result<(), CueProblem> {
        self.at = self.at.plus(silence).ok_or(CueProblem::TooLong)?;
        Ok(())
    }

    fn end(&self, lengths: &[PqTime]) -> Result<PqTime, CueProblem> {
        let last = lengths.last().copied().unwrap_or_default();
        self.at.plus(last).ok_or(CueProblem::TooLong)
    }
}
