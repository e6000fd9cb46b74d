//! The words of an order's songs: as they are kept, as a text that people correct, and read from what others wrote.

use std::fs::File;
use std::io::{self, Write as _};

use bytes::Bytes;
use delivery::lyrics::{LyricLine as ReadLine, is_xml, read_pasted, sheet};
use futures_util::Stream;
use mastering::{
    Command, LyricLine, OrderNumber, Project, RevisionNo, Sung, Timed, Track, TrackId, UnixMs,
    lyric_clock,
};
use serde::Serialize;
use worker::WorkerError;

use super::rules::song_named;
use super::{Studio, Submission};
use crate::access::{Right, Visitor};
use crate::denied::Denied;

/// Most bytes of a file with words that are taken at all; how much of it is read is said where it is read.
const MOST_FILE_BYTES: u64 = 1_048_576;

/// How a song's words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LyricsStanding {
    /// Nobody has given any.
    None,
    /// It has none to sing.
    Instrumental,
    /// They are there, and not every line has a time.
    Words,
    /// Every line has its time.
    Timed,
    /// The times were taken on a master of another length than the newest.
    Check,
}

/// The master that words are timed on.
#[derive(Debug, Clone, Serialize)]
pub struct LyricsMaster {
    /// The newest revision that holds it.
    pub revision: RevisionNo,
    /// Its length in milliseconds.
    pub length_ms: u64,
}

/// The words of a song.
#[derive(Debug, Clone, Serialize)]
pub struct LyricsView {
    /// The song.
    pub track: TrackId,
    /// Its title.
    pub title: String,
    /// How often its words were kept: what the next ones are kept after.
    pub no: u32,
    /// How they stand.
    pub standing: LyricsStanding,
    /// The same in a sentence.
    pub told: String,
    /// Their lines; one without words is the gap between two verses.
    pub lines: Vec<LyricLine>,
    /// The same as one text, times before their lines, as LRC has it.
    pub text: String,
    /// ISO 639-1 code of what is sung; empty where nobody has said.
    pub language: String,
    /// Who kept them.
    pub by: Option<String>,
    /// When.
    pub at: Option<UnixMs>,
    /// The master that they are timed on; none before there is one.
    pub master: Option<LyricsMaster>,
}

/// Words as somebody gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LyricsGiven {
    /// Pasted text: words, LRC, or TTML.
    Text(String),
    /// Lines with their times.
    Lines(Vec<LyricLine>),
    /// The song has none to sing.
    Instrumental,
}

/// What the words are kept after, and under which key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LyricsUpon {
    /// The number of the words that these were made from; none for whatever stands now.
    pub after: Option<u32>,
    /// Makes giving them twice count once.
    pub key: Option<String>,
}

fn broken(cause: &dyn std::error::Error) -> Denied {
    Denied::fault("the words could not be read", cause)
}

fn kept_line(line: ReadLine) -> LyricLine {
    LyricLine {
        text: line.text,
        from_ms: line.from_ms,
        until_ms: line.until_ms,
    }
}

fn sheet_of(lines: &[LyricLine]) -> String {
    let lines = lines.iter().map(|line| ReadLine {
        text: line.text.clone(),
        from_ms: line.from_ms,
        until_ms: line.until_ms,
    });
    sheet(&lines.collect::<Vec<_>>())
}

fn language(project: &Project, track: &TrackId) -> String {
    let release = project.release.as_ref();
    let own = release.and_then(|release| release.songs.get(track));
    let own = own.map(|own| own.language.clone());
    let own = own.filter(|language| !language.is_empty());
    own.or_else(|| release.map(|release| release.language.clone()))
        .unwrap_or_default()
}

fn view(project: &Project, track: &Track, visitor: &Visitor) -> LyricsView {
    let kept = project.lyrics_of(&track.id);
    let timed_by = project.master_to_time(&track.id, &visitor.actor());
    let waits = kept.and_then(|kept| kept.waits_for_check(timed_by).zip(kept.timed_on.as_ref()));
    let (standing, told) = match kept.map(|kept| (&kept.sung, kept.timed())) {
        None => (
            LyricsStanding::None,
            "Nobody has given its words.".to_owned(),
        ),
        Some((Sung::Instrumental, _)) => (
            LyricsStanding::Instrumental,
            "It is an instrumental.".to_owned(),
        ),
        Some((Sung::Lines { .. }, Timed::NoWords)) => (
            LyricsStanding::None,
            "Its words were taken away.".to_owned(),
        ),
        Some((Sung::Lines { .. }, Timed::Open { without, of })) => (
            LyricsStanding::Words,
            format!("{} of {of} lines have their time.", of - without),
        ),
        Some((Sung::Lines { .. }, Timed::Whole)) => {
            (LyricsStanding::Timed, "Each line has its time.".to_owned())
        }
    };
    let (standing, told) = match waits {
        Some((_, timed_on)) => (
            LyricsStanding::Check,
            format!(
                "{told} The times were taken on a master of {}, and the newest is of another length: listen to it, and keep them again.",
                lyric_clock(timed_on.length_ms)
            ),
        ),
        None => (standing, told),
    };
    let lines = kept.map_or(&[][..], |kept| kept.lines());
    LyricsView {
        track: track.id.clone(),
        title: track.title.clone(),
        no: kept.map_or(0, |kept| kept.no),
        standing,
        told,
        lines: lines.to_vec(),
        text: sheet_of(lines),
        language: language(project, &track.id),
        by: kept.map(|kept| kept.by.clone()),
        at: kept.map(|kept| kept.at),
        master: timed_by.and_then(|master| {
            let mut rounds = project.revisions.values().rev();
            let round = rounds.find(|round| round.master(&track.id) == Some(master))?;
            let frames = u128::from(master.frames) * 1000 / u128::from(master.rate_hz.max(1));
            Some(LyricsMaster {
                revision: round.no,
                length_ms: u64::try_from(frames).unwrap_or(u64::MAX),
            })
        }),
    }
}

impl Studio {
    /// The words of an order's songs, in the songs' order.
    ///
    /// # Errors
    /// As for [`Studio::release`].
    pub async fn lyrics(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
    ) -> Result<Vec<LyricsView>, Denied> {
        let live = self.seen(visitor, number).await?;
        if !visitor.may(Right::ReadHouse) {
            visitor.must(Right::Send)?;
        }
        let tracks = live.project.tracks.iter();
        Ok(tracks
            .map(|track| view(&live.project, track, visitor))
            .collect())
    }

    /// Keeps the words of a song, which is named by its id, title or place.
    ///
    /// # Errors
    /// Words that cannot be read; lines out of their time; words that somebody else kept meanwhile.
    pub async fn keep_lyrics(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (song, given): (&str, LyricsGiven),
        upon: LyricsUpon,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        let live = self.seen(visitor, number).await?;
        let track = song_named(&live.project, song)?;
        let sung = match given {
            LyricsGiven::Instrumental => Sung::Instrumental,
            LyricsGiven::Lines(lines) => Sung::Lines { lines },
            LyricsGiven::Text(text) => {
                let lines = self.lyrics_in(text).await?.into_iter();
                Sung::Lines {
                    lines: lines.map(kept_line).collect(),
                }
            }
        };
        let stood = live.project.lyrics_of(&track).map_or(0, |stood| stood.no);
        let given = Submission {
            command: Command::KeepLyrics {
                track,
                sung,
                after: upon.after.unwrap_or(stood),
                by: visitor.name().to_owned(),
            },
            // The words count by themselves: whoever listens while they are timed changes nothing of them.
            seq: None,
            key: upon.key,
        };
        self.submit(visitor, number, given).await
    }

    /// Keeps the words of a song out of a file: plain text, LRC or TTML, which the worker opens.
    ///
    /// # Errors
    /// As [`Studio::keep_lyrics`].
    pub async fn keep_lyrics_file(
        &self,
        visitor: &Visitor,
        number: OrderNumber,
        (song, body): (&str, impl Stream<Item = io::Result<Bytes>> + Unpin),
        upon: LyricsUpon,
    ) -> Result<u64, Denied> {
        visitor.must(Right::Send)?;
        self.seen(visitor, number).await?;
        let file = self.taken("a song's words", body, MOST_FILE_BYTES).await?;
        let lines = self.lyrics_of_file(file).await?.into_iter();
        let given = LyricsGiven::Lines(lines.map(kept_line).collect());
        self.keep_lyrics(visitor, number, (song, given), upon).await
    }

    /// Pasted words; XML is opened in the worker alone.
    async fn lyrics_in(&self, text: String) -> Result<Vec<ReadLine>, Denied> {
        if !is_xml(&text) {
            return read_pasted(&text).map_err(|unread| Denied::Invalid(unread.to_string()));
        }
        let mut file = self.vault.scratch().map_err(|e| broken(&e))?;
        let written =
            tokio::task::spawn_blocking(move || file.write_all(text.as_bytes()).map(|()| file));
        let file = written
            .await
            .map_err(|e| broken(&e))?
            .map_err(|e| broken(&e))?;
        self.lyrics_of_file(file).await
    }

    async fn lyrics_of_file(&self, file: File) -> Result<Vec<ReadLine>, Denied> {
        let workers = self.workers.clone();
        let read = tokio::task::spawn_blocking(move || workers.read_lyrics(&file));
        read.await
            .map_err(|e| broken(&e))?
            .map_err(|error| match error {
                WorkerError::NoLyrics(why) => Denied::Invalid(why),
                other => broken(&other),
            })
    }
}
