use crate::biquad::{Biquad, Cascade};
use crate::decibel::{db_to_gain, db_to_power, power_to_db};
use crate::design::butterworth_highpass;
use crate::highpass::Slope;
use crate::processor::{
    Faults, GainReduction, LARGEST_SAMPLE, Param, ParamEvent, Processor, Ramp, Spec, Step, Steps,
    frames_of, zero_non_finite,
};

/// What the compressor listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detector {
    /// The largest sample of all channels.
    Peak,
    /// The mean power of all channels, averaged over about 10 ms.
    Rms,
}

/// Settings of the compressor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompressorSettings {
    /// Level in dBFS (a full-scale square reads 0 with both detectors) where compression begins.
    pub threshold_db: f64,
    /// dB in per dB out above the threshold, at least 1.
    pub ratio: f64,
    /// Width of the soft knee in dB around the threshold.
    pub knee_db: f64,
    /// Time constant of the attack in milliseconds.
    pub attack_ms: f64,
    /// Time constant of the release in milliseconds after short peaks; sustained compression
    /// releases up to five times more slowly.
    pub release_ms: f64,
    /// What it listens to.
    pub detector: Detector,
    /// Corner in hertz of a 12 dB/oct high-pass before the detector, zero for none.
    pub sidechain_highpass_hz: f64,
    /// Share of the compressed signal, 0 to 1; the rest is the dry signal.
    pub mix: f64,
    /// Gain in dB after compression, on the compressed share only.
    pub makeup_db: f64,
}

impl Default for CompressorSettings {
    fn default() -> Self {
        Self {
            threshold_db: -18.0,
            ratio: 1.5,
            knee_db: 6.0,
            attack_ms: 30.0,
            release_ms: 150.0,
            detector: Detector::Rms,
            sidechain_highpass_hz: 100.0,
            mix: 1.0,
            makeup_db: 0.0,
        }
    }
}

/// Averaging time of [`Detector::Rms`].
const RMS_MS: f64 = 10.0;
/// How much more slowly sustained compression lets go.
const SLOW_FACTOR: f64 = 5.0;
/// Compression below this many dB is none: the signal then passes bit for bit.
const SNAP_DB: f64 = 1e-9;

/// A stereo-linked feed-forward compressor: all channels get one gain.
///
/// Level, soft knee and ballistics work in dB (D. Giannoulis, M. Massberg, J. Reiss, "Digital
/// Dynamic Range Compressor Design", JAES 60(6), 2012: smooth branching after the gain computer). The
/// release depends on the programme: it falls fast to a slow level that only sustained compression charges.
#[derive(Debug, Clone)]
pub struct Compressor {
    settings: CompressorSettings,
    curve: Curve,
    /// Amplitude of the compressed and of the dry share.
    wet: f64,
    dry: f64,
    threshold: Ramp,
    ratio: Ramp,
    mix: Ramp,
    makeup: Ramp,
    times: Times,
    state: State,
    sections: [Biquad; 2],
    cascade: Cascade,
    sidechain: Vec<Vec<f64>>,
    gains: Vec<f64>,
    position: u64,
    faults: Faults,
}

/// The static curve, kept ready for the levels it is asked about most.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Curve {
    threshold_db: f64,
    /// dB of reduction per dB above the threshold.
    slope: f64,
    knee_db: f64,
    /// Below this power nothing happens.
    silent_below: f64,
    /// Most reduction in dB.
    most_db: f64,
}

impl Curve {
    pub(crate) fn new(threshold_db: f64, ratio: f64, knee_db: f64) -> Self {
        let knee_db = knee_db.max(0.0);
        Self {
            threshold_db,
            slope: 1.0 - 1.0 / ratio.max(1.0),
            knee_db,
            silent_below: db_to_power(threshold_db - knee_db / 2.0),
            most_db: f64::INFINITY,
        }
    }

    /// The same curve with at most so much reduction.
    pub(crate) fn limited(self, most_db: f64) -> Self {
        Self { most_db, ..self }
    }

    fn reduction_db(&self, power: f64) -> f64 {
        self.unlimited_db(power).min(self.most_db)
    }

    fn unlimited_db(&self, power: f64) -> f64 {
        if power <= self.silent_below {
            return 0.0;
        }
        let over = power_to_db(power) - self.threshold_db;
        let half = self.knee_db / 2.0;
        if over >= half {
            self.slope * over
        } else {
            let into = over + half;
            self.slope * into * into / (2.0 * self.knee_db)
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Times {
    rms: f64,
    attack: f64,
    release_keep: f64,
    slow_charge: f64,
    slow_keep: f64,
}

impl Times {
    pub(crate) fn new(attack_ms: f64, release_ms: f64, spec: Spec) -> Self {
        let keep =
            |ms: f64| libm::exp(-1.0 / (ms.max(0.01) * 0.001 * f64::from(spec.rate_hz)).max(0.1));
        Self {
            rms: 1.0 - keep(RMS_MS / 2.0),
            attack: 1.0 - keep(attack_ms),
            release_keep: keep(release_ms),
            slow_charge: 1.0 - keep(release_ms * SLOW_FACTOR),
            slow_keep: keep(release_ms * SLOW_FACTOR),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct State {
    power: f64,
    reduction_db: f64,
    slow_db: f64,
    max_db: f64,
    sum_db: f64,
}

impl State {
    #[inline]
    pub(crate) fn next(
        &mut self,
        power: f64,
        detector: Detector,
        curve: &Curve,
        times: &Times,
    ) -> f64 {
        self.power = match detector {
            Detector::Peak => power,
            Detector::Rms => self.power + (power - self.power) * times.rms,
        };
        let wanted = curve.reduction_db(self.power);
        if wanted > self.reduction_db {
            self.reduction_db += (wanted - self.reduction_db) * times.attack;
        } else {
            let floor = self.slow_db.max(wanted).min(self.reduction_db);
            self.reduction_db = floor + (self.reduction_db - floor) * times.release_keep;
        }
        if wanted > self.slow_db {
            self.slow_db += (self.reduction_db - self.slow_db).max(0.0) * times.slow_charge;
        } else {
            self.slow_db = wanted + (self.slow_db - wanted) * times.slow_keep;
        }
        self.max_db = self.max_db.max(self.reduction_db);
        self.sum_db += self.reduction_db;
        self.reduction_db
    }

    /// Deepest reduction in dB, and the sum over all frames.
    pub(crate) fn reading(&self) -> (f64, f64) {
        (self.max_db, self.sum_db)
    }

    pub(crate) fn tidy(&mut self) {
        if self.power < 1e-30 || !self.power.is_finite() {
            self.power = 0.0;
        }
        if self.reduction_db < SNAP_DB || !self.reduction_db.is_finite() {
            self.reduction_db = 0.0;
        }
        if self.slow_db < SNAP_DB || !self.slow_db.is_finite() {
            self.slow_db = 0.0;
        }
    }
}

impl Compressor {
    /// A compressor with these settings.
    pub fn new(settings: CompressorSettings) -> Self {
        let mut new = Self {
            settings,
            curve: Curve::new(settings.threshold_db, settings.ratio, settings.knee_db),
            wet: 1.0,
            dry: 0.0,
            threshold: Ramp::fixed(settings.threshold_db),
            ratio: Ramp::fixed(settings.ratio),
            mix: Ramp::fixed(settings.mix),
            makeup: Ramp::fixed(settings.makeup_db),
            times: Times::default(),
            state: State::default(),
            sections: [Biquad::IDENTITY; 2],
            cascade: Cascade::default(),
            sidechain: Vec::new(),
            gains: Vec::new(),
            position: 0,
            faults: Faults::default(),
        };
        new.refresh(0);
        new
    }

    fn refresh(&mut self, frame: u64) {
        self.curve = Curve::new(
            self.threshold.at(frame),
            self.ratio.at(frame),
            self.settings.knee_db,
        );
        let mix = self.mix.at(frame).clamp(0.0, 1.0);
        self.dry = 1.0 - mix;
        self.wet = mix * db_to_gain(self.makeup.at(frame));
    }

    fn is_moving(&self, frame: u64) -> bool {
        [self.threshold, self.ratio, self.mix, self.makeup]
            .iter()
            .any(|r| r.is_moving(frame))
    }

    fn take(&mut self, event: &ParamEvent, now: u64) {
        let ramp = match event.param {
            Param::ThresholdDb => &mut self.threshold,
            Param::Ratio => &mut self.ratio,
            Param::Mix => &mut self.mix,
            Param::MakeupDb => &mut self.makeup,
            Param::GainDb
            | Param::FrequencyHz
            | Param::BandGainDb(_)
            | Param::BandFrequencyHz(_)
            | Param::BandQ(_)
            | Param::CeilingDbtp => return,
        };
        ramp.follow(event, now);
    }

    /// Copies what the detector hears into the side chain, and filters it there.
    fn listen(&mut self, heard: &[&[f64]], start: usize) {
        for (side, channel) in self.sidechain.iter_mut().zip(heard) {
            let channel = &channel[start..];
            for (to, from) in side.iter_mut().zip(channel) {
                *to = if from.abs() < LARGEST_SAMPLE {
                    *from
                } else {
                    0.0
                };
            }
        }
    }

    fn run(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, step: &Step<'_>) {
        let frames = step.range.len();
        match key {
            Some(key) => self.listen(key, step.range.start),
            None => {
                for (side, channel) in self.sidechain.iter_mut().zip(block.iter()) {
                    side[..frames].copy_from_slice(&channel[step.range.clone()]);
                }
            }
        }
        if self.settings.sidechain_highpass_hz > 0.0 {
            filter(
                &mut self.cascade,
                &self.sections,
                &mut self.sidechain,
                frames,
            );
        }
        self.detect(frames);
        self.follow(frames);
        for channel in block.iter_mut() {
            for (x, gain) in channel[step.range.clone()].iter_mut().zip(&self.gains) {
                *x *= gain;
            }
        }
    }

    /// Puts the level of all channels together into `gains`, as power.
    fn detect(&mut self, frames: usize) {
        let powers = &mut self.gains[..frames];
        powers.fill(0.0);
        let share = 1.0 / self.sidechain.len().max(1) as f64;
        for side in &self.sidechain {
            for (power, x) in powers.iter_mut().zip(side) {
                match self.settings.detector {
                    Detector::Peak => *power = power.max(x * x),
                    Detector::Rms => *power += x * x * share,
                }
            }
        }
    }

    /// Turns powers into gains, in place.
    fn follow(&mut self, frames: usize) {
        let (curve, times, detector) = (self.curve, self.times, self.settings.detector);
        let (dry, wet) = (self.dry, self.wet);
        let mut state = self.state;
        for value in &mut self.gains[..frames] {
            let reduction_db = state.next(*value, detector, &curve, &times);
            *value = if reduction_db < SNAP_DB {
                dry + wet
            } else {
                dry + wet * db_to_gain(-reduction_db)
            };
        }
        self.state = state;
    }
}

/// Runs the side chain's filter, two channels at a time, without a list of slices to allocate.
fn filter(cascade: &mut Cascade, sections: &[Biquad; 2], side: &mut [Vec<f64>], frames: usize) {
    for (channel, samples) in side.iter_mut().enumerate() {
        cascade.run_channel(&sections[..1], channel, &mut samples[..frames]);
    }
}

impl Processor for Compressor {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.times = Times::new(self.settings.attack_ms, self.settings.release_ms, spec);
        let corner = self.settings.sidechain_highpass_hz;
        self.sections = butterworth_highpass(corner, Slope::Db12, spec.rate_hz);
        self.cascade.prepare(1, spec.channels);
        // A stretch is never longer than the grid.
        let stretch = crate::GRID_FRAMES as usize;
        self.sidechain = vec![vec![0.0; stretch]; spec.channels];
        self.gains = vec![0.0; stretch];
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                self.state.tidy();
                self.cascade.tidy();
                if self.is_moving(step.start.saturating_sub(crate::GRID_FRAMES)) {
                    self.refresh(step.start);
                }
            }
            for event in step.events {
                self.take(event, step.start);
                self.refresh(step.start);
            }
            self.run(block, key, &step);
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        0
    }

    fn reset(&mut self) {
        self.threshold = Ramp::fixed(self.settings.threshold_db);
        self.ratio = Ramp::fixed(self.settings.ratio);
        self.mix = Ramp::fixed(self.settings.mix);
        self.makeup = Ramp::fixed(self.settings.makeup_db);
        self.refresh(0);
        self.state = State::default();
        self.cascade.reset();
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    fn gain_reduction(&self) -> Option<GainReduction> {
        Some(GainReduction {
            max_db: self.state.max_db,
            mean_db: self.state.sum_db / self.position.max(1) as f64,
        })
    }
}
