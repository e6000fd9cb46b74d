//! Turns what the watchers saw into findings: every sentence about a mix's sound stands here.

mod edges;
mod fault;
mod level;
mod numbers;
pub(crate) mod set;
mod signal;

use crate::blocks::NonFinite;
use crate::finding::Finding;
use crate::inspect::Watches;
use crate::meter::Measurements;
use crate::overview::Overview;

/// What all sentences are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) watches: &'a Watches,
    pub(crate) non_finite: &'a NonFinite,
    pub(crate) measured: &'a Measurements,
    pub(crate) overview: &'a Overview,
}

impl Seen<'_> {
    /// A level plot with places marked.
    fn plot(&self, marks: &[(f64, f64)]) -> Option<String> {
        Some(self.overview.svg_with_marks(320, 96, marks))
    }

    /// True where nothing in the file is loud enough to hear.
    fn is_silent(&self) -> bool {
        let limit = self.watches.context.thresholds.level.silent_dbfs;
        self.measured.sample_peak_dbfs.is_none_or(|p| p < limit)
    }
}

/// A channel's name in a sentence.
pub(crate) fn channel_name(channel: usize, channels: u32) -> String {
    match (channels, channel) {
        (1, _) => "the only channel".to_owned(),
        (2, 0) => "the left channel".to_owned(),
        (2, 1) => "the right channel".to_owned(),
        _ => format!("channel {}", channel + 1),
    }
}

pub(crate) fn everything(
    watches: &Watches,
    non_finite: &NonFinite,
    measured: &Measurements,
    overview: &Overview,
) -> Vec<Finding> {
    let seen = Seen {
        watches,
        non_finite,
        measured,
        overview,
    };
    let mut findings = Vec::new();
    if measured.frames == 0 {
        findings.push(crate::file_findings::empty_file());
        return findings;
    }
    findings.extend(numbers::declared(&seen));
    if let Some(codec) = &watches.context.lossy_source {
        findings.push(crate::file_findings::lossy_codec(codec));
    }
    findings.extend(fault::non_finite(&seen));
    if seen.is_silent() {
        findings.push(level::silent(&seen));
        return findings;
    }
    level::all(&seen, &mut findings);
    edges::all(&seen, &mut findings);
    fault::all(&seen, &mut findings);
    numbers::all(&seen, &mut findings);
    findings
}
