//! A real JACK server with its dummy driver.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};

use crate::lacquer::PATIENCE;
use crate::wait::until;

/// The signal that nothing can tidy up after.
const KILL: i32 = 9;

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
        let child = Command::new("jackd")
            .args(["-n", name, "-S", "--no-realtime", "-d", "dummy"])
            .args(["-r", "48000", "-p", "256", "-C", "4", "-P", "2"])
            .env("JACK_NO_AUDIO_RESERVATION", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
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
                "jackd ended at once: {ended:?}; servers that were killed may fill its list in /dev/shm"
            );
            ports(name).contains("system:playback_2").then_some(())
        });
        server
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
        let ended = self.child.wait();
        let was_killed = ended.is_ok_and(|status| status.signal() == Some(KILL));
        // A server killed outright keeps its place in JACK's list, which has eight; one of the same name takes that
        // place over, and ended kindly it leaves it.
        if was_killed && !std::thread::panicking() {
            drop(Self::start(&self.name));
            // The semaphores of its clients are nobody's now.
            let shared = std::fs::read_dir("/dev/shm")
                .into_iter()
                .flatten()
                .flatten();
            for file in shared.filter(|f| f.file_name().to_string_lossy().contains(&self.name)) {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}
