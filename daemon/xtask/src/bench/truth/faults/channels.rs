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

fn correlation(take: &Take) -> f64 {
    let [left, right] = &take.planar[..] else {
        return 0.0;
    };
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    sum(left, right) / libm::sqrt(sum(left, left) * sum(right, right)).max(1.0e-12)
}

/// Shifts the right channel; where the two have nothing in common it could not be told.
pub(super) fn late(take: &mut Take, frames: f64) -> bool {
    let was_together = correlation(take) > 0.7;
    let late = vec![0.0; frames as usize];
    let length = take.planar[1].len();
    take.planar[1].splice(0..0, late);
    take.planar[1].truncate(length);
    take.print(Print::Dithered24);
    was_together
}

pub(super) fn inverted(take: &mut Take, _: f64) -> bool {
    // In a mix that is wide from the start nothing tells which side is upside down.
    let was_together = correlation(take) > 0.6;
    for v in &mut take.planar[1] {
        *v = -*v;
    }
    take.print(Print::Dithered24);
    was_together
}

/// A one-pole low-pass forth and back, so that nothing is shifted in time.
fn lows(samples: &[f64], rate: f64, hz: f64) -> Vec<f64> {
    let k = 1.0 - libm::exp(-std::f64::consts::TAU * hz / rate);
    let mut low = samples.to_vec();
    for _ in 0..2 {
        let mut state = 0.0;
        for v in &mut low {
            state += k * (*v - state);
            *v = state;
        }
        low.reverse();
    }
    low
}

pub(super) fn bass_inverted(take: &mut Take, _: f64) -> bool {
    let [left, right] = [0, 1].map(|c| lows(&take.planar[c], take.rate(), 150.0));
    let turned = lows(&take.planar[1], take.rate(), 400.0);
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let norm = libm::sqrt(sum(&left, &left) * sum(&right, &right));
    for (v, low) in take.planar[1].iter_mut().zip(&turned) {
        *v -= 2.0 * low;
    }
    take.print(Print::Dithered24);
    // Bass that was wide before has no side to turn over.
    sum(&left, &right) > 0.8 * norm
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
