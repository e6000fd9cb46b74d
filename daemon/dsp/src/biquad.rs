use crate::lanes::{Kernels, LANES, QUAD, QuadCoefficients};

/// Absolute grid in frames on which state is tidied and moving coefficients are refreshed.
pub const GRID_FRAMES: u64 = 64;

/// State below this is nothing (−600 dB): far above the subnormals, far below any signal.
const SNAP: f64 = 1e-30;

/// One second-order section, `a0` = 1, run in transposed direct form II.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Biquad {
    /// Numerator, from z⁰ to z⁻².
    pub b: [f64; 3],
    /// Denominator, z⁻¹ and z⁻².
    pub a: [f64; 2],
}

impl Biquad {
    /// The section that changes nothing.
    pub const IDENTITY: Self = Self {
        b: [1.0, 0.0, 0.0],
        a: [0.0, 0.0],
    };
}

/// The memory of one section on one channel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    s: [f64; 2],
}

impl Memory {
    /// Called on the grid only.
    fn tidy(&mut self) {
        for s in &mut self.s {
            if s.abs() < SNAP || !s.is_finite() {
                *s = 0.0;
            }
        }
    }

    #[inline(always)]
    pub(crate) fn step(&mut self, c: &Biquad, x: f64) -> f64 {
        let y = c.b[0] * x + self.s[0];
        self.s[0] = (c.b[1] * x + self.s[1]) - c.a[0] * y;
        self.s[1] = c.b[2] * x - c.a[1] * y;
        y
    }
}

/// Coefficients on their way from one grid line (or event) to the next grid line, linearly: the stable
/// coefficients of a second-order section are a convex set, so all between are stable too.
pub(crate) struct Glide<'s> {
    pub(crate) from: &'s [Biquad],
    pub(crate) to: &'s [Biquad],
    /// Frame at which each section was at `from`.
    pub(crate) since: &'s [u64],
    /// Absolute frame of the first sample.
    pub(crate) start: u64,
}

impl Glide<'_> {
    fn at(&self, section: usize, frame: u64) -> Biquad {
        let (from, to, since) = (&self.from[section], &self.to[section], self.since[section]);
        let grid = (since / GRID_FRAMES + 1) * GRID_FRAMES;
        let t = (frame - since) as f64 / (grid - since) as f64;
        let mix = |a: f64, b: f64| a + (b - a) * t;
        Biquad {
            b: core::array::from_fn(|i| mix(from.b[i], to.b[i])),
            a: core::array::from_fn(|i| mix(from.a[i], to.a[i])),
        }
    }
}

/// Sections in series on several channels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cascade {
    /// One row of channels per section.
    memory: Vec<Vec<Memory>>,
    kernels: Kernels,
}

impl Cascade {
    pub(crate) fn prepare(&mut self, sections: usize, channels: usize) {
        self.memory = vec![vec![Memory::default(); channels]; sections];
    }

    pub(crate) fn reset(&mut self) {
        self.memory
            .iter_mut()
            .flatten()
            .for_each(|m| *m = Memory::default());
    }

    pub(crate) fn tidy(&mut self) {
        self.memory.iter_mut().flatten().for_each(Memory::tidy);
    }

    /// Runs all sections over `range` of the block, two channels and four sections at a time: their
    /// recursions are independent, so the processor works on one while the others wait.
    pub(crate) fn run(
        &mut self,
        sections: &[Biquad],
        block: &mut [&mut [f64]],
        range: core::ops::Range<usize>,
    ) {
        let quads = sections.len() / QUAD;
        for (sections, rows) in sections
            .chunks(QUAD)
            .zip(self.memory.chunks_mut(QUAD))
            .take(quads)
        {
            for (pair, channels) in block.chunks_mut(2).enumerate() {
                match channels {
                    [left, right] => {
                        let (l, r) = (&mut left[range.clone()], &mut right[range.clone()]);
                        run_quad(self.kernels.quad, sections, rows, 2 * pair, (l, r));
                    }
                    channels => {
                        for samples in channels.iter_mut() {
                            let samples = &mut samples[range.clone()];
                            run_quad_alone(self.kernels.quad, sections, rows, 2 * pair, samples);
                        }
                    }
                }
            }
        }
        let done = quads * QUAD;
        for (pair, channels) in block.chunks_mut(2).enumerate() {
            run_rows(
                &sections[done..],
                &mut self.memory[done..],
                2 * pair,
                channels,
                range.clone(),
            );
        }
    }

    /// Runs all sections while their coefficients move from one set to the next.
    pub(crate) fn glide(
        &mut self,
        glide: &Glide<'_>,
        block: &mut [&mut [f64]],
        range: core::ops::Range<usize>,
    ) {
        for (i, row) in self.memory.iter_mut().enumerate() {
            for (channel, memory) in block.iter_mut().zip(row) {
                for (frame, x) in (glide.start..).zip(&mut channel[range.clone()]) {
                    *x = memory.step(&glide.at(i, frame), *x);
                }
            }
        }
    }

    /// Runs all sections over one sample of one channel.
    #[inline]
    pub(crate) fn step(&mut self, sections: &[Biquad], channel: usize, x: f64) -> f64 {
        let rows = sections.iter().zip(&mut self.memory);
        rows.fold(x, |x, (coefficients, row)| {
            row[channel].step(coefficients, x)
        })
    }

    /// Runs all sections over one channel's samples.
    pub(crate) fn run_channel(&mut self, sections: &[Biquad], channel: usize, x: &mut [f64]) {
        for (coefficients, row) in sections.iter().zip(&mut self.memory) {
            run_one(coefficients, &mut row[channel], x);
        }
    }
}

/// Runs sections one after the other over one or two channels, the first of which is `channel`.
fn run_rows(
    sections: &[Biquad],
    rows: &mut [Vec<Memory>],
    channel: usize,
    channels: &mut [&mut [f64]],
    range: core::ops::Range<usize>,
) {
    for (coefficients, row) in sections.iter().zip(rows) {
        match (&mut *channels, &mut row[channel..]) {
            ([left, right], [ml, mr, ..]) => run_pair(
                coefficients,
                (ml, &mut left[range.clone()]),
                (mr, &mut right[range.clone()]),
            ),
            (channels, memory) => {
                for (channel, m) in channels.iter_mut().zip(memory) {
                    run_one(coefficients, m, &mut channel[range.clone()]);
                }
            }
        }
    }
}

/// Four sections of a pair of channels in lanes; every lane does what [`Memory::step`] does.
fn run_quad(
    kernel: crate::lanes::QuadSections,
    sections: &[Biquad],
    rows: &mut [Vec<Memory>],
    channel: usize,
    (left, right): (&mut [f64], &mut [f64]),
) {
    let lane = |k: usize| &sections[k / 2];
    let memory = |k: usize| rows[k / 2][channel + k % 2];
    let coefficients = QuadCoefficients {
        b: core::array::from_fn(|i| core::array::from_fn(|k| lane(k).b[i])),
        a: core::array::from_fn(|i| core::array::from_fn(|k| lane(k).a[i])),
    };
    let mut state: [[f64; LANES]; 2] =
        core::array::from_fn(|i| core::array::from_fn(|k| memory(k).s[i]));
    kernel(&coefficients, &mut state, left, right);
    for k in 0..LANES {
        rows[k / 2][channel + k % 2].s = [state[0][k], state[1][k]];
    }
}

/// The same for a channel without a neighbour: every other lane has nothing to do.
fn run_quad_alone(
    kernel: crate::lanes::QuadSections,
    sections: &[Biquad],
    rows: &mut [Vec<Memory>],
    channel: usize,
    samples: &mut [f64],
) {
    let of = |k: usize, value: f64| if k.is_multiple_of(2) { value } else { 0.0 };
    let b = |i: usize| core::array::from_fn(|k| of(k, sections[k / 2].b[i]));
    let a = |i: usize| core::array::from_fn(|k| of(k, sections[k / 2].a[i]));
    let coefficients = QuadCoefficients {
        b: core::array::from_fn(b),
        a: core::array::from_fn(a),
    };
    let of_memory = |i: usize| core::array::from_fn(|k| of(k, rows[k / 2][channel].s[i]));
    let mut state: [[f64; LANES]; 2] = core::array::from_fn(of_memory);
    for samples in samples.chunks_mut(GRID_FRAMES as usize) {
        let mut nothing = [0.0; GRID_FRAMES as usize];
        let nothing = &mut nothing[..samples.len()];
        kernel(&coefficients, &mut state, samples, nothing);
    }
    for k in 0..QUAD {
        rows[k][channel].s = [state[0][2 * k], state[1][2 * k]];
    }
}

fn run_one(c: &Biquad, memory: &mut Memory, samples: &mut [f64]) {
    let mut m = *memory;
    for x in samples {
        *x = m.step(c, *x);
    }
    *memory = m;
}

fn run_pair(c: &Biquad, left: (&mut Memory, &mut [f64]), right: (&mut Memory, &mut [f64])) {
    let (mut ml, mut mr) = (*left.0, *right.0);
    for (l, r) in left.1.iter_mut().zip(right.1.iter_mut()) {
        *l = ml.step(c, *l);
        *r = mr.step(c, *r);
    }
    *left.0 = ml;
    *right.0 = mr;
}

/// Frames until the slowest pole of the sections has fallen by 180 dB.
pub(crate) fn tail_frames(sections: &[Biquad]) -> u64 {
    let radius = sections.iter().map(pole_radius).fold(0.0, f64::max);
    if radius <= 0.0 {
        return 2;
    }
    if radius >= 1.0 {
        return u64::MAX;
    }
    let frames = libm::ceil(-180.0 / crate::gain_to_db(radius));
    // Twice: sections in series ring one after the other.
    2 * frames as u64 + 2
}

fn pole_radius(c: &Biquad) -> f64 {
    let discriminant = c.a[0] * c.a[0] - 4.0 * c.a[1];
    if discriminant < 0.0 {
        return c.a[1].sqrt();
    }
    let root = discriminant.sqrt();
    ((-c.a[0] + root) / 2.0)
        .abs()
        .max(((-c.a[0] - root) / 2.0).abs())
}
