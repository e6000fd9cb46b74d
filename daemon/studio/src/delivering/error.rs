use std::io;
use std::path::{Path, PathBuf};

use super::plan::Missing;
use crate::album::NoAlbum;
use crate::denied::chain;
use crate::disc::DiscError;

/// Why nothing was delivered.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// Something that a format needs is not there; nothing was rendered.
    #[error("nothing was made, because something is missing:\n{}", lines(.0))]
    Missing(Vec<Missing>),
    /// The programme could not be rendered.
    #[error(transparent)]
    Album(#[from] NoAlbum),
    /// A disc could not be written.
    #[error(transparent)]
    Disc(#[from] DiscError),
    /// The folder could not be published.
    #[error(transparent)]
    Durable(#[from] durable::DurableError),
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
    /// An encoder or a decoder refuses.
    #[error("{name} could not be made: {why}")]
    Coder {
        /// The file.
        name: String,
        /// Why, with its causes.
        why: String,
    },
    /// What was written is not what was meant.
    #[error("{name} does not read back: {what}; nothing was left")]
    ReadBack {
        /// The file.
        name: String,
        /// What differs.
        what: String,
    },
    /// The report cannot be printed.
    #[error(transparent)]
    Paper(#[from] paper::PaperError),
}

impl DeliveryError {
    pub(super) fn at(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::File { what, path, source }
    }

    pub(super) fn coder<E: std::error::Error>(name: &str) -> impl Fn(E) -> Self + use<E> {
        let name = name.to_owned();
        move |error| Self::Coder {
            name: name.clone(),
            why: chain(&error),
        }
    }

    pub(super) fn read_back(name: &str, what: impl Into<String>) -> Self {
        Self::ReadBack {
            name: name.to_owned(),
            what: what.into(),
        }
    }
}

fn lines(missing: &[Missing]) -> String {
    let all: Vec<String> = missing.iter().map(ToString::to_string).collect();
    all.join("\n")
}
