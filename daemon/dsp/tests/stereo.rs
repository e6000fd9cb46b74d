//! Where things stand between the loudspeakers.
mod signals;

use dsp::{
    ChannelTools, FractionalDelay, Param, ParamEvent, Polarity, Processor, Recode, Stereo,
    StereoSettings, Trim, Trims, db_to_gain,
};
use signals::{db, fit_sine, noise, run, sine};

const RATE: u32 = 48_000;

fn placed(settings: StereoSettings, left: &[f64], right: &[f64]) -> Vec<Vec<f64>> {
    run(
        &mut Stereo::new(settings),
        &[left.to_vec(), right.to_vec()],
        RATE,
        512,
        &[],
    )
}

/// Level of mid and side at a frequency.
fn mid_side(out: &[Vec<f64>], hz: f64) -> [f64; 2] {
    [1.0, -1.0].map(|sign| {
        let both = out[0].iter().zip(&out[1]);
        let row: Vec<f64> = both
            .skip(48_000)
            .map(|(l, r)| 0.5 * (l + sign * r))
            .collect();
        fit_sine(&row, hz, RATE).0
    })
}

#[test]
fn width_is_the_side_s_gain_and_the_mid_stays() {
    for hz in [80.0, 900.0, 9_000.0] {
        let (left, right) = (sine(96_000, hz, RATE, 0.5), vec![0.0; 96_000]);
        for (settings, wanted) in [
            (
                StereoSettings {
                    widths: vec![1.6],
                    ..Default::default()
                },
                1.6,
            ),
            (
                StereoSettings {
                    corners_hz: vec![300.0, 3_000.0],
                    widths: vec![0.5, 1.0, 2.0],
                    ..Default::default()
                },
                match hz as u32 {
                    80 => 0.5,
                    900 => 1.0,
                    _ => 2.0,
                },
            ),
        ] {
            let [mid, side] = mid_side(&placed(settings, &left, &right), hz);
            assert!(db(mid / 0.25).abs() < 0.001, "{hz}: mid {}", db(mid / 0.25));
            // Four octaves of 24 dB separate neighbours; two octaves leave 0.4 % of the next band.
            assert!(
                (side / 0.25 - wanted).abs() < 0.02,
                "{hz}: side {}",
                side / 0.25
            );
        }
    }
    // As it is, it is as it was, to the last rounding.
    let (left, right) = (noise(9_000, 1, 0.5), noise(9_000, 2, 0.5));
    let out = placed(StereoSettings::default(), &left, &right);
    assert!(out[0].iter().zip(&left).all(|(a, b)| (a - b).abs() < 1e-15));
}

#[test]
fn the_bass_is_mono() {
    let settings = StereoSettings {
        mono_below_hz: 150.0,
        ..Default::default()
    };
    let low = |hz: f64| {
        mid_side(
            &placed(
                settings.clone(),
                &sine(96_000, hz, RATE, 0.5),
                &vec![0.0; 96_000],
            ),
            hz,
        )
    };
    // Linkwitz and Riley: w⁴ / (1 + w⁴) of the side remains.
    for hz in [40.0, 75.0, 150.0, 600.0] {
        let w = libm::pow(hz / 150.0, 4.0);
        let [mid, side] = low(hz);
        assert!(db(mid / 0.25).abs() < 0.001);
        assert!(
            (side / 0.25 - w / (1.0 + w)).abs() < 0.001,
            "{hz}: {}",
            side / 0.25
        );
    }
}

#[test]
fn rotation_turns_the_picture() {
    let tone = sine(96_000, 1_000.0, RATE, 0.5);
    // The middle is at 45°: a quarter turn of 45° more puts it all on the right.
    let settings = StereoSettings {
        rotation_degrees: 45.0,
        ..Default::default()
    };
    let out = placed(settings, &tone, &tone);
    assert!(out[0].iter().all(|x| x.abs() < 1e-15));
    let right = fit_sine(&out[1], 1_000.0, RATE).0;
    assert!((right - 0.5 * 2.0f64.sqrt()).abs() < 1e-9, "{right}");
}

#[test]
fn the_guard_holds_the_correlation() {
    let (a, b) = (noise(96_000, 1, 0.3), noise(96_000, 2, 0.3));
    // Mid a, side 2b: correlation (1 − 4) / (1 + 4).
    let left: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + 2.0 * b).collect();
    let right: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - 2.0 * b).collect();
    let correlation = |out: &[Vec<f64>]| {
        let dot = |x: &[f64], y: &[f64]| {
            x[48_000..]
                .iter()
                .zip(&y[48_000..])
                .map(|(a, b)| a * b)
                .sum::<f64>()
        };
        dot(&out[0], &out[1]) / (dot(&out[0], &out[0]) * dot(&out[1], &out[1])).sqrt()
    };
    let before = correlation(&[left.clone(), right.clone()]);
    assert!((before + 0.6).abs() < 0.02);
    for least in [-0.2, 0.0, 0.4] {
        let settings = StereoSettings {
            least_correlation: least,
            ..Default::default()
        };
        let got = correlation(&placed(settings, &left, &right));
        assert!((got - least).abs() < 0.06, "{got} for {least}");
    }
    let settings = StereoSettings {
        least_correlation: -0.9,
        ..Default::default()
    };
    let mut stereo = Stereo::new(settings);
    run(&mut stereo, &[left, right], RATE, 512, &[]);
    assert_eq!(stereo.gain_reduction().unwrap().max_db, 0.0);
}

#[test]
fn channels_are_turned_balanced_and_recoded() {
    let (left, right) = (noise(5_000, 1, 0.5), noise(5_000, 2, 0.5));
    let with = |polarity, balance_db, recode| {
        let mut tools = ChannelTools::new(polarity, balance_db, recode);
        run(&mut tools, &[left.clone(), right.clone()], RATE, 512, &[])
    };
    let swapped = with(Polarity::InvertLeft, 0.0, Recode::Swap);
    assert_eq!(swapped[0], right);
    assert!(swapped[1].iter().zip(&left).all(|(a, b)| *a == -b));
    let balanced = with(Polarity::Normal, 3.0, Recode::AsTheyAre);
    assert!(
        balanced[0]
            .iter()
            .zip(&left)
            .all(|(a, b)| *a == b * db_to_gain(-3.0))
    );
    assert_eq!(balanced[1], right);
    let coded = with(Polarity::Normal, 0.0, Recode::ToMidSide);
    let mut back = ChannelTools::new(Polarity::Normal, 0.0, Recode::ToLeftRight);
    let decoded = run(&mut back, &coded, RATE, 512, &[]);
    assert!(
        decoded[0]
            .iter()
            .zip(&left)
            .all(|(a, b)| (a - b).abs() < 1e-15)
    );
}

#[test]
fn each_channel_has_its_own_trim_and_ramps_by_itself() {
    let signal: Vec<Vec<f64>> = (0..3).map(|seed| noise(5_000, seed, 0.5)).collect();
    let trim = |gain_db, is_inverted| Trim {
        gain_db,
        is_inverted,
    };
    let mut trims = Trims::new(&[trim(-6.0, false), trim(1.5, true)]);
    let up = ParamEvent {
        frame: 1_000,
        param: Param::ChannelGainDb(0),
        value: 0.0,
        ramp_frames: 2_000,
    };
    let out = run(&mut trims, &signal, RATE, 512, &[up]);
    let gain = |channel: usize, frame: usize| out[channel][frame] / signal[channel][frame];
    assert!((db(gain(0, 500)) + 6.0).abs() < 1e-9 && (gain(0, 4_000) - 1.0).abs() < 1e-12);
    // Half-way the amplitude is half-way.
    let half = 0.5 * (1.0 + db_to_gain(-6.0));
    assert!((gain(0, 2_000) - half).abs() < 1e-9);
    let turned = (0..5_000).map(|frame| gain(1, frame) + db_to_gain(1.5));
    assert!(turned.into_iter().all(|off| off.abs() < 1e-12));
    assert_eq!(out[2], signal[2]);
}

#[test]
fn a_fraction_of_a_frame_is_a_phase_and_whole_frames_are_bits() {
    let song = noise(5_000, 3, 0.5);
    let mut whole = FractionalDelay::new(&[37.0]);
    let out = run(&mut whole, std::slice::from_ref(&song), RATE, 100, &[]);
    assert_eq!(whole.latency_frames(), 0);
    assert!(
        out[0][37..]
            .iter()
            .zip(&song)
            .all(|(a, b)| a.to_bits() == b.to_bits())
    );
    for (delay, hz) in [(0.5, 1_000.0), (10.25, 12_000.0), (3.7, 20_000.0)] {
        let mut fraction = FractionalDelay::new(&[delay]);
        let tone = sine(20_000, hz, RATE, 0.5);
        let out = run(&mut fraction, &[tone], RATE, 512, &[]);
        let late = delay + fraction.latency_frames() as f64;
        let w = 2.0 * std::f64::consts::PI * hz / f64::from(RATE);
        let worst = (2_000..20_000)
            .map(|i| (out[0][i] - 0.5 * libm::sin(w * (i as f64 - late))).abs())
            .fold(0.0, f64::max);
        assert!(
            db(worst / 0.5) < -80.0,
            "{delay} at {hz}: {} dB",
            db(worst / 0.5)
        );
    }
}
