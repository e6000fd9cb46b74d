//! Attachments: a booklet and videos that go along with a release, and what people say of them and of the cover.

use super::permit::{house, line, not_gone, staff_or_client};
use crate::attachments::{
    Attachment, AttachmentCommand, AttachmentEvent, AttachmentKind, Tick, TickPoint,
};
use crate::event::Event;
use crate::ids::{ObjectSum, TrackId, UnixMs};
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::release::read_isrc;

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
        AttachmentCommand::Propose(attachment) => {
            house(by)?;
            not_gone(project)?;
            AttachmentEvent::Proposed(Box::new(propose(project, *attachment, now)?))
        }
        AttachmentCommand::Take { no, song, by: name } => {
            staff_or_client(project, by)?;
            not_gone(project)?;
            taken(project, (no, song), &name, now)?
        }
        AttachmentCommand::Code { no, isrc, by: name } => {
            staff_or_client(project, by)?;
            coded(project, (no, &isrc), &name, now)?
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
            if !project.attachment(no).is_some_and(Attachment::is_proposed) {
                standing(project, no)?;
            }
            let by = line(&name, "the name")?;
            AttachmentEvent::Removed { no, by, at: now }
        }
    };
    Ok(vec![Event::Attachment(event)])
}

fn keep(project: &Project, given: Attachment, now: UnixMs) -> Result<Attachment, Refusal> {
    let song = song_for(project, given.kind, given.song.as_ref())?;
    not_there(project, (given.kind, song.as_ref()), &given.object)?;
    Ok(Attachment {
        song,
        is_waiting: false,
        ..numbered(project, given, now)?
    })
}

/// What came in the dropbox; the same file is proposed once, until somebody has said what becomes of it.
fn propose(project: &Project, given: Attachment, now: UnixMs) -> Result<Attachment, Refusal> {
    let here = |one: &&Attachment| one.is_proposed() || one.stands();
    let mut known = project.attachments.iter().filter(here);
    if known.any(|one| one.kind == given.kind && one.object == given.object) {
        return Err(Refusal::Already);
    }
    Ok(Attachment {
        song: None,
        is_waiting: true,
        ..numbered(project, given, now)?
    })
}

/// The song that a proposed video is taken for.
fn taken(
    project: &Project,
    (no, song): (u32, Option<TrackId>),
    name: &str,
    now: UnixMs,
) -> Result<AttachmentEvent, Refusal> {
    let one = project.attachment(no).ok_or(Refusal::Unknown {
        what: "booklet or video",
    })?;
    if !one.is_proposed() {
        return Err(Refusal::Already);
    }
    let song = song_for(project, one.kind, song.as_ref())?;
    not_there(project, (one.kind, song.as_ref()), &one.object)?;
    Ok(AttachmentEvent::Taken {
        no,
        song,
        by: line(name, "the name")?,
        at: now,
    })
}

/// A video's own code, which no recording and no other video of the order has.
fn coded(
    project: &Project,
    (no, isrc): (u32, &str),
    name: &str,
    now: UnixMs,
) -> Result<AttachmentEvent, Refusal> {
    let video = standing(project, no)?;
    if video.kind != AttachmentKind::Video {
        return Err(Refusal::Unknown { what: "video" });
    }
    let isrc = read_isrc(isrc)?;
    if isrc == video.isrc {
        return Err(Refusal::Already);
    }
    let songs = project.tracks.iter().map(|track| &track.isrc);
    let videos = project.attached(AttachmentKind::Video);
    let videos = videos.filter(|one| one.no != no).map(|one| &one.isrc);
    if !isrc.is_empty() && songs.chain(videos).any(|other| *other == isrc) {
        return Err(Refusal::IsrcTwice { isrc });
    }
    Ok(AttachmentEvent::Coded {
        no,
        isrc,
        by: line(name, "the name")?,
        at: now,
    })
}

/// A booklet is of no song, a video of one.
fn song_for(
    project: &Project,
    kind: AttachmentKind,
    song: Option<&TrackId>,
) -> Result<Option<TrackId>, Refusal> {
    match (kind, song) {
        (AttachmentKind::Booklet, None) => Ok(None),
        (AttachmentKind::Video, Some(song)) if project.track(song).is_some() => {
            Ok(Some(song.clone()))
        }
        (AttachmentKind::Video | AttachmentKind::Booklet, _) => {
            Err(Refusal::Unknown { what: "song" })
        }
    }
}

fn not_there(
    project: &Project,
    (kind, song): (AttachmentKind, Option<&TrackId>),
    object: &ObjectSum,
) -> Result<(), Refusal> {
    let mut same = project.attached(kind);
    if same.any(|one| one.song.as_ref() == song && one.object == *object) {
        return Err(Refusal::Already);
    }
    Ok(())
}

fn numbered(project: &Project, given: Attachment, now: UnixMs) -> Result<Attachment, Refusal> {
    if project.attachments.len() >= MOST {
        return Err(Refusal::TooLong {
            what: "this order",
            limit: MOST,
        });
    }
    Ok(Attachment {
        no: u32::try_from(project.attachments.len() + 1).unwrap_or(u32::MAX),
        file_name: line(&given.file_name, "the file's name")?,
        by: line(&given.by, "the name")?,
        at: now,
        read: None,
        gone_at: None,
        isrc: String::new(),
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
