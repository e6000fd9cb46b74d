use crate::decibel::{db_to_gain, gain_to_db};
use crate::limiter_envelope::{Envelope, EnvelopeTimes, UNITY};
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Steps, frames_of,
    zero_non_finite,
};
use crate::true_peak::{IntervalPeaks, SoftCut, TruePeakInterpolator};

/// Aimed at below the ceiling, in dB: what another meter's interpolation may read more than ours.
const MARGIN_DB: f64 = 0.01;

/// Settings of the true-peak limiter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimiterSettings {
    /// Highest true peak of the output in dBTP.
    pub ceiling_dbtp: f64,
    /// Length of the attack and the look-ahead in milliseconds, 0.1 to 9.
    pub lookahead_ms: f64,
    /// Time constant of the release in milliseconds; long passages of limiting release up to ten times
    /// more slowly.
    pub release_ms: f64,
}

impl Default for LimiterSettings {
    fn default() -> Self {
        Self {
            ceiling_dbtp: -1.0,
            lookahead_ms: 4.0,
            release_ms: 80.0,
        }
    }
}

/// A true-peak limiter: no point of the output, between samples either, passes the ceiling.
///
/// All channels are turned down together. Peaks are read at 8 points per sample with a parabola
/// between them, twice: of the signal as it is, and without what lies close to Nyquist, where meters cut differently and
/// cutting can raise a peak. The gain reaches its full depth before the peak, holds for 10 ms (half
/// a period of the lowest bass, which it therefore does not follow) and is smooth, so that a peak of
/// the product is the product of the peaks. What stays below the ceiling passes bit for bit, later
/// by the latency.
#[derive(Debug)]
pub struct Limiter {
    settings: LimiterSettings,
    spec: Spec,
    interpolator: TruePeakInterpolator,
    detectors: Vec<Detector>,
    /// Highest peak of all channels per frame of the block, then the gain in its place.
    linked: Vec<f64>,
    stage: Stage,
    ceiling: Ramp,
    /// The ceiling in force, as an amplitude, margin included.
    level: f64,
    position: u64,
    faults: Faults,
    meter: Meter,
}

/// The envelope and the audio that waits for it.
#[derive(Debug, Clone)]
struct Stage {
    envelope: Envelope,
    delays: Vec<Vec<f64>>,
    at: usize,
}

const HOLD_MS: f64 = 10.5;

impl Limiter {
    /// A limiter with these settings.
    pub fn new(settings: LimiterSettings) -> Self {
        let spec = Spec {
            rate_hz: 48_000,
            channels: 0,
        };
        Self {
            settings,
            spec,
            interpolator: TruePeakInterpolator::new(),
            detectors: Vec::new(),
            linked: Vec::new(),
            stage: Stage::new(&settings, spec),
            ceiling: Ramp::fixed(settings.ceiling_dbtp),
            level: 1.0,
            position: 0,
            faults: Faults::default(),
            meter: Meter::default(),
        }
    }

    /// Fills `linked` with the highest true peak per frame, exact from the ceiling upwards.
    fn detect(&mut self, block: &[&mut [f64]], range: core::ops::Range<usize>, ceiling: f64) {
        let linked = &mut self.linked[range.clone()];
        linked.fill(0.0);
        for (detector, channel) in self.detectors.iter_mut().zip(block) {
            detector.feed(&self.interpolator, &channel[range.clone()], ceiling, linked);
        }
    }
}

/// Reads one channel's true peaks, as it is and as a meter with a gentler filter sees it.
#[derive(Debug, Clone)]
struct Detector {
    cut: SoftCut,
    sharp: IntervalPeaks,
    soft: IntervalPeaks,
}

impl Detector {
    const DELAY_FRAMES: usize = SoftCut::DELAY_FRAMES + TruePeakInterpolator::DELAY_FRAMES;

    fn new(max_frames: usize) -> Self {
        Self {
            cut: SoftCut::new(max_frames),
            sharp: IntervalPeaks::new(max_frames),
            soft: IntervalPeaks::new(max_frames),
        }
    }

    fn reset(&mut self) {
        self.cut.reset();
        self.sharp.reset();
        self.soft.reset();
    }

    /// Raises `linked` to the peaks of these samples.
    fn feed(
        &mut self,
        interpolator: &TruePeakInterpolator,
        samples: &[f64],
        ceiling: f64,
        linked: &mut [f64],
    ) {
        self.cut.split(samples);
        let frames = samples.len();
        for (peaks, samples) in [
            (&mut self.sharp, &self.cut.late),
            (&mut self.soft, &self.cut.soft),
        ] {
            peaks.feed(interpolator, &samples[..frames], ceiling, |i, peak| {
                linked[i] = linked[i].max(peak);
                ceiling
            });
        }
    }
}

impl Stage {
    fn new(settings: &LimiterSettings, spec: Spec) -> Self {
        let frames = |ms: f64| ms * 0.001 * f64::from(spec.rate_hz);
        let envelope = Envelope::new(EnvelopeTimes {
            lookahead: frames(settings.lookahead_ms.clamp(0.1, 9.0)),
            hold: frames(HOLD_MS),
            release: frames(settings.release_ms.max(1.0)),
            slow_charge: frames(400.0),
            slow_release: frames(10.0 * settings.release_ms.max(1.0)),
        });
        let latency = envelope.delay_frames() + Detector::DELAY_FRAMES;
        Self {
            envelope,
            delays: vec![vec![0.0; latency]; spec.channels],
            at: 0,
        }
    }

    fn latency_frames(&self) -> usize {
        self.envelope.delay_frames() + Detector::DELAY_FRAMES
    }

    /// Turns peaks into gains, in place.
    fn gains(&mut self, linked: &mut [f64], ceiling: f64) {
        for value in linked {
            let limit = if *value > ceiling {
                (ceiling / *value * UNITY as f64) as u64
            } else {
                UNITY
            };
            *value = self.envelope.next(limit);
        }
    }

    /// Delays the audio and multiplies it by the gains.
    fn apply(&mut self, block: &mut [&mut [f64]], range: core::ops::Range<usize>, gains: &[f64]) {
        let mut end = self.at;
        for (delay, channel) in self.delays.iter_mut().zip(block) {
            let mut at = self.at;
            for (x, gain) in channel[range.clone()].iter_mut().zip(gains) {
                let late = core::mem::replace(&mut delay[at], *x);
                *x = late * gain;
                at += 1;
                if at == delay.len() {
                    at = 0;
                }
            }
            end = at;
        }
        self.at = end;
    }

    fn reset(&mut self) {
        self.envelope.reset();
        self.delays.iter_mut().for_each(|delay| delay.fill(0.0));
        self.at = 0;
    }
}

impl Processor for Limiter {
    fn prepare(&mut self, spec: Spec, max_frames: usize) {
        self.spec = spec;
        self.detectors = vec![Detector::new(max_frames); spec.channels];
        self.linked = vec![0.0; max_frames];
        self.stage = Stage::new(&self.settings, spec);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], _: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            for event in step.events.iter().filter(|e| e.param == Param::CeilingDbtp) {
                self.ceiling.follow(event, step.start);
            }
            // On the grid and at events only, never where a block happens to begin.
            if step.is_on_grid() || !step.events.is_empty() {
                self.level = db_to_gain(self.ceiling.at(step.start) - MARGIN_DB);
            }
            let ceiling = self.level;
            self.detect(block, step.range.clone(), ceiling);
            let gains = &mut self.linked[step.range.clone()];
            self.stage.gains(gains, ceiling);
            self.meter.read(step.start, gains);
            self.stage.apply(block, step.range.clone(), gains);
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        self.stage.latency_frames() as u64
    }

    fn tail_frames(&self) -> u64 {
        // The gain takes longer to come back, but silence times any gain is silence.
        self.latency_frames()
    }

    fn reset(&mut self) {
        self.ceiling = Ramp::fixed(self.settings.ceiling_dbtp);
        self.detectors.iter_mut().for_each(Detector::reset);
        self.stage.reset();
        self.position = 0;
        self.faults = Faults::default();
        self.meter = Meter::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    fn gain_reduction(&self) -> Option<GainReduction> {
        Some(self.meter.reading())
    }
}

/// Collects the gain reduction: deepest, and mean over stretches of the grid.
#[derive(Debug, Clone, Copy)]
struct Meter {
    lowest: f64,
    lowest_here: f64,
    sum_db: f64,
    stretches: u64,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            lowest: 1.0,
            lowest_here: 1.0,
            sum_db: 0.0,
            stretches: 0,
        }
    }
}

impl Meter {
    fn read(&mut self, start: u64, gains: &[f64]) {
        for gain in gains {
            self.lowest_here = self.lowest_here.min(*gain);
        }
        if (start + gains.len() as u64).is_multiple_of(crate::GRID_FRAMES) {
            self.lowest = self.lowest.min(self.lowest_here);
            if self.lowest_here < 1.0 {
                self.sum_db -= gain_to_db(self.lowest_here.max(1e-30));
            }
            self.lowest_here = 1.0;
            self.stretches += 1;
        }
    }

    fn reading(&self) -> GainReduction {
        let lowest = self.lowest.min(self.lowest_here).max(1e-30);
        GainReduction {
            max_db: (-gain_to_db(lowest)).max(0.0),
            mean_db: self.sum_db / self.stretches.max(1) as f64,
        }
    }
}
