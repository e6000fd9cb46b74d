//! Releases: what is told of one, codes for it, taking it out of the shops, claims to rights.

use std::collections::{BTreeMap, BTreeSet};

use super::permit::{line, out_of_order, staff, staff_or_client, text};
use crate::command::Command;
use crate::event::Event;
use crate::ids::UnixMs;
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::release::{Allotment, CodeKind, Cover, Release, Removal, RightsClaim};

/// Claims and removals that one order may hold.
const MOST: usize = 1_000;

pub(super) fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::DescribeRelease { release, by: name } => {
            staff_or_client(project, by)?;
            let release = release.checked()?;
            if project.release.as_ref() == Some(&release) {
                return Err(Refusal::Already);
            }
            stays_tied(project, &release)?;
            Ok(vec![Event::ReleaseDescribed {
                release: Box::new(release),
                by: line(&name, "the name")?,
                at: now,
            }])
        }
        Command::KeepCover(cover) => {
            staff_or_client(project, by)?;
            keep_cover(project, cover, now)
        }
        Command::TakeCodes { codes, by: name } => {
            staff(by)?;
            may_take(project, &codes)?;
            let by = line(&name, "the name")?;
            Ok(vec![Event::CodesAllotted { codes, by, at: now }])
        }
        Command::AskRemoval {
            shops,
            reason,
            by: name,
        } => {
            staff_or_client(project, by)?;
            ask_removal(project, shops, &reason, &name, now)
        }
        Command::WithdrawRemoval { no, by: name } => {
            staff_or_client(project, by)?;
            withdraw_removal(project, no, &name, now)
        }
        Command::RecordShopGone { no, shop } => {
            staff(by)?;
            let removal = project.removals.iter().find(|r| r.no == no);
            let removal = removal.filter(|r| r.withdrawn_at.is_none());
            let removal = removal.ok_or(Refusal::Unknown { what: "removal" })?;
            match removal.shops.get(&shop) {
                Some(None) => Ok(vec![Event::ShopGone { no, shop, at: now }]),
                Some(Some(_)) => Err(Refusal::Already),
                None => Err(Refusal::Unknown { what: "shop" }),
            }
        }
        Command::RecordClaim {
            claimant,
            words,
            by: name,
        } => {
            staff(by)?;
            record_claim(project, (&claimant, &words), &name, now)
        }
        Command::WithdrawClaim { no, by: name } => {
            staff(by)?;
            let mut open = project.open_claims();
            if !open.any(|claim| claim.no == no) {
                return Err(Refusal::Unknown { what: "claim" });
            }
            let by = line(&name, "the name")?;
            Ok(vec![Event::ClaimWithdrawn { no, by, at: now }])
        }
        _ => Err(out_of_order(project)),
    }
}

fn keep_cover(project: &Project, cover: Cover, now: UnixMs) -> Result<Vec<Event>, Refusal> {
    let same = |known: &Cover| known.object == cover.object;
    if project.cover.as_ref().is_some_and(same) {
        return Err(Refusal::Already);
    }
    Ok(vec![Event::CoverKept(Cover {
        file_name: line(&cover.file_name, "the cover's name")?,
        by: line(&cover.by, "the name")?,
        at: now,
        ..cover
    })])
}

fn record_claim(
    project: &Project,
    (claimant, words): (&str, &str),
    name: &str,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    Ok(vec![Event::RightsClaimed(RightsClaim {
        no: next_no(project.claims.len())?,
        claimant: line(claimant, "who claims")?,
        words: text(words, "what is claimed")?,
        by: line(name, "the name")?,
        at: now,
        withdrawn_at: None,
    })])
}

fn next_no(count: usize) -> Result<u32, Refusal> {
    let no = u32::try_from(count + 1).ok().filter(|_| count < MOST);
    no.ok_or(Refusal::TooLong {
        what: "this order",
        limit: MOST,
    })
}

/// While its links live, a release keeps what shops know it by, and its songs.
fn stays_tied(project: &Project, after: &Release) -> Result<(), Refusal> {
    let Some(before) = project
        .release
        .as_ref()
        .filter(|_| project.is_being_removed())
    else {
        return Ok(());
    };
    let known_by = |r: &Release| {
        (
            r.kind,
            r.ean.clone(),
            r.catalogue_no.clone(),
            r.label.clone(),
        )
    };
    if known_by(before) == known_by(after) {
        Ok(())
    } else {
        Err(Refusal::TiedToItsRelease)
    }
}

/// Codes are for what has none, and each song gets its own.
fn may_take(project: &Project, codes: &[Allotment]) -> Result<(), Refusal> {
    let release = project.release.clone().unwrap_or_default();
    let mut given = BTreeSet::new();
    for code in codes {
        let is_open = match (code.code_kind, &code.track) {
            (CodeKind::Isrc, Some(track)) => {
                let track = project.track(track);
                let track = track.ok_or(Refusal::Unknown { what: "song" })?;
                track.isrc.is_empty()
            }
            (CodeKind::Ean, None) => release.ean.is_empty(),
            (CodeKind::CatalogueNo, None) => release.catalogue_no.is_empty(),
            (CodeKind::Isrc, None) | (CodeKind::Ean | CodeKind::CatalogueNo, Some(_)) => {
                return Err(Refusal::Unknown { what: "song" });
            }
        };
        if !is_open || !given.insert((code.code_kind, code.track.clone())) {
            return Err(Refusal::Already);
        }
    }
    if codes.is_empty() {
        return Err(Refusal::Already);
    }
    Ok(())
}

fn withdraw_removal(
    project: &Project,
    no: u32,
    name: &str,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let mut open = project.removals.iter().filter(|r| !r.is_done());
    if !open.any(|removal| removal.no == no) {
        return Err(Refusal::Unknown {
            what: "removal that is under way",
        });
    }
    let by = line(name, "the name")?;
    Ok(vec![Event::RemovalWithdrawn { no, by, at: now }])
}

fn ask_removal(
    project: &Project,
    shops: BTreeSet<String>,
    reason: &str,
    name: &str,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let missing = Refusal::Unknown { what: "release" };
    let release = project.release.as_ref().ok_or(missing)?;
    // Without a list it is every shop that the release lies in.
    let asked = if shops.is_empty() {
        release.shops.clone()
    } else {
        shops
    };
    if asked.is_empty() || !asked.is_subset(&release.shops) {
        return Err(Refusal::Unknown {
            what: "shop on the release's list",
        });
    }
    let mut removals = project.removals.iter().flat_map(Removal::taken_out);
    if removals.any(|shop| asked.contains(shop)) {
        return Err(Refusal::Already);
    }
    let shops: BTreeMap<String, Option<UnixMs>> = asked.into_iter().map(|s| (s, None)).collect();
    Ok(vec![Event::RemovalAsked(Removal {
        no: next_no(project.removals.len())?,
        shops,
        reason: line(reason, "the reason")?,
        cost: project.removal_cost(now),
        by: line(name, "the name")?,
        at: now,
        withdrawn_at: None,
    })])
}
