//! The programme of a revision: set by a person, put together by the machine.

use std::collections::BTreeMap;

use super::permit::{house, in_stage, line, out_of_order, staff};
use crate::event::Event;
use crate::ids::{RevisionNo, SampleSum, TrackId, UnixMs};
use crate::programme::{Programme, ProgrammeMade};
use crate::project::{Actor, Project, Stage};
use crate::refusal::Refusal;

/// Sets the programme of the revision being worked on, also while its masters are made.
pub(super) fn set(
    project: &Project,
    given: &Programme,
    name: &str,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let (Stage::Adjusting { revision } | Stage::Mastering { revision }) = project.stage else {
        return Err(out_of_order(project));
    };
    let read = project.read_programme(given, revision);
    let read = read.map_err(Refusal::BadProgramme)?;
    let set = Event::ProgrammeSet {
        revision,
        programme: Box::new(read.programme),
        by: line(name, "the name")?,
        at: now,
    };
    let taken = read
        .taken
        .into_iter()
        .map(|(track, version)| Event::VersionTaken {
            revision,
            track,
            version,
        });
    let events: Vec<Event> = std::iter::once(set).chain(taken).collect();
    let mut after = project.clone();
    for event in &events {
        crate::apply::apply(&mut after, event);
    }
    if project.revisions.get(&revision) == after.revisions.get(&revision) {
        return Err(Refusal::Already);
    }
    // On the masters that the revision holds then.
    if let Some(programme) = after.programme() {
        let laid = after.lay_programme(programme, revision);
        laid.map_err(Refusal::BadProgramme)?;
    }
    Ok(events)
}

/// Takes what was put together, unless the programme or a master has changed since.
pub(super) fn record(
    project: &Project,
    revision: RevisionNo,
    (of, masters): &(Box<Programme>, BTreeMap<TrackId, SampleSum>),
    made: ProgrammeMade,
    by: &Actor,
) -> Result<Vec<Event>, Refusal> {
    house(by)?;
    in_stage(project, |stage| stage.revision() == Some(revision))?;
    let round = project.programme_to_make();
    let is_of_today = round.is_some_and(|round| {
        round.programme.as_ref() == Some(of) && round.master_sums() == *masters
    });
    if !is_of_today {
        // Newer work is on the list.
        return Err(Refusal::Already);
    }
    Ok(vec![Event::ProgrammeMade { revision, made }])
}
