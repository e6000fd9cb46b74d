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

/// The goldens' song, swelling every 16 seconds.
fn song(seconds: f64, rate_hz: u32) -> Vec<Vec<f64>> {
    let mut song = engine::goldens::song(seconds, rate_hz);
    for channel in &mut song {
        for (frame, sample) in channel.iter_mut().enumerate() {
            let t = frame as f64 / f64::from(rate_hz);
            *sample *= 0.75 + 0.25 * libm::sin(std::f64::consts::TAU * t / 16.0);
        }
    }
    song
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
    let mut source = MemorySource::new(48_000, song(240.0, 48_000));
    let settings = ConvertSettings {
        rate_hz: 44_100,
        depth: Depth::Int16,
        ceiling_dbtp: Some(-1.0),
        dither: Default::default(),
        conversion: Default::default(),
    };
    let seed = timed("seed from content", || content_seed(&mut source)).expect("memory reads");
    for intensity in [Intensity::Gentle, Intensity::Balanced, Intensity::Loud] {
        let brief = Brief {
            intensity,
            ..Brief::default()
        };
        let plan = timed("plan", || plan(&mut source, &brief)).expect("a plan");
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
