//! The line over which SFTP is spoken: Debian's own OpenSSH client, a child of ours for each connection.
//!
//! It proves who the server is, logs in and encrypts; we say which key we expect, and where the secret lies. So there is no second
//! set of ciphers in our program, and a fault in the first is mended by the system's updates.

use std::fs::File;
use std::future::Future;
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use delivery::upload::Fingerprint;
use russh_sftp::client::error::Error as SftpError;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, Join, join};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::error::CourierError;
use crate::secret::{Holds, Secret};
use crate::server::{STALLED, Server, Shown, within};
use crate::sftp::Answer;

/// Where Debian has the programs.
const SSH: &str = "/usr/bin/ssh";
const KEYGEN: &str = "/usr/bin/ssh-keygen";
/// What of its words is kept, in bytes.
const MOST_SAID: usize = 4096;
/// How long it may take to end once it was asked to.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// What SFTP is spoken over.
pub(crate) type Line = Join<ChildStdout, ChildStdin>;

/// The client at work. It ends with this.
pub(crate) struct Ssh {
    /// What it said, once it has ended.
    ended: watch::Receiver<Option<String>>,
    holds: JoinHandle<()>,
    place: TempDir,
}

impl Drop for Ssh {
    fn drop(&mut self) {
        // Its child is killed with it.
        self.holds.abort();
    }
}

impl Ssh {
    /// Starts the client. Whether it was let in shows when it is spoken to.
    pub(crate) async fn open(server: &Server) -> Result<(Line, Self), CourierError> {
        let here = |source| CourierError::Here {
            path: "a folder for OpenSSH's client".to_owned(),
            source,
        };
        if matches!(server.secret.holds(), Holds::Key) {
            is_a_key(&server.name(), server.secret.path()).await?;
        }
        let place = tempfile::tempdir().map_err(here)?;
        gate(place.path(), server.host_key.as_ref()).map_err(here)?;
        let mut command = command(server, place.path()).map_err(here)?;
        let mut child = command.spawn().map_err(|source| CourierError::NoProgram {
            program: SSH,
            source,
        })?;
        let lines = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = lines else {
            return Err(here(io::ErrorKind::BrokenPipe.into()));
        };
        let (tell, ended) = watch::channel(None);
        let holds = tokio::spawn(hold(child, stderr, tell));
        let ssh = Self {
            ended,
            holds,
            place,
        };
        Ok((join(stdout, stdin), ssh))
    }

    /// Waits for an answer as long as the client lives.
    pub(crate) async fn alive<T>(&self, asked: impl Future<Output = Answer<T>>) -> Answer<T> {
        let mut ended = self.ended.clone();
        tokio::select! {
            biased;
            answer = asked => answer,
            said = ended.wait_for(Option::is_some) => {
                let said = said.ok().and_then(|said| said.clone()).unwrap_or_default();
                let said = said.lines().last().unwrap_or("it ended").to_owned();
                Err(SftpError::IO(said))
            }
        }
    }

    /// What the server showed.
    pub(crate) fn shown(&self) -> Result<Shown, CourierError> {
        let shown = shown_in(self.place.path());
        let (key, kind) = shown.ok_or_else(|| CourierError::Here {
            path: "what the server showed".to_owned(),
            source: io::ErrorKind::NotFound.into(),
        })?;
        Ok(Shown {
            key: Some(key),
            kind,
        })
    }

    /// Why no connection came about.
    pub(crate) async fn refused(&self, server: &Server, error: &str) -> CourierError {
        let mut ended = self.ended.clone();
        let said = tokio::time::timeout(ENDS_WITHIN, ended.wait_for(Option::is_some));
        let said = match said.await {
            Ok(Ok(said)) => said.clone().unwrap_or_default(),
            Ok(Err(_)) | Err(_) => error.to_owned(),
        };
        why(server, shown_in(self.place.path()), &said)
    }

    /// Lets it end by itself, now that its line is closed.
    pub(crate) async fn close(&mut self) {
        // It is killed where it does not.
        let _ = tokio::time::timeout(ENDS_WITHIN, &mut self.holds).await;
    }
}

/// Holds the client until it ends, and tells what it said.
async fn hold(mut child: Child, mut stderr: ChildStderr, tell: watch::Sender<Option<String>>) {
    let mut said = Vec::new();
    let mut block = [0; 1024];
    while let Ok(count @ 1..) = stderr.read(&mut block).await {
        let room = MOST_SAID.saturating_sub(said.len()).min(count);
        said.extend(block.iter().take(room));
    }
    // However it ended, it ended.
    let _ = child.wait().await;
    let said = String::from_utf8_lossy(&said).replace('\r', "");
    tell.send_replace(Some(said.trim().to_owned()));
}

/// How the client is started: nobody's configuration, agent or known hosts, and no question to a person.
fn command(server: &Server, place: &Path) -> io::Result<Command> {
    let mut command = Command::new(SSH);
    command.args(["-F", "none", "-T", "-x", "-a"]);
    let gate = place.join(GATE);
    let known = format!("KnownHostsCommand={} %f %H %t %K", shell_free(&gate)?);
    let options = [
        known.as_str(),
        "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=none",
        "GlobalKnownHostsFile=none",
        "FingerprintHash=sha256",
        "CheckHostIP=no",
        "UpdateHostKeys=no",
        "IdentityAgent=none",
        "IdentitiesOnly=yes",
        "ConnectTimeout=20",
        "ServerAliveInterval=15",
        "ServerAliveCountMax=3",
        "LogLevel=ERROR",
        "ControlPath=none",
        "PermitLocalCommand=no",
        "NumberOfPasswordPrompts=1",
        "EscapeChar=none",
    ];
    for option in options {
        command.args(["-o", option]);
    }
    command.env_clear().env("LC_ALL", "C").env("HOME", place);
    command.env("PATH", "/usr/bin:/bin");
    log_in_with(&mut command, &server.secret, place)?;
    command.args(["-p", &server.to.port.to_string()]);
    command.args(["-l", &server.to.user]);
    // What follows is a name and no option, whatever it begins with.
    command.args(["-s", "--", &server.to.host, "sftp"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    Ok(command)
}

fn log_in_with(command: &mut Command, secret: &Secret, place: &Path) -> io::Result<()> {
    match secret.holds() {
        Holds::Key => {
            command.args(["-o", "BatchMode=yes"]);
            command.args(["-o", "PreferredAuthentications=publickey", "-i"]);
            command.arg(secret.path());
        }
        Holds::Password(_) => {
            let methods = "PreferredAuthentications=password,keyboard-interactive";
            command.args(["-o", methods, "-o", "PubkeyAuthentication=no"]);
            // Whoever asks for the password gets it from its own file: it stands in no argument and no environment.
            let answer = format!("#!/bin/sh\nexec cat {}\n", quoted(secret.path())?);
            let path = script(place, "answer", &answer)?;
            command.env("SSH_ASKPASS", path);
            command.env("SSH_ASKPASS_REQUIRE", "force");
        }
    }
    Ok(())
}

/// What looks at the key that the server shows.
const GATE: &str = "gate";
/// Where it is written down.
const SHOWN: &str = "shown";

/// Writes what OpenSSH asks about the server's key (`KnownHostsCommand` of ssh_config(5)): it writes down what was shown, and
/// knows the server where that is what we expect.
fn gate(place: &Path, expected: Option<&Fingerprint>) -> io::Result<()> {
    // Before the server has shown a key it is asked about an order of kinds, with NONE for a key.
    let mut text = format!(
        "#!/bin/sh\n[ \"$1\" != NONE ] || exit 0\nprintf '%s %s\\n' \"$1\" \"$3\" >{}\n",
        quoted(&place.join(SHOWN))?
    );
    if let Some(expected) = expected {
        text +=
            &format!("[ \"$1\" != '{expected}' ] || printf '%s %s %s\\n' \"$2\" \"$3\" \"$4\"\n");
    }
    script(place, GATE, &text).map(drop)
}

fn shown_in(place: &Path) -> Option<(Fingerprint, String)> {
    let text = std::fs::read_to_string(place.join(SHOWN)).ok()?;
    let (shown, kind) = text.trim().split_once(' ')?;
    let shown = Fingerprint::try_from(shown.to_owned()).ok()?;
    let kind = kind.chars().filter(char::is_ascii_graphic).take(60);
    Some((shown, kind.collect()))
}

/// Writes a script that OpenSSH runs. Nobody but us reaches its folder, and it is gone with it.
fn script(place: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let path = place.join(name);
    let mut open = File::options();
    let mut file = open.write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(std::fs::Permissions::from_mode(0o700))?;
    Ok(path)
}

/// A path as a shell reads it.
fn quoted(path: &Path) -> io::Result<String> {
    let text = path
        .to_str()
        .filter(|text| !text.contains(char::is_control));
    let text = text.ok_or(io::ErrorKind::InvalidFilename)?;
    Ok(format!("'{}'", text.replace('\'', "'\\''")))
}

/// A path as it stands in an option of OpenSSH's, which splits words and replaces tokens.
fn shell_free(path: &Path) -> io::Result<&str> {
    let is_plain = |text: &&str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        text.chars().all(is_plain)
    };
    let text = path.to_str().filter(is_plain);
    text.ok_or_else(|| io::ErrorKind::InvalidFilename.into())
}

/// Whether a file holds a private key that can be used without a question.
async fn is_a_key(server: &str, path: &Path) -> Result<(), CourierError> {
    let mut keygen = Command::new(KEYGEN);
    keygen.args(["-y", "-P", "", "-f"]).arg(path);
    keygen.env_clear().env("LC_ALL", "C").stdin(Stdio::null());
    keygen.kill_on_drop(true);
    let done = within(server, ("take a key", STALLED), async {
        keygen
            .output()
            .await
            .map_err(|source| CourierError::NoProgram {
                program: KEYGEN,
                source,
            })
    });
    let done = done.await?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    let said = said.trim().lines().last().unwrap_or("no reason").trim();
    Err(CourierError::NoKey {
        said: said.rsplit(": ").next().unwrap_or(said).to_owned(),
    })
}

/// What the client's words mean.
fn why(server: &Server, shown: Option<(Fingerprint, String)>, said: &str) -> CourierError {
    let name = server.name();
    let last = said.lines().last().unwrap_or("it ended").trim().to_owned();
    if let Some((shown, kind)) = shown
        && server.host_key.as_ref() != Some(&shown)
    {
        return match server.host_key.clone() {
            Some(expected) => CourierError::Another {
                server: name,
                expected,
                shown,
                kind,
            },
            None => CourierError::Unknown {
                server: name,
                shown,
                kind,
            },
        };
    }
    let has = |words: &str| said.contains(words);
    if has("Permission denied") || has("Too many authentication failures") {
        let takes = last
            .rsplit_once('(')
            .and_then(|(_, rest)| rest.split_once(')'));
        return CourierError::LoginRefused {
            server: name,
            user: server.to.user.clone(),
            with: server.secret.word(),
            said: takes.map_or(last.clone(), |(takes, _)| format!("it takes {takes}")),
        };
    }
    if has("no matching") || has("Host key verification failed") {
        return CourierError::NoAgreement {
            server: name,
            said: last,
        };
    }
    if has("connect to host") || has("resolve hostname") {
        return CourierError::Unreachable {
            server: name,
            source: io::Error::other(last),
        };
    }
    if has("subsystem request failed") {
        return CourierError::Refused {
            server: name,
            to: "speak",
            path: "SFTP".to_owned(),
            said: "it offers none".to_owned(),
        };
    }
    CourierError::Cut {
        server: name,
        to: "let us in",
        said: last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_a_shell_as_they_are() {
        let quote = |text: &str| quoted(Path::new(text)).ok();
        assert_eq!(quote("/a b/$(c)").as_deref(), Some("'/a b/$(c)'"));
        assert_eq!(quote("/it's").as_deref(), Some("'/it'\\''s'"));
        assert_eq!(quote("/a\nb"), None);
        assert!(shell_free(Path::new("/tmp/.tmpX1/gate")).is_ok());
        assert!(shell_free(Path::new("/tmp/a b/%f")).is_err());
    }
}
