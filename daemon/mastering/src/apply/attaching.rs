//! What is true after something became of an attachment.

use crate::attachments::{AttachmentEvent, AttachmentKind};
use crate::ids::{TrackId, UnixMs};
use crate::project::Project;

pub(super) fn change(project: &mut Project, event: &AttachmentEvent) {
    match event {
        AttachmentEvent::Kept(kept) => {
            make_room(project, (kept.kind, kept.song.as_ref()), kept.at);
            project.attachments.push((**kept).clone());
        }
        AttachmentEvent::Proposed(proposed) => project.attachments.push((**proposed).clone()),
        AttachmentEvent::Taken { no, song, at, .. } => {
            let Some(kind) = project.attachment(*no).map(|one| one.kind) else {
                return;
            };
            make_room(project, (kind, song.as_ref()), *at);
            if let Some(one) = project.attachments.iter_mut().find(|one| one.no == *no) {
                one.song.clone_from(song);
                one.is_waiting = false;
            }
        }
        AttachmentEvent::Coded { no, isrc, .. } => {
            if let Some(one) = project.attachments.iter_mut().find(|one| one.no == *no) {
                one.isrc.clone_from(isrc);
            }
        }
        AttachmentEvent::Read { no, read } => {
            if let Some(one) = project.attachments.iter_mut().find(|one| one.no == *no) {
                one.read = Some(read.clone());
            }
        }
        AttachmentEvent::Ticked { tick, .. } => project.ticks.push(tick.clone()),
        AttachmentEvent::TickTakenBack { tick, .. } => project
            .ticks
            .retain(|own| (&own.object, own.point) != (&tick.object, tick.point)),
        AttachmentEvent::Removed { no, at, .. } => {
            if let Some(one) = project.attachments.iter_mut().find(|one| one.no == *no) {
                one.gone_at = Some(*at);
            }
        }
    }
}

/// What stood for the same is taken out.
fn make_room(project: &mut Project, (kind, song): (AttachmentKind, Option<&TrackId>), at: UnixMs) {
    let mut before = project.attachments.iter_mut();
    let before = before.find(|one| one.stands() && (one.kind, one.song.as_ref()) == (kind, song));
    if let Some(before) = before {
        before.gone_at = Some(at);
    }
}
