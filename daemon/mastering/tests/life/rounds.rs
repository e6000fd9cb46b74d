//! Masters from elsewhere, revisions and the approval that ends them.

use std::collections::BTreeMap;

use mastering::*;

use crate::order::*;

#[test]
fn a_master_made_elsewhere_becomes_the_next_revision() {
    let mut order = Order::in_review();
    let track = order.only_track();
    let came = order
        .give(
            Command::ReceiveMaster {
                track,
                master: master(4),
            },
            &Actor::House,
        )
        .unwrap();
    assert_eq!(
        came,
        [
            "revision_opened",
            "master_recorded",
            "mastering_started",
            "reference_sent"
        ]
    );
    assert_eq!(
        order.project.stage,
        Stage::InReview {
            revision: RevisionNo::FIRST.next()
        }
    );
}

#[test]
fn an_approval_pins_what_was_heard_and_ends_the_revisions() {
    let mut order = Order::in_review();
    let track = order.only_track();
    let other = Command::Approve {
        revision: RevisionNo::FIRST,
        name: "Ada".to_owned(),
        wording: "yes".to_owned(),
        samples: BTreeMap::from([(track, samples(1))]),
    };
    assert_eq!(
        order.give(other, &client()),
        Err(Refusal::NotWhatWasHeard(RevisionNo::FIRST))
    );
    order.approve(RevisionNo::FIRST).unwrap();
    let more = order.give(
        Command::RequestRevision {
            words: "one more".to_owned(),
            topics: Default::default(),
        },
        &client(),
    );
    assert_eq!(more, Err(Refusal::ApprovalStands(RevisionNo::FIRST)));
}

#[test]
fn a_song_is_printed_through_the_rack_or_rendered_as_long_as_its_master_is_awaited() {
    let mut order = Order::in_review();
    let track = order.only_track();
    let way = |chain: Option<&str>| Command::PrintThrough {
        track: track.clone(),
        chain: chain.map(str::to_owned),
    };
    assert!(
        order.give(way(Some("vari_mu")), &staff()).is_err(),
        "the client hears this revision"
    );
    let reason = "through the desk".to_owned();
    order
        .give(Command::OpenRevision { reason }, &staff())
        .unwrap();
    assert!(order.give(way(Some("vari_mu")), &client()).is_err());
    assert_eq!(
        order.give(way(Some("vari_mu")), &staff()).unwrap(),
        ["print_chosen"]
    );
    assert_eq!(
        order.give(way(Some("vari_mu")), &staff()),
        Err(Refusal::Already)
    );
    let second = RevisionNo::FIRST.next();
    let version = |order: &Order| order.project.revisions[&second].tracks[&track].clone();
    let chosen = version(&order);
    assert_eq!(chosen.rack.as_deref(), Some("vari_mu"));
    assert!(chosen.master.is_none(), "what was rendered is no print");
    order.give(Command::StartMastering, &staff()).unwrap();
    // The gear broke: the song is rendered after all, and nothing else has to wait.
    assert_eq!(order.give(way(None), &staff()).unwrap(), ["print_chosen"]);
    let mastering = Stage::Mastering { revision: second };
    assert_eq!(order.project.stage, mastering);
    order.give(way(Some("vari_mu")), &staff()).unwrap();
    let mut printed = master(5);
    printed.origin = MasterOrigin::Printed {
        print: object(5),
        chain: "vari_mu".to_owned(),
        engine: "1".to_owned(),
    };
    let record = Command::RecordMaster {
        revision: second,
        track: track.clone(),
        master: printed,
    };
    order.give(record, &Actor::House).unwrap();
    // It was no round that the client had asked for: the studio sends it, or changes its mind.
    assert!(version(&order).master.is_some());
    assert_eq!(version(&order).rack.as_deref(), Some("vari_mu"));
}
