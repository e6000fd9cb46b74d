//! Saturation, soft clipping and transients: harmonics where they belong, nothing where they do not.
mod signals;

use dsp::{
    Curve, Oversampling, Processor, Saturation, SaturationSettings, SoftClipper, TransientSettings,
    TransientShaper, db_to_gain,
};
use signals::{db, figure, fit_sine, run, sine, song};

const RATE: u32 = 44_100;
const CURVES: [Curve; 4] = [
    Curve::Tape,
    Curve::Valve,
    Curve::Transformer,
    Curve::Polynomial,
];

fn saturated(settings: SaturationSettings, tone: &[f64]) -> Vec<f64> {
    run(
        &mut Saturation::new(settings),
        &[tone.to_vec()],
        RATE,
        512,
        &[],
    )
    .remove(0)
}

/// Everything but the tone and its harmonics in the band, in dB below the tone.
fn rest_db(out: &[f64], harmonics: &[f64]) -> f64 {
    let mut rest = out[RATE as usize..].to_vec();
    let level = fit_sine(&rest, harmonics[0], RATE).0;
    for hz in harmonics {
        let w = 2.0 * std::f64::consts::PI * hz / f64::from(RATE);
        let (mut ss, mut sc, mut cc, mut xs, mut xc) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for (i, x) in rest.iter().enumerate() {
            let (s, c) = (libm::sin(w * i as f64), libm::cos(w * i as f64));
            (ss, sc, cc) = (ss + s * s, sc + s * c, cc + c * c);
            (xs, xc) = (xs + x * s, xc + x * c);
        }
        let determinant = ss * cc - sc * sc;
        let (a, b) = (
            (xs * cc - xc * sc) / determinant,
            (xc * ss - xs * sc) / determinant,
        );
        for (i, x) in rest.iter_mut().enumerate() {
            *x -= a * libm::sin(w * i as f64) + b * libm::cos(w * i as f64);
        }
    }
    // The loudest mirror image is at most all of the rest together.
    let power: f64 = rest.iter().map(|x| x * x).sum();
    db((2.0 * power / rest.len() as f64).sqrt() / level)
}

#[test]
fn mirror_images_of_10_khz_lie_100_db_below_it() {
    // Bar of the engine's figures: tanh-like curve, +12 dB, 16x.
    let tone = sine(2 * RATE as usize, 10_000.0, RATE, 0.9);
    for (curve, even) in [(Curve::Tape, 0.0), (Curve::Tape, 0.5), (Curve::Valve, 0.0)] {
        let settings = SaturationSettings {
            curve,
            drive_db: 12.0,
            even,
            oversampling: Oversampling::X16,
            ..Default::default()
        };
        let rest = rest_db(&saturated(settings, &tone), &[10_000.0, 20_000.0]);
        let what = format!("{curve:?} (even {even}): images of 10 kHz at 44.1, +12 dB, 16x, dB");
        figure(&what, rest, "-100");
        assert!(rest <= -100.0, "{curve:?}: {rest} dB");
    }
    // Why it is done at all.
    let coarse = SaturationSettings {
        drive_db: 12.0,
        oversampling: Oversampling::X2,
        ..Default::default()
    };
    assert!(rest_db(&saturated(coarse, &tone), &[10_000.0, 20_000.0]) > -90.0);
}

#[test]
fn the_reference_level_stays_and_nothing_shifts_off_zero() {
    for curve in CURVES {
        for (drive_db, even) in [(3.0, 0.0), (12.0, 0.0), (9.0, 0.7)] {
            // Between the emphases, where they do nothing.
            let tone = sine(3 * RATE as usize, 630.0, RATE, db_to_gain(-12.0));
            let settings = SaturationSettings {
                curve,
                drive_db,
                even,
                ..Default::default()
            };
            let out = &saturated(settings, &tone)[RATE as usize..2 * RATE as usize];
            let rms = (2.0 * out.iter().map(|x| x * x).sum::<f64>() / out.len() as f64).sqrt();
            assert!(
                (db(rms) + 12.0).abs() < 0.3,
                "{curve:?} {drive_db} {even}: {} dB",
                db(rms)
            );
            let mean = out.iter().sum::<f64>() / out.len() as f64;
            assert!(
                db(mean.abs()) < -120.0,
                "{curve:?}: {} dB of DC",
                db(mean.abs())
            );
        }
    }
}

#[test]
fn even_harmonics_come_with_the_even_share_only() {
    let tone = sine(2 * RATE as usize, 500.0, RATE, 0.5);
    let harmonic = |curve, even, n: f64| {
        let out = saturated(
            SaturationSettings {
                curve,
                even,
                ..Default::default()
            },
            &tone,
        );
        let out = &out[RATE as usize..];
        db(fit_sine(out, 500.0 * n, RATE).0 / fit_sine(out, 500.0, RATE).0)
    };
    for curve in [Curve::Tape, Curve::Transformer, Curve::Polynomial] {
        assert!(harmonic(curve, 0.0, 2.0) < -140.0, "{curve:?}");
        assert!(harmonic(curve, 0.0, 3.0) > -70.0, "{curve:?}");
        assert!(harmonic(curve, 0.6, 2.0) > harmonic(curve, 0.6, 4.0));
        assert!(
            harmonic(curve, 0.6, 2.0) > -50.0,
            "{curve:?} {}",
            harmonic(curve, 0.6, 2.0)
        );
    }
    assert!(harmonic(Curve::Valve, 0.0, 2.0) > -45.0);
    // x − 4x³/27 of a sine A: the third harmonic is A²/27 / (1 − A²/9) of the fundamental, with A the
    // driven amplitude.
    let a = 0.5 * db_to_gain(6.0);
    let wanted = db(a * a / 27.0 / (1.0 - a * a / 9.0));
    let got = harmonic(Curve::Polynomial, 0.0, 3.0);
    assert!((got - wanted).abs() < 0.01, "{got} for {wanted}");
    assert!(harmonic(Curve::Polynomial, 0.0, 5.0) < -120.0);
}

#[test]
fn a_quiet_signal_keeps_its_spectrum_and_a_dry_one_its_bits() {
    // Far below the curve only the level changes, by one factor at every frequency: the emphasis is taken back.
    for curve in [Curve::Tape, Curve::Transformer] {
        let gain = |hz: f64| {
            let tone = sine(2 * RATE as usize, hz, RATE, 1e-4);
            let out = saturated(
                SaturationSettings {
                    curve,
                    ..Default::default()
                },
                &tone,
            );
            db(fit_sine(&out[RATE as usize..], hz, RATE).0 / 1e-4)
        };
        for hz in [40.0, 200.0, 5_000.0, 19_000.0] {
            assert!((gain(hz) - gain(1_000.0)).abs() < 0.01, "{curve:?} {hz}");
        }
    }
    let song = song(20_000, RATE);
    let mut dry = Saturation::new(SaturationSettings {
        mix: 0.0,
        ..Default::default()
    });
    let out = run(&mut dry, &song, RATE, 512, &[]);
    let late = usize::try_from(dry.latency_frames()).unwrap();
    assert!(
        out[0][late..]
            .iter()
            .zip(&song[0])
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
}

#[test]
fn only_the_range_is_saturated() {
    let settings = SaturationSettings {
        drive_db: 12.0,
        range_hz: [0.0, 500.0],
        ..Default::default()
    };
    let third = |hz: f64| {
        let out = saturated(settings, &sine(2 * RATE as usize, hz, RATE, 0.5));
        db(fit_sine(&out[RATE as usize..], 3.0 * hz, RATE).0)
    };
    assert!(
        third(80.0) > -40.0 && third(4_000.0) < -100.0,
        "{} {}",
        third(80.0),
        third(4_000.0)
    );
}

#[test]
fn the_clipper_leaves_what_is_below_its_knee_to_the_bit() {
    let song = song(30_000, RATE);
    let mut clipper = SoftClipper::new(0.0, 0.2, Oversampling::X8);
    let out = run(&mut clipper, &song, RATE, 512, &[]);
    let late = usize::try_from(clipper.latency_frames()).unwrap();
    assert!(
        out[0][late..]
            .iter()
            .zip(&song[0])
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
    assert_eq!(clipper.gain_reduction().unwrap().max_db, 0.0);
}

#[test]
fn the_clipper_holds_its_ceiling_and_says_how_much_it_took() {
    let tone = sine(2 * RATE as usize, 997.0, RATE, db_to_gain(3.0));
    let mut clipper = SoftClipper::new(-1.0, 0.1, Oversampling::X16);
    let out = run(&mut clipper, std::slice::from_ref(&tone), RATE, 512, &[]);
    let peak = out[0][2_000..].iter().fold(0.0f64, |m, x| m.max(x.abs()));
    // The corner of the knee rings a little where harmonics above the audible are cut.
    assert!(db(peak) < -0.8 && db(peak) > -1.2, "{} dBFS", db(peak));
    let taken = clipper.gain_reduction().unwrap().max_db;
    assert!((taken - 4.0).abs() < 0.02, "{taken} dB");
    let high = sine(2 * RATE as usize, 10_000.0, RATE, db_to_gain(1.0));
    let out = run(
        &mut SoftClipper::new(-3.0, 0.8, Oversampling::X16),
        &[high],
        RATE,
        512,
        &[],
    );
    let rest = rest_db(&out[0], &[10_000.0, 20_000.0]);
    assert!(rest < -90.0, "{rest} dB of mirror images");
}

/// Runs a signal through a shaper; what came out, in place in time, and the most it moved in dB.
fn shaped(shaper: &mut TransientShaper, signal: &[f64], rate_hz: u32) -> (Vec<f64>, f64) {
    let mut longer = signal.to_vec();
    longer.resize(signal.len() + 1_000, 0.0);
    let out = run(shaper, &[longer], rate_hz, 512, &[]).remove(0);
    let late = usize::try_from(shaper.latency_frames()).unwrap();
    let out = out[late..late + signal.len()].to_vec();
    (out, shaper.gain_reduction().unwrap().max_db)
}

#[test]
fn the_shaper_hears_peaks_between_samples() {
    // A quarter of the rate and a little: the samples alone swell by 3 dB six times a second, the tone does not.
    let (rate, hz) = (48_000, 12_001.5);
    let tone = sine(2 * rate as usize, hz, rate, 0.3);
    let mut shaper = TransientShaper::new(TransientSettings {
        attack_db: 12.0,
        sustain_db: 12.0,
        ..Default::default()
    });
    let (out, _) = shaped(&mut shaper, &tone, rate);
    let (level, rest) = fit_sine(&out[rate as usize..2 * rate as usize - 1_000], hz, rate);
    println!("{} dB beside the tone", db(rest / level));
    assert!(db(rest / level) < -50.0, "{} dB", db(rest / level));
}

#[test]
fn the_shaper_raises_attacks_and_leaves_a_tone_alone() {
    let rate = 48_000;
    let tone = sine(rate as usize, 1_000.0, rate, 0.3);
    let shape = |attack_db, sustain_db, signal: &[f64]| {
        let settings = TransientSettings {
            attack_db,
            sustain_db,
            ..Default::default()
        };
        let mut shaper = TransientShaper::new(settings);
        shaped(&mut shaper, signal, rate)
    };
    let (out, _) = shape(6.0, 0.0, &tone);
    let change = db(fit_sine(&out[24_000..], 1_000.0, rate).0 / 0.3);
    assert!(change.abs() < 0.1, "{change} dB on a steady tone");
    // A drum: noise-free decaying hits.
    let hit = |i: usize| libm::exp(-((i % 24_000) as f64) / 4_000.0) * libm::sin(0.05 * i as f64);
    let drum: Vec<f64> = (0..rate as usize * 2).map(hit).collect();
    let level = |x: &[f64], from: usize, to: usize| {
        db(x[24_000 + from..24_000 + to]
            .iter()
            .map(|x| x * x)
            .sum::<f64>())
            * 0.5
    };
    let (up, amount) = shape(6.0, 0.0, &drum);
    assert!(level(&up, 100, 500) - level(&drum, 100, 500) > 3.0);
    assert!((level(&up, 12_000, 20_000) - level(&drum, 12_000, 20_000)).abs() < 0.5);
    assert!(amount > 4.0 && amount <= 6.0, "{amount} dB");
    let (dried, _) = shape(0.0, -6.0, &drum);
    assert!(level(&dried, 12_000, 20_000) - level(&drum, 12_000, 20_000) < -1.5);
    assert!((level(&dried, 50, 300) - level(&drum, 50, 300)).abs() < 1.0);
    let (same, _) = shape(0.0, 0.0, &drum);
    assert_eq!(same, drum);
}
