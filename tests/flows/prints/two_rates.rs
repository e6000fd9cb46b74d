//! Played at the mix's rate and captured at another, by a converter with a clock of its own.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
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
    // Somebody else's converter makes the same of the mix, where both pass everything.
    let mix = house.mix_file("Iron.wav");
    let beside = |name: &str| mix.with_file_name(name);
    let mia = house.engineer();
    let path = format!(
        "/orders/{}/audio/masters/2/{}",
        house.number,
        house.track(0)
    );
    let got = house.lacquer.download(&path, &mia, None);
    File::create(beside("master.wav"))
        .and_then(|mut file| file.write_all(&got.bytes))
        .unwrap();
    let known = below_15_khz(&mix, &beside("mix-below.wav"), &["rate", "-v", "44100"]);
    let made = below_15_khz(&beside("master.wav"), &beside("master-below.wav"), &[]);
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

/// A file as sox makes it, without what lies where converters begin to fall.
fn below_15_khz(from: &Path, to: &Path, first: &[&str]) -> Vec<Vec<f64>> {
    let status = Command::new("sox")
        .arg("-D")
        .arg(from)
        .args(["-b", "24"])
        .arg(to)
        .args(first)
        .args(["sinc", "-n", "1023", "-15000"])
        .status();
    assert!(status.unwrap().success());
    samples(std::fs::read(to).unwrap())
}
