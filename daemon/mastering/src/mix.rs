//! A file the client sent to be mastered, and what the intake check said about it.

use serde::{Deserialize, Serialize};

use crate::ids::{MixId, ObjectSum, SampleSum, TrackId, UnixMs};

/// What a file is to the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MixRole {
    /// A song to be mastered.
    Main,
    /// An instrumental, a cappella, clean or TV mix of a song.
    Alternate,
    /// Something to compare with; never mastered.
    Reference,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nobody has to answer.
    Note,
    /// Somebody decides: reprint, or go on with what came.
    Ask,
    /// It cannot be mastered like this.
    Blocks,
}

/// One finding as the journal keeps it; the full report lies beside it in the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingLine {
    /// The stable code, such as `clipping`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// One sentence in the client's words.
    pub text: String,
}

/// Whether the client may read what was found in a mix.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Showing {
    /// At once.
    #[default]
    Open,
    /// Once a person of the studio has released it.
    Held,
}

/// The outcome of an intake check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to object to.
    Clear,
    /// A person decides.
    Asks,
    /// It cannot be mastered like this.
    Blocks,
}

impl Verdict {
    /// The verdict that a set of findings adds up to: the gravest one counts.
    #[must_use]
    pub fn of(findings: &[FindingLine]) -> Self {
        match findings.iter().map(|f| f.severity).max() {
            None | Some(Severity::Note) => Self::Clear,
            Some(Severity::Ask) => Self::Asks,
            Some(Severity::Blocks) => Self::Blocks,
        }
    }
}

/// What the client declared about the mixes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declared {
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Bits per sample.
    pub bits: u32,
}

/// The decoded audio of a mix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MixAudio {
    /// The canonical PCM file in the vault.
    pub canonical: ObjectSum,
    /// Checksum of its samples.
    pub samples: SampleSum,
    /// Sample rate in hertz.
    pub rate_hz: u32,
    /// Channels.
    pub channels: u32,
    /// Length in frames.
    pub frames: u64,
    /// The format in words, such as `WAV, 24 bit, 48 kHz, stereo`.
    pub format: String,
    /// What the other mixes of the set are compared with, in the vault; none before that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<ObjectSum>,
}

/// Who decided to go on with a mix in spite of its findings, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The person's name.
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// The reason given.
    pub reason: String,
}

/// A file the client sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mix {
    /// Its id.
    pub id: MixId,
    /// What it is to the project.
    pub role: MixRole,
    /// The file's name.
    pub file_name: String,
    /// Where in the dropbox it lay, zip entries as `songs.zip/01.wav`.
    pub path: String,
    /// The file as received, in the vault.
    pub original: ObjectSum,
    /// The decoded audio, if it could be decoded.
    pub audio: Option<MixAudio>,
    /// What the intake check found.
    pub findings: Vec<FindingLine>,
    /// Whether the client may read that.
    #[serde(default)]
    pub showing: Showing,
    /// What was found when it was compared with the other mixes.
    #[serde(default)]
    pub set_findings: Vec<FindingLine>,
    /// Whether the client may read that.
    #[serde(default)]
    pub set_showing: Showing,
    /// When it was taken.
    pub received_at: UnixMs,
    /// The song it belongs to, once that is known.
    pub track: Option<TrackId>,
    /// The mix that took its place.
    pub superseded_by: Option<MixId>,
    /// The decision to use it in spite of its findings.
    pub accepted: Option<Acceptance>,
    /// Whether a person set it aside.
    pub is_set_aside: bool,
}

impl Mix {
    /// What its findings add up to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings).max(Verdict::of(&self.set_findings))
    }

    /// Everything that was found: in it, and beside the other mixes.
    pub fn all_findings(&self) -> impl Iterator<Item = &FindingLine> {
        self.findings.iter().chain(&self.set_findings)
    }

    /// Whether something about it waits for a person's release.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.showing == Showing::Held || self.set_showing == Showing::Held
    }

    /// The mix as its client may see it: what waits for a release is not there, and neither is
    /// the decision that it led to.
    #[must_use]
    pub fn for_client(&self) -> Self {
        let mut seen = self.clone();
        if self.showing == Showing::Held {
            seen.findings.clear();
        }
        if self.set_showing == Showing::Held {
            seen.set_findings.clear();
        }
        if self.is_held_back() {
            seen.accepted = None;
        }
        seen
    }

    /// Whether it still counts: neither superseded nor set aside.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.superseded_by.is_none() && !self.is_set_aside
    }

    /// Whether it may be mastered: decoded, and clear or accepted by a person.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.audio.is_some() && (self.verdict() == Verdict::Clear || self.accepted.is_some())
    }
}
