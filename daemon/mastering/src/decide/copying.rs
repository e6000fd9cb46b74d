//! Label copy: what came, and what of it is entered.

use std::collections::BTreeMap;

use super::permit::{known_track, line, optional_line, staff_or_client};
use super::releasing;
use crate::command::Command;
use crate::event::Event;
use crate::ids::{TrackId, UnixMs};
use crate::label_copy::{
    LabelCopy, LabelCopyCommand, LabelCopyEvent, LabelCopySettled, SongEntered,
};
use crate::project::{Actor, Project};
use crate::refusal::Refusal;
use crate::release::read_isrc;

/// Label copies that one order may hold.
const MOST: usize = 1_000;

pub(super) fn decide(
    project: &Project,
    command: LabelCopyCommand,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    match command {
        LabelCopyCommand::Keep {
            file_name,
            object,
            by: name,
        } => {
            // What lay in the dropbox is kept by the house.
            if *by != Actor::House {
                staff_or_client(project, by)?;
            }
            let mut known = project.label_copies.iter();
            if known.any(|copy| copy.object == object && copy.settled.is_none()) {
                return Err(Refusal::Already);
            }
            let count = project.label_copies.len();
            let no = u32::try_from(count + 1).ok().filter(|_| count < MOST);
            let copy = LabelCopy {
                no: no.ok_or(Refusal::TooLong {
                    what: "this order",
                    limit: MOST,
                })?,
                file_name: line(&file_name, "the file's name")?,
                object,
                by: optional_line(&name),
                at: now,
                settled: None,
            };
            Ok(vec![Event::LabelCopy(LabelCopyEvent::Came(copy))])
        }
        LabelCopyCommand::Enter {
            no,
            release,
            songs,
            by: name,
        } => {
            staff_or_client(project, by)?;
            is_open(project, no)?;
            let mut events = entered(project, songs)?;
            if let Some(release) = release {
                let by_name = name.clone();
                let describe = Command::DescribeRelease {
                    release,
                    by: by_name,
                };
                match releasing::decide(project, describe, by, now) {
                    Ok(described) => events.extend(described),
                    Err(Refusal::Already) => {}
                    Err(refusal) => return Err(refusal),
                }
            }
            if events.is_empty() {
                return Err(Refusal::Already);
            }
            let settled = LabelCopySettled {
                is_entered: true,
                ..set_aside(&name, now)?
            };
            events.push(Event::LabelCopy(LabelCopyEvent::Settled { no, settled }));
            Ok(events)
        }
        LabelCopyCommand::SetAside { no, by: name } => {
            staff_or_client(project, by)?;
            is_open(project, no)?;
            let settled = set_aside(&name, now)?;
            let event = LabelCopyEvent::Settled { no, settled };
            Ok(vec![Event::LabelCopy(event)])
        }
    }
}

fn set_aside(name: &str, now: UnixMs) -> Result<LabelCopySettled, Refusal> {
    Ok(LabelCopySettled {
        is_entered: false,
        by: line(name, "the name")?,
        at: now,
    })
}

fn is_open(project: &Project, no: u32) -> Result<(), Refusal> {
    match project.label_copy(no) {
        None => Err(Refusal::Unknown { what: "label copy" }),
        Some(copy) if copy.settled.is_some() => Err(Refusal::Already),
        Some(_) => Ok(()),
    }
}

/// What changes of the songs, with one code for one recording when all of it is entered.
fn entered(project: &Project, songs: Vec<SongEntered>) -> Result<Vec<Event>, Refusal> {
    let mut codes: BTreeMap<&TrackId, String> = BTreeMap::new();
    let mut events = Vec::new();
    for song in &songs {
        known_track(project, &song.track)?;
        let track = project.track(&song.track);
        let track = track.ok_or(Refusal::Unknown { what: "song" })?;
        let isrc = song
            .isrc
            .as_ref()
            .map(|given| read_isrc(given))
            .transpose()?;
        let isrc = isrc.unwrap_or_else(|| track.isrc.clone());
        let credits = song.credits.as_ref();
        let credits = credits.map_or_else(|| track.credits.clone(), |given| optional_line(given));
        if isrc != track.isrc || credits != track.credits {
            let track = track.id.clone();
            codes.insert(&song.track, isrc.clone());
            events.push(Event::TrackMarked {
                track,
                isrc,
                credits,
            });
        }
        let title = song.title.as_ref();
        let title = title.map(|title| line(title, "the title")).transpose()?;
        if let Some(title) = title.filter(|title| *title != track.title) {
            let track = track.id.clone();
            events.push(Event::TrackNamed { track, title });
        }
    }
    let mut seen = BTreeMap::new();
    for track in &project.tracks {
        let isrc = codes.get(&track.id).unwrap_or(&track.isrc);
        if !isrc.is_empty() && seen.insert(isrc, &track.id).is_some() {
            return Err(Refusal::IsrcTwice { isrc: isrc.clone() });
        }
    }
    Ok(events)
}
