//! A length of time as the studio's terms say it: `72 h`, `5 days`, `4 business days`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a span is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpanUnit {
    /// Hours of the clock, at night and on holidays too.
    Hours,
    /// Hours in which the studio is open.
    OpeningHours,
    /// Calendar days: the same time of day, so many days on.
    Days,
    /// Days on which the studio is open; the day it begins on does not count.
    BusinessDays,
}

/// A length of time as the terms say it.
///
/// Written as a number and a unit: `72 h`, `24 opening hours`, `5 days`, `4 business days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: SpanUnit,
}

/// The longest span anybody could mean: two years of days.
const MOST: u32 = 24 * 366 * 2;

/// A text that is no span.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\u{201c}{0}\u{201d} is no length of time; write it like 72 h, 24 opening hours, 5 days or 4 business days"
)]
pub struct BadSpan(String);

impl Span {
    /// So many hours of the clock.
    #[must_use]
    pub const fn hours(count: u32) -> Self {
        Self {
            count,
            unit: SpanUnit::Hours,
        }
    }

    /// So many calendar days.
    #[must_use]
    pub const fn days(count: u32) -> Self {
        Self {
            count,
            unit: SpanUnit::Days,
        }
    }

    /// So many days on which the studio is open.
    #[must_use]
    pub const fn business_days(count: u32) -> Self {
        Self {
            count,
            unit: SpanUnit::BusinessDays,
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (one, more) = match self.unit {
            SpanUnit::Hours => ("h", "h"),
            SpanUnit::OpeningHours => ("opening hour", "opening hours"),
            SpanUnit::Days => ("day", "days"),
            SpanUnit::BusinessDays => ("business day", "business days"),
        };
        let unit = if self.count == 1 { one } else { more };
        write!(f, "{} {unit}", self.count)
    }
}

impl FromStr for Span {
    type Err = BadSpan;
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let bad = || BadSpan(text.chars().take(80).collect());
        let trimmed = text.trim();
        let end = trimmed
            .find(|c: char| !c.is_ascii_digit())
            .ok_or_else(bad)?;
        let count: u32 = trimmed[..end].parse().map_err(|_| bad())?;
        let unit = match trimmed[end..].trim() {
            "h" | "hour" | "hours" => SpanUnit::Hours,
            "opening hour" | "opening hours" => SpanUnit::OpeningHours,
            "day" | "days" => SpanUnit::Days,
            "business day" | "business days" => SpanUnit::BusinessDays,
            _ => return Err(bad()),
        };
        if count == 0 || count > MOST {
            return Err(bad());
        }
        Ok(Self { count, unit })
    }
}

impl TryFrom<String> for Span {
    type Error = BadSpan;
    fn try_from(text: String) -> Result<Self, BadSpan> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_as_it_is_written() {
        for text in [
            "72 h",
            "1 h",
            "24 opening hours",
            "5 days",
            "1 day",
            "4 business days",
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string(), text);
        }
        assert_eq!("72h".parse(), Ok(Span::hours(72)));
        for text in [
            "",
            "72",
            "h",
            "0 h",
            "-1 days",
            "4 fortnights",
            "99999999 h",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
