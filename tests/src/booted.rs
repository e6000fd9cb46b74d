//! A box that was switched on: a real systemd as PID 1, in namespaces over this machine's own root.
//!
//! What it writes goes into memory and is gone with it. Needs root and a mounted cgroup2.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::lacquer::program;
use crate::wait::until;

/// How long a start may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running box with Lacquer's unit installed, not yet started.
pub struct Booted {
    outside: Child,
    init: u32,
    cgroup: PathBuf,
    folder: tempfile::TempDir,
}

impl Booted {
    /// Boots it.
    ///
    /// # Panics
    /// Where the machine allows no namespaces, or systemd does not come up; with its last words.
    #[must_use]
    pub fn boot() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a box");
        let place = folder.path().join("box");
        std::fs::create_dir(&place).expect("the folder is ours");
        let console = std::fs::File::create_new(folder.path().join("console"))
            .expect("the console can be written");
        let cgroup = cgroup2().join(format!("lacquer-box-{}", std::process::id()));
        std::fs::create_dir(&cgroup).expect("root makes control groups");
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let enter = "echo $$ >\"$0/cgroup.procs\" && exec unshare --mount --pid --uts --ipc --net \
                     --cgroup --fork --kill-child=SIGKILL sh \"$@\"";
        let outside = Command::new("sh")
            .args(["-c", enter])
            .arg(&cgroup)
            .arg(project.join("src/boot.sh"))
            .arg(&place)
            .arg(program())
            .arg(project.with_file_name("systemd"))
            .stdin(Stdio::null())
            .stderr(console.try_clone().expect("a file has two handles"))
            .stdout(console)
            .spawn()
            .expect("sh runs");
        let mut booted = Self {
            outside,
            init: 0,
            cgroup,
            folder,
        };
        booted.wait_for_systemd();
        booted
    }

    fn wait_for_systemd(&mut self) {
        let outside = self.outside.id();
        let children = format!("/proc/{outside}/task/{outside}/children");
        self.init = until("a first process", PATIENCE, || {
            self.must_live();
            let children = std::fs::read_to_string(&children).ok()?;
            children.split_whitespace().next()?.parse().ok()
        });
        until("systemd has started the box", PATIENCE, || {
            self.must_live();
            let state = self.try_run(&["systemctl", "is-active", "box.target"]);
            state.status.success().then_some(())
        });
    }

    fn must_live(&mut self) {
        if let Ok(Some(status)) = self.outside.try_wait() {
            panic!("the box ended with {status}:\n{}", self.console());
        }
    }

    /// What systemd printed on the console.
    #[must_use]
    pub fn console(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("console")).unwrap_or_default()
    }

    /// Runs a command in the box.
    #[must_use]
    pub fn try_run(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("nsenter runs")
    }

    /// Runs a command in the box that must succeed, and gives its standard output.
    pub fn run(&self, words: &[&str]) -> String {
        let done = self.try_run(words);
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            done.status.success(),
            "{words:?} ended with {}:\n{}{}\n{}",
            done.status,
            said(&done.stdout),
            said(&done.stderr),
            self.journal()
        );
        said(&done.stdout)
    }

    /// A command that will run in the box.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.init.to_string()])
            .args([
                "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--",
            ])
            .args([
                "env",
                "-i",
                "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG=C.UTF-8",
            ])
            .args(words)
            .stdin(Stdio::null());
        command
    }

    /// A property of the service as systemd shows it.
    #[must_use]
    pub fn property(&self, name: &str) -> String {
        let words = ["systemctl", "show", "lacquer", "--value", "-p", name];
        self.run(&words).trim().to_owned()
    }

    /// What the service wrote into the journal.
    #[must_use]
    pub fn journal(&self) -> String {
        let words = [
            "journalctl",
            "--no-pager",
            "-o",
            "short-monotonic",
            "-u",
            "lacquer",
        ];
        String::from_utf8_lossy(&self.try_run(&words).stdout).into_owned()
    }
}

impl Drop for Booted {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- the box's console\n{}", self.console());
            if self.init != 0 {
                eprintln!("--- the journal\n{}", self.journal());
            }
        }
        // With its first process all others of the box go, and its mounts with them.
        let _ = self.outside.kill();
        let _ = self.outside.wait();
        let emptied = || remove_groups(&self.cgroup).ok();
        let began = std::time::Instant::now();
        while emptied().is_none() && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn cgroup2() -> PathBuf {
    let mounts = std::fs::read_to_string("/proc/mounts").expect("/proc is mounted");
    let found = mounts.lines().find_map(|line| {
        let mut words = line.split(' ');
        let place = words.nth(1)?;
        (words.next()? == "cgroup2").then(|| PathBuf::from(place))
    });
    found.expect("cgroup2 is mounted somewhere")
}

fn remove_groups(group: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_groups(&entry.path())?;
        }
    }
    std::fs::remove_dir(group)
}
