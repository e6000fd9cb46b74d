//! Attachments: a booklet and videos that go along with a release, and what people say of them and of the cover.

use super::permit::{house, line, not_gone, staff_or_client};
use crate::attachments::{
    Attachment, AttachmentCommand, AttachmentEvent, AttachmentKind, Tick, TickPoint,
};
use crate::event::Event;
use crate::ids::UnixMs;
use crate::project::{Actor, Project};
use crate::refusal::Refusal;

/// Attachments that one order may hold, those replaced among them.
const MOST: usize = 500;

pub(super) fn decide(
    project: &Project,
    command: AttachmentCommand,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let event = match command {
        AttachmentCommand::Keep(attachment) => {
            staff_or_client(project, by)?;
            not_gone(project)?;
            AttachmentEvent::Kept(Box::new(keep(project, *attachment, now)?))
        }
        AttachmentCommand::Record { no, read } => {
            house(by)?;
            standing(project, no)?;
            AttachmentEvent::Read {
                no,
                read: crate::attachments::AttachmentRead { at: now, ..read },
            }
        }
        AttachmentCommand::Tick {
            no,
            point,
            by: name,
        } => {
            staff_or_client(project, by)?;
            let tick = tick(project, no, (point, &name), now)?;
            if project.tick(&tick.object, point).is_some() {
                return Err(Refusal::Already);
            }
            AttachmentEvent::Ticked { no, tick }
        }
        AttachmentCommand::TakeBack {
            no,
            point,
            by: name,
        } => {
            staff_or_client(project, by)?;
            let tick = tick(project, no, (point, &name), now)?;
            if project.tick(&tick.object, point).is_none() {
                return Err(Refusal::Already);
            }
            AttachmentEvent::TickTakenBack { no, tick }
        }
        AttachmentCommand::Remove { no, by: name } => {
            staff_or_client(project, by)?;
            standing(project, no)?;
            let by = line(&name, "the name")?;
            AttachmentEvent::Removed { no, by, at: now }
        }
    };
    Ok(vec![Event::Attachment(event)])
}

fn keep(project: &Project, given: Attachment, now: UnixMs) -> Result<Attachment, Refusal> {
    let song = match (given.kind, &given.song) {
        (AttachmentKind::Booklet, None) => None,
        (AttachmentKind::Video, Some(song)) if project.track(song).is_some() => Some(song.clone()),
        (AttachmentKind::Video | AttachmentKind::Booklet, _) => {
            return Err(Refusal::Unknown { what: "song" });
        }
    };
    let mut same = project.attached(given.kind);
    if same.any(|one| one.song == song && one.object == given.object) {
        return Err(Refusal::Already);
    }
    if project.attachments.len() >= MOST {
        return Err(Refusal::TooLong {
            what: "this order",
            limit: MOST,
        });
    }
    Ok(Attachment {
        no: u32::try_from(project.attachments.len() + 1).unwrap_or(u32::MAX),
        song,
        file_name: line(&given.file_name, "the file's name")?,
        by: line(&given.by, "the name")?,
        at: now,
        read: None,
        gone_at: None,
        ..given
    })
}

fn standing(project: &Project, no: u32) -> Result<&Attachment, Refusal> {
    let known = project.attachment(no).filter(|one| one.stands());
    known.ok_or(Refusal::Unknown {
        what: "booklet or video",
    })
}

/// A tick on what it can be set on.
fn tick(
    project: &Project,
    no: Option<u32>,
    (point, name): (TickPoint, &str),
    now: UnixMs,
) -> Result<Tick, Refusal> {
    let (object, points) = match no {
        None => {
            let cover = project.cover.as_ref();
            let cover = cover.ok_or(Refusal::Missing { what: "the cover" })?;
            (cover.object.clone(), TickPoint::OF_COVER.to_vec())
        }
        Some(no) => {
            let attachment = standing(project, no)?;
            (attachment.object.clone(), attachment.points())
        }
    };
    if !points.contains(&point) {
        return Err(Refusal::Unknown {
            what: "point of that tick list",
        });
    }
    Ok(Tick {
        object,
        point,
        by: line(name, "the name")?,
        at: now,
    })
}
