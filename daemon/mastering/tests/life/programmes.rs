//! The programme of an order: set, put together, pinned by a revision and by its approval.

use std::collections::BTreeMap;

use mastering::programme::{
    Disc, DiscMade, Fade, Gap, Inches, Programme, ProgrammeMade, Rpm, Shape, Side, SongMade,
    SongSource, Time,
};
use mastering::*;
use proptest::prelude::*;

use crate::order::*;

const FIRST: RevisionNo = RevisionNo::FIRST;

/// An engineer's order of three songs, mastered and not sent.
fn mastered() -> Order {
    let service = Service {
        kind: ServiceKind::Engineer,
        ..Service::instant()
    };
    let mut order = Order::open(service, Some(3));
    for (n, name) in (1..).zip(["01 Rain.wav", "02 Snow.wav", "03 Hail.wav"]) {
        order
            .give(Command::ReceiveMix(mix(n, name, None)), &Actor::House)
            .unwrap();
    }
    if order.project.set_to_compare().is_some() {
        let all: Vec<_> = (1..=3).map(|n| (n, None)).collect();
        order.give(set(&all, Showing::Open), &Actor::House).unwrap();
    }
    order.give(Command::StartMastering, &staff()).unwrap();
    for (n, track) in (1..).zip(ids(&order)) {
        record_master(&mut order, FIRST, &track, n);
    }
    order
}

fn ids(order: &Order) -> Vec<TrackId> {
    order.project.tracks.iter().map(|t| t.id.clone()).collect()
}

fn titles(order: &Order) -> Vec<String> {
    order
        .project
        .tracks
        .iter()
        .map(|t| t.title.clone())
        .collect()
}

fn record_master(order: &mut Order, revision: RevisionNo, track: &TrackId, n: u64) {
    let record = Command::RecordMaster {
        revision,
        track: track.clone(),
        master: master(n),
    };
    order.give(record, &Actor::House).unwrap();
}

fn set_programme(programme: &Programme) -> Command {
    Command::SetProgramme {
        programme: Box::new(programme.clone()),
        by: "Eva".to_owned(),
    }
}

/// What the machine would record of the programme as it stands: samples that nothing else has.
fn made(order: &Order, n: u64) -> Command {
    let round = order.project.revisions.values().next_back().unwrap();
    let songs = (1..).zip(&order.project.tracks).map(|(at, track)| {
        let song = SongMade {
            disc: 1,
            from: (at - 1) * 144_000,
            frames: 144_000,
            samples: samples(n * 10 + at),
            integrated_lufs: Some(-14.0),
            true_peak_dbtp: Some(-1.0),
            clipped_samples: 0,
        };
        (track.id.clone(), song)
    });
    let disc = DiscMade {
        object: object(n),
        samples: samples(n),
        rate_hz: 48_000,
        channels: 2,
        bits: 24,
        frames: 432_000,
        integrated_lufs: Some(-14.0),
        true_peak_dbtp: Some(-1.0),
    };
    Command::RecordProgramme {
        revision: round.no,
        of: (round.programme.clone().unwrap(), round.master_sums()),
        made: ProgrammeMade {
            discs: vec![disc],
            songs: songs.collect(),
            beside: BTreeMap::new(),
        },
    }
}

fn refused(order: &mut Order, change: impl FnOnce(&mut Vec<mastering::programme::Song>)) -> String {
    let mut programme = order.project.plain_programme();
    change(&mut programme.discs[0].tracks);
    match order.give(set_programme(&programme), &staff()) {
        Err(Refusal::BadProgramme(faults)) => faults.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_programme_is_put_together_before_the_client_hears_it() {
    let mut order = mastered();
    let plain = order.project.plain_programme();
    let mut programme = plain.clone();
    programme.discs[0].tracks.rotate_left(1);
    programme.discs[0].tracks[1].gap = Some(Gap::new(Time::Milliseconds(700)));
    assert!(order.give(set_programme(&programme), &client()).is_err());
    let set = order.give(set_programme(&programme), &staff()).unwrap();
    assert_eq!(set, ["programme_set"]);
    assert_eq!(titles(&order), ["Snow", "Hail", "Rain"]);
    let again = order.give(set_programme(&programme), &staff());
    assert_eq!(again, Err(Refusal::Already));
    let elsewhere = order.give(Command::OrderTracks(ids(&order)), &staff());
    assert_eq!(elsewhere, Err(Refusal::ProgrammeOrders));

    let send = || Command::SendReference { revision: FIRST };
    assert_eq!(
        order.give(send(), &staff()),
        Err(Refusal::ProgrammeNotMade(FIRST))
    );
    let stale = made(&order, 500);
    order.give(set_programme(&plain), &staff()).unwrap();
    // It was made of another programme: what is on the list behind it counts.
    assert_eq!(order.give(stale, &Actor::House), Err(Refusal::Already));
    let now = made(&order, 600);
    assert!(order.give(now.clone(), &staff()).is_err());
    assert_eq!(order.give(now, &Actor::House).unwrap(), ["programme_made"]);
    assert!(order.project.programme_to_make().is_none());
    order.give(send(), &staff()).unwrap();

    // The approval pins the discs, and each song as its programme cuts it.
    order.approve(FIRST).unwrap();
    let approval = order.project.approval.clone().unwrap();
    assert_eq!(approval.discs, [samples(600)]);
    let rain = ids(&order)[0].clone();
    assert_eq!(approval.samples[&rain], samples(6001));
    let record = |sum| Command::RecordFinals {
        revision: FIRST,
        finals: finals(&rain, sum),
    };
    let master_alone = order.project.revisions[&FIRST].tracks[&rain].master.clone();
    assert!(matches!(
        order.give(record(master_alone.unwrap().samples), &Actor::House),
        Err(Refusal::NotWhatWasApproved { .. })
    ));
    order.give(record(samples(6001)), &Actor::House).unwrap();
}

#[test]
fn another_gap_alone_is_a_revision_of_its_own() {
    let mut order = mastered();
    order
        .give(Command::SendReference { revision: FIRST }, &staff())
        .unwrap();
    let mut programme = order.project.plain_programme();
    let change = order.give(set_programme(&programme), &staff());
    assert!(
        matches!(change, Err(Refusal::OutOfOrder { .. })),
        "the client hears it"
    );
    let reason = "gaps".to_owned();
    order
        .give(Command::OpenRevision { reason }, &staff())
        .unwrap();
    assert_eq!(
        order.give(Command::StartMastering, &staff()),
        Err(Refusal::NothingChanged(FIRST))
    );
    programme.gap = Some(Gap::new(Time::CdFrames(225)));
    order.give(set_programme(&programme), &staff()).unwrap();
    order.give(Command::StartMastering, &staff()).unwrap();
    assert!(
        order.project.programme_to_make().is_some(),
        "its masters are there"
    );
    let now = made(&order, 700);
    order.give(now, &Actor::House).unwrap();
    let second = FIRST.next();
    order
        .give(Command::SendReference { revision: second }, &staff())
        .unwrap();
    assert!(order.project.revisions[&FIRST].programme.is_none());
    assert_eq!(order.project.programme().unwrap().gap, programme.gap);
    // The next round begins with the programme of this one, and what is made of it is its own.
    let reason = "a louder Hail".to_owned();
    order
        .give(Command::OpenRevision { reason }, &staff())
        .unwrap();
    let third = &order.project.revisions[&second.next()];
    assert_eq!(third.programme.as_ref().unwrap().gap, programme.gap);
    assert!(third.made.is_none());
}

#[test]
fn one_revision_holds_a_song_in_its_third_version_and_the_rest_in_their_first() {
    let mut order = mastered();
    let hail = ids(&order)[2].clone();
    for (revision, n) in [(FIRST, 31), (FIRST.next(), 32), (FIRST.next().next(), 33)] {
        order
            .give(Command::SendReference { revision }, &staff())
            .unwrap();
        let reason = "another Hail".to_owned();
        order
            .give(Command::OpenRevision { reason }, &staff())
            .unwrap();
        let (track, plan) = (hail.clone(), object(n));
        order
            .give(Command::ChangePlan { track, plan }, &staff())
            .unwrap();
        order.give(Command::StartMastering, &staff()).unwrap();
        record_master(&mut order, revision.next(), &hail, n);
    }
    let now = FIRST.next().next().next();
    assert_eq!(order.project.versions_of(&hail).len(), 4);
    let told = order
        .project
        .told_programme(&order.project.plain_programme(), now);
    let version = |song: usize| match &told.discs[0].tracks[song].source {
        SongSource::Version { version, .. } => *version,
        SongSource::File(_) => None,
    };
    assert_eq!(
        [version(0), version(1), version(2)],
        [Some(1), Some(1), Some(4)]
    );

    let with = |version| {
        let mut programme = told.clone();
        programme.discs[0].tracks[2].source = SongSource::Version {
            track: "Hail".to_owned(),
            version: Some(version),
        };
        set_programme(&programme)
    };
    assert_eq!(
        order.give(with(3), &staff()).unwrap(),
        ["programme_set", "version_taken"]
    );
    let third = master(32).samples;
    assert_eq!(order.project.revisions[&now].master_sums()[&hail], third);
    let Err(Refusal::BadProgramme(faults)) = order.give(with(7), &staff()) else {
        panic!("there is no seventh");
    };
    assert_eq!(
        faults.to_string(),
        "disc 1, track 3 \u{201c}Hail\u{201d}: there is no seventh version of \u{201c}Hail\u{201d}; there is the first, the second, the third and the fourth"
    );
    // As a file for the command line it says titles and versions.
    let written = order
        .project
        .written_programme(order.project.programme().unwrap(), now);
    let text = written.to_toml();
    assert!(text.contains("versions_in = \"masters\""), "{text}");
    assert!(text.contains("track = \"Hail\"\nversion = 3"), "{text}");
    let back = order
        .project
        .read_programme(&Programme::read(&text).unwrap(), now);
    let back = back.unwrap();
    assert_eq!(Some(&back.programme), order.project.programme());
    assert_eq!(back.taken, BTreeMap::new());
}

#[test]
fn what_an_order_cannot_play_is_refused_with_its_song_and_time() {
    let mut order = mastered();
    let said = refused(&mut order, |songs| {
        songs[1].source = SongSource::Version {
            track: "Fog".to_owned(),
            version: None,
        };
    });
    assert_eq!(
        said,
        "disc 1, track 2 \u{201c}Snow\u{201d}: the order has no song \u{201c}Fog\u{201d}: name it as the order does"
    );
    let said = refused(&mut order, |songs| songs[1] = songs[0].clone());
    assert_eq!(
        said,
        "disc 1, track 2 \u{201c}Rain\u{201d}: it stands on this disc already: take one of the two away"
    );
    let said = refused(&mut order, |songs| {
        songs[0].source = SongSource::File("rain.wav".to_owned());
        songs[2].title = "Hailstorm".to_owned();
    });
    assert_eq!(
        said,
        "disc 1, track 1 \u{201c}Rain\u{201d}: its file does not go into an order's programme, which is made of its own masters: take it away\n\
         disc 1, track 3 \u{201c}Hailstorm\u{201d}: the order calls it \u{201c}Hail\u{201d}: correct its title in the order"
    );
    // The masters are a second long.
    let said = refused(&mut order, |songs| {
        songs[0].fade_out = Some(Fade {
            length: Time::Milliseconds(1_500),
            shape: Shape::S,
        });
        songs[2].start = Some(Time::Milliseconds(2_000));
    });
    assert_eq!(
        said,
        "disc 1, track 1 \u{201c}Rain\u{201d}: its fade out of 0:01.500 is longer than the song (0:01.000)\n\
         disc 1, track 3 \u{201c}Hail\u{201d}, at 0:02.000: its start lies behind the end of its source (0:01.000)\n\
         disc 1, track 3 \u{201c}Hail\u{201d}, at 0:02.000: it ends at 0:01.000, not after it begins"
    );
    assert!(order.project.programme().is_none(), "nothing was moved");
}

#[test]
fn a_song_may_stand_on_a_disc_and_on_a_side() {
    let mut order = mastered();
    let mut programme = order.project.plain_programme();
    programme.discs.push(Disc {
        title: Some("Side A".to_owned()),
        side: Some(Side {
            inches: Inches::Ten,
            rpm: Rpm::FortyFive,
            chain: None,
            ceiling_dbtp: None,
        }),
        ..programme.discs[0].clone()
    });
    order.give(set_programme(&programme), &staff()).unwrap();
    let laid = order
        .project
        .lay_programme(&programme, FIRST)
        .unwrap()
        .unwrap();
    // Three songs of a second, and two gaps of two.
    assert!(laid.discs.iter().all(|disc| disc.length.seconds() == 7.0));
}

#[test]
fn listening_to_the_whole_disc_is_listening_to_its_songs() {
    let mut order = mastered();
    let plain = order.project.plain_programme();
    order.give(set_programme(&plain), &staff()).unwrap();
    let now = made(&order, 800);
    order.give(now, &Actor::House).unwrap();
    let listen = |disc| Command::Listen {
        audible: Audible::Disc {
            revision: FIRST,
            disc,
        },
        heard: Heard::Whole,
    };
    assert!(order.give(listen(1), &client()).is_err(), "nobody sent it");
    order
        .give(Command::SendReference { revision: FIRST }, &staff())
        .unwrap();
    assert!(order.give(listen(2), &client()).is_err());
    order.give(listen(1), &client()).unwrap();
    let is_song = |unheard: &Unheard| matches!(unheard, Unheard::Track { .. });
    assert!(!order.project.unheard(FIRST).iter().any(is_song));
}

#[test]
fn journals_of_earlier_forms_have_no_programme() {
    let body = r#"{"kind":"approved","revision":1,"name":"Ada","person":null,"wording":"yes","samples":{},"at":5}"#;
    let Event::Approved { discs, .. } = Event::read(8, body).unwrap() else {
        panic!("an approval");
    };
    assert!(discs.is_empty());
    let body = r#"{"no":1,"opened_at":0,"reason":"first","tracks":{},"sent_at":null}"#;
    let round: Revision = serde_json::from_str(body).unwrap();
    assert_eq!((round.programme, round.made), (None, None));
}

proptest! {
    /// Whatever a file says, it is the order's programme or refused, and what is kept of it reads back as itself.
    #[test]
    fn no_file_breaks_an_order(
        words in prop::collection::vec("[a-z_\u{e9}\"= \\[\\]{}.0-9-]{0,24}", 1..4),
        places in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        lengths in prop::collection::vec(0u64..4_000, 3),
    ) {
        let mut order = mastered();
        let mut programme = order.project.plain_programme();
        for (song, ms) in programme.discs[0].tracks.iter_mut().zip(lengths) {
            song.gap = Some(Gap::new(Time::Milliseconds(ms)));
            song.end = Some(Time::Milliseconds(ms));
        }
        let whole = order.project.written_programme(&programme, FIRST).to_toml();
        let mut text = whole.clone();
        for (place, word) in places.iter().zip(&words) {
            let at = place.index(text.len() + 1);
            if text.is_char_boundary(at) {
                text.insert_str(at, word);
            }
        }
        for text in [whole, text] {
            let Ok(given) = Programme::read(&text) else { continue };
            let before = order.project.clone();
            match order.give(set_programme(&given), &staff()) {
                Ok(_) => {
                    let kept = order.project.programme().unwrap();
                    let written = order.project.written_programme(kept, FIRST).to_toml();
                    let back = Programme::read(&written).unwrap();
                    let read = order.project.read_programme(&back, FIRST).unwrap();
                    prop_assert_eq!(&read.programme, kept);
                }
                Err(_) => prop_assert_eq!(&order.project, &before),
            }
        }
    }
}
