//! What is played in each style: a seed chooses key, chords, patterns and who is silent when.

use super::Style;
use super::chance::Chance;
use super::drums::{self, Drum, Hit, Kit};
use super::space::{Bus, Place};
use super::voices::{self, Tone};

/// Time, key and harmony of one piece.
pub(super) struct Sheet {
    pub(super) chance: Chance,
    kit: Kit,
    beat: f64,
    bars: usize,
    root: f64,
    scale: [i32; 7],
    progression: Vec<i32>,
    start: f64,
    seed: u64,
}

const MAJOR: [i32; 7] = [0, 2, 4, 5, 7, 9, 11];
const MINOR: [i32; 7] = [0, 2, 3, 5, 7, 8, 10];
const DORIAN: [i32; 7] = [0, 2, 3, 5, 7, 9, 10];
const PROGRESSIONS: [&[i32]; 7] = [
    &[0, 4, 5, 3],
    &[0, 5, 3, 4],
    &[0, 3, 0, 4],
    &[5, 3, 0, 4],
    &[0, 6, 5, 4],
    &[0, 0, 3, 4],
    &[1, 4, 0, 5],
];

fn note_hz(number: f64) -> f64 {
    440.0 * libm::exp2((number - 69.0) / 12.0)
}

impl Sheet {
    pub(super) fn new(style: Style, seed: u64, seconds: f64) -> Self {
        let mut chance = Chance::new(seed, 1);
        let (slow, fast) = style.tempi();
        let beat = 60.0 / chance.between(slow, fast);
        let bars = ((seconds - 0.3) / (4.0 * beat)).max(1.0) as usize;
        Self {
            kit: Kit::new(&mut chance),
            beat,
            bars,
            root: 36.0 + chance.below(12) as f64,
            scale: chance.pick(&[MAJOR, MINOR, MINOR, DORIAN]),
            progression: chance.pick(&PROGRESSIONS).to_vec(),
            start: 0.3,
            seed,
            chance,
        }
    }

    /// A degree of the scale, counted from the root two octaves below the middle C.
    fn degree(&self, degree: i32) -> f64 {
        let octave = degree.div_euclid(7);
        let step = self.scale[usize::try_from(degree.rem_euclid(7)).expect("0 to 6")];
        note_hz(self.root + f64::from(12 * octave + step))
    }

    fn chord(&self, bar: usize) -> i32 {
        self.progression[bar % self.progression.len()]
    }

    fn at(&self, bar: usize, beats: f64) -> f64 {
        self.start + (bar as f64 * 4.0 + beats) * self.beat
    }

    /// Parts come and go every four bars; the same for the whole four bars.
    fn is_there(&self, bar: usize, part: u64, how_often: f64) -> bool {
        Chance::new(self.seed.wrapping_add(bar as u64 / 4), 100 + part).happens(how_often)
    }

    /// Hands are late or early by some milliseconds.
    fn loose(&mut self, spread: f64) -> f64 {
        self.chance.between(-spread, spread)
    }

    fn hit(&mut self, bus: &mut Bus, bar: usize, beats: f64, drum: Drum, level: f64) {
        let at = self.at(bar, beats) + self.loose(0.004);
        drums::hit(bus, Hit { at, drum, level }, &self.kit, &mut self.chance);
    }

    fn tone(&self, bar: usize, beats: f64, held: f64, hz: f64, level: f64, place: Place) -> Tone {
        Tone {
            at: self.at(bar, beats),
            held: held * self.beat,
            hz,
            level,
            place,
        }
    }
}

const fn place(pan: f64, room: f64) -> Place {
    Place { pan, room }
}

/// Plays the whole piece into the bus.
pub(super) fn play(bus: &mut Bus, sheet: &mut Sheet, style: Style) {
    for bar in 0..sheet.bars {
        match style {
            Style::Rock => rock(bus, sheet, bar),
            Style::House => house(bus, sheet, bar),
            Style::Acoustic => acoustic(bus, sheet, bar),
            Style::Piano => piano(bus, sheet, bar),
            Style::Ambient => ambient(bus, sheet, bar),
            Style::DensePop => dense_pop(bus, sheet, bar),
            Style::SoloBass => solo_bass(bus, sheet, bar),
            Style::Speech => speech(bus, sheet, bar),
            Style::Chip => chip(bus, sheet, bar),
            Style::Percussion => percussion(bus, sheet, bar),
            Style::Orchestra => orchestra(bus, sheet, bar),
            Style::Trap => trap(bus, sheet, bar),
            Style::Minimal => minimal(bus, sheet, bar),
        }
    }
}

fn beat_drums(bus: &mut Bus, s: &mut Sheet, bar: usize, cymbal: Drum) {
    let pattern: &[f64] = match s.seed % 3 {
        0 => &[0.0, 1.75, 2.5],
        1 => &[0.0, 2.0, 2.75],
        _ => &[0.0, 0.5, 2.5],
    };
    for &beats in pattern {
        s.hit(bus, bar, beats, Drum::Kick, 0.9);
    }
    for beats in [1.0, 3.0] {
        s.hit(bus, bar, beats, Drum::Snare, 0.85);
    }
    for eighth in 0..8 {
        let level = if eighth % 2 == 0 { 0.7 } else { 0.45 };
        s.hit(bus, bar, f64::from(eighth) * 0.5, cymbal, level);
    }
    if bar.is_multiple_of(4) {
        s.hit(bus, bar, 0.0, Drum::Crash, 0.7);
    }
    if bar % 4 == 3 {
        for step in 0..4 {
            let drum = if step < 2 { Drum::Tom } else { Drum::Snare };
            s.hit(bus, bar, 3.0 + 0.25 * f64::from(step), drum, 0.7);
        }
    }
}

fn rock(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let cymbal = s
        .chance
        .pick(&[Drum::Hat, Drum::Hat, Drum::OpenHat, Drum::Ride]);
    if s.is_there(bar, 1, 0.85) {
        beat_drums(bus, s, bar, cymbal);
    }
    let chord = s.chord(bar);
    for eighth in 0..8 {
        let beats = f64::from(eighth) * 0.5;
        let tone = s.tone(bar, beats, 0.45, s.degree(chord), 0.5, place(0.0, 0.0));
        voices::pluck(bus, tone, 0.3, &mut s.chance);
    }
    if s.is_there(bar, 2, 0.8) {
        for (pan, drive) in [(-0.9, 6.0), (0.9, 9.0)] {
            for (beats, held) in [(0.0, 1.4), (1.5, 1.0), (2.5, 1.4)] {
                let tone = s.tone(
                    bar,
                    beats,
                    held,
                    s.degree(chord + 7),
                    0.28,
                    place(pan, 0.06),
                );
                voices::overdrive(bus, tone, drive, &mut s.chance);
            }
        }
    }
    if s.is_there(bar, 3, 0.5) {
        sing(bus, s, bar, 0.35);
    }
}

fn house(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    if s.is_there(bar, 1, 0.8) {
        for beat in 0..4 {
            s.hit(bus, bar, f64::from(beat), Drum::Kick, 1.0);
            s.hit(bus, bar, f64::from(beat) + 0.5, Drum::OpenHat, 0.5);
        }
        for beats in [1.0, 3.0] {
            s.hit(bus, bar, beats, Drum::Clap, 0.8);
        }
        for step in 0..16 {
            s.hit(bus, bar, f64::from(step) * 0.25, Drum::Hat, 0.3);
        }
    }
    for eighth in 0..8 {
        let tone = s.tone(
            bar,
            f64::from(eighth) * 0.5 + 0.25,
            0.2,
            s.degree(chord),
            0.8,
            place(0.0, 0.0),
        );
        voices::synth(bus, tone, &voices::SYNTH_BASS, &mut s.chance);
    }
    if s.is_there(bar, 2, 0.7) {
        for beats in [0.0, 0.75, 1.5, 2.25, 3.0, 3.5] {
            for (third, pan) in [(14, -0.5), (16, 0.5), (18, 0.0)] {
                let tone = s.tone(
                    bar,
                    beats,
                    0.3,
                    s.degree(chord + third),
                    0.2,
                    place(pan, 0.3),
                );
                voices::synth(bus, tone, &voices::STAB, &mut s.chance);
            }
        }
    }
    if s.is_there(bar, 3, 0.4) {
        melody(bus, s, bar, 21);
    }
}

fn melody(bus: &mut Bus, s: &mut Sheet, bar: usize, from: i32) {
    let mut beats = 0.0;
    while beats < 4.0 {
        let held = s.chance.pick(&[0.5, 0.5, 1.0, 1.5]);
        let step = s.chord(bar) + from + s.chance.pick(&[0, 1, 2, 4, 5]);
        if s.chance.happens(0.75) {
            let tone = s.tone(
                bar,
                beats,
                held * 0.9,
                s.degree(step),
                0.25,
                place(0.1, 0.3),
            );
            voices::synth(bus, tone, &voices::LEAD, &mut s.chance);
        }
        beats += held;
    }
}

const VOWELS: [[f64; 3]; 5] = [
    [730.0, 1_090.0, 2_440.0],
    [530.0, 1_840.0, 2_480.0],
    [270.0, 2_290.0, 3_010.0],
    [570.0, 840.0, 2_410.0],
    [300.0, 870.0, 2_240.0],
];

fn sing(bus: &mut Bus, s: &mut Sheet, bar: usize, level: f64) {
    let mut beats = s.chance.pick(&[0.0, 0.5]);
    while beats < 3.5 {
        let held = s.chance.pick(&[0.4, 0.8, 1.2]);
        let step = s.chord(bar) + 14 + s.chance.pick(&[0, 2, 3, 4]);
        if s.chance.happens(0.6) {
            let hiss = Tone {
                held: 0.06,
                ..s.tone(
                    bar,
                    beats - 0.12,
                    0.0,
                    s.chance.clone().between(4_500.0, 8_000.0),
                    level * 0.7,
                    place(0.0, 0.15),
                )
            };
            voices::consonant(bus, hiss, 0.02, &mut s.chance);
        }
        let vowel = s.chance.pick(&VOWELS);
        let tone = s.tone(
            bar,
            beats,
            held * 0.85,
            s.degree(step),
            level,
            place(0.0, 0.25),
        );
        voices::vowel(bus, tone, vowel, &mut s.chance);
        beats += held + s.chance.pick(&[0.0, 0.3]);
    }
}

fn acoustic(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    let picked = [0, 7, 9, 11, 14, 11, 9, 7];
    for (eighth, degree) in (0_u8..).zip(picked) {
        if s.chance.happens(0.8) {
            let level = s.chance.between(0.25, 0.5);
            let beats = f64::from(eighth) * 0.5 + s.loose(0.02);
            let tone = s.tone(
                bar,
                beats,
                2.0,
                s.degree(chord + degree),
                level,
                place(-0.2, 0.2),
            );
            let bright = s.chance.between(0.3, 1.0);
            voices::pluck(bus, tone, bright, &mut s.chance);
        }
    }
    if s.is_there(bar, 1, 0.4) {
        sing(bus, s, bar, 0.3);
    }
    if s.is_there(bar, 2, 0.3) {
        for step in 0..8 {
            s.hit(bus, bar, f64::from(step) * 0.5, Drum::Shaker, 0.4);
        }
    }
}

fn piano(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    if s.chance.happens(0.15) {
        return;
    }
    for (degree, pan) in [(0, -0.4), (7, -0.3)] {
        let level = s.chance.between(0.15, 0.5);
        let tone = s.tone(
            bar,
            0.0,
            3.6,
            s.degree(chord + degree),
            level,
            place(pan, 0.15),
        );
        voices::struck(bus, tone, &voices::PIANO, &mut s.chance);
    }
    let mut beats = s.chance.pick(&[0.0, 1.0]);
    while beats < 4.0 {
        let degree = s.chance.pick(&[14, 16, 18, 19, 21, 23]);
        let level = s.chance.between(0.05, 0.5);
        let late = s.loose(0.015);
        let tone = s.tone(
            bar,
            beats + late,
            2.0,
            s.degree(chord + degree),
            level,
            place(0.3, 0.15),
        );
        voices::struck(bus, tone, &voices::PIANO, &mut s.chance);
        beats += s.chance.pick(&[0.5, 1.0, 1.0, 2.0]);
    }
}

fn ambient(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    if bar % 2 == 1 {
        if s.chance.happens(0.5) {
            let beats = s.chance.between(0.0, 3.0);
            let degree = s.chord(bar) + s.chance.pick(&[21, 23, 25, 28]);
            let pan = s.chance.between(-0.7, 0.7);
            let tone = s.tone(bar, beats, 2.0, s.degree(degree), 0.12, place(pan, 0.8));
            voices::struck(bus, tone, &voices::BELL, &mut s.chance);
        }
        return;
    }
    let chord = s.chord(bar / 2);
    for (degree, pan) in [(0, 0.0), (7, -0.6), (11, 0.6), (16, 0.2)] {
        let tone = s.tone(
            bar,
            0.0,
            7.5,
            s.degree(chord + degree),
            0.3,
            place(pan, 0.6),
        );
        voices::synth(bus, tone, &voices::PAD, &mut s.chance);
    }
}

fn dense_pop(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    beat_drums(bus, s, bar, Drum::Hat);
    let chord = s.chord(bar);
    for step in 0..8 {
        let tone = s.tone(
            bar,
            f64::from(step) * 0.5,
            0.45,
            s.degree(chord),
            0.6,
            place(0.0, 0.0),
        );
        voices::synth(bus, tone, &voices::SYNTH_BASS, &mut s.chance);
    }
    for (degree, pan) in [(14, -0.8), (16, 0.8), (18, -0.3), (21, 0.3)] {
        let tone = s.tone(
            bar,
            0.0,
            3.9,
            s.degree(chord + degree),
            0.16,
            place(pan, 0.2),
        );
        voices::synth(bus, tone, &voices::STRINGS, &mut s.chance);
    }
    for eighth in 0..8 {
        let degree = 14 + [0, 2, 4, 2, 7, 4, 2, 4][eighth];
        let tone = s.tone(
            bar,
            eighth as f64 * 0.5,
            0.5,
            s.degree(chord + degree),
            0.2,
            place(0.5, 0.1),
        );
        voices::struck(bus, tone, &voices::ELECTRIC_PIANO, &mut s.chance);
    }
    sing(bus, s, bar, 0.55);
    if s.is_there(bar, 5, 0.5) {
        for (pan, drive) in [(-0.7, 3.0), (0.7, 4.0)] {
            let tone = s.tone(bar, 0.0, 3.9, s.degree(chord + 7), 0.15, place(pan, 0.05));
            voices::overdrive(bus, tone, drive, &mut s.chance);
        }
    }
}

fn solo_bass(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let mut beats = 0.0;
    while beats < 4.0 {
        let held = s.chance.pick(&[0.5, 0.5, 1.0, 1.5]);
        let degree = s.chord(bar) + s.chance.pick(&[0, 0, 4, 7, 6]);
        if s.chance.happens(0.85) {
            let level = s.chance.between(0.4, 0.9);
            let tone = s.tone(
                bar,
                beats,
                held * 0.9,
                s.degree(degree),
                level,
                place(0.0, 0.02),
            );
            let bright = s.chance.between(0.1, 0.9);
            voices::pluck(bus, tone, bright, &mut s.chance);
        }
        beats += held;
    }
}

fn speech(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    if s.chance.happens(0.15) {
        return;
    }
    let voice = note_hz(40.0 + (s.seed % 17) as f64);
    let mut beats = s.chance.between(0.0, 0.5);
    while beats < 3.7 {
        let syllable = s.chance.between(0.25, 0.7);
        if s.chance.happens(0.7) {
            let (hz, rise) = s.chance.pick(&[
                (6_500.0, 0.03),
                (3_000.0, 0.000_5),
                (4_500.0, 0.001),
                (8_000.0, 0.04),
            ]);
            let level = s.chance.between(0.2, 0.6);
            let tone = Tone {
                held: s.chance.between(0.01, 0.08),
                ..s.tone(bar, beats - 0.1, 0.0, hz, level, place(0.02, 0.03))
            };
            voices::consonant(bus, tone, rise, &mut s.chance);
        }
        let hz = voice * s.chance.between(0.85, 1.3);
        let vowel = s.chance.pick(&VOWELS);
        let level = s.chance.between(0.5, 1.0);
        let tone = s.tone(bar, beats, syllable * 0.7, hz, level, place(0.02, 0.03));
        voices::vowel(bus, tone, vowel, &mut s.chance);
        beats += syllable + s.chance.pick(&[0.0, 0.0, 0.4]);
    }
}

fn chip(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    let duty = s.chance.pick(&[0.5, 0.25, 0.125]);
    for step in 0..16 {
        let degree = chord + 14 + [0, 2, 4][step % 3];
        let tone = s.tone(
            bar,
            step as f64 * 0.25,
            0.24,
            s.degree(degree),
            0.25,
            place(-0.3, 0.0),
        );
        voices::chip(bus, tone, duty);
    }
    for eighth in 0..8 {
        let tone = s.tone(
            bar,
            f64::from(eighth) * 0.5,
            0.45,
            s.degree(chord),
            0.45,
            place(0.0, 0.0),
        );
        voices::chip(bus, tone, 0.0);
    }
    let mut beats = 0.0;
    while beats < 4.0 {
        let held = s.chance.pick(&[0.5, 1.0]);
        let degree = chord + 21 + s.chance.pick(&[0, 1, 2, 4]);
        let tone = s.tone(
            bar,
            beats,
            held * 0.9,
            s.degree(degree),
            0.3,
            place(0.3, 0.1),
        );
        voices::chip(bus, tone, 0.5);
        beats += held;
    }
    for beats in [0.5, 1.0, 1.5, 2.5, 3.0, 3.5] {
        s.hit(bus, bar, beats, Drum::ChipNoise, 0.5);
    }
}

fn percussion(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let woods = [
        Drum::Rim,
        Drum::Clave,
        Drum::Tick,
        Drum::Tom,
        Drum::Shaker,
        Drum::Hat,
    ];
    for (part, drum) in (10_u64..).zip(woods) {
        for step in 0..16_u64 {
            let mut fixed = Chance::new(s.seed ^ (step << 8), part + 31 * (bar as u64 / 8));
            if fixed.happens(0.3) {
                let level = s.chance.between(0.2, 0.9);
                s.hit(bus, bar, step as f64 * 0.25, drum, level);
            }
        }
    }
    if s.is_there(bar, 1, 0.6) {
        for step in [0, 3, 6, 8, 11, 14] {
            let degree = s.chord(bar) + 14 + s.chance.pick(&[0, 2, 4, 7]);
            let tone = s.tone(
                bar,
                f64::from(step) * 0.25,
                1.0,
                s.degree(degree),
                0.4,
                place(-0.2, 0.2),
            );
            voices::struck(bus, tone, &voices::MARIMBA, &mut s.chance);
        }
    }
}

fn orchestra(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    // The whole orchestra swells and falls over eight bars.
    let swell = 0.1
        + 0.9
            * libm::pow(
                libm::sin(std::f64::consts::PI * (bar % 8) as f64 / 8.0),
                2.0,
            );
    for (degree, pan) in [
        (0, 0.6),
        (7, 0.4),
        (14, -0.2),
        (16, -0.5),
        (18, -0.7),
        (23, -0.6),
    ] {
        let tone = s.tone(
            bar,
            0.0,
            3.95,
            s.degree(chord + degree),
            0.2 * swell,
            place(pan, 0.4),
        );
        voices::synth(bus, tone, &voices::STRINGS, &mut s.chance);
    }
    if swell > 0.6 {
        for (beats, degree) in [(0.0, 7), (2.0, 11), (3.0, 14)] {
            let tone = s.tone(
                bar,
                beats,
                0.9,
                s.degree(chord + degree),
                0.45 * swell,
                place(0.3, 0.4),
            );
            voices::synth(bus, tone, &voices::BRASS, &mut s.chance);
        }
        s.hit(bus, bar, 0.0, Drum::Tom, swell);
        if bar % 8 == 4 {
            s.hit(bus, bar, 0.0, Drum::Crash, 0.8);
        }
    }
}

fn trap(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    for (beats, held) in [(0.0, 1.4), (1.75, 0.6), (2.5, 1.3)] {
        let tone = s.tone(bar, beats, held, s.degree(chord), 0.8, place(0.0, 0.0));
        voices::sub(bus, tone, 2.5);
    }
    s.hit(bus, bar, 2.0, Drum::Clap, 0.9);
    s.hit(bus, bar, 2.0, Drum::Snare, 0.5);
    let mut beats = 0.0;
    while beats < 4.0 {
        let division = s.chance.pick(&[0.25, 0.25, 0.25, 0.125, 1.0 / 12.0]);
        for roll in 0..2 {
            s.hit(bus, bar, beats + f64::from(roll) * division, Drum::Hat, 0.5);
        }
        beats += 2.0 * division;
    }
    if s.is_there(bar, 4, 0.6) {
        for beats in [0.0, 0.75, 1.5, 2.5, 3.25] {
            let degree = chord + 21 + s.chance.pick(&[0, 2, 4]);
            let tone = s.tone(bar, beats, 1.0, s.degree(degree), 0.2, place(0.3, 0.5));
            voices::struck(bus, tone, &voices::BELL, &mut s.chance);
        }
    }
    if s.is_there(bar, 5, 0.5) {
        sing(bus, s, bar, 0.4);
    }
}

fn minimal(bus: &mut Bus, s: &mut Sheet, bar: usize) {
    let chord = s.chord(bar);
    let tone = s.tone(bar, 0.0, 3.8, s.degree(chord), 0.5, place(0.0, 0.0));
    voices::struck(bus, tone, &voices::PLAIN_SINE, &mut s.chance);
    for beat in 0..4 {
        s.hit(bus, bar, f64::from(beat), Drum::Kick, 0.8);
    }
    for step in [2_u64, 5, 7, 10, 13, 15] {
        if Chance::new(s.seed, step + 50).happens(0.5) {
            s.hit(bus, bar, step as f64 * 0.25, Drum::Tick, 0.5);
        }
        if Chance::new(s.seed, step + 70).happens(0.5) {
            s.hit(bus, bar, step as f64 * 0.25, Drum::Rim, 0.4);
        }
    }
    if s.is_there(bar, 3, 0.5) {
        let degree = chord + 18;
        let tone = s.tone(bar, 1.5, 0.5, s.degree(degree), 0.3, place(0.4, 0.6));
        voices::synth(bus, tone, &voices::STAB, &mut s.chance);
    }
}
