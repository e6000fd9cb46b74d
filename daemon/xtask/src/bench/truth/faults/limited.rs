//! Limiting that was done before the mix came.

use dsp::{Limiter, LimiterSettings, Processor, Spec};

use super::{Take, lossy};
use crate::bench::truth::music::Print;

/// Brings the mix to where its loudest 50 ms stand at the ceiling, then `drive_db` further.
fn drive(take: &mut Take, drive_db: f64) {
    take.level(0.0);
    take.gain(libm::exp10(drive_db / 20.0));
}

pub(super) fn ours(take: &mut Take, drive_db: f64) -> bool {
    drive(take, drive_db);
    let ceiling_dbtp = take.chance.between(-6.0, -0.3);
    let mut limiter = Limiter::new(LimiterSettings {
        ceiling_dbtp,
        ..LimiterSettings::default()
    });
    let spec = Spec {
        rate_hz: take.rate_hz,
        channels: take.planar.len(),
    };
    limiter.prepare(spec, 4_096);
    let mut from = 0;
    while from < take.frames() {
        let to = (from + 4_096).min(take.frames());
        let mut block: Vec<&mut [f64]> = take.planar.iter_mut().map(|c| &mut c[from..to]).collect();
        limiter.process(&mut block, None, &[]);
        from = to;
    }
    take.print(Print::Dithered24);
    true
}

pub(super) fn theirs(take: &mut Take, drive_db: f64) -> bool {
    drive(take, drive_db);
    let Some(planar) = lossy::filtered(take, "alimiter=limit=0.7:attack=5:release=60:level=false")
    else {
        return false;
    };
    take.planar = planar;
    take.print(Print::Dithered24);
    true
}
