//! A text with places, read once and filled for each notice.

use std::path::Path;

use super::{Facts, WordsError};

/// How what fills a place is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Escape {
    /// As it is.
    Nothing,
    /// On one line: a header of a mail.
    Line,
    /// As text of a page.
    Html,
    /// As text of a page, but for the place that is a page's part already.
    HtmlBut(&'static str),
}

#[derive(Debug, Clone)]
enum Piece {
    Words(String),
    Place(String),
    /// A part that is said only where a fact is there, or only where it is not.
    Part {
        name: String,
        said: Said,
        pieces: Vec<Piece>,
    },
}

/// When a part is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    WhereThere,
    WhereMissing,
}

/// A text with places and parts: `{day}`, `{?day}said with a day{/}`, `{!day}said without{/}`.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Vec<Piece>);

/// What stands between two braces.
enum Mark<'m> {
    Place(&'m str),
    Opens(Said, &'m str),
    Closes,
}

impl<'m> Mark<'m> {
    fn read(inside: &'m str) -> Self {
        match inside.split_at_checked(1) {
            Some(("?", name)) => Self::Opens(Said::WhereThere, name),
            Some(("!", name)) => Self::Opens(Said::WhereMissing, name),
            Some(("/", "")) => Self::Closes,
            Some(_) | None => Self::Place(inside),
        }
    }

    fn name(&self) -> Option<&'m str> {
        match self {
            Self::Place(name) | Self::Opens(_, name) => Some(name),
            Self::Closes => None,
        }
    }
}

/// The pieces read so far; inside a part, those before it wait.
#[derive(Default)]
struct Reading {
    pieces: Vec<Piece>,
    words: String,
    part: Option<(Said, String, Vec<Piece>)>,
}

impl Reading {
    fn end_words(&mut self) {
        if !self.words.is_empty() {
            self.pieces
                .push(Piece::Words(std::mem::take(&mut self.words)));
        }
    }

    /// Takes a mark; what is wrong with it in a sentence.
    fn take(&mut self, mark: Mark<'_>, places: &[&str]) -> Result<(), String> {
        self.end_words();
        if let Some(name) = mark.name().filter(|name| !places.contains(name)) {
            let known: Vec<String> = places.iter().map(|p| format!("{{{p}}}")).collect();
            let known = known.join(", ");
            return Err(format!("nothing fills {{{name}}}; there is {known}"));
        }
        match mark {
            Mark::Place(name) => self.pieces.push(Piece::Place(name.to_owned())),
            Mark::Opens(..) if self.part.is_some() => {
                return Err("a part is opened inside another".to_owned());
            }
            Mark::Opens(said, name) => {
                let before = std::mem::take(&mut self.pieces);
                self.part = Some((said, name.to_owned(), before));
            }
            Mark::Closes => {
                let (said, name, before) = self
                    .part
                    .take()
                    .ok_or_else(|| "{/} ends a part that was not opened".to_owned())?;
                let pieces = std::mem::replace(&mut self.pieces, before);
                self.pieces.push(Piece::Part { name, said, pieces });
            }
        }
        Ok(())
    }
}

impl Pattern {
    /// Reads a text whose places are all among `places`; `at` is its file and first line.
    pub(super) fn read(
        text: &str,
        places: &[&str],
        at: (&Path, usize),
    ) -> Result<Self, WordsError> {
        let (path, first_line) = at;
        let wrong = |before: &str, what: String| WordsError::Wrong {
            path: path.to_owned(),
            line: first_line + before.matches('\n').count(),
            what,
        };
        let mut reading = Reading::default();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            reading.words.push_str(&rest[..open]);
            let before = &text[..text.len() - rest.len() + open];
            let after = &rest[open + 1..];
            if let Some(literal) = after.strip_prefix('{') {
                reading.words.push('{');
                rest = literal;
                continue;
            }
            let Some((inside, next)) = after.split_once('}') else {
                return Err(wrong(before, "a brace is opened and not closed".to_owned()));
            };
            let taken = reading.take(Mark::read(inside), places);
            taken.map_err(|what| wrong(before, what))?;
            rest = next;
        }
        if let Some((_, name, _)) = &reading.part {
            let what = format!("the part of {{{name}}} is opened and not ended with {{/}}");
            return Err(wrong(text, what));
        }
        reading.words.push_str(rest);
        reading.end_words();
        Ok(Self(reading.pieces))
    }

    /// The text with its places filled; a fact that is not there leaves its place empty.
    pub(super) fn fill(&self, facts: &Facts, escape: Escape) -> String {
        let mut text = String::new();
        fill(&self.0, facts, escape, &mut text);
        text
    }
}

fn fill(pieces: &[Piece], facts: &Facts, escape: Escape, text: &mut String) {
    let fact = |name: &str| facts.get(name).map_or("", String::as_str);
    for piece in pieces {
        match piece {
            Piece::Words(words) => text.push_str(words),
            Piece::Place(name) => text.push_str(&written(fact(name), name, escape)),
            Piece::Part { name, said, pieces } => {
                if fact(name).is_empty() == (*said == Said::WhereMissing) {
                    fill(pieces, facts, escape, text);
                }
            }
        }
    }
}

fn written(fact: &str, name: &str, escape: Escape) -> String {
    match escape {
        Escape::Nothing => fact.to_owned(),
        Escape::Line => fact
            .split(|c: char| c.is_control())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" "),
        Escape::HtmlBut(raw) if raw == name => fact.to_owned(),
        Escape::Html | Escape::HtmlBut(_) => html(fact),
    }
}

fn html(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

/// Plain text as paragraphs of a page.
pub(super) fn paragraphs(text: &str) -> String {
    text.split("\n\n")
        .filter(|part| !part.trim().is_empty())
        .map(|part| format!("<p>{}</p>", html(part.trim()).replace('\n', "<br>")))
        .collect::<Vec<_>>()
        .join("\n")
}
