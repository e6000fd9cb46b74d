//! Faults of the computer under the daemon: system calls that fail, and a disk that is full.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use flows::desk::list;
use flows::lacquer::PATIENCE;
use flows::mixes::Song;
use flows::remote::{Answer, Remote, sha256, tell};
use flows::{Lacquer, Settings, until};
use serde_json::{Value, json};

/// Calls that fail in one run of this test, at least.
const FAULTS: usize = 100;
/// Rounds after which the test gives up looking for calls to fail.
const MOST_ROUNDS: usize = 120;
/// A thread's last call of a kind that is made to fail; few threads make more in a round.
const DEEPEST: usize = 8;
/// How long a round lasts, in which a client sends a mix and calls fail.
const ROUND: Duration = Duration::from_secs(30);

/// Calls that touch files, and the errors that disks and kernels give them. `write` is left to
/// the full disk: the daemon's own pipes and sockets are written with it as well.
const KINDS: [(&str, &[&str]); 7] = [
    ("openat", &["EMFILE", "EIO"]),
    ("pwrite64", &["ENOSPC", "EIO"]),
    ("fsync", &["EIO", "ENOSPC"]),
    ("fdatasync", &["EIO"]),
    ("renameat2", &["EIO", "ENOSPC"]),
    ("unlinkat,unlink", &["EIO"]),
    ("ftruncate", &["ENOSPC", "EIO"]),
];

/// `strace` on a running daemon, which makes calls fail until it is dropped.
struct Saboteur {
    strace: Child,
    log: PathBuf,
}

impl Saboteur {
    /// From now on, the `nth` call of each of these kinds fails in every thread.
    fn attach(lacquer: &Lacquer, log: PathBuf, faults: &[(&str, &str, usize)]) -> Self {
        let names: Vec<&str> = faults.iter().map(|f| f.0).collect();
        let mut command = Command::new("strace");
        command
            .args(["-f", "-qq", "-o"])
            .arg(&log)
            .args(["-p", &lacquer.pid().to_string()])
            .args(["-e", &format!("trace={}", names.join(","))]);
        for (call, error, nth) in faults {
            command.args(["-e", &format!("inject={call}:error={error}:when={nth}")]);
        }
        let strace = command
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("strace runs");
        let status = format!("/proc/{}/status", lacquer.pid());
        until("strace has attached", PATIENCE, || {
            let status = std::fs::read_to_string(&status).ok()?;
            let tracer = status
                .lines()
                .find_map(|line| line.strip_prefix("TracerPid:"))?;
            (tracer.trim() != "0").then_some(())
        });
        Self { strace, log }
    }

    /// Lets go of the daemon and says how many calls failed.
    fn let_go(mut self) -> usize {
        let pid = rustix::process::Pid::from_child(&self.strace);
        // It may have ended with the daemon.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        self.strace.wait().expect("our strace can be waited for");
        let text = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&text)
            .lines()
            .filter(|line| line.ends_with("(INJECTED)"))
            .count()
    }
}

/// A studio that promises things while calls fail under it.
struct House {
    lacquer: Lacquer,
    remote: Remote,
    place: tempfile::TempDir,
    song: PathBuf,
    staff: String,
    /// What FTP and the API said yes to: the mixes and orders that must be there ever after.
    sent: BTreeMap<String, String>,
    opened: Vec<String>,
}

impl House {
    fn open() -> Self {
        let lacquer = Lacquer::start();
        lacquer.add_client("ada", "");
        lacquer.add_staff("mia");
        let staff = lacquer.log_in("mia");
        let place = tempfile::tempdir().unwrap();
        let song = Song {
            seconds: 3.0,
            ..Song::default()
        }
        .write(&place.path().join("Song.wav"));
        Self {
            remote: Remote::of(&lacquer),
            lacquer,
            place,
            song,
            staff,
            sent: BTreeMap::new(),
            opened: Vec::new(),
        }
    }

    /// Has a client order and send a mix while calls fail. Returns how many did.
    fn round(&mut self, round: usize) -> usize {
        // From the first call of each thread on, deeper with every round; another error each time.
        let nth = round / 2 % DEEPEST + 1;
        let faults: Vec<(&str, &str, usize)> = KINDS
            .iter()
            .skip(round % 2)
            .step_by(2)
            .map(|(call, errors)| (*call, errors[round / 2 % errors.len()], nth))
            .collect();
        let log = self.place.path().join(format!("{round}.strace"));
        let saboteur = Saboteur::attach(&self.lacquer, log, &faults);
        self.ask_and_send(round);
        let began = Instant::now();
        while self.lacquer.is_running() && began.elapsed() < ROUND && !self.is_idle() {
            std::thread::sleep(Duration::from_millis(200));
        }
        let failed = saboteur.let_go();
        // Still there, or ended in order because a write failed for good; never stuck.
        if !self.lacquer.is_running() || self.remote.get("/healthz") != Some(200) {
            self.lacquer.kill();
            self.lacquer.launch();
        }
        self.check_promises();
        failed
    }

    fn ask_and_send(&mut self, round: usize) {
        let order = json!({
            "client_login": "ada", "title": format!("Song {round}"), "service": "instant", "songs": 1,
        });
        let asked = self.remote.ask("POST", "/orders", &self.staff, &order);
        let number = match asked {
            Answer::Given(opened) => opened["number"].as_str().unwrap().to_owned(),
            Answer::Refused(status, words) => {
                assert!(status >= 500, "{status} {words}");
                return;
            }
            Answer::Gone => return,
        };
        self.opened.push(number.clone());
        let path = format!("{number}/Song.wav");
        let sent = self.remote.send("ada", &self.song, &path, &[]);
        if sent.status.success() {
            self.sent.insert(number, path);
        }
    }

    /// Whether the newest order has got its reference, so that there is nothing to fail any more.
    fn is_idle(&self) -> bool {
        let Some(number) = self.opened.last() else {
            return true;
        };
        let address = format!("/orders/{number}");
        let order = self.remote.ask("GET", &address, &self.staff, &Value::Null);
        let is_sent = self.sent.contains_key(number);
        order
            .given()
            .is_some_and(|order| !is_sent || order["project"]["stage"]["stage"] == "in_review")
    }

    fn check_promises(&self) {
        for number in &self.opened {
            let address = format!("/orders/{number}");
            let order = self.remote.ask("GET", &address, &self.staff, &Value::Null);
            assert!(matches!(order, Answer::Given(_)), "{number}: {order:?}");
        }
        let song = sha256(&self.song);
        for path in self.sent.values() {
            assert_eq!(sha256(&self.lacquer.dropbox("ada").join(path)), song);
        }
        let log = self.lacquer.log();
        assert!(!log.contains("panicked at"), "{log}");
    }
}

#[test]
fn no_failing_call_makes_the_daemon_panic_hang_or_promise_what_is_not_so() {
    let began = Instant::now();
    let mut house = House::open();
    let (mut failed, mut rounds) = (0, 0);
    while failed < FAULTS && rounds < MOST_ROUNDS {
        failed += house.round(rounds);
        rounds += 1;
    }
    tell(&format!(
        "{failed} calls failed in {rounds} rounds, {:?}",
        began.elapsed()
    ));
    assert!(
        failed >= FAULTS,
        "only {failed} calls could be made to fail"
    );
    // A last start without faults: everything that was acknowledged is finished.
    house.lacquer.kill();
    house.lacquer.launch();
    for (number, path) in &house.sent {
        let order = until(&format!("{number} is ready"), PATIENCE, || {
            let order = house.lacquer.show(number);
            (order["project"]["stage"]["stage"] == "in_review").then_some(order)
        });
        let mixes = order["project"]["mixes"].as_object().unwrap();
        assert_eq!(mixes.len(), 1, "{path} is taken once");
    }
    house.check_promises();
    assert!(house.lacquer.stop().success(), "it stops in order");
}

/// A small disk of its own, taken away again at the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, mib: u32) -> Self {
        std::fs::create_dir(&at).unwrap();
        let size = format!("size={mib}m");
        flows::clients::run(
            Command::new("mount")
                .args(["-t", "tmpfs", "-o", &size, "lacquer-test"])
                .arg(&at),
        );
        Self(at)
    }

    /// Fills the disk until so many MiB are free.
    fn leave_free(&self, mib: u64) -> PathBuf {
        let free = rustix::fs::statvfs(&self.0).unwrap();
        let free = free.f_bavail * free.f_frsize;
        let ballast = self.0.join("ballast");
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&ballast)
            .unwrap();
        let piece = vec![1u8; 1 << 20];
        for _ in 0..(free >> 20).saturating_sub(mib) {
            file.write_all(&piece).unwrap();
        }
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|s| s.success()) || std::thread::panicking());
    }
}

#[test]
fn a_full_disk_refuses_uploads_and_work_goes_on_by_itself_when_there_is_room() {
    let place = tempfile::tempdir().unwrap();
    let disk = SmallDisk::mount(place.path().join("disk"), 160);
    let mut lacquer = Lacquer::start_with(&Settings {
        data: Some(disk.0.join("data")),
        sections: vec![("disk", "reserve_bytes = 8000000".to_owned())],
        ..Settings::default()
    });
    lacquer.add_client("ada", "");
    lacquer.add_staff("mia");
    let remote = Remote::of(&lacquer);
    let (number, portal) = lacquer.order("ada", "Full", &[]);
    let song = |name: &str, key: u32| {
        let song = Song {
            key,
            ..Song::default()
        };
        song.write(&place.path().join(name))
    };
    let (first, second) = (song("First.wav", 1), song("Second.wav", 2));
    let taken = |name: &str| {
        let order = lacquer.show(&number);
        let mixes = order["project"]["mixes"].as_object().unwrap().clone();
        mixes.values().filter(|m| m["file_name"] == name).count()
    };

    // Nothing but the reserve is left: what comes over the share waits, uploads are refused.
    let ballast = disk.leave_free(9);
    std::fs::copy(&first, lacquer.dropbox("ada").join("First.wav")).unwrap();
    check_ftp_is_refused(&remote, &second);
    check_upload_is_refused(&lacquer, &number, &portal, &second);
    assert!(!lacquer.dropbox("ada").join("Second.wav").exists());
    until("the check waits for room", PATIENCE, || {
        lacquer
            .log()
            .contains("no room: the job waits")
            .then_some(())
    });
    // The studio can still be entered and asked.
    let staff = lacquer.log_in("mia");
    let _ = lacquer.order_seen(&number, &staff);
    assert_eq!(remote.get("/healthz"), Some(200));
    assert_eq!(remote.get(&format!("/p/{portal}")), Some(200));
    assert_eq!((taken("First.wav"), taken("Second.wav")), (0, 0));

    // Not one byte is left: what cannot be written is refused in words, and reading goes on.
    disk.leave_free(0);
    fill_to_the_last_byte(&ballast);
    let login = json!({ "login": "mia", "password": "pw-mia-1234" });
    match remote.ask("POST", "/session", "", &login) {
        Answer::Given(_) => {}
        Answer::Refused(status, words) => assert_eq!(status, 507, "{words}"),
        Answer::Gone => panic!("the daemon is gone: {}", lacquer.log()),
    }
    let _ = lacquer.order_seen(&number, &staff);

    std::fs::remove_file(&ballast).unwrap();
    until("the waiting mix is taken by itself", PATIENCE, || {
        (taken("First.wav") == 1).then_some(())
    });
    assert!(
        remote
            .send("ada", &second, "Second.wav", &[])
            .status
            .success()
    );
    until("the refused mix is taken", PATIENCE, || {
        (taken("Second.wav") == 1).then_some(())
    });
    let _ = lacquer.log_in("mia");
    assert_eq!(list(&lacquer.show(&number)["held"]).len(), 0);
    let log = lacquer.log();
    assert!(!log.contains("panicked at"), "{log}");
    assert!(lacquer.is_running(), "it has run through: {log}");
    assert!(lacquer.stop().success());
}

fn fill_to_the_last_byte(ballast: &Path) {
    let mut file = File::options().append(true).open(ballast).unwrap();
    for bytes in [65_536, 4_096, 512, 1] {
        while file.write_all(&vec![1; bytes]).is_ok() {}
    }
}

/// FTP answers 452 and says why, and its client hears it.
fn check_ftp_is_refused(remote: &Remote, file: &Path) {
    let refused = remote.send("ada", file, "Second.wav", &["--verbose"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("452"), "{said}");
    assert!(said.contains("disk is full"), "{said}");
}

/// The portal's upload answers 507.
fn check_upload_is_refused(lacquer: &Lacquer, number: &str, portal: &str, file: &Path) {
    let answer = Command::new("curl")
        .args(["-sS", "-o", "/dev/null", "-w", "%{http_code}"])
        .args(["-X", "POST", "-H", "Content-Type: application/octet-stream"])
        .args(["-H", &format!("Authorization: Bearer {portal}")])
        .arg("--data-binary")
        .arg(format!("@{}", file.display()))
        .arg(format!(
            "{}/api/v1/orders/{number}/uploads/Second.wav",
            lacquer.web
        ))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&answer.stdout), "507");
}
