use core::ops::Range;

use crate::late_input::LateInput;
use crate::makeup::AutoMakeup;
use crate::processor::{Param, ParamEvent, Ramp, Spec, Steps, frames_of};

/// How far what went in may be turned to be as loud as what comes out, in dB.
const MOST_TURN_DB: f64 = 40.0;

/// What is heard of a processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Audition {
    /// What comes out of it.
    #[default]
    Processed,
    /// What went in, at the same time and as loud as what comes out.
    Bypassed,
    /// What went in minus what comes out.
    Difference,
}

impl Audition {
    /// Shares of what comes out, of what went in as loud as that, and of what went in as it was.
    fn shares(self) -> [f64; 3] {
        match self {
            Self::Processed => [1.0, 0.0, 0.0],
            Self::Bypassed => [0.0, 1.0, 0.0],
            Self::Difference => [-1.0, 0.0, 1.0],
        }
    }
}

/// The switch beside a processor, or beside a whole chain: processed, bypassed at matched loudness, or the
/// difference, without a click.
///
/// The match holds K-weighted power before and after over the last three seconds against each other (the
/// window of short-term loudness in EBU Tech 3341), so it is right from the first second on and follows the song.
/// While [`Audition::Processed`] is heard, no bit of the block is changed.
pub struct AuditionSwitch {
    late: LateInput,
    loudness: AutoMakeup,
    /// Shares that were and that will be, and how far between them: without a corner at either end.
    from: [f64; 3],
    to: [f64; 3],
    way: Ramp,
    position: u64,
    /// The gain of each frame of the last block.
    gains: Vec<f64>,
    lesson: Lesson,
}

/// Whether a switch holds loudness against loudness, or keeps what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lesson {
    /// It learns from each block.
    #[default]
    Learns,
    /// It keeps the match: nothing is played, and what a unit hums by itself is no loudness.
    Rests,
}

impl core::fmt::Debug for AuditionSwitch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("AuditionSwitch").finish_non_exhaustive()
    }
}

impl AuditionSwitch {
    /// A switch for a processor (or chain) that comes `latency_frames` late, in blocks of up to `max_frames`.
    ///
    /// Allocates; nothing else here does.
    pub fn new(spec: Spec, max_frames: usize, latency_frames: u64) -> Self {
        Self {
            late: LateInput::new(spec, max_frames, latency_frames),
            loudness: AutoMakeup::matching(spec, MOST_TURN_DB),
            from: Audition::Processed.shares(),
            to: Audition::Processed.shares(),
            way: Ramp::fixed(1.0),
            position: 0,
            gains: vec![1.0; max_frames],
            lesson: Lesson::Learns,
        }
    }

    /// Says whether the blocks that follow are held against each other.
    pub fn listen(&mut self, lesson: Lesson) {
        self.lesson = lesson;
    }

    /// By how much each frame of the last block was to be turned to be as loud going in as coming out.
    pub fn matched_gains(&self) -> &[f64] {
        &self.gains
    }

    /// Keeps what goes in; to be called with each block before it is processed.
    pub fn keep(&mut self, block: &[&mut [f64]]) {
        self.late.keep(block);
    }

    /// Puts what is to be heard in the place of the processed block.
    ///
    /// `events` are sorted, lie in this block, and count frames since the switch was made; those with another
    /// parameter than [`Param::Audition`] are passed over.
    pub fn blend(&mut self, block: &mut [&mut [f64]], events: &[ParamEvent]) {
        for step in Steps::new(self.position, frames_of(block), events) {
            let learns = self.lesson == Lesson::Learns;
            if step.is_on_grid() {
                if learns {
                    self.loudness.tidy();
                } else {
                    self.loudness.rest();
                }
            }
            for event in step.events {
                self.follow(event, step.start);
            }
            if learns {
                // What comes out is the measure; what went in is turned.
                self.loudness.before(block, step.range.clone());
                self.loudness.after(&self.late.rows, step.range.clone());
            }
            for (frame, gain) in (step.start..).zip(&mut self.gains[step.range.clone()]) {
                *gain = self.loudness.gain_at(frame);
            }
            if !self.is_processed(step.start) {
                self.mix(block, &step.range, step.start);
            }
        }
        self.position += frames_of(block) as u64;
    }

    fn follow(&mut self, event: &ParamEvent, now: u64) {
        let Param::Audition(audition) = event.param else {
            return;
        };
        self.from = self.shares(now);
        self.to = audition.shares();
        self.way = Ramp::fixed(0.0);
        self.way.follow(
            &ParamEvent {
                value: 1.0,
                ..*event
            },
            now,
        );
    }

    fn shares(&self, frame: u64) -> [f64; 3] {
        let way = self.way.at(frame);
        let smooth = way * way * (3.0 - 2.0 * way);
        core::array::from_fn(|k| self.from[k] + (self.to[k] - self.from[k]) * smooth)
    }

    fn is_processed(&self, frame: u64) -> bool {
        self.to == Audition::Processed.shares() && !self.way.is_moving(frame)
    }

    fn mix(&self, block: &mut [&mut [f64]], range: &Range<usize>, start: u64) {
        for (samples, late) in block.iter_mut().zip(&self.late.rows) {
            let late = &late[range.clone()];
            for (frame, (x, late)) in (start..).zip(samples[range.clone()].iter_mut().zip(late)) {
                let [processed, matched, input] = self.shares(frame);
                let turned = late * self.loudness.gain_at(frame);
                *x = processed * *x + matched * turned + input * late;
            }
        }
    }
}
