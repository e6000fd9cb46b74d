//! Rounding: what is added, where its noise lies, and what it does in silence.
mod signals;

use dsp::{
    Blanking, Depth, DitherKind, DitherSeed, DitherSettings, NoiseShape, PowerSpectrum, Quantiser,
    noise_shape_db, power_to_db,
};
use signals::{db, figure, fit_sine, sine};

fn rounded(settings: DitherSettings, samples: &[f64], rate_hz: u32, block: usize) -> Vec<f64> {
    let mut quantiser = Quantiser::with(settings, Depth::Int16, DitherSeed(3), 1, rate_hz);
    let mut out = vec![0; samples.len()];
    for (from, to) in samples.chunks(block).zip(out.chunks_mut(block)) {
        quantiser.process(&[from], &mut [to]);
    }
    out.iter().map(|x| f64::from(*x)).collect()
}

fn kind(kind: DitherKind) -> DitherSettings {
    DitherSettings {
        kind,
        ..DitherSettings::default()
    }
}

const KINDS: [DitherKind; 7] = [
    DitherKind::None,
    DitherKind::Rectangular,
    DitherKind::Triangular,
    DitherKind::HighPassed,
    DitherKind::Shaped(NoiseShape::Light),
    DitherKind::Shaped(NoiseShape::Medium),
    DitherKind::Shaped(NoiseShape::Full),
];

/// Error of rounding in steps for a constant between two steps.
fn errors(kind_: DitherKind, constant: f64, rate_hz: u32) -> Vec<f64> {
    let samples = vec![constant / 32_768.0; 1 << 18];
    let out = rounded(kind(kind_), &samples, rate_hz, 4096);
    out.iter().map(|y| y - constant).collect()
}

fn mean_and_power(errors: &[f64]) -> (f64, f64) {
    let n = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / n;
    (mean, errors.iter().map(|e| e * e).sum::<f64>() / n)
}

#[test]
fn no_kind_but_none_moves_the_mean_and_the_triangular_ones_do_not_breathe() {
    for constant in [0.0, 0.1, 0.25, 0.5, 0.8, 1000.3] {
        for dither in &KINDS[1..4] {
            let (mean, power) = mean_and_power(&errors(*dither, constant, 48_000));
            assert!(mean.abs() < 0.004, "{dither:?} at {constant}: {mean}");
            // Dither 1/12 per step of width plus 1/12 of rounding; a rectangle alone gives d(1 − d).
            let wanted = if *dither == DitherKind::Rectangular {
                let d = constant.fract();
                d * (1.0 - d)
            } else {
                0.25
            };
            assert!(
                (power - wanted).abs() < 0.004,
                "{dither:?} at {constant}: {power} for {wanted}"
            );
        }
    }
}

#[test]
fn high_passed_dither_lies_above() {
    let noise = errors(DitherKind::HighPassed, 0.3, 48_000);
    let at = |hz: f64| {
        let mut spectrum = PowerSpectrum::new(10, 1);
        spectrum.feed(&[&noise]);
        spectrum.mean()[(hz / 48_000.0 * 1024.0) as usize]
    };
    // White rounding noise of 1/12 and dither of 1/6 · 2 sin²(w/2) · ... : 1/12 (1 + 4 sin²(w/2)).
    let wanted =
        |hz: f64| 1.0 + 4.0 * libm::pow(libm::sin(std::f64::consts::PI * hz / 48_000.0), 2.0);
    let ratio = power_to_db(at(20_000.0) / at(2_000.0));
    assert!(
        (ratio - power_to_db(wanted(20_000.0) / wanted(2_000.0))).abs() < 0.7,
        "{ratio} dB"
    );
}

#[test]
fn shaped_noise_lies_where_its_curve_says() {
    let mut worst = 0.0_f64;
    for rate in [44_100, 48_000, 88_200, 96_000, 192_000] {
        for shape in [NoiseShape::Light, NoiseShape::Medium, NoiseShape::Full] {
            let noise = errors(DitherKind::Shaped(shape), 0.3, rate);
            let mut spectrum = PowerSpectrum::new(10, 1);
            spectrum.feed(&[&noise]);
            let mean = spectrum.mean();
            for share in [0.1, 0.3, 0.5, 0.7, 0.9] {
                let bin = (share * 512.0) as usize;
                let here: f64 = mean[bin - 8..=bin + 8].iter().sum::<f64>() / 17.0;
                let hz = bin as f64 / 1024.0 * f64::from(rate);
                // White noise of 1/4 step² spreads over 512 bins.
                let got = power_to_db(here * 512.0 / 0.25);
                // The curve's power over the same bins: it is steep.
                let near = (bin - 8..=bin + 8).map(|bin| {
                    let hz = bin as f64 / 1024.0 * f64::from(rate);
                    dsp::db_to_power(noise_shape_db(shape, hz, rate))
                });
                let wanted = power_to_db(near.sum::<f64>() / 17.0);
                worst = worst.max((got - wanted).abs());
                assert!(
                    (got - wanted).abs() < 1.2,
                    "{shape:?} at {rate}, {hz} Hz: {got} for {wanted}"
                );
            }
        }
    }
    figure(
        "noise shaping off its curve, dB",
        worst,
        "1.2, the spread of its spectrum",
    );
}

#[test]
fn the_published_curves_are_the_published_curves() {
    // Lipshitz's five taps at DC: 1 − 2.033 + 2.165 − 1.959 + 1.590 − 0.6149.
    let dc = noise_shape_db(NoiseShape::Medium, 0.0, 44_100);
    assert!((dc - db(0.1481)).abs() < 0.01, "{dc}");
    for rate in [44_100, 88_200, 96_000, 192_000] {
        // More noise in total buys less where the ear is keenest.
        let total = |shape| {
            let points = (0..512).map(|i| f64::from(i) / 1024.0 * f64::from(rate));
            points
                .map(|hz| dsp::db_to_power(noise_shape_db(shape, hz, rate)))
                .sum::<f64>()
                / 512.0
        };
        let [light, medium, full] =
            [NoiseShape::Light, NoiseShape::Medium, NoiseShape::Full].map(total);
        assert!(
            1.0 < light && light < medium && medium < full,
            "{rate}: {light} {medium} {full}"
        );
        for shape in [NoiseShape::Light, NoiseShape::Medium, NoiseShape::Full] {
            let ear = noise_shape_db(shape, 3_300.0, rate);
            assert!(ear < -8.0, "{shape:?} at {rate}: {ear} dB at 3.3 kHz");
        }
    }
    assert!(noise_shape_db(NoiseShape::Full, 3_300.0, 44_100) < -20.0);
    assert!(noise_shape_db(NoiseShape::Full, 3_300.0, 96_000) < -30.0);
}

#[test]
fn a_sine_below_one_step_comes_through_without_harmonics() {
    let tone = sine(1 << 18, 1_000.0, 44_100, 0.4 / 32_768.0);
    for dither in &KINDS[2..] {
        let out = rounded(kind(*dither), &tone, 44_100, 4096);
        let level = fit_sine(&out, 1_000.0, 44_100).0;
        assert!(
            (db(level / 0.4)).abs() < 0.2,
            "{dither:?}: {}",
            db(level / 0.4)
        );
        for harmonic in [2.0, 3.0, 5.0] {
            let level = db(fit_sine(&out, 1_000.0 * harmonic, 44_100).0 / 0.4);
            // As loud as the noise in one bin of this length may be.
            assert!(level < -38.0, "{dither:?}, harmonic {harmonic}: {level} dB");
        }
    }
    assert!(
        rounded(kind(DitherKind::None), &tone, 44_100, 4096)
            .iter()
            .all(|x| *x == 0.0)
    );
}

#[test]
fn blocks_change_no_bit_and_clipping_recovers() {
    let mut tone = sine(30_000, 440.0, 44_100, 0.9);
    tone[5_000..6_000].fill(3.0);
    for dither in KINDS {
        for blanking in [Blanking::Never, Blanking::InSilence] {
            let settings = DitherSettings {
                kind: dither,
                blanking,
            };
            let whole = rounded(settings, &tone, 44_100, 30_000);
            for block in [1, 13, 128, 512, 4096] {
                assert_eq!(rounded(settings, &tone, 44_100, block), whole, "{dither:?}");
            }
            let worst = whole[6_100..].iter().zip(&tone[6_100..]);
            let worst = worst
                .map(|(y, x)| (y - x * 32_768.0).abs())
                .fold(0.0, f64::max);
            assert!(worst < 40.0, "{dither:?}: {worst} steps after clipping");
        }
    }
}

#[test]
fn in_silence_the_dither_stops_and_comes_back_with_the_first_sound() {
    let mut samples = sine(20_000, 1_000.0, 48_000, 0.1);
    samples.extend(vec![0.0; 20_000]);
    samples.extend(sine(5_000, 1_000.0, 48_000, 0.1));
    let settings = DitherSettings {
        kind: DitherKind::Triangular,
        blanking: Blanking::InSilence,
    };
    let out = rounded(settings, &samples, 48_000, 512);
    assert!(out[24_802..40_000].iter().all(|x| *x == 0.0));
    assert!(out[20_100..24_800].iter().any(|x| *x != 0.0));
    // The dither belongs to its frame: with and without blanking the rest is the same.
    let plain = rounded(kind(DitherKind::Triangular), &samples, 48_000, 512);
    assert_eq!(out[..24_800], plain[..24_800]);
    assert_eq!(out[40_001..], plain[40_001..]);
}
