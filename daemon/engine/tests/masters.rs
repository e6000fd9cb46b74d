//! Masters and conversions: integers, dither once, ceilings, lengths.
mod song;

use engine::*;
use measure::Meter;

fn limiter_only() -> Chain {
    Chain::new(vec![
        Stage::Gain(GainStage { gain_db: 9.0 }),
        Stage::Limiter(LimiterStage::new(-1.0, 4.0, 80.0)),
    ])
    .unwrap()
}

fn master(depth: Depth, seed: DitherSeed) -> (song::Kept, MasterReport) {
    let mut source = MemorySource::new(48_000, song::song(1.0, 48_000));
    let mut kept = song::Kept::default();
    let report = render_master(
        &mut source,
        &limiter_only(),
        depth,
        seed,
        &mut kept,
        &mut |_| (),
    )
    .unwrap();
    (kept, report)
}

fn true_peak_dbtp(channels: &[Vec<f64>], rate_hz: u32) -> f64 {
    let mut meter = Meter::new(rate_hz, channels.len() as u32).unwrap();
    let block: Vec<&[f64]> = channels.iter().map(|c| &c[..]).collect();
    meter.feed(&block);
    meter.finish().true_peak_dbtp.unwrap()
}

fn as_floats(ints: &[Vec<i32>], full_scale: f64) -> Vec<Vec<f64>> {
    ints.iter()
        .map(|c| c.iter().map(|x| f64::from(*x) / full_scale).collect())
        .collect()
}

#[test]
fn a_master_for_further_work_is_the_render_itself() {
    let mut source = MemorySource::new(48_000, song::song(1.0, 48_000));
    let mut rendered = MemorySink::default();
    render(&mut source, &limiter_only(), &mut rendered, &mut |_| ()).unwrap();
    let (kept, report) = master(Depth::Float64, DitherSeed(7));
    assert_eq!(kept.doubles, rendered.channels);
    assert_eq!(report.clipped_samples, 0);
}

#[test]
fn a_24_bit_master_is_the_render_within_one_and_a_half_steps() {
    let mut source = MemorySource::new(48_000, song::song(1.0, 48_000));
    let seed = content_seed(&mut source).unwrap();
    let mut render_sink = MemorySink::default();
    render(&mut source, &limiter_only(), &mut render_sink, &mut |_| ()).unwrap();
    let (kept, report) = master(Depth::Int24, seed);
    assert_eq!((report.clipped_samples, report.render.frames), (0, 48_000));
    for (exact, ints) in render_sink.channels.iter().zip(&kept.ints) {
        assert_eq!(exact.len(), ints.len());
        let worst = exact
            .iter()
            .zip(ints)
            .map(|(x, y)| (x * 8_388_608.0 - f64::from(*y)).abs())
            .fold(0.0, f64::max);
        // TPDF of one step either way, and half a step of rounding.
        assert!(worst <= 1.5 && worst > 0.5, "{worst} steps");
    }
    assert!(true_peak_dbtp(&as_floats(&kept.ints, 8_388_608.0), 48_000) <= -0.98);
}

#[test]
fn the_seed_decides_the_dither_and_the_content_decides_the_seed() {
    let (one, two) = (
        DitherSeed::from_checksum(b"one"),
        DitherSeed::from_checksum(b"two"),
    );
    assert_eq!(master(Depth::Int16, one).0, master(Depth::Int16, one).0);
    assert_ne!(master(Depth::Int16, one).0, master(Depth::Int16, two).0);
    let seed = |mix| content_seed(&mut MemorySource::new(48_000, mix)).unwrap();
    let mix = song::song(0.1, 48_000);
    let mut other = mix.clone();
    other[1][4_799] += 1e-9;
    assert_eq!(seed(mix.clone()), seed(mix.clone()));
    assert_ne!(seed(mix), seed(other));
}

#[test]
fn a_float_master_is_rounded_without_dither() {
    let (kept, report) = master(Depth::Float32, DitherSeed(1));
    assert_eq!(kept, master(Depth::Float32, DitherSeed(2)).0);
    assert_eq!(report.clipped_samples, 0);
    assert_eq!(kept.floats[0].len(), 48_000);
}

fn converted(
    mix: Vec<Vec<f64>>,
    from_hz: u32,
    settings: ConvertSettings,
) -> (song::Kept, ConvertReport) {
    let mut source = MemorySource::new(from_hz, mix);
    let mut kept = song::Kept::default();
    let report = convert(&mut source, settings, DitherSeed(5), &mut kept, &mut |_| ()).unwrap();
    (kept, report)
}

const CD: ConvertSettings = ConvertSettings {
    rate_hz: 44_100,
    depth: Depth::Int16,
    ceiling_dbtp: Some(-1.0),
    dither: DitherChoice {
        kind: DitherName::Triangular,
        auto_blank: false,
    },
    conversion: ConversionChoice::LinearPhase,
};

#[test]
fn a_cd_final_has_the_right_length_and_holds_the_ceiling() {
    // Steep edges at full level: conversion overshoots, so the limiter behind it has to work.
    let square: Vec<f64> = (0..48_001)
        .map(|i| if i / 61 % 2 == 0 { 0.85 } else { -0.85 })
        .collect();
    let (kept, report) = converted(vec![square.clone(), square], 48_000, CD);
    assert_eq!((report.frames_in, report.frames_out), (48_001, 44_101));
    assert_eq!(kept.ints[1].len(), 44_101);
    assert!(report.max_gain_reduction_db > 0.3, "{report:?}");
    let peak = true_peak_dbtp(&as_floats(&kept.ints, 32_768.0), 44_100);
    assert!(peak <= -1.0 + 0.02, "{peak} dBTP");
    assert_eq!(report.clipped_samples, 0);
}

#[test]
fn a_quiet_final_is_converted_and_dithered_and_nothing_else() {
    let rate = 48_000;
    let mix: Vec<f64> = (0..rate)
        .map(|i| 0.3 * libm::sin(std::f64::consts::TAU * 997.0 * f64::from(i) / f64::from(rate)))
        .collect();
    let (kept, report) = converted(vec![mix], 48_000, CD);
    assert_eq!(
        (report.max_gain_reduction_db, report.frames_out),
        (0.0, 44_100)
    );
    // The closed form of the tone at the new rate: what is left is dither, −96.3 dB.
    let noise: f64 = (5_000..39_000)
        .map(|i| 0.3 * libm::sin(std::f64::consts::TAU * 997.0 * i as f64 / 44_100.0))
        .zip(&kept.ints[0][5_000..39_000])
        .map(|(x, y)| (f64::from(*y) / 32_768.0 - x).powi(2))
        .sum();
    let rms_db = dsp::power_to_db(noise / 34_000.0);
    assert!((rms_db + 96.33).abs() < 0.1, "{rms_db} dB");
}

#[test]
fn the_same_rate_passes_samples_as_they_are() {
    let mix = song::song(0.5, 48_000);
    let settings = ConvertSettings {
        rate_hz: 48_000,
        depth: Depth::Float32,
        ceiling_dbtp: Some(-1.0),
        ..CD
    };
    let (kept, report) = converted(mix.clone(), 48_000, settings);
    assert_eq!(report.frames_out, 24_000);
    for (x, y) in mix.iter().flatten().zip(kept.floats.iter().flatten()) {
        assert_eq!((*x as f32).to_bits(), y.to_bits());
    }
    let mut source = MemorySource::new(48_000, mix);
    let impossible = ConvertSettings {
        rate_hz: 1,
        ..settings
    };
    let error = convert(
        &mut source,
        impossible,
        DitherSeed(1),
        &mut song::Kept::default(),
        &mut |_| (),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "the sample rate cannot be converted"
    );
}

#[test]
fn noise_stays_below_the_ceiling_for_an_interpolator_of_1024_taps() {
    // Full up to Nyquist, 8 dB over: shorter interpolators cut there and read less.
    let hiss = dsp::Dither::new(dsp::DitherSeed(11), 0);
    let channel = |from: u64| (from..from + 48_000).map(|i| hiss.at(i)).collect();
    let mut source = MemorySource::new(48_000, vec![channel(0), channel(1 << 32)]);
    let mut kept = song::Kept::default();
    let (seed, depth) = (DitherSeed(3), Depth::Int24);
    let chain = limiter_only();
    render_master(&mut source, &chain, depth, seed, &mut kept, &mut |_| ()).unwrap();
    for channel in as_floats(&kept.ints, 8_388_608.0) {
        // Away from the edges of the file, where noise that begins at once has no true peak to speak of.
        let peak = measure::reference_peak::true_peak_64(&channel, 4_000..44_000);
        let dbtp = dsp::gain_to_db(peak);
        assert!(dbtp <= -0.95, "{dbtp} dBTP");
    }
}
