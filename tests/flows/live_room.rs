//! The live room in a real browser: a song through a chain of the rack, on a machine without hardware.

use std::path::Path;

use flows::browser::Browser;
use flows::clients::Ftp;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, until};
use serde_json::{Value, json};

/// A gain, a unit, and a compressor behind it.
const CHAIN: &str = r#"
name = "Through iron"

[[legs]]
leg = "processors"
stages = [{ processor = "gain", gain_db = -3.0 }]

[[legs]]
leg = "patch"
step = "plug the insert into the Vari-Mu"

[[legs]]
leg = "unit"
unit = "vari_mu"

[[legs]]
leg = "processors"
stages = [{ processor = "compressor", threshold_dbfs = -24.0, ratio = 2.0, knee_db = 6.0, attack_ms = 30.0, release_ms = 250.0, detector = "rms", sidechain_highpass_hz = 90.0, mix = 1.0, makeup_db = 1.0 }]
"#;

/// A studio with an order whose song came, and an engineer at the page of its live room.
struct Room {
    lacquer: Lacquer,
    browser: Browser,
    number: String,
    page: String,
    mia: String,
    bob: String,
}

impl Room {
    fn open() -> Self {
        let lacquer = Lacquer::start();
        let password = lacquer.add_staff("mia");
        lacquer.add_staff("bob");
        lacquer.add_client("ada", "");
        let (number, _) = lacquer.order("ada", "Iron", &["--songs", "1"]);
        let place = tempfile::tempdir().unwrap();
        let mix = place.path().join("Iron.wav");
        Song::default().write(&mix);
        Ftp::of(&lacquer, "ada").put(&mix, &format!("{number} Iron.wav"));
        lacquer.until_stage(&number, "in_review");
        let chain = place.path().join("chain.toml");
        std::io::Write::write_all(
            &mut std::fs::File::create_new(&chain).unwrap(),
            CHAIN.as_bytes(),
        )
        .unwrap();
        let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/rack/unit.toml");
        let [unit, chain] = [&unit, &chain].map(|path| path.to_str().unwrap());
        lacquer
            .cli(&["rack", "save-unit", "vari_mu", unit])
            .unwrap();
        lacquer.cli(&["rack", "save-chain", "iron", chain]).unwrap();
        let shown = lacquer.show(&number);
        let track = shown["project"]["tracks"][0]["id"].as_str().unwrap();
        let page = format!("/orders/{number}/live/{track}");
        let browser = Browser::open(1280, 1400);
        browser.log_in(&lacquer.web, "mia", &password);
        browser.go(&format!("{}{page}", lacquer.web));
        Self {
            mia: lacquer.log_in("mia"),
            bob: lacquer.log_in("bob"),
            lacquer,
            browser,
            number,
            page,
        }
    }

    fn now(&self) -> Value {
        self.lacquer.must("GET", "/live", &self.mia, &Value::Null)
    }

    /// Waits until the room's view (or what moves in it) is so.
    fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        until(what, PATIENCE, || {
            let now = self.now();
            is_so(&now).then_some(now)
        })
    }

    /// Waits until the page shows words, without anybody reloading it.
    fn shows(&self, selector: &str, words: &str) {
        let all = format!("[...document.querySelectorAll({selector:?})]");
        let look = format!("return {all}.some((one) => one.textContent.includes({words:?}))");
        self.browser
            .until(&format!("{selector} shows {words:?}"), &look);
    }

    /// Waits until the page has drawn that a button holds, and nothing is drawn any more.
    fn is_drawn(&self, words: &str) {
        self.shows(".switches [aria-pressed=true]", words);
        let still = "const was = window.drawn; window.drawn = document.getElementById('board').firstElementChild; \
                     return was === window.drawn;";
        until("the page stands still", PATIENCE, || {
            std::thread::sleep(std::time::Duration::from_millis(400));
            (self.browser.script(still) == Value::Bool(true)).then_some(())
        });
    }

    /// Writes into a field at one stroke: the page may draw itself anew between two.
    fn write(&self, selector: &str, text: &str) {
        let write = format!(
            "const field = document.querySelector({selector:?}); if (!field) return false; \
             field.value = {text:?}; field.dispatchEvent(new Event('input', {{ bubbles: true }})); return true;"
        );
        self.browser.until(selector, &write);
    }

    /// Presses a button of the page by its words, in the part of the page that a selector names.
    fn press(&self, part: &str, words: &str) {
        let press = format!(
            "const one = [...document.querySelectorAll('{part} button')].find((b) => b.textContent === {words:?}); \
             if (!one) return false; one.click(); return true;"
        );
        self.browser.until(words, &press);
    }
}

#[test]
fn an_engineer_works_live_by_page_and_keys_and_the_room_ends_by_itself() {
    let room = Room::open();
    // An instant order is nobody's to hear without a reason on record.
    room.browser.send("form.stack button[type=submit]");
    room.shows(".refusal", "a reason on record");
    for engineer in [&room.mia, &room.bob] {
        let reason = json!({ "purpose": "testing", "reason": "trying the live room" });
        let to = format!("/orders/{}/listening-reason", room.number);
        room.lacquer.must("POST", &to, engineer, &reason);
    }
    room.browser.send("form.stack button[type=submit]");
    room.shows(".lead", "the loopback engine stands in");
    let now = room.until("it is ready", |now| now["view"]["standing"] == "ready");
    let view = &now["view"];
    assert_eq!(view["order"], room.number);
    assert_eq!(view["place"], "loopback");
    assert_eq!(view["units"][0]["delays_frames"], json!([256.0, 256.0]));
    let names: Vec<&str> = (view["sources"].as_array().unwrap().iter())
        .map(|source| source["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Programme", "Mix", "Revision 1"]);
    assert_eq!(view["stages"][1]["behind_units"], 1);
    assert_eq!(
        view["patch_steps"],
        json!(["plug the insert into the Vari-Mu"])
    );

    playing_by_keys(&room);
    knobs_and_refusals(&room);
    what_sounds_is_kept(&room);
    a_second_engineer_waits(&room);
    room.browser.picture("live-room.png");

    // The page goes away: sends fall silent, the unit is free, and the journal says who had it.
    room.browser.go("about:blank");
    until("the room ends by itself", PATIENCE, || {
        let units = room
            .lacquer
            .must("GET", "/journal", &room.bob, &Value::Null);
        units
            .to_string()
            .contains("ended, with vari_mu")
            .then_some(())
    });
    let lines = room
        .lacquer
        .must("GET", "/journal", &room.bob, &Value::Null);
    let began = format!(
        "Live work on {} through iron began, with vari_mu.",
        room.number
    );
    assert!(lines.to_string().contains(&began), "{lines}");
    room.browser
        .go(&format!("{}{}", room.lacquer.web, room.page));
    room.shows(".lead", "ended by itself");
}

fn playing_by_keys(room: &Room) {
    room.browser.press(" ");
    room.until("it plays", |now| {
        now["view"]["run"] == "playing"
            && now["moment"]["monitors"]["rms_dbfs"].is_number()
            && now["moment"]["returns"][0]["rms_dbfs"].is_number()
    });
    room.shows(".switches [aria-pressed=true]", "Play");
    room.browser.press("2");
    room.until("the revision is heard", |now| now["view"]["source"] == 2);
    room.browser.press("0");
    room.browser.press("b");
    room.until("the chain is bypassed", |now| {
        now["view"]["heard"] == "bypassed" && now["view"]["source"] == 0
    });
    room.shows(".switches [aria-pressed=true]", "Bypassed");
    room.browser.press("b");
    room.until("and back", |now| now["view"]["heard"] == "processed");
    room.browser.press("m");
    room.browser.press("d");
    room.until("mono and dimmed", |now| {
        now["view"]["listen"] == "mono" && now["view"]["is_dimmed"] == true
    });
    room.shows(".switches [aria-pressed=true]", "Dim");
    room.browser.press("d");
    room.browser.press("t");
    room.write("#loop-form [name=from_seconds]", "0:02");
    room.write("#loop-form [name=to_seconds]", "4.5");
    room.press("#loop-form", "Loop");
    room.until("it goes round", |now| {
        let at = now["moment"]["seconds"].as_f64().unwrap_or(0.0);
        now["view"]["loop_seconds"] == json!([2.0, 4.5]) && (2.0..4.5).contains(&at)
    });
    room.shows(".clock", "round 0:02 to 0:04");
    let moves = "const at = document.querySelector('.live-wave .cursor').style.left; \
                 const was = window.was; window.was = at; return was && was !== at;";
    room.browser.until("the cursor moves", moves);
}

fn knobs_and_refusals(room: &Room) {
    room.is_drawn("Stereo");
    room.write("[aria-labelledby=stage-1] .knob [name=value]", "-9.5");
    room.until("the knob is turned", |now| {
        now["view"]["stages"][0]["knobs"][0]["value"] == -9.5
    });
    room.press("[aria-labelledby=stage-2]", "Bypassed");
    room.press("[aria-labelledby=unit-1]", "Bypassed");
    room.until("stage and unit are bypassed", |now| {
        now["view"]["stages"][1]["heard"] == "bypassed"
            && now["view"]["units"][0]["heard"] == "bypassed"
    });
    let say = |word: Value| {
        let said = room.lacquer.api("POST", "/live/say", &room.mia, &word);
        said.unwrap_err().1
    };
    for (word, expected) in [
        (
            json!({ "say": "hear", "source": 9 }),
            "There is no source 9",
        ),
        (
            json!({ "say": "unit", "unit": 2, "heard": "bypassed" }),
            "There is no unit 2",
        ),
        (
            json!({ "say": "trim", "unit": 1, "send_db": 99.0, "return_db": 0.0 }),
            "24 dB",
        ),
        (
            json!({ "say": "loop", "from_seconds": 3.0, "to_seconds": 3.01 }),
            "100 ms",
        ),
        (
            json!({ "say": "set", "stage": 1, "setting": "ratio", "value": 2.0 }),
            "Stage 1 (gain)",
        ),
    ] {
        let said = say(word);
        assert!(said.to_string().contains(expected), "{said}");
    }
    // A form that is refused says why, and the page stays.
    room.is_drawn("Stereo");
    room.write("#loop-form [name=from_seconds]", "soon");
    room.press("#loop-form", "Loop");
    room.shows("#refused", "1:23.5");
}

fn what_sounds_is_kept(room: &Room) {
    let keep = |wanted: Value| room.lacquer.api("POST", "/live/keep", &room.mia, &wanted);
    let said = |wanted: Value| keep(wanted).unwrap_err().1.to_string();
    let left_out = |chain: &str| json!({ "chain": chain, "bypassed": "left_out" });
    // Stage 2 and the unit are bypassed, which may have been forgotten.
    let words = said(json!({ "chain": "iron" }));
    assert!(words.contains("is bypassed"), "{words}");
    let words = said(left_out("iron"));
    assert!(words.contains("needs a unit"), "{words}");
    room.press("[aria-labelledby=unit-1]", "Processed");
    room.until("the unit is heard", |now| {
        now["view"]["units"][0]["heard"] == "processed"
    });
    let kept = keep(json!({ "chain": "iron_bare", "name": "Iron, bare", "bypassed": "left_out" }));
    let kept = kept.unwrap();
    assert_eq!(kept["version"], 1);
    let page = |chain: &str| {
        let all = room.lacquer.json(&["rack", "chain", chain, "--json"]);
        all[0]["page"].clone()
    };
    let bare = page("iron_bare");
    assert_eq!(bare["name"], "Iron, bare");
    let legs = bare["legs"].as_array().unwrap();
    assert_eq!(legs.len(), 3, "the compressor was left out: {legs:?}");
    assert_eq!(legs[0]["stages"][0]["gain_db"], -9.5);
    // Once more under that name is its next version; another's name is not taken.
    let kept = keep(left_out("iron_bare")).unwrap();
    assert_eq!(kept["version"], 2);
    let other = page("iron");
    assert_eq!(other["legs"][0]["stages"][0]["gain_db"], -3.0, "as it was");
    // By the page, with everything in it.
    room.press("[aria-labelledby=stage-2]", "Processed");
    room.until("the stage is heard", |now| {
        now["view"]["stages"][1]["heard"] == "processed"
    });
    room.is_drawn("Stereo");
    room.browser.send("#keep-form button[value=stay]");
    room.shows(".lead", "Kept as version 2 of iron.");
    let through = page("iron");
    assert_eq!(through["name"], "Through iron");
    assert_eq!(through["legs"][0]["stages"][0]["gain_db"], -9.5);
    assert_eq!(
        through["legs"][3]["stages"][0]["ratio"], 2.0,
        "nobody turned that"
    );
    // To print it, a revision has to be worked on.
    let words = said(json!({ "chain": "iron", "then": "print" }));
    assert!(words.contains("open a revision"), "{words}");
}

/// The session becomes a print: the song's way, the sheet and the queue follow.
#[test]
fn what_is_right_is_printed() {
    let room = Room::open();
    let lacquer = &room.lacquer;
    let reason = json!({ "purpose": "testing", "reason": "trying the live room" });
    let to = format!("/orders/{}/listening-reason", room.number);
    lacquer.must("POST", &to, &room.mia, &reason);
    let words = ["work", "open-revision", &room.number, "--reason", "iron"];
    lacquer.cli(&words).unwrap();
    lacquer.must("POST", &room.page, &room.mia, &json!({ "chain": "iron" }));
    room.until("it is ready", |now| now["view"]["standing"] == "ready");
    let say = |word: Value| lacquer.must("POST", "/live/say", &room.mia, &word);
    let turned = say(json!({ "say": "set", "stage": 1, "setting": "gain_db", "value": -6.25 }));
    let knob = &turned["view"]["stages"][0]["knobs"][0];
    assert_eq!(knob["value"], -6.25, "an answer shows what came of it");
    say(json!({ "say": "trim", "unit": 1, "send_db": -1.5, "return_db": 2.0 }));
    room.browser.go(&format!("{}{}", lacquer.web, room.page));
    room.is_drawn("Stereo");
    room.browser
        .script("document.getElementById('keep-form').scrollIntoView({ block: 'center' })");
    room.browser.picture("live-keep.png");
    room.browser.send("#keep-form button[value=print]");
    let at = format!("/orders/{}/recall/2", room.number);
    room.browser.until(
        "the recall sheet opens",
        &format!("return location.pathname === {at:?}"),
    );
    room.until("the room is left", |now| now["view"]["standing"] == "ended");
    let kept = &lacquer.json(&["rack", "chain", "iron", "--json"])[0];
    assert_eq!(kept["version"], 2);
    let legs = &kept["page"]["legs"];
    assert_eq!(legs[0]["stages"][0]["gain_db"], -6.25);
    assert_eq!(legs[2]["send_trim_db"], -1.5);
    assert_eq!(legs[2]["return_trim_db"], 2.0);
    let shown = lacquer.show(&room.number);
    let track = shown["project"]["tracks"][0]["id"].as_str().unwrap();
    assert_eq!(
        shown["project"]["revisions"]["2"]["tracks"][track]["rack"],
        "iron"
    );
    // One song: its print stands in the queue, and asks for what nobody has noted yet.
    let queue = until("the print asks", PATIENCE, || {
        let queue = lacquer.json(&["insert", "queue", "--json"]);
        queue
            .to_string()
            .contains("the sheet does not say")
            .then_some(queue)
    });
    assert!(queue.to_string().contains(&room.number), "{queue}");
}

fn a_second_engineer_waits(room: &Room) {
    let other = room
        .lacquer
        .api("POST", &room.page, &room.bob, &json!({ "chain": "iron" }));
    let said = other.unwrap_err().1.to_string();
    assert!(said.contains("MIA Example works live on"), "{said}");
}
