//! Clipping: flat tops at full scale, and below it where a clipper was turned down afterwards.

use crate::detect::Block;
use crate::finding::SpanList;
use crate::thresholds::LevelThresholds;

/// Flat tops are looked for only this close to the channel's highest peak.
const NEAR_PEAK: f64 = 0.9995;
/// A larger step than this is the edge of a square wave, which is music, not a clipped summit.
const SQUARE_STEP: f64 = 0.7;

/// What was seen of one kind of flat top on one channel.
#[derive(Clone, Debug, Default)]
pub(crate) struct FlatTops {
    pub(crate) spans: SpanList,
    pub(crate) runs: u64,
    pub(crate) samples: u64,
    pub(crate) longest_frames: u64,
    pub(crate) first_frame: Option<u64>,
}

impl FlatTops {
    fn add(&mut self, run: &Run, rate_hz: f64) {
        self.runs += 1;
        self.samples += run.frames;
        self.longest_frames = self.longest_frames.max(run.frames);
        self.first_frame.get_or_insert(run.start_frame);
        self.spans.add(
            run.start_frame as f64 / rate_hz,
            run.frames as f64 / rate_hz,
        );
    }
}

#[derive(Clone, Copy, Debug)]
struct Run {
    level: f64,
    start_frame: u64,
    frames: u64,
    step_in: f64,
}

/// Follows one channel.
#[derive(Clone, Debug)]
pub(crate) struct FlatTopWatch {
    rate_hz: f64,
    full_scale: f64,
    tolerance: f64,
    clip_run: u64,
    flat_run: u64,
    corner: f64,
    peak: f64,
    previous: f64,
    run: Option<Run>,
    pub(crate) at_full_scale: FlatTops,
    pub(crate) below: FlatTops,
    below_level: f64,
}

impl FlatTopWatch {
    /// `step` is the distance of neighbouring sample values; dither moves a flat top by up to three.
    pub(crate) fn new(rate_hz: f64, step: f64, limits: &LevelThresholds) -> Self {
        Self {
            rate_hz,
            full_scale: crate::decibel::amplitude(limits.full_scale_dbfs),
            tolerance: 3.0 * step,
            clip_run: u64::from(limits.clip_run_frames),
            flat_run: u64::from(limits.flat_run_frames),
            corner: limits.clip_corner_share,
            peak: 0.0,
            previous: 0.0,
            run: None,
            at_full_scale: FlatTops::default(),
            below: FlatTops::default(),
            below_level: 0.0,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>, channel: usize) {
        let samples = &block.samples[channel];
        let peak = block.levels[channel].peak();
        self.peak = self.peak.max(peak);
        let gate = (self.peak * NEAR_PEAK).min(self.full_scale);
        if self.run.is_some() || (peak >= gate && peak > 0.0) {
            for (frame, &v) in (block.start_frame..).zip(samples) {
                self.sample(v, frame, gate);
            }
        }
        self.previous = samples.last().copied().unwrap_or(self.previous);
    }

    fn sample(&mut self, v: f64, frame: u64, gate: f64) {
        if let Some(run) = &mut self.run {
            if (v - run.level).abs() <= self.tolerance {
                run.frames += 1;
                self.previous = v;
                return;
            }
            let run = *run;
            self.run = None;
            self.close(&run, (run.level - v).abs());
        }
        if v.abs() >= gate {
            self.run = Some(Run {
                level: v,
                start_frame: frame,
                frames: 1,
                step_in: (v - self.previous).abs(),
            });
        }
        self.previous = v;
    }

    fn close(&mut self, run: &Run, step_out: f64) {
        let level = run.level.abs();
        let is_corner = |step: f64| step >= self.corner * level && step <= SQUARE_STEP * level;
        if !is_corner(run.step_in) && !is_corner(step_out) {
            return;
        }
        if level >= self.full_scale {
            // Floats beyond full scale are whole; only an exact flat top was clipped.
            if run.frames >= self.clip_run {
                self.at_full_scale.add(run, self.rate_hz);
            }
            return;
        }
        if run.frames < self.flat_run {
            return;
        }
        if level * NEAR_PEAK > self.below_level {
            self.below = FlatTops::default();
            self.below_level = level;
        }
        self.below.add(run, self.rate_hz);
    }

    /// Ends the stream; flat tops that turned out lower than the highest peak are forgotten.
    pub(crate) fn finish(&mut self) {
        if let Some(run) = self.run.take() {
            self.close(&run, 0.0);
        }
        if self.below_level < self.peak * NEAR_PEAK {
            self.below = FlatTops::default();
        }
    }
}
