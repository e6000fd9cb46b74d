//! Words in time: LRC for players, TTML for shops, plain text for booklets.

mod lrc;
mod read;
mod song;
mod ttml;

use std::fmt::Write as _;

pub use self::lrc::sheet;
pub use self::read::{UnreadLyrics, is_xml, read, read_pasted};
pub use self::song::{LyricLine, MOST_LYRIC_BYTES, SongLyrics, plain};
use crate::wav_chunks::xml_text;

/// Most lines of a song.
const MAX_LINES: usize = 5_000;
/// The longest song, so that hours have two digits.
const MAX_MS: u64 = 100 * 3_600_000 - 1;

/// A line, as it is sung.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimedLine {
    /// When it begins, in milliseconds from the start of the song.
    pub start_ms: u64,
    /// When it ends; without it, where the next begins or the song ends.
    pub end_ms: Option<u64>,
    /// The words; empty where the singing stops.
    pub text: String,
    /// Whether a verse begins with it.
    pub begins_verse: bool,
}

/// What a song is called where its words stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LyricsOf {
    /// Language (BCP 47), such as `de`.
    pub language: String,
    /// Title.
    pub title: String,
    /// Who sings.
    pub artist: String,
    /// Title of the release; empty for none.
    pub album: String,
    /// Length of the song in milliseconds.
    pub length_ms: u64,
}

/// The words of a song with their times: each line begins after the one before and inside the song.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lyrics {
    of: LyricsOf,
    lines: Vec<TimedLine>,
}

/// Why lines are no timed words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LyricsRefusal {
    /// None, or far too many.
    #[error("{0} timed lines are no song's words")]
    Count(usize),
    /// A language that is no tag.
    #[error("{0:?} is no language tag, such as de or pt-BR")]
    Language(String),
    /// Longer than four days, or nothing.
    #[error("a song of {0} ms has no timed words")]
    Length(u64),
    /// A line that does not begin after the one before it.
    #[error("line {line} ({text:?}) begins at {at}, which is not after the line before it")]
    Order {
        /// The line, from 1.
        line: usize,
        /// Its words.
        text: String,
        /// When it begins.
        at: String,
    },
    /// A line that ends before it begins, or after the next has begun.
    #[error("line {line} ({text:?}) ends at {at}, before it begins or after the next line begins")]
    End {
        /// The line, from 1.
        line: usize,
        /// Its words.
        text: String,
        /// When it ends.
        at: String,
    },
    /// A line behind the end of the song.
    #[error("line {line} ({text:?}) lies behind the end of the song at {end}")]
    Behind {
        /// The line, from 1.
        line: usize,
        /// Its words.
        text: String,
        /// When the song ends.
        end: String,
    },
    /// A line that is several, or holds what no text has.
    #[error("line {line} ({text:?}) holds a line end or another control character")]
    Control {
        /// The line, from 1.
        line: usize,
        /// Its words.
        text: String,
    },
}

impl Lyrics {
    /// Holds lines against each other and the song.
    ///
    /// # Errors
    /// The first line that is out of its time.
    pub fn new(of: LyricsOf, lines: Vec<TimedLine>) -> Result<Self, LyricsRefusal> {
        if !(1..=MAX_LINES).contains(&lines.len()) {
            return Err(LyricsRefusal::Count(lines.len()));
        }
        if !(1..=MAX_MS).contains(&of.length_ms) {
            return Err(LyricsRefusal::Length(of.length_ms));
        }
        let is_part = |part: &str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if !of.language.split('-').all(is_part) {
            return Err(LyricsRefusal::Language(of.language));
        }
        for (place, line) in lines.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| lines.get(before));
            judge(place + 1, line, before, lines.get(place + 1), of.length_ms)?;
        }
        Ok(Self { of, lines })
    }

    /// When a line ends.
    fn end_of(&self, place: usize) -> u64 {
        let next = self.lines.get(place + 1).map(|next| next.start_ms);
        let own = self.lines.get(place).and_then(|line| line.end_ms);
        own.or(next).unwrap_or(self.of.length_ms)
    }

    /// LRC in UTF-8. Its times are hundredths, cut and not rounded, so that no line comes late.
    pub fn lrc(&self) -> String {
        let mut out = String::new();
        let named = [
            ("ti", &self.of.title),
            ("ar", &self.of.artist),
            ("al", &self.of.album),
        ];
        for (tag, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
            let line = |c: char| if c.is_control() { ' ' } else { c };
            let value: String = value.chars().map(line).collect();
            push(&mut out, &format!("[{tag}:{value}]"));
        }
        let seconds = self.of.length_ms / 1000;
        push(
            &mut out,
            &format!("[length:{:02}:{:02}]", seconds / 60, seconds % 60),
        );
        out + &self.lrc_lines()
    }

    /// The lines of [`Self::lrc`] alone, as tags of a file hold them that says the rest itself.
    pub fn lrc_lines(&self) -> String {
        let lines = self.moments().into_iter();
        lines.fold(String::new(), |out, (at, text)| {
            out + &format!("[{}]{text}\n", stamp(at))
        })
    }

    /// What stands on a screen from when on, in milliseconds: a line until the next, and nothing where one ends before it.
    pub fn moments(&self) -> Vec<(u64, &str)> {
        let mut all = Vec::new();
        for (place, line) in self.lines.iter().enumerate() {
            let text = line.text.trim();
            all.push((line.start_ms, text));
            let next = self.lines.get(place + 1).map(|next| next.start_ms);
            let end = line.end_ms.filter(|end| next != Some(*end));
            all.extend(end.filter(|_| !text.is_empty()).map(|end| (end, "")));
        }
        all
    }

    /// TTML with a time a line. Only lines have times: what stands in body and div would count
    /// once for readers of the W3C and not at all for shops.
    pub fn ttml(&self) -> String {
        let (language, title, artist) = (&self.of.language, &self.of.title, &self.of.artist);
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <tt xmlns=\"http://www.w3.org/ns/ttml\" xmlns:ttm=\"http://www.w3.org/ns/ttml#metadata\" \
             xmlns:itunes=\"http://itunes.apple.com/lyric-ttml-extensions\" \
             itunes:timing=\"Line\" xml:lang=\"{language}\">\n<head>\n<metadata>\n\
             <ttm:title>{}</ttm:title>\n<ttm:agent type=\"person\" xml:id=\"v1\">\
             <ttm:name type=\"full\">{}</ttm:name></ttm:agent>\n</metadata>\n</head>\n\
             <body dur=\"{}\">\n<div>\n",
            xml_text(title),
            xml_text(artist),
            clock(self.of.length_ms),
        );
        for (place, line) in self.lines.iter().enumerate() {
            let text = line.text.trim();
            if text.is_empty() {
                continue;
            }
            if line.begins_verse && place > 0 {
                out.push_str("</div>\n<div>\n");
            }
            let (begin, end) = (clock(line.start_ms), clock(self.end_of(place)));
            let text = xml_text(text);
            push(
                &mut out,
                &format!("<p begin=\"{begin}\" end=\"{end}\" ttm:agent=\"v1\">{text}</p>"),
            );
        }
        out.push_str("</div>\n</body>\n</tt>\n");
        out
    }
}

/// Holds the times of lines against each other, where the song's length is not known yet.
///
/// # Errors
/// The first line that is out of its time; lines without one count for nothing.
pub fn check(lines: &[LyricLine]) -> Result<(), LyricsRefusal> {
    let timed: Vec<TimedLine> = lines
        .iter()
        .filter_map(|line| {
            Some(TimedLine {
                start_ms: line.from_ms?,
                end_ms: line.until_ms,
                text: line.text.clone(),
                begins_verse: false,
            })
        })
        .collect();
    if timed.is_empty() {
        return Ok(());
    }
    let of = LyricsOf {
        language: "und".to_owned(),
        length_ms: MAX_MS,
        ..LyricsOf::default()
    };
    Lyrics::new(of, timed).map(drop)
}

fn judge(
    no: usize,
    line: &TimedLine,
    before: Option<&TimedLine>,
    next: Option<&TimedLine>,
    length_ms: u64,
) -> Result<(), LyricsRefusal> {
    let text = || line.text.clone();
    if line.text.chars().any(char::is_control) {
        return Err(LyricsRefusal::Control {
            line: no,
            text: text(),
        });
    }
    if before.is_some_and(|before| line.start_ms <= before.start_ms) {
        let at = clock(line.start_ms);
        return Err(LyricsRefusal::Order {
            line: no,
            text: text(),
            at,
        });
    }
    if line.start_ms.max(line.end_ms.unwrap_or(0)) > length_ms {
        let end = clock(length_ms);
        return Err(LyricsRefusal::Behind {
            line: no,
            text: text(),
            end,
        });
    }
    let latest = next.map_or(length_ms, |next| next.start_ms);
    match line
        .end_ms
        .filter(|end| *end <= line.start_ms || *end > latest)
    {
        Some(end) => {
            let at = clock(end);
            Err(LyricsRefusal::End {
                line: no,
                text: text(),
                at,
            })
        }
        None => Ok(()),
    }
}

fn push(out: &mut String, line: &str) {
    writeln!(out, "{line}").expect("writing to a string cannot fail");
}

/// Minutes, seconds, hundredths.
fn stamp(ms: u64) -> String {
    let hundredths = ms / 10;
    let seconds = hundredths / 100;
    format!(
        "{:02}:{:02}.{:02}",
        seconds / 60,
        seconds % 60,
        hundredths % 100
    )
}

/// Hours, minutes, seconds, thousandths.
fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!(
        "{hours:02}:{minutes:02}:{:02}.{:03}",
        seconds % 60,
        ms % 1000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(start_ms: u64, end_ms: Option<u64>, text: &str) -> TimedLine {
        TimedLine {
            start_ms,
            end_ms,
            text: text.into(),
            begins_verse: false,
        }
    }

    fn of() -> LyricsOf {
        LyricsOf {
            language: "de".into(),
            title: "Über <dem> Fluß".into(),
            artist: "Ada".into(),
            album: String::new(),
            length_ms: 185_250,
        }
    }

    fn song() -> Lyrics {
        let lines = vec![
            line(1_239, Some(4_000), "Am Morgen & am Abend"),
            line(5_000, None, "fließt er"),
            line(61_005, None, ""),
            line(62_000, None, "vorbei"),
        ];
        Lyrics::new(of(), lines).unwrap()
    }

    #[test]
    fn lrc_has_a_stamp_a_line_and_takes_off_what_has_ended() {
        assert_eq!(
            song().lrc(),
            "[ti:Über <dem> Fluß]\n[ar:Ada]\n[length:03:05]\n[00:01.23]Am Morgen & am Abend\n\
             [00:04.00]\n[00:05.00]fließt er\n[01:01.00]\n[01:02.00]vorbei\n"
        );
    }

    #[test]
    fn ttml_has_begin_and_end_of_each_line() {
        let ttml = song().ttml();
        let lines: Vec<&str> = ttml
            .lines()
            .filter(|line| line.starts_with("<p "))
            .collect();
        assert_eq!(
            lines,
            [
                "<p begin=\"00:00:01.239\" end=\"00:00:04.000\" ttm:agent=\"v1\">Am Morgen &amp; am Abend</p>",
                "<p begin=\"00:00:05.000\" end=\"00:01:01.005\" ttm:agent=\"v1\">fließt er</p>",
                "<p begin=\"00:01:02.000\" end=\"00:03:05.250\" ttm:agent=\"v1\">vorbei</p>",
            ]
        );
    }

    #[test]
    fn what_is_written_reads_as_it_was() {
        let mut lines = song().lines;
        lines[3].begins_verse = true;
        let song = Lyrics::new(of(), lines).unwrap();
        let told = |bytes: &str| {
            let lines = read(bytes.as_bytes()).unwrap().into_iter();
            let told = lines.map(|line| (line.text, line.from_ms, line.until_ms));
            told.collect::<Vec<_>>()
        };
        let line = |text: &str, from, until| (text.to_owned(), from, until);
        let first = "Am Morgen & am Abend";
        assert_eq!(
            told(&song.ttml()),
            [
                line(first, Some(1_239), Some(4_000)),
                line("fließt er", Some(5_000), Some(61_005)),
                line("", None, None),
                line("vorbei", Some(62_000), None),
            ]
        );
        assert_eq!(
            told(&song.lrc()),
            [
                line(first, Some(1_230), Some(4_000)),
                line("fließt er", Some(5_000), Some(61_000)),
                line("vorbei", Some(62_000), None),
            ]
        );
    }

    #[track_caller]
    fn refused(lines: Vec<TimedLine>, expected: &str) {
        let said = Lyrics::new(of(), lines).unwrap_err();
        assert_eq!(said.to_string(), expected);
    }

    #[test]
    fn lines_out_of_their_time_are_refused() {
        refused(vec![], "0 timed lines are no song's words");
        refused(
            vec![line(10, None, "a"), line(10, None, "b")],
            "line 2 (\"b\") begins at 00:00:00.010, which is not after the line before it",
        );
        refused(
            vec![line(10, Some(30), "a"), line(20, None, "b")],
            "line 1 (\"a\") ends at 00:00:00.030, before it begins or after the next line begins",
        );
        refused(
            vec![line(185_251, None, "a")],
            "line 1 (\"a\") lies behind the end of the song at 00:03:05.250",
        );
        refused(
            vec![line(10, None, "a\nb")],
            "line 1 (\"a\\nb\") holds a line end or another control character",
        );
        let language = LyricsOf {
            language: "d\"e".into(),
            ..of()
        };
        assert_eq!(
            Lyrics::new(language, vec![line(1, None, "a")])
                .unwrap_err()
                .to_string(),
            "\"d\\\"e\" is no language tag, such as de or pt-BR"
        );
    }
}
