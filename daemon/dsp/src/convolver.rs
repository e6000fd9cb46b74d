use core::f64::consts::PI;

use crate::fft::Fft;
use crate::lanes::Kernels;

/// Partitions of a filter: more of them come sooner and cost more.
const PARTITIONS: usize = 8;

/// A spectrum in two rows, from bin zero round to the last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spectrum {
    pub(crate) re: Vec<f64>,
    pub(crate) im: Vec<f64>,
}

impl Spectrum {
    pub(crate) fn zero(length: usize) -> Self {
        Self {
            re: vec![0.0; length],
            im: vec![0.0; length],
        }
    }

    fn clear(&mut self) {
        self.re.fill(0.0);
        self.im.fill(0.0);
    }

    fn at(&self, bin: usize) -> (f64, f64) {
        (self.re[bin], self.im[bin])
    }
}

/// Spectra of a filter's partitions, the first taps first.
pub(crate) type Partitions = Vec<Spectrum>;

/// What is made of a pair of channels.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    /// Both channels through one filter.
    Same(Partitions),
    /// Left from left and right, right from left and right.
    Matrix(Box<[[Partitions; 2]; 2]>),
}

/// Taps of a filter: about a third of a second.
pub(crate) fn filter_taps(rate_hz: u32) -> usize {
    let mut taps = 16_384;
    let mut rate = 51_200;
    while rate < rate_hz {
        taps *= 2;
        rate *= 2;
    }
    taps
}

/// Turns responses into finite filters: `taps` around the middle, tapered over the outer half.
#[derive(Debug)]
pub(crate) struct FilterMaker {
    fft: Fft,
    part: Fft,
    taps: usize,
}

impl FilterMaker {
    pub(crate) fn new(taps: usize) -> Self {
        Self {
            fft: Fft::new(taps.trailing_zeros() + 1),
            part: Fft::new((taps / PARTITIONS).trailing_zeros() + 1),
            taps,
        }
    }

    /// The filter with this response (magnitude and phase by radians per frame, 0 to π), delayed by half its taps.
    pub(crate) fn make(&self, response: impl Fn(f64) -> (f64, f64)) -> Partitions {
        let length = 2 * self.taps;
        let mut wanted = Spectrum::zero(length);
        for bin in 0..=self.taps {
            let (magnitude, phase) = response(PI * bin as f64 / self.taps as f64);
            // The swapped parts make the forward transform an inverse one.
            let (re, im) = (magnitude * libm::cos(phase), magnitude * libm::sin(phase));
            (wanted.re[bin], wanted.im[bin]) = (re, im);
            let mirror = (length - bin) % length;
            (wanted.re[mirror], wanted.im[mirror]) = (re, -im);
        }
        wanted.im[self.taps] = 0.0;
        self.fft.forward(&mut wanted.im, &mut wanted.re);
        let scale = 1.0 / length as f64;
        let half = self.taps / 2;
        let tap = |n: usize| {
            let from_middle = n.abs_diff(half) as f64 / half as f64;
            let taper = if from_middle <= 0.5 {
                1.0
            } else {
                0.5 - 0.5 * libm::cos(2.0 * PI * from_middle)
            };
            wanted.re[(length + n - half) % length] * scale * taper
        };
        let frames = self.taps / PARTITIONS;
        (0..PARTITIONS)
            .map(|k| {
                let mut part = Spectrum::zero(2 * frames);
                for (n, to) in (k * frames..).zip(&mut part.re[..frames]) {
                    *to = tap(n);
                }
                self.part.forward(&mut part.re, &mut part.im);
                part
            })
            .collect()
    }
}

/// Filters a pair of channels (or one) by fast convolution in uniform partitions (W. Gardner, "Efficient Convolution
/// without Input-Output Delay", 1995, with one size of block): overlap-save on an absolute grid.
///
/// What one partition of input asks for is worked off in small steps while the next one comes in, so each call
/// does about as much as its frames ask for, and none a whole transform at once.
#[derive(Debug, Clone)]
pub(crate) struct Convolver {
    fft: Fft,
    kernels: Kernels,
    frames: usize,
    /// The partition before and the one that comes in: left in `re`, right in `im`.
    gathered: Spectrum,
    /// Spectra of the last partitions of input, in a ring.
    past: Vec<Spectrum>,
    newest: usize,
    made: Spectrum,
    /// Per filter: what is being made, and what goes out.
    coming: Vec<Spectrum>,
    ready: Vec<Spectrum>,
    at: usize,
    /// Steps of work that are done since the last partition was whole.
    done: usize,
}

impl Convolver {
    /// A convolver for filters of `taps`, up to `most` of them side by side.
    pub(crate) fn new(taps: usize, most: usize) -> Self {
        let frames = taps / PARTITIONS;
        Self {
            fft: Fft::new(frames.trailing_zeros() + 1),
            kernels: Kernels::for_this_cpu(),
            frames,
            gathered: Spectrum::zero(2 * frames),
            past: vec![Spectrum::zero(2 * frames); PARTITIONS],
            newest: 0,
            made: Spectrum::zero(2 * frames),
            coming: vec![Spectrum::zero(frames); most],
            ready: vec![Spectrum::zero(frames); most],
            at: 0,
            done: 0,
        }
    }

    /// A partition to gather, one to work it off, half a filter.
    pub(crate) fn delay_frames(taps: usize) -> usize {
        2 * (taps / PARTITIONS) + taps / 2
    }

    /// Frames after which silence is silence again.
    pub(crate) fn tail_frames(taps: usize) -> usize {
        2 * (taps / PARTITIONS) + taps
    }

    pub(crate) fn reset(&mut self) {
        let rows = self.past.iter_mut().chain(&mut self.coming);
        rows.chain(&mut self.ready).for_each(Spectrum::clear);
        self.gathered.clear();
        (self.newest, self.at, self.done) = (0, 0, 0);
    }

    /// Frames to the end of this partition, where filters may change.
    pub(crate) fn room(&self) -> usize {
        self.frames - self.at
    }

    /// True before the first frame of a partition.
    pub(crate) fn is_between(&self) -> bool {
        self.at == 0
    }

    /// How far this partition is gone, 0 to 1, `ahead` frames from here.
    pub(crate) fn share(&self, ahead: usize) -> f64 {
        (self.at + ahead) as f64 / self.frames as f64
    }

    /// Keeps the next frames (at most [`Convolver::room`]) of the two channels; [`Convolver::advance`] goes past them.
    pub(crate) fn gather(&mut self, left: &[f64], right: Option<&[f64]>) {
        let here = self.frames + self.at..self.frames + self.at + left.len();
        self.gathered.re[here.clone()].copy_from_slice(left);
        match right {
            Some(right) => self.gathered.im[here].copy_from_slice(right),
            None => self.gathered.im[here].fill(0.0),
        }
    }

    /// The output of filter `k` for the next `frames`, left and right: of what was gathered `delay_frames` before.
    pub(crate) fn ready(&self, k: usize, frames: usize) -> (&[f64], &[f64]) {
        let here = self.at..self.at + frames;
        let ready = &self.ready[k];
        (&ready.re[here.clone()], &ready.im[here])
    }

    /// Goes past the frames that were gathered, and works for each of the filters, `count` of them: the same ones from
    /// a partition's first frame to its last.
    pub(crate) fn advance<'f>(
        &mut self,
        frames: usize,
        (count, filter): (usize, impl Fn(usize) -> &'f Filter),
    ) {
        self.at += frames;
        let per_filter = PARTITIONS + self.fft.stages() + 2;
        let before = 1 + self.fft.stages();
        let due = (before + count * per_filter) * self.at / self.frames;
        while self.done < due {
            if let Some(step) = self.done.checked_sub(before) {
                self.filter(step / per_filter, step % per_filter, &filter);
            } else {
                let newest = &mut self.past[self.newest];
                step(&self.fft, self.done, &mut newest.re, &mut newest.im);
            }
            self.done += 1;
        }
        if self.at == self.frames {
            self.turn();
        }
    }

    /// The partition is whole: the next one begins.
    fn turn(&mut self) {
        (self.at, self.done) = (0, 0);
        core::mem::swap(&mut self.coming, &mut self.ready);
        self.newest = (self.newest + 1) % PARTITIONS;
        let newest = &mut self.past[self.newest];
        newest.re.copy_from_slice(&self.gathered.re);
        newest.im.copy_from_slice(&self.gathered.im);
        self.gathered.re.copy_within(self.frames.., 0);
        self.gathered.im.copy_within(self.frames.., 0);
    }

    /// One step of filter `k`: a partition's product, a stage of the way back, or what comes out.
    fn filter<'f>(&mut self, k: usize, at: usize, filter: &impl Fn(usize) -> &'f Filter) {
        if let Some(back) = at.checked_sub(PARTITIONS) {
            if back <= self.fft.stages() {
                // The swapped parts make the forward transform an inverse one.
                step(&self.fft, back, &mut self.made.im, &mut self.made.re);
                return;
            }
            let scale = 1.0 / (2 * self.frames) as f64;
            let coming = &mut self.coming[k];
            for (to, from) in [
                (&mut coming.re, &self.made.re),
                (&mut coming.im, &self.made.im),
            ] {
                for (to, from) in to.iter_mut().zip(&from[self.frames..]) {
                    *to = from * scale;
                }
            }
            return;
        }
        if at == 0 {
            self.made.clear();
        }
        let past = &self.past[(self.newest + PARTITIONS - at) % PARTITIONS];
        match filter(k) {
            Filter::Same(filter) => (self.kernels.add_product)(
                [&past.re, &past.im],
                [&filter[at].re, &filter[at].im],
                [&mut self.made.re, &mut self.made.im],
            ),
            Filter::Matrix(matrix) => cross(past, matrix, at, &mut self.made),
        }
    }
}

/// A step of a transform: first the order, then stage by stage.
fn step(fft: &Fft, at: usize, re: &mut [f64], im: &mut [f64]) {
    match at.checked_sub(1) {
        None => fft.reorder(re, im),
        Some(stage) => fft.stage(stage, re, im),
    }
}

/// Takes the two real channels in one complex spectrum apart, and adds what the matrix makes of them, put
/// together again.
fn cross(signal: &Spectrum, matrix: &[[Partitions; 2]; 2], part: usize, to: &mut Spectrum) {
    let length = to.re.len();
    for bin in 0..length {
        let ((a, b), (c, d)) = (signal.at(bin), signal.at((length - bin) % length));
        let left = (0.5 * (a + c), 0.5 * (b - d));
        let right = (0.5 * (b + d), 0.5 * (c - a));
        let row = |row: &[Partitions; 2]| {
            let ((p, q), (r, s)) = (row[0][part].at(bin), row[1][part].at(bin));
            (
                (p * left.0 - q * left.1) + (r * right.0 - s * right.1),
                (p * left.1 + q * left.0) + (r * right.1 + s * right.0),
            )
        };
        let (l, r) = (row(&matrix[0]), row(&matrix[1]));
        to.re[bin] += l.0 - r.1;
        to.im[bin] += l.1 + r.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_does_more_than_its_frames_ask_for() {
        let taps = filter_taps(96_000);
        let flat = Filter::Same(FilterMaker::new(taps).make(|_| (1.0, 0.0)));
        let mut convolver = Convolver::new(taps, 1);
        let frames = 64;
        let silence = vec![0.0; frames];
        let calls = taps / PARTITIONS / frames;
        for call in 0..4 * calls {
            let before = convolver.done;
            convolver.gather(&silence, None);
            convolver.advance(frames, (1, |_| &flat));
            // A transform there and one back, and a product for each partition: fewer steps than calls.
            let steps = match convolver.done {
                0 => 1,
                done => done - before,
            };
            assert!(steps <= 1, "{steps} steps in call {call}");
        }
    }
}
