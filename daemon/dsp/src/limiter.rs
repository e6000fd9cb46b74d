use crate::GRID_FRAMES;
use crate::decibel::{db_to_gain, gain_to_db};
use crate::limiter_envelope::{Envelope, EnvelopeTimes, UNITY};
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Steps, copy_key, frames_of,
    zero_non_finite,
};
use crate::true_peak::{IntervalPeaks, PeakResolution, SoftCut, TruePeakInterpolator};

/// Aimed at below the ceiling, in dB: what another meter's interpolation may read more than ours.
const MARGIN_DB: f64 = 0.01;

/// Share of what two meters disagree by that is kept free: where there is much close to Nyquist, each filter
/// reads something else, and a third one may read more than both.
const DISAGREEMENT: f64 = 0.4;
/// Meters that differ by no more than this share agree: a clean tone is not to be modulated by their ripple.
const AGREED: f64 = 0.005;
/// For how many frames a peak is compared with the other meter's: long against the waves of a tone, whose tops the two see
/// half a frame apart, and within the hold of the envelope.
const COMPARED_FRAMES: f64 = 100.0;

/// How a limiter moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Character {
    /// Slow to let go after long passages, does not follow the waves of the bass.
    #[default]
    Transparent,
    /// Lets go quickly between beats: drums stay in front.
    Punchy,
    /// Holds down what is dense and lets go of the rest at once: louder, more colour in the bass.
    Dense,
}

/// What comes out of a limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listen {
    /// The limited signal.
    #[default]
    Output,
    /// What was taken away.
    Delta,
}

/// Settings of the true-peak limiter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimiterSettings {
    /// Highest true peak of the output in dBTP.
    pub ceiling_dbtp: f64,
    /// Length of the attack and the look-ahead in milliseconds, 0.1 to 20 (12 at 384 kHz).
    pub lookahead_ms: f64,
    /// Time constant of the release in milliseconds; long passages of limiting release up to ten times
    /// more slowly.
    pub release_ms: f64,
    /// How it moves.
    pub character: Character,
    /// How far channels are turned down together, 0 to 1.
    pub link: f64,
    /// What comes out.
    pub listen: Listen,
    /// Points per sample at which peaks are read; the envelope's times do not depend on it.
    pub resolution: PeakResolution,
}

impl Default for LimiterSettings {
    fn default() -> Self {
        Self {
            ceiling_dbtp: -1.0,
            lookahead_ms: 4.0,
            release_ms: 80.0,
            character: Character::Transparent,
            link: 1.0,
            listen: Listen::Output,
            resolution: PeakResolution::X8,
        }
    }
}

/// A true-peak limiter: no point of the output, between samples either, passes the ceiling.
///
/// All channels are turned down together. Peaks are read at 8 points per sample (or as many as
/// [`PeakResolution`] says) with a parabola between them, twice: of the signal as it is, and without what lies close to Nyquist, where meters cut differently and
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
    /// Per channel: highest peak per frame of the block, then the gain in its place; where all are linked
    /// the first row is everyone's.
    peaks: Vec<Vec<f64>>,
    /// One stretch of the key.
    key: Vec<Vec<f64>>,
    /// Lowest gain of all channels.
    lowest: Vec<f64>,
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
    /// One for all channels, or one each.
    envelopes: Vec<Envelope>,
    listen: Listen,
    delays: Vec<Vec<f64>>,
    at: usize,
}

/// What a character is made of.
#[derive(Debug, Clone, Copy)]
struct Motion {
    hold_ms: f64,
    /// Time constant in which the slow level charges, in milliseconds.
    charge_ms: f64,
    /// How many times more slowly it lets go.
    slow: f64,
}

impl Character {
    fn motion(self) -> Motion {
        let motion = |hold_ms, charge_ms, slow| Motion {
            hold_ms,
            charge_ms,
            slow,
        };
        match self {
            // Half a period of 50 Hz, so that the gain does not follow it.
            Self::Transparent => motion(10.5, 400.0, 10.0),
            Self::Punchy => motion(5.0, 1_200.0, 4.0),
            Self::Dense => motion(2.0, 150.0, 3.0),
        }
    }
}

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
            interpolator: TruePeakInterpolator::reading(settings.resolution),
            detectors: Vec::new(),
            peaks: Vec::new(),
            key: Vec::new(),
            lowest: Vec::new(),
            stage: Stage::new(&settings, spec),
            ceiling: Ramp::fixed(settings.ceiling_dbtp),
            level: 1.0,
            position: 0,
            faults: Faults::default(),
            meter: Meter::default(),
        }
    }

    /// Fills `peaks` with the highest true peak per frame, exact from the ceiling upwards.
    fn detect<S: AsRef<[f64]>>(
        &mut self,
        heard: &[S],
        from: core::ops::Range<usize>,
        range: core::ops::Range<usize>,
        ceiling: f64,
    ) {
        let detectors = self.detectors.iter_mut().zip(heard).zip(&mut self.peaks);
        for ((detector, channel), row) in detectors {
            let samples = &channel.as_ref()[from.clone()];
            detector.feed(
                &self.interpolator,
                samples,
                ceiling,
                &mut row[range.clone()],
            );
        }
        let link = self.settings.link.clamp(0.0, 1.0);
        let lowest = &mut self.lowest[range.clone()];
        lowest.fill(0.0);
        for row in &self.peaks {
            for (highest, peak) in lowest.iter_mut().zip(&row[range.clone()]) {
                *highest = highest.max(*peak);
            }
        }
        for row in self.peaks.iter_mut().take(self.stage.envelopes.len()) {
            for (peak, highest) in row[range.clone()].iter_mut().zip(&*lowest) {
                *peak = if link >= 1.0 {
                    *highest
                } else {
                    *peak + link * (*highest - *peak)
                };
            }
        }
    }
}

/// Reads one channel's true peaks, as it is and as a meter with a gentler filter sees it.
#[derive(Debug, Clone)]
struct Detector {
    cut: SoftCut,
    sharp: IntervalPeaks,
    soft: IntervalPeaks,
    soft_peaks: Vec<f64>,
    /// Both meters' highest of late.
    highest: [f64; 2],
    keep: f64,
}

impl Detector {
    const DELAY_FRAMES: usize = SoftCut::DELAY_FRAMES + TruePeakInterpolator::DELAY_FRAMES;

    fn new(max_frames: usize) -> Self {
        Self {
            cut: SoftCut::new(max_frames),
            sharp: IntervalPeaks::new(max_frames),
            soft: IntervalPeaks::new(max_frames),
            soft_peaks: vec![0.0; max_frames],
            highest: [0.0; 2],
            keep: libm::exp(-1.0 / COMPARED_FRAMES),
        }
    }

    fn reset(&mut self) {
        self.cut.reset();
        self.sharp.reset();
        self.soft.reset();
        self.highest = [0.0; 2];
    }

    /// Writes the peaks of these samples.
    fn feed(
        &mut self,
        interpolator: &TruePeakInterpolator,
        samples: &[f64],
        ceiling: f64,
        to: &mut [f64],
    ) {
        self.cut.split(samples);
        let frames = samples.len();
        let (late, soft) = (&self.cut.late[..frames], &self.cut.soft[..frames]);
        self.sharp.feed(interpolator, late, ceiling, |i, peak| {
            to[i] = peak;
            ceiling
        });
        let soft_peaks = &mut self.soft_peaks[..frames];
        self.soft.feed(interpolator, soft, ceiling, |i, peak| {
            soft_peaks[i] = peak;
            ceiling
        });
        let [mut sharp_top, mut soft_top] = self.highest;
        for (peak, soft) in to.iter_mut().zip(soft_peaks) {
            sharp_top = peak.max(sharp_top * self.keep);
            soft_top = soft.max(soft_top * self.keep);
            let apart = (sharp_top - soft_top).abs() - AGREED * sharp_top;
            *peak = peak.max(*soft) + DISAGREEMENT * apart.max(0.0);
        }
        self.highest = [sharp_top, soft_top].map(|top| if top < 1e-30 { 0.0 } else { top });
    }
}

impl Stage {
    fn new(settings: &LimiterSettings, spec: Spec) -> Self {
        let frames = |ms: f64| ms * 0.001 * f64::from(spec.rate_hz);
        let motion = settings.character.motion();
        let envelope = Envelope::new(EnvelopeTimes {
            lookahead: frames(settings.lookahead_ms.clamp(0.1, 20.0)),
            hold: frames(motion.hold_ms),
            release: frames(settings.release_ms.max(1.0)),
            slow_charge: frames(motion.charge_ms),
            slow_release: frames(motion.slow * settings.release_ms.max(1.0)),
        });
        let latency = envelope.delay_frames() + Detector::DELAY_FRAMES;
        let lanes = if settings.link >= 1.0 {
            1
        } else {
            spec.channels.max(1)
        };
        Self {
            envelopes: vec![envelope; lanes],
            listen: settings.listen,
            delays: vec![vec![0.0; latency]; spec.channels],
            at: 0,
        }
    }

    fn latency_frames(&self) -> usize {
        let envelope = self.envelopes.first().map_or(0, Envelope::delay_frames);
        envelope + Detector::DELAY_FRAMES
    }

    /// Turns peaks into gains, in place, and keeps the lowest of them.
    fn gains(
        &mut self,
        peaks: &mut [Vec<f64>],
        range: core::ops::Range<usize>,
        ceiling: f64,
        lowest: &mut [f64],
    ) {
        lowest.fill(1.0);
        for (envelope, row) in self.envelopes.iter_mut().zip(peaks) {
            for (value, lowest) in row[range.clone()].iter_mut().zip(&mut *lowest) {
                let limit = if *value > ceiling {
                    (ceiling / *value * UNITY as f64) as u64
                } else {
                    UNITY
                };
                *value = envelope.next(limit);
                *lowest = lowest.min(*value);
            }
        }
    }

    /// Delays the audio and multiplies it by the gains.
    fn apply(
        &mut self,
        block: &mut [&mut [f64]],
        range: core::ops::Range<usize>,
        rows: &[Vec<f64>],
    ) {
        let mut end = self.at;
        let lanes = self.envelopes.len();
        for (c, (delay, channel)) in self.delays.iter_mut().zip(block).enumerate() {
            let mut at = self.at;
            let gains = &rows[c.min(lanes - 1)][range.clone()];
            for (x, gain) in channel[range.clone()].iter_mut().zip(gains) {
                let late = core::mem::replace(&mut delay[at], *x);
                *x = match self.listen {
                    Listen::Output => late * gain,
                    Listen::Delta => late - late * gain,
                };
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
        self.envelopes.iter_mut().for_each(Envelope::reset);
        self.delays.iter_mut().for_each(|delay| delay.fill(0.0));
        self.at = 0;
    }
}

impl Processor for Limiter {
    fn prepare(&mut self, spec: Spec, max_frames: usize) {
        self.spec = spec;
        self.detectors = vec![Detector::new(max_frames); spec.channels];
        self.peaks = vec![vec![0.0; max_frames]; spec.channels.max(1)];
        self.key = vec![vec![0.0; GRID_FRAMES as usize]; spec.channels];
        self.lowest = vec![0.0; max_frames];
        self.stage = Stage::new(&self.settings, spec);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
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
            let range = step.range.clone();
            if let Some(key) = key {
                // Out of the way for a moment: nothing is allocated.
                let mut heard = core::mem::take(&mut self.key);
                copy_key(key, range.clone(), &mut heard);
                self.detect(&heard, 0..range.len(), range.clone(), ceiling);
                self.key = heard;
            } else {
                self.detect(block, range.clone(), range.clone(), ceiling);
            }
            let lowest = &mut self.lowest[range.clone()];
            self.stage
                .gains(&mut self.peaks, range.clone(), ceiling, lowest);
            self.meter.read(step.start, lowest);
            self.stage.apply(block, range, &self.peaks);
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
        if (start + gains.len() as u64).is_multiple_of(GRID_FRAMES) {
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
