//! What a client asks for while the record plays becomes an edit, and the record is balanced and cut for vinyl.

use flows::lacquer::PATIENCE;
use flows::until;
use serde_json::json;

use super::room::Room;

/// The client, hearing the whole record, asks for a word to be muted; the words stand on the record's waveform.
fn ask_in_the_portal(room: &Room) {
    let browser = &room.browser;
    browser.go(&room.portal);
    let form = "#song-disc-1 form.comment";
    browser.until(
        "the record's waveform is drawn",
        "return document.querySelector('#song-disc-1 .wave path')?.getAttribute('d')?.length > 50",
    );
    browser.click("#song-disc-1 li:nth-child(2) [data-seek]");
    let position = format!("return document.querySelector('{form} [name=position]').value");
    browser.until(
        "the form means what is under the playhead",
        &format!("{position} === '0:08'"),
    );
    browser.type_into(&format!("{form} [name=position]"), "0:09-0:10.5");
    browser.type_into(&format!("{form} [name=words]"), "Please mute this word");
    browser.send(&format!("{form} button[type=submit]"));
    browser.until(
        "what was said stands where it is heard",
        "return document.querySelector('#song-disc-1 .mark')?.dataset.at === '9'",
    );
    browser.until(
        "and with its song at the song's own time",
        "return [...document.querySelectorAll('.comments .at')].some(at => at.textContent === '0:01–0:02')",
    );
    browser.picture("programme-portal-asked.png");
}

/// One key marks what was asked for, another mutes it.
fn grant(room: &Room) {
    let browser = &room.browser;
    room.at_the_programme();
    room.choose("Snow");
    browser.picture("programme-asked.png");
    browser.press("qa");
    room.until_board("it is marked", "b.region === '1.000 2.500'");
    browser.press("m");
    room.until_board(
        "what was asked for is muted",
        "b.edits === 'mute 0:01.000 0:02.500' && b.faults === '0'",
    );
}

/// Everything on one side of a record, with a hidden song and an index point.
fn press_vinyl(room: &Room) {
    let browser = &room.browser;
    browser.press("wwwww");
    room.until_board(
        "it is a side of a small record",
        "b.side === '7 inches at 33⅓'",
    );
    browser.press("w");
    room.until_board("it turns faster", "b.side === '7 inches at 45'");
    let told = "return document.querySelector('.side-told').textContent";
    let told = browser.script(told).as_str().unwrap().to_owned();
    assert!(
        told.contains("At full level up to 3:00") && told.contains("It can be cut at full level"),
        "{told}"
    );
    // A disc's songs begin on its frames: what is moved for that is the gaps.
    browser.press("d");
    room.until_board(
        "songs begin on CD frames",
        "b.grid === 'cd_frames' && b.faults === '0'",
    );
    browser.press("d");
    room.choose("Hail");
    browser.press("y");
    room.until_board(
        "Hail is hidden before track 1",
        "b.order.startsWith('Hail|Rain') && b.chosen === '0' && b.faults === '0'",
    );
    browser.press("u");
    room.until_board("it is the third song again", "b.order.endsWith('Hail')");
    browser.press("y");
    room.until_board("and hidden again", "b.order.startsWith('Hail|')");
    room.choose("Snow");
    let at = room.in_song(4.0);
    browser.drag(at, at);
    browser.press("l");
    room.until_board("an index point lies in Snow", "b.indexes.startsWith('0:0')");
}

/// All songs beside each other; the gains are taken by one key, and taken back by another.
fn balance(room: &Room) {
    let browser = &room.browser;
    room.choose("Snow");
    room.write("gain_db", "-1");
    browser.press("b");
    room.until_board("there is a proposal", "b.balance === '3'");
    let columns = "return document.querySelectorAll('.balance-picture polyline').length";
    // Each song's spectrum, and the anchor's behind those of the others.
    assert_eq!(browser.script(columns), json!(5));
    let shops = "return document.querySelectorAll('.shops tr').length";
    assert!(browser.script(shops).as_u64().unwrap() >= 5);
    browser.picture("programme-balance.png");
    browser.press("B");
    // Tilts are left: those are set by ear.
    let gains = "return [...document.querySelectorAll('.balance-steps strong')].every(s => !/: [+\u{2212}]/.test(s.textContent))";
    browser.until("the gains are taken, and none is left to take", gains);
    browser.picture("programme-balanced.png");
    browser.press("u");
}

#[test]
fn a_wish_of_the_client_is_granted_and_the_record_becomes_a_balanced_side() {
    let room = Room::open(&["Rain", "Snow", "Hail"]);
    // The record as one piece: revision 2 goes out as it is.
    let programme = room.programme()["programme"].clone();
    room.lacquer.must(
        "PUT",
        &format!("/orders/{}/programme", room.number),
        &room.mia,
        &json!({ "programme": programme }),
    );
    room.give("start-mastering", &json!({}));
    let sent = |revision: u32| {
        until("the revision is with the client", PATIENCE, || {
            let order = room.lacquer.show(&room.number);
            let stage = json!({ "stage": "in_review", "revision": revision });
            (order["project"]["stage"] == stage).then_some(())
        });
    };
    sent(2);
    ask_in_the_portal(&room);
    room.give("open-revision", &json!({ "reason": "a word is to go" }));
    grant(&room);
    press_vinyl(&room);
    balance(&room);
    room.browser.press("\u{e009}s\u{e000}");
    room.until_board("it is kept", "b.state === 'kept'");
    let kept = room.programme()["programme"]["disc"][0].clone();
    assert_eq!(kept["side"], json!({ "inches": 7, "rpm": 45 }));
    assert_eq!(kept["hidden"]["title"], "Hail");
    assert_eq!(kept["track"][1]["edit"][0]["what"], "mute");
    assert_eq!(kept["track"][1]["indexes"].as_array().unwrap().len(), 1);
    // The same as a file, by the command line.
    let file = room.lacquer.cli(&["order", "programme", &room.number]);
    let file = file.unwrap();
    assert!(
        file.contains("[disc.hidden]") && file.contains("what = \"mute\""),
        "{file}"
    );
    room.browser.be_as_small_as(390, 900);
    room.at_the_programme();
    room.choose("Snow");
    room.browser.fits();
    room.browser
        .script("document.querySelector('#programme').scrollIntoView()");
    room.browser.picture("programme-edits-phone.png");
}
