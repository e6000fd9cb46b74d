//! The share with a real `smbd` on a high port of loopback, and `smbclient`. Needs to be run as root.

use std::fs::{DirBuilder, File};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use intake::smb::{self, SmbAccount, SmbConfig};
use intake::{Arrival, FromDropbox, Known, WatchConfig, WatchHooks, Watcher, Why};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const PATIENCE: Duration = Duration::from_secs(30);

/// Half of a mix; smbclient reads 8 MiB of its input before it sends anything.
const HALF: usize = 24_000_000;

/// The password of both accounts.
const PASSWORD: &str = "sesame, open \"now\"";

struct Share {
    place: TempDir,
    port: u16,
    smbd: Child,
    watcher: Option<Watcher>,
    out: mpsc::Receiver<FromDropbox>,
    runtime: Runtime,
}

impl Share {
    /// Starts smbd over the dropboxes of `ada` and `bob`, whose Unix users Debian has anyway, and
    /// the watcher with its usual quiet time.
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let config = SmbConfig {
            server_name: "LACQUERTEST".to_owned(),
            port,
            interfaces: vec!["lo".to_owned()],
            state: place.path().join("samba"),
            owner: "root".to_owned(),
            group: "root".to_owned(),
        };
        for folder in config.folders() {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .unwrap();
        }
        let accounts = [("ada", "games"), ("bob", "news")].map(|(login, user)| {
            let folder = place.path().join("dropboxes").join(login);
            std::fs::create_dir_all(folder.join("Finals")).unwrap();
            SmbAccount::with_unix_user(login, user, folder).unwrap()
        });
        let conf = place.path().join("smb.conf");
        write(
            &conf,
            smb::render_config(&config, &accounts).unwrap().as_bytes(),
        );
        write(
            &config.state.join("users.map"),
            smb::render_user_map(&accounts).as_bytes(),
        );
        let runtime = Runtime::new().unwrap();
        runtime.block_on(async {
            smb::check_config(&conf).await.unwrap();
            for account in &accounts {
                smb::set_password(&conf, account, PASSWORD).await.unwrap();
            }
        });
        let smbd = start_smbd(&conf, &config.state, port);
        let (out_there, out) = mpsc::channel(16);
        let hooks = WatchHooks {
            is_known: Arc::new(|_| Known::New),
        };
        let watcher = {
            let _inside = runtime.enter();
            let watch = WatchConfig::new(place.path().join("dropboxes"));
            Watcher::start(watch, hooks, mpsc::channel(1).1, out_there).unwrap()
        };
        Self {
            place,
            port,
            smbd,
            watcher: Some(watcher),
            out,
            runtime,
        }
    }

    fn ada(&self, path: &str) -> PathBuf {
        self.place.path().join("dropboxes/ada").join(path)
    }

    fn client(&self, login: &str, share: &str, commands: &str) -> Command {
        let mut client = Command::new("smbclient");
        client
            .args(["-s", "/dev/null", "-p", &self.port.to_string()])
            .args([
                "-U",
                &format!("{login}%{PASSWORD}"),
                &format!("//127.0.0.1/{share}"),
                "-c",
                commands,
            ]);
        client
    }

    fn does(&self, share: &str, commands: &str) -> Output {
        self.client("ada", share, commands)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn next_within(&mut self, limit: Duration) -> Option<FromDropbox> {
        let out = &mut self.out;
        self.runtime
            .block_on(async { tokio::time::timeout(limit, out.recv()).await.ok().flatten() })
    }

    #[track_caller]
    fn arrival(&mut self) -> Arrival {
        match self.next_within(PATIENCE) {
            Some(FromDropbox::Arrived(arrival)) => arrival,
            other => panic!("expected a file, got {other:?}"),
        }
    }

    /// An upload of what is written to the client's standard input.
    fn slow_upload(&self, name: &str) -> Child {
        self.client("ada", "ada", &format!("put - \"{name}\""))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    }

    fn until_bytes(&self, name: &str, bytes: u64) {
        let deadline = Instant::now() + PATIENCE;
        while !std::fs::metadata(self.ada(name)).is_ok_and(|facts| facts.len() >= bytes) {
            assert!(Instant::now() < deadline, "{name} does not grow");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Starts smbd and waits until it listens.
fn start_smbd(conf: &Path, state: &Path, port: u16) -> Child {
    // On its way out it signals its process group, which must not be ours.
    let smbd = Command::new("smbd")
        .args(["--foreground", "--no-process-group", "--debug-stdout"])
        .arg(format!("--configfile={}", conf.display()))
        .stdin(Stdio::null())
        .stdout(File::create(state.join("log/smbd.out")).unwrap())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        assert!(Instant::now() < deadline, "smbd does not listen");
        std::thread::sleep(Duration::from_millis(50));
    }
    smbd
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            watcher.stop();
        }
        let pid = rustix::process::Pid::from_child(&self.smbd);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.smbd.wait().unwrap();
    }
}

fn write(path: &Path, bytes: &[u8]) {
    File::create(path).unwrap().write_all(bytes).unwrap();
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_mix_put_over_smb_comes_to_rest_and_is_handed_out_once() {
    let mut share = Share::open();
    let mix = share.place.path().join("Song.wav");
    write(&mix, &vec![7; 5_000_000]);
    let done = share.does(
        "ada",
        &format!(
            "mkdir \"LQ-1001 Album\"; put {} \"LQ-1001 Album\\Song.wav\"",
            mix.display()
        ),
    );
    assert!(done.status.success(), "{}", said(&done));
    let arrival = share.arrival();
    assert_eq!(
        (arrival.path.as_path(), arrival.bytes),
        (Path::new("LQ-1001 Album/Song.wav"), 5_000_000)
    );
    assert!(share.next_within(Duration::from_secs(5)).is_none());
}

#[test]
fn finals_can_be_fetched_but_not_changed_and_strangers_see_nothing() {
    let share = Share::open();
    write(&share.ada("Finals/Song.wav"), b"final");
    let mix = share.place.path().join("mix.wav");
    write(&mix, b"mix");
    let (from, to) = (mix.display(), share.place.path().join("back.wav"));

    let fetched = share.does("ada-finals", &format!("get Song.wav {}", to.display()));
    assert!(fetched.status.success(), "{}", said(&fetched));
    assert_eq!(std::fs::read(&to).unwrap(), b"final");
    for (place, command) in [
        ("ada-finals", format!("put {from} Song.wav")),
        ("ada-finals", format!("put {from} New.wav")),
        ("ada-finals", "rename Song.wav Other.wav".to_owned()),
        ("ada-finals", "mkdir New".to_owned()),
        ("ada", format!("put {from} Finals\\Song.wav")),
        ("ada", format!("put {from} Finals\\New.wav")),
        ("ada", "rename Finals Mine".to_owned()),
        ("ada", "rmdir Finals".to_owned()),
        ("ada", "mkdir finals".to_owned()),
    ] {
        let refused = share.does(place, &command);
        assert!(
            said(&refused).contains("NT_STATUS_"),
            "{place}: {command}: {}",
            said(&refused)
        );
    }
    // smbclient's `del` reports success for what it did not find.
    share.does("ada", "del Finals\\Song.wav");
    share.does("ada-finals", "del Song.wav");
    assert_eq!(
        std::fs::read(share.ada("Finals/Song.wav")).unwrap(),
        b"final"
    );
    assert_eq!(std::fs::read_dir(share.ada("Finals")).unwrap().count(), 1);
    assert!(!said(&share.does("ada", "ls")).contains("Finals"));

    let strangers = share
        .client("bob", "ada", "ls")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        said(&strangers).contains("NT_STATUS_ACCESS_DENIED"),
        "{}",
        said(&strangers)
    );
    let nobody = Command::new("smbclient")
        .args([
            "-s",
            "/dev/null",
            "-p",
            &share.port.to_string(),
            "-N",
            "//127.0.0.1/ada",
            "-c",
            "ls",
        ])
        .output()
        .unwrap();
    assert!(!nobody.status.success(), "{}", said(&nobody));
}

#[test]
fn a_writer_who_pauses_for_eight_seconds_is_waited_for() {
    let mut share = Share::open();
    let mut client = share.slow_upload("Song.wav");
    let mut input = client.stdin.take().unwrap();
    input.write_all(&vec![1; HALF]).unwrap();
    share.until_bytes("Song.wav", 1_000_000);
    // A rule of three quiet seconds took half of such a file.
    let early = share.next_within(Duration::from_secs(8));
    assert!(
        early.is_none(),
        "taken while it is being written: {early:?}"
    );
    let waiting = share.watcher.as_ref().unwrap().waiting();
    assert_eq!(
        waiting.iter().map(|one| one.why).collect::<Vec<_>>(),
        [Why::BeingWritten]
    );
    input.write_all(&vec![2; HALF]).unwrap();
    drop(input);
    assert!(client.wait().unwrap().success());
    assert_eq!(share.arrival().bytes, 2 * HALF as u64);
}

#[test]
fn a_client_killed_in_mid_upload_is_followed_by_the_whole_file_as_another_arrival() {
    let mut share = Share::open();
    let mut client = share.slow_upload("Song.wav");
    let mut input = client.stdin.take().unwrap();
    input.write_all(&vec![1; HALF]).unwrap();
    share.until_bytes("Song.wav", 1_000_000);
    client.kill().unwrap();
    client.wait().unwrap();
    // Nothing outside the file itself tells it from a finished one: decoding does.
    let cut = share.arrival();
    assert!(cut.bytes < 2 * HALF as u64);

    let mut client = share.slow_upload("Song.wav");
    client
        .stdin
        .take()
        .unwrap()
        .write_all(&vec![1; 2 * HALF])
        .unwrap();
    assert!(client.wait().unwrap().success());
    let whole = share.arrival();
    assert_eq!(
        (whole.bytes, whole.path.as_path()),
        (2 * HALF as u64, Path::new("Song.wav"))
    );
    assert_ne!(whole.fingerprint, cut.fingerprint);
}

#[test]
fn an_account_without_a_password_is_shut_out_and_let_in_again_by_a_new_one() {
    let share = Share::open();
    let conf = share.place.path().join("smb.conf");
    let ada = SmbAccount::with_unix_user("ada", "games", share.ada("")).unwrap();
    share
        .runtime
        .block_on(smb::remove_password(&conf, &ada))
        .unwrap();
    let refused = share.does("ada", "ls");
    assert!(
        said(&refused).contains("NT_STATUS_LOGON_FAILURE"),
        "{}",
        said(&refused)
    );
    share
        .runtime
        .block_on(smb::set_password(&conf, &ada, PASSWORD))
        .unwrap();
    share.runtime.block_on(smb::reload(&conf)).unwrap();
    let admitted = share.does("ada", "ls");
    assert!(admitted.status.success(), "{}", said(&admitted));
    let unknown = SmbAccount::new("nobody-here", share.ada("")).unwrap();
    let failed = share
        .runtime
        .block_on(smb::set_password(&conf, &unknown, PASSWORD));
    assert!(
        matches!(failed, Err(smb::SmbError::Refused { .. })),
        "{failed:?}"
    );
}
