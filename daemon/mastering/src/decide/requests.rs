//! Requests: asked by whoever has the last word, answered by the rules or by a person.

use std::collections::BTreeSet;

use super::permit::{line, not_gone, out_of_order, staff, staff_or_last_word, text};
use super::rounds::next_revision;
use crate::event::Event;
use crate::ids::UnixMs;
use crate::project::{Actor, Project, Stage};
use crate::refusal::Refusal;
use crate::rounds::{Answer, Charge, Outcome, Request};
use crate::service::Topic;

/// Asks for a round. What the rules leave free opens by itself; anything else waits for a person.
pub(super) fn request_revision(
    project: &Project,
    words: &str,
    topics: BTreeSet<Topic>,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff_or_last_word(project, by)?;
    let heard = match project.stage {
        // After the approval or the completion a change costs, and it can still be asked for.
        Stage::InReview { revision }
        | Stage::Delivered { revision }
        | Stage::Completed { revision }
        | Stage::Archived { revision } => revision,
        // Its finals are in the making; they are never half of one revision and half of another.
        Stage::Approved { revision } => return Err(Refusal::ApprovalStands(revision)),
        Stage::Intake | Stage::Mastering { .. } | Stage::Adjusting { .. } => {
            return Err(out_of_order(project));
        }
    };
    not_gone(project)?;
    if project.open_request().is_some() {
        return Err(Refusal::RequestWaits);
    }
    let words = text(words, "what should change")?;
    let proposal = project.propose(&topics, now);
    let no = next_no(project);
    let mut events = vec![Event::RevisionRequested {
        heard,
        words: words.clone(),
        at: now,
        topics,
        gathered: project.to_gather(heard),
        proposal: Some(proposal),
    }];
    if proposal.opens_by_rule() {
        events.push(next_revision(project, heard, (words, Some(no)), now)?);
    }
    Ok(events)
}

fn next_no(project: &Project) -> u32 {
    project
        .requests
        .last()
        .map_or(1, |r| r.no.saturating_add(1))
}

fn known(project: &Project, no: u32) -> Result<&Request, Refusal> {
    project
        .requests
        .last()
        .filter(|r| r.no == no)
        .ok_or(Refusal::Unknown { what: "request" })
}

/// What a person says of a request.
pub(super) struct Given<'g> {
    pub(super) no: u32,
    pub(super) answer: Answer,
    pub(super) reason: &'g str,
    pub(super) name: &'g str,
    pub(super) charge: Option<Charge>,
}

pub(super) fn answer_request(
    project: &Project,
    given: &Given<'_>,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let request = known(project, given.no)?;
    // An approval settles what was asked before it; what waits now was asked afterwards.
    let settles = project
        .approval
        .as_ref()
        .filter(|_| request.outcome != Outcome::Open);
    if let Some(approval) = settles {
        return Err(Refusal::ApprovalStands(approval.revision));
    }
    let answered = Event::RequestAnswered {
        no: given.no,
        answer: given.answer,
        reason: line(given.reason, "the reason")?,
        by: line(given.name, "the name")?,
        at: now,
        charge: given.charge.filter(|_| given.answer.is_quoted()),
    };
    match request.outcome {
        Outcome::Open => {}
        // A round that has begun may still turn out to be the studio's own fault.
        Outcome::Opened { .. } => {
            let is_ours = given.answer == Answer::Correction;
            return if is_ours && request.settled() != Some(Answer::Correction) {
                Ok(vec![answered])
            } else {
                Err(Refusal::Already)
            };
        }
        Outcome::Declined | Outcome::Withdrawn => return Err(Refusal::Already),
    }
    if given.answer == Answer::Free && !project.may_be_free(request) {
        return Err(Refusal::NoFreeRound);
    }
    let mut events = vec![answered];
    if given.answer.opens() {
        events.push(begin(project, request, now)?);
    }
    Ok(events)
}

/// The client's yes to what a request costs: from them, or as the quote's acceptance.
pub(super) fn agree(
    project: &Project,
    no: u32,
    name: &str,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match by {
        Actor::House => {}
        Actor::Staff { .. } | Actor::Client { .. } => staff_or_last_word(project, by)?,
    }
    let request = known(project, no)?;
    let is_charged = request.answer.as_ref().is_some_and(|a| a.charge.is_some());
    match by {
        // With money in it the yes is the acceptance of the quote, which the account tells.
        Actor::Staff { .. } | Actor::Client { .. } if is_charged => {
            return Err(Refusal::AcceptTheQuote);
        }
        Actor::House | Actor::Staff { .. } | Actor::Client { .. } => {}
    }
    let is_quoted = request
        .answer
        .as_ref()
        .is_some_and(|a| a.answer.is_quoted());
    if request.outcome != Outcome::Open || !is_quoted {
        return Err(Refusal::Unknown {
            what: "quoted request",
        });
    }
    Ok(vec![
        Event::RequestAgreed {
            no,
            by: line(name, "the name")?,
            at: now,
        },
        begin(project, request, now)?,
    ])
}

fn begin(project: &Project, request: &Request, now: UnixMs) -> Result<Event, Refusal> {
    not_gone(project)?;
    let heard = project
        .stage
        .revision()
        .ok_or_else(|| out_of_order(project))?;
    next_revision(
        project,
        heard,
        (request.words.clone(), Some(request.no)),
        now,
    )
}

pub(super) fn withdraw(
    project: &Project,
    no: u32,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match by {
        // A quote that was declined or lapsed ends its request.
        Actor::House => {}
        Actor::Staff { .. } | Actor::Client { .. } => staff_or_last_word(project, by)?,
    }
    let request = known(project, no)?;
    if request.outcome != Outcome::Open {
        return Err(Refusal::Already);
    }
    Ok(vec![Event::RequestWithdrawn { no, at: now }])
}
