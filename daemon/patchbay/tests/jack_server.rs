//! A real JACK server with its dummy driver: absent, running, stopped, running again, killed.
//!
//! libjack takes the server's name from the environment, so the looking is done by a child: this
//! same program, which looks once for every line it reads.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use flows::jack::Server;
use patchbay::{PROBE_DEADLINE, hardware};

const CHILD: &str = "PATCHBAY_LOOK";

fn main() {
    if std::env::var_os(CHILD).is_some() {
        look_for_each_line();
        return;
    }
    a_server_is_seen_as_it_is();
    println!("a_server_is_seen_as_it_is ... ok");
}

fn look_for_each_line() {
    for _ in std::io::stdin().lines() {
        let began = Instant::now();
        let found = hardware();
        let ms = began.elapsed().as_millis();
        println!(
            "{ms} {} cards {} {:?}",
            found.jack,
            found.cards.len(),
            found.jack
        );
    }
}

/// The child that looks.
struct Looker {
    child: Child,
    ask: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Looker {
    fn start(server: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .env(CHILD, "1")
            .env("JACK_DEFAULT_SERVER", server)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let ask = child.stdin.take().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, ask, said }
    }

    /// Looks once; the answer must come within the deadline, with room for a busy machine.
    fn look(&mut self) -> String {
        self.ask.write_all(b"\n").unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        let (ms, found) = line.split_once(' ').expect("the child died");
        let limit = PROBE_DEADLINE + Duration::from_secs(2);
        assert!(ms.parse::<u128>().unwrap() < limit.as_millis(), "{line}");
        found.trim().to_owned()
    }

    /// Looks until the answer starts as expected.
    fn see(&mut self, expected: &str) -> String {
        let began = Instant::now();
        loop {
            let found = self.look();
            if found.starts_with(expected) {
                return found;
            }
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "not {expected:?} but {found:?}"
            );
        }
    }

    /// Ends the child and gives back what it printed to standard error.
    fn end(self) -> String {
        drop(self.ask);
        drop(self.said);
        let output = self.child.wait_with_output().unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn a_server_is_seen_as_it_is() {
    let name = format!("lacquer-test-{}", std::process::id());
    let mut looker = Looker::start(&name);
    assert!(
        looker
            .look()
            .starts_with("no JACK server: no server runs under this name")
    );

    let server = Server::start(&name);
    let found = looker.see("JACK runs at 48000 Hz, 256 frames a period, 4 in, 2 out");
    assert!(found.contains("\"system:capture_1\""), "{found}");
    assert!(found.contains("\"system:playback_2\""), "{found}");

    // A stopped server accepts a client's call and never answers.
    server.signal("-STOP");
    looker.see("no JACK server: the server is there but does not answer");
    let began = Instant::now();
    looker.look();
    looker.look();
    assert!(began.elapsed() < 2 * PROBE_DEADLINE + Duration::from_secs(4));
    server.signal("-CONT");
    looker.see("JACK runs at 48000 Hz");

    drop(server);
    looker.see("no JACK server: no server runs under this name");
    assert_eq!(looker.end(), "", "libjack is kept quiet");
}
