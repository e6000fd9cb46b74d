//! TTML as others write it (W3C Timed Text Markup Language 2, and shops' own dialects): its lines and when they are sung.
//!
//! Nothing outside the file is looked at, and only the entities that XML itself has are known.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::read::UnreadLyrics;
use super::song::{LyricLine, MOST_LINES};

/// How deep elements stand in each other, at most.
const DEEPEST: usize = 64;
/// Longest line that is read, in bytes; what is behind is refused where it is kept.
const LONGEST: usize = 8_000;
/// Digits of a fraction that count.
const FRACTION_DIGITS: usize = 6;
/// Frames and ticks a second where the file does not say (TTML2, 7.2.6 and 7.2.14).
const USUAL_FRAMES: u64 = 30;

/// Whether times count from the element around them, as the W3C has it, or from the start of the song, as shops do.
#[derive(Clone, Copy)]
enum Counted {
    FromParent,
    FromStart,
}

/// How a file counts.
#[derive(Clone, Copy)]
struct Clock {
    counted: Counted,
    frames: u64,
    ticks: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Root,
    Body,
    Division,
    Line,
    Part,
    /// What is no part of the words: heads, translations, and all below.
    Aside,
}

/// An element that is open.
struct Open {
    kind: Kind,
    /// What times below it count from.
    from_ms: u64,
}

/// A line while it is read.
#[derive(Default)]
struct Line {
    text: String,
    from_ms: Option<u64>,
    until_ms: Option<u64>,
    /// When its parts begin and end, where they alone have times.
    parts: Option<(u64, Option<u64>)>,
}

struct Words<'t> {
    text: &'t str,
    clock: Clock,
    open: Vec<Open>,
    line: Option<Line>,
    lines: Vec<LyricLine>,
    /// How many lines there were when the last verse began.
    verse_from: usize,
    ends_ms: Option<u64>,
}

/// Reads TTML.
pub(super) fn read(text: &str) -> Result<Vec<LyricLine>, UnreadLyrics> {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut words = Words {
        text,
        clock: Clock {
            counted: Counted::FromParent,
            frames: USUAL_FRAMES,
            ticks: 1,
        },
        open: Vec::new(),
        line: None,
        lines: Vec::new(),
        verse_from: 0,
        ends_ms: None,
    };
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event();
        let event = event.map_err(|error| words.broken(at, error.to_string()))?;
        match event {
            Event::Eof if words.open.is_empty() => return words.finish(),
            Event::Eof => return Err(words.broken(at, "it ends in the middle".to_owned())),
            Event::Start(start) => words.begin(&start, at)?,
            Event::Empty(start) => {
                words.begin(&start, at)?;
                words.end()?;
            }
            Event::End(_) => words.end()?,
            Event::Text(part) => words.say(&part),
            Event::CData(part) => words.say(&part),
            Event::GeneralRef(name) => {
                let letter = name.resolve_char_ref();
                let letter = letter.map_err(|error| words.broken(at, error.to_string()))?;
                let known = quick_xml::escape::resolve_predefined_entity(&name);
                match (letter, known) {
                    (Some(letter), _) => words.say(letter.encode_utf8(&mut [0; 4])),
                    (None, Some(text)) => words.say(text),
                    (None, None) => {
                        return Err(words.broken(at, "it names an entity of its own".to_owned()));
                    }
                }
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

impl Words<'_> {
    fn line_at(&self, at: usize) -> usize {
        let before = self.text.as_bytes().iter().take(at);
        before.filter(|byte| **byte == b'\n').count() + 1
    }

    fn broken(&self, at: usize, what: String) -> UnreadLyrics {
        UnreadLyrics::Broken {
            line: self.line_at(at),
            what,
        }
    }

    fn kind_of(&self, element: &BytesStart<'_>) -> Kind {
        let name = element.local_name();
        let around = self.open.last().map(|open| open.kind);
        match (name.into_inner(), around) {
            ("tt", None) => Kind::Root,
            ("body", Some(Kind::Root)) => Kind::Body,
            ("div", Some(Kind::Body | Kind::Division)) => Kind::Division,
            ("p", Some(Kind::Body | Kind::Division)) => Kind::Line,
            ("span", Some(Kind::Line | Kind::Part)) if !is_aside(element) => Kind::Part,
            _ => Kind::Aside,
        }
    }

    fn begin(&mut self, element: &BytesStart<'_>, at: usize) -> Result<(), UnreadLyrics> {
        if self.open.len() >= DEEPEST {
            return Err(self.broken(at, "its elements stand too deep in each other".to_owned()));
        }
        let kind = self.kind_of(element);
        if kind == Kind::Root {
            self.clock = Clock::of(element, self.clock);
        }
        let around = self.open.last().map_or(0, |open| open.from_ms);
        let (mut from_ms, mut until_ms) = (None, None);
        if !matches!(kind, Kind::Root | Kind::Aside) {
            let time = |name: &str| self.time(element, name, at);
            let base = match self.clock.counted {
                Counted::FromParent => around,
                Counted::FromStart => 0,
            };
            from_ms = time("begin")?.map(|begin| base.saturating_add(begin));
            let dur = time("dur")?;
            let after = dur.map(|dur| from_ms.unwrap_or(around).saturating_add(dur));
            until_ms = time("end")?.map(|end| base.saturating_add(end)).or(after);
        }
        match kind {
            Kind::Body => self.ends_ms = until_ms,
            Kind::Division => self.verse_from = self.lines.len(),
            Kind::Line => {
                self.line = Some(Line {
                    from_ms,
                    until_ms,
                    ..Line::default()
                });
            }
            Kind::Part => {
                if let (Some(line), Some(from)) = (&mut self.line, from_ms) {
                    let began = line.parts.map_or(from, |(began, _)| began);
                    line.parts = Some((began, until_ms));
                }
            }
            Kind::Aside if element.local_name().into_inner() == "br" => self.say(" "),
            Kind::Root | Kind::Aside => {}
        }
        self.open.push(Open {
            kind,
            from_ms: from_ms.unwrap_or(around),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), UnreadLyrics> {
        let Some(Open {
            kind: Kind::Line, ..
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let line = self.line.take().unwrap_or_default();
        let text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            return Ok(());
        }
        if self.lines.len() >= MOST_LINES {
            return Err(UnreadLyrics::TooMany(MOST_LINES));
        }
        // A division is a verse.
        if self.verse_from == self.lines.len() && !self.lines.is_empty() {
            self.lines.push(LyricLine::default());
        }
        let of_parts = line.parts.filter(|_| line.from_ms.is_none());
        let (from_ms, until_ms) = match of_parts {
            Some((from, until)) => (Some(from), until),
            None => (line.from_ms, line.until_ms),
        };
        self.lines.push(LyricLine {
            text,
            from_ms,
            until_ms: until_ms.filter(|_| from_ms.is_some()),
        });
        Ok(())
    }

    fn say(&mut self, text: &str) {
        let is_sung = matches!(
            self.open.last(),
            Some(Open {
                kind: Kind::Line | Kind::Part,
                ..
            })
        ) || text == " ";
        if let Some(line) = self.line.as_mut().filter(|_| is_sung)
            && line.text.len() < LONGEST
        {
            line.text.push_str(text);
        }
    }

    fn time(
        &self,
        element: &BytesStart<'_>,
        name: &str,
        at: usize,
    ) -> Result<Option<u64>, UnreadLyrics> {
        let Some(given) = attribute(element, name) else {
            return Ok(None);
        };
        let time = self.clock.ms(given.trim());
        time.map(Some).ok_or_else(|| UnreadLyrics::Time {
            line: self.line_at(at),
            given: given.chars().take(40).collect(),
        })
    }

    /// A line ends where the next begins at the latest, and the last with the song.
    fn finish(mut self) -> Result<Vec<LyricLine>, UnreadLyrics> {
        if self.lines.is_empty() {
            return Err(UnreadLyrics::NoTimedText);
        }
        let mut next = self.ends_ms;
        for line in self.lines.iter_mut().rev() {
            line.until_ms = line
                .until_ms
                .filter(|until| next.is_none_or(|next| *until < next));
            next = line.from_ms.or(next);
        }
        Ok(self.lines)
    }
}

/// Translations and letters of another script say a line a second time.
fn is_aside(element: &BytesStart<'_>) -> bool {
    let role = attribute(element, "role").unwrap_or_default();
    let mut roles = role.split_whitespace();
    roles.any(|role| matches!(role, "x-translation" | "x-roman" | "x-transliteration"))
}

/// An attribute by its name, whatever stands before its colon.
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut all = element.attributes().flatten();
    let own = all.find(|own| own.key.local_name().into_inner() == name)?;
    let value = own.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}

impl Clock {
    fn of(root: &BytesStart<'_>, usual: Self) -> Self {
        let number = |name: &str| {
            let given = attribute(root, name)?.parse::<u64>().ok();
            given.filter(|number| (1..=1_000_000_000).contains(number))
        };
        let frames = number("frameRate").unwrap_or(usual.frames);
        let counted = match attribute(root, "timing") {
            Some(_) => Counted::FromStart,
            None => Counted::FromParent,
        };
        Self {
            counted,
            frames,
            ticks: number("tickRate").unwrap_or(usual.ticks),
        }
    }

    /// A time in milliseconds: `HH:MM:SS.mmm`, `HH:MM:SS:FF`, `MM:SS.mmm`, `62.5s`, `2m`, `40f`, `62.5`.
    fn ms(self, text: &str) -> Option<u64> {
        let parts: Vec<&str> = text.split(':').collect();
        let seconds = |text| decimal(text, 1000);
        let whole = |text: &str, unit| text.parse::<u64>().ok()?.checked_mul(unit);
        match parts[..] {
            [only] => self.offset(only),
            [minutes, rest] => whole(minutes, 60_000)?.checked_add(seconds(rest)?),
            [hours, minutes, rest] => whole(hours, 3_600_000)?
                .checked_add(whole(minutes, 60_000)?)?
                .checked_add(seconds(rest)?),
            [hours, minutes, rest, frames] => whole(hours, 3_600_000)?
                .checked_add(whole(minutes, 60_000)?)?
                .checked_add(seconds(rest)?)?
                .checked_add(decimal(frames, 1000)? / self.frames),
            _ => None,
        }
    }

    fn offset(self, text: &str) -> Option<u64> {
        let letters = text.find(|c: char| c.is_ascii_alphabetic());
        let (number, metric) = text.split_at(letters.unwrap_or(text.len()));
        match metric {
            "h" => decimal(number, 3_600_000),
            "m" => decimal(number, 60_000),
            "s" | "" => decimal(number, 1000),
            "ms" => decimal(number, 1),
            "f" => Some(decimal(number, 1000)? / self.frames),
            "t" => Some(decimal(number, 1000)? / self.ticks),
            _ => None,
        }
    }
}

/// So many units, with a fraction of one.
fn decimal(text: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
    let digits = u32::try_from(fraction.len()).ok()?;
    let part = fraction.parse::<u64>().ok()?.checked_mul(unit)? / 10_u64.pow(digits);
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(unit)?
        .checked_add(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clock() -> Clock {
        Clock {
            counted: Counted::FromParent,
            frames: 25,
            ticks: 1_000,
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, Option<u64>, Option<u64>)]) {
        let lines = read(text).unwrap();
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.text.as_str(), line.from_ms, line.until_ms))
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_time_is_written_in_many_forms() {
        for (text, ms) in [
            ("00:01:02.500", 62_500),
            ("01:02.5", 62_500),
            ("1:02", 62_000),
            ("62.5s", 62_500),
            ("12.3s", 12_300),
            ("62.5", 62_500),
            ("62500ms", 62_500),
            ("1.5m", 90_000),
            ("1h", 3_600_000),
            ("25f", 1_000),
            ("00:00:01:05", 1_200),
            ("1500t", 1_500),
            ("1.0009999s", 1_000),
        ] {
            assert_eq!(clock().ms(text), Some(ms), "{text}");
        }
        for text in [
            "",
            "a",
            "1:2:3:4:5",
            "-1s",
            "1.s",
            "1x",
            "99999999999999999999h",
            "1:-2",
        ] {
            assert_eq!(clock().ms(text), None, "{text}");
        }
    }

    #[test]
    fn a_shop_counts_from_the_start_and_writes_words_as_spans() {
        check(
            r#"<?xml version="1.0"?><tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
              xmlns:itunes="http://itunes.apple.com/lyric-ttml-extensions" itunes:timing="Word" xml:lang="en">
            <head><metadata><ttm:title>None of it</ttm:title></metadata></head>
            <body dur="3:05.25"><div begin="1.5" end="20.0" itunes:songPart="Verse">
              <p begin="1.5" end="4.0" ttm:agent="v1"><span begin="1.5" end="2.0">Rain</span> <span begin="2.0" end="4.0">&amp; sn&#246;w</span></p>
              <p><span begin="5.0" end="6.0">falls</span><span begin="6.5" end="9.0" ttm:role="x-bg"> (ooh)</span><span ttm:role="x-translation">f&#228;llt</span></p>
            </div><div begin="1:00.0" end="3:05.25"><p begin="1:00.0" end="3:05.25">on<br/>and on</p></div></body></tt>"#,
            &[
                ("Rain & sn\u{f6}w", Some(1_500), Some(4_000)),
                ("falls (ooh)", Some(5_000), Some(9_000)),
                ("", None, None),
                ("on and on", Some(60_000), None),
            ],
        );
    }

    #[test]
    fn the_w3c_counts_from_the_element_around() {
        check(
            r#"<tt:tt xmlns:tt="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25"><tt:body begin="10s">
              <tt:div begin="1s"><tt:p begin="00:00:01.000" dur="500ms">a</tt:p><tt:p begin="50f">b</tt:p></tt:div></tt:body></tt:tt>"#,
            &[("a", Some(12_000), Some(12_500)), ("b", Some(13_000), None)],
        );
    }

    #[test]
    fn a_line_ends_where_the_next_begins_at_the_latest() {
        check(
            r#"<tt><body><p begin="1s" end="3s">a</p><p begin="2s" end="4s">b</p><p begin="4s">c</p></body></tt>"#,
            &[
                ("a", Some(1_000), None),
                ("b", Some(2_000), None),
                ("c", Some(4_000), None),
            ],
        );
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        assert_eq!(read(text).unwrap_err().to_string(), words);
    }

    #[test]
    fn what_is_no_timed_text_is_said() {
        refused(
            "<html><p>a</p></html>",
            "this XML holds no timed text: no line (p) stands in a body of a tt",
        );
        refused(
            "<tt>\n<body><p begin=\"soon\">a</p></body></tt>",
            "near line 2 of the file \"soon\" is no time of TTML, such as 00:01:02.500 or 62.5s",
        );
        refused(
            "<tt><body><p>a",
            "the TTML is broken near line 1: it ends in the middle",
        );
        refused(
            "<!DOCTYPE tt [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><tt><body><p>&x;</p></body></tt>",
            "the TTML is broken near line 1: it names an entity of its own",
        );
        let deep = "<tt><body>".to_owned() + &"<div>".repeat(100);
        refused(
            &deep,
            "the TTML is broken near line 1: its elements stand too deep in each other",
        );
    }

    proptest! {
        #[test]
        fn any_xml_is_read_or_refused(
            parts in prop::collection::vec(
                prop::sample::select(vec!["<tt>", "<body dur='1s'>", "<div begin='1s'>", "<p begin='2s' end='1s'>", "<span begin='1:1'>", "a", "&amp;", "&#0;", "&x;", "<br/>", "</span>", "</p>", "</div>", "</body>", "</tt>", "<![CDATA[x]]>", "<", ">"]),
                0..20,
            ),
        ) {
            drop(read(&parts.concat()));
        }

        #[test]
        fn any_time_is_one_or_none(text in "[0-9:.hmsft-]{0,14}") {
            let ms = clock().ms(&text);
            let again = ms.and_then(|ms| clock().ms(&format!("{ms}ms")));
            prop_assert_eq!(again, ms);
        }
    }
}
