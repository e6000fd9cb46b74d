//! A dropbox server of its own for each test.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use intake::{Account, FtpConfig, FtpHooks, FtpLimits, FtpServer, Hint, TlsFiles, TlsPolicy};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

/// Long enough for anything here on a busy machine; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes a second of an upload that is to be caught on its way: 8 MB are on theirs for 20 seconds, so that a machine that
/// stands still for some of them catches it all the same.
pub(crate) const CRAWL: &str = "400000";

pub(crate) struct House {
    pub(crate) place: TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) taken: Arc<Mutex<HashSet<PathBuf>>>,
    pub(crate) room: Arc<AtomicU64>,
    pub(crate) hints: mpsc::Receiver<Hint>,
    server: Option<FtpServer>,
    runtime: Runtime,
}

/// What differs from the usual.
pub(crate) struct Plan {
    pub(crate) limits: FtpLimits,
    pub(crate) passive_ports: std::ops::RangeInclusive<u16>,
    pub(crate) tls: Option<(TlsFiles, TlsPolicy)>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            limits: FtpLimits::default(),
            passive_ports: 0..=0,
            tls: None,
        }
    }
}

impl House {
    pub(crate) fn open() -> Self {
        Self::with(Plan::default())
    }

    /// Opens a server with the logins `ada` and `bob`, whose passwords are `secret`.
    pub(crate) fn with(plan: Plan) -> Self {
        let place = tempfile::tempdir().unwrap();
        for login in ["ada", "bob"] {
            std::fs::create_dir_all(place.path().join("dropboxes").join(login)).unwrap();
        }
        Self::at(place, plan)
    }

    /// Opens a server over what is there.
    pub(crate) fn at(place: TempDir, plan: Plan) -> Self {
        let runtime = Runtime::new().unwrap();
        let taken: Arc<Mutex<HashSet<PathBuf>>> = Arc::default();
        let room = Arc::new(AtomicU64::new(u64::MAX));
        let (arrived, hints) = mpsc::channel(64);
        let dropboxes = place.path().join("dropboxes");
        let hooks = FtpHooks {
            authenticate: Arc::new(move |login| {
                let known =
                    ["ada", "bob"].contains(&login.login.as_str()) && login.password == "secret";
                let folder = dropboxes.join(&login.login);
                Box::pin(async move {
                    known.then_some(Account {
                        login: login.login,
                        folder,
                    })
                })
            }),
            is_taken: Arc::new({
                let taken = Arc::clone(&taken);
                move |login, path| {
                    let is = taken.lock().unwrap().contains(&Path::new(login).join(path));
                    Box::pin(async move { is })
                }
            }),
            has_room: Arc::new({
                let room = Arc::clone(&room);
                move |bytes| room.load(Ordering::SeqCst) >= bytes
            }),
            arrived,
        };
        let (tls, require_tls) = match plan.tls {
            Some((files, policy)) => (Some(files), policy),
            None => (None, TlsPolicy::Offered),
        };
        let config = FtpConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            passive_ports: plan.passive_ports,
            passive_host: None,
            tls,
            require_tls,
            staging: place.path().join("staging"),
            limits: plan.limits,
        };
        let server = runtime.block_on(FtpServer::start(config, hooks)).unwrap();
        let address = server.local_addr();
        Self {
            place,
            address,
            taken,
            room,
            hints,
            server: Some(server),
            runtime,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("ftp://ada:secret@{}/{path}", self.address)
    }

    /// A path in Ada's dropbox.
    pub(crate) fn dropbox(&self, path: &str) -> PathBuf {
        self.place.path().join("dropboxes/ada").join(path)
    }

    /// A file to send, outside the dropboxes, that compresses and repeats nowhere.
    pub(crate) fn mix(&self, name: &str, bytes: usize) -> PathBuf {
        let path = self.place.path().join(name);
        write(&path, &noise(bytes, name.len() as u64));
        path
    }

    pub(crate) fn take(&self, path: &str) {
        self.taken
            .lock()
            .unwrap()
            .insert(Path::new("ada").join(path));
    }

    /// What was announced as finished so far.
    pub(crate) fn announced(&mut self) -> Vec<PathBuf> {
        std::iter::from_fn(|| self.hints.try_recv().ok())
            .map(|hint| hint.path)
            .collect()
    }

    pub(crate) fn staged_bytes(&self) -> u64 {
        self.server
            .as_ref()
            .unwrap()
            .staged()
            .unwrap()
            .iter()
            .map(|upload| upload.bytes)
            .sum()
    }

    /// Waits until something of an upload is here; its client must be at it all the while.
    #[track_caller]
    pub(crate) fn until_a_part_has_arrived(&self, client: &mut Own) {
        until("a part has arrived", || {
            let is_there = self.staged_bytes() > 100_000;
            let ended = client.0.try_wait().unwrap();
            assert!(ended.is_none(), "the client ended too early: {ended:?}");
            is_there
        });
    }

    /// Begins an upload and leaves it at that.
    pub(crate) fn talk_halfway(&self, name: &str) -> (Talk, TcpStream) {
        let before = self.staged_bytes();
        let mut talk = self.talk();
        talk.log_in("ada", "secret");
        let mut data = talk.data();
        talk.say(&format!("STOR {name}"));
        data.write_all(&[3; 1000]).unwrap();
        until("it is staged", || self.staged_bytes() == before + 1000);
        (talk, data)
    }

    /// Throws an unfinished upload away, as the staff may.
    pub(crate) fn discard(&self, name: &str) {
        let server = self.server.as_ref().unwrap();
        let uploads = server.staged().unwrap();
        let upload = uploads
            .iter()
            .find(|upload| upload.path == Path::new(name))
            .unwrap();
        self.runtime.block_on(server.discard(upload)).unwrap();
    }

    /// Stops the server and gives back its folders.
    pub(crate) fn close(mut self) -> TempDir {
        let server = self.server.take().unwrap();
        self.runtime.block_on(server.stop());
        self.place
    }

    pub(crate) fn lftp(&self, commands: &str) -> Output {
        let script = format!(
            "set net:max-retries 1; set net:timeout 20; set ssl:verify-certificate no; \
             set cmd:fail-exit yes; open -u ada,secret ftp://{}; {commands}; bye",
            self.address
        );
        run(Command::new("lftp").arg("-c").arg(script))
    }

    /// A client of few words, for what the others would never do.
    pub(crate) fn talk(&self) -> Talk {
        let control = TcpStream::connect(self.address).unwrap();
        control.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut talk = Talk {
            reader: BufReader::new(control.try_clone().unwrap()),
            control,
        };
        talk.hear();
        talk
    }
}

pub(crate) fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(bytes)
    .collect()
}

pub(crate) fn write(path: &Path, bytes: &[u8]) {
    std::fs::File::create(path)
        .unwrap()
        .write_all(bytes)
        .unwrap();
}

pub(crate) fn run(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn curl(arguments: &[&str]) -> Output {
    run(Command::new("curl")
        .args(["-sS", "--max-time", "60"])
        .args(arguments))
}

#[track_caller]
pub(crate) fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}: {}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[track_caller]
pub(crate) fn same(a: &Path, b: &Path) {
    assert!(
        std::fs::read(a).unwrap() == std::fs::read(b).unwrap(),
        "{} and {} differ",
        a.display(),
        b.display()
    );
}

/// A process that a test started, and ends.
pub(crate) struct Own(pub(crate) Child);

impl Own {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }

    /// Ends it as a power switch would.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _ended_already = self.0.wait();
    }
}

pub(crate) struct Talk {
    reader: BufReader<TcpStream>,
    pub(crate) control: TcpStream,
}

impl Talk {
    /// Reads one whole reply; empty when the server has hung up.
    pub(crate) fn hear(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line).unwrap_or(0) == 0 {
                return reply;
            }
            let last =
                line.len() > 3 && line.as_bytes()[3] == b' ' && line.as_bytes()[..3].is_ascii();
            reply.push_str(&line);
            if last {
                return reply;
            }
        }
    }

    pub(crate) fn say(&mut self, command: &str) -> String {
        self.control
            .write_all(format!("{command}\r\n").as_bytes())
            .unwrap();
        self.hear()
    }

    pub(crate) fn log_in(&mut self, login: &str, password: &str) -> String {
        self.say(&format!("USER {login}"));
        self.say(&format!("PASS {password}"))
    }

    /// Opens a data connection.
    pub(crate) fn data(&mut self) -> TcpStream {
        let reply = self.say("PASV");
        let numbers: Vec<u16> = reply[reply.find('(').expect(&reply) + 1..reply.find(')').unwrap()]
            .split(',')
            .map(|number| number.parse().unwrap())
            .collect();
        TcpStream::connect((Ipv4Addr::LOCALHOST, numbers[4] * 256 + numbers[5])).unwrap()
    }

    pub(crate) fn fetch(&mut self, command: &str) -> (Vec<u8>, String) {
        let mut data = self.data();
        self.say(command);
        let mut bytes = Vec::new();
        data.read_to_end(&mut bytes).unwrap();
        (bytes, self.hear())
    }

    pub(crate) fn send(&mut self, command: &str, bytes: &[u8]) -> String {
        let mut data = self.data();
        let begun = self.say(command);
        if !begun.starts_with("150") {
            return begun;
        }
        let _broken_when_refused = data.write_all(bytes);
        drop(data);
        self.hear()
    }
}
