//! The words of songs for `lacquer deliver`: files that lie beside the release data.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use delivery::lyrics::{MOST_LYRIC_BYTES, SongLyrics, check, read};
use delivery::release::Release;

/// Reads the words that the release names; `folder` is where its data lie.
///
/// # Errors
/// A file that is not there, holds no words, or holds lines out of their time; it is named with its song and the line.
pub(crate) fn add(release: &mut Release, folder: &Path) -> anyhow::Result<()> {
    for song in &mut release.songs {
        let Some(name) = &song.lyrics_file else {
            continue;
        };
        let path = folder.join(name);
        let lyrics = of_file(&path);
        let about = || format!("could not take the words of {}", song.words());
        song.lyrics = Some(lyrics.with_context(about)?);
    }
    Ok(())
}

fn of_file(path: &Path) -> anyhow::Result<SongLyrics> {
    let wrong = || format!("could not read {}", path.display());
    let file = std::fs::File::open(path).with_context(wrong)?;
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_LYRIC_BYTES).unwrap_or(u64::MAX);
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(wrong)?;
    let lines = read(&bytes).with_context(wrong)?;
    check(&lines).with_context(|| format!("the lines of {} are out of order", path.display()))?;
    Ok(SongLyrics::Sung {
        lines,
        unchecked: None,
    })
}
