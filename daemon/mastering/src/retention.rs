//! When things are due to go. Dates only; nothing here deletes.

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, UnixMs};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The date of what never goes.
pub const NEVER: UnixMs = i64::MAX;

/// For how long something is kept: so many days or months, or `"never"` to let it go never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Kept {
    /// So many days or months.
    For(u32),
    /// It never goes by itself.
    #[serde(with = "never")]
    Forever,
}

mod never {
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    enum Word {
        #[serde(rename = "never")]
        Never,
    }

    pub(super) fn serialize<S: Serializer>(to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("never")
    }

    pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<(), D::Error> {
        Word::deserialize(from).map(|Word::Never| ())
    }
}

/// How long a service keeps what it made. The defaults are the studio's published terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Days from completion until the working files are due, or `"never"`.
    pub working_days: Kept,
    /// Calendar months from completion until the archive is due, or `"never"`.
    pub recall_months: Kept,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            working_days: Kept::For(90),
            recall_months: Kept::For(24),
        }
    }
}

/// Why nothing of a project goes, whatever its dates say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetentionHold {
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub by: String,
    /// Since when.
    pub at: UnixMs,
}

/// The owner's request to let everything go before its date, and who of the studio confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletionAsked {
    /// Why, in the owner's words.
    pub reason: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// The first of the two people who confirm it.
    pub confirmed: Option<(PersonId, String)>,
}

/// When a project's files are due to go; [`NEVER`] for what stays.
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
        let working_due_at = match self.working_days {
            Kept::For(days) => completed_at + i64::from(days) * DAY_MS,
            Kept::Forever => NEVER,
        };
        let archive_due_at = match self.recall_months {
            // A date no calendar holds is never due: keeping too long is safe, deleting early is not.
            Kept::For(months) => Timestamp::from_millisecond(completed_at)
                .ok()
                .map(|t| t.to_zoned(TimeZone::UTC))
                .and_then(|t| t.checked_add(i64::from(months).months()).ok())
                .map_or(NEVER, |t| t.timestamp().as_millisecond()),
            Kept::Forever => NEVER,
        };
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

    #[test]
    fn what_is_kept_for_ever_is_never_due() {
        let kept: Retention =
            serde_json::from_str(r#"{"working_days":"never","recall_months":"never"}"#).unwrap();
        let due = kept.due_dates(0);
        assert_eq!((due.working_due_at, due.archive_due_at), (NEVER, NEVER));
        let written = serde_json::to_string(&kept).unwrap();
        assert_eq!(serde_json::from_str::<Retention>(&written).unwrap(), kept);
        // As the journals of earlier orders have it.
        let earlier: Retention =
            serde_json::from_str(r#"{"working_days":90,"recall_months":24}"#).unwrap();
        assert_eq!(earlier, Retention::default());
        assert!(serde_json::from_str::<Retention>(r#"{"working_days":"soon"}"#).is_err());
    }
}
