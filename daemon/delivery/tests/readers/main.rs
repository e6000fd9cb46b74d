//! Readers written by others read what `delivery` says: mediainfo, ffprobe, libsndfile, wavinfo,
//! mutagen, xmllint, bagit, cdrskin, cdrdao. `image/install-test-tools` installs them.

mod bag;
mod ddex;
mod disc;
mod lyrics;
mod mp4;
mod tags;
mod wav;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a reader and gives back what it printed; its failure is the test's.
#[track_caller]
fn read_with(program: &str, arguments: &[&str]) -> String {
    let (output, said) = run(program, arguments);
    assert!(output, "{program} {arguments:?} objects: {said}");
    said
}

/// Runs a reader and gives back whether it was content, and what it printed.
#[track_caller]
fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run image/install-test-tools"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

/// A tool of the project's own Python folder.
fn python_tool(name: &str) -> String {
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tools-venv/bin/");
    format!("{tools}{name}")
}

fn store(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = std::fs::File::create_new(&path).unwrap();
    file.write_all(bytes).unwrap();
    path
}
