//! Prints CPU seconds of each processor for four minutes of stereo at 48 kHz.
use std::time::Instant;

use dsp::*;

fn main() {
    let frames = 240 * 48_000;
    let dither = [Dither::new(DitherSeed(1), 0), Dither::new(DitherSeed(1), 1)];
    let spec = Spec {
        rate_hz: 48_000,
        channels: 2,
    };
    let block = 4096;
    let band = |shape, hz, db| Band {
        shape,
        frequency_hz: hz,
        gain_db: db,
        q: 0.7,
    };
    let bands = [
        band(BandShape::LowShelf, 100.0, 1.0),
        band(BandShape::Bell, 400.0, -1.0),
        band(BandShape::Bell, 3000.0, 1.0),
        band(BandShape::HighShelf, 10_000.0, 1.0),
    ];
    let limiter = LimiterSettings::default();
    let mut list: Vec<(&str, Box<dyn Processor>)> = vec![
        ("gain", Box::new(Gain::new(-3.0))),
        ("highpass 24", Box::new(Highpass::new(25.0, Slope::Db24))),
        ("equaliser 4 bands", Box::new(Equaliser::new(&bands))),
        (
            "compressor",
            Box::new(Compressor::new(CompressorSettings {
                threshold_db: -12.0,
                ..Default::default()
            })),
        ),
        (
            "limiter, mild",
            Box::new(Limiter::new(LimiterSettings {
                ceiling_dbtp: -3.0,
                ..limiter
            })),
        ),
        (
            "limiter, hard",
            Box::new(Limiter::new(LimiterSettings {
                ceiling_dbtp: -10.0,
                ..limiter
            })),
        ),
    ];
    let tone: Vec<f64> = (0..48_000)
        .map(|i| 0.6 * libm::sin(0.02 * f64::from(i)))
        .collect();
    let fill = |buffers: &mut [Vec<f64>], at: usize| {
        for (c, buffer) in buffers.iter_mut().enumerate() {
            for (i, x) in buffer.iter_mut().enumerate() {
                let n = at + i;
                let level = if n % 24_000 < 6000 { 0.25 } else { 0.06 };
                *x = tone[n % 48_000] + level * dither[c].at(n as u64);
            }
        }
    };
    let mut buffers = vec![vec![0.0; block]; 2];
    for (name, processor) in &mut list {
        processor.prepare(spec, block);
        let mut spent = 0.0;
        for at in (0..frames).step_by(block) {
            fill(&mut buffers, at);
            let mut slices: Vec<&mut [f64]> = buffers.iter_mut().map(|b| &mut b[..]).collect();
            let start = Instant::now();
            processor.process(&mut slices, None, &[]);
            spent += start.elapsed().as_secs_f64();
        }
        println!("{name}: {spent:.3} s  {:?}", processor.gain_reduction());
    }
    for (from, to) in [(48_000, 44_100), (96_000, 44_100), (44_100, 47_999)] {
        let start = Instant::now();
        let mut resampler = Resampler::new(from, to, 2, block).expect("rates");
        println!(
            "src {from} -> {to} set up: {:.3} s",
            start.elapsed().as_secs_f64()
        );
        let room = resampler.max_output_frames();
        let mut out = vec![vec![0.0; room]; 2];
        let mut spent = 0.0;
        for at in (0..240 * from as usize).step_by(block) {
            fill(&mut buffers, at);
            let slices: Vec<&[f64]> = buffers.iter().map(|b| &b[..]).collect();
            let mut outs: Vec<&mut [f64]> = out.iter_mut().map(|b| &mut b[..]).collect();
            let start = Instant::now();
            resampler.process(&slices, &mut outs);
            spent += start.elapsed().as_secs_f64();
        }
        println!("src {from} -> {to}: {spent:.3} s");
    }
    let mut meters = [TruePeakMeter::new(4096), TruePeakMeter::new(4096)];
    let mut quantiser = Quantiser::new(Depth::Int24, DitherSeed(3), 2);
    let mut ints = vec![vec![0i32; block]; 2];
    let (mut peak, mut quantise) = (0.0, 0.0);
    for at in (0..frames).step_by(block) {
        fill(&mut buffers, at);
        let start = Instant::now();
        for (meter, buffer) in meters.iter_mut().zip(&buffers) {
            meter.feed(buffer);
        }
        peak += start.elapsed().as_secs_f64();
        let slices: Vec<&[f64]> = buffers.iter().map(|b| &b[..]).collect();
        let mut outs: Vec<&mut [i32]> = ints.iter_mut().map(|b| &mut b[..]).collect();
        let start = Instant::now();
        quantiser.process(&slices, &mut outs);
        quantise += start.elapsed().as_secs_f64();
    }
    println!("true peak: {peak:.3} s, quantise: {quantise:.3} s");
}
