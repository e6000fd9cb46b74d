//! Rounds of work: masters, references, requests, and the finals of an approval.

use std::collections::BTreeMap;

use super::permit::{
    house, known_song_or_alternate, known_track, line, out_of_order, staff, working_revision,
};
use crate::event::Event;
use crate::ids::{RevisionNo, SampleSum, TrackId, UnixMs};
use crate::master::{Final, Master, MasterOrigin};
use crate::project::{Actor, Hold, Project, Stage};
use crate::refusal::Refusal;
use crate::revision::{Revision, Version};

pub(super) fn first_revision(project: &Project, now: UnixMs) -> Event {
    let tracks = project
        .songs_and_alternates()
        .map(|t| {
            (
                t.id.clone(),
                Version {
                    mix: t.mix.clone(),
                    plan: None,
                    rack: None,
                    master: None,
                },
            )
        })
        .collect();
    Event::RevisionOpened {
        revision: RevisionNo::FIRST,
        reason: "first reference".to_owned(),
        tracks,
        request: None,
        at: now,
    }
}

/// The round after `heard`, with its reason and the request it answers, if it answers one.
pub(super) fn next_revision(
    project: &Project,
    heard: RevisionNo,
    (reason, request): (String, Option<u32>),
    now: UnixMs,
) -> Result<Event, Refusal> {
    let before = project
        .revisions
        .get(&heard)
        .ok_or(Refusal::Unknown { what: "revision" })?;
    Ok(Event::RevisionOpened {
        revision: heard.next(),
        reason,
        tracks: before.tracks.clone(),
        request,
        at: now,
    })
}

pub(super) fn start_mastering(project: &Project, by: &Actor) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let Stage::Adjusting { revision } = project.stage else {
        return Err(out_of_order(project));
    };
    let waiting = project.unverified().count();
    if waiting > 0 {
        return Err(Refusal::Unverified {
            waiting,
            all: project.mixes.len(),
        });
    }
    let round = project
        .revisions
        .get(&revision)
        .ok_or(Refusal::Unknown { what: "revision" })?;
    let before = project.revisions.values().rev().find(|r| r.no < revision);
    let is_as = |b: &&Revision| b.tracks == round.tracks && b.programme == round.programme;
    if let Some(before) = before.filter(is_as) {
        return Err(Refusal::NothingChanged(before.no));
    }
    project.may_master()?;
    if project.hold == Hold::Everything {
        return Err(Refusal::Unpaid {
            what: "mastering starts",
        });
    }
    Ok(vec![Event::MasteringStarted { revision }])
}

/// A song's way: printed through a chain of the rack, or rendered. It may still change while its master is awaited,
/// so that gear that broke holds nobody up.
pub(super) fn print_through(
    project: &Project,
    track: TrackId,
    chain: Option<String>,
    by: &Actor,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    known_track(project, &track)?;
    let version = |no: RevisionNo| project.revisions.get(&no)?.tracks.get(&track);
    let revision = match project.stage {
        Stage::Mastering { revision } if version(revision).is_some_and(|v| v.master.is_none()) => {
            revision
        }
        _ => working_revision(project)?,
    };
    if version(revision).is_some_and(|v| v.rack == chain) {
        return Err(Refusal::Already);
    }
    let chain = match chain {
        Some(name) => Some(line(&name, "the chain's name")?),
        None => None,
    };
    Ok(vec![Event::PrintChosen {
        revision,
        track,
        chain,
    }])
}

pub(super) fn record_master(
    project: &Project,
    revision: RevisionNo,
    track: TrackId,
    master: Master,
) -> Result<Vec<Event>, Refusal> {
    let version = project
        .revisions
        .get(&revision)
        .and_then(|r| r.tracks.get(&track))
        .ok_or(Refusal::Unknown {
            what: "song in this revision",
        })?;
    // What was made beside another master of the song is made again.
    let is_beside = |own: &SampleSum| {
        let song = project.alternate(&track).map(|other| &other.song);
        let round = project.revisions.get(&revision);
        song.zip(round)
            .and_then(|(song, round)| round.master(song))
            .is_some_and(|master| &master.samples == own)
    };
    let is_stale = match &master.origin {
        MasterOrigin::Beside { song, .. } => !is_beside(song),
        MasterOrigin::Rendered { .. } => project.alternate(&track).is_some(),
        MasterOrigin::Printed { .. } | MasterOrigin::Elsewhere { .. } => false,
    };
    if version.master.is_some() || is_stale {
        return Err(Refusal::Already);
    }
    Ok(vec![Event::MasterRecorded {
        revision,
        track,
        master,
    }])
}

/// A master made elsewhere becomes the next revision: of the round being worked on, or of a new one.
pub(super) fn receive_master(
    project: &Project,
    track: TrackId,
    master: Master,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    house(by)?;
    known_song_or_alternate(project, &track)?;
    let mut events = Vec::new();
    let revision = match project.stage {
        Stage::Adjusting { revision } | Stage::Mastering { revision } => revision,
        Stage::InReview { revision } => {
            events.push(next_revision(
                project,
                revision,
                ("a master made elsewhere".to_owned(), None),
                now,
            )?);
            revision.next()
        }
        Stage::Intake
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => return Err(out_of_order(project)),
    };
    events.push(Event::MasterRecorded {
        revision,
        track: track.clone(),
        master,
    });
    let others_are_done = events
        .iter()
        .find_map(|e| match e {
            Event::RevisionOpened { tracks, .. } => Some(tracks),
            _ => None,
        })
        .or_else(|| project.revisions.get(&revision).map(|r| &r.tracks))
        .is_some_and(|tracks| all_but(tracks, &track).all(|v| v.master.is_some()));
    if others_are_done && project.stage != (Stage::Mastering { revision }) {
        events.push(Event::MasteringStarted { revision });
    }
    Ok(events)
}

pub(super) fn all_but<'t>(
    tracks: &'t BTreeMap<TrackId, Version>,
    track: &'t TrackId,
) -> impl Iterator<Item = &'t Version> {
    tracks
        .iter()
        .filter(move |(id, _)| *id != track)
        .map(|(_, version)| version)
}

/// What is delivered is what was approved: files that claim to hold the approved samples must.
pub(super) fn record_finals(
    project: &Project,
    revision: RevisionNo,
    finals: Vec<Final>,
) -> Result<Vec<Event>, Refusal> {
    let approval = project
        .approval
        .as_ref()
        .ok_or_else(|| out_of_order(project))?;
    if finals.is_empty() {
        return Err(Refusal::Missing { what: "the finals" });
    }
    for file in &finals {
        let approved = approval.samples.get(&file.track).ok_or(Refusal::Unknown {
            what: "song in this approval",
        })?;
        if file.format.holds_approved_samples() && approved != &file.samples {
            return Err(Refusal::NotWhatWasApproved {
                file_name: file.file_name.clone(),
            });
        }
    }
    Ok(vec![Event::FinalsRecorded { revision, finals }])
}

/// Finals in formats that were ordered once the others were made: of the approved revision, each once.
pub(super) fn add_finals(
    project: &Project,
    revision: RevisionNo,
    finals: Vec<Final>,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    if project.finals.is_empty() || project.stage.revision() != Some(revision) {
        return Err(out_of_order(project));
    }
    let is_there = |file: &Final| {
        let is_it = |known: &Final| (&known.track, known.format) == (&file.track, file.format);
        project.finals.iter().any(is_it)
    };
    if finals.iter().any(is_there) {
        return Err(Refusal::Already);
    }
    let is_asked = |file: &Final| project.formats.contains(&file.format);
    if !finals.iter().all(is_asked) {
        return Err(Refusal::Unknown {
            what: "format in this order",
        });
    }
    // By the rules of all finals: of songs that were approved.
    record_finals(project, revision, finals.clone())?;
    Ok(vec![Event::FinalsAdded {
        revision,
        finals,
        at: now,
    }])
}
