//! A real JACK server with its dummy driver.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::jack_list;
use crate::lacquer::PATIENCE;
use crate::wait::until;

/// How long a server that frees a place may take to answer.
const RECLAIM: Duration = Duration::from_secs(5);

/// A server of one's own; it is ended when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    name: String,
}

impl Server {
    /// Starts one under a name (48 kHz, 256 frames a period, 4 in, 2 out) and waits until it answers.
    ///
    /// # Panics
    /// Where `jackd` is not installed, or ends at once.
    #[must_use]
    pub fn start(name: &str) -> Self {
        Self::start_at(name, 48_000, 256)
    }

    /// The same at another rate and with another number of frames a period.
    ///
    /// # Panics
    /// Where `jackd` is not installed, or ends at once.
    #[must_use]
    pub fn start_at(name: &str, rate_hz: u32, period: u32) -> Self {
        Self::launch(name, (rate_hz, period), &["-S"])
    }

    /// The same as studios run it: a client that is late is not waited for, and one that dies holds up nobody.
    ///
    /// # Panics
    /// Where `jackd` is not installed, or ends at once.
    #[must_use]
    pub fn start_asynchronous(name: &str, rate_hz: u32, period: u32) -> Self {
        Self::launch(name, (rate_hz, period), &[])
    }

    /// A second server that hears two channels of a first one over loopback: JACK's own network driver. The first one's
    /// ports for it are `NAME:to_slave_1` and `2`, its own `system:capture_1` and `2`.
    ///
    /// # Panics
    /// Where it cannot be started, or does not answer.
    #[must_use]
    pub fn start_behind(first: &Self, name: &str) -> Self {
        // A port that is free now.
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("loopback is there");
        let port = socket.local_addr().expect("it has an address").port();
        drop(socket);
        let loaded = Command::new("jack_load")
            .args(["netmanager", "-i", &format!("-a 127.0.0.1 -p {port}")])
            .env("JACK_DEFAULT_SERVER", &first.name)
            .env("JACK_NO_START_SERVER", "1")
            .stdout(Stdio::null())
            .status();
        assert!(loaded.expect("jack_load is installed").success());
        let port = port.to_string();
        let server = Self::run(
            name,
            &["-S"],
            &["net", "-a", "127.0.0.1", "-p", &port, "-n", name]
                .into_iter()
                .chain(["-C", "2", "-P", "2"])
                .collect::<Vec<_>>(),
        );
        until("the first server sends to the second", PATIENCE, || {
            let ports = ports(&first.name);
            ports.contains(&format!("{name}:to_slave_2")).then_some(())
        });
        server
    }

    fn launch(name: &str, (rate_hz, period): (u32, u32), graph: &[&str]) -> Self {
        let (rate, period) = (rate_hz.to_string(), period.to_string());
        let driver = ["dummy", "-r", &rate, "-p", &period, "-C", "4", "-P", "2"];
        Self::run(name, graph, &driver)
    }

    fn run(name: &str, graph: &[&str], driver: &[&str]) -> Self {
        // What earlier test programs left behind may fill the list; what is of this one, its tests see to.
        let own = std::process::id().to_string();
        let is_old = |left: &String| left.starts_with("lacquer-") && !left.contains(&own);
        let left = jack_list::left_behind().into_iter().filter(is_old);
        left.for_each(|name| reclaim(&name));
        let words = tempfile::tempfile().expect("a file for what it says");
        let child = Command::new("jackd")
            .args(["-n", name])
            .args(graph)
            .args(["--no-realtime", "-d"])
            .args(driver)
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdout(Stdio::null())
            .stderr(words.try_clone().expect("a second descriptor"))
            .spawn()
            .expect("jackd is installed by image/install-packages tests");
        let mut server = Self {
            child,
            name: name.to_owned(),
        };
        until("the JACK server answers", PATIENCE, || {
            let ended = server.child.try_wait().expect("it can be asked about");
            assert!(
                ended.is_none(),
                "jackd ended at once: {ended:?}: {}",
                said(&words)
            );
            ports(name).contains("system:playback_2").then_some(())
        });
        server
    }

    /// Ends it as a power cut would. It leaves its place in JACK's list to the next server of its name.
    ///
    /// # Panics
    /// Where it is gone.
    pub fn kill(self) {
        self.signal("-KILL");
        let mut ended = std::mem::ManuallyDrop::new(self);
        let _ = ended.child.wait();
    }

    /// Sends it a signal, by the name that `kill` knows.
    ///
    /// # Panics
    /// Where it is gone.
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(status.expect("kill can be started").success());
    }
}

/// A client written by others, between a send and a return; it is ended when this is dropped.
#[derive(Debug)]
pub struct Gear {
    child: Child,
}

impl Gear {
    /// x42's delay line in `jalv`, so many frames; its ports are `NAME:in` and `NAME:out`.
    ///
    /// # Panics
    /// Where it is not installed, or its ports do not appear.
    #[must_use]
    pub fn delay(server: &str, name: &str, frames: u32) -> Self {
        let mut jalv = Command::new("jalv");
        jalv.args(["-x", "-n", name, "-c", &format!("delay={frames}")]);
        jalv.arg("http://gareus.org/oss/lv2/nodelay");
        Self::run(jalv, server, &format!("{name}:out"))
    }

    /// `jconvolver` with its configuration in a file; its ports have the names that stand there.
    ///
    /// # Panics
    /// Where it is not installed, or its ports do not appear.
    #[must_use]
    pub fn convolver(server: &str, name: &str, config: &std::path::Path) -> Self {
        let mut convolver = Command::new("jconvolver");
        convolver.args(["-s", server, "-N", name]).arg(config);
        Self::run(convolver, server, &format!("{name}:out"))
    }

    /// JACK's own example: a sine at -14 dBFS on `NAME:output1` and `output2`, which it connects by itself to the
    /// first two ports that lead to hardware.
    ///
    /// # Panics
    /// Where it is not installed, or its ports do not appear.
    #[must_use]
    pub fn sine(server: &str, name: &str) -> Self {
        let mut sine = Command::new("jack_simple_client");
        sine.args([name, server]);
        Self::run(sine, server, &format!("{name}:output2"))
    }

    fn run(mut command: Command, server: &str, port: &str) -> Self {
        // jalv ends when nobody can speak to it any more: the pipe stays open as long as the child is held.
        let child = command
            .env("JACK_DEFAULT_SERVER", server)
            .env("JACK_NO_START_SERVER", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it is installed by image/install-packages tests");
        let made = Self { child };
        until("the gear's ports appear", PATIENCE, || {
            ports(server).contains(port).then_some(())
        });
        made
    }
}

impl Gear {
    /// Stands still for a while, as a program does that the system does not let run.
    pub fn stall(&self, time: Duration) {
        for signal in ["-STOP", "-CONT"] {
            let pid = self.child.id().to_string();
            let sent = Command::new("kill").args([signal, &pid]).status();
            assert!(sent.is_ok_and(|status| status.success()));
            if signal == "-STOP" {
                std::thread::sleep(time);
            }
        }
    }

    /// Ends it as its owner would.
    ///
    /// # Panics
    /// Where it cannot be asked.
    pub fn end(mut self) {
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        assert!(asked.expect("kill can be started").success());
        let _ = self.child.wait();
    }
}

impl Drop for Gear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Connects two ports of a server.
///
/// # Panics
/// Where they cannot be.
pub fn connect(server: &str, from: &str, to: &str) {
    let status = Command::new("jack_connect")
        .args([from, to])
        .env("JACK_DEFAULT_SERVER", server)
        .env("JACK_NO_START_SERVER", "1")
        .status();
    assert!(
        status.expect("jack_connect is installed").success(),
        "{from} to {to}"
    );
}

/// The ports of a server, a line each; nothing where it does not answer.
///
/// # Panics
/// Where `jack_lsp` is not installed.
#[must_use]
pub fn ports(server: &str) -> String {
    let listed = Command::new("jack_lsp")
        .env("JACK_DEFAULT_SERVER", server)
        .env("JACK_NO_START_SERVER", "1")
        .output()
        .expect("jack_lsp is installed by image/install-packages tests");
    String::from_utf8_lossy(&listed.stdout).into_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        for signal in ["-CONT", "-TERM"] {
            let _ = Command::new("kill")
                .args([signal, &self.child.id().to_string()])
                .stderr(Stdio::null())
                .status();
        }
        let _ = self.child.wait();
        if jack_list::left_behind().contains(&self.name) {
            reclaim(&self.name);
        }
    }
}

/// Frees the place in JACK's list of a server that is gone: one of its name takes it over, and ended kindly it leaves it. The
/// semaphores of its clients are nobody's then.
fn reclaim(name: &str) {
    let server = Command::new("jackd")
        .args(["-n", name, "--no-realtime", "-d", "dummy"])
        .env("JACK_NO_AUDIO_RESERVATION", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut server) = server else { return };
    let since = Instant::now();
    while ports(name).is_empty() && since.elapsed() < RECLAIM {
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = Command::new("kill").arg(server.id().to_string()).status();
    let _ = server.wait();
    let shared = std::fs::read_dir("/dev/shm")
        .into_iter()
        .flatten()
        .flatten();
    for file in shared.filter(|f| f.file_name().to_string_lossy().contains(name)) {
        let _ = std::fs::remove_file(file.path());
    }
}

/// What a program has said into a file.
fn said(mut words: &File) -> String {
    let mut text = String::new();
    let _ = words
        .rewind()
        .and_then(|()| words.read_to_string(&mut text));
    text
}
