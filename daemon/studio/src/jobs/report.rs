//! The intake report: what the client reads beside the mix, and what pages draw.

use delivery::Moment;
use delivery::report::{IntakeReport, NoteLanguage, ReportFinding, Telling, Weight};
use mastering::{FindingLine, MixId, Project, Severity, Showing, UnixMs, Zone};
use measure::{Finding, Measurements};
use serde::{Deserialize, Serialize};
use worker::Inspected;

use crate::config::StudioConfig;
use crate::notices::{Language, note_words};

/// The report of one file, as the vault keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredReport {
    /// The readable report.
    pub(crate) text: String,
    /// Everything that was found.
    pub(crate) findings: Vec<Finding>,
    /// Everything that was measured, where the file could be read.
    pub(crate) measurements: Option<Measurements>,
    /// What it is about, so that it can be written again; reports of early versions have their
    /// text alone.
    #[serde(default)]
    pub(crate) about: Option<About>,
}

/// What a report is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) file_name: String,
    pub(crate) format: Option<String>,
    pub(crate) file_sha256: String,
    pub(crate) at: i64,
    /// The mix that the file became; none where it was not taken.
    pub(crate) mix: Option<MixId>,
}

/// Who reads a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The studio: everything.
    Staff,
    /// The client, in the dropbox and the portal: what a person has released where the studio
    /// wants that, in their language.
    Client(Language),
}

impl Reader {
    fn language(self) -> Language {
        match self {
            Self::Staff => Language::English,
            Self::Client(language) => language,
        }
    }

    fn is_client(self) -> bool {
        match self {
            Self::Staff => false,
            Self::Client(_) => true,
        }
    }
}

/// The language of an order's client.
pub(crate) fn language_of(
    vault: &vault::Vault,
    project: &Project,
) -> Result<Language, vault::VaultError> {
    let profile = vault.profile(project.client.as_str())?;
    let language = profile.and_then(|row| Language::of_code(&row.language));
    Ok(language.unwrap_or_default())
}

/// A report as somebody reads it now.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: Vec<u8>,
    /// None for the report of an early version, which kept its text alone.
    pub(crate) html: Option<Vec<u8>>,
    /// The findings in it, the gravest first.
    pub(crate) findings: Vec<Finding>,
    /// The figures, where the reader may see them.
    pub(crate) measurements: Option<Measurements>,
}

/// The name of the document with what was found of a mix beside the others.
pub(crate) fn set_document(mix: &MixId) -> String {
    format!("set_findings:{mix}")
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
    about: About,
    findings: Vec<Finding>,
    measurements: Option<Measurements>,
) -> StoredReport {
    let about_it = (&about, Language::English);
    let report = intake_report(config, project, about_it, &findings, measurements.as_ref());
    let text = String::from_utf8_lossy(&report.text()).into_owned();
    StoredReport {
        text,
        findings,
        measurements,
        about: Some(about),
    }
}

fn intake_report(
    config: &StudioConfig,
    project: &Project,
    (about, language): (&About, Language),
    findings: &[Finding],
    measurements: Option<&Measurements>,
) -> IntakeReport {
    let zone = &project.rules.time_zone;
    IntakeReport {
        language: match language {
            Language::English => NoteLanguage::English,
            Language::German => NoteLanguage::German,
        },
        studio: config.studio_name.clone(),
        file_name: about.file_name.clone(),
        order: Some(project.number.to_string()),
        received: moment(zone, about.at),
        zone: zone_words(zone, about.at),
        format: about.format.clone(),
        file_sha256: about.file_sha256.clone(),
        measurements: measurements.map(figures).unwrap_or_default(),
        findings: findings
            .iter()
            .map(|finding| report_finding(finding, language))
            .collect(),
        telling: Telling::Findings,
        portal: None,
    }
}

/// Writes a report for its reader: what was found in the mix and beside the others, or only that
/// it arrived where a person has not released that yet.
pub(crate) fn write(
    config: &StudioConfig,
    project: &Project,
    stored: &StoredReport,
    of_set: Vec<Finding>,
    reader: Reader,
) -> Written {
    let mix = stored.about.as_ref().and_then(|about| about.mix.as_ref());
    let mix = mix.and_then(|id| project.mixes.get(id));
    let is_held = |showing: Option<Showing>| reader.is_client() && showing == Some(Showing::Held);
    let (own_is_held, set_is_held) = (
        is_held(mix.map(|m| m.showing)),
        is_held(mix.map(|m| m.set_showing)),
    );
    let mut findings = Vec::new();
    if !own_is_held {
        findings.extend(stored.findings.iter().cloned());
    }
    if !set_is_held {
        findings.extend(of_set);
    }
    // Stable: of one weight, what is in the mix comes before what is beside it.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let measurements = stored.measurements.clone().filter(|_| !own_is_held);
    let Some(about) = &stored.about else {
        return Written {
            text: stored.text.clone().into_bytes(),
            html: None,
            findings,
            measurements,
        };
    };
    let about = (about, reader.language());
    let mut report = intake_report(config, project, about, &findings, measurements.as_ref());
    if own_is_held {
        report.telling = Telling::Receipt;
    }
    Written {
        text: report.text(),
        html: Some(report.html()),
        findings,
        measurements,
    }
}

/// The report of a document and what was found beside the other mixes, as the vault keeps them.
pub(crate) fn read(
    vault: &vault::Vault,
    project: &Project,
    document: &str,
) -> Result<Option<(StoredReport, Vec<Finding>)>, vault::VaultError> {
    let Some(row) = vault.document(project.id.as_str(), document)? else {
        return Ok(None);
    };
    let Ok(stored) = serde_json::from_str::<StoredReport>(&row.body) else {
        return Ok(None);
    };
    let mix = stored.about.as_ref().and_then(|about| about.mix.as_ref());
    let of_set = match mix {
        Some(mix) => vault.document(project.id.as_str(), &set_document(mix))?,
        None => None,
    };
    let of_set = of_set.and_then(|row| serde_json::from_str(&row.body).ok());
    Ok(Some((stored, of_set.unwrap_or_default())))
}

/// A moment on a zone's clocks, as files carry it; the clock of a box cannot show what no calendar holds.
pub(crate) fn moment(zone: &Zone, at: UnixMs) -> Moment {
    let offset = zone.at(at).map_or(0, |t| t.offset().seconds());
    let on_its_clocks = at.saturating_add(i64::from(offset) * 1000);
    Moment::from_unix_ms(on_its_clocks)
        .or_else(|_| Moment::from_unix_ms(0))
        .expect("the first day of 1970 is in every calendar")
}

/// What a zone's clocks are called at a moment, such as `CET`.
pub(crate) fn zone_words(zone: &Zone, at: UnixMs) -> String {
    let named = zone.at(at).map(|t| t.strftime("%Z").to_string());
    named.unwrap_or_else(|| zone.name().to_owned())
}

fn report_finding(finding: &Finding, language: Language) -> ReportFinding {
    let (what, to_do) = note_words(finding, language);
    ReportFinding {
        weight: match finding.severity {
            measure::Severity::Blocks => Weight::Blocks,
            measure::Severity::Ask => Weight::Ask,
            measure::Severity::Note => Weight::Note,
        },
        what,
        at_seconds: finding.spans.iter().map(|s| s.start_seconds).collect(),
        to_do,
        picture: finding.picture.clone(),
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

/// The day of a moment on a zone's calendar, as `2026-11-20`.
pub(crate) fn day(zone: &Zone, at: UnixMs) -> String {
    moment(zone, at).date()
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
