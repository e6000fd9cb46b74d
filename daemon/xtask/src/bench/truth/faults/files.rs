//! What is wrong with a file's numbers: bits, dither, rates, samples that are none.

use dsp::Resampler;

use super::Take;
use super::lossy::has_highs;
use crate::bench::truth::music::space::brickwall;
use crate::bench::truth::music::{self, Print, Recipe};

pub(super) fn silent(take: &mut Take, dbfs: f64) -> bool {
    take.level(dbfs);
    take.print(Print::Dithered24);
    true
}

pub(super) fn quiet(take: &mut Take, dbfs: f64) -> bool {
    take.level(dbfs);
    take.print(Print::Dithered24);
    true
}

pub(super) fn not_a_number(take: &mut Take, _: f64) -> bool {
    take.print(Print::Float32);
    let places = take.find_places(1, |_, _| true);
    for &at in &places {
        take.planar[0][at] = f64::NAN;
    }
    take.remember(&places);
    !places.is_empty()
}

pub(super) fn padded(take: &mut Take, bits: f64) -> bool {
    let scale = libm::exp2(bits - 1.0);
    for v in take.planar.iter_mut().flatten() {
        let dither = 0.5 * (take.chance.noise() + take.chance.noise());
        *v = (*v * scale + dither).round() / scale;
    }
    take.kind = Print::Rounded24.kind();
    true
}

fn fade_out(take: &mut Take) {
    let frames = 6 * take.rate_hz as usize;
    for channel in &mut take.planar {
        let from = channel.len().saturating_sub(frames);
        for (n, v) in channel[from..].iter_mut().enumerate() {
            *v *= libm::pow(1.0 - n as f64 / frames as f64, 3.0);
        }
    }
}

pub(super) fn undithered(take: &mut Take, bits: f64) -> bool {
    fade_out(take);
    let scale = libm::exp2(bits - 1.0);
    for v in take.planar.iter_mut().flatten() {
        *v = (*v * scale).round() / scale;
    }
    take.kind = Print::Dithered16.kind();
    true
}

pub(super) fn dithered(take: &mut Take, _: f64) -> bool {
    fade_out(take);
    take.print(Print::Dithered16);
    true
}

/// Converts all channels; lengths as the converter gives them.
pub(super) fn convert(planar: &[Vec<f64>], from_hz: u32, to_hz: u32) -> Option<Vec<Vec<f64>>> {
    const BLOCK: usize = 8_192;
    let mut converter = Resampler::new(from_hz, to_hz, planar.len(), BLOCK).ok()?;
    let mut room = vec![vec![0.0; converter.max_output_frames()]; planar.len()];
    let mut out = vec![Vec::new(); planar.len()];
    let mut from = 0;
    loop {
        let to = (from + BLOCK).min(planar[0].len());
        let block: Vec<&[f64]> = planar.iter().map(|c| &c[from..to]).collect();
        let mut rows: Vec<&mut [f64]> = room.iter_mut().map(Vec::as_mut_slice).collect();
        let given = if from < to {
            converter.process(&block, &mut rows)
        } else {
            converter.finish(&mut rows)
        };
        if from == to && given == 0 {
            return Some(out);
        }
        for (out, made) in out.iter_mut().zip(&room) {
            out.extend_from_slice(&made[..given]);
        }
        from = to;
    }
}

/// The rates of a conversion; 44,101 stands for 44,100 to 96,000.
pub(super) fn rates(step: f64) -> (u32, u32) {
    match step as u32 {
        44_100 => (44_100, 48_000),
        44_101 => (44_100, 96_000),
        from => (from, 96_000),
    }
}

/// The same music made at another rate, at the level of this take.
pub(super) fn remake(take: &mut Take, rate_hz: u32) -> bool {
    let Some(recipe) = take.recipe else {
        return false;
    };
    let level = music::peak(&take.planar);
    let seconds = recipe.seconds.min(12.0);
    let piece = music::render(Recipe {
        rate_hz,
        seconds,
        ..recipe
    });
    // A top that is dark by itself has no wall to be found.
    let is_bright = !piece.name.contains("low-passed");
    take.planar = piece.planar;
    take.rate_hz = rate_hz;
    take.gain(level);
    is_bright
}

pub(super) fn converted_up(take: &mut Take, step: f64) -> bool {
    let (from_hz, to_hz) = rates(step);
    if !remake(take, from_hz) || !has_highs(take, 0.42 * take.rate()) {
        return false;
    }
    let Some(planar) = convert(&take.planar, from_hz, to_hz) else {
        return false;
    };
    take.planar = planar;
    take.rate_hz = to_hz;
    take.print(Print::Dithered24);
    true
}

/// A filter as steep as a codec's: what is cut off by taste is no proof.
pub(super) fn low_passed(take: &mut Take, hz: f64) -> bool {
    let rate = take.rate();
    for channel in &mut take.planar {
        *channel = brickwall(channel, rate, hz);
    }
    let print = take
        .chance
        .pick(&[Print::Dithered24, Print::Dithered16, Print::Float32]);
    take.print(print);
    true
}
