//! Mixes arriving, and the moment when all are there.

use std::collections::{BTreeMap, BTreeSet};

use super::permit::{
    current_mix, house, in_stage, known_song_or_alternate, line, staff, working_revision,
};
use crate::event::Event;
use crate::ids::{MixId, RevisionNo, TrackId, UnixMs};
use crate::mix::{FindingLine, Mix, MixRole, Showing};
use crate::project::{Actor, Project, Stage};
use crate::refusal::Refusal;
use crate::track_name::{title_from_file_name, track_key};

pub(super) fn receive_mix(project: &Project, mix: Mix, by: &Actor) -> Result<Vec<Event>, Refusal> {
    house(by)?;
    if project.mixes.contains_key(&mix.id) {
        return Err(Refusal::Already);
    }
    in_stage(project, |s| {
        !matches!(s, Stage::Completed { .. } | Stage::Archived { .. })
    })?;
    let name = track_key(&mix.path);
    let title = title_from_file_name(&mix.file_name);
    // In the intake a later version of the same file takes the earlier one's place; afterwards a
    // new file is new work, and a person gives it its place.
    let mut events = Vec::new();
    if matches!(project.stage, Stage::Intake) {
        let rivals = project
            .mixes
            .values()
            .filter(|m| m.is_current() && came_as(project, m) == mix.role)
            .filter(|m| track_key(&m.path).key == name.key);
        for rival in rivals {
            let (older, newer) = if track_key(&rival.path).version > name.version {
                (&mix.id, &rival.id)
            } else {
                (&rival.id, &mix.id)
            };
            events.push(Event::MixSuperseded {
                mix: older.clone(),
                by: newer.clone(),
            });
        }
    }
    events.insert(
        0,
        Event::MixReceived {
            mix: Box::new(mix),
            title,
            key: name.key,
            version: name.version,
        },
    );
    Ok(events)
}

/// What a mix was before somebody named it as an alternate.
fn came_as(project: &Project, mix: &Mix) -> MixRole {
    let named = mix.track.as_ref().and_then(|id| project.alternate(id));
    named.map_or(mix.role, |other| other.came_as.role())
}

/// Records a comparison; of a set that has changed since, it says nothing any more.
pub(super) fn record_set(
    project: &Project,
    findings: BTreeMap<MixId, Vec<FindingLine>>,
    showing: Showing,
    by: &Actor,
) -> Result<Vec<Event>, Refusal> {
    house(by)?;
    let set = project.set_to_compare().ok_or(Refusal::Already)?;
    if !findings.keys().eq(&set) {
        return Err(Refusal::Already);
    }
    let now = |mix: &Mix| findings.get(&mix.id).map_or(&[][..], Vec::as_slice);
    let changed = project
        .mixes
        .values()
        .filter(|mix| now(mix) != mix.set_findings)
        .map(|mix| mix.id.clone())
        .collect();
    Ok(vec![Event::SetCompared {
        findings,
        changed,
        showing,
    }])
}

/// Lets the client read what was held back.
pub(super) fn release_findings(
    project: &Project,
    name: &str,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let mixes: BTreeSet<MixId> = project
        .mixes
        .values()
        .filter(|m| m.is_held_back())
        .map(|m| m.id.clone())
        .collect();
    if mixes.is_empty() {
        return Err(Refusal::Already);
    }
    Ok(vec![Event::FindingsReleased {
        mixes,
        by: line(name, "the name")?,
        at: now,
    }])
}

pub(super) fn close_intake(project: &Project) -> Result<Vec<Event>, Refusal> {
    let all = project.main_mixes().count();
    if all == 0 {
        return Err(Refusal::NoMixes);
    }
    let waiting = project.unverified().count();
    if waiting > 0 {
        let all = project
            .mixes
            .values()
            .filter(|m| m.role != MixRole::Reference && m.is_current())
            .count();
        return Err(Refusal::Unverified { waiting, all });
    }
    if project.set_to_compare().is_some() {
        return Err(Refusal::StillArriving);
    }
    Ok(vec![Event::IntakeClosed {
        order: order_by_path(project),
    }])
}

pub(super) fn take_up(
    project: &Project,
    mix: crate::ids::MixId,
    track: TrackId,
    by: &Actor,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let known = current_mix(project, &mix)?;
    if !known.is_verified() {
        return Err(Refusal::Unverified { waiting: 1, all: 1 });
    }
    known_song_or_alternate(project, &track)?;
    let waits = |no: &RevisionNo| {
        let round = project.revisions.get(no);
        round.is_some_and(|round| round.master(&track).is_none())
    };
    let revision = match project.stage {
        // What could not be brought to its song gets another file while it is awaited.
        Stage::Mastering { revision }
            if project.alternate(&track).is_some() && waits(&revision) =>
        {
            revision
        }
        _ => working_revision(project)?,
    };
    let old = project.song_or_alternate(&track).map(|t| t.mix.clone());
    let mut events = vec![Event::MixTakenUp {
        revision: Some(revision),
        track,
        mix: mix.clone(),
    }];
    if let Some(old) = old.filter(|old| old != &mix) {
        events.push(Event::MixSuperseded { mix: old, by: mix });
    }
    Ok(events)
}

pub(super) fn order_by_path(project: &Project) -> Vec<TrackId> {
    let path = |id: &crate::ids::MixId| project.mixes.get(id).map(|m| m.path.to_lowercase());
    let mut tracks: Vec<_> = project.tracks.iter().collect();
    tracks.sort_by_key(|t| path(&t.mix));
    tracks.into_iter().map(|t| t.id.clone()).collect()
}
