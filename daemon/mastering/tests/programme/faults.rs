use crate::{programme, sources};

#[track_caller]
fn refused(text: &str, expected: &[&str]) {
    let files = [
        ("1.wav", 48_000, 480_000),
        ("2.wav", 44_100, 441_000),
        ("short.wav", 48_000, 4800),
    ];
    let mut sources = sources(&files);
    let mono = mastering::programme::Source {
        channels: 1,
        ..sources["1.wav"]
    };
    sources.insert("mono.wav".to_owned(), mono);
    let faults = programme(text).timeline(&sources).unwrap_err();
    assert_eq!(faults.to_string().lines().collect::<Vec<_>>(), expected);
}

fn track(title: &str, more: &str) -> String {
    let names = |line: &str| line.trim_start_matches('#').starts_with("file =");
    let file = if more.lines().any(names) {
        ""
    } else {
        "file = \"1.wav\"\n"
    };
    format!("[[disc.track]]\ntitle = \"{title}\"\n{file}{more}\n")
}

#[test]
fn every_fault_is_named_with_its_track_and_time() {
    let text = [
        "[[disc]]".to_owned(),
        track("One", "fade_in = { length = \"11 s\", shape = \"linear\" }"),
        track("Two", "gap = \"-1 s\"\nstart = \"0:12.000\""),
        track("Three", "gap = \"1 s\"\nfile = \"3.wav\""),
        track("Four", ""),
        track("Five", "gap = \"1 s\"\ngain_db = 30.0"),
        track(
            "Six",
            "gap = \"1 s\"\nfile = \"mono.wav\"\neditions = [\"gold\"]",
        ),
    ];
    refused(
        &text.join("\n"),
        &[
            "disc 1, track 2 \u{201c}Two\u{201d}: the gap before it is negative (-0:01.000): let the song before run into it by a `segue`",
            "disc 1, track 4 \u{201c}Four\u{201d}: it has no gap before it: write `gap` for it, or once for the whole programme",
            "disc 1, track 5 \u{201c}Five\u{201d}: gain_db is from -24 to 24 dB, not 30",
            "disc 1, track 6 \u{201c}Six\u{201d}: it is on an edition \u{201c}gold\u{201d}, which is not among the programme's `editions`",
            "disc 1, track 1 \u{201c}One\u{201d}: its fade in of 0:11.000 is longer than the song (0:10.000)",
            "disc 1, track 2 \u{201c}Two\u{201d}, at 0:12.000: its start lies behind the end of its source (0:10.000)",
            "disc 1, track 2 \u{201c}Two\u{201d}, at 0:12.000: it ends at 0:10.000, not after it begins",
            "disc 1, track 3 \u{201c}Three\u{201d}: its file 3.wav is not there",
            "disc 1, track 6 \u{201c}Six\u{201d}: its file mono.wav has 1 channels, and the programme begins with 2",
        ],
    );
}

#[test]
fn what_overlaps_is_refused() {
    let segue = |length: &str, mark: &str| {
        format!("segue = {{ length = \"{length}\", shape = \"equal_gain\", mark = \"{mark}\" }}")
    };
    let text = [
        "gap = \"1 s\"\n[[disc]]".to_owned(),
        track("One", &segue("6 s", "7 s")),
        track(
            "Two",
            &(segue("5 s", "end") + "\nfade_in = { length = \"1 s\", shape = \"s\" }"),
        ),
        track("Three", "gap = \"2 s\"\nfile = \"short.wav\""),
        track("Four", &segue("1 s", "start")),
    ];
    refused(
        &text.join("\n"),
        &[
            "disc 1, track 2 \u{201c}Two\u{201d}: it has a fade and a segue at its beginning: take one of them away",
            "disc 1, track 3 \u{201c}Three\u{201d}: it has a gap of its own before it, and the song before runs into it: take the `gap` or the `segue` away",
            "disc 1, track 4 \u{201c}Four\u{201d}: it runs into a next song, and there is none on this disc",
            "disc 1, track 2 \u{201c}Two\u{201d}: the mark of the next song lies 0:07.000 after a segue of 0:06.000 begins, outside of it",
            "disc 1, track 2 \u{201c}Two\u{201d}: the segues at its two ends overlap: together they are 0:11.000 long, and the song is 0:10.000",
            "disc 1, track 3 \u{201c}Three\u{201d}: its segue into it of 0:05.000 is longer than the song (0:00.100)",
        ],
    );
}

#[test]
fn edits_lie_within_their_song_in_order() {
    let text = [
        "[[disc]]".to_owned(),
        track(
            "One",
            r#"
            start = "1 s"
            edit = [
                { what = "cut", from = "0.5 s", to = "1.5 s", because = "length" },
                { what = "mute", from = "3 s", to = "2 s", because = "length" },
                { what = "mute", from = "3 s", to = "4 s", because = "length" },
                { what = "reverse", from = "3.5 s", to = "4.5 s", because = "length" },
                { what = "replace", from = "5 s", to = "6 s", with = "short.wav", because = "taste" },
                { what = "replace", from = "6 s", to = "6.5 s", with = "2.wav", because = "taste" },
                { what = "repeat", from = "6.5 s", to = "7 s", times = 0, because = "taste" },
                { what = "radio_fade", from = "7 s", to = "8 s", shape = "linear", because = "length" },
                { what = "cut", from = "9 s", to = "9.5 s", because = "length" },
                { what = "cut", from = "9.6 s", to = "11 s", because = "length" },
            ]
            indexes = ["2 s", "2 s", "8.5 s"]
            "#,
        ),
    ];
    refused(
        &text.join("\n"),
        &[
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:06.500: an edit repeats 1 to 64 times, not 0",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:00.500: the edit to 0:01.500 lies outside the song, which goes from 0:01.000 to 0:10.000 on its source",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:03.000: the edit ends at 0:02.000, not after it begins",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:03.500: the edit overlaps the one before it, or lies before it: write them in order",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:05.000: the alternate short.wav ends at 0:00.100 of the song, before the edit does: edit up to there, or export it to the song's end",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:06.000: its alternate 2.wav is at 44100 Hz and the song at 48000: an edit does not convert",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:09.000: the song has faded out before this edit",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:09.600: the edit to 0:11.000 lies outside the song, which goes from 0:01.000 to 0:10.000 on its source",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:02.000: index 3 does not lie within the song, behind the one before",
            "disc 1, track 1 \u{201c}One\u{201d}, at 0:08.500: index 4 does not lie within the song, behind the one before",
        ],
    );
}

/// An alternate's own length says little: what counts is which frames of the song it has.
#[test]
fn what_replaces_reaches_as_far_as_it_lies_against_its_song() {
    let edit = |from: &str, to: &str, join: &str| {
        let edit = format!(
            "edit = [{{ what = \"replace\", from = \"{from}\", to = \"{to}\", with = \"short.wav\", because = \"taste\", join = \"{join}\" }}]"
        );
        programme(&format!("[[disc]]\n{}", track("One", &edit)))
    };
    let files = sources(&[("1.wav", 48_000, 480_000), ("short.wav", 48_000, 96_000)]);
    // Two seconds of it, from the third second of the song on.
    let pair = ("1.wav".to_owned(), "short.wav".to_owned());
    let reaches = std::iter::once((pair, 144_000..240_000)).collect();
    let check = |from: &str, to: &str, join: &str, words: &str| {
        let laid = edit(from, to, join).timeline_reaching(&files, &reaches);
        let said = laid.map_or_else(|faults| faults.to_string(), |_| String::new());
        assert!(
            said.contains(words) && said.is_empty() == words.is_empty(),
            "{said}"
        );
    };
    check("3 s", "5 s", "cut", "");
    check(
        "2.9 s",
        "4 s",
        "cut",
        "at 0:02.900: the alternate short.wav begins at 0:03.000 of the song",
    );
    check(
        "4 s",
        "5.1 s",
        "cut",
        "the alternate short.wav ends at 0:05.000 of the song, before the edit does",
    );
    check("4 s", "5 s", "5 ms", "ends at 0:05.000 of the song");
}

#[test]
fn room_tone_without_a_gap_is_one_fault() {
    let tone = "room_tone = { file = \"1.wav\", blend = \"1 s\" }";
    for gap in ["gap = \"0 s\"", "gap = \"0 CD frames\""] {
        let text = [
            "[[disc]]".to_owned(),
            track("One", ""),
            track("Two", &format!("{gap}\n{tone}")),
        ];
        refused(
            &text.join("\n"),
            &[
                "disc 1, track 2 \u{201c}Two\u{201d}: there is room tone before it and no gap for it to sound in",
            ],
        );
    }
}

#[test]
fn a_side_over_its_length_names_the_song_that_does_not_fit() {
    let text = [
        "gap = \"1 s\"\n[[disc]]\ntitle = \"Side A\"\nlongest = \"0:15.000\"".to_owned(),
        track("One", ""),
        track(
            "Two",
            "room_tone = { file = \"short.wav\", blend = \"0 s\" }",
        ),
    ];
    refused(
        &text.join("\n"),
        &[
            "disc 1, track 2 \u{201c}Two\u{201d}: the room tone before it lasts 0:00.100 and the gap 0:01.000",
            "disc 1, track 2 \u{201c}Two\u{201d}, at 0:04.000: the disc is 0:21.000 long, 0:06.000 over its 0:15.000: this song is the one that does not fit",
        ],
    );
}

#[test]
fn a_side_over_what_its_record_holds_names_the_song_that_does_not_fit() {
    let many: Vec<String> = (1..=31).map(|n| track(&format!("Song {n}"), "")).collect();
    let side = "gap = \"0 s\"\n[[disc]]\nside = { inches = 7, rpm = 45, ceiling_dbtp = 3.0 }\n";
    refused(
        &(side.to_owned() + &many.join("\n")),
        &[
            "disc 1: the side's ceiling_dbtp is from -20 to 0 dBTP, not 3",
            "disc 1, track 31 \u{201c}Song 31\u{201d}, at 0:00.000: the side is 5:10.000 long, 0:10.000 over the 5:00.000 that 7 inches at 45 hold: this song is the one that does not fit; move it to another side",
        ],
    );
}

#[test]
fn a_programme_of_nothing_is_refused() {
    refused("disc = []", &["the programme: there is no disc: add one"]);
    refused(
        "[[disc]]\ntrack = []",
        &["disc 1: there is no track: add one"],
    );
    refused(
        &("[[disc]]\n".to_owned() + &track("", "track = \"Rain\"\n#file =")),
        &[
            "disc 1, track 1 \u{201c}\u{201d}: it has no title",
            "disc 1, track 1 \u{201c}\u{201d}: it is named by its track: write `versions_in`, the folder in which the versions lie",
            "disc 1, track 1 \u{201c}\u{201d}: its file Rain is not there",
        ],
    );
}
