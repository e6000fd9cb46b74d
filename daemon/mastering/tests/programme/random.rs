use std::collections::BTreeMap;

use mastering::programme::{
    Blend, Disc, Gap, Grid, MarkAt, Programme, Segue, Song, Source, Ticks, Time,
};
use proptest::prelude::*;

const RATES: [u32; 5] = [44_100, 48_000, 88_200, 96_000, 192_000];

/// One song: its rate, its length in frames, the gap before it in ms, and how it runs into the next.
type Drawn = (u32, u64, u64, Option<(u64, Blend)>);

fn any_song() -> impl Strategy<Value = Drawn> {
    let segue = (
        1_u64..1500,
        prop::sample::select(vec![Blend::EqualPower, Blend::EqualGain]),
    );
    (
        prop::sample::select(RATES.to_vec()),
        700_000_u64..2_000_000,
        0_u64..6000,
        prop::option::weighted(0.3, segue),
    )
}

fn build(drawn: &[Drawn], grid: Grid) -> (Programme, BTreeMap<String, Source>) {
    let mut sources = BTreeMap::new();
    let mut tracks: Vec<Song> = Vec::new();
    for (number, (rate_hz, frames, gap_ms, segue)) in drawn.iter().enumerate() {
        let file = format!("{number}.wav");
        let source = Source {
            rate_hz: *rate_hz,
            channels: 2,
            frames: *frames,
        };
        sources.insert(file.clone(), source);
        let runs_in = tracks.last().is_some_and(|song| song.segue.is_some());
        let is_last = number + 1 == drawn.len();
        tracks.push(Song {
            gap: (!runs_in).then(|| Gap::new(Time::Milliseconds(*gap_ms))),
            segue: segue.filter(|_| !is_last).map(|(ms, shape)| Segue {
                length: Time::Milliseconds(ms),
                shape,
                mark: MarkAt::Middle,
            }),
            ..Song::of_file(&format!("Song {number}"), &file)
        });
    }
    let disc = Disc {
        title: None,
        longest: None,
        side: None,
        hidden: None,
        tracks,
    };
    let programme = Programme {
        title: "Random".to_owned(),
        artist: None,
        gap: None,
        grid,
        versions_in: None,
        editions: Vec::new(),
        discs: vec![disc],
    };
    (programme, sources)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// The disc is as long as its songs and gaps less what sounds together, in order, without holes.
    #[test]
    fn duration_order_and_seams(drawn in prop::collection::vec(any_song(), 1..12)) {
        let (programme, sources) = build(&drawn, Grid::Samples);
        let line = programme.timeline(&sources).unwrap();
        let disc = &line.discs[0];
        let mut sum = Ticks::ZERO;
        for (song, source) in programme.discs[0].tracks.iter().zip(disc.pieces.iter()) {
            sum += source.length() + song.gap.and_then(Gap::ticks).unwrap_or_default();
        }
        let shared = disc.pieces.iter().flat_map(|p| &p.ramps).filter(|r| {
            matches!(r.way, mastering::programme::Way::SegueOut(_))
        });
        let shared = shared.fold(Ticks::ZERO, |sum, ramp| sum + ramp.length);
        prop_assert_eq!(disc.length, sum - shared);
        for rate_hz in RATES {
            let at = disc.at(rate_hz);
            for pair in at.tracks.windows(2) {
                prop_assert!(pair[0].start < pair[1].start && pair[0].mark < pair[1].mark);
                prop_assert!(pair[1].gap_from <= pair[1].mark);
            }
            let cuts = at.cuts();
            prop_assert_eq!(cuts[cuts.len() - 1].1.end, at.frames);
            let mut from = 0;
            for (_, cut) in cuts {
                prop_assert_eq!(cut.start, from);
                from = cut.end;
            }
            // A source at the disc's own rate sounds from its first frame to its last.
            for piece in disc.pieces.iter().filter(|piece| piece.rate_hz == rate_hz) {
                let (place, from) = piece.at_rate(rate_hz);
                prop_assert_eq!((place.end - place.start, from), (piece.frames, piece.from));
            }
        }
    }

    /// On the grid of a compact disc each mark lies on a frame, and nothing moves by as much as one.
    #[test]
    fn marks_on_a_grid(drawn in prop::collection::vec(any_song(), 1..12)) {
        let (programme, sources) = build(&drawn, Grid::CdFrames);
        let line = programme.timeline(&sources).unwrap();
        let at = line.discs[0].at(44_100);
        prop_assert_eq!(at.frames % 588, 0);
        for (track, line) in at.tracks.iter().zip(&line.discs[0].tracks) {
            prop_assert_eq!(Some(track.mark), track.mark_cd_frames.map(|n| n * 588));
            for moved in &line.moved {
                let (mastering::programme::Moved::Gap { by }
                | mastering::programme::Moved::Mark { by }
                | mastering::programme::Moved::Index { by, .. }) = *moved;
                prop_assert!(by > Ticks::ZERO && by < Ticks::CD_FRAME);
            }
        }
    }

    /// A live set cut from one file without gaps goes on at every rate as the file does.
    #[test]
    fn a_live_set_has_no_seams(
        rate_hz in prop::sample::select(RATES.to_vec()),
        lengths in prop::collection::vec(10_000_u64..2_000_000, 2..10),
        first in 0_u64..100_000,
        head_ms in 0_u64..3000,
    ) {
        let mut at = first;
        let mut tracks = Vec::new();
        for frames in &lengths {
            tracks.push(Song {
                start: Some(Time::Samples(at)),
                end: Some(Time::Samples(at + frames)),
                gap: Some(if tracks.is_empty() { Gap::new(Time::Milliseconds(head_ms)) } else { Gap::NONE }),
                ..Song::of_file("Live", "live.wav")
            });
            at += frames;
        }
        let (mut programme, mut sources) = build(&[], Grid::Samples);
        programme.discs[0].tracks = tracks;
        sources.insert("live.wav".to_owned(), Source { rate_hz, channels: 2, frames: at });
        let line = programme.timeline(&sources).unwrap();
        for rate in RATES {
            let places: Vec<_> = line.discs[0].pieces.iter().map(|p| p.at_rate(rate)).collect();
            for pair in places.windows(2) {
                let ((before, from), (after, next)) = (&pair[0], &pair[1]);
                prop_assert_eq!(before.end, after.start);
                prop_assert_eq!(from + (before.end - before.start), *next);
            }
        }
    }
}
