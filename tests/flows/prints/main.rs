//! The queue of prints: the daemon prints an order's songs through hardware, certified, and asks where a person has to
//! say something. Through the loopback engine, and through a real JACK server with a plugin of others.

mod house;
mod server;
mod shapes;
mod two_rates;

use std::fs::File;
use std::io::Write as _;

use flows::browser::Browser;
use flows::lacquer::{PATIENCE, Settings};
use flows::wait::until;

use crate::house::{CHAIN, CONTROL, House, PORTS, UNIT, brief};

#[test]
fn an_album_goes_through_the_rack_while_nobody_turns_a_knob() {
    let songs = ["First.wav", "Second.wav"];
    let house = House::open(&Settings::default(), &songs, 1.0);
    house.unit(&format!("{UNIT}{PORTS}{CONTROL}"));
    house.save("save-chain", "opto", CHAIN);
    house.through_the_rack("2", &["First", "Second"]);
    house.master();
    // The sheet does not say how it is set: nobody prints by guess.
    let lacking = house.until_print(1, "asks");
    assert!(
        lacking["asks"].as_str().unwrap().contains("Gain of opto"),
        "{lacking}"
    );
    let sheet = |words: &[&str]| {
        let mut all = vec!["rack", "sheet", words[0], &house.number, "2"];
        all.extend(&words[1..]);
        house.lacquer.cli(&all).unwrap()
    };
    sheet(&["set", "opto", "Gain", "4"]);
    // It stops for the engineer once: then both songs and the reference run through.
    let asked = until("the rack is to be set", PATIENCE, || {
        (1..=3)
            .map(|no| house.print(no))
            .find(|print| print["question"]["question"] == "set")
    });
    assert_eq!(asked["steps"][0], "opto: Gain to 4");
    house.answer(asked["no"].as_u64().unwrap(), &["set"]);
    for no in 1..=3 {
        let done = house.until_print(no, "done");
        assert_eq!(
            done["takes"].as_array().unwrap().len(),
            if no == 3 { 2 } else { 1 }
        );
        assert_eq!(done["certificates"][0]["objections"], serde_json::json!([]));
    }
    let master = house.master_of("2", 0);
    assert_eq!(master["origin"]["kind"], "printed");
    assert_eq!(master["origin"]["chain"], "opto");
    let proofs = house
        .lacquer
        .json(&["insert", "of", &house.number, "--json"]);
    assert_eq!(proofs["proofs"]["references"].as_array().unwrap().len(), 1);
    recalled(&house);
}

/// The setting is walked back to, certified, and proved by the passage; gear that changed is no proof.
fn recalled(house: &House) {
    let prove = || {
        let asked = house
            .lacquer
            .json(&["insert", "prove", &house.number, "2", "First", "--json"]);
        asked["no"].as_u64().unwrap()
    };
    let done = house.until_print(prove(), "done");
    assert!(
        done["outcome"].as_str().unwrap().starts_with("Proved"),
        "{done}"
    );
    // The unit's gain is another: it may not print, and it says why.
    let turned = UNIT.replace("delay=300", "delay=300,gain=-0.6");
    house.unit(&format!("{turned}{PORTS}{CONTROL}"));
    let no = prove();
    let refused = house.until_print(no, "asks");
    assert_eq!(refused["question"]["question"], "not_certified");
    let why = refused["asks"].as_str().unwrap();
    assert!(why.contains("the gain of channel 1 is -0.60 dB"), "{why}");
    house.answer(no, &["stop"]);
    house.until_print(no, "stopped");
    let journal = house.lacquer.log();
    assert!(journal.contains("a print waits for a person"), "{journal}");
}

/// Gear that clips on the song's peaks and not on the measurement: three takes slip, and a person decides on the page.
#[test]
fn what_slipped_three_times_waits_for_a_person_on_the_page() {
    let power = tempfile::tempdir().unwrap();
    let supply = |facts: &[(&str, &str)]| {
        let folder = power.path().join("BAT0");
        std::fs::create_dir_all(&folder).unwrap();
        for (what, text) in facts {
            let mut file = File::create(folder.join(what)).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        }
    };
    supply(&[("type", "Battery"), ("status", "Discharging")]);
    let class = power.path().display();
    let settings = Settings {
        sections: vec![(
            "patchbay",
            format!("is_on = false\npower_supply = \"{class}\""),
        )],
        ..Settings::default()
    };
    let house = House::open(&settings, &["Iron.wav"], 1.5);
    house.unit(&format!(
        "name = \"Opto\"\nwarm_up_minutes = 20\nloopback = \"delay=300,gain=5\"\n{PORTS}"
    ));
    house.save("save-chain", "opto", CHAIN);
    house.through_the_rack("2", &["Iron"]);
    house.master();
    let queue = || house.lacquer.json(&["insert", "queue", "--json"]);
    let held = until("the battery holds the queue", PATIENCE, || {
        queue()["holds"].as_str().map(str::to_owned)
    });
    assert!(held.contains("power runs on the battery (BAT0)"), "{held}");
    assert_eq!(house.print(1)["state"], "queued");
    house
        .lacquer
        .cli(&["insert", "hold", "a client listens"])
        .unwrap();
    supply(&[("status", "Charging")]);
    assert!(
        queue()["holds"]
            .as_str()
            .unwrap()
            .contains("a client listens")
    );
    house.lacquer.cli(&["insert", "resume"]).unwrap();
    // Nobody switched the unit on: that is asked, and it warms up from then on.
    let asked = house.until_print(1, "asks");
    assert_eq!(
        asked["steps"][0],
        "switch opto on; it warms up for 20 minutes"
    );
    house.answer(1, &["set"]);
    house.until_seen(1, "it warms up", |print| {
        print["waits"] == "Opto warms up" && print["until"].is_i64()
    });
    let on = ["insert", "power", "opto", "on", "--minutes", "25"];
    house.lacquer.cli(&on).unwrap();
    let slipped = house.until_print(1, "asks");
    assert_eq!(
        slipped["question"]["question"],
        "slipped",
        "{}",
        brief(&slipped)
    );
    assert_eq!(slipped["takes"].as_array().unwrap().len(), 3);
    on_the_page(&house);
    let done = house.until_print(1, "done");
    assert!(
        done["said"].to_string().contains("Take 2 is accepted"),
        "{done}"
    );
}

fn on_the_page(house: &House) {
    let password = house.lacquer.add_staff("mia");
    let browser = Browser::open(1280, 1000);
    let web = &house.lacquer.web;
    browser.log_in(web, "mia", &password);
    browser.go(&format!("{web}/patchbay/prints"));
    let shows = |words: &str| {
        let look = format!("return document.body.textContent.includes({words:?})");
        browser.until(&format!("the page shows {words:?}"), &look);
    };
    shows("each of 3 takes through opto slipped");
    shows("Warm-up");
    browser.picture("prints.png");
    browser.go(&format!("{web}/patchbay/prints/1"));
    shows("slipped, kept");
    shows("samples at full scale on return 1");
    browser.picture("print.png");
    browser.send("button[value='accept 2']");
    shows("Take 2 is accepted as it is.");
}
