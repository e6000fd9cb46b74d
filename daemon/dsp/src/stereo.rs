use core::f64::consts::PI;

use crate::GRID_FRAMES;
use crate::crossover::{Crossover, CrossoverKind};
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Step, Steps, copy_key,
    frames_of, zero_non_finite,
};

/// Settings of the stereo processor.
#[derive(Debug, Clone, PartialEq)]
pub struct StereoSettings {
    /// Below this many hertz the signal is mono; zero for nowhere.
    pub mono_below_hz: f64,
    /// Where the bands of width part, in hertz, rising, all above the mono range.
    pub corners_hz: Vec<f64>,
    /// Gain of the side per band, lowest first, one more than corners: 0 is mono, 1 as it is, 2 twice as wide.
    pub widths: Vec<f64>,
    /// Turns the whole picture clockwise (to the right) by so many degrees.
    pub rotation_degrees: f64,
    /// Lowest correlation of left and right that is let through, −1 for any: the side gives way.
    pub least_correlation: f64,
}

impl Default for StereoSettings {
    fn default() -> Self {
        Self {
            mono_below_hz: 0.0,
            corners_hz: Vec::new(),
            widths: vec![1.0],
            rotation_degrees: 0.0,
            least_correlation: -1.0,
        }
    }
}

const STRETCH: usize = GRID_FRAMES as usize;
/// Time constant of the correlation.
const AVERAGE_SECONDS: f64 = 0.1;
/// Time constant at which the side comes back.
const RETURN_SECONDS: f64 = 0.5;

/// Width by frequency, mono bass, rotation and a guard over the correlation.
///
/// Mid and side pass the same crossover, so that their phases stay together. Anything but two channels passes as it is.
#[derive(Debug, Clone)]
pub struct Stereo {
    settings: StereoSettings,
    widths: Vec<Ramp>,
    rotation: Ramp,
    own: Picture,
    /// The key's, where the guard listens to one.
    key: Picture,
    heard: [Vec<f64>; 2],
    guard: Guard,
    position: u64,
    faults: Faults,
}

/// Mid and side of a stretch, and what cuts them.
#[derive(Debug, Clone)]
struct Picture {
    crossover: Option<Crossover>,
    mid: Vec<f64>,
    side: Vec<f64>,
}

impl Picture {
    fn new() -> Self {
        Self {
            crossover: None,
            mid: vec![0.0; STRETCH],
            side: vec![0.0; STRETCH],
        }
    }

    fn take(&mut self, left: &[f64], right: &[f64]) {
        for (i, (l, r)) in left.iter().zip(right).enumerate() {
            self.mid[i] = 0.5 * (l + r);
            self.side[i] = 0.5 * (l - r);
        }
    }

    /// Sets the side's bands to their widths and puts them together; the first band is mono where there is one more
    /// than widths.
    fn widen(&mut self, frames: usize, start: u64, widths: &[Ramp]) {
        let (mid, side) = (&mut self.mid[..frames], &mut self.side[..frames]);
        let Some(crossover) = &mut self.crossover else {
            let width = &widths[0];
            for (frame, x) in (start..).zip(side) {
                *x *= width.at(frame);
            }
            return;
        };
        let (m, s) = (&*mid, &*side);
        crossover.split(frames, |c| if c == 0 { m } else { s });
        mid.fill(0.0);
        side.fill(0.0);
        let mono = crossover.bands().len() - widths.len();
        for (k, band) in crossover.bands().iter().enumerate() {
            for (x, y) in mid.iter_mut().zip(&band[0]) {
                *x += y;
            }
            let Some(k) = k.checked_sub(mono) else {
                continue;
            };
            let width = &widths[k];
            for ((frame, x), y) in (start..).zip(side.iter_mut()).zip(&band[1]) {
                *x += y * width.at(frame);
            }
        }
    }
}

/// Turns the side down while left and right disagree.
#[derive(Debug, Clone, Copy)]
struct Guard {
    least: f64,
    share: f64,
    back: f64,
    mid: f64,
    side: f64,
    from: f64,
    to: f64,
    lowest: f64,
    sum_db: f64,
}

impl Guard {
    fn new(least: f64, spec: Spec) -> Self {
        let rate = f64::from(spec.rate_hz);
        Self {
            least,
            share: 1.0 - libm::exp(-1.0 / (AVERAGE_SECONDS * rate)),
            back: 1.0 - libm::exp(-(GRID_FRAMES as f64) / (RETURN_SECONDS * rate)),
            mid: 0.0,
            side: 0.0,
            from: 1.0,
            to: 1.0,
            lowest: 1.0,
            sum_db: 0.0,
        }
    }

    fn is_on(&self) -> bool {
        self.least > -1.0
    }

    /// Called on the grid only: of mid and side powers alone, the correlation is (M − S) / (M + S).
    fn tidy(&mut self) {
        self.from = self.to;
        if self.mid + self.side < 1e-20 {
            (self.mid, self.side, self.to) = (0.0, 0.0, 1.0);
            return;
        }
        let most_side = self.mid * (1.0 - self.least) / (1.0 + self.least);
        let wanted = if self.side > most_side {
            (most_side / self.side).sqrt()
        } else {
            1.0
        };
        self.to = if wanted < self.to {
            wanted
        } else {
            self.to + (wanted - self.to) * self.back
        };
        if 1.0 - self.to < 1e-9 {
            self.to = 1.0;
        }
        self.lowest = self.lowest.min(self.to);
        self.sum_db -= crate::gain_to_db(self.to.max(1e-6));
    }

    fn gain(&mut self, mid: f64, side: f64, frame: u64) -> f64 {
        self.mid += (mid * mid - self.mid) * self.share;
        self.side += (side * side - self.side) * self.share;
        let t = (frame % GRID_FRAMES) as f64 / GRID_FRAMES as f64;
        self.from + (self.to - self.from) * t
    }
}

impl Stereo {
    /// A stereo processor with these settings.
    pub fn new(mut settings: StereoSettings) -> Self {
        settings.widths.resize(settings.corners_hz.len() + 1, 1.0);
        let spec = Spec {
            rate_hz: 48_000,
            channels: 2,
        };
        Self {
            widths: settings.widths.iter().map(|w| Ramp::fixed(*w)).collect(),
            rotation: Ramp::fixed(settings.rotation_degrees),
            guard: Guard::new(settings.least_correlation, spec),
            settings,
            own: Picture::new(),
            key: Picture::new(),
            heard: [vec![0.0; STRETCH], vec![0.0; STRETCH]],
            position: 0,
            faults: Faults::default(),
        }
    }

    fn take(&mut self, event: &ParamEvent, now: u64) {
        match event.param {
            Param::Width(band) => {
                if let Some(width) = self.widths.get_mut(band) {
                    width.follow(event, now);
                }
            }
            Param::RotationDegrees => self.rotation.follow(event, now),
            Param::GainDb
            | Param::FrequencyHz
            | Param::BandGainDb(_)
            | Param::BandFrequencyHz(_)
            | Param::BandQ(_)
            | Param::BandThresholdDb(_)
            | Param::ThresholdDb
            | Param::Ratio
            | Param::Mix
            | Param::MakeupDb
            | Param::DriveDb
            | Param::BalanceDb
            | Param::ChannelGainDb(_)
            | Param::CeilingDbtp
            | Param::Audition(_) => (),
        }
    }

    /// Lets the guard hear mid and side (the key's, where there is one) and turn the side down.
    fn hold(&mut self, frames: usize, key: Option<&[&[f64]]>, step: &Step<'_>) {
        let Picture { mid, side, .. } = &mut self.own;
        if let Some(key) = key {
            copy_key(key, step.range.clone(), &mut self.heard);
            let [left, right] = &self.heard;
            self.key.take(&left[..frames], &right[..frames]);
            self.key.widen(frames, step.start, &self.widths);
            let heard = self.key.mid.iter().zip(&self.key.side);
            for ((frame, side), (mid, heard)) in (step.start..).zip(&mut side[..frames]).zip(heard)
            {
                *side *= self.guard.gain(*mid, *heard, frame);
            }
            return;
        }
        for (frame, (mid, side)) in (step.start..).zip(mid.iter().zip(&mut side[..frames])) {
            *side *= self.guard.gain(*mid, *side, frame);
        }
    }

    fn run(
        &mut self,
        left: &mut [f64],
        right: &mut [f64],
        key: Option<&[&[f64]]>,
        step: &Step<'_>,
    ) {
        let frames = left.len();
        self.own.take(left, right);
        self.own.widen(frames, step.start, &self.widths);
        if self.guard.is_on() {
            self.hold(frames, key, step);
        }
        for (i, (l, r)) in left.iter_mut().zip(right.iter_mut()).enumerate() {
            let (mid, side) = (self.own.mid[i], self.own.side[i]);
            (*l, *r) = (mid + side, mid - side);
        }
        if self.rotation.is_moving(step.start) || self.rotation.at(step.start) != 0.0 {
            let turn = |frame: u64| self.rotation.at(frame) * (PI / 180.0);
            let is_moving = self.rotation.is_moving(step.start);
            let here = turn(step.start);
            let (mut c, mut s) = (libm::cos(here), libm::sin(here));
            for (frame, (l, r)) in (step.start..).zip(left.iter_mut().zip(right)) {
                if is_moving {
                    (c, s) = (libm::cos(turn(frame)), libm::sin(turn(frame)));
                }
                (*l, *r) = (*l * c - *r * s, *l * s + *r * c);
            }
        }
    }
}

impl Processor for Stereo {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        let mono = Some(self.settings.mono_below_hz).filter(|hz| *hz > 0.0);
        let corners: Vec<f64> = mono
            .into_iter()
            .chain(self.settings.corners_hz.iter().copied())
            .collect();
        let crossover = (!corners.is_empty()).then(|| {
            let mut crossover = Crossover::new(CrossoverKind::LinkwitzRiley, &corners);
            crossover.prepare(Spec {
                channels: 2,
                ..spec
            });
            crossover
        });
        self.key.crossover.clone_from(&crossover);
        self.own.crossover = crossover;
        self.guard = Guard::new(self.settings.least_correlation, spec);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                for picture in [&mut self.own, &mut self.key] {
                    picture.crossover.iter_mut().for_each(Crossover::tidy);
                }
                self.guard.tidy();
            }
            for event in step.events {
                self.take(event, step.start);
            }
            if let [left, right] = block {
                let range = step.range.clone();
                self.run(&mut left[range.clone()], &mut right[range], key, &step);
            }
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        let crossover = self.own.crossover.as_ref();
        crossover.map_or(0, Crossover::tail_frames)
    }

    fn reset(&mut self) {
        for (ramp, width) in self.widths.iter_mut().zip(&self.settings.widths) {
            *ramp = Ramp::fixed(*width);
        }
        self.rotation = Ramp::fixed(self.settings.rotation_degrees);
        for picture in [&mut self.own, &mut self.key] {
            picture.crossover.iter_mut().for_each(Crossover::reset);
        }
        let Guard {
            least, share, back, ..
        } = self.guard;
        self.guard = Guard {
            least,
            share,
            back,
            mid: 0.0,
            side: 0.0,
            from: 1.0,
            to: 1.0,
            lowest: 1.0,
            sum_db: 0.0,
        };
        self.position = 0;
        self.faults = Faults::default();
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    /// How far the guard turned the side down; nothing where there is none.
    fn gain_reduction(&self) -> Option<GainReduction> {
        let stretches = (self.position as f64 / GRID_FRAMES as f64).max(1.0);
        self.guard.is_on().then(|| GainReduction {
            max_db: -crate::gain_to_db(self.guard.lowest.max(1e-6)) + 0.0,
            mean_db: self.guard.sum_db / stretches,
        })
    }
}
