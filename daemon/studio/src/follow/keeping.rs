//! What the client is told of how long things are kept, and when they go.

use mastering::{DueDates, Event};
use vault::Write;

use super::Notices;

/// What follows from a hold, an extension, a wish to delete.
pub(super) fn by_keeping(note: &Notices<'_>, event: &Event) -> Vec<Write> {
    match event {
        Event::HoldPlaced { reason, at, .. } => of_archive(note, "hold_placed", reason, *at),
        // Before the archive there are no dates that could count again.
        Event::HoldLifted { at, .. } if note.project.archive.is_some() => {
            of_archive(note, "hold_lifted", "", *at)
        }
        Event::RetentionExtended {
            due, reason, at, ..
        } => with_dates(note, "retention_extended", (*due, reason), *at),
        Event::DeletionAsked { reason, by, at } => {
            let mut rows = note.staff(
                "deletion_asked",
                &format!(
                    "{by} asks to let everything go before its date: {reason} Two of you confirm it."
                ),
            );
            rows.extend(note.tell("deletion_asked", &[("asker", by)], &at.to_string()));
            rows
        }
        _ => Vec::new(),
    }
}

/// A notice with the dates of the order's archive, as far as it has any.
pub(crate) fn of_archive(note: &Notices<'_>, kind: &str, reason: &str, at: i64) -> Vec<Write> {
    let due = note.project.archive.as_ref().map(|archive| archive.due);
    match due {
        Some(due) => with_dates(note, kind, (due, reason), at),
        None => note.tell(kind, &[("reason", reason)], &at.to_string()),
    }
}

fn with_dates(
    note: &Notices<'_>,
    kind: &str,
    (due, reason): (DueDates, &str),
    at: i64,
) -> Vec<Write> {
    let (working, archive) = (note.day(due.working_due_at), note.day(due.archive_due_at));
    let facts = [
        ("working_day", working.as_str()),
        ("archive_day", archive.as_str()),
        ("reason", reason),
    ];
    note.tell(kind, &facts, &at.to_string())
}
