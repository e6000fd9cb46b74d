//! The words of an order's songs, as its deliveries hold them.

use std::collections::BTreeMap;

use delivery::lyrics::{LyricLine, SongLyrics};
use delivery::release::Release;
use mastering::programme::{Disc, Programme, SongSource};
use mastering::{Master, Project, Sung, TrackId, lyric_clock};

/// Puts what was kept of each song's words beside what is said of it. Times that were taken on a master of another length than
/// the approved one do not count before somebody has looked at them.
pub(super) fn add_lyrics(
    release: &mut Release,
    project: &Project,
    (programme, masters): (&Programme, &BTreeMap<TrackId, Master>),
) {
    for song in &mut release.songs {
        let disc = (1..).zip(&programme.discs).find(|(no, _)| *no == song.disc);
        let mut on_it = disc.into_iter().flat_map(|(_, disc)| Disc::songs(disc));
        let named = on_it
            .find(|(no, _)| *no == song.track)
            .map(|(_, song)| song);
        let Some(SongSource::File(name)) = named.map(|song| &song.source) else {
            continue;
        };
        let master = masters.iter().find(|(track, _)| track.as_str() == name);
        song.lyrics = master.and_then(|(track, master)| of_song(project, track, master));
    }
}

fn of_song(project: &Project, track: &TrackId, master: &Master) -> Option<SongLyrics> {
    let kept = project.lyrics_of(track)?;
    let Sung::Lines { lines } = &kept.sung else {
        return Some(SongLyrics::Instrumental);
    };
    if lines.is_empty() {
        return None;
    }
    let unchecked = kept.waits_for_check(Some(master)).and_then(|_| {
        let own = kept.timed_on.as_ref()?;
        Some(format!(
            "they were timed on a master of {}, and the approved one is of another length; look at its times on the page of the words and keep them",
            lyric_clock(own.length_ms)
        ))
    });
    let lines = lines.iter().map(|line| LyricLine {
        text: line.text.clone(),
        from_ms: line.from_ms,
        until_ms: line.until_ms,
    });
    Some(SongLyrics::Sung {
        lines: lines.collect(),
        unchecked,
    })
}
