//! A live session on a real JACK server, through gear written by others: every source is heard at one place, and a
//! server that dies is said, not waited for, and taken up again.
//!
//! libjack takes the server's name from the environment, so everything is done by a child: this same program.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dsp::Audition;
use flows::jack::{Gear, Server};
use jack::contrib::ClosureProcessHandler;
use jack::{AudioIn, Client, ClientOptions, Control, ProcessScope};
use patchbay::{
    Carries, MakeSections, Run, Section, Session, SessionError, SessionPlace, SessionSettings,
    SessionState, Source, WayPorts, WaySettings,
};

const CHILD: &str = "PATCHBAY_SESSION";
const RATE: u32 = 44_100;
/// Latest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    match std::env::var(CHILD).as_deref() {
        Ok("one") => return everything_is_heard_at_one_place(),
        Ok("refusals") => return what_cannot_begin_is_said(),
        Ok("dies") => return a_server_dies_and_comes_back(),
        _ => (),
    }
    let name = format!("lacquer-session-{}", std::process::id());
    {
        let _server = Server::start_at(&name, RATE, 256);
        let _left = Gear::delay(&name, "left", 123);
        let _right = Gear::delay(&name, "right", 140);
        for part in ["one", "refusals"] {
            let status = command(part, &name).status().unwrap();
            assert!(status.success(), "{part}: {status}");
            println!("{part} ... ok");
        }
    }
    killed_and_back(&name);
}

fn command(part: &str, server: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env(CHILD, part)
        .env("JACK_DEFAULT_SERVER", server)
        .env("JACK_NO_START_SERVER", "1");
    command
}

fn killed_and_back(name: &str) {
    let server = Server::start_at(name, RATE, 256);
    let mut child = command("dies", name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut ask = child.stdin.take().unwrap();
    let mut until = |word: &str| {
        let mut line = String::new();
        while line.trim() != word {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0, "before {word}");
        }
    };
    until("it plays");
    server.kill();
    until("it is gone");
    let _server = Server::start_at(name, RATE, 256);
    writeln!(ask, "it is back").unwrap();
    assert!(child.wait().unwrap().success());
    println!("dies ... ok");
}

fn song(seconds: u32) -> Vec<Vec<f32>> {
    let mut state = 11_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / 16_777_216.0 - 0.5) * 0.5
    };
    let mut row = || (0..seconds * RATE).map(|_| next()).collect();
    vec![row(), row()]
}

fn through(send: [&str; 2], back: [&str; 2], mix: Vec<Vec<f32>>) -> SessionSettings {
    let ports = |names: [&str; 2]| names.map(ToString::to_string).to_vec();
    SessionSettings {
        place: SessionPlace::Jack {
            name: "live".to_owned(),
            ways: vec![WayPorts {
                send: ports(send),
                back: ports(back),
            }],
            monitors: ports(["system:playback_1", "system:playback_2"]),
        },
        ways: vec![WaySettings {
            send_trim_db: 0.0,
            return_trim_db: 0.0,
            carries: Carries::Channels,
            delays_frames: None,
        }],
        wet: 1.0,
        ceiling_dbfs: -0.5,
        sources: vec![Arc::new(Source::new("mix", RATE, mix))],
        rate_hz: RATE,
    }
}

fn untouched() -> MakeSections {
    let section = || Section {
        work: Box::new(|_| ()),
        latency_frames: 0,
    };
    Arc::new(move |_| Ok(vec![section(), section()]))
}

/// Tends a session until something is so.
fn until(session: &mut Session, what: &str, is_so: impl Fn(&Session) -> bool) {
    let began = Instant::now();
    while !is_so(session) {
        session.tend().unwrap();
        assert!(
            began.elapsed() < PATIENCE,
            "in vain: {what}; {:?}",
            session.now()
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// As fast as everything in the server can: nobody waits for a test signal's end.
fn freewheel(is_on: &str) {
    let status = Command::new("jack_freewheel").arg(is_on).status();
    assert!(status.unwrap().success());
}

/// What is played to the first two ports, from when it is asked for.
type Tape = Arc<Mutex<Vec<Vec<f32>>>>;

fn recorder() -> (Tape, impl Sized) {
    let (client, _) = Client::new("recorder", ClientOptions::NO_START_SERVER).unwrap();
    let ins = [1, 2].map(|n| {
        let name = format!("in_{n}");
        client.register_port(&name, AudioIn::default()).unwrap()
    });
    let tape: Tape = Arc::new(Mutex::new(vec![Vec::new(); 2]));
    let kept = Arc::clone(&tape);
    let record = move |_: &Client, scope: &ProcessScope| {
        let mut kept = kept.lock().unwrap();
        for (kept, port) in kept.iter_mut().zip(&ins) {
            kept.extend_from_slice(port.as_slice(scope));
        }
        Control::Continue
    };
    let running = client
        .activate_async((), ClosureProcessHandler::new(record))
        .unwrap();
    for n in [1, 2] {
        let (from, to) = (format!("live:monitor_{n}"), format!("recorder:in_{n}"));
        let connected = running.as_client().connect_ports_by_name(&from, &to);
        connected.unwrap();
    }
    (tape, running)
}

fn everything_is_heard_at_one_place() {
    let mix = song(20);
    let gear = through(
        ["left:in", "right:in"],
        ["left:out", "right:out"],
        mix.clone(),
    );
    let mut session = Session::open(gear, untouched()).unwrap();
    session.measure(4_410).unwrap();
    freewheel("y");
    until(&mut session, "the round trip is measured", |s| {
        s.now().units[0].delays_frames.is_some()
    });
    freewheel("n");
    // A server that freewheels has no hardware; its ports come back with the world's time.
    until(&mut session, "the monitors are back", |s| {
        s.now().state == SessionState::Sounds
    });
    let now = session.now();
    // A program on the server comes back a period later than it says.
    let delays = now.units[0].delays_frames.as_ref().unwrap();
    for (found, delay) in delays.iter().zip([123.0, 140.0]) {
        assert!((found - delay - 256.0).abs() < 1e-3, "{delays:?}");
    }
    assert_eq!(now.latency_frames, 396);
    let (tape, recorder) = recorder();
    session.play().unwrap();
    until(&mut session, "it plays", |s| {
        s.now().run == Run::Playing && s.now().monitors.rms_dbfs.is_some()
    });
    let pass = |session: &mut Session, frames: u64| {
        let goal = session.now().frame + frames;
        until(session, "it goes on", |s| s.now().frame >= goal);
    };
    pass(&mut session, 11_025);
    session.hear(1).unwrap();
    pass(&mut session, 11_025);
    session.hear(0).unwrap();
    session.audition(Audition::Bypassed).unwrap();
    pass(&mut session, 11_025);
    session.audition_unit(1, Audition::Bypassed).unwrap();
    session.audition(Audition::Processed).unwrap();
    pass(&mut session, 11_025);
    drop(recorder);
    let tape = tape.lock().unwrap();
    // Channels that the gear makes late differently, and every way of listening, are one piece of the mix.
    let begin = tape[0].iter().position(|x| *x != 0.0).unwrap() + 2_000;
    let first = &tape[0][begin..begin + 64];
    let place = mix[0].windows(64).position(|w| w == first).unwrap();
    for (channel, row) in tape.iter().enumerate() {
        let heard = &row[begin..begin + 40_000];
        assert!(
            heard == &mix[channel][place..place + 40_000],
            "channel {channel} is not the mix"
        );
    }
    session.close();
}

fn what_cannot_begin_is_said() {
    let open = |settings: SessionSettings| Session::open(settings, untouched()).unwrap_err();
    let mut other = through(["left:in"; 2], ["left:out"; 2], song(1));
    other.rate_hz = 48_000;
    let said = open(other).to_string();
    assert!(
        said.contains("runs at 44100 Hz and the mix is at 48000 Hz"),
        "{said}"
    );
    let said = open(through(
        ["gone:in", "right:in"],
        ["left:out", "right:out"],
        song(1),
    ));
    assert!(
        said.to_string()
            .contains("could not be connected to gone:in"),
        "{said}"
    );
}

fn a_server_dies_and_comes_back() {
    // Nothing comes back from the dummy's ports: what is heard is the bypass.
    let gear = through(
        ["system:playback_1", "system:playback_2"],
        ["system:capture_1", "system:capture_2"],
        song(30),
    );
    let mut session = Session::open(gear, untouched()).unwrap();
    session.audition(Audition::Bypassed).unwrap();
    session.go_round(Some((44_100, 88_200))).unwrap();
    session.play().unwrap();
    until(&mut session, "it plays", |s| s.now().frame > 50_000);
    println!("it plays");
    let began = Instant::now();
    let said = loop {
        match session.tend() {
            Ok(()) => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => break error,
        }
        assert!(began.elapsed() < PATIENCE, "nobody noticed");
    };
    assert!(matches!(said, SessionError::Gone), "{said}");
    assert_eq!(session.now().state, SessionState::Gone);
    assert!(matches!(session.play(), Err(SessionError::Gone)));
    assert!(matches!(session.resume(), Err(SessionError::Live(_))));
    println!("it is gone");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    session.resume().unwrap();
    let now = session.now();
    assert_eq!((now.state, now.run), (SessionState::Sounds, Run::Stopped));
    assert_eq!(
        (now.heard, now.round),
        (Audition::Bypassed, Some((44_100, 88_200)))
    );
    assert!(now.frame > 44_100, "{now:?}");
    session.play().unwrap();
    until(&mut session, "it plays again", |s| {
        s.now().run == Run::Playing && s.now().monitors.rms_dbfs.is_some()
    });
    session.close();
}
