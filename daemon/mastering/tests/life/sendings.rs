//! Packages sent to their recipient's own server: by whom, when, and once.

use mastering::*;

use crate::order::*;
use crate::packages::{ask, record, release};

const TO: &str = "sftp://lacquer@ingest.example.com:22/incoming";

fn told() -> ObjectSum {
    object(502)
}

fn send_with(once: SentOnce, again: SendAgain) -> Command {
    Command::Package(PackageCommand::Sending {
        no: 1,
        command: SendingCommand::Ask {
            to: TO.to_owned(),
            once,
            told: told(),
            again,
            by: "Eva".to_owned(),
        },
    })
}

fn send() -> Command {
    send_with(SentOnce::HandedOver, SendAgain::No)
}

fn call_off() -> Command {
    let by = "Eva".to_owned();
    let command = SendingCommand::CallOff { by };
    Command::Package(PackageCommand::Sending { no: 1, command })
}

fn arrived(sending: u32) -> Command {
    let sent = Box::new(Sent {
        files: 3,
        bytes: 100,
        shown: "SHA256:abc (ssh-ed25519)".to_owned(),
        at: 9,
    });
    let command = SendingCommand::Record { sending, sent };
    Command::Package(PackageCommand::Sending { no: 1, command })
}

fn given_up(sending: u32) -> Command {
    let why = "it shows another key".to_owned();
    let command = SendingCommand::Fail { sending, why };
    Command::Package(PackageCommand::Sending { no: 1, command })
}

/// An approved order with a package that was made.
fn made() -> Order {
    let mut order = Order::in_review();
    order.approve(RevisionNo::FIRST).unwrap();
    order
        .give(ask("distributor", PackageWay::Fetched), &staff())
        .unwrap();
    order.give(record(1), &Actor::House).unwrap();
    order
}

#[test]
fn a_package_is_sent_by_the_studio_and_recorded_by_the_machine() {
    let mut order = Order::in_review();
    assert!(matches!(
        order.give(send(), &staff()),
        Err(Refusal::Unknown { .. })
    ));
    order.approve(RevisionNo::FIRST).unwrap();
    order
        .give(ask("distributor", PackageWay::Fetched), &staff())
        .unwrap();
    assert!(matches!(
        order.give(send(), &staff()),
        Err(Refusal::Missing { .. })
    ));
    order.give(record(1), &Actor::House).unwrap();
    assert!(matches!(
        order.give(send(), &client()),
        Err(Refusal::NotYours { .. })
    ));
    assert_eq!(order.give(send(), &staff()).unwrap(), ["sending_asked"]);
    assert_eq!(order.give(send(), &staff()), Err(Refusal::Already));
    assert!(matches!(
        order.give(arrived(1), &staff()),
        Err(Refusal::NotYours { .. })
    ));
    assert_eq!(
        order.give(arrived(1), &Actor::House).unwrap(),
        ["sending_arrived"]
    );
    assert_eq!(order.give(arrived(1), &Actor::House), Err(Refusal::Already));

    let before = order.give(send(), &staff());
    assert_eq!(before, Err(Refusal::SentBefore { package: 1 }));
    let again = send_with(SentOnce::HandedOver, SendAgain::Yes);
    assert_eq!(order.give(again, &staff()).unwrap(), ["sending_asked"]);
    let failed = order.give(given_up(2), &Actor::House);
    assert_eq!(failed.unwrap(), ["sending_failed"]);
    let package = order.project.package(1).unwrap();
    assert_eq!(package.sendings.len(), 2);
    assert_eq!(package.sending(1).unwrap().sent().unwrap().files, 3);

    // The client sees that it arrived, and neither by which login nor what failed.
    let seen = order.project.for_client();
    let seen = &seen.package(1).unwrap().sendings;
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].to.as_str(), seen[0].sent().unwrap().at), ("", 9));
    assert_eq!(seen[0].sent().unwrap().shown, "");
}

#[test]
fn what_waits_can_be_called_off_until_it_lies_there() {
    let mut order = made();
    assert!(matches!(
        order.give(call_off(), &staff()),
        Err(Refusal::Unknown { .. })
    ));
    order.give(send(), &staff()).unwrap();
    let off = order.give(call_off(), &staff());
    assert_eq!(off.unwrap(), ["sending_called_off"]);
    assert_eq!(
        order.give(given_up(1), &Actor::House),
        Err(Refusal::Already)
    );
    // The last file was on its way: it lies there, and that is what counts.
    let late = order.give(arrived(1), &Actor::House);
    assert_eq!(late.unwrap(), ["sending_arrived"]);
}

#[test]
fn nothing_is_sent_that_may_not_be_handed_over() {
    let mut order = made();
    let hold = |hold| Command::SetHold { hold };
    order.give(hold(Hold::Finals), &Actor::House).unwrap();
    assert!(matches!(
        order.give(send(), &staff()),
        Err(Refusal::Unpaid { .. })
    ));
    order.give(hold(Hold::Nothing), &Actor::House).unwrap();
    let first = send_with(SentOnce::Released, SendAgain::No);
    let early = order.give(first.clone(), &staff());
    assert_eq!(early, Err(Refusal::NotReleased { package: 1 }));
    order.give(release(1), &client()).unwrap();
    order.give(first, &staff()).unwrap();
}

#[test]
fn what_is_told_otherwise_since_is_made_again_first() {
    let mut order = made();
    let stale = Command::Package(PackageCommand::Sending {
        no: 1,
        command: SendingCommand::Ask {
            to: TO.to_owned(),
            once: SentOnce::HandedOver,
            told: object(999),
            again: SendAgain::No,
            by: "Eva".to_owned(),
        },
    });
    let refused = order.give(stale, &staff());
    assert_eq!(refused, Err(Refusal::ToldSince { package: 1 }));
}

#[test]
fn packages_of_the_form_before_are_read() {
    // As form 10 wrote it: a package knows of no sendings.
    let body = r#"{"kind":"package","package":"asked","no":1,"profile":"label","title":"Label","edition":null,"revision":1,
        "way":"fetched","by":"Eva","at":5,"made":null,"failed":null,"released":null,"posted":null}"#;
    let written = Event::Package(PackageEvent::Asked(Box::new(
        made().project.package(1).unwrap().clone(),
    )))
    .write();
    let tag = written.split("\"package\":").next().unwrap();
    let body = body.replace("{\"kind\":\"package\",", tag);
    let Event::Package(PackageEvent::Asked(read)) = Event::read(10, &body).unwrap() else {
        panic!("another event");
    };
    assert!(read.sendings.is_empty());
    assert!(!written.contains("sendings"), "{written}");
}
