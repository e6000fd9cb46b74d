//! Sample-rate conversion and quantisation, measured.
mod signals;

use dsp::{ConversionPhase, Depth, Dither, DitherSeed, Fft, Quantiser, Resampler};
use signals::{db, figure, fit_sine, noise, sine};

fn convert(input: &[Vec<f64>], from: u32, to: u32, block: usize) -> Vec<Vec<f64>> {
    let mut resampler = Resampler::new(from, to, input.len(), block).unwrap();
    let mut room = vec![vec![0.0; resampler.max_output_frames()]; input.len()];
    let mut out = vec![Vec::new(); input.len()];
    let mut keep = |room: &[&mut [f64]], frames: usize| {
        for (out, room) in out.iter_mut().zip(room) {
            out.extend_from_slice(&room[..frames]);
        }
    };
    let mut room: Vec<&mut [f64]> = room.iter_mut().map(|r| &mut r[..]).collect();
    for at in (0..input[0].len()).step_by(block) {
        let end = (at + block).min(input[0].len());
        let slices: Vec<&[f64]> = input.iter().map(|c| &c[at..end]).collect();
        let frames = resampler.process(&slices, &mut room);
        keep(&room, frames);
    }
    loop {
        let frames = resampler.finish(&mut room);
        if frames == 0 {
            break;
        }
        keep(&room, frames);
    }
    out
}

/// Level error in dB and rest in dB re the tone after conversion of a tone, edges left out.
fn tone(from: u32, to: u32, hz: f64) -> (f64, f64) {
    let input = sine(from as usize, hz, from, 0.5);
    let out = &convert(&[input], from, to, 4096)[0];
    let edge = to as usize / 5;
    let (level, rest) = fit_sine(&out[edge..out.len() - edge], hz, to);
    (db(level / 0.5), db(rest / level.max(1e-300)))
}

#[test]
fn the_pass_band_is_flat_and_clean() {
    for (from, to) in [
        (48_000, 44_100),
        (96_000, 44_100),
        (44_100, 48_000),
        (44_100, 96_000),
    ] {
        let mut worst = (0.0_f64, f64::MIN);
        for hz in [20.0, 997.0, 10_000.0, 19_000.0, 20_000.0] {
            let (off, rest) = tone(from, to, hz);
            println!("{from} -> {to}, {hz} Hz: {off:.2e} dB, rest {rest:.1} dB");
            assert!(off.abs() < 1e-4, "{from} -> {to}, {hz} Hz: {off} dB");
            // The bar is −160 dB.
            assert!(rest < -160.0, "{from} -> {to}, {hz} Hz: {rest} dB");
            worst = (worst.0.max(off.abs()), worst.1.max(rest));
        }
        let what = |of| format!("SRC {from} to {to}: {of}, dB");
        figure(&what("off flat up to 20 kHz"), worst.0, "0.01");
        figure(&what("images of tones"), worst.1, "-160");
    }
    // A ratio too fine for a table of its own, and the extremes.
    for (from, to, hz) in [
        (44_100, 47_999, 15_000.0),
        (8_000, 384_000, 3_000.0),
        (384_000, 8_000, 3_000.0),
    ] {
        let (off, rest) = tone(from, to, hz);
        println!("{from} -> {to}, {hz} Hz: {off:.2e} dB, rest {rest:.1} dB");
        assert!(
            off.abs() < 1e-4 && rest < -160.0,
            "{from} -> {to}: {off} dB, {rest} dB"
        );
    }
}

#[test]
fn nothing_above_the_new_nyquist_folds_back() {
    for (from, hz) in [
        (48_000, 22_060.0),
        (48_000, 23_500.0),
        (96_000, 23_000.0),
        (96_000, 40_000.0),
    ] {
        let input = sine(from as usize, hz, from, 1.0);
        let out = &convert(&[input], from, 44_100, 4096)[0];
        let inner = &out[9_000..35_000];
        let rms = (inner.iter().map(|x| x * x).sum::<f64>() / inner.len() as f64).sqrt();
        let what = format!("SRC {from} to 44100: alias of {hz} Hz, dB");
        figure(&what, db(rms * 2.0f64.sqrt()), "-160");
        assert!(db(rms * 2.0f64.sqrt()) < -160.0, "{hz} Hz: {} dB", db(rms));
    }
}

#[test]
fn the_filter_is_3_db_down_no_earlier_than_21_2_khz() {
    let (off, _) = tone(96_000, 44_100, 21_200.0);
    figure("SRC 96000 to 44100: level at 21.2 kHz, dB", off, "-3");
    assert!(off > -3.01, "{off} dB");
}

#[test]
fn lengths_are_exact_and_the_first_frame_is_in_place() {
    for (from, to, frames) in [
        (48_000, 44_100, 1),
        (48_000, 44_100, 48_001),
        (44_100, 96_000, 999),
        (8_000, 384_000, 7),
        (384_000, 8_000, 100),
    ] {
        let out = convert(&[vec![0.1; frames]], from, to, 512);
        let expected = (frames as u64 * u64::from(to)).div_ceil(u64::from(from));
        assert_eq!(out[0].len() as u64, expected, "{from} -> {to}, {frames}");
    }
    assert!(convert(&[vec![]], 48_000, 44_100, 64)[0].is_empty());
    // A smooth pulse around input frame 4800 must peak at output frame 4410 exactly.
    let pulse: Vec<f64> = (0..9_600)
        .map(|i| libm::exp(-((f64::from(i) - 4800.0) / 40.0).powi(2)))
        .collect();
    let out = &convert(&[pulse], 48_000, 44_100, 4096)[0];
    for k in 1..100 {
        assert!(
            (out[4410 - k] - out[4410 + k]).abs() < 1e-12,
            "symmetric around 4410"
        );
    }
    assert!((out[4410] - 1.0).abs() < 1e-9);
}

#[test]
fn conversion_does_not_depend_on_the_block_size() {
    let input = vec![
        noise(5_000, 1, 0.5),
        noise(5_000, 2, 0.5),
        noise(5_000, 3, 0.5),
    ];
    for (from, to) in [(48_000, 44_100), (44_100, 47_999), (192_000, 16_000)] {
        let whole = convert(&input, from, to, 5_000);
        for block in [1, 13, 512] {
            let cut = convert(&input, from, to, block);
            assert!(whole == cut, "{from} -> {to} in blocks of {block}");
        }
    }
}

#[test]
fn there_and_back_gives_the_same_samples() {
    // Band-limited below both pass bands: a null test.
    let input: Vec<f64> = sine(48_000, 1_234.5, 48_000, 0.4)
        .iter()
        .zip(sine(48_000, 17_000.0, 48_000, 0.2))
        .map(|(a, b)| a + b)
        .collect();
    let there = convert(std::slice::from_ref(&input), 48_000, 44_100, 4096);
    let back = convert(&there, 44_100, 48_000, 4096);
    let worst = (5_000..43_000)
        .map(|i| (input[i] - back[0][i]).abs())
        .fold(0.0, f64::max);
    println!("48 -> 44.1 -> 48 nulls to {:.1} dB", db(worst));
    assert!(db(worst) < -160.0);
}

#[test]
fn impossible_rates_are_refused() {
    let refused = Resampler::new(0, 44_100, 2, 512).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "sample rates from 1 kHz to 768 kHz can be converted, not 0 Hz"
    );
}

#[test]
fn dither_is_triangular_white_and_independent() {
    let count = 1 << 20;
    let (left, right) = (Dither::new(DitherSeed(9), 0), Dither::new(DitherSeed(9), 1));
    let l: Vec<f64> = (0..count).map(|i| left.at(i)).collect();
    let r: Vec<f64> = (0..count).map(|i| right.at(i)).collect();
    let n = count as f64;
    let mean = l.iter().sum::<f64>() / n;
    let variance = l.iter().map(|x| x * x).sum::<f64>() / n;
    let cross = l.iter().zip(&r).map(|(a, b)| a * b).sum::<f64>() / n;
    // Standard errors with 2^20 draws: mean 0.0004, variance 0.0002, cross 0.00016; five of each.
    assert!(mean.abs() < 0.002, "{mean}");
    assert!((variance - 1.0 / 6.0).abs() < 0.001, "{variance}");
    assert!(cross.abs() < 0.001, "{cross}");
    // The density of the triangle: 1 − |x|. Twenty bins; the relative error of the smallest is 1.4 %.
    let mut bins = [0u32; 20];
    for x in &l {
        bins[((x + 1.0) * 10.0) as usize] += 1;
    }
    for (i, found) in bins.iter().enumerate() {
        let middle = (i as f64 + 0.5) / 10.0 - 1.0;
        let expected = (1.0 - middle.abs()) / 10.0 * n;
        let off = (f64::from(*found) - expected) / expected;
        assert!(off.abs() < 0.06, "bin {i}: {found} for {expected}");
    }
    spectrum_is_flat(&l);
}

fn spectrum_is_flat(samples: &[f64]) {
    let fft = Fft::new(10);
    let mut bands = [0.0; 8];
    for chunk in samples.chunks(1024) {
        let (mut re, mut im) = (chunk.to_vec(), vec![0.0; 1024]);
        fft.forward(&mut re, &mut im);
        for k in 0..512 {
            bands[k / 64] += re[k] * re[k] + im[k] * im[k];
        }
    }
    let mean = bands.iter().sum::<f64>() / 8.0;
    // 65,536 bins per band: a standard error of 0.017 dB.
    assert!(
        bands.iter().all(|b| db(b / mean).abs() / 2.0 < 0.1),
        "{bands:?}"
    );
}

fn quantise(samples: &[f64], depth: Depth) -> Vec<i32> {
    let mut quantiser = Quantiser::new(depth, DitherSeed::from_checksum(b"content"), 1);
    let mut out = vec![0; samples.len()];
    quantiser.process(&[samples], &mut [&mut out[..]]);
    out
}

#[test]
fn sixteen_bit_noise_is_96_33_db_down_whatever_the_level() {
    let mut worst = 0.0_f64;
    for dc in 0..8 {
        let dc = f64::from(dc) / 8.0 / 32_768.0;
        let ints = quantise(&vec![dc; 200_000], Depth::Int16);
        let error = ints
            .iter()
            .map(|y| f64::from(*y) / 32_768.0 - dc)
            .map(|e| e * e)
            .sum::<f64>();
        let rms = db((error / 200_000.0).sqrt());
        // LSB/2 in RMS: 20 log10(1 / 65536) = −96.33 dB.
        worst = worst.max((rms + 96.33).abs());
        assert!((rms + 96.33).abs() < 0.05, "DC {dc}: {rms} dB");
    }
    figure(
        "16-bit TPDF: off -96.33 dB RMS as DC sweeps one step, dB",
        worst,
        "0.05",
    );
}

#[test]
fn a_quiet_sine_has_no_harmonics_above_the_noise() {
    let tone = sine(1 << 18, 1_000.0, 48_000, dsp::db_to_gain(-100.0));
    let out: Vec<f64> = quantise(&tone, Depth::Int16)
        .iter()
        .map(|y| f64::from(*y) / 32_768.0)
        .collect();
    let level = fit_sine(&out, 1_000.0, 48_000).0;
    assert!((db(level) + 100.0).abs() < 0.5, "{}", db(level));
    let mut worst = f64::MIN;
    for harmonic in 2..8 {
        let level = fit_sine(&out, 1_000.0 * f64::from(harmonic), 48_000).0;
        // Noise in one such bin: −96.3 − 10 log10(2^18 / 4) = −144.5 dB, Rayleigh; 8 dB of room.
        assert!(db(level) < -136.0, "harmonic {harmonic}: {} dB", db(level));
        worst = worst.max(db(level));
    }
    let what = "16-bit TPDF: highest harmonic of a -100 dBFS sine, dBFS";
    figure(what, worst, "-136, the noise in its bin");
}

#[test]
fn integers_are_clamped_counted_and_exact() {
    let mut quantiser = Quantiser::new(Depth::Int24, DitherSeed(1), 1);
    let mut out = [0; 4];
    quantiser.process(&[&[2.0, -2.0, f64::NAN, 0.5]], &mut [&mut out[..]]);
    assert_eq!((out[0], out[1]), ((1 << 23) - 1, -(1 << 23)));
    assert!(out[2].abs() <= 1 && (out[3] - (1 << 22)).abs() <= 1);
    assert_eq!(
        (quantiser.clipped_samples(), quantiser.non_finite_samples()),
        (2, 1)
    );
    let again = quantise(&[0.1; 100], Depth::Int24);
    assert_eq!(again, quantise(&[0.1; 100], Depth::Int24));
}

fn convert_early(input: &[f64], from: u32, to: u32, block: usize) -> Vec<f64> {
    let mut resampler =
        Resampler::with_phase(ConversionPhase::Minimum, (from, to), 1, block).unwrap();
    let mut room = vec![0.0; resampler.max_output_frames()];
    let mut out = Vec::new();
    for block in input.chunks(block) {
        let frames = resampler.process(&[block], &mut [&mut room[..]]);
        out.extend_from_slice(&room[..frames]);
    }
    loop {
        let frames = resampler.finish(&mut [&mut room[..]]);
        if frames == 0 {
            return out;
        }
        out.extend_from_slice(&room[..frames]);
    }
}

#[test]
fn minimum_phase_has_the_same_magnitude_and_rings_only_afterwards() {
    for (from, to) in [
        (96_000, 44_100),
        (48_000, 44_100),
        (44_100, 96_000),
        (44_100, 47_999),
    ] {
        let top = f64::from(from.min(to)) / 2.0;
        for hz in [100.0, 5_000.0, 0.9 * top] {
            let input = sine(from as usize, hz, from, 0.5);
            let out = convert_early(&input, from, to, 4096);
            assert_eq!(
                out.len(),
                (u64::from(to) * input.len() as u64).div_ceil(u64::from(from)) as usize
            );
            let edge = to as usize / 5;
            let (level, rest) = fit_sine(&out[edge..out.len() - edge], hz, to);
            assert!(
                db(level / 0.5).abs() < 0.01,
                "{from} to {to} at {hz}: {} dB",
                db(level / 0.5)
            );
            assert!(
                db(rest / level) < -140.0,
                "{from} to {to} at {hz}: {} dB",
                db(rest / level)
            );
        }
        if from > to {
            // What would fold back.
            let input = sine(from as usize, 1.02 * top + 100.0, from, 0.5);
            let out = convert_early(&input, from, to, 4096);
            let edge = to as usize / 5;
            let inside = &out[edge..out.len() - edge];
            let power = inside.iter().map(|x| x * x).sum::<f64>() / inside.len() as f64;
            assert!(
                0.5 * db(power) < -150.0,
                "{from} to {to}: {} dB",
                0.5 * db(power)
            );
        }
        let mut edge = vec![0.0; from as usize / 4];
        edge[4_000] = 1.0;
        let out = convert_early(&edge, from, to, 4096);
        let begin = 4_000 * to as usize / from as usize;
        let before = out[..begin].iter().map(|x| x * x).sum::<f64>();
        let all = out.iter().map(|x| x * x).sum::<f64>();
        assert!(
            before < 1e-20 * all,
            "{from} to {to}: {before} before its time"
        );
    }
}

#[test]
fn minimum_phase_does_not_depend_on_the_block_size() {
    let input = noise(20_000, 8, 0.5);
    let whole = convert_early(&input, 48_000, 44_100, 20_000);
    for block in [1, 13, 128, 512, 4096] {
        assert_eq!(
            convert_early(&input, 48_000, 44_100, block),
            whole,
            "{block}"
        );
    }
}
