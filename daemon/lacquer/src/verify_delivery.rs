//! `lacquer verify` over a delivery: its checksums, and each file decoded again and held against the delivery's own report.

use std::path::{Component, Path};

use anyhow::Context as _;
use serde::Deserialize;
use studio::delivering::{self, REPORT};
use worker::Loudness;

use crate::check::decode_into;
use crate::disc_args::VerifyArgs;
use crate::verify::{Verdict, WavLine};
use crate::verify_disc;

/// Most bytes of a report that are read: ten thousand files.
const MOST_REPORT_BYTES: u64 = 32 << 20;

/// What a report says of its files, as far as it can be held against them.
#[derive(Deserialize)]
struct Report {
    files: Vec<ReportFile>,
    #[serde(default)]
    discs: Vec<ReportDisc>,
}

#[derive(Deserialize)]
struct ReportFile {
    path: String,
    /// None for a lossy file.
    samples_sha256: Option<String>,
    frames: u64,
    rate_hz: u32,
}

#[derive(Deserialize)]
struct ReportDisc {
    folders: Vec<String>,
}

/// A delivery of ours: every file is there and as it was made, and nothing else is; every sound decodes to the samples that the
/// report says, every fileset is one.
pub(crate) fn judge(path: &Path, args: &VerifyArgs) -> anyhow::Result<Verdict> {
    let mut objections = delivering::judge(path)?;
    let mut files = Vec::new();
    match report(path)? {
        Ok(report) => {
            for file in &report.files {
                match heard(path, file)? {
                    Ok(line) => files.extend(line),
                    Err(objection) => objections.push(objection),
                }
            }
            for folder in report.discs.iter().flat_map(|disc| &disc.folders) {
                if is_below(folder) && path.join(folder).join("DDPID").exists() {
                    let read = verify_disc::ddp(&path.join(folder), args)?;
                    let said = read.objections.into_iter();
                    objections.extend(said.map(|what| format!("{folder}: {what}")));
                }
            }
        }
        Err(objection) => objections.push(objection),
    }
    Ok(Verdict {
        path: path.display().to_string(),
        kind: "delivery",
        is_whole: objections.is_empty(),
        objections,
        files,
        tracks: Vec::new(),
        listen: Vec::new(),
    })
}

fn report(path: &Path) -> anyhow::Result<Result<Report, String>> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path.join(REPORT)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Err(format!(
                "{REPORT} is not there; its sound was not decoded"
            )));
        }
        Err(error) => return Err(error).context(format!("could not open {REPORT}")),
    };
    let mut text = String::new();
    let read = file.take(MOST_REPORT_BYTES).read_to_string(&mut text);
    let read = read
        .map_err(|error| error.to_string())
        .and_then(|_| serde_json::from_str(&text).map_err(|error| error.to_string()));
    Ok(read.map_err(|why| format!("{REPORT} cannot be read; its sound was not decoded: {why}")))
}

/// Whether a path stays below the folder that it is named in.
fn is_below(path: &str) -> bool {
    Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
}

/// Decodes a file to its end; nothing for what is no sound, for what is not there, which its checksum told, and for Opus, which
/// is nothing that is taken as a mix and so is held by its checksum alone.
fn heard(folder: &Path, file: &ReportFile) -> anyhow::Result<Result<Option<WavLine>, String>> {
    let path = folder.join(&file.path);
    let is_opus = path.extension().is_some_and(|ending| ending == "opus");
    if file.rate_hz == 0 || is_opus || !is_below(&file.path) || !path.is_file() {
        return Ok(Ok(None));
    }
    let name = &file.path;
    // Nobody hears it: what is decoded is summed up and dropped.
    let nowhere = std::fs::File::options().write(true).open("/dev/null");
    let nowhere = nowhere.context("could not open /dev/null")?;
    let decoded = match decode_into(&path, nowhere, Loudness::Unread)? {
        Ok(decoded) => decoded,
        Err(finding) => return Ok(Err(format!("{name}: {}", finding.engineer))),
    };
    let sum = &decoded.samples_sha256;
    let wrong = if !decoded.complete {
        Some("it is not all there".to_owned())
    } else if decoded.frames != file.frames && file.samples_sha256.is_some() {
        Some(format!(
            "it has {} frames, and the report says {}",
            decoded.frames, file.frames
        ))
    } else if file.samples_sha256.as_ref().is_some_and(|said| said != sum) {
        Some("its samples are not those that the report says".to_owned())
    } else {
        None
    };
    if let Some(wrong) = wrong {
        return Ok(Err(format!("{name}: {wrong}")));
    }
    Ok(Ok(Some(WavLine {
        file: name.clone(),
        samples_sha256: Some(sum.clone()),
        rate_hz: Some(decoded.format.spec.rate_hz),
        channels: Some(u32::from(decoded.format.spec.channels)),
        frames: Some(decoded.frames),
        integrated_lufs: decoded.integrated_lufs,
        true_peak_dbtp: None,
    })))
}
