//! Prints what a period of 64 frames at 96 kHz costs on the audio thread, of processors that could do their work in
//! bursts: on the mean, and the dearest ones. CPU time of this thread, so other programs count little.

use dsp::{
    Band, BandShape, CrossoverKind, LinearPhaseEqualiser, Multiband, MultibandBand,
    MultibandSettings, Placement, Processor, Spec,
};

const RATE_HZ: u32 = 96_000;
const FRAMES: usize = 64;
const SECONDS: usize = 20;

/// CPU seconds of this thread.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn main() {
    let bell = Band::new(BandShape::Bell, 300.0, 3.0, 0.7);
    let side = Band {
        placement: Placement::Side,
        ..bell
    };
    let bands = vec![MultibandBand::default(); 4];
    let multiband = MultibandSettings {
        crossover: CrossoverKind::LinearPhase,
        corners_hz: vec![120.0, 1_000.0, 6_000.0],
        lookahead_ms: 0.0,
        bands,
    };
    let period_us = FRAMES as f64 / f64::from(RATE_HZ) * 1e6;
    println!("{FRAMES} frames at {RATE_HZ} Hz: a period of {period_us:.0} us; CPU in us of it");
    let all: [(&str, Box<dyn Processor>); 3] = [
        (
            "equaliser, linear phase",
            Box::new(LinearPhaseEqualiser::new(&[bell; 4], 0.0, 1.0)),
        ),
        (
            "equaliser, linear phase, mid and side",
            Box::new(LinearPhaseEqualiser::new(&[bell, side], 0.0, 1.0)),
        ),
        (
            "multiband of four, linear phase",
            Box::new(Multiband::new(multiband)),
        ),
    ];
    for (name, mut processor) in all {
        let spec = Spec {
            rate_hz: RATE_HZ,
            channels: 2,
        };
        processor.prepare(spec, FRAMES);
        let mut costs = Vec::new();
        for call in 0..SECONDS * RATE_HZ as usize / FRAMES {
            let mut rows = [[0.0; FRAMES]; 2];
            for (frame, x) in rows.iter_mut().flatten().enumerate() {
                *x = ((call * 7 + frame * 13) % 101) as f64 / 101.0 - 0.5;
            }
            let [left, right] = &mut rows;
            let began = cpu_seconds();
            processor.process(&mut [left, right], None, &[]);
            costs.push((cpu_seconds() - began) * 1e6);
        }
        costs.sort_by(f64::total_cmp);
        let mean = costs.iter().sum::<f64>() / costs.len() as f64;
        let at = |share: f64| costs[((costs.len() - 1) as f64 * share) as usize];
        println!(
            "{name:<40} mean {mean:>7.1}   99 % {:>7.1}   99.9 % {:>8.1}   dearest {:>8.1}   latency {} frames",
            at(0.99),
            at(0.999),
            at(1.0),
            processor.latency_frames()
        );
    }
}
