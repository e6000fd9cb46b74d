//! What holds in whatever order things happen.

use mastering::*;
use proptest::prelude::*;

use crate::order::*;

/// One thing that somebody does, or a while that passes.
#[derive(Debug, Clone)]
enum Step {
    Wait(i64),
    Tick,
    Ask(usize),
    Answer(Answer),
    Agree,
    Withdraw,
    Work(u64),
    Approve,
    Finals(u64),
    Finish,
    Archive,
    Fault,
    Question,
    Reply,
    Hold,
    Lift,
    AskDeletion,
    Confirm(u64),
    Release,
    ReleaseAll,
    Borrow(usize),
    Letter(usize),
    NotNeeded(usize),
    Allow,
    Forbid,
    Reason(u64),
    Hear(u64),
    Describe,
    Remove,
    Gone,
    Claim,
    Withdrawn,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..40i64).prop_map(|days| Step::Wait(days * 86_400_000 / 2)),
        1 => (0..30i64).prop_map(|months| Step::Wait(months * 30 * 86_400_000)),
        3 => Just(Step::Tick),
        3 => (0..Topic::ALL.len()).prop_map(Step::Ask),
        3 => prop_oneof![
            Just(Answer::Free),
            Just(Answer::Correction),
            Just(Answer::Charged),
            Just(Answer::NewWork),
            Just(Answer::Declined)
        ]
        .prop_map(Step::Answer),
        2 => Just(Step::Agree),
        1 => Just(Step::Withdraw),
        6 => (1..9u64).prop_map(Step::Work),
        2 => Just(Step::Approve),
        1 => (1..9u64).prop_map(Step::Finals),
        2 => Just(Step::Finish),
        2 => Just(Step::Archive),
        1 => Just(Step::Fault),
        1 => Just(Step::Question),
        1 => Just(Step::Reply),
        1 => Just(Step::Hold),
        1 => Just(Step::Lift),
        1 => Just(Step::AskDeletion),
        1 => (1..3u64).prop_map(Step::Confirm),
        2 => Just(Step::Release),
        2 => Just(Step::ReleaseAll),
        2 => (0..4usize).prop_map(Step::Borrow),
        2 => (0..3usize).prop_map(Step::Letter),
        1 => (0..3usize).prop_map(Step::NotNeeded),
        1 => Just(Step::Allow),
        1 => Just(Step::Forbid),
        1 => (1..3u64).prop_map(Step::Reason),
        2 => (1..3u64).prop_map(Step::Hear),
        1 => Just(Step::Describe),
        1 => Just(Step::Remove),
        1 => Just(Step::Gone),
        1 => Just(Step::Claim),
        2 => Just(Step::Withdrawn),
    ]
}

fn words() -> String {
    "words".to_owned()
}

/// Does it where the rules let it; the harness checks that the journal tells the same story.
#[expect(clippy::too_many_lines, reason = "one match over every step")]
fn carry_out(order: &mut Order, step: &Step) {
    let no = order.project.requests.last().map_or(0, |r| r.no);
    let revision = order.project.stage.revision().unwrap_or(RevisionNo::FIRST);
    let track = order.track();
    let finals = |samples: SampleSum| Command::RecordFinals {
        revision,
        finals: vec![Final {
            track: track.clone(),
            format: FinalFormat::Wav24,
            file_name: "1.wav".to_owned(),
            object: object(5),
            bytes: 10,
            samples,
            read_back: String::new(),
        }],
    };
    let approved = order.project.approval.as_ref();
    let approved = approved.and_then(|a| a.samples.get(&track)).cloned();
    let given: Vec<(Command, Actor)> = match step {
        Step::Wait(ms) => {
            order.now += ms;
            Vec::new()
        }
        Step::Tick => vec![(Command::KeepTime, Actor::House)],
        Step::Ask(topic) => vec![(
            Command::RequestRevision {
                words: words(),
                topics: [Topic::ALL[*topic]].into(),
            },
            client(),
        )],
        Step::Answer(answer) => vec![(
            Command::AnswerRequest {
                no,
                answer: *answer,
                reason: words(),
                by: words(),
                charge: None,
            },
            staff(),
        )],
        Step::Agree => vec![(Command::AgreeToRequest { no, by: words() }, client())],
        Step::Withdraw => vec![(Command::WithdrawRequest { no }, client())],
        Step::Work(n) => vec![
            (
                Command::ChangePlan {
                    track: track.clone(),
                    plan: object(*n),
                },
                staff(),
            ),
            (Command::StartMastering, staff()),
            (
                Command::RecordMaster {
                    revision,
                    track: track.clone(),
                    master: master(*n),
                },
                Actor::House,
            ),
            (Command::SendReference { revision }, staff()),
        ],
        Step::Approve => {
            drop(order.approve(&client()));
            Vec::new()
        }
        Step::Finals(n) => vec![(finals(samples(2000 + n)), Actor::House)],
        Step::Finish => approved
            .map(|samples| (finals(samples), Actor::House))
            .into_iter()
            .chain([
                (Command::OfferFinals, Actor::House),
                (Command::Complete, staff()),
            ])
            .collect(),
        Step::Archive => vec![(
            Command::RecordArchive {
                manifest: object(8),
            },
            Actor::House,
        )],
        Step::Fault => vec![(
            Command::ReportFault {
                words: words(),
                by: words(),
            },
            staff(),
        )],
        Step::Question => vec![(
            Command::AskClient {
                words: words(),
                by: words(),
            },
            staff(),
        )],
        Step::Reply => vec![(
            Command::AnswerQuestion {
                words: words(),
                by: words(),
            },
            client(),
        )],
        Step::Hold => vec![(
            Command::PlaceHold {
                reason: words(),
                by: words(),
            },
            staff(),
        )],
        Step::Lift => vec![(Command::LiftHold { by: words() }, staff())],
        Step::AskDeletion => vec![(
            Command::AskDeletion {
                reason: words(),
                by: words(),
            },
            client(),
        )],
        Step::Confirm(who) => vec![(
            Command::ConfirmDeletion { by: words() },
            Actor::Staff {
                person: person(*who),
            },
        )],
        Step::Release => vec![(Command::ReleaseWorkingFiles { by: words() }, staff())],
        Step::ReleaseAll => vec![(Command::ReleaseArchive { by: words() }, staff())],
        Step::Borrow(_) | Step::Letter(_) | Step::NotNeeded(_) => vec![about_borrowed(step)],
        Step::Describe | Step::Remove | Step::Gone | Step::Claim | Step::Withdrawn => {
            vec![about_release(order, step)]
        }
        Step::Allow => vec![(Command::AllowListening { by: words() }, client())],
        Step::Forbid => vec![(Command::ForbidListening { by: words() }, client())],
        Step::Reason(who) => vec![(
            Command::GiveListeningReason {
                purpose: ListeningPurpose::Testing,
                reason: words(),
                by: words(),
            },
            one_of_us(*who),
        )],
        Step::Hear(who) => vec![(Command::HearAsStudio { by: words() }, one_of_us(*who))],
    };
    for (command, by) in given {
        let before = order.project.clone();
        if let Ok(codes) = order.give(command, &by) {
            nothing_goes_too_early(order, &before, &codes);
            nobody_listens_or_delivers_without_leave(order, &before, &codes);
        }
    }
}

/// The release: filled in, taken out of its shop, claimed.
fn about_release(order: &Order, step: &Step) -> (Command, Actor) {
    let by = words();
    let last = order.project.claims.iter().map(|claim| claim.no).max();
    match step {
        Step::Describe => {
            let release = Release {
                shops: ["Qobuz".to_owned(), "Tidal".to_owned()].into(),
                ..Release::default()
            };
            let release = Box::new(release);
            (Command::DescribeRelease { release, by }, client())
        }
        Step::Remove => {
            let asked = Command::AskRemoval {
                shops: ["Tidal".to_owned()].into(),
                reason: words(),
                by,
            };
            (asked, client())
        }
        Step::Gone => {
            let shop = "Tidal".to_owned();
            (Command::RecordShopGone { no: 1, shop }, staff())
        }
        Step::Claim => {
            let claim = Command::RecordClaim {
                claimant: words(),
                words: words(),
                by,
            };
            (claim, staff())
        }
        _ => {
            let no = last.unwrap_or(1);
            (Command::WithdrawClaim { no, by }, staff())
        }
    }
}

fn one_of_us(who: u64) -> Actor {
    Actor::Staff {
        person: person(who),
    }
}

/// Somebody else's work: said, permitted, or needing no permission.
fn about_borrowed(step: &Step) -> (Command, Actor) {
    let song = |n: usize| BorrowedSong {
        song: "First Light".to_owned(),
        what: Borrowed::ALL[n % Borrowed::ALL.len()],
    };
    match step {
        Step::Letter(n) => {
            let letter = Permission {
                song: song(*n).song,
                what: song(*n).what,
                file_name: "letter.pdf".to_owned(),
                paper: PaperKind::Pdf,
                object: object(4),
                bytes: 10,
                by: words(),
                at: 0,
            };
            (Command::AttachPermission(letter), client())
        }
        Step::NotNeeded(n) => (
            Command::WaivePermission {
                song: song(*n),
                reason: words(),
                by: words(),
            },
            staff(),
        ),
        other => {
            let Step::Borrow(count) = other else {
                unreachable!("the caller passes these three steps");
            };
            let said = Command::RecordConsultation {
                missing: None,
                warranty: Warranty::Given,
                borrowed: (0..*count).map(song).collect(),
            };
            (said, client())
        }
    }
}

/// Finals go out when every permission is on record; where the terms ask for it, the studio listens by
/// the client's permission or for its own reason alone.
fn nobody_listens_or_delivers_without_leave(
    order: &Order,
    before: &Project,
    codes: &[&'static str],
) {
    if codes.contains(&"finals_offered") {
        assert!(before.permissions_missing().is_empty());
        assert_eq!(before.hold, Hold::Nothing);
        assert_eq!(before.open_claims().count(), 0);
    }
    if codes.contains(&"archive_released") {
        assert!(!before.is_being_removed(), "its links still live");
    }
    if codes.contains(&"studio_listened") {
        let heard = order.project.ears.listened.last().unwrap();
        let mut reasons = before.ears.reasons.iter();
        let has_reason =
            reasons.any(|r| r.person == heard.person && r.at <= heard.at && heard.at < r.until);
        assert!(before.ears.leave.is_some() || has_reason);
        assert_eq!(before.service.kind, ServiceKind::Instant);
    }
}

/// Nothing is deleted before its date; before it, two people confirmed what the owner asked for.
fn nothing_goes_too_early(order: &Order, before: &Project, codes: &[&'static str]) {
    let archive = before.archive.as_ref();
    if codes.contains(&"working_files_released") {
        let archive = archive.expect("only an archive lets files go");
        assert!(order.now >= archive.due.working_due_at && before.retention_hold.is_none());
    }
    if codes.contains(&"archive_released") {
        let archive = archive.expect("only an archive goes");
        let was_asked = before.deletion.as_ref();
        let first = was_asked.and_then(|d| d.confirmed.clone());
        let second = order.project.deletion.as_ref();
        let second = second.and_then(|d| d.confirmed.clone());
        let is_confirmed_by_two =
            codes.contains(&"deletion_confirmed") && first.is_some() && first != second;
        assert!(order.now >= archive.due.archive_due_at || is_confirmed_by_two);
        assert!(before.retention_hold.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Whatever happens when: no free round beyond the rule, nothing delivered that was not
    /// approved, nothing deleted before its date, and the journal tells the same story.
    #[test]
    fn the_rules_hold_for_any_order_of_commands(
        steps in prop::collection::vec(any_step(), 0..70),
        service in prop_oneof![
            Just("instant"), Just("mastering"), Just("mixing_revision"), Just("radio_edit")
        ],
    ) {
        let mut order = Order::heard(service);
        for step in &steps {
            carry_out(&mut order, step);
            let project = &order.project;
            let by_rule = project.requests.iter().filter(|r| {
                r.answer.is_none()
                    && matches!(r.outcome, Outcome::Opened { .. })
                    && r.proposal.is_some_and(|p| p.opens_by_rule())
            });
            if let FreeRounds::Count(free) = project.rules.rounds.free {
                prop_assert!(u32::try_from(by_rule.count()).unwrap() <= free);
            }
            // Where the terms charge, nobody gives a free round after the time to ask.
            for request in &project.requests {
                let is_late = matches!(request.proposal, Some(Proposal { why: Why::TimeOver { .. }, .. }));
                let is_free = request.settled() == Some(Answer::Free);
                prop_assert!(!(is_late && is_free));
                let is_after = matches!(request.proposal, Some(Proposal { why: Why::Approved { .. }, .. }));
                prop_assert!(!(is_after && is_free), "an approval ended the free rounds");
            }
            if project.offered_at.is_some() {
                // During a change that was paid for, what was delivered before stays.
                let approval = project.approval.as_ref().or(project.earlier_approvals.last());
                let approval = approval.expect("finals come from an approval");
                for file in project.finals.iter().filter(|f| f.format.holds_approved_samples()) {
                    prop_assert_eq!(Some(&file.samples), approval.samples.get(&file.track));
                }
            }
            // Silence approves in none of the presets.
            if let Some(approval) = &project.approval {
                prop_assert_eq!(approval.consent.how, ApprovalHow::ByPerson);
            }
        }
    }
}
