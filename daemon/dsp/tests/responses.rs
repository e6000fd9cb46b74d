//! Frequency responses, measured on the audio and compared with closed forms.
mod signals;

use dsp::{
    Band, BandShape, Compressor, CompressorSettings, Detector, Equaliser, Highpass, Processor,
    Slope, bell, db_to_gain, high_shelf, low_shelf, response_db,
};
use signals::{db, fit_sine, run, sine};

/// Gain in dB of a processor at one frequency, from its output.
fn measured_db(processor: &mut dyn Processor, hz: f64, rate_hz: u32) -> f64 {
    let tone = sine(rate_hz as usize * 2, hz, rate_hz, 0.1);
    let out = run(processor, &[tone], rate_hz, 4096, &[]);
    db(fit_sine(&out[0][rate_hz as usize..], hz, rate_hz).0 / 0.1)
}

#[test]
fn a_bell_has_its_gain_at_its_centre() {
    for (hz, gain_db, q) in [(60.0, 3.0, 1.0), (1_000.0, -6.0, 2.0), (12_000.0, 2.0, 0.7)] {
        let band = Band::new(BandShape::Bell, hz, gain_db, q);
        let got = measured_db(&mut Equaliser::new(&[band]), hz, 44_100);
        // Exact where one section does it, within the fit where two do.
        assert!((got - gain_db).abs() < 1e-3, "{hz} Hz: {got} dB");
    }
}

#[test]
fn shelves_reach_their_gain_and_half_of_it_at_the_corner() {
    let shelf = |shape, hz| Equaliser::new(&[Band::new(shape, hz, 4.0, 0.707)]);
    let low = |hz| measured_db(&mut shelf(BandShape::LowShelf, 200.0), hz, 48_000);
    let high = |hz| measured_db(&mut shelf(BandShape::HighShelf, 5_000.0), hz, 48_000);
    assert!((low(10.0) - 4.0).abs() < 0.01 && (low(200.0) - 2.0).abs() < 1e-6);
    assert!(low(10_000.0).abs() < 0.01, "{}", low(10_000.0));
    assert!((high(20_000.0) - 4.0).abs() < 0.1 && (high(5_000.0) - 2.0).abs() < 1e-6);
    assert!(high(50.0).abs() < 0.01);
}

#[test]
fn a_cut_undoes_the_boost() {
    for design in [bell, low_shelf, high_shelf] {
        let (up, down) = (
            design(3_000.0, 5.0, 0.9, 44_100),
            design(3_000.0, -5.0, 0.9, 44_100),
        );
        for hz in [20.0, 300.0, 3_000.0, 9_000.0, 20_000.0] {
            let both = response_db(&[up, down].concat(), hz, 44_100);
            assert!(both.abs() < 1e-9, "{hz} Hz: {both} dB");
        }
    }
}

#[test]
fn the_rumble_filter_falls_as_stated() {
    for (slope, per_octave) in [(Slope::Db12, 12.04), (Slope::Db24, 24.08)] {
        let at = |hz| measured_db(&mut Highpass::new(80.0, slope), hz, 48_000);
        assert!((at(80.0) + 3.0103).abs() < 0.001, "{}", at(80.0));
        let fall = at(20.0) - at(10.0);
        assert!((fall - per_octave).abs() < 0.1, "{fall} dB per octave");
        assert!(at(1_000.0).abs() < 0.001);
    }
    let out = run(
        &mut Highpass::new(30.0, Slope::Db24),
        &[vec![0.5; 96_000]],
        48_000,
        512,
        &[],
    );
    assert!(
        out[0][95_000..].iter().all(|x| x.abs() < 1e-9),
        "DC is removed"
    );
}

#[test]
fn the_compressor_follows_its_curve() {
    let settings = CompressorSettings {
        threshold_db: -20.0,
        ratio: 4.0,
        knee_db: 6.0,
        attack_ms: 5.0,
        release_ms: 50.0,
        detector: Detector::Rms,
        sidechain_highpass_hz: 0.0,
        ..Default::default()
    };
    // A sine of amplitude A has an RMS of A/√2. Above the knee: a quarter of the excess remains;
    // at the threshold the knee takes slope · knee / 8; below the knee nothing.
    for (rms_db, expected) in [(-8.0, 9.0), (-20.0, 0.75 * 6.0 / 8.0), (-30.0, 0.0)] {
        let tone = sine(96_000, 1_000.0, 48_000, db_to_gain(rms_db) * 2.0f64.sqrt());
        let before = fit_sine(&tone[48_000..], 1_000.0, 48_000).0;
        let out = run(&mut Compressor::new(settings), &[tone], 48_000, 4096, &[]);
        let after = fit_sine(&out[0][48_000..], 1_000.0, 48_000).0;
        let reduction = db(before) - db(after);
        // The detector ripples at 2 kHz, which ballistics turn into a slightly higher reading.
        assert!(
            (reduction - expected).abs() < 0.15,
            "{rms_db} dBFS: {reduction} dB"
        );
    }
}

#[test]
fn the_compressor_listens_to_its_key() {
    let mut compressor = Compressor::new(CompressorSettings {
        threshold_db: -30.0,
        ratio: 4.0,
        ..Default::default()
    });
    compressor.prepare(
        dsp::Spec {
            rate_hz: 48_000,
            channels: 1,
        },
        24_000,
    );
    let (key, mut quiet) = (sine(24_000, 1_000.0, 48_000, 0.5), vec![0.001; 24_000]);
    compressor.process(&mut [&mut quiet[..]], Some(&[&key[..]]), &[]);
    assert!(
        quiet[23_999] < 0.0005,
        "the quiet block was turned down by the loud key"
    );
}
