//! Quarters of a year.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::month::Month;

/// A quarter of a year, written `2026-Q3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quarter {
    year: u16,
    /// 1 to 4.
    of_year: u8,
}

/// A text that is no quarter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no quarter; write it as 2026-Q3")]
pub struct BadQuarter(String);

impl Quarter {
    /// The quarter that a month lies in.
    #[must_use]
    pub fn of(month: Month) -> Self {
        Self {
            year: month.year(),
            of_year: (month.of_year() - 1) / 3 + 1,
        }
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// 1 to 4.
    #[must_use]
    pub fn of_year(self) -> u8 {
        self.of_year
    }

    /// Whether a month lies in it.
    #[must_use]
    pub fn holds(self, month: Month) -> bool {
        Self::of(month) == self
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        match self.of_year {
            1 => Self {
                year: self.year.saturating_sub(1),
                of_year: 4,
            },
            _ => Self {
                of_year: self.of_year - 1,
                ..self
            },
        }
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.of_year)
    }
}

impl FromStr for Quarter {
    type Err = BadQuarter;

    fn from_str(text: &str) -> Result<Self, BadQuarter> {
        let bad = || BadQuarter(text.chars().take(20).collect());
        let (year, of_year) = text.split_once("-Q").ok_or_else(bad)?;
        let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
        let year = year.parse().ok().filter(|_| is_year).ok_or_else(bad)?;
        let of_year = match of_year {
            "1" => 1,
            "2" => 2,
            "3" => 3,
            "4" => 4,
            _ => return Err(bad()),
        };
        Ok(Self { year, of_year })
    }
}

impl TryFrom<String> for Quarter {
    type Error = BadQuarter;

    fn try_from(text: String) -> Result<Self, BadQuarter> {
        text.parse()
    }
}

impl From<Quarter> for String {
    fn from(quarter: Quarter) -> Self {
        quarter.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_are_read_and_count_back() {
        let third: Quarter = "2026-Q3".parse().unwrap();
        assert_eq!(third.before().to_string(), "2026-Q2");
        let first: Quarter = "2026-Q1".parse().unwrap();
        assert_eq!(first.before().to_string(), "2025-Q4");
        assert!(third.holds("2026-09".parse().unwrap()));
        assert!(!third.holds("2026-10".parse().unwrap()));
        for bad in ["2026Q3", "26-Q3", "2026-Q5", "2026-Q", ""] {
            assert!(bad.parse::<Quarter>().is_err(), "{bad}");
        }
    }
}
