//! Real children of this very program: mixes, zips, and everything a worker must not do.
//!
//! Without the usual harness, because the program has to look at its arguments first.

mod attachments;
mod lyrics;
mod mixes;
mod photographs;
mod reports;
mod walls;
mod zips;

use std::ffi::OsString;
use std::panic::catch_unwind;
use std::process::ExitCode;

use worker::{WorkerCommand, WorkerLimits, Workers};

/// The word that makes this program a worker.
const WORKER: &str = "worker";
/// The word that makes it a parent that is going to be killed.
const PARENT: &str = "parent";
/// The word that makes it check a mix as an ordinary user.
const ORDINARY_USER: &str = "ordinary-user";

type Test = (&'static str, fn());

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some(WORKER) => worker::child_main(),
        Some(PARENT) => walls::be_a_parent(),
        Some(ORDINARY_USER) => mixes::check_as_ordinary_user(),
        first => run(first.filter(|word| !word.starts_with("--"))),
    }
}

fn run(only: Option<&str>) -> ExitCode {
    let tests: Vec<Test> = [
        attachments::TESTS,
        mixes::TESTS,
        lyrics::TESTS,
        photographs::TESTS,
        reports::TESTS,
        walls::TESTS,
        zips::TESTS,
    ]
    .concat();
    let mut failed = 0;
    for (name, test) in tests {
        if only.is_some_and(|word| !name.contains(word)) {
            continue;
        }
        let ok = catch_unwind(test).is_ok();
        println!("test {name} ... {}", if ok { "ok" } else { "FAILED" });
        failed += u32::from(!ok);
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        println!("{failed} failed");
        ExitCode::FAILURE
    }
}

/// This program as a worker.
fn workers(limits: WorkerLimits) -> Workers {
    let command = WorkerCommand {
        program: std::env::current_exe().unwrap(),
        args: vec![OsString::from(WORKER)],
    };
    Workers::new(command, limits)
}
