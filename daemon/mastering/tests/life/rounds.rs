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
