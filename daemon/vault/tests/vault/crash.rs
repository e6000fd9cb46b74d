//! Kills, and system calls that fail: nothing acknowledged is lost, nothing half is visible.
//!
//! Each test runs itself a second time as a child process, which works in a vault until it is
//! killed or `strace` makes one of its system calls fail.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio, exit};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use vault::{CommitError, Vault, VaultError};

use crate::house::{PROJECT, child, child_of, event, file_of, furnish, mix, open, try_open};

/// How a child ends that was not killed.
const ACKNOWLEDGED: i32 = 42;
const REFUSED: i32 = 43;

/// Longest time any child may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn song(number: u64) -> Vec<u8> {
    // Several chunks, and never twice the same length.
    let length = 30_000 + number * 7_919 % 200_000;
    mix(number, usize::try_from(length).unwrap())
}

fn made(root: &Path) {
    let (vault, _) = open(root);
    furnish(&vault);
}

#[test]
fn a_killed_daemon_keeps_all_it_acknowledged() {
    if let Some(root) = child_of() {
        store_for_ever(&root);
    }
    let root = tempfile::tempdir().unwrap();
    made(root.path());
    let mut acknowledged = Vec::new();
    for round in 0..40u64 {
        // Between the start and the middle of the third store or so.
        let life = Duration::from_millis(20 + round * 37 % 160);
        acknowledged.extend(killed_after(root.path(), life));
        // Every fourth time nobody looks before the next daemon starts.
        if round % 4 != 3 {
            continue;
        }
        let (vault, recovery) = open(root.path());
        assert_eq!(recovery.missing, []);
        let events = vault.events(PROJECT, 0).unwrap();
        for number in &acknowledged {
            let name = sha256(&song(*number));
            vault.copy_to_scratch(PROJECT, &name).unwrap();
            assert!(events.iter().any(|event| event.seq == *number));
        }
        no_drafts(root.path());
    }
    println!("{} stores acknowledged over 40 kills", acknowledged.len());
    assert!(acknowledged.len() > 40, "the children got to work");
}

/// The child: stores song after song, and says each number once its event is committed.
fn store_for_ever(root: &Path) -> ! {
    let (vault, _) = open(root);
    let mut number = vault.counts().unwrap().events;
    loop {
        number += 1;
        vault
            .store(PROJECT, "mix", &mut file_of(&song(number)))
            .unwrap();
        vault.commit_blocking(vec![event(PROJECT, number)]).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nstored {number}").unwrap();
        out.flush().unwrap();
    }
}

fn killed_after(root: &Path, life: Duration) -> Vec<u64> {
    let test = "crash::a_killed_daemon_keeps_all_it_acknowledged";
    let mut running = child(test, root, &[])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let (said, hear) = mpsc::channel();
    let reading = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let number = line.strip_prefix("stored ").map(|n| n.parse().unwrap());
            // The main thread may have stopped listening; what was said still counts below.
            if let Some(number) = number {
                said.send(number).unwrap();
            }
        }
    });
    let end = Instant::now() + life;
    let mut numbers: Vec<u64> = Vec::new();
    while let Ok(number) = hear.recv_timeout(end.saturating_duration_since(Instant::now())) {
        numbers.push(number);
    }
    running.kill().unwrap();
    running.wait().unwrap();
    reading.join().unwrap();
    numbers.extend(hear.try_iter());
    numbers
}

fn no_drafts(root: &Path) {
    for folder in [
        "objects",
        &format!("objects/{PROJECT}"),
        "keys/projects",
        "scratch",
    ] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else {
            continue;
        };
        for entry in entries {
            let name = entry.unwrap().file_name();
            assert!(!durable::is_draft_name(&name), "{name:?} in {folder}");
        }
    }
}

/// Fails the nth call of each kind, for every n up to some, while a song is stored; then looks.
fn every_call(calls: &[(&str, &str, u32)]) -> Vec<(String, i32)> {
    let mut ends = Vec::new();
    for (call, fault, most) in calls {
        for nth in 1..=*most {
            let root = tempfile::tempdir().unwrap();
            made(root.path());
            let inject = [
                format!("trace={call}"),
                format!("inject={call}:{fault}:when={nth}"),
            ];
            let test = "crash::a_system_call_that_fails_is_never_acknowledged_over";
            let told = format!("{call}:{fault} {nth}");
            let end = ended(child(test, root.path(), &inject), &told);
            look(root.path(), end, &told);
            ends.push((told, end));
        }
    }
    ends
}

fn ended(mut command: Command, told: &str) -> i32 {
    let mut running = command
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is installed");
    let end = Instant::now() + PATIENCE;
    let mut stderr = running.stderr.take().unwrap();
    let words = std::thread::spawn(move || std::io::read_to_string(&mut stderr));
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            running.kill().unwrap();
            panic!("{told}: hangs");
        }
        std::thread::park_timeout(Duration::from_millis(5));
    };
    let words = words.join().unwrap().unwrap_or_default();
    assert!(!words.contains("panicked at daemon"), "{told}: {words}");
    status.code().unwrap_or(-1)
}

/// Whatever happened: the vault opens, what was acknowledged is whole, and nothing is half.
fn look(root: &Path, end: i32, told: &str) {
    let (vault, recovery) = open(root);
    assert_eq!(recovery.missing, [], "{told}");
    assert_eq!(vault.check_project(PROJECT).unwrap(), [], "{told}");
    let name = sha256(&song(1));
    let kept = vault.copy_to_scratch(PROJECT, &name);
    let events = vault.events(PROJECT, 0).unwrap();
    if end == ACKNOWLEDGED {
        kept.unwrap_or_else(|error| panic!("{told}: {error}"));
        assert_eq!(events.len(), 1, "{told}");
    } else if let Err(error) = kept {
        assert!(
            matches!(error, VaultError::Absent { .. }),
            "{told}: {error}"
        );
    }
    no_drafts(root);
    // And it goes on: the same song is taken now, once.
    vault.store(PROJECT, "mix", &mut file_of(&song(1))).unwrap();
    assert_eq!(vault.objects(PROJECT).unwrap().len(), 1, "{told}");
}

/// The child: one song and its event, then an end that says whether it was acknowledged.
fn store_one(root: &Path) -> ! {
    let stored = (|| {
        let (vault, _) = try_open(root)?;
        vault.store(PROJECT, "mix", &mut file_of(&song(1)))?;
        let committed = vault.commit_blocking(vec![event(PROJECT, 1)]);
        committed.map_err(|refused| VaultError::Refused(Box::new(refused)))
    })();
    exit(if stored.is_ok() {
        ACKNOWLEDGED
    } else {
        REFUSED
    })
}

#[test]
fn a_system_call_that_fails_is_never_acknowledged_over() {
    if let Some(root) = child_of() {
        store_one(&root);
    }
    let ends = every_call(&[
        ("fsync", "error=EIO", 10),
        ("fsync", "error=ENOSPC", 4),
        ("pwrite64", "error=EIO", 8),
        ("pwrite64", "error=ENOSPC", 8),
        ("renameat2", "error=EIO", 2),
        ("renameat2", "error=ENOSPC", 2),
        ("renameat2", "error=EINVAL", 2),
        ("mkdir", "error=ENOSPC", 2),
        ("ftruncate", "error=EIO", 2),
        ("unlink", "error=EIO", 2),
    ]);
    for (told, end) in &ends {
        println!("{told}: {end}");
    }
    let end = |told: &str| {
        let found = ends.iter().find(|(name, _)| name == told);
        found.expect("was tried").1
    };
    // A sync that fails is never waved through: the folder at start, the key, the object, their folders.
    for nth in 1..=4 {
        assert_eq!(
            end(&format!("fsync:error=EIO {nth}")),
            REFUSED,
            "fsync {nth}"
        );
    }
    // A file system without the flag is served by a link instead.
    assert_eq!(end("renameat2:error=EINVAL 1"), ACKNOWLEDGED);
}

#[test]
fn a_kill_at_any_step_of_a_store_is_survived() {
    if let Some(root) = child_of() {
        store_one(&root);
    }
    let mut kills = 0;
    for (call, most) in [
        ("fsync", 12),
        ("renameat2", 2),
        ("pwrite64", 24),
        ("mkdir", 1),
        ("lseek", 12),
    ] {
        for nth in 1..=most {
            let root = tempfile::tempdir().unwrap();
            made(root.path());
            let inject = [
                format!("trace={call}"),
                format!("inject={call}:signal=KILL:when={nth}"),
            ];
            let test = "crash::a_kill_at_any_step_of_a_store_is_survived";
            let told = format!("kill at {call} {nth}");
            let end = ended(child(test, root.path(), &inject), &told);
            look(root.path(), end, &told);
            kills += i32::from(end != ACKNOWLEDGED);
        }
    }
    println!("{kills} kills hit");
    assert!(kills > 20, "{kills}");
}

#[test]
fn a_disk_error_stops_the_writer_for_good() {
    if let Some(root) = child_of() {
        let (committed, vault) = commit_until_refused(&root);
        // The next sync would succeed, but what the failed one lost nobody knows.
        let later = vault.commit_blocking(vec![event(PROJECT, committed + 1)]);
        let stopped = matches!(&later, Err(CommitError::Fault(fault))
            if matches!(**fault, VaultError::WriterStopped { .. }));
        exit(if stopped && !vault.writer_alive() {
            acknowledged(committed)
        } else {
            WRONG
        });
    }
    check_writer(
        "a_disk_error_stops_the_writer_for_good",
        "fsync:error=EIO:when=6",
    );
}

#[test]
fn a_full_disk_refuses_a_commit_and_the_next_one_works() {
    if let Some(root) = child_of() {
        let (committed, vault) = commit_until_refused(&root);
        let next = vault.commit_blocking(vec![event(PROJECT, committed + 1)]);
        exit(if next.is_ok() && vault.writer_alive() {
            acknowledged(committed)
        } else {
            WRONG
        });
    }
    check_writer(
        "a_full_disk_refuses_a_commit_and_the_next_one_works",
        "pwrite64:error=ENOSPC:when=14",
    );
}

/// Nothing went as it should.
const WRONG: i32 = 99;

/// Runs a child that commits until a call fails; it ends with how many commits were acknowledged.
#[track_caller]
fn check_writer(test: &str, fault: &str) {
    let root = tempfile::tempdir().unwrap();
    made(root.path());
    let call = fault.split(':').next().unwrap();
    let inject = [format!("trace={call}"), format!("inject={fault}")];
    let test = format!("crash::{test}");
    let acknowledged = ended(child(&test, root.path(), &inject), fault);
    let (vault, _) = open(root.path());
    let kept = vault.events(PROJECT, 0).unwrap().len();
    assert!((1..50).contains(&acknowledged), "{acknowledged}");
    assert!(kept >= usize::try_from(acknowledged).unwrap());
}

fn commit_until_refused(root: &Path) -> (u64, Vault) {
    let (vault, _) = open(root);
    for seq in 1..=50 {
        if vault.commit_blocking(vec![event(PROJECT, seq)]).is_err() {
            return (seq - 1, vault);
        }
    }
    exit(WRONG)
}

fn acknowledged(commits: u64) -> i32 {
    i32::try_from(commits).unwrap()
}
