//! OpenSSH's server, which offers SFTP alone.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{answers, kill, me};
use crate::lacquer::free_port;
use crate::readers::read_with;

/// An SSH server into which one key gets.
pub struct Sshd {
    place: tempfile::TempDir,
    port: u16,
    child: Option<Child>,
}

impl Sshd {
    /// Starts one.
    ///
    /// # Panics
    /// Where there is none on this machine.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it starts a server")]
    pub fn new() -> Self {
        let place = tempfile::tempdir().expect("there is room for a folder");
        for key in ["host_key", "other_key", "login"] {
            read_with(
                place.path(),
                &format!("ssh-keygen -q -t ed25519 -N '' -f {key}"),
            );
        }
        read_with(place.path(), "cp login.pub authorized && mkdir incoming");
        let mut server = Self {
            port: free_port(),
            place,
            child: None,
        };
        server.start_with("host_key");
        server
    }

    /// Starts it again, at the same port.
    pub fn start(&mut self) {
        self.start_with("host_key");
    }

    /// Starts it again with another key, as somebody would who stands in between.
    pub fn start_as_another(&mut self) {
        self.start_with("other_key");
    }

    fn start_with(&mut self, key: &str) {
        let (at, port) = (self.place.path().display(), self.port);
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/{key}\nAuthorizedKeysFile {at}/authorized\nPidFile none\n\
             UsePAM no\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication yes\nLogLevel VERBOSE\n\
             Subsystem sftp internal-sftp -f LOCAL0 -l INFO\nForceCommand internal-sftp -d {at}/incoming\n"
        );
        let path = self.place.path().join("sshd_config");
        let mut file = std::fs::File::create(&path).expect("the folder can be written");
        std::io::Write::write_all(&mut file, config.as_bytes()).expect("the disk is not full");
        // The server wants this folder where it runs as root, and Debian makes it only where it starts it as a service.
        let _ = std::fs::create_dir("/run/sshd");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.place.path().join("log"))
            .expect("the folder can be written");
        let child = Command::new("/usr/sbin/sshd")
            .args(["-D", "-e", "-f"])
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.child = Some(child.expect("openssh-server is installed: image/install-test-tools"));
        answers(self.port);
    }

    /// Ends it with everybody who is logged in.
    pub fn kill(&mut self) {
        if let Some(child) = self.child.take() {
            kill(child);
        }
    }

    /// Where it answers.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address by this port, with this below its folder; `/` behind it for all of it.
    #[must_use]
    pub fn address(&self, port: u16, below: &str) -> String {
        let folder = self.place.path().join("incoming").join(below);
        format!("sftp://{}@127.0.0.1:{port}{}", me(), folder.display())
    }

    /// What its key looks like, by OpenSSH's own tool.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.fingerprint_of("host_key")
    }

    /// What the other key looks like.
    #[must_use]
    pub fn fingerprint_of_another(&self) -> String {
        self.fingerprint_of("other_key")
    }

    fn fingerprint_of(&self, key: &str) -> String {
        let said = read_with(self.place.path(), &format!("ssh-keygen -l -f {key}.pub"));
        let word = said.split_whitespace().find(|w| w.starts_with("SHA256:"));
        word.expect("it prints a fingerprint").to_owned()
    }

    /// The private key that gets in.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.place.path().join("login")
    }

    /// The folder that files come to.
    #[must_use]
    pub fn incoming(&self) -> PathBuf {
        self.place.path().join("incoming")
    }

    /// Its configuration's folder.
    #[must_use]
    pub fn place(&self) -> &Path {
        self.place.path()
    }

    /// What it wrote down.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.place.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.kill();
    }
}
