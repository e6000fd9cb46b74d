//! A booklet and videos that go along with a release: kept, read, looked at, replaced; the cover looked at.

use mastering::*;

use crate::order::*;

fn give(order: &mut Order, command: AttachmentCommand, by: &Actor) -> Result<Vec<String>, Refusal> {
    let given = order.give(Command::Attachment(command), by);
    given.map(|codes| codes.into_iter().map(str::to_owned).collect())
}

fn keep(kind: AttachmentKind, song: Option<TrackId>, n: u64) -> AttachmentCommand {
    AttachmentCommand::Keep(Box::new(Attachment {
        no: 0,
        kind,
        song,
        object: object(n),
        file_name: "file".to_owned(),
        bytes: 10,
        by: "The Client".to_owned(),
        at: 0,
        read: None,
        gone_at: None,
        is_waiting: false,
        isrc: String::new(),
    }))
}

fn propose(kind: AttachmentKind, n: u64) -> AttachmentCommand {
    let AttachmentCommand::Keep(one) = keep(kind, None, n) else {
        unreachable!("it keeps one")
    };
    AttachmentCommand::Propose(one)
}

fn take(no: u32, song: Option<TrackId>) -> AttachmentCommand {
    let by = "Mia".to_owned();
    AttachmentCommand::Take { no, song, by }
}

fn read(no: u32, findings: &[(AttachmentWeight, &str)]) -> AttachmentCommand {
    let finding = |(weight, words): &(AttachmentWeight, &str)| AttachmentFinding {
        weight: *weight,
        words: (*words).to_owned(),
    };
    AttachmentCommand::Record {
        no,
        read: AttachmentRead {
            findings: findings.iter().map(finding).collect(),
            beside: None,
            at: 0,
        },
    }
}

fn tick(no: Option<u32>, point: TickPoint) -> AttachmentCommand {
    let by = "Mia".to_owned();
    AttachmentCommand::Tick { no, point, by }
}

#[test]
fn a_booklet_is_delivered_once_it_was_read_and_looked_at() {
    let mut order = Order::in_review();
    let kept = give(
        &mut order,
        keep(AttachmentKind::Booklet, None, 1),
        &client(),
    );
    assert_eq!(kept.unwrap(), ["attachment_kept"]);
    let again = give(&mut order, keep(AttachmentKind::Booklet, None, 1), &staff());
    assert_eq!(again, Err(Refusal::Already));
    let lacks = |order: &Order, no| {
        let project = &order.project;
        project.attachment_lacks(project.attachment(no).unwrap())
    };
    assert_eq!(lacks(&order, 1), ["the booklet file is still being read"]);
    assert!(matches!(
        give(&mut order, read(1, &[]), &staff()),
        Err(Refusal::NotYours { .. })
    ));
    let asks = (AttachmentWeight::Ask, "Page 1 links to x: only ...");
    give(&mut order, read(1, &[asks]), &Actor::House).unwrap();
    for point in [
        TickPoint::NoAdvertising,
        TickPoint::NoFrames,
        TickPoint::OwnLinks,
        TickPoint::LookedAt,
    ] {
        assert!(lacks(&order, 1)[0].contains(point.words()), "{point:?}");
        let ticked = give(&mut order, tick(Some(1), point), &staff());
        assert_eq!(ticked.unwrap(), ["ticked"]);
    }
    assert_eq!(lacks(&order, 1), [""; 0]);
    let said = order.project.tick(&object(1), TickPoint::NoFrames).unwrap();
    assert_eq!(said.by, "Mia");
    assert!(said.at > 0 && said.at < order.now);
    assert_eq!(
        give(&mut order, tick(Some(1), TickPoint::NoFrames), &staff()),
        Err(Refusal::Already)
    );
    assert!(matches!(
        give(&mut order, tick(Some(1), TickPoint::InStep), &staff()),
        Err(Refusal::Unknown { .. })
    ));
    let back = AttachmentCommand::TakeBack {
        no: Some(1),
        point: TickPoint::NoFrames,
        by: "Mia".to_owned(),
    };
    assert_eq!(
        give(&mut order, back, &staff()).unwrap(),
        ["tick_taken_back"]
    );
    assert_eq!(lacks(&order, 1).len(), 1);
}

#[test]
fn another_booklet_takes_the_place_of_the_first_and_is_looked_at_anew() {
    let mut order = Order::in_review();
    give(&mut order, keep(AttachmentKind::Booklet, None, 1), &staff()).unwrap();
    give(&mut order, read(1, &[]), &Actor::House).unwrap();
    for point in AttachmentKind::Booklet.points() {
        give(&mut order, tick(Some(1), *point), &staff()).unwrap();
    }
    give(&mut order, keep(AttachmentKind::Booklet, None, 2), &staff()).unwrap();
    let standing: Vec<u32> = order
        .project
        .attached(AttachmentKind::Booklet)
        .map(|one| one.no)
        .collect();
    assert_eq!(standing, [2]);
    let broken = (AttachmentWeight::Blocks, "Page 2 ...");
    give(&mut order, read(2, &[broken]), &Actor::House).unwrap();
    let second = order.project.attachment(2).unwrap();
    assert_eq!(order.project.attachment_lacks(second).len(), 2);
    assert!(matches!(
        give(&mut order, tick(Some(1), TickPoint::NoFrames), &staff()),
        Err(Refusal::Unknown { .. })
    ));
    let out = AttachmentCommand::Remove {
        no: 2,
        by: "Mia".to_owned(),
    };
    assert_eq!(
        give(&mut order, out, &client()).unwrap(),
        ["attachment_removed"]
    );
    assert_eq!(order.project.attached(AttachmentKind::Booklet).count(), 0);
}

#[test]
fn a_video_is_of_one_song_of_the_order() {
    let mut order = Order::in_review();
    let song = order.project.tracks[0].id.clone();
    for (kind, song) in [
        (AttachmentKind::Video, None),
        (AttachmentKind::Booklet, Some(song.clone())),
    ] {
        let refused = give(&mut order, keep(kind, song, 1), &staff());
        assert!(
            matches!(refused, Err(Refusal::Unknown { .. })),
            "{refused:?}"
        );
    }
    give(
        &mut order,
        keep(AttachmentKind::Video, Some(song.clone()), 1),
        &client(),
    )
    .unwrap();
    give(
        &mut order,
        keep(AttachmentKind::Video, Some(song), 2),
        &client(),
    )
    .unwrap();
    let project = &order.project;
    assert_eq!(project.attached(AttachmentKind::Video).count(), 1);
    assert!(!project.attachment(1).unwrap().stands());
}

#[test]
fn a_cover_is_looked_at_again_when_another_comes() {
    let mut order = Order::in_review();
    let early = give(&mut order, tick(None, TickPoint::NoAddress), &staff());
    assert!(matches!(early, Err(Refusal::Missing { .. })), "{early:?}");
    let cover = |n| {
        Command::KeepCover(Cover {
            object: object(n),
            shown: object(n + 1),
            file_name: "front.jpg".to_owned(),
            bytes: 10,
            by: "The Client".to_owned(),
            at: 0,
        })
    };
    order.give(cover(1), &client()).unwrap();
    for point in TickPoint::OF_COVER {
        assert!(!order.project.is_cover_checked());
        give(&mut order, tick(None, point), &staff()).unwrap();
    }
    assert!(order.project.is_cover_checked());
    order.give(cover(3), &client()).unwrap();
    assert!(!order.project.is_cover_checked());
    // The first one again: what was said of it holds.
    order.give(cover(1), &client()).unwrap();
    assert!(order.project.is_cover_checked());
}

#[test]
fn a_tick_stands_in_the_journal_with_who_and_when() {
    let text = r#"{"kind":"attachment","attachment":"ticked","no":2,"object":"OBJECT","point":"no_logos","by":"Mia","at":7}"#;
    let text = text.replace("OBJECT", object(4).as_str());
    let event = Event::read(EVENT_SCHEMA, &text).unwrap();
    let Event::Attachment(AttachmentEvent::Ticked { no: Some(2), tick }) = &event else {
        panic!("{event:?}");
    };
    assert_eq!(
        (tick.by.as_str(), tick.at, tick.point),
        ("Mia", 7, TickPoint::NoLogos)
    );
    assert_eq!(Event::read(EVENT_SCHEMA, &event.write()).unwrap(), event);
}

#[test]
fn what_came_in_the_dropbox_goes_along_once_somebody_took_it() {
    let mut order = Order::in_review();
    let booklet = AttachmentKind::Booklet;
    // Only the house keeps what lay in a dropbox.
    assert!(matches!(
        give(&mut order, propose(booklet, 1), &client()),
        Err(Refusal::NotYours { .. })
    ));
    let came = give(&mut order, propose(booklet, 1), &Actor::House);
    assert_eq!(came.unwrap(), ["attachment_proposed"]);
    let again = give(&mut order, propose(booklet, 1), &Actor::House);
    assert_eq!(again, Err(Refusal::Already));
    assert_eq!(order.project.attached(booklet).count(), 0);
    assert_eq!(order.project.proposed_attachments().count(), 1);
    // Nobody ticks what nobody has taken.
    assert!(give(&mut order, tick(Some(1), TickPoint::NoFrames), &staff()).is_err());

    let taken = give(&mut order, take(1, None), &client());
    assert_eq!(taken.unwrap(), ["attachment_taken"]);
    let again = give(&mut order, take(1, None), &staff());
    assert_eq!(again, Err(Refusal::Already));
    assert_eq!(order.project.attached(booklet).count(), 1);
    assert_eq!(order.project.proposed_attachments().count(), 0);

    // Another takes its place only once it is taken.
    give(&mut order, propose(booklet, 2), &Actor::House).unwrap();
    let standing = |order: &Order| order.project.attached(booklet).next().map(|one| one.no);
    assert_eq!(standing(&order), Some(1));
    give(&mut order, take(2, None), &staff()).unwrap();
    assert_eq!(standing(&order), Some(2));
    assert!(order.project.attachment(1).unwrap().gone_at.is_some());
}

#[test]
fn a_video_is_taken_for_its_song_or_set_aside() {
    let mut order = Order::in_review();
    let video = AttachmentKind::Video;
    give(&mut order, propose(video, 1), &Actor::House).unwrap();
    let none = give(&mut order, take(1, None), &staff());
    assert_eq!(none, Err(Refusal::Unknown { what: "song" }));
    let song = order.project.tracks[0].id.clone();
    give(&mut order, take(1, Some(song.clone())), &staff()).unwrap();
    let song_of = |order: &Order| order.project.attached(video).next().unwrap().song.clone();
    assert_eq!(song_of(&order), Some(song));

    give(&mut order, propose(video, 2), &Actor::House).unwrap();
    let by = "Mia".to_owned();
    let aside = AttachmentCommand::Remove { no: 2, by };
    let removed = give(&mut order, aside.clone(), &staff());
    assert_eq!(removed.unwrap(), ["attachment_removed"]);
    assert!(give(&mut order, aside, &staff()).is_err());
    let late = give(&mut order, take(2, None), &staff());
    assert_eq!(late, Err(Refusal::Already));
    // The same file may be sent again.
    let again = give(&mut order, propose(video, 2), &Actor::House);
    assert_eq!(again.unwrap(), ["attachment_proposed"]);
}

#[test]
fn a_video_has_a_code_of_its_own_or_none() {
    let mut order = Order::in_review();
    let code = |no, isrc: &str| AttachmentCommand::Code {
        no,
        isrc: isrc.to_owned(),
        by: "Mia".to_owned(),
    };
    let track = order.project.tracks[0].id.clone();
    let marked = Command::MarkTrack {
        track: track.clone(),
        isrc: "DEA122600001".to_owned(),
        credits: String::new(),
    };
    order.give(marked, &staff()).unwrap();
    give(&mut order, keep(AttachmentKind::Booklet, None, 1), &staff()).unwrap();
    give(
        &mut order,
        keep(AttachmentKind::Video, Some(track), 2),
        &staff(),
    )
    .unwrap();
    let of = |order: &Order| order.project.attachment(2).unwrap().isrc.clone();
    let coded = give(&mut order, code(2, "DE-A12-26-00900"), &client());
    assert_eq!(coded.unwrap(), ["attachment_coded"]);
    assert_eq!(of(&order), "DEA122600900");
    let recordings = give(&mut order, code(2, "DEA122600001"), &staff());
    assert!(matches!(recordings, Err(Refusal::IsrcTwice { .. })));
    assert!(give(&mut order, code(2, "DEA1226"), &staff()).is_err());
    let booklet = give(&mut order, code(1, "DEA122600901"), &staff());
    assert_eq!(booklet, Err(Refusal::Unknown { what: "video" }));
    give(&mut order, code(2, ""), &staff()).unwrap();
    assert_eq!(of(&order), "");
}
