//! A date and a time of day as deliveries print them.

use std::fmt;

const MS_PER_DAY: i64 = 86_400_000;

/// A calendar date with a time of day, in whatever zone the caller chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    year: u16,
    month: u8,
    day: u8,
    second_of_day: u32,
}

/// Says that a number of milliseconds lies outside the years 1970 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} ms after 1970 is not a date that a file can carry")]
pub struct NotADay(pub i64);

impl Moment {
    /// Reads unix milliseconds as UTC; for a studio's local time add the zone's offset first.
    pub fn from_unix_ms(unix_ms: i64) -> Result<Self, NotADay> {
        let days = unix_ms.div_euclid(MS_PER_DAY);
        let ms_of_day = unix_ms.rem_euclid(MS_PER_DAY);
        if !(0..=2_932_896).contains(&days) {
            return Err(NotADay(unix_ms));
        }
        let (year, month, day) = civil(days);
        let narrow = || NotADay(unix_ms);
        Ok(Self {
            year: u16::try_from(year).map_err(|_| narrow())?,
            month: u8::try_from(month).map_err(|_| narrow())?,
            day: u8::try_from(day).map_err(|_| narrow())?,
            second_of_day: u32::try_from(ms_of_day / 1000).map_err(|_| narrow())?,
        })
    }

    /// The date as `yyyy-mm-dd`.
    pub fn date(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// The time of day as `hh:mm:ss`.
    pub fn time(&self) -> String {
        let s = self.second_of_day;
        format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.date(), self.time())
    }
}

/// Year, month and day of a day counted from 1970-01-01 (Howard Hinnant's `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unix_ms: i64, expected: &str) {
        let text = match Moment::from_unix_ms(unix_ms) {
            Ok(moment) => moment.to_string(),
            Err(refusal) => refusal.to_string(),
        };
        assert_eq!(text, expected);
    }

    #[test]
    fn known_moments_print_as_the_calendar_does() {
        // Expected values from `date -u -d @N`.
        check(0, "1970-01-01 00:00:00");
        check(951_782_399_999, "2000-02-28 23:59:59");
        check(951_782_400_000, "2000-02-29 00:00:00");
        check(1_795_132_800_000, "2026-11-20 00:00:00");
        check(4_107_542_399_000, "2100-02-28 23:59:59");
        check(4_107_542_400_000, "2100-03-01 00:00:00");
        check(-1, "-1 ms after 1970 is not a date that a file can carry");
        check(253_402_300_799_000, "9999-12-31 23:59:59");
    }
}
