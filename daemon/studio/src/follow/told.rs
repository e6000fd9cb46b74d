//! Whom the rules of an order tell what: answers, questions, windows that close, silence, faults.

use mastering::{Answer, Closing, Event};
use vault::Write;

use super::Notices;
use crate::terms::day_in;

/// The notices that follow from what the rules or the calendar brought about.
#[expect(clippy::too_many_lines, reason = "one notice for each event")]
pub(super) fn by_rules(note: &Notices<'_>, event: &Event) -> Vec<Write> {
    let project = note.project;
    let number = project.number;
    let last_day = |at: i64| day_in(&project.rules.time_zone, at.saturating_sub(1));
    match event {
        Event::RequestAnswered {
            no, answer, reason, ..
        } => note.client(
            "request_answered",
            &format!("{number}: about your request"),
            &format!("{}\n\n{reason}", answer_words(*answer)),
            &format!("{no}:{}", note.now),
        ),
        Event::QuestionAsked { words, at, .. } => note.client(
            "question_asked",
            &format!("{number}: a question"),
            &format!(
                "The studio asks:\n\n{words}\n\nPlease answer on the page below; the clock stands \
                 still until you do."
            ),
            &at.to_string(),
        ),
        Event::QuestionAnswered { words, by, .. } => {
            note.staff("question_answered", &format!("{by} answers: {words}"))
        }
        Event::AskingEnds { ends_at, .. } => note.client(
            "asking_ends",
            &format!("{number}: rounds until {}", last_day(*ends_at)),
            &format!(
                "You can ask for changes of \u{201c}{}\u{201d} within the terms until {}. If you are \
                 happy with it, please approve it on the page below.",
                project.title,
                last_day(*ends_at)
            ),
            &format!("{ends_at}:{}", note.now),
        ),
        Event::AskingEnded { over, at } => asking_ended(note, over.since, *at),
        Event::SilenceAnnounced {
            revision,
            approves_at,
            at,
        } => {
            let day = day_in(&project.rules.time_zone, *approves_at);
            note.client(
                "silence_announced",
                &format!("{number}: revision {revision} counts as approved on {day}"),
                &format!(
                    "We have not heard from you about revision {revision} of \u{201c}{}\u{201d}. By the \
                     terms of your order it counts as approved on {day}. Any word from you stops that: a \
                     comment, a request, or your own approval on the page below.",
                    project.title
                ),
                &at.to_string(),
            )
        }
        Event::FeeDue { .. } => note.staff(
            "fee_due",
            &format!("{number}: with the approval the fee fell due."),
        ),
        Event::FaultFound { words, at, .. } => note.client(
            "fault_found",
            &format!("{number}: we mend a fault"),
            &format!(
                "We found a technical fault in \u{201c}{}\u{201d} and mend it at no cost: {words}\n\nYou \
                 hear from us when the next revision is ready.",
                project.title
            ),
            &at.to_string(),
        ),
        Event::DeletionAsked { reason, by, .. } => note.staff(
            "deletion_asked",
            &format!("{by} asks to let everything go before its date: {reason} Two of you confirm it."),
        ),
        _ => Vec::new(),
    }
}

fn asking_ended(note: &Notices<'_>, since: i64, at: i64) -> Vec<Write> {
    let project = note.project;
    let day = day_in(&project.rules.time_zone, since.saturating_sub(1));
    let then = match project.rules.rounds.closing {
        Closing::Completes => "The project is now complete; a change can still be quoted.",
        Closing::Lapses => "You can still approve it on the page below; a change is quoted.",
    };
    let mut rows = note.client(
        "asking_ended",
        &format!("{}: the time for free rounds is over", project.number),
        &format!(
            "The time to ask for changes of \u{201c}{}\u{201d} within the terms ended on {day}. {then}",
            project.title
        ),
        &at.to_string(),
    );
    rows.extend(note.staff(
        "asking_ended",
        &format!(
            "{}: the time for free rounds ended on {day}.",
            project.number
        ),
    ));
    rows
}

fn answer_words(answer: Answer) -> &'static str {
    match answer {
        Answer::Free => "Your request is a free round; we are on it.",
        Answer::Correction => {
            "You are right, this is ours to mend. It is free and does not count as a round."
        }
        Answer::Charged => {
            "Your request is beyond the free rounds. You get a quote; we begin when you agree, or you \
             can take the request back."
        }
        Answer::NewWork => {
            "Your request is new work. You get a quote for it; we begin when you agree, or you can \
             take the request back."
        }
        Answer::Declined => "We cannot do what you asked for.",
    }
}
