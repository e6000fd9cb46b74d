//! The equaliser against its analogue models, and its dynamic bands against their curves.
mod signals;

use dsp::{
    Band, BandShape, Dynamics, Equaliser, LinearPhaseEqualiser, Param, ParamEvent, Placement,
    Processor, band_pass, bell, db_to_gain, high_shelf, low_shelf, notch, response_db, tilt,
};
use signals::{db, figure, fit_sine, run, sine, song};

/// 20 Hz to 20 kHz.
fn audible() -> impl Iterator<Item = f64> {
    (0..240).map(|step| 20.0 * libm::pow(1000.0, f64::from(step) / 239.0))
}

/// Magnitude in dB of (n₀ + n₁s + n₂s²) / (d₀ + d₁s + d₂s²) at s = j · hz / corner.
fn analogue_db(n: [f64; 3], d: [f64; 3], hz: f64, corner: f64) -> f64 {
    let w = hz / corner;
    let power = |c: [f64; 3]| (c[0] - c[2] * w * w).powi(2) + (c[1] * w).powi(2);
    dsp::power_to_db(power(n) / power(d))
}

type Model = fn(f64, f64) -> ([f64; 3], [f64; 3]);
type Design = fn(f64, f64, f64, u32) -> dsp::Sections;

/// Bristow-Johnson's analogue prototypes; `a` is the square root of the gain.
fn models() -> [(&'static str, Design, Model); 3] {
    [
        ("bell", bell, |a, q| {
            ([1.0, a / q, 1.0], [1.0, 1.0 / (a * q), 1.0])
        }),
        ("low shelf", low_shelf, |a, q| {
            let m = a.sqrt() / q;
            ([a * a, a * m, a], [1.0, m, a])
        }),
        ("high shelf", high_shelf, |a, q| {
            let m = a.sqrt() / q;
            ([a, a * m, a * a], [a, m, 1.0])
        }),
    ]
}

#[test]
fn bells_and_shelves_are_their_analogue_models_up_to_20_khz() {
    for rate in [44_100, 48_000, 96_000] {
        for (name, design, model) in models() {
            let mut worst = (0.0f64, [0.0; 3]);
            for corner in [
                30.0, 100.0, 400.0, 1_000.0, 2_000.0, 3_500.0, 6_000.0, 8_000.0, 10_000.0,
                12_000.0, 15_000.0, 18_000.0, 19_800.0,
            ] {
                for gain_db in [-18.0, -6.0, -1.0, 0.5, 2.0, 4.0, 12.0, 18.0] {
                    for q in [0.4, 0.707, 1.0, 2.0, 5.0] {
                        let q = if name == "bell" { q } else { f64::min(q, 1.0) };
                        let sections = design(corner, gain_db, q, rate);
                        let a = db_to_gain(gain_db.abs() / 2.0);
                        let (n, d) = model(a, q);
                        for hz in audible() {
                            let wanted = analogue_db(n, d, hz, corner) * gain_db.signum();
                            let off = (response_db(&sections, hz, rate) - wanted).abs();
                            if off > worst.0 {
                                worst = (off, [corner, gain_db, q]);
                            }
                        }
                    }
                }
            }
            println!(
                "{name} at {rate} Hz: within {:.4} dB, worst at {:?}",
                worst.0, worst.1
            );
            // The bar of the engine's figures; the bilinear transform is 2.65 dB off at 10 kHz.
            if rate == 44_100 {
                let what = format!("EQ {name} off its analogue model up to 20 kHz, dB");
                figure(&what, worst.0, "0.05");
            }
            assert!(worst.0 <= 0.05, "{name} at {rate}: {worst:?}");
        }
    }
}

#[test]
fn the_other_shapes_are_their_analogue_models_too() {
    let check = |name: &str, corner: f64, sections: &[dsp::Biquad], n: [f64; 3], d: [f64; 3]| {
        for hz in audible() {
            let wanted = analogue_db(n, d, hz, corner);
            let off = (response_db(sections, hz, 44_100) - wanted).abs();
            // Deep in a stop band only the depth counts.
            assert!(
                off <= 0.05 || wanted < -60.0,
                "{name} of {corner} Hz: {off} dB at {hz} Hz"
            );
        }
    };
    for corner in [60.0, 500.0, 3_000.0, 9_000.0, 14_000.0] {
        for q in [0.7, 2.0, 8.0] {
            let d = [1.0, 1.0 / q, 1.0];
            check(
                "notch",
                corner,
                &notch(corner, q, 44_100),
                [1.0, 0.0, 1.0],
                d,
            );
            check(
                "band",
                corner,
                &band_pass(corner, q, 44_100),
                [0.0, 1.0 / q, 0.0],
                d,
            );
        }
        let a = db_to_gain(3.0);
        let sections = tilt(corner, 6.0, 44_100);
        check(
            "tilt",
            corner,
            &sections,
            [1.0 / a, 1.0, 0.0],
            [1.0, 1.0 / a, 0.0],
        );
    }
}

/// Gain in dB of bands at one frequency, measured on audio.
fn measured_db(bands: &[Band], hz: f64, rate_hz: u32) -> f64 {
    let tone = sine(rate_hz as usize * 2, hz, rate_hz, 0.1);
    let out = run(&mut Equaliser::new(bands), &[tone], rate_hz, 4096, &[]);
    db(fit_sine(&out[0][rate_hz as usize..], hz, rate_hz).0 / 0.1)
}

#[test]
fn passes_fall_by_6_to_96_db_per_octave() {
    for order in [1u8, 2, 3, 4, 5, 8, 12, 16] {
        let slope = f64::from(order) * 2.0;
        // Butterworth: |H|² = 1 / (1 + w^2n).
        let wanted = |w: f64| -dsp::power_to_db(1.0 + libm::pow(w, slope));
        let low = [Band::new(BandShape::LowPass(order), 2_000.0, 0.0, 0.7)];
        let high = [Band::new(BandShape::HighPass(order), 300.0, 0.0, 0.7)];
        for octaves in [-1.0, 0.0, 0.5, 1.0] {
            let w = libm::exp2(octaves);
            for got in [
                measured_db(&low, 2_000.0 * w, 44_100),
                measured_db(&high, 300.0 / w, 44_100),
            ] {
                assert!(
                    (got - wanted(w)).abs() < 0.05,
                    "order {order}, {octaves} octaves: {got}"
                );
            }
        }
        // Close to Nyquist too, where the bilinear transform is far below the model.
        let top = [Band::new(BandShape::LowPass(order), 16_000.0, 0.0, 0.7)];
        let got = measured_db(&top, 19_000.0, 44_100);
        assert!(
            (got - wanted(19.0 / 16.0)).abs() < 0.1,
            "order {order} at 19 kHz: {got}"
        );
    }
}

#[test]
fn a_band_works_on_its_part_of_the_signal() {
    let rate = 48_000;
    let (left, right) = (
        sine(48_000, 1_000.0, rate, 0.2),
        sine(48_000, 1_700.0, rate, 0.1),
    );
    let level = |out: &[f64], hz: f64| fit_sine(&out[24_000..], hz, rate).0;
    let with = |placement| {
        let wide = Band {
            placement,
            ..Band::new(BandShape::HighShelf, 20.0, 6.0, 0.7)
        };
        let out = run(
            &mut Equaliser::new(&[wide]),
            &[left.clone(), right.clone()],
            rate,
            512,
            &[],
        );
        [
            level(&out[0], 1_000.0) / 0.2,
            level(&out[0], 1_700.0) / 0.1,
            level(&out[1], 1_000.0) / 0.2,
            level(&out[1], 1_700.0) / 0.1,
        ]
    };
    let (up, half_sum, half_difference) = (1.995, 1.4976, 0.4976);
    for (placement, expected) in [
        (Placement::Stereo, [up, 0.0, 0.0, up]),
        (Placement::Left, [up, 0.0, 0.0, 1.0]),
        (Placement::Right, [1.0, 0.0, 0.0, up]),
        (
            Placement::Mid,
            [half_sum, half_difference, half_difference, half_sum],
        ),
        (
            Placement::Side,
            [half_sum, half_difference, half_difference, half_sum],
        ),
    ] {
        for (got, wanted) in with(placement).iter().zip(expected) {
            assert!(
                (got - wanted).abs() < 2e-3,
                "{placement:?}: {got} for {wanted}"
            );
        }
    }
    // A mono signal has no side to change.
    let band = Band {
        placement: Placement::Side,
        ..Band::new(BandShape::Bell, 1_000.0, 9.0, 1.0)
    };
    let out = run(
        &mut Equaliser::new(&[band]),
        &[left.clone(), left.clone()],
        rate,
        512,
        &[],
    );
    assert!(out[0].iter().zip(&left).all(|(a, b)| a == b));
}

#[test]
fn the_dry_share_is_the_signal_itself() {
    let song = song(9_000, 48_000);
    let bands = [Band::new(BandShape::Bell, 700.0, 12.0, 1.0)];
    let wet = run(&mut Equaliser::new(&bands), &song, 48_000, 512, &[]);
    let half = run(
        &mut Equaliser::with_mix(&bands, 0.5),
        &song,
        48_000,
        512,
        &[],
    );
    let none = run(
        &mut Equaliser::with_mix(&bands, 0.0),
        &song,
        48_000,
        512,
        &[],
    );
    assert_eq!(none, song);
    for ((wet, half), dry) in wet
        .iter()
        .flatten()
        .zip(half.iter().flatten())
        .zip(song.iter().flatten())
    {
        assert!((half - 0.5 * (wet + dry)).abs() < 1e-15);
    }
}

fn dynamic(shape: BandShape, hz: f64, range_db: f64) -> Band {
    Band {
        dynamics: Some(Dynamics {
            threshold_db: -40.0,
            ratio: 4.0,
            range_db,
            attack_ms: 5.0,
            release_ms: 60.0,
        }),
        ..Band::new(shape, hz, 0.0, 1.0)
    }
}

#[test]
fn a_dynamic_band_follows_its_curve_and_stops_at_its_range() {
    let rate = 48_000;
    let gain_at = |band: Band, level_db: f64| {
        // RMS of a sine is 3.01 dB below its peak.
        let tone = sine(
            96_000,
            band.frequency_hz,
            rate,
            db_to_gain(level_db) * 2.0f64.sqrt(),
        );
        let before = fit_sine(&tone[48_000..], band.frequency_hz, rate).0;
        let out = run(&mut Equaliser::new(&[band]), &[tone], rate, 512, &[]);
        db(fit_sine(&out[0][48_000..], band.frequency_hz, rate).0 / before)
    };
    for (level_db, expected) in [(-60.0, 0.0), (-34.0, -4.5), (-30.0, -7.5), (-10.0, -9.0)] {
        let got = gain_at(dynamic(BandShape::Bell, 1_000.0, -9.0), level_db);
        // The detector ripples at twice the tone, which ballistics turn into a slightly higher reading.
        assert!(
            (got - expected).abs() < 0.15,
            "{level_db} dBFS: {got} dB for {expected}"
        );
    }
    let up = gain_at(dynamic(BandShape::Bell, 1_000.0, 3.0), -10.0);
    assert!((up - 3.0).abs() < 1e-6, "{up}");
    // At its full range it is the static band, everywhere.
    let band = dynamic(BandShape::HighShelf, 6_000.0, -6.0);
    let (loud, probe) = (
        sine(96_000, 9_000.0, rate, 0.5),
        sine(96_000, 2_500.0, rate, 0.001),
    );
    let both: Vec<f64> = loud.iter().zip(&probe).map(|(a, b)| a + b).collect();
    let out = run(
        &mut Equaliser::new(&[band]),
        std::slice::from_ref(&both),
        rate,
        512,
        &[],
    );
    let tail = &out[0][48_000..];
    for hz in [9_000.0, 2_500.0] {
        let got = db(fit_sine(tail, hz, rate).0 / fit_sine(&both[48_000..], hz, rate).0);
        let wanted = response_db(&high_shelf(6_000.0, -6.0, 1.0, rate), hz, rate);
        assert!((got - wanted).abs() < 0.01, "{hz} Hz: {got} for {wanted}");
    }
}

#[test]
fn a_dynamic_band_at_rest_changes_no_bit_and_listens_to_its_key() {
    let rate = 48_000;
    let quiet = sine(24_000, 1_000.0, rate, 1e-4);
    let band = [dynamic(BandShape::Bell, 1_000.0, -9.0)];
    let out = run(
        &mut Equaliser::new(&band),
        std::slice::from_ref(&quiet),
        rate,
        512,
        &[],
    );
    assert_eq!(out[0], quiet);
    let key = sine(24_000, 1_000.0, rate, 0.5);
    let mut keyed = Equaliser::new(&band);
    keyed.prepare(
        dsp::Spec {
            rate_hz: rate,
            channels: 1,
        },
        24_000,
    );
    let mut turned = quiet.clone();
    keyed.process(&mut [&mut turned[..]], Some(&[&key[..]]), &[]);
    let got = db(fit_sine(&turned[12_000..], 1_000.0, rate).0 / 1e-4);
    assert!((got + 9.0).abs() < 0.01, "{got}");
    assert!((keyed.gain_reduction().unwrap().max_db - 9.0).abs() < 1e-9);
}

#[test]
fn a_ramped_gain_does_not_click() {
    let rate = 48_000;
    let tone = sine(48_000, 300.0, rate, 0.5);
    let mut equaliser = Equaliser::new(&[Band::new(BandShape::HighShelf, 8_000.0, 0.0, 0.7)]);
    let event = ParamEvent {
        frame: 10_000,
        param: Param::BandGainDb(0),
        value: 6.0,
        ramp_frames: 9_600,
    };
    let out = run(&mut equaliser, &[tone], rate, 512, &[event]);
    // A click is white; the tone and its modulation lie far below 6 kHz.
    let high = run(
        &mut Equaliser::new(&[Band::new(BandShape::HighPass(16), 6_000.0, 0.0, 0.7)]),
        &out,
        rate,
        512,
        &[],
    );
    let loudest = high[0][5_000..].iter().fold(0.0f64, |m, x| m.max(x.abs()));
    assert!(db(loudest) < -90.0, "{} dB", db(loudest));
}

/// The response of a processor on one channel to an impulse of 1 at its first frame.
fn impulse(processor: &mut dyn Processor, frames: usize, rate_hz: u32) -> Vec<f64> {
    let mut one = vec![0.0; frames];
    one[0] = 1.0;
    run(processor, &[one], rate_hz, 4096, &[]).remove(0)
}

fn house_bands() -> [Band; 5] {
    [
        Band::new(BandShape::HighPass(4), 30.0, 0.0, 0.7),
        Band::new(BandShape::LowShelf, 110.0, 3.0, 0.7),
        Band::new(BandShape::Bell, 400.0, -4.0, 1.4),
        Band::new(BandShape::Bell, 3_000.0, 5.0, 3.0),
        Band::new(BandShape::HighShelf, 12_000.0, 4.0, 0.7),
    ]
}

#[test]
fn linear_phase_has_the_same_magnitude_and_one_delay() {
    let rate = 44_100;
    let bands = house_bands();
    let mut linear = LinearPhaseEqualiser::new(&bands, 0.0, 1.0);
    let out = impulse(&mut linear, 60_000, rate);
    let centre = usize::try_from(linear.latency_frames()).unwrap();
    // Symmetric about its latency: the group delay is that, at every frequency, to the sample.
    let mut worst = 0.0_f64;
    for k in 1..8_000 {
        let (a, b) = (out[centre - k], out[centre + k]);
        worst = worst.max((a - b).abs());
        assert!((a - b).abs() < 1e-14, "{k}: {a} and {b}");
    }
    figure(
        "linear phase: asymmetry about its delay, full scale 1",
        worst,
        "0",
    );
    let mut minimum = Equaliser::new(&bands);
    let reference = impulse(&mut minimum, 60_000, rate);
    let mut worst = 0.0_f64;
    for hz in audible() {
        let level = |x: &[f64]| db(spectrum_at(x, hz, rate));
        let (got, wanted) = (level(&out), level(&reference));
        worst = worst.max((got - wanted).abs());
        assert!((got - wanted).abs() < 0.02, "{hz} Hz: {got} for {wanted}");
    }
    figure(
        "linear phase: off the minimum phase's magnitude, dB",
        worst,
        "same",
    );
}

/// Magnitude of the Fourier transform at one frequency.
fn spectrum_at(x: &[f64], hz: f64, rate_hz: u32) -> f64 {
    let w = 2.0 * std::f64::consts::PI * hz / f64::from(rate_hz);
    let (mut re, mut im) = (0.0, 0.0);
    for (n, x) in x.iter().enumerate().filter(|(_, x)| **x != 0.0) {
        re += x * libm::cos(w * n as f64);
        im += x * libm::sin(w * n as f64);
    }
    (re * re + im * im).sqrt()
}

#[test]
fn with_all_of_its_phase_it_is_the_minimum_phase_equaliser_later() {
    let song = song(60_000, 48_000);
    let mut bands = house_bands().to_vec();
    bands[2].placement = Placement::Side;
    bands[3].placement = Placement::Left;
    let mut mixed = LinearPhaseEqualiser::new(&bands, 1.0, 0.8);
    let late = run(&mut mixed, &song, 48_000, 777, &[]);
    let now = run(
        &mut Equaliser::with_mix(&bands, 0.8),
        &song,
        48_000,
        777,
        &[],
    );
    let delay = usize::try_from(mixed.latency_frames()).unwrap();
    for (late, now) in late.iter().zip(&now) {
        let worst = late[delay..]
            .iter()
            .zip(now)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        // What the taper leaves out of the rumble filter's ringing.
        assert!(worst < 1e-4, "{worst}");
    }
}
