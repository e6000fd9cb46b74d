//! Days on which the studio is closed.

use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Days on which the studio is closed: `12-25` each year, `2027-03-26` once, or a time from one day
/// to another, both closed: `2026-12-24/2027-01-03`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Closed {
    /// On this day of each year; the 29th of February in leap years alone.
    EachYear {
        /// The month, 1 to 12.
        month: i8,
        /// The day of the month.
        day: i8,
    },
    /// From one day to another; the same for one day.
    Between {
        /// The first day.
        first: Date,
        /// The last day.
        last: Date,
    },
}

/// A text that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\u{201c}{0}\u{201d} is no day; write it like 12-25 (each year), 2027-03-26, or 2026-12-24/2027-01-03"
)]
pub struct BadDay(String);

impl Closed {
    /// Whether `day` is one of them.
    #[must_use]
    pub fn holds(&self, day: Date) -> bool {
        match self {
            Self::EachYear { month, day: of } => (day.month(), day.day()) == (*month, *of),
            Self::Between { first, last } => (*first..=*last).contains(&day),
        }
    }
}

impl FromStr for Closed {
    type Err = BadDay;
    fn from_str(text: &str) -> Result<Self, BadDay> {
        let bad = || BadDay(text.chars().take(80).collect());
        let date = |text: &str| -> Result<Date, BadDay> {
            // Only the plain form: `20270326` or a date with a time is a slip here.
            let is_plain =
                text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
            is_plain
                .then(|| text.parse().ok())
                .flatten()
                .ok_or_else(bad)
        };
        let trimmed = text.trim();
        if let Some((first, last)) = trimmed.split_once('/') {
            let (first, last) = (date(first.trim())?, date(last.trim())?);
            return (first <= last)
                .then_some(Self::Between { first, last })
                .ok_or_else(bad);
        }
        if trimmed.len() == 5 {
            // A leap year holds every day there is.
            let day = date(&format!("2024-{trimmed}"))?;
            return Ok(Self::EachYear {
                month: day.month(),
                day: day.day(),
            });
        }
        let day = date(trimmed)?;
        Ok(Self::Between {
            first: day,
            last: day,
        })
    }
}

impl TryFrom<String> for Closed {
    type Error = BadDay;
    fn try_from(text: String) -> Result<Self, BadDay> {
        text.parse()
    }
}

impl From<Closed> for String {
    fn from(closed: Closed) -> String {
        match closed {
            Closed::EachYear { month, day } => format!("{month:02}-{day:02}"),
            Closed::Between { first, last } if first == last => first.to_string(),
            Closed::Between { first, last } => format!("{first}/{last}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_days_are_read_as_they_are_written() {
        for text in ["12-25", "02-29", "2027-03-26", "2026-12-24/2027-01-03"] {
            let closed: Closed = text.parse().unwrap();
            assert_eq!(String::from(closed), text);
        }
        for text in [
            "",
            "13-01",
            "02-30",
            "2027-02-29",
            "2027-01-03/2026-12-24",
            "christmas",
        ] {
            assert!(text.parse::<Closed>().is_err(), "{text}");
        }
    }
}
