//! Who of the studio may listen to an order, and what the client reads of it.

use mastering::*;

use crate::order::*;

const HOUR: i64 = 3_600_000;

fn allow() -> Command {
    Command::AllowListening {
        by: "Ada".to_owned(),
    }
}

fn forbid() -> Command {
    Command::ForbidListening {
        by: "Ada".to_owned(),
    }
}

fn reason(purpose: ListeningPurpose) -> Command {
    Command::GiveListeningReason {
        purpose,
        reason: "a click that the check does not explain".to_owned(),
        by: "Eva".to_owned(),
    }
}

fn hear(name: &str) -> Command {
    Command::HearAsStudio {
        by: name.to_owned(),
    }
}

fn may(order: &Order, who: u64) -> bool {
    let allowed = order.project.may_studio_listen(&person(who), order.now);
    assert!(matches!(allowed, Ok(()) | Err(Refusal::NotForOurEars)));
    allowed.is_ok()
}

#[test]
fn s1_no_individual_listens_without_the_clients_permission() {
    let mut order = Order::heard("instant");
    assert!(!may(&order, 1));
    assert_eq!(
        order.give(hear("Eva"), &staff()),
        Err(Refusal::NotForOurEars)
    );
    // It is the client's to give: the studio cannot give it to itself.
    for somebody in [staff(), Actor::House] {
        assert!(order.give(allow(), &somebody).is_err());
    }
    assert_eq!(
        order.give(allow(), &manager()).unwrap(),
        ["listening_allowed"]
    );
    let leave = order.project.ears.leave.clone().unwrap();
    assert_eq!((leave.person, leave.at), (person(3), order.now));
    assert_eq!(order.give(allow(), &client()), Err(Refusal::Already));
    assert!(
        may(&order, 1) && may(&order, 11),
        "everybody who works here"
    );
    assert_eq!(
        order.give(hear("Eva"), &staff()).unwrap(),
        ["studio_listened"]
    );
    assert_eq!(order.give(hear("Eva"), &staff()), Err(Refusal::Already));
    assert_eq!(
        order.give(hear("Max"), &colleague()).unwrap(),
        ["studio_listened"]
    );
    // Taken back, it is closed at once; given again, listening is noted again.
    assert_eq!(
        order.give(forbid(), &client()).unwrap(),
        ["listening_forbidden"]
    );
    assert_eq!(order.give(forbid(), &client()), Err(Refusal::Already));
    assert!(!may(&order, 1));
    order.now += HOUR;
    order.give(allow(), &client()).unwrap();
    assert_eq!(
        order.give(hear("Eva"), &staff()).unwrap(),
        ["studio_listened"]
    );
    assert_eq!(order.project.ears.listened.len(), 3);
}

#[test]
fn s1_or_for_debugging_and_testing_which_is_recorded() {
    for purpose in ListeningPurpose::ALL {
        let mut order = Order::heard("instant");
        assert!(order.give(reason(purpose), &client()).is_err());
        let told = order.give(reason(purpose), &staff()).unwrap();
        assert_eq!(told, ["listening_reasoned"]);
        let given = order.project.ears.reasons[0].clone();
        assert_eq!((given.person, given.purpose), (person(1), purpose));
        assert_eq!(given.until, order.now + 24 * HOUR);
        assert!(may(&order, 1));
        assert!(!may(&order, 11), "a reason is one person's");
        order.now += 24 * HOUR - 1;
        assert!(may(&order, 1));
        order.now += 1;
        assert!(!may(&order, 1), "it holds for a while");
        let mut wordless = reason(purpose);
        if let Command::GiveListeningReason { reason, .. } = &mut wordless {
            *reason = " ".to_owned();
        }
        let what = "the reason";
        assert_eq!(
            order.give(wordless, &staff()),
            Err(Refusal::Missing { what })
        );
    }
}

#[test]
fn a_day_has_24_hours_when_the_clocks_change_and_a_clock_set_back_opens_nothing() {
    // On the 28th of March 2027 Berlin's clocks skip an hour.
    let mut order = Order::heard("instant");
    order.when("2027-03-27T20:00");
    order
        .give(reason(ListeningPurpose::Testing), &staff())
        .unwrap();
    order.when("2027-03-28T20:59");
    assert!(may(&order, 1));
    order.when("2027-03-28T21:00");
    assert!(!may(&order, 1));
    order.when("2027-03-27T19:59");
    assert!(!may(&order, 1));
}

#[test]
fn how_long_a_reason_holds_is_the_studios_setting() {
    let mut house = catalogue();
    let instant = house.services.get_mut("instant").unwrap();
    instant.listening = Some(ListeningRules {
        reason_hours: 2,
        ..instant.listening()
    });
    let mut order = Order::under(&house, "instant");
    order
        .give(reason(ListeningPurpose::Debugging), &staff())
        .unwrap();
    order.now += 2 * HOUR - 1;
    assert!(may(&order, 1));
    order.now += 1;
    assert!(!may(&order, 1));
    let text = include_str!("../../../../config/services.toml");
    for bad in ["reason_hours = 0", "reason_hours = 745"] {
        let text = text.replacen("reason_hours = 24", bad, 1);
        assert!(matches!(
            Catalogue::read(&text),
            Err(BadCatalogue::ReasonHours(name)) if name == "instant"
        ));
    }
}

#[test]
fn where_a_person_masters_they_listen_and_nothing_is_asked() {
    for service in ["mastering", "mixing_revision", "radio_edit"] {
        let mut order = Order::heard(service);
        assert!(may(&order, 1), "{service}");
        assert_eq!(order.give(hear("Eva"), &staff()), Err(Refusal::Already));
        assert!(order.give(allow(), &client()).is_err());
        assert!(
            order
                .give(reason(ListeningPurpose::Testing), &staff())
                .is_err()
        );
    }
    // An instant service that says nothing of it is closed, and the studio may say otherwise.
    let mut house = catalogue();
    house.services.get_mut("instant").unwrap().listening = None;
    assert!(!may(&Order::under(&house, "instant"), 1));
    house.services.get_mut("instant").unwrap().listening = Some(ListeningRules::default());
    assert!(may(&Order::under(&house, "instant"), 1));
}

#[test]
fn orders_of_earlier_programs_are_heard_and_delivered_as_they_were() {
    let rules = serde_json::to_value(catalogue().rules("instant").unwrap()).unwrap();
    let mut old = rules.as_object().unwrap().clone();
    old.remove("listening");
    old.remove("permissions");
    let read: ServiceRules = serde_json::from_value(old.into()).unwrap();
    assert_eq!(read.listening.studio, StudioEars::Free);
    assert_eq!(read.permissions.hold, PermissionsHold::Nothing);
}
