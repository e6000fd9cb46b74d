use core::f64::consts::PI;

use crate::fft::Fft;

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

    fn at(&self, bin: usize) -> (f64, f64) {
        (self.re[bin], self.im[bin])
    }
}

/// What is made of a pair of channels.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    /// Both channels through one filter.
    Same(Spectrum),
    /// Left from left and right, right from left and right.
    Matrix(Box<[[Spectrum; 2]; 2]>),
}

/// Frames of a hop: about a third of a second.
pub(crate) fn hop_frames(rate_hz: u32) -> usize {
    let mut hop = 16_384;
    let mut rate = 51_200;
    while rate < rate_hz {
        hop *= 2;
        rate *= 2;
    }
    hop
}

/// Turns responses into spectra of finite filters: `hop` taps around the middle, tapered over the outer half.
#[derive(Debug)]
pub(crate) struct FilterMaker {
    fft: Fft,
    hop: usize,
}

impl FilterMaker {
    pub(crate) fn new(hop: usize) -> Self {
        Self {
            fft: Fft::new(hop.trailing_zeros() + 1),
            hop,
        }
    }

    /// The filter with this response (magnitude and phase by radians per frame, 0 to π), delayed by half a hop.
    pub(crate) fn make(&self, response: impl Fn(f64) -> (f64, f64)) -> Spectrum {
        let length = 2 * self.hop;
        let mut wanted = Spectrum::zero(length);
        for bin in 0..=self.hop {
            let (magnitude, phase) = response(PI * bin as f64 / self.hop as f64);
            // The swapped parts make the forward transform an inverse one.
            let (re, im) = (magnitude * libm::cos(phase), magnitude * libm::sin(phase));
            (wanted.re[bin], wanted.im[bin]) = (re, im);
            let mirror = (length - bin) % length;
            (wanted.re[mirror], wanted.im[mirror]) = (re, -im);
        }
        wanted.im[self.hop] = 0.0;
        self.fft.forward(&mut wanted.im, &mut wanted.re);
        let scale = 1.0 / length as f64;
        let half = self.hop / 2;
        let mut taps = Spectrum::zero(length);
        for n in 0..self.hop {
            let from_middle = n.abs_diff(half) as f64 / half as f64;
            let taper = if from_middle <= 0.5 {
                1.0
            } else {
                0.5 - 0.5 * libm::cos(2.0 * PI * from_middle)
            };
            taps.re[n] = wanted.re[(length + n - half) % length] * scale * taper;
        }
        self.fft.forward(&mut taps.re, &mut taps.im);
        taps
    }
}

/// Filters a pair of channels (or one) by fast convolution, in hops on an absolute grid: overlap-save (A. Oppenheim,
/// R. Schafer, "Discrete-Time Signal Processing", 8.7.3).
#[derive(Debug, Clone)]
pub(crate) struct Convolver {
    fft: Fft,
    hop: usize,
    filters: Vec<Filter>,
    /// The last hop and the one that is being filled, left in `re`, right in `im`.
    history: Spectrum,
    work: Spectrum,
    made: Spectrum,
    /// Per filter: what comes out during this hop.
    ready: Vec<Spectrum>,
    at: usize,
}

impl Convolver {
    pub(crate) fn new(hop: usize, filters: Vec<Filter>) -> Self {
        Self {
            fft: Fft::new(hop.trailing_zeros() + 1),
            hop,
            history: Spectrum::zero(2 * hop),
            work: Spectrum::zero(2 * hop),
            made: Spectrum::zero(2 * hop),
            ready: vec![Spectrum::zero(hop); filters.len()],
            filters,
            at: 0,
        }
    }

    /// A hop to gather, half a hop of filter.
    pub(crate) fn delay_frames(hop: usize) -> usize {
        hop + hop / 2
    }

    pub(crate) fn reset(&mut self) {
        for spectrum in [&mut self.history].into_iter().chain(&mut self.ready) {
            spectrum.re.fill(0.0);
            spectrum.im.fill(0.0);
        }
        self.at = 0;
    }

    /// Takes one frame and gives filter `k`'s output of `delay_frames` before through `out(k, left, right)`.
    pub(crate) fn step(&mut self, left: f64, right: f64, mut out: impl FnMut(usize, f64, f64)) {
        for (k, ready) in self.ready.iter().enumerate() {
            out(k, ready.re[self.at], ready.im[self.at]);
        }
        self.history.re[self.hop + self.at] = left;
        self.history.im[self.hop + self.at] = right;
        self.at += 1;
        if self.at == self.hop {
            self.at = 0;
            self.transform();
        }
    }

    fn transform(&mut self) {
        let hop = self.hop;
        self.work.re.copy_from_slice(&self.history.re);
        self.work.im.copy_from_slice(&self.history.im);
        self.history.re.copy_within(hop.., 0);
        self.history.im.copy_within(hop.., 0);
        self.fft.forward(&mut self.work.re, &mut self.work.im);
        for (filter, ready) in self.filters.iter().zip(&mut self.ready) {
            match filter {
                Filter::Same(filter) => multiply(&self.work, filter, &mut self.made),
                Filter::Matrix(matrix) => cross(&self.work, matrix, &mut self.made),
            }
            self.fft.forward(&mut self.made.im, &mut self.made.re);
            let scale = 1.0 / (2 * hop) as f64;
            for (to, from) in [
                (&mut ready.re, &self.made.re),
                (&mut ready.im, &self.made.im),
            ] {
                for (to, from) in to.iter_mut().zip(&from[hop..]) {
                    *to = from * scale;
                }
            }
        }
    }
}

fn multiply(signal: &Spectrum, filter: &Spectrum, to: &mut Spectrum) {
    for bin in 0..to.re.len() {
        let ((a, b), (c, d)) = (signal.at(bin), filter.at(bin));
        (to.re[bin], to.im[bin]) = (a * c - b * d, a * d + b * c);
    }
}

/// Takes the two real channels in one complex spectrum apart, and puts what the matrix makes of them
/// together again.
fn cross(signal: &Spectrum, matrix: &[[Spectrum; 2]; 2], to: &mut Spectrum) {
    let length = to.re.len();
    for bin in 0..length {
        let ((a, b), (c, d)) = (signal.at(bin), signal.at((length - bin) % length));
        let left = (0.5 * (a + c), 0.5 * (b - d));
        let right = (0.5 * (b + d), 0.5 * (c - a));
        let row = |row: &[Spectrum; 2]| {
            let ((p, q), (r, s)) = (row[0].at(bin), row[1].at(bin));
            (
                (p * left.0 - q * left.1) + (r * right.0 - s * right.1),
                (p * left.1 + q * left.0) + (r * right.1 + s * right.0),
            )
        };
        let (l, r) = (row(&matrix[0]), row(&matrix[1]));
        (to.re[bin], to.im[bin]) = (l.0 - r.1, l.1 + r.0);
    }
}
