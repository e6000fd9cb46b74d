//! Bands that add up to the signal, and what happens in each of them.
mod signals;

use dsp::{
    CompressorSettings, CrossoverKind, Detector, Multiband, MultibandBand, MultibandSettings,
    Processor, Release, db_to_gain,
};
use signals::{db, figure, fit_sine, noise, run, sine};

const RATE: u32 = 44_100;

fn settings(crossover: CrossoverKind, corners: &[f64]) -> MultibandSettings {
    MultibandSettings {
        crossover,
        corners_hz: corners.to_vec(),
        lookahead_ms: 0.0,
        bands: vec![MultibandBand::default(); corners.len() + 1],
    }
}

/// Gain in dB at a frequency, from the impulse response.
fn gain_db(impulse: &[f64], hz: f64) -> f64 {
    let w = 2.0 * std::f64::consts::PI * hz / f64::from(RATE);
    let (mut re, mut im) = (0.0, 0.0);
    for (n, x) in impulse.iter().enumerate().filter(|(_, x)| **x != 0.0) {
        re += x * libm::cos(w * n as f64);
        im += x * libm::sin(w * n as f64);
    }
    0.5 * db(re * re + im * im)
}

fn impulse_of(processor: &mut dyn Processor) -> Vec<f64> {
    let mut one = vec![0.0; 65_536];
    one[0] = 1.0;
    run(processor, &[one], RATE, 4096, &[]).remove(0)
}

const CORNERS: [&[f64]; 4] = [
    &[1_000.0],
    &[200.0, 3_000.0],
    &[100.0, 700.0, 6_000.0],
    &[60.0, 180.0, 500.0, 2_500.0, 9_000.0],
];

#[test]
fn the_bands_together_are_flat() {
    let mut worst = 0.0_f64;
    for corners in CORNERS {
        for crossover in [CrossoverKind::LinkwitzRiley, CrossoverKind::LinearPhase] {
            let impulse = impulse_of(&mut Multiband::new(settings(crossover, corners)));
            for step in 0..120 {
                let hz = 20.0 * libm::pow(1000.0, f64::from(step) / 119.0);
                let off = gain_db(&impulse, hz);
                worst = worst.max(off.abs());
                // The bar of the engine's figures is 0.01 dB.
                assert!(
                    off.abs() < 0.001,
                    "{crossover:?} {corners:?}: {off} dB at {hz} Hz"
                );
            }
        }
    }
    figure("crossovers: sum off flat, dB", worst, "0.01");
}

#[test]
fn linear_bands_together_are_the_signal_itself_later() {
    let mut multiband = Multiband::new(settings(CrossoverKind::LinearPhase, CORNERS[2]));
    let signal = noise(60_000, 5, 0.5);
    let out = run(
        &mut multiband,
        std::slice::from_ref(&signal),
        RATE,
        512,
        &[],
    );
    let late = usize::try_from(multiband.latency_frames()).unwrap();
    let worst = out[0][late..]
        .iter()
        .zip(&signal)
        .map(|(a, b)| (a - b).abs());
    assert!(worst.fold(0.0, f64::max) < 1e-14);
}

#[test]
fn a_band_alone_has_linkwitz_and_riley_s_slopes() {
    for crossover in [CrossoverKind::LinkwitzRiley, CrossoverKind::LinearPhase] {
        let solo = |band: usize| {
            let mut settings = settings(crossover, &[1_000.0]);
            settings.bands[band].is_solo = true;
            impulse_of(&mut Multiband::new(settings))
        };
        let (low, high) = (solo(0), solo(1));
        // 1 / (1 + w⁴): −6.02 dB at the corner, 24 dB per octave.
        for (octaves, within) in [(-1.0, 0.05), (0.0, 0.01), (1.0, 0.2)] {
            let w = libm::exp2(octaves);
            let wanted = -2.0 * db(1.0 + libm::pow(w, 4.0)) / 2.0;
            let got = gain_db(&low, 1_000.0 * w);
            assert!(
                (got - wanted).abs() < within,
                "{crossover:?} low {octaves}: {got} for {wanted}"
            );
            let got = gain_db(&high, 1_000.0 / w);
            assert!(
                (got - wanted).abs() < within,
                "{crossover:?} high {octaves}: {got} for {wanted}"
            );
        }
    }
}

#[test]
fn each_band_is_compressed_by_itself_and_listens_to_its_part_of_the_key() {
    let compressor = CompressorSettings {
        threshold_db: -20.0,
        ratio: 4.0,
        knee_db: 0.0,
        attack_ms: 2.0,
        release_ms: 100.0,
        release: Release::Fixed,
        detector: Detector::Rms,
        sidechain_highpass_hz: 0.0,
        ..Default::default()
    };
    let mut settings = settings(CrossoverKind::LinkwitzRiley, &[800.0]);
    settings.lookahead_ms = 1.0;
    settings.bands[1].compressor = Some(compressor);
    let tone = |hz: f64, rms_db: f64| sine(88_200, hz, RATE, db_to_gain(rms_db) * 2.0f64.sqrt());
    let (low, high) = (tone(60.0, -6.0), tone(8_000.0, -12.0));
    let both: Vec<f64> = low.iter().zip(&high).map(|(a, b)| a + b).collect();
    let mut multiband = Multiband::new(settings);
    let out = run(&mut multiband, std::slice::from_ref(&both), RATE, 512, &[]);
    assert_eq!(multiband.latency_frames(), 44);
    let gain = |out: &[f64], hz: f64| {
        db(fit_sine(&out[44_100..], hz, RATE).0 / fit_sine(&both[44_100..], hz, RATE).0)
    };
    assert!(gain(&out[0], 60.0).abs() < 0.001, "{}", gain(&out[0], 60.0));
    assert!(
        (gain(&out[0], 8_000.0) + 6.0).abs() < 0.15,
        "{}",
        gain(&out[0], 8_000.0)
    );
    // Keyed by the low tone alone, the high band stays as it is.
    multiband.prepare(
        dsp::Spec {
            rate_hz: RATE,
            channels: 1,
        },
        88_200,
    );
    let mut keyed = both.clone();
    multiband.process(&mut [&mut keyed[..]], Some(&[&low[..]]), &[]);
    assert!(
        gain(&keyed, 8_000.0).abs() < 0.001,
        "{}",
        gain(&keyed, 8_000.0)
    );
}
