//! ProFTPD: FTP with TLS or without, for one login with a password.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::{answers, kill, me};
use crate::lacquer::{free_port, free_range};
use crate::readers::read_with;

/// Whether it speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Only that: for commands and files, and each file's session has to be a resumed one, which is its usual setting.
    Tls,
    /// Not at all.
    InTheClear,
}

/// An FTP server into which one password gets.
pub struct Proftpd {
    place: tempfile::TempDir,
    port: u16,
    safety: Safety,
    child: Option<Child>,
}

/// The password that gets in.
const PASSWORD: &str = "open sesame 1";
/// Ports for files.
const PASSIVE: u16 = 20;

impl Proftpd {
    /// Starts one.
    ///
    /// # Panics
    /// Where there is none on this machine.
    #[must_use]
    pub fn new(safety: Safety) -> Self {
        let place = tempfile::tempdir().expect("there is room for a folder");
        let (uid, gid) = (rustix::process::getuid(), rustix::process::getgid());
        let uid = uid.as_raw();
        let made = format!(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=127.0.0.1 -keyout tls.key -out tls.crt 2>openssl.log
             mkdir incoming
             echo \"{me}:$(openssl passwd -6 '{PASSWORD}'):{uid}:{gid}::$PWD:/bin/sh\" >users
             echo \"{me}:x:{gid}:\" >groups
             chmod 600 users groups tls.key",
            me = me(),
            gid = gid.as_raw(),
        );
        read_with(place.path(), &made);
        let mut server = Self {
            place,
            port: free_port(),
            safety,
            child: None,
        };
        server.start();
        server
    }

    /// Starts it again, at the same port.
    ///
    /// # Panics
    /// Where there is none on this machine.
    pub fn start(&mut self) {
        let at = self.place.path().display();
        let (port, passive, me) = (self.port, free_range(PASSIVE), me());
        let group = String::from_utf8(Command::new("id").arg("-gn").output().expect("id").stdout);
        let group = group.expect("names are text").trim().to_owned();
        let mut config = format!(
            "ServerName there\nServerType standalone\nPort {port}\nDefaultAddress 127.0.0.1\nSocketBindTight on\nUseIPv6 off\n\
             User {me}\nGroup {group}\nRootLogin on\nRequireValidShell off\nUseFtpUsers off\nPidFile {at}/pid\nScoreboardFile {at}/score\n\
             DelayTable none\nAuthOrder mod_auth_file.c\nAuthUserFile {at}/users\nAuthGroupFile {at}/groups\n\
             AllowOverwrite on\nAllowStoreRestart on\nAllowRetrieveRestart on\nPassivePorts {passive} {}\nSystemLog {at}/log\n\
             TransferLog {at}/transfers\nWtmpLog off\nUmask 022\nTimesGMT off\n",
            passive + PASSIVE - 1,
        );

        if self.safety == Safety::Tls {
            config += &format!(
                "LoadModule mod_tls.c\nTLSEngine on\nTLSRequired on\nTLSLog {at}/tls.log\nTLSRSACertificateFile {at}/tls.crt\n\
                 TLSRSACertificateKeyFile {at}/tls.key\nTLSVerifyClient off\n"
            );
        }
        let path = self.place.path().join("proftpd.conf");
        let mut file = std::fs::File::create(&path).expect("the folder can be written");
        std::io::Write::write_all(&mut file, config.as_bytes()).expect("the disk is not full");
        let words =
            std::fs::File::create(self.place.path().join("words")).expect("it can be written");
        let child = Command::new("/usr/sbin/proftpd")
            .args(["--nodaemon", "--quiet", "--config"])
            .arg(&path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(words)
            .spawn();
        self.child = Some(child.expect("proftpd-core is installed: image/install-test-tools"));
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

    /// Its address by this port.
    #[must_use]
    pub fn address(&self, port: u16) -> String {
        let word = match self.safety {
            Safety::Tls => "ftps",
            Safety::InTheClear => "ftp",
        };
        format!(
            "{word}://{}@127.0.0.1:{port}{}",
            me(),
            self.incoming().display()
        )
    }

    /// What its certificate looks like, by OpenSSL's own tool, in the form of OpenSSH.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let said = read_with(
            self.place.path(),
            "openssl x509 -in tls.crt -outform DER | openssl dgst -sha256 -binary | openssl base64 | tr -d '=\\n'",
        );
        format!("SHA256:{}", said.trim())
    }

    /// The password that gets in.
    #[must_use]
    pub fn password(&self) -> &'static str {
        PASSWORD
    }

    /// The folder that files come to.
    #[must_use]
    pub fn incoming(&self) -> PathBuf {
        self.place.path().join("incoming")
    }

    /// What it wrote down.
    #[must_use]
    pub fn log(&self) -> String {
        let logs = ["log", "tls.log", "words"]
            .map(|name| std::fs::read_to_string(self.place.path().join(name)).unwrap_or_default());
        logs.join("\n")
    }
}

impl Drop for Proftpd {
    fn drop(&mut self) {
        self.kill();
    }
}
