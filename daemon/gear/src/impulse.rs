//! What a sweep that came back says: the answer of the gear to one impulse, and its transfer function.

use core::f64::consts::TAU;

use crate::complex::{Spectrum, Transform, power, times, times_conjugate, turn};
use crate::signals::{Sweep, half_cosine};

/// Places of a transfer function round the whole spectrum.
pub(crate) const PLACES: usize = 65_536;
/// Most frames of the answer that are kept ahead of its peak: linear-phase filters ring there.
const MOST_BEFORE: f64 = 4_096.0;
/// Frames kept behind it.
const BEHIND: usize = 20_480;
/// How far a peak stands above the answer's scatter where there is an answer at all; of noise alone, a quarter
/// of a million values pass five times their scatter no more than once.
const STANDS_OUT: f64 = 8.0;
/// Frames that two clocks bring two sweeps nearer or further apart, at most.
const NEAR: usize = 96;

/// Turns what came back of one sweep into the gear's answer.
#[derive(Clone, Debug)]
pub(crate) struct SweepLab {
    sweep: Sweep,
    transform: Transform,
    sent: Spectrum,
    window: Transform,
}

/// An answer to one impulse.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Round a circle: harmonics stand ahead of the peak, at the end where that is before zero.
    pub(crate) samples: Vec<f64>,
    /// Where its largest sample is.
    pub(crate) peak: usize,
}

/// A transfer function with the noise of most of the recording taken off.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    /// Frames after the sweep's beginning that phases count from.
    pub(crate) origin: usize,
    /// [`PLACES`] values.
    pub(crate) h: Spectrum,
}

impl SweepLab {
    /// For recordings of up to `frames`.
    pub(crate) fn new(sweep: Sweep, frames: usize) -> Self {
        let transform = Transform::holding(frames.max(sweep.frames));
        let sent = transform.forward(&sweep.samples());
        Self {
            sweep,
            transform,
            sent,
            window: Transform::holding(PLACES),
        }
    }

    fn bins(&self) -> [usize; 2] {
        let length = self.transform.length();
        let per_hz = length as f64 / f64::from(self.sweep.rate_hz);
        let [low, high] = self.sweep.excited_hz();
        [
            (low * per_hz) as usize + 1,
            ((high * per_hz) as usize).min(length / 2 - 1),
        ]
    }

    fn divided(&self, returned: &[f64]) -> Spectrum {
        let came = self.transform.forward(returned);
        let mut h = Spectrum::zero(came.length());
        let [low, high] = self.bins();
        for bin in low..=high {
            let sent = self.sent.at(bin);
            let (re, im) = times_conjugate(came.at(bin), sent);
            let size = power(sent).max(f64::MIN_POSITIVE);
            h.set(bin, (re / size, im / size));
        }
        h
    }

    /// The answer; its peak is looked for within the first `search` frames. `None` where nothing stands out.
    pub(crate) fn answer(&self, returned: &[f64], search: usize) -> Option<Answer> {
        let samples = self.transform.inverse(self.divided(returned));
        let peak = standing_out(&samples, search)?;
        Some(Answer { samples, peak })
    }

    /// Where the first of two sweeps came back that were sent `apart` frames from each other.
    pub(crate) fn first_of_two(
        &self,
        returned: &[f64],
        apart: usize,
        search: usize,
    ) -> Option<usize> {
        let samples = self.transform.inverse(self.divided(returned));
        let mut sums = vec![0.0];
        sums.extend(samples.iter().scan(0.0, |sum, x| {
            *sum += x * x;
            Some(*sum)
        }));
        // Clocks that differ bring both a little nearer or further apart.
        let near = |n: usize| {
            let last = sums.len() - 1;
            sums[(n + NEAR).min(last)] - sums[n.saturating_sub(NEAR).min(last)]
        };
        let both = |n: usize| near(n).min(near(n + apart));
        let search = search.min(samples.len().saturating_sub(apart));
        let place = (0..search).max_by(|a, b| both(*a).total_cmp(&both(*b)))?;
        let from = place.saturating_sub(NEAR);
        let around = &samples[from..(place + NEAR).min(samples.len())];
        let of = (0..around.len()).max_by(|a, b| around[*a].abs().total_cmp(&around[*b].abs()))?;
        stands_out(&samples, from + of).then_some(from + of)
    }

    /// The answer counted from `origin` frames after the beginning, round a circle, without an end to its spectrum.
    pub(crate) fn answer_from(&self, returned: &[f64], origin: usize) -> Vec<f64> {
        let mut h = self.divided(returned);
        let length = h.length();
        let [low, high] = self.bins();
        for bin in low..=high {
            let back = turn(TAU * ((bin * origin) % length) as f64 / length as f64);
            let value = times(h.at(bin), back);
            h.set(bin, value);
        }
        hold_ends(&mut h, [low, high]);
        self.transform.inverse(h)
    }

    /// Such an answer without the end of its spectrum: between two samples a band that is cut rings for ever.
    pub(crate) fn without_edge(&self, samples: &[f64]) -> Vec<f64> {
        let mut h = self.transform.forward(samples);
        let half = h.length() / 2;
        for bin in half * 2 / 3..=half {
            let share = half_cosine((half - bin) as f64 * 3.0 / half as f64);
            let (re, im) = h.at(bin);
            h.set(bin, (re * share, im * share));
        }
        self.transform.inverse(h)
    }

    /// The transfer function of such an answer.
    pub(crate) fn transfer(&self, samples: &[f64], origin: usize) -> Transfer {
        let length = samples.len();
        // Ahead of it comes the second harmonic.
        let before = MOST_BEFORE.min(self.sweep.lead_frames(2) / 3.0) as usize;
        let mut kept = vec![0.0; PLACES];
        let behind = BEHIND.min(length / 2);
        for n in 0..behind {
            let left = (behind - n) as f64 / (behind / 2) as f64;
            kept[n] = samples[n] * half_cosine(left);
        }
        for n in 1..=before.min(length / 2) {
            let left = (before - n) as f64 / (before / 2) as f64;
            kept[PLACES - n] = samples[length - n] * half_cosine(left);
        }
        Transfer {
            origin,
            h: self.window.forward(&kept),
        }
    }
}

/// The largest of the first `search` samples, where it stands out of all.
fn standing_out(samples: &[f64], search: usize) -> Option<usize> {
    let search = search.clamp(1, samples.len().max(1));
    let largest = samples.iter().take(search).enumerate();
    let (peak, _) = largest.max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
    stands_out(samples, peak).then_some(peak)
}

fn stands_out(samples: &[f64], peak: usize) -> bool {
    let size = samples.get(peak).map_or(0.0, |x| x.abs());
    let near = |n: usize| n.abs_diff(peak) < 2_048;
    let away = samples.iter().enumerate().filter(|(n, _)| !near(*n));
    let (sum, count) = away.fold((0.0, 0.0), |s, (_, x)| (s.0 + x * x, s.1 + 1.0));
    let scatter = (sum / f64::max(count, 1.0)).sqrt();
    size > STANDS_OUT * scatter && size > 1e-7
}

/// Goes on beyond both ends as it was there: a cut would ring over everything between.
fn hold_ends(h: &mut Spectrum, [low, high]: [usize; 2]) {
    let first = h.at(low);
    let sign = if first.0 < 0.0 { -1.0 } else { 1.0 };
    let (size, phase) = (
        power(first).sqrt() * sign,
        libm::atan2(sign * first.1, sign * first.0),
    );
    for bin in 0..low {
        let (re, im) = turn(phase * bin as f64 / low as f64);
        h.set(bin, (size * re, size * im));
    }
    let last = h.at(high);
    for bin in high + 1..=h.length() / 2 {
        h.set(bin, last);
    }
}

/// A transfer function whose phases count from another frame.
fn counted_from(transfer: &Transfer, origin: usize) -> Spectrum {
    let mut h = transfer.h.clone();
    let by = origin as f64 - transfer.origin as f64;
    if by != 0.0 {
        for bin in 0..=PLACES / 2 {
            let value = times(h.at(bin), turn(TAU * by * bin as f64 / PLACES as f64));
            h.set(bin, value);
        }
    }
    h
}

/// Power of the scatter between repeats at each place, over a twelfth of its frequency.
pub(crate) fn scatter(transfers: &[Transfer]) -> Vec<f64> {
    let Some(first) = transfers.first() else {
        return vec![0.0; PLACES / 2 + 1];
    };
    let same: Vec<_> = transfers
        .iter()
        .map(|t| counted_from(t, first.origin))
        .collect();
    let count = same.len() as f64;
    let mut sums = vec![0.0; PLACES / 2 + 2];
    for bin in 0..=PLACES / 2 {
        let mean = same.iter().fold((0.0, 0.0), |s, h| {
            (s.0 + h.at(bin).0 / count, s.1 + h.at(bin).1 / count)
        });
        let squares: f64 = same
            .iter()
            .map(|h| power((h.at(bin).0 - mean.0, h.at(bin).1 - mean.1)))
            .sum();
        sums[bin + 1] = sums[bin] + squares / (count - 1.0).max(1.0);
    }
    let smooth = |bin: usize| {
        let wide = bin / 24 + 8;
        let (from, to) = (bin.saturating_sub(wide), (bin + wide).min(PLACES / 2));
        (sums[to + 1] - sums[from]) / (to + 1 - from) as f64
    };
    (0..=PLACES / 2).map(smooth).collect()
}
