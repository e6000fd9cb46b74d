//! The words of songs: beside their files, and inside them, at the times at which they are sung there.

use std::io::Read as _;
use std::path::Path;

use delivery::TagLyrics;
use delivery::lyrics::{
    LyricLine, Lyrics, LyricsOf, MOST_LYRIC_BYTES, SongLyrics, TimedLine, check, plain, read,
};
use delivery::names::Names;
use delivery::release::ReleaseSong;
use delivery::wish::{LyricsAs, Wish};
use mastering::programme::{SungInFile, SungSpan};

use super::checksums::{put, sum};
use super::make::Maker;
use super::report::FileMade;
use super::{Delivery, DeliveryError};

/// Letters of a line that are shown where it is spoken of.
const SHOWN: usize = 40;

/// The words of a song as its own file sings them.
#[derive(Debug, Default)]
pub(super) struct LyricsOnFile {
    /// The words alone; nothing of an instrumental.
    pub(super) plain: String,
    /// The same with the time of each line, where each has one.
    pub(super) timed: Option<Lyrics>,
    /// What is left out, and why.
    pub(super) said: Vec<String>,
}

impl LyricsOnFile {
    /// The same for tags; none where there are no words.
    pub(super) fn tags(&self, language: Option<&str>) -> Option<TagLyrics> {
        (!self.plain.is_empty()).then(|| TagLyrics {
            plain: self.plain.trim_end().to_owned(),
            language: language.map(str::to_owned),
            timed: self.timed.clone(),
        })
    }
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

impl Delivery<'_> {
    /// What is sung in a song's file: what its programme cuts out is left out.
    pub(super) fn lyrics_on_file(&self, song: &ReleaseSong) -> LyricsOnFile {
        let Some(SongLyrics::Sung { lines, .. }) = &song.lyrics else {
            return LyricsOnFile::default();
        };
        let Some(why) = song.lyrics.as_ref().and_then(SongLyrics::why_not_timed) else {
            return self.timed_on_file(song, lines);
        };
        let mut said = Vec::new();
        if lines.iter().any(|line| line.from_ms.is_some()) {
            let words = song.words();
            said.push(format!("{words}: its words go without times: {why}"));
        }
        LyricsOnFile {
            plain: plain(lines),
            timed: None,
            said,
        }
    }

    fn sung_in_file(&self, song: &ReleaseSong, lines: &[&LyricLine]) -> Option<SungInFile> {
        let spans: Vec<SungSpan> = lines
            .iter()
            .filter_map(|line| {
                let until_ms = line.until_ms;
                line.from_ms.map(|from_ms| SungSpan { from_ms, until_ms })
            })
            .collect();
        let disc = usize::try_from(song.disc).ok()?.checked_sub(1)?;
        let disc = self.album.timeline().discs.get(disc)?;
        disc.sung_in_file(song.track, &spans)
    }

    fn timed_on_file(&self, song: &ReleaseSong, lines: &[LyricLine]) -> LyricsOnFile {
        let sung: Vec<&LyricLine> = lines.iter().filter(|line| !line.text.is_empty()).collect();
        let Some(there) = self.sung_in_file(song, &sung) else {
            return LyricsOnFile::default();
        };
        let words = song.words();
        let mut said: Vec<String> = there
            .left_out
            .iter()
            .filter_map(|place| {
                let line = sung.get(*place)?;
                Some(format!(
                    "{words}: \u{201c}{}\u{201d} is not sung in its file, where its beginning is cut out, silenced, or before or behind it; the line is left out of the words",
                    shown(&line.text)
                ))
            })
            .collect();
        let verses = verses(lines);
        let mut before = None;
        let mut timed = Vec::new();
        for one in &there.there {
            let (Some(line), Some(verse)) = (sung.get(one.line), verses.get(one.line)) else {
                continue;
            };
            timed.push(TimedLine {
                start_ms: one.span.from_ms,
                end_ms: one.span.until_ms,
                text: line.text.clone(),
                begins_verse: before.is_some_and(|before| before != verse),
            });
            before = Some(verse);
        }
        let text = sung_text(&timed);
        if timed.is_empty() {
            return LyricsOnFile {
                said,
                ..LyricsOnFile::default()
            };
        }
        let of = LyricsOf {
            language: self.language_of(song).unwrap_or("und").to_owned(),
            title: song.title.clone(),
            artist: song.artist.clone().unwrap_or_default(),
            album: self.release.title.clone(),
            length_ms: there.length_ms,
        };
        let timed = Lyrics::new(of, timed);
        if let Err(refusal) = &timed {
            said.push(format!("{words}: its words go without times: {refusal}"));
        }
        LyricsOnFile {
            plain: text,
            timed: timed.ok(),
            said,
        }
    }

    /// What is sung, or else what the titles are in.
    pub(super) fn language_of<'s>(&'s self, song: &'s ReleaseSong) -> Option<&'s str> {
        let own = song.language.as_deref();
        own.or(self.release.language.as_deref())
    }

    /// What of the words is left out, before anything is made.
    pub(super) fn lyrics_left_out(&self) -> Vec<String> {
        let songs = self.release.songs.iter();
        songs
            .flat_map(|song| self.lyrics_on_file(song).said)
            .collect()
    }
}

/// Of each line with words: its verse.
fn verses(lines: &[LyricLine]) -> Vec<usize> {
    let mut verse = 0;
    let mut of_lines = Vec::new();
    for line in lines {
        if line.text.is_empty() {
            verse += 1;
        } else {
            of_lines.push(verse);
        }
    }
    of_lines
}

/// The words of timed lines, with gaps between their verses.
fn sung_text(lines: &[TimedLine]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        if line.begins_verse {
            text.push('\n');
        }
        text + line.text.trim() + "\n"
    })
}

impl Maker<'_> {
    /// The words of each song that has some, in a file named like its sound.
    pub(super) fn lyrics(&self, kind: LyricsAs) -> Result<Vec<FileMade>, DeliveryError> {
        let delivery = self.delivery;
        let mut written: Vec<(&ReleaseSong, String)> = Vec::new();
        for song in &delivery.release.songs {
            let words = delivery.lyrics_on_file(song);
            let text = match (kind, &words.timed) {
                (LyricsAs::Txt, _) if !words.plain.is_empty() => words.plain,
                (LyricsAs::Lrc, Some(timed)) => timed.lrc(),
                (LyricsAs::Ttml, Some(timed)) => timed.ttml(),
                _ => continue,
            };
            written.push((song, text));
        }
        if written.is_empty() {
            return Ok(Vec::new());
        }
        let name = format!("{FOLDER}{}", kind.extension().to_uppercase());
        let folder = self.folder(&name)?;
        let mut names = Names::default();
        let mut files = Vec::new();
        for (song, text) in written {
            let stem = delivery
                .profile
                .names
                .name(delivery.release, song, kind.extension());
            let file = names.take(&stem, kind.extension());
            let path = folder.join(&file);
            put(&path, text.as_bytes())?;
            let name = format!("{name}/{file}");
            let words = delivery.lyrics_on_file(song);
            let read_back = reads_back(&path, &name, (kind, &words))?;
            let (sha256, bytes) = sum(&path)?;
            files.push(FileMade {
                format: Wish::Lyrics(kind).to_string(),
                path: name,
                disc: song.disc,
                title: song.title.clone(),
                bytes,
                sha256,
                read_back,
                ..FileMade::default()
            });
        }
        Ok(files)
    }
}

/// What the folders with words are called; the form stands behind it.
const FOLDER: &str = "Lyrics ";

/// Reads words of a delivery again; what is wrong with them, in a sentence.
pub(super) fn judge(path: &Path, name: &str) -> Option<String> {
    let is_lyrics = name.starts_with(FOLDER);
    if !is_lyrics {
        return None;
    }
    let file = std::fs::File::open(path).ok()?;
    let most = u64::try_from(MOST_LYRIC_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .ok()?;
    match read(&bytes) {
        Ok(lines) => check(&lines)
            .err()
            .map(|refusal| format!("{name}: {refusal}")),
        Err(unread) => Some(format!("{name}: {unread}")),
    }
}

/// What a form keeps of a line: LRC has hundredths.
fn kept(kind: LyricsAs, ms: u64) -> u64 {
    match kind {
        LyricsAs::Lrc => ms - ms % 10,
        LyricsAs::Txt | LyricsAs::Ttml => ms,
    }
}

/// Reads the words of a file again and holds them against what was to be written.
fn reads_back(
    path: &Path,
    name: &str,
    (kind, words): (LyricsAs, &LyricsOnFile),
) -> Result<String, DeliveryError> {
    let bytes = std::fs::read(path).map_err(DeliveryError::at("read", path))?;
    let lines = read(&bytes).map_err(DeliveryError::coder(name))?;
    let lines = lines.iter().filter(|line| !line.text.is_empty());
    let there: Vec<(&str, Option<u64>)> = lines
        .map(|line| (line.text.as_str(), line.from_ms))
        .collect();
    let timed = words.timed.as_ref().filter(|_| kind != LyricsAs::Txt);
    let expected: Vec<(String, Option<u64>)> = match timed {
        Some(timed) => timed
            .moments()
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(at, text)| (text.to_owned(), Some(kept(kind, at))))
            .collect(),
        None => words
            .plain
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| (line.to_owned(), None))
            .collect(),
    };
    let is_same = there.len() == expected.len()
        && there
            .iter()
            .zip(&expected)
            .all(|((text, at), (own, own_at))| text == own && at == own_at);
    if !is_same {
        return Err(DeliveryError::read_back(
            name,
            "its lines are not those that were kept: a line that begins with a time in brackets cannot be written so",
        ));
    }
    Ok(format!(
        "read again: {} lines as they were kept",
        there.len()
    ))
}
