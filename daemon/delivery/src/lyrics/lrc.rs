//! LRC and plain text as others write them: a time before a line, several before one that comes back, times of words within
//! it, and an offset for all of them. What has no time is a line too, so that text without any is read as it is.

use super::read::UnreadLyrics;
use super::song::{LyricLine, MOST_LINES};

/// What stands in brackets about a song and is none of its words.
const ABOUT: [&str; 14] = [
    "ti", "ar", "al", "au", "by", "length", "re", "ve", "tool", "la", "lr", "id", "key", "#",
];
/// The longest name of those, and what is looked through for its end.
const LONGEST_ABOUT: usize = 400;

/// A line with the times before it.
struct Read {
    stamps: Vec<u64>,
    text: String,
}

/// What a text says.
#[derive(Default)]
struct Sheet {
    read: Vec<Read>,
    /// Milliseconds by which everything is sung earlier.
    offset_ms: i64,
}

/// Reads text with times, or without them.
pub(super) fn read(text: &str) -> Result<Vec<LyricLine>, UnreadLyrics> {
    let mut sheet = Sheet::default();
    let mut lines = 0;
    for line in text.lines() {
        sheet.take(line);
        let own = sheet.read.last().map_or(0, |last| last.stamps.len().max(1));
        lines += own;
        if lines > MOST_LINES * 2 {
            return Err(UnreadLyrics::TooMany(MOST_LINES));
        }
    }
    sheet.lines()
}

impl Sheet {
    fn take(&mut self, line: &str) {
        let mut rest = line.trim();
        let mut stamps = Vec::new();
        while let Some((stamp, behind)) = leading(rest, ('[', ']')) {
            stamps.push(stamp);
            rest = behind.trim_start();
        }
        if stamps.is_empty()
            && let Some((name, value)) = about(rest)
        {
            if name == "offset" {
                self.offset_ms = value.trim().parse().unwrap_or(0);
            }
            return;
        }
        self.read.push(Read {
            stamps,
            text: without_words_times(rest),
        });
    }

    fn lines(self) -> Result<Vec<LyricLine>, UnreadLyrics> {
        let earlier = |ms: u64| ms.saturating_add_signed(self.offset_ms.saturating_neg());
        let is_folded = self.read.iter().any(|line| line.stamps.len() > 1);
        let mut all: Vec<(u64, LyricLine)> = Vec::new();
        let mut latest = 0;
        for line in self.read {
            // What has no time stays behind what stands before it.
            let stamps = line.stamps.iter().map(|stamp| Some(earlier(*stamp)));
            let none = line.stamps.is_empty().then_some(None);
            for from_ms in stamps.chain(none) {
                latest = from_ms.unwrap_or(latest);
                let text = line.text.clone();
                let line = LyricLine {
                    text,
                    from_ms,
                    until_ms: None,
                };
                all.push((latest, line));
            }
        }
        if is_folded {
            all.sort_by_key(|(at, _)| *at);
        }
        let lines = ended(all.into_iter().map(|(_, line)| line));
        if lines.len() > MOST_LINES {
            return Err(UnreadLyrics::TooMany(MOST_LINES));
        }
        Ok(lines)
    }
}

/// A time without words ends the line before it.
fn ended(all: impl Iterator<Item = LyricLine>) -> Vec<LyricLine> {
    let mut lines: Vec<LyricLine> = Vec::new();
    for line in all {
        let Some(at) = line.from_ms.filter(|_| line.text.is_empty()) else {
            lines.push(line);
            continue;
        };
        let sung = lines.iter_mut().rev().find(|line| line.from_ms.is_some());
        if let Some(sung) = sung
            && sung.until_ms.is_none()
            && sung.from_ms.is_some_and(|from| from < at)
        {
            sung.until_ms = Some(at);
        }
    }
    lines
}

/// A time in brackets at the beginning of a text, and what is behind it.
fn leading(text: &str, (open, close): (char, char)) -> Option<(u64, &str)> {
    let inside = text.strip_prefix(open)?;
    // The longest time is 999:59.999.
    let (end, _) = inside.char_indices().take(12).find(|(_, c)| *c == close)?;
    let (stamp, behind) = inside.split_at(end);
    Some((time(stamp.trim())?, behind.strip_prefix(close)?))
}

/// `mm:ss`, with tenths, hundredths or thousandths behind a point or a colon.
fn time(text: &str) -> Option<u64> {
    let (minutes, rest) = text.split_once(':')?;
    let (seconds, fraction) = match rest.split_once(['.', ':', ',']) {
        Some((seconds, fraction)) => (seconds, fraction),
        None => (rest, "0"),
    };
    let minutes = digits(minutes, 3)?;
    let seconds = digits(seconds, 2).filter(|seconds| *seconds < 60)?;
    let scale = match fraction.len() {
        1 => 100,
        2 => 10,
        _ => 1,
    };
    let ms = digits(fraction, 3)? * scale;
    Some((minutes * 60 + seconds) * 1000 + ms)
}

fn digits(text: &str, most: usize) -> Option<u64> {
    let is_number = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// What is said about the song: `[ti:..]`, `[offset:..]`.
fn about(line: &str) -> Option<(&str, &str)> {
    let inside = line.strip_prefix('[')?.strip_suffix(']')?;
    let (name, value) = inside.split_once(':')?;
    let name = name.trim();
    let is_known = name.eq_ignore_ascii_case("offset")
        || ABOUT.iter().any(|known| name.eq_ignore_ascii_case(known));
    let name = if name.eq_ignore_ascii_case("offset") {
        "offset"
    } else {
        name
    };
    (is_known && inside.len() <= LONGEST_ABOUT).then_some((name, value))
}

/// The line without the times of its words, in one line's spaces.
fn without_words_times(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        let (before, from) = rest.split_at(open);
        kept.push_str(before);
        rest = match leading(from, ('<', '>')) {
            Some((_, behind)) => behind,
            None => {
                kept.push('<');
                from.strip_prefix('<').unwrap_or_default()
            }
        };
    }
    kept.push_str(rest);
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Words and times as one text that a person can correct: times to the millisecond before what has one, and on a line of
/// its own where a line ends before the next begins.
pub fn sheet(lines: &[LyricLine]) -> String {
    let mut out = String::new();
    for line in lines {
        if let Some(from) = line.from_ms {
            out.push_str(&stamp(from));
        }
        out.push_str(line.text.trim());
        out.push('\n');
        if let Some(until) = line.until_ms {
            out.push_str(&stamp(until));
            out.push('\n');
        }
    }
    out
}

fn stamp(ms: u64) -> String {
    let seconds = ms / 1000;
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    format!("[{minutes:02}:{seconds:02}.{:03}]", ms % 1000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Vec<(String, Option<u64>, Option<u64>)> {
        let lines = read(text).unwrap().into_iter();
        lines
            .map(|line| (line.text, line.from_ms, line.until_ms))
            .collect()
    }

    fn line(text: &str, from: u64, until: Option<u64>) -> (String, Option<u64>, Option<u64>) {
        (text.to_owned(), Some(from), until)
    }

    fn bare(text: &str) -> (String, Option<u64>, Option<u64>) {
        (text.to_owned(), None, None)
    }

    #[test]
    fn a_line_that_comes_back_has_several_times() {
        assert_eq!(
            told("[ti:Rain]\n[00:10.50][00:30.5]Rain\n[00:12.123] again\n[00:15:00]\n[00:40]end\n"),
            [
                line("Rain", 10_500, None),
                line("again", 12_123, Some(15_000)),
                line("Rain", 30_500, None),
                line("end", 40_000, None),
            ]
        );
    }

    #[test]
    fn an_offset_that_is_positive_makes_words_earlier() {
        assert_eq!(
            told("[offset: +500]\n[00:00.20]a\n[00:01.00]b\n"),
            [line("a", 0, None), line("b", 500, None)]
        );
        assert_eq!(told("[offset:-500]\n[00:01.00]b"), [line("b", 1_500, None)]);
        assert_eq!(
            told("[offset:99999999999999999999]\n[00:01.00]b"),
            [line("b", 1_000, None)]
        );
    }

    #[test]
    fn times_of_words_leave_the_line() {
        assert_eq!(
            told("[00:01.00] <00:01.00> Rain <00:01.40>falls <3 you <00:02.00>"),
            [line("Rain falls <3 you", 1_000, None)]
        );
    }

    #[test]
    fn text_without_times_is_read_as_it_is() {
        assert_eq!(
            told("One  two\r\n\r\n[Chorus]\n[12:61.00] no time\n"),
            [
                bare("One two"),
                bare(""),
                bare("[Chorus]"),
                bare("[12:61.00] no time"),
            ]
        );
    }

    #[test]
    fn lines_that_are_out_of_order_stay_so_and_are_refused_later() {
        assert_eq!(
            told("[00:02.00]b\n[00:01.00]a\nc"),
            [line("b", 2_000, None), line("a", 1_000, None), bare("c")]
        );
    }

    #[test]
    fn more_lines_than_a_song_has_are_refused() {
        let many = "[00:01.00]".repeat(5_000) + "a";
        assert_eq!(read(&many), Err(UnreadLyrics::TooMany(2_000)));
        assert_eq!(
            read(&"a\n".repeat(2_001)),
            Err(UnreadLyrics::TooMany(2_000))
        );
    }

    prop_compose! {
        fn any_line()(
            text in "[a-zß ,.]{0,12}", from in prop::option::of(0_u64..50_000_000), more in 1_u64..5_000, ends in any::<bool>(),
        ) -> LyricLine {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let from_ms = from.filter(|_| !text.is_empty());
            LyricLine { until_ms: from_ms.filter(|_| ends).map(|from| from + more), from_ms, text }
        }
    }

    proptest! {
        /// What is written to be corrected reads as it was, whether or not its times are in order.
        #[test]
        fn what_is_corrected_is_what_was_kept(lines in prop::collection::vec(any_line(), 0..12)) {
            prop_assert_eq!(read(&sheet(&lines)).unwrap(), lines);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,80}(\n[\\[\\]<>:.0-9a-z ]{0,40}){0,6}") {
            drop(read(&text));
        }
    }
}
