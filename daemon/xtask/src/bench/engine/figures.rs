//! How good the engine is: what its tests measure, beside the bars they hold it to.

use anyhow::{Result, bail};

use crate::bench::workspace;

/// Begins a line of a test that says what was measured; see `figure` beside the tests.
const MARK: &str = "figure: ";

/// Runs the tests that measure and prints what they found: the figures are those that are tested.
pub(super) fn print() -> Result<()> {
    println!("\nFigures, as the tests measure them");
    let done = workspace::by_hand("cargo")
        .args([
            "test", "--locked", "-q", "-p", "dsp", "-p", "engine", "--tests",
        ])
        .args(["--", "--nocapture", "--test-threads=1"])
        .current_dir(workspace::root())
        .output()?;
    let said = String::from_utf8_lossy(&done.stdout);
    let mut figures: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_once(MARK).map(|(_, figure)| figure))
        .collect();
    figures.sort_unstable();
    figures.iter().for_each(|figure| println!("{figure}"));
    if !done.status.success() {
        bail!(
            "the engine's tests failed: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    Ok(())
}
