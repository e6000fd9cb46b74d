//! Clipping at full scale and below, and overs between the samples.

use std::f64::consts::TAU;

use super::Take;
use crate::bench::truth::music::Print;

/// The level at which exactly about `runs` summits of at least `shortest` samples are cut off.
fn ceiling_for(take: &Take, runs: f64, shortest: usize) -> Option<(f64, Vec<usize>)> {
    let (mut low, mut high) = (0.2, 1.0);
    let mut best = None;
    let top = crate::bench::truth::music::peak(&take.planar);
    for _ in 0..18 {
        let middle = 0.5 * (low + high);
        let found = tops(take, middle * top, shortest);
        if found.len() as f64 >= runs {
            best = Some((middle * top, found));
            low = middle;
        } else {
            high = middle;
        }
    }
    // A drone touches the ceiling many times at once; such music cannot carry just a few.
    best.filter(|(_, found)| found.len() as f64 <= 3.0 * runs + 3.0)
}

/// Where at least `shortest` samples in a row lie beyond `ceiling` on one side.
fn tops(take: &Take, ceiling: f64, shortest: usize) -> Vec<usize> {
    let mut places = Vec::new();
    for channel in &take.planar {
        let mut run = 0;
        let mut side = 0.0;
        for (frame, v) in channel.iter().enumerate() {
            if v.abs() >= ceiling && v.signum() == side {
                run += 1;
                if run == shortest {
                    places.push(frame + 1 - shortest);
                }
            } else {
                run = usize::from(v.abs() >= ceiling);
                side = v.signum();
            }
        }
    }
    places.sort_unstable();
    places
}

fn clip(take: &mut Take, runs: f64, shortest: usize) -> bool {
    let Some((ceiling, mut places)) = ceiling_for(take, runs, shortest) else {
        return false;
    };
    for v in take.planar.iter_mut().flatten() {
        *v = v.clamp(-ceiling, ceiling) / ceiling;
    }
    places.truncate(1);
    take.remember(&places);
    true
}

pub(super) fn at_full_scale(take: &mut Take, runs: f64) -> bool {
    let is_clipped = clip(take, runs, 3);
    take.print(Print::Rounded24);
    is_clipped
}

fn turned_down(take: &mut Take, runs: f64, print: Print) -> bool {
    let is_clipped = clip(take, runs, 5);
    let down = take.chance.between(-8.0, -0.5);
    take.gain(libm::exp10(down / 20.0));
    take.print(print);
    is_clipped
}

pub(super) fn turned_down_24(take: &mut Take, runs: f64) -> bool {
    turned_down(take, runs, Print::Dithered24)
}

pub(super) fn turned_down_16(take: &mut Take, runs: f64) -> bool {
    turned_down(take, runs, Print::Dithered16)
}

/// A quarter of the rate at 45 degrees: its peaks stand 3 dB above its samples.
pub(super) fn between_samples(take: &mut Take, over_db: f64) -> bool {
    let places = take.find_places(1, |_, _| true);
    let Some(&at) = places.first() else {
        return false;
    };
    let top = libm::exp10(over_db / 20.0);
    let length = 960.min(take.frames() - at);
    for (n, v) in take.planar[0][at..at + length].iter_mut().enumerate() {
        let edge = (n.min(length - n) as f64 / 200.0).min(1.0);
        *v = *v * (1.0 - edge) + top * edge * libm::sin(TAU * (0.25 * n as f64 + 0.125));
        *v = v.clamp(-0.999, 0.999);
    }
    take.print(Print::Dithered24);
    true
}
