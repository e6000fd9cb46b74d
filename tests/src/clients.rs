//! Programs written by others, as clients use them.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::Lacquer;
use crate::mixes::Song;

/// Runs a program and panics with its words if it fails.
pub fn run(command: &mut Command) -> String {
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A client's FTP program with the client's password.
pub struct Ftp<'l> {
    lacquer: &'l Lacquer,
    login: String,
    password: String,
}

impl<'l> Ftp<'l> {
    /// As the client `login` of the flows.
    #[must_use]
    pub fn of(lacquer: &'l Lacquer, login: &str) -> Self {
        Self {
            lacquer,
            login: login.to_owned(),
            password: format!("pw-{login}-1234"),
        }
    }

    fn url(&self, path: &str) -> String {
        let escaped: String = path.bytes().map(escape).collect();
        format!("ftp://127.0.0.1:{}/{escaped}", self.lacquer.ftp_port)
    }

    fn curl(&self) -> Command {
        let mut command = Command::new("curl");
        command.args([
            "--silent",
            "--show-error",
            "--globoff",
            "--user",
            &format!("{}:{}", self.login, self.password),
        ]);
        command
    }

    /// Uploads with curl; folders are made.
    pub fn put(&self, file: &Path, to: &str) {
        run(self
            .curl()
            .arg("--ftp-create-dirs")
            .arg("--upload-file")
            .arg(file)
            .arg(self.url(to)));
    }

    /// Uploads with curl and gives what came of it.
    pub fn try_put(&self, file: &Path, to: &str) -> Output {
        self.curl()
            .arg("--ftp-create-dirs")
            .arg("--upload-file")
            .arg(file)
            .arg(self.url(to))
            .output()
            .expect("curl runs")
    }

    /// Uploads at a limited rate and ends the client after a while, as a lost connection would.
    pub fn put_and_break_off(
        &self,
        file: &Path,
        to: &str,
        bytes_per_second: u64,
        after: std::time::Duration,
    ) {
        let mut child = self
            .curl()
            .arg("--ftp-create-dirs")
            .args(["--limit-rate", &bytes_per_second.to_string()])
            .arg("--upload-file")
            .arg(file)
            .arg(self.url(to))
            .stderr(Stdio::null())
            .spawn()
            .expect("curl runs");
        std::thread::sleep(after);
        child.kill().expect("our curl can be ended");
        child.wait().expect("our curl can be waited for");
    }

    /// Goes on with an upload where it broke off.
    pub fn resume(&self, file: &Path, to: &str) {
        run(self
            .curl()
            .args(["--continue-at", "-"])
            .arg("--upload-file")
            .arg(file)
            .arg(self.url(to)));
    }

    /// Downloads with curl.
    pub fn get(&self, from: &str, to: &Path) {
        run(self.curl().arg("--output").arg(to).arg(self.url(from)));
    }

    /// Names in a folder.
    #[must_use]
    pub fn list(&self, folder: &str) -> Vec<String> {
        let folder = if folder.is_empty() {
            String::new()
        } else {
            format!("{folder}/")
        };
        run(self.curl().arg("--list-only").arg(self.url(&folder)))
            .lines()
            .map(|l| l.trim().to_owned())
            .collect()
    }

    /// Runs commands in lftp.
    pub fn lftp(&self, commands: &str) -> String {
        let script = format!(
            "set ftp:ssl-allow no; set net:max-retries 2; set net:timeout 20; open -u {},{} -p {} 127.0.0.1; {commands}; bye",
            self.login, self.password, self.lacquer.ftp_port
        );
        run(Command::new("lftp").args(["-c", &script]))
    }
}

fn escape(byte: u8) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    }
}

/// Sends a record of an order: numbered songs of this many seconds, each in a key of its own, by FTP.
///
/// # Panics
/// Where one of them is not taken.
pub fn send_record(
    lacquer: &Lacquer,
    (login, number): (&str, &str),
    titles: &[&str],
    seconds: f64,
) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for ((no, title), key) in (1..).zip(titles).zip(0..) {
        let name = format!("{no:02}. {title}.wav");
        let mix = folder.path().join(&name);
        let song = Song {
            seconds,
            key,
            ..Song::default()
        };
        song.write(&mix);
        Ftp::of(lacquer, login).put(&mix, &format!("{number} {name}"));
    }
}

/// The samples of a file as ffmpeg decodes them, as bytes of this type of sample.
///
/// # Panics
/// Where ffmpeg is not installed or objects.
#[must_use]
pub fn decoded_by_ffmpeg(file: &Path, sample: &str) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i"])
        .arg(file)
        .args(["-f", sample, "-"])
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// SHA-256 of them.
///
/// # Panics
/// As [`decoded_by_ffmpeg`].
#[must_use]
pub fn samples_by_ffmpeg(file: &Path, sample: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(decoded_by_ffmpeg(file, sample)))
}

/// A program of the tools that `image/install-test-tools` puts under `target/tools-venv`.
#[must_use]
pub fn venv(program: &str) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests lie in the project");
    let found = [
        std::env::var_os("CARGO_TARGET_DIR").map(Into::into),
        Some(root.join("target")),
    ]
    .into_iter()
    .flatten()
    .map(|target: std::path::PathBuf| target.join("tools-venv/bin").join(program))
    .find(|path| path.exists());
    Command::new(
        found.unwrap_or_else(|| panic!("{program} is missing; run: image/install-test-tools")),
    )
}
