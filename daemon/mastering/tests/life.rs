//! An order's life, from its opening to the day its files are due.

use std::collections::BTreeMap;

use mastering::*;
use proptest::prelude::*;

const DAY: i64 = 86_400_000;

fn hex(n: u64, digits: usize) -> String {
    format!("{n:0digits$x}")
}
fn person(n: u64) -> PersonId {
    hex(n, 32).parse().unwrap()
}
fn object(n: u64) -> ObjectSum {
    hex(n, 64).parse().unwrap()
}
fn samples(n: u64) -> SampleSum {
    hex(n, 64).parse().unwrap()
}
fn mix_id(n: u64) -> MixId {
    hex(n, 32).parse().unwrap()
}
fn staff() -> Actor {
    Actor::Staff { person: person(1) }
}
fn client() -> Actor {
    Actor::Client { person: person(2) }
}

fn mix(n: u64, path: &str, worst: Option<Severity>) -> Mix {
    Mix {
        id: mix_id(n),
        role: MixRole::Main,
        file_name: path.rsplit('/').next().unwrap().to_owned(),
        path: path.to_owned(),
        original: object(n),
        audio: Some(MixAudio {
            canonical: object(1000 + n),
            samples: samples(n),
            rate_hz: 48_000,
            channels: 2,
            frames: 48_000,
            format: "WAV, 24 bit, 48 kHz, stereo".to_owned(),
            fingerprint: None,
        }),
        findings: worst
            .map(|severity| FindingLine {
                code: "clipping".to_owned(),
                severity,
                text: "It clips at 2:14.".to_owned(),
            })
            .into_iter()
            .collect(),
        showing: Showing::Open,
        set_findings: Vec::new(),
        set_showing: Showing::Open,
        received_at: 0,
        track: None,
        superseded_by: None,
        accepted: None,
        is_set_aside: false,
    }
}

fn master(n: u64) -> Master {
    Master {
        object: object(2000 + n),
        samples: samples(2000 + n),
        rate_hz: 48_000,
        channels: 2,
        bits: 24,
        frames: 48_000,
        integrated_lufs: Some(-14.0),
        true_peak_dbtp: Some(-1.0),
        origin: MasterOrigin::Rendered {
            plan: object(3000 + n),
            engine: "1".to_owned(),
        },
    }
}

/// A project with its journal, so that each test also proves that the journal tells the same story.
struct Order {
    project: Project,
    journal: Vec<Event>,
    now: UnixMs,
}

impl Order {
    fn open(service: Service, songs: Option<u32>) -> Self {
        let new = NewOrder {
            id: hex(9, 32).parse().unwrap(),
            number: OrderNumber::FIRST,
            client: person(2),
            title: "First Light".to_owned(),
            artist: "The Examples".to_owned(),
            service,
            retention: Retention::default(),
            songs,
            declared: None,
        };
        let journal = vec![new.open(&staff(), 0).unwrap()];
        Self {
            project: replay(&journal).unwrap(),
            journal,
            now: 0,
        }
    }

    fn give(&mut self, command: Command, by: &Actor) -> Result<Vec<&'static str>, Refusal> {
        self.now += 1000;
        let events = decide(&self.project, command, by, self.now)?;
        for event in &events {
            let read = Event::read(EVENT_SCHEMA, &event.write()).unwrap();
            assert_eq!(&read, event);
            apply(&mut self.project, &read);
        }
        let codes = events.iter().map(Event::code).collect();
        self.journal.extend(events);
        assert_eq!(
            replay(&self.journal).as_ref(),
            Some(&self.project),
            "the journal tells another story"
        );
        Ok(codes)
    }

    fn approve(&mut self, revision: RevisionNo) -> Result<Vec<&'static str>, Refusal> {
        let samples = self.project.revisions[&revision].sample_sums();
        self.give(
            Command::Approve {
                revision,
                name: "Ada".to_owned(),
                wording: "I approve these masters.".to_owned(),
                samples,
            },
            &client(),
        )
    }

    fn only_track(&self) -> TrackId {
        self.project.tracks[0].id.clone()
    }
}

fn finals(track: &TrackId, wav24: SampleSum) -> Vec<Final> {
    vec![Final {
        track: track.clone(),
        format: FinalFormat::Wav24,
        file_name: "LQ-1001 01 First Light.wav".to_owned(),
        object: object(5),
        bytes: 10,
        samples: wav24,
        read_back: "equal to the approved samples".to_owned(),
    }]
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one life, told from beginning to end"
)]
fn an_instant_order_runs_from_its_mix_to_the_archive() {
    let mut order = Order::open(Service::instant(), Some(1));
    let took = order.give(Command::ReceiveMix(mix(1, "Song.wav", None)), &Actor::House);
    assert_eq!(
        took.unwrap(),
        [
            "mix_received",
            "intake_closed",
            "revision_opened",
            "mastering_started"
        ]
    );
    let track = order.only_track();
    let first = RevisionNo::FIRST;

    let done = order.give(
        Command::RecordMaster {
            revision: first,
            track: track.clone(),
            master: master(1),
        },
        &Actor::House,
    );
    assert_eq!(done.unwrap(), ["master_recorded", "reference_sent"]);
    assert_eq!(order.project.stage, Stage::InReview { revision: first });

    let asked = order.give(
        Command::RequestRevision {
            words: "less bass, please".to_owned(),
        },
        &client(),
    );
    assert_eq!(asked.unwrap(), ["revision_requested", "revision_opened"]);
    let second = first.next();
    assert_eq!(
        order.give(Command::StartMastering, &staff()),
        Err(Refusal::NothingChanged(first)),
        "the same again is no revision"
    );
    order
        .give(
            Command::ChangePlan {
                track: track.clone(),
                plan: object(77),
            },
            &staff(),
        )
        .unwrap();
    order.give(Command::StartMastering, &staff()).unwrap();
    order
        .give(
            Command::RecordMaster {
                revision: second,
                track: track.clone(),
                master: master(2),
            },
            &Actor::House,
        )
        .unwrap();

    assert_eq!(order.approve(second).unwrap(), ["approved"]);
    let wrong = Command::RecordFinals {
        revision: second,
        finals: finals(&track, samples(1)),
    };
    assert!(matches!(
        order.give(wrong, &Actor::House),
        Err(Refusal::NotWhatWasApproved { .. })
    ));
    let right = Command::RecordFinals {
        revision: second,
        finals: finals(&track, samples(2002)),
    };
    order.give(right, &Actor::House).unwrap();
    assert_eq!(
        order.give(Command::OfferFinals, &Actor::House).unwrap(),
        ["finals_offered", "completed"]
    );
    order
        .give(
            Command::RecordArchive {
                manifest: object(8),
            },
            &Actor::House,
        )
        .unwrap();

    let completed = order.project.completed_at.unwrap();
    let archive = order.project.archive.clone().unwrap();
    assert_eq!(archive.due.working_due_at, completed + 90 * DAY);
    let release = || Command::ReleaseWorkingFiles {
        by: "Owner".to_owned(),
    };
    assert_eq!(order.give(release(), &staff()), Err(Refusal::NotDue));
    order.now = archive.due.working_due_at;
    assert_eq!(
        order.give(release(), &staff()).unwrap(),
        ["working_files_released"]
    );
    assert_eq!(order.give(release(), &staff()), Err(Refusal::Already));
}

#[test]
fn nothing_is_mastered_before_all_mixes_are_verified() {
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

fn go_on_with(n: u64) -> Command {
    Command::GoOnWith {
        mix: mix_id(n),
        by: "Eva".to_owned(),
        reason: "wanted".to_owned(),
    }
}

/// What comparing these mixes came to.
fn set(mixes: &[(u64, Option<Severity>)], showing: Showing) -> Command {
    let line = |severity| FindingLine {
        code: "alternate_start".to_owned(),
        severity,
        text: "It comes 20 ms later.".to_owned(),
    };
    let findings = mixes
        .iter()
        .map(|(n, severity)| (mix_id(*n), severity.map(line).into_iter().collect()))
        .collect();
    Command::RecordSet { findings, showing }
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

#[test]
fn a_master_made_elsewhere_becomes_the_next_revision() {
    let mut order = Order::open(Service::instant(), Some(1));
    order
        .give(Command::ReceiveMix(mix(1, "Song.wav", None)), &Actor::House)
        .unwrap();
    let track = order.only_track();
    order
        .give(
            Command::RecordMaster {
                revision: RevisionNo::FIRST,
                track: track.clone(),
                master: master(1),
            },
            &Actor::House,
        )
        .unwrap();
    let came = order
        .give(
            Command::ReceiveMaster {
                track,
                master: master(4),
            },
            &Actor::House,
        )
        .unwrap();
    assert_eq!(
        came,
        [
            "revision_opened",
            "master_recorded",
            "mastering_started",
            "reference_sent"
        ]
    );
    assert_eq!(
        order.project.stage,
        Stage::InReview {
            revision: RevisionNo::FIRST.next()
        }
    );
}

#[test]
fn an_approval_pins_what_was_heard_and_ends_the_revisions() {
    let mut order = Order::open(Service::instant(), Some(1));
    order
        .give(Command::ReceiveMix(mix(1, "Song.wav", None)), &Actor::House)
        .unwrap();
    let track = order.only_track();
    order
        .give(
            Command::RecordMaster {
                revision: RevisionNo::FIRST,
                track: track.clone(),
                master: master(1),
            },
            &Actor::House,
        )
        .unwrap();
    let other = Command::Approve {
        revision: RevisionNo::FIRST,
        name: "Ada".to_owned(),
        wording: "yes".to_owned(),
        samples: BTreeMap::from([(track, samples(1))]),
    };
    assert_eq!(
        order.give(other, &client()),
        Err(Refusal::NotWhatWasHeard(RevisionNo::FIRST))
    );
    order.approve(RevisionNo::FIRST).unwrap();
    let more = order.give(
        Command::RequestRevision {
            words: "one more".to_owned(),
        },
        &client(),
    );
    assert_eq!(more, Err(Refusal::ApprovalStands(RevisionNo::FIRST)));
}

#[test]
fn an_event_of_a_newer_form_is_refused_not_guessed() {
    assert!(matches!(
        Event::read(EVENT_SCHEMA + 1, "{}"),
        Err(UnknownEvent::Newer(_))
    ));
    assert!(matches!(
        Event::read(EVENT_SCHEMA, "{\"kind\":\"teleported\"}"),
        Err(UnknownEvent::Damaged(_))
    ));
}

fn any_command() -> impl Strategy<Value = (Command, Actor)> {
    let track = mix_id(1).as_track();
    let command = prop_oneof![
        (1..4u64, 0..3u8).prop_map(|(n, worst)| {
            let worst = [None, Some(Severity::Ask), Some(Severity::Blocks)][usize::from(worst)];
            Command::ReceiveMix(mix(n, &format!("{n}.wav"), worst))
        }),
        (1..4u64).prop_map(|n| Command::GoOnWith {
            mix: mix_id(n),
            by: "E".to_owned(),
            reason: "r".to_owned()
        }),
        (1..4u64).prop_map(|n| Command::SetAside { mix: mix_id(n) }),
        (1..8u64, any::<bool>()).prop_map(|(which, asks)| {
            let worst = asks.then_some(Severity::Ask);
            let mixes: Vec<_> = (1..4)
                .filter(|n| which >> (n - 1) & 1 == 1)
                .map(|n| (n, worst))
                .collect();
            set(&mixes, Showing::Held)
        }),
        Just(Command::ReleaseFindings { by: "E".to_owned() }),
        Just(Command::CloseIntake),
        Just(Command::StartMastering),
        (1..9u64).prop_map({
            let track = track.clone();
            move |n| Command::ChangePlan {
                track: track.clone(),
                plan: object(n),
            }
        }),
        (1..4u32, 1..4u64, 1..9u64).prop_map(|(r, t, n)| Command::RecordMaster {
            revision: r.try_into().unwrap(),
            track: mix_id(t).as_track(),
            master: master(n),
        }),
        Just(Command::RequestRevision {
            words: "more".to_owned()
        }),
        (1..4u32, 1..9u64).prop_map({
            let track = track.clone();
            move |(r, n)| Command::Approve {
                revision: r.try_into().unwrap(),
                name: "A".to_owned(),
                wording: "yes".to_owned(),
                samples: BTreeMap::from([(track.clone(), samples(2000 + n))]),
            }
        }),
        (1..4u32, 1..9u64).prop_map(move |(r, n)| Command::RecordFinals {
            revision: r.try_into().unwrap(),
            finals: finals(&track, samples(2000 + n)),
        }),
        Just(Command::OfferFinals),
        Just(Command::Complete),
    ];
    (
        command,
        prop_oneof![Just(staff()), Just(client()), Just(Actor::House)],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever is clicked and whatever finishes when: nothing is mastered before all mixes are
    /// verified, only approved samples become finals, and the journal tells the same story.
    #[test]
    fn the_promises_hold_for_any_order_of_commands(
        commands in prop::collection::vec(any_command(), 0..60),
        songs in prop_oneof![Just(None), (1..3u32).prop_map(Some)],
    ) {
        let mut order = Order::open(Service::instant(), songs);
        for (command, by) in commands {
            let Ok(codes) = order.give(command, &by) else { continue };
            if codes.contains(&"mastering_started") {
                prop_assert_eq!(order.project.unverified().count(), 0);
            }
            if codes.contains(&"intake_closed") {
                prop_assert_eq!(order.project.set_to_compare(), None);
            }
            for file in order.project.finals.iter().filter(|f| f.format.holds_approved_samples()) {
                let approval = order.project.approval.as_ref().expect("finals come from an approval");
                prop_assert_eq!(Some(&file.samples), approval.samples.get(&file.track));
            }
        }
    }
}
