//! The watch of a real JACK server: what there is, what it carries, what goes and comes back.
//!
//! libjack takes the server's name from the environment, so the watching is done by a child: this same program,
//! which does what each line it reads says and answers with what it sees.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use flows::jack::{Gear, Server};
use flows::pipewire::PipeWire;
use flows::until;
use jack::{AudioOut, Client, ClientOptions, Control, ProcessHandler, ProcessScope};
use patchbay::{Connection, PortKind, Seen, ServerState, WantedState, Watch, What, Wish};

#[global_allocator]
static ALLOCATIONS: AllocDisabler = AllocDisabler;

const CHILD: &str = "PATCHBAY_WATCH";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long an answer may take, whatever the server does.
const AT_ONCE: Duration = Duration::from_millis(500);

fn main() {
    if std::env::var_os(CHILD).is_some() {
        answer_each_line();
        return;
    }
    let name = format!("lacquer-watch-{}", std::process::id());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env("JACK_DEFAULT_SERVER", &name);
    let mut watcher = Watcher::start(command);
    watcher.see("server absent: no server runs under this name");
    ports_levels_and_connections_are_told(&mut watcher, &name);
    what_hangs_hangs_nobody(&mut watcher, &name);
    patching_comes_back_with_the_server(&mut watcher, &name);
    assert_eq!(watcher.end(), "", "libjack is kept quiet");
    sweep(&name);
    println!("a_server_is_watched ... ok");
    pipewire_is_watched_as_jack_is();
    println!("pipewire_is_watched_as_jack_is ... ok");
}

/// Servers that end while somebody watches them leave semaphores that are nobody's.
fn sweep(name: &str) {
    let shared = std::fs::read_dir("/dev/shm")
        .into_iter()
        .flatten()
        .flatten();
    for file in shared.filter(|f| f.file_name().to_string_lossy().contains(name)) {
        let _ = std::fs::remove_file(file.path());
    }
}

/// A steady tone at half of full scale.
struct Tone(jack::Port<AudioOut>);

impl ProcessHandler for Tone {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        assert_no_alloc(|| self.0.as_mut_slice(scope).fill(0.5));
        Control::Continue
    }
}

fn wish(from: &str, to: &str) -> Wish {
    Wish {
        connection: Connection {
            from: from.to_owned(),
            to: to.to_owned(),
        },
        is_anothers: false,
    }
}

fn answer_each_line() {
    let watch = Watch::start("lacquer-watch").unwrap();
    let mut tones = Vec::new();
    let mut wishes = Vec::new();
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let began = Instant::now();
        match words.as_slice() {
            ["want", from, to] => {
                wishes.push(wish(from, to));
                watch.want(wishes.clone());
            }
            ["unwant"] => {
                wishes.clear();
                watch.want(Vec::new());
            }
            ["again", from, to] => watch.again(wish(from, to).connection),
            ["tone"] => {
                let (client, _) = Client::new("tone", ClientOptions::NO_START_SERVER).unwrap();
                let port = client.register_port("out", AudioOut::default()).unwrap();
                tones.push(client.activate_async((), Tone(port)).unwrap());
            }
            ["hush"] => tones.clear(),
            _ => (),
        }
        let told = told(&watch);
        println!("{} {told}", began.elapsed().as_millis());
    }
    assert!(watch.close(PATIENCE));
}

/// Everything on one line.
fn told(watch: &Watch) -> String {
    let seen = watch.now();
    let levels = watch.levels();
    let mut words = vec![match &seen.server {
        ServerState::Looking => "server looking".to_owned(),
        ServerState::Absent { why } => format!("server absent: {why}"),
        ServerState::NotAnswering => "server not answering".to_owned(),
        ServerState::Running(facts) => {
            format!(
                "server running {} {} {:?}",
                facts.rate_hz, facts.period_frames, facts.pace
            )
        }
    }];
    words.extend(seen.ports.iter().map(|p| {
        let midi = if p.is_midi { " midi" } else { "" };
        format!(
            "port {} {:?}{midi} {:?} {:?}",
            p.name, p.kind, p.latency_frames, p.aliases
        )
    }));
    words.extend(cables(&seen));
    words.extend(
        seen.wanted
            .iter()
            .map(|w| format!("wanted {} {:?}", w.wish.connection.from, w.state)),
    );
    words.extend(levels.ports.iter().map(|level| {
        let peak = level
            .peak_dbfs
            .map_or("silent".to_owned(), |dbfs| format!("{dbfs:.1}"));
        format!("level {} {peak}", level.port)
    }));
    words.push(format!("load {}", levels.load_percent > 0.0));
    words.extend(seen.happened.iter().map(|h| {
        assert!(h.at_ms > 1_700_000_000_000);
        match &h.what {
            What::Came(facts) => format!("came {}", facts.rate_hz),
            What::Changed(facts) => format!("changed {}", facts.period_frames),
            other => format!("happened {other:?}"),
        }
    }));
    words.join("; ")
}

fn cables(seen: &Seen) -> Vec<String> {
    let states = seen.wanted.iter();
    assert!(
        states
            .filter(|w| w.state == WantedState::Stands)
            .all(|w| seen.connections.contains(&w.wish.connection)),
        "what stands is a connection"
    );
    assert!(
        seen.ports
            .iter()
            .all(|p| p.kind != PortKind::Input || !p.name.starts_with("lacquer-watch"))
    );
    let cable = |c: &Connection| format!("cable {} > {}", c.from, c.to);
    seen.connections.iter().map(cable).collect()
}

/// The child that watches.
struct Watcher {
    child: Child,
    ask: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Watcher {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .env(CHILD, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let ask = child.stdin.take().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, ask, said }
    }

    /// Says a line and gives the answer, which must come at once.
    fn say(&mut self, line: &str) -> String {
        writeln!(self.ask, "{line}").unwrap();
        let mut answer = String::new();
        self.said.read_line(&mut answer).unwrap();
        let (ms, told) = answer.split_once(' ').expect("the child died");
        let limit = if line == "tone" || line == "hush" {
            PATIENCE
        } else {
            AT_ONCE
        };
        assert!(ms.parse::<u128>().unwrap() < limit.as_millis(), "{answer}");
        told.trim().to_owned()
    }

    /// Looks until it sees something.
    fn see(&mut self, expected: &str) -> String {
        let began = Instant::now();
        loop {
            let told = self.say("");
            if told.contains(expected) {
                return told;
            }
            assert!(began.elapsed() < PATIENCE, "not {expected:?} but {told}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the child and gives back what it printed to standard error.
    fn end(self) -> String {
        drop(self.ask);
        drop(self.said);
        let output = self.child.wait_with_output().unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

fn tool(server: &str, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    command.args(args).env("JACK_DEFAULT_SERVER", server);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

fn ports_levels_and_connections_are_told(watcher: &mut Watcher, name: &str) {
    let server = Server::start(name);
    let told = watcher.see("server running 48000 256 RealTime");
    assert!(told.contains("came 48000"), "{told}");
    let told = watcher.see("level system:playback_2 silent");
    assert!(
        told.contains("port system:capture_1 Capture [256, 256]"),
        "{told}"
    );
    assert!(told.contains("port system:playback_1 Playback"), "{told}");
    assert!(
        !told.contains("lacquer-watch"),
        "its own ports are no news: {told}"
    );

    watcher.say("want delay:out system:playback_1");
    watcher.see("wanted delay:out Waits { missing: [\"delay:out\"] }");
    let gear = Gear::delay(name, "delay", 10);
    let told = watcher.see("cable delay:out > system:playback_1");
    assert!(told.contains("wanted delay:out Stands"), "{told}");
    assert!(
        told.contains("happened Patched { connections: 1 }"),
        "{told}"
    );
    tool(name, "jack_connect", &["system:capture_2", "delay:in"]);
    watcher.see("cable system:capture_2 > delay:in");

    watcher.say("tone");
    watcher.say("want tone:out system:playback_2");
    let told = watcher.see("level system:playback_2 -6.0");
    assert!(told.contains("level system:playback_1 silent"), "{told}");
    watcher.say("hush");
    watcher.see("level system:playback_2 silent");

    tool(name, "jack_bufsize", &["512"]);
    watcher.see("server running 48000 512");
    watcher.see("changed 512");

    // A program that goes and comes: its cable is made again, somebody else's is theirs to make.
    gear.end();
    watcher.see("wanted delay:out Waits");
    let _gear = Gear::delay(name, "delay", 10);
    let told = watcher.see("happened Restored { connections: 1 }");
    assert!(!told.contains("cable system:capture_2"), "{told}");

    // Whoever takes a wanted cable apart means it.
    tool(name, "jack_disconnect", &["delay:out", "system:playback_1"]);
    let told = watcher.see("wanted delay:out Parted");
    assert!(told.contains("happened Parted("), "{told}");
    watcher.say("again delay:out system:playback_1");
    watcher.see("wanted delay:out Stands");

    tool(name, "jack_connect", &["system:capture_2", "delay:in"]);
    watcher.see("cable system:capture_2 > delay:in");
    watcher.say("unwant");
    until("ours is taken apart", PATIENCE, || {
        let cables = tool(name, "jack_lsp", &["-c", "delay:out"]);
        (!cables.contains("system:playback_1")).then_some(())
    });
    let told = watcher.say("");
    assert!(told.contains("cable system:capture_2 > delay:in"), "{told}");
    drop(server);
    watcher.see("server absent");
}

fn what_hangs_hangs_nobody(watcher: &mut Watcher, name: &str) {
    let server = Server::start(name);
    watcher.see("level system:playback_2 silent");
    // Stopped, it calls nobody, and a client's question is never answered.
    server.signal("-STOP");
    watcher.see("server not answering");
    watcher.say("want system:capture_1 system:playback_1");
    watcher.say("");
    server.signal("-CONT");
    watcher.see("cable system:capture_1 > system:playback_1");
    let told = watcher.say("unwant");
    assert!(told.contains("happened Silent"), "{told}");
    assert!(told.contains("happened CallsAgain"), "{told}");

    // Stopped before anybody met it: opening a client hangs, asking does not.
    drop(server);
    watcher.see("server absent");
    let server = Server::start(name);
    server.signal("-STOP");
    watcher.see("server not answering");
    server.signal("-CONT");
    watcher.see("level system:playback_2 silent");
    drop(server);
    watcher.see("server absent");
}

fn patching_comes_back_with_the_server(watcher: &mut Watcher, name: &str) {
    watcher.say("want system:capture_1 system:playback_2");
    watcher.say("want system:capture_1 system:capture_2");
    watcher.see("wanted system:capture_1 NoServer");
    let mut server = Server::start(name);
    for rate in [44_100, 96_000] {
        let told = watcher.see("cable system:capture_1 > system:playback_2");
        assert!(told.contains("it comes out there"), "{told}");
        let killed = Instant::now();
        server.kill();
        watcher.see("server absent: the server has ended");
        assert!(killed.elapsed() < Duration::from_secs(10), "busy or deaf");
        server = Server::start_at(name, rate, 128);
        watcher.see(&format!("server running {rate} 128"));
        watcher.see("happened Restored { connections: 1 }");
    }
    watcher.say("unwant");
    drop(server);
}

fn pipewire_is_watched_as_jack_is() {
    let mut pipewire = PipeWire::start();
    let command = pipewire.command(std::env::current_exe().unwrap());
    let mut watcher = Watcher::start(command);
    watcher.see("server running 48000");
    watcher.say("want mic:out_FR card:playback_FR");
    watcher.see("cable mic:out_FR > card:playback_FR");
    let mut sine = pipewire.command("jack_simple_client");
    let mut sine = sine.arg("sine").stderr(Stdio::null()).spawn().unwrap();
    let told = watcher.see("level card:playback_FL -14.0");
    assert!(told.contains("port card:playback_FR Playback"), "{told}");
    assert!(
        told.contains("cable sine:output2 > card:playback_FR"),
        "{told}"
    );
    sine.kill().unwrap();
    sine.wait().unwrap();
    // It ends without a word to its clients.
    pipewire.kill();
    watcher.see("server not answering");
    watcher.see("server absent");
    pipewire.again();
    watcher.see("server running 48000");
    watcher.see("happened Restored { connections: 1 }");
    watcher.see("cable mic:out_FR > card:playback_FR");
    watcher.end();
}
