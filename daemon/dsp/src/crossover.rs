use core::f64::consts::{FRAC_1_SQRT_2, PI};

use crate::biquad::{Biquad, Cascade, GRID_FRAMES, tail_frames};
use crate::convolver::{Convolver, Filter, FilterMaker, filter_taps};
use crate::processor::{Spec, with_block};

/// How a signal is cut into bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrossoverKind {
    /// 24 dB per octave (S. Linkwitz, R. Riley, "Active crossover networks for noncoincident drivers",
    /// 1976): no latency; the bands together turn the phase and keep every level.
    LinkwitzRiley,
    /// The same slopes without phase, a quarter of a second later; the bands together are the signal itself.
    LinearPhase,
}

const STRETCH: usize = GRID_FRAMES as usize;

/// Cuts a signal into bands whose sum is flat.
#[derive(Debug, Clone)]
pub struct Crossover {
    kind: CrossoverKind,
    corners_hz: Vec<f64>,
    spec: Spec,
    splits: Vec<Split>,
    linear: Option<Linear>,
    /// Per band, per channel: one stretch.
    bands: Vec<Vec<Vec<f64>>>,
}

/// One corner of a Linkwitz-Riley tree.
#[derive(Debug, Clone)]
struct Split {
    low: [Biquad; 2],
    high: [Biquad; 2],
    all: [Biquad; 1],
    low_memory: Cascade,
    high_memory: Cascade,
    /// For each band below this split: what turns its phase alike.
    all_memory: Vec<Cascade>,
}

#[derive(Debug, Clone)]
struct Linear {
    filters: Vec<Filter>,
    convolvers: Vec<Convolver>,
    delays: Vec<Vec<f64>>,
    at: usize,
}

impl Split {
    fn new(corner_hz: f64, below: usize, spec: Spec) -> Self {
        let t = libm::tan(
            PI * corner_hz.clamp(1.0, 0.45 * f64::from(spec.rate_hz)) / f64::from(spec.rate_hz),
        );
        let scale = 1.0 / (1.0 + t / FRAC_1_SQRT_2 + t * t);
        let a = [
            2.0 * (t * t - 1.0) * scale,
            (1.0 - t / FRAC_1_SQRT_2 + t * t) * scale,
        ];
        let section = |b: [f64; 3]| Biquad { b, a };
        let low = section([t * t * scale, 2.0 * t * t * scale, t * t * scale]);
        let high = section([scale, -2.0 * scale, scale]);
        let memory = |sections: usize| {
            let mut cascade = Cascade::default();
            cascade.prepare(sections, spec.channels);
            cascade
        };
        Self {
            low: [low; 2],
            high: [high; 2],
            all: [section([a[1], a[0], 1.0])],
            low_memory: memory(2),
            high_memory: memory(2),
            all_memory: (0..below).map(|_| memory(1)).collect(),
        }
    }

    fn memories(&mut self) -> impl Iterator<Item = &mut Cascade> {
        let Self {
            low_memory,
            high_memory,
            all_memory,
            ..
        } = self;
        [low_memory, high_memory].into_iter().chain(all_memory)
    }
}

impl Crossover {
    /// Cuts at these corners, in rising order: one band more than corners.
    pub fn new(kind: CrossoverKind, corners_hz: &[f64]) -> Self {
        Self {
            kind,
            corners_hz: corners_hz.to_vec(),
            spec: Spec {
                rate_hz: 48_000,
                channels: 0,
            },
            splits: Vec::new(),
            linear: None,
            bands: Vec::new(),
        }
    }

    /// Allocates and forgets all audio.
    pub fn prepare(&mut self, spec: Spec) {
        self.spec = spec;
        self.bands = vec![vec![vec![0.0; STRETCH]; spec.channels]; self.corners_hz.len() + 1];
        match self.kind {
            CrossoverKind::LinkwitzRiley => {
                let corners = self.corners_hz.iter().enumerate();
                self.splits = corners.map(|(k, hz)| Split::new(*hz, k, spec)).collect();
            }
            CrossoverKind::LinearPhase => self.linear = Some(self.make_linear(spec)),
        }
    }

    fn make_linear(&self, spec: Spec) -> Linear {
        let taps = filter_taps(spec.rate_hz);
        let maker = FilterMaker::new(taps);
        let filters: Vec<Filter> = self
            .corners_hz
            .iter()
            .map(|corner| {
                let at = 2.0 * PI * corner / f64::from(spec.rate_hz);
                Filter::Same(maker.make(|w| {
                    let square = (w / at) * (w / at);
                    (1.0 / (1.0 + square * square), 0.0)
                }))
            })
            .collect();
        let pairs = spec.channels.div_ceil(2);
        let convolver = Convolver::new(taps, filters.len());
        Linear {
            filters,
            convolvers: vec![convolver; pairs],
            delays: vec![vec![0.0; Convolver::delay_frames(taps)]; spec.channels],
            at: 0,
        }
    }

    /// Forgets all audio.
    pub fn reset(&mut self) {
        for split in &mut self.splits {
            split.memories().for_each(Cascade::reset);
        }
        if let Some(linear) = &mut self.linear {
            linear.convolvers.iter_mut().for_each(Convolver::reset);
            linear.delays.iter_mut().for_each(|delay| delay.fill(0.0));
            linear.at = 0;
        }
    }

    /// Called on the grid only.
    pub(crate) fn tidy(&mut self) {
        for split in &mut self.splits {
            split.memories().for_each(Cascade::tidy);
        }
    }

    /// Frames by which the bands come later.
    pub fn latency_frames(&self) -> u64 {
        match self.kind {
            CrossoverKind::LinkwitzRiley => 0,
            CrossoverKind::LinearPhase => {
                Convolver::delay_frames(filter_taps(self.spec.rate_hz)) as u64
            }
        }
    }

    /// Frames after which the bands of silence are silent again.
    pub fn tail_frames(&self) -> u64 {
        let longest = self.splits.iter().map(|s| tail_frames(&s.low)).max();
        match self.kind {
            CrossoverKind::LinkwitzRiley => 2 * longest.unwrap_or(0),
            CrossoverKind::LinearPhase => {
                Convolver::tail_frames(filter_taps(self.spec.rate_hz)) as u64
            }
        }
    }

    /// Cuts one stretch (of at most the grid's length) of a signal into `bands()`.
    pub(crate) fn split<'x>(&mut self, frames: usize, channel: impl Fn(usize) -> &'x [f64]) {
        match &mut self.linear {
            Some(linear) => linear.split(frames, channel, &mut self.bands),
            None => self.split_tree(frames, channel),
        }
    }

    fn split_tree<'x>(&mut self, frames: usize, channel: impl Fn(usize) -> &'x [f64]) {
        for (c, row) in self.bands[0].iter_mut().enumerate() {
            row[..frames].copy_from_slice(&channel(c)[..frames]);
        }
        for (k, split) in self.splits.iter_mut().enumerate() {
            let (below, rest) = self.bands.split_at_mut(k + 1);
            for (to, from) in rest[0].iter_mut().zip(&below[k]) {
                to[..frames].copy_from_slice(&from[..frames]);
            }
            let (low, high) = (&mut below[k], &mut rest[0]);
            with_block(low, frames, |block| {
                split.low_memory.run(&split.low, block, 0..frames);
            });
            with_block(high, frames, |block| {
                split.high_memory.run(&split.high, block, 0..frames);
            });
            for (rows, memory) in below.iter_mut().zip(&mut split.all_memory) {
                with_block(rows, frames, |block| {
                    memory.run(&split.all, block, 0..frames);
                });
            }
        }
    }

    /// The bands of the last stretch, lowest first; per band one row a channel.
    pub(crate) fn bands(&mut self) -> &mut [Vec<Vec<f64>>] {
        &mut self.bands
    }
}

impl Linear {
    fn split<'x>(
        &mut self,
        frames: usize,
        channel: impl Fn(usize) -> &'x [f64],
        bands: &mut [Vec<Vec<f64>>],
    ) {
        let top = bands.len() - 1;
        for pair in 0..self.convolvers.len() {
            self.split_pair(pair, frames, &channel, &mut bands[..top]);
        }
        let length = self.delays.first().map_or(1, Vec::len);
        for (c, delay) in self.delays.iter_mut().enumerate() {
            let mut at = self.at;
            for (to, x) in bands[top][c].iter_mut().zip(&channel(c)[..frames]) {
                *to = core::mem::replace(&mut delay[at], *x);
                at = (at + 1) % length;
            }
        }
        self.at = (self.at + frames) % length;
        // Each band is what its low-pass lets through beyond the one below.
        for k in (1..=top).rev() {
            let (below, here) = bands.split_at_mut(k);
            for (here, below) in here[0].iter_mut().zip(&below[k - 1]) {
                for (x, low) in here[..frames].iter_mut().zip(below) {
                    *x -= low;
                }
            }
        }
    }

    /// The low-passes of two channels (or one).
    fn split_pair<'x>(
        &mut self,
        pair: usize,
        frames: usize,
        channel: &impl Fn(usize) -> &'x [f64],
        bands: &mut [Vec<Vec<f64>>],
    ) {
        let (l, r) = (2 * pair, 2 * pair + 1);
        let has_right = r < self.delays.len();
        let convolver = &mut self.convolvers[pair];
        let mut at = 0;
        while at < frames {
            let here = at..frames.min(at + convolver.room());
            let right = has_right.then(|| &channel(r)[here.clone()]);
            convolver.gather(&channel(l)[here.clone()], right);
            for (k, band) in bands.iter_mut().enumerate() {
                let (x, y) = convolver.ready(k, here.len());
                band[l][here.clone()].copy_from_slice(x);
                if has_right {
                    band[r][here.clone()].copy_from_slice(y);
                }
            }
            let filters = &self.filters;
            convolver.advance(here.len(), (filters.len(), |k| &filters[k]));
            at = here.end;
        }
    }
}
