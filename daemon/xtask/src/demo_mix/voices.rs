//! How each voice sounds.

use std::f64::consts::TAU;

use dasp::signal::{self, Signal};

use super::score::{Note, Voice};
use super::{Bus, RATE_HZ};

/// Where a sound stands: from -1 (left) to 1 (right), and how much of it the room hears.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) pan: f64,
    pub(super) room: f64,
}

const RATE: f64 = RATE_HZ as f64;

/// Plays one note into the bus; `bar` makes noise and strength differ from bar to bar.
pub(super) fn play(bus: &mut Bus, note: &Note, bar: u64) {
    let seed = (bar << 32) ^ (note.at_frames as u64) << 8 ^ note.voice as u64;
    // Hands never strike twice with the same strength: ±6 % from the note's own noise.
    let hand = signal::noise(seed).next();
    let level = note.level * (1.0 + 0.06 * hand);
    let frequency = 440.0 * libm::exp2((f64::from(note.pitch) - 69.0) / 12.0);
    let tone = Tone {
        at: note.at_frames,
        length: note.length_frames,
        frequency,
        level,
    };
    match note.voice {
        Voice::Kick => kick(bus, tone, seed),
        Voice::Snare => snare(bus, tone, seed),
        Voice::Hat => hat(bus, tone, seed, 0.035),
        Voice::OpenHat => hat(bus, tone, seed, 0.16),
        Voice::Bass => bass(bus, tone),
        Voice::Keys => keys(bus, tone, note.pitch),
        Voice::Lead => {
            lead(
                bus,
                Tone {
                    frequency: frequency * 0.9977,
                    ..tone
                },
                -0.18,
            );
            lead(
                bus,
                Tone {
                    frequency: frequency * 1.0023,
                    ..tone
                },
                0.18,
            );
        }
    }
}

#[derive(Clone, Copy)]
struct Tone {
    at: usize,
    length: usize,
    frequency: f64,
    level: f64,
}

/// Falls to 1/e in `seconds`.
fn decay(t: f64, seconds: f64) -> f64 {
    libm::exp(-t / seconds)
}

/// Rises in `attack` seconds, holds, and after `held` seconds falls with `release`.
fn envelope(t: f64, attack: f64, held: f64, release: f64) -> f64 {
    let rise = (t / attack).min(1.0);
    let fall = if t > held {
        decay(t - held, release)
    } else {
        1.0
    };
    rise * fall
}

/// The end of a note that has rung out: below -100 dB nobody hears the cut.
fn rings(held: f64, release: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few seconds of frames, positive"
    )]
    let frames = ((held + 11.6 * release) * RATE) as usize;
    frames
}

fn kick(bus: &mut Bus, tone: Tone, seed: u64) {
    let place = Place {
        pan: 0.0,
        room: 0.02,
    };
    let mut noise = signal::noise(seed + 1);
    let mut phase = 0.0;
    for frame in 0..rings(0.0, 0.11) {
        let t = frame as f64 / RATE;
        phase += (47.0 + 110.0 * decay(t, 0.028)) / RATE;
        let body = libm::sin(TAU * phase) * envelope(t, 0.001, 0.0, 0.11);
        let click = noise.next() * decay(t, 0.0025) * 0.25;
        bus.add(tone.at + frame, (body + click) * tone.level * 0.9, place);
    }
}

fn snare(bus: &mut Bus, tone: Tone, seed: u64) {
    let place = Place {
        pan: 0.05,
        room: 0.22,
    };
    let mut noise = signal::noise(seed + 1);
    let (mut last, mut smooth) = (0.0, 0.0);
    for frame in 0..rings(0.0, 0.075) {
        let t = frame as f64 / RATE;
        let white = noise.next();
        // Wires: noise without its lows and its very top.
        let bright = white - last;
        last = white;
        smooth += 0.45 * (bright - smooth);
        let wires = smooth * decay(t, 0.075) * 0.75;
        let shell = libm::sin(TAU * 188.0 * t) * decay(t, 0.05) * 0.55;
        let attack = (t / 0.0008).min(1.0);
        bus.add(
            tone.at + frame,
            (wires + shell) * attack * tone.level * 0.7,
            place,
        );
    }
}

fn hat(bus: &mut Bus, tone: Tone, seed: u64, seconds: f64) {
    let place = Place {
        pan: -0.35,
        room: 0.05,
    };
    let mut noise = signal::noise(seed + 1);
    let mut past = [0.0; 2];
    for frame in 0..rings(0.0, seconds) {
        let t = frame as f64 / RATE;
        let white = noise.next();
        // A second difference: 12 dB more per octave, only the sizzle is left.
        let sizzle = white - 2.0 * past[0] + past[1];
        past = [white, past[0]];
        let sample = sizzle * 0.085 * envelope(t, 0.0006, 0.0, seconds);
        bus.add(tone.at + frame, sample * tone.level, place);
    }
}

/// Adds up `sin(h * x)` for `h` from 1, each with its weight, by one recurrence.
fn harmonics(x: f64, weights: impl Iterator<Item = f64>) -> f64 {
    let (sin, cos) = libm::sincos(x);
    let (mut before, mut now) = (0.0, sin);
    let mut sum = 0.0;
    for weight in weights {
        sum += weight * now;
        (before, now) = (now, 2.0 * cos * now - before);
    }
    sum
}

fn bass(bus: &mut Bus, tone: Tone) {
    let place = Place {
        pan: 0.0,
        room: 0.0,
    };
    let held = tone.length as f64 / RATE;
    for frame in 0..rings(held, 0.05) {
        let t = frame as f64 / RATE;
        let x = TAU * tone.frequency * t;
        // A plucked string: the higher a partial, the sooner it is gone.
        let pluck = decay(t, 0.6);
        let mut partial = 1.0;
        let weights = (1..=6).map(|h| {
            partial *= 0.35 + 0.35 * pluck;
            partial / f64::from(h)
        });
        let string = harmonics(x, weights);
        let shape = envelope(t, 0.004, held, 0.05) * (0.55 + 0.45 * decay(t, 0.5));
        bus.add(tone.at + frame, string * shape * tone.level * 0.75, place);
    }
}

fn keys(bus: &mut Bus, tone: Tone, pitch: u8) {
    // Low keys stand left of high ones, as a player sits before them.
    let place = Place {
        pan: (f64::from(pitch) - 63.0) / 24.0,
        room: 0.30,
    };
    let held = tone.length as f64 / RATE;
    for frame in 0..rings(held, 0.12) {
        let t = frame as f64 / RATE;
        let x = TAU * tone.frequency * t;
        // An electric piano: the hammer's overtones fall faster than the tone.
        let index = 0.25 + 1.3 * decay(t, 0.35) * tone.level;
        let body = libm::sin(x + index * libm::sin(x));
        let tine = libm::sin(7.0 * x) * decay(t, 0.06) * 0.08;
        let shape = envelope(t, 0.003, held, 0.12) * decay(t, 1.7);
        bus.add(
            tone.at + frame,
            (body + tine) * shape * tone.level * 0.15,
            place,
        );
    }
}

fn lead(bus: &mut Bus, tone: Tone, pan: f64) {
    let place = Place { pan, room: 0.38 };
    let held = tone.length as f64 / RATE;
    let mut phase = 0.0;
    for frame in 0..rings(held, 0.07) {
        let t = frame as f64 / RATE;
        // Vibrato comes once the note stands.
        let depth = 0.004 * ((t - 0.18) / 0.25).clamp(0.0, 1.0);
        phase += tone.frequency * (1.0 + depth * libm::sin(TAU * 5.3 * t)) / RATE;
        let mut partial = 1.0;
        let dark = 0.62 + 0.18 * decay(t, 0.4);
        let weights = (1..=12).map(|h| {
            partial *= dark;
            partial / libm::sqrt(f64::from(h))
        });
        let reed = harmonics(TAU * phase, weights);
        let shape = envelope(t, 0.02, held, 0.07);
        bus.add(tone.at + frame, reed * shape * tone.level * 0.11, place);
    }
}
