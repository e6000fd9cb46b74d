//! Room tone in a gap by keys, by the pointer and in the song's panel: heard as it will be, refused where it cannot be, and the record's own samples.

use std::path::Path;

use flows::clients::decoded_by_ffmpeg;
use flows::lacquer::PATIENCE;
use flows::until;
use serde_json::json;

use super::room::{GAP, Room, SECONDS};

const PANEL: &str = "document.querySelector('.song-panel')";

/// A recording that is no song of the record, taken by one key and set by others.
fn by_key(room: &Room) {
    let browser = &room.browser;
    room.choose("Hail");
    browser.press("\u{e017}");
    room.until_board("Hail is left off", "b.order === 'Rain|Snow'");
    room.choose("Snow");
    let hidden = format!("return {PANEL}.elements.tone_blend.parentElement.hidden");
    assert_eq!(browser.script(&hidden), json!(true));
    browser.press("2");
    let said = "return document.querySelector('#programme .said').textContent";
    let said = browser.script(said);
    assert!(
        said.as_str().unwrap().contains("choose a recording"),
        "{said}"
    );
    browser.press("R");
    room.until_board(
        "what is left off sounds in the gap before Snow",
        "b.tone === 'Hail||0.100 s|0' && b.faults === '0'",
    );
    browser.press("22144456");
    assert_eq!(room.says("tone"), "Hail|0:00.100|0.130 s|0");
    // Behind Hail come the songs of the record, and behind the last silence.
    browser.press("RR");
    assert_eq!(room.says("tone").split('|').next(), Some("Snow"));
    browser.press("R");
    assert_eq!(room.says("tone"), "");
    browser.press("uuu");
    assert_eq!(room.says("tone"), "Hail|0:00.100|0.130 s|0");
    let chosen = format!("return {PANEL}.elements.tone.value");
    assert_eq!(browser.script(&chosen), "Hail");
}

/// Its blend is dragged by its corner, and below the middle of the gap the recording itself.
fn by_hand(room: &Room) {
    let browser = &room.browser;
    room.write("tone_blend", "0.3 s");
    let below = |(x, y): (f64, f64), down: f64| (x, y + down);
    let gap = |s: f64, down: f64| below(room.place(SECONDS + s, 1), down);
    browser.drag(gap(0.3, -38.0), gap(0.8, -38.0));
    room.until_board(
        "its blends are longer",
        "/^Hail[|]0:00.100[|]0.(79|80|81)/.test(b.tone)",
    );
    browser.drag(gap(1.2, 30.0), gap(0.7, 30.0));
    room.until_board(
        "it is taken from half a second later",
        "/^Hail[|]0:00.(59|60|61)/.test(b.tone) && b.faults === '0'",
    );
    let lengths =
        "return document.querySelector('.songs-in-order li:nth-child(2) .hint').textContent";
    let lengths = browser.script(lengths);
    assert_eq!(
        lengths, " at 0:08.000, 0:06.000 long",
        "the gap is as it was"
    );
    browser.picture("programme-tone.png");
}

/// What cannot be stands at its song with what it lacks; another step takes it back.
fn refuse(room: &Room) {
    let problem = "return [...document.querySelectorAll('.songs-in-order .problem')].map(p => p.textContent).join()";
    for (field, text, words) in [
        (
            "tone_blend",
            "1.5 s",
            "The room tone before it blends for 0:01.500 at both ends of a gap of 0:02.000.",
        ),
        (
            "tone_start",
            "5 s",
            "The room tone before it lasts 0:01.000 and the gap 0:02.000.",
        ),
        (
            "gap",
            "0 s",
            "There is room tone before it and no gap for it to sound in.",
        ),
    ] {
        room.write(field, text);
        room.until_board(words, "b.faults === '1'");
        assert_eq!(room.browser.script(problem), words);
        room.browser.press("u");
        room.until_board("nothing is wrong", "b.faults === '0'");
    }
}

/// Places that keys set by steps are written, too: index points, where the next song's mark lies, the usual gap.
fn by_field(room: &Room) {
    let browser = &room.browser;
    room.write("indexes", "2 s, 4 s");
    room.until_board(
        "index points are written",
        "b.indexes === '2 s|4 s' && b.faults === '0'",
    );
    room.choose("Rain");
    room.write("segue", "1 s");
    room.until_board("a segue leaves no gap for a tone", "b.faults === '1'");
    room.write("segue_mark", "end");
    browser.press("x");
    room.until_board(
        "by key it takes gap and tone away",
        "b.faults === '0' && b.order === 'Rain|Snow'",
    );
    browser.press("uuu");
    room.choose("Snow");
    browser.press("u");
    assert_eq!(room.says("indexes"), "");
    // Another disc begins with it, and is looked at by key.
    browser.press("/");
    room.until_board(
        "Snow begins a disc",
        "b.order === 'Snow' && b.faults === '1'",
    );
    browser.press("\u{e00e}");
    room.until_board("the disc before", "b.order === 'Rain'");
    browser.press("\u{e00f}");
    room.until_board("the disc behind", "b.order === 'Snow'");
    browser.press("u");
    room.until_board("it is one disc again", "b.order === 'Rain|Snow'");
    room.choose("Snow");
}

/// The boundary is heard with its tone: as loud in the gap as music is, where there was silence.
fn hear(room: &Room) {
    room.browser.press(" ");
    room.until_board("it sounds", "b.heard === 'sounding'");
    let heard: f64 = room.says("heardSeconds").parse().unwrap();
    assert!((heard - (4.0 + GAP + 4.0)).abs() < 0.01, "{heard} s");
    room.until_board("it ended", "b.heard === 'ended'");
}

/// Between its blends the gap of the record holds the recording's own samples.
fn made(room: &Room, folder: &Path) {
    let fetch = |path: &str, name: &str| {
        let path = format!("/orders/{}/{path}", room.number);
        let got = room.lacquer.download(&path, &room.mia, None);
        assert_eq!(got.status, 200, "{path}");
        let file = folder.join(name);
        std::io::Write::write_all(&mut std::fs::File::create_new(&file).unwrap(), &got.bytes)
            .unwrap();
        decoded_by_ffmpeg(&file, "s24le")
    };
    let view = room.programme();
    let songs = view["songs"].as_array().unwrap();
    let hail = songs.iter().find(|song| song["title"] == "Hail").unwrap();
    let heard_at = &hail["versions"][0]["heard_at"];
    let hail = hail["track"].as_str().unwrap();
    let whole = fetch("audio/discs/2/1", "disc.wav");
    let tone = fetch(&format!("audio/masters/{heard_at}/{hail}"), "tone.wav");
    // Six bytes a frame at 48 kHz: the gap's middle second, and the recording a second and a half behind its first.
    let bytes = |ms: usize| ms * 48 * 6;
    let gap = &whole[bytes(6_500)..bytes(7_500)];
    assert!(gap.iter().any(|byte| *byte != 0), "the gap sounds");
    assert!(
        *gap == tone[bytes(2_000)..bytes(3_000)],
        "the gap holds the recording's samples"
    );
}

#[test]
fn a_recording_sounds_in_a_gap_by_key_by_hand_and_by_field() {
    let room = Room::open(&["Rain", "Snow", "Hail"]);
    by_key(&room);
    by_hand(&room);
    refuse(&room);
    by_field(&room);
    room.write("tone_start", "1.5 s");
    room.write("tone_blend", "0.5 s");
    room.until_board(
        "it is as it was written",
        "b.tone === 'Hail|1.5 s|0.5 s|0' && b.faults === '0'",
    );
    hear(&room);
    room.browser.press("\u{e009}s\u{e000}");
    room.until_board("it is kept", "b.state === 'kept'");
    let kept = room.programme()["programme"]["disc"][0]["track"][1]["room_tone"].clone();
    assert_eq!(
        (&kept["file"], &kept["gain_db"]),
        (&json!("Hail"), &json!(null))
    );
    room.browser.be_as_small_as(390, 900);
    room.at_the_programme();
    room.choose("Snow");
    room.browser.fits();
    room.browser
        .script("document.querySelector('.song-panel').scrollIntoView()");
    room.browser.picture("programme-tone-phone.png");
    room.give("start-mastering", &json!({}));
    until("revision 2 is with the client", PATIENCE, || {
        let order = room.lacquer.show(&room.number);
        (order["project"]["stage"] == json!({ "stage": "in_review", "revision": 2 })).then_some(())
    });
    made(&room, tempfile::tempdir().unwrap().path());
}
