//! Where two songs meet: the last seconds of one, the gap, and the first seconds of the next.

use std::collections::BTreeMap;
use std::fs::File;

use mastering::programme::{DiscLine, Faults, Programme, Source, Ticks, Timeline};
use mastering::{Master, Project, RevisionNo, TrackId};
use vault::{Vault, VaultError};

use super::{at_their_place, format_of, opened, sources_of};
use crate::album::{Album, Cut, NoAlbum};

/// Longest stretch before and behind a boundary, in milliseconds.
pub(super) const LONGEST_MS: u32 = 60_000;

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
    /// There is no such edit.
    #[error("\u{201c}{title}\u{201d} has no edit {edit}")]
    NoEdit {
        /// The song's title.
        title: String,
        /// Which edit was asked for.
        edit: usize,
    },
    /// What is wrong with the programme.
    #[error(transparent)]
    Album(#[from] NoAlbum),
    /// A master could not be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl NoAudition {
    pub(super) fn no_place(disc: u32, track: u32) -> Self {
        Self::NoPlace { disc, track }
    }
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
    of: (&Programme, RevisionNo),
    at: Boundary,
    out: &mut File,
) -> Result<(), NoAudition> {
    let laid = Laid::new(project, of)?;
    let disc = laid.disc(at.disc, at.track)?;
    let no_place = || NoAudition::no_place(at.disc, at.track);
    let asked = stretch(&laid.timeline.discs[disc], at).ok_or_else(no_place)?;
    let album = laid.album(vault, project, disc, asked)?;
    // Edits that were placed may have moved it by a few samples.
    let heard = stretch(&album.timeline().discs[disc], at).unwrap_or(asked);
    laid.render(&album, (disc, at.track), heard, out)
}

/// A programme on its masters, before any of them is opened.
pub(super) struct Laid {
    placed: Programme,
    masters: BTreeMap<TrackId, Master>,
    sources: BTreeMap<String, Source>,
    pub(super) timeline: Timeline,
}

impl Laid {
    pub(super) fn new(
        project: &Project,
        (programme, revision): (&Programme, RevisionNo),
    ) -> Result<Self, NoAudition> {
        let laid = project.programme_over_masters(programme, revision);
        let (placed, masters) = laid.ok_or(NoAudition::NoMaster)?;
        // What goes beside the songs does not sound.
        let placed = placed.without_alternates();
        let sources = sources_of(&masters);
        let timeline = placed.timeline(&sources)?;
        Ok(Self {
            placed,
            masters,
            sources,
            timeline,
        })
    }

    /// The place of a disc by its number.
    pub(super) fn disc(&self, disc: u32, track: u32) -> Result<usize, NoAudition> {
        let place = usize::try_from(disc).ok();
        let place = place.and_then(|disc| disc.checked_sub(1));
        let is_there = |place: &usize| *place < self.timeline.discs.len();
        let no_place = || NoAudition::no_place(disc, track);
        place.filter(is_there).ok_or_else(no_place)
    }

    /// The programme as far as it sounds between two times of a disc, its edits placed.
    pub(super) fn album(
        &self,
        vault: &Vault,
        project: &Project,
        disc: usize,
        (from, to): (Ticks, Ticks),
    ) -> Result<Album, NoAudition> {
        let mut files = BTreeMap::new();
        for piece in &self.timeline.discs[disc].pieces {
            let sounds = piece.at < to && from < piece.at + piece.length();
            let is_in_it = |track: &TrackId| piece.names(track.as_str());
            let masters = self.masters.iter();
            for (track, master) in masters.filter(|(track, _)| sounds && is_in_it(track)) {
                files.insert(track.to_string(), opened(vault, project, master)?);
            }
        }
        let there = at_their_place(project, &self.masters);
        Ok(Album::audition(&self.placed, &self.sources, files, &there)?)
    }

    /// Renders what sounds between two times of a disc.
    pub(super) fn render(
        &self,
        album: &Album,
        (disc, track): (usize, u32),
        (from, to): (Ticks, Ticks),
        out: &mut File,
    ) -> Result<(), NoAudition> {
        let format = format_of(&self.masters);
        let cut = Cut {
            disc,
            track,
            frames: from.frames(format.rate_hz)..to.frames(format.rate_hz),
        };
        album.render(&cut, format, out)?;
        Ok(())
    }
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
