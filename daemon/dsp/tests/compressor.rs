//! The compressor's curves, ballistics and ways of listening, on signals with known answers.
mod signals;

use dsp::{
    Compressor, CompressorSettings, Detector, Direction, Domain, Processor, Release, Topology,
    db_to_gain,
};
use signals::{db, fit_sine, run, sine, song};

const RATE: u32 = 48_000;

/// A plain 4 : 1 from −20 dBFS.
fn plain() -> CompressorSettings {
    CompressorSettings {
        threshold_db: -20.0,
        ratio: 4.0,
        knee_db: 0.0,
        attack_ms: 2.0,
        release_ms: 100.0,
        release: Release::Fixed,
        sidechain_highpass_hz: 0.0,
        ..Default::default()
    }
}

/// A tone of this RMS level.
fn tone(frames: usize, hz: f64, rms_db: f64) -> Vec<f64> {
    sine(frames, hz, RATE, db_to_gain(rms_db) * 2.0f64.sqrt())
}

/// Steady gain in dB on a tone of this RMS level.
fn steady_db(settings: CompressorSettings, hz: f64, rms_db: f64) -> f64 {
    let tone = tone(192_000, hz, rms_db);
    let before = fit_sine(&tone[144_000..], hz, RATE).0;
    let out = run(&mut Compressor::new(settings), &[tone], RATE, 512, &[]);
    db(fit_sine(&out[0][144_000..], hz, RATE).0 / before)
}

fn check(what: &str, got: f64, wanted: f64, within: f64) {
    assert!((got - wanted).abs() <= within, "{what}: {got} for {wanted}");
}

#[test]
fn feed_back_follows_the_same_ratio_as_feed_forward() {
    for rms_db in [-26.0, -16.0, -10.0, -4.0] {
        let wanted = -0.75 * f64::max(rms_db + 20.0, 0.0);
        for topology in [Topology::FeedForward, Topology::FeedBack] {
            let settings = CompressorSettings {
                topology,
                ..plain()
            };
            // The averaged power ripples at twice the tone.
            check(
                &format!("{topology:?} at {rms_db}"),
                steady_db(settings, 1_000.0, rms_db),
                wanted,
                0.15,
            );
        }
    }
}

#[test]
fn an_expander_turns_down_what_is_below_and_no_further_than_its_range() {
    let settings = CompressorSettings {
        direction: Direction::Expand,
        threshold_db: -30.0,
        ratio: 2.0,
        range_db: 12.0,
        ..plain()
    };
    for (rms_db, wanted) in [(-20.0, 0.0), (-35.0, -5.0), (-38.0, -8.0), (-60.0, -12.0)] {
        check(
            "expander",
            steady_db(settings, 1_000.0, rms_db),
            wanted,
            0.15,
        );
    }
}

#[test]
fn the_loudness_detector_reads_lufs() {
    // BS.1770: a 997 Hz sine at 0 dBFS peak in one channel is −3.01 LUFS; here the threshold is −23.
    let settings = CompressorSettings {
        detector: Detector::Loudness,
        threshold_db: -23.0,
        ..plain()
    };
    for lufs in [-30.0, -17.0, -11.0] {
        let wanted = -0.75 * f64::max(lufs + 23.0, 0.0);
        check("loudness", steady_db(settings, 997.0, lufs), wanted, 0.02);
    }
}

#[test]
fn the_peak_detector_holds_what_it_is_told_to_hold() {
    let hold = CompressorSettings {
        detector: Detector::Peak,
        hold_ms: 100.0,
        attack_ms: 0.1,
        ..plain()
    };
    let level = |settings: CompressorSettings, at: usize| {
        let mut signal = vec![0.01; 48_000];
        signal[10_000..10_480].fill(1.0);
        let out = run(&mut Compressor::new(settings), &[signal], RATE, 512, &[]);
        db(out[0][at] / 0.01)
    };
    // 15 dB, reached to 1e-6 after 10 ms of peak, kept for 100 ms, then 1/e after another 100 ms.
    check("held", level(hold, 10_480 + 4_790), -15.0, 1e-6);
    let after = level(hold, 10_480 + 4_800 + 4_800);
    check("let go", after, -15.0 / std::f64::consts::E, 0.02);
    let plain = level(
        CompressorSettings {
            hold_ms: 0.0,
            ..hold
        },
        10_480 + 4_799,
    );
    check("without hold", plain, -15.0 / std::f64::consts::E, 0.02);
}

#[test]
fn look_ahead_is_latency_and_arrives_before_the_peak() {
    let settings = CompressorSettings {
        detector: Detector::Peak,
        lookahead_ms: 10.0,
        attack_ms: 1.0,
        ..plain()
    };
    let mut signal = vec![0.01; 20_000];
    signal[10_000..].fill(1.0);
    let mut compressor = Compressor::new(settings);
    let out = run(&mut compressor, &[signal], RATE, 512, &[]);
    assert_eq!(compressor.latency_frames(), 480);
    assert_eq!(out[0][480 + 9_000], 0.01);
    // Ten time constants before the step: all of the 15 dB but 1/e¹⁰.
    check(
        "first loud frame",
        db(out[0][480 + 10_000]),
        -15.0,
        15.0 * 5e-5,
    );
}

#[test]
fn a_programme_release_lets_go_more_slowly_after_sustained_compression() {
    let recovery = |loud_frames: usize, release| {
        let settings = CompressorSettings {
            detector: Detector::Peak,
            release,
            ..plain()
        };
        let mut signal = vec![1.0; loud_frames];
        signal.extend(vec![0.01; 48_000]);
        let out = run(&mut Compressor::new(settings), &[signal], RATE, 512, &[]);
        let quiet = out[0][loud_frames..].iter();
        quiet.take_while(|x| db(**x / 0.01) < -3.0).count()
    };
    let fixed = recovery(96_000, Release::Fixed);
    assert_eq!(fixed, recovery(96_000, Release::Fixed));
    // 15 dB to 3 dB with 100 ms: ln 5 time constants.
    check("fixed", fixed as f64, 0.1 * 48_000.0 * libm::log(5.0), 20.0);
    let (short, long) = (
        recovery(960, Release::Programme),
        recovery(96_000, Release::Programme),
    );
    assert!(long > 2 * short, "{short} and {long} frames");
}

#[test]
fn the_link_says_how_much_one_channel_ducks_for_the_other() {
    let (loud, quiet) = (tone(96_000, 1_000.0, -6.0), tone(96_000, 1_700.0, -40.0));
    let right = |link: f64| {
        let settings = CompressorSettings { link, ..plain() };
        let out = run(
            &mut Compressor::new(settings),
            &[loud.clone(), quiet.clone()],
            RATE,
            512,
            &[],
        );
        db(fit_sine(&out[1][48_000..], 1_700.0, RATE).0
            / fit_sine(&quiet[48_000..], 1_700.0, RATE).0)
    };
    // Linked: the mean of both, 3 dB under the loud one. Half linked: half of that power.
    check("linked", right(1.0), -0.75 * 10.99, 0.1);
    check("half linked", right(0.5), -0.75 * (10.99 - 3.01), 0.1);
    check("alone", right(0.0), 0.0, 1e-9);
}

#[test]
fn mid_side_leaves_the_mid_alone_when_only_the_side_is_loud() {
    let (mid, side) = (tone(96_000, 500.0, -40.0), tone(96_000, 1_900.0, -8.0));
    let left: Vec<f64> = mid.iter().zip(&side).map(|(m, s)| m + s).collect();
    let right: Vec<f64> = mid.iter().zip(&side).map(|(m, s)| m - s).collect();
    let settings = CompressorSettings {
        domain: Domain::MidSide,
        link: 0.0,
        ..plain()
    };
    let out = run(
        &mut Compressor::new(settings),
        &[left, right],
        RATE,
        512,
        &[],
    );
    let of = |sign: f64| -> Vec<f64> {
        let both = out[0].iter().zip(&out[1]);
        both.map(|(l, r)| 0.5 * (l + sign * r))
            .skip(48_000)
            .collect()
    };
    check(
        "mid",
        db(fit_sine(&of(1.0), 500.0, RATE).0 / fit_sine(&mid[48_000..], 500.0, RATE).0),
        0.0,
        1e-9,
    );
    check(
        "side",
        db(fit_sine(&of(-1.0), 1_900.0, RATE).0 / fit_sine(&side[48_000..], 1_900.0, RATE).0),
        -9.0,
        0.1,
    );
}

#[test]
fn the_side_chain_filters_decide_what_is_heard() {
    // Slow enough not to follow the tone's own waves.
    let plain = || CompressorSettings {
        attack_ms: 80.0,
        release_ms: 80.0,
        ..plain()
    };
    let gain = |hz: f64, settings: CompressorSettings| steady_db(settings, hz, -10.0);
    let deaf_above = CompressorSettings {
        sidechain_lowpass_hz: 200.0,
        ..plain()
    };
    check("low", gain(60.0, deaf_above), -7.5, 0.3);
    check("high", gain(8_000.0, deaf_above), 0.0, 1e-9);
    let keen = CompressorSettings {
        sidechain_bell: [3_000.0, 6.0],
        ..plain()
    };
    check("keen", gain(3_000.0, keen), -0.75 * 16.0, 0.15);
    check("elsewhere", gain(100.0, keen), -7.5, 0.2);
}

#[test]
fn auto_make_up_gives_the_loudness_back() {
    let song = song(RATE as usize * 12, RATE);
    let settings = CompressorSettings {
        threshold_db: -30.0,
        ratio: 3.0,
        auto_makeup: true,
        ..Default::default()
    };
    let out = run(&mut Compressor::new(settings), &song, RATE, 512, &[]);
    let without = CompressorSettings {
        auto_makeup: false,
        ..settings
    };
    let plain = run(&mut Compressor::new(without), &song, RATE, 512, &[]);
    // Power of the last seconds stands for loudness: the mix's spectrum hardly changes.
    let level = |x: &[Vec<f64>]| {
        let tail = x.iter().flat_map(|c| &c[RATE as usize * 6..]);
        0.5 * db(tail.map(|x| x * x).sum::<f64>())
    };
    assert!(
        level(&plain) < level(&song) - 3.0,
        "it must compress to prove anything"
    );
    check("given back", level(&out), level(&song), 0.7);
}
