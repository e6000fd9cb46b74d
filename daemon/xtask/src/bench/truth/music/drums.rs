//! The instruments that have none: drums, cymbals and small wood.

use std::f64::consts::TAU;

use super::chance::Chance;
use super::space::{Bus, OnePole, Place, Resonator};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drum {
    Kick,
    Snare,
    Clap,
    Hat,
    OpenHat,
    Ride,
    Crash,
    Tom,
    Rim,
    Clave,
    Shaker,
    Tick,
    ChipNoise,
}

/// How one kit differs from the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kit {
    pub(super) kick_hz: f64,
    pub(super) snare_hz: f64,
    pub(super) snare_ring: f64,
    pub(super) hat_hz: f64,
    pub(super) hat_ring: f64,
    pub(super) beater: f64,
    pub(super) room: f64,
}

impl Kit {
    pub(super) fn new(chance: &mut Chance) -> Self {
        Self {
            kick_hz: chance.between(42.0, 62.0),
            snare_hz: chance.between(160.0, 240.0),
            snare_ring: chance.between(0.05, 0.16),
            hat_hz: chance.between(6_000.0, 10_500.0),
            hat_ring: chance.between(0.015, 0.06),
            beater: chance.between(0.05, 0.5),
            room: chance.between(0.02, 0.25),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    pub(super) at: f64,
    pub(super) drum: Drum,
    pub(super) level: f64,
}

pub(super) fn hit(bus: &mut Bus, hit: Hit, kit: &Kit, chance: &mut Chance) {
    let level = hit.level * chance.between(0.88, 1.0);
    let seed = Chance::new(chance.below(1 << 30) as u64, 5);
    let place = |pan: f64, room: f64| Place { pan, room };
    let at = hit.at;
    match hit.drum {
        Drum::Kick => kick(bus, at, level, kit, seed),
        Drum::Snare => snare(bus, at, level, kit, seed),
        Drum::Clap => clap(bus, at, level, kit, seed),
        Drum::Hat => metal(
            bus,
            at,
            level * 0.5,
            [kit.hat_hz, kit.hat_ring],
            place(-0.3, 0.05),
            seed,
        ),
        Drum::OpenHat => metal(
            bus,
            at,
            level * 0.5,
            [kit.hat_hz, 0.18],
            place(-0.3, 0.06),
            seed,
        ),
        Drum::Ride => metal(
            bus,
            at,
            level * 0.35,
            [5_200.0, 0.5],
            place(0.45, 0.08),
            seed,
        ),
        Drum::Crash => metal(bus, at, level * 0.6, [4_300.0, 0.9], place(0.5, 0.12), seed),
        Drum::Tom => tom(bus, at, level, kit),
        Drum::Rim => wood(
            bus,
            at,
            level,
            [1_750.0, 0.012, 0.000_2],
            place(0.2, kit.room),
        ),
        Drum::Clave => wood(
            bus,
            at,
            level,
            [2_450.0, 0.035, 0.000_1],
            place(-0.4, kit.room + 0.2),
        ),
        Drum::Shaker => shaker(bus, at, level, seed),
        Drum::Tick => wood(
            bus,
            at,
            level,
            [4_200.0, 0.003, 0.000_1],
            place(0.6, kit.room),
        ),
        Drum::ChipNoise => chip_noise(bus, at, level, seed),
    }
}

fn kick(bus: &mut Bus, at: f64, level: f64, kit: &Kit, mut noise: Chance) {
    let rate = bus.rate;
    let (mut t, mut phase) = (0.0, 0.0);
    let kit = *kit;
    let place = Place {
        pan: 0.0,
        room: 0.02,
    };
    bus.play(at, 1.2, place, move || {
        phase += (kit.kick_hz + 130.0 * libm::exp(-t / 0.022)) / rate;
        let body = libm::sin(TAU * phase) * libm::exp(-t / 0.11) * (t / 0.0008).min(1.0);
        let beater = kit.beater * noise.noise() * libm::exp(-t / 0.002);
        t += 1.0 / rate;
        (body + beater) * level
    });
}

fn snare(bus: &mut Bus, at: f64, level: f64, kit: &Kit, mut noise: Chance) {
    let rate = bus.rate;
    let mut t = 0.0;
    let mut wires = OnePole::new(1_600.0, rate);
    let kit = *kit;
    let place = Place {
        pan: 0.05,
        room: kit.room,
    };
    bus.play(at, 12.0 * kit.snare_ring, place, move || {
        let shell = libm::sin(TAU * kit.snare_hz * t) * libm::exp(-t / 0.06) * 0.6;
        let buzz = wires.high(noise.noise()) * libm::exp(-t / kit.snare_ring) * 0.6;
        let attack = (t / 0.000_4).min(1.0);
        t += 1.0 / rate;
        (shell + buzz) * attack * level * 0.7
    });
}

fn clap(bus: &mut Bus, at: f64, level: f64, kit: &Kit, mut noise: Chance) {
    let rate = bus.rate;
    let mut t: f64 = 0.0;
    let mut filter = Resonator::new(1_300.0, 1.2, rate);
    let place = Place {
        pan: -0.1,
        room: kit.room + 0.1,
    };
    bus.play(at, 1.5, place, move || {
        let hand = if t < 0.03 { t % 0.01 } else { t - 0.03 };
        let ring = if t < 0.03 { 0.004 } else { 0.1 };
        let v = filter.process(noise.noise()).1 * libm::exp(-hand / ring);
        t += 1.0 / rate;
        v * level
    });
}

/// Six partials without a common root, and noise, through a high-pass.
fn metal(
    bus: &mut Bus,
    at: f64,
    level: f64,
    [hz, ring]: [f64; 2],
    place: Place,
    mut noise: Chance,
) {
    let rate = bus.rate;
    let mut t = 0.0;
    let mut phases = [0.0; 6];
    let steps = [1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523].map(|r| hz * 0.62 * r / rate);
    let mut cut = [OnePole::new(hz, rate), OnePole::new(hz, rate)];
    let fall = libm::exp(-1.0 / (ring * rate));
    let mut envelope = 1.0;
    bus.play(at, 11.6 * ring, place, move || {
        let mut sum = 0.0;
        for (phase, step) in phases.iter_mut().zip(steps) {
            *phase += step;
            *phase -= libm::floor(*phase);
            sum += if *phase < 0.5 { 1.0 } else { -1.0 };
        }
        let [a, b] = &mut cut;
        let v = b.high(a.high(0.09 * sum + 0.7 * noise.noise()));
        envelope *= fall;
        t += 1.0 / rate;
        v * envelope * (t / 0.000_5).min(1.0) * level
    });
}

fn tom(bus: &mut Bus, at: f64, level: f64, kit: &Kit) {
    let rate = bus.rate;
    let (mut t, mut phase) = (0.0, 0.0);
    let hz = kit.snare_hz * 0.55;
    let place = Place {
        pan: 0.3,
        room: kit.room,
    };
    bus.play(at, 2.0, place, move || {
        phase += hz * (1.0 + 0.5 * libm::exp(-t / 0.05)) / rate;
        let v = libm::sin(TAU * phase) * libm::exp(-t / 0.18) * (t / 0.000_7).min(1.0);
        t += 1.0 / rate;
        v * level * 0.7
    });
}

/// Hard wood: a short tone with hardly any attack, the nearest that music comes to a click.
fn wood(bus: &mut Bus, at: f64, level: f64, [hz, ring, attack]: [f64; 3], place: Place) {
    let rate = bus.rate;
    let mut t = 0.0;
    bus.play(at, 12.0 * ring, place, move || {
        let v =
            (libm::sin(TAU * hz * t) + 0.4 * libm::sin(TAU * 2.71 * hz * t)) * libm::exp(-t / ring);
        let rise = (t / attack).min(1.0);
        t += 1.0 / rate;
        v * rise * level * 0.5
    });
}

fn shaker(bus: &mut Bus, at: f64, level: f64, mut noise: Chance) {
    let rate = bus.rate;
    let mut t = 0.0;
    let mut filter = OnePole::new(5_500.0, rate);
    bus.play(
        at,
        0.25,
        Place {
            pan: 0.5,
            room: 0.08,
        },
        move || {
            let swell = libm::sin(std::f64::consts::PI * (t / 0.07_f64).min(1.0));
            t += 1.0 / rate;
            filter.high(noise.noise()) * swell * level * 0.25
        },
    );
}

/// A shift register read at a few kilohertz, as old chips made their drums.
fn chip_noise(bus: &mut Bus, at: f64, level: f64, mut noise: Chance) {
    let rate = bus.rate;
    let (mut t, mut left, mut value) = (0.0, 0_usize, 1.0);
    let period = (rate / 9_000.0).max(1.0) as usize;
    bus.play(
        at,
        0.12,
        Place {
            pan: 0.0,
            room: 0.0,
        },
        move || {
            if left == 0 {
                left = period;
                value = if noise.happens(0.5) { 1.0 } else { -1.0 };
            }
            left -= 1;
            t += 1.0 / rate;
            value * level * 0.3 * libm::floor(16.0 * (1.0 - t / 0.12)) / 16.0
        },
    );
}
