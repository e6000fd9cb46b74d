//! A daemon with data of its own, driven as a client drives it.

use std::fs::File;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::watched::{Cost, Memory, cpu_s, end};

/// How long any step may take.
const PATIENCE: Duration = Duration::from_secs(900);

/// Everybody's password.
const PASSWORD: &str = "pw-ada-1234";

/// How often it is looked whether a step is done.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A running daemon with one client and one order.
pub(super) struct House {
    program: PathBuf,
    daemon: Child,
    memory: Memory,
    folder: tempfile::TempDir,
    web: String,
    ftp_port: u16,
    number: String,
    portal: String,
    /// When the upload was acknowledged, and what the daemon had used by then.
    uploaded: (Instant, f64),
}

impl House {
    pub(super) fn open(program: &Path) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (web_port, ftp_port) = (free_port()?, free_port()?);
        let config = folder.path().join("lacquer.toml");
        writeln!(
            File::create_new(&config)?,
            "[web]\nlisten = \"127.0.0.1:{web_port}\"\n[ftp]\nlisten = \"127.0.0.1:{ftp_port}\""
        )?;
        let daemon = serve(program, folder.path())?;
        let mut house = Self {
            program: program.to_owned(),
            memory: Memory::watch(daemon.id()),
            daemon,
            folder,
            web: format!("http://127.0.0.1:{web_port}"),
            ftp_port,
            number: String::new(),
            portal: String::new(),
            uploaded: (Instant::now(), 0.0),
        };
        house.until_it_answers()?;
        house.add_client_and_order()?;
        Ok(house)
    }

    fn until_it_answers(&mut self) -> Result<()> {
        let health = format!("{}/healthz", self.web);
        self.until("the daemon answers", |_| curl(&[&health]).ok())?;
        Ok(())
    }

    /// Ends the daemon in order; its data stays.
    pub(super) fn pause(&mut self) -> Result<()> {
        end(&mut self.daemon)
    }

    /// Starts a daemon on the same data; what it cost until it answers.
    pub(super) fn resume(&mut self) -> Result<Cost> {
        let began = Instant::now();
        self.daemon = serve(&self.program, self.folder.path())?;
        self.memory = Memory::watch(self.daemon.id());
        self.until_it_answers()?;
        self.cost_since((began, 0.0))
    }

    /// The folder of the vault.
    pub(super) fn vault(&self) -> PathBuf {
        self.folder.path().join("data/vault")
    }

    /// The order's number.
    pub(super) fn number(&self) -> &str {
        &self.number
    }

    /// The last number of the order's journal.
    pub(super) fn seq(&self) -> Result<u64> {
        self.order()?["seq"].as_u64().context("an order has a seq")
    }

    fn add_client_and_order(&mut self) -> Result<()> {
        self.add_person("ada", &[])?;
        let words = [
            "order", "new", "--client", "ada", "--title", "Song", "--songs", "1", "--json",
        ];
        let opened: Value = serde_json::from_slice(&self.lacquer(&words).output()?.stdout)?;
        let field = |name: &str| {
            opened[name]
                .as_str()
                .context("an order has number and portal")
        };
        field("number")?.clone_into(&mut self.number);
        let token = field("portal")?.rsplit('/').next();
        self.portal = token.context("a link has a last part")?.to_owned();
        Ok(())
    }

    fn add_person(&self, login: &str, more: &[&str]) -> Result<()> {
        let mut add = self.lacquer(&["user", "add", "--login", login, "--name", login]);
        let mut add = add
            .args(more)
            .arg("--password-stdin")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let mut input = add.stdin.take().context("it is piped")?;
        input.write_all(PASSWORD.as_bytes())?;
        drop(input);
        if !add.wait()?.success() {
            bail!("{login} could not be added");
        }
        Ok(())
    }

    /// Adds somebody who works here and logs in; the token of the session.
    pub(super) fn staff_session(&self) -> Result<String> {
        self.add_person("sam", &["--role", "owner"])?;
        let login = json!({ "login": "sam", "password": PASSWORD });
        let words = ["-H", "Content-Type: application/json", "--data"];
        let url = format!("{}/api/v1/session", self.web);
        let answer = curl(&[&words[..], &[&login.to_string(), &url]].concat())?;
        let answer: Value = serde_json::from_str(&answer)?;
        let token = answer["token"].as_str();
        Ok(token.context("logging in gives a token")?.to_owned())
    }

    /// Asks for a page of the staff's; how long the answer took, in milliseconds.
    pub(super) fn get(&self, path: &str, session: &str) -> Result<f64> {
        // A page knows its reader by the cookie, the API by the token.
        let bearer = format!("Authorization: Bearer {session}");
        let cookie = format!("Cookie: lacquer_session={session}");
        self.timed(&["-H", &bearer, "-H", &cookie], path)
    }

    /// Sends something to the API; how long the answer took, in milliseconds.
    pub(super) fn post(&self, path: &str, session: &str, body: &Value) -> Result<f64> {
        let bearer = format!("Authorization: Bearer {session}");
        let (json, body) = ("Content-Type: application/json", body.to_string());
        let words = ["-H", &bearer, "-H", json, "--data", &body];
        self.timed(&words, &format!("/api/v1{path}"))
    }

    /// Takes a distributor's report in.
    pub(super) fn take_report(&self, table: &str) -> Result<()> {
        let path = self.folder.path().join("report.csv");
        let mut file = std::fs::File::create_new(&path)?;
        std::io::Write::write_all(&mut file, table.as_bytes())?;
        let path = path.to_string_lossy();
        let words = ["sales", "take", "2026-Q3", &path, "--distributor", "Ours"];
        let told = self.lacquer(&words).output()?;
        if !told.status.success() {
            bail!("{}", String::from_utf8_lossy(&told.stderr));
        }
        Ok(())
    }

    fn timed(&self, words: &[&str], path: &str) -> Result<f64> {
        let url = format!("{}{path}", self.web);
        // From the request's last byte to the answer's last, without curl's own start.
        let out = ["--output", "/dev/null", "--write-out"];
        let times = "%{http_code} %{time_pretransfer} %{time_total}";
        let told = curl(&[words, &out, &[times, &url]].concat())?;
        let mut told = told.split(' ');
        if told.next() != Some("200") {
            bail!("{path} was not answered with 200");
        }
        let mut second = || -> Result<f64> { Ok(told.next().context("a time")?.parse()?) };
        let (from, to) = (second()?, second()?);
        Ok((to - from) * 1000.0)
    }

    fn lacquer(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.folder.path().join("data"));
        command.args(words);
        command
    }

    /// Sends the mix by FTP; returns when the server has said 226.
    pub(super) fn upload(&mut self, mix: &Path) -> Result<Cost> {
        let (began, before) = (Instant::now(), self.cpu_s()?);
        let to = format!("ftp://127.0.0.1:{}/{}/Song.wav", self.ftp_port, self.number);
        let file = mix.to_str().context("the mix has a plain name")?;
        curl(&[
            "--user",
            &format!("ada:{PASSWORD}"),
            "--ftp-create-dirs",
            "-T",
            file,
            &to,
        ])?;
        self.uploaded = (Instant::now(), self.cpu_s()?);
        self.cost_since((began, before))
    }

    pub(super) fn until_report(&mut self) -> Result<Cost> {
        let folder = self
            .folder
            .path()
            .join("data/dropboxes/ada")
            .join(&self.number);
        self.until("the report", |_| {
            let notes = std::fs::read_dir(&folder).ok()?;
            notes
                .flatten()
                .find(|note| note.file_name().to_string_lossy().ends_with(".lacquer.txt"))
        })?;
        self.cost_since(self.uploaded)
    }

    pub(super) fn until_stage(&mut self, stage: &str) -> Result<Cost> {
        self.wait_for_stage(stage)?;
        self.cost_since(self.uploaded)
    }

    fn wait_for_stage(&mut self, stage: &str) -> Result<()> {
        self.until(stage, |house| {
            let order = house.order().ok()?;
            (order["project"]["stage"]["stage"] == stage).then_some(())
        })
    }

    fn order(&self) -> Result<Value> {
        self.api("", &[])
    }

    fn api(&self, path: &str, more: &[&str]) -> Result<Value> {
        let url = format!("{}/api/v1/orders/{}{path}", self.web, self.number);
        let bearer = format!("Authorization: Bearer {}", self.portal);
        let words = [
            &["-H", &bearer, "-H", "Content-Type: application/json"],
            more,
            &[&url],
        ];
        Ok(serde_json::from_str(&curl(&words.concat())?)?)
    }

    /// Approves the first revision; what the finals cost.
    pub(super) fn finals(&mut self) -> Result<Cost> {
        let order = self.order()?;
        let tracks = order["project"]["revisions"]["1"]["tracks"].as_object();
        let samples: serde_json::Map<String, Value> = tracks
            .context("the first revision is there")?
            .iter()
            .map(|(track, version)| (track.clone(), version["master"]["samples"].clone()))
            .collect();
        let approval = json!({
            "revision": 1,
            "name": "Ada",
            "wording": order["approval_wording"],
            "samples": samples,
        });
        let before = (Instant::now(), self.cpu_s()?);
        self.api("/approve", &["--data", &approval.to_string()])?;
        // An instant order is complete when its finals are offered, and goes on into the archive.
        self.wait_for_stage("archived")?;
        self.cost_since(before)
    }

    /// Ends the daemon in order; the most memory it and its workers had together, in MiB.
    pub(super) fn close(mut self) -> Result<f64> {
        end(&mut self.daemon)?;
        Ok(self.memory.so_far_mib())
    }

    fn cpu_s(&self) -> Result<f64> {
        cpu_s(self.daemon.id())
    }

    fn cost_since(&self, (began, before): (Instant, f64)) -> Result<Cost> {
        Ok(Cost {
            cpu_s: self.cpu_s()? - before,
            wall_s: began.elapsed().as_secs_f64(),
            peak_mib: self.memory.so_far_mib(),
        })
    }

    fn until<T>(&mut self, what: &str, look: impl Fn(&Self) -> Option<T>) -> Result<T> {
        let began = Instant::now();
        loop {
            if let Some(found) = look(self) {
                return Ok(found);
            }
            if self.daemon.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.folder.path().join("log"))?;
                bail!("waited in vain: {what}\n{log}");
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // Where a step failed the daemon still runs; otherwise it has ended, and both say so.
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// Starts a daemon on the folder's data; its log grows.
fn serve(program: &Path, folder: &Path) -> Result<Child> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(folder.join("log"))?;
    Ok(Command::new(program)
        .args(["serve", "--config"])
        .arg(folder.join("lacquer.toml"))
        .arg("--data")
        .arg(folder.join("data"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn curl(words: &[&str]) -> Result<String> {
    let done = Command::new("curl")
        .args(["--silent", "--show-error", "--fail-with-body", "--globoff"])
        .args(words)
        .stdin(Stdio::null())
        .output()
        .context("could not start curl")?;
    if !done.status.success() {
        bail!(
            "curl: {}",
            String::from_utf8_lossy(&[done.stdout, done.stderr].concat())
        );
    }
    Ok(String::from_utf8(done.stdout)?)
}
