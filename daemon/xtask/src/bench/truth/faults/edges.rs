//! Heads and tails cut, fades, silence.

use super::Take;
use crate::bench::truth::music::{self, Piece, Print};

/// A place where the level, in the seconds after and before it, is within 2 dB of the wanted one.
fn moment(take: &mut Take, dbfs: f64, after: f64, before: f64) -> Option<usize> {
    let frames = (take.rate() * (after + before)) as usize;
    let back = (take.rate() * before) as usize;
    let places = take.find_places(8, |take, at| {
        let level = take.rms_dbfs(at - back, frames);
        (level - dbfs).abs() < 2.0
    });
    places.first().copied()
}

pub(super) fn head_cut(take: &mut Take, dbfs: f64) -> bool {
    // Loud enough that the wanted level is found somewhere in the piece.
    let jump = libm::exp10(-40.0 / 20.0);
    let Some(mut at) = moment(take, dbfs, 0.005, 0.0) else {
        return false;
    };
    // Cut where the wave stands off its centre line, as nearly every cut does.
    let limit = at + take.rate_hz as usize / 50;
    while at < limit && take.planar.iter().all(|c| c[at].abs() < jump) {
        at += 1;
    }
    for channel in &mut take.planar {
        channel.drain(..at);
    }
    take.print(Print::Dithered24);
    (take.rms_dbfs(0, take.rate_hz as usize / 200) - dbfs).abs() < 4.0
}

pub(super) fn tail_cut(take: &mut Take, dbfs: f64) -> bool {
    let Some(at) = moment(take, dbfs, 0.0, 0.02) else {
        return false;
    };
    let zeros = if take.chance.happens(0.3) {
        take.rate_hz as usize / 2
    } else {
        0
    };
    // What is left must have enough quiet before it to know its own noise.
    for channel in &mut take.planar {
        channel.truncate(at);
    }
    take.print(Print::Dithered24);
    for channel in &mut take.planar {
        channel.resize(at + zeros, 0.0);
    }
    take.places = vec![at as f64 / take.rate() - 0.02];
    at > 3 * take.rate_hz as usize
}

pub(super) fn fade(take: &mut Take, seconds: f64) -> bool {
    // From the middle of the music, not from its ring-out.
    let end = (take.frames() as f64 * 0.75) as usize;
    for channel in &mut take.planar {
        channel.truncate(end);
    }
    let mut piece = Piece {
        name: String::new(),
        rate_hz: take.rate_hz,
        planar: std::mem::take(&mut take.planar),
        truths: Vec::new(),
    };
    music::fade(&mut piece, seconds);
    take.planar = piece.planar;
    take.print(Print::Dithered24);
    true
}

pub(super) fn silence_inside(take: &mut Take, seconds: f64) -> bool {
    let places = take.find_places(1, |take, at| take.rms_dbfs(at - 4_800, 9_600) > -50.0);
    let Some(&at) = places.first() else {
        return false;
    };
    take.print(Print::Dithered24);
    let frames = (take.rate() * seconds) as usize;
    for channel in &mut take.planar {
        channel.splice(at..at, std::iter::repeat_n(0.0, frames));
    }
    take.remember(&places);
    true
}
