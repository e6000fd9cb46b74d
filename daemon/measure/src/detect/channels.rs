//! The spectrum of the whole piece and how its two channels hang together: width, and delay of one
//! channel against the other.
//!
//! One window in three is looked at, which is enough for what stays the same over a song. The delay is
//! read from the cross-spectrum of whole segments, every frequency weighing the same (the smoothed
//! coherence transform: Carter, Nuttall, Cable, Proc. IEEE 61, 1973): the sharp peak of a fault, which
//! shifts all frequencies and everything in the middle alike, stands alone; a delayed instrument in
//! a mix, a reverb or a pair of microphones leaves a second peak or none.

use std::f64::consts::TAU;

use crate::decibel::power_db;
use crate::detect::Block;
use crate::fft::Fft;
use crate::levels::StereoSums;
use crate::meter::{AES17_DB, OctaveMeasurements};

/// A window holds the longest delay several times.
const WINDOW_SECONDS: f64 = 0.08;
/// Of so many windows one is looked at.
const ONE_IN: usize = 3;
/// Windows of a segment: about 6 s of the piece.
const SEGMENT_WINDOWS: u64 = 24;
/// Delays are looked for up to here.
const LONGEST_DELAY_SECONDS: f64 = 0.021;
/// A window quieter than this (-70 dBFS) is not listened to for the delay.
const QUIET: f64 = 1.0e-7;
/// A bin this much weaker than the strongest (90 dB) holds nothing but rounding.
const BIN_FLOOR: f64 = 1.0e-9;
/// A segment whose highest peak is lower says nothing about the delay.
const LEAST_PEAK: f64 = 0.06;
/// Another peak may reach this share of the highest; beyond it the segment has no single delay.
const LARGEST_RIVAL: f64 = 0.5;
/// Lags on each side that belong to a peak at up to 50 kHz; a band that ends early widens it.
const PEAK_LAGS: usize = 4;
/// Frequencies whose coherence is below this are left out when the delay is fitted.
const LEAST_COHERENCE: f64 = 0.3;
/// Points of the drawing, at most.
const DRAWN: usize = 320;
/// Octave bands from here on.
const FIRST_OCTAVE_HZ: f64 = 31.25;

/// Sums of one stretch, per bin.
#[derive(Clone, Debug)]
struct Cross {
    left: Vec<f64>,
    right: Vec<f64>,
    /// Left times the conjugate of right.
    product: Vec<(f64, f64)>,
    windows: u64,
}

impl Cross {
    fn new(bins: usize) -> Self {
        Self {
            left: vec![0.0; bins],
            right: vec![0.0; bins],
            product: vec![(0.0, 0.0); bins],
            windows: 0,
        }
    }

    fn add(&mut self, other: &Self) {
        for (sum, v) in self.left.iter_mut().zip(&other.left) {
            *sum += v;
        }
        for (sum, v) in self.right.iter_mut().zip(&other.right) {
            *sum += v;
        }
        for (sum, v) in self.product.iter_mut().zip(&other.product) {
            sum.0 += v.0;
            sum.1 += v.1;
        }
        self.windows += other.windows;
    }

    /// Coherence of each bin as a complex number of at most 1; bins that hold nothing have none.
    fn coherence(&self) -> Vec<(f64, f64)> {
        let top = |values: &[f64]| values.iter().fold(0.0_f64, |a, &v| a.max(v)) * BIN_FLOOR;
        let floors = (top(&self.left), top(&self.right));
        (self.left.iter().zip(&self.right))
            .zip(&self.product)
            .map(|((&l, &r), p)| {
                if l <= floors.0 || r <= floors.1 {
                    return (0.0, 0.0);
                }
                let norm = libm::sqrt(l) * libm::sqrt(r);
                (p.0 / norm, p.1 / norm)
            })
            .collect()
    }
}

/// A delay that holds for the whole piece.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delay {
    /// Frames by which the right channel is late; the left one where negative.
    pub(crate) right_late_frames: f64,
    /// Height of its peak, and of the highest other one, of at most 1.
    pub(crate) peak: f64,
    pub(crate) rival: f64,
    /// Share of the coherent spectrum whose phase is that of the delay.
    pub(crate) fit: f64,
    /// How much the bass speaks for it (1) or for no delay at all (-1).
    pub(crate) bass: f64,
    /// Segments that have this delay, and all that have any.
    pub(crate) segments: u64,
    pub(crate) of_segments: u64,
}

/// A peak of the weighted cross-correlation; the lag is that of the right channel behind the left.
#[derive(Clone, Copy, Debug)]
struct Peak {
    lag: i64,
    height: f64,
    rival: f64,
}

/// Follows the spectrum of all channels, and what the first two have in common.
#[derive(Clone, Debug)]
pub(crate) struct ChannelWatch {
    fft: Fft,
    rate_hz: f64,
    window: Vec<f64>,
    /// Makes the sum over all bins the mean square.
    scale: f64,
    longest_lag: usize,
    staged: Vec<Vec<f64>>,
    /// Frames to pass over before the next window.
    skip: usize,
    work: Vec<(f64, f64)>,
    power: Vec<f64>,
    windows: u64,
    whole: Cross,
    segment: Cross,
    /// Segments with one clear peak at each lag, and those with several.
    votes: Vec<u64>,
    torn: u64,
    /// What the whole piece came to; known once it is over.
    pub(crate) delay: Option<Delay>,
    /// The correlation of the whole piece at all delays.
    pub(crate) drawing: Option<String>,
}

impl ChannelWatch {
    pub(crate) fn new(rate_hz: f64, channels: usize) -> Self {
        let mut size = 512;
        while (size as f64) < rate_hz * WINDOW_SECONDS {
            size *= 2;
        }
        let window: Vec<f64> = (0..size)
            .map(|n| 0.5 - 0.5 * libm::cos(TAU * (n as f64 + 0.5) / size as f64))
            .collect();
        let squares: f64 = window.iter().map(|w| w * w).sum();
        let longest_lag = (rate_hz * LONGEST_DELAY_SECONDS) as usize;
        let bins = size / 2 + 1;
        let pair_bins = if channels == 2 { bins } else { 0 };
        Self {
            fft: Fft::new(size),
            rate_hz,
            scale: 1.0 / (squares * size as f64),
            window,
            longest_lag,
            staged: vec![Vec::with_capacity(size); channels],
            skip: 0,
            work: vec![(0.0, 0.0); size],
            power: vec![0.0; bins],
            windows: 0,
            whole: Cross::new(pair_bins),
            segment: Cross::new(pair_bins),
            votes: vec![0; 2 * longest_lag + 1],
            torn: 0,
            delay: None,
            drawing: None,
        }
    }

    pub(crate) fn block(&mut self, block: &Block<'_>) {
        let size = self.fft.size();
        let mut from = 0;
        while from < block.frames() {
            if self.skip > 0 {
                let pass = self.skip.min(block.frames() - from);
                self.skip -= pass;
                from += pass;
                continue;
            }
            let take = (size - self.staged[0].len()).min(block.frames() - from);
            for (staged, samples) in self.staged.iter_mut().zip(block.samples) {
                staged.extend_from_slice(&samples[from..from + take]);
            }
            from += take;
            if self.staged[0].len() == size {
                self.look();
                for staged in &mut self.staged {
                    staged.clear();
                }
                self.skip = (ONE_IN - 1) * size;
            }
        }
    }

    fn look(&mut self) {
        let size = self.fft.size();
        self.windows += 1;
        let is_pair = self.staged.len() == 2;
        let energy: f64 = self.staged.iter().flatten().map(|v| v * v).sum();
        let is_heard = is_pair && energy > QUIET * (2 * size) as f64;
        for pair in self.staged.chunks(2) {
            // Two real channels fit one complex transform.
            let right = pair.get(1);
            for (n, (value, w)) in self.work.iter_mut().zip(&self.window).enumerate() {
                *value = (pair[0][n] * w, right.map_or(0.0, |r| r[n] * w));
            }
            self.fft.run(&mut self.work);
            for bin in 0..=size / 2 {
                let (a, b) = (self.work[bin], self.work[(size - bin) % size]);
                let l = (0.5 * (a.0 + b.0), 0.5 * (a.1 - b.1));
                let r = (0.5 * (a.1 + b.1), 0.5 * (b.0 - a.0));
                let (ll, rr) = (l.0 * l.0 + l.1 * l.1, r.0 * r.0 + r.1 * r.1);
                self.power[bin] += ll + rr;
                if is_heard {
                    self.segment.left[bin] += ll;
                    self.segment.right[bin] += rr;
                    let product = &mut self.segment.product[bin];
                    product.0 += l.0 * r.0 + l.1 * r.1;
                    product.1 += l.1 * r.0 - l.0 * r.1;
                }
            }
        }
        if is_heard {
            self.segment.windows += 1;
            if self.segment.windows == SEGMENT_WINDOWS {
                self.close_segment();
            }
        }
    }

    fn close_segment(&mut self) {
        self.whole.add(&self.segment);
        let coherence = self.segment.coherence();
        self.segment = Cross::new(self.power.len());
        let peak = self.peak(&coherence);
        if peak.height < LEAST_PEAK {
            return;
        }
        if peak.rival > LARGEST_RIVAL * peak.height {
            self.torn += 1;
            return;
        }
        let index = peak.lag + self.longest_lag as i64;
        if let Some(votes) = usize::try_from(index)
            .ok()
            .and_then(|i| self.votes.get_mut(i))
        {
            *votes += 1;
        }
    }

    /// The highest peak of the cross-correlation in which every frequency weighs the same.
    fn peak(&mut self, coherence: &[(f64, f64)]) -> Peak {
        let size = self.fft.size();
        let half = size / 2;
        // A forward transform of the conjugate runs time backwards, which is what is wanted:
        // a right channel that is late shows up at a positive lag.
        for (bin, &(re, im)) in coherence.iter().enumerate() {
            self.work[bin] = (re, im);
            self.work[(size - bin) % size] = (re, -im);
        }
        self.work[0].1 = 0.0;
        self.work[half].1 = 0.0;
        self.fft.run(&mut self.work);
        let at = |lag: i64| {
            let index = usize::try_from(lag.rem_euclid(size as i64)).expect("below the size");
            (self.work[index].0 / size as f64).abs()
        };
        let longest = self.longest_lag as i64;
        let (mut lag, mut height) = (0, 0.0);
        for candidate in -longest..=longest {
            let value = at(candidate);
            if value > height {
                (lag, height) = (candidate, value);
            }
        }
        let own = PEAK_LAGS as i64 * libm::ceil(1.0 / bandwidth(coherence)) as i64;
        let rival = (-longest..=longest)
            .filter(|other| (other - lag).abs() > own)
            .map(at)
            .fold(0.0, f64::max);
        Peak { lag, height, rival }
    }

    /// Ends the stream.
    pub(crate) fn finish(&mut self) {
        if self.staged.len() != 2 {
            return;
        }
        if self.segment.windows >= SEGMENT_WINDOWS / 2 {
            self.close_segment();
        } else {
            self.whole.add(&self.segment);
        }
        self.delay = self.whole_delay();
    }

    fn whole_delay(&mut self) -> Option<Delay> {
        let coherence = self.whole.coherence();
        if self.whole.windows == 0 {
            return None;
        }
        let peak = self.peak(&coherence);
        self.drawing = Some(self.draw(peak.lag));
        let near = (peak.lag + self.longest_lag as i64 - 1).max(0);
        let near = usize::try_from(near).ok()?;
        let segments = self.votes.iter().skip(near).take(3).sum();
        let (frames, fit) = fitted(&coherence, peak.lag as f64, self.fft.size());
        let bin_hz = self.rate_hz / self.fft.size() as f64;
        let bass = bass_for(&coherence, frames, bin_hz, self.rate_hz);
        Some(Delay {
            right_late_frames: frames,
            peak: peak.height,
            rival: peak.rival,
            fit,
            bass,
            segments,
            of_segments: self.votes.iter().sum::<u64>() + self.torn,
        })
    }

    /// The correlation at all delays, which the transform has just left behind.
    fn draw(&self, lag: i64) -> String {
        let size = self.fft.size();
        let longest = self.longest_lag as i64;
        let heights: Vec<f64> = (-longest..=longest)
            .map(|lag| usize::try_from(lag.rem_euclid(size as i64)).unwrap_or(0))
            .map(|index| self.work[index].0 / size as f64)
            .collect();
        let step = heights.len().div_ceil(DRAWN);
        let columns: Vec<f64> = heights
            .chunks(step)
            .map(|part| {
                part.iter()
                    .fold(0.0_f64, |a, &v| if v.abs() > a.abs() { v } else { a })
            })
            .collect();
        crate::picture::waveform(&columns, (lag + longest) as f64 / step as f64)
    }

    /// The octaves up to half the rate; empty for a piece shorter than a window.
    pub(crate) fn octaves(&self) -> Vec<OctaveMeasurements> {
        if self.windows == 0 {
            return Vec::new();
        }
        let bin_hz = self.rate_hz / self.fft.size() as f64;
        let edge = libm::sqrt(2.0);
        let mut centre = FIRST_OCTAVE_HZ;
        let mut octaves = Vec::new();
        while centre / edge < 0.45 * self.rate_hz {
            let (low_hz, high_hz) = (centre / edge, (centre * edge).min(self.rate_hz / 2.0));
            let bins = (low_hz / bin_hz + 0.5) as usize..(high_hz / bin_hz + 0.5) as usize;
            let sum = |values: &[f64]| values.get(bins.clone()).map_or(0.0, |v| v.iter().sum());
            // Every bin but the first and the last stands for two.
            let scale = 2.0 * self.scale / self.windows as f64;
            let cross = self.whole.product.get(bins.clone()).unwrap_or_default();
            let stereo = StereoSums {
                cross: cross.iter().map(|p| p.0).sum(),
                left: sum(&self.whole.left),
                right: sum(&self.whole.right),
            };
            let mean_square = sum(&self.power) * scale / self.staged.len() as f64;
            octaves.push(OctaveMeasurements {
                low_hz,
                high_hz,
                rms_aes17_dbfs: power_db(mean_square).map(|v| v + AES17_DB),
                side_to_mid_db: stereo.side_to_mid_db(),
                correlation: stereo.correlation(),
            });
            centre *= 2.0;
        }
        octaves
    }
}

/// Share of the spectrum that hangs together; what ends early peaks more broadly.
fn bandwidth(coherence: &[(f64, f64)]) -> f64 {
    let (mut squares, mut fourths) = (0.0, 0.0);
    for c in coherence {
        let square = c.0 * c.0 + c.1 * c.1;
        squares += square;
        fourths += square * square;
    }
    if fourths <= 0.0 {
        return 1.0;
    }
    (squares * squares / fourths / coherence.len() as f64).clamp(0.1, 1.0)
}

/// The delay near `lag` whose line of phase fits best, and how well it does (at most 1).
fn fitted(coherence: &[(f64, f64)], lag: f64, size: usize) -> (f64, f64) {
    const GRID: i32 = 8;
    const STEPS: usize = 4;
    const STEP_MOST: f64 = 0.125;
    let bins: Vec<(f64, f64, f64)> = coherence
        .iter()
        .enumerate()
        .map(|(bin, c)| (TAU * bin as f64 / size as f64, c.0, c.1))
        .filter(|&(_, re, im)| re * re + im * im >= LEAST_COHERENCE * LEAST_COHERENCE)
        .collect();
    let all: f64 = bins.iter().map(|b| libm::sqrt(b.1 * b.1 + b.2 * b.2)).sum();
    if all <= 0.0 {
        return (lag, 0.0);
    }
    let turned = |&(w, re, im): &(f64, f64, f64), delay: f64| {
        let (sin, cos) = (libm::sin(w * delay), libm::cos(w * delay));
        (re * cos + im * sin, im * cos - re * sin)
    };
    let along = |delay: f64| bins.iter().map(|b| turned(b, delay).0).sum::<f64>();
    // The best of a grid around the whole frame, then Newton's steps from there.
    let mut delay = lag;
    for step in -GRID..=GRID {
        let candidate = lag + f64::from(step) / f64::from(GRID);
        if along(candidate).abs() > along(delay).abs() {
            delay = candidate;
        }
    }
    for _ in 0..STEPS {
        let (mut slope, mut bend) = (0.0, 0.0);
        for bin in &bins {
            let (along, across) = turned(bin, delay);
            slope += bin.0 * across;
            bend += bin.0 * bin.0 * along;
        }
        if bend == 0.0 {
            break;
        }
        delay += (slope / bend).clamp(-STEP_MOST, STEP_MOST);
    }
    (delay, along(delay).abs() / all)
}

/// How much the octave of the bass that says least for the delay speaks for it (1) or for none at all
/// (-1): kick and bass at the right time under an instrument with a delay say that it is not the
/// channel that is late.
fn bass_for(coherence: &[(f64, f64)], delay: f64, bin_hz: f64, rate_hz: f64) -> f64 {
    const OCTAVES_HZ: [f64; 4] = [35.0, 70.0, 140.0, 280.0];
    /// Beyond half a turn an octave is too narrow for the window; the whole bass is taken then.
    const MOST_TURNS: f64 = 0.5;
    let for_band = |low_hz: f64, high_hz: f64| {
        let at = |hz: f64| (hz / bin_hz + 0.5) as usize;
        let bins = coherence.iter().enumerate();
        let bins = bins.take(at(high_hz)).skip(at(low_hz));
        octave_for(bins.map(|(bin, c)| (TAU * bin as f64 * bin_hz / rate_hz * delay, *c)))
    };
    let turns = |hz: f64| hz * delay.abs() / rate_hz;
    if turns(OCTAVES_HZ[1]) > MOST_TURNS {
        return for_band(OCTAVES_HZ[0], OCTAVES_HZ[3]).unwrap_or(1.0);
    }
    OCTAVES_HZ
        .windows(2)
        .filter(|edges| turns(edges[1]) <= MOST_TURNS)
        .filter_map(|edges| for_band(edges[0], edges[1]))
        .fold(1.0, f64::min)
}

/// The same for one octave, as pairs of the delay's phase and the coherence; none where it cannot tell.
fn octave_for(bins: impl Iterator<Item = (f64, (f64, f64))>) -> Option<f64> {
    /// A delay that turns the phase by less than 8° on average cannot be told from none.
    const LEAST_TURN: f64 = 0.01;
    /// A bass whose phase is neither the delay's nor near zero was recorded from the side.
    const IN_TIME: f64 = 0.95;
    let (mut all, mut expected, mut late, mut prompt) = (0.0, 0.0, 0.0, 0.0);
    for (phase, (re, im)) in bins {
        let length = libm::sqrt(re * re + im * im);
        if length < LEAST_COHERENCE {
            continue;
        }
        let (sin, cos) = (libm::sin(phase), libm::cos(phase));
        all += length;
        expected += length * cos;
        late += re * cos + im * sin;
        prompt += re;
    }
    let turn = all - expected.abs();
    // A bass that is upside down speaks as well as one that is not.
    let (late, prompt) = (late.abs(), prompt.abs());
    let can_tell = turn > LEAST_TURN * all && (late > prompt || prompt > IN_TIME * all);
    can_tell.then(|| (late - prompt) / turn)
}
