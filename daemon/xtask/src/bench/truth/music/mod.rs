//! Music without a fault, from code: thirteen styles, and a seed for all that differs between pieces.
//!
//! Clean means: nothing in it was made by a fault the findings name. What is true of a piece by its
//! making (a fade, sixteen bits, little headroom) is said with it, so that it is not held against them.

pub(super) mod chance;
mod compose;
mod drums;
pub(super) mod space;
mod voices;

use measure::{SampleKind, codes};

use chance::Chance;
use compose::Sheet;
use space::{Bus, OnePole, Room};

/// A kind of music.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Rock,
    House,
    Acoustic,
    Piano,
    Ambient,
    DensePop,
    SoloBass,
    Speech,
    Chip,
    Percussion,
    Orchestra,
    Trap,
    Minimal,
}

pub(super) const STYLES: [Style; 13] = [
    Style::Rock,
    Style::House,
    Style::Acoustic,
    Style::Piano,
    Style::Ambient,
    Style::DensePop,
    Style::SoloBass,
    Style::Speech,
    Style::Chip,
    Style::Percussion,
    Style::Orchestra,
    Style::Trap,
    Style::Minimal,
];

impl Style {
    /// Slowest and fastest in beats per minute.
    fn tempi(self) -> (f64, f64) {
        match self {
            Self::Rock => (84.0, 172.0),
            Self::House => (118.0, 138.0),
            Self::Acoustic | Self::SoloBass => (70.0, 120.0),
            Self::Piano => (50.0, 96.0),
            Self::Ambient | Self::Orchestra => (50.0, 80.0),
            Self::DensePop => (96.0, 128.0),
            Self::Speech => (80.0, 110.0),
            Self::Chip => (110.0, 160.0),
            Self::Percussion => (85.0, 125.0),
            Self::Trap => (66.0, 82.0),
            Self::Minimal => (120.0, 130.0),
        }
    }

    /// Length of the room and how dark it is.
    fn room(self, chance: &mut Chance) -> (f64, f64) {
        let seconds = match self {
            Self::Ambient => chance.between(4.0, 9.0),
            Self::Orchestra => chance.between(1.8, 3.5),
            Self::Piano | Self::Acoustic => chance.between(0.8, 2.5),
            Self::Rock | Self::House | Self::DensePop | Self::Trap => chance.between(0.4, 2.0),
            Self::SoloBass | Self::Speech | Self::Chip => chance.between(0.2, 0.6),
            Self::Percussion | Self::Minimal => chance.between(0.3, 3.0),
        };
        (seconds, chance.between(0.2, 0.9))
    }
}

/// What is rendered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    pub(super) style: Style,
    pub(super) seed: u64,
    pub(super) seconds: f64,
    pub(super) rate_hz: u32,
}

/// A piece of music with what is true of it by its making.
pub(super) struct Piece {
    pub(super) name: String,
    pub(super) rate_hz: u32,
    pub(super) planar: Vec<Vec<f64>>,
    /// Findings that are no false alarm here.
    pub(super) truths: Vec<&'static str>,
}

/// Renders the mix as floats with its highest sample at full scale, before anything is printed.
pub(super) fn render(recipe: Recipe) -> Piece {
    let mut chance = Chance::new(recipe.seed, 2);
    let room = recipe.style.room(&mut chance);
    // The last notes and the room ring out: nothing is cut.
    let mut bus = Bus::new(recipe.rate_hz, recipe.seconds + 5.0 + 1.5 * room.0);
    let mut sheet = Sheet::new(recipe.style, recipe.seed, recipe.seconds);
    compose::play(&mut bus, &mut sheet, recipe.style);
    let planar = mix_down(bus, room);
    let mut piece = Piece {
        name: format!("{:?} {}", recipe.style, recipe.seed),
        rate_hz: recipe.rate_hz,
        planar,
        truths: vec![codes::HEADROOM_LOW],
    };
    if recipe.style == Style::Speech {
        // Whoever speaks pauses for a whole bar now and then, and nothing else sounds.
        piece.truths.push(codes::SILENCE_LONG);
    }
    if room.0 > 3.0 {
        // The finding speaks of a fade or a long decay, and this is one.
        piece.truths.push(codes::FADE_MADE);
    }
    colour(&mut piece, &mut chance);
    let top = peak(&piece.planar);
    for v in piece.planar.iter_mut().flatten() {
        *v /= top;
    }
    piece
}

pub(super) fn peak(planar: &[Vec<f64>]) -> f64 {
    let peak = planar.iter().flatten().fold(0.0_f64, |a, v| a.max(v.abs()));
    peak.max(1.0e-9)
}

fn mix_down(bus: Bus, (seconds, dark): (f64, f64)) -> Vec<Vec<f64>> {
    let mut room = Room::new(bus.rate, seconds, dark);
    let mut floor = [OnePole::new(12.0, bus.rate), OnePole::new(12.0, bus.rate)];
    let [mut left, mut right] = bus.dry;
    for ((l, r), sent) in left.iter_mut().zip(&mut right).zip(bus.send) {
        let [a, b] = room.process(sent);
        *l = floor[0].high(*l + a);
        *r = floor[1].high(*r + b);
    }
    vec![left, right]
}

/// What desks, tapes and taste do to a mix: hiss, a dark top, a steep filter, glue, a fade.
fn colour(piece: &mut Piece, chance: &mut Chance) {
    let rate = f64::from(piece.rate_hz);
    let top = peak(&piece.planar);
    if chance.happens(0.15) {
        // Soft saturation of a bus: rounder, louder, never flat.
        let drive = chance.between(0.6, 1.4);
        for v in piece.planar.iter_mut().flatten() {
            *v = libm::tanh(drive * *v / top) * top / drive;
        }
    }
    if chance.happens(0.2) {
        let hz = chance.between(5_000.0, 12_000.0);
        for channel in &mut piece.planar {
            let mut pole = OnePole::new(hz, rate);
            channel.iter_mut().for_each(|v| *v = pole.low(*v));
        }
    }
    if chance.happens(0.08) {
        // A filter as steep as a codec's or a resampler's: a cut-off alone proves nothing.
        let hz = chance.between(14_500.0, 20_000.0);
        for channel in &mut piece.planar {
            *channel = space::brickwall(channel, rate, hz);
        }
        piece.name.push_str(", low-passed");
    }
    if chance.happens(0.4) {
        let hiss = top * libm::exp10(chance.between(-95.0, -58.0) / 20.0);
        for channel in &mut piece.planar {
            channel.iter_mut().for_each(|v| *v += hiss * chance.noise());
        }
    }
    if chance.happens(0.12) {
        fade(piece, chance.between(6.0, 12.0));
        piece.truths.push(codes::FADE_MADE);
    }
}

/// Fades the end out over `seconds`, down to silence.
pub(super) fn fade(piece: &mut Piece, seconds: f64) {
    let frames = (seconds * f64::from(piece.rate_hz)) as usize;
    for channel in &mut piece.planar {
        let from = channel.len().saturating_sub(frames);
        let length = (channel.len() - from) as f64;
        for (n, v) in channel[from..].iter_mut().enumerate() {
            *v *= libm::pow(1.0 - n as f64 / length, 2.0);
        }
    }
}

/// How a mix is written to its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Print {
    /// 24 bits with triangular dither.
    Dithered24,
    /// 24 bits, rounded.
    Rounded24,
    /// 32-bit float.
    Float32,
    /// 16 bits with triangular dither.
    Dithered16,
}

impl Print {
    pub(super) fn kind(self) -> SampleKind {
        match self {
            Self::Dithered24 | Self::Rounded24 => SampleKind::I24,
            Self::Float32 => SampleKind::F32,
            Self::Dithered16 => SampleKind::I16,
        }
    }

    /// Rounds the samples as the file will hold them.
    pub(super) fn apply(self, planar: &mut [Vec<f64>], chance: &mut Chance) {
        let (bits, dither) = match self {
            Self::Dithered24 => (24, 0.5),
            Self::Rounded24 => (24, 0.0),
            Self::Dithered16 => (16, 0.5),
            Self::Float32 => {
                for v in planar.iter_mut().flatten() {
                    *v = f64::from(*v as f32);
                }
                return;
            }
        };
        let scale = f64::from(1_u32 << (bits - 1));
        for v in planar.iter_mut().flatten() {
            let noise = dither * (chance.noise() + chance.noise());
            *v = (*v * scale + noise).round().clamp(-scale, scale - 1.0) / scale;
        }
    }
}
