//! What goes wrong between left and right, and DC.

use super::Take;
use crate::bench::truth::music::Print;

pub(super) fn dc(take: &mut Take, dbfs: f64) -> bool {
    let offset = libm::exp10(dbfs / 20.0);
    let channel = take.chance.below(take.planar.len());
    for v in &mut take.planar[channel] {
        *v += offset;
    }
    take.print(Print::Dithered24);
    true
}

pub(super) fn dead(take: &mut Take, db: f64) -> bool {
    let channel = take.chance.below(take.planar.len());
    let gain = libm::exp10(db / 20.0);
    for v in &mut take.planar[channel] {
        *v *= gain;
    }
    if db <= -300.0 {
        take.print(Print::Rounded24);
        return true;
    }
    take.print(Print::Dithered24);
    true
}

pub(super) fn dual_mono(take: &mut Take, _: f64) -> bool {
    take.print(Print::Dithered24);
    take.planar[1] = take.planar[0].clone();
    true
}

pub(super) fn inverted(take: &mut Take, _: f64) -> bool {
    for v in &mut take.planar[1] {
        *v = -*v;
    }
    take.print(Print::Dithered24);
    true
}

pub(super) fn bass_inverted(take: &mut Take, _: f64) -> bool {
    let k = 1.0 - libm::exp(-std::f64::consts::TAU * 250.0 / take.rate());
    let (mut low, mut lower) = (0.0, 0.0);
    for v in &mut take.planar[1] {
        low += k * (*v - low);
        lower += k * (low - lower);
        *v -= 2.0 * lower;
    }
    take.print(Print::Dithered24);
    true
}

pub(super) fn louder(take: &mut Take, db: f64) -> bool {
    // On top of a mix that is in balance.
    let energy = |c: &[f64]| c.iter().map(|v| v * v).sum::<f64>();
    let balance = libm::sqrt(energy(&take.planar[0]) / energy(&take.planar[1]).max(1.0e-12));
    let channel = take.chance.below(2);
    let side = if channel == 0 { 1.0 } else { -1.0 };
    let gain = balance * libm::exp10(-side * db / 20.0);
    for v in &mut take.planar[1] {
        *v *= gain;
    }
    take.level(-4.0);
    take.print(Print::Dithered24);
    true
}
