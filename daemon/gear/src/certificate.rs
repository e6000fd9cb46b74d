//! May this unit print today? Judged by its own spread.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::delay::Polarity;
use crate::figure::{Figure, Subject, Worse};
use crate::measurement::{Measurement, Route};
use crate::spread::Spread;

/// A mean value of this share of full scale is no audio but a fault (−40 dBFS).
const MOST_DC: f64 = 0.01;
/// Clocks that differ by more cannot be aligned by one delay: a hundredth of a sample in a minute at 48 kHz is
/// some 0.003, and a song lasts several.
const MOST_DRIFT_PPM: f64 = 0.001;
/// The same where two clocks are meant: no converter's is further off.
const MOST_OF_TWO_PPM: f64 = 300.0;

/// Why a print does not start: one sentence and the next step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum Objection {
    /// No channel came back.
    Silent,
    /// One channel did not.
    Dead {
        /// From 1.
        channel: usize,
    },
    /// A channel came back on another return.
    Swapped {
        /// From 1.
        channel: usize,
        /// From 1.
        returned_on: usize,
    },
    /// A constant voltage.
    Dc {
        /// From 1.
        channel: usize,
        /// In percent of full scale.
        percent: f64,
    },
    /// The return went to full scale.
    Overs {
        /// From 1.
        channel: usize,
        /// Samples.
        samples: u64,
    },
    /// Two clocks.
    Drift {
        /// Parts in a million.
        ppm: f64,
    },
    /// Measured at another rate than what it is compared with.
    OtherRate {
        /// Then.
        then_hz: u32,
        /// Now.
        now_hz: u32,
    },
    /// Another number of channels.
    OtherChannels {
        /// Then.
        then: usize,
        /// Now.
        now: usize,
    },
    /// Turned over, or no more.
    Polarity {
        /// From 1.
        channel: usize,
    },
    /// A figure that left the unit's own spread.
    OutOfTolerance(Compared),
}

/// One figure beside what it was.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compared {
    /// Channel from 1.
    pub channel: usize,
    /// What is compared.
    pub subject: Subject,
    /// Now.
    pub now: Spread,
    /// Then: the certificate's, or the history's mean.
    pub then: f64,
    /// What it may differ by, from the unit's own spread.
    pub allowed: f64,
}

impl Compared {
    /// True where it differs by no more than allowed, or in the better direction.
    pub fn holds(&self) -> bool {
        let (_, worse) = self.subject.least_allowed();
        let floor = self.subject.floor();
        let by = self.now.mean.max(floor) - self.then.max(floor);
        match worse {
            Worse::Either => by.abs() <= self.allowed,
            Worse::More => by <= self.allowed,
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => write!(
                f,
                "nothing came back: see that the unit is on and that send and return are patched, then measure again"
            ),
            Self::Dead { channel } => write!(
                f,
                "channel {channel} returns nothing: look at its cables and the unit's input, then measure again"
            ),
            Self::Swapped {
                channel,
                returned_on,
            } => write!(
                f,
                "channel {channel} comes back on return {returned_on}: exchange the cables of the return, then measure again"
            ),
            Self::Dc { channel, percent } => write!(
                f,
                "return {channel} carries a constant voltage of {percent:.1} % of full scale: let the unit or the converter be looked at before anything is printed"
            ),
            Self::Overs { channel, samples } => write!(
                f,
                "return {channel} was at full scale for {samples} samples: turn the return down, or the test signal, then measure again"
            ),
            Self::Drift { ppm } => write!(
                f,
                "the return's clock runs {ppm:+.3} parts in a million off the send's: let both converters follow one clock, then measure again"
            ),
            Self::OtherRate { then_hz, now_hz } => write!(
                f,
                "the certificate was made at {then_hz} Hz and the server runs at {now_hz} Hz: restart the server at {then_hz} Hz, or measure the unit at this rate first"
            ),
            Self::OtherChannels { then, now } => write!(
                f,
                "the certificate is of {then} channels and {now} were measured: give as many ports as then"
            ),
            Self::Polarity { channel } => write!(
                f,
                "channel {channel} came back with the other polarity than then: look at its cables and the unit's polarity switch, then certify again"
            ),
            Self::OutOfTolerance(compared) => tolerance(f, compared),
        }
    }
}

fn tolerance(f: &mut fmt::Formatter<'_>, of: &Compared) -> fmt::Result {
    let unit = of.subject.unit();
    let digits = if unit == "samples" { 3 } else { 2 };
    write!(
        f,
        "the {} of channel {} is {:.digits$} {unit} and was {:.digits$} {unit}, where this unit's own spread allows {:.digits$}: {}",
        of.subject,
        of.channel,
        of.now.mean,
        of.then,
        of.allowed,
        of.subject.next_step()
    )
}

/// What came of judging a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Why it may not print; empty where it may.
    pub objections: Vec<Objection>,
    /// Everything that was compared.
    pub compared: Vec<Compared>,
}

impl Verdict {
    /// True where the unit may print.
    pub fn holds(&self) -> bool {
        self.objections.is_empty()
    }

    /// The same without objections to one figure: a delay that is measured anew and taken out may be another than
    /// then, since years later converters and buffers are others too.
    #[must_use]
    pub fn allowing(mut self, subject: Subject) -> Self {
        self.objections.retain(
            |of| !matches!(of, Objection::OutOfTolerance(compared) if compared.subject == subject),
        );
        self
    }
}

impl Measurement {
    /// What is wrong with this measurement by itself: patching, faults, clocks.
    pub fn objections(&self) -> Vec<Objection> {
        let routes = self.channels.iter().map(|c| c.route);
        if routes.clone().all(|route| route == Route::Dead) {
            let mut found = vec![Objection::Silent];
            found.extend(self.faults());
            return found;
        }
        let mut found: Vec<Objection> = self
            .channels
            .iter()
            .filter_map(|c| match c.route {
                Route::Straight => None,
                Route::Dead => Some(Objection::Dead { channel: c.channel }),
                Route::Swapped { returned_on } => Some(Objection::Swapped {
                    channel: c.channel,
                    returned_on,
                }),
            })
            .collect();
        found.extend(self.faults());
        // A clock is only said to differ where that is beyond the scatter of the measure.
        let drift = self.clock_drift_ppm.filter(|d| {
            let least = 5.0 * d.deviation / f64::from(d.count.max(1)).sqrt();
            let most = if self.returned_hz.is_some() {
                MOST_OF_TWO_PPM
            } else {
                MOST_DRIFT_PPM
            };
            d.mean.abs() > most.max(least)
        });
        found.extend(drift.map(|d| Objection::Drift { ppm: d.mean }));
        found
    }

    fn faults(&self) -> impl Iterator<Item = Objection> + '_ {
        self.channels.iter().flat_map(|c| {
            let channel = c.channel;
            let dc = c.noise.as_ref().map_or(0.0, |noise| noise.dc);
            let dc = (dc.abs() > MOST_DC).then_some(Objection::Dc {
                channel,
                percent: dc * 100.0,
            });
            let samples = c.over_samples;
            let overs = (samples > 0).then_some(Objection::Overs { channel, samples });
            [dc, overs].into_iter().flatten()
        })
    }
}

/// Compares a unit as it is now with its history and with the certificate that is recalled.
///
/// Without a certificate the history's means are what it is compared with; without both only what is wrong by
/// itself is said.
pub fn certify(
    now: &Measurement,
    history: &[Measurement],
    recalled: Option<&Measurement>,
) -> Verdict {
    let mut objections = now.objections();
    let known: Vec<&Measurement> = history.iter().chain(recalled).collect();
    let Some(reference) = recalled.or(history.last()) else {
        return Verdict {
            objections,
            compared: Vec::new(),
        };
    };
    let ends = |m: &Measurement| [m.rate_hz, m.returned_hz.unwrap_or(m.rate_hz)];
    let other = ends(reference).into_iter().zip(ends(now));
    if let Some((then_hz, now_hz)) = other.into_iter().find(|(then, now)| then != now) {
        objections.push(Objection::OtherRate { then_hz, now_hz });
    }
    if reference.channels.len() != now.channels.len() {
        objections.push(Objection::OtherChannels {
            then: reference.channels.len(),
            now: now.channels.len(),
        });
    }
    if objections.iter().any(|o| {
        matches!(
            o,
            Objection::Silent | Objection::OtherRate { .. } | Objection::OtherChannels { .. }
        )
    }) {
        return Verdict {
            objections,
            compared: Vec::new(),
        };
    }
    objections.extend(turned_over(now, reference));
    let figures: Vec<Vec<Figure>> = known
        .iter()
        .filter(|m| ends(m) == ends(now))
        .map(|m| m.figures())
        .collect();
    let then = recalled.map(Measurement::figures);
    let compared: Vec<Compared> = now
        .figures()
        .iter()
        .filter_map(|figure| compared(figure, &figures, then.as_deref()))
        .collect();
    let out = compared.iter().filter(|c| !c.holds());
    objections.extend(out.map(|c| Objection::OutOfTolerance(*c)));
    Verdict {
        objections,
        compared,
    }
}

fn turned_over(now: &Measurement, then: &Measurement) -> Vec<Objection> {
    let polarity = |m: &Measurement, n: usize| -> Option<Polarity> {
        Some(m.channels.get(n)?.path.as_ref()?.polarity)
    };
    (0..now.channels.len())
        .filter(|n| {
            let pair = (polarity(now, *n), polarity(then, *n));
            matches!(pair, (Some(now), Some(then)) if now != then)
        })
        .map(|n| Objection::Polarity { channel: n + 1 })
        .collect()
}

fn compared(figure: &Figure, known: &[Vec<Figure>], then: Option<&[Figure]>) -> Option<Compared> {
    let same = |list: &[Figure]| {
        let mut all = list.iter();
        let found = all.find(|f| f.channel == figure.channel && f.subject == figure.subject);
        found.map(|f| f.value)
    };
    let sessions: Vec<Spread> = known.iter().filter_map(|list| same(list)).collect();
    let history = Spread::pooled(&sessions)?;
    let reference = match then {
        Some(then) => same(then)?.mean,
        None => history.mean,
    };
    let spread = history.deviation.max(figure.value.deviation);
    let free = history.count + figure.value.count - 2;
    let (least, _) = figure.subject.least_allowed();
    Some(Compared {
        channel: figure.channel,
        subject: figure.subject,
        now: figure.value,
        then: reference,
        allowed: least.max(student(free) * spread),
    })
}

/// How many deviations a unit may be off before it is another unit: Student's t for one chance in five hundred,
/// two-sided, and the scatter of both sides.
fn student(freedom: u32) -> f64 {
    let t = match freedom {
        0..=2 => 12.0,
        3 => 8.0,
        4 => 6.4,
        5..=6 => 5.3,
        7..=10 => 4.4,
        11..=20 => 3.8,
        _ => 3.3,
    };
    t * core::f64::consts::SQRT_2
}
