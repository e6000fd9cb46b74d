//! True peak against a 64-fold reference with a far longer interpolator.

mod support;

use measure::reference_peak::true_peak_64;
use measure::{Meter, TruePeakMeter, selftest};
use std::f64::consts::PI;

/// Ours, from the issue: ±0.05 dB against 64-fold oversampling.
const TOLERANCE_DB: f64 = 0.05;

fn ours(samples: &[f64]) -> f64 {
    let mut meter = TruePeakMeter::new();
    meter.feed(samples);
    meter.finish().0
}

#[track_caller]
fn check(name: &str, samples: &[f64]) {
    let difference = 20.0 * (ours(samples) / true_peak_64(samples, 0..samples.len())).log10();
    assert!(
        difference.abs() <= TOLERANCE_DB,
        "{name}: {difference:+.4} dB"
    );
}

#[test]
fn the_published_cases_agree_with_the_reference_at_low_and_high_rates() {
    for rate_hz in [44_100, 48_000, 192_000] {
        for (name, _, samples) in selftest::peak_signals(rate_hz) {
            // The middle holds the burst; the whole would take the reference minutes.
            let middle = samples.len() / 2;
            check(
                &name,
                &samples[middle.saturating_sub(1200)..(middle + 1200).min(samples.len())],
            );
        }
    }
}

#[test]
fn tones_up_to_20_khz_read_true_at_every_phase_and_44_1_khz() {
    for (index, frequency) in [50.0, 997.0, 5_000.0, 11_025.0, 14_700.0, 18_000.0, 20_000.0]
        .into_iter()
        .enumerate()
    {
        for step in 0..8 {
            let phase = f64::from(step) * 0.41 + index as f64;
            let samples: Vec<f64> = (0..2000)
                .map(f64::from)
                // A Hann window keeps the spectrum inside the band.
                .map(|n| {
                    (PI * n / 2000.0).sin().powi(2)
                        * (2.0 * PI * frequency / 44_100.0 * n + phase).sin()
                })
                .collect();
            check(&format!("{frequency} Hz phase {phase}"), &samples);
        }
    }
}

#[test]
fn music_and_clipped_music_agree_with_the_reference() {
    for seed in 1..4 {
        let [left, _] = support::render(support::Piece {
            seconds: 3.0,
            seed,
            ..Default::default()
        });
        let from = 30_000;
        // Faded, as a cut in the middle of a sound is no music but an edge up to half the rate.
        let part: Vec<f64> = (0..8000)
            .map(|n| f64::from(n.min(7999 - n)) / 1000.0)
            .zip(&left[from..])
            .map(|(edge, v)| edge.min(1.0) * v)
            .collect();
        check("music", &part);
        let clipped: Vec<f64> = part.iter().map(|v| (v * 4.0).clamp(-0.5, 0.5)).collect();
        check("clipped music", &clipped);
    }
}

#[test]
fn the_meter_shows_the_peak_of_each_channel_and_its_place() {
    let rate_hz = 48_000;
    let quiet = vec![0.0; 48_000];
    let mut loud = quiet.clone();
    loud[24_000] = 0.8;
    let mut meter = Meter::new(rate_hz, 2).unwrap();
    meter.feed(&[&quiet, &loud]);
    let m = meter.finish();
    assert_eq!(m.per_channel[0].true_peak_dbtp, None);
    let peak = m.per_channel[1].true_peak_dbtp.unwrap();
    assert!((peak - 20.0 * 0.8_f64.log10()).abs() < 1.0e-4);
    assert!((m.true_peak_seconds.unwrap() - 0.5).abs() < 1.0e-5);
}
