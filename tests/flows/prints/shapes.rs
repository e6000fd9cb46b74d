//! What a chain makes of a song: mid and side round a unit, trims, a dry share, several units with processors between;
//! and who waits for whom.

use flows::lacquer::{PATIENCE, Settings};
use flows::wait::until;
use serde_json::{Value, json};

use crate::house::{House, PORTS};

/// The last bit of a 24-bit master, and its dither.
const BITS: f64 = 3.0 / 8_388_608.0;

/// A unit of the loopback engine.
fn unit(name: &str, layout: &str, words: &str, port: char) -> String {
    let ports = PORTS.replace("a:", &format!("{port}:"));
    let ports = ports.replace("b:", &format!("{port}-back:"));
    format!("name = \"{name}\"\nlayout = \"{layout}\"\nloopback = \"{words}\"\n{ports}")
}

/// What was made is what was wanted, and behind it is nothing but the tail that each unit is given.
fn is_within(made: &[Vec<f64>], wanted: &[Vec<f64>], tolerance: f64) {
    assert_eq!(made.len(), wanted.len());
    for (made, wanted) in made.iter().zip(wanted) {
        let (song, tail) = made.split_at(wanted.len());
        let off = song.iter().zip(wanted).map(|(a, b)| (a - b).abs());
        let most = off.fold(0.0, f64::max);
        assert!(most <= tolerance, "{most} beyond {tolerance}");
        let tail_s = tail.len() as f64 / 48_000.0;
        assert!(
            tail_s < 0.02,
            "a tail of {tail_s} s behind gear that does not ring"
        );
        let loudest = tail.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        assert!(loudest <= tolerance, "{loudest} in the tail");
    }
}

fn scaled(rows: &[Vec<f64>], gain: f64) -> Vec<Vec<f64>> {
    let of = |row: &Vec<f64>| row.iter().map(|x| x * gain).collect();
    rows.iter().map(of).collect()
}

#[test]
fn a_unit_for_mid_and_side_hears_them_and_trims_of_chain_and_song_are_in_the_master() {
    let house = House::open(&Settings::default(), &["Iron.wav"], 1.0);
    // The mid comes back as it went, the side at half its level.
    house.unit(&unit(
        "Opto",
        "mid_side",
        "delay=300,gain=0/-6.020599913",
        'a',
    ));
    let chain = "name = \"Wide\"\n[[legs]]\nleg = \"unit\"\nunit = \"opto\"\nsend_trim_db = -4.0\nreturn_trim_db = 3.0\n";
    house.save("save-chain", "opto", chain);
    house.through_the_rack("2", &["Iron"]);
    let track = house.track(0);
    let trim = [
        "rack",
        "sheet",
        "trim",
        &house.number,
        "2",
        &track,
        "-2",
        "1.5",
    ];
    house.lacquer.cli(&trim).unwrap();
    house.master();
    let done = house.until_print(1, "done");
    assert_eq!(done["certificates"].as_array().unwrap().len(), 1);
    let mix = house.mix("Iron.wav");
    let gain = 10_f64.powf(-1.5 / 20.0);
    let turned = |sign: f64| {
        let pairs = mix[0].iter().zip(&mix[1]);
        let of = |(l, r): (&f64, &f64)| gain * (0.5 * (l + r) + sign * 0.25 * (l - r));
        pairs.map(of).collect::<Vec<f64>>()
    };
    let mia = house.engineer();
    is_within(
        &house.sound(&mia, "2", 0),
        &[turned(1.0), turned(-1.0)],
        BITS,
    );
}

#[test]
fn several_units_processors_between_them_and_a_dry_share_are_one_master() {
    let house = House::open(&Settings::default(), &["Iron.wav"], 1.0);
    house.unit(&unit("Opto", "stereo", "delay=300,gain=-3", 'a'));
    house.save(
        "save-unit",
        "tube",
        &unit("Tube", "dual_mono", "delay=77,gain=-2", 'c'),
    );
    let chain = r#"
name = "Two in a row"
wet_percent = 60.0
[[legs]]
leg = "unit"
unit = "opto"
[[legs]]
leg = "processors"
stages = [{ processor = "gain", gain_db = 1.0 }]
[[legs]]
leg = "unit"
unit = "tube"
[[legs]]
leg = "processors"
stages = [{ processor = "gain", gain_db = -1.0 }]
"#;
    house.save("save-chain", "opto", chain);
    house.through_the_rack("2", &["Iron"]);
    house.master();
    let done = house.until_print(1, "done");
    let units: Vec<&str> = (done["certificates"].as_array().unwrap().iter())
        .map(|certificate| certificate["unit"].as_str().unwrap())
        .collect();
    assert_eq!(units, ["opto", "tube"], "each is certified before its pass");
    let gain = 0.6 * 10_f64.powf(-5.0 / 20.0) + 0.4;
    let mia = house.engineer();
    let wanted = scaled(&house.mix("Iron.wav"), gain);
    is_within(&house.sound(&mia, "2", 0), &wanted, BITS);
}

#[test]
fn a_print_waits_for_the_live_room_and_for_the_pause_behind_another() {
    let songs = ["First.wav", "Second.wav"];
    let house = House::open(&Settings::default(), &songs, 1.0);
    house.unit(&unit("Opto", "stereo", "delay=300", 'a'));
    house.save("save-chain", "opto", crate::house::CHAIN);
    let mia = house.engineer();
    let live = format!("/orders/{}/live/{}", house.number, house.track(0));
    let through = json!({ "chain": "opto" });
    house.lacquer.must("POST", &live, &mia, &through);
    let room = || house.lacquer.must("GET", "/live", &mia, &Value::Null);
    until("the room is open", PATIENCE, || {
        (room()["view"]["standing"] == "ready").then_some(())
    });
    house.through_the_rack("2", &["First", "Second"]);
    house.lacquer.cli(&["insert", "pause", "3600"]).unwrap();
    house.master();
    let first = house.until_seen(1, "it waits for the gear", |print| {
        // Whoever looks at the room keeps it open.
        room();
        print["waits"].as_str().unwrap().contains("waits for gear")
    });
    let waits = first["waits"].as_str().unwrap();
    assert!(waits.contains("mia") || waits.contains("live"), "{waits}");
    let end = json!({ "say": "end" });
    house.lacquer.must("POST", "/live/say", &mia, &end);
    house.until_print(1, "done");
    let queue = || house.lacquer.json(&["insert", "queue", "--json"]);
    until("the pause holds the queue", PATIENCE, || {
        let holds = queue()["holds"].as_str()?.to_owned();
        holds.contains("a pause between two prints").then_some(())
    });
    assert_eq!(house.print(2)["state"], "queued");
    house.lacquer.cli(&["insert", "pause", "0"]).unwrap();
    house.until_print(2, "done");
}

/// A song whose gear somebody else has is overtaken by one whose gear is free.
#[test]
fn a_print_goes_first_while_another_one_s_gear_is_in_use() {
    let house = House::open(&Settings::default(), &["First.wav"], 1.0);
    house.unit(&unit("Opto", "stereo", "delay=300", 'a'));
    house.save("save-chain", "opto", crate::house::CHAIN);
    house.save("save-unit", "eq", &unit("EQ", "stereo", "delay=200", 'c'));
    let through_eq = crate::house::CHAIN.replace("\"opto\"", "\"eq\"");
    house.save("save-chain", "eq", &through_eq);
    let mia = house.engineer();
    let live = format!("/orders/{}/live/{}", house.number, house.track(0));
    house
        .lacquer
        .must("POST", &live, &mia, &json!({ "chain": "opto" }));
    let room = || house.lacquer.must("GET", "/live", &mia, &Value::Null);
    until("the room is open", PATIENCE, || {
        (room()["view"]["standing"] == "ready").then_some(())
    });
    house.through_the_rack("2", &["First"]);
    house.master();
    house.until_seen(1, "it waits for the gear", |print| {
        room();
        print["waits"].as_str().unwrap().contains("waits for gear")
    });
    let other = house.another("Second.wav");
    let cli = |words: &[&str]| house.lacquer.cli(words).unwrap();
    cli(&["work", "open-revision", &other, "--reason", "the eq"]);
    cli(&["work", "print", &other, "Second", "eq"]);
    cli(&["rack", "sheet", "begin", &other, "2", "eq"]);
    cli(&["work", "master", &other]);
    // Behind the first stands its reference passage, through the same unit.
    house.until_seen(3, "it overtakes", |print| {
        room();
        print["state"] == "done"
    });
    assert_eq!(house.print(3)["order"], other);
    assert_eq!(house.print(1)["state"], "queued");
    let end = json!({ "say": "end" });
    house.lacquer.must("POST", "/live/say", &mia, &end);
    house.until_print(1, "done");
}

/// MIDI that reaches nothing is no end: the engineer is asked for what it would have set, and told why.
#[test]
fn what_midi_cannot_reach_is_set_by_hand() {
    let house = House::open(&Settings::default(), &["Iron.wav"], 1.0);
    let control = "[[controls]]\nname = \"Gain\"\nrange = { kind = \"continuous\", low = 0, high = 10 }\nmidi = { message = \"control_change\", channel = 4, controller = 7, from = 0, to = 127 }\n";
    let port = "midi_port = \"Nobody's interface:1\"\n";
    let unit = unit("Opto", "stereo", "delay=300", 'a');
    let (head, channels) = unit.split_once("[[channels]]").unwrap();
    house.unit(&format!("{head}{port}[[channels]]{channels}{control}"));
    house.save("save-chain", "opto", crate::house::CHAIN);
    house.through_the_rack("2", &["Iron"]);
    let sheet = [
        "rack",
        "sheet",
        "set",
        &house.number,
        "2",
        "opto",
        "Gain",
        "4",
    ];
    house.lacquer.cli(&sheet).unwrap();
    let midi = ["rack", "sheet", "midi", &house.number, "2", "--json"];
    let tried = house.lacquer.json(&midi)["faults"][0].to_string();
    assert!(
        tried.contains("MIDI port") || tried.contains("sequencer"),
        "{tried}"
    );
    house.master();
    let asked = house.until_print(1, "asks");
    assert_eq!(asked["steps"][0], "opto: Gain to 4");
    let said = asked["said"][0]["text"].as_str().unwrap();
    assert!(said.starts_with("opto: Gain to 4: "), "{said}");
    house.answer(1, &["set"]);
    house.until_print(1, "done");
}

/// Two years later: the order is in the archive, and its song is proved on the gear again.
#[test]
fn a_song_from_the_archive_is_proved_on_the_gear() {
    let house = House::open(&Settings::default(), &["Iron.wav"], 1.0);
    house.unit(&unit("Opto", "stereo", "delay=300,noise=-95", 'a'));
    house.save("save-chain", "opto", crate::house::CHAIN);
    house.through_the_rack("2", &["Iron"]);
    house.master();
    for no in [1, 2] {
        house.until_print(no, "done");
    }
    until("revision 2 is in review", PATIENCE, || {
        let order = house.lacquer.until_stage(&house.number, "in_review");
        (order["project"]["stage"]["revision"] == 2).then_some(())
    });
    let approval = house.lacquer.approval(&house.number, &house.portal, 2);
    let to = format!("/orders/{}/approve", house.number);
    house.lacquer.must("POST", &to, &house.portal, &approval);
    house.lacquer.until_stage(&house.number, "archived");
    let words = ["insert", "prove", &house.number, "2", "Iron", "--json"];
    let asked = house.lacquer.json(&words)["no"].as_u64().unwrap();
    let done = house.until_print(asked, "done");
    let outcome = done["outcome"].as_str().unwrap();
    assert!(outcome.starts_with("Proved"), "{outcome}");
}
