//! `lacquer insert`: gear is measured, certified and printed through, by the loopback engine and by a real JACK
//! server with a plugin of others behind its ports.

use std::path::Path;
use std::process::{Command, Output};

use flows::jack::{Gear, Server, connect};
use flows::lacquer::program;
use flows::mixes::Song;
use serde_json::Value;

/// A folder to work in, and the server that libjack shall look for.
struct Rack {
    folder: tempfile::TempDir,
    server: String,
}

impl Rack {
    fn new(name: &str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            server: format!("lacquer-{name}-{}", std::process::id()),
        }
    }

    /// Runs `lacquer insert`; the words are separated by blanks.
    fn insert(&self, words: &str) -> Output {
        Command::new(program())
            .arg("insert")
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .env("JACK_DEFAULT_SERVER", &self.server)
            .env("JACK_NO_START_SERVER", "1")
            .output()
            .unwrap()
    }

    /// Its JSON document.
    fn json(&self, words: &str, code: i32) -> Value {
        let done = self.insert(words);
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(code), "{words}: {said}");
        serde_json::from_slice(&done.stdout).unwrap_or_else(|e| panic!("{words}: {e}: {done:?}"))
    }

    /// What it says where it could not be done.
    fn fault(&self, words: &str) -> String {
        let done = self.insert(words);
        assert_eq!(done.status.code(), Some(2), "{words}: {done:?}");
        String::from_utf8(done.stderr).unwrap()
    }

    fn song(&self, name: &str, rate_hz: u32) {
        Song {
            seconds: 3.0,
            rate_hz,
            ..Song::default()
        }
        .write(&self.folder.path().join(name));
    }
}

fn samples(path: &Path) -> Vec<Vec<f64>> {
    let file = std::fs::File::open(path).unwrap();
    let mut reader = soundfile::WavReader::open(file).unwrap();
    let mut rows = vec![Vec::new(); usize::from(reader.spec().channels)];
    let frames = usize::try_from(reader.frames()).unwrap();
    reader.read_planar(&mut rows, frames).unwrap();
    rows
}

#[test]
fn the_loopback_is_measured_certified_and_printed_through() {
    let rack = Rack::new("loop");
    rack.song("song.wav", 48_000);
    let unit = "--loopback delay=300,gain=0,noise=-95";
    let found = rack.json(
        &format!("measure {unit} --form short --calibration 18/24 -o unit.json --svg unit --json"),
        0,
    );
    let path = &found["measurement"]["channels"][1]["path"];
    assert!(
        (path["delay_frames"]["mean"].as_f64().unwrap() - 300.0).abs() < 0.001,
        "{path}"
    );
    assert!(
        (path["gain_dbu"].as_f64().unwrap() - 6.0).abs() < 0.01,
        "{path}"
    );
    for plot in ["unit.response.svg", "unit.phase.svg"] {
        let svg = std::fs::read_to_string(rack.folder.path().join(plot)).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("Channel 2"));
    }
    let good = rack.json(&format!("certify {unit} --certificate unit.json --json"), 0);
    assert_eq!(good["holds"], true);
    let turned =
        rack.insert("certify --loopback delay=300,gain=-0.5,noise=-95 --certificate unit.json");
    assert_eq!(turned.status.code(), Some(1));
    let said = String::from_utf8(turned.stdout).unwrap();
    assert!(
        said.contains("the gain of channel 1 is -0.50 dB and was"),
        "{said}"
    );
    assert!(said.contains("not certified"), "{said}");

    let refused = rack.json(
        "print song.wav -o no.wav --loopback delay=300,gain=-0.5 --certificate unit.json --json",
        1,
    );
    assert!(refused["print"].is_null() && !rack.folder.path().join("no.wav").exists());
    let clean = "--loopback delay=300 --pre-roll 0.2 --tail 0.1";
    let printed = rack.json(&format!("print song.wav -o print.wav {clean} --json"), 0);
    assert_eq!(printed["takes"].as_array().unwrap().len(), 1);
    let song = samples(&rack.folder.path().join("song.wav"));
    let print = samples(&rack.folder.path().join("print.wav"));
    for (song, print) in song.iter().zip(&print) {
        assert!(
            print[..song.len()] == song[..],
            "a wire's print is the song, bit for bit"
        );
        assert_eq!(print.len(), song.len() + 4_800);
    }
    let again = rack.fault(&format!("print song.wav -o print.wav {clean}"));
    assert!(
        again.contains("is there already; prints are never written over"),
        "{again}"
    );
    let odd = rack.fault("measure --loopback echo=3");
    assert!(odd.contains("the loopback knows channels"), "{odd}");
    let none = rack.fault("measure --send a:in --return a:out");
    assert!(
        none.contains("no JACK server can be used: no server runs under this name"),
        "{none}"
    );
}

#[test]
fn a_recall_is_proved_by_the_passage_that_was_printed_twice() {
    let rack = Rack::new("recall");
    rack.song("song.wav", 48_000);
    let then = "--loopback delay=300.25,noise=-70,second=0.01";
    let kept = rack.json(
        &format!("reference song.wav -o day {then} --length 2.5 --json"),
        0,
    );
    assert_eq!(kept["seconds"], 2.5);
    for file in ["day.json", "day.passage.wav", "day.1.wav", "day.2.wav"] {
        assert!(rack.folder.path().join(file).exists(), "{file}");
    }
    let again = rack.fault(&format!("reference song.wav -o day {then}"));
    assert!(
        again.contains("references are never written over"),
        "{again}"
    );

    // Two years later the converters are elsewhere in time; the gear stands as it stood.
    let now = "--loopback delay=411.6,noise=-70,second=0.01,seed=7";
    let proof = rack.json(&format!("recall day.json -o now.wav {now} --json"), 0);
    assert_eq!(proof["holds"], true, "{proof}");
    for band in proof["proof"]["channels"][0]["bands"].as_array().unwrap() {
        let (now, then) = (&band["now_db"], &band["then_db"]);
        let off = now.as_f64().unwrap() - then.as_f64().unwrap();
        assert!(off.abs() < 3.0, "{band}");
    }
    // Other than it stood: the unit still certifies, since its gain is as it was; the passage does not.
    let driven = "--loopback delay=300.25,noise=-70,second=0.02,seed=8";
    let doubted = rack.insert(&format!("recall day.json -o driven.wav {driven}"));
    assert_eq!(doubted.status.code(), Some(1), "{doubted:?}");
    let said = String::from_utf8(doubted.stdout).unwrap();
    assert!(
        said.contains("not proved") || said.contains("nothing was printed"),
        "{said}"
    );
    let other = rack.insert("recall day.json -o no.wav --loopback delay=300.25,gain=-1,noise=-70");
    let said = String::from_utf8(other.stdout).unwrap();
    assert!(
        said.contains("the gain of channel 1 is -1.00 dB and was"),
        "{said}"
    );
    assert!(!rack.folder.path().join("no.wav").exists());

    // What was kept is what is compared, or nothing is.
    std::fs::copy(
        rack.folder.path().join("day.2.wav"),
        rack.folder.path().join("day.1.wav"),
    )
    .unwrap();
    let changed = rack.fault(&format!("recall day.json -o again.wav {now}"));
    assert!(
        changed.contains("is not what it was on that day"),
        "{changed}"
    );
}

#[test]
fn a_plugin_behind_a_real_server_is_measured_and_printed_through() {
    let rack = Rack::new("rack");
    rack.song("song.wav", 48_000);
    let _server = Server::start(&rack.server);
    let _left = Gear::delay(&rack.server, "left", 77);
    let _right = Gear::delay(&rack.server, "right", 77);
    let unit =
        "--send left:in --send right:in --return left:out --return right:out --pace freewheel";
    let found = rack.json(
        &format!("measure {unit} --form short --json -o unit.json"),
        0,
    );
    for channel in found["measurement"]["channels"].as_array().unwrap() {
        let delay = channel["path"]["delay_frames"]["mean"].as_f64().unwrap();
        assert!((delay - 77.0).abs() < 1e-5, "{channel}");
    }
    let printed = rack.json(
        &format!(
            "print song.wav -o print.wav {unit} --certificate unit.json --pre-roll 0.2 --json"
        ),
        0,
    );
    assert!(
        printed["takes"][0]["is_clean"].as_bool().unwrap(),
        "{printed}"
    );
    let song = samples(&rack.folder.path().join("song.wav"));
    let print = samples(&rack.folder.path().join("print.wav"));
    for (song, print) in song.iter().zip(&print) {
        assert!(
            print[..song.len()] == song[..],
            "the print is the song, bit for bit"
        );
    }
    let gone = rack.fault("measure --send left:in --return nobody:out");
    assert!(gone.contains("nobody:out could not be connected"), "{gone}");
    rack.song("other.wav", 44_100);
    let other = rack.fault(&format!("print other.wav -o other-print.wav {unit}"));
    assert!(
        other.contains("the JACK server runs at 48000 Hz and this is 44100 Hz"),
        "{other}"
    );
}

/// The sends are on one server and the returns on another: the second one's client is a process of its own.
#[test]
fn a_return_on_another_server_is_measured_too() {
    let rack = Rack::new("sends");
    let plays = Server::start_at(&rack.server, 44_100, 1_024);
    let elsewhere = format!("lacquer-returns-{}", std::process::id());
    let returns = Server::start_behind(&plays, &elsewhere);
    let _left = Gear::delay(&rack.server, "left", 100);
    let _right = Gear::delay(&rack.server, "right", 150);
    for (n, unit) in (1..).zip(["left", "right"]) {
        let to = format!("{elsewhere}:to_slave_{n}");
        connect(&rack.server, &format!("{unit}:out"), &to);
    }
    let ports =
        "--send left:in --send right:in --return system:capture_1 --return system:capture_2";
    let words = format!("measure {ports} --return-server {elsewhere} --form short --json");
    let found = rack.json(&words, 0);
    assert_eq!(found["measurement"]["returned_hz"], 44_100);
    let skew = &found["measurement"]["channels"][1]["path"]["skew_frames"]["mean"];
    assert!((skew.as_f64().unwrap() - 50.0).abs() < 0.001, "{skew}");
    drop(returns);
    let gone = rack.fault(&words);
    assert!(
        gone.contains(&elsewhere) && gone.contains("start it"),
        "{gone}"
    );
}
