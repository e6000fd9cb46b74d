//! Audio CDs as files: a disc's image put together from its songs, written as DDP, CUE and PQ sheet,
//! read back, and the filesets of others.

mod again;
mod image;
mod listen;
mod read;
mod sheet;
mod write;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use delivery::cd::cue::CueRefusal;
use delivery::cd::text::TextRefusal;

pub use image::{Difference, Image, Sound};
pub use listen::{Listened, TOLD, listen};
pub(crate) use listen::{stretches, told, write_wav};
pub use read::{Opened, TrackRead, against, opened_cue, opened_ddp, tracks};
pub(crate) use read::{image_of, summed_file};
pub use sheet::{pq_csv, pq_pdf};
pub use write::{DiscFormat, deliver};
pub(crate) use write::{Summed, write_format};

/// Why a disc could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum DiscError {
    /// A file that could not be read or written.
    #[error("could not {what} {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Sound that is not that of a disc.
    #[error(
        "{name} has {found}; a disc takes 44100 Hz, 16 bits, 2 channels: make a final of it first"
    )]
    NotOfADisc {
        /// The file.
        name: String,
        /// What it has.
        found: String,
    },
    /// A canonical WAV that cannot be read.
    #[error("{name} could not be read")]
    Wav {
        /// The file.
        name: String,
        /// Why.
        source: soundfile::WavError,
    },
    /// A folder that could not be published.
    #[error(transparent)]
    Durable(#[from] durable::DurableError),
    /// Texts that cannot be written.
    #[error(transparent)]
    Text(#[from] TextRefusal),
    /// A CUE sheet that cannot be written.
    #[error(transparent)]
    Cue(#[from] CueRefusal),
    /// A sheet that cannot be printed.
    #[error(transparent)]
    Paper(#[from] paper::PaperError),
    /// What was written is not what was meant.
    #[error("what was written does not read back: {0}; nothing was left")]
    ReadBack(String),
}

impl DiscError {
    pub(crate) fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }
}

/// Makes a file that is not there yet, in a folder that nobody sees before it is published.
fn create(path: &Path) -> Result<File, DiscError> {
    File::create_new(path).map_err(DiscError::at("write", path))
}
