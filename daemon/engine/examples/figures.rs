//! Prints CPU seconds for the plan, the render and the conversion of four minutes of stereo at 48 kHz.
use std::time::Instant;

use engine::*;

/// Throws samples away.
struct Nowhere;

impl MasterSink for Nowhere {
    fn write(&mut self, _: MasterBlock<'_>) -> Result<(), SinkError> {
        Ok(())
    }
}

/// Something like a song: kick, bass, chords, hats, swelling every 16 seconds.
fn song(frames: usize, rate_hz: u32) -> Vec<Vec<f64>> {
    let rate = f64::from(rate_hz);
    let turn = std::f64::consts::TAU;
    let hiss = dsp::Dither::new(DitherSeed(7), 0);
    let channel = |side: f64| {
        (0..frames)
            .map(|i| {
                let t = i as f64 / rate;
                let beat = t * 2.0 % 1.0 / 2.0;
                let kick = libm::sin(turn * (50.0 * beat + 4.0 * (1.0 - libm::exp(-beat * 30.0))))
                    * libm::exp(-beat * 12.0);
                let off = (t * 4.0 + 0.5) % 1.0 / 4.0;
                let hat = hiss.at(i as u64) * libm::exp(-off * 60.0);
                let root = [55.0, 65.4, 49.0, 73.4][(t / 2.0) as usize % 4];
                let bass = libm::sin(turn * root * t) + 0.3 * libm::sin(2.0 * turn * root * t);
                let chord: f64 = [4.0, 5.0, 6.0, 8.0]
                    .iter()
                    .map(|n| libm::sin(turn * root * n * t * (1.0 + 0.0005 * side)))
                    .sum();
                let swell = 0.75 + 0.25 * libm::sin(turn * t / 16.0);
                swell * (0.3 * kick + 0.07 * hat * (1.0 + 0.3 * side) + 0.13 * bass + 0.04 * chord)
            })
            .collect()
    };
    vec![channel(-1.0), channel(1.0)]
}

/// CPU seconds of this thread.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

fn timed<T>(name: &str, work: impl FnOnce() -> T) -> T {
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    let result = work();
    println!(
        "{name}: {:.2} s CPU, {:.2} s wall",
        cpu_seconds() - cpu,
        wall.elapsed().as_secs_f64()
    );
    result
}

fn main() {
    let mut source = MemorySource::new(48_000, song(240 * 48_000, 48_000));
    let settings = ConvertSettings {
        rate_hz: 44_100,
        depth: Depth::Int16,
        ceiling_dbtp: -1.0,
        dither: Default::default(),
        conversion: Default::default(),
    };
    let seed = timed("seed from content", || content_seed(&mut source)).expect("memory reads");
    for intensity in [Intensity::Gentle, Intensity::Balanced, Intensity::Loud] {
        let target = Target::default();
        let plan = timed("plan", || plan(&mut source, target, intensity)).expect("a plan");
        for reason in &plan.reasons {
            println!("  {}", reason.text);
        }
        let report = timed("render to 24 bits", || {
            render_master(
                &mut source,
                &plan.chain,
                Depth::Int24,
                seed,
                &mut Nowhere,
                &mut |_| (),
            )
        });
        println!("  {:?}", report.expect("a render"));
    }
    let report = timed("convert to 16/44.1", || {
        convert(&mut source, settings, seed, &mut Nowhere, &mut |_| ())
    });
    println!("  {:?}", report.expect("a conversion"));
}
