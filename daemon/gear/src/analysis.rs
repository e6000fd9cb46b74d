//! From what was sent and what came back to figures.

use crate::complex::power;
use crate::decay::decay;
use crate::delay::{Polarity, PureDelay, pure_delay};
use crate::impulse::{PLACES, SweepLab, Transfer, scatter};
use crate::levels::{distortion, noise};
use crate::measurement::{Calibration, ChannelFigures, Crosstalk, Measurement, PathFigures, Route};
use crate::plan::{Plan, Segment, Signal};
use crate::response::Lines;
use crate::retime::retimed;
use crate::spread::Spread;

/// Frames ahead of the expected place that a sweep's answer is cut from.
const AHEAD: usize = 8_192;
/// From here on a clock that differs is undone before the rest is measured.
const DRIFTS_PPM: f64 = 0.02;
/// A sample that stands at the end of a converter's range: within two steps of 16 bits.
const FULL_SCALE: f64 = 0.999_94;

/// Why nothing could be said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// Other channels than the plan's.
    #[error("{sent} channels were sent and {returned} recorded")]
    Channels {
        /// Of the plan.
        sent: usize,
        /// Of the recording.
        returned: usize,
    },
    /// Not all of it.
    #[error("the recording ends after {recorded} of {needed} frames")]
    Short {
        /// Frames recorded.
        recorded: usize,
        /// Frames of the plan.
        needed: usize,
    },
    /// Levels for other channels.
    #[error("levels are known for {0} channels, which is another number than was measured")]
    Calibrations(usize),
}

/// Measures a unit from what came back of a plan, a row for each channel, from the first frame sent.
///
/// `calibration` is empty or has one entry for each channel.
///
/// # Errors
/// A recording that does not belong to the plan. A unit that is silent or wrongly patched is no error: its
/// figures say so.
pub fn analyse(
    plan: &Plan,
    returned: &[Vec<f64>],
    calibration: &[Calibration],
) -> Result<Measurement, AnalysisError> {
    let channels = plan.settings().channels;
    if returned.len() != channels {
        return Err(AnalysisError::Channels {
            sent: channels,
            returned: returned.len(),
        });
    }
    if !calibration.is_empty() && calibration.len() != channels {
        return Err(AnalysisError::Calibrations(calibration.len()));
    }
    let recorded = returned.iter().map(Vec::len).min().unwrap_or(0);
    if recorded < plan.recorded_frames() {
        return Err(AnalysisError::Short {
            recorded,
            needed: plan.recorded_frames(),
        });
    }
    let bench = Bench::new(plan, returned);
    let found = bench.routes();
    let drift = bench.drift(&found);
    let off = drift.filter(|d| {
        // A clock that only seems to differ, by the scatter of the measure, is left alone.
        d.mean.abs() > DRIFTS_PPM && d.mean.abs() > 4.0 * d.deviation
    });
    let Some(mut off) = off else {
        return Ok(bench.measurement(&found, drift, calibration));
    };
    let mut together = returned.to_vec();
    // Lines of a clock far off lie between the places of the transform; the second look finds them in theirs.
    for _ in 0..2 {
        together = returned.iter().map(|c| retimed(c, off.mean)).collect();
        let bench = Bench::new(plan, &together);
        let Some(left) = bench.drift(&bench.routes()) else {
            break;
        };
        off.mean += left.mean * (1.0 + off.mean * 1e-6);
        off.deviation = left.deviation;
    }
    let bench = Bench::new(plan, &together);
    let found = bench.routes();
    Ok(bench.measurement(&found, Some(off), calibration))
}

/// Where a channel came back, and after how many frames at its peak.
#[derive(Clone, Copy, Debug)]
struct Found {
    into: usize,
    peak: usize,
}

struct Bench<'a> {
    plan: &'a Plan,
    returned: &'a [Vec<f64>],
    lab: SweepLab,
    rate: f64,
}

impl<'a> Bench<'a> {
    fn new(plan: &'a Plan, returned: &'a [Vec<f64>]) -> Self {
        Self {
            plan,
            returned,
            lab: SweepLab::new(plan.sweep, AHEAD + plan.sweep.frames + plan.gap),
            rate: f64::from(plan.settings().rate_hz),
        }
    }

    fn segments(&self, signal: Signal) -> impl Iterator<Item = Segment> + '_ {
        let all = self.plan.segments.iter().copied();
        all.filter(move |segment| segment.signal == signal)
    }

    /// `frames` of a return from a place that may lie before its beginning or beyond its end.
    fn cut(&self, channel: usize, from: i64, frames: usize) -> Vec<f64> {
        let all = &self.returned[channel];
        let sample = |n: usize| {
            let place = usize::try_from(from + n as i64).ok()?;
            all.get(place).copied()
        };
        (0..frames)
            .map(|n| sample(n).filter(|x| x.is_finite()).unwrap_or(0.0))
            .collect()
    }

    /// The return on which each channel's first sweep is loudest.
    fn routes(&self) -> Vec<Option<Found>> {
        let settings = self.plan.settings();
        let search = settings.longest_delay_frames + 1;
        let lab = SweepLab::new(
            self.plan.sweep,
            self.plan.sweep.frames + search + self.plan.gap,
        );
        let route = |channel: usize| {
            let sweep = self.segments(Signal::Sweep { channel }).next()?;
            let frames = self.plan.sweep.frames + search;
            let heard = (0..settings.channels).filter_map(|into| {
                let returned = self.cut(into, sweep.at as i64, frames);
                let answer = lab.answer(&returned, search)?;
                let size = answer.samples[answer.peak].abs();
                Some((size, into, answer.peak))
            });
            // The loudest; of two alike the channel's own.
            let (_, into, peak) = heard.max_by(|a, b| {
                a.0.total_cmp(&b.0)
                    .then_with(|| (a.1 == channel).cmp(&(b.1 == channel)))
            })?;
            Some(Found { into, peak })
        };
        (0..settings.channels).map(route).collect()
    }

    fn drift(&self, found: &[Option<Found>]) -> Option<Spread> {
        let found = found.iter().flatten().next()?;
        self.lines(*found).drift_ppm()
    }

    fn lines(&self, found: Found) -> Lines {
        let mut periods = self
            .segments(Signal::MultiSine)
            .map(|segment| self.cut(found.into, (segment.at + found.peak) as i64, segment.frames));
        let returned = periods.next().unwrap_or_default();
        Lines::of(&returned, &self.plan.multi, self.plan.settings().rate_hz)
    }

    /// The answers of one channel's sweeps on one return, an origin of `peak` frames after each beginning.
    fn answers(&self, channel: usize, into: usize, peak: usize) -> Vec<Vec<f64>> {
        let frames = AHEAD + self.plan.sweep.frames + self.plan.gap;
        self.segments(Signal::Sweep { channel })
            .map(|sweep| {
                let from = (sweep.at + peak) as i64 - AHEAD as i64;
                self.lab.answer_from(&self.cut(into, from, frames), AHEAD)
            })
            .collect()
    }

    fn transfers(&self, answers: &[Vec<f64>]) -> Vec<Transfer> {
        let transfer = |samples: &Vec<f64>| self.lab.transfer(samples, AHEAD);
        answers.iter().map(transfer).collect()
    }

    fn place(&self, hz: f64) -> usize {
        (hz * PLACES as f64 / self.rate).round() as usize
    }

    fn band(&self) -> [usize; 2] {
        self.plan.settings().band_hz.map(|hz| self.place(hz))
    }

    fn measurement(
        &self,
        found: &[Option<Found>],
        clock_drift_ppm: Option<Spread>,
        calibration: &[Calibration],
    ) -> Measurement {
        let settings = self.plan.settings();
        let mut channels: Vec<ChannelFigures> = Vec::new();
        let mut crosstalk = Vec::new();
        let mut first: Option<Vec<f64>> = None;
        for channel in 0..settings.channels {
            let levels = calibration.get(channel);
            let mut figures = ChannelFigures {
                channel: channel + 1,
                route: Route::Dead,
                path: None,
                noise: self.noise(channel, levels),
                distortion: Vec::new(),
                response: Vec::new(),
                over_samples: overs(&self.returned[channel]),
            };
            if let Some(found) = found[channel] {
                let answers = self.answers(channel, found.into, found.peak);
                let transfers = self.transfers(&answers);
                if let Some((mut path, delays)) = self.path(&transfers, found) {
                    let skews: Vec<f64> = match &first {
                        Some(first) => delays.iter().zip(first).map(|(a, b)| a - b).collect(),
                        None => vec![0.0; delays.len()],
                    };
                    path.skew_frames = Spread::of(&skews).unwrap_or(path.skew_frames);
                    first.get_or_insert(delays);
                    path.gain_dbu = levels.map(|l| path.gain_db.mean + l.return_dbu - l.send_dbu);
                    self.sound_on(&mut path, &answers);
                    self.bursts(&mut path, found);
                    figures.route = if found.into == channel {
                        Route::Straight
                    } else {
                        Route::Swapped {
                            returned_on: found.into + 1,
                        }
                    };
                    figures.distortion = self.distortion(found);
                    let late = path.delay_frames.mean - found.peak as f64;
                    figures.response = self.lines(found).response(late);
                    figures.path = Some(path);
                    crosstalk.extend(self.crosstalk(channel, found, &transfers));
                }
            }
            channels.push(figures);
        }
        Measurement {
            rate_hz: settings.rate_hz,
            returned_hz: None,
            form: settings.form,
            level_dbfs: settings.level_dbfs,
            band_hz: settings.band_hz,
            channels,
            crosstalk,
            clock_drift_ppm,
        }
    }

    fn path(&self, transfers: &[Transfer], found: Found) -> Option<(PathFigures, Vec<f64>)> {
        let noise = scatter(transfers);
        let fits: Vec<PureDelay> = transfers
            .iter()
            .filter_map(|transfer| pure_delay(&transfer.h, &noise, self.band()))
            .collect();
        let first = fits.first()?;
        // One kind for all of them, or their scatter would be that of the choice.
        let kind = first.kind;
        let same: Vec<&PureDelay> = fits.iter().filter(|fit| fit.kind == kind).collect();
        let delays: Vec<f64> = same
            .iter()
            .map(|fit| found.peak as f64 + fit.frames)
            .collect();
        let around = [self.place(944.0), self.place(1_059.0)];
        let gains: Vec<f64> = transfers
            .iter()
            .map(|t| dsp::power_to_db(mean_power(t, around).max(1e-30)))
            .collect();
        let inverted = same
            .iter()
            .filter(|fit| fit.polarity == Polarity::Inverted)
            .count();
        let delay_frames = Spread::of(&delays)?;
        let figures = PathFigures {
            delay_frames,
            skew_frames: Spread {
                mean: 0.0,
                ..delay_frames
            },
            phase: kind,
            phase_residual_rad: first.residual_rad,
            polarity: if 2 * inverted > same.len() {
                Polarity::Inverted
            } else {
                Polarity::Kept
            },
            gain_db: Spread::of(&gains)?,
            gain_dbu: None,
            burst_gain_db: None,
            burst_repeat_db: None,
            decay_ms: 0.0,
            tail_frames: 0,
        };
        Some((figures, delays))
    }

    fn sound_on(&self, path: &mut PathFigures, answers: &[Vec<f64>]) {
        let behind = self.plan.gap.min(answers.first().map_or(0, Vec::len) / 2);
        let ends = answers.iter().filter_map(|answer| {
            let answer = self.lab.without_edge(answer);
            decay(&answer[..behind])
        });
        // The longest: a print that waits too long loses nothing.
        let (mut sixty, mut ninety) = (0.0, 0.0);
        for end in ends {
            sixty = f64::max(sixty, end.frames_60db);
            ninety = f64::max(ninety, end.frames_90db);
        }
        path.decay_ms = sixty / self.rate * 1e3;
        path.tail_frames = ninety.ceil() as u64;
    }

    fn bursts(&self, path: &mut PathFigures, found: Found) {
        let bursts: Vec<(f64, Vec<f64>)> = self
            .segments(Signal::Burst)
            .map(|segment| {
                let frames = segment.frames + self.plan.gap / 2;
                let from = (segment.at + found.peak) as i64;
                let sent = &self.plan.sent()[0][segment.at..segment.at + segment.frames];
                (energy(sent), self.cut(found.into, from, frames))
            })
            .collect();
        let gains: Vec<f64> = bursts
            .iter()
            .map(|(sent, back)| dsp::power_to_db((energy(back) / sent).max(1e-30)))
            .collect();
        path.burst_gain_db = Spread::of(&gains);
        let Some(((_, first), rest)) = bursts.split_first() else {
            return;
        };
        let differs = rest.iter().map(|(_, other)| {
            let difference = other.iter().zip(first).map(|(a, b)| (a - b) * (a - b));
            difference.sum::<f64>() / energy(first).max(1e-30)
        });
        path.burst_repeat_db = differs
            .max_by(f64::total_cmp)
            .map(|worst| dsp::power_to_db(worst.max(1e-20)));
    }

    fn noise(
        &self,
        channel: usize,
        levels: Option<&Calibration>,
    ) -> Option<crate::levels::NoiseFigures> {
        let silence = self.segments(Signal::Silence).next()?;
        // Silence lasts as long as the longest round trip beyond the plan's end: what is late has died by then.
        let longest = self.plan.settings().longest_delay_frames;
        let from = silence.at as i64 + longest as i64;
        let samples = self.cut(channel, from, silence.frames);
        let repeats = (silence.frames / self.plan.multi.period.len()).max(1);
        noise(
            &samples,
            self.plan.settings().rate_hz,
            repeats,
            levels.map(|l| l.return_dbu),
        )
    }

    fn distortion(&self, found: Found) -> Vec<crate::levels::DistortionFigures> {
        let (window, cycles) = self.plan.tone;
        let levels = &self.plan.settings().tone_levels_dbfs;
        let figures = levels.iter().enumerate().filter_map(|(level, dbfs)| {
            let segment = self.segments(Signal::Tone { level }).next()?;
            let from = (segment.at + found.peak) as i64;
            let back = self.cut(found.into, from, segment.frames);
            let sent = &self.plan.sent()[0][segment.at..segment.at + window];
            distortion(&back, (sent, *dbfs), cycles, self.plan.settings().rate_hz)
        });
        figures.collect()
    }

    fn crosstalk(&self, channel: usize, found: Found, direct: &[Transfer]) -> Vec<Crosstalk> {
        let others = (0..self.plan.settings().channels).filter(|into| *into != found.into);
        let heard = others.filter_map(|into| {
            let answers = self.answers(channel, into, found.peak);
            let leaks = self.transfers(&answers);
            let third = |pair: (&Transfer, &Transfer), hz: f64| {
                let band = [self.place(hz / 1.122), self.place(hz * 1.122)];
                let ratio = mean_power(pair.0, band) / mean_power(pair.1, band).max(1e-30);
                dsp::power_to_db(ratio.max(1e-20))
            };
            let thirds = || (0..=20).map(|n| 100.0 * libm::exp2(f64::from(n) / 3.0));
            let pairs = || leaks.iter().zip(direct);
            let at_1k: Vec<f64> = pairs().map(|pair| third(pair, 1_000.0)).collect();
            let worst: Vec<f64> = pairs()
                .map(|pair| thirds().map(|hz| third(pair, hz)).fold(-200.0, f64::max))
                .collect();
            Some(Crosstalk {
                from: channel + 1,
                into: into + 1,
                at_1k_db: Spread::of(&at_1k)?,
                worst_db: Spread::of(&worst)?,
            })
        });
        heard.collect()
    }
}

fn mean_power(transfer: &Transfer, [from, to]: [usize; 2]) -> f64 {
    let sum: f64 = (from..=to).map(|bin| power(transfer.h.at(bin))).sum();
    sum / (to + 1 - from) as f64
}

fn energy(samples: &[f64]) -> f64 {
    samples.iter().map(|x| x * x).sum()
}

fn overs(samples: &[f64]) -> u64 {
    samples.iter().filter(|x| x.abs() >= FULL_SCALE).count() as u64
}
