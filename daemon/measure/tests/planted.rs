//! Faults planted at known places among things that look like them; the wide measure is `make bench`.

#[path = "support/inspection.rs"]
mod inspection;
mod support;

use inspection::inspector;
use measure::{Finding, Inspection, SampleKind};
use support::{Noise, Piece, print, render};

fn inspect(planar: &[Vec<f64>], sample: SampleKind) -> Inspection {
    let mut inspector = inspector(48_000, planar.len(), sample);
    let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
    inspector.feed(&slices);
    inspector.finish()
}

fn found<'a>(answer: &'a Inspection, code: &str) -> Option<&'a Finding> {
    answer.findings.iter().find(|f| f.code == code)
}

/// A timecode is right within 10 ms.
#[track_caller]
fn at_all(answer: &Inspection, code: &str, frames: &[usize]) {
    let finding = found(answer, code).unwrap_or_else(|| panic!("no {code}"));
    for &frame in frames {
        let place = frame as f64 / 48_000.0;
        let is_near = finding
            .spans
            .iter()
            .any(|s| (s.start_seconds - place).abs() < 0.01);
        assert!(is_near, "{code} at {place}: {:?}", finding.spans);
    }
}

fn music(seed: u64) -> [Vec<f64>; 2] {
    render(Piece {
        seed,
        bits: 0,
        ..Piece::default()
    })
}

/// Frames at which the left channel moves, with peaks of 10 % on both sides.
fn moving(planar: &[Vec<f64>; 2], from: usize, length: usize) -> usize {
    let loud = |at: usize| {
        planar[0][at - 200..at].iter().any(|v| v.abs() > 0.1)
            && planar[0][at + length..at + length + 200]
                .iter()
                .any(|v| v.abs() > 0.1)
    };
    let jumps = |at: usize| (planar[0][at + length] - planar[0][at - 1]).abs() > 0.1;
    (from..).find(|&at| loud(at) && jumps(at)).unwrap()
}

#[test]
fn a_sample_that_is_held_in_moving_sound_is_a_dropout_whatever_its_value() {
    for (bits, kind) in [(24, SampleKind::I24), (16, SampleKind::I16)] {
        let mut planar = music(3);
        let places: Vec<usize> = [150_000, 300_000, 450_000]
            .into_iter()
            .map(|from| moving(&planar, from, 60))
            .collect();
        for &place in &places {
            for channel in &mut planar {
                let held = channel[place - 1];
                channel[place..place + 60].fill(held);
            }
        }
        // Dithered after the fault, as a session's export is: the held value is no longer exact.
        print(&mut planar, bits, &mut Noise::new(2));
        at_all(&inspect(&planar, kind), "dropouts", &places);
    }
}

#[test]
fn a_few_slow_square_waves_are_no_dropouts() {
    let mut planar = music(4);
    for channel in &mut planar {
        // 110 Hz for a tenth of a second: rests of 4.5 ms between jumps of 40 %.
        for (n, v) in (0_u32..).zip(&mut channel[200_000..204_800]) {
            *v = if n / 218 % 2 == 0 { 0.2 } else { -0.2 };
        }
    }
    print(&mut planar, 24, &mut Noise::new(2));
    let answer = inspect(&planar, SampleKind::I24);
    assert!(found(&answer, "dropouts").is_none());
}

#[test]
fn a_gate_that_closes_on_a_decay_is_no_dropout() {
    let mut planar = music(5);
    print(&mut planar, 24, &mut Noise::new(2));
    for channel in &mut planar {
        // 2 ms down, 20 ms of zeros, 2 ms up.
        for n in 0..1_152_usize {
            let edge = n.min(1_151 - n) as f64 / 96.0;
            let v = &mut channel[300_000 + n];
            *v = (*v * (1.0 - edge).max(0.0) * 8_388_608.0).round() / 8_388_608.0;
        }
    }
    let answer = inspect(&planar, SampleKind::I24);
    assert!(found(&answer, "dropouts").is_none());
}

#[test]
fn a_click_just_before_a_loud_stroke_is_found_and_the_stroke_is_not() {
    let mut planar = music(6);
    let mut noise = Noise::new(11);
    // A stroke of a hi-hat every half second, and a click 7 ms before every fourth of them.
    let strokes: Vec<usize> = (1..30).map(|n| 24_000 * n).collect();
    for channel in &mut planar {
        for v in channel.iter_mut() {
            *v *= 0.3;
        }
    }
    for &stroke in &strokes {
        for n in 0..2_400_usize {
            let hat = 0.12 * noise.next() * (-(n as f64) / 600.0).exp();
            for channel in &mut planar {
                channel[stroke + n] += hat;
            }
        }
    }
    let clean = planar.clone();
    let places: Vec<usize> = strokes.iter().step_by(8).map(|s| s - 336).collect();
    for &place in &places {
        planar[0][place] += 0.5;
    }
    print(&mut planar, 24, &mut Noise::new(2));
    at_all(&inspect(&planar, SampleKind::I24), "clicks", &places);
    assert!(found(&inspect(&clean, SampleKind::F64), "clicks").is_none());
}

#[test]
fn a_fade_under_which_the_music_goes_on_is_noted() {
    for seed in 1..5 {
        let mut planar = music(seed);
        for channel in &mut planar {
            channel.truncate(15 * 48_000);
            let length = channel.len() as f64;
            for (n, v) in (0_u32..).zip(channel.iter_mut()) {
                let left = (length - f64::from(n)) / (10.0 * 48_000.0);
                *v *= left.min(1.0).powi(2);
            }
        }
        print(&mut planar, 24, &mut Noise::new(2));
        let answer = inspect(&planar, SampleKind::I24);
        assert!(found(&answer, "fade_made").is_some(), "seed {seed}");
    }
}

#[test]
fn rounding_without_dither_is_told_from_dither_in_any_fade() {
    for seed in 1..6 {
        let mut planar = music(seed);
        for channel in &mut planar {
            let length = channel.len();
            for (n, v) in channel[length - 288_000..].iter_mut().enumerate() {
                *v *= (1.0 - n as f64 / 288_000.0).powi(3);
            }
        }
        let mut rounded = planar.clone();
        for v in rounded.iter_mut().flatten() {
            *v = (*v * 32_768.0).round() / 32_768.0;
        }
        let answer = inspect(&rounded, SampleKind::I16);
        assert!(found(&answer, "dither_missing").is_some(), "seed {seed}");
        print(&mut planar, 16, &mut Noise::new(seed));
        let answer = inspect(&planar, SampleKind::I16);
        assert!(found(&answer, "dither_present").is_some(), "seed {seed}");
    }
}
