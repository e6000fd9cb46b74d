//! The files that `lacquer album` makes: tracks, what goes beside them, discs; each with its name.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use delivery::names::Names;
use engine::Chain;
use mastering::programme::Programme;
use studio::album::{Album, Cut};

/// A file that is rendered: a track, or an alternate beside it.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) cut: &'a Cut,
    /// Which of the song's alternates; none for the track itself.
    pub(crate) alternate: Option<usize>,
}

/// The tracks in order, then what goes beside them.
pub(crate) fn parts<'a>(album: &Album, cuts: &'a [Cut]) -> Vec<Part<'a>> {
    let tracks = cuts.iter().map(|cut| Part {
        cut,
        alternate: None,
    });
    let beside = cuts.iter().flat_map(|cut| {
        (0..album.alternates_of(cut).len()).map(move |place| Part {
            cut,
            alternate: Some(place),
        })
    });
    tracks.chain(beside).collect()
}

/// A name for each part, then one for each disc.
pub(crate) fn names(album: &Album, parts: &[Part<'_>]) -> Vec<String> {
    let mut names = Names::default();
    let discs = &album.timeline().discs;
    let of_disc = |disc: usize| {
        if discs.len() > 1 {
            format!("{}-", disc + 1)
        } else {
            String::new()
        }
    };
    let mut all = Vec::new();
    for Part { cut, alternate } in parts {
        let tracks = &discs[cut.disc].tracks;
        let title = tracks.iter().find(|line| line.number == cut.track);
        let title = title.map_or("pregap", |line| line.title.as_str());
        let other = alternate.and_then(|place| album.alternates_of(cut).get(place));
        let behind = other.map_or_else(String::new, |other| format!(" ({})", other.words()));
        let name = format!("{}{:02} {title}{behind}", of_disc(cut.disc), cut.track);
        all.push(names.take(&name, "wav"));
    }
    let programme = album.programme();
    for (disc, line) in discs.iter().enumerate() {
        let title = match (&line.title, discs.len()) {
            (Some(title), _) => format!("{} ({title})", programme.title),
            (None, 1) => programme.title.clone(),
            (None, _) => format!("{} (disc {})", programme.title, disc + 1),
        };
        all.push(names.take(&title, "wav"));
    }
    all
}

/// The chains that lie in files beside the programme; the engine knows those of the house.
pub(crate) fn chains(
    programme: &Programme,
    folder: &Path,
) -> anyhow::Result<BTreeMap<String, Chain>> {
    let mut chains = BTreeMap::new();
    for name in programme.chains() {
        let path = folder.join(&name);
        if path.is_file() {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("could not read {}", path.display()))?;
            let chain = Chain::from_toml(&text)
                .with_context(|| format!("{} is no chain", path.display()))?;
            chains.insert(name, chain);
        }
    }
    Ok(chains)
}
