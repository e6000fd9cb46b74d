//! Prints the CPU time of the meter and of the whole check for a 4-minute stereo mix.
//!
//! `cargo run --release -p measure --example speed [minutes] [rate_hz]`

#[path = "../tests/support/mod.rs"]
mod support;

use measure::{InspectContext, Inspector, Meter, SampleKind, Thresholds, TruePeakMeter};
use rustix::time::{ClockId, clock_gettime};

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1.0e-9
}

fn report(name: &str, minutes: f64, work: impl FnOnce()) {
    let start = cpu_seconds();
    work();
    let seconds = cpu_seconds() - start;
    println!(
        "{name:<28} {seconds:>7.3} s CPU  {:>7.4} s per minute",
        seconds / minutes
    );
}

fn blocks(planar: &[Vec<f64>; 2]) -> impl Iterator<Item = [&[f64]; 2]> {
    planar[0]
        .chunks(4096)
        .zip(planar[1].chunks(4096))
        .map(|(l, r)| [l, r])
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let minutes: f64 = arguments
        .next()
        .map_or(4.0, |a| a.parse().expect("minutes"));
    let rate_hz: u32 = arguments
        .next()
        .map_or(48_000, |a| a.parse().expect("a rate in Hz"));
    let planar = support::render(support::Piece {
        rate_hz,
        seconds: minutes * 60.0,
        ..support::Piece::default()
    });
    let limited = planar
        .clone()
        .map(|c| c.iter().map(|v| (v * 6.0).tanh() * 0.98).collect());
    println!("{minutes} minutes of stereo at {rate_hz} Hz");
    for (kind, planar) in [("mix", &planar), ("limited", &limited)] {
        report(&format!("{kind}: true peak alone"), minutes, || {
            for channel in planar {
                let mut meter = TruePeakMeter::new();
                for block in channel.chunks(4096) {
                    meter.feed(block);
                }
                let peak: (f64, f64) = meter.finish();
                assert!(peak.0 > 0.0);
            }
        });
        report(&format!("{kind}: meter"), minutes, || {
            let mut meter = Meter::new(rate_hz, 2).expect("a usual format");
            for block in blocks(planar) {
                meter.feed(&block);
            }
            assert!(meter.finish().integrated_lufs.is_some());
        });
        report(&format!("{kind}: whole check"), minutes, || {
            let mut inspector = Inspector::new(InspectContext {
                rate_hz,
                channels: 2,
                sample: SampleKind::I24,
                declared: None,
                lossy_source: None,
                thresholds: Thresholds::default(),
            })
            .expect("a usual format");
            for block in blocks(planar) {
                inspector.feed(&block);
            }
            let answer = inspector.finish();
            for finding in &answer.findings {
                println!(
                    "  {:?} {}: {}",
                    finding.severity, finding.code, finding.client
                );
            }
        });
        report(&format!("{kind}: ebur128 crate"), minutes, || {
            let mut meter = ebur128::EbuR128::new(
                2,
                rate_hz,
                ebur128::Mode::I | ebur128::Mode::LRA | ebur128::Mode::TRUE_PEAK,
            )
            .expect("a usual format");
            for block in blocks(planar) {
                meter.add_frames_planar_f64(&block).expect("two channels");
            }
            assert!(meter.loudness_global().is_ok());
        });
    }
}
