//! Words from files beside the release data, for whoever delivers by the command line alone.

use flows::mixes::Song;
use flows::room::Room;

const PROGRAMME: &str = "title = \"Weather\"\nartist = \"Ada Example\"\n\n[[disc]]\n[[disc.track]]\ntitle = \"Rain\"\nfile = \"rain.wav\"\n\
    start = \"250 ms\"\n\n[release]\nlanguage = \"en\"\n[[release.song]]\nsong = \"Rain\"\nlyrics = \"rain.lrc\"\n";

fn room(words: &str) -> Room {
    let room = Room::new();
    Song::default().write(&room.path("rain.wav"));
    room.keep("album.toml", PROGRAMME);
    room.keep("rain.lrc", words);
    room
}

#[test]
fn words_beside_the_release_data_go_into_the_delivery() {
    let room =
        room("[00:01.25]Rain & thunder\n[00:02.50]\n[00:03.00]<00:03.00>Rain <00:03.40>again\n");
    let told = room.json(
        "deliver album.toml -o out --format flac,lyrics-ttml,lyrics-lrc,lyrics-txt --json",
        Some(0),
    );
    let lrc = std::fs::read_to_string(room.path("out/Lyrics LRC/01 Rain.lrc")).unwrap();
    let lines = "[00:01.00]Rain & thunder\n[00:02.25]\n[00:02.75]Rain again\n";
    assert!(lrc.ends_with(lines), "{lrc}");
    let ttml = std::fs::read_to_string(room.path("out/Lyrics TTML/01 Rain.ttml")).unwrap();
    let line =
        "<p begin=\"00:00:01.000\" end=\"00:00:02.250\" ttm:agent=\"v1\">Rain &amp; thunder</p>";
    assert!(ttml.contains(line), "{ttml}");
    let files = told["delivered"]["files"].as_array().unwrap();
    let mut lyrics = files.iter().filter(|file| file["format"] == "lyrics-lrc");
    assert_eq!(
        lyrics.next().unwrap()["read_back"],
        "read again: 2 lines as they were kept"
    );
    room.said("verify out", Some(0));
}

#[test]
fn words_that_cannot_be_taken_are_named_with_their_file_and_line() {
    let deliver = "deliver album.toml -o out --format lyrics-lrc";
    let said = room("[00:03.00]Rain\n[00:02.00]again\n").said(deliver, Some(2));
    for words in [
        "disc 1, track 1 “Rain”",
        "rain.lrc",
        "line 2 (\"again\") begins at 00:00:02.000, which is not after the line before it",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let ttml = "<tt>\n<body>\n<p begin=\"soon\">Rain</p></body></tt>";
    let said = room(ttml).said(deliver, Some(2));
    let words = "near line 3 of the file \"soon\" is no time of TTML";
    assert!(said.contains(words), "{said}");
}
