//! What is true after something about people, listening, faults or the keeping was decided.

use crate::event::Event;
use crate::project::Project;
use crate::retention::{DeletionAsked, RetentionHold};

pub(super) fn change(project: &mut Project, event: &Event) {
    match event {
        Event::LaneChosen { lane, .. } => project.lane = *lane,
        Event::LastWordNamed { voice, .. } => project.last_word = Some(voice.clone()),
        Event::FeeDue { at } => project.fee_due_at = Some(*at),
        Event::Listened(listened) => {
            project
                .listened
                .retain(|l| l.person != listened.person || l.audible != listened.audible);
            project.listened.push(listened.clone());
        }
        Event::PreviewChosen { form, .. } => project.preview = *form,
        Event::TrackMarked {
            track,
            isrc,
            credits,
        } => {
            if let Some(track) = project.tracks.iter_mut().find(|t| &t.id == track) {
                track.isrc.clone_from(isrc);
                track.credits.clone_from(credits);
            }
        }
        // The round that follows is an event of its own.
        Event::FaultFound { .. } => {
            // What is made again is listened to again; what should change is asked then.
            super::asked::end_open_request(project);
            project.approval = None;
            project.finals.clear();
            project.offered_at = None;
        }
        Event::HoldPlaced { reason, by, at } => {
            project.retention_hold = Some(RetentionHold {
                reason: reason.clone(),
                by: by.clone(),
                at: *at,
            });
        }
        Event::HoldLifted { .. } => project.retention_hold = None,
        Event::RetentionExtended { due, .. } => {
            if let Some(archive) = &mut project.archive {
                archive.due = *due;
            }
        }
        Event::DeletionAsked { reason, by, at } => {
            project.deletion = Some(DeletionAsked {
                reason: reason.clone(),
                by: by.clone(),
                at: *at,
                confirmed: None,
            });
        }
        Event::DeletionConfirmed { person, by, .. } => {
            if let Some(asked) = &mut project.deletion {
                asked.confirmed = Some((person.clone(), by.clone()));
            }
        }
        Event::DeletionWithdrawn { .. } => project.deletion = None,
        _ => {}
    }
}
