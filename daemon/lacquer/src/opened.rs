//! Files of a master or a match, opened in the sandboxed worker.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use worker::Loudness;

use crate::check::decode_into;
use crate::side_by_side;

/// A file that was opened in the worker: its decoded audio.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) canonical: File,
    pub(crate) samples_sha256: String,
    /// None for silence, and where it was not asked for.
    pub(crate) integrated_lufs: Option<f64>,
}

/// Opens a file whose loudness nobody reads; what is not all there is not mastered.
pub(crate) fn open(path: &Path) -> anyhow::Result<Opened> {
    opened(path, Loudness::Unread)
}

/// Opens a file that is matched or brought to a loudness.
pub(crate) fn open_weighed(path: &Path) -> anyhow::Result<Opened> {
    opened(path, Loudness::Integrated)
}

fn opened(path: &Path, loudness: Loudness) -> anyhow::Result<Opened> {
    let canonical = tempfile::tempfile().context("could not make a temporary file")?;
    let keep = canonical.try_clone()?;
    let decoded = decode_into(path, canonical, loudness)?
        .map_err(|finding| anyhow::anyhow!("{}: {}", path.display(), finding.engineer))?;
    if !decoded.complete {
        bail!("{} is not all there; it is not mastered", path.display());
    }
    Ok(Opened {
        path: path.to_owned(),
        canonical: keep,
        samples_sha256: decoded.samples_sha256,
        integrated_lufs: decoded.integrated_lufs,
    })
}

/// Opens several, as many at once as there are cores.
pub(crate) fn open_all(paths: &[PathBuf]) -> anyhow::Result<Vec<Opened>> {
    let opened = side_by_side::each("opened", paths, open);
    opened.into_iter().collect()
}

/// The same of files that are matched or brought to a loudness.
pub(crate) fn open_all_weighed(paths: &[PathBuf]) -> anyhow::Result<Vec<Opened>> {
    let opened = side_by_side::each("opened", paths, open_weighed);
    opened.into_iter().collect()
}
