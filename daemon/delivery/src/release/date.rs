use std::fmt;

/// A release date as far as it is known: `yyyy`, `yyyy-mm` or `yyyy-mm-dd` (ISO 8601).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseDate(String);

/// A text that is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\u{201c}{0}\u{201d} is no date: write 2026-12-04, 2026-12 or 2026")]
pub struct NotADate(pub String);

impl ReleaseDate {
    /// Reads a date; months and days are held against the calendar.
    pub fn parse(text: &str) -> Result<Self, NotADate> {
        let plain = text.trim();
        let parts: Vec<&str> = plain.split('-').collect();
        let number = |text: &str, digits: usize| {
            let is_number = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten()
        };
        let is_date = match parts[..] {
            [year] => number(year, 4).is_some(),
            [year, month] => number(year, 4).is_some() && is_month(number(month, 2)),
            [year, month, day] => match (number(year, 4), number(month, 2), number(day, 2)) {
                (Some(year), Some(month), Some(day)) => {
                    is_month(Some(month)) && (1..=days_of(year, month)).contains(&day)
                }
                _ => false,
            },
            _ => false,
        };
        if is_date {
            Ok(Self(plain.to_owned()))
        } else {
            Err(NotADate(text.chars().take(40).collect()))
        }
    }

    /// As it is written into files.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a day.
    pub fn is_day(&self) -> bool {
        self.0.len() == 10
    }
}

impl fmt::Display for ReleaseDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_month(month: Option<u32>) -> bool {
    month.is_some_and(|month| (1..=12).contains(&month))
}

fn days_of(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_held_against_the_calendar() {
        for text in [
            "2026",
            "2026-12",
            "2026-12-04",
            "2024-02-29",
            " 2000-02-29 ",
        ] {
            assert_eq!(ReleaseDate::parse(text).unwrap().as_str(), text.trim());
        }
        for text in [
            "",
            "26",
            "2026-13",
            "2026-00",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "4.12.2026",
            "2026-12-04-1",
            "2026-1-2",
        ] {
            let said = ReleaseDate::parse(text).unwrap_err().to_string();
            assert!(said.contains("write 2026-12-04"), "{said}");
        }
    }
}
