//! Prints CPU seconds of each processor for four minutes of stereo at 48 kHz.
use dsp::*;

/// CPU seconds of this thread.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

const BLOCK: usize = 4096;
const FRAMES: usize = 240 * 48_000;

/// A steady tone with bursts of noise, made block by block.
struct Signal {
    tone: Vec<f64>,
    noise: [Dither; 2],
    block: Vec<Vec<f64>>,
}

impl Signal {
    fn new() -> Self {
        Self {
            tone: (0..48_000)
                .map(|i| 0.6 * libm::sin(0.02 * f64::from(i)))
                .collect(),
            noise: [Dither::new(DitherSeed(1), 0), Dither::new(DitherSeed(1), 1)],
            block: vec![vec![0.0; BLOCK]; 2],
        }
    }

    /// Calls `work` with every block of `frames` and adds up the seconds it takes.
    fn run(&mut self, frames: usize, mut work: impl FnMut(&mut [Vec<f64>])) -> f64 {
        let mut spent = 0.0;
        for at in (0..frames).step_by(BLOCK) {
            for (noise, channel) in self.noise.iter().zip(&mut self.block) {
                for (n, x) in (at..).zip(channel.iter_mut()) {
                    let level = if n % 24_000 < 6_000 { 0.25 } else { 0.06 };
                    *x = self.tone[n % 48_000] + level * noise.at(n as u64);
                }
            }
            let start = cpu_seconds();
            work(&mut self.block);
            spent += cpu_seconds() - start;
        }
        spent
    }
}

fn processors() -> Vec<(&'static str, Box<dyn Processor>)> {
    let band = |shape, frequency_hz, gain_db| Band::new(shape, frequency_hz, gain_db, 0.7);
    let bands = [
        band(BandShape::LowShelf, 100.0, 1.0),
        band(BandShape::Bell, 400.0, -1.0),
        band(BandShape::Bell, 3_000.0, 1.0),
        band(BandShape::HighShelf, 10_000.0, 1.0),
    ];
    let compressor = CompressorSettings {
        threshold_db: -12.0,
        ..Default::default()
    };
    let limiter = |ceiling_dbtp| {
        Box::new(Limiter::new(LimiterSettings {
            ceiling_dbtp,
            ..Default::default()
        }))
    };
    vec![
        ("gain", Box::new(Gain::new(-3.0))),
        (
            "rumble filter, 24 dB",
            Box::new(Highpass::new(25.0, Slope::Db24)),
        ),
        ("equaliser, 4 bands", Box::new(Equaliser::new(&bands))),
        (
            "equaliser, 8 bands",
            Box::new(Equaliser::new(&eight_bands())),
        ),
        (
            "equaliser, 8 bands, linear phase",
            Box::new(LinearPhaseEqualiser::new(&eight_bands(), 0.0, 1.0)),
        ),
        ("compressor", Box::new(Compressor::new(compressor))),
        ("multiband, 4 bands", Box::new(Multiband::new(four_bands()))),
        ("saturation, 4x", saturation(Oversampling::X4)),
        ("saturation, 16x", saturation(Oversampling::X16)),
        (
            "soft clipper, 8x",
            Box::new(SoftClipper::new(-3.0, 0.3, Oversampling::X8)),
        ),
        (
            "transient shaper",
            Box::new(TransientShaper::new(TransientSettings {
                attack_db: 3.0,
                ..Default::default()
            })),
        ),
        ("limiter, 3 dB", limiter(-3.0)),
        ("limiter, 10 dB", limiter(-10.0)),
    ]
}

fn eight_bands() -> [Band; 8] {
    let bell = |hz, gain_db| Band::new(BandShape::Bell, hz, gain_db, 1.0);
    [
        Band::new(BandShape::HighPass(2), 25.0, 0.0, 0.7),
        Band::new(BandShape::LowShelf, 100.0, 1.0, 0.7),
        bell(250.0, -1.5),
        bell(600.0, 1.0),
        bell(1_500.0, -2.0),
        bell(3_500.0, 1.5),
        bell(7_000.0, -1.0),
        Band::new(BandShape::HighShelf, 11_000.0, 2.0, 0.7),
    ]
}

fn four_bands() -> MultibandSettings {
    let band = MultibandBand {
        compressor: Some(CompressorSettings {
            threshold_db: -24.0,
            ratio: 2.0,
            sidechain_highpass_hz: 0.0,
            ..Default::default()
        }),
        ..MultibandBand::default()
    };
    MultibandSettings {
        crossover: CrossoverKind::LinkwitzRiley,
        corners_hz: vec![120.0, 900.0, 5_000.0],
        lookahead_ms: 0.0,
        bands: vec![band; 4],
    }
}

fn saturation(oversampling: Oversampling) -> Box<dyn Processor> {
    Box::new(Saturation::new(SaturationSettings {
        oversampling,
        ..Default::default()
    }))
}

fn main() {
    let mut signal = Signal::new();
    for (name, mut processor) in processors() {
        processor.prepare(
            Spec {
                rate_hz: 48_000,
                channels: 2,
            },
            BLOCK,
        );
        let seconds = signal.run(FRAMES, |block| {
            let mut block: Vec<&mut [f64]> = block.iter_mut().map(|b| &mut b[..]).collect();
            processor.process(&mut block, None, &[]);
        });
        println!("{name}: {seconds:.3} s");
    }
    for (from, to) in [
        (48_000, 44_100),
        (96_000, 44_100),
        (44_100, 48_000),
        (44_100, 47_999),
    ] {
        let start = cpu_seconds();
        let mut resampler = Resampler::new(from, to, 2, BLOCK).expect("usual rates");
        let set_up = cpu_seconds() - start;
        let mut out = vec![vec![0.0; resampler.max_output_frames()]; 2];
        let seconds = signal.run(240 * from as usize, |block| {
            let block: Vec<&[f64]> = block.iter().map(|b| &b[..]).collect();
            let mut out: Vec<&mut [f64]> = out.iter_mut().map(|b| &mut b[..]).collect();
            resampler.process(&block, &mut out);
        });
        println!("conversion {from} to {to}: {seconds:.3} s, set-up {set_up:.3} s");
    }
    let mut meters = [TruePeakMeter::new(BLOCK), TruePeakMeter::new(BLOCK)];
    let seconds = signal.run(FRAMES, |block| {
        meters
            .iter_mut()
            .zip(block)
            .for_each(|(meter, channel)| meter.feed(channel));
    });
    println!("true peak: {seconds:.3} s");
    let mut quantiser = Quantiser::new(Depth::Int24, DitherSeed(3), 2);
    let mut ints = vec![vec![0i32; BLOCK]; 2];
    let seconds = signal.run(FRAMES, |block| {
        let block: Vec<&[f64]> = block.iter().map(|b| &b[..]).collect();
        let mut out: Vec<&mut [i32]> = ints.iter_mut().map(|b| &mut b[..]).collect();
        quantiser.process(&block, &mut out);
    });
    println!("dither and rounding: {seconds:.3} s");
}
