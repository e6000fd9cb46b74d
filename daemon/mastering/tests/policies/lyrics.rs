//! Words of songs: who may keep them and when, lines out of their time, masters of another length.

use mastering::*;
use proptest::prelude::*;

use crate::order::*;

fn line(text: &str, from_ms: Option<u64>, until_ms: Option<u64>) -> LyricLine {
    LyricLine {
        text: text.to_owned(),
        from_ms,
        until_ms,
    }
}

fn keep(
    order: &mut Order,
    lines: Vec<LyricLine>,
    after: u32,
) -> Result<Vec<&'static str>, Refusal> {
    keep_as(order, Sung::Lines { lines }, after, &client())
}

fn keep_as(
    order: &mut Order,
    sung: Sung,
    after: u32,
    by: &Actor,
) -> Result<Vec<&'static str>, Refusal> {
    let track = order.project.tracks[0].id.clone();
    let command = Command::KeepLyrics {
        track,
        sung,
        after,
        by: "Ada".to_owned(),
    };
    order.give(command, by)
}

fn kept(order: &Order) -> &SongLyrics {
    order
        .project
        .lyrics_of(&order.project.tracks[0].id)
        .unwrap()
}

#[track_caller]
fn refused(order: &mut Order, lines: Vec<LyricLine>, words: &str) {
    let after = order
        .project
        .lyrics_of(&order.project.tracks[0].id)
        .map_or(0, |stood| stood.no);
    assert_eq!(keep(order, lines, after).unwrap_err().to_string(), words);
}

#[test]
fn words_are_kept_before_there_is_a_master_and_after_the_approval() {
    let mut order = Order::of("mastering");
    order.take_mix();
    let plain = vec![
        line("  One ", None, None),
        line("", None, None),
        line("", None, None),
        line("Two", None, None),
    ];
    assert_eq!(keep(&mut order, plain.clone(), 0).unwrap(), ["lyrics_kept"]);
    assert_eq!(kept(&order).lines().len(), 3, "one gap between verses");
    assert_eq!(kept(&order).timed(), Timed::Open { without: 2, of: 2 });
    refused(&mut order, plain, "this has already been done");
    refused(
        &mut order,
        vec![line("One", Some(10), None)],
        "the song has no master yet that its words could be timed on; keep them without times until it has one",
    );
    order.deliver(1);
    let timed = vec![
        line("One", Some(100), None),
        line("Two", Some(200), Some(300)),
    ];
    keep(&mut order, timed, 1).unwrap();
    assert_eq!(kept(&order).timed(), Timed::Whole);
    assert_eq!(kept(&order).no, 2);
    keep_as(&mut order, Sung::Instrumental, 2, &staff()).unwrap();
    assert_eq!(kept(&order).timed(), Timed::NoWords);
}

#[test]
fn whoever_kept_them_first_is_named_to_the_second() {
    let mut order = Order::of("mastering");
    order.take_mix();
    keep(&mut order, vec![line("One", None, None)], 0).unwrap();
    let late = keep(&mut order, vec![line("Two", None, None)], 0).unwrap_err();
    assert_eq!(
        late,
        Refusal::LyricsChanged {
            by: "Ada".to_owned()
        }
    );
    let stranger = Actor::Client {
        account: person(77),
        person: person(77),
    };
    let sung = Sung::Instrumental;
    assert!(keep_as(&mut order, sung, 1, &stranger).is_err());
}

#[test]
fn lines_out_of_their_time_are_named() {
    let mut order = Order::of("mastering");
    order.take_mix();
    order.deliver(1);
    let end = kept_length(&order);
    refused(
        &mut order,
        vec![
            line("One", Some(200), Some(250)),
            line("", None, None),
            line("Two", Some(205), None),
            line("Three", Some(100), Some(90)),
            line("Four", None, Some(300)),
        ],
        "line 3 (“Two”) begins at 0:00.205, which is not 10 ms after line 1 at 0:00.200; \
         line 4 (“Three”) begins at 0:00.100, which is not 10 ms after line 3 at 0:00.205; \
         line 4 (“Three”) ends at 0:00.090, before it begins at 0:00.100; \
         line 5 (“Four”) ends, and nobody has said when it begins",
    );
    refused(
        &mut order,
        vec![
            line("One", Some(100), Some(150)),
            line("Two", Some(140), None),
        ],
        "line 2 (“Two”) begins at 0:00.140, before line 1 ends at 0:00.150",
    );
    refused(
        &mut order,
        vec![line("", Some(100), None)],
        "line 1 (“”) has no words and begins at 0:00.100; let the line before it end there",
    );
    let behind = format!(
        "line 1 (“One”) lies at {}, behind the end of the song at {}",
        lyric_clock(end + 1),
        lyric_clock(end)
    );
    refused(&mut order, vec![line("One", Some(end + 1), None)], &behind);
    keep(&mut order, vec![line("One", Some(end), None)], 0).unwrap();
    let lines = vec![line("", None, None); MOST_LYRIC_LINES + 1];
    refused(&mut order, lines, "a song's words have at most 2000 lines");
}

fn kept_length(order: &Order) -> u64 {
    let track = &order.project.tracks[0].id;
    let master = order.project.master_to_time(track, &staff()).unwrap();
    master.frames * 1000 / u64::from(master.rate_hz)
}

#[test]
fn a_master_of_another_length_asks_for_a_look_at_the_times() {
    let mut order = Order::of("mastering");
    order.take_mix();
    order.deliver(1);
    keep(&mut order, vec![line("One", Some(10), None)], 0).unwrap();
    let track = order.project.tracks[0].id.clone();
    let own = order
        .project
        .master_to_time(&track, &staff())
        .unwrap()
        .clone();
    let longer = Master {
        frames: own.frames + u64::from(own.rate_hz),
        ..own.clone()
    };
    let lyrics = kept(&order);
    assert_eq!(lyrics.waits_for_check(Some(&own)), None);
    assert_eq!(lyrics.waits_for_check(None), None);
    assert_eq!(lyrics.waits_for_check(Some(&longer)), Some(&longer));
}

proptest! {
    /// Whatever was given: what was kept is in order, inside the song, and told as it was.
    #[test]
    fn what_is_kept_is_in_order(
        given in prop::collection::vec(
            ("[a-z ]{0,6}", prop::option::of(0_u64..1_100), prop::option::of(0_u64..1_100)), 0..8,
        ),
    ) {
        let mut order = Order::of("mastering");
        order.take_mix();
        order.deliver(1);
        let end = kept_length(&order);
        let given: Vec<LyricLine> = given.iter().map(|(text, from, until)| line(text, *from, *until)).collect();
        if keep(&mut order, given, 0).is_ok() {
            let times: Vec<u64> = kept(&order).lines().iter().flat_map(|line| line.from_ms.into_iter().chain(line.until_ms)).collect();
            prop_assert!(times.is_sorted());
            prop_assert!(times.iter().all(|at| *at <= end));
            let event = order.journal.last().unwrap();
            let again = Event::read(EVENT_SCHEMA, &event.write()).unwrap();
            prop_assert_eq!(&again, event);
        }
    }
}

#[test]
fn journals_from_before_there_were_words_read_as_they_are() {
    let mut order = Order::of("mastering");
    order.take_mix();
    order.deliver(1);
    for event in &order.journal {
        assert_eq!(&Event::read(10, &event.write()).unwrap(), event);
    }
    let mut kept = serde_json::to_value(&order.project).unwrap();
    assert!(kept.as_object_mut().unwrap().remove("lyrics").is_some());
    let read: Project = serde_json::from_value(kept).unwrap();
    assert_eq!(read, order.project);
}
