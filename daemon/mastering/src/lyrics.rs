//! A song's words as they are sung: its lines, and when each begins and ends by the time of its own master.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{SampleSum, TrackId, UnixMs};
use crate::master::Master;
use crate::project::Project;

/// Most lines of a song, those between verses counted.
pub const MOST_LYRIC_LINES: usize = 2_000;
/// Longest line, in characters.
pub const LONGEST_LYRIC_LINE: usize = 500;
/// How much later a line begins than the one before it, at least, in milliseconds: players' files count hundredths.
pub const LYRIC_LINES_APART_MS: u64 = 10;
/// Letters of a line that are told with its fault.
const TOLD_LETTERS: usize = 30;
/// Faults that are told at once; whoever mends them finds the next ones then.
const MOST_FAULTS: usize = 50;

/// A line of a song's words; without a word in it, the gap between two verses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LyricLine {
    /// What is sung.
    pub text: String,
    /// When it begins, in milliseconds from the first sample of the song's master; none while nobody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_ms: Option<u64>,
    /// When it ends; none where the next begins or the song ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
}

/// Whether a song is sung, and what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "sung", rename_all = "snake_case")]
pub enum Sung {
    /// These words; none where they were taken away.
    Lines {
        /// In the order in which they are sung.
        lines: Vec<LyricLine>,
    },
    /// Nothing is: it needs no words.
    Instrumental,
}

/// The master that lines were timed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedOn {
    /// Checksum of its samples.
    pub samples: SampleSum,
    /// Its length in milliseconds.
    pub length_ms: u64,
}

/// A song's words as somebody kept them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongLyrics {
    /// How often they were kept, this time too.
    pub no: u32,
    /// What is sung.
    #[serde(flatten)]
    pub sung: Sung,
    /// The master that they were timed on; none where no line has a time.
    #[serde(default)]
    pub timed_on: Option<TimedOn>,
    /// Who kept them.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// How far the times of a song's words go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timed {
    /// There are none to time.
    NoWords,
    /// So many lines have none yet.
    Open {
        /// Lines without a time.
        without: usize,
        /// Lines with words.
        of: usize,
    },
    /// Each line has one.
    Whole,
}

/// What is wrong with one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LyricFault {
    /// The line, from 1; those between verses count.
    pub line: usize,
    /// Its first words.
    pub text: String,
    /// What of it, with its time.
    pub what: String,
}

impl fmt::Display for LyricFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {} (\u{201c}{}\u{201d}) {}",
            self.line, self.text, self.what
        )
    }
}

/// All that is wrong with a song's lines, in their order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct LyricFaults(pub Vec<LyricFault>);

impl fmt::Display for LyricFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("; ")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

/// A time of a song as people read it: `1:02.500`.
#[must_use]
pub fn lyric_clock(ms: u64) -> String {
    let seconds = ms / 1000;
    format!("{}:{:02}.{:03}", seconds / 60, seconds % 60, ms % 1000)
}

/// Length of a master in milliseconds.
fn length_ms(master: &Master) -> u64 {
    let frames = u128::from(master.frames) * 1000;
    u64::try_from(frames / u128::from(master.rate_hz.max(1))).unwrap_or(u64::MAX)
}

impl TimedOn {
    pub(crate) fn master(master: &Master) -> Self {
        Self {
            samples: master.samples.clone(),
            length_ms: length_ms(master),
        }
    }

    /// Whether another master is as long to the millisecond, so that its lines lie where they lay.
    #[must_use]
    pub fn is_as_long_as(&self, master: &Master) -> bool {
        self.length_ms.abs_diff(length_ms(master)) <= 1
    }
}

impl SongLyrics {
    /// Its lines; none of an instrumental.
    #[must_use]
    pub fn lines(&self) -> &[LyricLine] {
        match &self.sung {
            Sung::Lines { lines } => lines,
            Sung::Instrumental => &[],
        }
    }

    /// How far its times go.
    #[must_use]
    pub fn timed(&self) -> Timed {
        let sung = self.lines().iter().filter(|line| !line.text.is_empty());
        let (mut of, mut without) = (0, 0);
        for line in sung {
            of += 1;
            without += usize::from(line.from_ms.is_none());
        }
        match (of, without) {
            (0, _) => Timed::NoWords,
            (_, 0) => Timed::Whole,
            (of, without) => Timed::Open { without, of },
        }
    }

    /// The master that its times have to be checked against: one that is longer or shorter than theirs.
    #[must_use]
    pub fn waits_for_check<'m>(&self, master: Option<&'m Master>) -> Option<&'m Master> {
        let timed_on = self.timed_on.as_ref()?;
        master.filter(|master| !timed_on.is_as_long_as(master))
    }
}

/// Lines as they are kept: without spaces around them, one gap between verses, none before the first and behind the last.
pub(crate) fn tidied(lines: Vec<LyricLine>) -> Vec<LyricLine> {
    let mut kept: Vec<LyricLine> = Vec::new();
    for line in lines {
        let text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_gap = text.is_empty();
        let after_gap = kept.last().is_none_or(|before| before.text.is_empty());
        if is_gap && after_gap {
            continue;
        }
        kept.push(LyricLine { text, ..line });
    }
    while kept.last().is_some_and(|line| line.text.is_empty()) {
        kept.pop();
    }
    kept
}

/// What players of LRC would take for a time.
fn begins_like_a_time(text: &str) -> bool {
    let inside = text.strip_prefix(['[', '<']);
    let minutes = inside.and_then(|inside| inside.split_once(':'));
    let is_number = |(text, _): (&str, &str)| {
        (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    minutes.is_some_and(is_number)
}

/// All that is wrong with lines over a song of a length; without one, times are not held against its end.
pub(crate) fn faults(lines: &[LyricLine], length_ms: Option<u64>) -> Vec<LyricFault> {
    let mut found = Vec::new();
    let mut before: Option<(usize, u64, Option<u64>)> = None;
    for (no, line) in (1..).zip(lines) {
        let text = line.text.trim();
        let mut add = |what: String| {
            let text = text.chars().take(TOLD_LETTERS).collect();
            found.push(LyricFault {
                line: no,
                text,
                what,
            });
        };
        if text.chars().count() > LONGEST_LYRIC_LINE {
            add(format!("is longer than {LONGEST_LYRIC_LINE} characters"));
        }
        if text.chars().any(char::is_control) {
            add("holds a control character".to_owned());
        }
        if begins_like_a_time(text) {
            add("begins with a time in brackets, which players would not show".to_owned());
        }
        let Some(from) = line.from_ms else {
            if line.until_ms.is_some() {
                add("ends, and nobody has said when it begins".to_owned());
            }
            continue;
        };
        if text.is_empty() {
            add(format!(
                "has no words and begins at {}; let the line before it end there",
                lyric_clock(from)
            ));
        }
        if let Some((earlier, began, ended)) = before {
            let at = lyric_clock(from);
            if from < began.saturating_add(LYRIC_LINES_APART_MS) {
                let began = lyric_clock(began);
                add(format!(
                    "begins at {at}, which is not {LYRIC_LINES_APART_MS} ms after line {earlier} at {began}"
                ));
            } else if let Some(ended) = ended.filter(|ended| *ended > from) {
                let ended = lyric_clock(ended);
                add(format!(
                    "begins at {at}, before line {earlier} ends at {ended}"
                ));
            }
        }
        if let Some(until) = line.until_ms.filter(|until| *until <= from) {
            let (from, until) = (lyric_clock(from), lyric_clock(until));
            add(format!("ends at {until}, before it begins at {from}"));
        }
        let last = line.until_ms.map_or(from, |until| until.max(from));
        if let Some(end) = length_ms.filter(|end| last > *end) {
            let (at, end) = (lyric_clock(last), lyric_clock(end));
            add(format!("lies at {at}, behind the end of the song at {end}"));
        }
        before = Some((no, from, line.until_ms));
    }
    found.truncate(MOST_FAULTS);
    found
}

impl Project {
    /// A song's words.
    #[must_use]
    pub fn lyrics_of(&self, track: &TrackId) -> Option<&SongLyrics> {
        self.lyrics.get(track)
    }

    /// The newest master of a song, which its words are timed on; for clients, of what was sent to them.
    #[must_use]
    pub fn master_to_time(&self, track: &TrackId, by: &crate::project::Actor) -> Option<&Master> {
        let is_client = matches!(by, crate::project::Actor::Client { .. });
        let mut rounds = self.revisions.values().rev();
        rounds.find_map(|round| {
            let may_hear = !is_client || round.sent_at.is_some();
            round.master(track).filter(|_| may_hear)
        })
    }

    /// All that is wrong with lines for a song, as [`crate::Command::KeepLyrics`] would find it.
    #[must_use]
    pub fn lyric_faults(
        &self,
        track: &TrackId,
        lines: &[LyricLine],
        by: &crate::project::Actor,
    ) -> Vec<LyricFault> {
        let master = self.master_to_time(track, by);
        faults(lines, master.map(length_ms))
    }
}
