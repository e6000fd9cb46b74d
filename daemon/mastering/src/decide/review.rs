//! The client's ear: comments, what was listened to, the approval, and a fault found after it.

use std::collections::BTreeMap;

use super::permit::{
    client, known_track, last_word, line, not_gone, out_of_order, staff, staff_or_client, text,
};
use super::rounds::next_revision;
use crate::command::CommentOn;
use crate::event::Event;
use crate::ids::{CommentId, RevisionNo, SampleSum, TrackId, UnixMs};
use crate::listening::{Audible, Heard, Listened};
use crate::programme::Passage;
use crate::project::{Actor, Project, Stage};
use crate::refusal::Refusal;
use crate::revision::{ApprovalHow, Consent};

/// Something said about a moment or a passage.
pub(super) struct Said<'s> {
    pub(super) id: CommentId,
    pub(super) revision: RevisionNo,
    pub(super) on: CommentOn,
    pub(super) position_ms: u64,
    pub(super) until_ms: Option<u64>,
    pub(super) words: &'s str,
    pub(super) name: &'s str,
}

fn was_sent(project: &Project, revision: RevisionNo) -> bool {
    let round = project.revisions.get(&revision);
    round.is_some_and(|r| r.sent_at.is_some())
}

pub(super) fn comment(
    project: &Project,
    said: Said<'_>,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff_or_client(project, by)?;
    if !was_sent(project, said.revision) {
        return Err(Refusal::Unknown { what: "revision" });
    }
    if said.until_ms.is_some_and(|until| until <= said.position_ms) {
        return Err(Refusal::PassageEndsFirst);
    }
    let passage = match said.on {
        CommentOn::Song(track) => {
            known_track(project, &track)?;
            Passage {
                track,
                from_ms: said.position_ms,
                until_ms: said.until_ms,
            }
        }
        CommentOn::Disc(disc) => project
            .passage_under(said.revision, disc, (said.position_ms, said.until_ms))
            .ok_or(Refusal::Unknown { what: "disc" })?,
    };
    Ok(vec![Event::Commented {
        id: said.id,
        revision: said.revision,
        track: passage.track,
        position_ms: passage.from_ms,
        until_ms: passage.until_ms,
        words: text(said.words, "the comment")?,
        by: line(said.name, "the name")?,
        at: now,
    }])
}

/// Records that somebody of the client's side listened; only what adds to what is known.
pub(super) fn listen(
    project: &Project,
    audible: Audible,
    heard: Heard,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let person = client(project, by)?;
    let is_there = match &audible {
        Audible::Master { revision, track } => {
            was_sent(project, *revision) && project.song_or_alternate(track).is_some()
        }
        Audible::Disc { revision, disc } => {
            let made = project
                .revisions
                .get(revision)
                .and_then(|r| r.made.as_ref());
            let discs = made.map_or(0, |made| made.discs.len());
            was_sent(project, *revision)
                && usize::try_from(*disc).is_ok_and(|disc| (1..=discs).contains(&disc))
        }
        Audible::Mix { mix } => project.mixes.contains_key(mix),
        Audible::Final { track, format } => project
            .finals
            .iter()
            .any(|f| &f.track == track && f.format == *format),
    };
    if !is_there {
        return Err(Refusal::Unknown { what: "recording" });
    }
    let known = project
        .listened
        .iter()
        .any(|l| l.person == person && l.audible == audible && l.heard >= heard);
    if known {
        return Err(Refusal::Already);
    }
    Ok(vec![Event::Listened(Listened {
        person,
        audible,
        heard,
        at: now,
    })])
}

/// The client's yes.
pub(super) struct Yes<'y> {
    pub(super) revision: RevisionNo,
    pub(super) name: &'y str,
    pub(super) wording: &'y str,
    pub(super) samples: BTreeMap<TrackId, SampleSum>,
}

pub(super) fn approve(
    project: &Project,
    yes: Yes<'_>,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    let person = last_word(project, by)?;
    match project.stage {
        Stage::InReview { revision } if revision == yes.revision => {}
        // A project that the calendar completed can still be approved as it was last heard.
        Stage::Completed { revision } | Stage::Archived { revision }
            if revision == yes.revision && project.approval.is_none() =>
        {
            not_gone(project)?;
        }
        Stage::Intake
        | Stage::Mastering { .. }
        | Stage::InReview { .. }
        | Stage::Adjusting { .. }
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => return Err(out_of_order(project)),
    }
    let round = project
        .revisions
        .get(&yes.revision)
        .ok_or(Refusal::Unknown { what: "revision" })?;
    if round.sample_sums() != yes.samples {
        return Err(Refusal::NotWhatWasHeard(yes.revision));
    }
    Ok(vec![Event::Approved {
        revision: yes.revision,
        name: line(yes.name, "the name")?,
        person: Some(person),
        wording: text(yes.wording, "the wording")?,
        samples: yes.samples,
        discs: round.disc_sums(),
        at: now,
        consent: Consent {
            how: ApprovalHow::ByPerson,
            listened: project.listened.clone(),
            unheard: project.unheard(yes.revision),
            rounds_unused: project.rounds_left(),
        },
    }])
}

/// A technical fault in what was approved: made again, free, and no round is counted.
pub(super) fn report_fault(
    project: &Project,
    words: &str,
    name: &str,
    by: &Actor,
    now: UnixMs,
) -> Result<Vec<Event>, Refusal> {
    staff(by)?;
    let (Some(_), Some(revision)) = (&project.approval, project.stage.revision()) else {
        return Err(out_of_order(project));
    };
    not_gone(project)?;
    let words = line(words, "the fault")?;
    Ok(vec![
        Event::FaultFound {
            words: words.clone(),
            by: line(name, "the name")?,
            at: now,
        },
        next_revision(project, revision, (words, None), now)?,
    ])
}
