//! An order's life, from its opening to the day its files are due.

mod alternates;
mod attachments;
mod holds;
mod intake;
mod label_copy;
mod order;
mod packages;
mod programmes;
mod promises;
mod rounds;
mod sendings;

use mastering::*;

use crate::order::*;

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one life, told from beginning to end"
)]
fn an_instant_order_runs_from_its_mix_to_the_archive() {
    let mut order = Order::open(Service::instant(), Some(1));
    let took = order.give(Command::ReceiveMix(mix(1, "Song.wav", None)), &Actor::House);
    assert_eq!(
        took.unwrap(),
        [
            "mix_received",
            "intake_closed",
            "revision_opened",
            "mastering_started"
        ]
    );
    let track = order.only_track();
    let first = RevisionNo::FIRST;

    let done = order.give(
        Command::RecordMaster {
            revision: first,
            track: track.clone(),
            master: master(1),
        },
        &Actor::House,
    );
    assert_eq!(done.unwrap(), ["master_recorded", "reference_sent"]);
    assert_eq!(order.project.stage, Stage::InReview { revision: first });

    let asked = order.give(
        Command::RequestRevision {
            words: "less bass, please".to_owned(),
            topics: Default::default(),
        },
        &client(),
    );
    assert_eq!(asked.unwrap(), ["revision_requested", "revision_opened"]);
    let second = first.next();
    assert_eq!(
        order.give(Command::StartMastering, &staff()),
        Err(Refusal::NothingChanged(first)),
        "the same again is no revision"
    );
    order
        .give(
            Command::ChangePlan {
                track: track.clone(),
                plan: object(77),
            },
            &staff(),
        )
        .unwrap();
    order.give(Command::StartMastering, &staff()).unwrap();
    order
        .give(
            Command::RecordMaster {
                revision: second,
                track: track.clone(),
                master: master(2),
            },
            &Actor::House,
        )
        .unwrap();

    assert_eq!(order.approve(second).unwrap(), ["approved"]);
    let wrong = Command::RecordFinals {
        revision: second,
        finals: finals(&track, samples(1)),
    };
    assert!(matches!(
        order.give(wrong, &Actor::House),
        Err(Refusal::NotWhatWasApproved { .. })
    ));
    let right = Command::RecordFinals {
        revision: second,
        finals: finals(&track, samples(2002)),
    };
    order.give(right, &Actor::House).unwrap();
    assert_eq!(
        order.give(Command::OfferFinals, &Actor::House).unwrap(),
        ["finals_offered", "completed"]
    );
    order
        .give(
            Command::RecordArchive {
                manifest: object(8),
            },
            &Actor::House,
        )
        .unwrap();

    let completed = order.project.completed_at.unwrap();
    let archive = order.project.archive.clone().unwrap();
    assert_eq!(archive.due.working_due_at, completed + 90 * DAY);
    let release = || Command::ReleaseWorkingFiles {
        by: "Owner".to_owned(),
    };
    assert_eq!(order.give(release(), &staff()), Err(Refusal::NotDue));
    order.now = archive.due.working_due_at;
    assert_eq!(
        order.give(release(), &staff()).unwrap(),
        ["working_files_released"]
    );
    assert_eq!(order.give(release(), &staff()), Err(Refusal::Already));
}

#[test]
fn an_event_of_a_newer_form_is_refused_not_guessed() {
    assert!(matches!(
        Event::read(EVENT_SCHEMA + 1, "{}"),
        Err(UnknownEvent::Newer(_))
    ));
    assert!(matches!(
        Event::read(EVENT_SCHEMA, "{\"kind\":\"teleported\"}"),
        Err(UnknownEvent::Damaged(_))
    ));
}
