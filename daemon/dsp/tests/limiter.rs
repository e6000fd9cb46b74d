//! The limiter's ceiling, measured by another interpolator at 64 points per sample.
mod signals;

use dsp::{
    Character, Gain, Limiter, LimiterSettings, Listen, PeakResolution, Processor, Resampler,
    db_to_gain,
};
use signals::{db, figure, fit_sine, noise, reference_true_peak, run, sine, song};

fn limited(channels: &[Vec<f64>], drive_db: f64, rate_hz: u32) -> (Vec<Vec<f64>>, Limiter) {
    limited_at(PeakResolution::default(), channels, drive_db, rate_hz)
}

fn limited_at(
    resolution: PeakResolution,
    channels: &[Vec<f64>],
    drive_db: f64,
    rate_hz: u32,
) -> (Vec<Vec<f64>>, Limiter) {
    let driven = run(&mut Gain::new(drive_db), channels, rate_hz, 4096, &[]);
    let mut limiter = Limiter::new(LimiterSettings {
        resolution,
        ..LimiterSettings::default()
    });
    let mut tail = driven;
    tail.iter_mut().for_each(|c| c.extend([0.0; 2048]));
    (run(&mut limiter, &tail, rate_hz, 4096, &[]), limiter)
}

fn converted_peak(samples: &[f64], rate_hz: u32) -> f64 {
    let mut converter = Resampler::new(rate_hz, 16 * rate_hz, 1, samples.len()).unwrap();
    let mut room = vec![0.0; converter.max_output_frames()];
    let frames = converter.process(&[samples], &mut [&mut room[..]]);
    room[..frames].iter().fold(0.0, |peak, x| peak.max(x.abs()))
}

fn check_ceiling(
    name: &str,
    channels: &[Vec<f64>],
    drive_db: f64,
    rate_hz: u32,
    [over_db, by_conversion_db]: [f64; 2],
) {
    let (out, limiter) = limited(channels, drive_db, rate_hz);
    let peak = out
        .iter()
        .map(|c| db(reference_true_peak(c)))
        .fold(f64::MIN, f64::max);
    // A third opinion: sixteenfold conversion, whose filter begins to cut at 0.466 of the rate.
    let converted = out
        .iter()
        .map(|c| db(converted_peak(c, rate_hz)))
        .fold(f64::MIN, f64::max);
    println!("{name}: {converted:.4} dBTP by conversion");
    assert!(
        converted <= -1.0 + by_conversion_db,
        "{name}: {converted} dBTP by conversion"
    );
    let deepest = limiter.gain_reduction().unwrap().max_db;
    println!("{name}: {peak:.4} dBTP for a ceiling of -1, {deepest:.2} dB deepest");
    assert!(
        deepest > 1.0,
        "{name}: the limiter must have worked to prove anything"
    );
    assert!(peak <= -1.0 + over_db, "{name}: {peak} dBTP");
}

#[test]
fn a_song_driven_hard_stays_below_the_ceiling() {
    let song = song(48_000 * 4, 48_000);
    // The bar is 0.05 dB, at 64 points per sample; conversion cuts close to Nyquist and reads something else.
    for drive in [8.0, 14.0] {
        check_ceiling("song", &song, drive, 48_000, [0.01, 0.02]);
    }
    let song = signals::song(44_100 * 4, 44_100);
    check_ceiling("song at 44.1", &song, 12.0, 44_100, [0.01, 0.03]);
}

#[test]
fn torture_stays_below_the_ceiling() {
    let rate = 44_100;
    let frames = 44_100;
    let burst = |hz: f64| -> Vec<f64> {
        let tone = sine(frames, hz, rate, 1.0);
        tone.iter()
            .enumerate()
            .map(|(i, x)| if i / 700 % 2 == 0 { *x } else { x * 0.1 })
            .collect()
    };
    let square = |half: usize| -> Vec<f64> {
        (0..frames)
            .map(|i| {
                if (i / half).is_multiple_of(2) {
                    1.0
                } else {
                    -1.0
                }
            })
            .collect()
    };
    // Whatever lies below 0.46 of the rate is held within 0.02 dB.
    let quarter = f64::from(rate) / 4.0;
    let shifted: Vec<f64> = (0..frames)
        .map(|i| libm::sin(std::f64::consts::PI * (i as f64 / 2.0 + 0.25)))
        .collect();
    check_ceiling("burst fs/4", &[burst(quarter)], 8.0, rate, [0.02, 0.02]);
    check_ceiling("fs/4 between samples", &[shifted], 8.0, rate, [0.02, 0.02]);
    check_ceiling(
        "burst fs/6",
        &[burst(f64::from(rate) / 6.0)],
        8.0,
        rate,
        [0.02, 0.02],
    );
    check_ceiling("burst 19 kHz", &[burst(19_000.0)], 8.0, rate, [0.02, 0.02]);
    check_ceiling("square 100", &[square(100)], 8.0, rate, [0.02, 0.02]);
    let saw: Vec<f64> = (0..frames)
        .map(|i| (i as f64 * 0.0025 % 1.0) * 2.0 - 1.0)
        .collect();
    check_ceiling("saw", &[saw], 8.0, rate, [0.02, 0.02]);
    // Full up to Nyquist itself, where every meter's filter reads something else: two filters, of 128
    // and of 257 taps, differ by 0.09 dB on white noise; conversion by 0.26 dB.
    check_ceiling(
        "noise",
        &[noise(frames, 3, 1.0), noise(frames, 4, 1.0)],
        8.0,
        rate,
        [0.02, 0.02],
    );
    check_ceiling("square 7", &[square(7)], 8.0, rate, [0.02, 0.02]);
}

#[test]
fn below_the_ceiling_it_is_a_bit_exact_delay() {
    let song = song(48_000, 48_000);
    let mut limiter = Limiter::new(LimiterSettings::default());
    let out = run(&mut limiter, &song, 48_000, 512, &[]);
    let latency = limiter.latency_frames() as usize;
    assert_eq!(limiter.gain_reduction().unwrap().max_db, 0.0);
    for (dry, wet) in song.iter().zip(&out) {
        assert!(wet[..latency].iter().all(|x| *x == 0.0));
        assert!(
            dry.iter()
                .zip(&wet[latency..])
                .all(|(d, w)| d.to_bits() == w.to_bits())
        );
    }
}

#[test]
fn after_a_peak_the_gain_returns_to_exactly_one() {
    let mut burst = vec![0.25; 48_000 * 20];
    burst[1000] = 2.0;
    let mut limiter = Limiter::new(LimiterSettings::default());
    let out = run(&mut limiter, &[burst], 48_000, 4096, &[]);
    assert!(limiter.gain_reduction().unwrap().max_db > 5.0);
    assert_eq!(out[0].last().unwrap().to_bits(), 0.25f64.to_bits());
}

#[test]
fn a_steady_tone_is_turned_down_cleanly() {
    let rate = 48_000;
    // Bars of the engine's issue: −140 dB at 997 Hz and −70 dB at 50 Hz, THD and noise.
    // And mirror images of 10 kHz at 6 dB of reduction: −100 dB.
    for (hz, bar) in [(997.0, -140.0), (50.0, -70.0), (10_000.0, -100.0)] {
        let tone = sine(rate as usize * 6, hz, rate, db_to_gain(7.0));
        let mut limiter = Limiter::new(LimiterSettings::default());
        let out = run(&mut limiter, &[tone], rate, 4096, &[]);
        let (level, rest) = fit_sine(&out[0][rate as usize * 5..], hz, rate);
        println!(
            "{hz} Hz: level {:.4} dB, rest {:.1} dB",
            db(level),
            db(rest / level)
        );
        let what = format!("limiter: THD+N (10 kHz: images) of {hz} Hz, dB");
        figure(&what, db(rest / level), &bar.to_string());
        assert!((db(level) + 1.0).abs() < 0.1);
        assert!(db(rest / level) < bar, "{hz} Hz: {} dB", db(rest / level));
    }
}

#[test]
fn channels_are_turned_down_together() {
    let loud = sine(48_000, 440.0, 48_000, 2.0);
    let quiet = vec![0.1; 48_000];
    let mut limiter = Limiter::new(LimiterSettings::default());
    let out = run(&mut limiter, &[loud, quiet], 48_000, 4096, &[]);
    let gain = out[1][40_000] / 0.1;
    assert!(
        (db(gain) - (-1.0 - db(2.0))).abs() < 0.05,
        "{} dB",
        db(gain)
    );
}

#[test]
fn every_character_holds_the_ceiling() {
    let song = song(48_000 * 2, 48_000);
    for character in [Character::Transparent, Character::Punchy, Character::Dense] {
        for (lookahead_ms, link) in [(0.1, 1.0), (2.0, 0.0), (20.0, 0.6)] {
            let driven = run(&mut Gain::new(10.0), &song, 48_000, 4096, &[]);
            let mut limiter = Limiter::new(LimiterSettings {
                character,
                lookahead_ms,
                link,
                ..Default::default()
            });
            let out = run(&mut limiter, &driven, 48_000, 4096, &[]);
            let peak = out
                .iter()
                .map(|c| db(reference_true_peak(c)))
                .fold(f64::MIN, f64::max);
            // So short a look-ahead bends the wave itself, which rings close to Nyquist.
            let over = if lookahead_ms < 1.0 { 0.05 } else { 0.02 };
            assert!(
                peak <= -1.0 + over,
                "{character:?}, {lookahead_ms} ms: {peak} dBTP"
            );
        }
    }
}

#[test]
fn a_denser_character_is_louder() {
    let song = song(48_000 * 4, 48_000);
    let level = |character| {
        let driven = run(&mut Gain::new(12.0), &song, 48_000, 4096, &[]);
        let settings = LimiterSettings {
            character,
            ..Default::default()
        };
        let out = run(&mut Limiter::new(settings), &driven, 48_000, 4096, &[]);
        db(out.iter().flatten().map(|x| x * x).sum::<f64>()) / 2.0
    };
    let [transparent, dense] = [Character::Transparent, Character::Dense].map(level);
    assert!(dense > transparent + 0.2, "{transparent} and {dense} dB");
}

#[test]
fn unlinked_channels_do_not_duck_for_each_other() {
    let (loud, quiet) = (sine(48_000, 440.0, 48_000, 2.0), vec![0.1; 48_000]);
    let right = |link| {
        let settings = LimiterSettings {
            link,
            ..Default::default()
        };
        let out = run(
            &mut Limiter::new(settings),
            &[loud.clone(), quiet.clone()],
            48_000,
            512,
            &[],
        );
        out[1][40_000] / 0.1
    };
    assert_eq!(right(0.0), 1.0);
    // Half-way, the quiet channel counts as 1.05: just above the ceiling of 0.89.
    assert!((right(0.5) - 0.891 / 1.05).abs() < 0.01, "{}", right(0.5));
}

#[test]
fn delta_is_what_was_taken_away() {
    let song = song(48_000, 48_000);
    let driven = run(&mut Gain::new(8.0), &song, 48_000, 4096, &[]);
    let with = |listen| {
        let mut limiter = Limiter::new(LimiterSettings {
            listen,
            ..Default::default()
        });
        let out = run(&mut limiter, &driven, 48_000, 4096, &[]);
        (out, usize::try_from(limiter.latency_frames()).unwrap())
    };
    let ((out, late), (delta, _)) = (with(Listen::Output), with(Listen::Delta));
    assert!(delta[0].iter().any(|x| x.abs() > 0.1));
    for ((out, delta), dry) in out.iter().zip(&delta).zip(&driven) {
        let sums = out[late..].iter().zip(&delta[late..]).zip(dry);
        assert!(
            sums.into_iter()
                .all(|((o, d), x)| (o + d - x).abs() < 1e-15)
        );
    }
}

const RESOLUTIONS: [PeakResolution; 4] = [
    PeakResolution::X4,
    PeakResolution::X8,
    PeakResolution::X16,
    PeakResolution::X32,
];

#[test]
fn every_oversampling_holds_the_ceiling() {
    let (rate, frames) = (44_100, 22_050);
    // Just off fs/4, fs/6 and near Nyquist, so that the top of the wave visits every place between samples.
    let tones = [11_031.0, 7_353.0, 15_111.0, 19_973.0];
    let bursts = tones.map(|hz| -> Vec<f64> {
        let tone = sine(frames, hz, rate, 1.0).into_iter().enumerate();
        tone.map(|(i, x)| if i / 700 % 2 == 0 { x } else { x * 0.1 })
            .collect()
    });
    let mut cases: Vec<Vec<Vec<f64>>> = bursts.map(|burst| vec![burst]).into();
    cases.push(vec![noise(frames, 3, 1.0), noise(frames, 4, 1.0)]);
    let square = (0..frames).map(|i| if i / 7 % 2 == 0 { 1.0 } else { -1.0 });
    cases.push(vec![square.collect()]);
    cases.push(signals::song(2 * 44_100, rate));
    for resolution in RESOLUTIONS {
        let mut worst = f64::MIN;
        for (case, channels) in cases.iter().enumerate() {
            let drive_db = if case == 6 { 12.0 } else { 8.0 };
            let (out, limiter) = limited_at(resolution, channels, drive_db, rate);
            let peaks = out.iter().map(|c| db(reference_true_peak(c)));
            let peak = peaks.fold(f64::MIN, f64::max);
            println!("{resolution:?}, case {case}: {peak:.4} dBTP for a ceiling of -1");
            assert!(limiter.gain_reduction().unwrap().max_db > 1.0);
            // The bar of the engine's figures, at 64 points per sample.
            assert!(peak <= -0.95, "{resolution:?}, case {case}: {peak} dBTP");
            worst = worst.max(peak + 1.0);
        }
        let what = format!("limiter at {resolution:?}: over its ceiling on music and torture, dB");
        figure(&what, worst, "0.05");
    }
}

#[test]
fn the_release_does_not_depend_on_the_oversampling() {
    // A burst whose tops lie on samples, so that every resolution reads the same; then a tone that shows the gain.
    let rate = 48_000;
    let signal: Vec<f64> = (0..rate as usize * 2)
        .map(|i| {
            let burst = if i < 24_000 { 2.5 } else { 0.05 };
            burst * libm::sin(std::f64::consts::FRAC_PI_2 * i as f64)
        })
        .collect();
    let with = |resolution| {
        let (out, limiter) = limited_at(resolution, std::slice::from_ref(&signal), 0.0, rate);
        (out[0].clone(), limiter.latency_frames())
    };
    let (usual, late) = with(PeakResolution::X8);
    let tops = || (24_001 + late as usize..60_000).step_by(2);
    assert!(tops().any(|i| usual[i].abs() < 0.04), "there is a release");
    let mut worst = 0.0_f64;
    for resolution in RESOLUTIONS {
        let (out, other_late) = with(resolution);
        assert_eq!(late, other_late, "{resolution:?}");
        for i in tops() {
            let apart = db(out[i].abs().max(1e-9)) - db(usual[i].abs().max(1e-9));
            worst = worst.max(apart.abs());
            assert!(apart.abs() < 0.01, "{resolution:?}, frame {i}: {apart} dB");
        }
    }
    let what = "limiter: release at 4 to 32 times apart, dB";
    figure(what, worst, "independent");
}
