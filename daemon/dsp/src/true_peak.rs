use crate::lanes::{HALF_TAPS, Kernels};
use crate::window::{kaiser, kaiser_beta, sinc};

/// Points between two samples that are looked at.
const PHASES: usize = 16;
/// Taps of each of them.
const TAPS: usize = 2 * HALF_TAPS;
/// Steps between two samples in which points are named inside: as many as the finest resolution has.
const STEPS: usize = 32;
/// A value half-way below this share of the level asked for cannot hide a peak that reaches it: for
/// a tone at Nyquist sampled at twice the rate the share is cos(π/4) = 0.707.
const SHARE_AT_2X: f64 = 0.65;
/// The same at four times the rate: cos(π/8) = 0.924.
const SHARE_AT_4X: f64 = 0.9;

/// How finely a true peak is read: points per sample around the highest, with a curve through them.
///
/// Errors at the top of a tone just below Nyquist, where they are largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PeakResolution {
    /// Four points and a sine through the highest three: exact on a tone, within 0.05 dB on music.
    X4,
    /// Eight points and a parabola: within 0.003 dB.
    #[default]
    X8,
    /// Sixteen points and a parabola: within 0.0002 dB.
    X16,
    /// Thirty-two points and a parabola: within 0.00002 dB.
    X32,
}

/// Sixteenfold interpolation between samples: a windowed sinc of 128 taps, flat within 0.01 dB to
/// 0.487 of the rate (23.4 kHz at 48 kHz), so that true peaks are read close to Nyquist as well.
///
/// The ripple is small against what the width of the flat band decides: with 85 dB instead of 60 in
/// the same taps, peaks of hats at 44.1 kHz read up to 0.015 dB lower.
#[derive(Debug, Clone)]
pub struct TruePeakInterpolator {
    kernels: Kernels,
    /// Row p holds the taps for the point p/16 after a sample.
    bank: Vec<[f64; TAPS]>,
    /// Row p holds those for the point (2p + 1)/32 after it; empty where nothing is read that finely.
    odd: Vec<[f64; TAPS]>,
    half: [f64; HALF_TAPS],
    resolution: PeakResolution,
}

impl Default for TruePeakInterpolator {
    fn default() -> Self {
        Self::new()
    }
}

impl TruePeakInterpolator {
    /// Points per sample.
    pub const PHASES: usize = PHASES;
    /// Samples looked at for one point.
    pub const TAPS: usize = TAPS;
    /// A point after sample n needs the samples up to n + this.
    pub const DELAY_FRAMES: usize = HALF_TAPS;

    /// Computes the taps; peaks are read at [`PeakResolution::X8`].
    pub fn new() -> Self {
        Self::reading(PeakResolution::default())
    }

    /// Computes the taps for peaks that are read at this resolution.
    pub fn reading(resolution: PeakResolution) -> Self {
        let beta = kaiser_beta(60.0);
        let row = |after: f64| {
            let mut taps = [0.0; TAPS];
            for (k, tap) in taps.iter_mut().enumerate() {
                let x = k as f64 - (HALF_TAPS - 1) as f64 - after;
                *tap = sinc(x) * kaiser(x / HALF_TAPS as f64, beta);
            }
            let sum: f64 = taps.iter().sum();
            taps.map(|tap| tap / sum)
        };
        let phases = 0..PHASES;
        let bank: Vec<_> = phases.map(|p| row(p as f64 / PHASES as f64)).collect();
        let odd = match resolution {
            PeakResolution::X4 | PeakResolution::X8 | PeakResolution::X16 => 0..0,
            PeakResolution::X32 => 0..PHASES,
        };
        let odd = odd
            .map(|p| row((2 * p + 1) as f64 / STEPS as f64))
            .collect();
        let mut half = [0.0; HALF_TAPS];
        for (k, tap) in half.iter_mut().enumerate() {
            *tap = bank[PHASES / 2][HALF_TAPS + k];
        }
        Self {
            kernels: Kernels::for_this_cpu(),
            bank,
            odd,
            half,
            resolution,
        }
    }

    /// The value `phase`/16 after the 64th sample of `window`; phase 0 is the sample itself.
    pub fn point(&self, window: &[f64; TAPS], phase: usize) -> f64 {
        if phase == 0 {
            window[HALF_TAPS - 1]
        } else {
            (self.kernels.dot)(&self.bank[phase], window)
        }
    }

    /// Values half-way between samples: `out[i]` lies between `history[i + 63]` and
    /// `history[i + 64]`; the history is 127 samples longer than `out`.
    pub fn half_way(&self, history: &[f64], out: &mut [f64]) {
        (self.kernels.half)(&self.half, history, out);
    }

    /// The largest absolute value between the 64th and the 65th sample of `window`, both included.
    ///
    /// Exact where it may reach `level`; elsewhere what is known so far, which is below `level`.
    /// Looks at 2, then 4, then around the highest at as many points per sample as its resolution says, and fits a
    /// curve there.
    pub fn interval_peak(&self, window: &[f64; TAPS], half_way: f64, level: f64) -> f64 {
        let (left, right) = (window[HALF_TAPS - 1].abs(), window[HALF_TAPS].abs());
        let rough = left.max(right).max(half_way.abs());
        if rough < SHARE_AT_2X * level {
            return rough;
        }
        let (first, third) = (self.point(window, 4), self.point(window, 12));
        let finer = rough.max(first.abs()).max(third.abs());
        if finer < SHARE_AT_4X * level {
            return finer;
        }
        let quarters = [
            window[HALF_TAPS - 1],
            first,
            half_way,
            third,
            window[HALF_TAPS],
        ];
        let mut best = 0;
        for (i, point) in quarters.iter().enumerate() {
            if point.abs() > quarters[best].abs() {
                best = i;
            }
        }
        match self.resolution {
            PeakResolution::X4 => quarters_peak(&quarters, best),
            PeakResolution::X8 => self.eighths_peak(window, &quarters, best),
            PeakResolution::X16 => self.fine_peak(window, &quarters, best, 2),
            PeakResolution::X32 => self.fine_peak(window, &quarters, best, 1),
        }
    }

    /// The value `step`/32 after the 64th sample of the window, both ends included.
    fn at_step(&self, window: &[f64; TAPS], step: usize) -> f64 {
        if step == STEPS {
            window[HALF_TAPS]
        } else if step.is_multiple_of(2) {
            self.point(window, step / 2)
        } else {
            (self.kernels.dot)(&self.odd[step / 2], window)
        }
    }

    /// Halves the distance to both sides of the highest point down to `finest`/32, and fits a parabola.
    fn fine_peak(
        &self,
        window: &[f64; TAPS],
        quarters: &[f64; 5],
        best: usize,
        finest: usize,
    ) -> f64 {
        let sign = if quarters[best] < 0.0 { -1.0 } else { 1.0 };
        let value = |step: usize| sign * self.at_step(window, step);
        let (mut at, mut top) = (best * STEPS / 4, sign * quarters[best]);
        let mut apart = STEPS / 8;
        while apart > finest {
            for beside in [at.checked_sub(apart), Some(at + apart)] {
                let Some(step) = beside.filter(|step| *step <= STEPS) else {
                    continue;
                };
                let here = value(step);
                if here > top {
                    (at, top) = (step, here);
                }
            }
            apart /= 2;
        }
        // At the ends, the interval next door sees the top if it lies on its side.
        let middle = at.clamp(finest, STEPS - finest);
        let [a, b, c] = [middle - finest, middle, middle + finest].map(value);
        parabolic_peak(a, b, c).max(top)
    }

    /// Looks at the two points 1/8 either side of the best quarter (or 1/8 inside an end) and fits a
    /// parabola: at that spacing it is within 0.003 dB of the top of a tone at Nyquist.
    fn eighths_peak(&self, window: &[f64; TAPS], quarters: &[f64; 5], best: usize) -> f64 {
        let point = |eighth: usize| self.point(window, 2 * eighth);
        let [a, b, c] = match best {
            // At the ends, the interval next door sees the top if it lies on its side.
            0 => [quarters[0], point(1), quarters[1]],
            4 => [quarters[3], point(7), quarters[4]],
            _ => [point(2 * best - 1), quarters[best], point(2 * best + 1)],
        };
        let sign = if quarters[best] < 0.0 { -1.0 } else { 1.0 };
        parabolic_peak(sign * a, sign * b, sign * c).max(quarters[best].abs())
    }
}

/// The top of the sine through the highest quarter and its neighbours: of a tone whatever its frequency.
fn quarters_peak(quarters: &[f64; 5], best: usize) -> f64 {
    let sign = if quarters[best] < 0.0 { -1.0 } else { 1.0 };
    // At the ends, the interval next door sees the top if it lies on its side.
    let middle = best.clamp(1, 3);
    let [a, b, c] = [middle - 1, middle, middle + 1].map(|k| sign * quarters[k]);
    sine_peak(a, b, c).max(quarters[best].abs())
}

/// The top of the sine through three points of equal spacing, if it lies between them; else the highest point.
fn sine_peak(a: f64, b: f64, c: f64) -> f64 {
    let top = a.max(b).max(c);
    if b <= 0.0 {
        return top;
    }
    // a + c = 2 b cos w and c − a = 2 s sin w, with the top at √(b² + s²).
    let cosine = (a + c) / (2.0 * b);
    let sine_squared = 1.0 - cosine * cosine;
    // Nearly straight: the sine's frequency is lost in rounding, and a parabola is as good.
    if cosine <= 0.0 || sine_squared < 1e-6 {
        return parabolic_peak(a, b, c);
    }
    let beside_squared = (c - a) * (c - a) / (4.0 * sine_squared);
    // The top lies within one spacing of the middle: tan of its place is s/b, that of a spacing sin w/cos w.
    if beside_squared * cosine * cosine > b * b * sine_squared {
        return top;
    }
    top.max((b * b + beside_squared).sqrt())
}

/// The top of the parabola through three points of equal spacing, if it lies between them; else the highest
/// point.
fn parabolic_peak(a: f64, b: f64, c: f64) -> f64 {
    let top = a.max(b).max(c);
    let curve = 2.0 * b - a - c;
    let slope = c - a;
    // The top lies slope / (2 curve) spacings after the middle point.
    if curve <= 0.0 || slope.abs() >= 2.0 * curve {
        return top;
    }
    top.max(b + slope * slope / (8.0 * curve))
}

/// Reads the true peak of each interval of one channel as the samples stream by.
#[derive(Debug, Clone)]
pub(crate) struct IntervalPeaks {
    history: Vec<f64>,
    half_way: Vec<f64>,
}

impl IntervalPeaks {
    pub(crate) fn new(max_frames: usize) -> Self {
        Self {
            history: vec![0.0; TAPS - 1 + max_frames],
            half_way: vec![0.0; max_frames],
        }
    }

    pub(crate) fn reset(&mut self) {
        self.history.fill(0.0);
    }

    /// Calls `take(i, peak)` for each sample i: the peak between the samples 64 and 63 before it, exact where
    /// it may reach the level that `take` returned last.
    pub(crate) fn feed(
        &mut self,
        interpolator: &TruePeakInterpolator,
        samples: &[f64],
        mut level: f64,
        mut take: impl FnMut(usize, f64) -> f64,
    ) {
        let frames = samples.len();
        self.history[TAPS - 1..TAPS - 1 + frames].copy_from_slice(samples);
        let half_way = &mut self.half_way[..frames];
        interpolator.half_way(&self.history[..TAPS - 1 + frames], half_way);
        for (i, half) in half_way.iter().enumerate() {
            let window = self.history[i..]
                .first_chunk()
                .expect("the history holds the taps too");
            level = take(i, interpolator.interval_peak(window, *half, level));
        }
        self.history.copy_within(frames..frames + TAPS - 1, 0);
    }
}

/// Splits a channel into itself and what a meter with a gentler filter makes of it.
///
/// Near Nyquist every meter's interpolation cuts somewhere else, and cutting can raise a peak (a
/// steep edge rings). `soft` is the signal without what lies above 0.475 of the rate (as high-quality converters cut), half a
/// frame later than `late`; who holds both below a ceiling holds what such meters read.
#[derive(Debug, Clone)]
pub(crate) struct SoftCut {
    kernels: Kernels,
    taps: [f64; HALF_TAPS],
    history: Vec<f64>,
    pub(crate) late: Vec<f64>,
    pub(crate) soft: Vec<f64>,
}

impl SoftCut {
    /// Frames by which `late` is later than the input.
    pub(crate) const DELAY_FRAMES: usize = HALF_TAPS;
    /// Twice the cut-off in cycles per frame.
    const CUTOFF: f64 = 0.95;

    pub(crate) fn new(max_frames: usize) -> Self {
        let beta = kaiser_beta(60.0);
        let mut taps = [0.0; HALF_TAPS];
        for (k, tap) in taps.iter_mut().enumerate() {
            let x = k as f64 + 0.5;
            *tap = sinc(x * Self::CUTOFF) * kaiser(x / HALF_TAPS as f64, beta);
        }
        let sum: f64 = 2.0 * taps.iter().sum::<f64>();
        Self {
            kernels: Kernels::for_this_cpu(),
            taps: taps.map(|tap| tap / sum),
            history: vec![0.0; TAPS - 1 + max_frames],
            late: vec![0.0; max_frames],
            soft: vec![0.0; max_frames],
        }
    }

    pub(crate) fn reset(&mut self) {
        self.history.fill(0.0);
    }

    /// Fills the beginning of `late` and `soft`.
    pub(crate) fn split(&mut self, samples: &[f64]) {
        let frames = samples.len();
        self.history[TAPS - 1..TAPS - 1 + frames].copy_from_slice(samples);
        self.late[..frames].copy_from_slice(&self.history[HALF_TAPS - 1..HALF_TAPS - 1 + frames]);
        let history = &self.history[..TAPS - 1 + frames];
        (self.kernels.half)(&self.taps, history, &mut self.soft[..frames]);
        self.history.copy_within(frames..frames + TAPS - 1, 0);
    }
}

/// The true peak of one channel: 8 points per sample where it matters and a parabola between them.
#[derive(Debug, Clone)]
pub struct TruePeakMeter {
    interpolator: TruePeakInterpolator,
    peaks: IntervalPeaks,
    max_frames: usize,
    peak: f64,
}

impl TruePeakMeter {
    /// A meter that has heard nothing; it takes blocks of any length and works in pieces of `max_frames`.
    pub fn new(max_frames: usize) -> Self {
        let max_frames = max_frames.max(1);
        Self {
            interpolator: TruePeakInterpolator::new(),
            peaks: IntervalPeaks::new(max_frames),
            max_frames,
            peak: 0.0,
        }
    }

    /// Takes further samples, which must be finite.
    pub fn feed(&mut self, samples: &[f64]) {
        for samples in samples.chunks(self.max_frames) {
            let mut peak = self.peak;
            self.peaks.feed(&self.interpolator, samples, peak, |_, p| {
                peak = peak.max(p);
                peak
            });
            self.peak = peak;
        }
    }

    /// Ends the stream and returns its true peak, full scale 1.0.
    pub fn finish(&mut self) -> f64 {
        self.feed(&[0.0; HALF_TAPS]);
        self.peak
    }
}
