//! Edits inside a song: marked, made, dragged, heard and taken back on its waveform.

use serde_json::{Value, json};

use super::room::Room;

/// Marks a region by dragging over it, from one second of the song to another.
fn mark(room: &Room, from: f64, to: f64) {
    room.browser.drag(room.in_song(from), room.in_song(to));
    let region = room.says("region");
    let ends: Vec<f64> = region
        .split(' ')
        .filter_map(|end| end.parse().ok())
        .collect();
    // A pixel of the picture is some milliseconds of the song.
    let is_near =
        |end: Option<&f64>, wanted: f64| end.is_some_and(|end| (end - wanted).abs() < 0.02);
    assert!(
        is_near(ends.first(), from) && is_near(ends.get(1), to),
        "{region} is marked"
    );
}

fn mark_and_edit(room: &Room) {
    let browser = &room.browser;
    room.choose("Snow");
    mark(room, 1.0, 2.0);
    browser.press("m");
    room.until_board(
        "the region is muted, and what that makes of the song is said",
        "b.edits.startsWith('mute 0:0') && b.faults === '0' && b.title === 'Snow (Clean Version)'",
    );
    let outcome = "return document.querySelector('.outcome').textContent";
    let said = browser.script(outcome).as_str().unwrap().to_owned();
    assert!(
        said.contains("Words were taken out: is this version clean")
            && said.contains("which ISRC of its own"),
        "{said}"
    );
    // Its end is dragged half a second on, and by key a millisecond further.
    browser.drag(room.in_song(2.0), room.in_song(2.5));
    room.until_board("its end moved", "/ 0:02[.](49|5)/.test(b.edits)");
    let before = room.says("edits");
    browser.press("n");
    room.until_board("it moved again", &format!("b.edits !== {before:?}"));
    browser.press("u");
    assert_eq!(room.says("edits"), before);
    browser.picture("programme-edits.png");
}

/// Something else in the region's place, chosen from the order's songs and what goes beside them.
fn replace(room: &Room) {
    let browser = &room.browser;
    let before = room.says("edits");
    mark(room, 3.0, 3.4);
    browser.press("t");
    room.until_board(
        "another song takes its place",
        "b.edits.includes('replace 0:03') && b.faults === '0'",
    );
    let names = "return [...document.querySelector('.edit-panel [name=with]').options].map(o => o.value).join()";
    assert_eq!(browser.script(names), "Rain,Hail");
    room.write_edit("with", "Hail");
    let chosen = "return document.querySelector('.edit-panel [name=with]').value";
    assert_eq!(browser.script(chosen), "Hail");
    browser.press("uu");
    assert_eq!(room.says("edits"), before);
}

/// By keys alone: the cursor, both ends, a cut; then what comes is a second shorter.
fn by_key(room: &Room) {
    let browser = &room.browser;
    browser.press("\u{e00c}");
    room.write_edit("from", "4 s");
    room.write_edit("to", "5 s");
    browser.press("c");
    room.until_board(
        "a second is cut out behind what is muted",
        "b.edits.endsWith('cut 0:04.000 0:05.000') && b.faults === '0' && b.title === 'Snow (Clean Radio Edit)'",
    );
    let shown = browser.script(
        "return document.querySelector('.songs-in-order li:nth-child(2) .hint').textContent",
    );
    let shown = shown.as_str().unwrap();
    assert!(shown.contains("0:05.000 long"), "{shown}");
}

/// What is heard across the cut is as long as it says, and how it is joined is told.
fn hear(room: &Room) {
    room.browser.press("h");
    room.until_board(
        "the edit sounds, and its joins are told",
        "b.heard === 'sounding' && b.joined.length > 10",
    );
    let heard: f64 = room.says("heardSeconds").parse().unwrap();
    // Two and a half seconds before the seam; behind it a second of the song, and its gap.
    assert!((heard - 5.0).abs() < 0.05, "{heard} s");
    let joined = room.says("joined");
    assert!(
        joined.contains("zero crossings") || joined.contains("crossfade"),
        "{joined}"
    );
    room.until_board("it ended", "b.heard === 'ended'");
    room.browser.picture("programme-edit-heard.png");
}

fn edits_of(programme: &Value) -> &Value {
    &programme["programme"]["disc"][0]["track"][1]["edit"]
}

#[test]
fn words_are_muted_and_a_verse_is_cut_on_the_waveform_and_heard_before_they_are_kept() {
    let room = Room::open(&["Rain", "Snow", "Hail"]);
    mark_and_edit(&room);
    replace(&room);
    by_key(&room);
    hear(&room);
    // Chosen, taken out, taken back.
    room.browser.press("\u{e003}");
    room.until_board("the cut is taken out", "!b.edits.includes('cut')");
    room.browser.press("u");
    room.until_board("it is there again", "b.edits.includes('cut')");
    room.browser.press("\u{e009}s\u{e000}");
    room.until_board("it is kept", "b.state === 'kept'");
    let kept = room.programme();
    let edits = edits_of(&kept);
    assert_eq!(
        (&edits[0]["what"], &edits[1]["what"]),
        (&json!("mute"), &json!("cut")),
        "{edits}"
    );
    assert_eq!(
        kept["discs"][0]["tracks"][1]["title"],
        "Snow (Clean Radio Edit)"
    );
}
