use crate::GRID_FRAMES;
use crate::band::{Band, BandShape};
use crate::biquad::{Biquad, Cascade};
use crate::decibel::{db_to_gain, db_to_power};
use crate::design::butterworth_highpass;
use crate::dynamics::{Curve, Detector, Direction, Release, SNAP_DB, State, Times};
use crate::highpass::Slope;
use crate::k_weighting::{LUFS_OFFSET_DB, k_weighting};
use crate::makeup::AutoMakeup;
use crate::oversampler::Delay;
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Step, Steps, copy_key,
    frames_of, zero_non_finite,
};

/// Where the detector sits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topology {
    /// Before the gain: exact ratios.
    FeedForward,
    /// After the gain, as in most valve and optical units: gentler as it works. Look-ahead means nothing to it; a
    /// key it hears as it would come out.
    FeedBack,
}

/// What the two channels are while they are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Left and right.
    LeftRight,
    /// Mid and side.
    MidSide,
}

/// Settings of the compressor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompressorSettings {
    /// What is above the threshold is compressed, or what is below expanded.
    pub direction: Direction,
    /// Level in dBFS (a full-scale square reads 0 with the peak and RMS detectors), or in LUFS, where it begins.
    pub threshold_db: f64,
    /// dB in per dB out beyond the threshold (an expander: dB out per dB in), at least 1.
    pub ratio: f64,
    /// Width of the soft knee in dB around the threshold.
    pub knee_db: f64,
    /// Most reduction in dB.
    pub range_db: f64,
    /// Time constant of the attack in milliseconds; of an expander, how it opens.
    pub attack_ms: f64,
    /// Time constant of the release in milliseconds; of an expander, how it closes.
    pub release_ms: f64,
    /// How it lets go; an expander always with one time constant.
    pub release: Release,
    /// Milliseconds for which a reduction is kept before it is let go.
    pub hold_ms: f64,
    /// Milliseconds by which the detector hears the signal earlier: latency.
    pub lookahead_ms: f64,
    /// What it listens to.
    pub detector: Detector,
    /// Where the detector sits.
    pub topology: Topology,
    /// Corner in hertz of a 12 dB/oct high-pass before the detector, zero for none.
    pub sidechain_highpass_hz: f64,
    /// Corner in hertz of a 12 dB/oct low-pass before the detector, zero for none.
    pub sidechain_lowpass_hz: f64,
    /// Centre in hertz of a bell of Q 1 before the detector, and its gain in dB; zero for none.
    pub sidechain_bell: [f64; 2],
    /// What the channels are while they are compressed.
    pub domain: Domain,
    /// Share of the common level in what each channel is compressed by, 0 to 1; at 1 all get one gain.
    pub link: f64,
    /// Share of the compressed signal, 0 to 1; the rest is the dry signal.
    pub mix: f64,
    /// Gain in dB after compression, on the compressed share only.
    pub makeup_db: f64,
    /// Set where the loudness that compression takes is given back as it goes.
    pub auto_makeup: bool,
}

impl Default for CompressorSettings {
    fn default() -> Self {
        Self {
            direction: Direction::Compress,
            threshold_db: -18.0,
            ratio: 1.5,
            knee_db: 6.0,
            range_db: f64::INFINITY,
            attack_ms: 30.0,
            release_ms: 150.0,
            release: Release::Programme,
            hold_ms: 0.0,
            lookahead_ms: 0.0,
            detector: Detector::Rms,
            topology: Topology::FeedForward,
            sidechain_highpass_hz: 100.0,
            sidechain_lowpass_hz: 0.0,
            sidechain_bell: [0.0; 2],
            domain: Domain::LeftRight,
            link: 1.0,
            mix: 1.0,
            makeup_db: 0.0,
            auto_makeup: false,
        }
    }
}

const STRETCH: usize = GRID_FRAMES as usize;

/// A compressor or downward expander with soft knee; ballistics in dB, a release that follows the programme, linked
/// or unlinked, left/right or mid/side, feed-forward or feed-back.
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
    /// One for all channels, or one each.
    states: Vec<State>,
    /// Of the side chain.
    sections: Vec<Biquad>,
    cascade: Cascade,
    sidechain: Vec<Vec<f64>>,
    /// The key as it passes through, where there is one.
    key: Vec<Vec<f64>>,
    key_delay: Delay,
    is_keyed: bool,
    /// Per state: power, then gain.
    gains: Vec<Vec<f64>>,
    /// What each channel was last, after the gain.
    last: Vec<f64>,
    delays: Vec<Vec<f64>>,
    delay_at: usize,
    auto: Option<Box<AutoMakeup>>,
    position: u64,
    faults: Faults,
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
            states: Vec::new(),
            sections: Vec::new(),
            cascade: Cascade::default(),
            sidechain: Vec::new(),
            key: Vec::new(),
            key_delay: Delay::default(),
            is_keyed: false,
            gains: Vec::new(),
            last: Vec::new(),
            delays: Vec::new(),
            delay_at: 0,
            auto: None,
            position: 0,
            faults: Faults::default(),
        };
        new.refresh(0);
        new
    }

    fn refresh(&mut self, frame: u64) {
        let (threshold_db, ratio) = (self.threshold.at(frame), self.ratio.at(frame));
        let settings = &self.settings;
        let curve = match (settings.direction, settings.topology) {
            (Direction::Compress, Topology::FeedForward) => Curve::new,
            (Direction::Compress, Topology::FeedBack) => Curve::feed_back,
            (Direction::Expand, _) => Curve::expand,
        };
        self.curve =
            curve(threshold_db, ratio, settings.knee_db).limited(settings.range_db.max(0.0));
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
            | Param::BandThresholdDb(_)
            | Param::DriveDb
            | Param::BalanceDb
            | Param::Width(_)
            | Param::ChannelGainDb(_)
            | Param::RotationDegrees
            | Param::CeilingDbtp
            | Param::Audition(_) => return,
        };
        ramp.follow(event, now);
    }

    fn run(&mut self, block: &mut [&mut [f64]], step: &Step<'_>) {
        let frames = step.range.len();
        if self.is_keyed {
            for (side, heard) in self.sidechain.iter_mut().zip(&self.key) {
                side[..frames].copy_from_slice(&heard[..frames]);
            }
        } else {
            for (side, channel) in self.sidechain.iter_mut().zip(block.iter()) {
                side[..frames].copy_from_slice(&channel[step.range.clone()]);
            }
        }
        if !self.sections.is_empty() {
            for (channel, samples) in self.sidechain.iter_mut().enumerate() {
                self.cascade
                    .run_channel(&self.sections, channel, &mut samples[..frames]);
            }
        }
        self.detect(frames);
        self.follow(frames);
        self.delay(block, &step.range);
        if self.auto.is_some() && self.is_keyed {
            for (channel, heard) in self.key.iter_mut().enumerate() {
                self.key_delay.run(channel, &mut heard[..frames]);
            }
            self.key_delay.advance(frames);
        }
        self.weigh_before(block, &step.range);
        let lanes = self.gains.len() - 1;
        for (channel, samples) in block.iter_mut().enumerate() {
            let gains = &self.gains[channel.min(lanes)];
            for (x, gain) in samples[step.range.clone()].iter_mut().zip(gains) {
                *x *= gain;
            }
        }
        if self.auto.is_some() && self.is_keyed {
            for (channel, heard) in self.key.iter_mut().enumerate() {
                let gains = &self.gains[channel.min(lanes)];
                for (x, gain) in heard[..frames].iter_mut().zip(gains) {
                    *x *= gain;
                }
            }
        }
    }

    /// Keeps a stretch of the key, as what the channels are while they are compressed.
    fn listen(&mut self, key: &[&[f64]], range: core::ops::Range<usize>) {
        copy_key(key, range, &mut self.key);
        if self.settings.domain == Domain::MidSide
            && let [left, right, ..] = &mut self.key[..]
        {
            to_mid_side(left, right);
        }
    }

    /// Lets the make-up hear what comes in: the key, or the block itself.
    fn weigh_before(&mut self, block: &[&mut [f64]], range: &core::ops::Range<usize>) {
        if let Some(auto) = &mut self.auto {
            if self.is_keyed {
                auto.before(&self.key, 0..range.len());
            } else {
                auto.before(block, range.clone());
            }
        }
    }

    /// Lets the make-up hear what goes out, and gives back what was taken.
    fn make_up(&mut self, block: &mut [&mut [f64]], range: &core::ops::Range<usize>, start: u64) {
        if let Some(auto) = &mut self.auto {
            if self.is_keyed {
                auto.after(&self.key, 0..range.len());
            } else {
                auto.after(block, range.clone());
            }
            auto.apply(block, range, start);
        }
    }

    /// Puts the levels into `gains`, as power.
    fn detect(&mut self, frames: usize) {
        let detector = self.settings.detector;
        let share = share_of(detector, self.sidechain.len());
        let (linked, own) = self.gains.split_at_mut(1);
        let linked = &mut linked[0][..frames];
        linked.fill(0.0);
        for side in &self.sidechain {
            for (power, x) in linked.iter_mut().zip(side) {
                match detector {
                    Detector::Peak => *power = power.max(x * x),
                    Detector::Rms | Detector::Loudness => *power += x * x * share,
                }
            }
        }
        let Some(lanes) = self.states.len().checked_sub(1).filter(|more| *more > 0) else {
            return;
        };
        let (link, alone) = (self.settings.link, share_of(detector, 1));
        for (lane, side) in own[..lanes].iter_mut().zip(&self.sidechain[1..]) {
            for ((to, linked), x) in lane.iter_mut().zip(&*linked).zip(side) {
                let own = x * x * alone;
                *to = own + link * (linked - own);
            }
        }
        for (linked, x) in linked.iter_mut().zip(&self.sidechain[0]) {
            let own = x * x * alone;
            *linked = own + link * (*linked - own);
        }
    }

    /// Turns powers into gains, in place.
    fn follow(&mut self, frames: usize) {
        let (curve, times) = (self.curve, self.times);
        let (dry, wet) = (self.dry, self.wet);
        for (state, gains) in self.states.iter_mut().zip(&mut self.gains) {
            let mut now = *state;
            for value in &mut gains[..frames] {
                let reduction_db = now.next(*value, &curve, &times);
                *value = blend(reduction_db, dry, wet);
            }
            *state = now;
        }
    }

    fn delay(&mut self, block: &mut [&mut [f64]], range: &core::ops::Range<usize>) {
        let length = self.delays.first().map_or(0, Vec::len);
        if length == 0 {
            return;
        }
        let mut end = self.delay_at;
        for (delay, channel) in self.delays.iter_mut().zip(block) {
            let mut at = self.delay_at;
            for x in &mut channel[range.clone()] {
                core::mem::swap(&mut delay[at], x);
                at += 1;
                if at == length {
                    at = 0;
                }
            }
            end = at;
        }
        self.delay_at = end;
    }

    /// The detector hears what was given out a frame before.
    fn run_back(&mut self, block: &mut [&mut [f64]], range: core::ops::Range<usize>) {
        let channels = self.last.len();
        let (curve, times) = (self.curve, self.times);
        let detector = self.settings.detector;
        let (share, alone) = (share_of(detector, channels), share_of(detector, 1));
        let first = range.start;
        for i in range {
            let mut linked = 0.0f64;
            for channel in 0..channels {
                let heard = self
                    .cascade
                    .step(&self.sections, channel, self.last[channel]);
                self.sidechain[channel][0] = heard * heard;
                linked = match detector {
                    Detector::Peak => linked.max(heard * heard),
                    Detector::Rms | Detector::Loudness => linked + heard * heard * share,
                };
            }
            for (lane, state) in self.states.iter_mut().enumerate() {
                let power = if self.settings.link >= 1.0 {
                    linked
                } else {
                    let own = self.sidechain[lane][0] * alone;
                    own + self.settings.link * (linked - own)
                };
                self.gains[lane][0] = state.next(power, &curve, &times);
            }
            for (channel, samples) in block.iter_mut().enumerate() {
                let reduction_db = self.gains[channel.min(self.states.len() - 1)][0];
                let gain = blend(reduction_db, self.dry, self.wet);
                let mut heard = samples[i];
                if self.is_keyed {
                    let key = &mut self.key[channel][i - first];
                    heard = *key;
                    *key *= gain;
                }
                self.last[channel] = heard * blend(reduction_db, 0.0, 1.0);
                samples[i] *= gain;
            }
        }
    }

    fn make_sections(&mut self, spec: Spec) {
        let s = &self.settings;
        self.sections.clear();
        if s.sidechain_highpass_hz > 0.0 {
            let high = butterworth_highpass(s.sidechain_highpass_hz, Slope::Db12, spec.rate_hz);
            self.sections.push(high[0]);
        }
        let mut add = |band: Band| {
            let mut sections = [Biquad::IDENTITY; 2];
            band.design(spec.rate_hz, &mut sections);
            self.sections.extend(sections);
        };
        if s.sidechain_lowpass_hz > 0.0 {
            add(Band::new(
                BandShape::LowPass(2),
                s.sidechain_lowpass_hz,
                0.0,
                0.7,
            ));
        }
        let [bell_hz, bell_db] = s.sidechain_bell;
        if bell_hz > 0.0 && bell_db != 0.0 {
            add(Band::new(BandShape::Bell, bell_hz, bell_db, 1.0));
        }
        if s.detector == Detector::Loudness {
            self.sections.extend(k_weighting(spec.rate_hz));
        }
    }

    fn make_times(&self, spec: Spec) -> Times {
        let s = &self.settings;
        let times = match s.direction {
            Direction::Compress => {
                Times::new(s.attack_ms, s.release_ms, spec).for_release(s.release)
            }
            // Its reduction grows as it closes and falls as it opens.
            Direction::Expand => {
                Times::new(s.release_ms, s.attack_ms, spec).for_release(Release::Fixed)
            }
        };
        times
            .for_detector(s.detector, spec)
            .with_hold(s.hold_ms, spec)
    }

    fn lookahead_frames(&self, spec: Spec) -> usize {
        let frames = self.settings.lookahead_ms.clamp(0.0, 100.0) * 0.001 * f64::from(spec.rate_hz);
        match self.settings.topology {
            Topology::FeedForward => libm::round(frames) as usize,
            Topology::FeedBack => 0,
        }
    }
}

/// The gain for a reduction; exactly the shares' sum where there is none.
#[inline]
fn blend(reduction_db: f64, dry: f64, wet: f64) -> f64 {
    if reduction_db < SNAP_DB {
        dry + wet
    } else {
        dry + wet * db_to_gain(-reduction_db)
    }
}

/// What one channel's power counts in the common level.
fn share_of(detector: Detector, channels: usize) -> f64 {
    match detector {
        Detector::Peak => 1.0,
        Detector::Rms => 1.0 / channels.max(1) as f64,
        Detector::Loudness => db_to_power(LUFS_OFFSET_DB),
    }
}

fn to_mid_side(left: &mut [f64], right: &mut [f64]) {
    for (l, r) in left.iter_mut().zip(right) {
        (*l, *r) = (0.5 * (*l + *r), 0.5 * (*l - *r));
    }
}

fn to_left_right(mid: &mut [f64], side: &mut [f64]) {
    for (m, s) in mid.iter_mut().zip(side) {
        (*m, *s) = (*m + *s, *m - *s);
    }
}

impl Processor for Compressor {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.times = self.make_times(spec);
        self.make_sections(spec);
        self.cascade.prepare(self.sections.len(), spec.channels);
        let lanes = if self.settings.link >= 1.0 {
            1
        } else {
            spec.channels.max(1)
        };
        self.states = vec![State::default(); lanes];
        // A stretch is never longer than the grid.
        self.sidechain = vec![vec![0.0; STRETCH]; spec.channels];
        self.key = vec![vec![0.0; STRETCH]; spec.channels];
        self.key_delay = Delay::new(self.lookahead_frames(spec), spec.channels);
        self.gains = vec![vec![0.0; STRETCH]; lanes];
        self.last = vec![0.0; spec.channels];
        self.delays = vec![vec![0.0; self.lookahead_frames(spec)]; spec.channels];
        self.auto = self
            .settings
            .auto_makeup
            .then(|| Box::new(AutoMakeup::new(spec)));
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        self.is_keyed = key.is_some();
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                self.states.iter_mut().for_each(State::tidy);
                self.cascade.tidy();
                self.auto.iter_mut().for_each(|auto| auto.tidy());
                if self.is_moving(step.start.saturating_sub(GRID_FRAMES)) {
                    self.refresh(step.start);
                }
            }
            for event in step.events {
                self.take(event, step.start);
                self.refresh(step.start);
            }
            let range = step.range.clone();
            let is_mid_side = self.settings.domain == Domain::MidSide;
            if let ([left, right, ..], true) = (&mut *block, is_mid_side) {
                to_mid_side(&mut left[range.clone()], &mut right[range.clone()]);
            }
            if let Some(key) = key {
                self.listen(key, range.clone());
            }
            match self.settings.topology {
                Topology::FeedForward => self.run(block, &step),
                Topology::FeedBack => {
                    self.weigh_before(block, &range);
                    self.run_back(block, range.clone());
                }
            }
            self.make_up(block, &range, step.start);
            if let ([left, right, ..], true) = (&mut *block, is_mid_side) {
                to_left_right(&mut left[range.clone()], &mut right[range]);
            }
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        self.delays.first().map_or(0, |delay| delay.len() as u64)
    }

    fn tail_frames(&self) -> u64 {
        self.latency_frames()
    }

    fn reset(&mut self) {
        self.threshold = Ramp::fixed(self.settings.threshold_db);
        self.ratio = Ramp::fixed(self.settings.ratio);
        self.mix = Ramp::fixed(self.settings.mix);
        self.makeup = Ramp::fixed(self.settings.makeup_db);
        self.refresh(0);
        self.states.fill(State::at_rest(&self.curve));
        self.cascade.reset();
        self.last.fill(0.0);
        self.key_delay.reset();
        self.delays.iter_mut().for_each(|delay| delay.fill(0.0));
        self.delay_at = 0;
        self.auto.iter_mut().for_each(|auto| auto.reset());
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    fn gain_reduction(&self) -> Option<GainReduction> {
        let readings = self.states.iter().map(State::reading);
        let (max_db, sum_db) =
            readings.fold((0.0f64, 0.0), |(m, s), (max, sum)| (m.max(max), s + sum));
        let lanes = self.states.len().max(1) as f64;
        Some(GainReduction {
            max_db,
            mean_db: sum_db / lanes / self.position.max(1) as f64,
        })
    }
}
