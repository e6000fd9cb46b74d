//! `lacquer verify`: reads a bag, a delivery, a disc, a WAV or a folder of WAVs back and judges it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::Serialize;
use studio::delivering::CHECKSUMS;
use studio::disc::{Listened, TrackRead};

use crate::check::inspect;
use crate::disc_args::VerifyArgs;
use crate::{Outcome, print_json, verify_delivery, verify_disc};

/// Most WAV files in one folder that are read.
const MAX_FILES: usize = 10_000;

#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) path: String,
    pub(crate) kind: &'static str,
    pub(crate) is_whole: bool,
    pub(crate) objections: Vec<String>,
    pub(crate) files: Vec<WavLine>,
    /// Tracks of a disc.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tracks: Vec<TrackLine>,
    /// What was made of a disc to listen to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) listen: Vec<ListenLine>,
}

/// A file to listen to.
#[derive(Debug, Serialize)]
pub(crate) struct ListenLine {
    file: String,
    from: String,
    length: String,
    gap: String,
}

impl From<Listened> for ListenLine {
    fn from(one: Listened) -> Self {
        Self {
            file: one.file,
            from: one.from.to_string(),
            length: one.length.to_string(),
            gap: one.gap.to_string(),
        }
    }
}

/// A track of a disc.
#[derive(Debug, Serialize)]
pub(crate) struct TrackLine {
    no: usize,
    start: String,
    length: String,
    title: String,
    isrc: String,
    samples_sha256: String,
}

impl From<TrackRead> for TrackLine {
    fn from(track: TrackRead) -> Self {
        Self {
            no: track.no,
            start: track.start.to_string(),
            length: track.length.to_string(),
            title: track.title,
            isrc: track.isrc,
            samples_sha256: track.samples_sha256,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct WavLine {
    pub(crate) file: String,
    pub(crate) samples_sha256: Option<String>,
    pub(crate) rate_hz: Option<u32>,
    pub(crate) channels: Option<u32>,
    pub(crate) frames: Option<u64>,
    pub(crate) integrated_lufs: Option<f64>,
    pub(crate) true_peak_dbtp: Option<f64>,
}

pub(crate) fn run(args: &VerifyArgs) -> anyhow::Result<Outcome> {
    let path = &args.path;
    let facts =
        std::fs::metadata(path).with_context(|| format!("could not look at {}", path.display()))?;
    let is_bag = facts.is_dir() && path.join("bagit.txt").exists();
    let is_ddp = facts.is_dir() && path.join("DDPID").exists();
    let is_delivery = facts.is_dir() && path.join(CHECKSUMS).exists();
    let sheet = verify_disc::sheet(path)?;
    let is_disc = !is_bag && !is_delivery && (is_ddp || sheet.is_some());
    if !args.against.is_empty() && !is_disc {
        bail!(
            "--against compares the tracks of a disc; {} is none",
            path.display()
        );
    }
    if args.listen.is_some() && !is_disc {
        bail!(
            "--listen plays a disc; {} is none: name the folder of a DDP fileset or a CUE sheet",
            path.display()
        );
    }
    let verdict = if is_bag {
        bag(path)?
    } else if is_delivery {
        verify_delivery::judge(path, args)?
    } else if is_ddp {
        verify_disc::ddp(path, args)?
    } else if let Some(sheet) = sheet {
        verify_disc::cue(&sheet, args)?
    } else if facts.is_dir() {
        wav_set(path, &wavs_in(path)?)?
    } else {
        wav_set(path, std::slice::from_ref(path))?
    };
    if args.json {
        print_json(&verdict)?;
    } else {
        print_verdict(&verdict);
    }
    Ok(if verdict.is_whole {
        Outcome::Good
    } else {
        Outcome::No
    })
}

fn bag(path: &Path) -> anyhow::Result<Verdict> {
    let judged =
        vault::verify_bag(path).with_context(|| format!("could not read {}", path.display()))?;
    Ok(Verdict {
        path: path.display().to_string(),
        kind: "bag",
        is_whole: judged.is_whole(),
        objections: judged.objections(),
        files: Vec::new(),
        tracks: Vec::new(),
        listen: Vec::new(),
    })
}

fn wavs_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in
        std::fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?
    {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("wav"))
        {
            found.push(path);
        }
        if found.len() > MAX_FILES {
            bail!("{} holds more than {MAX_FILES} WAV files", folder.display());
        }
    }
    if found.is_empty() {
        bail!(
            "{} is neither a bag (no bagit.txt), a DDP (no DDPID), a disc with a CUE sheet, nor a folder of WAV files",
            folder.display()
        );
    }
    found.sort();
    Ok(found)
}

fn wav_set(path: &Path, files: &[PathBuf]) -> anyhow::Result<Verdict> {
    let mut objections = Vec::new();
    let mut lines = Vec::new();
    for file in files {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        match inspect(file, None, &measure::Thresholds::default())? {
            Ok(inspected) => {
                if !inspected.complete {
                    objections.push(format!("{name} is not all there"));
                }
                let m = inspected.inspection.measurements;
                if m.non_finite_samples > 0 {
                    objections.push(format!(
                        "{name} holds {} samples that are no numbers",
                        m.non_finite_samples
                    ));
                }
                if m.true_peak_dbtp.is_some_and(|peak| peak > 0.0) {
                    objections.push(format!("{name} goes over full scale between its samples"));
                }
                lines.push(WavLine {
                    file: name,
                    samples_sha256: Some(inspected.samples_sha256),
                    rate_hz: Some(m.rate_hz),
                    channels: Some(m.channels),
                    frames: Some(m.frames),
                    integrated_lufs: m.integrated_lufs,
                    true_peak_dbtp: m.true_peak_dbtp,
                });
            }
            Err(finding) => {
                objections.push(format!("{name}: {}", finding.engineer));
                lines.push(WavLine {
                    file: name,
                    samples_sha256: None,
                    rate_hz: None,
                    channels: None,
                    frames: None,
                    integrated_lufs: None,
                    true_peak_dbtp: None,
                });
            }
        }
    }
    Ok(Verdict {
        path: path.display().to_string(),
        kind: "wav_set",
        is_whole: objections.is_empty(),
        objections,
        files: lines,
        tracks: Vec::new(),
        listen: Vec::new(),
    })
}

fn print_verdict(verdict: &Verdict) {
    for file in &verdict.files {
        let sum = file.samples_sha256.as_deref().unwrap_or("-");
        println!("{}  {}", sum, file.file);
    }
    for t in &verdict.tracks {
        println!(
            "{}  {:02}  {}  {}  {}",
            t.samples_sha256, t.no, t.start, t.length, t.title
        );
    }
    for one in &verdict.listen {
        println!(
            "{}  {}  gap {}  {}",
            one.from, one.length, one.gap, one.file
        );
    }
    if verdict.is_whole {
        println!("{}: whole, nothing to object to", verdict.path);
    }
    for objection in &verdict.objections {
        println!("{}: {objection}", verdict.path);
    }
}
