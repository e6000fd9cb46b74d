//! The instruments that have pitches.

use std::f64::consts::TAU;
use std::sync::OnceLock;

use super::chance::Chance;
use super::space::{Bus, OnePole, Place, Resonator};

/// One tone to play.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tone {
    pub(super) at: f64,
    pub(super) held: f64,
    pub(super) hz: f64,
    pub(super) level: f64,
    pub(super) place: Place,
}

const TABLE: usize = 2048;

/// A saw-tooth with as many partials as fit, one table per octave of the number of partials.
fn saw_tables() -> &'static Vec<Vec<f64>> {
    static TABLES: OnceLock<Vec<Vec<f64>>> = OnceLock::new();
    TABLES.get_or_init(|| {
        (0..10)
            .map(|octave| {
                let partials = 1_usize << octave;
                (0..=TABLE)
                    .map(|n| {
                        let x = TAU * n as f64 / TABLE as f64;
                        (1..=partials)
                            .map(|h| {
                                // Lanczos' factors keep the tables from ringing.
                                let u = std::f64::consts::PI * h as f64 / (partials + 1) as f64;
                                libm::sin(h as f64 * x) / h as f64 * libm::sin(u) / u
                            })
                            .sum::<f64>()
                            * 0.6
                    })
                    .collect()
            })
            .collect()
    })
}

/// An oscillator over a saw-tooth's table.
pub(super) struct Saw {
    table: &'static [f64],
    phase: f64,
    step: f64,
}

impl Saw {
    pub(super) fn new(hz: f64, rate: f64, phase: f64) -> Self {
        let partials = (0.45 * rate / hz).max(1.0);
        let octave = (libm::log2(partials) as usize).min(9);
        Self {
            table: &saw_tables()[octave],
            phase,
            step: hz / rate,
        }
    }

    pub(super) fn next(&mut self, bend: f64) -> f64 {
        self.phase += self.step * bend;
        self.phase -= libm::floor(self.phase);
        let x = self.phase * TABLE as f64;
        let index = (x as usize).min(TABLE - 1);
        let part = x - index as f64;
        self.table[index] + part * (self.table[index + 1] - self.table[index])
    }
}

/// Rise, hold and an exponential end that is multiplied on, without asking for an exponential.
struct Shape {
    rise: f64,
    level: f64,
    held: usize,
    fall: f64,
    sag: f64,
}

impl Shape {
    fn new(rate: f64, attack: f64, held: f64, release: f64, sag_seconds: f64) -> Self {
        Self {
            rise: 1.0 / (attack * rate).max(1.0),
            level: 0.0,
            held: (held * rate) as usize,
            fall: libm::exp(-1.0 / (release * rate)),
            sag: libm::exp(-1.0 / (sag_seconds * rate)),
        }
    }

    fn next(&mut self) -> f64 {
        if self.held == 0 {
            self.level *= self.fall;
        } else {
            self.held -= 1;
            if self.rise > 0.0 {
                self.level += self.rise;
                if self.level >= 1.0 {
                    self.rise = 0.0;
                }
            } else {
                self.level *= self.sag;
            }
        }
        self.level
    }
}

/// How long a note sounds until it is below -100 dB.
fn length(held: f64, release: f64) -> f64 {
    held + 11.6 * release
}

/// Many detuned saw-teeth through a filter: pads, strings, brass, leads and basses differ in the numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Synth {
    pub(super) detune: [f64; 3],
    pub(super) attack: f64,
    pub(super) release: f64,
    pub(super) sag: f64,
    pub(super) cutoff: f64,
    pub(super) envelope: f64,
    pub(super) vibrato: f64,
}

pub(super) const PAD: Synth = Synth {
    detune: [1.0, 1.004, 0.9955],
    attack: 0.6,
    release: 0.7,
    sag: 20.0,
    cutoff: 1_800.0,
    envelope: 0.0,
    vibrato: 0.0,
};
pub(super) const STRINGS: Synth = Synth {
    detune: [1.0, 1.002, 0.9978],
    attack: 0.12,
    release: 0.2,
    sag: 9.0,
    cutoff: 4_200.0,
    envelope: 0.0,
    vibrato: 0.004,
};
pub(super) const BRASS: Synth = Synth {
    detune: [1.0, 1.0007, 0.9993],
    attack: 0.04,
    release: 0.08,
    sag: 5.0,
    cutoff: 1_500.0,
    envelope: 3_000.0,
    vibrato: 0.003,
};
pub(super) const LEAD: Synth = Synth {
    detune: [1.0, 1.006, 0.9942],
    attack: 0.004,
    release: 0.06,
    sag: 4.0,
    cutoff: 9_000.0,
    envelope: 3_000.0,
    vibrato: 0.005,
};
pub(super) const STAB: Synth = Synth {
    detune: [1.0, 1.009, 0.991],
    attack: 0.002,
    release: 0.09,
    sag: 0.4,
    cutoff: 2_500.0,
    envelope: 9_000.0,
    vibrato: 0.0,
};
pub(super) const SYNTH_BASS: Synth = Synth {
    detune: [1.0, 1.0, 0.5],
    attack: 0.003,
    release: 0.03,
    sag: 0.9,
    cutoff: 300.0,
    envelope: 2_400.0,
    vibrato: 0.0,
};

pub(super) fn synth(bus: &mut Bus, tone: Tone, kind: &Synth, chance: &mut Chance) {
    let rate = bus.rate;
    let mut saws = kind
        .detune
        .map(|d| Saw::new(tone.hz * d, rate, chance.share()));
    let mut shape = Shape::new(rate, kind.attack, tone.held, kind.release, kind.sag);
    let mut filter = Resonator::new(kind.cutoff, 0.8, rate);
    let (mut t, mut bend, mut count) = (0.0, 1.0, 0_u32);
    bus.play(
        tone.at,
        length(tone.held, kind.release),
        tone.place,
        move || {
            if count.is_multiple_of(32) {
                let hz = kind.cutoff + kind.envelope * libm::exp(-4.0 * t);
                let g = Resonator::new(hz, 0.8, rate);
                filter = g.with_state(&filter);
                let depth = kind.vibrato * ((t - 0.15) / 0.3).clamp(0.0, 1.0);
                bend = 1.0 + depth * libm::sin(TAU * 5.4 * t);
            }
            count += 1;
            t += 1.0 / rate;
            let sum: f64 = saws.iter_mut().map(|s| s.next(bend)).sum();
            filter.process(sum).0 * shape.next() * tone.level * 0.4
        },
    );
}

/// A struck or plucked string of partials that die away, the high ones first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Struck {
    pub(super) partials: usize,
    /// How much each partial is weaker than the one before.
    pub(super) slope: f64,
    pub(super) ring: f64,
    /// Stretch of the partials, as in a stiff string or a bell.
    pub(super) stiffness: f64,
    pub(super) attack: f64,
}

pub(super) const PIANO: Struck = Struck {
    partials: 14,
    slope: 0.68,
    ring: 3.2,
    stiffness: 0.0004,
    attack: 0.0012,
};
pub(super) const ELECTRIC_PIANO: Struck = Struck {
    partials: 6,
    slope: 0.4,
    ring: 2.0,
    stiffness: 0.0,
    attack: 0.003,
};
pub(super) const BELL: Struck = Struck {
    partials: 8,
    slope: 0.75,
    ring: 2.4,
    stiffness: 0.09,
    attack: 0.0006,
};
pub(super) const MARIMBA: Struck = Struck {
    partials: 4,
    slope: 0.35,
    ring: 0.5,
    stiffness: 0.5,
    attack: 0.0009,
};
pub(super) const PLAIN_SINE: Struck = Struck {
    partials: 1,
    slope: 0.0,
    ring: 6.0,
    stiffness: 0.0,
    attack: 0.01,
};

pub(super) fn struck(bus: &mut Bus, tone: Tone, kind: &Struck, chance: &mut Chance) {
    let rate = bus.rate;
    // Each partial is a turning, shrinking vector: no sine is asked for while it sounds.
    let mut partials: Vec<[f64; 4]> = (1..=kind.partials)
        .map(|h| {
            let h = h as f64;
            let hz = tone.hz * h * libm::sqrt(1.0 + kind.stiffness * h * h);
            let decay = libm::exp(-(0.5 + 0.5 * h) * 2.2 / (kind.ring * rate));
            let (sin, cos) = libm::sincos(TAU * hz / rate);
            let (y, x) = libm::sincos(TAU * chance.share());
            let level = if hz < 0.45 * rate {
                libm::pow(kind.slope, h - 1.0)
            } else {
                0.0
            };
            [x * level, y * level, cos * decay, sin * decay]
        })
        .collect();
    let mut shape = Shape::new(rate, kind.attack, tone.held, 0.09, 60.0);
    bus.play(tone.at, length(tone.held, 0.09), tone.place, move || {
        let mut sum = 0.0;
        for p in &mut partials {
            let [x, y, c, s] = *p;
            sum += y;
            p[0] = c * x - s * y;
            p[1] = s * x + c * y;
        }
        sum * shape.next() * tone.level * 0.4
    });
}

/// A plucked string (K. Karplus and A. Strong, 1983).
fn string(hz: f64, rate: f64, bright: f64, chance: &mut Chance) -> impl FnMut() -> f64 + use<> {
    let length = (rate / hz).max(4.0) as usize;
    let mut soft = OnePole::new(1_500.0 + 8_000.0 * bright, rate);
    let mut line: Vec<f64> = (0..length).map(|_| soft.low(chance.noise())).collect();
    let mean = line.iter().sum::<f64>() / length as f64;
    line.iter_mut().for_each(|v| *v -= mean);
    let (mut at, mut last) = (0, 0.0);
    move || {
        let v = line[at];
        line[at] = 0.9985 * (0.5 * v + 0.5 * last);
        last = v;
        at = (at + 1) % length;
        v
    }
}

pub(super) fn pluck(bus: &mut Bus, tone: Tone, bright: f64, chance: &mut Chance) {
    let mut next = string(tone.hz, bus.rate, bright, chance);
    let mut shape = Shape::new(bus.rate, 0.0005, tone.held, 0.05, 30.0);
    bus.play(tone.at, length(tone.held, 0.05), tone.place, move || {
        next() * shape.next() * tone.level
    });
}

/// A power chord through an overdriven amplifier and its loudspeaker.
pub(super) fn overdrive(bus: &mut Bus, tone: Tone, drive: f64, chance: &mut Chance) {
    let rate = bus.rate;
    let mut strings = [1.0, 1.4983, 2.0].map(|r| string(tone.hz * r, rate, 0.8, chance));
    let mut shape = Shape::new(rate, 0.0005, tone.held, 0.03, 30.0);
    let mut tight = OnePole::new(90.0, rate);
    let mut cone = [
        Resonator::new(4_300.0, 0.9, rate),
        Resonator::new(5_000.0, 0.7, rate),
    ];
    bus.play(tone.at, length(tone.held, 0.03), tone.place, move || {
        let sum: f64 = strings.iter_mut().map(|s| s()).sum();
        let driven = libm::tanh(drive * sum * shape.next());
        let mut v = tight.high(driven);
        for filter in &mut cone {
            v = filter.process(v).0;
        }
        v * tone.level * 0.5
    });
}

/// The low sine of electronic drums, driven soft.
pub(super) fn sub(bus: &mut Bus, tone: Tone, drive: f64) {
    let rate = bus.rate;
    let (mut phase, mut t) = (0.0, 0.0);
    let mut shape = Shape::new(rate, 0.002, tone.held, 0.06, 0.8);
    bus.play(tone.at, length(tone.held, 0.06), tone.place, move || {
        phase += tone.hz * (1.0 + 1.5 * libm::exp(-60.0 * t)) / rate;
        t += 1.0 / rate;
        libm::tanh(drive * libm::sin(TAU * phase)) * shape.next() * tone.level
    });
}

/// Waves of old sound chips, made without a filter: they rest at one value between their steps.
pub(super) fn chip(bus: &mut Bus, tone: Tone, duty: f64) {
    let (rate, mut phase) = (bus.rate, 0.0);
    let levels = [1.0, 0.8, 0.6, 0.47, 0.33, 0.2, 0.13];
    let per_level = (tone.held / levels.len() as f64 * rate).max(1.0) as usize;
    let mut frame = 0;
    bus.play(tone.at, tone.held, tone.place, move || {
        phase += tone.hz / rate;
        phase -= libm::floor(phase);
        let level = levels[(frame / per_level).min(levels.len() - 1)];
        frame += 1;
        let wave = if duty > 0.0 {
            if phase < duty { 1.0 } else { -1.0 }
        } else {
            // A triangle of 16 steps.
            libm::floor((4.0 * (phase - 0.5).abs() - 1.0) * 8.0) / 8.0
        };
        wave * level * tone.level * 0.4
    });
}

/// A sung or spoken vowel: pulses of the glottis through three formants.
pub(super) fn vowel(bus: &mut Bus, tone: Tone, formants: [f64; 3], chance: &mut Chance) {
    let rate = bus.rate;
    let mut pulses = Saw::new(tone.hz, rate, 0.0);
    let mut breath = Chance::new(chance.below(1 << 20) as u64, 77);
    let mut filters = [
        (Resonator::new(formants[0], 8.0, rate), 1.0),
        (Resonator::new(formants[1], 11.0, rate), 0.5),
        (Resonator::new(formants[2], 14.0, rate), 0.25),
    ];
    let mut shape = Shape::new(rate, 0.03, tone.held, 0.04, 3.0);
    let (mut t, glide) = (0.0, chance.between(-0.12, 0.08));
    bus.play(tone.at, length(tone.held, 0.04), tone.place, move || {
        t += 1.0 / rate;
        let bend = 1.0 + glide * t / tone.held.max(0.05) + 0.01 * libm::sin(TAU * 5.1 * t);
        let source = pulses.next(bend) + 0.02 * breath.noise();
        let sum: f64 = filters
            .iter_mut()
            .map(|(f, gain)| f.process(source).1 * *gain)
            .sum();
        sum * shape.next() * tone.level * 0.35
    });
}

/// A consonant: noise around a frequency, swelling (s, f) or bursting (t, k, p).
pub(super) fn consonant(bus: &mut Bus, tone: Tone, bursts: f64, chance: &mut Chance) {
    let rate = bus.rate;
    let mut noise = Chance::new(chance.below(1 << 20) as u64, 78);
    let mut filter = Resonator::new(tone.hz, 1.5, rate);
    let mut shape = Shape::new(rate, bursts, tone.held, 0.015, 0.3);
    bus.play(tone.at, length(tone.held, 0.015), tone.place, move || {
        filter.process(noise.noise()).1 * shape.next() * tone.level * 0.5
    });
}
