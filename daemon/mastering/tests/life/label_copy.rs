//! Label copy: lists of titles, codes and credits come, and a person chooses what of them is entered.

use mastering::*;

use crate::order::*;

fn keep(n: u64) -> Command {
    Command::LabelCopy(LabelCopyCommand::Keep {
        file_name: "Label copy.csv".to_owned(),
        object: object(n),
        by: String::new(),
    })
}

fn enter(no: u32, release: Release, songs: Vec<SongEntered>) -> Command {
    Command::LabelCopy(LabelCopyCommand::Enter {
        no,
        release: Some(Box::new(release)),
        songs,
        by: "Ada".to_owned(),
    })
}

fn entered(track: &TrackId, isrc: &str) -> SongEntered {
    SongEntered {
        track: track.clone(),
        title: None,
        isrc: Some(isrc.to_owned()),
        credits: None,
    }
}

#[test]
fn what_is_chosen_of_a_list_is_entered_at_once() {
    let mut order = Order::in_review();
    let track = order.only_track();
    let stranger = Actor::Client {
        account: person(9),
        person: person(9),
    };
    assert!(matches!(
        order.give(keep(1), &stranger),
        Err(Refusal::NotYours { .. })
    ));
    assert_eq!(
        order.give(keep(1), &Actor::House).unwrap(),
        ["label_copy_came"]
    );
    assert_eq!(order.give(keep(1), &client()), Err(Refusal::Already));

    let release = Release {
        label: "Laqueur".to_owned(),
        ..Release::default()
    };
    let song = SongEntered {
        title: Some("First Light".to_owned()),
        ..entered(&track, "ISRC de-a12-26-00001")
    };
    let wrong = enter(1, release.clone(), vec![entered(&track, "DE-A12-26-0001")]);
    assert!(matches!(
        order.give(wrong, &client()),
        Err(Refusal::Missing { .. })
    ));
    assert_eq!(
        order.project.track(&track).unwrap().isrc,
        "",
        "nothing of it was entered"
    );
    let done = order.give(enter(1, release.clone(), vec![song.clone()]), &client());
    assert_eq!(
        done.unwrap(),
        [
            "track_marked",
            "track_named",
            "release_described",
            "label_copy_entered"
        ]
    );
    let of_order = order.project.track(&track).unwrap();
    assert_eq!(
        (of_order.isrc.as_str(), of_order.title.as_str()),
        ("DEA122600001", "First Light")
    );
    assert_eq!(order.project.release.as_ref().unwrap().label, "Laqueur");
    let again = order.give(enter(1, release.clone(), vec![song.clone()]), &client());
    assert_eq!(again, Err(Refusal::Already), "it is settled");

    // The same file may come again; what it says is said already.
    order.give(keep(1), &client()).unwrap();
    let nothing = order.give(enter(2, release, vec![song]), &staff());
    assert_eq!(nothing, Err(Refusal::Already));
    let aside = Command::LabelCopy(LabelCopyCommand::SetAside {
        no: 2,
        by: "Eva".to_owned(),
    });
    assert_eq!(
        order.give(aside, &staff()).unwrap(),
        ["label_copy_set_aside"]
    );
    let unknown = order.give(enter(3, Release::default(), Vec::new()), &staff());
    assert_eq!(unknown, Err(Refusal::Unknown { what: "label copy" }));
}

#[test]
fn two_songs_may_change_their_codes_with_each_other_but_not_share_one() {
    let mut order = Order::open(Service::engineer(), Some(2));
    for (n, path) in [(1, "Rain.wav"), (2, "Snow.wav")] {
        order
            .give(Command::ReceiveMix(mix(n, path, None)), &Actor::House)
            .unwrap();
    }
    let tracks: Vec<TrackId> = order
        .project
        .tracks
        .iter()
        .map(|track| track.id.clone())
        .collect();
    let [rain, snow] = &tracks[..] else {
        panic!("{tracks:?}");
    };
    let mut no = 0;
    let mut give = |rain_isrc: &str, snow_isrc: &str| {
        no += 1;
        order.give(keep(u64::from(no)), &Actor::House).unwrap();
        let songs = vec![entered(rain, rain_isrc), entered(snow, snow_isrc)];
        let given = order.give(enter(no, Release::default(), songs), &staff());
        given.map(|_| {
            order
                .project
                .tracks
                .iter()
                .map(|track| track.isrc.clone())
                .collect::<Vec<_>>()
        })
    };
    let (one, other) = ("DEA122600001", "DEA122600002");
    assert_eq!(give(one, other).unwrap(), [one, other]);
    assert_eq!(give(other, one).unwrap(), [other, one]);
    assert_eq!(
        give(one, one),
        Err(Refusal::IsrcTwice {
            isrc: one.to_owned()
        })
    );
}
