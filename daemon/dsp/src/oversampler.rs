use crate::GRID_FRAMES;
use crate::lanes::{HALF_TAPS, Kernels, SHORT_TAPS};
use crate::window::{kaiser, kaiser_beta, sinc};

/// How many times the rate something that bends the wave runs at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Oversampling {
    /// Twice.
    X2,
    /// Four times.
    X4,
    /// Eight times.
    #[default]
    X8,
    /// Sixteen times.
    X16,
}

impl Oversampling {
    /// The factor.
    pub fn factor(self) -> usize {
        1 << self.doublings()
    }

    fn doublings(self) -> usize {
        match self {
            Self::X2 => 1,
            Self::X4 => 2,
            Self::X8 => 3,
            Self::X16 => 4,
        }
    }
}

/// Stop band of the first doubling, whose edge is the audible one: flat to 20.7 kHz at 44.1 kHz.
const FIRST_DB: f64 = 125.0;
/// Stop band of the others, which have room: at four times the rate, what would fold into the audible
/// band lies above 3/8 of it.
const SHORT_DB: f64 = 116.0;
const STRETCH: usize = GRID_FRAMES as usize;

/// Takes one channel to a higher rate and back, in half-band steps (F. Mintzer, "On half-band, third-band, and
/// Nth-band FIR filters and their design", 1982).
#[derive(Debug, Clone)]
pub(crate) struct Oversampler {
    kernels: Kernels,
    first: Doubling<HALF_TAPS>,
    others: Vec<Doubling<SHORT_TAPS>>,
    /// The signal at each rate on its way.
    rooms: Vec<Vec<f64>>,
}

/// One factor of two, up and down.
#[derive(Debug, Clone)]
struct Doubling<const TAPS: usize> {
    taps: [f64; TAPS],
    up: Vec<f64>,
    even: Vec<f64>,
    odd: Vec<f64>,
    half: Vec<f64>,
    /// Frames at the lower rate by which the way down is later, beyond what it must be: the whole way
    /// then takes whole frames of the slowest rate.
    wait: usize,
}

type HalfBy<const TAPS: usize> = fn(&[f64; TAPS], &[f64], &mut [f64]);

impl<const TAPS: usize> Doubling<TAPS> {
    const HISTORY: usize = 2 * TAPS - 1;

    fn new(stop_db: f64, frames: usize, wait: usize) -> Self {
        let beta = kaiser_beta(stop_db);
        let mut taps = [0.0; TAPS];
        for (k, tap) in taps.iter_mut().enumerate() {
            let x = k as f64 + 0.5;
            *tap = sinc(x) * kaiser(x / TAPS as f64, beta);
        }
        let sum: f64 = 2.0 * taps.iter().sum::<f64>();
        Self {
            taps: taps.map(|tap| tap / sum),
            up: vec![0.0; Self::HISTORY + frames],
            even: vec![0.0; Self::HISTORY + wait + frames],
            odd: vec![0.0; Self::HISTORY + wait + frames],
            half: vec![0.0; frames],
            wait,
        }
    }

    /// Frames at the lower rate, there and back.
    fn delay_frames(&self) -> usize {
        Self::HISTORY + self.wait
    }

    fn reset(&mut self) {
        for row in [&mut self.up, &mut self.even, &mut self.odd] {
            row.fill(0.0);
        }
    }

    fn up(&mut self, half: HalfBy<TAPS>, from: &[f64], to: &mut [f64]) {
        let frames = from.len();
        self.up[Self::HISTORY..Self::HISTORY + frames].copy_from_slice(from);
        half(
            &self.taps,
            &self.up[..Self::HISTORY + frames],
            &mut self.half[..frames],
        );
        let whole = &self.up[TAPS - 1..TAPS - 1 + frames];
        for ((to, whole), half) in to
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .zip(whole)
            .zip(&self.half)
        {
            *to = [*whole, *half];
        }
        self.up.copy_within(frames..frames + Self::HISTORY, 0);
    }

    fn down(&mut self, half: HalfBy<TAPS>, from: &[f64], to: &mut [f64]) {
        let frames = to.len();
        let kept = Self::HISTORY + self.wait;
        for (i, [even, odd]) in from.as_chunks::<2>().0.iter().enumerate() {
            self.even[kept + i] = *even;
            self.odd[kept + i] = *odd;
        }
        half(
            &self.taps,
            &self.odd[..Self::HISTORY + frames],
            &mut self.half[..frames],
        );
        // An even sample lies between the odd ones before and after it.
        for ((to, even), half) in to.iter_mut().zip(&self.even[TAPS..]).zip(&self.half) {
            *to = 0.5 * (even + half);
        }
        self.even.copy_within(frames..frames + kept, 0);
        self.odd.copy_within(frames..frames + kept, 0);
    }
}

impl Oversampler {
    pub(crate) fn new(oversampling: Oversampling) -> Self {
        let others = 1..oversampling.doublings();
        Self {
            kernels: Kernels::for_this_cpu(),
            first: Doubling::new(FIRST_DB, STRETCH, 0),
            others: others
                .map(|k| Doubling::new(SHORT_DB, STRETCH << k, 1))
                .collect(),
            rooms: (1..=oversampling.doublings())
                .map(|k| vec![0.0; STRETCH << k])
                .collect(),
        }
    }

    /// Frames by which what went up and came down is later: a whole number.
    pub(crate) fn delay_frames(oversampling: Oversampling) -> usize {
        let others = (1..oversampling.doublings()).map(|k| (2 * SHORT_TAPS) >> k);
        2 * HALF_TAPS - 1 + others.sum::<usize>()
    }

    pub(crate) fn reset(&mut self) {
        debug_assert!(
            self.others
                .iter()
                .all(|d| d.delay_frames() == 2 * SHORT_TAPS)
        );
        self.first.reset();
        self.others.iter_mut().for_each(Doubling::reset);
    }

    /// Works on a stretch of at most the grid's length at the high rate, in place.
    pub(crate) fn run(&mut self, samples: &mut [f64], work: impl FnOnce(&mut [f64])) {
        work(self.up(samples));
        self.down(samples);
    }

    /// Takes a stretch of at most the grid's length up; [`Oversampler::down`] must follow with one as long.
    pub(crate) fn up(&mut self, samples: &[f64]) -> &mut [f64] {
        let frames = samples.len();
        let Kernels {
            half, half_short, ..
        } = self.kernels;
        self.first
            .up(half, samples, &mut self.rooms[0][..2 * frames]);
        for (k, doubling) in self.others.iter_mut().enumerate() {
            let (low, high) = self.rooms.split_at_mut(k + 1);
            let length = frames << (k + 1);
            doubling.up(half_short, &low[k][..length], &mut high[0][..2 * length]);
        }
        self.high(frames)
    }

    /// What was taken up last, of so many frames at the low rate.
    pub(crate) fn high(&mut self, frames: usize) -> &mut [f64] {
        let top = self.rooms.len();
        &mut self.rooms[top - 1][..frames << top]
    }

    /// Brings what was taken up down again.
    pub(crate) fn down(&mut self, samples: &mut [f64]) {
        let frames = samples.len();
        let Kernels {
            half, half_short, ..
        } = self.kernels;
        for (k, doubling) in self.others.iter_mut().enumerate().rev() {
            let (low, high) = self.rooms.split_at_mut(k + 1);
            let length = frames << (k + 1);
            doubling.down(half_short, &high[0][..2 * length], &mut low[k][..length]);
        }
        self.first.down(half, &self.rooms[0][..2 * frames], samples);
    }
}

/// A delay of whole frames on several channels.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delay {
    rows: Vec<Vec<f64>>,
    at: usize,
}

impl Delay {
    pub(crate) fn new(frames: usize, channels: usize) -> Self {
        Self {
            rows: vec![vec![0.0; frames]; channels],
            at: 0,
        }
    }

    pub(crate) fn reset(&mut self) {
        self.rows.iter_mut().for_each(|row| row.fill(0.0));
        self.at = 0;
    }

    /// Delays one channel's stretch in place; [`Delay::advance`] after all channels.
    pub(crate) fn run(&mut self, channel: usize, samples: &mut [f64]) {
        let row = &mut self.rows[channel];
        let mut at = self.at;
        for x in samples {
            if row.is_empty() {
                return;
            }
            core::mem::swap(&mut row[at], x);
            at += 1;
            if at == row.len() {
                at = 0;
            }
        }
    }

    pub(crate) fn advance(&mut self, frames: usize) {
        let length = self.rows.first().map_or(0, Vec::len);
        if length > 0 {
            self.at = (self.at + frames) % length;
        }
    }
}
