//! Each figure against gear whose properties stand in a formula.

mod rig;

use gear::{
    Calibration, Curve, Form, Measurement, Objection, Plan, PlanSettings, Polarity, Route, analyse,
    certify, plot,
};
use rig::{White, add_noise, bell, compressor, delayed, high_pass};

fn measured(
    plan: &Plan,
    through: impl Fn(&[Vec<f64>]) -> Vec<Vec<f64>>,
    calibration: &[Calibration],
) -> Measurement {
    let mut sent = plan.sent().to_vec();
    for channel in &mut sent {
        channel.resize(plan.recorded_frames(), 0.0);
    }
    analyse(plan, &through(&sent), calibration).unwrap()
}

fn plan(rate_hz: u32, channels: usize, form: Form) -> Plan {
    let mut settings = PlanSettings::new(rate_hz, channels, form);
    settings.longest_delay_frames = 10_000;
    Plan::new(settings).unwrap()
}

fn gained(samples: &[f64], db: f64) -> Vec<f64> {
    let gain = 10_f64.powf(db / 20.0);
    samples.iter().map(|x| gain * x).collect()
}

#[test]
fn two_channels_are_told_apart_in_every_figure() {
    let plan = plan(48_000, 2, Form::Short);
    let mut expected: Option<Box<dyn Fn(f64) -> f64>> = None;
    let mut back: Option<Vec<Vec<f64>>> = None;
    let mut sent = plan.sent().to_vec();
    for channel in &mut sent {
        channel.resize(plan.recorded_frames(), 0.0);
    }
    {
        let mut left = gained(&delayed(&sent[0], 100.3), -3.0);
        expected.replace(Box::new(bell(&mut left, 48_000.0, (3_000.0, 6.0, 2.0))));
        let leak = gained(&delayed(&sent[0], 100.3), -60.0);
        let right: Vec<f64> = delayed(&sent[1], 102.8)
            .iter()
            .zip(&leak)
            .map(|(x, leak)| leak - x)
            .collect();
        back.replace(vec![left, right]);
    }
    let mut back = back.unwrap();
    add_noise(&mut back[0], -90.0, 1);
    let levels = Calibration {
        send_dbu: 18.0,
        return_dbu: 24.0,
    };
    let found = analyse(&plan, &back, &[levels, levels]).unwrap();
    let path = |n: usize| found.channels[n].path.clone().unwrap();
    assert!((path(0).delay_frames.mean - 100.3).abs() < 0.001);
    assert!((path(1).skew_frames.mean - 2.5).abs() < 0.001);
    assert_eq!(path(0).polarity, Polarity::Kept);
    assert_eq!(path(1).polarity, Polarity::Inverted);
    let expected = expected.unwrap();
    // The third of a third of an octave round 1 kHz that the gain is read from holds a little of the bell.
    assert!((path(0).gain_db.mean - (expected(1_000.0) - 3.0)).abs() < 0.01);
    let gain_dbu = path(0).gain_dbu.unwrap();
    assert!((gain_dbu - path(0).gain_db.mean - 6.0).abs() < 1e-12);
    for point in &found.channels[0].response {
        let error = point.gain_db.mean - (expected(point.hz) - 3.0);
        // The issue asks for 0.05 dB; noise 75 dB below the lines leaves less.
        assert!(error.abs() < 0.02, "{point:?}: {error}");
    }
    let flat = found.channels[1].response.iter();
    assert!(flat.clone().all(|p| p.gain_db.mean.abs() < 0.02));
    assert!(flat.clone().all(|p| p.phase_degrees.abs() > 179.0));
    let leak = found.crosstalk.iter().find(|c| c.from == 1).unwrap();
    assert!(
        (leak.at_1k_db.mean + 60.0 + path(0).gain_db.mean).abs() < 0.2,
        "{leak:?}"
    );
    let none = found.crosstalk.iter().find(|c| c.from == 2).unwrap();
    assert!(none.at_1k_db.mean < -80.0, "{none:?}");
    // −90 dB of deviation is −87 dBFS where a full-scale sine reads 0, less what lies beyond 20 kHz.
    let noise = found.channels[0].noise.as_ref().unwrap();
    assert!(
        (noise.level_dbfs.mean - (-86.99 - 0.79)).abs() < 0.3,
        "{noise:?}"
    );
    assert!((noise.level_dbu.unwrap() - noise.level_dbfs.mean - 24.0).abs() < 1e-12);
    assert_eq!(noise.hum, None);
    assert_eq!(found.objections(), []);
    for curve in [Curve::Gain, Curve::Phase] {
        let svg = plot(&found, curve).unwrap();
        assert!(svg.starts_with("<svg") && svg.matches("<title>Channel").count() == 2);
    }
    let json = serde_json::to_string(&found).unwrap();
    let read: Measurement = serde_json::from_str(&json).unwrap();
    assert_eq!(read.figures().len(), found.figures().len());
}

#[test]
fn distortion_of_a_known_curve_is_within_half_a_decibel() {
    let plan = plan(44_100, 1, Form::Full);
    let (second, third) = (0.01, -0.04);
    let found = measured(
        &plan,
        |sent| {
            let bent = delayed(&sent[0], 64.0);
            vec![
                bent.iter()
                    .map(|x| x + second * x * x + third * x * x * x)
                    .collect(),
            ]
        },
        &[],
    );
    for tone in &found.channels[0].distortion {
        let a = 10_f64.powf(tone.sent_dbfs / 20.0);
        let first = a + 0.75 * third * a.powi(3);
        let (h2, h3) = (second * a * a / 2.0, third * a.powi(3) / 4.0);
        let thd = 20.0 * ((h2 * h2 + h3 * h3).sqrt() / first).log10();
        assert!((tone.thd_db.mean - thd).abs() < 0.01, "{tone:?} {thd}");
        assert!((tone.thd_n_db.mean - thd).abs() < 0.05, "{tone:?} {thd}");
        let gain = 20.0 * (first / a).log10();
        assert!((tone.gain_db.mean - gain).abs() < 1e-4, "{tone:?} {gain}");
    }
    let levels = found.channels[0].distortion.iter().map(|d| d.sent_dbfs);
    assert_eq!(levels.collect::<Vec<_>>(), [-20.0, -6.0]);
    assert!((found.channels[0].path.as_ref().unwrap().delay_frames.mean - 64.0).abs() < 0.01);
}

#[test]
fn hum_is_found_with_its_mains_and_a_constant_voltage_is_said() {
    let plan = plan(48_000, 1, Form::Short);
    for mains in [50.0, 60.0] {
        let found = measured(
            &plan,
            |sent| {
                let mut back = sent[0].clone();
                let turn = 2.0 * std::f64::consts::PI * mains / 48_000.0;
                for (n, x) in back.iter_mut().enumerate() {
                    let at = turn * n as f64;
                    *x += 1e-3 * at.sin() + 5e-4 * (3.0 * at).sin() + 0.02;
                }
                add_noise(&mut back, -100.0, 3);
                vec![back]
            },
            &[],
        );
        let noise = found.channels[0].noise.clone().unwrap();
        let hum = noise.hum.unwrap();
        assert_eq!(hum.mains_hz, mains);
        let level = 20.0 * (1e-3_f64.powi(2) + 5e-4_f64.powi(2)).sqrt().log10();
        assert!((hum.level_dbfs - level).abs() < 0.3, "{hum:?} {level}");
        assert!((hum.harmonics_dbfs[2] + 66.02).abs() < 0.3, "{hum:?}");
        assert!((noise.dc - 0.02).abs() < 1e-3);
        let said = found.objections()[0].to_string();
        assert!(
            said.starts_with("return 1 carries a constant voltage of 2.0 %"),
            "{said}"
        );
    }
}

#[test]
fn wrong_patches_are_named() {
    let plan = plan(48_000, 2, Form::Short);
    let late = |x: &[f64]| delayed(x, 400.0);
    let swapped = measured(&plan, |sent| vec![late(&sent[1]), late(&sent[0])], &[]);
    assert_eq!(swapped.channels[0].route, Route::Swapped { returned_on: 2 });
    assert_eq!(
        swapped.objections()[0].to_string(),
        "channel 1 comes back on return 2: exchange the cables of the return, then measure again"
    );
    let dead = measured(
        &plan,
        |sent| {
            let mut quiet = vec![0.0; sent[1].len()];
            add_noise(&mut quiet, -80.0, 9);
            vec![late(&sent[0]), quiet]
        },
        &[],
    );
    assert_eq!(dead.channels[0].route, Route::Straight);
    assert_eq!(dead.objections(), [Objection::Dead { channel: 2 }]);
    let silent = measured(&plan, |sent| vec![vec![0.0; sent[0].len()]; 2], &[]);
    assert_eq!(silent.objections(), [Objection::Silent]);
    assert_eq!(silent.clock_drift_ppm, None);
}

/// The return's converter runs at another pace: each of its frames lies elsewhere in the gear's signal.
fn by_another_clock(samples: &[f64], ppm: f64) -> Vec<f64> {
    let sample = |n: usize| {
        let at = n as f64 / (1.0 + ppm * 1e-6);
        let whole = at.floor() as i64;
        let neighbour = |k: i64| {
            let d = at - (whole + k) as f64;
            let angle = std::f64::consts::PI * d;
            let sinc = if d == 0.0 { 1.0 } else { angle.sin() / angle };
            let window = (angle / 66.0).cos().powi(2);
            let place = usize::try_from(whole + k).ok();
            place
                .and_then(|i| samples.get(i))
                .map_or(0.0, |x| x * sinc * window)
        };
        (-31..=32).map(neighbour).sum()
    };
    (0..samples.len()).map(sample).collect()
}

#[test]
fn a_clock_that_runs_off_is_measured_and_taken_out_of_the_delay() {
    let plan = plan(48_000, 1, Form::Short);
    let found = measured(
        &plan,
        |sent| vec![by_another_clock(&delayed(&sent[0], 500.0), -100.0)],
        &[],
    );
    let drift = found.clock_drift_ppm.unwrap();
    assert!((drift.mean + 100.0).abs() < 0.01, "{drift:?}");
    let path = found.channels[0].path.as_ref().unwrap();
    assert!((path.delay_frames.mean - 500.0).abs() < 0.05, "{path:?}");
    let said = found.objections()[0].to_string();
    assert!(said.contains("parts in a million off the send's"), "{said}");
}

#[test]
fn a_unit_is_judged_by_its_own_spread() {
    let plan = plan(48_000, 1, Form::Short);
    let unit = |gain_db: f64, seed: u64, knob: f64| {
        measured(
            &plan,
            |sent| {
                let mut back = gained(&delayed(&sent[0], 230.4), gain_db);
                let _ = bell(&mut back, 48_000.0, (8_000.0, knob, 0.7));
                compressor(&mut back, 48_000.0, -20.0);
                high_pass(&mut back, 48_000.0, 12.0);
                add_noise(&mut back, -85.0, seed);
                vec![back]
            },
            &[],
        )
    };
    let steady: Vec<Measurement> = (1..4).map(|day| unit(0.0, day, 2.0)).collect();
    let good = certify(&unit(0.0, 10, 2.0), &steady, Some(&steady[0]));
    assert!(good.holds(), "{:?}", good.objections);
    assert!(good.compared.len() > 12);
    let turned = certify(&unit(0.0, 11, 3.0), &steady, Some(&steady[0]));
    let words: Vec<String> = turned.objections.iter().map(ToString::to_string).collect();
    let about = "the response at 8000 Hz of channel 1 is";
    assert!(
        words
            .iter()
            .any(|w| w.starts_with(about) && w.contains("recall sheet")),
        "{words:?}"
    );
    // A unit whose gain wanders by tenths of a decibel from day to day is not refused for another tenth.
    let mut days = White::new(4);
    let wandering: Vec<Measurement> = (0..5)
        .map(|day| unit(0.3 * days.next(), day + 20, 2.0))
        .collect();
    let away = unit(0.25, 40, 2.0);
    let gain = |v: &gear::Verdict| {
        let of_gain = v.objections.iter().map(ToString::to_string);
        of_gain
            .filter(|w| w.starts_with("the gain of channel 1"))
            .count()
    };
    assert_eq!(gain(&certify(&away, &wandering, None)), 0);
    assert_eq!(gain(&certify(&away, &steady, None)), 1);
    let mut other = away.clone();
    other.rate_hz = 44_100;
    let said = certify(&away, &[], Some(&other)).objections[0].to_string();
    assert!(
        said.starts_with("the certificate was made at 44100 Hz and the server runs at 48000 Hz")
    );
    assert!(certify(&away, &[], None).holds());
}
