//! The renderer brings a mix to a loudness, judged by ffmpeg; at another rate too.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use soundfile::{AudioSpec, SampleType, WavReader, WavWriter};

const RATE_HZ: u32 = 48_000;

struct Room(tempfile::TempDir);

impl Room {
    /// A song in 24 bits and a chain that brings it to −12 LUFS.
    fn new(over_budget: &str) -> Self {
        let room = Self(tempfile::tempdir().unwrap());
        let spec = AudioSpec {
            rate_hz: RATE_HZ,
            channels: 2,
            sample: SampleType::I24,
        };
        let file = File::create_new(room.path("mix.wav")).unwrap();
        let mut writer = WavWriter::new(file, spec, &[]).unwrap();
        let song = engine::goldens::song(12.0, RATE_HZ);
        let rows: Vec<&[f64]> = song.iter().map(Vec::as_slice).collect();
        writer.write_planar(&rows).unwrap();
        writer.finish().unwrap();
        let chain = format!(
            "format = 1\nstages = []\n[loudness]\nintegrated_lufs = -12.0\nway = \"limiter\"\nbudget_db = 0.5\n\
             over_budget = \"{over_budget}\"\n"
        );
        let mut file = File::create_new(room.path("chain.toml")).unwrap();
        file.write_all(chain.as_bytes()).unwrap();
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn render(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_lacquer-render"))
            .args(["--chain", "chain.toml"])
            .args(words)
            .current_dir(self.0.path())
            .output()
            .unwrap()
    }
}

/// Integrated loudness as ffmpeg's `ebur128` prints it, in tenths.
fn lufs_by_ffmpeg(file: &Path) -> f64 {
    let said = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-i"])
        .arg(file)
        .args(["-af", "ebur128", "-f", "null", "-"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let line = said
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("I:"))
        .unwrap_or_else(|| panic!("no loudness in {said}"));
    line.trim_end_matches("LUFS").trim().parse().unwrap()
}

#[test]
fn a_mix_comes_to_its_loudness_at_any_rate() {
    let room = Room::new("report");
    let to_cd = ["--rate", "44100", "--depth", "16", "mix.wav", "cd.wav"];
    for (name, words) in [("own.wav", &["mix.wav", "own.wav"][..]), ("cd.wav", &to_cd)] {
        let done = room.render(words);
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success(), "{done:?}");
        assert!(said.contains("\nloudness a gain of +"), "{said}");
        // Within 0.05 LU, and ffmpeg rounds to tenths.
        let lufs = lufs_by_ffmpeg(&room.path(name));
        assert!((lufs + 12.0).abs() < 0.101, "{name}: {lufs} LUFS");
    }
    let reader = |name| WavReader::open(File::open(room.path(name)).unwrap()).unwrap();
    let (own, cd) = (reader("own.wav"), reader("cd.wav"));
    assert_eq!((own.spec().rate_hz, own.frames()), (RATE_HZ, 12 * 48_000));
    assert_eq!((cd.spec().rate_hz, cd.frames()), (44_100, 12 * 44_100));
    assert_eq!(cd.spec().sample, SampleType::I16);
}

#[test]
fn over_the_budget_nothing_is_made_unless_it_is_asked_for() {
    let room = Room::new("refuse");
    let done = room.render(&["mix.wav", "out.wav"]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(2), "{said}");
    assert!(
        said.contains("-12 LUFS would take") && said.contains("the budget is 0.5 dB"),
        "{said}"
    );
    assert!(!room.path("out.wav").exists());
}
