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
}

/// A text with places.
#[derive(Debug, Clone)]
pub(super) struct Pattern(Vec<Piece>);

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
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            words.push_str(&rest[..open]);
            let before = &text[..text.len() - rest.len() + open];
            let after = &rest[open + 1..];
            if let Some(literal) = after.strip_prefix('{') {
                words.push('{');
                rest = literal;
                continue;
            }
            let Some((name, next)) = after.split_once('}') else {
                return Err(wrong(before, "a brace is opened and not closed".to_owned()));
            };
            if !places.contains(&name) {
                let known: Vec<String> = places.iter().map(|p| format!("{{{p}}}")).collect();
                let what = format!("nothing fills {{{name}}}; there is {}", known.join(", "));
                return Err(wrong(before, what));
            }
            if !words.is_empty() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
            }
            pieces.push(Piece::Place(name.to_owned()));
            rest = next;
        }
        words.push_str(rest);
        pieces.push(Piece::Words(words));
        Ok(Self(pieces))
    }

    /// The text with its places filled; a fact that is not there leaves its place empty.
    pub(super) fn fill(&self, facts: &Facts, escape: Escape) -> String {
        self.0.iter().fold(String::new(), |mut text, piece| {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Place(name) => {
                    let fact = facts.get(name).map_or("", String::as_str);
                    text.push_str(&written(fact, name, escape));
                }
            }
            text
        })
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
