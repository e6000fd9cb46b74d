//! What is true after something became of an attachment.

use crate::attachments::AttachmentEvent;
use crate::project::Project;

pub(super) fn change(project: &mut Project, event: &AttachmentEvent) {
    match event {
        AttachmentEvent::Kept(kept) => {
            let mut before = project.attachments.iter_mut();
            let before =
                before.find(|one| one.stands() && (one.kind, &one.song) == (kept.kind, &kept.song));
            if let Some(before) = before {
                before.gone_at = Some(kept.at);
            }
            project.attachments.push((**kept).clone());
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
