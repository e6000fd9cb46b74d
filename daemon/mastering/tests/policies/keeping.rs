//! What stays how long, and what goes only when somebody says so.

use mastering::*;

use crate::order::*;

fn archived(service: &str) -> Order {
    let mut order = Order::heard(service);
    order.approve(&client()).unwrap();
    order.finish();
    order
}

fn working() -> Command {
    Command::ReleaseWorkingFiles {
        by: "Owner".to_owned(),
    }
}

fn everything() -> Command {
    Command::ReleaseArchive {
        by: "Owner".to_owned(),
    }
}

fn due(order: &Order) -> DueDates {
    order.project.archive.as_ref().unwrap().due
}

#[test]
fn s2_working_files_after_90_days_the_archive_after_24_months_and_never_before() {
    let mut order = archived("mixing_revision");
    let dates = due(&order);
    assert_eq!(dates.working_due_at, at("2027-02-21T12:00"));
    assert_eq!(dates.archive_due_at, at("2028-11-23T12:00"));
    order.now = dates.working_due_at - 1;
    assert_eq!(order.give(working(), &staff()), Err(Refusal::NotDue));
    order.now += 1;
    assert!(order.give(working(), &staff()).is_ok());
    order.now = dates.archive_due_at - 1;
    assert_eq!(order.give(everything(), &staff()), Err(Refusal::NotDue));
    order.now += 1;
    assert!(order.give(everything(), &staff()).is_ok());
    assert_eq!(order.give(everything(), &staff()), Err(Refusal::Already));
}

#[test]
fn nothing_goes_by_itself_a_person_confirms() {
    let mut order = archived("mixing_revision");
    order.when("2040-01-01T12:00");
    assert!(order.tick().is_empty());
    assert!(order.give(everything(), &client()).is_err());
}

#[test]
fn s3_a_service_can_keep_its_archive_for_ever() {
    let mut order = archived("mastering");
    assert_eq!(due(&order).archive_due_at, NEVER);
    order.now = at("9000-01-01T12:00");
    assert_eq!(order.give(everything(), &staff()), Err(Refusal::NotDue));
}

#[test]
fn a_hold_keeps_everything_whatever_the_dates_say() {
    let mut order = archived("mixing_revision");
    let hold = Command::PlaceHold {
        reason: "a rights claim".to_owned(),
        by: "Eva".to_owned(),
    };
    assert!(order.give(hold.clone(), &client()).is_err());
    order.give(hold, &staff()).unwrap();
    order.when("2030-01-01T12:00");
    for gone in [working(), everything()] {
        let held = order.give(gone, &staff());
        assert!(matches!(held, Err(Refusal::OnHold { .. })), "{held:?}");
    }
    let lift = Command::LiftHold {
        by: "Eva".to_owned(),
    };
    order.give(lift, &staff()).unwrap();
    assert!(order.give(working(), &staff()).is_ok());
}

#[test]
fn an_extension_only_moves_dates_on() {
    let mut order = archived("mixing_revision");
    let dates = due(&order);
    let until = |archive_due_at| Command::ExtendRetention {
        due: DueDates {
            archive_due_at,
            ..dates
        },
        reason: "the label asks".to_owned(),
        by: "Eva".to_owned(),
    };
    for shorter in [dates.archive_due_at, dates.archive_due_at - 1] {
        assert_eq!(
            order.give(until(shorter), &staff()),
            Err(Refusal::NotLonger)
        );
    }
    order.give(until(at("2033-11-23T12:00")), &staff()).unwrap();
    order.now = dates.archive_due_at;
    assert_eq!(order.give(everything(), &staff()), Err(Refusal::NotDue));
}

#[test]
fn before_its_date_it_goes_on_the_owners_request_alone_and_two_people_confirm() {
    let mut order = archived("mixing_revision");
    let confirm = |by: &str| Command::ConfirmDeletion { by: by.to_owned() };
    assert!(
        order.give(confirm("Eva"), &staff()).is_err(),
        "nobody has asked"
    );
    let ask = Command::AskDeletion {
        reason: "we part ways".to_owned(),
        by: "Ada".to_owned(),
    };
    order.give(ask.clone(), &client()).unwrap();
    let first = order.give(confirm("Eva"), &staff()).unwrap();
    assert_eq!(first, ["deletion_confirmed"]);
    assert_eq!(
        order.give(confirm("Eva"), &staff()),
        Err(Refusal::SamePerson)
    );
    assert!(order.give(confirm("Ada"), &client()).is_err());
    let second = order.give(confirm("Olaf"), &colleague()).unwrap();
    assert_eq!(second, ["deletion_confirmed", "archive_released"]);
    assert!(
        order
            .project
            .archive
            .as_ref()
            .unwrap()
            .all_gone_at
            .is_some()
    );

    let mut back = archived("mixing_revision");
    back.give(ask, &client()).unwrap();
    back.give(confirm("Eva"), &staff()).unwrap();
    back.give(Command::WithdrawDeletion, &client()).unwrap();
    assert!(back.give(confirm("Olaf"), &colleague()).is_err());
}

#[test]
fn dates_are_the_last_days_of_months_that_have_no_counterpart() {
    let mut order = Order::heard("mixing_revision");
    order.approve(&client()).unwrap();
    order.when("2028-02-29T12:00");
    order.finish();
    assert_eq!(due(&order).archive_due_at, at("2030-02-28T12:00"));
    assert_eq!(due(&order).working_due_at, at("2028-05-29T12:00"));
}
