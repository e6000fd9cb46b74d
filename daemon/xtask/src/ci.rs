//! Everything CI runs, in the order in which it finds faults cheapest.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::{arrows, house, licences, renderer, units};

/// Runs all steps and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    let began = Instant::now();
    rustup_component("fmt", "rustfmt")?;
    rustup_component("clippy", "clippy")?;
    step("cargo fmt --all --check", cargo)?;
    step("cargo xtask arrows", |_| arrows::check())?;
    step("cargo xtask licences", |_| licences::check())?;
    step("cargo xtask units", |_| units::check())?;
    step(
        "cargo clippy --workspace --all-targets --locked -- -D warnings",
        cargo,
    )?;
    step("cargo build --workspace --locked", cargo)?;
    step("cargo xtask renderer", |_| renderer::build())?;
    step("cargo test --workspace --locked --no-fail-fast", cargo)?;
    println!("\n== all of it passed in {} s", began.elapsed().as_secs());
    Ok(())
}

fn step(line: &str, task: impl Fn(&str) -> Result<()>) -> Result<()> {
    println!("\n== {line}");
    let began = Instant::now();
    task(line).with_context(|| format!("failed: {line}"))?;
    println!("== passed in {} s: {line}", began.elapsed().as_secs());
    Ok(())
}

fn cargo(line: &str) -> Result<()> {
    let mut words = line.split(' ');
    let program = words.next().context("an empty line")?;
    let status = house::by_hand(program)
        .args(words)
        .current_dir(house::root())
        .status()?;
    if !status.success() {
        bail!("{status}");
    }
    Ok(())
}

/// A minimal Rust comes without these two; rustup adds them.
fn rustup_component(subcommand: &str, component: &str) -> Result<()> {
    let probe = Command::new("cargo")
        .args([subcommand, "--version"])
        .output()?;
    if probe.status.success() {
        return Ok(());
    }
    let line = format!("rustup component add {component}");
    step(&line, cargo).with_context(|| format!("this Rust has no {component}"))
}
