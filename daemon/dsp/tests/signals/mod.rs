//! Signals and readings shared by the tests of this crate.
#![allow(dead_code, reason = "each test binary uses some of these")]

pub(crate) mod processors;

use dsp::{Dither, DitherSeed, ParamEvent, Processor, Spec};
use std::f64::consts::PI;

/// Says what was measured and the bar it is held to, in a line that the bench looks for.
pub(crate) fn figure(what: &str, found: f64, bar: &str) {
    println!("figure: {what:<66} {found:>12.5}   {bar}");
}

/// White noise between −`peak` and `peak`.
pub(crate) fn noise(frames: usize, seed: u64, peak: f64) -> Vec<f64> {
    let dither = Dither::new(DitherSeed(seed), 0);
    (0..frames as u64)
        .map(|frame| dither.at(frame) * peak)
        .collect()
}

/// A sine of `amplitude`.
pub(crate) fn sine(frames: usize, hz: f64, rate_hz: u32, amplitude: f64) -> Vec<f64> {
    let w = 2.0 * PI * hz / f64::from(rate_hz);
    (0..frames)
        .map(|i| amplitude * libm::sin(w * i as f64))
        .collect()
}

/// Something like a song: a kick, bass, chords, hats; 120 beats a minute, peaks around −6 dBFS.
pub(crate) fn song(frames: usize, rate_hz: u32) -> Vec<Vec<f64>> {
    let rate = f64::from(rate_hz);
    let hiss = noise(frames, 7, 1.0);
    let channel = |side: f64| {
        (0..frames)
            .map(|i| {
                let t = i as f64 / rate;
                let beat = t * 2.0 % 1.0 / 2.0;
                let kick =
                    libm::sin(2.0 * PI * (50.0 * beat + 4.0 * (1.0 - libm::exp(-beat * 30.0))))
                        * libm::exp(-beat * 12.0);
                let off = (t * 4.0 + 0.5) % 1.0 / 4.0;
                let hat = hiss[i] * libm::exp(-off * 60.0);
                let root = [55.0, 65.4, 49.0, 73.4][(t / 2.0) as usize % 4];
                let bass = libm::sin(2.0 * PI * root * t) + 0.3 * libm::sin(4.0 * PI * root * t);
                let chord: f64 = [4.0, 5.0, 6.0, 8.0]
                    .iter()
                    .map(|n| libm::sin(2.0 * PI * root * n * t * (1.0 + 0.0005 * side)))
                    .sum();
                0.3 * kick + 0.07 * hat * (1.0 + 0.3 * side) + 0.13 * bass + 0.04 * chord
            })
            .collect()
    };
    vec![channel(-1.0), channel(1.0)]
}

/// Runs a processor over `channels` in blocks of `block` frames, from a fresh start.
pub(crate) fn run(
    processor: &mut dyn Processor,
    channels: &[Vec<f64>],
    rate_hz: u32,
    block: usize,
    events: &[ParamEvent],
) -> Vec<Vec<f64>> {
    run_keyed(processor, (channels, None), rate_hz, block, events)
}

/// The same with a key as long as the channels.
pub(crate) fn run_keyed(
    processor: &mut dyn Processor,
    (channels, key): (&[Vec<f64>], Option<&[Vec<f64>]>),
    rate_hz: u32,
    block: usize,
    events: &[ParamEvent],
) -> Vec<Vec<f64>> {
    let mut out = channels.to_vec();
    let frames = out[0].len();
    processor.prepare(
        Spec {
            rate_hz,
            channels: out.len(),
        },
        block,
    );
    let mut at = 0;
    while at < frames {
        let end = (at + block).min(frames);
        let here: Vec<ParamEvent> = events
            .iter()
            .filter(|e| (at as u64..end as u64).contains(&e.frame))
            .copied()
            .collect();
        let mut slices: Vec<&mut [f64]> = out.iter_mut().map(|c| &mut c[at..end]).collect();
        let key: Option<Vec<&[f64]>> = key.map(|key| key.iter().map(|c| &c[at..end]).collect());
        processor.process(&mut slices, key.as_deref(), &here);
        at = end;
    }
    out
}

/// Amplitude and phase-free fit of one frequency by projection over whole periods, and the rest's power.
///
/// Returns the amplitude of the sine and the RMS of everything else.
pub(crate) fn fit_sine(samples: &[f64], hz: f64, rate_hz: u32) -> (f64, f64) {
    let w = 2.0 * PI * hz / f64::from(rate_hz);
    let (mut ss, mut sc, mut cc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (i, x) in samples.iter().enumerate() {
        let (s, c) = (libm::sin(w * i as f64), libm::cos(w * i as f64));
        ss += s * s;
        sc += s * c;
        cc += c * c;
        xs += x * s;
        xc += x * c;
    }
    let determinant = ss * cc - sc * sc;
    let (a, b) = (
        (xs * cc - xc * sc) / determinant,
        (xc * ss - xs * sc) / determinant,
    );
    let rest: f64 = samples
        .iter()
        .enumerate()
        .map(|(i, x)| x - a * libm::sin(w * i as f64) - b * libm::cos(w * i as f64))
        .map(|r| r * r)
        .sum();
    ((a * a + b * b).sqrt(), (rest / samples.len() as f64).sqrt())
}

/// True peak by another way than the crate's: 64 points per sample around every sample that could
/// matter, each from 257 samples under a Blackman-Harris window. Full scale 1.0.
pub(crate) fn reference_true_peak(samples: &[f64]) -> f64 {
    const REACH: isize = 128;
    let mut peak = samples.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    let floor = peak * 0.5;
    let at = |i: isize| {
        usize::try_from(i)
            .ok()
            .and_then(|i| samples.get(i))
            .copied()
            .unwrap_or(0.0)
    };
    let tables: Vec<Vec<f64>> = (1..64)
        .map(|p| {
            let d = f64::from(p) / 64.0;
            (-REACH..=REACH)
                .map(|k| {
                    let x = k as f64 - d;
                    let u = PI * x / (REACH as f64 + 1.0);
                    let window = 0.358_75
                        + 0.488_29 * libm::cos(u)
                        + 0.141_28 * libm::cos(2.0 * u)
                        + 0.011_68 * libm::cos(3.0 * u);
                    window * libm::sin(PI * x) / (PI * x)
                })
                .collect()
        })
        .collect();
    for i in 0..samples.len().saturating_sub(1) {
        if samples[i].abs().max(samples[i + 1].abs()) < floor {
            continue;
        }
        let i = i as isize;
        // The middle first: only promising intervals are looked at closely.
        let value = |p: usize| -> f64 {
            tables[p - 1]
                .iter()
                .zip(-REACH..)
                .map(|(h, k)| h * at(i + k))
                .sum::<f64>()
                .abs()
        };
        let rough = value(32).max(at(i).abs()).max(at(i + 1).abs());
        if rough < 0.85 * peak {
            continue;
        }
        for p in 1..64 {
            peak = peak.max(value(p));
        }
    }
    peak
}

pub(crate) fn db(x: f64) -> f64 {
    dsp::gain_to_db(x)
}
