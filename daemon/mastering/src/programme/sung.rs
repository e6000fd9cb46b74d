//! Where the lines of a song are sung in its own file, as its programme edits, trims and places it.

use super::time::Ticks;
use super::timeline::{DiscLine, EditPlace, Piece, PieceEdit};

/// When a line is sung by its song's own master, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SungSpan {
    /// When it begins.
    pub from_ms: u64,
    /// When it ends; none where the next begins.
    pub until_ms: Option<u64>,
}

/// A line where it is sung in a song's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SungThere {
    /// Which of the given ones, from 0.
    pub line: usize,
    /// When, in the file's own time.
    pub span: SungSpan,
}

/// The lines of a song in its file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SungInFile {
    /// Length of the file in milliseconds.
    pub length_ms: u64,
    /// Those that are sung there, in order; a passage that is repeated sings its lines again.
    pub there: Vec<SungThere>,
    /// Those whose beginning is not: cut out, silenced, replaced, before the file begins or behind its end.
    pub left_out: Vec<usize>,
}

/// Every place of the edited source at which a frame of the unedited one is heard as it was sung.
fn places(edits: &[EditPlace], frame: u64) -> Vec<u64> {
    let (mut source, mut heard) = (0, 0);
    for edit in edits.iter().take_while(|edit| edit.from <= frame) {
        let until = heard + (edit.from - source);
        let region = edit.to - edit.from;
        if frame < edit.to {
            let into = until + (frame - edit.from);
            return match edit.what {
                PieceEdit::Cut
                | PieceEdit::Mute
                | PieceEdit::Reverse
                | PieceEdit::Replace { .. } => Vec::new(),
                PieceEdit::Repeat { times } => (0..=u64::from(times))
                    .map(|time| into + time * region)
                    .collect(),
            };
        }
        let sounds = match edit.what {
            PieceEdit::Cut => 0,
            PieceEdit::Mute | PieceEdit::Reverse | PieceEdit::Replace { .. } => region,
            PieceEdit::Repeat { times } => region * (u64::from(times) + 1),
        };
        (source, heard) = (edit.to, until + sounds);
    }
    vec![heard + (frame - source)]
}

/// A stretch of a disc that becomes a file.
#[derive(Clone, Copy)]
struct Stretch {
    from: Ticks,
    until: Ticks,
}

impl Stretch {
    /// To the nearest millisecond: less than any player shows.
    fn ms(self, at: Ticks) -> u64 {
        let one = Ticks::of_milliseconds(1);
        (at.saturating_sub(self.from) + one.half()).get() / one.get()
    }
}

impl Piece {
    /// Every place on the disc at which a frame of its unedited source is heard as it was sung.
    fn sung_at(&self, frame: u64) -> impl Iterator<Item = Ticks> {
        let places = places(&self.edits, frame).into_iter();
        let inside = places.filter_map(|place| place.checked_sub(self.from));
        let inside = inside.filter(|into| *into < self.frames);
        inside.map(|into| self.at + Ticks::of_frames(into, self.rate_hz))
    }

    /// Where on the disc what began at `began` ends, of a source whose border before a frame ends it.
    fn ends_at(&self, border: u64, began: Ticks) -> Option<Ticks> {
        let frame = Ticks::of_frames(1, self.rate_hz);
        let heard = border.checked_sub(1).map(|last| self.sung_at(last));
        let heard = heard.into_iter().flatten().map(|last| last + frame);
        let seam = std::iter::once(self.border_at(border));
        heard.chain(seam).filter(|end| *end > began).min()
    }
}

impl DiscLine {
    /// Where the lines of a song are sung in the file that is made of it: from its mark to the next song's, or to the disc's end.
    ///
    /// None where the disc has no such song.
    #[must_use]
    pub fn sung_in_file(&self, number: u32, lines: &[SungSpan]) -> Option<SungInFile> {
        let place = self
            .tracks
            .iter()
            .position(|track| track.number == number)?;
        let track = self.tracks.get(place)?;
        let piece = self.piece_of(track)?;
        let next = self.tracks.get(place + 1).map(|next| next.mark);
        let stretch = Stretch {
            from: track.mark,
            until: next.unwrap_or(self.length),
        };
        let mut all = SungInFile {
            length_ms: stretch.ms(stretch.until),
            ..SungInFile::default()
        };
        let frame = |ms| Ticks::of_milliseconds(ms).frames(piece.rate_hz);
        for (line, span) in lines.iter().enumerate() {
            let at = piece.sung_at(frame(span.from_ms));
            let at = at.filter(|at| (stretch.from..stretch.until).contains(at));
            let before = all.there.len();
            all.there.extend(at.map(|at| {
                let end = span.until_ms.map(frame);
                let end = end.and_then(|end| piece.ends_at(end, at));
                let end = end.filter(|end| *end <= stretch.until);
                SungThere {
                    line,
                    span: SungSpan {
                        from_ms: stretch.ms(at),
                        until_ms: end.map(|end| stretch.ms(end)),
                    },
                }
            }));
            if all.there.len() == before {
                all.left_out.push(line);
            }
        }
        all.there.sort_by_key(|there| there.span.from_ms);
        end_before_the_next(&mut all.there);
        Some(all)
    }
}

/// A line ends where the next begins at the latest, which then needs no saying.
fn end_before_the_next(there: &mut [SungThere]) {
    let begins: Vec<u64> = there.iter().skip(1).map(|next| next.span.from_ms).collect();
    for (one, next) in there.iter_mut().zip(begins) {
        one.span.until_ms = one.span.until_ms.filter(|until| *until < next);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::timeline::TrackLine;
    use super::*;

    fn ms(ms: u64) -> Ticks {
        Ticks::of_milliseconds(ms)
    }

    fn edit(what: PieceEdit, from: u64, to: u64) -> EditPlace {
        EditPlace {
            what,
            from,
            to,
            crossfade: 0,
        }
    }

    fn piece(at: u64, from: u64, frames: u64, edits: Vec<EditPlace>) -> Piece {
        Piece {
            file: "song".to_owned(),
            rate_hz: 1000,
            at: ms(at),
            from,
            frames,
            gain_db: 0.0,
            tilt_db: 0.0,
            ramps: Vec::new(),
            edits,
        }
    }

    fn song(number: u32, start: u64, end: u64) -> TrackLine {
        TrackLine {
            number,
            title: "Song".to_owned(),
            gap_from: ms(start),
            start: ms(start),
            mark: ms(start),
            indexes: Vec::new(),
            end: ms(end),
            moved: Vec::new(),
        }
    }

    /// A disc whose second song begins at 5 s, from its own 100 ms on, for ten seconds, with two of silence behind it.
    fn disc(edits: Vec<EditPlace>) -> DiscLine {
        DiscLine {
            title: None,
            tracks: vec![
                song(1, 0, 4_000),
                song(2, 5_000, 15_000),
                song(3, 17_000, 18_000),
            ],
            pieces: vec![
                piece(0, 0, 4_000, Vec::new()),
                piece(5_000, 100, 10_000, edits),
                piece(17_000, 0, 1_000, Vec::new()),
            ],
            length: ms(18_000),
            padding: Ticks::ZERO,
        }
    }

    fn span(from_ms: u64, until_ms: Option<u64>) -> SungSpan {
        SungSpan { from_ms, until_ms }
    }

    type There = Vec<(usize, u64, Option<u64>)>;

    #[track_caller]
    fn check(edits: Vec<EditPlace>, lines: &[SungSpan], there: There, left_out: &[usize]) {
        let sung = disc(edits).sung_in_file(2, lines).unwrap();
        let got: There = sung
            .there
            .iter()
            .map(|one| (one.line, one.span.from_ms, one.span.until_ms))
            .collect();
        assert_eq!(got, there);
        assert_eq!(sung.left_out, left_out);
        assert_eq!(sung.length_ms, 12_000, "with the gap behind it");
    }

    #[test]
    fn lines_lie_where_the_file_begins() {
        let lines = [
            span(50, None),
            span(600, Some(900)),
            span(2_000, None),
            span(10_200, None),
        ];
        check(
            vec![],
            &lines,
            vec![(1, 500, Some(800)), (2, 1_900, None)],
            &[0, 3],
        );
        assert_eq!(disc(vec![]).sung_in_file(4, &lines), None);
    }

    #[test]
    fn what_was_cut_out_or_silenced_is_not_sung() {
        let lines = [
            span(1_000, None),
            span(2_000, None),
            span(3_000, Some(3_500)),
            span(4_000, None),
        ];
        check(
            vec![
                edit(PieceEdit::Cut, 1_900, 2_900),
                edit(PieceEdit::Mute, 3_900, 4_100),
            ],
            &lines,
            vec![(0, 900, None), (2, 1_900, Some(2_400))],
            &[1, 3],
        );
    }

    #[test]
    fn a_line_that_is_cut_short_ends_at_the_seam() {
        let lines = [span(1_000, Some(2_500)), span(5_000, None)];
        check(
            vec![edit(PieceEdit::Cut, 2_000, 3_000)],
            &lines,
            vec![(0, 900, Some(1_900)), (1, 3_900, None)],
            &[],
        );
    }

    #[test]
    fn a_repeated_passage_is_sung_again() {
        let lines = [
            span(1_000, Some(1_400)),
            span(2_000, None),
            span(3_000, None),
        ];
        check(
            vec![edit(PieceEdit::Repeat { times: 1 }, 900, 2_100)],
            &lines,
            vec![
                (0, 900, Some(1_300)),
                (1, 1_900, None),
                (0, 2_100, Some(2_500)),
                (1, 3_100, None),
                (2, 4_100, None),
            ],
            &[],
        );
    }

    proptest! {
        /// Whatever was edited: lines stay in order inside their file, and each is there or said to be left out.
        #[test]
        fn every_line_is_somewhere(
            lengths in prop::collection::vec((0_u64..2_000, 1_u64..2_000, 0_u32..4), 0..4),
            starts in prop::collection::btree_set(0_u64..14_000, 0..20),
        ) {
            let mut from = 100;
            let edits: Vec<EditPlace> = lengths.into_iter().map(|(before, region, what)| {
                let what = match what {
                    0 => PieceEdit::Cut,
                    1 => PieceEdit::Mute,
                    2 => PieceEdit::Reverse,
                    _ => PieceEdit::Repeat { times: 2 },
                };
                let place = edit(what, from + before, from + before + region);
                from = place.to;
                place
            }).collect();
            let lines: Vec<SungSpan> = starts.iter().map(|at| span(*at, Some(at + 500))).collect();
            let sung = disc(edits).sung_in_file(2, &lines).unwrap();
            let times: Vec<u64> = sung.there.iter().flat_map(|one| [Some(one.span.from_ms), one.span.until_ms]).flatten().collect();
            prop_assert!(times.is_sorted());
            prop_assert!(times.iter().all(|at| *at <= sung.length_ms));
            for line in 0..lines.len() {
                let is_there = sung.there.iter().any(|one| one.line == line);
                prop_assert_ne!(is_there, sung.left_out.contains(&line));
            }
        }
    }
}
