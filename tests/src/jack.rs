//! A real JACK server with its dummy driver.

use std::process::{Child, Command, Stdio};

use crate::lacquer::PATIENCE;
use crate::wait::until;

/// A server of one's own; it is ended when this is dropped.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    /// Starts one under a name (48 kHz, 256 frames a period, 4 in, 2 out) and waits until it answers.
    ///
    /// # Panics
    /// Where `jackd` is not installed.
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
        let server = Self(child);
        until("the JACK server answers", PATIENCE, || {
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
            .args([signal, &self.0.id().to_string()])
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
        // A server killed outright leaves its shared memory behind; ended kindly it tidies up.
        let _ = Command::new("kill")
            .args(["-CONT", &self.0.id().to_string()])
            .status();
        let _ = Command::new("kill")
            .args(["-TERM", &self.0.id().to_string()])
            .status();
        let _ = self.0.wait();
    }
}
