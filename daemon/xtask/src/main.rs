//! What CI and the Makefile call: fixtures and checks.

mod aarch64;
mod arrows;
mod bench;
mod ci;
mod demo_mix;
mod house;
mod licences;
mod renderer;
mod units;
mod vm;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Tasks of the project itself.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs exactly what CI runs, printing each step.
    Ci,
    /// Compares the arrows between the house's crates with the list in ARCHITECTURE.
    Arrows,
    /// Checks every dependency's licence against daemon/deny.toml.
    Licences,
    /// Checks the systemd units: no remark from `verify`, exposure within its limit.
    Units,
    /// Prints what the main job costs, beside its goals, and how far the findings can be believed.
    Bench {
        /// Only one of the tables.
        #[command(subcommand)]
        only: Option<bench::Only>,
    },
    /// Builds the engine alone as one static executable, as an archive keeps it.
    Renderer,
    /// Runs the engine's goldens on AArch64, emulated; makes a system to build them in, once.
    Aarch64,
    /// Checks the watch of sound cards on real drivers, in a virtual machine where they are plugged and pulled.
    Cards,
    /// Measures gear behind a kernel's own driver in a virtual machine, with a clock that drifts.
    Gear,
    /// Renders a short piece of music as a mix: 24 bit, 48 kHz, stereo, headroom left.
    DemoMix {
        /// The WAV file to write; must not exist.
        out: PathBuf,
        /// Shortest length in seconds; whole bars are played, then the tail.
        #[arg(long, default_value_t = 48)]
        seconds: u32,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Ci => ci::run(),
        Task::Arrows => arrows::check(),
        Task::Licences => licences::check(),
        Task::Units => units::check(),
        Task::Bench { only } => bench::print(only),
        Task::Renderer => renderer::build(),
        Task::Aarch64 => aarch64::check(),
        Task::Cards => vm::cards::check(),
        Task::Gear => vm::gear::check(),
        Task::DemoMix { out, seconds } => demo_mix::write(&out, seconds),
    }
}
