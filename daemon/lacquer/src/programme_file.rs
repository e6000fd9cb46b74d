//! A programme's file, read for whoever makes something of it.

use std::path::Path;

use anyhow::{Context as _, bail};
use delivery::release::{self, ReleaseSheet};
use mastering::programme::{Faults, Programme};

/// A programme's file.
pub(crate) struct ProgrammeFile {
    /// As it was written.
    pub(crate) text: String,
    /// Of one edition where that was asked for, each song with its file.
    pub(crate) programme: Programme,
    /// With all of its editions.
    pub(crate) whole: Programme,
    /// What is said of its release, where it says something.
    pub(crate) release: Option<ReleaseSheet>,
}

/// Reads a programme, of one edition where that is asked for, narrowed to what is wanted of it, each song with its file.
pub(crate) fn read(
    path: &Path,
    edition: Option<&str>,
    narrow: impl FnOnce(Programme) -> anyhow::Result<Programme>,
) -> anyhow::Result<ProgrammeFile> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("could not read {}", path.display()))?;
    let bad = || format!("{} is no programme", path.display());
    let (of_songs, release) = release::split(&text).with_context(bad)?;
    let whole = Programme::read(&of_songs).with_context(bad)?;
    let mut programme = whole.clone();
    if let Some(name) = edition {
        let there = programme.editions.join(", ");
        programme = match programme.edition(name) {
            Ok(edition) => edition,
            Err(name) if there.is_empty() => {
                bail!("the programme has no editions, and so no \u{201c}{name}\u{201d}")
            }
            Err(name) => {
                bail!("the programme has no edition \u{201c}{name}\u{201d}: it has {there}")
            }
        };
    }
    programme = narrow(programme)?;
    if let Some(versions_in) = &programme.versions_in {
        let files = names_in(versions_in, &folder.join(versions_in))?;
        programme = programme.with_versions(&files).map_err(|missing| {
            let mut all = programme.faults();
            all.extend(missing.0);
            anyhow::Error::new(Faults(all)).context(format!("could not make {}", path.display()))
        })?;
    }
    Ok(ProgrammeFile {
        text,
        programme,
        whole,
        release,
    })
}

/// The files of a folder, as a programme names them.
fn names_in(named: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    let look = || format!("could not look at {}", folder.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(look)? {
        let entry = entry.with_context(look)?;
        if entry.file_type().with_context(look)?.is_file()
            && let Some(name) = entry.file_name().to_str()
        {
            names.push(format!("{}/{name}", named.trim_end_matches('/')));
        }
    }
    names.sort();
    Ok(names)
}
