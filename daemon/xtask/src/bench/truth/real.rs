//! Music made by others: Debian's `lmms` demos, rendered here, and finished music of game packages.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use measure::{InspectContext, Inspection, Inspector, SampleKind, Thresholds};
use soundfile::{Codec, Decoder, SampleType};

/// Where lmms keeps its demos.
const DEMOS: &str = "/usr/share/lmms/projects/demos";

/// Where games keep finished music.
const GAMES: [&str; 4] = [
    "/usr/share/games",
    "/usr/share/hyperrogue",
    "/usr/share/singularity",
    "/usr/share/planetblupi/music",
];

/// Shorter files are effects.
const SHORTEST_SECONDS: f64 = 20.0;

/// Most files of each kind.
const MOST_FILES: usize = 60;

/// What one file is and has.
pub(super) struct Heard {
    pub(super) name: String,
    pub(super) minutes: f64,
    pub(super) answer: Inspection,
    /// Samples in a row at one highest value, twice or more: independent evidence of clipping.
    pub(super) flat_runs: u64,
    /// True where the file itself is lossy.
    pub(super) is_lossy: bool,
}

fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            walk(&path, extension, found);
        } else if path
            .extension()
            .is_some_and(|e| e.to_string_lossy().starts_with(extension))
        {
            found.push(path);
        }
    }
}

/// Renders what is not rendered yet into `cache`; nothing where there is no lmms.
pub(super) fn lmms(cache: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(cache)?;
    let mut demos = Vec::new();
    walk(Path::new(DEMOS), "mmp", &mut demos);
    demos.sort();
    let has_lmms = Command::new("lmms")
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    let mut mixes = Vec::new();
    for demo in demos {
        let name = demo.file_stem().context("a demo has a name")?;
        let mix = cache.join(name).with_extension("wav");
        if !mix.exists() && has_lmms {
            render(&demo, &mix)?;
        }
        if mix.exists() {
            mixes.push(mix);
        }
    }
    Ok(mixes)
}

fn render(demo: &Path, mix: &Path) -> Result<()> {
    let draft = mix.with_extension("part.wav");
    let status = Command::new("timeout")
        .arg("600")
        .arg("lmms")
        .env("QT_QPA_PLATFORM", "offscreen")
        .args(["--allowroot", "render"])
        .arg(demo)
        .args(["-f", "wav", "-a", "-s", "48000", "-o"])
        .arg(&draft)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() && draft.exists() {
        std::fs::rename(&draft, mix)?;
    } else {
        println!("  lmms does not render {}", demo.display());
    }
    Ok(())
}

/// Finished music on this machine.
pub(super) fn games() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in GAMES {
        walk(Path::new(folder), "ogg", &mut found);
    }
    found.sort();
    found.retain(|path| path.to_string_lossy().contains("music"));
    found.truncate(MOST_FILES);
    found
}

fn kind(sample: SampleType) -> SampleKind {
    match sample {
        SampleType::I16 => SampleKind::I16,
        SampleType::I24 => SampleKind::I24,
        SampleType::I32 => SampleKind::I32,
        SampleType::F32 => SampleKind::F32,
        SampleType::F64 => SampleKind::F64,
    }
}

/// Inspects a file as intake does; `None` where it is too short to be music.
pub(super) fn hear(path: &Path) -> Result<Option<Heard>> {
    let name = path.file_name().context("a file has a name")?;
    let name = name.to_string_lossy().into_owned();
    let mut decoder = Decoder::open(File::open(path)?, &name)?;
    let format = decoder.format();
    let spec = format.spec;
    let is_lossy = matches!(format.codec, Codec::Mp3 | Codec::Aac | Codec::Vorbis);
    let mut inspector = Inspector::new(InspectContext {
        rate_hz: spec.rate_hz,
        channels: u32::from(spec.channels),
        sample: kind(spec.sample),
        declared: None,
        // As if it came as WAV: what it was must be heard.
        lossy_source: None,
        thresholds: Thresholds::default(),
    })?;
    let mut planar = vec![Vec::new(); usize::from(spec.channels)];
    let mut tops = Tops::default();
    while let Some(block) = decoder.next_block()? {
        block.planar(&mut planar);
        let slices: Vec<&[f64]> = planar.iter().map(Vec::as_slice).collect();
        inspector.feed(&slices);
        tops.feed(&planar[0]);
    }
    let answer = inspector.finish();
    let minutes = answer.measurements.duration_seconds / 60.0;
    Ok((60.0 * minutes >= SHORTEST_SECONDS).then_some(Heard {
        name,
        minutes,
        answer,
        flat_runs: tops.at_highest(),
        is_lossy,
    }))
}

/// Counts runs of three equal samples by their value, without the detector's rules.
#[derive(Default)]
struct Tops {
    highest: f64,
    runs: BTreeMap<u64, u64>,
}

impl Tops {
    fn feed(&mut self, samples: &[f64]) {
        for w in samples.windows(3) {
            self.highest = self.highest.max(w[0].abs());
            let is_flat = (w[0] - w[1]).abs() < 4.0e-5 && (w[1] - w[2]).abs() < 4.0e-5;
            if is_flat && w[0].abs() > 0.5 * self.highest {
                let level = (w[0].abs() * 10_000.0) as u64;
                *self.runs.entry(level).or_default() += 1;
            }
        }
    }

    fn at_highest(&self) -> u64 {
        let near = (self.highest * 9_990.0) as u64;
        self.runs.range(near..).map(|(_, runs)| runs).sum()
    }
}
