//! Prints through plugins of others behind a real audio server, which dies in their midst or runs at another rate.

use std::time::Duration;

use flows::jack::{Gear, Server};
use flows::lacquer::{PATIENCE, Settings};
use flows::wait::until;
use serde_json::Value;

use crate::house::{CHAIN, House};

/// Two plugins of x42 as one unit.
struct Rack {
    name: String,
    _left: Gear,
    _right: Gear,
}

impl Rack {
    fn plug(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            _left: Gear::delay(name, "left", 300),
            _right: Gear::delay(name, "right", 300),
        }
    }
}

const DELAYS: &str = "name = \"Opto\"\n[[channels]]\nsend = \"left:in\"\nreturn = \"left:out\"\n[[channels]]\nsend = \"right:in\"\nreturn = \"right:out\"\n";

/// A studio whose patchbay watches a server of that name; `restart` is the command that starts it at another rate.
fn house(server: &str, restart: &str) -> House {
    let settings = Settings {
        sections: vec![(
            "patchbay",
            format!("is_on = true\nserver = \"{server}\"\nrestart_server = {restart}"),
        )],
        ..Settings::default()
    };
    let house = House::open(&settings, &["Iron.wav"], 1.0);
    house.unit(DELAYS);
    house.save("save-chain", "opto", CHAIN);
    house.through_the_rack("2", &["Iron"]);
    house
}

fn name(what: &str) -> String {
    format!("lacquer-{what}-{}", std::process::id())
}

/// How many times the server dies.
const KILLS: u64 = 3;

#[test]
fn a_server_that_dies_in_mid_print_costs_no_take_and_the_master_is_the_mix() {
    let name = name("dies");
    let mut server = Server::start_asynchronous(&name, 48_000, 256);
    let mut rack = Rack::plug(&name);
    let house = house(&name, "[]");
    house.master();
    for kill in 1..=KILLS {
        house.until_seen(1, "it records", |print| {
            let phase = print["phase"].as_str().unwrap();
            print["state"] == "running" && phase.starts_with("printing")
        });
        // Each time at another moment of the four seconds that a print takes.
        std::thread::sleep(Duration::from_millis(900 * kill - 600));
        let takes = kept(&house);
        server.kill();
        house.until_seen(1, "the take is kept", |_| kept(&house) > takes);
        server = Server::start_asynchronous(&name, 48_000, 256);
        rack = Rack::plug(&rack.name);
    }
    house.until_print(1, "done");
    let mia = house.engineer();
    assert_eq!(house.sound(&mia, "2", 0), house.mix("Iron.wav"));
    let ports = std::process::Command::new("jack_lsp")
        .env("JACK_DEFAULT_SERVER", &name)
        .output();
    let ports = String::from_utf8(ports.unwrap().stdout).unwrap();
    assert!(!ports.contains("lacquer-print"), "a port leaked: {ports}");
    drop((server, rack));
}

/// How many takes there are.
fn kept(house: &House) -> usize {
    house.print(1)["takes"].as_array().map_or(0, Vec::len)
}

#[test]
fn a_song_of_another_rate_is_converted_or_the_server_is_restarted_as_somebody_says() {
    let name = name("rates");
    let server = Server::start_asynchronous(&name, 44_100, 256);
    let rack = Rack::plug(&name);
    // What the studio's own command does: it says at which rate, and somebody starts it.
    let wish = tempfile::tempdir().unwrap();
    let asked = wish.path().join("rate");
    let command = format!(
        "[\"/bin/sh\", \"-c\", \"echo {{rate}} > {}\"]",
        asked.display()
    );
    let house = house(&name, &command);
    house.master();
    let print = house.until_print(1, "asks");
    assert_eq!(print["question"]["question"], "other_rate");
    let said = print["asks"].as_str().unwrap();
    assert!(said.contains("48000") && said.contains("44100"), "{said}");
    house.answer(1, &["convert"]);
    let done = house.until_print(1, "done");
    let kept = house.master_of("2", 0);
    assert_eq!(kept["rate_hz"], 48_000, "{done}");
    let mia = house.engineer();
    nulls(&house.sound(&mia, "2", 0), &house.mix("Iron.wav"));

    // The next revision: this time the server follows the song.
    house.through_the_rack("3", &["Iron"]);
    house.master();
    let second = house.newest_print();
    house.until_print(second, "asks");
    house.answer(second, &["restart-server"]);
    let rate = until("the studio's command was called", PATIENCE, || {
        let text = std::fs::read_to_string(&asked).ok()?;
        text.ends_with('\n').then_some(text)
    });
    assert_eq!(rate.trim(), "48000");
    drop((rack, server));
    let _server = Server::start_asynchronous(&name, 48_000, 256);
    let _rack = Rack::plug(&name);
    // It finds a server at the song's rate, or asks again where it looked before that was there.
    house.until_seen(second, "done", |print: &Value| {
        if print["question"]["question"] == "other_rate" {
            house.answer(second, &["again"]);
        }
        print["state"] == "done"
    });
    assert_eq!(house.sound(&mia, "3", 0), house.mix("Iron.wav"));
}

/// Through another rate and back: what differs lies 80 dB below, up to the edges of the filters.
fn nulls(master: &[Vec<f64>], mix: &[Vec<f64>]) {
    for (master, mix) in master.iter().zip(mix) {
        assert_eq!(master.len(), mix.len());
        let power = |of: &mut dyn Iterator<Item = f64>| of.map(|x| x * x).sum::<f64>();
        let off = power(&mut master.iter().zip(mix).map(|(a, b)| a - b));
        let of = power(&mut mix.iter().copied());
        let residual_db = 10.0 * (off / of).log10();
        assert!(residual_db < -60.0, "{residual_db:.1} dB");
    }
}
