//! Fades at a song's ends, and segues from one song into the next.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::time::{BadTime, Time};

/// How a fade goes. The formulas are for the way in, x from 0 to 1; a fade out is its mirror.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// x.
    Linear,
    /// sin(πx/2): quick at the quiet end.
    Cosine,
    /// (1000^x − 1)/999: as many decibels each second, 60 in all.
    Exponential,
    /// (1 − cos πx)/2: level at both ends.
    S,
}

/// How two songs share a segue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blend {
    /// Squares add up to one: for songs that have nothing to do with each other.
    EqualPower,
    /// Gains add up to one: for material that is the same on both sides.
    EqualGain,
}

/// A fade at one end of a song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fade {
    /// From silence to full level, or back.
    pub length: Time,
    /// How.
    pub shape: Shape,
}

/// A song that runs into the next: its last stretch and the next one's first sound together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segue {
    /// How long both sound.
    pub length: Time,
    /// How they share it.
    pub shape: Blend,
    /// Where the next song's mark lies in it.
    pub mark: MarkAt,
}

/// A place within a segue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum MarkAt {
    /// Where the next song is first heard.
    Start,
    /// Halfway.
    Middle,
    /// Where the song before is over.
    End,
    /// So long after the next song is first heard.
    After(Time),
}

impl fmt::Display for MarkAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Middle => f.write_str("middle"),
            Self::End => f.write_str("end"),
            Self::After(time) => time.fmt(f),
        }
    }
}

/// A text that is no place for a mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a mark in a segue lies at its start, middle or end, or so long after its start")]
pub struct BadMark(#[source] BadTime);

impl FromStr for MarkAt {
    type Err = BadMark;
    fn from_str(text: &str) -> Result<Self, BadMark> {
        Ok(match text.trim() {
            "start" => Self::Start,
            "middle" => Self::Middle,
            "end" => Self::End,
            time => Self::After(time.parse().map_err(BadMark)?),
        })
    }
}

impl TryFrom<String> for MarkAt {
    type Error = BadMark;
    fn try_from(text: String) -> Result<Self, BadMark> {
        text.parse()
    }
}

impl From<MarkAt> for String {
    fn from(mark: MarkAt) -> String {
        mark.to_string()
    }
}
