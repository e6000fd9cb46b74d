//! Songs one after the other on a disc, as a programme gives them.

use super::{Copying, DiscPlan, Emphasis, PlannedTrack, PqTime};
use crate::Isrc;

/// A song that becomes a track.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SongOnDisc {
    /// Its length in frames of 44.1 kHz.
    pub frames: u64,
    /// The pregap before it: two seconds or more for the first, zero where it follows on.
    pub pregap: PqTime,
    /// Index 02 and on, from its own start.
    pub indexes: Vec<PqTime>,
    /// Pre-emphasis.
    pub emphasis: Emphasis,
    /// Copies.
    pub copying: Copying,
    /// The recording's code.
    pub isrc: Option<Isrc>,
}

/// Where a song came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedSong {
    /// Its first frame, from the start of the image.
    pub at_frame: u64,
    /// Frames of silence behind it, up to the next sector border.
    pub fill_frames: u64,
}

/// A disc of songs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaidDisc {
    /// Tracks and lead-out.
    pub plan: DiscPlan,
    /// Each song's place.
    pub songs: Vec<PlacedSong>,
    /// The place of what is hidden before the first.
    pub hidden: Option<PlacedSong>,
}

/// Why songs cannot stand one after the other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayRefusal {
    /// A song that ends inside a sector and is followed on.
    #[error("track {track} ends {} frames before a sector border, and track {} follows without a pregap: silence would be heard between them; cut the two at a multiple of 588 frames, or give track {} a pregap", PqTime::FRAMES_PER_SECTOR - inside, track + 1, track + 1)]
    Seam {
        /// The track that ends there.
        track: usize,
        /// Frames of its last sector.
        inside: u64,
    },
    /// More than any disc can name.
    #[error("track {track} would end behind 99:59:74, the last address of a disc")]
    TooLong {
        /// The track.
        track: usize,
    },
    /// An index that is not inside its song.
    #[error("track {track}: the index at {at} lies behind its end")]
    IndexBehind {
        /// The track.
        track: usize,
        /// Where, from the track's start.
        at: PqTime,
    },
}

/// Lays songs one after the other. `hidden` are the frames of what stands before the first song,
/// behind the two seconds that every disc begins with: the first song's pregap grows by them.
///
/// A song's own samples never move: where it ends inside a sector, silence fills the sector at the
/// start of the next pregap, and how much is said.
///
/// # Errors
/// Silence that would be heard, because no pregap follows; an index outside its song; too much sound.
pub fn lay(songs: &[SongOnDisc], hidden: Option<u64>) -> Result<LaidDisc, LayRefusal> {
    let mut laid = LaidDisc {
        plan: DiscPlan::default(),
        songs: Vec::new(),
        hidden: None,
    };
    let mut next = PqTime::ZERO;
    for (track, song) in (1..).zip(songs) {
        let behind =
            |length: PqTime, from: PqTime| from.plus(length).ok_or(LayRefusal::TooLong { track });
        let first_mark = next;
        let mut start = behind(song.pregap, first_mark)?;
        if track == 1
            && let Some(frames) = hidden
        {
            let placed = place(PqTime::FIRST_PREGAP, frames);
            laid.hidden = Some(placed);
            start = behind(sectors(frames).ok_or(LayRefusal::TooLong { track })?, start)?;
        }
        let follows_on = songs
            .get(track)
            .is_some_and(|next| next.pregap == PqTime::ZERO);
        let inside = song.frames % PqTime::FRAMES_PER_SECTOR;
        if follows_on && inside != 0 {
            return Err(LayRefusal::Seam { track, inside });
        }
        let length = sectors(song.frames).ok_or(LayRefusal::TooLong { track })?;
        next = behind(length, start)?;
        let mut indexes = Vec::with_capacity(song.indexes.len());
        for at in &song.indexes {
            if *at >= length {
                return Err(LayRefusal::IndexBehind { track, at: *at });
            }
            indexes.push(behind(*at, start)?);
        }
        laid.songs.push(place(start, song.frames));
        laid.plan.tracks.push(PlannedTrack {
            pregap: (track == 1 || start > first_mark).then_some(first_mark),
            start,
            indexes,
            emphasis: song.emphasis,
            copying: song.copying,
            isrc: song.isrc,
        });
    }
    laid.plan.end = next;
    Ok(laid)
}

/// Sectors that so many frames take up.
fn sectors(frames: u64) -> Option<PqTime> {
    let sectors = u32::try_from(frames.div_ceil(PqTime::FRAMES_PER_SECTOR)).ok()?;
    PqTime::from_sectors(sectors)
}

fn place(at: PqTime, frames: u64) -> PlacedSong {
    PlacedSong {
        at_frame: at.frames(),
        fill_frames: frames.next_multiple_of(PqTime::FRAMES_PER_SECTOR) - frames,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cd::disc::tests::at;

    fn song(frames: u64, pregap: &str) -> SongOnDisc {
        SongOnDisc {
            frames,
            pregap: at(pregap),
            ..SongOnDisc::default()
        }
    }

    #[test]
    fn songs_stand_behind_their_pregaps() {
        let songs = [
            song(10 * 44_100, "00:02:00"),
            song(10 * 44_100 + 1, "00:00:00"),
            song(5 * 44_100, "00:03:00"),
        ];
        let laid = lay(&songs, None).unwrap();
        let marks: Vec<_> = laid
            .plan
            .tracks
            .iter()
            .map(|t| (t.pregap, t.start))
            .collect();
        assert_eq!(
            marks,
            [
                (Some(PqTime::ZERO), at("00:02:00")),
                (None, at("00:12:00")),
                (Some(at("00:22:01")), at("00:25:01")),
            ]
        );
        assert_eq!(laid.plan.end, at("00:30:01"));
        let fills: Vec<u64> = laid.songs.iter().map(|song| song.fill_frames).collect();
        assert_eq!(fills, [0, 587, 0]);
        assert_eq!(laid.songs[2].at_frame, at("00:25:01").frames());
    }

    #[test]
    fn what_is_hidden_makes_the_first_pregap_longer() {
        let laid = lay(&[song(10 * 44_100, "00:02:00")], Some(44_100)).unwrap();
        assert_eq!(laid.plan.tracks[0].start, at("00:03:00"));
        assert_eq!(laid.hidden.unwrap().at_frame, 2 * 44_100);
    }

    #[test]
    fn a_seam_that_would_be_heard_is_refused() {
        let songs = [song(44_101, "00:02:00"), song(44_100, "00:00:00")];
        assert_eq!(
            lay(&songs, None).unwrap_err().to_string(),
            "track 1 ends 587 frames before a sector border, and track 2 follows without a pregap: \
             silence would be heard between them; cut the two at a multiple of 588 frames, or give \
             track 2 a pregap"
        );
        let mut songs = [song(44_100, "00:02:00")];
        songs[0].indexes = vec![at("00:01:00")];
        assert_eq!(
            lay(&songs, None).unwrap_err().to_string(),
            "track 1: the index at 00:01:00 lies behind its end"
        );
        assert_eq!(
            lay(&[song(u64::MAX / 2, "00:02:00")], None).unwrap_err(),
            LayRefusal::TooLong { track: 1 }
        );
    }

    proptest! {
        /// No song moves against the one before it by anything but its pregap and the fill.
        #[test]
        fn every_song_keeps_its_place(
            songs in prop::collection::vec((1u64..3_000_000, 1u32..400), 1..40),
        ) {
            let songs: Vec<SongOnDisc> = songs
                .into_iter()
                .map(|(frames, pregap)| SongOnDisc {
                    frames,
                    pregap: PqTime::from_sectors(pregap).unwrap(),
                    ..SongOnDisc::default()
                })
                .collect();
            let laid = lay(&songs, None).unwrap();
            let mut next = 0;
            for (song, placed) in songs.iter().zip(&laid.songs) {
                prop_assert_eq!(placed.at_frame, next + song.pregap.frames());
                next = placed.at_frame + song.frames + placed.fill_frames;
            }
            prop_assert_eq!(laid.plan.end.frames(), next);
        }
    }
}
