//! Who may, when, and with which words.

use crate::ids::{PersonId, RevisionNo, TrackId, UnixMs};
use crate::mix::Mix;
use crate::project::{Actor, Project, Stage};
use crate::refusal::Refusal;

/// Longest comment or request, in characters.
const WORDS_LIMIT: usize = 4_000;
/// Longest title, name or reason, in characters.
const LINE_LIMIT: usize = 300;

pub(super) fn in_stage(
    project: &Project,
    is_right: impl Fn(&Stage) -> bool,
) -> Result<(), Refusal> {
    if is_right(&project.stage) {
        Ok(())
    } else {
        Err(out_of_order(project))
    }
}

pub(crate) fn house(by: &Actor) -> Result<(), Refusal> {
    match by {
        Actor::House => Ok(()),
        Actor::Staff { .. } | Actor::Client { .. } => Err(Refusal::NotYours {
            who: "Lacquer itself",
        }),
    }
}

pub(crate) fn staff(by: &Actor) -> Result<(), Refusal> {
    match by {
        Actor::Staff { .. } => Ok(()),
        Actor::House | Actor::Client { .. } => Err(Refusal::NotYours { who: "the studio" }),
    }
}

pub(crate) fn staff_or_house(by: &Actor) -> Result<(), Refusal> {
    match by {
        Actor::Staff { .. } | Actor::House => Ok(()),
        Actor::Client { .. } => Err(Refusal::NotYours { who: "the studio" }),
    }
}

/// The very person, where they act for the client of this order.
pub(super) fn client(project: &Project, by: &Actor) -> Result<PersonId, Refusal> {
    match by {
        Actor::Client { account, person } if account == &project.client => Ok(person.clone()),
        Actor::Client { .. } | Actor::Staff { .. } | Actor::House => Err(Refusal::NotYours {
            who: "the client of this order",
        }),
    }
}

/// The one of the client's people who asks for rounds and approves.
pub(super) fn last_word(project: &Project, by: &Actor) -> Result<PersonId, Refusal> {
    let person = client(project, by)?;
    match &project.last_word {
        Some(voice) if voice.person != person => Err(Refusal::LastWord {
            name: voice.name.clone(),
        }),
        Some(_) | None => Ok(person),
    }
}

pub(super) fn staff_or_last_word(project: &Project, by: &Actor) -> Result<(), Refusal> {
    match by {
        Actor::Staff { .. } => Ok(()),
        Actor::Client { .. } | Actor::House => last_word(project, by).map(|_| ()),
    }
}

pub(super) fn staff_or_client(project: &Project, by: &Actor) -> Result<(), Refusal> {
    match by {
        Actor::Staff { .. } => Ok(()),
        Actor::Client { .. } | Actor::House => client(project, by).map(|_| ()),
    }
}

/// Nothing that is needed to work on it has left yet.
pub(super) fn not_gone(project: &Project) -> Result<(), Refusal> {
    let gone = project
        .archive
        .as_ref()
        .is_some_and(|a| a.working_gone_at.is_some() || a.all_gone_at.is_some());
    if gone {
        return Err(Refusal::WorkingFilesGone);
    }
    Ok(())
}

pub(super) fn not_held(project: &Project) -> Result<(), Refusal> {
    match &project.retention_hold {
        Some(hold) => Err(Refusal::OnHold {
            reason: hold.reason.clone(),
        }),
        None => Ok(()),
    }
}

/// A release whose links still live keeps what is kept of it.
pub(super) fn not_tied(project: &Project) -> Result<(), Refusal> {
    if project.is_being_removed() {
        return Err(Refusal::TiedToItsRelease);
    }
    Ok(())
}

pub(crate) fn line(given: &str, what: &'static str) -> Result<String, Refusal> {
    limited(given, what, LINE_LIMIT)
}

pub(super) fn text(given: &str, what: &'static str) -> Result<String, Refusal> {
    limited(given, what, WORDS_LIMIT)
}

pub(super) fn limited(given: &str, what: &'static str, limit: usize) -> Result<String, Refusal> {
    let kept: String = given
        .trim()
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect();
    if kept.is_empty() {
        return Err(Refusal::Missing { what });
    }
    if kept.chars().count() > limit {
        return Err(Refusal::TooLong { what, limit });
    }
    Ok(kept)
}

pub(super) fn current_mix<'p>(
    project: &'p Project,
    mix: &crate::ids::MixId,
) -> Result<&'p Mix, Refusal> {
    project
        .mixes
        .get(mix)
        .filter(|m| m.is_current())
        .ok_or(Refusal::Unknown { what: "mix" })
}

pub(super) fn known_track(project: &Project, track: &TrackId) -> Result<(), Refusal> {
    project
        .track(track)
        .map(|_| ())
        .ok_or(Refusal::Unknown { what: "song" })
}

/// A song, or what goes beside one.
pub(super) fn known_song_or_alternate(project: &Project, track: &TrackId) -> Result<(), Refusal> {
    project
        .song_or_alternate(track)
        .map(|_| ())
        .ok_or(Refusal::Unknown { what: "song" })
}

pub(super) fn due(at: UnixMs, gone: Option<UnixMs>, now: UnixMs) -> Result<(), Refusal> {
    if gone.is_some() {
        return Err(Refusal::Already);
    }
    if now < at {
        return Err(Refusal::NotDue);
    }
    Ok(())
}

pub(super) fn out_of_order(project: &Project) -> Refusal {
    Refusal::OutOfOrder {
        stage: stage_in_words(&project.stage),
    }
}

pub(super) fn stage_in_words(stage: &Stage) -> &'static str {
    match stage {
        Stage::Intake => "taking in mixes",
        Stage::Mastering { .. } => "being mastered",
        Stage::InReview { .. } => "with the client for review",
        Stage::Adjusting { .. } => "being adjusted",
        Stage::Approved { .. } => "approved, its finals in the making",
        Stage::Delivered { .. } => "delivered",
        Stage::Completed { .. } => "complete",
        Stage::Archived { .. } => "in the archive",
    }
}

/// The revision whose plans and mixes may change now.
pub(super) fn working_revision(project: &Project) -> Result<RevisionNo, Refusal> {
    match project.stage {
        Stage::Adjusting { revision } => Ok(revision),
        Stage::Mastering { revision }
            if project
                .revisions
                .get(&revision)
                .is_some_and(|r| r.is_mastered()) =>
        {
            Ok(revision)
        }
        Stage::Intake
        | Stage::Mastering { .. }
        | Stage::InReview { .. }
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => Err(out_of_order(project)),
    }
}

/// A text that may be left out, cut to a line's length.
pub(crate) fn optional_line(given: &str) -> String {
    let kept = given.trim().chars().filter(|c| !c.is_control());
    kept.take(LINE_LIMIT).collect()
}
