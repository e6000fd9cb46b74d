//! The engine alone as one static executable, which an archive keeps by engine revision.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::house;

/// Builds `lacquer-render` so that it needs nothing but a kernel, and says where it lies.
pub(crate) fn build() -> Result<()> {
    let host = house::host()?;
    // Other flags build every crate anew; in a folder of its own that happens once.
    let target = house::target().join("renderer");
    let status = house::by_hand("cargo")
        .args(["build", "--locked", "--package", "renderer"])
        .args(["--profile", "renderer", "--target", &host])
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .current_dir(house::root())
        .status()
        .context("could not start cargo")?;
    if !status.success() {
        bail!("the renderer could not be built: {status}");
    }
    let program = target.join(host).join("renderer/lacquer-render");
    check_static(&program)?;
    let bytes = std::fs::metadata(&program)?.len();
    println!("{} ({:.1} MB)", program.display(), bytes as f64 / 1e6);
    Ok(())
}

/// A static executable names no interpreter that would load libraries for it.
fn check_static(program: &PathBuf) -> Result<()> {
    let output = Command::new("readelf")
        .arg("--program-headers")
        .arg(program)
        .output()
        .context("could not start readelf")?;
    let headers = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || !headers.contains("LOAD") {
        bail!("{} is no executable", program.display());
    }
    if headers.contains("INTERP") {
        bail!("{} needs libraries of its system", program.display());
    }
    Ok(())
}
