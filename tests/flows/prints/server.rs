//! Prints through plugins of others behind a real audio server, which dies in their midst or runs at another rate.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flows::jack::{Gear, Server};
use flows::lacquer::{PATIENCE, Settings};
use flows::wait::until;
use serde_json::Value;

use crate::house::{CHAIN, House};

/// Frames a period: a test machine is busy.
const PERIOD: u32 = 2_048;

/// Two plugins of x42 as one unit.
struct Rack {
    name: String,
    left: Gear,
    _right: Gear,
}

impl Rack {
    fn plug(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            left: Gear::delay(name, "left", 300),
            _right: Gear::delay(name, "right", 300),
        }
    }
}

const DELAYS: &str = "name = \"Opto\"\n[[channels]]\nsend = \"left:in\"\nreturn = \"left:out\"\n[[channels]]\nsend = \"right:in\"\nreturn = \"right:out\"\n";

/// A studio whose patchbay watches a server of that name; `restart` is the command that starts it at another rate.
fn house(server: &str, restart: &str, songs: &[&str]) -> House {
    let settings = Settings {
        sections: vec![(
            "patchbay",
            format!("is_on = true\nserver = \"{server}\"\nrestart_server = {restart}"),
        )],
        ..Settings::default()
    };
    let files: Vec<String> = songs.iter().map(|song| format!("{song}.wav")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let house = House::open(&settings, &files, 1.0);
    house.unit(DELAYS);
    house.save("save-chain", "opto", CHAIN);
    house.through_the_rack("2", songs);
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
    let mut server = Server::start_asynchronous(&name, 48_000, PERIOD);
    let mut rack = Rack::plug(&name);
    let house = house(&name, "[]", &["Iron"]);
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
        server = Server::start_asynchronous(&name, 48_000, PERIOD);
        rack = Rack::plug(&rack.name);
    }
    // The song, and the reference passage behind it.
    for no in [1, 2] {
        house.until_print(no, "done");
    }
    let mia = house.engineer();
    is_the_mix(&house.sound(&mia, "2", 0), &house.mix("Iron.wav"));
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

/// Frames a period that a busy machine keeps up with: nothing slips but what is made to.
const CALM_PERIOD: u32 = 4_096;
/// How long the gear stands still: some of them.
const STALL: Duration = Duration::from_millis(300);

#[test]
fn takes_that_slipped_at_different_places_are_joined_where_a_person_says_so() {
    let name = name("joins");
    let server = Server::start_asynchronous(&name, 48_000, CALM_PERIOD);
    let rack = Rack::plug(&name);
    let house = house(&name, "[]", &["Iron"]);
    house.master();
    let is_over = AtomicBool::new(false);
    let asked = std::thread::scope(|threads| {
        threads.spawn(|| stalls(&house, &rack.left, &is_over));
        let asked = house.until_seen(1, "two takes can be joined", |print| {
            let joins = print["question"]["joins"].as_array();
            joins.is_some_and(|joins| !joins.is_empty())
        });
        is_over.store(true, Ordering::Release);
        asked
    });
    let said = asked["asks"].as_str().unwrap();
    assert!(said.contains("join two"), "{said}");
    let join = &asked["question"]["joins"][0];
    let [first, second, frame] = ["first", "second", "frame"].map(|key| join[key].to_string());
    house.answer(
        1,
        &[
            "join", "--take", &first, "--then", &second, "--frame", &frame,
        ],
    );
    let done = house.until_print(1, "done");
    let joined =
        format!("Take {first} and take {second} are joined: the second from frame {frame} on.");
    assert!(
        done["said"].to_string().contains(&joined),
        "{}",
        done["said"]
    );
    // Gear without memory repeats, so nobody can tell where the joint is.
    let mia = house.engineer();
    is_the_mix(&house.sound(&mia, "2", 0), &house.mix("Iron.wav"));
    drop((server, rack));
}

/// Lets the gear stand still late in each first take and early in the others.
fn stalls(house: &House, gear: &Gear, is_over: &AtomicBool) {
    let mut seen = BTreeSet::new();
    while !is_over.load(Ordering::Acquire) {
        for take in house.takes_at_work() {
            let is_first = take.to_string_lossy().ends_with("take1.wav");
            if seen.insert(take) {
                // A second of silence goes ahead of the song's four.
                let into_song = if is_first { 3_000 } else { 700 };
                std::thread::sleep(Duration::from_millis(1_000 + into_song));
                gear.stall(STALL);
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_song_of_another_rate_is_converted_or_the_server_is_restarted_as_somebody_says() {
    let name = name("rates");
    let server = Server::start_asynchronous(&name, 44_100, PERIOD);
    let rack = Rack::plug(&name);
    // What the studio's own command does: it says at which rate, and somebody starts it.
    let wish = tempfile::tempdir().unwrap();
    let asked = wish.path().join("rate");
    let command = format!(
        "[\"/bin/sh\", \"-c\", \"echo {{rate}} > {}\"]",
        asked.display()
    );
    let house = house(&name, &command, &["Iron", "Steel"]);
    house.master();
    let [first, second] = [1, 2].map(|no| house.until_print(no, "asks"));
    assert_eq!(second["question"]["question"], "other_rate");
    let said = first["asks"].as_str().unwrap();
    assert!(said.contains("48000") && said.contains("44100"), "{said}");
    house.answer(1, &["convert"]);
    let done = house.until_print(1, "done");
    assert_eq!(house.master_of("2", 0)["rate_hz"], 48_000, "{done}");
    let mia = house.engineer();
    nulls(&house.sound(&mia, "2", 0), &house.mix("Iron.wav"));

    house.answer(2, &["restart-server"]);
    let rate = until("the studio's command was called", PATIENCE, || {
        let text = std::fs::read_to_string(&asked).ok()?;
        text.ends_with('\n').then_some(text)
    });
    assert_eq!(rate.trim(), "48000");
    drop((rack, server));
    let _server = Server::start_asynchronous(&name, 48_000, PERIOD);
    let _rack = Rack::plug(&name);
    // It finds a server at the song's rate, or asks again where it looked before that was there.
    house.until_seen(2, "done", |print: &Value| {
        if print["question"]["question"] == "other_rate" {
            house.answer(2, &["again"]);
        }
        print["state"] == "done"
    });
    is_the_mix(&house.sound(&mia, "2", 1), &house.mix("Steel.wav"));
}

/// Bit for bit, with silence where the gear might have sounded on.
fn is_the_mix(master: &[Vec<f64>], mix: &[Vec<f64>]) {
    for (master, mix) in master.iter().zip(mix) {
        let (song, tail) = master.split_at(mix.len());
        assert!(song == mix, "the print is not the mix");
        assert!(tail.iter().all(|x| *x == 0.0));
    }
}

/// Through another rate and back: what differs below 16 kHz lies 70 dB below the song; above, the lower rate ends.
fn nulls(master: &[Vec<f64>], mix: &[Vec<f64>]) {
    let low = low_pass();
    let power = |row: &[f64]| {
        let heard = row.windows(low.len());
        let filtered = heard.map(|x| x.iter().zip(&low).map(|(x, h)| x * h).sum::<f64>());
        filtered.map(|y| y * y).sum::<f64>()
    };
    for (master, mix) in master.iter().zip(mix) {
        let off: Vec<f64> = master.iter().zip(mix).map(|(a, b)| a - b).collect();
        let residual_db = 10.0 * (power(&off) / power(mix)).log10();
        assert!(residual_db < -70.0, "{residual_db:.1} dB");
    }
}

/// A low-pass at 16 kHz for 48 kHz, windowed as Blackman has it.
fn low_pass() -> Vec<f64> {
    const HALF: i32 = 60;
    let tap = |n: i32| {
        let (n, half) = (f64::from(n), f64::from(HALF));
        let turn = std::f64::consts::PI * n / half;
        let window = 0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
        let x = 2.0 / 3.0 * std::f64::consts::PI * n;
        window * if n == 0.0 { 1.0 } else { x.sin() / x }
    };
    (-HALF..=HALF).map(tap).collect()
}
