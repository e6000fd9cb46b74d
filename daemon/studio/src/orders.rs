//! What pages show of orders: who waits for whom, what may be done, what happened.

mod rules_log;

use std::collections::BTreeSet;

use mastering::{
    BadId, Command, CommentId, ContentVerdict, Event, FinalsWait, Hold, Kept, Lane,
    ListeningPurpose, MixRole, NEVER, Project, Retention, RevisionNo, ServiceKind, Stage, Step,
    Warranty, decide,
};

use crate::access::{Right, Visitor};
use crate::terms::day_in;
use crate::views::{LogLine, Offer, OrderLine};

/// The sentence an approval agrees to.
pub(crate) fn approval_wording(project: &Project, revision: RevisionNo) -> String {
    format!(
        "I have listened to revision {revision} of \u{201c}{}\u{201d} and approve these masters. \
         The approval ends the free revisions; finals will be made from exactly these samples.",
        project.title
    )
}

/// What stays how long, as the client reads it.
pub(crate) fn retention_words(project: &Project) -> String {
    let day = |at: i64| day_in(&project.rules.time_zone, at);
    match &project.archive {
        None => kept_words(&project.retention),
        Some(archive) => {
            let working = match archive.working_gone_at {
                Some(at) => format!("The working files left on {}.", day(at)),
                None if archive.due.working_due_at == NEVER => "The working files stay.".to_owned(),
                None => format!(
                    "The working files leave on {}.",
                    day(archive.due.working_due_at)
                ),
            };
            let all = match archive.all_gone_at {
                Some(at) => format!("The archive left on {}.", day(at)),
                None if archive.due.archive_due_at == NEVER => {
                    "A recall stays possible; the archive has no end of its own.".to_owned()
                }
                None => format!(
                    "A recall is possible until {}.",
                    day(archive.due.archive_due_at)
                ),
            };
            match &project.retention_hold {
                Some(_) => {
                    format!("{working} {all} For now everything stays: the studio keeps it.")
                }
                None => format!("{working} {all}"),
            }
        }
    }
}

/// What will stay how long, before there is a date.
fn kept_words(retention: &Retention) -> String {
    let working = match retention.working_days {
        Kept::For(days) => format!("Working files are kept for {days} days after completion"),
        Kept::Forever => "Working files are kept".to_owned(),
    };
    match retention.recall_months {
        Kept::For(months) => {
            format!("{working}, everything needed for a recall for {months} months.")
        }
        Kept::Forever => format!("{working}, everything needed for a recall without an end."),
    }
}

/// Who has to do something next, in words for whoever looks.
pub(crate) fn waits_for_words(project: &Project, visitor: &Visitor) -> String {
    if visitor.is_staff() {
        waits_for(project)
    } else {
        client_waits_for(project)
    }
}

/// The same in the words for a client.
pub(crate) fn client_waits_for(project: &Project) -> String {
    // How many mixes somebody has to decide about is what a held client does not read yet.
    if project.stage == Stage::Intake
        && project.held_back().next().is_some()
        && project.unverified().next().is_some()
    {
        return "the studio listens to your mixes".to_owned();
    }
    let words = waits_for(project);
    match words.strip_prefix("the client ") {
        Some(deed) => you_do(deed),
        None => words,
    }
}

/// "listens to revision 1" as it is said to the one who listens.
fn you_do(deed: &str) -> String {
    let (verb, rest) = deed.split_once(' ').unwrap_or((deed, ""));
    let verb = match verb.strip_suffix("ches") {
        Some(stem) => format!("{stem}ch"),
        None => verb.strip_suffix('s').unwrap_or(verb).to_owned(),
    };
    format!("you {verb} {rest}")
}

/// Whether the next step waits for money alone.
fn waits_for_money(project: &Project) -> bool {
    match project.stage {
        Stage::Adjusting { .. } => project.hold == Hold::Everything,
        Stage::Approved { .. } => project.hold != Hold::Nothing && !project.finals.is_empty(),
        Stage::Intake
        | Stage::Mastering { .. }
        | Stage::InReview { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => false,
    }
}

/// The permission that finals which are made wait for, if they do.
fn waits_for_permission(project: &Project) -> Option<String> {
    let is_made = matches!(project.stage, Stage::Approved { .. }) && !project.finals.is_empty();
    let mut waits = project.finals_wait_for().into_iter();
    let song = waits.find_map(|wait| match wait {
        FinalsWait::Permission { song } => Some(song),
        FinalsWait::Payment | FinalsWait::Claim { .. } => None,
    });
    let song = song.filter(|_| is_made)?;
    Some(format!(
        "the client sends the written permission for \u{201c}{}\u{201d}, {}; the finals wait for it",
        song.song,
        song.what.words()
    ))
}

/// Who has to do something next, in words.
pub(crate) fn waits_for(project: &Project) -> String {
    if waits_for_money(project) {
        return "a payment is awaited; the order's account says which".to_owned();
    }
    if let Some(waits) = waits_for_permission(project) {
        return waits;
    }
    if let Some(question) = &project.question {
        return format!("the client answers the question: {}", question.words);
    }
    if let Some(request) = project.open_request() {
        return match request.answer {
            Some(_) => "the client agrees to the quote of the request, or takes it back".to_owned(),
            None => "the studio answers the request".to_owned(),
        };
    }
    match project.stage {
        Stage::Intake => {
            let undecided = project.unverified().count();
            let came = project.main_mixes().count();
            if undecided > 0 {
                format!(
                    "the studio decides about {undecided} of {} mixes",
                    project.mixes.len()
                )
            } else {
                match project.songs {
                    Some(songs) => format!("the client sends mixes: {came} of {songs} are here"),
                    None if came == 0 => "the client sends mixes".to_owned(),
                    None => format!("the client says whether these {came} are all"),
                }
            }
        }
        Stage::Adjusting { revision } => format!("the studio works out revision {revision}"),
        Stage::Mastering { revision } => {
            let is_mastered = project
                .revisions
                .get(&revision)
                .is_some_and(mastering::Revision::is_mastered);
            match (is_mastered, project.service.kind) {
                (true, ServiceKind::Engineer) => {
                    format!("the studio listens to revision {revision} and sends it")
                }
                (true, ServiceKind::Instant) | (false, _) => {
                    format!("Lacquer makes the masters of revision {revision}")
                }
            }
        }
        Stage::InReview { revision } => format!("the client listens to revision {revision}"),
        Stage::Approved { .. } => "Lacquer makes the finals and reads them back".to_owned(),
        Stage::Delivered { .. } => "the client fetches the finals".to_owned(),
        Stage::Completed { .. } => "Lacquer closes the project into the archive".to_owned(),
        Stage::Archived { .. } => "the project is complete and in the archive".to_owned(),
    }
}

/// A line of a list, from the columns that say where the order stands.
///
/// # Errors
/// An id or a number that is none.
pub(crate) fn line(row: vault::ListedRow, visitor: &Visitor) -> Result<OrderLine, BadId> {
    let standing = row.standing;
    Ok(OrderLine {
        project: row.id.parse()?,
        number: row.number.parse()?,
        title: standing.title,
        artist: standing.artist,
        client: row.client_name,
        stage: standing.stage,
        revision: standing.revision.map(RevisionNo::try_from).transpose()?,
        waits_for: if visitor.is_staff() {
            standing.waits_for
        } else {
            standing.waits_for_client
        },
        opened_at: row.created_ms,
    })
}

/// What this visitor may do now: each offer is a command that the rules accept when tried.
#[expect(clippy::too_many_lines, reason = "one line for each offer")]
pub(crate) fn offers(project: &Project, visitor: &Visitor, now: i64) -> BTreeSet<Offer> {
    let by = visitor.actor();
    let may = |command: Command| {
        visitor.may(Right::to_give(&command)) && decide(project, command, &by, now).is_ok()
    };
    let mut offers = BTreeSet::new();
    let mut offer = |what: Offer, is_possible: bool| {
        if is_possible {
            offers.insert(what);
        }
    };
    let words = || "words".to_owned();
    offer(Offer::CloseIntake, may(Command::CloseIntake));
    let undecided = project
        .mixes
        .values()
        .find(|m| m.is_current() && m.role != MixRole::Reference && !m.is_verified());
    offer(
        Offer::DecideMixes,
        undecided.is_some_and(|m| {
            may(Command::AskReprint {
                mix: m.id.clone(),
                words: words(),
            })
        }),
    );
    if let Some(track) = project.tracks.first() {
        let plan = "0"
            .repeat(64)
            .parse()
            .expect("64 zeros are a checksum's form");
        offer(
            Offer::ChangePlan,
            may(Command::ChangePlan {
                track: track.id.clone(),
                plan,
            }),
        );
        offer(
            Offer::NameTracks,
            may(Command::NameTrack {
                track: track.id.clone(),
                title: words(),
            }),
        );
        if let Some(heard) = project.newest_sent() {
            let id: CommentId = "0".repeat(32).parse().expect("32 zeros are an id's form");
            let comment = Command::Comment {
                id,
                revision: heard.no,
                track: track.id.clone(),
                position_ms: 0,
                words: words(),
                by: words(),
            };
            offer(Offer::Comment, may(comment));
        }
    }
    offer(Offer::StartMastering, may(Command::StartMastering));
    offer(
        Offer::OpenRevision,
        may(Command::OpenRevision { reason: words() }),
    );
    offer(
        Offer::RequestRevision,
        may(Command::RequestRevision {
            words: words(),
            topics: BTreeSet::new(),
        }),
    );
    offer(
        Offer::ReleaseFindings,
        may(Command::ReleaseFindings { by: words() }),
    );
    offer(Offer::Complete, may(Command::Complete));
    if let Some(revision) = project.stage.revision() {
        offer(
            Offer::SendReference,
            may(Command::SendReference { revision }),
        );
        let samples = project
            .revisions
            .get(&revision)
            .map(mastering::Revision::sample_sums)
            .unwrap_or_default();
        offer(
            Offer::Approve,
            may(Command::Approve {
                revision,
                name: words(),
                wording: words(),
                samples,
            }),
        );
    }
    let may_fetch = visitor.may(Right::Download);
    offer(
        Offer::FetchFinals,
        may_fetch && project.offered_at.is_some(),
    );
    offers.extend(offers_by_rules(project, &may));
    offers
}

/// What may be done about requests, questions, people and the keeping.
#[expect(clippy::too_many_lines, reason = "one line for each offer")]
fn offers_by_rules(project: &Project, may: &impl Fn(Command) -> bool) -> Vec<Offer> {
    let words = || "words".to_owned();
    let no = project.requests.last().map_or(0, |r| r.no);
    let answer = Command::AnswerRequest {
        no,
        answer: mastering::Answer::Declined,
        reason: words(),
        by: words(),
        charge: None,
    };
    let lane = match project.lane {
        Lane::Usual => Lane::Rush,
        Lane::Rush => Lane::Usual,
    };
    let voice = mastering::Voice {
        person: "f".repeat(32).parse().expect("32 digits are an id's form"),
        name: words(),
    };
    let longer = mastering::DueDates {
        working_due_at: NEVER,
        archive_due_at: NEVER,
    };
    let all = [
        (Offer::AnswerRequest, answer),
        (
            Offer::AgreeToRequest,
            Command::AgreeToRequest { no, by: words() },
        ),
        (Offer::WithdrawRequest, Command::WithdrawRequest { no }),
        (
            Offer::AskClient,
            Command::AskClient {
                words: words(),
                by: words(),
            },
        ),
        (
            Offer::AnswerQuestion,
            Command::AnswerQuestion {
                words: words(),
                by: words(),
            },
        ),
        (Offer::ChooseLane, Command::ChooseLane { lane, by: words() }),
        (Offer::NameLastWord, Command::NameLastWord(voice)),
        (
            Offer::ReportFault,
            Command::ReportFault {
                words: words(),
                by: words(),
            },
        ),
        (
            Offer::PlaceHold,
            Command::PlaceHold {
                reason: words(),
                by: words(),
            },
        ),
        (Offer::LiftHold, Command::LiftHold { by: words() }),
        (
            Offer::ExtendRetention,
            Command::ExtendRetention {
                due: longer,
                reason: words(),
                by: words(),
            },
        ),
        (
            Offer::AskDeletion,
            Command::AskDeletion {
                reason: words(),
                by: words(),
            },
        ),
        (
            Offer::ConfirmDeletion,
            Command::ConfirmDeletion { by: words() },
        ),
        (Offer::WithdrawDeletion, Command::WithdrawDeletion),
        (
            Offer::AllowListening,
            Command::AllowListening { by: words() },
        ),
        (
            Offer::ForbidListening,
            Command::ForbidListening { by: words() },
        ),
        (
            Offer::GiveListeningReason,
            Command::GiveListeningReason {
                purpose: ListeningPurpose::Testing,
                reason: words(),
                by: words(),
            },
        ),
    ];
    let missing = project.permissions_missing().into_iter().next();
    let waive = missing.map(|song| Command::WaivePermission {
        song,
        reason: words(),
        by: words(),
    });
    let waive = waive.map(|command| (Offer::WaivePermission, command));
    all.into_iter()
        .chain(waive)
        .filter_map(|(offer, command)| may(command).then_some(offer))
        .collect()
}

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
        project
            .track(id)
            .map_or("a song", |t| t.title.as_str())
            .to_owned()
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
            words,
            ..
        } => format!("{by} at {}: {words}", crate::follow::timecode(*position_ms)),
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
        | Event::CodesAllotted { .. }
        | Event::RemovalAsked(_)
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

/// A number with the word for what is counted.
fn counted(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::you_do;

    #[test]
    fn a_client_reads_of_themselves_as_you() {
        assert_eq!(you_do("listens to revision 1"), "you listen to revision 1");
        assert_eq!(you_do("sends mixes"), "you send mixes");
        assert_eq!(
            you_do("says whether these 2 are all"),
            "you say whether these 2 are all"
        );
        assert_eq!(you_do("fetches the finals"), "you fetch the finals");
    }
}
