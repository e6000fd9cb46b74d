//! A key: what is cut into parts and keyed by the whole adds up to the whole.

mod signals;

use dsp::{Compressor, CompressorSettings, Processor, Topology};
use signals::processors::{RATE, processors};
use signals::{noise, run, run_keyed, song};

/// They bend the wave: a sum bent is not the sum of its bent parts.
const BENDERS: [&str; 4] = ["tape", "valve", "transformer", "soft clipper"];

/// Three parts, none like the others, that add up to the song.
fn parts(song: &[Vec<f64>]) -> Vec<Vec<Vec<f64>>> {
    let frames = song[0].len();
    let of = |share: &dyn Fn(usize) -> f64| -> Vec<Vec<f64>> {
        let cut = |c: &Vec<f64>| c.iter().enumerate().map(|(i, x)| share(i) * x).collect();
        song.iter().map(cut).collect()
    };
    let hiss: Vec<Vec<f64>> = (0..2).map(|seed| noise(frames, seed, 0.05)).collect();
    let slow = of(&|i| 0.5 + 0.5 * libm::sin(i as f64 / 3_000.0));
    let rest = song.iter().zip(&slow).zip(&hiss);
    let rest = rest
        .map(|((x, slow), hiss)| {
            let rows = x.iter().zip(slow).zip(hiss);
            rows.map(|((x, s), h)| x - s - h).collect()
        })
        .collect();
    vec![slow, hiss, rest]
}

/// RMS of the whole minus the sum of its parts, in dBFS.
fn residual_db(whole: &[Vec<f64>], parts: &[Vec<Vec<f64>>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (channel, row) in whole.iter().enumerate() {
        for (i, x) in row.iter().enumerate() {
            let rest = x - parts.iter().map(|part| part[channel][i]).sum::<f64>();
            sum += rest * rest;
            count += 1.0;
        }
    }
    dsp::power_to_db((sum / count).max(1e-40))
}

#[test]
fn keyed_parts_add_up_to_the_processed_whole_at_any_block_size() {
    let song = song(100_000, RATE);
    for (name, mut processor, events) in processors() {
        let late = processor_latency(&mut *processor);
        let frames = 9_000 + 2 * late;
        let song: Vec<Vec<f64>> = song.iter().map(|c| c[..frames].to_vec()).collect();
        let whole = run(&mut *processor, &song, RATE, frames, &events);
        let mut pass = |part: &[Vec<f64>], block| {
            run_keyed(&mut *processor, (part, Some(&song)), RATE, block, &events)
        };
        let parts = parts(&song);
        let done: Vec<Vec<Vec<f64>>> = parts.iter().map(|part| pass(part, frames)).collect();
        let residual = residual_db(&whole, &done);
        if BENDERS.contains(&name) {
            assert!(residual > -100.0, "{name} bends after all: {residual:.1}");
        } else {
            assert!(residual < -250.0, "{name}: {residual:.1} dBFS");
        }
        for block in [1, 13, 128, 512, 4096] {
            let cut = pass(&parts[0], block);
            let same = done[0].iter().flatten().zip(cut.iter().flatten());
            assert!(
                same.into_iter().all(|(a, b)| a.to_bits() == b.to_bits()),
                "{name} at {block}"
            );
        }
    }
}

fn processor_latency(processor: &mut dyn Processor) -> usize {
    let spec = dsp::Spec {
        rate_hz: RATE,
        channels: 2,
    };
    processor.prepare(spec, 1);
    usize::try_from(processor.latency_frames()).unwrap()
}

#[test]
fn make_up_and_feed_back_follow_the_key() {
    let song = song(96_000, RATE);
    let parts = parts(&song);
    for (topology, lookahead_ms) in [(Topology::FeedForward, 3.0), (Topology::FeedBack, 0.0)] {
        let settings = CompressorSettings {
            threshold_db: -30.0,
            ratio: 4.0,
            auto_makeup: true,
            mix: 0.8,
            link: 0.5,
            topology,
            lookahead_ms,
            ..CompressorSettings::default()
        };
        let mut compressor = Compressor::new(settings);
        let whole = run(&mut compressor, &song, RATE, 500, &[]);
        let done: Vec<Vec<Vec<f64>>> = parts
            .iter()
            .map(|part| run_keyed(&mut compressor, (part, Some(&song)), RATE, 700, &[]))
            .collect();
        let residual = residual_db(&whole, &done);
        assert!(residual < -250.0, "{topology:?}: {residual:.1} dBFS");
        // By themselves they do not.
        let alone: Vec<Vec<Vec<f64>>> = parts
            .iter()
            .map(|part| run(&mut compressor, part, RATE, 700, &[]))
            .collect();
        assert!(residual_db(&whole, &alone) > -60.0);
    }
}

#[test]
fn a_key_of_one_channel_stands_for_all_and_a_hostile_one_does_no_harm() {
    let song = song(20_000, RATE);
    let mono = vec![song[0].clone()];
    let both = vec![song[0].clone(), song[0].clone()];
    let mut broken = both.clone();
    for row in &mut broken {
        row.iter_mut().step_by(97).for_each(|x| *x = f64::NAN);
        row.iter_mut().skip(3).step_by(89).for_each(|x| *x = 1e200);
    }
    for (name, mut processor, _) in processors() {
        let mut pass =
            |key: &[Vec<f64>]| run_keyed(&mut *processor, (&song, Some(key)), RATE, 512, &[]);
        assert_eq!(pass(&mono), pass(&both), "{name}");
        let out = pass(&broken);
        assert!(out.iter().flatten().all(|x| x.is_finite()), "{name}");
        assert_eq!(processor.faults().non_finite_samples, 0, "{name}");
    }
}
