//! Holds, extensions, and letting go before the date, which two people confirm.

use super::permit::{last_word, line, not_held, not_tied, out_of_order, staff, staff_or_last_word};
use crate::command::Command;
use crate::event::Event;
use crate::ids::UnixMs;
use crate::project::{Actor, Archive, Project};
use crate::refusal::Refusal;
use crate::retention::DueDates;

/// Decides the commands about how long a project is kept.
pub(super) fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::PlaceHold { reason, by: name } => {
            staff(by)?;
            if project.retention_hold.is_some() {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::HoldPlaced {
                reason: line(&reason, "the reason")?,
                by: line(&name, "the name")?,
                at: now,
            }])
        }
        Command::LiftHold { by: name } => {
            staff(by)?;
            if project.retention_hold.is_none() {
                return Err(Refusal::Already);
            }
            let by = line(&name, "the name")?;
            Ok(vec![Event::HoldLifted { by, at: now }])
        }
        Command::ExtendRetention {
            due,
            reason,
            by: name,
        } => {
            staff(by)?;
            extend(project, due, (&reason, &name), now)
        }
        Command::AskDeletion { reason, by: name } => {
            staff_or_last_word(project, by)?;
            archived(project)?;
            if project.deletion.is_some() {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::DeletionAsked {
                reason: line(&reason, "the reason")?,
                by: line(&name, "the name")?,
                at: now,
            }])
        }
        Command::ConfirmDeletion { by: name } => confirm(project, &name, by, now),
        Command::WithdrawDeletion => {
            last_word(project, by)?;
            archived(project)?;
            if project.deletion.is_none() {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::DeletionWithdrawn { at: now }])
        }
        _ => Err(out_of_order(project)),
    }
}

/// The archive, while there is something in it.
fn archived(project: &Project) -> Result<&Archive, Refusal> {
    let archive = project
        .archive
        .as_ref()
        .ok_or_else(|| out_of_order(project))?;
    if archive.all_gone_at.is_some() {
        return Err(Refusal::Already);
    }
    Ok(archive)
}

fn extend(
    project: &Project,
    due: DueDates,
    (reason, name): (&str, &str),
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let now_due = archived(project)?.due;
    let is_longer = due.working_due_at >= now_due.working_due_at
        && due.archive_due_at >= now_due.archive_due_at
        && due != now_due;
    if !is_longer {
        return Err(Refusal::NotLonger);
    }
    Ok(vec![Event::RetentionExtended {
        due,
        reason: line(reason, "the reason")?,
        by: line(name, "the name")?,
        at: now,
    }])
}

fn confirm(project: &Project, name: &str, by: &Actor, now: UnixMs) -> Result<Vec<Event>, Refusal> {
    let Actor::Staff { person } = by else {
        return Err(Refusal::NotYours { who: "the studio" });
    };
    archived(project)?;
    not_held(project)?;
    not_tied(project)?;
    let asked = project.deletion.as_ref().ok_or(Refusal::Unknown {
        what: "request to delete it",
    })?;
    let name = line(name, "the name")?;
    let confirmed = Event::DeletionConfirmed {
        person: person.clone(),
        by: name.clone(),
        at: now,
    };
    match &asked.confirmed {
        None => Ok(vec![confirmed]),
        Some((first, _)) if first == person => Err(Refusal::SamePerson),
        Some((_, first_name)) => Ok(vec![
            confirmed,
            Event::ArchiveReleased {
                by: format!("{first_name} and {name}"),
                at: now,
            },
        ]),
    }
}
