//! Somebody else's work in an order: what waits for its permission.

use mastering::*;

use crate::order::*;

fn song(title: &str, what: Borrowed) -> BorrowedSong {
    BorrowedSong {
        song: title.to_owned(),
        what,
    }
}

fn said(borrowed: Vec<BorrowedSong>) -> Command {
    Command::RecordConsultation {
        missing: None,
        warranty: Warranty::Open,
        borrowed,
    }
}

fn letter(title: &str, what: Borrowed) -> Command {
    Command::AttachPermission(Permission {
        song: title.to_owned(),
        what,
        file_name: "letter.pdf".to_owned(),
        paper: PaperKind::Pdf,
        object: object(4),
        bytes: 10,
        by: "Ada".to_owned(),
        at: 0,
    })
}

fn not_needed(title: &str, what: Borrowed) -> Command {
    Command::WaivePermission {
        song: song(title, what),
        reason: "The author died in 1750.".to_owned(),
        by: "Eva".to_owned(),
    }
}

/// An approved order of a cover and a sample, its finals made.
fn made(catalogue: &Catalogue, service: &str) -> Order {
    let mut order = Order::under(catalogue, service);
    order.take_mix();
    let borrowed = vec![
        song("First Light", Borrowed::Cover),
        song("First Light", Borrowed::Sample),
    ];
    order.give(said(borrowed), &client()).unwrap();
    order.deliver(1);
    order.approve(&client()).unwrap();
    let track = order.track();
    let approved = order.project.approval.as_ref().unwrap().samples[&track].clone();
    let finals = Command::RecordFinals {
        revision: RevisionNo::FIRST,
        finals: vec![Final {
            track,
            format: FinalFormat::Wav24,
            file_name: "First Light.wav".to_owned(),
            object: object(5),
            bytes: 10,
            samples: approved,
            read_back: String::new(),
        }],
    };
    order.give(finals, &Actor::House).unwrap();
    order
}

fn offer(order: &mut Order) -> Result<Vec<&'static str>, Refusal> {
    order.give(Command::OfferFinals, &Actor::House)
}

#[test]
fn s4_finals_are_not_handed_over_before_every_permission_is_on_record() {
    for service in ["mastering", "mixing_revision", "radio_edit", "instant"] {
        let mut order = made(&catalogue(), service);
        assert_eq!(order.project.finals_wait_for().len(), 2, "{service}");
        assert!(matches!(
            offer(&mut order),
            Err(Refusal::NotPermitted { song, .. }) if song == "First Light"
        ));
        // A sample of any length needs its own; a cover's letter is none for it.
        let cover = letter(" first  LIGHT", Borrowed::Cover);
        order.give(cover, &client()).unwrap();
        let waits = FinalsWait::Permission {
            song: song("First Light", Borrowed::Sample),
        };
        assert_eq!(order.project.finals_wait_for(), [waits]);
        assert!(offer(&mut order).is_err());
        order
            .give(letter("First Light", Borrowed::Sample), &staff())
            .unwrap();
        assert_eq!(order.project.may_hand_over(), Ok(()));
        assert_eq!(offer(&mut order).unwrap()[0], "finals_offered");
    }
}

#[test]
fn s4_or_the_studio_has_recorded_why_none_is_needed() {
    let mut order = made(&catalogue(), "mastering");
    order
        .give(letter("First Light", Borrowed::Sample), &client())
        .unwrap();
    let cover = not_needed("first light", Borrowed::Cover);
    assert!(order.give(cover.clone(), &client()).is_err());
    let told = order.give(cover.clone(), &staff()).unwrap();
    assert_eq!(told, ["permission_not_needed"]);
    let kept = &order.project.not_needed[0];
    assert_eq!((kept.song.as_str(), kept.at), ("First Light", order.now));
    assert!(order.give(cover, &staff()).is_err(), "nothing is missing");
    assert!(
        order
            .give(not_needed("Another", Borrowed::Remix), &staff())
            .is_err()
    );
    assert!(offer(&mut order).is_ok());
}

#[test]
fn an_answer_that_is_taken_back_needs_no_permission() {
    let mut order = made(&catalogue(), "mastering");
    assert_eq!(
        order.give(said(Vec::new()), &client()).unwrap(),
        ["consulted"]
    );
    assert_eq!(
        order.give(said(Vec::new()), &client()),
        Err(Refusal::Already)
    );
    assert!(offer(&mut order).is_ok());
}

#[test]
fn money_comes_first_and_a_service_may_wait_for_no_permission() {
    let mut order = made(&catalogue(), "mastering");
    let hold = Command::SetHold { hold: Hold::Finals };
    order.give(hold, &Actor::House).unwrap();
    assert_eq!(order.project.finals_wait_for()[0], FinalsWait::Payment);
    assert!(matches!(offer(&mut order), Err(Refusal::Unpaid { .. })));
    let hold = Command::SetHold {
        hold: Hold::Nothing,
    };
    order.give(hold, &Actor::House).unwrap();
    assert!(matches!(
        offer(&mut order),
        Err(Refusal::NotPermitted { .. })
    ));
    let mut house = catalogue();
    let mastering = house.services.get_mut("mastering").unwrap();
    mastering.permissions.hold = PermissionsHold::Nothing;
    let mut order = made(&house, "mastering");
    assert_eq!(
        order.project.permissions_missing().len(),
        2,
        "still asked for"
    );
    assert!(offer(&mut order).is_ok());
}
