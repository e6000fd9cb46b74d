use std::collections::BTreeMap;

use engine::Source as _;
use engine::programme::{AlignedPolarity, Alignment, align};
use mastering::programme::{Disc, Programme, Song, SongSource, What};
use renderer::WavSource;
use serde::Serialize;

use super::reading::Reading;
use super::{AlbumFile, NoAlbum};
use crate::denied::chain;

/// An alternate that replaces regions of a song, brought to its place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlternateBrought {
    /// The song's file.
    pub song: String,
    /// The alternate's.
    pub alternate: String,
    /// Frame n of the song is frame n + this of the alternate.
    pub shift_frames: i64,
    /// How alike they are there, 0 to 1.
    pub correlation: f64,
    /// Passages in which both sound.
    pub sounding: usize,
    /// Those that by themselves say the same place.
    pub agreeing: usize,
    /// Frames of the song, which the alternate has then too.
    #[serde(skip)]
    pub(super) frames: u64,
}

impl AlternateBrought {
    /// What was done, in a sentence.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "{} lies {:+} samples against {}, to the sample: {} of {} passages say so (correlation {:.2})",
            self.alternate,
            self.shift_frames,
            self.song,
            self.agreeing,
            self.sounding,
            self.correlation
        )
    }

    /// What the engine needs of it.
    pub(super) fn alignment(&self) -> Alignment {
        Alignment {
            shift_frames: self.shift_frames,
            polarity: AlignedPolarity::Kept,
            correlation: self.correlation,
            sounding: self.sounding,
            agreeing: self.agreeing,
        }
    }
}

/// Finds where each alternate lies that replaces something.
pub(super) fn bring_alternates(
    programme: &Programme,
    files: &BTreeMap<String, AlbumFile>,
) -> Result<Vec<AlternateBrought>, NoAlbum> {
    let mut brought: Vec<AlternateBrought> = Vec::new();
    for (_, song) in programme.discs.iter().flat_map(Disc::songs) {
        for (own, other) in pairs(song) {
            let is_known = |known: &AlternateBrought| known.song == own && known.alternate == other;
            if !brought.iter().any(is_known) {
                brought.push(bring((own, other), song, files)?);
            }
        }
    }
    Ok(brought)
}

fn pairs(song: &Song) -> impl Iterator<Item = (&str, &str)> {
    let own = match &song.source {
        SongSource::File(file) => Some(file.as_str()),
        SongSource::Version { .. } => None,
    };
    own.into_iter().flat_map(|own| {
        song.edits.iter().filter_map(move |edit| match &edit.what {
            What::Replace { with } => Some((own, with.as_str())),
            What::Cut
            | What::Mute
            | What::Reverse
            | What::Repeat { .. }
            | What::RadioFade { .. } => None,
        })
    })
}

fn bring(
    (own, other): (&str, &str),
    song: &Song,
    files: &BTreeMap<String, AlbumFile>,
) -> Result<AlternateBrought, NoAlbum> {
    let open =
        |name: &str| WavSource::open(Reading::new(&files[name].canonical)).map_err(NoAlbum::failed);
    let (mut mix, mut alternate) = (open(own)?, open(other)?);
    let refused = |why: &str| {
        NoAlbum::Failed(format!(
            "{other} cannot replace anything in \u{201c}{}\u{201d}: {why}",
            song.title
        ))
    };
    let found = align(&mut mix, &mut alternate).map_err(|error| refused(&chain(&error)))?;
    if found.polarity == AlignedPolarity::Inverted {
        return Err(refused(
            "its waves point the other way; turn its polarity first",
        ));
    }
    Ok(AlternateBrought {
        song: own.to_owned(),
        alternate: other.to_owned(),
        shift_frames: found.shift_frames,
        correlation: found.correlation,
        sounding: found.sounding,
        agreeing: found.agreeing,
        frames: mix.frames(),
    })
}
