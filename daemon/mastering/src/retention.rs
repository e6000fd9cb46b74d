//! When things are due to go. Dates only; nothing here deletes.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::ids::UnixMs;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// How long a service keeps what it made. The defaults are the studio's published terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days from completion until the working files are due.
    pub working_days: u32,
    /// Calendar months from archiving until the archive is due.
    pub recall_months: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            working_days: 90,
            recall_months: 24,
        }
    }
}

/// When a project's files are due to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueDates {
    /// The working files.
    pub working_due_at: UnixMs,
    /// The archive.
    pub archive_due_at: UnixMs,
}

impl Retention {
    /// The due dates of a project completed at `completed_at`, in UTC calendar months.
    #[must_use]
    pub fn due_dates(&self, completed_at: UnixMs) -> DueDates {
        let working_due_at = completed_at + i64::from(self.working_days) * DAY_MS;
        // A date no calendar holds is never due: keeping too long is safe, deleting early is not.
        let archive_due_at = Timestamp::from_millisecond(completed_at)
            .ok()
            .map(|t| t.to_zoned(TimeZone::UTC))
            .and_then(|t| t.checked_add(i64::from(self.recall_months).months()).ok())
            .map_or(i64::MAX, |t| t.timestamp().as_millisecond());
        DueDates {
            working_due_at,
            archive_due_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(completed: &str, working: &str, archive: &str) {
        let at: Timestamp = completed.parse().unwrap();
        let due = Retention::default().due_dates(at.as_millisecond());
        let text = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
        assert_eq!(
            (text(due.working_due_at), text(due.archive_due_at)),
            (working.to_owned(), archive.to_owned())
        );
    }

    #[test]
    fn working_files_are_due_after_90_days_and_the_archive_after_24_months() {
        check(
            "2026-11-20T12:00:00Z",
            "2027-02-18T12:00:00Z",
            "2028-11-20T12:00:00Z",
        );
        // The 29th of February has no counterpart two years on; the month's last day is meant.
        check(
            "2028-02-29T00:00:00Z",
            "2028-05-29T00:00:00Z",
            "2030-02-28T00:00:00Z",
        );
    }
}
