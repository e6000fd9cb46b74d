//! The daemon under test: started for real, stopped or killed for real.

use std::fmt::Write as _;
use std::fs::File;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::overseer::Overseer;
use crate::wait::until;

/// How long anything of the daemon may take on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// The built program; `LACQUER_BIN` names another one.
#[must_use]
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("LACQUER_BIN") {
        return path.into();
    }
    let me = std::env::current_exe().expect("a test knows its own path");
    let profile = me
        .parent()
        .and_then(Path::parent)
        .expect("tests lie in target/<profile>/deps");
    let built = profile.join("lacquer");
    assert!(
        built.exists(),
        "{} is not built; run: cargo build -p lacquer",
        built.display()
    );
    built
}

/// Runs a command that needs no daemon, in a folder of its own; words are separated by blanks.
///
/// # Panics
/// Where it cannot be started.
#[must_use]
pub fn by_itself(folder: &Path, words: &str) -> Output {
    Command::new(program())
        .args(words.split(' '))
        .current_dir(folder)
        .env("LACQUER_DATA", folder.join("nobody's data"))
        .output()
        .expect("the command line can be started")
}

/// What differs from the defaults.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// More lines for the configuration file, by section: `("mail", "host = ...")`.
    pub sections: Vec<(&'static str, String)>,
    /// The data folder; a temporary one if none.
    pub data: Option<PathBuf>,
    /// A command and its arguments that starts the daemon in its place, such as `env`.
    pub wrapper: Vec<String>,
    /// Whether its calls on its data folder are held and can be made to fail.
    pub is_overseen: bool,
}

/// A running daemon with folders and ports of its own.
pub struct Lacquer {
    child: Option<Child>,
    data: PathBuf,
    config: PathBuf,
    wrapper: Vec<String>,
    overseer: Option<Arc<Overseer>>,
    /// Where the web answers.
    pub web: String,
    /// The port of FTP.
    pub ftp_port: u16,
    /// What it printed when it started first.
    pub first_words: String,
    _folder: tempfile::TempDir,
}

/// A port that nobody uses now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("loopback has free ports");
    listener
        .local_addr()
        .expect("a bound socket has an address")
        .port()
}

/// The first of `count` ports that nobody uses now.
pub(crate) fn free_range(count: u16) -> u16 {
    until("a free range of ports", Duration::from_secs(30), || {
        let probe = UdpSocket::bind(("127.0.0.1", 0)).ok()?;
        let first = probe.local_addr().ok()?.port();
        let held: Vec<_> = (0..count)
            .map_while(|n| TcpListener::bind(("127.0.0.1", first.checked_add(n)?)).ok())
            .collect();
        (held.len() == usize::from(count)).then_some(first)
    })
}

impl Lacquer {
    /// Starts a daemon with the defaults.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&Settings::default())
    }

    /// Starts a daemon.
    #[must_use]
    pub fn start_with(settings: &Settings) -> Self {
        let mut lacquer = Self::prepare(settings);
        lacquer.launch();
        lacquer
    }

    /// Writes the configuration and starts nothing yet.
    #[must_use]
    pub fn prepare(settings: &Settings) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a test's folder");
        let data = settings
            .data
            .clone()
            .unwrap_or_else(|| folder.path().join("data"));
        std::fs::create_dir_all(&data).expect("the data folder can be made");
        let (web_port, ftp_port, passive) = (free_port(), free_port(), free_range(40));
        let config = folder.path().join("lacquer.toml");
        let mut text = String::new();
        let base = [
            ("web", format!("listen = \"127.0.0.1:{web_port}\"")),
            (
                "ftp",
                format!(
                    "listen = \"127.0.0.1:{ftp_port}\"\npassive_ports = [{passive}, {}]",
                    passive + 39
                ),
            ),
            (
                "dropboxes",
                "quiet_seconds = 1.0\nrescan_seconds = 3.0".to_owned(),
            ),
            // A developer's own audio server is none of a test's business.
            ("patchbay", "is_on = false".to_owned()),
            (
                "disk",
                "reserve_bytes = 1000000\nreserve_percent = 0".to_owned(),
            ),
        ];
        let mut sections: Vec<(&str, String)> = base.to_vec();
        for (name, lines) in &settings.sections {
            match sections.iter_mut().find(|(known, _)| known == name) {
                // A key that a test sets takes the place of the base's.
                Some((_, there)) => {
                    let key = |line: &str| line.split('=').next().unwrap_or("").trim().to_owned();
                    let new: Vec<String> = lines.lines().map(key).collect();
                    let kept: Vec<&str> =
                        there.lines().filter(|l| !new.contains(&key(l))).collect();
                    *there = format!("{}\n{lines}", kept.join("\n"));
                }
                None => sections.push((name, lines.clone())),
            }
        }
        for (name, lines) in sections {
            writeln!(text, "[{name}]\n{lines}\n").expect("a string takes text");
        }
        let mut file = File::create(&config).expect("the configuration can be made");
        std::io::Write::write_all(&mut file, text.as_bytes())
            .expect("the configuration can be written");
        Self {
            child: None,
            wrapper: settings.wrapper.clone(),
            overseer: settings.is_overseen.then(|| Overseer::below(&data)),
            data,
            config,
            web: format!("http://127.0.0.1:{web_port}"),
            ftp_port,
            first_words: String::new(),
            _folder: folder,
        }
    }

    /// Starts the daemon and waits until it answers.
    pub fn launch(&mut self) {
        self.spawn();
        if let Err(status) = self.settle() {
            panic!("the daemon ended with {status}:\n{}", self.log());
        }
        if self.first_words.is_empty() {
            self.first_words =
                std::fs::read_to_string(self.data.join("stdout.log")).unwrap_or_default();
        }
    }

    /// Waits until a daemon that was started answers.
    ///
    /// # Errors
    /// How it ended, if it did instead.
    pub fn settle(&mut self) -> Result<(), ExitStatus> {
        until("the daemon answers", PATIENCE, || {
            let child = self.child.as_mut().expect("it was just started");
            if let Ok(Some(status)) = child.try_wait() {
                return Some(Err(status));
            }
            let answer = ureq::get(format!("{}/healthz", self.web)).call();
            answer.ok().map(|_| Ok(()))
        })
    }

    /// Starts the daemon and does not wait.
    pub fn spawn(&mut self) {
        let open = |name: &str| {
            File::options()
                .create(true)
                .append(true)
                .open(self.data.join(name))
                .expect("logs can be written")
        };
        let mut words: Vec<String> = self.wrapper.clone();
        words.push(program().display().to_string());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .args(["serve", "--config"])
            .arg(&self.config)
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::null())
            .stdout(open("stdout.log"))
            .stderr(open("stderr.log"));
        let child = match &self.overseer {
            Some(overseer) => overseer.spawn(command),
            None => command.spawn(),
        };
        self.child = Some(child.expect("the daemon can be started"));
    }

    /// Who holds its calls.
    ///
    /// # Panics
    /// If the settings asked for nobody.
    #[must_use]
    pub fn overseer(&self) -> &Overseer {
        self.overseer.as_deref().expect("the settings asked for it")
    }

    /// From the next start on, a command and its arguments start the daemon in its place.
    pub fn wrap(&mut self, wrapper: &[String]) {
        self.wrapper = wrapper.to_vec();
    }

    /// What the daemon logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.join("stderr.log")).unwrap_or_default()
    }

    /// The data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The dropbox of a login.
    #[must_use]
    pub fn dropbox(&self, login: &str) -> PathBuf {
        self.data.join("dropboxes").join(login)
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it runs").id()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child
            .as_mut()
            .is_some_and(|c| matches!(c.try_wait(), Ok(None)))
    }

    /// Ends it with SIGKILL, as a power cut would end the process.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself in the same moment.
            let _ = child.kill();
            child.wait().expect("a killed child can be waited for");
        }
    }

    /// Ends it with SIGTERM and waits; its exit status says whether it stopped in order.
    pub fn stop(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("it runs");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)
            .expect("our child can be told to stop");
        until("the daemon stops", PATIENCE, || {
            child.try_wait().ok().flatten()
        })
    }

    /// Runs the command line on this daemon; its standard output, or its refusal.
    ///
    /// # Errors
    /// The text on standard error, where the exit code is 2.
    pub fn cli(&self, words: &[&str]) -> Result<String, String> {
        self.cli_with_input(words, "")
    }

    /// The same with standard input.
    ///
    /// # Errors
    /// The text on standard error, where the exit code is 2.
    pub fn cli_with_input(&self, words: &[&str], input: &str) -> Result<String, String> {
        use std::io::Write as _;
        let mut child = Command::new(program())
            .arg("--data")
            .arg(&self.data)
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command line can be started");
        child
            .stdin
            .take()
            .expect("it is piped")
            .write_all(input.as_bytes())
            .expect("it reads its input");
        let done = child.wait_with_output().expect("it ends");
        if done.status.code() == Some(2) {
            return Err(String::from_utf8_lossy(&done.stderr).into_owned());
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    /// Runs the command line and reads its JSON document.
    #[must_use]
    pub fn json(&self, words: &[&str]) -> Value {
        let text = self
            .cli(words)
            .unwrap_or_else(|e| panic!("{words:?}: {e}\n{}", self.log()));
        serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{words:?} gave no JSON ({e}): {text}"))
    }

    /// Adds a client with the password `pw-<login>-1234`.
    pub fn add_client(&self, login: &str, email: &str) -> String {
        self.add("client", login, email)
    }

    /// Adds one of the studio's people with the password `pw-<login>-1234`.
    pub fn add_staff(&self, login: &str) -> String {
        self.add("staff", login, "")
    }

    fn add(&self, role: &str, login: &str, email: &str) -> String {
        let password = format!("pw-{login}-1234");
        let name = format!("{} Example", login.to_uppercase());
        let words = [
            "user",
            "add",
            "--role",
            role,
            "--login",
            login,
            "--name",
            &name,
            "--email",
            email,
            "--password-stdin",
        ];
        self.cli_with_input(&words, &password)
            .unwrap_or_else(|e| panic!("{e}\n{}", self.log()));
        password
    }

    /// Opens an order and gives its number and the token of its portal link.
    #[must_use]
    pub fn order(&self, client: &str, title: &str, more: &[&str]) -> (String, String) {
        let mut words = vec![
            "order", "new", "--client", client, "--title", title, "--json",
        ];
        words.extend(more);
        let opened = self.json(&words);
        let text = |name: &str| {
            opened[name]
                .as_str()
                .unwrap_or_else(|| panic!("{opened}"))
                .to_owned()
        };
        let portal = text("portal");
        (
            text("number"),
            portal
                .rsplit('/')
                .next()
                .expect("a link has a last part")
                .to_owned(),
        )
    }

    /// An order as the command line shows it.
    #[must_use]
    pub fn show(&self, number: &str) -> Value {
        self.json(&["order", "show", number, "--json"])
    }

    /// Waits until an order reaches a stage.
    pub fn until_stage(&self, number: &str, stage: &str) -> Value {
        until(&format!("{number} is {stage}"), PATIENCE, || {
            let order = self.show(number);
            let failed = order["jobs"]
                .as_array()
                .is_some_and(|jobs| jobs.iter().any(|j| j["state"] == "failed"));
            assert!(!failed, "a job was given up: {order:#}\n{}", self.log());
            (order["project"]["stage"]["stage"] == stage).then_some(order)
        })
    }

    /// Asks the API with a session or portal token.
    ///
    /// # Errors
    /// The status and body of an answer that is no success.
    pub fn api(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: &Value,
    ) -> Result<Value, (u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let url = format!("{}/api/v1{path}", self.web);
        let bearer = format!("Bearer {token}");
        let mut answer = match method {
            "GET" => agent.get(&url).header("Authorization", &bearer).call(),
            "POST" => agent
                .post(&url)
                .header("Authorization", &bearer)
                .send_json(body),
            "PUT" => agent
                .put(&url)
                .header("Authorization", &bearer)
                .send_json(body),
            other => panic!("no such method here: {other}"),
        }
        .unwrap_or_else(|e| panic!("{method} {url}: {e}\n{}", self.log()));
        let status = answer.status().as_u16();
        let text = answer
            .body_mut()
            .with_config()
            .limit(512 * 1024 * 1024)
            .read_to_string()
            .unwrap_or_default();
        if status >= 300 {
            return Err((status, text));
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

impl Drop for Lacquer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the daemon's log\n{}", self.log());
        }
        self.kill();
    }
}

/// The command that starts a program under a clock so many days ahead.
#[must_use]
pub fn days_later(days: u32) -> Vec<String> {
    // The folder under /usr/lib is named after the machine's architecture.
    let library = std::fs::read_dir("/usr/lib")
        .unwrap()
        .map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists())
        .expect("faketime is installed by image/install-packages tests");
    let preload = format!("LD_PRELOAD={}", library.display());
    // Only what the clock says is another; pauses and the dates of files stay as they are.
    let ahead = format!("FAKETIME=+{days}d");
    [
        "env",
        &preload,
        &ahead,
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
        "NO_FAKE_STAT=1",
    ]
    .map(str::to_owned)
    .to_vec()
}
