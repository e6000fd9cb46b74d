//! What is true after a programme was set or put together.

use std::collections::BTreeSet;

use crate::event::Event;
use crate::ids::{RevisionNo, TrackId};
use crate::master::Master;
use crate::programme::{Disc, Programme, SongVersion};
use crate::project::Project;

pub(super) fn change(project: &mut Project, event: &Event) {
    match event {
        Event::ProgrammeSet {
            revision,
            programme,
            ..
        } => {
            let order = order_of(project, programme);
            super::put_in_order(project, &order);
            if let Some(round) = project.revisions.get_mut(revision) {
                round.programme = Some(programme.clone());
            }
        }
        Event::VersionTaken {
            revision,
            track,
            version,
        } => {
            if let Some(round) = project.revisions.get_mut(revision) {
                round.tracks.insert(track.clone(), version.clone());
            }
        }
        Event::ProgrammeMade { revision, made } => {
            if let Some(round) = project.revisions.get_mut(revision) {
                round.made = Some(made.clone());
            }
        }
        _ => {}
    }
}

/// Keeps each master of a song once, so that a later revision may hold it again.
pub(super) fn keep_version(project: &mut Project, revision: RevisionNo, track: &TrackId) {
    let round = project.revisions.get(&revision);
    let Some(version) = round.and_then(|round| round.tracks.get(track)).cloned() else {
        return;
    };
    let known = project.versions.entry(track.clone()).or_default();
    let is_known = |master: &Master| known.iter().any(|version| version.holds(master));
    if !version.master.as_ref().is_none_or(is_known) {
        known.push(SongVersion { revision, version });
    }
}

/// Its songs as they come first, so that numbers of finals follow it.
fn order_of(project: &Project, programme: &Programme) -> Vec<TrackId> {
    let mut seen = BTreeSet::new();
    let songs = programme.discs.iter().flat_map(Disc::songs);
    let tracks = songs.filter_map(|(_, song)| project.track_of(song));
    let tracks = tracks.filter(|track| seen.insert(track.id.clone()));
    tracks.map(|track| track.id.clone()).collect()
}

/// What was put together of other masters, or of another programme, is not the revision's any more.
pub(super) fn forget_what_was_made(project: &mut Project, revision: RevisionNo) {
    if let Some(round) = project.revisions.get_mut(&revision) {
        round.made = None;
    }
}

/// The revision whose masters or programme are others now.
pub(super) fn touched(event: &Event, project: &Project) -> Option<RevisionNo> {
    match event {
        // In the intake there is none, and what the client hears is not touched.
        Event::AlternateNamed { .. } | Event::AlternateUnnamed { .. } => project.stage.revision(),
        Event::ProgrammeSet { revision, .. }
        | Event::VersionTaken { revision, .. }
        | Event::PlanChanged { revision, .. }
        | Event::PrintChosen { revision, .. }
        | Event::MasterRecorded { revision, .. } => Some(*revision),
        Event::MixTakenUp { revision, .. } => *revision,
        _ => None,
    }
}
