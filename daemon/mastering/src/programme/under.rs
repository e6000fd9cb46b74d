//! What of a song lies under a time of its disc, and where on the disc a time of a song is heard.

use super::time::Ticks;
use super::timeline::{DiscLine, EditPlace, Piece, PieceEdit, TrackLine};

/// Where a frame of an unedited source lies once it is edited: its region's first place where it sounds again, the seam
/// where it was cut out.
pub(super) fn edited(edits: &[EditPlace], frame: u64) -> u64 {
    let mut at = frame;
    for edit in edits.iter().filter(|edit| edit.from < frame) {
        let region = edit.to.min(frame) - edit.from;
        match edit.what {
            PieceEdit::Cut => at -= region,
            PieceEdit::Repeat { times } if edit.to <= frame => at += u64::from(times) * region,
            PieceEdit::Repeat { .. }
            | PieceEdit::Mute
            | PieceEdit::Reverse
            | PieceEdit::Replace { .. } => {}
        }
    }
    at
}

/// The frame of the unedited source that is heard at one of the edited.
fn unedited(edits: &[EditPlace], frame: u64) -> u64 {
    let (mut source, mut heard) = (0, 0);
    for edit in edits {
        let until = heard + (edit.from - source);
        if frame < until {
            break;
        }
        let (region, into) = (edit.to - edit.from, frame - until);
        let sounds = match edit.what {
            PieceEdit::Cut => 0,
            PieceEdit::Mute | PieceEdit::Reverse | PieceEdit::Replace { .. } => region,
            PieceEdit::Repeat { times } => region * (u64::from(times) + 1),
        };
        if into < sounds {
            let into = into % region;
            return match edit.what {
                PieceEdit::Reverse => edit.to - 1 - into,
                PieceEdit::Cut
                | PieceEdit::Mute
                | PieceEdit::Repeat { .. }
                | PieceEdit::Replace { .. } => edit.from + into,
            };
        }
        (source, heard) = (edit.to, until + sounds);
    }
    source + (frame - heard)
}

impl Piece {
    /// Where on the disc the border before a frame of its unedited source lies; of a region that sounds again, the first time.
    #[must_use]
    pub fn border_at(&self, frame: u64) -> Ticks {
        let into = edited(&self.edits, frame).saturating_sub(self.from);
        self.at + Ticks::of_frames(into.min(self.frames), self.rate_hz)
    }

    /// Where on the disc a frame of its unedited source is heard; the seam where it was cut out, none where it is not in it.
    #[must_use]
    pub fn heard_at(&self, frame: u64) -> Option<Ticks> {
        let around = |edit: &&EditPlace| edit.from <= frame && frame < edit.to;
        let turned = self.edits.iter().find(around);
        let turned = turned.filter(|edit| edit.what == PieceEdit::Reverse);
        let frame = turned.map_or(frame, |edit| edit.from + (edit.to - 1 - frame));
        let into = edited(&self.edits, frame).checked_sub(self.from)?;
        (into <= self.frames).then(|| self.at + Ticks::of_frames(into, self.rate_hz))
    }

    /// The frame of its unedited source that is heard at a time of the disc; its first before it sounds, its last behind it.
    #[must_use]
    pub fn source_at(&self, at: Ticks) -> u64 {
        let into = at.saturating_sub(self.at).frames(self.rate_hz);
        let last = self.frames.saturating_sub(1);
        unedited(&self.edits, self.from + into.min(last))
    }
}

impl DiscLine {
    /// The song that a listener means at a time of the disc: the last one that began, in a gap the one before it. With it
    /// comes the time of that song's own source; none for a disc without songs.
    #[must_use]
    pub fn song_at(&self, at: Ticks) -> Option<(&TrackLine, Ticks)> {
        let began = self.tracks.iter().rev().find(|track| track.start <= at);
        let track = began.or_else(|| self.tracks.first())?;
        let piece = self.piece_of(track)?;
        let source = Ticks::of_frames(piece.source_at(at), piece.rate_hz);
        Some((track, source))
    }

    /// What sounds of a song.
    #[must_use]
    pub fn piece_of(&self, track: &TrackLine) -> Option<&Piece> {
        // What fills the gap before it begins there.
        self.pieces.iter().find(|piece| piece.at == track.start)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A second of a source at 1 kHz from frame 100 on: cut, turned round, repeated.
    fn piece() -> Piece {
        let edit = |what, from, to| EditPlace {
            what,
            from,
            to,
            crossfade: 0,
        };
        let edits = vec![
            edit(PieceEdit::Cut, 200, 300),
            edit(PieceEdit::Reverse, 400, 500),
            edit(PieceEdit::Repeat { times: 2 }, 600, 650),
        ];
        let frames = edited(&edits, 1100) - 100;
        Piece {
            file: "song".to_owned(),
            rate_hz: 1000,
            at: Ticks::of_frames(5, 1),
            from: 100,
            frames,
            gain_db: 0.0,
            tilt_db: 0.0,
            ramps: Vec::new(),
            edits,
        }
    }

    fn ms(ms: u64) -> Ticks {
        Ticks::of_milliseconds(ms)
    }

    #[test]
    fn a_time_of_the_disc_is_a_time_of_the_song() {
        let piece = piece();
        assert_eq!(piece.frames, 1000);
        for (heard, source) in [
            (5_000, 100),
            (5_099, 199),
            (5_100, 300),
            (5_199, 399),
            (5_200, 499),
            (5_299, 400),
            (5_300, 500),
            (5_400, 600),
            (5_450, 600),
            (5_500, 600),
            (5_549, 649),
            (5_550, 650),
            (5_999, 1099),
            (9_000, 1099),
        ] {
            assert_eq!(piece.source_at(ms(heard)), source, "{heard} ms");
        }
        assert_eq!(piece.heard_at(250), Some(ms(5_100)), "at the seam");
        assert_eq!(piece.heard_at(499), Some(ms(5_200)));
        assert_eq!(piece.heard_at(99), None);
        assert_eq!(piece.border_at(400), ms(5_200));
        assert_eq!(piece.border_at(650), ms(5_550));
    }

    #[test]
    fn in_a_gap_the_song_before_is_meant() {
        let song = |number, start, end| TrackLine {
            number,
            title: "Song".to_owned(),
            gap_from: ms(start),
            start: ms(start),
            mark: ms(start),
            indexes: Vec::new(),
            end: ms(end),
            moved: Vec::new(),
        };
        let whole = |at| Piece {
            at: ms(at),
            ..piece()
        };
        let disc = DiscLine {
            title: None,
            tracks: vec![song(1, 1_000, 2_000), song(2, 4_000, 5_000)],
            pieces: vec![whole(1_000), whole(4_000)],
            length: ms(5_000),
            padding: Ticks::ZERO,
        };
        let at = |heard| {
            let (track, source) = disc.song_at(ms(heard)).unwrap();
            (track.number, source)
        };
        assert_eq!(at(0), (1, ms(100)));
        assert_eq!(at(1_050), (1, ms(150)));
        assert_eq!(at(3_000), (1, ms(1_099)));
        assert_eq!(at(4_000), (2, ms(100)));
    }

    proptest! {
        /// Whatever was edited, what is heard somewhere is heard there.
        #[test]
        fn there_and_back_is_the_same_frame(
            lengths in prop::collection::vec((0_u64..50, 1_u64..50, 0_u32..4), 0..6), at in 0_u64..2_000,
        ) {
            let mut from = 100;
            let edits: Vec<EditPlace> = lengths.into_iter().map(|(before, region, what)| {
                let what = match what {
                    0 => PieceEdit::Cut,
                    1 => PieceEdit::Mute,
                    2 => PieceEdit::Reverse,
                    _ => PieceEdit::Repeat { times: 3 },
                };
                let edit = EditPlace { what, from: from + before, to: from + before + region, crossfade: 0 };
                from = edit.to;
                edit
            }).collect();
            let frames = edited(&edits, 2_100) - 100;
            let piece = Piece { frames, edits, ..piece() };
            let heard = Ticks::of_frames(at.min(frames - 1), 1000) + piece.at;
            let source = piece.source_at(heard);
            let again = piece.heard_at(source).unwrap();
            prop_assert_eq!(piece.source_at(again), source);
        }
    }
}
