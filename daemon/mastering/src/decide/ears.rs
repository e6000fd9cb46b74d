//! Who of the studio may listen to an order, where its terms do not leave that open.

use super::permit::{client, line, out_of_order, staff};
use crate::command::Command;
use crate::ears::{ListeningLeave, ListeningReason, StudioListened};
use crate::event::Event;
use crate::ids::{PersonId, UnixMs};
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::service::StudioEars;

pub(super) fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::AllowListening { by: name } => {
            let person = client(project, by)?;
            asked(project)?;
            if project.ears.leave.is_some() {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::ListeningAllowed(ListeningLeave {
                person,
                by: line(&name, "the name")?,
                at: now,
            })])
        }
        Command::ForbidListening { by: name } => {
            client(project, by)?;
            if project.ears.leave.is_none() {
                return Err(Refusal::Already);
            }
            let by = line(&name, "the name")?;
            Ok(vec![Event::ListeningForbidden { by, at: now }])
        }
        Command::GiveListeningReason {
            purpose,
            reason,
            by: name,
        } => {
            let person = one_of_ours(by)?;
            asked(project)?;
            Ok(vec![Event::ListeningReasoned(ListeningReason {
                person,
                by: line(&name, "the name")?,
                purpose,
                reason: line(&reason, "the reason")?,
                at: now,
                until: project.reason_ends(now),
            })])
        }
        Command::HearAsStudio { by: name } => {
            let person = one_of_ours(by)?;
            project.may_studio_listen(&person, now)?;
            if !project.is_first_listening(&person, now) {
                return Err(Refusal::Already);
            }
            Ok(vec![Event::StudioListened(StudioListened {
                person,
                by: line(&name, "the name")?,
                at: now,
            })])
        }
        _ => Err(out_of_order(project)),
    }
}

/// The very person of the studio.
fn one_of_ours(by: &Actor) -> Result<PersonId, Refusal> {
    staff(by)?;
    match by {
        Actor::Staff { person } => Ok(person.clone()),
        Actor::Client { .. } | Actor::House => Err(Refusal::NotYours { who: "the studio" }),
    }
}

/// Where the terms leave it open, nothing is asked and nothing is given.
fn asked(project: &Project) -> Result<(), Refusal> {
    match project.rules.listening.studio {
        StudioEars::Asked => Ok(()),
        StudioEars::Free => Err(Refusal::Unknown {
            what: "permission to ask for: by its terms the studio listens to it",
        }),
    }
}
