//! Dropouts: the signal falls to exact zero, or sticks at one value, and jumps back.

use crate::decibel;
use crate::detect::Block;
use crate::finding::SpanList;
use crate::thresholds::FaultThresholds;

/// A longer pause is a pause.
const LONGEST_SECONDS: f64 = 1.0;
/// Follows the level before a dropout over about 5 ms.
const LEVEL_SECONDS: f64 = 0.005;
/// A held value this close to the peak is a clip, which is another finding.
const CLIP_SHARE: f64 = 0.98;

#[derive(Clone, Copy, Debug)]
struct Held {
    value: f64,
    start_frame: u64,
    frames: u64,
    step_in: f64,
    level_before: f64,
}

/// Follows one channel.
#[derive(Clone, Debug)]
pub(crate) struct DropoutWatch {
    rate_hz: f64,
    shortest_frames: usize,
    longest_frames: u64,
    step: f64,
    peak: f64,
    previous: f64,
    before_run: f64,
    run_start: u64,
    run_frames: u64,
    level_before: f64,
    pub(crate) spans: SpanList,
    pub(crate) longest_seconds: f64,
    pub(crate) first_frame: Option<u64>,
}

impl DropoutWatch {
    pub(crate) fn new(rate_hz: f64, limits: &FaultThresholds) -> Self {
        Self {
            rate_hz,
            shortest_frames: (rate_hz * limits.dropout_seconds).max(8.0) as usize,
            longest_frames: (rate_hz * LONGEST_SECONDS) as u64,
            step: decibel::amplitude(limits.dropout_step_dbfs),
            peak: 0.0,
            previous: f64::NAN,
            before_run: 0.0,
            run_start: 0,
            run_frames: 0,
            level_before: 0.0,
            spans: SpanList::default(),
            longest_seconds: 0.0,
            first_frame: None,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>, channel: usize) {
        let samples = &block.samples[channel];
        self.peak = self.peak.max(block.levels[channel].peak());
        // Nearly all blocks hold no two equal neighbours worth following.
        let mut equal = 0_usize;
        for pair in samples.windows(2) {
            equal += usize::from(pair[0] == pair[1]);
        }
        let joins = samples.first() == Some(&self.previous);
        let is_long = self.run_frames as usize >= self.shortest_frames / 2;
        if equal + 1 < self.shortest_frames / 2 && !joins && !is_long {
            self.skip(samples, block);
            return;
        }
        for (frame, &v) in (block.start_frame..).zip(samples) {
            self.sample(v, frame);
        }
    }

    /// A block without a run leaves only its end behind.
    fn skip(&mut self, samples: &[f64], block: &Block<'_>) {
        let Some(&last) = samples.last() else { return };
        let run = samples.iter().rev().take_while(|&&v| v == last).count();
        let tail = ((self.rate_hz * LEVEL_SECONDS) as usize).clamp(1, samples.len());
        let from = &samples[samples.len() - tail..];
        self.level_before = from.iter().fold(0.0_f64, |a, v| a.max(v.abs()));
        let before = (samples.len() - run).checked_sub(1);
        self.before_run = before.map_or(self.previous, |index| samples[index]);
        self.previous = last;
        self.run_start = block.start_frame + (samples.len() - run) as u64;
        self.run_frames = run as u64;
    }

    fn sample(&mut self, v: f64, frame: u64) {
        if v == self.previous {
            self.run_frames += 1;
            return;
        }
        let held = Held {
            value: self.previous,
            start_frame: self.run_start,
            frames: self.run_frames,
            step_in: (self.previous - self.before_run).abs(),
            level_before: self.level_before,
        };
        if held.frames >= self.shortest_frames as u64 {
            self.close(&held, (v - self.previous).abs());
            self.level_before = 0.0;
        }
        // Decays over about 5 ms, so that the level is that of just before.
        let decay = 1.0 - 1.0 / (self.rate_hz * LEVEL_SECONDS);
        self.level_before = (self.level_before * decay).max(v.abs());
        self.before_run = self.previous;
        self.previous = v;
        self.run_start = frame;
        self.run_frames = 1;
    }

    fn close(&mut self, held: &Held, step_out: f64) {
        let is_cut = held.step_in >= self.step && step_out >= self.step;
        let is_clip = held.value.abs() >= CLIP_SHARE * self.peak;
        if !is_cut
            || is_clip
            || held.frames > self.longest_frames
            || held.level_before < 2.0 * self.step
        {
            return;
        }
        let seconds = held.frames as f64 / self.rate_hz;
        self.spans
            .add(held.start_frame as f64 / self.rate_hz, seconds);
        self.longest_seconds = self.longest_seconds.max(seconds);
        self.first_frame.get_or_insert(held.start_frame);
    }
}
