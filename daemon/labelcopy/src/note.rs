//! Label copy that comes as a note: a list of songs, with codes behind the titles and lines such as `Music: ...` below them.

use crate::heads::{Part, ReleasePart, SongPart};
use crate::table::{of_release, whole};
use crate::{LabelCopy, MOST_SONGS, SongSaid, codes, value};

/// Longest name in front of a colon, in words.
const NAME_WORDS: usize = 4;

/// Reads a note; always something, which may say nothing.
pub(crate) fn read(text: &str) -> Option<LabelCopy> {
    let mut note = Note::default();
    for (line, number) in text.lines().zip(1..) {
        note.take(line.trim(), number);
    }
    Some(note.copy)
}

#[derive(Default)]
struct Note {
    copy: LabelCopy,
    disc: Option<u32>,
    /// The number of the song before.
    last: Option<u32>,
}

impl Note {
    fn take(&mut self, line: &str, number: usize) {
        let at = format!("line {number}");
        if line.chars().all(|c| !c.is_alphanumeric()) {
            return;
        }
        if let Some(disc) = disc_line(line) {
            (self.disc, self.last) = (Some(disc), None);
            return;
        }
        if self.take_rights(line) || self.take_named(line, &at) || self.take_song(line, &at) {
            return;
        }
        self.copy.unread(at, line);
    }

    /// `(P) 2026 Laqueur`, with the sign or in letters.
    fn take_rights(&mut self, line: &str) -> bool {
        let signs = [
            ("\u{2117}", ReleasePart::PLine),
            ("(P)", ReleasePart::PLine),
            ("\u{a9}", ReleasePart::CLine),
            ("(C)", ReleasePart::CLine),
        ];
        let found = signs.into_iter().find_map(|(sign, part)| {
            let head = line.get(..sign.len())?;
            head.eq_ignore_ascii_case(sign)
                .then(|| (part, value(&line[sign.len()..])))
        });
        let Some((part, text)) = found.filter(|(_, text)| !text.is_empty()) else {
            return false;
        };
        self.copy.release.entry(part).or_insert(text);
        true
    }

    /// `Music: Ada Example`: of the song above, or of the release before the first song.
    fn take_named(&mut self, line: &str, at: &str) -> bool {
        let Some((name, text)) = line.split_once([':', '=', '\t']) else {
            return false;
        };
        let text = value(text);
        if name.split_whitespace().count() > NAME_WORDS || text.is_empty() {
            return false;
        }
        match (Part::of(name), self.copy.songs.last_mut()) {
            (Some(Part::Release(part)), _) => {
                self.copy.release.entry(part).or_insert(text);
            }
            (Some(Part::Song(SongPart::Title)), Some(_)) => {
                return self.begin(SongSaid {
                    at: at.to_owned(),
                    title: text,
                    ..SongSaid::default()
                });
            }
            (Some(Part::Song(SongPart::Number | SongPart::Disc)), _) => return false,
            (Some(Part::Song(part)), None) => match of_release(part) {
                Some(part) => {
                    self.copy.release.entry(part).or_insert(text);
                }
                None => return false,
            },
            (Some(Part::Song(part)), Some(song)) => {
                let text = match part {
                    SongPart::Isrc => codes::isrc_in(&text).map_or(text, |(_, code)| code),
                    _ => text,
                };
                song.said.entry(part).or_insert(text);
            }
            (None, _) => return false,
        }
        true
    }

    /// `3. Rain (3:41) DE-A12-26-00003`: a number of the list, a code, or both.
    fn take_song(&mut self, line: &str, at: &str) -> bool {
        let code = codes::isrc_in(line);
        let rest = match &code {
            Some((range, _)) => [&line[..range.start], " ", &line[range.end..]].concat(),
            None => line.to_owned(),
        };
        let (place, title) = numbered(&rest, self.last);
        let title = bare(title);
        if code.is_none() && place.is_none() {
            return false;
        }
        if title.is_empty() {
            // A code on a line of its own is the song's above.
            let (Some((_, code)), Some(song)) = (code, self.copy.songs.last_mut()) else {
                return false;
            };
            return song.said.insert(SongPart::Isrc, code).is_none();
        }
        let mut song = SongSaid {
            at: at.to_owned(),
            title,
            ..SongSaid::default()
        };
        if let Some((disc, number)) = place {
            self.disc = disc.or(self.disc);
            self.last = Some(number);
            song.number = Some(number);
        }
        song.said
            .extend(code.map(|(_, code)| (SongPart::Isrc, code)));
        self.begin(song)
    }

    fn begin(&mut self, song: SongSaid) -> bool {
        if self.copy.songs.len() < MOST_SONGS {
            self.copy.songs.push(SongSaid {
                disc: self.disc,
                ..song
            });
        }
        true
    }
}

/// `CD 2`, `Disc two` is not read: a word and a number, and nothing else.
fn disc_line(line: &str) -> Option<u32> {
    let line = line.trim_end_matches(':');
    let (word, number) = line.rsplit_once(char::is_whitespace)?;
    let is_disc = matches!(tables::plain(word).as_str(), "cd" | "disc" | "disk" | "lp");
    whole(number).filter(|_| is_disc)
}

/// A number in front of a title where the list goes on with it: `3. Rain`, `03 Rain`, `1-03 Rain`.
///
/// "99 Luftballons" is a title: a number counts where a mark stands behind it, or where it is the next one of the list.
fn numbered(line: &str, last: Option<u32>) -> (Option<(Option<u32>, u32)>, &str) {
    let line = line.trim_start();
    let digits = line
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(line.len());
    let (first, rest) = line.split_at(digits);
    let Some(number) = whole(first).filter(|_| digits <= 3) else {
        return (None, line);
    };
    if let Some(behind) = rest.strip_prefix('-') {
        let digits = behind
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(behind.len());
        if let Some(on_disc) = whole(&behind[..digits]) {
            return (
                Some((Some(number), on_disc)),
                behind[digits..].trim_start_matches(['.', ')', ':', '-', ' ', '\t']),
            );
        }
    }
    let is_marked =
        rest.starts_with(['.', ')', ':', '\t']) || rest.trim_start().starts_with(['-', '\u{2013}']);
    let is_next = first.starts_with('0') || number == last.map_or(1, |last| last + 1);
    let title = rest.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '.' | ')' | ':' | '-' | '\u{2013}')
    });
    if (is_marked || (is_next && rest.starts_with(' '))) && !title.is_empty() {
        (Some((None, number)), title)
    } else {
        (None, line)
    }
}

/// A title without the length behind it and the marks that stood around a code.
fn bare(title: &str) -> String {
    let mut words: Vec<&str> = title.split_whitespace().collect();
    while let Some(last) = words.last() {
        let is_empty = last.chars().all(|c| !c.is_alphanumeric()) && *last != "!" && *last != "?";
        if words.len() > 1 && is_length(last) || is_empty {
            words.pop();
        } else {
            break;
        }
    }
    let joined = words.join(" ").replace("()", "").replace("[]", "");
    value(joined.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '-' | '\u{2013}' | ',' | ';' | '|')
    }))
}

/// `3:41`, `(3:41)` or `03'41`.
fn is_length(word: &str) -> bool {
    let word = word.trim_matches(['(', ')', '[', ']', '"', '\u{2033}']);
    let Some((minutes, seconds)) = word.split_once([':', '\'', '\u{2032}']) else {
        return false;
    };
    let is_number =
        |text: &str| (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number(minutes) && is_number(seconds)
}
