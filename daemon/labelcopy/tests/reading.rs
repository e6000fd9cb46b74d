//! Label copy as people write it, in tables and in notes.

use labelcopy::{LabelCopy, ReleasePart, SongPart, SongSaid, read};
use proptest::prelude::*;

#[track_caller]
fn song<'c>(copy: &'c LabelCopy, title: &str) -> &'c SongSaid {
    let found = copy.songs.iter().find(|song| song.title == title);
    found.unwrap_or_else(|| panic!("no {title} in {copy:#?}"))
}

#[track_caller]
fn says(song: &SongSaid, part: SongPart, text: &str) {
    assert_eq!(
        song.said.get(&part).map(String::as_str),
        Some(text),
        "{song:?}"
    );
}

#[test]
fn a_table_with_semicolons_and_german_heads_is_read() {
    let text = "Album;N\u{f6}rdliche Linien\nInterpret;Ada Beispiel\n\nNr.;Titel;ISRC;Komponist;Text;Explizit\n\
                1;Erstes Licht;DE-A12-26-00001;Ada Beispiel;Bo Worte;nein\n2;Regen;dea122600002;\"Ada Beispiel; Bo Worte\";;ja\n";
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(text);
    for bytes in [text.as_bytes(), &windows] {
        let copy = read(bytes).unwrap();
        assert_eq!(copy.release[&ReleasePart::Title], "N\u{f6}rdliche Linien");
        assert_eq!(copy.release[&ReleasePart::Artist], "Ada Beispiel");
        let rain = song(&copy, "Regen");
        assert_eq!((rain.number, rain.at.as_str()), (Some(2), "row 6"));
        says(rain, SongPart::Isrc, "DEA122600002");
        says(rain, SongPart::Composer, "Ada Beispiel; Bo Worte");
        says(rain, SongPart::Explicit, "ja");
        assert_eq!(rain.said.get(&SongPart::Author), None);
        assert!(copy.unread.is_empty(), "{:?}", copy.unread);
    }
}

#[test]
fn what_every_row_says_alike_is_said_of_the_release() {
    let text = "Track,Title,Album Title,Label,UPC,ISRC\n1,First Light,Northern Lines,Laqueur,4006381333931,DEA122600001\n\
                2,Rain,Northern Lines,Other,4006381333931,DEA122600002\n";
    let copy = read(text.as_bytes()).unwrap();
    assert_eq!(copy.release[&ReleasePart::Ean], "4006381333931");
    assert_eq!(song(&copy, "Rain").number, Some(2));
    assert_eq!(copy.release.get(&ReleasePart::Label), None);
    let unread: Vec<_> = copy
        .unread
        .iter()
        .map(|one| (one.at.as_str(), one.text.as_str()))
        .collect();
    assert_eq!(
        unread,
        [("row 2", "Label: Laqueur"), ("row 3", "Label: Other")]
    );
}

#[test]
fn a_spreadsheet_is_read() {
    let heads = ["Disc", "Track", "Title", "ISRC"].map(|head| (head, 12));
    let mut table = paper::Table::new("Label copy", &heads);
    let text = |text: &str| paper::Cell::Text(text.to_owned());
    let count = paper::Cell::Count;
    table.rows = vec![vec![
        count(1),
        count(1),
        text("First Light"),
        text("DE-A12-26-00001"),
    ]];
    let copy = read(&paper::xlsx(&[table], "2026-11-22").unwrap()).unwrap();
    let first = song(&copy, "First Light");
    assert_eq!((first.disc, first.number), (Some(1), Some(1)));
    says(first, SongPart::Isrc, "DEA122600001");
}

#[test]
fn a_note_with_a_numbered_list_is_read() {
    let copy = read(
        "Ada Example \u{2013} Northern Lines\n\nLabel: Laqueur\nUPC: 4006381333931\n\u{2117} 2026 Laqueur\n\n\
         1. First Light (3:41) ISRC: DE-A12-26-00001\n   Music: Ada Example\n   Words by: Bo Writer\n\
         2. 99 Balloons\n   DEA122600002\n   Explicit: yes\n3) Rain [DE-A12-26-00003]\n\nHave fun with it!\n"
            .as_bytes(),
    )
    .unwrap();
    assert_eq!(copy.songs.len(), 3, "{copy:#?}");
    says(
        song(&copy, "First Light"),
        SongPart::Composer,
        "Ada Example",
    );
    says(song(&copy, "First Light"), SongPart::Author, "Bo Writer");
    says(song(&copy, "99 Balloons"), SongPart::Isrc, "DEA122600002");
    says(song(&copy, "99 Balloons"), SongPart::Explicit, "yes");
    says(song(&copy, "Rain"), SongPart::Isrc, "DEA122600003");
    assert_eq!(copy.release[&ReleasePart::PLine], "2026 Laqueur");
    assert_eq!(copy.release[&ReleasePart::Label], "Laqueur");
    let unread: Vec<_> = copy.unread.iter().map(|one| one.at.as_str()).collect();
    assert_eq!(unread, ["line 1", "line 15"]);
}

#[test]
fn discs_are_counted_from_their_lines_and_numbers() {
    let copy = read(b"CD 1\n01 First Light\n02 Rain\nCD 2:\n01 Encore\n2-02 Coda\n").unwrap();
    let places: Vec<_> = copy
        .songs
        .iter()
        .map(|song| (song.disc, song.number, song.title.as_str()))
        .collect();
    assert_eq!(
        places,
        [
            (Some(1), Some(1), "First Light"),
            (Some(1), Some(2), "Rain"),
            (Some(2), Some(1), "Encore"),
            (Some(2), Some(2), "Coda")
        ]
    );
}

#[test]
fn a_title_that_begins_with_a_number_keeps_it() {
    let copy = read(b"99 Balloons DE-A12-26-00001\n7 Seconds\n").unwrap();
    assert_eq!(song(&copy, "99 Balloons").number, None);
}

#[test]
fn a_letter_is_no_label_copy() {
    for text in [
        "Hi Eva,\nhere are the mixes. The second one is a bit loud, sorry: please be kind to it.\nAda",
        "Note: leave the intro as it is",
        "",
        "a;b;c\n1;2;3\n",
        "%PDF-1.7\n",
    ] {
        assert_eq!(read(text.as_bytes()), None, "{text}");
    }
    assert_eq!(read(b"PK\x03\x04 damaged"), None);
    assert_eq!(read(&[0xff, 0xfe, 0, 1, 2, 3]), None);
}

#[test]
fn a_code_that_is_none_is_kept_as_it_stands() {
    let copy = read(b"Title,ISRC\nRain,DE-A12-26-0001\n").unwrap();
    says(song(&copy, "Rain"), SongPart::Isrc, "DE-A12-26-0001");
}

proptest! {
    #[test]
    fn whatever_comes_is_read_within_the_limits(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        prop_assert!(read(&bytes).is_none_or(|copy| copy.is_sound()));
    }

    #[test]
    fn whatever_is_written_like_a_note_is_read_within_the_limits(
        lines in prop::collection::vec("([0-9]{0,3}[.): -]{0,2})?\\PC{0,40}( DE-?A12-?26-?[0-9]{5})?(: \\PC{0,20})?", 0..60)
    ) {
        let copy = read(lines.join("\n").as_bytes());
        prop_assert!(copy.is_none_or(|copy| copy.is_sound()));
    }

    #[test]
    fn what_is_written_into_a_table_is_read_again(
        songs in prop::collection::vec(("[A-Z][a-z]{2,9}( [A-Z][a-z]{2,9})?", "[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", "[A-Z][a-z]{2,9}"), 1..30)
    ) {
        let rows: String = songs.iter().map(|(title, isrc, who)| format!("{title};{isrc};{who}\n")).collect();
        let copy = read(format!("Title;ISRC;Composer\n{rows}").as_bytes()).unwrap();
        let back: Vec<_> = copy.songs.iter().map(|song| (song.title.clone(), song.said[&SongPart::Isrc].clone(), song.said[&SongPart::Composer].clone())).collect();
        prop_assert_eq!(back, songs);
    }
}
