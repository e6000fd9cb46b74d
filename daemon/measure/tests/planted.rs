//! Faults planted at known places among things that look like them; the wide measure is `make bench`.

#[path = "support/inspection.rs"]
mod inspection;
mod support;

use inspection::inspector;
use measure::{Finding, Inspection, SampleKind, Severity};
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
fn a_click_just_before_a_loud_kick_is_found_and_the_kick_is_not() {
    let tone = |n: usize| 0.02 * (n as f64 * 0.02).sin();
    let channel: Vec<f64> = (0..48_000 * 12).map(tone).collect();
    let mut planar = [channel.clone(), channel];
    let kicks: Vec<usize> = (1..11).map(|n| 48_000 * n).collect();
    for &kick in &kicks {
        for n in 0..24_000_usize {
            let v = 0.5 * (n as f64 * 0.008).sin() * (-(n as f64) / 4_000.0).exp();
            planar[0][kick + n] += v;
            planar[1][kick + n] += v;
        }
    }
    assert!(found(&inspect(&planar, SampleKind::F64), "clicks").is_none());
    // 2.5 ms before the sound swells: what follows the click is far louder than what was before it.
    let places: Vec<usize> = kicks.iter().step_by(3).map(|k| k - 120).collect();
    for &place in &places {
        planar[1][place] += 0.1;
    }
    at_all(&inspect(&planar, SampleKind::F64), "clicks", &places);
}

#[test]
fn a_decay_that_is_cut_is_told_where_nothing_is_quieter_and_hiss_that_stays_is_not() {
    let decay = |per_second: f64, seconds: f64| -> Vec<f64> {
        let level = |n: usize| 10_f64.powf((-10.0 - per_second * n as f64 / 48_000.0) / 20.0);
        (0..(seconds * 48_000.0) as usize)
            .map(|n| level(n) * (n as f64 * 0.03).sin())
            .collect()
    };
    let mut cut = [decay(12.0, 3.8), decay(12.0, 3.8)];
    print(&mut cut, 24, &mut Noise::new(3));
    let answer = inspect(&cut, SampleKind::I24);
    let finding = found(&answer, "tail_cut").expect("it is told");
    assert_eq!(finding.severity, Severity::Note);
    // A song that dies away into the hiss of its tape, at -57 dBFS.
    let mut noise = Noise::new(4);
    let mut hiss = [decay(30.0, 6.0), decay(30.0, 6.0)];
    for v in hiss.iter_mut().flatten() {
        *v += 0.002_4 * noise.next();
    }
    print(&mut hiss, 24, &mut Noise::new(3));
    assert!(found(&inspect(&hiss, SampleKind::I24), "tail_cut").is_none());
}

/// A half sine of half a millisecond on both channels.
fn pop(planar: &mut [Vec<f64>; 2], at: usize, size: f64) {
    for channel in planar {
        for (n, v) in (0_u32..).zip(&mut channel[at..at + 24]) {
            *v += size * (std::f64::consts::PI * f64::from(n) / 24.0).sin();
        }
    }
}

#[test]
fn pops_of_half_a_millisecond_are_found_where_they_are_and_drawn() {
    let mut planar = music(7).map(|c| c.iter().map(|v| 0.03 * v).collect::<Vec<f64>>());
    let places = [150_123, 331_777, 500_001];
    for &place in &places {
        pop(&mut planar, place, 0.25);
    }
    print(&mut planar, 24, &mut Noise::new(2));
    let answer = inspect(&planar, SampleKind::I24);
    at_all(&answer, "clicks", &places);
    let finding = found(&answer, "clicks").unwrap();
    assert_eq!(finding.span_count, 3, "{:?}", finding.spans);
    assert!(finding.picture.is_some());
    assert_eq!(finding.severity, Severity::Note, "a dry stroke is as short");
    // One click among them, and somebody is asked.
    planar[0][400_000] += 0.2;
    let finding = found(&inspect(&planar, SampleKind::I24), "clicks")
        .unwrap()
        .clone();
    assert_eq!(finding.severity, Severity::Ask);
}

#[test]
fn sticks_that_ring_for_three_milliseconds_are_no_pops() {
    let mut planar = music(8).map(|c| c.iter().map(|v| 0.03 * v).collect::<Vec<f64>>());
    for stroke in (48_000..700_000).step_by(31_000) {
        for n in 0..1_200_u32 {
            let t = f64::from(n) / 48_000.0;
            let ring = (-t / 0.003).exp() * (t / 0.000_1).min(1.0);
            let v = 0.3 * ring * (2.0 * std::f64::consts::PI * 4_200.0 * t).sin();
            for channel in &mut planar {
                channel[stroke + n as usize] += v;
            }
        }
    }
    print(&mut planar, 24, &mut Noise::new(2));
    assert!(found(&inspect(&planar, SampleKind::I24), "clicks").is_none());
}

#[test]
fn a_second_of_exact_zeros_inside_a_song_is_told_and_a_quiet_second_is_not() {
    for (quiet, is_told) in [(0.0, true), (3.0e-5, false)] {
        let mut planar = music(9);
        let mut noise = Noise::new(12);
        print(&mut planar, 24, &mut noise);
        for channel in &mut planar {
            for v in &mut channel[400_000..460_000] {
                *v = (quiet * noise.next() * 8_388_608.0).round() / 8_388_608.0;
            }
        }
        let answer = inspect(&planar, SampleKind::I24);
        assert_eq!(found(&answer, "silence_long").is_some(), is_told, "{quiet}");
        if is_told {
            at_all(&answer, "silence_long", &[400_000]);
        }
    }
}

#[test]
fn bright_music_rounded_without_dither_is_told_by_its_decay() {
    for seed in 1..4 {
        // Hiss under the music changes every sample, until the fade takes it below the last bit.
        let mut planar = music(seed);
        let mut noise = Noise::new(seed + 40);
        for channel in &mut planar {
            let length = channel.len();
            for (n, v) in channel.iter_mut().enumerate() {
                let left = ((length - n) as f64 / 288_000.0).min(1.0);
                *v = (*v + 1.0e-3 * noise.next()) * left.powi(3);
            }
        }
        let rounded = planar.clone().map(|c| {
            let to_16 = |v: &f64| (v * 32_768.0).round() / 32_768.0;
            c.iter().map(to_16).collect::<Vec<f64>>()
        });
        let answer = inspect(&rounded, SampleKind::I16);
        assert!(found(&answer, "dither_missing").is_some(), "seed {seed}");
        // Dithered, with a silence of zeros cut in: still nothing rests.
        print(&mut planar, 16, &mut Noise::new(seed));
        for channel in &mut planar {
            for start in (100_000..800_000).step_by(100_000) {
                channel[start..start + 5_000].fill(0.0);
            }
        }
        let answer = inspect(&planar, SampleKind::I16);
        assert!(found(&answer, "dither_missing").is_none(), "seed {seed}");
        assert!(found(&answer, "dither_present").is_some(), "seed {seed}");
    }
}

/// Brings peaks down to a ceiling with a gain that moves within 2 ms.
fn limit(planar: &mut [Vec<f64>; 2], ceiling: f64) {
    const REACH: usize = 96;
    let wanted: Vec<f64> = (planar[0].iter().zip(&planar[1]))
        .map(|(l, r)| (ceiling / l.abs().max(r.abs()).max(1.0e-9)).min(1.0))
        .collect();
    let held: Vec<f64> = (0..wanted.len())
        .map(|n| {
            let part = &wanted[n.saturating_sub(REACH)..(n + REACH + 1).min(wanted.len())];
            part.iter().fold(1.0_f64, |a, v| a.min(*v))
        })
        .collect();
    for channel in planar {
        for (n, v) in channel.iter_mut().enumerate() {
            let part = &held[n.saturating_sub(REACH)..(n + REACH + 1).min(held.len())];
            *v *= part.iter().sum::<f64>() / part.len() as f64;
        }
    }
}

#[test]
fn limiting_is_told_by_peaks_that_end_at_one_level() {
    for seed in 1..4 {
        let mut planar = music(seed);
        assert!(found(&inspect(&planar, SampleKind::F64), "limited_already").is_none());
        limit(&mut planar, 0.2);
        print(&mut planar, 24, &mut Noise::new(2));
        let answer = inspect(&planar, SampleKind::I24);
        assert!(found(&answer, "limited_already").is_some(), "seed {seed}");
    }
}

/// Noise with the top of the spectrum that music has, louder and softer.
fn bright(rate: u32, seconds: u32) -> [Vec<f64>; 2] {
    let mut noise = Noise::new(77);
    [0.05, 0.04].map(|level| {
        (0..rate * seconds)
            .map(|n| {
                let beat = f64::from(n % (rate / 2)) / f64::from(rate);
                level * (0.2 + (-beat * 8.0).exp()) * noise.next()
            })
            .collect()
    })
}

#[test]
fn a_gentle_resampler_is_told_by_the_mirror_it_leaves() {
    let low = bright(44_100, 12);
    // A sinc over 16 samples, as quick converters have it: it begins to fall early and ends late.
    let weight = |t: f64| {
        let window = 0.5 + 0.5 * (std::f64::consts::PI * t / 8.0).cos();
        let x = std::f64::consts::PI * t;
        if x.abs() < 1.0e-9 {
            1.0
        } else {
            window * x.sin() / x
        }
    };
    let mut planar = low.map(|c| {
        (10..(c.len() - 20) * 160 / 147)
            .map(|n| {
                let (at, rest) = (n * 147 / 160, (n * 147 % 160) as f64 / 160.0);
                let around = (0..16_u32).map(|k| (at + k as usize, f64::from(k) - 7.0 - rest));
                around
                    .map(|(k, t)| c[k.saturating_sub(7)] * weight(t))
                    .sum()
            })
            .collect::<Vec<f64>>()
    });
    print(&mut planar, 24, &mut Noise::new(2));
    let answer = inspect(&planar, SampleKind::I24);
    let finding = found(&answer, "upsampled").expect("images are told");
    assert!(finding.client.contains("44.1 kHz"), "{}", finding.client);
    assert!(finding.picture.is_some());
    let mut planar = bright(48_000, 12);
    print(&mut planar, 24, &mut Noise::new(2));
    assert!(found(&inspect(&planar, SampleKind::I24), "upsampled").is_none());
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
