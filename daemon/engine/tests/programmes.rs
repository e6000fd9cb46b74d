//! A disc rendered as a whole, in stretches and in cuts: the same samples, to the bit.

use engine::programme::{
    Blend, CutReport, DiscPlan, Edit, EditKind, Piece, Ramp, Shape, Way, render_cut, render_disc,
};
use engine::{
    ConversionChoice, ConvertSettings, Depth, DitherChoice, DitherSeed, MasterBlock, MasterSink,
    MemorySink, MemorySource, SinkError, Source, convert,
};
use proptest::prelude::*;
use std::ops::Range;

/// Noise of one channel pair as whole numbers of 24 bits.
fn noise(seed: u32, frames: usize) -> Vec<Vec<f64>> {
    let row = |seed: u32| {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let next = move |_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            f64::from((state >> 9) as i32 - (1 << 22)) / f64::from(1 << 23)
        };
        (0..frames).map(next).collect()
    };
    vec![row(seed), row(seed + 1000)]
}

#[derive(Debug, Clone)]
struct Shelf(Vec<(u32, Vec<Vec<f64>>)>);

impl Shelf {
    fn open(&self, file: usize) -> Box<dyn Source> {
        let (rate_hz, rows) = self.0[file].clone();
        Box::new(MemorySource::new(rate_hz, rows))
    }

    fn stretch(&self, plan: &DiscPlan, stretch: Range<u64>) -> Vec<Vec<f64>> {
        let mut sink = MemorySink::default();
        render_disc(plan, stretch, &mut |file| Ok(self.open(file)), &mut sink).unwrap();
        sink.channels
    }

    fn cut(&self, plan: &DiscPlan, cut: Range<u64>, depth: Depth) -> (Ints, CutReport) {
        let mut sink = Ints::default();
        let rounding = (depth, DitherChoice::default(), DitherSeed(cut.start));
        let mut open = |file| Ok(self.open(file));
        let report = render_cut(plan, cut, rounding, &mut open, &mut sink).unwrap();
        (sink, report)
    }
}

#[derive(Debug, Default, PartialEq)]
struct Ints(Vec<Vec<i32>>, Vec<Vec<f32>>);

impl MasterSink for Ints {
    fn write(&mut self, block: MasterBlock<'_>) -> Result<(), SinkError> {
        fn put<T: Copy>(to: &mut Vec<Vec<T>>, from: &[&[T]]) {
            to.resize_with(from.len(), Vec::new);
            to.iter_mut()
                .zip(from)
                .for_each(|(to, from)| to.extend_from_slice(from));
        }
        match block {
            MasterBlock::Int(rows) => put(&mut self.0, rows),
            MasterBlock::Float(rows) => put(&mut self.1, rows),
            MasterBlock::Double(_) => unreachable!("no test asks for doubles here"),
        }
        Ok(())
    }
}

fn piece(file: usize, place: Range<u64>, from: u64) -> Piece {
    Piece {
        file,
        alternates: Vec::new(),
        edits: Vec::new(),
        place,
        from,
        gain_db: 0.0,
        tilt_db: 0.0,
        ramps: Vec::new(),
        is_on_grid: true,
    }
}

fn plan(rate_hz: u32, pieces: Vec<Piece>) -> DiscPlan {
    DiscPlan {
        rate_hz,
        channels: 2,
        pieces,
        conversion: ConversionChoice::default(),
    }
}

fn ramp(at: u64, frames: u64, way: Way) -> Ramp {
    Ramp { at, frames, way }
}

#[test]
fn what_nothing_changes_passes_bit_for_bit() {
    let shelf = Shelf(vec![(48_000, noise(1, 30_000)), (48_000, noise(2, 20_000))]);
    let mut second = piece(1, 32_000..50_000, 2000);
    second.ramps = vec![ramp(49_000, 1000, Way::FadeOut(Shape::Linear))];
    let plan = plan(48_000, vec![piece(0, 1000..31_000, 0), second]);
    let (ints, report) = shelf.cut(&plan, 0..50_000, Depth::Int24);
    let whole = |x: f64| (x * f64::from(1 << 23)) as i32;
    for (channel, row) in ints.0.iter().enumerate() {
        assert!(
            row[..1000]
                .iter()
                .chain(&row[31_000..32_000])
                .all(|x| *x == 0)
        );
        let same = |from: &[i32], to: &[f64]| from.iter().zip(to).all(|(a, b)| *a == whole(*b));
        assert!(same(&row[1000..31_000], &shelf.0[0].1[channel]));
        assert!(same(&row[32_000..49_000], &shelf.0[1].1[channel][2000..]));
    }
    assert_eq!(
        report,
        CutReport {
            frames: 50_000,
            untouched_frames: 49_000,
            clipped_samples: 0,
            non_finite_samples: 0,
        }
    );
}

#[test]
fn a_fade_lies_where_it_was_put() {
    let shelf = Shelf(vec![(48_000, vec![vec![0.5; 10_000]; 2])]);
    let mut song = piece(0, 100..10_100, 0);
    song.ramps = vec![
        ramp(100, 8, Way::FadeIn(Shape::Linear)),
        ramp(10_096, 4, Way::FadeOut(Shape::Linear)),
    ];
    let rows = shelf.stretch(&plan(48_000, vec![song]), 0..10_200);
    let heard: Vec<f64> = rows[0][99..109].iter().map(|x| x * 16.0).collect();
    assert_eq!(heard, [0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
    assert_eq!(rows[0][10_095..10_101], [0.5, 0.5, 0.375, 0.25, 0.125, 0.0]);
}

/// Equal gain gives the same material back; equal power keeps the power of what has nothing in common.
#[test]
fn segues_keep_what_they_promise() {
    let segue = |files: [usize; 2], blend, shelf: &Shelf| {
        let (mut out, mut into) = (
            piece(files[0], 0..30_000, 0),
            piece(files[1], 10_000..40_000, 0),
        );
        out.ramps = vec![ramp(10_000, 20_000, Way::SegueOut(blend))];
        into.ramps = vec![ramp(10_000, 20_000, Way::SegueIn(blend))];
        shelf.stretch(&plan(48_000, vec![out, into]), 0..40_000)
    };
    let same = Shelf(vec![(48_000, vec![vec![0.25; 30_000]; 2])]);
    let rows = segue([0, 0], Blend::EqualGain, &same);
    // One rounding of each product and one of the sum.
    assert!(
        rows[0]
            .iter()
            .all(|x| (x - 0.25).abs() <= 2.0 * f64::EPSILON)
    );
    let other = Shelf(vec![(48_000, noise(3, 30_000)), (48_000, noise(4, 30_000))]);
    let rows = segue([0, 1], Blend::EqualPower, &other);
    let power = |range: Range<usize>| {
        let count = range.len() as f64;
        rows[0][range].iter().map(|x| x * x).sum::<f64>() / count
    };
    for at in [10_000, 14_000, 18_000, 22_000, 26_000] {
        // 4000 frames of noise say their power to ±0.2 dB (three standard errors).
        let change = 10.0 * (power(at..at + 4000) / power(0..10_000)).log10();
        assert!(change.abs() < 0.3, "{at}: {change}");
    }
}

#[test]
fn a_mix_at_another_rate_is_converted_once_as_a_master_is() {
    let rows = noise(5, 44_100);
    let shelf = Shelf(vec![(44_100, rows.clone())]);
    let plan = plan(48_000, vec![piece(0, 0..48_000, 0)]);
    let (ours, report) = shelf.cut(&plan, 0..48_000, Depth::Float32);
    let mut theirs = Ints::default();
    let settings = ConvertSettings {
        rate_hz: 48_000,
        depth: Depth::Float32,
        ceiling_dbtp: None,
        dither: DitherChoice::default(),
        conversion: ConversionChoice::default(),
    };
    let mut source = MemorySource::new(44_100, rows);
    convert(
        &mut source,
        settings,
        DitherSeed(1),
        &mut theirs,
        &mut |_| {},
    )
    .unwrap();
    assert_eq!(ours, theirs);
    assert_eq!(report.untouched_frames, 0);
}

#[test]
fn a_tilt_turns_half_of_it_down_below_and_half_up_above() {
    let tone = |hz: f64| -> Vec<f64> {
        let step = core::f64::consts::TAU * hz / 48_000.0;
        (0..48_000)
            .map(|n| 0.1 * (step * f64::from(n)).sin())
            .collect()
    };
    for (hz, expected_db) in [(30.0, -1.0), (1000.0, 0.0), (18_000.0, 1.0)] {
        let shelf = Shelf(vec![(48_000, vec![tone(hz), tone(hz)])]);
        let mut song = piece(0, 0..48_000, 0);
        song.tilt_db = 2.0;
        let rows = shelf.stretch(&plan(48_000, vec![song]), 24_000..48_000);
        let power: f64 = rows[0].iter().map(|x| x * x).sum::<f64>() / 24_000.0;
        let change = 10.0 * (power / 0.005).log10();
        // A first-order tilt has all but 0.03 dB of it five octaves out.
        assert!((change - expected_db).abs() < 0.03, "{hz} Hz: {change}");
    }
}

#[test]
fn what_is_no_number_is_silent_and_counted() {
    let mut rows = noise(6, 1000);
    rows[1][500] = f64::NAN;
    let shelf = Shelf(vec![(48_000, rows)]);
    let plan = plan(48_000, vec![piece(0, 0..1000, 0)]);
    let (ints, report) = shelf.cut(&plan, 0..1000, Depth::Int24);
    assert_eq!((ints.0[1][500], report.non_finite_samples), (0, 1));
}

const RATES: [u32; 3] = [44_100, 48_000, 96_000];

/// Songs behind each other and into each other, edited, tilted, at any rate.
fn any_disc() -> impl Strategy<Value = (Shelf, DiscPlan, u64)> {
    let song = (
        prop::sample::select(RATES.to_vec()),
        3000_usize..9000,
        0_u64..2000,
        prop::bool::ANY,
        prop::sample::select(vec![0.0, -1.5, 0.7]),
        prop::sample::select(vec![0.0, 0.0, 0.5]),
        prop::option::of((10_u64..900, 1000_u64..1900, 0_u64..120, 0_usize..4)),
    );
    (
        prop::sample::select(RATES.to_vec()),
        prop::collection::vec(song, 1..6),
    )
        .prop_map(|(rate_hz, songs)| {
            let (mut shelf, mut pieces, mut end) = (Shelf(Vec::new()), Vec::<Piece>::new(), 0_u64);
            for (number, (own_hz, frames, gap, is_segue, gain_db, tilt_db, edit)) in
                songs.into_iter().enumerate()
            {
                shelf.0.push((own_hz, noise(number as u32 + 1, frames)));
                let length = frames as u64 * u64::from(rate_hz) / u64::from(own_hz);
                let overlap = if is_segue && number > 0 { 500 } else { 0 };
                let start = if overlap > 0 {
                    end - overlap
                } else {
                    end + gap
                };
                let mut song = piece(number, start..start + length, 0);
                (song.gain_db, song.tilt_db) = (gain_db, tilt_db);
                if overlap > 0 {
                    song.ramps
                        .push(ramp(start, overlap, Way::SegueIn(Blend::EqualPower)));
                    let before = pieces.last_mut().unwrap();
                    before
                        .ramps
                        .push(ramp(start, overlap, Way::SegueOut(Blend::EqualPower)));
                }
                if let Some((from, to, crossfade, kind)) = edit {
                    let kind = [
                        EditKind::Cut,
                        EditKind::Mute,
                        EditKind::Reverse,
                        EditKind::Repeat { times: 2 },
                    ][kind];
                    song.edits = vec![Edit {
                        kind,
                        from,
                        to,
                        crossfade,
                    }];
                }
                end = start + length;
                pieces.push(song);
            }
            (shelf, plan(rate_hz, pieces), end)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// One song, or any stretch, is the same samples alone as in the whole; cut and joined again it is the whole.
    #[test]
    fn whole_and_part_are_the_same_samples(
        (shelf, plan, end) in any_disc(),
        places in prop::collection::vec(0.0..1.0_f64, 1..5),
    ) {
        let whole = shelf.stretch(&plan, 0..end);
        prop_assert_eq!(whole[0].len() as u64, end);
        let mut borders: Vec<u64> = places.iter().map(|x| (x * end as f64) as u64).collect();
        borders.extend([0, end]);
        borders.sort_unstable();
        let mut joined = vec![Vec::new(); 2];
        for pair in borders.windows(2) {
            for (to, from) in joined.iter_mut().zip(shelf.stretch(&plan, pair[0]..pair[1])) {
                to.extend(from);
            }
        }
        let bits = |rows: &[Vec<f64>]| -> Vec<Vec<u64>> {
            rows.iter().map(|row| row.iter().map(|x| x.to_bits()).collect()).collect()
        };
        prop_assert_eq!(bits(&joined), bits(&whole));
    }
}
