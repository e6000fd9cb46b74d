//! The rules of an order as they stand now, in sentences.

use mastering::{
    Audible, Calendar, Depends, DueLevel, Estimate, FinalFormat, FinalsWait, FreeRounds, Heard,
    NEVER, Project, RevisionNo, Silence, Stage, StudioEars, Unheard, UnixMs, Zone,
};

use crate::access::Visitor;
use crate::views::{EarsView, TermsView};

pub(crate) fn of(project: &Project, calendar: &Calendar, now: UnixMs) -> TermsView {
    let estimate = project.estimate(calendar, now);
    let ends = project.asking_ends();
    let revision = project.stage.revision().unwrap_or(RevisionNo::FIRST);
    let unheard = match project.stage {
        Stage::InReview { .. } => project.unheard(revision),
        _ => Vec::new(),
    };
    TermsView {
        estimate_words: match &project.sale {
            Some(sale) if estimate.span.is_none() && works_on(project) => format!(
                "{}: a sale order is final, and no date is promised for it.",
                sale.name
            ),
            Some(_) | None => estimate_words(&estimate, &calendar.time_zone),
        },
        estimate,
        rounds: rounds_words(project),
        rounds_left: project.rounds_left(),
        asking_ends_at: ends.map(|e| e.since).filter(|at| *at != NEVER),
        unheard: unheard.iter().map(|u| unheard_words(project, u)).collect(),
        silence: silence_words(project),
        finals_wait: project.finals_wait_for().iter().map(wait_words).collect(),
    }
}

fn wait_words(wait: &FinalsWait) -> String {
    match wait {
        FinalsWait::Payment => "a payment".to_owned(),
        FinalsWait::Claim { claimant } => {
            format!("the claim of {claimant} to be withdrawn")
        }
        FinalsWait::Permission { song } => format!(
            "the written permission for \u{201c}{}\u{201d}, {}",
            song.song,
            song.what.words()
        ),
    }
}

/// Whether the studio's people listen, and who did; none where the terms leave that open.
pub(crate) fn ears(project: &Project, visitor: &Visitor, now: UnixMs) -> Option<EarsView> {
    if project.rules.listening.studio == StudioEars::Free {
        return None;
    }
    let zone = &project.rules.time_zone;
    let reasons = project.ears.reasons.iter().map(|given| {
        let words = format!(
            "{}, {}, until {}: {}",
            given.by,
            given.purpose.words(),
            moment_in(zone, given.until),
            given.reason
        );
        (given.at, words)
    });
    let listened = project.ears.listened.iter().map(|heard| {
        let words = format!("{} listened on {}.", heard.by, moment_in(zone, heard.at));
        (heard.at, words)
    });
    let mut lines: Vec<(UnixMs, String)> = reasons.chain(listened).collect();
    // A reason stands before the listening that it opened.
    lines.sort_by_key(|(at, _)| *at);
    Some(EarsView {
        may_listen: !visitor.is_staff()
            || project.may_studio_listen(&visitor.person().id, now).is_ok(),
        allowed: project
            .ears
            .leave
            .as_ref()
            .map(|leave| format!("{} allowed it on {}.", leave.by, moment_in(zone, leave.at))),
        lines: lines.into_iter().map(|(_, words)| words).collect(),
    })
}

/// Whether a reference is still awaited.
fn works_on(project: &Project) -> bool {
    match project.stage {
        Stage::Intake | Stage::Mastering { .. } | Stage::Adjusting { .. } => true,
        Stage::InReview { .. }
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => false,
    }
}

/// A day as people write it, on the order's own calendar.
pub(crate) fn day_in(zone: &Zone, at: UnixMs) -> String {
    match zone.at(at) {
        Some(t) => t.strftime("%-d %b %Y").to_string(),
        None => "a day no calendar holds".to_owned(),
    }
}

/// The last day before a moment that ends a day: what ends on Wednesday at midnight is told as Wednesday.
pub(crate) fn last_day(zone: &Zone, ends_at: UnixMs) -> String {
    day_in(zone, ends_at.saturating_sub(1))
}

pub(crate) fn moment_in(zone: &Zone, at: UnixMs) -> String {
    match zone.at(at) {
        Some(t) => t.strftime("%a, %-d %b %Y, %H:%M").to_string(),
        None => "a time no calendar holds".to_owned(),
    }
}

fn depends_words(depends: &Depends) -> String {
    match depends {
        Depends::Mixes { missing: Some(1) } => "one mix still to come".to_owned(),
        Depends::Mixes { missing: Some(n) } => format!("{n} mixes still to come"),
        Depends::Mixes { missing: None } => "all mixes being here".to_owned(),
        Depends::Decisions { mixes } => {
            format!("a decision about {mixes} mixes with findings")
        }
        Depends::Payment => "the payment".to_owned(),
        Depends::Reprint => "the new file that was asked for".to_owned(),
        Depends::Answer => "the answer to the studio's question".to_owned(),
        Depends::Agreement => "a yes to what the request costs".to_owned(),
    }
}

/// The estimate with what it depends on.
pub(crate) fn estimate_words(estimate: &Estimate, zone: &Zone) -> String {
    let on: Vec<String> = estimate.depends.iter().map(depends_words).collect();
    let on = on.join(", ");
    match (estimate.due_at, estimate.span) {
        (Some(due), _) if estimate.level == DueLevel::Overdue => {
            format!("It was due on {} and is late.", moment_in(zone, due))
        }
        (Some(due), _) if estimate.is_running => format!(
            "Expected by {}. This is an estimate, in the order in which everything came.",
            moment_in(zone, due)
        ),
        (Some(due), _) => format!(
            "The clock stands still: it waits for {on}. If that came now, it would be expected by {}.",
            moment_in(zone, due)
        ),
        (None, Some(span)) if on.is_empty() => {
            format!("Expected {span} after everything is here.")
        }
        (None, Some(span)) => {
            format!("Expected {span} after everything is here. It depends on {on}.")
        }
        (None, None) => String::new(),
    }
}

fn rounds_words(project: &Project) -> String {
    let zone = &project.rules.time_zone;
    if project.ended_by_approval().is_some() {
        return "The approval ended the rounds; a change of sound is quoted, a correction of titles \
                and codes is free."
            .to_owned();
    }
    if let Some(over) = project.rounds_over {
        return format!(
            "The time for free rounds ended on {}; a change is quoted.",
            last_day(zone, over.since)
        );
    }
    let left = match (project.free_rounds(), project.rounds_left()) {
        (FreeRounds::Count(free), Some(left)) => {
            format!("{left} of {free} free rounds are left")
        }
        (FreeRounds::Count(_), None) | (FreeRounds::Unlimited, _) => {
            "Rounds are free, without number".to_owned()
        }
    };
    match project.asking_ends().filter(|e| e.since != NEVER) {
        Some(ends) => format!("{left}; ask for one until {}.", last_day(zone, ends.since)),
        None => format!("{left}."),
    }
}

fn silence_words(project: &Project) -> String {
    let rules = &project.rules.approval;
    match rules.silence {
        Silence::Waits => String::new(),
        Silence::Approves => format!(
            "By the terms of this order, {} days without a word approve the reference. That is \
             announced three times before.",
            rules.silence_days
        ),
    }
}

/// What was not listened to, in words.
pub(crate) fn unheard_words(project: &Project, unheard: &Unheard) -> String {
    let song = |track| {
        let title = project.called(track);
        title.unwrap_or_else(|| "a song".to_owned())
    };
    match unheard {
        Unheard::Track { track, heard } => match heard {
            None => format!("\u{201c}{}\u{201d}", song(track)),
            Some(Heard::Part) => format!("more than a part of \u{201c}{}\u{201d}", song(track)),
            Some(Heard::Half | Heard::Whole) => {
                format!("all of \u{201c}{}\u{201d}", song(track))
            }
        },
        Unheard::Alternate { mix } => {
            let name = project.mixes.get(mix).map(|m| m.file_name.clone());
            format!(
                "the alternate \u{201c}{}\u{201d}",
                name.unwrap_or_else(|| "a file".to_owned())
            )
        }
        Unheard::Derived { format } => match format {
            FinalFormat::Wav16 => "the 16-bit version".to_owned(),
            FinalFormat::Mp3 => "the MP3".to_owned(),
            FinalFormat::Wav24
            | FinalFormat::Flac24
            | FinalFormat::Wav24At44
            | FinalFormat::Wav24At48
            | FinalFormat::Wav16At48 => "a version of the master".to_owned(),
        },
    }
}

/// What was listened to, in words.
pub(crate) fn audible_words(project: &Project, audible: &Audible) -> String {
    let song = |track| {
        let title = project.called(track);
        title.unwrap_or_else(|| "a song".to_owned())
    };
    match audible {
        Audible::Master { revision, track } => {
            format!("\u{201c}{}\u{201d} at revision {revision}", song(track))
        }
        Audible::Disc { revision, disc } => match project.revisions.get(revision) {
            Some(round) if round.disc_sums().len() == 1 => {
                format!("the whole programme at revision {revision}")
            }
            Some(_) | None => format!("disc {disc} of the programme at revision {revision}"),
        },
        Audible::Mix { mix } => {
            let name = project.mixes.get(mix).map(|m| m.file_name.clone());
            format!(
                "\u{201c}{}\u{201d}",
                name.unwrap_or_else(|| "a mix".to_owned())
            )
        }
        Audible::Final { track, format } => {
            format!("\u{201c}{}\u{201d} as {}", song(track), format.code())
        }
    }
}
