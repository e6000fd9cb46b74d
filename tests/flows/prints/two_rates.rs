//! Played at the mix's rate and captured at another, by a converter with a clock of its own.

use std::process::Command;

use flows::lacquer::Settings;
use serde_json::json;

use crate::house::{CHAIN, House, PORTS, samples};

#[test]
fn a_song_is_captured_at_another_rate_and_its_recall_proved() {
    let house = House::open(&Settings::default(), &["Iron.wav"], 1.0);
    house.unit(&format!(
        "name = \"Opto\"\nloopback = \"delay=300,noise=-110,returned=44100,drift=20\"\n{PORTS}"
    ));
    house.save("save-chain", "opto", CHAIN);
    house.through_the_rack("2", &["Iron"]);
    house.master();
    for no in 1..=2 {
        let done = house.until_print(no, "done");
        let certificate = &done["certificates"][0];
        assert_eq!(certificate["objections"], json!([]));
        assert_eq!(certificate["measurement"]["returned_hz"], 44_100);
        let drift = &certificate["measurement"]["clock_drift_ppm"]["mean"];
        assert!((drift.as_f64().unwrap() - 20.0).abs() < 0.1, "{drift}");
    }
    assert_eq!(house.master_of("2", 0)["rate_hz"], 44_100);
    // Somebody else's converter makes the same of the mix, but for the noise and the last bits.
    let mix = house.mix_file("Iron.wav");
    let known = mix.with_file_name("by-sox.wav");
    let status = Command::new("sox")
        .args([
            "-D",
            mix.to_str().unwrap(),
            "-b",
            "24",
            known.to_str().unwrap(),
        ])
        .args(["rate", "-v", "44100"])
        .status();
    assert!(status.unwrap().success());
    let known = samples(std::fs::read(known).unwrap());
    let mia = house.engineer();
    let made = house.sound(&mia, "2", 0);
    for (made, known) in made.iter().zip(&known) {
        // Both ends of the mix are edges, where filters differ.
        let inside = 1_000..known.len() - 1_000;
        let pairs = made[inside.clone()].iter().zip(&known[inside]);
        let (left, own) = pairs.fold((0.0, 0.0), |(left, own), (a, b)| {
            (left + (a - b) * (a - b), own + b * b)
        });
        let null = 10.0 * f64::log10(left / own);
        assert!(null < -70.0, "{null} dB");
    }
    let asked = house
        .lacquer
        .json(&["insert", "prove", &house.number, "2", "Iron", "--json"]);
    let done = house.until_print(asked["no"].as_u64().unwrap(), "done");
    let outcome = done["outcome"].as_str().unwrap();
    assert!(outcome.starts_with("Proved"), "{outcome}");
}
