//! Where two songs meet: the last seconds of one, the gap, and the first seconds of the next.

use std::collections::BTreeMap;
use std::fs::File;

use mastering::programme::{DiscLine, Faults, Programme, Ticks};
use mastering::{Project, RevisionNo, TrackId};
use vault::{Vault, VaultError};

use super::{at_their_place, format_of, opened, sources_of};
use crate::album::{Album, Cut, NoAlbum};

/// Longest stretch before and behind a boundary, in milliseconds.
const LONGEST_MS: u32 = 60_000;

/// The boundary before a song of a programme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Boundary {
    /// The disc, from 1.
    pub(crate) disc: u32,
    /// The track that begins there, from 1; 0 for the hidden song.
    pub(crate) track: u32,
    /// So much before its gap and behind its start, in milliseconds.
    pub(crate) around_ms: u32,
}

/// Why there is nothing to hear.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAudition {
    /// A master is awaited.
    #[error("a master of this programme is not there yet: make the masters first")]
    NoMaster,
    /// There is no such place.
    #[error("this programme has no track {track} on disc {disc}")]
    NoPlace {
        /// Which disc was asked for.
        disc: u32,
        /// Which track on it.
        track: u32,
    },
    /// What is wrong with the programme.
    #[error(transparent)]
    Album(#[from] NoAlbum),
    /// A master could not be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<Faults> for NoAudition {
    fn from(faults: Faults) -> Self {
        Self::Album(NoAlbum::Faults(faults))
    }
}

/// Renders what sounds around a boundary into `out`: the same samples as in the whole, but for edits of other songs.
pub(crate) fn transition(
    vault: &Vault,
    project: &Project,
    (programme, revision): (&Programme, RevisionNo),
    at: Boundary,
    out: &mut File,
) -> Result<(), NoAudition> {
    let laid = project.programme_over_masters(programme, revision);
    let (placed, masters) = laid.ok_or(NoAudition::NoMaster)?;
    // What goes beside the songs does not sound.
    let placed = placed.without_alternates();
    let sources = sources_of(&masters);
    let timeline = placed.timeline(&sources)?;
    let no_place = NoAudition::NoPlace {
        disc: at.disc,
        track: at.track,
    };
    let disc = usize::try_from(at.disc)
        .ok()
        .and_then(|disc| disc.checked_sub(1));
    let Some(disc) = disc.filter(|disc| *disc < timeline.discs.len()) else {
        return Err(no_place);
    };
    let format = format_of(&masters);
    let Some(before) = stretch(&timeline.discs[disc], at) else {
        return Err(no_place);
    };
    let mut files = BTreeMap::new();
    for piece in &timeline.discs[disc].pieces {
        let sounds = piece.at < before.1 && before.0 < piece.at + piece.length();
        let is_in_it = |track: &TrackId| piece.names(track.as_str());
        for (track, master) in masters
            .iter()
            .filter(|(track, _)| sounds && is_in_it(track))
        {
            files.insert(track.to_string(), opened(vault, project, master)?);
        }
    }
    let there = at_their_place(project, &masters);
    let album = Album::audition(&placed, &sources, files, &there)?;
    // Edits that were placed may have moved it by a few samples.
    let line = &album.timeline().discs[disc];
    let (from, to) = stretch(line, at).unwrap_or(before);
    let cut = Cut {
        disc,
        track: at.track,
        frames: from.frames(format.rate_hz)..to.frames(format.rate_hz),
    };
    album.render(&cut, format, out)?;
    Ok(())
}

/// From so long before the boundary to so long behind it, within the disc.
fn stretch(line: &DiscLine, at: Boundary) -> Option<(Ticks, Ticks)> {
    let place = line
        .tracks
        .iter()
        .position(|track| track.number == at.track)?;
    let around = Ticks::of_milliseconds(u64::from(at.around_ms.min(LONGEST_MS)));
    let song = &line.tracks[place];
    let before = place
        .checked_sub(1)
        .map_or(song.start, |before| song.start.min(line.tracks[before].end));
    let after = place
        .checked_sub(1)
        .map_or(song.start, |before| song.start.max(line.tracks[before].end));
    Some((
        before.saturating_sub(around),
        line.length.min(after + around),
    ))
}
