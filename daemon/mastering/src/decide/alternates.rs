//! Which tracks are alternates of a song: named by a person, and undone again.

use super::permit::{current_mix, line, out_of_order, staff};
use crate::beside::CameAs;
use crate::command::Command;
use crate::event::Event;
use crate::ids::{MixId, RevisionNo, TrackId, UnixMs};
use crate::mix::MixRole;
use crate::programme::AlternateRole;
use crate::project::{Actor, Project, Stage};
use crate::refusal::{NoAlternate, Refusal};

pub(super) fn decide(
    project: &Project,
    command: Command,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let revision = working(project)?;
    match command {
        Command::NameAlternate {
            mix,
            song,
            role,
            name,
            by: decided,
        } => {
            let track = track_of(project, &mix, revision)?;
            check_song(project, &track, &song)?;
            let name = called(role, name.as_deref())?;
            check_rival(project, (&track, &song), (role, name.as_deref()))?;
            Ok(vec![Event::AlternateNamed {
                track,
                mix,
                song,
                role,
                name,
                by: line(&decided, "the name")?,
                at: now,
            }])
        }
        Command::UnnameAlternate { track, by: decided } => {
            let known = project.alternate(&track);
            let known = known.ok_or(Refusal::Unknown { what: "alternate" })?;
            match known.came_as {
                CameAs::Song => {}
                // It is nothing then that a programme could name.
                CameAs::Alternate | CameAs::New => not_in_programme(project, &track)?,
            }
            Ok(vec![Event::AlternateUnnamed {
                track,
                by: line(&decided, "the name")?,
                at: now,
            }])
        }
        _ => Err(out_of_order(project)),
    }
}

impl Project {
    /// Whether what goes beside songs may be named and taken away now.
    #[must_use]
    pub fn may_name_alternates(&self) -> bool {
        working(self).is_ok()
    }
}

/// The revision that is being worked on; none in the intake.
fn working(project: &Project) -> Result<Option<RevisionNo>, Refusal> {
    match project.stage {
        Stage::Intake => Ok(None),
        Stage::Adjusting { revision } | Stage::Mastering { revision } => Ok(Some(revision)),
        Stage::InReview { .. } => Err(NoAlternate::Heard.into()),
        Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => Err(out_of_order(project)),
    }
}

/// The track that a mix is, or opens.
fn track_of(
    project: &Project,
    mix: &MixId,
    revision: Option<RevisionNo>,
) -> Result<TrackId, Refusal> {
    let known = current_mix(project, mix)?;
    if known.role == MixRole::Reference {
        return Err(NoAlternate::Reference.into());
    }
    if known.audio.is_none() {
        return Err(Refusal::NoAudio);
    }
    // In the intake everything is verified before anything is mastered.
    if revision.is_some() && !known.is_verified() {
        return Err(Refusal::Unverified { waiting: 1, all: 1 });
    }
    let mut songs = project.tracks.iter();
    if let Some(song) = songs.find(|song| &song.mix == mix) {
        not_in_programme(project, &song.id)?;
        return match project.alternates_of(&song.id).next() {
            Some(_) => Err(NoAlternate::HasItsOwn(song.title.clone()).into()),
            None => Ok(song.id.clone()),
        };
    }
    let mut others = project.alternates.iter();
    match others.find(|other| &other.track.mix == mix) {
        Some(other) => Ok(other.track.id.clone()),
        None => Ok(mix.as_track()),
    }
}

/// Two of one name would be two files of one name.
fn check_rival(
    project: &Project,
    (track, song): (&TrackId, &TrackId),
    (role, name): (AlternateRole, Option<&str>),
) -> Result<(), Refusal> {
    let words = name.unwrap_or(role.words()).to_lowercase();
    let mut beside = project.alternates_of(song);
    match beside.find(|other| other.words().to_lowercase() == words) {
        Some(other) if &other.track.id != track => {
            Err(NoAlternate::There(other.words().to_owned()).into())
        }
        Some(other) if other.role == role && other.name.as_deref() == name => Err(Refusal::Already),
        Some(_) | None => Ok(()),
    }
}

fn check_song(project: &Project, track: &TrackId, song: &TrackId) -> Result<(), Refusal> {
    if track == song {
        return Err(NoAlternate::Own.into());
    }
    if project.alternate(song).is_some() {
        let title = project.called(song).unwrap_or_default();
        return Err(NoAlternate::OfAlternate(title).into());
    }
    let known = project.track(song);
    known.map(|_| ()).ok_or(Refusal::Unknown { what: "song" })
}

/// Its own name; a stem has one.
fn called(role: AlternateRole, name: Option<&str>) -> Result<Option<String>, Refusal> {
    let name = name.map(str::trim).filter(|name| !name.is_empty());
    if role == AlternateRole::Stem && name.is_none() {
        return Err(Refusal::Missing {
            what: "the stem's name",
        });
    }
    name.map(|name| line(name, "the alternate's name"))
        .transpose()
}

fn not_in_programme(project: &Project, track: &TrackId) -> Result<(), Refusal> {
    let is_there = project
        .programme()
        .is_some_and(|programme| project.programme_names(programme, track));
    if is_there {
        let title = project.called(track).unwrap_or_default();
        return Err(NoAlternate::InProgramme(title).into());
    }
    Ok(())
}
