//! Hum of the mains.

use std::f64::consts::TAU;

use super::Take;
use crate::bench::truth::music::Print;

/// Silence of a room in front of the music, where a hum is heard.
const INTRODUCTION_SECONDS: f64 = 4.0;

/// Adds 50 Hz and five multiples, at a level of all together, through the whole piece and the
/// introduction.
pub(super) fn hum(take: &mut Take, dbfs: f64) -> bool {
    let frames = (INTRODUCTION_SECONDS * take.rate()) as usize;
    // A room is never quite still.
    let noise = libm::exp10(take.chance.between(-95.0, -80.0) / 20.0);
    for channel in &mut take.planar {
        let mut long: Vec<f64> = (0..frames).map(|_| noise * take.chance.noise()).collect();
        long.append(channel);
        *channel = long;
    }
    let partials = [1.0, 0.5, 0.6, 0.2, 0.3, 0.1];
    let squares: f64 = partials.iter().map(|p| 0.5 * p * p).sum();
    let level = libm::exp10(dbfs / 20.0) / libm::sqrt(squares);
    // The mains are never exactly at their frequency.
    let hz = 50.0 + take.chance.between(-0.05, 0.05);
    for frame in 0..take.frames() {
        let x = TAU * hz * frame as f64 / take.rate();
        let sum: f64 = (1_u8..)
            .zip(partials)
            .map(|(h, p)| p * libm::sin(f64::from(h) * x))
            .sum();
        for channel in &mut take.planar {
            channel[frame] += level * sum;
        }
    }
    take.print(Print::Dithered24);
    true
}
