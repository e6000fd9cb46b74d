//! A programme made of decoded files: laid out on its discs, its edits placed, its tracks rendered.
//!
//! `mastering` says where everything lies, `engine` makes it sound; here the one's places become the other's pieces.

mod alternates;
mod hearing;
mod pieces;
mod place_edits;
mod reading;
mod rendering;

use std::collections::BTreeMap;
use std::fs::File;

use engine::Source as _;
use mastering::programme::{Faults, Programme, Source, Timeline};
use renderer::WavSource;

pub use alternates::AlternateBrought;
pub use place_edits::EditMoved;
pub use rendering::{Cut, CutMade, Format, join};

use crate::denied::chain;

/// A file of a programme, opened.
#[derive(Debug)]
pub struct AlbumFile {
    /// A canonical WAV.
    pub canonical: File,
    /// SHA-256 of its samples, from which dither is seeded.
    pub samples_sha256: String,
}

/// Why no programme was made.
#[derive(Debug, thiserror::Error)]
pub enum NoAlbum {
    /// All that is wrong with it.
    #[error("the programme cannot be made:\n{0}")]
    Faults(#[from] Faults),
    /// A rate that the grid of a compact disc does not fit.
    #[error("marks on CD frames need a rate with whole frames in 1/75 s, and {0} Hz has none")]
    Grid(u32),
    /// Reading, rendering or writing failed.
    #[error("{0}")]
    Failed(String),
}

impl NoAlbum {
    fn failed(error: impl Into<renderer::RenderError>) -> Self {
        Self::Failed(chain(&error.into()))
    }
}

/// A programme with its files, laid out to the sample.
#[derive(Debug)]
pub struct Album {
    /// The programme, each edit in samples and with its join.
    programme: Programme,
    timeline: Timeline,
    moved: Vec<EditMoved>,
    brought: Vec<AlternateBrought>,
    /// Files by the names that the programme gives them.
    files: BTreeMap<String, AlbumFile>,
}

impl Album {
    /// Lays a programme out on its files, which are those of [`Programme::files`].
    ///
    /// Edits that are to be joined near a place are put where all channels cross zero, or get a short crossfade where they
    /// were asked for; [`Album::moved`] says which. Alternates that replace
    /// something are brought to their song by correlation, to the sample; [`Album::brought`] says where they were.
    ///
    /// # Errors
    /// All that is wrong with the programme, or a file that cannot be read.
    pub fn lay(programme: &Programme, files: BTreeMap<String, AlbumFile>) -> Result<Self, NoAlbum> {
        let mut sources = BTreeMap::new();
        for (name, file) in &files {
            let wav = WavSource::open(reading::Reading::new(&file.canonical));
            let wav = wav.map_err(NoAlbum::failed)?;
            let spec = wav.audio_spec();
            let source = Source {
                rate_hz: spec.rate_hz,
                channels: u32::from(spec.channels),
                frames: wav.frames(),
            };
            sources.insert(name.clone(), source);
        }
        // What is wrong is said before anything is listened to.
        programme.timeline(&sources)?;
        let brought = alternates::bring_alternates(programme, &files)?;
        let (programme, moved) = place_edits::place_edits(programme, &files)?;
        let timeline = programme.timeline(&sources)?;
        Ok(Self {
            programme,
            timeline,
            moved,
            brought,
            files,
        })
    }

    /// The programme as it was laid out.
    #[must_use]
    pub fn programme(&self) -> &Programme {
        &self.programme
    }

    /// Where everything lies.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Where edits were put that were to lie near a place.
    #[must_use]
    pub fn moved(&self) -> &[EditMoved] {
        &self.moved
    }

    /// Where alternates lie that replace regions of songs.
    #[must_use]
    pub fn brought(&self) -> &[AlternateBrought] {
        &self.brought
    }

    /// The rates of its songs, lowest first.
    #[must_use]
    pub fn rates_hz(&self) -> Vec<u32> {
        let pieces = self.timeline.discs.iter().flat_map(|disc| &disc.pieces);
        let mut rates: Vec<u32> = pieces.map(|piece| piece.rate_hz).collect();
        rates.sort_unstable();
        rates.dedup();
        rates
    }
}
