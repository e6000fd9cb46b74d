//! Opening hours by weekday.

use std::str::FromStr;

use jiff::civil::Weekday;
use serde::{Deserialize, Serialize};

/// A part of a day, in minutes from midnight on the studio's clock. Written `10:00-18:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// From this minute.
    pub from: u16,
    /// Until before this minute; [`Self::END_OF_DAY`] at most.
    pub until: u16,
}

/// A text that is no part of a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no part of a day; write it like 10:00-18:00")]
pub struct BadHours(String);

impl Hours {
    /// Midnight at the end of the day, written `24:00`.
    pub const END_OF_DAY: u16 = 24 * 60;
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let is_time = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
    is_time.then_some(hour * 60 + minute)
}

impl FromStr for Hours {
    type Err = BadHours;
    fn from_str(text: &str) -> Result<Self, BadHours> {
        let bad = || BadHours(text.chars().take(80).collect());
        let (from, until) = text.split_once('-').ok_or_else(bad)?;
        let hours = Self {
            from: minutes(from).ok_or_else(bad)?,
            until: minutes(until).ok_or_else(bad)?,
        };
        if hours.from < hours.until {
            Ok(hours)
        } else {
            Err(bad())
        }
    }
}

impl TryFrom<String> for Hours {
    type Error = BadHours;
    fn try_from(text: String) -> Result<Self, BadHours> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> String {
        let (from, until) = (hours.from, hours.until);
        format!(
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    }
}

/// The opening hours of each weekday; an empty day is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpeningHours {
    /// Mondays.
    pub monday: Vec<Hours>,
    /// Tuesdays.
    pub tuesday: Vec<Hours>,
    /// Wednesdays.
    pub wednesday: Vec<Hours>,
    /// Thursdays.
    pub thursday: Vec<Hours>,
    /// Fridays.
    pub friday: Vec<Hours>,
    /// Saturdays.
    pub saturday: Vec<Hours>,
    /// Sundays.
    pub sunday: Vec<Hours>,
}

impl Default for OpeningHours {
    fn default() -> Self {
        let day = || {
            vec![Hours {
                from: 10 * 60,
                until: 18 * 60,
            }]
        };
        Self {
            monday: day(),
            tuesday: day(),
            wednesday: day(),
            thursday: day(),
            friday: day(),
            saturday: Vec::new(),
            sunday: Vec::new(),
        }
    }
}

impl OpeningHours {
    /// The hours of a weekday.
    #[must_use]
    pub fn on(&self, day: Weekday) -> &[Hours] {
        match day {
            Weekday::Monday => &self.monday,
            Weekday::Tuesday => &self.tuesday,
            Weekday::Wednesday => &self.wednesday,
            Weekday::Thursday => &self.thursday,
            Weekday::Friday => &self.friday,
            Weekday::Saturday => &self.saturday,
            Weekday::Sunday => &self.sunday,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_written() {
        for text in ["10:00-18:00", "00:00-24:00", "09:30-13:00"] {
            let hours: Hours = text.parse().unwrap();
            assert_eq!(String::from(hours), text);
        }
        for text in [
            "",
            "10-18",
            "18:00-10:00",
            "10:00-10:00",
            "10:60-11:00",
            "23:00-24:30",
        ] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }
}
