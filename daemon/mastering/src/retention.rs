//! When things are due to go. Dates only; nothing here deletes.

use serde::{Deserialize, Serialize};

use crate::calendar::Zone;
use crate::ids::{PersonId, UnixMs};
use crate::project::Project;

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

/// What of an archived project may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LetGo {
    /// What can be made again from what stays.
    WorkingFiles,
    /// Everything.
    Archive,
}

impl LetGo {
    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::WorkingFiles => "working",
            Self::Archive => "archive",
        }
    }
}

impl Project {
    /// What of the project is still there and has a date, with that date.
    #[must_use]
    pub fn to_let_go(&self) -> Vec<(LetGo, UnixMs)> {
        let Some(archive) = &self.archive else {
            return Vec::new();
        };
        let gone = archive.all_gone_at;
        let each = [
            (
                LetGo::WorkingFiles,
                archive.due.working_due_at,
                archive.working_gone_at.or(gone),
            ),
            (LetGo::Archive, archive.due.archive_due_at, gone),
        ];
        let there = each
            .into_iter()
            .filter(|(_, due, gone)| gone.is_none() && *due != NEVER);
        there.map(|(what, due, _)| (what, due)).collect()
    }
}

impl Retention {
    /// The due dates of a project completed at `completed_at`: so many days and calendar months later
    /// at the same time of day, by the clocks of the studio's zone.
    #[must_use]
    pub fn due_dates(&self, completed_at: UnixMs, zone: &Zone) -> DueDates {
        // A date no calendar holds is never due: keeping too long is safe, deleting early is not.
        let working_due_at = match self.working_days {
            Kept::For(days) => zone.days_later(completed_at, days).unwrap_or(NEVER),
            Kept::Forever => NEVER,
        };
        let archive_due_at = match self.recall_months {
            Kept::For(months) => zone.months_later(completed_at, months).unwrap_or(NEVER),
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

    /// Completed at a moment of the zone's clocks, due at others of them.
    #[track_caller]
    fn check(zone: &str, completed: &str, (working, archive): (&str, &str)) {
        let zone = Zone::try_from(zone.to_owned()).unwrap();
        let at: jiff::Timestamp = completed.parse().unwrap();
        let due = Retention::default().due_dates(at.as_millisecond(), &zone);
        let text = |ms| {
            let moment = zone.at(ms).unwrap();
            moment.strftime("%Y-%m-%d %H:%M %:z").to_string()
        };
        assert_eq!(
            (text(due.working_due_at), text(due.archive_due_at)),
            (working.to_owned(), archive.to_owned())
        );
    }

    #[test]
    fn working_files_are_due_after_90_days_and_the_archive_after_24_months() {
        let due = ("2027-02-18 12:00 +00:00", "2028-11-20 12:00 +00:00");
        check("UTC", "2026-11-20T12:00:00Z", due);
    }

    #[test]
    fn days_and_months_are_counted_on_the_studios_clocks() {
        // Late in the evening of a month's last day in UTC it is the next month in Berlin.
        let due = ("2027-05-02 00:30 +02:00", "2029-02-01 00:30 +01:00");
        check("Europe/Berlin", "2027-01-31T23:30:00Z", due);
        // The same moment in New York is still the 31st, and 24 months on there is a 31st again.
        let due = ("2027-05-01 18:30 -04:00", "2029-01-31 18:30 -05:00");
        check("America/New_York", "2027-01-31T23:30:00Z", due);
        // Over a change of the clocks the time of day stays: the days are not of 24 hours.
        let due = ("2027-06-25 12:00 +02:00", "2029-03-27 12:00 +02:00");
        check("Europe/Berlin", "2027-03-27T11:00:00Z", due);
        // Over the turn of a year, whose new day begins elsewhere first.
        let due = ("2027-04-01 00:30 +13:00", "2029-01-01 00:30 +13:00");
        check("Pacific/Auckland", "2026-12-31T11:30:00Z", due);
        // The 29th of February has no counterpart two years on; the month's last day is meant.
        let due = ("2028-05-29 01:00 +02:00", "2030-02-28 01:00 +01:00");
        check("Europe/Berlin", "2028-02-29T00:00:00Z", due);
        // A time of day that the clocks leap over is the one they leap to.
        let due = ("2024-06-27 02:30 +02:00", "2026-03-29 03:30 +02:00");
        check("Europe/Berlin", "2024-03-29T01:30:00Z", due);
    }

    #[test]
    fn what_is_kept_for_ever_is_never_due() {
        let kept: Retention =
            serde_json::from_str(r#"{"working_days":"never","recall_months":"never"}"#).unwrap();
        let due = kept.due_dates(0, &Zone::default());
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
