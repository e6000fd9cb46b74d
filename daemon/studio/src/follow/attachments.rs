//! What follows from an attachment: it is read, and read again beside the master that was approved.

use mastering::{AttachmentEvent, AttachmentKind, AttachmentWeight, RevisionNo};
use vault::Write;

use super::Notices;
use crate::work::Work;

pub(super) fn follow(note: &Notices<'_>, event: &AttachmentEvent) -> Vec<Write> {
    match event {
        AttachmentEvent::Kept(kept) => reading(note, kept.no),
        AttachmentEvent::Taken { no, .. } => reading(note, *no),
        AttachmentEvent::Proposed(one) => {
            let said = format!(
                "{} came in the dropbox for {}, from {}: say on the page of its booklet and videos whether it goes along.",
                one.file_name, note.project.number, one.by
            );
            note.staff("attachment_proposed", &said)
        }
        AttachmentEvent::Read { no, .. } => {
            let broken = note.project.attachment(*no);
            let broken = broken.filter(|one| one.has(AttachmentWeight::Blocks));
            let said = broken.map(|one| {
                format!(
                    "The {} {} of {} breaks what shops ask of one; see its page.",
                    one.kind.words(),
                    one.file_name,
                    note.project.number
                )
            });
            said.map_or_else(Vec::new, |said| note.staff("attachment_broken", &said))
        }
        AttachmentEvent::Coded { .. }
        | AttachmentEvent::Ticked { .. }
        | AttachmentEvent::TickTakenBack { .. }
        | AttachmentEvent::Removed { .. } => Vec::new(),
    }
}

fn reading(note: &Notices<'_>, no: u32) -> Vec<Write> {
    let read = Work::ReadAttachment { no };
    vec![read.queue(&note.project.id, &no.to_string())]
}

/// Videos are laid beside the masters that were approved.
pub(super) fn approved(note: &Notices<'_>, revision: RevisionNo) -> Vec<Write> {
    let videos = note.project.attached(AttachmentKind::Video);
    let again = videos.map(|video| {
        let read = Work::ReadAttachment { no: video.no };
        read.queue(&note.project.id, &format!("{}:{revision}", video.no))
    });
    again.collect()
}
