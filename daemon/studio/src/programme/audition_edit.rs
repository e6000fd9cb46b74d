//! An edit as it will be: some seconds before it, it, and some behind it.

use std::fs::File;

use mastering::programme::{Edit, Join, Programme, Ticks, What};
use mastering::{Project, RevisionNo};
use vault::Vault;

use super::audition::{LONGEST_MS, Laid, NoAudition};
use crate::album::{Album, EditMoved};

/// The longest that an edit itself is heard: a passage that sounds a hundred times more is not heard to its end.
const LONGEST_EDIT_MS: u64 = 180_000;

/// An edit of a song of a programme.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EditAt {
    /// The disc, from 1.
    pub(crate) disc: u32,
    /// The track, from 1; 0 for the hidden song.
    pub(crate) track: u32,
    /// Which of its edits, from 1.
    pub(crate) edit: usize,
    /// So much before it and behind it, in milliseconds.
    pub(crate) around_ms: u32,
}

/// Renders what sounds across an edit into `out`, as it will be; says how its ends are joined.
pub(crate) fn across_edit(
    vault: &Vault,
    project: &Project,
    of: (&Programme, RevisionNo),
    at: EditAt,
    out: &mut File,
) -> Result<String, NoAudition> {
    let laid = Laid::new(project, of)?;
    let disc = laid.disc(at.disc, at.track)?;
    let asked = edit_of(of.0, (disc, at))?;
    let song = laid.timeline.discs[disc].tracks.iter();
    let mut song = song.filter(|track| track.number == at.track);
    let song = song
        .next()
        .ok_or_else(|| NoAudition::no_place(at.disc, at.track))?;
    // The whole song is opened, and those beside it as far as they are heard.
    let around = around(at);
    let reach = (song.start.saturating_sub(around), song.end + around);
    let album = laid.album(vault, project, disc, reach)?;
    let heard = stretch(&album, (disc, at))?;
    laid.render(&album, (disc, at.track), heard, out)?;
    Ok(joined(asked, album.moved(), at))
}

fn around(at: EditAt) -> Ticks {
    Ticks::of_milliseconds(u64::from(at.around_ms.min(LONGEST_MS)))
}

/// The edit as it was asked for, or as it was placed.
fn edit_of(programme: &Programme, (disc, at): (usize, EditAt)) -> Result<&Edit, NoAudition> {
    let mut songs = programme.discs[disc].songs();
    let song = songs.find(|(number, _)| *number == at.track);
    let (_, song) = song.ok_or_else(|| NoAudition::no_place(at.disc, at.track))?;
    let edit = at
        .edit
        .checked_sub(1)
        .and_then(|place| song.edits.get(place));
    edit.ok_or_else(|| NoAudition::NoEdit {
        title: song.title.clone(),
        edit: at.edit,
    })
}

/// From so long before the placed edit to so long behind what it makes, within the disc.
fn stretch(album: &Album, (disc, at): (usize, EditAt)) -> Result<(Ticks, Ticks), NoAudition> {
    let no_place = || NoAudition::no_place(at.disc, at.track);
    let line = &album.timeline().discs[disc];
    let song = line.tracks.iter().find(|track| track.number == at.track);
    let piece = song.and_then(|song| line.piece_of(song));
    let piece = piece.ok_or_else(no_place)?;
    let edit = edit_of(album.programme(), (disc, at))?;
    let border = |time: mastering::programme::Time| piece.border_at(time.frames(piece.rate_hz));
    let (from, to) = (border(edit.from), border(edit.to));
    let longest = from + Ticks::of_milliseconds(LONGEST_EDIT_MS);
    let around = around(at);
    Ok((
        from.saturating_sub(around),
        line.length.min(to.min(longest) + around),
    ))
}

/// How an edit's ends are joined to what is beside them, in a sentence.
fn joined(asked: &Edit, moved: &[EditMoved], at: EditAt) -> String {
    if let What::RadioFade { .. } = asked.what {
        return format!(
            "the song fades out from {} to {} and is over",
            asked.from, asked.to
        );
    }
    let own = moved.iter().find(|moved| {
        (moved.disc, moved.track, moved.asked) == (at.disc, at.track, (asked.from, asked.to))
    });
    match (own, asked.join) {
        (Some(moved), _) => moved.joined(),
        (None, Join::Crossfade(length)) => {
            format!("its ends lie exactly there, joined by a crossfade of {length}")
        }
        (None, Join::Cut | Join::Near) => {
            "its ends lie exactly there, joined as they are".to_owned()
        }
    }
}
