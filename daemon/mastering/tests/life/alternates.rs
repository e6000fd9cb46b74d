//! What goes beside a song: named by a person, mastered with its song, never a song of the programme.

use mastering::programme::{
    AlternateRole, Because, Edit, Join, RoomTone, Song, SongSource, Time, What,
};
use mastering::*;
use proptest::prelude::*;

use crate::order::*;

const FIRST: RevisionNo = RevisionNo::FIRST;

fn track(n: u64) -> TrackId {
    mix_id(n).as_track()
}

fn name_as(n: u64, song: u64, role: AlternateRole, name: Option<&str>) -> Command {
    Command::NameAlternate {
        mix: mix_id(n),
        song: track(song),
        role,
        name: name.map(str::to_owned),
        by: "Eva".to_owned(),
    }
}

fn unname(n: u64) -> Command {
    Command::UnnameAlternate {
        track: track(n),
        by: "Eva".to_owned(),
    }
}

/// An engineer's order: Rain (1), its instrumental (2) which came as a song, Snow (3), an a cappella (4) that came beside them.
fn came() -> Order {
    let service = Service {
        kind: ServiceKind::Engineer,
        ..Service::instant()
    };
    let mut order = Order::open(service, None);
    for (n, path) in [
        (1, "Rain.wav"),
        (2, "Rain (Instrumental).wav"),
        (3, "Snow.wav"),
    ] {
        let came = Command::ReceiveMix(mix(n, path, None));
        order.give(came, &Actor::House).unwrap();
    }
    let vocals = Mix {
        role: MixRole::Alternate,
        ..mix(4, "Alternate Mixes/Rain - Acapella.wav", None)
    };
    order
        .give(Command::ReceiveMix(vocals), &Actor::House)
        .unwrap();
    order
}

fn close(order: &mut Order) {
    let all: Vec<_> = (1..=4).map(|n| (n, None)).collect();
    order.give(set(&all, Showing::Open), &Actor::House).unwrap();
    order.give(Command::CloseIntake, &staff()).unwrap();
}

fn named() -> Order {
    let mut order = came();
    let instrumental = name_as(2, 1, AlternateRole::Instrumental, None);
    order.give(instrumental, &staff()).unwrap();
    let vocals = name_as(4, 1, AlternateRole::ACappella, None);
    order.give(vocals, &staff()).unwrap();
    close(&mut order);
    order
}

fn record(order: &mut Order, revision: RevisionNo, n: u64, master: Master) -> Result<(), Refusal> {
    let record = Command::RecordMaster {
        revision,
        track: track(n),
        master,
    };
    order.give(record, &Actor::House).map(|_| ())
}

/// A master that was rendered beside this one.
fn beside(n: u64, song: &Master) -> Master {
    Master {
        origin: MasterOrigin::Beside {
            plan: object(3001),
            engine: "1".to_owned(),
            mix: mix_id(1),
            song: song.samples.clone(),
            shift_frames: -12,
        },
        ..master(n)
    }
}

/// The same order, mastered and not sent.
fn mastered() -> Order {
    let mut order = named();
    order.give(Command::StartMastering, &staff()).unwrap();
    for n in [1, 3] {
        record(&mut order, FIRST, n, master(n)).unwrap();
    }
    for n in [2, 4] {
        record(&mut order, FIRST, n, beside(n, &master(1))).unwrap();
    }
    order
}

fn titles(order: &Order) -> Vec<&str> {
    let songs = order.project.tracks.iter();
    songs.map(|song| song.title.as_str()).collect()
}

#[test]
fn a_name_proposes_and_a_person_decides() {
    let mut order = came();
    let proposed = order.project.alternates_proposed();
    let told: Vec<_> = proposed.iter().map(|p| (&p.mix, &p.song, p.role)).collect();
    let rain = Some(track(1));
    assert_eq!(
        told,
        [
            (&mix_id(2), &rain, Some(AlternateRole::Instrumental)),
            (&mix_id(4), &rain, Some(AlternateRole::ACappella)),
        ]
    );
    assert_eq!(titles(&order), ["Rain", "Rain (Instrumental)", "Snow"]);
    let instrumental = || name_as(2, 1, AlternateRole::Instrumental, None);
    assert!(matches!(
        order.give(instrumental(), &client()),
        Err(Refusal::NotYours { .. })
    ));
    assert_eq!(
        order.give(instrumental(), &staff()).unwrap(),
        ["alternate_named"]
    );
    assert_eq!(order.give(instrumental(), &staff()), Err(Refusal::Already));
    assert_eq!(titles(&order), ["Rain", "Snow"]);
    assert_eq!(order.project.main_mixes().count(), 2, "it is no song");
    assert_eq!(
        order.project.called(&track(2)).as_deref(),
        Some("Rain (Instrumental)")
    );
    let left = order.project.alternates_proposed();
    assert_eq!(left.len(), 1);
    // It is a song again, and what came as an alternate is an open question again.
    let vocals = name_as(4, 1, AlternateRole::ACappella, None);
    order.give(vocals, &staff()).unwrap();
    assert!(order.project.alternates_proposed().is_empty());
    for n in [2, 4] {
        let undone = order.give(unname(n), &staff()).unwrap();
        assert_eq!(undone, ["alternate_unnamed"]);
    }
    assert_eq!(titles(&order), ["Rain", "Snow", "Rain (Instrumental)"]);
    assert_eq!(order.project.alternates_proposed().len(), 2);
}

#[test]
fn what_cannot_go_beside_a_song_is_said() {
    use AlternateRole::{ACappella, Instrumental, Stem, Tv};
    let mut order = came();
    let instrumental = name_as(2, 1, Instrumental, None);
    order.give(instrumental, &staff()).unwrap();
    let mut check = |command: Command, words: &str| {
        let refused = order.give(command, &staff()).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    };
    check(name_as(3, 3, Tv, None), "a song is no alternate of itself");
    check(
        name_as(3, 2, Tv, None),
        "\u{201c}Rain (Instrumental)\u{201d} goes beside a song itself: name that song",
    );
    check(
        name_as(1, 3, Tv, None),
        "\u{201c}Rain\u{201d} has alternates of its own",
    );
    check(
        name_as(4, 1, Instrumental, None),
        "the song has its Instrumental already",
    );
    check(
        name_as(4, 1, Stem, Some("instrumental ")),
        "the song has its Instrumental already",
    );
    check(name_as(4, 1, Stem, Some(" ")), "the stem's name is missing");
    check(name_as(4, 9, ACappella, None), "no such song");
    check(name_as(9, 1, ACappella, None), "no such mix");
    check(unname(4), "no such alternate");
    let reference = Mix {
        role: MixRole::Reference,
        ..mix(5, "References/Other.wav", None)
    };
    order
        .give(Command::ReceiveMix(reference), &Actor::House)
        .unwrap();
    let refused = order.give(name_as(5, 1, Tv, None), &staff());
    assert_eq!(refused, Err(NoAlternate::Reference.into()));
}

#[test]
fn a_later_file_of_an_alternate_takes_its_place() {
    let mut order = came();
    let instrumental = name_as(2, 1, AlternateRole::Instrumental, None);
    order.give(instrumental, &staff()).unwrap();
    let later = mix(5, "Rain (Instrumental) v2.wav", None);
    order
        .give(Command::ReceiveMix(later), &Actor::House)
        .unwrap();
    assert_eq!(titles(&order), ["Rain", "Snow"]);
    let own = order.project.alternate(&track(2)).unwrap();
    assert_eq!(own.track.mix, mix_id(5));
    assert_eq!(order.project.mixes[&mix_id(5)].role, MixRole::Alternate);
    // Without its song it is one itself.
    order
        .give(Command::SetAside { mix: mix_id(1) }, &staff())
        .unwrap();
    assert_eq!(titles(&order), ["Snow", "Rain (Instrumental)"]);
    assert_eq!(order.project.mixes[&mix_id(5)].role, MixRole::Main);
}

#[test]
fn an_alternate_waits_for_its_song_and_goes_with_it() {
    let mut order = named();
    assert_eq!(order.project.revisions[&FIRST].tracks.len(), 4);
    order.give(Command::StartMastering, &staff()).unwrap();
    // By its own plan, or beside another master of its song, it is not made.
    assert!(record(&mut order, FIRST, 2, master(2)).is_err());
    assert!(record(&mut order, FIRST, 2, beside(2, &master(1))).is_err());
    record(&mut order, FIRST, 1, master(1)).unwrap();
    record(&mut order, FIRST, 3, master(3)).unwrap();
    assert!(record(&mut order, FIRST, 2, beside(2, &master(7))).is_err());
    record(&mut order, FIRST, 2, beside(2, &master(1))).unwrap();
    let send = || Command::SendReference { revision: FIRST };
    assert_eq!(
        order.give(send(), &staff()),
        Err(Refusal::NotMastered(FIRST)),
        "the a cappella is awaited"
    );
    record(&mut order, FIRST, 4, beside(4, &master(1))).unwrap();
    order.give(send(), &staff()).unwrap();
    let named = name_as(3, 1, AlternateRole::Tv, None);
    assert_eq!(order.give(named, &staff()), Err(NoAlternate::Heard.into()));
    order.approve(FIRST).unwrap();
    let approval = order.project.approval.clone().unwrap();
    assert_eq!(approval.samples[&track(2)], samples(2002));
    assert_eq!(approval.samples[&track(4)], samples(2004));
    // Its finals hold what was approved of it.
    let wrong = Command::RecordFinals {
        revision: FIRST,
        finals: finals(&track(2), samples(2001)),
    };
    assert!(order.give(wrong, &Actor::House).is_err());
    let right = Command::RecordFinals {
        revision: FIRST,
        finals: finals(&track(2), samples(2002)),
    };
    order.give(right, &Actor::House).unwrap();
}

#[test]
fn a_song_mastered_anew_takes_what_goes_beside_it_along() {
    let mut order = mastered();
    let plan = Command::ChangePlan {
        track: track(1),
        plan: object(77),
    };
    order.give(plan, &staff()).unwrap();
    let awaited =
        |order: &Order, n: u64| order.project.revisions[&FIRST].master(&track(n)).is_none();
    assert!(awaited(&order, 1) && awaited(&order, 2) && awaited(&order, 4));
    assert!(!awaited(&order, 3));
    order.give(Command::StartMastering, &staff()).unwrap();
    record(&mut order, FIRST, 1, master(8)).unwrap();
    record(&mut order, FIRST, 2, beside(12, &master(8))).unwrap();
    // A master of the song made elsewhere: what was rendered beside the other is not its own.
    let elsewhere = Master {
        origin: MasterOrigin::Elsewhere {
            file_name: "Rain.wav".to_owned(),
            original: object(5),
        },
        ..master(9)
    };
    let receive = Command::ReceiveMaster {
        track: track(1),
        master: elsewhere.clone(),
    };
    order.give(receive, &Actor::House).unwrap();
    assert!(awaited(&order, 2));
    // It is brought from elsewhere too, and stays.
    let receive = Command::ReceiveMaster {
        track: track(2),
        master: Master {
            samples: samples(90),
            ..elsewhere
        },
    };
    order.give(receive, &Actor::House).unwrap();
    assert!(!awaited(&order, 2));
    // A song again, it is made as one.
    order.give(unname(4), &staff()).unwrap();
    assert!(
        !order.project.revisions[&FIRST]
            .tracks
            .contains_key(&track(4))
    );
    order.give(unname(2), &staff()).unwrap();
    assert!(awaited(&order, 2));
    assert_eq!(titles(&order), ["Rain", "Snow", "Rain (Instrumental)"]);
}

#[test]
fn another_file_is_taken_up_while_an_alternate_is_awaited() {
    let mut order = named();
    order.give(Command::StartMastering, &staff()).unwrap();
    record(&mut order, FIRST, 1, master(1)).unwrap();
    let later = mix(6, "Rain (Instrumental) turned.wav", None);
    order
        .give(Command::ReceiveMix(later), &Actor::House)
        .unwrap();
    let take_up = |t: u64| Command::TakeUpMix {
        mix: mix_id(6),
        track: track(t),
    };
    let song = order.give(take_up(3), &staff());
    assert!(matches!(song, Err(Refusal::OutOfOrder { .. })), "{song:?}");
    let taken = order.give(take_up(2), &staff()).unwrap();
    assert_eq!(taken, ["mix_taken_up", "mix_superseded"]);
    assert_eq!(order.project.mixes[&mix_id(6)].role, MixRole::Alternate);
    let version = &order.project.revisions[&FIRST].tracks[&track(2)];
    assert_eq!(version.mix, mix_id(6));
    record(&mut order, FIRST, 2, beside(2, &master(1))).unwrap();
}

fn set_programme(programme: &mastering::programme::Programme) -> Command {
    Command::SetProgramme {
        programme: Box::new(programme.clone()),
        by: "Eva".to_owned(),
    }
}

fn replaced(with: &str) -> Edit {
    Edit {
        what: What::Replace {
            with: with.to_owned(),
        },
        from: Time::Milliseconds(100),
        to: Time::Milliseconds(200),
        join: Join::Cut,
        because: Because::Language,
    }
}

fn tone(of: &str) -> RoomTone {
    RoomTone {
        file: of.to_owned(),
        start: None,
        gain_db: -6.0,
        blend: Time::Milliseconds(10),
    }
}

/// The programme of the order with this done to it, as it is kept and told.
fn kept(order: &mut Order, change: impl FnOnce(&mut Vec<Song>)) -> Result<Vec<Song>, String> {
    let mut programme = order.project.plain_programme();
    programme.gap = Some(mastering::programme::Gap::new(Time::Milliseconds(500)));
    change(&mut programme.discs[0].tracks);
    match order.give(set_programme(&programme), &staff()) {
        Ok(_) => {
            let stands = order.project.programme().unwrap();
            let told = order.project.told_programme(stands, FIRST);
            Ok(told.discs[0].tracks.clone())
        }
        Err(Refusal::BadProgramme(faults)) => Err(faults.to_string()),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_programme_names_tracks_of_its_order() {
    let mut order = mastered();
    let told = kept(&mut order, |songs| {
        songs[0].edits = vec![replaced("Rain (Instrumental)")];
        songs[1].room_tone = Some(tone(track(3).as_str()));
    });
    let told = told.unwrap();
    assert_eq!(told.len(), 2, "an alternate is no song of it");
    assert_eq!(told[0].edits, [replaced("Rain (Instrumental)")]);
    assert_eq!(told[1].room_tone, Some(tone("Snow")));
    let beside: Vec<_> = told[0].alternates.iter().map(|a| a.file.as_str()).collect();
    assert_eq!(beside, ["Rain (Instrumental)", "Rain (A Cappella)"]);
    let stands = order.project.programme().unwrap().clone();
    assert_eq!(
        stands.discs[0].tracks[0].edits,
        [replaced(track(2).as_str())]
    );
    // As it is told it is read again: nothing has changed.
    let again = order.project.told_programme(&stands, FIRST);
    assert_eq!(
        order.give(set_programme(&again), &staff()),
        Err(Refusal::Already)
    );
    let laid = order
        .project
        .lay_programme(&stands, FIRST)
        .unwrap()
        .unwrap();
    assert_eq!(laid.discs[0].tracks.len(), 2);
    // What it names is not taken away under it; the alternate may be a song of its own.
    let named = name_as(3, 1, AlternateRole::Tv, None);
    let refused = order.give(named, &staff()).unwrap_err().to_string();
    assert_eq!(
        refused,
        "the programme names \u{201c}Snow\u{201d}: take it out there first"
    );
    order.give(unname(2), &staff()).unwrap();
}

#[test]
fn what_a_programme_cannot_name_is_said_with_its_song() {
    let mut order = mastered();
    let mut check = |change: &dyn Fn(&mut Vec<Song>), words: &str| {
        let said = kept(&mut order, change).unwrap_err();
        assert!(said.contains(words), "{said}");
    };
    check(
        &|songs| songs[0].edits = vec![replaced("tone.wav")],
        "track 1 \u{201c}Rain\u{201d}: the order has no track \u{201c}tone.wav\u{201d}",
    );
    check(
        &|songs| songs[1].room_tone = Some(tone("Room")),
        "track 2 \u{201c}Snow\u{201d}: the order has no track \u{201c}Room\u{201d}",
    );
    check(
        &|songs| songs[0].chain = Some(mastering::programme::SongChain::named("warm_tape")),
        "change the song's plan in the order",
    );
    check(
        &|songs| {
            songs[1].alternates = vec![mastering::programme::SongAlternate {
                role: AlternateRole::Instrumental,
                file: "Rain (Instrumental)".to_owned(),
                name: None,
            }];
        },
        "track 2 \u{201c}Snow\u{201d}: \u{201c}Rain (Instrumental)\u{201d} does not go beside it as that",
    );
    check(
        &|songs| {
            songs[1].title = "Rain (Instrumental)".to_owned();
            songs[1].source = SongSource::Version {
                track: track(2).to_string(),
                version: None,
            };
        },
        "it goes beside \u{201c}Rain\u{201d} and is cut as that is",
    );
    check(
        &|songs| {
            songs[1].gap = Some(mastering::programme::Gap::new(Time::Milliseconds(5_000)));
            songs[1].room_tone = Some(tone("Rain (A Cappella)"));
        },
        "the room tone before it lasts",
    );
}

#[test]
fn a_track_at_another_rate_is_refused_by_name() {
    let mut order = named();
    order.give(Command::StartMastering, &staff()).unwrap();
    record(&mut order, FIRST, 1, master(1)).unwrap();
    let other = Master {
        rate_hz: 44_100,
        ..master(3)
    };
    record(&mut order, FIRST, 3, other).unwrap();
    for n in [2, 4] {
        record(&mut order, FIRST, n, beside(n, &master(1))).unwrap();
    }
    let said = kept(&mut order, |songs| {
        songs[1].room_tone = Some(tone("Rain (Instrumental)"))
    });
    let said = said.unwrap_err();
    assert!(said.contains("the room tone before it, \u{201c}Rain (Instrumental)\u{201d}, is at 48000 Hz and the song at 44100"), "{said}");
    let said = kept(&mut order, |songs| songs[0].edits = vec![replaced("Snow")]).unwrap_err();
    assert!(
        said.contains(
            "at 0:00.100: its alternate \u{201c}Snow\u{201d} is at 44100 Hz and the song at 48000"
        ),
        "{said}"
    );
}

#[test]
fn earlier_journals_still_read() {
    // As form 9 wrote it: nobody had named anything.
    let order = came();
    let mut journal = Vec::new();
    for event in &order.journal {
        journal.push(Event::read(9, &event.write()).unwrap());
    }
    assert_eq!(replay(&journal).unwrap(), order.project);
    let made = "{\"kind\":\"programme_made\",\"revision\":1,\"made\":{\"discs\":[],\"songs\":{}}}";
    let Event::ProgrammeMade { made, .. } = Event::read(9, made).unwrap() else {
        panic!("another event");
    };
    assert!(made.beside.is_empty());
}

fn any_command() -> impl Strategy<Value = (Command, Actor)> {
    let role = prop_oneof![
        Just((AlternateRole::Instrumental, None)),
        Just((AlternateRole::ACappella, None)),
        Just((AlternateRole::Stem, Some("Drums"))),
    ];
    let command = prop_oneof![
        (1..6u64, 1..6u64, role).prop_map(|(n, of, (role, name))| name_as(n, of, role, name)),
        (1..6u64).prop_map(unname),
        (1..6u64).prop_map(|n| Command::ReceiveMix(mix(n, &format!("{}.wav", n % 4), None))),
        (1..6u64).prop_map(|n| Command::SetAside { mix: mix_id(n) }),
        Just(Command::CloseIntake),
        Just(Command::StartMastering),
        (1..6u64, 1..9u64).prop_map(|(t, n)| Command::RecordMaster {
            revision: FIRST,
            track: track(t),
            master: master(n),
        }),
        (1..6u64, 1..9u64, 1..9u64).prop_map(|(t, n, of)| Command::RecordMaster {
            revision: FIRST,
            track: track(t),
            master: beside(n, &master(of)),
        }),
        (1..6u64, 1..9u64).prop_map(|(t, n)| Command::ChangePlan {
            track: track(t),
            plan: object(n),
        }),
        (1..6u64, 1..6u64).prop_map(|(n, t)| Command::TakeUpMix {
            mix: mix_id(n),
            track: track(t),
        }),
        Just(Command::SendReference { revision: FIRST }),
    ];
    (command, prop_oneof![Just(staff()), Just(Actor::House)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    /// Whatever is named, undone and made in whatever order: each track is a song or beside one and never both, no alternate has
    /// alternates, and what was made beside a song goes with the master that the song has.
    #[test]
    fn songs_and_what_goes_beside_them_stay_apart(
        commands in prop::collection::vec(any_command(), 0..80),
    ) {
        let service = Service { kind: ServiceKind::Engineer, ..Service::instant() };
        let mut order = Order::open(service, None);
        for (command, by) in commands {
            let _ = order.give(command, &by);
            let project = &order.project;
            let mut seen = std::collections::BTreeSet::new();
            let all = project.tracks.iter().chain(project.alternates.iter().map(|a| &a.track));
            for track in all {
                prop_assert!(seen.insert(track.id.clone()), "twice");
            }
            for other in &project.alternates {
                prop_assert!(project.track(&other.song).is_some(), "without its song");
            }
            for round in project.revisions.values() {
                for id in round.tracks.keys() {
                    prop_assert!(seen.contains(id), "a version of nothing");
                }
                for other in &project.alternates {
                    let own = round.master(&other.track.id).map(|m| &m.origin);
                    if let Some(MasterOrigin::Beside { song, .. }) = own {
                        prop_assert_eq!(round.master(&other.song).map(|m| &m.samples), Some(song));
                    }
                }
            }
        }
    }
}
