//! What waits for money: mastering does not start, and finals are not handed over.

use mastering::*;

use crate::order::*;

fn set(order: &mut Order, hold: Hold) -> Vec<&'static str> {
    order
        .give(Command::SetHold { hold }, &Actor::House)
        .unwrap()
}

#[test]
fn mastering_starts_by_itself_once_the_work_is_paid_for() {
    let mut order = Order::open(Service::instant(), Some(1));
    assert_eq!(set(&mut order, Hold::Everything), ["hold_changed"]);
    let came = order.give(Command::ReceiveMix(mix(1, "Song.wav", None)), &Actor::House);
    assert_eq!(
        came.unwrap(),
        ["mix_received", "intake_closed", "revision_opened"],
        "the mix is taken, and nothing is mastered"
    );
    assert_eq!(
        order.give(Command::StartMastering, &staff()),
        Err(Refusal::Unpaid {
            what: "mastering starts"
        })
    );
    assert_eq!(
        set(&mut order, Hold::Finals),
        ["hold_changed", "mastering_started"]
    );
}

#[test]
fn finals_are_made_and_offered_once_they_are_paid_for() {
    let mut order = Order::in_review();
    set(&mut order, Hold::Finals);
    let first = RevisionNo::FIRST;
    order.approve(first).unwrap();
    let finals = Command::RecordFinals {
        revision: first,
        finals: finals(&order.only_track(), samples(2001)),
    };
    order.give(finals, &Actor::House).unwrap();
    assert_eq!(
        order.give(Command::OfferFinals, &Actor::House),
        Err(Refusal::Unpaid {
            what: "the finals are handed over"
        })
    );
    set(&mut order, Hold::Nothing);
    let offered = order.give(Command::OfferFinals, &Actor::House).unwrap();
    assert_eq!(offered[0], "finals_offered");
}

#[test]
fn only_the_account_says_what_waits() {
    let mut order = Order::in_review();
    let hold = Command::SetHold {
        hold: Hold::Nothing,
    };
    for by in [staff(), client()] {
        assert!(matches!(
            order.give(hold.clone(), &by),
            Err(Refusal::NotYours { .. })
        ));
    }
    assert_eq!(order.give(hold, &Actor::House), Err(Refusal::Already));
}
