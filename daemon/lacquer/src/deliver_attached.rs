//! What `lacquer deliver` takes along beside the sound: cover, booklet and videos, each opened in the worker first.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use attachments::{Movie, Weight};
use delivery::profile::Profile;
use delivery::release::Release;
use studio::delivering::Attached;
use worker::WorkerError;

use crate::check::workers;

/// Opens a cover as a picture, to its last line.
pub(crate) fn check_cover(path: &Path) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("could not open {}", path.display()))?;
    let shown = tempfile::tempfile().context("could not make a file beside the cover")?;
    match workers()?.photograph(&file, &shown) {
        Ok(_) => Ok(()),
        Err(error @ WorkerError::NoPhotograph(_)) => {
            bail!("the cover {}: {error}", path.display())
        }
        Err(error) => {
            Err(error).with_context(|| format!("could not open the cover {}", path.display()))
        }
    }
}

/// The booklet and videos that the release names, from its own folder, held against the profile's rules.
pub(crate) fn attached(
    release: &Release,
    profile: &Profile,
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, Attached>> {
    let mut all = BTreeMap::new();
    if let Some(name) = &release.booklet {
        let path = folder.join(name);
        let file = open(&path)?;
        let found = match workers()?.read_booklet(&file) {
            Ok(booklet) => Ok(booklet.judge(&profile.booklet)),
            Err(error) => Err(error),
        };
        all.insert(name.clone(), judged(name, (file, None), found)?);
    }
    for name in release.songs.iter().filter_map(|song| song.video.as_ref()) {
        let file = open(&folder.join(name))?;
        let scratch = tempfile::tempfile().context("could not make a file beside the video")?;
        let (found, movie) = match workers()?.read_movie(&file, &scratch) {
            Ok(read) => (Ok(read.movie.judge(&profile.video, None)), Some(read.movie)),
            Err(error) => (Err(error), None),
        };
        all.insert(name.clone(), judged(name, (file, movie), found)?);
    }
    Ok(all)
}

fn open(path: &PathBuf) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("could not open {}", path.display()))
}

/// A file with what keeps it from being delivered.
fn judged(
    name: &str,
    (file, movie): (File, Option<Movie>),
    found: Result<Vec<attachments::Finding>, WorkerError>,
) -> anyhow::Result<Attached> {
    let lacks = match found {
        Ok(found) => {
            let blocks = found.into_iter();
            let blocks = blocks.filter(|finding| finding.weight == Weight::Blocks);
            blocks
                .map(|finding| format!("{name}: {}", finding.words))
                .collect()
        }
        Err(error) if error.finding().is_some() => vec![format!("{name}: {error}")],
        Err(error) => return Err(error).with_context(|| format!("could not read {name}")),
    };
    Ok(Attached {
        file: Some(file),
        lacks,
        movie,
    })
}
