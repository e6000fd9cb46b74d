//! Clicks, pops, edits and moments of nothing.

use super::Take;
use crate::bench::truth::music::Print;

/// Places of one file: few enough that nobody could take them for meant.
const PLACES: usize = 5;

/// RMS of the second difference from 10 ms before to 10 ms after a place: the highs around it.
fn highs(take: &Take, channel: usize, at: usize) -> f64 {
    let reach = take.rate_hz as usize / 100;
    let samples = &take.planar[channel];
    let part = &samples[at.saturating_sub(reach)..(at + reach).min(samples.len())];
    let sum: f64 = part
        .windows(3)
        .map(|w| w[2] - 2.0 * w[1] + w[0])
        .map(|d| d * d)
        .sum();
    libm::sqrt(sum / part.len().max(1) as f64)
}

/// True where no other step of a quarter of the size stands within 60 ms: the finding speaks of
/// isolated ones, and among the edges of a square wave nobody hears one more.
fn is_isolated(take: &Take, channel: usize, [at, length]: [usize; 2], size: f64) -> bool {
    let reach = take.rate_hz as usize * 6 / 100;
    let samples = &take.planar[channel];
    let quiet = |from: usize, to: usize| {
        samples[from.min(samples.len())..to.min(samples.len())]
            .windows(3)
            .all(|w| (w[2] - 2.0 * w[1] + w[0]).abs() < 0.25 * size)
    };
    quiet(at.saturating_sub(reach), at.saturating_sub(2))
        && quiet(at + length + 2, at + length + reach)
}

/// Below this nobody hears a click under music.
const SMALLEST: f64 = 0.012;

/// Plants steps that stand `over_db` out of the highs around them; `shape` is added, times the size.
fn stand_out(take: &mut Take, over_db: f64, shape: &[f64]) -> bool {
    let curve = {
        let mut padded = vec![0.0; 2];
        padded.extend_from_slice(shape);
        padded.extend([0.0; 2]);
        padded
            .windows(3)
            .map(|w| (w[2] - 2.0 * w[1] + w[0]).abs())
            .fold(0.0, f64::max)
    };
    let ratio = libm::exp10(over_db / 20.0);
    let channel = take.chance.below(take.planar.len());
    let size = |take: &Take, at: usize| ratio * highs(take, channel, at) / curve;
    let places = take.find_places(PLACES, |take, at| {
        let size = size(take, at) * curve;
        (SMALLEST..0.6 * curve).contains(&size)
            && is_music(take, at)
            && is_isolated(take, channel, [at, 1], size)
    });
    for &at in &places {
        let size = size(take, at) * sign(take);
        for (v, s) in take.planar[channel][at..].iter_mut().zip(shape) {
            *v += size * s;
        }
    }
    take.remember(&places);
    take.print(Print::Dithered24);
    !places.is_empty()
}

fn sign(take: &mut Take) -> f64 {
    if take.chance.happens(0.5) { 1.0 } else { -1.0 }
}

/// True where there is something to hear in the 20 ms around.
fn is_music(take: &Take, at: usize) -> bool {
    let reach = take.rate_hz as usize / 100;
    take.rms_dbfs(at.saturating_sub(reach), 2 * reach) > -60.0
}

pub(super) fn impulse(take: &mut Take, over_db: f64) -> bool {
    stand_out(take, over_db, &[1.0])
}

pub(super) fn wide(take: &mut Take, over_db: f64) -> bool {
    stand_out(take, over_db, &[0.6, 1.0, 0.6])
}

pub(super) fn impulse_absolute(take: &mut Take, dbfs: f64) -> bool {
    let channel = take.chance.below(take.planar.len());
    let places = take.find_places(PLACES, is_music);
    let size = libm::exp10(dbfs / 20.0);
    for &at in &places {
        let size = size * sign(take);
        take.planar[channel][at] += size;
    }
    take.remember(&places);
    take.print(Print::Dithered24);
    !places.is_empty()
}

/// The sound goes on across a cut where neither its level nor its highs differ by more than this.
const GOES_ON: f64 = 2.0;

/// True where 5 ms before `before` and 5 ms after `after` are of one sound: a cut that enters a
/// louder or brighter one is, by its samples, a sound that starts.
fn goes_on(take: &Take, [before, after]: [usize; 2]) -> bool {
    let reach = take.rate_hz as usize / 200;
    let samples = &take.planar[0];
    let (Some(a), Some(b)) = (
        samples.get(before.saturating_sub(reach)..before),
        samples.get(after..after + reach),
    ) else {
        return false;
    };
    let alternating = |part: &[f64]| {
        let mean = part.iter().sum::<f64>() / part.len().max(1) as f64;
        part.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
    };
    let curve = |part: &[f64]| {
        let bends = part.windows(3).map(|w| w[2] - 2.0 * w[1] + w[0]);
        bends.map(|d| d * d).sum::<f64>()
    };
    let near = |a: f64, b: f64| a.max(b) <= GOES_ON * GOES_ON * a.min(b);
    near(alternating(a), alternating(b)) && near(curve(a), curve(b))
}

/// Takes some milliseconds out of a sound that goes on, where the two ends do not meet.
pub(super) fn edit(take: &mut Take, over_db: f64) -> bool {
    let ratio = libm::exp10(over_db / 20.0);
    let skip = (take.rate() * take.chance.between(0.003, 0.04)) as usize;
    let jump = |take: &Take, at: usize| {
        let c = &take.planar[0];
        match (c.get(at + skip), c.get(at.wrapping_sub(1))) {
            (Some(after), Some(before)) => (after - before).abs(),
            _ => 0.0,
        }
    };
    let places = take.find_places(1, |take, at| {
        let around = highs(take, 0, at).max(highs(take, 0, (at + skip).min(take.frames() - 1)));
        let size = jump(take, at);
        is_music(take, at)
            && size >= SMALLEST
            && size >= ratio * around
            && size <= 1.4 * ratio * around
            && goes_on(take, [at, at + skip])
            && is_isolated(take, 0, [at, skip], size)
    });
    let Some(&at) = places.first() else {
        return false;
    };
    for channel in &mut take.planar {
        channel.drain(at..at + skip);
    }
    take.remember(&places);
    take.print(Print::Dithered24);
    true
}

/// A half sine of 0.5 ms: a plug pulled, a relay.
pub(super) fn pop(take: &mut Take, dbfs: f64) -> bool {
    let length = (take.rate() * 0.000_5) as usize;
    let places = take.find_places(PLACES, is_music);
    let size = libm::exp10(dbfs / 20.0);
    for &at in &places {
        let size = size * sign(take);
        for channel in &mut take.planar {
            for (n, v) in channel[at..].iter_mut().take(length).enumerate() {
                *v += size * libm::sin(std::f64::consts::PI * n as f64 / length as f64);
            }
        }
    }
    take.remember(&places);
    take.print(Print::Dithered24);
    !places.is_empty()
}

/// Frames at 48 kHz of one sample of the band in which half a millisecond is a click.
const POP_BAND: f64 = 12.0;

/// RMS of the second difference of that band, from 30 ms before to 30 ms after a place.
fn band_around(take: &Take, at: usize) -> f64 {
    let factor = (take.rate() * POP_BAND / 48_000.0).round() as usize;
    let reach = take.rate_hz as usize * 3 / 100;
    let (from, to) = (at.saturating_sub(reach), (at + reach).min(take.frames()));
    let mut worst = 0.0_f64;
    for channel in &take.planar {
        let slow: Vec<f64> = (channel[from..to].chunks_exact(factor))
            .map(|c| c.iter().sum::<f64>() / factor as f64)
            .collect();
        let squares: f64 = slow
            .windows(3)
            .map(|w| w[2] - 2.0 * w[1] + w[0])
            .map(|d| d * d)
            .sum();
        worst = worst.max(libm::sqrt(squares / slow.len().max(1) as f64));
    }
    worst
}

/// The same pop, so many dB over what its own band holds around it.
pub(super) fn pop_over(take: &mut Take, over_db: f64) -> bool {
    let length = (take.rate() * 0.000_5) as usize;
    let ratio = libm::exp10(over_db / 20.0);
    let places = take.find_places(PLACES, |take, at| {
        (SMALLEST..0.6).contains(&(ratio * band_around(take, at))) && is_music(take, at)
    });
    for &at in &places {
        let size = ratio * band_around(take, at) * sign(take);
        for channel in &mut take.planar {
            for (n, v) in channel[at..].iter_mut().take(length).enumerate() {
                *v += size * libm::sin(std::f64::consts::PI * n as f64 / length as f64);
            }
        }
    }
    take.remember(&places);
    take.print(Print::Dithered24);
    !places.is_empty()
}

/// Music loud enough on both sides that a hole is heard: peaks of 4 % within 5 ms.
fn is_loud_around(take: &Take, at: usize, length: usize) -> bool {
    let reach = take.rate_hz as usize / 200;
    let loud = |from: usize| {
        let to = (from + reach).min(take.frames());
        take.planar[0][from.min(to)..to]
            .iter()
            .any(|v| v.abs() > 0.04)
    };
    at > reach && at + length + reach < take.frames() && loud(at - reach) && loud(at + length)
}

/// How a hole is filled and how far the sound jumps at its larger end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hole {
    Zeros,
    Held,
}

/// The jump that the finding's text names: 2 % of full scale and a quarter of the level.
fn jumps(take: &Take, at: usize, length: usize, hole: Hole) -> bool {
    let c = &take.planar[0];
    let value = if hole == Hole::Held { c[at - 1] } else { 0.0 };
    let reach = take.rate_hz as usize / 200;
    let level = c[at - reach..at + length + reach]
        .iter()
        .fold(0.0_f64, |a, v| a.max(v.abs()));
    let jump = (c[at - 1] - value)
        .abs()
        .max((c[at + length] - value).abs());
    jump > 0.025 && jump > 0.25 * level
}

fn hole(
    take: &mut Take,
    seconds: f64,
    hole: Hole,
    fits: fn(&Take, usize, usize, Hole) -> bool,
) -> bool {
    let length = (take.rate() * seconds).ceil() as usize;
    let places = take.find_places(PLACES, |take, at| {
        is_loud_around(take, at, length) && fits(take, at, length, hole)
    });
    take.print(Print::Dithered24);
    for &at in &places {
        for channel in &mut take.planar {
            let value = if hole == Hole::Held {
                channel[at - 1]
            } else {
                0.0
            };
            channel[at..at + length].fill(value);
        }
    }
    take.remember(&places);
    !places.is_empty()
}

pub(super) fn zeros(take: &mut Take, seconds: f64) -> bool {
    hole(take, seconds, Hole::Zeros, jumps)
}

pub(super) fn held(take: &mut Take, seconds: f64) -> bool {
    hole(take, seconds, Hole::Held, jumps)
}

pub(super) fn zeros_anywhere(take: &mut Take, seconds: f64) -> bool {
    hole(take, seconds, Hole::Zeros, |_, _, _, _| true)
}

/// A buffer of the sound card that is played a second time in place of the next one.
pub(super) fn played_twice(take: &mut Take, frames: f64) -> bool {
    let length = frames as usize;
    let places = take.find_places(PLACES, |take, at| {
        // A sustained tone fits behind itself by chance; a jump of 1 % is what is heard.
        let c = &take.planar[0];
        at + 2 * length < c.len()
            && is_loud_around(take, at, length)
            && (c[at + length - 1] - c[at]).abs() > 0.01
    });
    take.print(Print::Dithered24);
    for &at in &places {
        for channel in &mut take.planar {
            channel.copy_within(at..at + length, at + length);
        }
    }
    let starts: Vec<usize> = places.iter().map(|at| at + length).collect();
    take.remember(&starts);
    !places.is_empty()
}
