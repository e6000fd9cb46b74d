//! What is said while a whole record plays, and where on it the words of its songs belong.

use super::order::Disc;
use super::time::Ticks;
use super::timeline::DiscLine;
use crate::ids::{RevisionNo, TrackId};
use crate::project::Project;
use crate::revision::Comment;

/// A passage of a song by the song's own time, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The song.
    pub track: TrackId,
    /// Where it begins.
    pub from_ms: u64,
    /// Where it ends; none for a moment.
    pub until_ms: Option<u64>,
}

/// A comment on a song, by where it is heard on a record.
#[derive(Debug, Clone, PartialEq)]
pub struct SaidOnRecord<'p> {
    /// What was said.
    pub said: &'p Comment,
    /// Where it begins.
    pub at: Ticks,
    /// Where it ends; none for a moment.
    pub until: Option<Ticks>,
}

impl Project {
    /// The passage of a song that is meant by one of a disc (from 1) of a revision, in milliseconds of the disc: that of the song
    /// which sounds there, in a gap of the one before. It ends with its song.
    ///
    /// None where the revision has no such disc, or a master of it is awaited.
    #[must_use]
    pub fn passage_under(
        &self,
        revision: RevisionNo,
        disc: u32,
        (from_ms, until_ms): (u64, Option<u64>),
    ) -> Option<Passage> {
        let (own, line) = self.disc_of(revision, disc)?;
        let (track, from) = line.song_at(Ticks::of_milliseconds(from_ms))?;
        let song = own.songs().find(|(number, _)| *number == track.number)?.1;
        let piece = line.piece_of(track)?;
        let until = until_ms.map(|until| {
            let last = Ticks::of_milliseconds(until).min(track.end);
            Ticks::of_frames(piece.source_at(last), piece.rate_hz)
        });
        Some(Passage {
            track: self.track_of(song)?.id.clone(),
            from_ms: milliseconds(from),
            // Where it ends before it begins by the song's own time, only its beginning is clear.
            until_ms: until.filter(|until| *until > from).map(milliseconds),
        })
    }

    /// Everything that was said of the songs on a disc (from 1) of a revision, by where it is heard there.
    #[must_use]
    pub fn said_on_disc(&self, revision: RevisionNo, disc: u32) -> Vec<SaidOnRecord<'_>> {
        let Some((own, line)) = self.disc_of(revision, disc) else {
            return Vec::new();
        };
        let songs = line.tracks.iter().zip(own.songs());
        let pieces = songs.filter_map(|(track, (_, song))| {
            Some((&self.track_of(song)?.id, line.piece_of(track)?))
        });
        let pieces: Vec<_> = pieces.collect();
        let place = |said| {
            let said: &Comment = said;
            let (_, piece) = pieces.iter().find(|(track, _)| **track == said.track)?;
            let frame = |ms| Ticks::of_milliseconds(ms).frames(piece.rate_hz);
            Some(SaidOnRecord {
                said,
                at: piece.heard_at(frame(said.position_ms))?,
                until: said.until_ms.map(|until| piece.border_at(frame(until))),
            })
        };
        let mut placed: Vec<_> = self.comments.iter().filter_map(place).collect();
        placed.sort_by_key(|said| said.at);
        placed
    }

    fn disc_of(&self, revision: RevisionNo, disc: u32) -> Option<(&Disc, DiscLine)> {
        let programme = self.revisions.get(&revision)?.programme.as_ref()?;
        let place = usize::try_from(disc).ok()?.checked_sub(1)?;
        let mut laid = self.lay_programme(programme, revision).ok()??.discs;
        (place < laid.len()).then(|| (&programme.discs[place], laid.swap_remove(place)))
    }
}

fn milliseconds(at: Ticks) -> u64 {
    at.frames(1000)
}
