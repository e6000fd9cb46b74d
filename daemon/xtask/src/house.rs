//! The workspace as cargo knows it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The project's top folder.
pub(crate) fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = crate_folder.ancestors().nth(2);
    root.expect("xtask stands in daemon/").to_owned()
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The system that this runs on, as Rust names it.
pub(crate) fn host() -> Result<String> {
    let rustc = run_quietly("rustc", &["-vV"])?;
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc names no host")?.to_owned())
}

/// What cargo tells the program it runs, about that program's package.
const PACKAGE_VARIABLES: [&str; 4] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
];

/// A command as somebody gives it by hand. Build scripts that look at the variables of a package are
/// built anew, with all that depends on them, wherever those of `cargo xtask` are passed on to another cargo.
pub(crate) fn by_hand(program: &str) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let is_ours = |name: &str| PACKAGE_VARIABLES.iter().any(|p| name.starts_with(p));
        if name.to_str().is_some_and(is_ours) {
            command.env_remove(name);
        }
    }
    command
}

/// `cargo metadata` for the system that this runs on: crates of other systems are not built here.
pub(crate) fn metadata() -> Result<Value> {
    let host = host()?;
    let text = run_quietly(
        "cargo",
        &[
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            &host,
        ],
    )?;
    serde_json::from_str(&text).context("cargo metadata printed no JSON")
}

fn run_quietly(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output()
        .with_context(|| format!("could not start {program}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{program} {} failed: {said}", arguments.join(" "));
    }
    String::from_utf8(output.stdout).with_context(|| format!("{program} printed no UTF-8"))
}

/// A field of cargo's JSON that is always text.
pub(crate) fn text<'v>(value: &'v Value, field: &str) -> Result<&'v str> {
    value[field]
        .as_str()
        .with_context(|| format!("cargo metadata has no text {field:?}"))
}

/// A field of cargo's JSON that is always a list.
pub(crate) fn list<'v>(value: &'v Value, field: &str) -> Result<&'v [Value]> {
    let list = value[field].as_array();
    let list = list.with_context(|| format!("cargo metadata has no list {field:?}"))?;
    Ok(list)
}
