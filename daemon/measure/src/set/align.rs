//! Where one mix lies in the time of another.
//!
//! The place is looked for in the whole correlation of both (through the Fourier transform, on
//! sums of a few signs), then among the best candidates on the signs themselves, and at last
//! between the signs. Stretches of some seconds then tell whether the place holds from the
//! first bar to the last.

use crate::fft::Fft;
use crate::set::bits::{Agreement, Bits, MEAN_SIGNS, Wave, agreement};
use crate::set::fingerprint::{Fingerprint, LEVELS_PER_SECOND, Lane, SIGNS_PER_SECOND};

/// What is this much below the loudest 10 ms of a mix is its rest, not its music.
const ACTIVE_DB: f64 = 45.0;
/// The side counts down to this much below the loudest of the middle.
const SIDE_DB: f64 = 55.0;
/// Quieter than this is silence in any mix.
const SILENT_DB: f64 = -100.0;
/// Values of the first, coarse correlation; longer mixes are looked at in larger steps.
const COARSE_VALUES: usize = 1 << 19;
/// Signs of a step of the coarse correlation, at least.
const COARSE_STEP: usize = 4;
/// Places that are looked at closely.
const CANDIDATES: usize = 8;
/// Signs that must have been compared: 1.5 s.
const LEAST_SIGNS: i64 = 6_000;
/// Signs of a stretch: 4 s.
const STRETCH_SIGNS: usize = 16_000;
/// A stretch in which less than this share is music in both says nothing.
const STRETCH_SHARE: f64 = 0.25;
/// Neighbours on each side that a place between the signs is found from.
const NEIGHBOURS: i64 = 12;

/// A mix with marks where its middle and its side are music.
#[derive(Debug)]
pub(crate) struct Marked<'a> {
    pub(crate) print: &'a Fingerprint,
    mid: Bits,
    side: Bits,
}

impl<'a> Marked<'a> {
    pub(crate) fn new(print: &'a Fingerprint) -> Self {
        let loudest = print.mid.loudest_db().unwrap_or(SILENT_DB);
        let side = print.side.loudest_db().unwrap_or(SILENT_DB);
        let floor = |db: f64| db.max(SILENT_DB);
        Self {
            mid: print.mid.active(floor(loudest - ACTIVE_DB)),
            side: print
                .side
                .active(floor((side - ACTIVE_DB).max(loudest - SIDE_DB))),
            print,
        }
    }

    pub(crate) fn mid(&self) -> Wave<'_> {
        Wave {
            signs: &self.print.mid.signs,
            active: &self.mid,
        }
    }

    pub(crate) fn side(&self) -> Wave<'_> {
        Wave {
            signs: &self.print.side.signs,
            active: &self.side,
        }
    }

    /// Seconds of music in it.
    pub(crate) fn active_seconds(&self) -> f64 {
        let wave = self.mid();
        let own = agreement(wave, wave, 0, 0, wave.signs.len());
        own.count as f64 / f64::from(SIGNS_PER_SECOND)
    }
}

/// One stretch of the later mix, compared at the place of the whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Where it begins, in signs of the mix that is placed.
    pub(crate) from: usize,
    pub(crate) correlation: f64,
}

/// Where a mix lies in the time of another.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// How much later the same music comes, in signs.
    pub(crate) lag: i64,
    /// The same between the signs, in seconds.
    pub(crate) seconds: f64,
    /// How uncertain that is, in seconds.
    pub(crate) seconds_sigma: f64,
    /// Correlation of the middles there; negative where one is upside down.
    pub(crate) correlation: f64,
    /// Seconds that were compared.
    pub(crate) compared_seconds: f64,
    /// Each stretch with music in both.
    pub(crate) stretches: Vec<Stretch>,
}

impl Place {
    /// Share of the stretches that agree with the whole.
    pub(crate) fn steady_share(&self, least: f64) -> f64 {
        let good = self.signed().filter(|c| *c >= least);
        good.count() as f64 / self.stretches.len().max(1) as f64
    }

    /// The middle one of the stretches: one common chord does not move it.
    pub(crate) fn typical(&self) -> f64 {
        let mut all: Vec<f64> = self.signed().collect();
        all.sort_by(f64::total_cmp);
        all.get(all.len() / 2).copied().unwrap_or(0.0)
    }

    /// The longest run of stretches that agree.
    pub(crate) fn longest_run(&self, least: f64) -> usize {
        let (mut run, mut longest) = (0, 0);
        for correlation in self.signed() {
            run = if correlation >= least { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    }

    fn signed(&self) -> impl Iterator<Item = f64> {
        let sign = self.correlation.signum();
        self.stretches.iter().map(move |s| s.correlation * sign)
    }
}

/// Sums of `step` signs in `from..to` for the coarse correlation, with the local mean taken out.
fn coarse(wave: Wave<'_>, step: usize, (from, to): (usize, usize)) -> Vec<f64> {
    let length = wave.signs.len();
    let mut sums = vec![0.0; length.div_ceil(step)];
    for start in (0..length).step_by(MEAN_SIGNS) {
        let heard = || {
            (start..(start + MEAN_SIGNS).min(length))
                .filter(|&i| (from..to).contains(&i) && wave.active.at(i) == 1)
        };
        let sign = |i: usize| 2.0 * wave.signs.at(i) as f64 - 1.0;
        let mean = heard().map(sign).sum::<f64>() / heard().count().max(1) as f64;
        for i in heard() {
            sums[i / step] += sign(i) - mean;
        }
    }
    sums
}

/// Correlation of two series for every lag: entry `i` of the answer is lag `i`, or `i - len` for negative ones.
fn correlate(a: &[f64], b: &[f64]) -> Vec<f64> {
    let size = (a.len() + b.len()).next_power_of_two().max(2);
    let fft = Fft::new(size);
    // Both real series go through one transform, as real and imaginary part.
    let mut values: Vec<(f64, f64)> = (0..size)
        .map(|i| {
            let value = |of: &[f64]| of.get(i).copied().unwrap_or(0.0);
            (value(a), value(b))
        })
        .collect();
    fft.run(&mut values);
    let spectrum: Vec<(f64, f64)> = (0..size)
        .map(|k| {
            let (z, w) = (values[k], values[(size - k) % size]);
            let a = (0.5 * (z.0 + w.0), 0.5 * (z.1 - w.1));
            let b = (0.5 * (z.1 + w.1), 0.5 * (w.0 - z.0));
            // The conjugate of a·conj(b): a forward transform of it is the inverse of a·conj(b).
            (a.0 * b.0 + a.1 * b.1, a.0 * b.1 - a.1 * b.0)
        })
        .collect();
    values = spectrum;
    fft.run(&mut values);
    values.into_iter().map(|v| v.0 / size as f64).collect()
}

/// The lags with the largest correlation either way, no two of them neighbours.
fn candidates(of: &[f64], step: usize) -> Vec<i64> {
    let size = of.len();
    let mut peaks: Vec<usize> = (0..size)
        .filter(|&i| {
            let (before, after) = (of[(i + size - 1) % size].abs(), of[(i + 1) % size].abs());
            of[i].abs() >= before && of[i].abs() > after
        })
        .collect();
    peaks.sort_by(|&x, &y| of[y].abs().total_cmp(&of[x].abs()).then(x.cmp(&y)));
    peaks.truncate(CANDIDATES);
    let step = i64::try_from(step).expect("a step is small");
    let lag = |i: usize| {
        let i = if i < size / 2 {
            i as i64
        } else {
            i as i64 - size as i64
        };
        i * step
    };
    peaks.into_iter().map(lag).collect()
}

/// The best lag of the stretch `from..to` of `a` in `b`, by the signs themselves.
pub(crate) fn best_lag(
    a: Wave<'_>,
    b: Wave<'_>,
    from: usize,
    to: usize,
) -> Option<(i64, Agreement)> {
    let longest = a.signs.len() + b.signs.len();
    let mut step = COARSE_STEP;
    while longest / step > COARSE_VALUES {
        step *= 2;
    }
    let rough = correlate(
        &coarse(a, step, (from, to)),
        &coarse(b, step, (0, usize::MAX)),
    );
    let reach = i64::try_from(2 * step).expect("a step is small");
    let mut found: Option<(i64, Agreement)> = None;
    // Nothing moved is the likeliest of all.
    for middle in std::iter::once(0).chain(candidates(&rough, step)) {
        for lag in middle - reach..=middle + reach {
            let here = agreement(a, b, lag, from, to);
            let is_better =
                found.is_none_or(|(_, best)| here.covariance.abs() > best.covariance.abs());
            if here.count >= LEAST_SIGNS && is_better {
                found = Some((lag, here));
            }
        }
    }
    found
}

/// Places `a` in the time of `b`; `None` where there is too little music to compare.
pub(crate) fn place(a: &Marked<'_>, b: &Marked<'_>) -> Option<Place> {
    let (lag, whole) = best_lag(a.mid(), b.mid(), 0, a.mid().signs.len())?;
    Some(place_at(a, b, lag, whole))
}

fn place_at(a: &Marked<'_>, b: &Marked<'_>, lag: i64, whole: Agreement) -> Place {
    let (a, b) = (a.mid(), b.mid());
    let correlation = whole.correlation();
    let around: Vec<f64> = (lag - NEIGHBOURS..=lag + NEIGHBOURS)
        .map(|l| agreement(a, b, l, 0, a.signs.len()).correlation())
        .collect();
    let (between, bend) = peak_between(&around, correlation.signum());
    let per_second = f64::from(SIGNS_PER_SECOND);
    // The slope's noise over the peak's bend; half of the signs tell something new.
    let noise = libm::sqrt(2.0 * bend.max(1.0e-9) / whole.count as f64);
    let sigma = noise / (bend * correlation.abs()).max(1.0e-9);
    Place {
        lag,
        seconds: (lag as f64 + between) / per_second,
        seconds_sigma: sigma / per_second,
        correlation,
        compared_seconds: whole.count as f64 / per_second,
        stretches: stretches(a, b, lag),
    }
}

fn stretches(a: Wave<'_>, b: Wave<'_>, lag: i64) -> Vec<Stretch> {
    let least = (STRETCH_SHARE * STRETCH_SIGNS as f64) as i64;
    (0..a.signs.len())
        .step_by(STRETCH_SIGNS)
        .filter_map(|from| {
            let here = agreement(a, b, lag, from, from + STRETCH_SIGNS);
            (here.count >= least).then(|| Stretch {
                from,
                correlation: here.correlation(),
            })
        })
        .collect()
}

/// The value of a band-limited series between its samples, by a windowed sinc.
fn between(series: &[f64], at: f64) -> f64 {
    let mut sum = 0.0;
    for (index, value) in series.iter().enumerate() {
        let x = at - index as f64;
        let half = series.len() as f64 / 2.0;
        if x.abs() >= half {
            continue;
        }
        let angle = std::f64::consts::PI * x;
        let sinc = if x.abs() < 1.0e-9 {
            1.0
        } else {
            libm::sin(angle) / angle
        };
        sum += value * sinc * (0.5 + 0.5 * libm::cos(angle / half));
    }
    sum
}

/// Where within one sign of the middle the series is largest, and how far it bends there, per sign².
fn peak_between(around: &[f64], sign: f64) -> (f64, f64) {
    let middle = (around.len() / 2) as f64;
    let value = |x: f64| sign * between(around, middle + x);
    // The correlation of one band has one summit here: thirds close in on it.
    let (mut low, mut high) = (-1.0, 1.0);
    for _ in 0..40 {
        let (x, y) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
        if value(x) < value(y) {
            low = x
        } else {
            high = y
        }
    }
    let top = 0.5 * (low + high);
    let bend = (2.0 * value(top) - value(top - 0.5) - value(top + 0.5)) / 0.25;
    (top, (bend / value(top).max(1.0e-9)).max(0.0))
}

/// A larger rise counts as this one, so that the first note out of silence is one note among others.
const MOST_RISE_DB: f64 = 6.0;

/// Rises of level, 100 a second: the rhythm of a piece, which survives what moves the wave itself.
fn rises(lane: &Lane) -> Vec<f64> {
    let floor = lane.loudest_db().unwrap_or(SILENT_DB) - ACTIVE_DB;
    let level = |i: usize| lane.level_db(i).unwrap_or(floor).max(floor);
    let rise: Vec<f64> = (1..lane.levels.len())
        .map(|i| (level(i) - level(i - 1)).clamp(0.0, MOST_RISE_DB))
        .collect();
    let mean = rise.iter().sum::<f64>() / rise.len().max(1) as f64;
    rise.into_iter().map(|r| r - mean).collect()
}

/// How well the rhythms of two pieces fit at their best lag, 0 to 1, and that lag in seconds.
pub(crate) fn rhythm(a: &Fingerprint, b: &Fingerprint) -> (f64, f64) {
    let (a, b) = (rises(&a.mid), rises(&b.mid));
    let power = |of: &[f64]| of.iter().map(|v| v * v).sum::<f64>();
    let scale = libm::sqrt(power(&a) * power(&b));
    if scale <= 0.0 {
        return (0.0, 0.0);
    }
    let all = correlate(&a, &b);
    let size = all.len();
    let (at, best) =
        all.iter().enumerate().fold(
            (0, f64::MIN),
            |top, (i, &v)| if v > top.1 { (i, v) } else { top },
        );
    let lag = if at < size / 2 {
        at as f64
    } else {
        at as f64 - size as f64
    };
    (best / scale, lag / LEVELS_PER_SECOND)
}
