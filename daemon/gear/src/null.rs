//! Two takes against each other: what is left when gain and delay are matched.

use core::f64::consts::TAU;

use dsp::PowerSpectrum;
use serde::{Deserialize, Serialize};

use crate::align::aligned;
use crate::complex::{Spectrum, Transform, angle, power, times, times_conjugate, turn};

/// Frames of a piece that spectra are averaged over.
const PIECE: usize = 16_384;
/// Most frames that the coarse delay is looked for in.
const LOOKED_AT: usize = 1 << 20;
/// A band 100 dB below the whole holds no sound to speak of.
const LEAST_SHARE: f64 = 1e-10;
/// Lowest and highest edges of the octave bands, in hertz.
const BANDS_HZ: [f64; 11] = [
    20.0, 44.0, 88.0, 177.0, 354.0, 707.0, 1_414.0, 2_828.0, 5_657.0, 11_314.0, 20_000.0,
];

/// What is left in one band.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NullBand {
    /// Lower edge in hertz.
    pub from_hz: f64,
    /// Upper edge in hertz.
    pub to_hz: f64,
    /// What is left against what was there in this band, in dB.
    pub residual_db: f64,
    /// By how much the take is louder in this band once the whole is matched, in dB.
    pub louder_db: f64,
}

/// What is left of one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Null {
    /// By how many frames the take came later than the reference.
    pub delay_frames: f64,
    /// By how much most of it was louder, in dB: the gain that half of the bands or more have.
    pub gain_db: f64,
    /// True where it had the other polarity.
    pub is_inverted: bool,
    /// What is left against the reference, in dB.
    pub residual_db: f64,
    /// The same for each octave that holds sound.
    pub bands: Vec<NullBand>,
}

/// Matches a take to its reference, one channel of each, and says what is left; `longest_frames` is how far apart
/// they may lie. `None` where one of them is silent or shorter than a piece of 16 384 frames.
pub fn null_test(
    reference: &[f64],
    take: &[f64],
    rate_hz: u32,
    longest_frames: usize,
) -> Option<Null> {
    let whole = coarse(reference, take, longest_frames)?;
    // First by whole frames, then twice by what is left of the phase: the second look is at a take that fits.
    let mut delay = whole;
    let mut matched = moved(take, delay, rate_hz);
    for _ in 0..2 {
        delay += fraction(reference, &matched)?;
        matched = moved(take, delay, rate_hz);
    }
    let frames = reference.len().min(matched.len());
    let edge = (delay.abs().ceil() as usize + 64).min(frames / 4);
    let (reference, matched) = (
        &reference[edge..frames - edge],
        &matched[edge..frames - edge],
    );
    let gains = band_gains(reference, matched, rate_hz);
    let gain = most(&gains).or_else(|| {
        let both: f64 = reference.iter().zip(matched).map(|(a, b)| a * b).sum();
        let own: f64 = reference.iter().map(|a| a * a).sum();
        Some(both / own)
    });
    let gain = gain.filter(|gain| gain.is_finite() && *gain != 0.0)?;
    let expected: Vec<f64> = reference.iter().map(|a| gain * a).collect();
    let left: Vec<f64> = matched.iter().zip(&expected).map(|(b, a)| b - a).collect();
    let ratio = |left: f64, there: f64| dsp::power_to_db((left / there).max(1e-20));
    let sum = |samples: &[f64]| samples.iter().map(|x| x * x).sum::<f64>();
    Some(Null {
        delay_frames: delay,
        gain_db: dsp::gain_to_db(gain.abs()),
        is_inverted: gain < 0.0,
        residual_db: ratio(sum(&left), sum(&expected)),
        bands: bands(&left, &expected, (&gains, gain), rate_hz),
    })
}

fn moved(take: &[f64], by: f64, rate_hz: u32) -> Vec<f64> {
    if by >= 0.0 {
        let mut out = aligned(&[take.to_vec()], &[by], rate_hz);
        return out.pop().unwrap_or_default();
    }
    // A take that comes early waits for as many whole frames first.
    let wait = (-by).ceil();
    let mut later = vec![0.0; wait as usize];
    later.extend_from_slice(take);
    let mut out = aligned(&[later], &[by + wait], rate_hz);
    out.pop().unwrap_or_default()
}

/// The lag at which two takes agree best, whichever their polarity.
fn coarse(reference: &[f64], take: &[f64], longest: usize) -> Option<f64> {
    let frames = reference.len().min(take.len()).min(LOOKED_AT);
    if frames < PIECE {
        return None;
    }
    let longest = longest.min(frames / 2);
    let transform = Transform::holding(frames + longest + 1);
    let a = transform.forward(&reference[..frames]);
    let b = transform.forward(&take[..frames]);
    let mut cross = Spectrum::zero(transform.length());
    for bin in 0..=transform.length() / 2 {
        cross.set(bin, times_conjugate(b.at(bin), a.at(bin)));
    }
    let lags = transform.inverse(cross);
    let length = lags.len();
    let near = (0..=longest).chain(length - longest..length);
    let (best, size) = near.fold((0, 0.0), |best: (usize, f64), lag| {
        let size = lags[lag].abs();
        if size > best.1 { (lag, size) } else { best }
    });
    let signed = if best > longest {
        best as f64 - length as f64
    } else {
        best as f64
    };
    (size > 0.0).then_some(signed)
}

/// By how much the second comes later, less than a frame or so, from the phase of their common spectrum.
fn fraction(reference: &[f64], take: &[f64]) -> Option<f64> {
    let transform = Transform::holding(PIECE);
    let frames = reference.len().min(take.len());
    let mut cross = vec![(0.0, 0.0); PIECE / 2];
    let mut at = 0;
    while at + PIECE <= frames {
        let a = transform.forward(&windowed(&reference[at..at + PIECE]));
        let b = transform.forward(&windowed(&take[at..at + PIECE]));
        for (bin, sum) in cross.iter_mut().enumerate() {
            let value = times_conjugate(b.at(bin), a.at(bin));
            *sum = (sum.0 + value.0, sum.1 + value.1);
        }
        at += PIECE / 2;
    }
    let real: f64 = cross.iter().map(|c| c.0).sum();
    let sign = if real < 0.0 { -1.0 } else { 1.0 };
    let mut late = 0.0;
    for _ in 0..6 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (bin, value) in cross.iter().enumerate().skip(8).take(PIECE * 9 / 20) {
            let omega = TAU * bin as f64 / PIECE as f64;
            let (re, im) = times(*value, turn(omega * late));
            let weight = power(*value).sqrt() * omega;
            sum -= weight * angle((sign * re, sign * im));
            weights += weight * omega;
        }
        if weights <= 0.0 {
            return None;
        }
        late += sum / weights;
    }
    Some(late)
}

/// The gain of each octave band that holds sound, by the lower edge: what of the take is the reference, so that noise
/// makes no band louder.
fn band_gains(reference: &[f64], take: &[f64], rate_hz: u32) -> Vec<(f64, f64)> {
    let transform = Transform::holding(PIECE);
    let bin_hz = f64::from(rate_hz) / PIECE as f64;
    let mut sums = [(0.0, 0.0); BANDS_HZ.len() - 1];
    let pieces = reference
        .chunks_exact(PIECE)
        .zip(take.chunks_exact(PIECE))
        .map(|(a, b)| (windowed(a), windowed(b)));
    for (a, b) in pieces {
        let (a, b) = (transform.forward(&a), transform.forward(&b));
        for (band, sum) in BANDS_HZ.windows(2).zip(&mut sums) {
            let bins = (band[0] / bin_hz).ceil() as usize..(band[1] / bin_hz).ceil() as usize;
            for bin in bins.start..bins.end.min(PIECE / 2) {
                sum.0 += times_conjugate(b.at(bin), a.at(bin)).0;
                sum.1 += power(a.at(bin));
            }
        }
    }
    let all: f64 = sums.iter().map(|sum| sum.1).sum();
    BANDS_HZ
        .iter()
        .zip(sums)
        .filter(|(_, (_, own))| *own > LEAST_SHARE * all)
        .map(|(from, (both, own))| (*from, both / own))
        .collect()
}

fn windowed(piece: &[f64]) -> Vec<f64> {
    let frames = piece.iter().enumerate();
    frames.map(|(n, x)| x * dsp::hann(n, PIECE)).collect()
}

/// The gain that most bands have, the mean of the half of them that lie closest together: one control that was set
/// otherwise moves its own bands and not the whole.
fn most(gains: &[(f64, f64)]) -> Option<f64> {
    let mut sorted: Vec<f64> = gains.iter().map(|(_, gain)| *gain).collect();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len().div_ceil(2).max(1);
    let wide = |of: &&[f64]| of.last().unwrap_or(&0.0) - of.first().unwrap_or(&0.0);
    let closest = sorted
        .windows(half)
        .min_by(|a, b| wide(a).total_cmp(&wide(b)))?;
    Some(closest.iter().sum::<f64>() / half as f64)
}

fn bands(
    left: &[f64],
    there: &[f64],
    (gains, gain): (&[(f64, f64)], f64),
    rate_hz: u32,
) -> Vec<NullBand> {
    let exponent = PIECE.trailing_zeros();
    let spectrum = |samples: &[f64]| {
        let mut spectrum = PowerSpectrum::new(exponent, 1);
        spectrum.feed(&[samples]);
        spectrum.mean()
    };
    let (left, there) = (spectrum(left), spectrum(there));
    let bin_hz = f64::from(rate_hz) / PIECE as f64;
    let band = |edges: &[f64]| {
        let within = |spectrum: &[f64]| -> f64 {
            let bins = spectrum.iter().enumerate();
            bins.filter(|(bin, _)| (edges[0]..edges[1]).contains(&(*bin as f64 * bin_hz)))
                .map(|(_, p)| p)
                .sum()
        };
        let own = gains.iter().find(|(from, _)| *from == edges[0])?.1;
        let there = within(&there);
        Some(NullBand {
            from_hz: edges[0],
            to_hz: edges[1],
            residual_db: dsp::power_to_db((within(&left) / there).max(1e-20)),
            louder_db: dsp::gain_to_db((own / gain).abs().max(1e-10)),
        })
    };
    BANDS_HZ.windows(2).filter_map(band).collect()
}
