//! The meter against the `ebur128` crate, at many rates, in any blocks, and fed with nonsense.

mod support;

use measure::{MeasureError, Measurements, Meter};
use proptest::prelude::*;

fn measured(rate_hz: u32, planar: &[Vec<f64>], block: usize) -> Measurements {
    let mut meter = Meter::new(rate_hz, u32::try_from(planar.len()).unwrap()).unwrap();
    let mut from = 0;
    while from < planar[0].len() {
        let to = (from + block).min(planar[0].len());
        let slices: Vec<&[f64]> = planar.iter().map(|c| &c[from..to]).collect();
        meter.feed(&slices);
        from = to;
    }
    meter.finish()
}

#[track_caller]
fn near(name: &str, ours: Option<f64>, theirs: f64, tolerance: f64) {
    let ours = ours.expect(name);
    assert!(
        (ours - theirs).abs() <= tolerance,
        "{name}: {ours} against {theirs}"
    );
}

#[test]
fn music_reads_as_the_ebur128_crate_reads_it() {
    for (rate_hz, seed) in [(44_100, 1), (48_000, 2), (96_000, 3), (32_000, 4)] {
        let planar = support::render(support::Piece {
            rate_hz,
            seed,
            seconds: 24.0,
            ..Default::default()
        });
        let mode = ebur128::Mode::I | ebur128::Mode::LRA | ebur128::Mode::S | ebur128::Mode::M;
        let mut theirs = ebur128::EbuR128::new(2, rate_hz, mode).unwrap();
        let (mut momentary, mut short_term) = (f64::MIN, f64::MIN);
        let hop = rate_hz as usize / 100;
        for (index, (l, r)) in planar[0].chunks(hop).zip(planar[1].chunks(hop)).enumerate() {
            theirs.add_frames_planar_f64(&[l, r]).unwrap();
            if index >= 39 && l.len() == hop {
                momentary = momentary.max(theirs.loudness_momentary().unwrap());
            }
            if index >= 299 && l.len() == hop {
                short_term = short_term.max(theirs.loudness_shortterm().unwrap());
            }
        }
        let ours = measured(rate_hz, &planar, 4096);
        // Same filters, same windows; the gate falls into a step of 0.01 LU at most.
        near(
            "integrated",
            ours.integrated_lufs,
            theirs.loudness_global().unwrap(),
            0.005,
        );
        near("momentary", ours.max_momentary_lufs, momentary, 0.001);
        near("short-term", ours.max_short_term_lufs, short_term, 0.001);
        // Theirs looks every second (66 % overlap, allowed by Tech 3342), ours every 100 ms.
        near("range", ours.lra_lu, theirs.loudness_range().unwrap(), 0.5);
    }
}

/// 20 s at −20 LUFS and 20 s at −30: the range is 10 LU wide and its top is the louder half (Tech 3341's tone, both channels).
#[test]
fn the_top_of_the_range_is_what_the_loudest_part_reads() {
    let tone = |n: u32| {
        let level = if n < 20 * 48_000 { -20.0 } else { -30.0 };
        let x = 2.0 * std::f64::consts::PI * 1000.0 * f64::from(n) / 48_000.0;
        10_f64.powf(level / 20.0) * x.sin()
    };
    let row: Vec<f64> = (0..40 * 48_000).map(tone).collect();
    let ours = measured(48_000, &[row.clone(), row], 4096);
    // The tolerance of Tech 3341 for its tones.
    near("top", ours.range_top_lufs, -20.0, 0.1);
    near("range", ours.lra_lu, 10.0, 0.1);
}

#[test]
fn a_steady_tone_reads_the_same_at_every_rate() {
    for rate_hz in [
        8_000, 11_025, 22_050, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 352_800, 384_000,
    ] {
        let tone: Vec<f64> = (0..rate_hz * 4)
            .map(|n| {
                0.1 * (2.0 * std::f64::consts::PI * 997.0 * f64::from(n) / f64::from(rate_hz)).sin()
            })
            .collect();
        let m = measured(rate_hz, &[tone.clone(), tone], 1000);
        // 997 Hz at -20 dBFS on two channels is -20 LUFS (BS.1770: 0 dB on one reads -3.01); at
        // other rates than 48 kHz the shelf's curve differs by a little, as in `ebur128`.
        near(
            &format!("{rate_hz} Hz"),
            m.integrated_lufs,
            -20.0,
            if rate_hz < 44_100 { 0.1 } else { 0.04 },
        );
        // The tone starts and ends abruptly, which overshoots a little when it is played.
        near("peak", m.true_peak_dbtp, -20.0, 0.1);
        near("rms", m.rms_aes17_dbfs, -20.0, 0.01);
        near("crest", m.crest_db, 3.01, 0.02);
        near("correlation", m.correlation, 1.0, 1.0e-9);
    }
}

#[test]
fn every_channel_weighs_what_the_standard_gives_it_from_mono_to_5_1() {
    // BS.1770-5, table 4: front 1, surround 1.41, which is 1.49 LU; the low-frequency channel does not count.
    let (front, surround) = (Some(0.0), Some(10.0 * 1.41_f64.log10()));
    let layouts: [&[Option<f64>]; 4] = [
        &[front],
        &[front, front],
        &[front, front, front, surround, surround],
        &[front, front, front, None, surround, surround],
    ];
    // 997 Hz at full scale reads -3.01 LKFS on one front channel (annex 1).
    let tone: Vec<f64> = (0..48_000 * 3)
        .map(|n| 0.1 * (f64::from(n) * 997.0 / 48_000.0 * std::f64::consts::TAU).sin())
        .collect();
    for layout in layouts {
        for (sounding, weight) in layout.iter().enumerate() {
            let mut planar = vec![vec![0.0; tone.len()]; layout.len()];
            planar[sounding].clone_from(&tone);
            let read = measured(48_000, &planar, 4096).integrated_lufs;
            match weight {
                Some(weight) => near("integrated", read, -23.01 + weight, 0.01),
                None => assert_eq!(read, None),
            }
        }
    }
}

#[test]
fn digital_silence_and_nothing_at_all_have_no_levels() {
    for frames in [0, 10, 48_000] {
        let m = measured(48_000, &[vec![0.0; frames], vec![0.0; frames]], 512);
        assert_eq!(
            (m.integrated_lufs, m.true_peak_dbtp, m.lra_lu),
            (None, None, None)
        );
        assert_eq!(
            (m.sample_peak_dbfs, m.plr_lu, m.correlation),
            (None, None, None)
        );
        assert_eq!(m.frames, frames as u64);
    }
}

#[test]
fn formats_outside_the_promise_are_refused() {
    assert_eq!(
        Meter::new(7_999, 2).unwrap_err(),
        MeasureError::Rate { rate_hz: 7_999 }
    );
    assert_eq!(
        Meter::new(384_001, 2).unwrap_err(),
        MeasureError::Rate { rate_hz: 384_001 }
    );
    assert_eq!(
        Meter::new(48_000, 0).unwrap_err(),
        MeasureError::Channels { channels: 0 }
    );
    assert_eq!(
        Meter::new(48_000, 33).unwrap_err(),
        MeasureError::Channels { channels: 33 }
    );
}

#[test]
fn samples_that_are_no_numbers_do_not_spoil_the_rest() {
    let mut planar = support::render(support::Piece {
        seconds: 6.0,
        ..Default::default()
    });
    let clean = measured(48_000, &planar, 4096);
    planar[0][100] = f64::NAN;
    planar[0][101] = f64::INFINITY;
    planar[1][200] = f64::NEG_INFINITY;
    let m = measured(48_000, &planar, 4096);
    assert_eq!(m.non_finite_samples, 3);
    near(
        "integrated",
        m.integrated_lufs,
        clean.integrated_lufs.unwrap(),
        0.01,
    );
    planar[0][102] = 1.0e300;
    let m = measured(48_000, &planar, 4096);
    assert!(m.integrated_lufs.unwrap().is_finite() && m.true_peak_dbtp.unwrap().is_finite());
}

#[test]
fn measurements_survive_the_way_through_json() {
    let planar = support::render(support::Piece {
        seconds: 5.0,
        ..Default::default()
    });
    let m = measured(48_000, &planar, 4096);
    let text = serde_json::to_string(&m).unwrap();
    let back: Measurements = serde_json::from_str(&text).unwrap();
    // Without `float_roundtrip` the parser may be off by the last bit.
    near(
        "integrated",
        back.integrated_lufs,
        m.integrated_lufs.unwrap(),
        1.0e-12,
    );
    assert_eq!(
        (back.frames, &back.per_channel.len()),
        (m.frames, &m.per_channel.len())
    );
    assert!(text.contains("\"integrated_lufs\":") && text.contains("\"true_peak_dbtp\":"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// However the stream is cut up, every figure is the same to the last bit.
    #[test]
    fn the_figures_do_not_depend_on_the_blocks(block in 1_usize..6000, rate_hz in prop::sample::select(vec![22_050_u32, 44_100, 48_000])) {
        let planar = support::render(support::Piece { rate_hz, seconds: 4.3, ..Default::default() });
        prop_assert_eq!(measured(rate_hz, &planar, block), measured(rate_hz, &planar, 4096));
    }
}
