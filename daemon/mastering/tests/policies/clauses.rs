//! The clauses of the four source documents that no other file here names. A case's name begins with
//! its document: `s1_` instant mastering, `s2_` mixing and revisions, `s3_` mastering, `s4_` distribution;
//! clauses about money stand in `tests/money`, verification of mixes in `tests/life`.

use std::collections::BTreeMap;

use jiff::civil::date;
use mastering::money::{Ask, Basis, Extra, PriceList, Quote};
use mastering::*;

use crate::order::*;

fn answers(pairs: &[(&str, &str)]) -> Consultation {
    let given: BTreeMap<String, String> = pairs
        .iter()
        .map(|(code, answer)| ((*code).to_owned(), (*answer).to_owned()))
        .collect();
    Consultation::default().answer(&given).unwrap()
}

#[test]
fn s1_the_client_warrants_their_rights_before_anything_is_altered() {
    let mut house = catalogue();
    let instant = house.services.get_mut("instant").unwrap();
    instant.consultation.asked = Asked::First;
    let mut order = Order::under(&house, "instant");
    order.take_mix();
    let accepted = Command::DecideContent {
        verdict: ContentVerdict::Accepted,
        reason: "Songs of their own.".to_owned(),
        by: "Sam".to_owned(),
    };
    order.give(accepted, &staff()).unwrap();
    let said = |warranty| Command::RecordConsultation {
        missing: None,
        warranty,
        borrowed: Vec::new(),
    };
    let told = order.give(said(Warranty::Open), &client()).unwrap();
    assert_eq!(told, ["consulted"], "nothing masters itself without it");
    assert!(matches!(
        order.project.may_master(),
        Err(Refusal::ConsultFirst { what }) if what == "the warranty of rights"
    ));
    order.give(said(Warranty::Given), &client()).unwrap();
    assert_eq!(order.project.may_master(), Ok(()));
}

#[test]
fn s1_copies_for_processing_are_due_when_the_service_is_complete_and_finals_stay() {
    let mut house = catalogue();
    let instant = house.services.get_mut("instant").unwrap();
    instant.retention = Some(Retention {
        working_days: Kept::For(0),
        ..Retention::default()
    });
    let mut order = Order::under(&house, "instant");
    order.take_mix();
    order.deliver(1);
    order.approve(&client()).unwrap();
    order.finish();
    let gone = Command::ReleaseWorkingFiles {
        by: "the calendar".to_owned(),
    };
    order.give(gone, &Actor::House).unwrap();
    for format in FinalFormat::ALL {
        assert!(order.project.may_fetch(format), "{format:?}");
    }
}

/// An order of a mix that asks for a decision.
fn with_a_faulty_mix() -> Order {
    let mut order = Order::of("mixing_revision");
    let mut faulty = mix(1, MixRole::Main, order.now);
    faulty.findings = vec![FindingLine {
        code: "clipping".to_owned(),
        severity: Severity::Ask,
        text: "The mix clips.".to_owned(),
    }];
    order
        .give(Command::ReceiveMix(faulty), &Actor::House)
        .unwrap();
    order
}

#[test]
fn s2_material_that_is_not_prepared_right_is_refused_or_used_as_received_on_record() {
    let mut used = with_a_faulty_mix();
    let go_on = Command::GoOnWith {
        mix: mix_id(1),
        by: "Eva".to_owned(),
        reason: "The client wants it so.".to_owned(),
    };
    assert!(used.give(go_on.clone(), &client()).is_err());
    let told = used.give(go_on, &staff()).unwrap();
    assert_eq!(told[0], "mix_accepted");
    let kept = used.project.mixes[&mix_id(1)].accepted.as_ref().unwrap();
    assert_eq!(
        (kept.by.as_str(), kept.reason.as_str()),
        ("Eva", "The client wants it so.")
    );

    let mut refused = with_a_faulty_mix();
    let again = Command::AskReprint {
        mix: mix_id(1),
        words: "Please print it 3 dB lower.".to_owned(),
    };
    assert_eq!(refused.give(again, &staff()).unwrap(), ["reprint_asked"]);
    assert!(refused.give(Command::CloseIntake, &client()).is_err());
}

#[test]
fn s2_after_its_time_only_what_the_client_brings_back_can_be_worked_on() {
    let mut order = Order::heard("mixing_revision");
    order.approve(&client()).unwrap();
    order.finish();
    assert!(
        order.ask(&[Topic::Tone]).is_ok(),
        "within it, everything is recalled"
    );
    let mut order = Order::heard("mixing_revision");
    order.approve(&client()).unwrap();
    order.finish();
    order.when("2028-11-23T12:00");
    let gone = Command::ReleaseArchive {
        by: "Owner".to_owned(),
    };
    order.give(gone, &staff()).unwrap();
    assert_eq!(order.ask(&[Topic::Tone]), Err(Refusal::WorkingFilesGone));
}

#[test]
fn s2_stems_stay_with_the_studio_and_a_breakout_is_a_paid_order() {
    let list: PriceList =
        toml::from_str("per_song = \"300.00 EUR\"\n[extras]\nstems = \"40.00 EUR\"\n").unwrap();
    let mut ask = Ask {
        basis: Basis::Extras,
        ..Ask::songs(0, date(2026, 11, 23))
    };
    ask.extras.insert(Extra::Stems, 1);
    let quote = Quote::make("mixing_revision", 1, &list.checked().unwrap(), &ask).unwrap();
    assert_eq!(quote.net.to_string(), "40.00 EUR");
}

#[test]
fn s2_the_final_is_a_wav_at_the_sources_rate_and_the_highest_depth() {
    assert!(FinalFormat::ALL.contains(&FinalFormat::Wav24));
    assert!(FinalFormat::Wav24.holds_approved_samples());
    let mut order = Order::heard("mixing_revision");
    order.approve(&client()).unwrap();
    let other = Final {
        track: order.track(),
        format: FinalFormat::Wav24,
        file_name: "First Light.wav".to_owned(),
        object: object(5),
        bytes: 10,
        samples: samples(99),
        read_back: String::new(),
    };
    let revision = RevisionNo::FIRST;
    let finals = Command::RecordFinals {
        revision,
        finals: vec![other],
    };
    assert!(matches!(
        order.give(finals, &Actor::House),
        Err(Refusal::NotWhatWasApproved { .. })
    ));
}

#[test]
fn s3_how_to_prepare_follows_from_the_answers() {
    let check = |pairs: &[(&str, &str)], part: &str| {
        let lines = answers(pairs).instructions(Tongue::English).join(" ");
        assert!(lines.contains(part), "{part}: {lines}");
    };
    check(
        &[("rate_hz", "96000"), ("depth", "24")],
        "96000 Hz and 24 bits",
    );
    check(&[("depth", "16")], "24 bits, although the session has 16");
    check(
        &[("platform", "analogue")],
        "highest rate and depth of your converters",
    );
    for rule in [
        "2 to 3 dB of room",
        "cut and fade nothing",
        "no dither",
        "Alternate Mixes",
        "one zip",
    ] {
        check(&[], rule);
    }
}

#[test]
fn s3_two_adjustments_and_the_ddp_are_included() {
    assert_eq!(Order::of("mastering").project.rounds_left(), Some(2));
    let list: PriceList =
        toml::from_str("per_song = \"80.00 USD\"\n[extras]\nddp = \"0.00 USD\"\n").unwrap();
    let mut ask = Ask::songs(4, date(2026, 11, 23));
    let alone = Quote::make("mastering", 1, &list, &ask).unwrap();
    ask.extras.insert(Extra::Ddp, 1);
    let with_ddp = Quote::make("mastering", 1, &list, &ask).unwrap();
    assert_eq!(with_ddp.total, alone.total);
}

#[test]
fn s4_covers_remixes_and_samples_of_any_length_need_written_permission() {
    let form = answers(&[
        ("covers", "First Light"),
        ("remixes", "Second Wind"),
        ("samples", "Third Rail"),
    ]);
    assert_eq!(form.not_permitted(&[]).len(), 3);
    let mut order = Order::of("mastering");
    let letter = Permission {
        song: "Third Rail".to_owned(),
        what: Borrowed::Sample,
        file_name: "letter.pdf".to_owned(),
        paper: PaperKind::Pdf,
        object: object(4),
        bytes: 10,
        by: "Ada".to_owned(),
        at: 0,
    };
    let attach = Command::AttachPermission(letter);
    assert_eq!(
        order.give(attach.clone(), &client()).unwrap(),
        ["permission_kept"]
    );
    assert_eq!(order.give(attach, &client()), Err(Refusal::Already));
    let kept = &order.project.permissions;
    assert_eq!(kept[0].at, order.now, "the moment of the decision");
    let missing = form.not_permitted(kept);
    let titles: Vec<&str> = missing.iter().map(|song| song.song.as_str()).collect();
    assert_eq!(titles, ["First Light", "Second Wind"]);
}

#[test]
fn s4_unlawful_content_is_refused_as_a_recorded_decision() {
    let mut order = Order::of("mastering");
    order.take_mix();
    let refused = Command::DecideContent {
        verdict: ContentVerdict::Refused,
        reason: "It calls for violence.".to_owned(),
        by: "Sam".to_owned(),
    };
    assert!(order.give(refused.clone(), &client()).is_err());
    assert_eq!(order.give(refused, &staff()).unwrap(), ["content_decided"]);
    let kept = order.project.content.as_ref().unwrap();
    assert_eq!((kept.by.as_str(), kept.at), ("Sam", order.now));
    assert!(matches!(
        order.project.may_quote(),
        Err(Refusal::Declined { .. })
    ));
}

#[test]
fn s4_the_shops_take_wav_at_16_bit_and_44_1_khz() {
    assert!(FinalFormat::ALL.contains(&FinalFormat::Wav16));
}

#[test]
fn s3_a_reference_of_the_whole_goes_up_for_approval() {
    let mut order = Order::of("mastering");
    for (n, title) in [(1, "First Light"), (2, "Second Wind")] {
        let came = Event::MixReceived {
            mix: Box::new(mix(n, MixRole::Main, order.now)),
            title: title.to_owned(),
            key: title.to_lowercase(),
            version: 1,
        };
        apply(&mut order.project, &came);
        order.journal.push(came);
    }
    let set = Command::RecordSet {
        findings: [1, 2].map(|n| (mix_id(n), Vec::new())).into(),
        showing: Showing::Open,
    };
    order.give(set, &Actor::House).unwrap();
    order.give(Command::CloseIntake, &client()).unwrap();
    let revision = order.project.stage.revision().unwrap();
    order.give(Command::StartMastering, &staff()).unwrap();
    let tracks: Vec<TrackId> = order.project.tracks.iter().map(|t| t.id.clone()).collect();
    for (n, track) in (1..).zip(tracks) {
        let early = order.give(Command::SendReference { revision }, &staff());
        assert_eq!(early, Err(Refusal::NotMastered(revision)), "{n}");
        let made = Command::RecordMaster {
            revision,
            track,
            master: master(n),
        };
        order.give(made, &Actor::House).unwrap();
    }
    order
        .give(Command::SendReference { revision }, &staff())
        .unwrap();
    assert_eq!(order.project.revisions[&revision].sample_sums().len(), 2);
}

#[test]
fn s1_the_client_stays_the_owner_and_may_have_everything_gone_before_its_date() {
    let mut order = Order::heard("instant");
    order.approve(&client()).unwrap();
    order.finish();
    let ask = Command::AskDeletion {
        reason: "It is mine.".to_owned(),
        by: "Ada".to_owned(),
    };
    assert!(order.give(ask.clone(), &Actor::House).is_err());
    order.give(ask, &client()).unwrap();
    let yes = |by: &str| Command::ConfirmDeletion { by: by.to_owned() };
    assert_eq!(
        order.give(yes("Eva"), &staff()).unwrap(),
        ["deletion_confirmed"]
    );
    assert_eq!(order.give(yes("Eva"), &staff()), Err(Refusal::SamePerson));
    assert_eq!(
        order.give(yes("Max"), &colleague()).unwrap(),
        ["deletion_confirmed", "archive_released"]
    );
}
