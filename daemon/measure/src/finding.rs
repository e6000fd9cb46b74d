//! What the inspection has to say about a mix, as data.

use serde::{Deserialize, Serialize};

/// Most spans a finding carries; `span_count` has the true number.
pub const MOST_SPANS: usize = 50;

/// What a finding does to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing to decide.
    Note,
    /// Somebody should decide: a reprint, or go on with what came.
    Ask,
    /// There is nothing that could be mastered.
    Blocks,
}

/// A stretch of time in the piece.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// Where it begins.
    pub start_seconds: f64,
    /// How long it is.
    pub length_seconds: f64,
}

/// A number behind a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was measured, in snake case.
    pub name: String,
    /// The number.
    pub value: f64,
    /// Its unit, such as `dBFS`, `frames`, `seconds`; empty for a bare count or ratio.
    pub unit: String,
}

/// One thing the inspection noticed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable code, such as `clipping`; see [`crate::codes`].
    pub code: String,
    /// What it does to the order.
    pub severity: Severity,
    /// Channels concerned, from 0 in file order; empty when it concerns the file.
    pub channels: Vec<u32>,
    /// Where, at most [`MOST_SPANS`], in order of time.
    pub spans: Vec<Span>,
    /// How many places there are in all.
    pub span_count: u64,
    /// The numbers behind it.
    pub evidence: Vec<Evidence>,
    /// One sentence for the client.
    pub client: String,
    /// One sentence for the engineer.
    pub engineer: String,
    /// What to do about it.
    pub advice: String,
    /// A small self-contained SVG.
    pub picture: Option<String>,
}

impl Finding {
    pub(crate) fn new(code: &str, severity: Severity) -> Self {
        Self {
            code: code.to_owned(),
            severity,
            channels: Vec::new(),
            spans: Vec::new(),
            span_count: 0,
            evidence: Vec::new(),
            client: String::new(),
            engineer: String::new(),
            advice: String::new(),
            picture: None,
        }
    }

    pub(crate) fn client(mut self, sentence: impl Into<String>) -> Self {
        self.client = sentence.into();
        self
    }

    pub(crate) fn engineer(mut self, sentence: impl Into<String>) -> Self {
        self.engineer = sentence.into();
        self
    }

    pub(crate) fn advice(mut self, sentence: impl Into<String>) -> Self {
        self.advice = sentence.into();
        self
    }

    pub(crate) fn channels(mut self, channels: Vec<u32>) -> Self {
        self.channels = channels;
        self
    }

    pub(crate) fn at(mut self, spans: &SpanList) -> Self {
        self.spans = spans.kept.clone();
        self.span_count = spans.count;
        self
    }

    pub(crate) fn evidence(mut self, name: &str, value: f64, unit: &str) -> Self {
        // JSON has no infinity; a number that is none is no evidence.
        if value.is_finite() {
            self.evidence.push(Evidence {
                name: name.to_owned(),
                value,
                unit: unit.to_owned(),
            });
        }
        self
    }

    pub(crate) fn picture(mut self, svg: Option<String>) -> Self {
        self.picture = svg;
        self
    }
}

/// Spans with a limit, which joins those that touch.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanList {
    pub(crate) kept: Vec<Span>,
    pub(crate) count: u64,
    last_end_seconds: f64,
}

/// Places closer together than this are one place to a listener.
const JOIN_SECONDS: f64 = 0.1;

impl SpanList {
    pub(crate) fn one(start_seconds: f64, length_seconds: f64) -> Self {
        let mut list = Self::default();
        list.add(start_seconds, length_seconds);
        list
    }

    /// Adds a place at or after the last one.
    pub(crate) fn add(&mut self, start_seconds: f64, length_seconds: f64) {
        let end = start_seconds + length_seconds;
        if self.count > 0 && start_seconds <= self.last_end_seconds + JOIN_SECONDS {
            self.last_end_seconds = self.last_end_seconds.max(end);
            if self.count == self.kept.len() as u64
                && let Some(last) = self.kept.last_mut()
            {
                last.length_seconds = self.last_end_seconds - last.start_seconds;
            }
            return;
        }
        self.count += 1;
        self.last_end_seconds = end;
        if self.kept.len() < MOST_SPANS {
            self.kept.push(Span {
                start_seconds,
                length_seconds,
            });
        }
    }

    pub(crate) fn first_seconds(&self) -> f64 {
        self.kept.first().map_or(0.0, |s| s.start_seconds)
    }

    pub(crate) fn marks(&self) -> Vec<(f64, f64)> {
        self.kept
            .iter()
            .map(|s| (s.start_seconds, s.length_seconds))
            .collect()
    }
}

/// A time as the studio says it: m:ss.
#[must_use]
pub fn timecode(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    format!("{}:{:02}", whole / 60, whole % 60)
}

/// A short time: milliseconds below one second, else seconds.
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.0095 => format!("{:.1} ms", s * 1000.0),
        s if s < 0.995 => format!("{:.0} ms", s * 1000.0),
        s if s < 9.95 => format!("{s:.1} s"),
        s if s < 99.5 => format!("{s:.0} s"),
        s => timecode(s),
    }
}
