//! The real router, in-process, on a real studio over a real vault in a temporary folder.
//!
//! Without the usual harness, because the program has to look at its arguments first: intake opens
//! each mix in a worker, and this very program is that worker.

mod account;
mod alternates;
mod api;
mod browser;
mod changes;
mod gates;
mod house;
mod keeping;
mod life;
mod listening;
mod live_room;
mod lyrics;
mod mixes;
mod money;
mod offers;
mod patchbay;
mod people;
mod permissions;
mod programmes;
mod racks;
mod releases;
mod requests;
mod rights;
mod rules;
mod sockets;
mod uploads;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The word that makes this program a worker.
const WORKER: &str = "worker";

type Test = (&'static str, fn());

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some(WORKER) => worker::child_main(),
        first => run(first.filter(|word| !word.starts_with("--"))),
    }
}

fn run(only: Option<&str>) -> ExitCode {
    let mut tests: Vec<Test> = Vec::new();
    for some in [
        gates::TESTS,
        people::TESTS,
        rights::TESTS,
        account::TESTS,
        life::TESTS,
        money::TESTS,
        lyrics::TESTS,
        rules::TESTS,
        requests::TESTS,
        keeping::TESTS,
        offers::TESTS,
        permissions::TESTS,
        releases::TESTS,
        programmes::TESTS,
        racks::TESTS,
        live_room::TESTS,
        patchbay::TESTS,
        listening::TESTS,
        uploads::TESTS,
        alternates::TESTS,
        changes::TESTS,
        api::TESTS,
        sockets::TESTS,
    ] {
        tests.extend(some);
    }
    let mut failed = 0;
    for (name, test) in tests {
        if only.is_some_and(|word| !name.contains(word)) {
            continue;
        }
        let is_ok = catch_unwind(AssertUnwindSafe(test)).is_ok();
        println!("test {name} ... {}", if is_ok { "ok" } else { "FAILED" });
        failed += u32::from(!is_ok);
    }
    if failed == 0 {
        ExitCode::SUCCESS
    } else {
        println!("{failed} failed");
        ExitCode::FAILURE
    }
}
