//! The words of notices: one file for each kind and language, with places for what they are about.
//!
//! ```text
//! config/mail/reference_sent.en.txt      Subject: {number}: revision {revision} is ready ...
//!                                        (an empty line)
//!                                        Revision {revision} of “{title}” is ready. ...
//! config/mail/frame.en.txt, .html        what stands around every mail: {name} {text} {link} {studio}
//! ```
//!
//! The files are compiled in; a folder on the box may hold others in their place. A place that its
//! kind does not fill is refused at the start, with file and line. `{{` is a brace.
//! `{?day}...{/}` is said where there is a day, `{!day}...{/}` where there is none.

mod fill;
mod findings;
mod kinds;
mod spoken;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use self::fill::{Escape, Pattern};
pub(crate) use self::findings::{finding_words, note_words};
use self::kinds::{EMBEDDED, FRAME, FRAME_PLACES, MESSAGE, kind_of};
pub use self::kinds::{NoticeKind, notice_kinds};
pub(crate) use self::spoken::day_words;
use self::spoken::spoken;

/// What fills the places of a notice.
pub(crate) type Facts = BTreeMap<String, String>;

/// A language that people are written to in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// German.
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// What a code means; `None` for one that nobody knows.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }
}

/// Why the words of notices cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// A file could not be read.
    #[error("could not read {}", path.display())]
    Unread {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file says something that cannot be said.
    #[error("{}, line {line}: {what}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// A file is named after no notice.
    #[error("{} is named after no notice; the kinds are {kinds}", path.display())]
    NoKind {
        /// The file.
        path: PathBuf,
        /// Those there are.
        kinds: String,
    },
}

/// A notice as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// A mail as it is sent: the same words twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

#[derive(Debug, Clone)]
struct Text {
    subject: Pattern,
    body: Pattern,
}

/// The words of every notice in every language.
#[derive(Debug, Clone)]
pub struct Words {
    texts: BTreeMap<(String, Language), Text>,
    pages: BTreeMap<(String, Language), Pattern>,
    frames: BTreeMap<Language, Pattern>,
    html_frames: BTreeMap<Language, Pattern>,
}

impl Words {
    /// The words that are compiled in.
    #[must_use]
    pub fn embedded() -> Self {
        let mut words = Self {
            texts: BTreeMap::new(),
            pages: BTreeMap::new(),
            frames: BTreeMap::new(),
            html_frames: BTreeMap::new(),
        };
        for (name, text) in EMBEDDED {
            words
                .take(Path::new(name), text)
                .expect("the words that are compiled in are tested");
        }
        words
    }

    /// The words that are compiled in, with those of a folder in their place.
    ///
    /// # Errors
    /// A file that cannot be read, is named after no notice, or names a place that its kind does not fill.
    pub fn load(folder: Option<&Path>) -> Result<Self, WordsError> {
        let mut words = Self::embedded();
        let Some(folder) = folder else {
            return Ok(words);
        };
        let unread = |path: &Path| {
            let path = path.to_owned();
            move |source| WordsError::Unread { path, source }
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unread(folder))? {
            paths.push(entry.map_err(unread(folder))?.path());
        }
        paths.sort();
        for path in paths {
            let is_words = path
                .extension()
                .is_some_and(|ending| ending == "txt" || ending == "html");
            if is_words {
                let text = std::fs::read_to_string(&path).map_err(unread(&path))?;
                words.take(&path, &text)?;
            }
        }
        Ok(words)
    }

    /// Takes one file: `<kind>.<language>.txt` or `.html`.
    fn take(&mut self, path: &Path, text: &str) -> Result<(), WordsError> {
        let no_kind = || WordsError::NoKind {
            path: path.to_owned(),
            kinds: kinds::names().join(", "),
        };
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        let mut parts = name.split('.');
        let (Some(kind), Some(language), Some(ending), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(no_kind());
        };
        let language = Language::of_code(language).ok_or_else(no_kind)?;
        let at = |first_line| (path, first_line);
        if kind == FRAME {
            let pattern = Pattern::read(text, FRAME_PLACES, at(1))?;
            let frames = if ending == "html" {
                &mut self.html_frames
            } else {
                &mut self.frames
            };
            frames.insert(language, pattern);
            return Ok(());
        }
        let places = kind_of(kind).ok_or_else(no_kind)?.places;
        let key = (kind.to_owned(), language);
        if ending == "html" {
            let page = Pattern::read(text.trim_end(), places, at(1))?;
            self.pages.insert(key, page);
            return Ok(());
        }
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        let subject = head
            .strip_prefix("Subject:")
            .filter(|rest| !rest.contains('\n'))
            .ok_or_else(|| WordsError::Wrong {
                path: path.to_owned(),
                line: 1,
                what: "the first line is \u{201c}Subject: ...\u{201d}, the second is empty"
                    .to_owned(),
            })?;
        let text = Text {
            subject: Pattern::read(subject.trim(), places, at(1))?,
            body: Pattern::read(body.trim_end(), places, at(3))?,
        };
        self.texts.insert(key, text);
        Ok(())
    }

    fn text(&self, kind: &str, language: Language, facts: &Facts) -> &Text {
        // A kind without words of its own carries them itself, and so did some of earlier versions.
        let kind = kind_of(kind)
            .filter(|_| !facts.contains_key("subject"))
            .map_or(MESSAGE, |known| known.code);
        self.texts
            .get(&(kind.to_owned(), language))
            .expect("each kind has words in each language; a test walks them")
    }

    /// What a notice says, without greeting.
    pub(crate) fn say(&self, kind: &str, language: Language, facts: &Facts) -> Said {
        let text = self.text(kind, language, facts);
        let facts = spoken(facts, language);
        Said {
            subject: text.subject.fill(&facts, Escape::Line),
            text: text
                .body
                .fill(&facts, Escape::Nothing)
                .trim_end()
                .to_owned(),
        }
    }

    /// The whole mail; `facts` hold what the frame needs as well: `name`, `link`, `studio`.
    pub(crate) fn letter(&self, kind: &str, language: Language, facts: &Facts) -> Letter {
        let Said { subject, text } = self.say(kind, language, facts);
        let page = self.pages.get(&(kind.to_owned(), language)).map_or_else(
            || fill::paragraphs(&text),
            |page| page.fill(&spoken(facts, language), Escape::Html),
        );
        let frame = &self.frames[&language];
        let html_frame = &self.html_frames[&language];
        let mut with_text = facts.clone();
        with_text.insert("text".to_owned(), text);
        let plain = frame.fill(&with_text, Escape::Nothing);
        with_text.insert("text".to_owned(), page);
        let html = html_frame.fill(&with_text, Escape::HtmlBut("text"));
        Letter {
            subject,
            text: plain,
            html,
        }
    }
}

/// What a notice says in a language; what carries no facts says it as it was written.
pub(crate) fn read_out(words: &Words, row: &vault::NoticeRow, language: Language) -> String {
    let facts = row.facts.as_deref().map(serde_json::from_str::<Facts>);
    match facts {
        Some(Ok(facts)) => words.say(&row.kind, language, &facts).text,
        Some(Err(_)) | None => row.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(pairs: &[(&str, &str)]) -> Facts {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn each_kind_has_words_in_each_language() {
        let words = Words::embedded();
        for kind in kinds::names() {
            for language in Language::ALL {
                let known = kind_of(kind).unwrap();
                let places = known.places.iter().filter(|place| **place != "subject");
                let filled: Facts = places
                    .map(|place| ((*place).to_owned(), format!("[{place}]")))
                    .collect();
                let bare = Facts::from([("number".to_owned(), "LQ-1001".to_owned())]);
                let said = words.say(kind, language, &filled);
                assert!(!said.text.is_empty(), "{kind}");
                assert!(!said.subject.is_empty() || kind == MESSAGE, "{kind}");
                for facts in [&filled, &bare] {
                    let said = words.say(kind, language, facts);
                    assert!(!said.text.contains('{'), "{kind}: {}", said.text);
                    assert!(!said.subject.contains('{'), "{kind}: {}", said.subject);
                }
            }
        }
        assert_eq!(words.frames.len(), Language::ALL.len());
        assert_eq!(words.html_frames.len(), Language::ALL.len());
    }

    #[test]
    fn what_clients_wrote_is_no_html_and_no_header() {
        let words = Words::embedded();
        let facts = facts(&[
            ("number", "LQ-1001"),
            ("file", "<b>Song</b>\r\nBcc: x@y.z"),
            ("findings", ""),
            ("name", "Ada & Co"),
            ("link", "https://studio.example/p/1?a=\"b\""),
            ("studio", "The Room"),
        ]);
        let letter = words.letter("mix_received", Language::English, &facts);
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
        assert!(
            letter.html.contains("&lt;b&gt;Song&lt;/b&gt;"),
            "{}",
            letter.html
        );
        assert!(letter.html.contains("Ada &amp; Co"));
        assert!(letter.html.contains("a=&quot;b&quot;"));
        assert!(letter.text.contains("Hello Ada & Co,"), "{}", letter.text);
        // Nothing is fetched from anywhere when the mail is opened.
        for fetched in ["<img", "src=", "url(", "<script", "<link"] {
            assert!(!letter.html.contains(fetched), "{fetched}");
        }
    }

    #[test]
    fn a_part_is_said_where_its_fact_is_there_or_missing() {
        let words = Words::embedded();
        let say = |kind: &str, language, pairs: &[(&str, &str)]| {
            words.say(kind, language, &facts(pairs)).text
        };
        let kept = [("title", "First Light"), ("working_day", "2027-02-18")];
        let english = say("completed", Language::English, &kept);
        assert!(english.contains("leave on 18 February 2027."), "{english}");
        assert!(english.contains("without an end date"), "{english}");
        let german = say("completed", Language::German, &kept);
        assert!(
            german.contains("am 18. Februar 2027 gel\u{f6}scht"),
            "{german}"
        );
        let paid = [
            ("document", "R-0001"),
            ("invoice", "I-0001"),
            ("amount", "90.00 EUR"),
            ("method", "bank"),
        ];
        let german = say("payment_received", Language::German, &paid);
        assert_eq!(
            german,
            "90,00 EUR sind per \u{dc}berweisung f\u{fc}r I-0001 eingegangen. Damit ist nichts mehr \
             offen. Die Quittung R-0001 finden Sie auf der Seite unten."
        );
        let answered = [
            ("title", "First Light"),
            ("new_work", "1"),
            ("reason", "A new mix."),
        ];
        let english = say("request_answered", Language::English, &answered);
        assert!(english.starts_with("Your request for \u{201c}First Light\u{201d} is new work."));
        assert!(!english.contains("free round"), "{english}");
    }

    #[test]
    fn a_notice_of_an_earlier_version_keeps_the_words_it_carries() {
        let words = Words::embedded();
        let old = facts(&[
            ("number", "LQ-1001"),
            ("subject", "LQ-1001: our quote"),
            ("words", "Our quote Q-0001 is 90.00 EUR."),
        ]);
        let said = words.say("quote_issued", Language::German, &old);
        assert_eq!(said.text, "Our quote Q-0001 is 90.00 EUR.");
        assert_eq!(said.subject, "LQ-1001: our quote");
    }

    #[test]
    fn a_part_that_is_not_ended_stops_the_start() {
        let read = |text: &str| fill::Pattern::read(text, &["day", "title"], (Path::new("x"), 3));
        for (text, sentence) in [
            ("{?day}until {day}", "not ended with {/}"),
            ("until {day}{/}", "was not opened"),
            ("{?day}a{!title}b{/}{/}", "inside another"),
            ("{?dya}a{/}", "nothing fills {dya}"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(sentence), "{error}");
        }
    }

    #[test]
    fn a_folder_takes_the_place_of_what_is_compiled_in() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            durable::replace(&folder.path().join(name), text.as_bytes()).unwrap();
        };
        put(
            "finals_offered.en.txt",
            "Subject: Done: {title}\n\nAll yours, {{friend}.\n",
        );
        let words = Words::load(Some(folder.path())).unwrap();
        let title = facts(&[("title", "First Light"), ("number", "LQ-1001")]);
        let said = words.say("finals_offered", Language::English, &title);
        assert_eq!(said.subject, "Done: First Light");
        assert_eq!(said.text, "All yours, {friend}.");
        let german = words.say("finals_offered", Language::German, &title);
        assert!(german.text.contains("First Light"));

        put(
            "finals_offered.en.txt",
            "Subject: Done\n\nAll yours.\nSee {tilte}.\n",
        );
        let refused = Words::load(Some(folder.path())).unwrap_err().to_string();
        assert!(
            refused.contains("finals_offered.en.txt, line 4") && refused.contains("{tilte}"),
            "{refused}"
        );
        std::fs::remove_file(folder.path().join("finals_offered.en.txt")).unwrap();
        put("finals_ofered.en.txt", "Subject: Done\n\nAll yours.\n");
        let refused = Words::load(Some(folder.path())).unwrap_err().to_string();
        assert!(refused.contains("named after no notice"), "{refused}");
    }
}
