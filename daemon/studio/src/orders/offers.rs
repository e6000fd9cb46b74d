//! What may be done with an order: each offer is a command that the rules accept when tried.

use std::collections::BTreeSet;

use mastering::{
    Command, CommentId, CommentOn, Lane, ListeningPurpose, MixRole, NEVER, Project, decide,
};

use crate::access::{Right, Visitor};
use crate::views::Offer;

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
    offer(
        Offer::NameAlternates,
        visitor.may(Right::Master) && project.may_name_alternates(),
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
                on: CommentOn::Song(track.id.clone()),
                position_ms: 0,
                until_ms: None,
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
