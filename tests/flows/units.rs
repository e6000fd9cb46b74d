//! The service as systemd runs it: ready when it answers, fed while it advances, shut in and still at work.

use std::fs::File;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use flows::booted::Booted;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::{Lacquer, Settings, until};
use serde_json::Value;

/// The socket on which systemd would listen.
struct Manager {
    socket: UnixDatagram,
}

impl Manager {
    fn listen(path: &Path) -> Self {
        let socket = UnixDatagram::bind(path).unwrap();
        Self { socket }
    }

    /// The next thing the daemon says; none if it keeps still for `patience`.
    fn hears(&self, patience: Duration) -> Option<String> {
        let mut said = [0; 512];
        self.socket.set_read_timeout(Some(patience)).unwrap();
        let length = self.socket.recv(&mut said).ok()?;
        Some(String::from_utf8_lossy(&said[..length]).trim().to_owned())
    }
}

/// How often the dog wants food; the daemon feeds it three times as often.
const WATCHDOG: Duration = Duration::from_secs(3);

#[test]
fn systemd_is_told_when_the_house_opens_advances_and_closes() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("notify");
    let manager = Manager::listen(&path);
    let mut lacquer = Lacquer::prepare(&Settings {
        wrapper: vec![
            "env".to_owned(),
            format!("NOTIFY_SOCKET={}", path.display()),
            format!("WATCHDOG_USEC={}", WATCHDOG.as_micros()),
        ],
        ..Settings::default()
    });
    lacquer.spawn();
    assert_eq!(manager.hears(PATIENCE).as_deref(), Some("READY=1"));
    // Ready means that whoever asks now is answered, at the first try.
    let health = ureq::get(format!("{}/healthz", lacquer.web)).call();
    assert_eq!(health.unwrap().status(), 200);
    for _ in 0..3 {
        assert_eq!(manager.hears(PATIENCE).as_deref(), Some("WATCHDOG=1"));
    }

    // The database's disk hangs: the web still answers, but the dog goes hungry.
    let mut hang = hang_writer(lacquer.pid());
    let mut write = Command::new(flows::lacquer::program())
        .arg("--data")
        .arg(lacquer.data())
        .args(["user", "add", "--login", "ada", "--name", "Ada"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the watchdog goes unfed", PATIENCE, || {
        manager.hears(WATCHDOG).is_none().then_some(())
    });
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&hang),
        rustix::process::Signal::TERM,
    )
    .unwrap();
    hang.wait().unwrap();
    assert!(write.wait().unwrap().success(), "{}", lacquer.log());
    assert_eq!(manager.hears(PATIENCE).as_deref(), Some("WATCHDOG=1"));

    assert!(lacquer.stop().success(), "{}", lacquer.log());
    until("systemd hears that it stops", PATIENCE, || {
        (manager.hears(PATIENCE)? == "STOPPING=1").then_some(())
    });
}

/// Makes every sync of the database writer's thread take longer than the test, until strace is ended.
fn hang_writer(pid: u32) -> std::process::Child {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let writer = threads
        .map(|thread| thread.unwrap().path())
        .find(|thread| {
            let name = std::fs::read_to_string(thread.join("comm")).unwrap_or_default();
            name.trim() == "vault-writer"
        })
        .expect("the writer has a thread of its own");
    let status = writer.join("status");
    let id = writer.file_name().unwrap().to_str().unwrap().to_owned();
    let hang = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "-p", &id])
        .args(["-e", "trace=fdatasync,fsync"])
        .args(["-e", "inject=fdatasync,fsync:delay_enter=600000000"])
        .spawn()
        .unwrap();
    until("strace has hold of the writer", PATIENCE, || {
        let status = std::fs::read_to_string(&status).ok()?;
        let tracer = status.lines().find_map(|l| l.strip_prefix("TracerPid:"))?;
        (tracer.trim() != "0").then_some(())
    });
    hang
}

#[test]
fn under_a_real_systemd_it_works_is_watched_and_stops_in_order() {
    let place = tempfile::tempdir().unwrap();
    let song = Song {
        seconds: 6.0,
        ..Song::default()
    }
    .write(&place.path().join("Night Drive.wav"));
    let machine = Booted::boot();
    machine.run(&["sh", "-euc", RECIPIENT]);
    // Only the dog's patience is shorter than in the unit that ships, and a studio's own settings are added.
    machine.run(&["sh", "-euc", DROP_IN]);
    // With Type=notify this returns once the daemon has said that it is ready.
    machine.run(&["systemctl", "start", "lacquer"]);
    assert_eq!(machine.property("ActiveState"), "active");
    machine.run(&["curl", "-sSf", "http://127.0.0.1:8080/healthz"]);
    let fed = machine.property("WatchdogTimestampMonotonic");
    until("the watchdog is fed", PATIENCE, || {
        (machine.property("WatchdogTimestampMonotonic") != fed).then_some(())
    });

    let number = upload(&machine, &song);
    until_reference(&machine, &number);
    reaches_a_recipient(&machine, &number);

    let first = machine.property("MainPID");
    machine.run(&["kill", "-STOP", &first]);
    until("systemd starts the stopped daemon again", PATIENCE, || {
        let again = machine.property("ActiveState") == "active"
            && machine.property("NRestarts") == "1"
            && machine.property("MainPID") != first;
        again.then_some(())
    });
    until_reference(&machine, &number);

    machine.run(&["systemctl", "stop", "lacquer"]);
    let facts = ["ActiveState", "Result", "ExecMainStatus"].map(|name| machine.property(name));
    assert_eq!(facts, ["inactive", "success", "0"]);
    let journal = machine.journal();
    for line in [
        "Lacquer is open",
        "stopping: uploads end",
        "Watchdog timeout",
    ] {
        assert!(journal.contains(line), "{line:?} is not in:\n{journal}");
    }
}

/// A distributor's SFTP server in the box, and a profile that names it by its key.
const RECIPIENT: &str = r#"
mkdir -p /run/sshd /run/ingest/incoming /etc/lacquer/profiles
cd /run/ingest
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N '' -f login
cat >conf <<END
Port 2222
ListenAddress 127.0.0.1
HostKey /run/ingest/host
AuthorizedKeysFile /run/ingest/login.pub
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d /run/ingest
END
/usr/sbin/sshd -f conf
key=$(ssh-keygen -lf host.pub | cut -d' ' -f2)
cat >/etc/lacquer/profiles/ingest.toml <<END
title = "Ingest"
formats = ["wav-24"]
[upload]
to = "sftp://root@127.0.0.1:2222/run/ingest/incoming"
host_key = "$key"
secret = "ingest.key"
layout = "folder"
END
sed "s|^host_key = .*|host_key = \"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"|" \
    /etc/lacquer/profiles/ingest.toml >/etc/lacquer/profiles/other.toml
printf '[deliveries]\nprofiles = "/etc/lacquer/profiles"\n' >/etc/lacquer/lacquer.toml
chmod -R a+rX /etc/lacquer
"#;

/// What a studio adds to the unit: its settings, and the key for its distributor.
const DROP_IN: &str = r"
mkdir -p /run/systemd/system/lacquer.service.d
cat >/run/systemd/system/lacquer.service.d/studio.conf <<END
[Service]
WatchdogSec=9
LoadCredential=ingest.key:/run/ingest/login
ExecStart=
ExecStart=/usr/bin/lacquer serve --data /var/lib/lacquer --config /etc/lacquer/lacquer.toml
END
systemctl daemon-reload
";

/// OpenSSH's client is a child of the daemon, within its walls: it knows the server by its key, gets in by a credential of
/// systemd's, and finds the folder open; by another key nothing is sent.
fn reaches_a_recipient(machine: &Booted, number: &str) {
    let try_it = |profile: &str| {
        let words = [
            "lacquer",
            "--data",
            "/var/lib/lacquer",
            "release",
            "try",
            number,
            profile,
        ];
        let tried = machine.try_run(&words);
        let said = [tried.stdout, tried.stderr].concat();
        (
            tried.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    };
    let (is_good, said) = try_it("ingest");
    assert!(
        is_good && said.contains("it let us in"),
        "{said}\n{}",
        machine.journal()
    );
    let (is_good, said) = try_it("other");
    assert!(!is_good && said.contains("SHA256:AAAA"), "{said}");
}

/// A client's upload by FTP into the running box; gives the order's number.
fn upload(machine: &Booted, song: &Path) -> String {
    let lacquer = "lacquer --data /var/lib/lacquer";
    machine.run(&[
        "sh",
        "-c",
        &format!("echo pw-ada-1234 | {lacquer} user add --login ada --name Ada --password-stdin"),
    ]);
    let words = format!("{lacquer} order new --client ada --title Night --songs 1 --json");
    let opened: Value = serde_json::from_str(&machine.run(&["sh", "-c", &words])).unwrap();
    let number = opened["number"].as_str().unwrap().to_owned();
    let sent = machine
        .command(&[
            "curl",
            "-sS",
            "--user",
            "ada:pw-ada-1234",
            "--upload-file",
            "-",
        ])
        .args(["--ftp-create-dirs"])
        .arg(format!("ftp://127.0.0.1:2121/{number}/Night%20Drive.wav"))
        .stdin(File::open(song).unwrap())
        .output()
        .unwrap();
    assert!(sent.status.success(), "{sent:?}\n{}", machine.journal());
    number
}

fn until_reference(machine: &Booted, number: &str) {
    let words = [
        "lacquer",
        "--data",
        "/var/lib/lacquer",
        "order",
        "show",
        number,
        "--json",
    ];
    until("the reference can be heard", PATIENCE, || {
        let shown = machine.try_run(&words);
        let order: Value = serde_json::from_slice(&shown.stdout).ok()?;
        let stage = &order["project"]["stage"];
        (stage["stage"] == "in_review" && stage["revision"] == 1).then_some(())
    });
}
