//! The engine's bits on the other kind of processor: built for AArch64 and run by an emulator.
//!
//! Rust's standard library for AArch64 comes from Debian: a small system of its own (unstable, which has a compiler
//! as new as ours) is made below the target folder, once. Needs root, `mmdebstrap`, `qemu-user` and `unshare`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::house;

const TARGET: &str = "aarch64-unknown-linux-gnu";

/// What the system holds besides the essentials.
const PACKAGES: &str =
    "ca-certificates,rustc,cargo,libstd-rust-dev:arm64,gcc-aarch64-linux-gnu,libc6-dev-arm64-cross";

/// Run inside: static, so that the emulator needs no libraries of the other kind.
const BUILD: &str = "
set -eu
export HOME=/root PATH=/usr/bin:/bin CARGO_TARGET_DIR=/target RUSTFLAGS='-C target-feature=+crt-static'
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
cd /src
cargo build --offline --package renderer --profile renderer --target aarch64-unknown-linux-gnu
cargo test --offline --no-run --package engine --test same_bits --target aarch64-unknown-linux-gnu 2>&1 | tee /tests
";

/// Builds the engine's goldens and `lacquer-render` for AArch64 and runs them: every bit must be as it is here.
pub(crate) fn check() -> Result<()> {
    let system = house::target().join("aarch64-system");
    if !system.join("usr/bin/rustc").exists() {
        make_system(&system)?;
    }
    take_sources(&system)?;
    // A mount namespace of its own: what is mounted in it goes with it.
    let build = run(Command::new("unshare")
        .args(["--mount", "--pid", "--fork", "chroot"])
        .arg(&system)
        .args(["/bin/sh", "-c"])
        .arg(format!("mount -t proc proc /proc\n{BUILD}")));
    build.context("the engine could not be built for AArch64")?;
    let goldens = golden_tests(&system)?;
    run(Command::new("qemu-aarch64")
        .arg(&goldens)
        .current_dir(house::root().join("daemon/engine")))
    .context("the bits on AArch64 are not those here")?;
    let renderer = system
        .join("target")
        .join(TARGET)
        .join("renderer/lacquer-render");
    println!("{} has the engine's bits", renderer.display());
    Ok(())
}

fn make_system(system: &Path) -> Result<()> {
    std::fs::create_dir_all(house::target())?;
    let made = run(Command::new("mmdebstrap")
        .args(["--variant=minbase", "--architectures=amd64,arm64"])
        // The lists of unstable are valid for a week; ours is any version that builds.
        .arg("--aptopt=Acquire::Check-Valid-Until \"false\"")
        .arg(format!("--include={PACKAGES}"))
        .arg("sid")
        .arg(system));
    if made.is_err() {
        // Half a system would be taken for a whole one.
        let _ = std::fs::remove_dir_all(system);
    }
    made.context("the system to build in could not be made")
}

/// Puts the committed sources and what they build on into the system.
fn take_sources(system: &Path) -> Result<()> {
    let sources = system.join("src");
    if sources.exists() {
        std::fs::remove_dir_all(&sources)?;
    }
    std::fs::create_dir(&sources)?;
    let archive = system.join("src.tar");
    run(Command::new("git")
        .args(["archive", "--output"])
        .arg(&archive)
        .arg("HEAD")
        .current_dir(house::root()))?;
    run(Command::new("tar")
        .arg("-xf")
        .arg(&archive)
        .arg("-C")
        .arg(&sources))?;
    let output = Command::new("cargo")
        .args(["vendor", "--locked", "vendor"])
        .current_dir(&sources)
        .output()
        .context("could not start cargo")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let config = String::from_utf8(output.stdout).context("cargo vendor printed no text")?;
    std::fs::create_dir_all(sources.join(".cargo"))?;
    // The workspace has settings of its own there.
    let mut file = std::fs::File::options()
        .append(true)
        .create(true)
        .open(sources.join(".cargo/config.toml"))?;
    std::io::Write::write_all(&mut file, format!("\n{config}").as_bytes())?;
    Ok(())
}

/// The test executable that cargo named, as it lies outside of the system.
fn golden_tests(system: &Path) -> Result<PathBuf> {
    let said = std::fs::read_to_string(system.join("tests"))?;
    let named = said
        .lines()
        .find_map(|line| line.split("same_bits.rs (/").nth(1)?.split(')').next());
    let named = named.context("cargo named no executable of the goldens")?;
    Ok(system.join(named))
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command
        .status()
        .with_context(|| format!("could not start {program}"))?;
    if !status.success() {
        bail!("{program} failed: {status}");
    }
    Ok(())
}
