use mastering::programme::{CD_FRAMES_PER_SECOND, DiscAt, Moved, PieceEdit, Ticks, Timeline, Way};

use crate::{programme, sources};

fn laid(text: &str, files: &[(&str, u32, u64)]) -> Timeline {
    programme(text).timeline(&sources(files)).unwrap()
}

/// What stands where, as `number: gap start mark end`.
fn places(at: &DiscAt) -> Vec<String> {
    let said = at.tracks.iter().map(|t| {
        format!(
            "{}: {} {} {} {}",
            t.number, t.gap_from, t.start, t.mark, t.end
        )
    });
    said.collect()
}

#[test]
fn songs_follow_each_other_with_their_gaps_to_the_sample() {
    let line = laid(
        r#"
        gap = "2 s"
        [[disc]]
        [[disc.track]]
        title = "One"
        file = "1.wav"
        start = "1000 samples"
        end = "0:10.000"
        [[disc.track]]
        title = "Two"
        file = "2.wav"
        indexes = ["0:01.000", "88200 samples"]
        [[disc.track]]
        title = "Three"
        file = "1.wav"
        gap = "76 CD frames"
        "#,
        &[("1.wav", 44_100, 500_000), ("2.wav", 44_100, 132_301)],
    );
    let at = line.discs[0].at(44_100);
    assert_eq!(
        places(&at),
        [
            "1: 0 0 0 440000",
            "2: 440000 528200 528200 660501",
            // 76 CD frames are 76 · 588 samples.
            "3: 660501 705189 705189 1205189",
        ]
    );
    assert_eq!(at.frames, 1_205_189);
    assert_eq!(at.tracks[1].indexes, [572_300, 616_400]);
    assert_eq!(at.tracks[1].mark_cd_frames, None);
    assert_eq!(
        at.cuts(),
        [
            (1, 0..528_200),
            (2, 528_200..705_189),
            (3, 705_189..1_205_189),
        ]
    );
}

#[test]
fn sources_at_several_rates_lie_where_the_clock_says() {
    let text = r#"
        gap = "0 s"
        [[disc]]
        [[disc.track]]
        title = "One"
        file = "a.wav"
        [[disc.track]]
        title = "Two"
        file = "b.wav"
        [[disc.track]]
        title = "Three"
        file = "a.wav"
        "#;
    let line = laid(
        text,
        &[("a.wav", 96_000, 960_001), ("b.wav", 44_100, 44_101)],
    );
    // 10 s and 1/96 000, then 1 s and 1/44 100, then 10 s and 1/96 000.
    let ends = |rate| {
        line.discs[0]
            .at(rate)
            .tracks
            .iter()
            .map(|t| t.end)
            .collect::<Vec<_>>()
    };
    assert_eq!(ends(96_000), [960_001, 1_056_003, 2_016_004]);
    assert_eq!(ends(44_100), [441_000, 485_101, 926_102]);
    assert_eq!(ends(192_000), [1_920_002, 2_112_006, 4_032_008]);
}

#[test]
fn a_segue_brings_two_songs_together_and_says_where_the_mark_lies() {
    for (mark, expected) in [
        ("start", 396_900),
        ("middle", 418_950),
        ("end", 441_000),
        ("0.25 s", 407_925),
    ] {
        let line = laid(
            &format!(
                r#"
        [[disc]]
        [[disc.track]]
        title = "One"
        file = "1.wav"
        segue = {{ length = "1 s", shape = "equal_power", mark = "{mark}" }}
        [[disc.track]]
        title = "Two"
        file = "1.wav"
        "#
            ),
            &[("1.wav", 44_100, 441_000)],
        );
        let disc = &line.discs[0];
        let at = disc.at(44_100);
        assert_eq!(at.tracks[1].start, 396_900);
        assert_eq!(at.tracks[1].mark, expected, "{mark}");
        assert_eq!(at.frames, 837_900);
        let [out, into] = [&disc.pieces[0].ramps[0], &disc.pieces[1].ramps[0]];
        assert_eq!((out.at, out.length), (into.at, into.length));
        assert!(matches!(out.way, Way::SegueOut(_)) && matches!(into.way, Way::SegueIn(_)));
    }
}

#[test]
fn a_compact_disc_begins_its_tracks_on_frames_and_says_what_moved() {
    let text = r#"
        gap = "2 s"
        grid = "cd_frames"
        [[disc]]
        [[disc.track]]
        title = "One"
        file = "1.wav"
        [[disc.track]]
        title = "Two"
        file = "1.wav"
        indexes = ["0:05.000"]
        [[disc.track]]
        title = "Three"
        file = "1.wav"
        gap = "0 s"
        "#;
    // 441 100 samples are 750 CD frames and 100 samples.
    let line = laid(text, &[("1.wav", 44_100, 441_100)]);
    let disc = &line.discs[0];
    let samples = |n| Ticks::of_frames(n, 44_100);
    assert_eq!(disc.tracks[1].moved, [Moved::Gap { by: samples(488) }]);
    // The third song goes on where the second ends; its mark lies on the border before.
    assert_eq!(disc.tracks[2].moved, [Moved::Mark { by: samples(100) }]);
    let at = disc.at(44_100);
    assert_eq!(
        places(&at),
        [
            "1: 0 0 0 441100",
            "2: 441100 529788 529788 970888",
            "3: 970788 970888 970788 1411988",
        ]
    );
    assert_eq!(at.tracks[1].mark_cd_frames, Some(901));
    assert_eq!(at.frames % 588, 0);
    assert_eq!(disc.padding, samples(at.frames - 1_411_988));
    // The same borders at another rate.
    assert_eq!(disc.at(96_000).tracks[1].mark, 901 * 1280);
}

#[test]
fn a_hidden_song_lies_before_the_first_mark_and_room_tone_fills_gaps() {
    let line = laid(
        r#"
        [[disc]]
        [disc.hidden]
        title = "Ghost"
        file = "1.wav"
        [[disc.track]]
        title = "One"
        file = "1.wav"
        gap = "3 s"
        room_tone = { file = "room.wav", start = "1 s", gain_db = -3.0, blend = "0.5 s" }
        "#,
        &[("1.wav", 48_000, 480_000), ("room.wav", 48_000, 240_000)],
    );
    let disc = &line.discs[0];
    assert_eq!(
        places(&disc.at(48_000)),
        ["0: 0 0 0 480000", "1: 480000 624000 624000 1104000",]
    );
    assert_eq!(
        disc.at(48_000).cuts(),
        [(0, 0..624_000), (1, 624_000..1_104_000)]
    );
    let tone = &disc.pieces[1];
    assert_eq!((tone.from, tone.frames), (48_000, 144_000));
    assert_eq!(tone.at_rate(48_000), (480_000..624_000, 48_000));
    assert_eq!(tone.ramps[1].at, Ticks::of_frames(600_000, 48_000));
}

#[test]
fn edits_change_the_length_and_places_behind_them() {
    let line = laid(
        r#"
        [[disc]]
        [[disc.track]]
        title = "One"
        file = "1.wav"
        start = "1 s"
        indexes = ["0:08.000"]
        edit = [
            { what = "cut", from = "2 s", to = "3 s", because = "length", join = "cut" },
            { what = "mute", from = "4 s", to = "4.1 s", because = "language", join = "5 ms" },
            { what = "repeat", from = "5 s", to = "6 s", times = 3, because = "length" },
            { what = "replace", from = "6 s", to = "7 s", with = "inst.wav", because = "language" },
            { what = "radio_fade", from = "9 s", to = "10 s", shape = "s", because = "length" },
        ]
        "#,
        &[("1.wav", 48_000, 960_000), ("inst.wav", 48_000, 960_000)],
    );
    let disc = &line.discs[0];
    let piece = &disc.pieces[0];
    // From 1 s to 10 s, one second less, three more.
    assert_eq!((piece.from, piece.frames), (48_000, 11 * 48_000));
    assert_eq!(piece.edits.len(), 4);
    assert_eq!(piece.edits[1].crossfade, 240);
    assert_eq!(piece.edits[2].what, PieceEdit::Repeat { times: 3 });
    assert_eq!(disc.at(48_000).tracks[0].indexes, [9 * 48_000]);
    let fade = piece.ramps[0];
    assert_eq!(fade.at, Ticks::of_milliseconds(10_000));
    assert_eq!(fade.length, Ticks::of_milliseconds(1000));
    assert_eq!(disc.tracks[0].title, "One (Clean Radio Edit)");
}

#[test]
fn a_side_is_measured_in_cd_frames_of_75() {
    assert_eq!(
        Ticks::of_cd_frames(CD_FRAMES_PER_SECOND),
        Ticks::of_milliseconds(1000)
    );
}

#[test]
fn the_example_in_the_configuration_folder_is_a_programme() {
    let text = include_str!("../../../../config/album.toml");
    let programme = mastering::programme::Programme::read(text).unwrap();
    let files = ["mixes/Rain.wav".to_owned(), "mixes/Rain_v3.wav".to_owned()];
    let programme = programme.with_versions(&files).unwrap();
    let files = programme.files();
    let four_minutes: Vec<_> = files
        .iter()
        .map(|f| (f.as_str(), 44_100, 10_584_000))
        .collect();
    let line = programme.timeline(&sources(&four_minutes)).unwrap();
    let titles: Vec<_> = line.discs[0]
        .tracks
        .iter()
        .map(|t| t.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Overture",
            "First Light",
            "Rain (Clean Radio Edit)",
            "Encore"
        ]
    );
    assert_eq!(
        programme.edition("standard").unwrap().discs[0].tracks.len(),
        2
    );
}
