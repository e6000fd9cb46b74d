//! CUE sheets: a disc as lines of text beside its audio.
//!
//! Times count from the start of the file that an index lies in. `PREGAP` is silence that no file
//! holds, `INDEX 00` a pregap inside a file.

mod layout;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use layout::{CueLayout, CueProblem, Laid, of_disc};
pub use read::{CueFault, CueObjection, ReadCue, read};
pub use write::{CueEncoding, CueRefusal, write};

use super::{Copying, Emphasis, PqTime};
use crate::Isrc;

/// What a file of a sheet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CueFileKind {
    /// RIFF WAVE.
    Wave,
    /// Samples of 16 bits alone, little-endian.
    Binary,
    /// The same, big-endian.
    Motorola,
}

impl CueFileKind {
    /// Every kind.
    const ALL: [Self; 3] = [Self::Wave, Self::Binary, Self::Motorola];

    fn word(self) -> &'static str {
        match self {
            Self::Wave => "WAVE",
            Self::Binary => "BINARY",
            Self::Motorola => "MOTOROLA",
        }
    }
}

/// A file of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CueFile {
    /// Its name beside the sheet.
    pub name: String,
    /// What it is.
    pub kind: CueFileKind,
}

/// Texts of the disc or of a track; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CueTexts {
    /// `TITLE`.
    pub title: String,
    /// `PERFORMER`.
    pub performer: String,
    /// `SONGWRITER`.
    pub songwriter: String,
}

/// A mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CueIndex {
    /// The file it lies in, from 0.
    pub file: usize,
    /// Its number.
    pub number: u8,
    /// Where, from the start of the file.
    pub at: PqTime,
}

/// A track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CueTrack {
    /// Texts.
    pub texts: CueTexts,
    /// Pre-emphasis.
    pub emphasis: Emphasis,
    /// Copies.
    pub copying: Copying,
    /// The recording's code.
    pub isrc: Option<Isrc>,
    /// Silence before index 01 that no file holds.
    pub pregap: Option<PqTime>,
    /// Silence behind it that no file holds.
    pub postgap: Option<PqTime>,
    /// Marks.
    pub indexes: Vec<CueIndex>,
}

/// A sheet; tracks are numbered from 1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CueSheet {
    /// `CATALOG`: the EAN's digits, as they stand there.
    pub catalog: Option<String>,
    /// Texts of the disc.
    pub texts: CueTexts,
    /// What stands behind `REM` at the top.
    pub remarks: Vec<String>,
    /// The file of CD-Text packs that it names.
    pub cd_text_file: Option<String>,
    /// Files in order.
    pub files: Vec<CueFile>,
    /// Tracks in order.
    pub tracks: Vec<CueTrack>,
}
