use crate::band::{Band, Placement};
use crate::biquad::{Biquad, Cascade, GRID_FRAMES, Glide, tail_frames};
use crate::dynamic_band::DynamicBand;
use crate::processor::{
    Faults, GainReduction, Param, ParamEvent, Processor, Ramp, Spec, Step, Steps, copy_key,
    frames_of, with_block, zero_non_finite,
};

const STRETCH: usize = GRID_FRAMES as usize;

#[derive(Debug, Clone, Copy)]
struct BandRamps {
    frequency: Ramp,
    gain: Ramp,
    q: Ramp,
}

impl BandRamps {
    fn new(band: &Band) -> Self {
        Self {
            frequency: Ramp::fixed(band.frequency_hz),
            gain: Ramp::fixed(band.gain_db),
            q: Ramp::fixed(band.q),
        }
    }

    fn is_moving(&self, frame: u64) -> bool {
        self.frequency.is_moving(frame) || self.gain.is_moving(frame) || self.q.is_moving(frame)
    }
}

/// Neighbouring bands on the same part of the signal, run together.
#[derive(Debug, Clone)]
struct Group {
    placement: Placement,
    /// Where the group's sections lie in the equaliser's.
    sections: core::ops::Range<usize>,
    cascade: Cascade,
    /// The same for the key.
    key_cascade: Cascade,
    /// Set for a band that follows the level; it comes after its static part.
    dynamic: Option<Box<DynamicBand>>,
}

/// The equaliser: bands in series, minimum phase, true to their analogue models within 0.05 dB up to
/// 90 % of Nyquist (see [`crate::bell`]).
#[derive(Debug, Clone)]
pub struct Equaliser {
    bands: Vec<Band>,
    ramps: Vec<BandRamps>,
    /// First section of each band, and the end.
    starts: Vec<usize>,
    sections: Vec<Biquad>,
    /// Where the sections are going by the next grid line, and since when.
    next: Vec<Biquad>,
    since: Vec<u64>,
    groups: Vec<Group>,
    mix: f64,
    wet: Ramp,
    rate_hz: u32,
    dry: Vec<Vec<f64>>,
    /// One stretch of the key, on its way through the bands.
    key: Vec<Vec<f64>>,
    /// Of the signal and of the key.
    between: [Between; 2],
    position: u64,
    faults: Faults,
}

/// Room for one stretch of mid and side.
#[derive(Debug, Clone)]
struct Between {
    mid: [f64; STRETCH],
    side: [f64; STRETCH],
}

impl Between {
    const EMPTY: Self = Self {
        mid: [0.0; STRETCH],
        side: [0.0; STRETCH],
    };

    fn take(&mut self, block: &[&mut [f64]], range: core::ops::Range<usize>) {
        let [left, right, ..] = block else { return };
        for (i, (l, r)) in left[range.clone()].iter().zip(&right[range]).enumerate() {
            self.mid[i] = 0.5 * (l + r);
            self.side[i] = 0.5 * (l - r);
        }
    }

    fn part(&mut self, placement: Placement, frames: usize) -> &mut [f64] {
        if placement == Placement::Mid {
            &mut self.mid[..frames]
        } else {
            &mut self.side[..frames]
        }
    }

    fn give(&self, block: &mut [&mut [f64]], range: core::ops::Range<usize>) {
        let [left, right, ..] = block else { return };
        let pairs = left[range.clone()].iter_mut().zip(&mut right[range]);
        for (i, (l, r)) in pairs.enumerate() {
            *l = self.mid[i] + self.side[i];
            *r = self.mid[i] - self.side[i];
        }
    }
}

impl Equaliser {
    /// An equaliser of these bands.
    pub fn new(bands: &[Band]) -> Self {
        Self::with_mix(bands, 1.0)
    }

    /// An equaliser whose output is `mix` (0 to 1) of the equalised signal and the rest dry.
    pub fn with_mix(bands: &[Band], mix: f64) -> Self {
        let mut starts = vec![0];
        for band in bands {
            starts.push(starts.last().map_or(0, |last| last + band.shape.sections()));
        }
        let sections = starts.last().copied().unwrap_or(0);
        Self {
            bands: bands.to_vec(),
            ramps: bands.iter().map(BandRamps::new).collect(),
            sections: vec![Biquad::IDENTITY; sections],
            next: vec![Biquad::IDENTITY; sections],
            since: vec![0; sections],
            starts,
            groups: Vec::new(),
            mix: mix.clamp(0.0, 1.0),
            wet: Ramp::fixed(mix.clamp(0.0, 1.0)),
            rate_hz: 48_000,
            dry: Vec::new(),
            key: Vec::new(),
            between: [Between::EMPTY; 2],
            position: 0,
            faults: Faults::default(),
        }
    }

    fn take(&mut self, event: &ParamEvent, now: u64) {
        let (index, pick): (usize, fn(&mut BandRamps) -> &mut Ramp) = match event.param {
            Param::BandGainDb(band) => (band, |r| &mut r.gain),
            Param::BandFrequencyHz(band) => (band, |r| &mut r.frequency),
            Param::BandQ(band) => (band, |r| &mut r.q),
            Param::Mix => {
                self.wet.follow(event, now);
                return;
            }
            Param::GainDb
            | Param::FrequencyHz
            | Param::ThresholdDb
            | Param::Ratio
            | Param::MakeupDb
            | Param::BandThresholdDb(_)
            | Param::DriveDb
            | Param::BalanceDb
            | Param::Width(_)
            | Param::ChannelGainDb(_)
            | Param::RotationDegrees
            | Param::CeilingDbtp
            | Param::Audition(_) => return,
        };
        if let Some(ramps) = self.ramps.get_mut(index) {
            pick(ramps).follow(event, now);
            self.design(index, now);
        }
    }

    /// Sets a band to what it is at `frame`, on its way to what it will be at the next grid line.
    fn design(&mut self, index: usize, frame: u64) {
        let room = self.starts[index]..self.starts[index + 1];
        let ramps = self.ramps[index];
        let design = |frame: u64, to: &mut [Biquad]| {
            let band = Band {
                frequency_hz: ramps.frequency.at(frame),
                gain_db: ramps.gain.at(frame),
                q: ramps.q.at(frame),
                ..self.bands[index]
            };
            band.design(self.rate_hz, to);
        };
        design(frame, &mut self.sections[room.clone()]);
        self.since[room.clone()].fill(frame);
        if ramps.is_moving(frame) {
            let grid = (frame / GRID_FRAMES + 1) * GRID_FRAMES;
            design(grid, &mut self.next[room]);
        } else {
            self.next[room.clone()].copy_from_slice(&self.sections[room]);
        }
    }

    fn make_groups(&mut self, spec: Spec) {
        self.groups.clear();
        for (index, band) in self.bands.iter().enumerate() {
            let end = self.starts[index + 1];
            match self.groups.last_mut() {
                Some(last) if last.placement == band.placement && last.dynamic.is_none() => {
                    last.sections.end = end;
                }
                _ => self.groups.push(Group {
                    placement: band.placement,
                    sections: self.starts[index]..end,
                    cascade: Cascade::default(),
                    key_cascade: Cascade::default(),
                    dynamic: None,
                }),
            }
            let last = self.groups.last_mut().expect("one was there or was made");
            last.dynamic = DynamicBand::new(band, spec).map(Box::new);
        }
        for group in &mut self.groups {
            group.cascade.prepare(group.sections.len(), spec.channels);
            group.key_cascade = group.cascade.clone();
        }
    }

    fn run(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, step: &Step<'_>) {
        let range = step.range.clone();
        let is_blended =
            self.mix < 1.0 || self.wet.at(step.start) < 1.0 || self.wet.is_moving(step.start);
        if is_blended {
            for (dry, channel) in self.dry.iter_mut().zip(block.iter()) {
                dry[..range.len()].copy_from_slice(&channel[range.clone()]);
            }
        }
        // The key has to come as far as the last band that listens.
        let last = self.groups.iter().rposition(|g| g.dynamic.is_some());
        let listening = key.and_then(|key| {
            copy_key(key, range.clone(), &mut self.key);
            last
        });
        for (index, group) in self.groups.iter_mut().enumerate() {
            let here = group.sections.clone();
            let glide = Glide {
                from: &self.sections[here.clone()],
                to: &self.next[here.clone()],
                since: &self.since[here],
                start: step.start,
            };
            let between = &mut self.between;
            if listening.is_some_and(|last| index <= last) {
                with_block(&mut self.key, range.len(), |key| {
                    group.run(&glide, block, Some(key), range.clone(), between);
                });
            } else {
                group.run(&glide, block, None, range.clone(), between);
            }
        }
        if is_blended {
            for (dry, channel) in self.dry.iter().zip(block.iter_mut()) {
                for ((frame, x), dry) in (step.start..).zip(&mut channel[range.clone()]).zip(dry) {
                    *x = dry + self.wet.at(frame).clamp(0.0, 1.0) * (*x - dry);
                }
            }
        }
    }
}

impl Group {
    fn run(
        &mut self,
        glide: &Glide<'_>,
        block: &mut [&mut [f64]],
        mut key: Option<&mut [&mut [f64]]>,
        range: core::ops::Range<usize>,
        between: &mut [Between; 2],
    ) {
        let channels = match (self.placement, block.len()) {
            (Placement::Stereo, count) => 0..count,
            (Placement::Left, _) | (Placement::Mid, 1) => 0..1,
            (Placement::Right | Placement::Side, 0 | 1) => return,
            (Placement::Right, _) => 1..2,
            (Placement::Mid | Placement::Side, _) => {
                let [own, heard] = between;
                let frames = range.len();
                own.take(block, range.clone());
                if let Some(key) = &key {
                    heard.take(key, 0..frames);
                }
                self.filter(
                    glide,
                    &mut [own.part(self.placement, frames)],
                    0..frames,
                    key.is_some()
                        .then_some(&mut [heard.part(self.placement, frames)]),
                );
                own.give(block, range);
                if let Some(key) = &mut key {
                    heard.give(key, 0..frames);
                }
                return;
            }
        };
        let key = key.map(|key| &mut key[channels.clone()]);
        self.filter(glide, &mut block[channels], range, key);
    }

    /// Runs the sections, and the part that follows the level, over the channels and over the key's.
    fn filter(
        &mut self,
        glide: &Glide<'_>,
        block: &mut [&mut [f64]],
        range: core::ops::Range<usize>,
        mut key: Option<&mut [&mut [f64]]>,
    ) {
        let pass = |cascade: &mut Cascade, block: &mut [&mut [f64]], range| {
            if glide.from == glide.to {
                cascade.run(glide.from, block, range);
            } else {
                cascade.glide(glide, block, range);
            }
        };
        pass(&mut self.cascade, block, range.clone());
        if let Some(key) = &mut key {
            pass(&mut self.key_cascade, key, 0..range.len());
        }
        if let Some(dynamic) = &mut self.dynamic {
            dynamic.run(block, range, key);
        }
    }
}

impl Processor for Equaliser {
    fn prepare(&mut self, spec: Spec, _max_frames: usize) {
        self.rate_hz = spec.rate_hz;
        self.dry = vec![vec![0.0; STRETCH]; spec.channels];
        self.key = vec![vec![0.0; STRETCH]; spec.channels];
        self.make_groups(spec);
        self.reset();
    }

    fn process(&mut self, block: &mut [&mut [f64]], key: Option<&[&[f64]]>, events: &[ParamEvent]) {
        zero_non_finite(block, self.position, &mut self.faults);
        let frames = frames_of(block);
        for step in Steps::new(self.position, frames, events) {
            if step.is_on_grid() {
                for group in &mut self.groups {
                    group.cascade.tidy();
                    group.key_cascade.tidy();
                    group.dynamic.iter_mut().for_each(|d| d.tidy());
                }
                for index in 0..self.ramps.len() {
                    // Moving until a grid line ago: the end of the ramp is still to be set.
                    if self.ramps[index].is_moving(step.start.saturating_sub(GRID_FRAMES)) {
                        self.design(index, step.start);
                    }
                }
            }
            for event in step.events {
                self.take(event, step.start);
            }
            self.run(block, key, &step);
        }
        self.position += frames as u64;
    }

    fn latency_frames(&self) -> u64 {
        0
    }

    fn tail_frames(&self) -> u64 {
        tail_frames(&self.sections)
    }

    fn reset(&mut self) {
        for group in &mut self.groups {
            group.cascade.reset();
            group.key_cascade.reset();
            group.dynamic.iter_mut().for_each(|d| d.reset());
        }
        self.wet = Ramp::fixed(self.mix);
        self.position = 0;
        self.faults = Faults::default();
        for index in 0..self.bands.len() {
            self.ramps[index] = BandRamps::new(&self.bands[index]);
            self.design(index, 0);
        }
    }

    fn faults(&self) -> Faults {
        self.faults
    }

    /// Change of the bands that follow the level; none of them, none of this.
    fn gain_reduction(&self) -> Option<GainReduction> {
        let changes = self.groups.iter().filter_map(|g| g.dynamic.as_ref());
        changes
            .map(|dynamic| dynamic.change_db())
            .map(|(max_db, sum_db)| GainReduction {
                max_db,
                mean_db: sum_db / self.position.max(1) as f64,
            })
            .reduce(|a, b| GainReduction {
                max_db: a.max_db.max(b.max_db),
                mean_db: a.mean_db + b.mean_db,
            })
    }
}
