//! What every test of the vault needs: a vault in a folder of its own, and a second life of the test
//! itself as a child process that may be killed.

use std::fs::File;
use std::io::{Seek, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use vault::{
    EventRow, JobRow, PersonRow, PersonState, ProjectRow, Recovery, Reserve, Vault, VaultConfig,
    VaultError, Write,
};

pub(crate) const PROJECT: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const OTHER_PROJECT: &str = "fedcba9876543210fedcba9876543210";
pub(crate) const CLIENT: &str = "11111111111111111111111111111111";

/// Tells the test that it is the child, and in which folder the vault lies.
pub(crate) const CHILD: &str = "VAULT_TEST_CHILD";

pub(crate) fn try_open(root: &Path) -> Result<(Vault, Recovery), VaultError> {
    Vault::open(VaultConfig {
        root: root.to_owned(),
        reserve: Reserve {
            bytes: 0,
            percent: 0,
        },
    })
}

#[track_caller]
pub(crate) fn open(root: &Path) -> (Vault, Recovery) {
    // A child that another test is about to start holds this process's locks until it has become
    // another program.
    for _ in 0..250 {
        match try_open(root) {
            Err(VaultError::InUse { .. }) => std::thread::sleep(Duration::from_millis(20)),
            opened => return opened.expect("the vault opens"),
        }
    }
    try_open(root).expect("the vault opens")
}

pub(crate) fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

/// Bytes that no two numbers share, long enough for several of age's chunks.
pub(crate) fn mix(number: u64, length: usize) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

pub(crate) fn person(id: &str, login: &str) -> Write {
    Write::Person(PersonRow {
        id: id.into(),
        login: login.into(),
        role: "client".into(),
        name: "First Client".into(),
        email: "client@example.org".into(),
        password_hash: None,
        created_ms: 1,
        state: PersonState::Active,
    })
}

pub(crate) fn project(id: &str, number: &str) -> Write {
    Write::Project(ProjectRow {
        id: id.into(),
        number: number.into(),
        client: CLIENT.into(),
        title: "First Song".into(),
        created_ms: 2,
    })
}

pub(crate) fn event(project: &str, seq: u64) -> Write {
    Write::Event(EventRow {
        project: project.into(),
        seq,
        at_ms: 3,
        actor: CLIENT.into(),
        kind: "mix_received".into(),
        schema: 1,
        body: "{}".into(),
    })
}

pub(crate) fn job(key: &str, project: &str, priority: i32) -> Write {
    Write::Job(JobRow {
        key: key.into(),
        kind: "check".into(),
        project: Some(project.into()),
        body: "{}".into(),
        priority,
        not_before_ms: 0,
        max_attempts: 3,
    })
}

/// Two projects of one client.
pub(crate) fn furnish(vault: &Vault) {
    vault
        .commit_blocking(vec![
            person(CLIENT, "first"),
            project(PROJECT, "LQ-1001"),
            project(OTHER_PROJECT, "LQ-1002"),
        ])
        .unwrap();
}

pub(crate) fn object_path(root: &Path, sha256: &str) -> PathBuf {
    root.join("objects")
        .join(PROJECT)
        .join(format!("{sha256}.age"))
}

/// The folder this process is the child for, if it is one.
pub(crate) fn child_of() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// This very test as a child process, under `strace` with `inject` where that is not empty.
pub(crate) fn child(test: &str, root: &Path, inject: &[String]) -> Command {
    let me = std::env::current_exe().unwrap();
    let mut command = if inject.is_empty() {
        Command::new(me)
    } else {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null"]);
        for one in inject {
            strace.args(["-e", one]);
        }
        strace.arg(me);
        strace
    };
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, root)
        .env("RUST_BACKTRACE", "0");
    command
}
