//! Dropouts: moving sound falls to zero, or sticks at one value, and jumps back.
//!
//! Music rests at one value too: a square wave between its edges, a sampler's held step, a clipped
//! summit. There the samples beside the rest rest as well, or the wave turns around at it; beside a
//! dropout the sound moves on both sides and at least one end is a jump.

use crate::decibel;
use crate::detect::Block;
use crate::finding::SpanList;
use crate::thresholds::FaultThresholds;

/// A longer pause is a pause.
const LONGEST_SECONDS: f64 = 1.0;
/// The sound is judged over this much on either side.
const SIDE_SECONDS: f64 = 0.004;
/// A held value this close to the peak is a clip, which is another finding.
const CLIP_SHARE: f64 = 0.98;
/// Share of the samples on either side that differ from their neighbours, where sound moves.
const MOVING_SHARE: f64 = 0.75;
/// A jump is at least this much of the level beside it.
const JUMP_SHARE: f64 = 0.2;
/// Dither after the fault blurs a held value by up to this many steps of the file.
const BLUR_STEPS: f64 = 2.5;

/// The sound on one side of a rest.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    peak: f64,
    /// Share of samples that differ from the one before.
    moving: f64,
}

impl Side {
    fn of(samples: &[f64], blur: f64) -> Self {
        let mut changes = 0_usize;
        for w in samples.windows(2) {
            changes += usize::from((w[1] - w[0]).abs() > blur);
        }
        Self {
            peak: samples.iter().fold(0.0, |a, v| a.max(v.abs())),
            moving: changes as f64 / (samples.len().max(2) - 1) as f64,
        }
    }
}

/// A rest that may turn out a dropout once what follows it has been heard.
#[derive(Clone, Copy, Debug)]
struct Held {
    value: f64,
    start_frame: u64,
    frames: u64,
    step_in: f64,
    before: Side,
}

/// Follows one channel.
#[derive(Clone, Debug)]
pub(crate) struct DropoutWatch {
    rate_hz: f64,
    shortest_frames: usize,
    longest_frames: u64,
    side_frames: usize,
    step: f64,
    blur: f64,
    peak: f64,
    /// The block before and this one, so that both sides of a rest can be looked at.
    tape: Vec<f64>,
    anchor: f64,
    run_start: u64,
    run_frames: u64,
    /// The rest that is going on, once it is long enough to be one.
    resting: Option<Held>,
    /// The rest that has ended, until its other side has been heard.
    ended: Option<Held>,
    pub(crate) spans: SpanList,
    pub(crate) longest_seconds: f64,
    pub(crate) first_frame: Option<u64>,
}

impl DropoutWatch {
    /// `sample_step` is the distance of neighbouring sample values.
    pub(crate) fn new(rate_hz: f64, sample_step: f64, limits: &FaultThresholds) -> Self {
        Self {
            rate_hz,
            shortest_frames: (rate_hz * limits.dropout_seconds).max(8.0) as usize,
            longest_frames: (rate_hz * LONGEST_SECONDS) as u64,
            side_frames: (rate_hz * SIDE_SECONDS) as usize,
            step: decibel::amplitude(limits.dropout_step_dbfs),
            blur: BLUR_STEPS * sample_step,
            peak: 0.0,
            tape: Vec::new(),
            anchor: f64::NAN,
            run_start: 0,
            run_frames: 0,
            resting: None,
            ended: None,
            spans: SpanList::default(),
            longest_seconds: 0.0,
            first_frame: None,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>, channel: usize) {
        let samples = &block.samples[channel];
        self.peak = self.peak.max(block.levels[channel].peak());
        let before = self.tape.len();
        self.tape.extend_from_slice(samples);
        if self.may_rest(samples) {
            for index in before..self.tape.len() {
                let frame = block.start_frame + (index - before) as u64;
                self.sample(index, frame);
            }
        } else {
            self.skip(samples, block.start_frame);
        }
        // Kept: what a rest that begins in the next block may need of this one.
        let keep = self.tape.len().saturating_sub(samples.len());
        self.tape.drain(..keep);
    }

    /// False for nearly all blocks: no two equal neighbours worth following.
    fn may_rest(&self, samples: &[f64]) -> bool {
        let mut equal = 0_usize;
        for pair in samples.windows(2) {
            equal += usize::from((pair[0] - pair[1]).abs() <= 2.0 * self.blur);
        }
        let joins = samples
            .first()
            .is_some_and(|v| (v - self.anchor).abs() <= self.blur);
        equal + 1 >= self.shortest_frames / 2
            || joins
            || self.run_frames as usize >= self.shortest_frames / 2
            || self.resting.is_some()
            || self.ended.is_some()
    }

    /// A block without a rest leaves only its end behind.
    fn skip(&mut self, samples: &[f64], start_frame: u64) {
        let Some(&last) = samples.last() else { return };
        let is_held = |v: &&f64| (**v - last).abs() <= self.blur;
        let run = samples.iter().rev().take_while(is_held).count();
        self.anchor = last;
        self.run_start = start_frame + (samples.len() - run) as u64;
        self.run_frames = run as u64;
    }

    fn sample(&mut self, index: usize, frame: u64) {
        let v = self.tape[index];
        if let Some(held) = self.ended
            && frame == held.start_frame + held.frames + self.side_frames as u64
        {
            self.ended = None;
            self.close(&held, index);
        }
        if (v - self.anchor).abs() <= self.blur {
            self.run_frames += 1;
            if self.run_frames as usize == self.shortest_frames {
                self.resting = self.begin(index);
            }
            return;
        }
        if let Some(mut held) = self.resting.take() {
            held.frames = self.run_frames;
            // Of two rests so close together neither is a moment of nothing in moving sound.
            self.ended = Some(held);
        }
        self.anchor = v;
        self.run_start = frame;
        self.run_frames = 1;
    }

    /// A rest has become long enough; `index` is where it stands in the tape.
    fn begin(&self, index: usize) -> Option<Held> {
        let start = (index + 1).checked_sub(self.shortest_frames)?;
        let from = start.checked_sub(self.side_frames)?;
        let before = Side::of(&self.tape[from..start], self.blur);
        Some(Held {
            value: self.anchor,
            start_frame: self.run_start,
            frames: self.run_frames,
            step_in: (self.anchor - self.tape[start - 1]).abs(),
            before,
        })
    }

    /// The other side has been heard; `index` in the tape is just behind it.
    fn close(&mut self, held: &Held, index: usize) {
        let start = index - self.side_frames.min(index);
        let after = Side::of(&self.tape[start..index], self.blur);
        let step_out = (self.tape[start] - held.value).abs();
        let is_loud = held.before.peak.min(after.peak) >= 2.0 * self.step;
        let moves = held.before.moving.min(after.moving) >= MOVING_SHARE;
        let jump = held.step_in.max(step_out);
        let level = held.before.peak.max(after.peak);
        let is_jump = jump >= self.step && jump >= JUMP_SHARE * level;
        let is_clip = held.value.abs() >= CLIP_SHARE * self.peak;
        if !is_loud || !moves || !is_jump || is_clip || held.frames > self.longest_frames {
            return;
        }
        let seconds = held.frames as f64 / self.rate_hz;
        self.spans
            .add(held.start_frame as f64 / self.rate_hz, seconds);
        self.longest_seconds = self.longest_seconds.max(seconds);
        self.first_frame.get_or_insert(held.start_frame);
    }
}
