//! A mix with its findings.

use mastering::{FindingLine, Mix, Severity, Verdict, Zone};
use serde::Deserialize;

use super::beside::MixBeside;
use crate::words;

/// Places of a finding that a page lists.
const MOST_PLACES: usize = 8;

/// A file the client sent.
pub(crate) struct MixView {
    pub(crate) id: String,
    pub(crate) file_name: String,
    pub(crate) path: String,
    pub(crate) role: &'static str,
    pub(crate) format: String,
    pub(crate) length: String,
    pub(crate) received: String,
    /// Style and word of where it stands.
    pub(crate) state: (&'static str, &'static str),
    pub(crate) findings: Vec<FindingView>,
    /// "Ada went on with it: the limiter is part of the sound."
    pub(crate) accepted: Option<String>,
    pub(crate) standing: Standing,
    /// Whether no song is made from it yet, though one could be.
    pub(crate) is_unused: bool,
    /// What it is to a song, where something can be said of that.
    pub(crate) beside: Option<MixBeside>,
    pub(crate) sum: String,
}

/// Whether a mix counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It may be mastered.
    Verified,
    /// Somebody has to decide about it.
    Waits,
    /// It was replaced or set aside.
    Old,
}

impl Standing {
    fn of(mix: &Mix) -> Self {
        if !mix.is_current() {
            Self::Old
        } else if mix.is_verified() {
            Self::Verified
        } else {
            Self::Waits
        }
    }
}

/// One thing that the intake check noticed.
pub(crate) struct FindingView {
    pub(crate) style: &'static str,
    pub(crate) weight: &'static str,
    pub(crate) client: String,
    pub(crate) engineer: String,
    pub(crate) advice: String,
    pub(crate) places: Vec<String>,
    pub(crate) more_places: u64,
    /// Address of its picture.
    pub(crate) picture: Option<String>,
}

/// The part of a report that pages draw; whatever else is in it stays in the text.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Inspection {
    pub(crate) findings: Vec<ReportFinding>,
}

/// A finding in the report.
#[derive(Deserialize)]
pub(crate) struct ReportFinding {
    severity: Severity,
    #[serde(default)]
    spans: Vec<Span>,
    #[serde(default)]
    span_count: u64,
    #[serde(default)]
    client: String,
    #[serde(default)]
    engineer: String,
    #[serde(default)]
    advice: String,
    pub(crate) picture: Option<String>,
}

#[derive(Deserialize)]
struct Span {
    start_seconds: f64,
}

fn style(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Ask => "ask",
        Severity::Blocks => "blocks",
    }
}

impl FindingView {
    fn line(line: &FindingLine) -> Self {
        Self {
            style: style(line.severity),
            weight: words::severity(line.severity),
            client: line.text.clone(),
            engineer: String::new(),
            advice: String::new(),
            places: Vec::new(),
            more_places: 0,
            picture: None,
        }
    }

    fn full(found: &ReportFinding, picture: String) -> Self {
        let places: Vec<String> = found
            .spans
            .iter()
            .take(MOST_PLACES)
            .map(|span| words::clock(span.start_seconds))
            .collect();
        let shown = u64::try_from(places.len()).unwrap_or(u64::MAX);
        Self {
            style: style(found.severity),
            weight: words::severity(found.severity),
            client: found.client.clone(),
            engineer: found.engineer.clone(),
            advice: found.advice.clone(),
            more_places: found.span_count.saturating_sub(shown),
            places,
            picture: found.picture.is_some().then_some(picture),
        }
    }
}

impl MixView {
    /// The mix as the journal knows it.
    pub(crate) fn of(mix: &Mix, zone: &Zone) -> Self {
        let length = mix.audio.as_ref().map_or_else(String::new, |audio| {
            words::clock(audio.frames as f64 / f64::from(audio.rate_hz.max(1)))
        });
        let accepted = mix.accepted.as_ref().map(|a| {
            let when = words::moment(zone, a.at);
            format!("{} went on with it on {when}: {}", a.by, a.reason)
        });
        Self {
            id: mix.id.to_string(),
            file_name: mix.file_name.clone(),
            path: mix.path.clone(),
            role: words::role(mix.role),
            format: mix
                .audio
                .as_ref()
                .map_or_else(|| "no audio".to_owned(), |a| a.format.clone()),
            length,
            received: words::moment(zone, mix.received_at),
            state: state(mix),
            findings: mix.all_findings().map(FindingView::line).collect(),
            accepted,
            standing: Standing::of(mix),
            is_unused: false,
            beside: None,
            sum: mix.original.to_string(),
        }
    }

    /// Whether it was replaced or set aside.
    pub(crate) fn is_old(&self) -> bool {
        self.standing == Standing::Old
    }

    /// Whether somebody has to decide about it.
    pub(crate) fn waits(&self) -> bool {
        self.standing == Standing::Waits
    }

    /// Whether there is anything in it to hear.
    pub(crate) fn has_audio(&self) -> bool {
        !self.length.is_empty()
    }

    /// Replaces the short findings by the report's, with places and pictures.
    pub(crate) fn with_report(&mut self, base: &str, inspection: &Inspection) {
        if inspection.findings.is_empty() {
            return;
        }
        let id = &self.id;
        let picture = |n: usize| format!("{base}/picture/{id}/{n}");
        let found = inspection.findings.iter().enumerate();
        self.findings = found
            .map(|(n, finding)| FindingView::full(finding, picture(n)))
            .collect();
    }
}

fn state(mix: &Mix) -> (&'static str, &'static str) {
    if mix.is_set_aside {
        return ("old", "Set aside");
    }
    if mix.superseded_by.is_some() {
        return ("old", "Replaced by a newer one");
    }
    match mix.verdict() {
        // The client's copy of a mix that waits for a release has no findings.
        Verdict::Clear if mix.is_held_back() => ("fine", "Arrived"),
        Verdict::Clear => ("fine", "Checked"),
        Verdict::Asks | Verdict::Blocks if mix.accepted.is_some() => ("fine", "Accepted as it is"),
        Verdict::Asks => ("ask", "Waits for a decision"),
        Verdict::Blocks => ("blocks", "Cannot be used"),
    }
}
