//! What comes in, what is asked about it, and when the intake closes.

use mastering::*;

use crate::order::*;

#[test]
fn s3_nothing_is_mastered_before_all_mixes_are_verified() {
    let mut order = Order::open(Service::instant(), Some(2));
    order
        .give(Command::ReceiveMix(mix(1, "a.wav", None)), &Actor::House)
        .unwrap();
    let second = order.give(
        Command::ReceiveMix(mix(2, "b.wav", Some(Severity::Ask))),
        &Actor::House,
    );
    assert_eq!(
        second.unwrap(),
        ["mix_received"],
        "a mix that asks keeps the intake open"
    );
    assert_eq!(
        order.give(Command::CloseIntake, &client()),
        Err(Refusal::Unverified { waiting: 1, all: 2 })
    );
    order
        .give(set(&[(1, None), (2, None)], Showing::Open), &Actor::House)
        .unwrap();
    let go_on = go_on_with(2);
    assert!(matches!(
        order.give(go_on.clone(), &client()),
        Err(Refusal::NotYours { .. })
    ));
    let closed = order.give(go_on, &staff()).unwrap();
    assert_eq!(
        closed,
        [
            "mix_accepted",
            "intake_closed",
            "revision_opened",
            "mastering_started"
        ]
    );
}

#[test]
fn a_set_is_compared_before_the_intake_closes_and_asks_like_a_mix_does() {
    let mut order = Order::open(Service::instant(), Some(1));
    let alternate = Mix {
        role: MixRole::Alternate,
        ..mix(2, "Alternate Mixes/a (instrumental).wav", None)
    };
    let reference = Mix {
        role: MixRole::Reference,
        ..mix(3, "References/b.wav", None)
    };
    // The alternates first: with the song all would be there.
    for mix in [alternate, reference, mix(1, "a.wav", None)] {
        let came = order.give(Command::ReceiveMix(mix), &Actor::House);
        assert_eq!(came.unwrap(), ["mix_received"]);
    }
    assert_eq!(
        order.give(Command::CloseIntake, &client()),
        Err(Refusal::StillArriving)
    );
    let of_another_set = set(&[(1, None), (3, None)], Showing::Open);
    assert_eq!(
        order.give(of_another_set, &Actor::House),
        Err(Refusal::Already)
    );
    let compared = set(&[(1, None), (2, Some(Severity::Ask))], Showing::Open);
    assert!(matches!(
        order.give(compared.clone(), &staff()),
        Err(Refusal::NotYours { .. })
    ));
    assert_eq!(
        order.give(compared.clone(), &Actor::House).unwrap(),
        ["set_compared"]
    );
    // A restart runs the comparison again: it has been recorded.
    assert_eq!(order.give(compared, &Actor::House), Err(Refusal::Already));
    assert_eq!(
        order.give(Command::CloseIntake, &client()),
        Err(Refusal::Unverified { waiting: 1, all: 2 })
    );
    let closed = order.give(go_on_with(2), &staff()).unwrap();
    assert_eq!(closed[..2], ["mix_accepted", "intake_closed"]);
}

#[test]
fn whoever_accepted_a_mix_is_asked_again_about_what_they_did_not_know() {
    let mut order = Order::open(Service::engineer(), None);
    let receive = |n, path, worst| Command::ReceiveMix(mix(n, path, worst));
    order
        .give(receive(1, "a.wav", Some(Severity::Ask)), &Actor::House)
        .unwrap();
    order
        .give(receive(2, "b.wav", None), &Actor::House)
        .unwrap();
    order.give(go_on_with(1), &staff()).unwrap();
    let clear = set(&[(1, None), (2, None)], Showing::Open);
    order.give(clear, &Actor::House).unwrap();
    assert!(order.project.mixes[&mix_id(1)].is_verified());
    order
        .give(receive(3, "c.wav", None), &Actor::House)
        .unwrap();
    let asks = |others: &[(u64, Option<Severity>)]| {
        let mut all = vec![(1, Some(Severity::Ask))];
        all.extend(others);
        set(&all, Showing::Open)
    };
    order
        .give(asks(&[(2, None), (3, None)]), &Actor::House)
        .unwrap();
    assert!(!order.project.mixes[&mix_id(1)].is_verified());
    order.give(go_on_with(1), &staff()).unwrap();
    // The same question in the next comparison was answered.
    order
        .give(Command::SetAside { mix: mix_id(3) }, &staff())
        .unwrap();
    order.give(asks(&[(2, None)]), &Actor::House).unwrap();
    assert!(order.project.mixes[&mix_id(1)].is_verified());
    // What stands alone has nothing beside it.
    order
        .give(Command::SetAside { mix: mix_id(2) }, &staff())
        .unwrap();
    order
        .give(set(&[(1, None)], Showing::Open), &Actor::House)
        .unwrap();
    assert!(order.project.mixes[&mix_id(1)].set_findings.is_empty());
    assert_eq!(order.project.set_to_compare(), None);
}

#[test]
fn a_client_reads_what_was_held_back_once_a_person_releases_it() {
    let mut order = Order::open(Service::engineer(), None);
    let held = |n, path: &str| Mix {
        showing: Showing::Held,
        ..mix(n, path, Some(Severity::Ask))
    };
    for mix in [held(1, "a.wav"), held(2, "b.wav")] {
        order.give(Command::ReceiveMix(mix), &Actor::House).unwrap();
    }
    let asks = set(&[(1, Some(Severity::Ask)), (2, None)], Showing::Held);
    order.give(asks, &Actor::House).unwrap();
    order.give(go_on_with(2), &staff()).unwrap();
    let seen = order.project.for_client();
    assert!(
        seen.mixes
            .values()
            .all(|m| m.all_findings().next().is_none() && m.accepted.is_none())
    );
    assert_eq!(order.project.held_back().count(), 2);

    let release = || Command::ReleaseFindings {
        by: "Mia".to_owned(),
    };
    assert!(matches!(
        order.give(release(), &client()),
        Err(Refusal::NotYours { .. })
    ));
    assert_eq!(
        order.give(release(), &staff()).unwrap(),
        ["findings_released"]
    );
    assert_eq!(order.give(release(), &staff()), Err(Refusal::Already));
    assert_eq!(order.project.for_client(), order.project);
    // What is found later is held back anew.
    order
        .give(Command::ReceiveMix(held(3, "c.wav")), &Actor::House)
        .unwrap();
    assert_eq!(order.project.held_back().count(), 1);
}

#[test]
fn the_intake_stays_open_while_files_are_still_being_opened() {
    let mut order = Order::open(Service::instant(), Some(1));
    let mix = Command::ReceiveMix(mix(1, "a.wav", None));
    let codes = |events: &[Event]| events.iter().map(Event::code).collect::<Vec<_>>();
    let knowing = |project: &Project, command, by: &Actor, arriving| {
        decide_knowing(project, command, by, arriving, 1)
    };
    let closing = Some(Command::CloseIntake);
    assert_eq!(
        knowing(&order.project, closing, &client(), Arriving::More),
        Err(Refusal::StillArriving)
    );
    let house = Actor::House;
    let events = knowing(&order.project, Some(mix), &house, Arriving::More).unwrap();
    assert_eq!(codes(&events), ["mix_received"]);
    events
        .iter()
        .for_each(|event| apply(&mut order.project, event));
    // The last file may turn out to be no mix; then the rule alone closes the intake.
    let rest = knowing(&order.project, None, &house, Arriving::Nothing).unwrap();
    assert_eq!(
        codes(&rest),
        ["intake_closed", "revision_opened", "mastering_started"]
    );
}

#[test]
fn a_reprint_takes_the_place_of_the_faulty_mix() {
    let mut order = Order::open(Service::instant(), Some(1));
    order
        .give(
            Command::ReceiveMix(mix(1, "in/Rain.wav", Some(Severity::Blocks))),
            &Actor::House,
        )
        .unwrap();
    let took = order
        .give(
            Command::ReceiveMix(mix(2, "in/Rain (2).wav", None)),
            &Actor::House,
        )
        .unwrap();
    assert_eq!(took[..2], ["mix_received", "mix_superseded"]);
    assert_eq!(order.project.tracks.len(), 1);
    assert_eq!(order.project.tracks[0].mix, mix_id(2));
}

#[test]
fn an_older_version_that_comes_late_takes_no_place() {
    let mut order = Order::open(Service::engineer(), None);
    order
        .give(
            Command::ReceiveMix(mix(1, "Rain_v3.wav", None)),
            &Actor::House,
        )
        .unwrap();
    order
        .give(
            Command::ReceiveMix(mix(2, "Rain_v2.wav", None)),
            &Actor::House,
        )
        .unwrap();
    assert_eq!(order.project.tracks[0].mix, mix_id(1));
    assert_eq!(
        order.project.mixes[&mix_id(2)].superseded_by,
        Some(mix_id(1))
    );
}

#[test]
fn two_files_of_one_name_in_two_folders_are_two_songs_until_a_person_says_otherwise() {
    let mut order = Order::open(Service::instant(), Some(1));
    order
        .give(
            Command::ReceiveMix(mix(1, "a/Rain.wav", Some(Severity::Ask))),
            &Actor::House,
        )
        .unwrap();
    order
        .give(
            Command::ReceiveMix(mix(2, "b/Rain.wav", None)),
            &Actor::House,
        )
        .unwrap();
    assert_eq!(order.project.tracks.len(), 2);
    let chosen = order
        .give(Command::SetAside { mix: mix_id(1) }, &staff())
        .unwrap();
    assert_eq!(
        chosen,
        [
            "mix_set_aside",
            "intake_closed",
            "revision_opened",
            "mastering_started"
        ]
    );
}
