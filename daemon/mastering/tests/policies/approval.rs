//! Approval: whose yes, to what, heard how far, and what it ends.

use mastering::*;

use crate::order::*;

#[test]
fn s2_an_approval_ends_the_rounds_even_if_free_ones_are_left() {
    let mut order = Order::heard("mastering");
    order.approve(&client()).unwrap();
    let approval = order.project.approval.clone().unwrap();
    assert_eq!(approval.consent.rounds_unused, Some(2));
    assert_eq!(approval.person, Some(person(2)));
    assert_eq!(approval.wording, "I approve these masters.");
    // While its finals are made nothing is asked; afterwards what is asked costs.
    let refused = order.ask(&[Topic::Tone]).unwrap_err();
    assert_eq!(refused, Refusal::ApprovalStands(RevisionNo::FIRST));
    assert!(refused.to_string().contains("quote"));
    order.finish();
    order.ask(&[Topic::Tone]).unwrap();
    let why = Why::Approved {
        revision: RevisionNo::FIRST,
    };
    assert_eq!(
        order.proposal(),
        Proposal {
            answer: Answer::Charged,
            why
        }
    );
    assert_eq!(order.answer(Answer::Free), Err(Refusal::NoFreeRound));
}

#[test]
fn it_lists_what_was_listened_to_and_what_never_was() {
    let mut order = Order::of("mastering");
    let alternate = mix(2, MixRole::Alternate, order.now);
    order
        .give(Command::ReceiveMix(alternate), &Actor::House)
        .unwrap();
    order.take_mix();
    let set = Command::RecordSet {
        findings: [1, 2].map(|n| (mix_id(n), Vec::new())).into(),
        showing: Showing::Open,
    };
    order.give(set, &Actor::House).unwrap();
    order.deliver(1);
    let track = order.track();
    let half = Command::Listen {
        audible: Audible::Master {
            revision: RevisionNo::FIRST,
            track: track.clone(),
        },
        heard: Heard::Half,
    };
    order.give(half.clone(), &client()).unwrap();
    assert_eq!(order.give(half, &client()), Err(Refusal::Already));
    assert_eq!(
        order.project.unheard(RevisionNo::FIRST),
        [
            Unheard::Track {
                track: track.clone(),
                heard: Some(Heard::Half)
            },
            Unheard::Alternate { mix: mix_id(2) },
            Unheard::Derived {
                format: FinalFormat::Wav16
            },
            Unheard::Derived {
                format: FinalFormat::Mp3
            },
        ]
    );
    let whole = Command::Listen {
        audible: Audible::Master {
            revision: RevisionNo::FIRST,
            track,
        },
        heard: Heard::Whole,
    };
    order.give(whole, &client()).unwrap();
    order.approve(&client()).unwrap();
    let consent = order.project.approval.clone().unwrap().consent;
    assert_eq!(consent.how, ApprovalHow::ByPerson);
    assert_eq!(consent.listened.len(), 1);
    assert_eq!(consent.listened[0].heard, Heard::Whole);
    assert_eq!(consent.unheard.len(), 3, "the alternate, 16 bits, the MP3");
    // Nobody can say they heard what was not sent, and the studio does not listen for the client.
    let other = Command::Listen {
        audible: Audible::Mix { mix: mix_id(77) },
        heard: Heard::Part,
    };
    assert!(order.give(other.clone(), &client()).is_err());
    assert!(order.give(other, &staff()).is_err());
}

#[test]
fn s3_a_title_an_isrc_and_credits_are_corrected_free_and_reopen_nothing() {
    let mut order = Order::heard("mastering");
    order.approve(&client()).unwrap();
    order.finish();
    let before = order.project.stage;
    let track = order.track();
    let title = Command::NameTrack {
        track: track.clone(),
        title: "First Light (Live)".to_owned(),
    };
    assert_eq!(order.give(title, &client()).unwrap(), ["track_named"]);
    let marked = |isrc: &str| Command::MarkTrack {
        track: track.clone(),
        isrc: isrc.to_owned(),
        credits: "Written by A. Author".to_owned(),
    };
    let done = order.give(marked("de-a12-26-00001"), &staff()).unwrap();
    assert_eq!(done, ["track_marked"]);
    assert_eq!(order.project.tracks[0].isrc, "DEA122600001");
    assert!(order.give(marked("DE-A12-26-1"), &staff()).is_err());
    assert_eq!(order.project.stage, before);
    assert!(order.project.approval.is_some());
}

#[test]
fn s1_accepting_an_instant_master_is_final_and_makes_the_fee_due() {
    let mut order = Order::heard("instant");
    assert_eq!(order.approve(&client()).unwrap(), ["approved", "fee_due"]);
    assert_eq!(order.project.fee_due_at, Some(order.now));
    assert!(order.ask(&[Topic::Tone]).is_err());
    let mut mastering = Order::heard("mastering");
    assert_eq!(mastering.approve(&client()).unwrap(), ["approved"]);
}

#[test]
fn s1_a_technical_fault_found_later_reopens_it_free() {
    let mut order = Order::heard("instant");
    order.approve(&client()).unwrap();
    order.finish();
    let fee_due_at = order.project.fee_due_at;
    order.when("2026-12-20T12:00");
    let fault = Command::ReportFault {
        words: "a click at 2:14".to_owned(),
        by: "Eva".to_owned(),
    };
    assert!(order.give(fault.clone(), &client()).is_err());
    let reopened = order.give(fault.clone(), &staff()).unwrap();
    assert_eq!(reopened, ["fault_found", "revision_opened"]);
    assert_eq!(order.project.rounds_used(), 0);
    assert!(
        order.project.finals.is_empty(),
        "the faulty files are not offered"
    );
    order.deliver(10);
    assert_eq!(order.approve(&client()).unwrap(), ["approved"]);
    assert_eq!(order.project.fee_due_at, fee_due_at, "no second fee");
    order.finish();
    // Once the working files have left, the project is recalled first.
    order.when("2027-06-01T12:00");
    let gone = Command::ReleaseWorkingFiles {
        by: "Owner".to_owned(),
    };
    order.give(gone, &staff()).unwrap();
    assert_eq!(order.give(fault, &staff()), Err(Refusal::WorkingFilesGone));
}

#[test]
fn silence_is_never_approval_unless_the_terms_say_so() {
    for service in ["instant", "mastering", "mixing_revision", "radio_edit"] {
        let mut order = Order::heard(service);
        order.when("2029-11-23T12:00");
        order.tick();
        assert!(order.project.approval.is_none(), "{service}");
    }
}

fn silent_house() -> Catalogue {
    let mut house = catalogue();
    let approval = &mut house.services.get_mut("mastering").unwrap().approval;
    approval.silence = Silence::Approves;
    house
}

#[test]
fn where_the_terms_say_so_silence_is_announced_three_times_and_then_approves() {
    let mut order = Order::under(&silent_house(), "mastering");
    order.take_mix();
    order.deliver(1);
    // Fourteen days from the 23rd of November end with the 7th of December.
    for (when, told) in [
        ("2026-11-30T23:59", &[][..]),
        ("2026-12-01T00:00", &["silence_announced"][..]),
        ("2026-12-04T23:59", &[]),
        ("2026-12-05T00:00", &["silence_announced"]),
        ("2026-12-07T00:00", &["silence_announced"]),
        ("2026-12-07T23:59", &[]),
        ("2026-12-08T00:00", &["approved"]),
    ] {
        order.when(when);
        assert_eq!(order.tick(), told, "{when}");
    }
    let approval = order.project.approval.clone().unwrap();
    assert_eq!(approval.consent.how, ApprovalHow::BySilence);
    assert_eq!(approval.person, None);
    order.finish();
}

#[test]
fn any_word_of_the_client_ends_the_silence() {
    let mut order = Order::under(&silent_house(), "mastering");
    order.take_mix();
    order.deliver(1);
    order.when("2026-12-05T12:00");
    order.tick();
    let said = Command::Comment {
        id: hex(1, 32).parse().unwrap(),
        revision: RevisionNo::FIRST,
        on: CommentOn::Song(order.track()),
        until_ms: None,
        position_ms: 0,
        words: "I am on the road, I listen on Monday".to_owned(),
        by: "Ada".to_owned(),
    };
    order.give(said, &client()).unwrap();
    order.when("2026-12-08T12:00");
    assert!(order.tick().is_empty());
    assert!(order.project.approval.is_none());
}

#[test]
fn a_box_that_was_off_announces_three_times_all_the_same() {
    let mut order = Order::under(&silent_house(), "mastering");
    order.take_mix();
    order.deliver(1);
    for (when, told) in [
        ("2027-02-01T12:00", &["silence_announced"][..]),
        ("2027-02-05T11:59", &[]),
        ("2027-02-05T12:00", &["silence_announced"]),
        ("2027-02-07T12:00", &["silence_announced"]),
        ("2027-02-08T11:59", &[]),
        ("2027-02-08T12:00", &["approved"]),
    ] {
        order.when(when);
        assert_eq!(order.tick(), told, "{when}");
    }
}
