//! What a worker must not be able to do, and how its parent hears of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use worker::{Landlock, Trial, WorkerCommand, WorkerError, WorkerLimits, Workers};

use crate::{PARENT, Test, workers};

pub(crate) const TESTS: &[Test] = &[
    ("a_worker_shuts_itself_in", shuts_itself_in),
    ("a_forbidden_call_ends_the_worker", forbidden_calls),
    ("too_much_memory_ends_the_worker", too_much_memory),
    ("a_worker_that_never_ends_is_ended", never_ends),
    ("a_silent_worker_is_ended", silent),
    ("a_fault_and_nonsense_are_told_apart", fault_and_nonsense),
    ("a_missing_program_is_no_fault_of_the_mix", missing_program),
    ("the_end_of_the_parent_ends_the_worker", parent_killed),
];

const SHORT: WorkerLimits = WorkerLimits {
    address_space_bytes: 512 * 1024 * 1024,
    cpu_seconds: 1,
    wall_seconds: 20,
    output_bytes: 1024 * 1024,
    nice: 10,
};

fn attempt(trial: Trial) -> WorkerError {
    workers(SHORT).attempt(trial).unwrap_err()
}

fn shuts_itself_in() {
    let status = workers(SHORT).sandbox_status().unwrap();
    // The kernels of Debian 12 and 13 have Landlock, and this one has it if it says so.
    let offered = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))
        .is_ok_and(|ruleset| ruleset.create().is_ok());
    assert_eq!(status.landlock != Landlock::NotOffered, offered);
}

fn forbidden_calls() {
    for trial in [Trial::OpenFile, Trial::OpenSocket, Trial::StartProgram] {
        let error = attempt(trial);
        assert!(
            matches!(error, WorkerError::Forbidden),
            "{trial:?}: {error:?}"
        );
        let finding = error.finding().unwrap();
        assert_eq!(finding.code, "not_inspected");
        assert!(finding.engineer.contains("not allowed"), "{finding:?}");
    }
}

fn too_much_memory() {
    let error = attempt(Trial::TakeMemory);
    assert!(matches!(error, WorkerError::OutOfMemory), "{error:?}");
    assert!(error.finding().is_some());
}

fn never_ends() {
    let from = Instant::now();
    let error = attempt(Trial::NeverEnd);
    assert!(
        matches!(error, WorkerError::TimedOut { seconds: 1 }),
        "{error:?}"
    );
    assert!(from.elapsed() < Duration::from_secs(15));
}

fn silent() {
    let limits = WorkerLimits {
        wall_seconds: 1,
        ..SHORT
    };
    let error = workers(limits).attempt(Trial::Sleep).unwrap_err();
    assert!(
        matches!(error, WorkerError::TimedOut { seconds: 1 }),
        "{error:?}"
    );
}

fn fault_and_nonsense() {
    match attempt(Trial::Fault) {
        WorkerError::Fault { said } => assert!(said.contains("a fault on purpose"), "{said}"),
        other => panic!("{other:?}"),
    }
    let error = attempt(Trial::Shout);
    assert!(matches!(error, WorkerError::Protocol(_)), "{error:?}");
    assert!(error.finding().is_some());
}

fn missing_program() {
    let at = |program: &str| {
        let command = WorkerCommand {
            program: program.into(),
            args: Vec::new(),
        };
        Workers::new(command, SHORT)
            .attempt(Trial::Nothing)
            .unwrap_err()
    };
    let missing = at("/nowhere/lacquer");
    assert!(matches!(missing, WorkerError::Spawn(_)), "{missing:?}");
    assert!(missing.finding().is_none());
    // Some other program that ends at once, and one that says something else: neither has opened
    // the mix, so neither says anything about it.
    for program in ["/bin/false", "/bin/pwd"] {
        let error = at(program);
        assert!(matches!(error, WorkerError::NotStarted(_)), "{error:?}");
        assert!(error.finding().is_none());
    }
}

/// Leaks a descriptor on purpose, and has a worker burn CPU until it is killed.
pub(crate) fn be_a_parent() -> ExitCode {
    let leak = fs::File::open("/etc/hostname").unwrap();
    rustix::io::fcntl_setfd(&leak, rustix::io::FdFlags::empty()).unwrap();
    let limits = WorkerLimits {
        cpu_seconds: 100,
        wall_seconds: 100,
        ..SHORT
    };
    println!("ready");
    let error = workers(limits).attempt(Trial::NeverEnd);
    println!("{error:?}");
    ExitCode::FAILURE
}

fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let from = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            from.elapsed() < Duration::from_secs(10),
            "waited for {what}"
        );
        std::thread::yield_now();
    }
}

fn field(status: &str, name: &str) -> Option<String> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches(':').trim().to_owned())
}

fn parent_killed() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .arg(PARENT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    let mut said = BufReader::new(parent.stdout.take().unwrap());
    said.read_line(&mut ready).unwrap();
    assert_eq!(ready, "ready\n");
    let children = format!("/proc/{0}/task/{0}/children", parent.id());
    let child = wait_for("the child", || {
        let found = fs::read_to_string(&children).ok()?;
        Some(found.split_whitespace().next()?.to_owned())
    });
    let status = format!("/proc/{child}/status");
    wait_for("the filter of system calls", || {
        let status = fs::read_to_string(&status).ok()?;
        (field(&status, "Seccomp")? == "2").then_some(())
    });
    let now = fs::read_to_string(&status).unwrap();
    assert_eq!(field(&now, "NoNewPrivs").as_deref(), Some("1"));
    let mut open: Vec<_> = fs::read_dir(format!("/proc/{child}/fd"))
        .unwrap()
        .map(|fd| fd.unwrap().file_name().into_string().unwrap())
        .collect();
    open.sort();
    assert_eq!(open, ["0", "1", "2"], "nothing else is inherited");
    let environment = fs::read(format!("/proc/{child}/environ")).unwrap();
    assert!(environment.is_empty(), "the environment is empty");

    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_for("the end of the child", || {
        match fs::read_to_string(&status) {
            Err(_) => Some(()),
            // Dead, and waiting for init to notice.
            Ok(status) => field(&status, "State")?.starts_with('Z').then_some(()),
        }
    });
}
