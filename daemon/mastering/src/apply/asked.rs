//! What is true after something was asked, answered, warned of or left unsaid.

use crate::event::Event;
use crate::ids::{RevisionNo, UnixMs};
use crate::project::{Project, Stage};
use crate::rounds::{Answer, AnswerGiven, AskingWarned, Outcome, Request, Silent};
use crate::turns::OpenQuestion;

/// Who says something is not silent: the days are counted afresh.
pub(super) fn speak(project: &mut Project, at: UnixMs) {
    if let Stage::InReview { .. } = project.stage {
        project.silent = Some(Silent {
            since: at,
            announced: Vec::new(),
        });
    }
}

/// A round has begun: of a request, or of the studio's own.
pub(super) fn revision_opened(project: &mut Project, request: Option<u32>, revision: RevisionNo) {
    project.silent = None;
    // What is worked on again has no dates until it is complete again.
    project.archive = None;
    project.completed_at = None;
    let asked = project.requests.last_mut().filter(|r| {
        // Journals of earlier orders do not name the request; there it opened a round at once.
        Some(r.no) == request || (request.is_none() && r.proposal.is_none())
    });
    if let Some(asked) = asked.filter(|r| r.outcome == Outcome::Open) {
        asked.outcome = Outcome::Opened { revision };
    }
    // What was delivered stays delivered until the next approval.
    project.earlier_approvals.extend(project.approval.take());
}

/// An approval ends the rounds: what was asked and not begun is not begun any more.
pub(super) fn approved(project: &mut Project) {
    project.silent = None;
    project.archive = None;
    project.completed_at = None;
    // The finals of an earlier approval are not this one's.
    project.finals.clear();
    project.offered_at = None;
    end_open_request(project);
}

pub(super) fn end_open_request(project: &mut Project) {
    let open = project.requests.last_mut();
    if let Some(open) = open.filter(|r| r.outcome == Outcome::Open) {
        open.outcome = Outcome::Withdrawn;
    }
}

fn request(project: &mut Project, no: u32) -> Option<&mut Request> {
    project.requests.iter_mut().find(|r| r.no == no)
}

fn requested(project: &mut Project, event: &Event) {
    let Event::RevisionRequested {
        heard,
        words,
        at,
        topics,
        gathered,
        proposal,
    } = event
    else {
        return;
    };
    project.silent = None;
    project.requests.push(Request {
        no: project
            .requests
            .last()
            .map_or(1, |r| r.no.saturating_add(1)),
        heard: *heard,
        words: words.clone(),
        topics: topics.clone(),
        gathered: gathered.clone(),
        at: *at,
        proposal: *proposal,
        answer: None,
        outcome: Outcome::Open,
    });
}

pub(super) fn change(project: &mut Project, event: &Event) {
    match event {
        Event::RevisionRequested { .. } => requested(project, event),
        Event::RequestAnswered {
            no,
            answer,
            reason,
            by,
            at,
            charge,
        } => {
            if let Some(asked) = request(project, *no) {
                asked.answer = Some(AnswerGiven {
                    answer: *answer,
                    reason: reason.clone(),
                    by: by.clone(),
                    at: *at,
                    charge: *charge,
                });
                if *answer == Answer::Declined {
                    asked.outcome = Outcome::Declined;
                    speak(project, *at);
                }
            }
        }
        Event::RequestWithdrawn { no, at } => {
            if let Some(asked) = request(project, *no) {
                asked.outcome = Outcome::Withdrawn;
            }
            speak(project, *at);
        }
        Event::QuestionAsked { words, by, at } => {
            project.question = Some(OpenQuestion {
                words: words.clone(),
                by: by.clone(),
                at: *at,
            });
        }
        Event::QuestionAnswered { at, .. } => {
            project.question = None;
            speak(project, *at);
        }
        Event::AskingEnds { ends_at, days, .. } => {
            project.asking_warned = Some(AskingWarned {
                ends_at: *ends_at,
                days: *days,
            });
        }
        Event::AskingEnded { over, .. } => project.rounds_over = Some(*over),
        Event::SilenceAnnounced { at, .. } => {
            if let Some(silent) = &mut project.silent {
                silent.announced.push(*at);
            }
        }
        // What was agreed begins with an event of its own; the rest is told elsewhere.
        _ => {}
    }
}
