//! What is played: four bars each of intro, verse and lift, then verse and lift in turn, then an end.

use super::RATE_HZ;

/// 84 beats a minute.
const BEAT_FRAMES: usize = 34_286;

/// Four beats.
pub(super) const BAR_FRAMES: usize = 4 * BEAT_FRAMES;

/// Sixteenths of a bar.
const STEP_FRAMES: usize = BEAT_FRAMES / 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Intro,
    Verse,
    Lift,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Kick,
    Snare,
    Hat,
    OpenHat,
    Bass,
    Keys,
    Lead,
}

/// One note of one bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Note {
    pub(super) voice: Voice,
    pub(super) at_frames: usize,
    pub(super) length_frames: usize,
    /// MIDI number; 69 is the A at 440 Hz. Drums ignore it.
    pub(super) pitch: u8,
    pub(super) level: f64,
}

fn note(voice: Voice, step: usize, steps: usize, pitch: u8, level: f64) -> Note {
    // Off-beat sixteenths come a little late: the piece leans back.
    let late = if step % 2 == 1 { STEP_FRAMES / 8 } else { 0 };
    Note {
        voice,
        at_frames: step * STEP_FRAMES + late,
        length_frames: steps * STEP_FRAMES,
        pitch,
        level,
    }
}

/// The bars of a piece that lasts at least `seconds`, each with its place in its section.
pub(super) fn bars(seconds: u32) -> Vec<(Section, usize)> {
    let wanted = u64::from(seconds) * u64::from(RATE_HZ);
    let mut sections = vec![Section::Intro, Section::Verse, Section::Lift];
    let frames = |sections: &[Section]| (sections.len() as u64 * 4 + 1) * BAR_FRAMES as u64;
    while frames(&sections) < wanted {
        let next = match sections.last() {
            Some(Section::Verse) => Section::Lift,
            Some(Section::Intro | Section::Lift | Section::End) | None => Section::Verse,
        };
        sections.push(next);
    }
    let four = |section| (0..4).map(move |bar| (section, bar));
    let mut bars: Vec<(Section, usize)> = sections.into_iter().flat_map(four).collect();
    bars.push((Section::End, 0));
    bars
}

/// Root and upper voices of a bar's chord.
struct Chord {
    bass: u8,
    keys: [u8; 4],
}

fn chord(section: Section, bar: usize) -> Chord {
    let (bass, keys) = match (section, bar) {
        (Section::End, _) | (Section::Intro | Section::Verse, 0) => (33, [57, 60, 64, 67]),
        (Section::Intro | Section::Verse, 1) => (29, [57, 60, 64, 65]),
        (Section::Intro | Section::Verse, 2) => (36, [55, 60, 62, 64]),
        (Section::Intro | Section::Verse, _) => (31, [55, 59, 62, 69]),
        (Section::Lift, 0) => (29, [60, 64, 65, 69]),
        (Section::Lift, 1) => (31, [59, 62, 67, 69]),
        (Section::Lift, 2) => (33, [60, 64, 67, 72]),
        (Section::Lift, _) => (28, [59, 62, 67, 71]),
    };
    Chord { bass, keys }
}

/// The notes of one bar.
pub(super) fn bar(section: Section, bar: usize) -> Vec<Note> {
    let chord = chord(section, bar);
    let mut notes = keys(section, &chord);
    if section == Section::End {
        notes.push(note(Voice::Kick, 0, 1, 0, 0.8));
        notes.push(note(Voice::Bass, 0, 24, chord.bass, 0.8));
        notes.push(note(Voice::Lead, 0, 14, 76, 0.6));
        return notes;
    }
    notes.extend(drums(section, bar));
    notes.extend(bass(section, bar, &chord));
    notes.extend(lead(section, bar));
    notes
}

fn keys(section: Section, chord: &Chord) -> Vec<Note> {
    // Whole chords at first, then a push on the and of two.
    let hits: &[(usize, usize, f64)] = match section {
        Section::Intro => &[(0, 15, 0.7)],
        Section::Verse => &[(0, 6, 0.7), (6, 9, 0.55)],
        Section::Lift => &[(0, 3, 0.8), (3, 3, 0.55), (6, 6, 0.7), (12, 4, 0.6)],
        Section::End => &[(0, 28, 0.8)],
    };
    let mut notes = Vec::new();
    for &(step, steps, level) in hits {
        for pitch in chord.keys {
            notes.push(note(Voice::Keys, step, steps, pitch, level));
        }
    }
    notes
}

fn drums(section: Section, bar: usize) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut hit = |voice, steps: &[usize], level: f64| {
        notes.extend(steps.iter().map(|step| note(voice, *step, 1, 0, level)));
    };
    match section {
        Section::End => (),
        Section::Intro => {
            hit(Voice::Hat, &[0, 4, 8, 12], 0.35);
            if bar == 3 {
                hit(Voice::Snare, &[12, 14], 0.5);
                hit(Voice::Snare, &[13, 15], 0.25);
            }
        }
        Section::Verse => {
            hit(Voice::Kick, &[0, 7, 10], 0.95);
            hit(Voice::Snare, &[4, 12], 0.8);
            hit(Voice::Hat, &[0, 2, 4, 6, 8, 10, 12, 14], 0.5);
            hit(Voice::Hat, &[3, 11], 0.25);
        }
        Section::Lift => {
            hit(Voice::Kick, &[0, 3, 8, 10], 1.0);
            hit(Voice::Snare, &[4, 12], 0.95);
            hit(Voice::Snare, &[9, 15], 0.2);
            hit(Voice::Hat, &[0, 4, 8, 12], 0.6);
            hit(Voice::OpenHat, &[2, 6, 10, 14], 0.45);
            if bar == 3 {
                hit(Voice::Snare, &[13, 14], 0.6);
            }
        }
    }
    notes
}

fn bass(section: Section, bar: usize, chord: &Chord) -> Vec<Note> {
    let root = chord.bass;
    let line: &[(usize, usize, u8)] = match section {
        Section::Intro if bar < 2 => &[],
        Section::Intro | Section::End => &[(0, 14, 0)],
        Section::Verse => &[(0, 6, 0), (7, 2, 0), (10, 4, 7), (14, 2, 12)],
        Section::Lift => &[(0, 3, 0), (3, 4, 0), (8, 2, 12), (10, 3, 7), (14, 2, 12)],
    };
    let notes = line.iter();
    notes
        .map(|(step, steps, above)| note(Voice::Bass, *step, *steps, root + above, 0.85))
        .collect()
}

fn lead(section: Section, bar: usize) -> Vec<Note> {
    let line: &[(usize, usize, u8)] = match (section, bar) {
        (Section::Intro | Section::End, _) => &[],
        (Section::Verse, 0) => &[(4, 4, 72), (8, 2, 71), (10, 6, 69)],
        (Section::Verse, 1) => &[(4, 3, 72), (8, 7, 76)],
        (Section::Verse, 2) => &[(2, 2, 74), (4, 4, 72), (10, 5, 67)],
        (Section::Verse, _) => &[(4, 4, 71), (8, 3, 69), (11, 5, 74)],
        (Section::Lift, 0) => &[(0, 3, 77), (3, 3, 76), (6, 6, 72), (12, 4, 76)],
        (Section::Lift, 1) => &[(0, 6, 79), (6, 2, 77), (8, 7, 74)],
        (Section::Lift, 2) => &[(0, 3, 76), (3, 3, 79), (6, 9, 84)],
        (Section::Lift, _) => &[(0, 4, 83), (4, 4, 79), (8, 4, 74), (12, 4, 71)],
    };
    let level = if section == Section::Lift { 0.75 } else { 0.6 };
    let notes = line.iter();
    notes
        .map(|(step, steps, pitch)| note(Voice::Lead, *step, *steps, *pitch, level))
        .collect()
}
