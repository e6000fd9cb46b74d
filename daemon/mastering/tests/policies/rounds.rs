//! Rounds: how many are free, until when, what they cover, and who says so.

use mastering::*;

use crate::order::*;

#[test]
fn s3_two_adjustments_are_free_and_beyond_them_a_person_decides() {
    let mut order = Order::heard("mastering");
    for left in [1, 0] {
        let opened = order.ask(&[Topic::Tone]).unwrap();
        assert_eq!(opened, ["revision_requested", "revision_opened"]);
        assert_eq!(order.project.rounds_left(), Some(left));
        order.deliver(10 + u64::from(left));
    }
    assert_eq!(order.ask(&[Topic::Tone]).unwrap(), ["revision_requested"]);
    let minor = Proposal {
        answer: Answer::Free,
        why: Why::RoundsUsed { free: 2 },
    };
    assert_eq!(order.proposal(), minor);
    // The person agrees with the proposal.
    let opened = order.answer(Answer::Free).unwrap();
    assert_eq!(opened, ["request_answered", "revision_opened"]);
}

#[test]
fn s3_beyond_the_free_ones_an_experimental_request_is_proposed_to_cost() {
    let mut order = Order::heard("mastering");
    // The first other order of songs is an adjustment like any other.
    order.ask(&[Topic::Order]).unwrap();
    order.deliver(10);
    order.ask(&[Topic::Order]).unwrap();
    order.deliver(11);
    // The third time it is experimental.
    assert_eq!(order.ask(&[Topic::Order]).unwrap(), ["revision_requested"]);
    let experimental = Proposal {
        answer: Answer::Charged,
        why: Why::Experimental {
            topic: Topic::Order,
        },
    };
    assert_eq!(order.proposal(), experimental);
    // It is quoted, and begins with the client's yes.
    assert_eq!(order.answer(Answer::Charged).unwrap(), ["request_answered"]);
    assert_eq!(order.project.turn().turn, Turn::Agreement);
    let yes = Command::AgreeToRequest {
        no: 3,
        by: "Ada".to_owned(),
    };
    let begun = order.give(yes, &client()).unwrap();
    assert_eq!(begun, ["request_agreed", "revision_opened"]);
    assert_eq!(
        order.project.rounds_used(),
        2,
        "what is paid for does not count"
    );
}

#[test]
fn a_correction_is_ours_free_and_does_not_count() {
    let mut order = Order::heard("mastering");
    order.ask(&[Topic::Level]).unwrap();
    assert_eq!(order.project.rounds_left(), Some(1));
    // The engineer listens: it was the studio's own fault.
    let answered = order.answer(Answer::Correction).unwrap();
    assert_eq!(answered, ["request_answered"]);
    assert_eq!(order.project.rounds_left(), Some(2));
    assert_eq!(order.answer(Answer::Correction), Err(Refusal::Already));
}

#[test]
fn s2_additions_arrangement_sound_design_and_new_files_are_new_work() {
    for topic in [
        Topic::Addition,
        Topic::Arrangement,
        Topic::SoundDesign,
        Topic::NewFile,
    ] {
        let mut order = Order::heard("mixing_revision");
        assert_eq!(
            order.ask(&[Topic::Tone, topic]).unwrap(),
            ["revision_requested"]
        );
        let new_work = Proposal {
            answer: Answer::NewWork,
            why: Why::NotCovered { topic },
        };
        assert_eq!(order.proposal(), new_work);
        order.answer(Answer::NewWork).unwrap();
        assert_eq!(order.project.rounds_used(), 0);
    }
}

#[test]
fn s2_level_space_tone_timing_tuning_and_effects_are_covered() {
    use Topic as T;
    let mut order = Order::heard("mixing_revision");
    let covered = [
        T::Level,
        T::Space,
        T::Tone,
        T::Timing,
        T::Tuning,
        T::Effects,
    ];
    for (n, topic) in (10..).zip(covered) {
        let opened = order.ask(&[topic]).unwrap();
        assert_eq!(
            opened,
            ["revision_requested", "revision_opened"],
            "{topic:?}"
        );
        order.deliver(n);
    }
    assert_eq!(order.project.rounds_left(), None, "without number");
}

#[test]
fn s2_an_edit_is_covered_where_an_edit_was_ordered() {
    let mut edit = Order::heard("radio_edit");
    assert!(
        edit.ask(&[Topic::Edit])
            .unwrap()
            .contains(&"revision_opened")
    );
    let mut mixing = Order::heard("mixing_revision");
    assert_eq!(mixing.ask(&[Topic::Edit]).unwrap(), ["revision_requested"]);
}

#[test]
fn s2_rounds_of_a_mix_end_60_days_after_the_first_delivery() {
    let mut order = Order::heard("mixing_revision");
    // The last moment of the 60th day, and not one later.
    let ends = order.project.asking_ends().unwrap();
    assert_eq!(ends.since, at("2027-01-23T00:00"));
    assert_eq!(ends.limit, Limit::Window);
    order.when("2027-01-22T23:59");
    assert!(
        order
            .ask(&[Topic::Tone])
            .unwrap()
            .contains(&"revision_opened")
    );

    let mut late = Order::heard("mixing_revision");
    late.when("2027-01-23T00:00");
    assert_eq!(late.ask(&[Topic::Tone]).unwrap(), ["revision_requested"]);
    let charged = Proposal {
        answer: Answer::Charged,
        why: Why::TimeOver { since: ends.since },
    };
    assert_eq!(late.proposal(), charged);
    assert_eq!(late.answer(Answer::Free), Err(Refusal::NoFreeRound));
    assert!(late.answer(Answer::Charged).is_ok());
}

#[test]
fn s2_four_days_to_ask_for_each_further_round() {
    let mut order = Order::heard("mixing_revision");
    order.when("2026-12-01T12:00");
    order.ask(&[Topic::Tone]).unwrap();
    order.when("2026-12-04T16:00");
    order.deliver(10);
    let ends = order.project.asking_ends().unwrap();
    assert_eq!(
        (ends.since, ends.limit),
        (at("2026-12-09T00:00"), Limit::Asking)
    );
    // A day before it ends the client is warned, once.
    order.when("2026-12-07T23:59");
    assert!(order.tick().is_empty());
    order.when("2026-12-08T00:00");
    assert_eq!(order.tick(), ["asking_ends"]);
    assert!(order.tick().is_empty());
    // Then the project is complete, and what was left has lapsed.
    order.when("2026-12-09T00:00");
    assert_eq!(order.tick(), ["asking_ended", "completed"]);
    assert!(order.project.approval.is_none(), "silence approves nothing");
    assert!(order.tick().is_empty());
}

#[test]
fn the_window_stands_still_while_the_studio_owes_the_round() {
    let mut order = Order::heard("mixing_revision");
    order.when("2027-01-20T12:00");
    order.ask(&[Topic::Tone]).unwrap();
    // The studio takes ten days, which are not the client's.
    order.when("2027-01-30T12:00");
    order.deliver(10);
    let ends = order.project.asking_ends().unwrap();
    assert_eq!(ends.limit, Limit::Window);
    assert_eq!(ends.since, at("2027-02-02T00:00"));
}

#[test]
fn warnings_come_before_a_window_closes_and_only_the_nearest_after_a_power_cut() {
    let mut order = Order::heard("mixing_revision");
    order.when("2027-01-15T23:59");
    assert!(order.tick().is_empty());
    order.when("2027-01-16T00:00");
    assert_eq!(order.tick(), ["asking_ends"]);
    order.when("2027-01-22T00:00");
    assert_eq!(order.tick(), ["asking_ends"]);

    let mut off = Order::heard("mixing_revision");
    off.when("2027-01-22T18:00");
    assert_eq!(off.tick(), ["asking_ends"]);
    assert!(off.tick().is_empty());
}

#[test]
fn s2_after_its_completion_a_change_is_charged_and_what_was_heard_can_still_be_approved() {
    let mut order = Order::heard("mixing_revision");
    order.when("2027-01-23T00:00");
    assert_eq!(order.tick(), ["asking_ended", "completed"]);
    order.archive();
    order.when("2027-02-01T12:00");
    let mut changed = order;
    assert_eq!(changed.ask(&[Topic::Tone]).unwrap(), ["revision_requested"]);
    assert_eq!(changed.proposal().answer, Answer::Charged);
    changed.answer(Answer::Charged).unwrap();
    let yes = Command::AgreeToRequest {
        no: 1,
        by: "Ada".to_owned(),
    };
    changed.give(yes, &client()).unwrap();
    assert_eq!(
        changed.project.archive, None,
        "what is worked on has no dates"
    );
    changed.deliver(10);
    // It is listened to as long as any other round.
    assert!(changed.tick().is_empty());
    changed.when("2027-02-06T00:00");
    assert_eq!(changed.tick(), ["completed"]);

    let mut approved = Order::heard("mixing_revision");
    approved.when("2027-01-23T00:00");
    approved.tick();
    approved.archive();
    assert_eq!(approved.approve(&client()).unwrap(), ["approved"]);
    approved.finish();
}

#[test]
fn where_the_rest_only_lapses_the_studio_waits_for_the_approval() {
    let mut house = catalogue();
    let rounds = &mut house.services.get_mut("mastering").unwrap().rounds;
    rounds.window_days = Some(30);
    let mut order = Order::under(&house, "mastering");
    order.take_mix();
    order.deliver(1);
    order.when("2026-12-24T00:00");
    assert_eq!(order.tick(), ["asking_ended"]);
    assert_eq!(order.ask(&[Topic::Tone]).unwrap(), ["revision_requested"]);
    assert_eq!(order.proposal().answer, Answer::Charged);
    let back = Command::WithdrawRequest { no: 1 };
    order.give(back, &client()).unwrap();
    assert_eq!(order.approve(&client()).unwrap(), ["approved"]);
}

#[test]
fn one_person_has_the_last_word_and_everybodys_comments_make_one_round() {
    let mut order = Order::heard("mastering");
    let comment = |n: u64, order: &Order| Command::Comment {
        id: hex(n, 32).parse().unwrap(),
        revision: RevisionNo::FIRST,
        on: CommentOn::Song(order.track()),
        until_ms: None,
        position_ms: 1_000,
        words: "louder here".to_owned(),
        by: "somebody".to_owned(),
    };
    let stranger = Actor::Client {
        account: person(4),
        person: person(4),
    };
    let said = comment(1, &order);
    assert!(order.give(said.clone(), &stranger).is_err());
    order.give(said, &manager()).unwrap();
    let said = comment(2, &order);
    order.give(said, &client()).unwrap();
    let named = |n: u64, name: &str| {
        Command::NameLastWord(Voice {
            person: person(n),
            name: name.to_owned(),
        })
    };
    // The manager does not give it to themselves; the client and the studio name who has it.
    assert!(order.give(named(3, "Max"), &manager()).is_err());
    order.give(named(2, "Ada"), &client()).unwrap();
    let refused = order.approve(&manager()).unwrap_err();
    assert!(
        refused.to_string().starts_with("Ada has the last word"),
        "{refused}"
    );
    order.ask(&[]).unwrap();
    assert_eq!(order.project.requests[0].gathered.len(), 2);
    order.deliver(10);
    order.give(named(3, "Max"), &staff()).unwrap();
    let name = "Max".to_owned();
    assert_eq!(order.ask(&[]), Err(Refusal::LastWord { name }));
    assert_eq!(order.approve(&manager()).unwrap(), ["approved"]);
}

#[test]
fn one_request_waits_at_a_time_and_can_be_taken_back() {
    let mut order = Order::heard("mixing_revision");
    order.ask(&[Topic::NewFile]).unwrap();
    assert_eq!(order.ask(&[Topic::Tone]), Err(Refusal::RequestWaits));
    assert_eq!(order.project.turn().turn, Turn::Decision);
    order
        .give(Command::WithdrawRequest { no: 1 }, &client())
        .unwrap();
    assert_eq!(order.project.turn().turn, Turn::Listening);
    assert!(order.ask(&[Topic::Tone]).is_ok());
}

#[test]
fn an_order_from_before_the_rules_counts_and_refuses_nothing() {
    let mut order = Order::of("mastering");
    order.project.rules = ServiceRules::earlier();
    let line = order.journal[0].write();
    let mut opened: serde_json::Value = serde_json::from_str(&line).unwrap();
    opened.as_object_mut().unwrap().remove("rules");
    let read = Event::read(2, &opened.to_string()).unwrap();
    let project = replay([&read]).unwrap();
    assert_eq!(project.rules, ServiceRules::earlier());
    assert_eq!(project.rounds_left(), None);
    // The request as journals of form 2 have it, with the round that follows.
    let requested = r#"{"kind":"revision_requested","heard":1,"words":"more","at":5}"#;
    assert!(Event::read(2, requested).is_ok());
}
