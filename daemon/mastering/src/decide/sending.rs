//! Sending packages to their recipients' servers: what may leave, once, and what became of it.

use super::permit::{house, limited, line, not_gone, staff};
use crate::ids::UnixMs;
use crate::package::{Package, PackageEvent};
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::sending::{SendAgain, Sending, SendingCommand, SendingEvent, SendingOutcome, SentOnce};

/// Sendings that one package may have.
const MOST: usize = 100;
/// Longest words about what did not arrive, in characters.
const WHY_LIMIT: usize = 2_000;
/// Longest address, in characters.
const ADDRESS_LIMIT: usize = 1_000;

pub(super) fn decide(
    project: &Project,
    package: &Package,
    command: SendingCommand,
    (by, now): (&Actor, UnixMs),
) -> Result<PackageEvent, Refusal> {
    let (no, outcome) = match command {
        SendingCommand::Ask {
            to,
            once,
            told,
            again,
            by: name,
        } => {
            staff(by)?;
            may_leave(project, package, (once, again))?;
            if package.made.as_ref().is_some_and(|made| made.told != told) {
                return Err(Refusal::ToldSince {
                    package: package.no,
                });
            }
            let asked = Box::new(Sending {
                no: u32::try_from(package.sendings.len() + 1).unwrap_or(u32::MAX),
                to: limited(&to, "where to", ADDRESS_LIMIT)?,
                by: line(&name, "the name")?,
                at: now,
                outcome: SendingOutcome::Waiting,
            });
            let of = package.no;
            return Ok(PackageEvent::Sending(SendingEvent::Asked { of, asked }));
        }
        SendingCommand::CallOff { by: name } => {
            staff(by)?;
            let open = package.sendings.iter().find(|sending| sending.is_open());
            let open = open.ok_or(Refusal::Unknown {
                what: "package that waits to be sent",
            })?;
            let by = line(&name, "the name")?;
            (open.no, SendingOutcome::CalledOff { by, at: now })
        }
        SendingCommand::Record { sending, sent } => {
            house(by)?;
            let known = known(package, sending)?;
            // Whoever called it off in the last moment was too late: what lies there lies there.
            if known.sent().is_some() {
                return Err(Refusal::Already);
            }
            (sending, SendingOutcome::Sent(sent))
        }
        SendingCommand::Fail { sending, why } => {
            house(by)?;
            if !known(package, sending)?.is_open() {
                return Err(Refusal::Already);
            }
            let why = limited(&why, "the reason", WHY_LIMIT)?;
            (sending, SendingOutcome::Failed { why, at: now })
        }
    };
    Ok(PackageEvent::Sending(SendingEvent::Ended {
        of: package.no,
        no,
        outcome,
    }))
}

fn may_leave(
    project: &Project,
    package: &Package,
    (once, again): (SentOnce, SendAgain),
) -> Result<(), Refusal> {
    if package.made.is_none() {
        return Err(Refusal::Missing {
            what: "the package, which was not made,",
        });
    }
    not_gone(project)?;
    project.may_send(package, once)?;
    if package.sendings.iter().any(Sending::is_open) {
        return Err(Refusal::Already);
    }
    let before = package
        .sendings
        .iter()
        .any(|sending| sending.sent().is_some());
    if before && again == SendAgain::No {
        return Err(Refusal::SentBefore {
            package: package.no,
        });
    }
    if package.sendings.len() >= MOST {
        return Err(Refusal::TooLong {
            what: "this package",
            limit: MOST,
        });
    }
    Ok(())
}

fn known(package: &Package, no: u32) -> Result<&Sending, Refusal> {
    let known = package.sending(no);
    known.ok_or(Refusal::Unknown { what: "sending" })
}
