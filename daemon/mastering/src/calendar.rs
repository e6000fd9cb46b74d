//! The studio's calendar: its time zone, its opening hours, its holidays, and when a span ends.
//!
//! Zones come from the database that is built in, so that no date depends on the machine.

mod days;
mod hours;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

pub use self::days::{BadDay, Closed};
pub use self::hours::{BadHours, Hours, OpeningHours};
use crate::ids::UnixMs;
use crate::service::{Span, SpanUnit};

/// How many days ahead an open one is looked for: a studio that is closed for longer promises nothing.
const LOOK_AHEAD_DAYS: u32 = 3 * 366;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// A time zone by its name in the IANA database, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no time zone; write it like Europe/Berlin")]
pub struct BadZone(String);

impl Default for Zone {
    fn default() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = BadZone;
    fn try_from(name: String) -> Result<Self, BadZone> {
        match TimeZoneDatabase::bundled().get(&name) {
            Ok(rules) => Ok(Self { name, rules }),
            Err(_) => Err(BadZone(name.chars().take(80).collect())),
        }
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> String {
        zone.name
    }
}

impl Zone {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The moment on this zone's clocks; none where no calendar holds it.
    #[must_use]
    pub fn at(&self, at: UnixMs) -> Option<Zoned> {
        let moment = Timestamp::from_millisecond(at).ok()?;
        Some(moment.to_zoned(self.rules.clone()))
    }

    /// So many days later at the same time of day, over changes of the clock.
    #[must_use]
    pub fn days_later(&self, at: UnixMs, days: u32) -> Option<UnixMs> {
        let later = self.at(at)?.checked_add(i64::from(days).days()).ok()?;
        Some(later.timestamp().as_millisecond())
    }

    /// So many calendar months later on the same day of the month, or on the month's last where it has no
    /// such day, at the same time of day.
    #[must_use]
    pub fn months_later(&self, at: UnixMs, months: u32) -> Option<UnixMs> {
        let later = self.at(at)?.checked_add(i64::from(months).months()).ok()?;
        Some(later.timestamp().as_millisecond())
    }

    /// So many days earlier at the same time of day.
    #[must_use]
    pub fn days_earlier(&self, at: UnixMs, days: u32) -> Option<UnixMs> {
        let earlier = self.at(at)?.checked_sub(i64::from(days).days()).ok()?;
        Some(earlier.timestamp().as_millisecond())
    }

    /// The end of the day that `at` lies in: the first moment of the next.
    #[must_use]
    pub fn end_of_day(&self, at: UnixMs) -> Option<UnixMs> {
        let next = self.at(at)?.date().tomorrow().ok()?;
        self.start_of(next)
    }

    /// The end of a day of this zone's calendar: the first moment of the next.
    #[must_use]
    pub fn end_of(&self, day: Date) -> Option<UnixMs> {
        self.start_of(day.tomorrow().ok()?)
    }

    /// The first moment of a day; none for a day no calendar holds.
    #[must_use]
    pub fn start_of(&self, day: Date) -> Option<UnixMs> {
        let start = day.to_zoned(self.rules.clone()).ok()?;
        Some(start.timestamp().as_millisecond())
    }
}

/// A while in which a clock stands still; one that has not ended stands still now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    /// From when.
    pub from: UnixMs,
    /// Until when, if it is over.
    pub until: Option<UnixMs>,
}

/// When something is due, as far as is known now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The clock runs; it is due then.
    At(UnixMs),
    /// The clock stands still; if it ran on at once, it would be due then.
    Standing(UnixMs),
}

impl Due {
    /// The moment, whether the clock runs or not.
    #[must_use]
    pub fn moment(self) -> UnixMs {
        match self {
            Self::At(at) | Self::Standing(at) => at,
        }
    }
}

/// The studio's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Calendar {
    /// The studio's time zone.
    pub time_zone: Zone,
    /// When the studio is open.
    pub open: OpeningHours,
    /// Days on which it is closed all the same.
    pub closed: Vec<Closed>,
}

/// What is left of a span when its clock stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Milliseconds(i64),
    OpeningMilliseconds(i64),
    BusinessDays(u32),
}

impl Calendar {
    /// Whether the studio opens on that day.
    #[must_use]
    pub fn is_open_on(&self, day: Date) -> bool {
        let hours = self.open.on(day.weekday());
        !hours.is_empty() && !self.closed.iter().any(|closed| closed.holds(day))
    }

    /// The hours of a day as moments, each from its first until before its second.
    fn opening(&self, day: Date) -> Vec<(UnixMs, UnixMs)> {
        if !self.is_open_on(day) {
            return Vec::new();
        }
        let moment = |minutes: u16| -> Option<UnixMs> {
            if minutes == Hours::END_OF_DAY {
                return self.time_zone.start_of(day.tomorrow().ok()?);
            }
            let (hour, minute) = (minutes / 60, minutes % 60);
            let time = day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
            // A time that the clocks leap over is the moment they leap to.
            let zoned = time.to_zoned(self.time_zone.rules.clone()).ok()?;
            Some(zoned.timestamp().as_millisecond())
        };
        let hours = self.open.on(day.weekday()).iter();
        hours
            .filter_map(|h| Some((moment(h.from)?, moment(h.until)?)))
            .filter(|(from, until)| from < until)
            .collect()
    }

    /// The days from the one that `at` lies in, as far as anybody looks ahead.
    fn days_from(&self, at: UnixMs) -> impl Iterator<Item = Date> {
        let first = self.time_zone.at(at).map(|t| t.date());
        let mut next = first;
        std::iter::from_fn(move || {
            let day = next?;
            next = day.tomorrow().ok();
            Some(day)
        })
        .take(usize::try_from(LOOK_AHEAD_DAYS).unwrap_or(usize::MAX))
    }

    /// The moment itself while the studio is open, else its next opening.
    #[must_use]
    pub fn next_open(&self, at: UnixMs) -> Option<UnixMs> {
        self.days_from(at)
            .flat_map(|day| self.opening(day))
            .find(|(_, until)| *until > at)
            .map(|(from, _)| from.max(at))
    }

    /// When a span that begins at `start` ends; none where no calendar holds it.
    ///
    /// Business days end with the studio's closing; what comes after closing counts as come at the
    /// next opening, and the day it comes on does not count.
    #[must_use]
    pub fn end_of(&self, start: UnixMs, span: Span) -> Option<UnixMs> {
        match span.unit {
            SpanUnit::Hours => start.checked_add(i64::from(span.count) * HOUR_MS),
            SpanUnit::OpeningHours => {
                self.after_opening_time(start, i64::from(span.count) * HOUR_MS)
            }
            SpanUnit::Days => self.time_zone.days_later(start, span.count),
            SpanUnit::BusinessDays => self.after_business_days(start, span.count),
        }
    }

    /// When a span ends whose clock stood still now and then. `pauses` are in the order of time.
    ///
    /// What was left of the span at a pause is what is left after it: opening hours and business
    /// days are counted on, not the nights and weekends between.
    #[must_use]
    pub fn due(&self, start: UnixMs, span: Span, pauses: &[Pause]) -> Option<Due> {
        let mut due = self.end_of(start, span)?;
        let mut ran_from = start;
        for pause in pauses {
            let from = pause.from.max(ran_from);
            let is_past = pause.until.is_some_and(|until| until <= from);
            if from >= due || is_past {
                continue;
            }
            let left = self.left(from, due, span.unit)?;
            match pause.until {
                Some(until) => {
                    due = self.resume(until, left)?;
                    ran_from = until;
                }
                None => return Some(Due::Standing(due)),
            }
        }
        Some(Due::At(due))
    }

    /// The same for a clock that stands still: when it would be due if it ran on at `now`.
    #[must_use]
    pub fn due_now(&self, start: UnixMs, span: Span, pauses: &[Pause], now: UnixMs) -> Option<Due> {
        let due = self.due(start, span, pauses)?;
        let Due::Standing(_) = due else {
            return Some(due);
        };
        let ended: Vec<Pause> = pauses
            .iter()
            .map(|p| Pause {
                from: p.from,
                until: Some(p.until.unwrap_or(now)),
            })
            .collect();
        let due = self.due(start, span, &ended)?;
        Some(Due::Standing(due.moment()))
    }

    fn left(&self, at: UnixMs, due: UnixMs, unit: SpanUnit) -> Option<Left> {
        Some(match unit {
            SpanUnit::Hours | SpanUnit::Days => Left::Milliseconds(due - at),
            SpanUnit::OpeningHours => Left::OpeningMilliseconds(self.opening_time(at, due)),
            SpanUnit::BusinessDays => {
                let today = self.time_zone.at(self.next_open(at)?)?.date();
                // It is due with the closing of its day, so the day is the one just before.
                let last = self.time_zone.at(due - 1)?.date();
                let days = self.days_from(at).take_while(|day| *day <= last);
                let open = days.filter(|day| *day > today && self.is_open_on(*day));
                Left::BusinessDays(u32::try_from(open.count()).ok()?)
            }
        })
    }

    fn resume(&self, at: UnixMs, left: Left) -> Option<UnixMs> {
        match left {
            Left::Milliseconds(ms) => at.checked_add(ms),
            Left::OpeningMilliseconds(ms) => self.after_opening_time(at, ms),
            Left::BusinessDays(days) => self.after_business_days(at, days),
        }
    }

    /// How long the studio is open between two moments.
    fn opening_time(&self, from: UnixMs, until: UnixMs) -> i64 {
        self.days_from(from)
            .flat_map(|day| self.opening(day))
            .take_while(|(opens, _)| *opens < until)
            .map(|(opens, closes)| (closes.min(until) - opens.max(from)).max(0))
            .sum()
    }

    fn after_opening_time(&self, start: UnixMs, ms: i64) -> Option<UnixMs> {
        let mut left = ms;
        for (opens, closes) in self.days_from(start).flat_map(|day| self.opening(day)) {
            let from = opens.max(start);
            if closes <= from {
                continue;
            }
            if left <= closes - from {
                return Some(from + left);
            }
            left -= closes - from;
        }
        None
    }

    fn after_business_days(&self, start: UnixMs, days: u32) -> Option<UnixMs> {
        let open = self.next_open(start)?;
        let first = self.time_zone.at(open)?.date();
        let skip = usize::try_from(days).ok()?;
        let day = self
            .days_from(open)
            .filter(|day| *day == first || self.is_open_on(*day))
            .nth(skip)?;
        self.opening(day).last().map(|(_, closes)| *closes)
    }
}
