//! Words of songs: kept at any time, by the client and the studio; that reopens nothing.

use super::permit::{line, staff_or_client};
use crate::event::Event;
use crate::ids::{TrackId, UnixMs};
use crate::lyrics::{LyricFaults, MOST_LYRIC_LINES, SongLyrics, Sung, TimedOn, faults, tidied};
use crate::project::{Actor, Project};
use crate::refusal::Refusal;

/// What somebody wants to keep of a song.
pub(super) struct Given {
    pub(super) track: TrackId,
    pub(super) sung: Sung,
    /// The number of the words that it was made from; 0 for none.
    pub(super) after: u32,
    pub(super) by: String,
}

pub(super) fn keep(
    project: &Project,
    given: Given,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff_or_client(project, by)?;
    if project.track(&given.track).is_none() {
        return Err(Refusal::Unknown { what: "song" });
    }
    let stood = project.lyrics_of(&given.track);
    let no = stood.map_or(0, |stood| stood.no);
    if let Some(stood) = stood.filter(|stood| stood.no != given.after) {
        return Err(Refusal::LyricsChanged {
            by: stood.by.clone(),
        });
    }
    let sung = match given.sung {
        Sung::Lines { lines } if lines.len() > MOST_LYRIC_LINES => {
            return Err(Refusal::TooManyLyricLines {
                limit: MOST_LYRIC_LINES,
            });
        }
        sung @ (Sung::Lines { .. } | Sung::Instrumental) => sung,
    };
    // Lines are counted as they were given.
    let timed_on = timed_on(project, &given.track, &sung, by)?;
    let sung = match sung {
        Sung::Lines { lines } => Sung::Lines {
            lines: tidied(lines),
        },
        Sung::Instrumental => Sung::Instrumental,
    };
    if stood.is_some_and(|stood| stood.sung == sung && stood.timed_on == timed_on) {
        return Err(Refusal::Already);
    }
    let lyrics = SongLyrics {
        no: no + 1,
        sung,
        timed_on,
        by: line(&given.by, "the name")?,
        at: now,
    };
    Ok(vec![Event::LyricsKept {
        track: given.track,
        lyrics: Box::new(lyrics),
    }])
}

/// Holds the lines against the master that they are timed on.
fn timed_on(
    project: &Project,
    track: &TrackId,
    sung: &Sung,
    by: &Actor,
) -> Result<Option<TimedOn>, Refusal> {
    let Sung::Lines { lines } = sung else {
        return Ok(None);
    };
    let master = project.master_to_time(track, by).map(TimedOn::master);
    let found = faults(lines, master.as_ref().map(|master| master.length_ms));
    if !found.is_empty() {
        return Err(Refusal::Lyrics(LyricFaults(found)));
    }
    if lines.iter().all(|line| line.from_ms.is_none()) {
        return Ok(None);
    }
    master.map(Some).ok_or(Refusal::NoMasterToTime)
}
