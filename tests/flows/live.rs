//! `lacquer live`: a chain between the ports of a real JACK server, played by a metronome of others.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use flows::jack::{self, Server};
use flows::lacquer::{PATIENCE, program};
use flows::mixes::Song;
use flows::until;

/// A chain whose levels can be foretold.
const CHAIN: &str = r#"
format = 1

[[stages]]
processor = "gain"
gain_db = -6.0

[[stages]]
processor = "gain"
gain_db = 2.0
"#;

/// A process that is ended when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The running command, which is spoken with.
struct Live {
    _process: Ended,
    ask: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Live {
    fn start(server: &str, chain: &std::path::Path, ports: &[&str]) -> Self {
        let mut words = vec![chain.to_str().unwrap()];
        words.extend(ports);
        Self::of(server, &words)
    }

    fn of(server: &str, words: &[&str]) -> Self {
        let mut process = Command::new(program())
            .arg("live")
            .args(words)
            .env("JACK_DEFAULT_SERVER", server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let ask = process.stdin.take().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        Self {
            _process: Ended(process),
            ask,
            said,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn say(&mut self, words: &str) -> String {
        writeln!(self.ask, "{words}").unwrap();
        self.line()
    }

    /// Peaks in dBFS before the first stage and after each one; none for silence.
    fn peaks(&mut self) -> Vec<Option<f64>> {
        let mut lines = vec![self.say("levels")];
        while !lines.last().unwrap().ends_with("xruns") {
            lines.push(self.line());
        }
        let peak = |line: &String| line.split("peak ").nth(1)?.split(' ').next()?.parse().ok();
        lines[..lines.len() - 1].iter().map(peak).collect()
    }
}

fn metronome(server: &str) -> Ended {
    let process = Command::new("jack_metro")
        .args([
            "-b", "600", "-A", "0.5", "-D", "90", "-f", "440", "-n", "metro",
        ])
        .env("JACK_DEFAULT_SERVER", server)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("jack_metro is installed by image/install-packages tests");
    let process = Ended(process);
    until("the metronome's port is there", PATIENCE, || {
        jack::ports(server).contains("metro:600_bpm").then_some(())
    });
    process
}

#[test]
fn an_engineer_turns_knobs_while_a_chain_sounds() {
    let folder = tempfile::tempdir().unwrap();
    let chain = folder.path().join("chain.toml");
    let mut file = std::fs::File::create_new(&chain).unwrap();
    file.write_all(CHAIN.as_bytes()).unwrap();
    let name = format!("lacquer-flow-{}", std::process::id());

    let refused = Command::new(program())
        .arg("live")
        .arg(&chain)
        .env("JACK_DEFAULT_SERVER", &name)
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("no JACK server can be used"), "{words}");

    let server = Server::start(&name);
    let _metronome = metronome(&name);
    let ports = [
        "--from",
        "metro:600_bpm,metro:600_bpm",
        "--to",
        "system:playback_1,system:playback_2",
    ];
    let mut live = Live::start(&name, &chain, &ports);
    let first = live.line();
    assert!(
        first.contains("sounds at 48000 Hz, 256 frames a period, 0 frames late"),
        "{first}"
    );
    let near = |peaks: &[Option<f64>], expected: [f64; 3]| {
        let both = peaks.iter().zip(expected);
        peaks.len() == 3
            && both
                .into_iter()
                .all(|(peak, expected)| peak.is_some_and(|p| (p - expected).abs() < 0.3))
    };
    // The metronome's peak is a half; what went before is read away by asking.
    until("the levels are those of the chain", PATIENCE, || {
        std::thread::sleep(std::time::Duration::from_millis(250));
        near(&live.peaks(), [-6.0, -12.0, -10.0]).then_some(())
    });
    assert_eq!(live.say("set 1 gain_db 3.0"), "done");
    until("the knob has been turned", PATIENCE, || {
        std::thread::sleep(std::time::Duration::from_millis(250));
        near(&live.peaks(), [-6.0, -3.0, -1.0]).then_some(())
    });
    // Bypassed, the second stage is still as loud as it was; the difference of it is the share it adds.
    assert_eq!(live.say("hear difference 2"), "done");
    until("the difference is heard", PATIENCE, || {
        std::thread::sleep(std::time::Duration::from_millis(250));
        // 1 − 10^(2/20) of −3 dBFS.
        near(&live.peaks(), [-6.0, -3.0, -14.7]).then_some(())
    });
    assert_eq!(live.say("hear bypassed"), "done");
    assert_eq!(live.say("hear processed"), "done");
    let refused = live.say("set 2 gain_db 99");
    assert!(refused.starts_with("not done: stage 2 (gain)"), "{refused}");

    drop(server);
    writeln!(live.ask, "levels").unwrap();
    let mut process = live._process;
    let code = until("the command ends with the server", PATIENCE, || {
        process.0.try_wait().unwrap()
    });
    assert_eq!(code.code(), Some(2));
}

/// What an engineer may say while a song plays.
const DONE: [&str; 20] = [
    "hear mix",
    "hear reference 1",
    "hear bypassed",
    "hear bypassed hardware",
    "hear processed hardware",
    "hear difference 3",
    "hear processed",
    "mono",
    "side",
    "stereo",
    "dim",
    "full",
    "as_it_is",
    "matched",
    "trim -1.5 1.5",
    "blend 50",
    "set 4 gain_db 3",
    "blend 100",
    "stop",
    "loop off",
];

/// What cannot be done, and what is said to it.
const REFUSED: [(&str, &str); 8] = [
    ("hear reference 2", "1 references were given"),
    ("hear revision 1", "0 revisions were given"),
    ("hear bypassed 5", "5"),
    ("loop 3 3.01", "at least 100 ms long"),
    ("at soon", "1:23.5"),
    ("trim 99 0", "between -24 and 24 dB"),
    ("blend 101", "between 0 and 100"),
    ("louder", "say play; stop"),
];

/// A song through a chain and the loopback engine: what an engineer says, and what is answered.
#[test]
fn an_engineer_works_through_hardware_that_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (chain, mix, reference) = (file("chain.toml"), file("mix.wav"), file("reference.wav"));
    let mut text = std::fs::File::create_new(&chain).unwrap();
    text.write_all(CHAIN.as_bytes()).unwrap();
    let seconds = |seconds, rate_hz| Song {
        seconds,
        rate_hz,
        ..Song::default()
    };
    seconds(6.0, 48_000).write(mix.as_ref());
    seconds(4.0, 44_100).write(reference.as_ref());
    let words = [
        chain.as_str(),
        "--mix",
        &mix,
        "--loopback",
        "delay=100,gain=-3",
        "--after",
        &chain,
        "--reference",
        &reference,
        "--round-trip",
        "356",
    ];
    let mut live = Live::of("nobody", &words);
    let first = live.line();
    assert!(
        first.contains("is ready at 48000 Hz, 356 frames to the monitors"),
        "{first}"
    );
    assert_eq!(live.say("at 0:01.5"), "done");
    assert_eq!(live.say("loop 1.5 3"), "done");
    assert_eq!(live.say("play"), "done");
    until("it plays in the loop", PATIENCE, || {
        let said = live.say("where");
        let at: f64 = said.split(' ').next()?.parse().ok()?;
        (said.contains("s, plays; round trip 356.00 and 356.00 frames") && at > 1.55).then_some(())
    });
    for words in DONE {
        assert_eq!(live.say(words), "done", "{words}");
    }
    let mut levels = vec![live.say("levels")];
    while !levels.last().unwrap().ends_with("xruns") {
        levels.push(live.line());
    }
    let names: Vec<&str> = levels
        .iter()
        .filter_map(|line| line.get(3..)?.split(' ').next())
        .collect();
    assert_eq!(
        names[..8],
        [
            "mix", "gain", "gain", "send", "return", "gain", "gain", "monitors"
        ],
        "{levels:?}"
    );
    for (words, expected) in REFUSED {
        let said = live.say(words);
        assert!(
            said.starts_with("not done: ") && said.contains(expected),
            "{words}: {said}"
        );
    }
    writeln!(live.ask, "quit").unwrap();
    assert!(live._process.0.wait().unwrap().success());
}
