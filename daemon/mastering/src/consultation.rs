//! The consultation before the work: what is asked, what is still missing, and how the client
//! prepares their material, made from the answers.
//!
//! A form is kept with the number of its schema, so that answers of an earlier one are read as such.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::UnixMs;
use crate::permission::BorrowedSong;

/// The schema of the questions below; it grows when a question changes its meaning.
pub const CONSULTATION_SCHEMA: u16 = 1;
/// Longest answer, in characters.
const ANSWER_MAX: usize = 4_000;

/// What an answer is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Saying what it costs.
    Quote,
    /// Printing the mixes.
    Mixes,
    /// Mastering.
    Mastering,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 3] = [Self::Quote, Self::Mixes, Self::Mastering];
}

/// Whether the client has warranted the rights in what they send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warranty {
    /// Nobody has yet.
    Open,
    /// It is agreed to.
    Given,
}

/// How far the consultation of an order has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consulted {
    /// The first step that something is missing for; none when all is said.
    pub missing: Option<Step>,
    /// Whether the rights are warranted.
    pub warranty: Warranty,
    /// The songs that hold somebody else's work, as the answers name them. Earlier journals do not
    /// say.
    #[serde(default)]
    pub borrowed: Vec<BorrowedSong>,
    /// When.
    pub at: UnixMs,
}

impl Consulted {
    /// Whether both say the same, whenever they were said.
    #[must_use]
    pub fn says(&self, other: &Self) -> bool {
        let plain = |c: &Self| (c.missing, c.warranty, c.borrowed.clone());
        plain(self) == plain(other)
    }
}

/// What the studio decided about the content of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContentVerdict {
    /// It is worked on.
    Accepted,
    /// It is not: unlawful or hateful content, rights that are missing, or work the studio declines.
    Refused,
}

/// A decision about content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentDecision {
    /// What was decided.
    pub verdict: ContentVerdict,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// The language that instructions are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tongue {
    /// English.
    English,
    /// German.
    German,
}

/// How a question is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// In words.
    Words,
    /// By a whole number from 1.
    Number,
    /// By one of these.
    Choice(&'static [&'static str]),
}

/// A question of the consultation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Question {
    /// Its stable code.
    pub code: &'static str,
    /// The question.
    pub words: &'static str,
    /// How it is answered.
    pub kind: QuestionKind,
    /// The step that needs the answer; none where it only helps.
    pub needed_for: Option<Step>,
}

const fn question(
    code: &'static str,
    words: &'static str,
    kind: QuestionKind,
    needed_for: Option<Step>,
) -> Question {
    Question {
        code,
        words,
        kind,
        needed_for,
    }
}

/// The questions of schema 1 (what a mastering studio asks before it quotes).
pub const QUESTIONS: [Question; 16] = [
    question(
        "songs",
        "How many songs are there?",
        QuestionKind::Number,
        Some(Step::Quote),
    ),
    question(
        "purpose",
        "Where will people hear it: streaming, CD, vinyl, film, ...?",
        QuestionKind::Words,
        Some(Step::Quote),
    ),
    question(
        "platform",
        "How is it mixed?",
        QuestionKind::Choice(&["workstation", "analogue", "other"]),
        Some(Step::Mixes),
    ),
    question(
        "file_type",
        "Which files can you print?",
        QuestionKind::Choice(&["wav", "aiff", "flac", "mp3", "other"]),
        Some(Step::Mixes),
    ),
    question(
        "rate_hz",
        "What is the session's sample rate in Hz?",
        QuestionKind::Number,
        Some(Step::Mixes),
    ),
    question(
        "depth",
        "What is the session's depth?",
        QuestionKind::Choice(&["16", "24", "32f", "64f"]),
        Some(Step::Mixes),
    ),
    question(
        "order",
        "In which order do the songs stand?",
        QuestionKind::Words,
        Some(Step::Mastering),
    ),
    question(
        "style",
        "What kind of music is it?",
        QuestionKind::Words,
        Some(Step::Mastering),
    ),
    question(
        "vision",
        "How should it sound when it is done?",
        QuestionKind::Words,
        Some(Step::Mastering),
    ),
    question("audience", "Who is it for?", QuestionKind::Words, None),
    question(
        "references",
        "Which records sound as you wish yours did?",
        QuestionKind::Words,
        None,
    ),
    question(
        "isrc",
        "Have the songs ISRCs, or shall we allot them?",
        QuestionKind::Words,
        None,
    ),
    question(
        "export_help",
        "Shall we help you print the mixes?",
        QuestionKind::Choice(&["yes", "no"]),
        None,
    ),
    question(
        "covers",
        "Which songs are cover versions? One a line.",
        QuestionKind::Words,
        None,
    ),
    question(
        "remixes",
        "Which songs are remixes of somebody else's? One a line.",
        QuestionKind::Words,
        None,
    ),
    question(
        "samples",
        "Which songs hold samples of others, of any length? One a line.",
        QuestionKind::Words,
        None,
    ),
];

/// Why an answer is not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// Nobody asks that.
    #[error("there is no question {code}")]
    Unasked {
        /// The code given.
        code: String,
    },
    /// The answer is not of the kind.
    #[error("the answer to \u{201c}{words}\u{201d} must be {must}")]
    OtherKind {
        /// The question.
        words: &'static str,
        /// What it must be.
        must: String,
    },
}

/// The answers so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consultation {
    /// The schema they were given under.
    pub schema: u16,
    /// The answers, by the codes of their questions.
    pub answers: BTreeMap<String, String>,
}

impl Default for Consultation {
    fn default() -> Self {
        Self {
            schema: CONSULTATION_SCHEMA,
            answers: BTreeMap::new(),
        }
    }
}

fn checked(question: &Question, given: &str) -> Result<String, BadAnswer> {
    let must = |must: String| BadAnswer::OtherKind {
        words: question.words,
        must,
    };
    match question.kind {
        QuestionKind::Words => {
            let kept = given.chars().filter(|c| !c.is_control() || *c == '\n');
            Ok(kept.take(ANSWER_MAX).collect())
        }
        QuestionKind::Number => match given.parse::<u32>() {
            Ok(1..) => Ok(given.to_owned()),
            Ok(0) | Err(_) => Err(must("a whole number from 1".to_owned())),
        },
        QuestionKind::Choice(known) if known.contains(&given) => Ok(given.to_owned()),
        QuestionKind::Choice(known) => Err(must(format!("one of these: {}", known.join(", ")))),
    }
}

impl Consultation {
    /// Takes answers as they are typed; an empty one takes its answer back.
    ///
    /// # Errors
    /// An answer to a question nobody asks, or of another kind; then nothing is taken.
    pub fn answer(&self, given: &BTreeMap<String, String>) -> Result<Self, BadAnswer> {
        let mut after = self.clone();
        for (code, answer) in given {
            let question = QUESTIONS.iter().find(|q| q.code == code);
            let question = question.ok_or_else(|| BadAnswer::Unasked { code: code.clone() })?;
            let answer = answer.trim();
            if answer.is_empty() {
                after.answers.remove(code);
            } else {
                after
                    .answers
                    .insert(code.clone(), checked(question, answer)?);
            }
        }
        Ok(after)
    }

    /// The questions that a step still waits for.
    pub fn missing(&self, step: Step) -> impl Iterator<Item = &'static Question> + '_ {
        QUESTIONS
            .iter()
            .filter(move |q| q.needed_for.is_some_and(|needed| needed <= step))
            .filter(|q| !self.answers.contains_key(q.code))
            // One song stands in no order.
            .filter(|q| q.code != "order" || self.get("songs") != Some("1"))
    }

    /// The first step that something is missing for; none when all is said.
    #[must_use]
    pub fn next_step(&self) -> Option<Step> {
        Step::ALL
            .into_iter()
            .find(|step| self.missing(*step).next().is_some())
    }

    fn get(&self, code: &str) -> Option<&str> {
        self.answers.get(code).map(String::as_str)
    }

    /// How the client prepares their mixes, line by line; what is not answered yet stays general.
    #[must_use]
    pub fn instructions(&self, tongue: Tongue) -> Vec<String> {
        let say = |english: &str, german: &str| match tongue {
            Tongue::English => english.to_owned(),
            Tongue::German => german.to_owned(),
        };
        let mut lines = vec![self.format_line(tongue)];
        if matches!(self.get("file_type"), Some("mp3" | "other")) {
            lines.push(say(
                "Please print WAV or AIFF: a lossy file cannot be mastered to what it was before.",
                "Bitte rendern Sie WAV oder AIFF: Aus einer verlustbehafteten Datei l\u{e4}sst sich nicht \
                 mehr machen, was sie vorher war.",
            ));
        }
        lines.extend(
            PREPARATION
                .iter()
                .map(|(english, german)| say(english, german)),
        );
        if self.get("songs").is_some_and(|songs| songs != "1") && self.get("order").is_none() {
            lines.push(say(
                "Number the files in the order in which the songs stand.",
                "Nummerieren Sie die Dateien in der Reihenfolge der Titel.",
            ));
        }
        if self.get("export_help") == Some("yes") {
            lines.push(say(
                "We will help you print: tell us when you are at the session.",
                "Wir helfen Ihnen beim Rendern: Sagen Sie uns, wann Sie an der Session sitzen.",
            ));
        }
        lines
    }

    fn format_line(&self, tongue: Tongue) -> String {
        let is_analogue = self.get("platform") == Some("analogue");
        let rate = self.get("rate_hz");
        let depth = self.get("depth");
        match tongue {
            Tongue::English if is_analogue => {
                "Print from tape at the highest rate and depth of your converters.".to_owned()
            }
            Tongue::German if is_analogue => {
                "Nehmen Sie vom Band mit der h\u{f6}chsten Abtastrate und Wortbreite Ihrer Wandler auf."
                    .to_owned()
            }
            Tongue::English => {
                let rate = rate.map_or("the rate of your session".to_owned(), |r| format!("{r} Hz"));
                let depth = match depth {
                    // A session of 16 bits mixes at more, and that is what is sent.
                    Some("16") => "24 bits, although the session has 16",
                    Some("24") => "24 bits",
                    Some("32f" | "64f") => "32-bit float",
                    Some(_) | None => "24 bits or more",
                };
                format!("Print at {rate} and {depth}; convert nothing.")
            }
            Tongue::German => {
                let rate = rate.map_or("der Abtastrate Ihrer Session".to_owned(), |r| format!("{r} Hz"));
                let depth = match depth {
                    Some("16") => "24 Bit, auch wenn die Session 16 hat",
                    Some("24") => "24 Bit",
                    Some("32f" | "64f") => "32 Bit Gleitkomma",
                    Some(_) | None => "24 Bit oder mehr",
                };
                format!("Rendern Sie mit {rate} und {depth}; wandeln Sie nichts um.")
            }
        }
    }
}

/// What holds for every mix, in English and German (preparation as a mastering studio asks for it).
const PREPARATION: [(&str, &str); 5] = [
    (
        "Leave 2 to 3 dB of room below full scale, with no limiter on the sum.",
        "Lassen Sie 2 bis 3 dB Luft bis zur Vollaussteuerung, ohne Limiter auf der Summe.",
    ),
    (
        "Leave some silence before each song and its whole tail after it; cut and fade nothing there.",
        "Lassen Sie vor jedem Titel etwas Stille und danach den ganzen Ausklang; schneiden und blenden Sie \
         dort nichts.",
    ),
    (
        "Use no dither and no noise shaping.",
        "Verwenden Sie kein Dither und kein Noise-Shaping.",
    ),
    (
        "Put instrumentals and other alternates into a folder called Alternate Mixes.",
        "Legen Sie Instrumentale und andere Varianten in einen Ordner namens Alternate Mixes.",
    ),
    (
        "Send everything in one zip, named with the order's number.",
        "Schicken Sie alles in einem Zip, das die Auftragsnummer im Namen tr\u{e4}gt.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &[(&str, &str)]) -> Consultation {
        let given = pairs
            .iter()
            .map(|(code, answer)| ((*code).to_owned(), (*answer).to_owned()))
            .collect();
        Consultation::default().answer(&given).unwrap()
    }

    #[track_caller]
    fn refused(code: &str, answer: &str, sentence: &str) {
        let given = BTreeMap::from([(code.to_owned(), answer.to_owned())]);
        let error = Consultation::default().answer(&given).unwrap_err();
        assert!(error.to_string().contains(sentence), "{error}");
    }

    #[test]
    fn each_step_waits_for_its_answers_and_those_before_it() {
        let codes = |form: &Consultation, step| -> Vec<&str> {
            form.missing(step).map(|question| question.code).collect()
        };
        let empty = Consultation::default();
        assert_eq!(codes(&empty, Step::Quote), ["songs", "purpose"]);
        assert_eq!(empty.next_step(), Some(Step::Quote));
        let quoted = said(&[("songs", "3"), ("purpose", "vinyl")]);
        assert_eq!(
            codes(&quoted, Step::Mixes),
            ["platform", "file_type", "rate_hz", "depth"]
        );
        assert_eq!(quoted.next_step(), Some(Step::Mixes));
        let all = said(&[
            ("songs", "1"),
            ("purpose", "streaming"),
            ("platform", "workstation"),
            ("file_type", "wav"),
            ("rate_hz", "96000"),
            ("depth", "24"),
            ("style", "folk"),
            ("vision", "near"),
        ]);
        assert_eq!(all.next_step(), None, "one song stands in no order");
        let back = all.answer(&BTreeMap::from([("depth".to_owned(), " ".to_owned())]));
        assert_eq!(back.unwrap().next_step(), Some(Step::Mixes));
    }

    #[test]
    fn an_answer_is_of_its_questions_kind() {
        refused("songs", "several", "a whole number from 1");
        refused("songs", "0", "a whole number from 1");
        refused("depth", "23", "one of these: 16, 24, 32f, 64f");
        refused("colour", "blue", "there is no question colour");
    }

    #[test]
    fn the_instructions_follow_from_the_answers() {
        let first = |pairs: &[(&str, &str)]| said(pairs).instructions(Tongue::English).remove(0);
        assert_eq!(
            first(&[("rate_hz", "88200"), ("depth", "16")]),
            "Print at 88200 Hz and 24 bits, although the session has 16; convert nothing."
        );
        assert_eq!(
            first(&[]),
            "Print at the rate of your session and 24 bits or more; convert nothing."
        );
        assert!(first(&[("platform", "analogue")]).contains("highest rate and depth"));
        let all = said(&[("file_type", "mp3"), ("songs", "9"), ("export_help", "yes")])
            .instructions(Tongue::English);
        for part in [
            "2 to 3 dB",
            "no dither",
            "Alternate Mixes",
            "one zip",
            "WAV or AIFF",
            "Number the files",
            "We will help",
        ] {
            assert!(all.iter().any(|line| line.contains(part)), "{part}");
        }
    }

    #[test]
    fn the_instructions_are_the_same_in_german() {
        let form = said(&[
            ("rate_hz", "88200"),
            ("depth", "16"),
            ("file_type", "mp3"),
            ("songs", "9"),
            ("export_help", "yes"),
        ]);
        let (english, german) = (
            form.instructions(Tongue::English),
            form.instructions(Tongue::German),
        );
        assert_eq!(english.len(), german.len());
        assert_eq!(
            german[0],
            "Rendern Sie mit 88200 Hz und 24 Bit, auch wenn die Session 16 hat; wandeln Sie nichts um."
        );
        for (english, german) in english.iter().zip(&german) {
            assert_ne!(english, german);
        }
    }
}
