//! Months as distributors write them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::quarter::Quarter;

/// A month of a year, written `2026-07`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: u16,
    /// 1 to 12.
    of_year: u8,
}

/// A text that is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no month; write it as 2026-07")]
pub struct BadMonth(String);

/// Which number of a date is the month, where both could be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31/07/2026.
    DayFirst,
    /// 07/31/2026.
    MonthFirst,
}

/// The beginnings of the months' names, English and German.
const NAMES: [&[&str]; 12] = [
    &["jan", "jän"],
    &["feb"],
    &["mar", "mär", "mrz"],
    &["apr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["aug"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez"],
];

impl Month {
    fn new(year: u32, of_year: u32) -> Option<Self> {
        let year = match year {
            // Two digits: reports are of this century.
            0..=99 => year + 2000,
            1990..=2200 => year,
            _ => return None,
        };
        let of_year = u8::try_from(of_year)
            .ok()
            .filter(|m| (1..=12).contains(m))?;
        let year = u16::try_from(year).ok()?;
        Some(Self { year, of_year })
    }

    /// Its year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// 1 to 12.
    #[must_use]
    pub fn of_year(self) -> u8 {
        self.of_year
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.of_year)
    }
}

impl FromStr for Month {
    type Err = BadMonth;

    fn from_str(text: &str) -> Result<Self, BadMonth> {
        let bad = || BadMonth(text.chars().take(20).collect());
        let (year, of_year) = text.split_once('-').ok_or_else(bad)?;
        let is_plain = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| b.is_ascii_digit())
        };
        if !is_plain(year, 4) || !is_plain(of_year, 2) {
            return Err(bad());
        }
        let pair = year.parse().ok().zip(of_year.parse().ok());
        let month = pair.and_then(|(year, of_year)| Self::new(year, of_year));
        month.ok_or_else(bad)
    }
}

impl TryFrom<String> for Month {
    type Error = BadMonth;

    fn try_from(text: String) -> Result<Self, BadMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// What a date cell can mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// One month, whoever reads it; none where it is a whole quarter.
    Plain(Option<Month>),
    /// One month read day first, another read month first; either may be impossible.
    Either(Option<Month>, Option<Month>),
}

/// Reads one cell; none where it is no date.
fn meant(text: &str) -> Option<Meant> {
    // A span begins with its first day.
    let parts = [" - ", " to ", " bis ", " \u{2013} ", "..", "T"];
    let first = parts.iter().fold(text.trim(), |first, between| {
        let is_time = *between == "T";
        match first.split_once(between) {
            Some((day, _)) if !is_time || day.ends_with(|c: char| c.is_ascii_digit()) => day,
            Some(_) | None => first,
        }
    });
    let first = first.split_once(" 00:").map_or(first, |(day, _)| day);
    if let Some(quarter) = quarter(first) {
        return Some(Meant::Plain(quarter));
    }
    let pieces: Vec<&str> = first
        .split(|c: char| !c.is_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .collect();
    if let Some(month) = named(&pieces) {
        return Some(Meant::Plain(Some(month)));
    }
    let numbers: Option<Vec<u32>> = pieces.iter().map(|piece| piece.parse().ok()).collect();
    let lengths: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
    let month = match (numbers?.as_slice(), lengths.as_slice()) {
        (&[all], [6]) => Month::new(all / 100, all % 100),
        (&[all], [8]) => Month::new(all / 10_000, all / 100 % 100),
        (&[year, month], [4, 1 | 2]) | (&[month, year], [1 | 2, 4]) => Month::new(year, month),
        (&[year, month, _], [4, ..]) => Month::new(year, month),
        (&[a, b, year], [1 | 2, 1 | 2, 2 | 4]) => {
            let read =
                |day: u32, month: u32| Month::new(year, month).filter(|_| (1..=31).contains(&day));
            let (day_first, month_first) = (read(a, b), read(b, a));
            day_first.or(month_first)?;
            return Some(Meant::Either(day_first, month_first));
        }
        _ => None,
    };
    month.map(|month| Meant::Plain(Some(month)))
}

/// A whole quarter has no month.
fn quarter(text: &str) -> Option<Option<Month>> {
    let plain: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_ascii_uppercase();
    let (a, b) = plain.split_once('Q')?;
    let [year, of_year] = if a.is_empty() {
        let (of_year, year) = b.split_at_checked(1)?;
        [year, of_year]
    } else {
        [a, b]
    };
    let is_year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    (is_year && matches!(of_year, "1" | "2" | "3" | "4")).then_some(None)
}

fn named(pieces: &[&str]) -> Option<Month> {
    let mut name = None;
    let mut numbers = Vec::new();
    for piece in pieces {
        if piece.bytes().all(|b| b.is_ascii_digit()) {
            numbers.push(piece.parse().ok()?);
            continue;
        }
        let small = piece.to_lowercase();
        let begins = |names: &&[&str]| names.iter().any(|name| small.starts_with(name));
        let at = NAMES.iter().position(begins)?;
        if name.replace(at).is_some() {
            return None;
        }
    }
    // The year is the last number, or the one of four digits.
    let year = numbers
        .iter()
        .copied()
        .find(|n| *n > 31)
        .or(numbers.last().copied())?;
    Month::new(year, u32::try_from(name? + 1).ok()?)
}

/// How the dates of a whole column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dates {
    /// As they are, or this number first.
    Read(DateOrder),
    /// Both readings are possible, and they are not the same.
    Open,
}

/// How to read a column of dates in a report of a quarter: by the days above the twelfth, else by
/// which reading lies in the quarter.
pub(crate) fn dates<'c>(cells: impl Iterator<Item = &'c str> + Clone, quarter: Quarter) -> Dates {
    let pairs = cells.filter_map(|cell| match meant(cell) {
        Some(Meant::Either(day_first, month_first)) => Some((day_first, month_first)),
        Some(Meant::Plain(_)) | None => None,
    });
    let days = pairs.clone().filter(|pair| pair.0.is_some()).count();
    let months = pairs.clone().filter(|pair| pair.1.is_some()).count();
    let is_in = |month: Option<Month>| month.is_some_and(|month| quarter.holds(month));
    let all = pairs.clone().count();
    let day_fits = pairs.clone().all(|pair| is_in(pair.0));
    let month_fits = pairs.clone().all(|pair| is_in(pair.1));
    match (days == all, months == all) {
        (true, false) => Dates::Read(DateOrder::DayFirst),
        (false, true) => Dates::Read(DateOrder::MonthFirst),
        // Nothing to choose.
        (true, true) if pairs.clone().all(|pair| pair.0 == pair.1) => {
            Dates::Read(DateOrder::DayFirst)
        }
        (true, true) | (false, false) => match (day_fits, month_fits) {
            (true, false) => Dates::Read(DateOrder::DayFirst),
            (false, true) => Dates::Read(DateOrder::MonthFirst),
            (true, true) | (false, false) => Dates::Open,
        },
    }
}

/// The month of a cell: `Ok(None)` where it is empty or a whole quarter; an error where it is no date.
pub(crate) fn month_of(text: &str, order: DateOrder) -> Result<Option<Month>, ()> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let month = match (meant(text), order) {
        (Some(Meant::Plain(month)), _) => return Ok(month),
        (Some(Meant::Either(month, _)), DateOrder::DayFirst)
        | (Some(Meant::Either(_, month)), DateOrder::MonthFirst) => month,
        (None, _) => None,
    };
    month.map(Some).ok_or(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, month: &str) {
        let read = month_of(text, DateOrder::DayFirst).unwrap();
        let shown = read.map_or_else(String::new, |month| month.to_string());
        assert_eq!(shown, month, "{text}");
    }

    #[test]
    fn months_are_read_as_they_are_written() {
        for text in [
            "2026-07",
            "2026-07-31",
            "2026/07/31",
            "2026.07",
            "202607",
            "20260731",
            "07/2026",
            "7.2026",
            "31.07.2026",
            "31/7/26",
            "Jul 2026",
            "July 2026",
            "Jul-26",
            "Juli 2026",
            "31 Jul 2026",
            "2026-07-01 - 2026-07-31",
            "2026-07-31T00:00:00",
            "2026-07-01 00:00:00",
        ] {
            check(text, "2026-07");
        }
        check("M\u{e4}rz 2026", "2026-03");
        check("Oktober 2026", "2026-10");
        check("2026-Q3", "");
        check("Q3 2026", "");
        check("", "");
        for bad in [
            "soon",
            "2026-13",
            "99/99/2026",
            "13.13.2026",
            "2026",
            "\u{ff17}",
        ] {
            assert_eq!(month_of(bad, DateOrder::DayFirst), Err(()), "{bad}");
        }
    }

    #[track_caller]
    fn order(cells: &[&str], expected: Dates) {
        let quarter = "2026-Q3".parse().unwrap();
        assert_eq!(dates(cells.iter().copied(), quarter), expected, "{cells:?}");
    }

    #[test]
    fn which_number_is_the_month_is_read_from_the_column() {
        order(
            &["31/07/2026", "08/08/2026"],
            Dates::Read(DateOrder::DayFirst),
        );
        order(
            &["07/31/2026", "08/08/2026"],
            Dates::Read(DateOrder::MonthFirst),
        );
        order(
            &["01/07/2026", "01/08/2026"],
            Dates::Read(DateOrder::DayFirst),
        );
        order(
            &["07/01/2026", "08/01/2026"],
            Dates::Read(DateOrder::MonthFirst),
        );
        order(&["08/08/2026"], Dates::Read(DateOrder::DayFirst));
        order(&["08/09/2026"], Dates::Open);
        order(&["05/04/2026"], Dates::Open);
    }
}
