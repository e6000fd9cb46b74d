//! An album of twelve songs in a real browser: put in order, spaced and faded by drag and by key, heard, kept, sent as one
//! piece, approved, and cut into finals.

use std::path::Path;

use flows::clients::decoded_by_ffmpeg;
use flows::lacquer::PATIENCE;
use flows::until;
use serde_json::json;

use super::room::{GAP, Room, SECONDS};

const TITLES: [&str; 12] = [
    "Rain", "Snow", "Hail", "Fog", "Dew", "Frost", "Mist", "Thaw", "Gale", "Dusk", "Dawn", "Noon",
];
/// Order, gap, fade, undo: each by drag or by key.
fn edit(room: &Room) {
    let browser = &room.browser;
    browser.picture("programme.png");
    assert_eq!(room.order(), TITLES);
    // By key: the second song goes one later, back, and there again.
    room.choose("Snow");
    browser.press(">");
    assert_eq!(room.order()[..3], ["Rain", "Hail", "Snow"]);
    browser.press("u");
    assert_eq!(room.order(), TITLES);
    browser.press("U");
    assert_eq!(room.order()[..3], ["Rain", "Hail", "Snow"]);
    // By drag: the last song goes to the front.
    let last = room.place(11.0 * (SECONDS + GAP) + 3.0, 11);
    let front = room.place(1.0, 11);
    browser.drag(last, front);
    room.until_board(
        "the song lies at the front",
        "b.order.startsWith('Noon|Rain')",
    );
    // A gap by key: half a second longer; and by drag: the gap before Fog becomes wider.
    room.choose("Rain");
    browser.press("ggggg");
    let gap_before_fog = (
        3.0 * (SECONDS + GAP) + SECONDS + 0.5,
        3.0 * (SECONDS + GAP) + SECONDS + 0.5 + 1.0,
    );
    let from = room.place(gap_before_fog.0 + 1.0, 0);
    let to = room.place(gap_before_fog.1 + 1.0, 0);
    browser.drag(from, to);
    room.until_board("nothing is wrong", "b.faults === '0'");
    let dragged = browser.script("return document.querySelector('.song-panel [name=gap]').value");
    let dragged: f64 = dragged
        .as_str()
        .unwrap()
        .trim_end_matches(" s")
        .parse()
        .unwrap();
    assert!((dragged - GAP - 1.0).abs() < 0.2, "{dragged} s");
    room.write("gap", "3 s");
    // A fade by key, at the end of the record.
    room.choose("Dawn");
    browser.press("oooooooooo");
    let fade = "return document.querySelector('.song-panel [name=fade_out]').value";
    assert_eq!(browser.script(fade), "1.000 s");
}

/// A segue, a song left off and put in again, a second disc: by key, and taken back.
fn try_out(room: &Room) {
    let browser = &room.browser;
    let before = room.order();
    room.choose("Gale");
    browser.press("xxxxx");
    let segue = "return document.querySelector('.song-panel [name=segue]').value";
    assert_eq!(browser.script(segue), "0.500 s");
    room.until_board("the segue fits", "b.faults === '0'");
    browser.press("\u{e017}");
    room.until_board("Gale is left off", "!b.order.includes('Gale')");
    browser.click(".left-off button");
    room.until_board("Gale is put in at the end", "b.order.endsWith('Gale')");
    room.choose("Frost");
    browser.click("[data-do=disc]");
    room.until_board(
        "a second disc begins with Frost",
        "b.order.startsWith('Frost|')",
    );
    room.until_board("both discs are right", "b.faults === '0'");
    browser.picture("programme-discs.png");
    // Five steps of the segue, one off, one in, one disc.
    browser.press("uuuuuuuu");
    assert_eq!(room.order(), before);
}

/// What cannot be is said at its song, and kept by nobody.
fn refuse(room: &Room) {
    let browser = &room.browser;
    room.choose("Mist");
    room.write("fade_in", "9 s");
    room.until_board("the fault is found", "b.faults === '1'");
    let said =
        browser.script("return document.querySelector('.songs-in-order .problem').textContent");
    assert_eq!(
        said,
        "Its fade in of 0:09.000 is longer than the song (0:06.000)."
    );
    browser.click("[data-do=keep]");
    room.until_board("it is refused", "b.state === 'refused'");
    browser.picture("programme-refused.png");
    assert_eq!(room.programme()["standing"], "open");
    let tracks = &room.programme()["programme"]["disc"][0]["track"];
    assert_eq!(tracks[0]["title"], "Rain", "nothing was kept");
    browser.press("u");
    room.until_board("nothing is wrong again", "b.faults === '0'");
}

/// The last seconds of one song, the gap, the first of the next; then down to the samples.
fn hear(room: &Room) {
    let browser = &room.browser;
    room.choose("Rain");
    browser.press(" ");
    room.until_board(
        "it sounds",
        "b.heard === 'sounding' && parseFloat(b.loudest) > -50",
    );
    let heard: f64 = room.says("heardSeconds").parse().unwrap();
    assert!((heard - (4.0 + GAP + 0.5 + 4.0)).abs() < 0.01, "{heard} s");
    browser.press("z");
    room.until_board(
        "each sample can be seen",
        "parseInt(b.detail) > 0 && parseFloat(b.scale) > 100000",
    );
    browser.picture("programme-samples.png");
    browser.press("0");
}

/// One piece with its real gaps, as ffmpeg reads it, and the finals together are that piece.
fn delivered(room: &Room, folder: &Path) {
    let fetch = |path: &str, name: &str| {
        let path = format!("/orders/{}/{path}", room.number);
        let got = room.lacquer.download(&path, &room.mia, None);
        assert_eq!(got.status, 200, "{path}");
        let file = folder.join(name);
        std::io::Write::write_all(&mut std::fs::File::create_new(&file).unwrap(), &got.bytes)
            .unwrap();
        decoded_by_ffmpeg(&file, "s24le")
    };
    let whole = fetch("audio/discs/2/1", "disc.wav");
    let seconds = whole.len() as f64 / 6.0 / 48_000.0;
    // Twelve songs, nine gaps of the house, one longer by half a second and one of three seconds.
    assert!(
        (seconds - (12.0 * SECONDS + 9.0 * GAP + 2.5 + 3.0)).abs() < 1e-4,
        "{seconds} s"
    );
    let view = room.programme();
    for track in view["discs"][0]["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .skip(1)
    {
        let frame = |name: &str| {
            let frames = (track[name].as_f64().unwrap() * 48_000.0).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a record's frames"
            )]
            let frames = frames as usize;
            frames * 6
        };
        let gap = &whole[frame("gap_from_seconds")..frame("start_seconds")];
        assert!(
            !gap.is_empty() && gap.iter().all(|byte| *byte == 0),
            "{track}"
        );
    }
    let order = room.lacquer.show(&room.number);
    let mut joined = Vec::new();
    for (at, track) in order["project"]["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let id = track["id"].as_str().unwrap();
        joined.extend(fetch(&format!("finals/{id}/wav24"), &format!("{at}.wav")));
    }
    assert!(joined == whole, "the finals together are the record");
}

/// The client plays the whole record and approves it.
fn in_the_portal(room: &Room) {
    let browser = &room.browser;
    browser.go(&room.portal);
    let player = "document.querySelector('#song-disc-1 [data-player]')";
    browser.until(
        "the record's waveform is drawn",
        "return document.querySelector('#song-disc-1 .wave path')?.getAttribute('d')?.length > 50",
    );
    browser.picture("programme-portal.png");
    let places =
        browser.script("return document.querySelectorAll('#song-disc-1 [data-seek]').length");
    assert_eq!(places, 12);
    browser.click("#song-disc-1 li:nth-child(2) [data-seek]");
    browser.click("#song-disc-1 .play");
    browser.until(
        "the record plays on from its second song",
        &format!(
            "const d = {player}.dataset; return d.state === 'playing' && parseFloat(d.positionSeconds) > 8.6 && parseFloat(d.levelDbfs) > -60"
        ),
    );
    browser.click("#song-disc-1 .play");
    browser.type_into("form.approve input[name=name]", "Ada Example");
    browser.send("form.approve button[type=submit]");
}

/// The programme's page on a phone: nothing has to be moved sideways.
fn on_a_phone(room: &Room) {
    room.browser.be_as_small_as(390, 900);
    room.at_the_programme();
    room.browser.picture("programme-phone.png");
    room.browser.fits();
}

#[test]
fn an_album_is_put_together_in_a_browser_and_delivered_as_it_was_heard() {
    let room = Room::open(&TITLES);
    edit(&room);
    try_out(&room);
    refuse(&room);
    hear(&room);
    room.browser.press("\u{e009}s\u{e000}");
    room.until_board("it is kept", "b.state === 'kept' && b.kept === 'yes'");
    let kept = room.programme();
    assert_eq!(kept["programme"]["disc"][0]["track"][0]["title"], "Noon");
    room.give("start-mastering", &json!({}));
    until("revision 2 is with the client", PATIENCE, || {
        let order = room.lacquer.show(&room.number);
        (order["project"]["stage"] == json!({ "stage": "in_review", "revision": 2 })).then_some(())
    });
    room.at_the_programme();
    room.until_board("it is closed", "b.standing === 'closed'");
    room.browser.picture("programme-loudness.png");
    in_the_portal(&room);
    let order = room.lacquer.until_stage(&room.number, "archived");
    let made = &order["project"]["revisions"]["2"]["made"];
    assert_eq!(
        order["project"]["approval"]["discs"][0],
        made["discs"][0]["samples"]
    );
    delivered(&room, tempfile::tempdir().unwrap().path());
    on_a_phone(&room);
}
