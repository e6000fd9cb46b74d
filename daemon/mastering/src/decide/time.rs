//! What the calendar does by itself: warnings, windows that close, and silence.

use super::permit::house;
use crate::apply::apply;
use crate::calendar::Zone;
use crate::event::Event;
use crate::ids::{RevisionNo, UnixMs};
use crate::project::{Actor, Project, Stage};
use crate::refusal::Refusal;
use crate::revision::{ApprovalHow, Consent, Revision};
use crate::service::{Closing, Silence};
use crate::turns::Turn;

/// At most this much happens by time alone at once; the next tick goes on.
const MOST_AT_ONCE: usize = 16;

/// Everything that time alone brings about now.
pub(super) fn keep_time(project: &Project, by: &Actor, now: UnixMs) -> Result<Vec<Event>, Refusal> {
    house(by)?;
    let mut after = project.clone();
    let mut events = Vec::new();
    while let Some(event) = due_event(&after, now).filter(|_| events.len() < MOST_AT_ONCE) {
        apply(&mut after, &event);
        events.push(event);
    }
    Ok(events)
}

/// The next thing that time alone brings about, if its time has come.
pub(super) fn due_event(project: &Project, now: UnixMs) -> Option<Event> {
    rounds(project, now).or_else(|| silence(project, now))
}

fn earlier(zone: &Zone, at: UnixMs, days: u32) -> UnixMs {
    zone.days_earlier(at, days).unwrap_or(UnixMs::MIN)
}

/// Warnings before the time to ask is over, its end, and the completion that may follow from it.
fn rounds(project: &Project, now: UnixMs) -> Option<Event> {
    let Stage::InReview { revision } = project.stage else {
        return None;
    };
    let sent_at = project.revisions.get(&revision)?.sent_at?;
    let zone = &project.rules.time_zone;
    let Some(over) = project.rounds_over else {
        let ends = project.asking_ends()?;
        if now >= ends.since {
            return Some(Event::AskingEnded {
                over: ends,
                at: now,
            });
        }
        // One warning for each day that was passed, and only the nearest where several were.
        let days = project.rules.rounds.warn_days.iter().copied();
        let nearest = days
            .filter(|days| earlier(zone, ends.since, *days) >= sent_at)
            .find(|days| now >= earlier(zone, ends.since, *days))?;
        let is_told = project
            .asking_warned
            .is_some_and(|told| told.ends_at == ends.since && told.days <= nearest);
        return (!is_told && project.turn().turn == Turn::Listening).then_some(Event::AskingEnds {
            ends_at: ends.since,
            days: nearest,
            at: now,
        });
    };
    if project.rules.rounds.closing != Closing::Completes || project.turn().turn != Turn::Listening
    {
        return None;
    }
    // A round that was paid for after the end is listened to as long as any other.
    let listening = project.rules.rounds.ask_days.unwrap_or(0);
    let heard_by = zone
        .days_later(sent_at, listening)
        .and_then(|at| zone.end_of_day(at))
        .unwrap_or(UnixMs::MAX);
    let completes_at = if sent_at > over.since {
        heard_by
    } else {
        over.since
    };
    (now >= completes_at).then_some(Event::Completed { at: now })
}

/// Silence: never an approval unless the order's terms say so, and then announced three times.
fn silence(project: &Project, now: UnixMs) -> Option<Event> {
    let rules = &project.rules.approval;
    let is_silent = rules.silence == Silence::Approves && project.turn().turn == Turn::Listening;
    let (Stage::InReview { revision }, true) = (project.stage, is_silent) else {
        return None;
    };
    let silent = project.silent.as_ref()?;
    let zone = &project.rules.time_zone;
    let meant_at = zone
        .days_later(silent.since, rules.silence_days)
        .and_then(|at| zone.end_of_day(at))?;
    let told = silent.announced.len();
    let before = |nth: usize| rules.announce_days.get(nth).copied();
    let Some(days) = before(told) else {
        let last_told = silent.announced.last()?;
        let approves_at = meant_at.max(zone.days_later(*last_told, before(told - 1)?)?);
        return (now >= approves_at).then(|| approved(project, revision, now));
    };
    // A box that was off announces late, and never two announcements at once.
    let spaced = match (
        told.checked_sub(1).and_then(before),
        silent.announced.last(),
    ) {
        (Some(last_days), Some(last_told)) => zone.days_later(*last_told, last_days - days)?,
        (None, _) | (_, None) => UnixMs::MIN,
    };
    let announce_at = earlier(zone, meant_at, days).max(spaced);
    (now >= announce_at).then_some(Event::SilenceAnnounced {
        revision,
        approves_at: meant_at.max(zone.days_later(now, days)?),
        at: now,
    })
}

fn approved(project: &Project, revision: RevisionNo, now: UnixMs) -> Event {
    let round = project.revisions.get(&revision);
    let samples = round.map(Revision::sample_sums).unwrap_or_default();
    let discs = round.map(Revision::disc_sums).unwrap_or_default();
    Event::Approved {
        revision,
        name: "the terms of the order".to_owned(),
        person: None,
        wording: format!(
            "By the terms of this order silence approves after {} days. It was announced three times, \
             and nobody objected.",
            project.rules.approval.silence_days
        ),
        samples,
        discs,
        at: now,
        consent: Consent {
            how: ApprovalHow::BySilence,
            listened: project.listened.clone(),
            unheard: project.unheard(revision),
            rounds_unused: project.rounds_left(),
        },
    }
}
