//! The engine alone: `lacquer-render` without a system around it, on an older computer, and beside
//! the daemon's own engine. Needs to be run as root.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flows::clients::run;
use flows::lacquer::program;
use flows::mixes::Song;

/// A chain with every kind of arithmetic in it: filters, a detector, a limiter that oversamples.
const CHAIN: &str = r#"
format = 1

[[stages]]
processor = "rumble_filter"
frequency_hz = 22.0
slope = "db24"

[[stages]]
processor = "gain"
gain_db = 9.5

[[stages]]
processor = "limiter"
ceiling_dbtp = -1.0
lookahead_ms = 4.0
release_ms = 80.0
"#;

/// The static executable that `cargo xtask renderer` builds.
fn static_renderer() -> PathBuf {
    let built = program();
    let target = built.ancestors().nth(2).expect("target/<profile>/lacquer");
    let hosts = std::fs::read_dir(target.join("renderer"));
    let found = hosts.into_iter().flatten().find_map(|host| {
        let program = host.ok()?.path().join("renderer/lacquer-render");
        program.exists().then_some(program)
    });
    found.expect("the renderer is not built; run: cargo xtask renderer")
}

/// An empty root with the renderer, a mix and a chain in it, and nothing else.
fn bare_root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::copy(static_renderer(), root.path().join("lacquer-render")).unwrap();
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(root.path().join("lacquer-render"), executable).unwrap();
    Song {
        seconds: 8.0,
        ..Song::default()
    }
    .write(&root.path().join("mix.wav"));
    let mut chain = std::fs::File::create_new(root.path().join("chain.toml")).unwrap();
    chain.write_all(CHAIN.as_bytes()).unwrap();
    root
}

/// What the renderer says about one thing.
fn said(answer: &str, name: &str) -> String {
    let line = answer.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {answer}"))
        .trim()
        .to_owned()
}

fn daemons_own(root: &Path) -> serde_json::Value {
    let text = run(Command::new(program())
        .args(["master", "mix.wav", "-o", "by-daemon.wav"])
        .args(["--chain", "chain.toml", "--json"])
        .current_dir(root));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_renderer_gives_the_same_bits_without_a_system_and_on_an_older_computer() {
    let root = bare_root();
    let expected = daemons_own(root.path());
    let words = ["--chain", "/chain.toml", "/mix.wav"];
    let alone = run(Command::new("chroot")
        .arg(root.path())
        .arg("/lacquer-render")
        .args(words)
        .arg("/alone.wav")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"));
    assert_eq!(said(&alone, "samples_sha256"), expected["samples_sha256"]);
    assert_eq!(said(&alone, "engine_revision"), expected["engine_revision"]);
    // A computer of 2008: no AVX, no fused multiply-add.
    let older = run(Command::new("qemu-x86_64")
        .args(["-cpu", "Nehalem", "./lacquer-render"])
        .args(["--chain", "chain.toml", "mix.wav", "older.wav"])
        .current_dir(root.path()));
    assert_eq!(said(&older, "samples_sha256"), expected["samples_sha256"]);
    let bytes = |name: &str| std::fs::read(root.path().join(name)).unwrap();
    assert!(bytes("alone.wav") == bytes("older.wav"));
    let samples = flows::clients::samples_by_ffmpeg(&root.path().join("alone.wav"), "s24le");
    assert_eq!(samples, expected["samples_sha256"]);
}

#[test]
fn the_renderer_refuses_in_words_and_leaves_nothing_behind() {
    let root = bare_root();
    let refused = |words: &[&str]| {
        let done = Command::new(static_renderer())
            .args(words)
            .current_dir(root.path())
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(2), "{words:?}");
        String::from_utf8_lossy(&done.stderr).into_owned()
    };
    assert!(refused(&["mix.wav"]).starts_with("usage:"));
    let words = refused(&["--chain", "mix.wav", "mix.wav", "out.wav"]);
    assert!(words.contains("mix.wav"), "{words}");
    let words = refused(&["--chain", "chain.toml", "chain.toml", "out.wav"]);
    assert!(words.contains("cannot be read as WAV"), "{words}");
    assert!(!root.path().join("out.wav").exists());
    let words = refused(&["--chain", "chain.toml", "mix.wav", "mix.wav"]);
    assert!(words.contains("exists"), "{words}");
}
