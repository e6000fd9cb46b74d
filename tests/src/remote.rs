//! A client who lives on while the daemon dies and comes back.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use sha2::Digest as _;

use crate::Lacquer;

/// How long one answer may take before the daemon counts as hanging.
const HANGS_AFTER: Duration = Duration::from_secs(60);

/// The addresses of a daemon, whether it runs or not.
#[derive(Debug, Clone)]
pub struct Remote {
    web: String,
    ftp_port: u16,
}

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    /// What was asked for.
    Given(Value),
    /// The status and the words of a refusal.
    Refused(u16, String),
    /// Nobody answered, or the answer broke off.
    Gone,
}

impl Answer {
    /// What was given, if it was.
    #[must_use]
    pub fn given(self) -> Option<Value> {
        match self {
            Self::Given(value) => Some(value),
            Self::Refused(..) | Self::Gone => None,
        }
    }
}

impl Remote {
    /// The addresses of this daemon.
    #[must_use]
    pub fn of(lacquer: &Lacquer) -> Self {
        Self {
            web: lacquer.web.clone(),
            ftp_port: lacquer.ftp_port,
        }
    }

    /// Gets a page or an address that needs no token; its status, if there was an answer.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<u16> {
        let agent = agent();
        let mut answer = agent.get(format!("{}{path}", self.web)).call().ok()?;
        let status = answer.status().as_u16();
        answer.body_mut().read_to_vec().ok().map(|_| status)
    }

    /// Asks the API.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, token: &str, body: &Value) -> Answer {
        let url = format!("{}/api/v1{path}", self.web);
        let bearer = format!("Bearer {token}");
        let agent = agent();
        let asked = match method {
            "GET" => agent.get(&url).header("Authorization", &bearer).call(),
            "POST" => agent
                .post(&url)
                .header("Authorization", &bearer)
                .send_json(body),
            other => panic!("no such method here: {other}"),
        };
        let mut answer = match asked {
            Ok(answer) => answer,
            Err(ureq::Error::Timeout(which)) => panic!("{method} {path} hangs: {which}"),
            Err(_) => return Answer::Gone,
        };
        let status = answer.status().as_u16();
        let Ok(text) = answer.body_mut().read_to_string() else {
            return Answer::Gone;
        };
        if status >= 300 {
            return Answer::Refused(status, text);
        }
        Answer::Given(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Sends a file by FTP with curl, from its start or from where the server's copy ends.
    #[must_use]
    pub fn send(&self, login: &str, file: &Path, to: &str, more: &[&str]) -> Output {
        Command::new("curl")
            .args(["--silent", "--show-error", "--globoff"])
            .args(["--ftp-create-dirs", "--max-time", "60", "--user"])
            .arg(format!("{login}:pw-{login}-1234"))
            .args(more)
            .arg("--upload-file")
            .arg(file)
            .arg(self.ftp_address(to))
            .stdin(Stdio::null())
            .output()
            .expect("curl runs")
    }

    /// The address of a path in a dropbox, with every unusual byte escaped.
    #[must_use]
    pub fn ftp_address(&self, path: &str) -> String {
        let escaped: String = path
            .bytes()
            .map(|byte| match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' => {
                    char::from(byte).to_string()
                }
                other => format!("%{other:02X}"),
            })
            .collect();
        format!("ftp://127.0.0.1:{}/{escaped}", self.ftp_port)
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(HANGS_AFTER))
        .build()
        .into()
}

/// SHA-256 of a file.
#[must_use]
pub fn sha256(file: &Path) -> String {
    let bytes = std::fs::read(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    hex::encode(sha2::Sha256::digest(bytes))
}

/// Every file below a folder, hidden ones too, by name.
#[must_use]
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("a test's folder can be read");
            let kind = entry.file_type().expect("it has a kind");
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    files
}

/// Says something on the terminal even where the output of tests is kept back.
pub fn tell(words: &str) {
    use std::io::Write as _;
    // A terminal that is gone takes nothing from the test.
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}

/// Random numbers from a seed, so that a run can be tried again.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice with the seed of the environment's `name`, or of the moment; tells which.
    #[must_use]
    pub fn seeded(name: &str) -> Self {
        let seed = std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| u64::from(std::process::id()) << 20 | u64::from(moment()));
        tell(&format!("{name}={seed}"));
        Self(seed | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % limit.max(1)
    }

    /// A time below `limit`.
    pub fn moment_below(&mut self, limit: Duration) -> Duration {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.below(limit))
    }
}

fn moment() -> u32 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |since| since.subsec_nanos())
}
