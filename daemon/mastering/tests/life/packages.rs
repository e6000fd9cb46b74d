//! Packages of an approved order: asked for, made, released for production, posted.

use mastering::*;

use crate::order::*;

const FIRST: RevisionNo = RevisionNo::FIRST;

pub(crate) fn ask(profile: &str, way: PackageWay) -> Command {
    Command::Package(PackageCommand::Ask {
        profile: profile.to_owned(),
        title: "CD plant".to_owned(),
        edition: None,
        way,
        by: "Eva".to_owned(),
    })
}

fn made(n: u64) -> Box<PackageMade> {
    Box::new(PackageMade {
        archive: object(n),
        bytes: 100,
        told: object(n + 1),
        files: vec![PackageFile {
            path: "Disc 1/DDP/DDPID".to_owned(),
            at: 40,
            bytes: 128,
            sha256: object(n + 2),
        }],
        discs: Vec::new(),
        objections: Vec::new(),
        at: 5,
    })
}

pub(crate) fn record(no: u32) -> Command {
    let made = made(500 + u64::from(no));
    Command::Package(PackageCommand::Record { no, made })
}

pub(crate) fn release(no: u32) -> Command {
    let by = "The Client".to_owned();
    Command::Package(PackageCommand::Release { no, by })
}

fn post(no: u32) -> Command {
    Command::Package(PackageCommand::Post {
        no,
        carrier: "Post".to_owned(),
        tracking: "RR123456785DE".to_owned(),
        by: "Eva".to_owned(),
    })
}

fn approved() -> Order {
    let mut order = Order::in_review();
    order.approve(FIRST).unwrap();
    order
}

#[test]
fn a_package_holds_an_approval_and_is_made_by_the_machine() {
    let mut order = Order::in_review();
    let early = order.give(ask("plant", PackageWay::Fetched), &staff());
    assert!(
        matches!(early, Err(Refusal::OutOfOrder { .. })),
        "{early:?}"
    );
    order.approve(FIRST).unwrap();
    let theirs = order.give(ask("plant", PackageWay::Fetched), &client());
    assert!(
        matches!(theirs, Err(Refusal::NotYours { .. })),
        "{theirs:?}"
    );

    let asked = order.give(ask("plant", PackageWay::Fetched), &staff());
    assert_eq!(asked.unwrap(), ["package_asked"]);
    let again = order.give(ask("plant", PackageWay::Fetched), &staff());
    assert_eq!(again, Err(Refusal::Already), "it is in the making");
    assert!(matches!(
        order.give(record(1), &staff()),
        Err(Refusal::NotYours { .. })
    ));
    assert!(matches!(
        order.give(release(1), &client()),
        Err(Refusal::Missing { .. })
    ));
    let done = order.give(record(1), &Actor::House);
    assert_eq!(done.unwrap(), ["package_made"]);
    assert_eq!(
        order.give(record(1), &Actor::House),
        Err(Refusal::Already),
        "what was made is frozen"
    );
    let package = order.project.package(1).unwrap();
    assert_eq!(package.revision, FIRST);
    assert_eq!(package.file("Disc 1/DDP/DDPID").unwrap().bytes, 128);

    // Another of the same profile stands beside it, with a number of its own.
    order
        .give(ask("plant", PackageWay::Fetched), &staff())
        .unwrap();
    let fail = Command::Package(PackageCommand::Fail {
        no: 2,
        why: "the EAN is missing; write it on the release's page".to_owned(),
    });
    let failed = order.give(fail, &Actor::House);
    assert_eq!(failed.unwrap(), ["package_failed"]);
    assert!(!order.project.package(2).unwrap().is_in_the_making());
}

#[test]
fn an_edition_that_the_approved_programme_does_not_have_is_none() {
    let mut order = approved();
    let ask = Command::Package(PackageCommand::Ask {
        profile: "plant".to_owned(),
        title: "CD plant".to_owned(),
        edition: Some("Deluxe".to_owned()),
        way: PackageWay::Fetched,
        by: "Eva".to_owned(),
    });
    let refused = order.give(ask, &staff());
    assert_eq!(refused, Err(Refusal::Unknown { what: "edition" }));
}

#[test]
fn the_client_releases_for_production_what_was_approved_and_paid() {
    let mut order = approved();
    order
        .give(ask("plant", PackageWay::Fetched), &staff())
        .unwrap();
    order.give(record(1), &Actor::House).unwrap();
    assert!(matches!(
        order.give(release(1), &staff()),
        Err(Refusal::NotYours { .. })
    ));
    let hold = |hold| Command::SetHold { hold };
    order.give(hold(Hold::Finals), &Actor::House).unwrap();
    assert!(matches!(
        order.give(release(1), &client()),
        Err(Refusal::Unpaid { .. })
    ));
    order.give(hold(Hold::Nothing), &Actor::House).unwrap();
    let released = order.give(release(1), &client());
    assert_eq!(released.unwrap(), ["package_released"]);
    let by = order.project.package(1).unwrap().released.clone();
    assert_eq!(by.unwrap().by, "The Client");
    assert_eq!(order.give(release(1), &client()), Err(Refusal::Already));
}

#[test]
fn what_goes_by_post_waits_for_its_number() {
    let mut order = approved();
    order
        .give(ask("plant", PackageWay::Posted), &staff())
        .unwrap();
    assert!(!order.project.package(1).unwrap().is_to_be_posted());
    order.give(record(1), &Actor::House).unwrap();
    assert!(order.project.package(1).unwrap().is_to_be_posted());
    assert_eq!(order.give(post(1), &staff()).unwrap(), ["package_posted"]);
    let package = order.project.package(1).unwrap();
    assert!(!package.is_to_be_posted());
    assert_eq!(package.posted.as_ref().unwrap().tracking, "RR123456785DE");

    order
        .give(ask("label", PackageWay::Fetched), &staff())
        .unwrap();
    order.give(record(2), &Actor::House).unwrap();
    assert!(matches!(
        order.give(post(2), &staff()),
        Err(Refusal::Unknown { .. })
    ));
}

#[test]
fn a_cover_is_kept_with_whoever_brought_it() {
    let mut order = approved();
    let cover = |n| {
        Command::KeepCover(Cover {
            object: object(n),
            shown: object(n + 1),
            file_name: "front.jpg".to_owned(),
            bytes: 10,
            by: "The Client".to_owned(),
            at: 0,
        })
    };
    assert_eq!(order.give(cover(1), &client()).unwrap(), ["cover_kept"]);
    assert_eq!(order.give(cover(1), &client()), Err(Refusal::Already));
    order.give(cover(3), &staff()).unwrap();
    let kept = order.project.cover.as_ref().unwrap();
    assert_eq!((&kept.object, kept.at), (&object(3), order.now));
}
