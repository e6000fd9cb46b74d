//! The intake report: what the client reads beside the mix, and what pages draw.

use delivery::Moment;
use delivery::report::{IntakeReport, ReportFinding, Weight};
use mastering::{FindingLine, Project, Severity};
use measure::{Finding, Measurements};
use serde::{Deserialize, Serialize};
use worker::Inspected;

use crate::config::StudioConfig;

/// The report of one file, as the vault keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredReport {
    /// The readable report.
    pub(crate) text: String,
    /// Everything that was found.
    pub(crate) findings: Vec<Finding>,
    /// Everything that was measured, where the file could be read.
    pub(crate) measurements: Option<Measurements>,
}

/// What a report is about.
pub(super) struct About<'a> {
    pub(super) file_name: &'a str,
    pub(super) format: Option<String>,
    pub(super) file_sha256: String,
    pub(super) at: i64,
}

/// The journal's short form of a finding.
pub(super) fn line(finding: &Finding) -> FindingLine {
    let severity = match finding.severity {
        measure::Severity::Note => Severity::Note,
        measure::Severity::Ask => Severity::Ask,
        measure::Severity::Blocks => Severity::Blocks,
    };
    FindingLine {
        code: finding.code.clone(),
        severity,
        text: finding.client.clone(),
    }
}

pub(super) fn make(
    config: &StudioConfig,
    project: &Project,
    about: About<'_>,
    findings: Vec<Finding>,
    measurements: Option<Measurements>,
) -> StoredReport {
    let report = IntakeReport {
        studio: config.studio_name.clone(),
        file_name: about.file_name.to_owned(),
        order: Some(project.number.to_string()),
        received: moment(about.at),
        zone: "UTC".to_owned(),
        format: about.format,
        file_sha256: about.file_sha256,
        measurements: measurements.as_ref().map(figures).unwrap_or_default(),
        findings: findings.iter().map(report_finding).collect(),
        portal: None,
    };
    let text = String::from_utf8_lossy(&report.text()).into_owned();
    StoredReport {
        text,
        findings,
        measurements,
    }
}

/// A date that a calendar holds; the clock of a box cannot show another.
pub(crate) fn moment(at: i64) -> Moment {
    Moment::from_unix_ms(at)
        .or_else(|_| Moment::from_unix_ms(0))
        .expect("the first day of 1970 is in every calendar")
}

fn report_finding(finding: &Finding) -> ReportFinding {
    ReportFinding {
        weight: match finding.severity {
            measure::Severity::Blocks => Weight::Blocks,
            measure::Severity::Ask => Weight::Ask,
            measure::Severity::Note => Weight::Note,
        },
        what: finding.client.clone(),
        at_seconds: finding.spans.iter().map(|s| s.start_seconds).collect(),
        to_do: finding.advice.clone(),
    }
}

fn figures(m: &Measurements) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: Option<f64>, unit: &str| {
        if let Some(value) = value {
            rows.push((name.to_owned(), format!("{value:.1} {unit}")));
        }
    };
    row("Integrated loudness", m.integrated_lufs, "LUFS");
    row("Loudness range", m.lra_lu, "LU");
    row("Loudest short term", m.max_short_term_lufs, "LUFS");
    row("True peak", m.true_peak_dbtp, "dBTP");
    row("Sample peak", m.sample_peak_dbfs, "dBFS");
    row("Peak to loudness", m.plr_lu, "LU");
    rows
}

/// The day of a moment, as `2026-11-20`.
pub(crate) fn day(at: i64) -> String {
    moment(at).date()
}

/// `WAV, 24 bit, 48 kHz, stereo, 4:02`.
pub(super) fn format_words(inspected: &Inspected) -> String {
    let f = &inspected.format;
    let length = delivery::report::timecode(inspected.inspection.measurements.duration_seconds);
    let (container, codec) = (f.container.name(), f.codec.name());
    let kind = if container == codec || matches!(codec, "PCM" | "float") {
        container.to_owned()
    } else {
        format!("{container} ({codec})")
    };
    let depth = f.bit_depth.map_or_else(
        || "lossy".to_owned(),
        |bits| depth_words(bits, f.spec.sample),
    );
    format!(
        "{kind}, {}, {length}",
        pcm_words(f.spec.rate_hz, u32::from(f.spec.channels), &depth)
    )
}

fn depth_words(bits: u16, sample: soundfile::SampleType) -> String {
    match sample {
        soundfile::SampleType::F32 | soundfile::SampleType::F64 => format!("{bits} bit float"),
        soundfile::SampleType::I16 | soundfile::SampleType::I24 | soundfile::SampleType::I32 => {
            format!("{bits} bit")
        }
    }
}

/// `24 bit, 48 kHz, stereo`.
fn pcm_words(rate_hz: u32, channels: u32, depth: &str) -> String {
    let khz = f64::from(rate_hz) / 1000.0;
    let channels = match channels {
        1 => "mono".to_owned(),
        2 => "stereo".to_owned(),
        n => format!("{n} channels"),
    };
    format!("{depth}, {khz} kHz, {channels}")
}
