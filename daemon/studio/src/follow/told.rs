//! Whom the rules of an order tell what: answers, questions, windows that close, silence, faults.

use mastering::{Answer, ApprovalHow, Closing, Event, RevisionNo};
use vault::Write;

use super::Notices;
use crate::terms::day_in;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The notices that follow from what the rules or the calendar brought about.
pub(super) fn by_rules(note: &Notices<'_>, event: &Event) -> Vec<Write> {
    match event {
        Event::RequestAnswered {
            no, answer, reason, ..
        } => {
            let facts = [(answer_fact(*answer), "1"), ("reason", reason)];
            note.tell("request_answered", &facts, &format!("{no}:{}", note.now))
        }
        Event::QuestionAsked { words, at, .. } => {
            note.tell("question_asked", &[("words", words)], &at.to_string())
        }
        Event::QuestionAnswered { words, by, .. } => {
            note.staff("question_answered", &format!("{by} answers: {words}"))
        }
        Event::AskingEnds { ends_at, at, .. } => asking_ends(note, *ends_at, *at),
        Event::AskingEnded { over, at } => asking_ended(note, over.since, *at),
        Event::SilenceAnnounced {
            revision,
            approves_at,
            at,
        } => {
            let announced = note
                .project
                .silent
                .as_ref()
                .map_or(0, |s| s.announced.len());
            let facts = [
                ("revision", &*revision.to_string()),
                ("day", &*note.day(*approves_at)),
                ("nth", &*announced.to_string()),
            ];
            note.tell("silence_announced", &facts, &at.to_string())
        }
        Event::FeeDue { .. } => note.staff(
            "fee_due",
            &format!(
                "{}: with the approval the fee fell due.",
                note.project.number
            ),
        ),
        Event::FaultFound { words, at, .. } => {
            note.tell("fault_found", &[("words", words)], &at.to_string())
        }
        _ => Vec::new(),
    }
}

/// Tells the client's people that a revision is approved, by whom or by the terms alone.
pub(super) fn approved(
    note: &Notices<'_>,
    revision: RevisionNo,
    name: &str,
    how: ApprovalHow,
) -> Vec<Write> {
    let approver = match how {
        ApprovalHow::ByPerson => name,
        ApprovalHow::BySilence => "",
    };
    let revision = revision.to_string();
    let facts = [("revision", revision.as_str()), ("approver", approver)];
    note.tell("approved", &facts, &format!("{revision}:{}", note.now))
}

fn asking_ends(note: &Notices<'_>, ends_at: i64, at: i64) -> Vec<Write> {
    // Told at the start of a day, to the day; a box that was off tells what is left by then.
    let left = ends_at.saturating_sub(at).saturating_add(DAY_MS / 2) / DAY_MS;
    let last = if left <= 1 { "1" } else { "" };
    let facts = [
        ("day", &*note.last_day(ends_at)),
        ("days", &*left.to_string()),
        ("last", last),
    ];
    note.tell("asking_ends", &facts, &format!("{ends_at}:{}", note.now))
}

fn asking_ended(note: &Notices<'_>, since: i64, at: i64) -> Vec<Write> {
    let project = note.project;
    let completes = match project.rules.rounds.closing {
        Closing::Completes => "1",
        Closing::Lapses => "",
    };
    let facts = [("day", &*note.last_day(since)), ("completes", completes)];
    let mut rows = note.tell("asking_ended", &facts, &at.to_string());
    let day = day_in(&project.rules.time_zone, since.saturating_sub(1));
    let number = project.number;
    rows.extend(note.staff(
        "asking_ended",
        &format!("{number}: the time for free rounds ended on {day}."),
    ));
    rows
}

/// The part of the notice that says what a request is.
fn answer_fact(answer: Answer) -> &'static str {
    match answer {
        Answer::Free => "free",
        Answer::Correction => "correction",
        Answer::Charged => "charged",
        Answer::NewWork => "new_work",
        Answer::Declined => "declined",
    }
}
