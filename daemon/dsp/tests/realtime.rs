//! What every processor owes the audio thread: no allocation, no dependence on the block size, and
//! finite output whatever comes in.
#![expect(unsafe_code, reason = "an allocator that counts is an unsafe trait")]

mod signals;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use dsp::{Resampler, Spec};
use signals::processors::{RATE, processors};
use signals::{figure, noise, run, song};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged; only a counter is added.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn the_block_size_changes_no_bit() {
    let song = song(60_000, RATE);
    for (name, mut processor, events) in processors() {
        processor.prepare(
            Spec {
                rate_hz: RATE,
                channels: 2,
            },
            1,
        );
        // Long enough to hear what comes late.
        let frames = 9_000 + 2 * usize::try_from(processor.latency_frames()).unwrap();
        let song: Vec<Vec<f64>> = song.iter().map(|c| c[..frames].to_vec()).collect();
        let whole = run(&mut *processor, &song, RATE, frames, &events);
        assert_ne!(whole, song, "{name} does something");
        for block in [1, 13, 64, 128, 500, 512, 4096] {
            let cut = run(&mut *processor, &song, RATE, block, &events);
            let same = whole.iter().flatten().zip(cut.iter().flatten());
            assert!(
                same.into_iter().all(|(a, b)| a.to_bits() == b.to_bits()),
                "{name} at {block}"
            );
        }
    }
}

#[test]
fn nothing_is_allocated_while_audio_runs() {
    let song = song(8_192, RATE);
    for (name, mut processor, events) in processors() {
        let mut copy = song.clone();
        processor.prepare(
            Spec {
                rate_hz: RATE,
                channels: 2,
            },
            4096,
        );
        let [left, right] = &mut copy[..] else {
            unreachable!()
        };
        let mut block = [&mut left[..4096], &mut right[..4096]];
        let before = ALLOCATIONS.with(Cell::get);
        processor.process(&mut block, None, &events);
        for _ in 0..20 {
            processor.process(&mut block, None, &[]);
        }
        processor.reset();
        let key = [&song[0][..4096], &song[1][..4096]];
        processor.process(&mut block, Some(&key), &events);
        assert_eq!(ALLOCATIONS.with(Cell::get), before, "{name}");
    }
    let mut resampler = Resampler::new(48_000, 44_100, 2, 4096).unwrap();
    let mut out = vec![vec![0.0; resampler.max_output_frames()]; 2];
    let [left, right] = &mut out[..] else {
        unreachable!()
    };
    let mut out = [&mut left[..], &mut right[..]];
    let before = ALLOCATIONS.with(Cell::get);
    for _ in 0..10 {
        resampler.process(&[&song[0][..4096], &song[1][..4096]], &mut out);
    }
    while resampler.finish(&mut out) > 0 {}
    assert_eq!(ALLOCATIONS.with(Cell::get), before, "sample-rate converter");
}

fn hostile() -> Vec<(&'static str, Vec<f64>)> {
    let frames = 6_000;
    let mut holes = noise(frames, 1, 1.0);
    for (i, x) in holes.iter_mut().enumerate() {
        match i % 97 {
            3 => *x = f64::NAN,
            40 => *x = f64::INFINITY,
            70 => *x = f64::NEG_INFINITY,
            71 => *x = f64::MAX,
            80 => *x = 5e-324,
            _ => (),
        }
    }
    vec![
        ("holes", holes),
        ("all NaN", vec![f64::NAN; frames]),
        (
            "square",
            (0..frames)
                .map(|i| if i / 50 % 2 == 0 { 1.0 } else { -1.0 })
                .collect(),
        ),
        (
            "every other sample",
            (0..frames)
                .map(|i| if i % 2 == 0 { 1.0 } else { -1.0 })
                .collect(),
        ),
        ("largest float", vec![f64::from(f32::MAX); frames]),
        ("silence", vec![0.0; frames]),
        ("subnormal", vec![1e-310; frames]),
    ]
}

fn is_no_audio(sample: &f64) -> bool {
    sample.is_nan() || sample.abs() >= dsp::LARGEST_SAMPLE
}

#[test]
fn hostile_samples_come_out_finite_and_are_counted() {
    let mut finite = 0.0;
    for (what, samples) in hostile() {
        let bad = samples.iter().filter(|x| is_no_audio(x)).count() as u64;
        let first = samples.iter().position(is_no_audio).map(|i| i as u64);
        for (name, mut processor, _) in processors() {
            let out = run(
                &mut *processor,
                &[samples.clone(), samples.clone()],
                RATE,
                333,
                &[],
            );
            assert!(
                out.iter().flatten().all(|x| x.is_finite()),
                "{name}: {what}"
            );
            assert_eq!(
                processor.faults().non_finite_samples,
                2 * bad,
                "{name}: {what}"
            );
            assert_eq!(processor.faults().first_frame, first, "{name}: {what}");
            finite += 1.0;
            if what == "silence" {
                assert!(out.iter().flatten().all(|x| *x == 0.0), "{name}: {what}");
            }
        }
    }
    let bar = (hostile().len() * processors().len()).to_string();
    figure(
        "hostile streams that came out finite and counted",
        finite,
        &bar,
    );
}

#[test]
fn after_hostile_samples_clean_audio_is_clean_again() {
    let clean = song(RATE as usize * 2, RATE);
    for (name, mut processor, _) in processors() {
        let expected = run(&mut *processor, &clean, RATE, 4096, &[]);
        // Whole steps of the absolute grid, on which some things move.
        let bad: Vec<f64> = [vec![f64::NAN; 512], vec![0.0; RATE as usize * 12]].concat();
        let shift = bad.len();
        let dirty: Vec<Vec<f64>> = clean.iter().map(|c| [&bad[..], &c[..]].concat()).collect();
        let out = run(&mut *processor, &dirty, RATE, 4096, &[]);
        for (a, b) in expected.iter().zip(&out) {
            let worst = a
                .iter()
                .zip(&b[shift..])
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(worst < 1e-12, "{name}: {worst}");
        }
    }
}

#[test]
fn a_decaying_filter_reaches_exact_silence() {
    for (name, mut processor, _) in processors() {
        let mut impulse = vec![0.0; RATE as usize * 15];
        impulse[0] = 0.1;
        let tail = processor.tail_frames();
        assert!(tail < RATE as u64 * 15, "{name}: {tail}");
        let out = run(&mut *processor, &[impulse], RATE, 4096, &[]);
        let tail = usize::try_from(processor.tail_frames()).unwrap();
        assert!(
            out[0][tail + 1..].iter().all(|x| x.abs() < 1e-9),
            "{name} after {tail}"
        );
        assert_eq!(*out[0].last().unwrap(), 0.0, "{name}");
    }
}
