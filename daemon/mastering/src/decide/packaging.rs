//! Packages: what of an approval is delivered to whom, and what becomes of it.

use super::permit::{house, last_word, limited, line, not_gone, out_of_order, staff};
use super::sending;
use crate::event::Event;
use crate::ids::UnixMs;
use crate::package::{
    Package, PackageCommand, PackageEvent, PackageMade, PackagePosted, PackageReleased, PackageWay,
};
use crate::project::{Actor, Project};
use crate::refusal::Refusal;

/// Packages that one order may hold.
const MOST: usize = 1_000;
/// Longest words about what could not be made, in characters: every fault of a record with its song.
const WHY_LIMIT: usize = 20_000;

pub(super) fn decide(
    project: &Project,
    command: PackageCommand,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let event = match command {
        PackageCommand::Ask {
            profile,
            title,
            edition,
            way,
            by: name,
        } => {
            staff(by)?;
            let asked = ask(project, (&profile, &title), edition, &name, now)?;
            let asked = Package { way, ..asked };
            PackageEvent::Asked(Box::new(asked))
        }
        PackageCommand::Record { no, made } => {
            house(by)?;
            in_the_making(project, no)?;
            PackageEvent::Made { no, made }
        }
        PackageCommand::Fail { no, why } => {
            house(by)?;
            in_the_making(project, no)?;
            let why = limited(&why, "the reason", WHY_LIMIT)?;
            PackageEvent::Failed { no, why }
        }
        PackageCommand::Release { no, by: name } => {
            last_word(project, by)?;
            let package = made(project, no)?.0;
            if package.released.is_some() {
                return Err(Refusal::Already);
            }
            project.may_hand_over()?;
            if Some(package.revision) != project.approved_revision() {
                return Err(Refusal::OtherApproval {
                    package: no,
                    revision: package.revision,
                });
            }
            let by = line(&name, "the name")?;
            let released = PackageReleased { by, at: now };
            PackageEvent::Released { no, released }
        }
        PackageCommand::Post {
            no,
            carrier,
            tracking,
            by: name,
        } => {
            staff(by)?;
            let package = made(project, no)?.0;
            if package.way != PackageWay::Posted {
                return Err(Refusal::Unknown {
                    what: "package that is sent by post",
                });
            }
            project.may_hand_over()?;
            let posted = PackagePosted {
                carrier: line(&carrier, "the carrier")?,
                tracking: line(&tracking, "the tracking number")?,
                by: line(&name, "the name")?,
                at: now,
            };
            PackageEvent::Posted { no, posted }
        }
        PackageCommand::Sending { no, command } => {
            let package = known(project, no)?;
            sending::decide(project, package, command, (by, now))?
        }
    };
    Ok(vec![Event::Package(event)])
}

fn ask(
    project: &Project,
    (profile, title): (&str, &str),
    edition: Option<String>,
    name: &str,
    now: UnixMs,
) -> Result<Package, Refusal> {
    let revision = project
        .approved_revision()
        .ok_or_else(|| out_of_order(project))?;
    not_gone(project)?;
    let profile = line(profile, "the profile")?;
    let mut open = project.packages.iter().filter(|p| p.is_in_the_making());
    if open.any(|package| package.profile == profile && package.edition == edition) {
        return Err(Refusal::Already);
    }
    let is_there = |name: &String| project.editions().contains(name);
    if !edition.as_ref().is_none_or(is_there) {
        return Err(Refusal::Unknown { what: "edition" });
    }
    if project.packages.len() >= MOST {
        return Err(Refusal::TooLong {
            what: "this order",
            limit: MOST,
        });
    }
    Ok(Package {
        no: u32::try_from(project.packages.len() + 1).unwrap_or(u32::MAX),
        profile,
        title: line(title, "what the profile calls itself")?,
        edition,
        revision,
        way: PackageWay::default(),
        by: line(name, "the name")?,
        at: now,
        made: None,
        failed: None,
        released: None,
        posted: None,
        sendings: Vec::new(),
    })
}

fn known(project: &Project, no: u32) -> Result<&Package, Refusal> {
    let known = project.package(no);
    known.ok_or(Refusal::Unknown { what: "package" })
}

fn in_the_making(project: &Project, no: u32) -> Result<(), Refusal> {
    if known(project, no)?.is_in_the_making() {
        Ok(())
    } else {
        Err(Refusal::Already)
    }
}

fn made(project: &Project, no: u32) -> Result<(&Package, &PackageMade), Refusal> {
    let package = known(project, no)?;
    let made = package.made.as_ref();
    made.map(|made| (package, made)).ok_or(Refusal::Missing {
        what: "the package, which was not made,",
    })
}
