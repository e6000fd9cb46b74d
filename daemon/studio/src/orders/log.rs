//! What happened to an order, in sentences, as each reader may read it.

use mastering::{ContentVerdict, Event, Hold, Project, Step, Warranty};

use super::counted;
use super::rules_log;
use crate::access::Visitor;
use crate::views::LogLine;

/// What became of the findings is the studio's to tell: lines of the journal that a client is not
/// shown, or while something waits for a release.
fn is_for(visitor: &Visitor, event: &Event, project: &Project) -> bool {
    if visitor.is_staff() {
        return true;
    }
    match event {
        Event::FindingsReleased { .. }
        | Event::HoldPlaced { .. }
        | Event::HoldLifted { .. }
        | Event::Listened(_)
        | Event::PreviewChosen { .. } => false,
        Event::SetCompared { changed, .. } => {
            !project.held_back().any(|mix| changed.contains(&mix.id))
        }
        Event::MixAccepted { mix, .. } => {
            project.mixes.get(mix).is_none_or(|mix| !mix.is_held_back())
        }
        _ => true,
    }
}

/// The journal in sentences, as a visitor may read it.
pub(crate) fn log(
    events: &[vault::EventRow],
    project: &Project,
    visitor: &Visitor,
    name_of: impl Fn(&str) -> String,
) -> Vec<LogLine> {
    events
        .iter()
        .filter_map(|row| {
            let event = Event::read(row.schema, &row.body).ok()?;
            if !is_for(visitor, &event, project) {
                return None;
            }
            let event = seen_by(visitor, event, project);
            Some(LogLine {
                seq: row.seq,
                at: row.at_ms,
                by: name_of(&row.actor),
                from: None,
                code: row.kind.clone(),
                text: sentence(&event, project),
            })
        })
        .collect()
}

/// The event without what its reader may not know yet.
fn seen_by(visitor: &Visitor, event: Event, project: &Project) -> Event {
    match event {
        Event::MixReceived {
            mut mix,
            title,
            key,
            version,
        } => {
            let is_held = |mix: &mastering::Mix| {
                let now = project.mixes.get(&mix.id);
                now.is_some_and(|now| now.showing == mastering::Showing::Held)
            };
            if !visitor.is_staff() && is_held(&mix) {
                *mix = mix.for_client();
            }
            Event::MixReceived {
                mix,
                title,
                key,
                version,
            }
        }
        other => other,
    }
}

#[expect(clippy::too_many_lines, reason = "one sentence for each event")]
fn sentence(event: &Event, project: &Project) -> String {
    let mix_name = |id: &mastering::MixId| {
        project
            .mixes
            .get(id)
            .map_or("a mix", |m| m.file_name.as_str())
            .to_owned()
    };
    let song = |id: &mastering::TrackId| {
        let called = project.called(id);
        called.unwrap_or_else(|| "a song".to_owned())
    };
    match event {
        Event::Opened { title, .. } => format!("The order \u{201c}{title}\u{201d} was opened."),
        Event::MixReceived { mix, .. }
            if mix.showing == mastering::Showing::Held && mix.findings.is_empty() =>
        {
            format!("\u{201c}{}\u{201d} was taken.", mix.file_name)
        }
        Event::SetCompared { findings, .. } => {
            let found: usize = findings.values().map(Vec::len).sum();
            match found {
                0 => "The mixes were compared with each other; nothing to object to.".to_owned(),
                n => format!(
                    "The mixes were compared with each other: {}.",
                    counted(n, "finding", "findings")
                ),
            }
        }
        Event::FindingsReleased { mixes, by, .. } => format!(
            "{by} let the client read what was found in {}.",
            counted(mixes.len(), "mix", "mixes")
        ),
        Event::MixReceived { mix, .. } => match mix.findings.len() {
            0 => format!(
                "\u{201c}{}\u{201d} was taken; nothing to object to.",
                mix.file_name
            ),
            n => format!(
                "\u{201c}{}\u{201d} was taken with {}.",
                mix.file_name,
                counted(n, "finding", "findings")
            ),
        },
        Event::MixSuperseded { mix, by } => {
            format!(
                "\u{201c}{}\u{201d} took the place of \u{201c}{}\u{201d}.",
                mix_name(by),
                mix_name(mix)
            )
        }
        Event::MixAccepted {
            mix, by, reason, ..
        } => {
            format!(
                "{by} goes on with \u{201c}{}\u{201d} as it came: {reason}",
                mix_name(mix)
            )
        }
        Event::ReprintAsked { mix, words, .. } => format!(
            "A new file for \u{201c}{}\u{201d} was asked for: {words}",
            mix_name(mix)
        ),
        Event::MixSetAside { mix } => format!("\u{201c}{}\u{201d} was set aside.", mix_name(mix)),
        Event::IntakeClosed { order } => {
            format!(
                "All mixes are there and verified: {}.",
                counted(order.len(), "song", "songs")
            )
        }
        Event::TrackNamed { title, .. } => format!("A song is now called \u{201c}{title}\u{201d}."),
        Event::TracksOrdered { .. } => "The songs were put in order.".to_owned(),
        Event::RevisionOpened {
            revision, reason, ..
        } => format!("Revision {revision} was opened: {reason}"),
        Event::PlanChanged {
            revision, track, ..
        } => format!(
            "The plan of \u{201c}{}\u{201d} changed for revision {revision}.",
            song(track)
        ),
        Event::PrintChosen {
            revision,
            track,
            chain,
        } => match chain {
            Some(chain) => format!(
                "\u{201c}{}\u{201d} is printed through {chain} for revision {revision}.",
                song(track)
            ),
            None => format!(
                "\u{201c}{}\u{201d} is rendered for revision {revision}.",
                song(track)
            ),
        },
        Event::ProgrammeSet {
            revision,
            programme,
            by,
            ..
        } => {
            let songs = programme
                .discs
                .iter()
                .map(|disc| disc.songs().count())
                .sum();
            format!(
                "{by} set the programme of revision {revision}: {} on {}.",
                counted(songs, "song", "songs"),
                counted(programme.discs.len(), "disc", "discs")
            )
        }
        Event::VersionTaken {
            revision, track, ..
        } => format!(
            "\u{201c}{}\u{201d} goes into revision {revision} in an earlier version.",
            song(track)
        ),
        Event::ProgrammeMade { revision, made } => format!(
            "The programme of revision {revision} was put together: {}.",
            counted(made.discs.len(), "piece", "pieces")
        ),
        Event::AlternateNamed {
            mix,
            song: of,
            role,
            name,
            by,
            ..
        } => format!(
            "{by} said that \u{201c}{}\u{201d} goes beside \u{201c}{}\u{201d} as its {}.",
            mix_name(mix),
            song(of),
            name.as_deref().unwrap_or(role.words())
        ),
        Event::AlternateUnnamed { track, by, .. } => format!(
            "{by} took \u{201c}{}\u{201d} away from its song.",
            song(track)
        ),
        Event::MixTakenUp { track, mix, .. } => format!(
            "\u{201c}{}\u{201d} is now made from \u{201c}{}\u{201d}.",
            song(track),
            mix_name(mix)
        ),
        Event::MasteringStarted { revision } => {
            format!("The masters of revision {revision} are being made.")
        }
        Event::MasterRecorded {
            revision, track, ..
        } => format!(
            "\u{201c}{}\u{201d} is mastered for revision {revision}.",
            song(track)
        ),
        Event::ReferenceSent { revision, .. } => {
            format!("The reference, revision {revision}, went to the client.")
        }
        Event::Commented {
            by,
            position_ms,
            until_ms,
            words,
            ..
        } => format!(
            "{by} at {}: {words}",
            crate::follow::passage(*position_ms, *until_ms)
        ),
        Event::RevisionRequested { words, .. } => format!("The client asks: {words}"),
        Event::RequestAnswered { .. }
        | Event::RequestAgreed { .. }
        | Event::RequestWithdrawn { .. }
        | Event::QuestionAsked { .. }
        | Event::QuestionAnswered { .. }
        | Event::LaneChosen { .. }
        | Event::LastWordNamed { .. }
        | Event::AskingEnds { .. }
        | Event::AskingEnded { .. }
        | Event::SilenceAnnounced { .. }
        | Event::FeeDue { .. }
        | Event::Listened(_)
        | Event::PreviewChosen { .. }
        | Event::TrackMarked { .. }
        | Event::FaultFound { .. }
        | Event::HoldPlaced { .. }
        | Event::HoldLifted { .. }
        | Event::RetentionExtended { .. }
        | Event::DeletionAsked { .. }
        | Event::DeletionConfirmed { .. }
        | Event::DeletionWithdrawn { .. }
        | Event::ReleaseDescribed { .. }
        | Event::LyricsKept { .. }
        | Event::CodesAllotted { .. }
        | Event::RemovalAsked(_)
        | Event::RemovalWithdrawn { .. }
        | Event::Sales(_)
        | Event::CoverKept(_)
        | Event::LabelCopy(_)
        | Event::Package(_)
        | Event::Attachment(_)
        | Event::ShopGone { .. }
        | Event::RightsClaimed(_)
        | Event::ClaimWithdrawn { .. }
        | Event::PermissionNotNeeded(_)
        | Event::ListeningAllowed(_)
        | Event::ListeningForbidden { .. }
        | Event::ListeningReasoned(_)
        | Event::StudioListened(_) => rules_log::sentence(event, project),
        Event::Approved { revision, name, .. } => format!("{name} approved revision {revision}."),
        Event::FinalsRecorded { finals, .. } => format!(
            "{} final(s) were made, read back and compared.",
            finals.len()
        ),
        Event::FinalsOffered { .. } => "The finals are there to be fetched.".to_owned(),
        Event::HoldChanged { hold, .. } => match hold {
            Hold::Nothing => "Nothing waits for a payment.".to_owned(),
            Hold::Finals => "The finals wait for a payment.".to_owned(),
            Hold::Everything => "The work waits for a payment.".to_owned(),
        },
        Event::SoldInSale { sale, .. } => format!(
            "Sold in \u{201c}{}\u{201d}: final, and without a promised turnaround.",
            sale.name
        ),
        Event::Consulted(consulted) => match (consulted.missing, consulted.warranty) {
            (Some(Step::Quote), _) => "The consultation has begun.".to_owned(),
            (Some(Step::Mixes | Step::Mastering), _) => {
                "The consultation says what a quote needs.".to_owned()
            }
            (None, Warranty::Open) => {
                "The consultation says everything; the rights are not warranted yet.".to_owned()
            }
            (None, Warranty::Given) => {
                "The consultation says everything, and the rights are warranted.".to_owned()
            }
        },
        Event::RushSold { quote, by, .. } => {
            format!("With {quote}, accepted by {by}, the order goes into the rush lane.")
        }
        Event::FormatsOrdered {
            quote, formats, by, ..
        } => {
            let named: Vec<&str> = formats.iter().map(|format| format.code()).collect();
            format!("{by} ordered {} with {quote}.", named.join(", "))
        }
        Event::FinalsAdded { finals, .. } => format!(
            "{} were made of what was ordered late, read back and compared.",
            counted(finals.len(), "final", "finals")
        ),
        Event::PermissionKept(kept) => format!(
            "{} sent the permission for \u{201c}{}\u{201d}, {}: {}",
            kept.by,
            kept.song,
            kept.what.words(),
            kept.file_name
        ),
        Event::ContentDecided(decision) => match decision.verdict {
            ContentVerdict::Accepted => {
                format!("{} took the content on: {}", decision.by, decision.reason)
            }
            ContentVerdict::Refused => format!("{} declined: {}", decision.by, decision.reason),
        },
        Event::Completed { .. } => "The project is complete.".to_owned(),
        Event::Archived { .. } => "The project is in the archive.".to_owned(),
        Event::WorkingFilesReleased { by, .. } => format!("{by} let the working files go."),
        Event::ArchiveReleased { by, .. } => format!("{by} let the archive go."),
    }
}

/// Who an actor code means, for the journal's readers.
pub(crate) fn actor_words(code: &str, name: impl Fn(&str) -> Option<String>) -> String {
    match code.split_once(':') {
        Some((_, person)) if person.bytes().all(|digit| digit == b'0') => {
            "the administrator".to_owned()
        }
        Some((_, person)) => name(person).unwrap_or_else(|| "somebody".to_owned()),
        None => "Lacquer".to_owned(),
    }
}
