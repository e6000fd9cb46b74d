//! Edits of a song: what is cut, muted, turned round, repeated, replaced or faded, and what that makes of its title.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::fade::Shape;
use super::time::{BadTime, Time};

/// What happens to a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It goes, and what is around it comes together.
    Cut,
    /// It falls silent, in its place.
    Mute,
    /// It is played backwards, in its place.
    Reverse,
    /// It sounds again so many times more, one after the other.
    Repeat {
        /// How many times more, at least once.
        times: u32,
    },
    /// Another file sounds in its place, from the same time on: an alternate aligned to the mix.
    Replace {
        /// The alternate's file.
        with: String,
    },
    /// The song fades out over it and is over.
    RadioFade {
        /// How.
        shape: Shape,
    },
}

impl Edit {
    /// The file that sounds in the region's place, where another one does.
    #[must_use]
    pub fn replacing(&self) -> Option<&str> {
        match &self.what {
            What::Replace { with } => Some(with),
            What::Cut
            | What::Mute
            | What::Reverse
            | What::Repeat { .. }
            | What::RadioFade { .. } => None,
        }
    }
}

/// How the ends of a region are joined to what is beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Join {
    /// At a zero crossing near the asked place, or by a short crossfade where there is none; where that was is said.
    #[default]
    Near,
    /// Exactly there, as it is.
    Cut,
    /// Exactly there, by a crossfade of this length.
    Crossfade(Time),
}

/// Why an edit is made; what it makes of the song depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Words that a station or a shop does not take.
    Language,
    /// The song is to be shorter or longer.
    Length,
    /// It sounds better so.
    Taste,
}

/// An edit of a song, in times of its unedited source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "EditText", into = "EditText")]
pub struct Edit {
    /// What happens.
    pub what: What,
    /// The first sample it happens to.
    pub from: Time,
    /// The first sample after it.
    pub to: Time,
    /// How its ends are joined.
    pub join: Join,
    /// Why.
    pub because: Because,
}

/// What a programme's file says of an edit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditText {
    what: WhatName,
    from: Time,
    to: Time,
    because: Because,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    with: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shape: Option<Shape>,
    #[serde(default, skip_serializing_if = "is_near")]
    join: Join,
}

fn is_near(join: &Join) -> bool {
    *join == Join::Near
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WhatName {
    Cut,
    Mute,
    Reverse,
    Repeat,
    Replace,
    RadioFade,
}

/// Keys of an edit that do not go together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum BadEdit {
    #[error("an edit that is to {what} needs `{key}`")]
    Missing {
        what: &'static str,
        key: &'static str,
    },
    #[error("`{key}` belongs to an edit that is to {what}")]
    Stray {
        what: &'static str,
        key: &'static str,
    },
}

impl TryFrom<EditText> for Edit {
    type Error = BadEdit;
    fn try_from(text: EditText) -> Result<Self, BadEdit> {
        let EditText {
            times, with, shape, ..
        } = text;
        for (is_there, name, what, key) in [
            (times.is_some(), WhatName::Repeat, "repeat", "times"),
            (with.is_some(), WhatName::Replace, "replace", "with"),
            (shape.is_some(), WhatName::RadioFade, "fade", "shape"),
        ] {
            if is_there && text.what != name {
                return Err(BadEdit::Stray { what, key });
            }
        }
        let missing = |what, key| BadEdit::Missing { what, key };
        let what = match text.what {
            WhatName::Cut => What::Cut,
            WhatName::Mute => What::Mute,
            WhatName::Reverse => What::Reverse,
            WhatName::Repeat => What::Repeat {
                times: times.ok_or(missing("repeat", "times"))?,
            },
            WhatName::Replace => What::Replace {
                with: with.ok_or(missing("replace", "with"))?,
            },
            WhatName::RadioFade => What::RadioFade {
                shape: shape.ok_or(missing("fade", "shape"))?,
            },
        };
        Ok(Self {
            what,
            from: text.from,
            to: text.to,
            join: text.join,
            because: text.because,
        })
    }
}

impl From<Edit> for EditText {
    fn from(edit: Edit) -> Self {
        let (what, times, with, shape) = match edit.what {
            What::Cut => (WhatName::Cut, None, None, None),
            What::Mute => (WhatName::Mute, None, None, None),
            What::Reverse => (WhatName::Reverse, None, None, None),
            What::Repeat { times } => (WhatName::Repeat, Some(times), None, None),
            What::Replace { with } => (WhatName::Replace, None, Some(with), None),
            What::RadioFade { shape } => (WhatName::RadioFade, None, None, Some(shape)),
        };
        Self {
            what,
            from: edit.from,
            to: edit.to,
            because: edit.because,
            times,
            with,
            shape,
            join: edit.join,
        }
    }
}

impl fmt::Display for Join {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Near => f.write_str("near"),
            Self::Cut => f.write_str("cut"),
            Self::Crossfade(time) => time.fmt(f),
        }
    }
}

/// A text that says no join.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an edit is joined \"near\", by a \"cut\", or by a crossfade of a length")]
struct BadJoin(#[source] BadTime);

impl FromStr for Join {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        Ok(match text.trim() {
            "near" => Self::Near,
            "cut" => Self::Cut,
            time => Self::Crossfade(time.parse()?),
        })
    }
}

impl Serialize for Join {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Join {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .map_err(BadJoin)
            .map_err(|e| serde::de::Error::custom(format!("{e}: {}", e.0)))
    }
}

/// What edits make of a song's title, and what somebody has to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct EditWords {
    /// Words for the title's version, such as `Radio Edit`; none where nothing is edited.
    pub version: Option<&'static str>,
    /// What is to be asked.
    pub asks: BTreeSet<EditAsk>,
}

/// What an edit makes a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EditAsk {
    /// Whether the song is still marked explicit: words went.
    Explicit,
    /// Whether it has an ISRC of its own: it is another recording.
    Isrc,
}

impl EditAsk {
    /// The question, for whoever enters the codes and marks.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Explicit => {
                "words were taken out: is this version clean, edited, or still explicit?"
            }
            Self::Isrc => {
                "an edit is another recording: which ISRC of its own does it have, or is one to be given?"
            }
        }
    }
}

/// How a version's words are marked for shops (DDEX's `ParentalWarningType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Advisory {
    /// `Explicit`.
    Explicit,
    /// `ExplicitContentEdited`: they were taken out of this version.
    #[serde(rename = "explicit_content_edited")]
    Edited,
    /// `NotExplicit`.
    NotExplicit,
}

impl EditWords {
    /// Whether words went that not everyone takes.
    #[must_use]
    pub fn has_lost_words(&self) -> bool {
        self.asks.contains(&EditAsk::Explicit)
    }

    /// What a list of edits makes of its song.
    #[must_use]
    pub fn of(edits: &[Edit]) -> Self {
        let because = |why: Because| edits.iter().any(|edit| edit.because == why);
        let fades = edits
            .iter()
            .any(|edit| matches!(edit.what, What::RadioFade { .. }));
        let cuts = edits.iter().any(|edit| edit.what == What::Cut);
        let repeats = edits
            .iter()
            .any(|edit| matches!(edit.what, What::Repeat { .. }));
        let shorter = because(Because::Length) && (cuts || fades);
        let version = match (
            shorter,
            because(Because::Language),
            because(Because::Length),
        ) {
            _ if edits.is_empty() => return Self::default(),
            (true, true, _) => "Clean Radio Edit",
            (true, false, _) => "Radio Edit",
            (false, true, _) => "Clean Version",
            (false, false, true) if repeats => "Extended Version",
            (false, false, _) => "Edit",
        };
        let mut asks = BTreeSet::from([EditAsk::Isrc]);
        if because(Because::Language) {
            asks.insert(EditAsk::Explicit);
        }
        Self {
            version: Some(version),
            asks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(what: What, because: Because) -> Edit {
        Edit {
            what,
            from: Time::Milliseconds(1000),
            to: Time::Milliseconds(2000),
            join: Join::Near,
            because,
        }
    }

    fn check(edits: &[Edit], version: Option<&str>, asks: &[EditAsk]) {
        let words = EditWords::of(edits);
        assert_eq!(words.version, version);
        assert_eq!(words.asks.iter().copied().collect::<Vec<_>>(), asks);
    }

    #[test]
    fn edits_give_the_version_and_ask_what_a_person_knows() {
        use Because::{Language, Length, Taste};
        let fade = What::RadioFade { shape: Shape::S };
        check(&[], None, &[]);
        check(
            &[edit(What::Mute, Language)],
            Some("Clean Version"),
            &[EditAsk::Explicit, EditAsk::Isrc],
        );
        check(
            &[edit(What::Cut, Length)],
            Some("Radio Edit"),
            &[EditAsk::Isrc],
        );
        check(
            &[edit(fade.clone(), Length)],
            Some("Radio Edit"),
            &[EditAsk::Isrc],
        );
        check(
            &[edit(What::Reverse, Language), edit(fade, Length)],
            Some("Clean Radio Edit"),
            &[EditAsk::Explicit, EditAsk::Isrc],
        );
        let longer = edit(What::Repeat { times: 2 }, Length);
        check(&[longer], Some("Extended Version"), &[EditAsk::Isrc]);
        check(&[edit(What::Cut, Taste)], Some("Edit"), &[EditAsk::Isrc]);
    }

    #[test]
    fn a_version_is_marked_by_what_its_words_are_and_what_went() {
        use crate::programme::Song;
        let song = |explicit, edits: Vec<Edit>| Song {
            explicit,
            edits,
            ..Song::of_file("Rain", "rain.wav")
        };
        let mute = || vec![edit(What::Mute, Because::Language)];
        let shorter = || vec![edit(What::Cut, Because::Length)];
        assert_eq!(song(None, mute()).advisory(), None);
        assert_eq!(
            song(Some(true), vec![]).advisory(),
            Some(Advisory::Explicit)
        );
        assert_eq!(
            song(Some(true), shorter()).advisory(),
            Some(Advisory::Explicit)
        );
        assert_eq!(song(Some(true), mute()).advisory(), Some(Advisory::Edited));
        assert_eq!(
            song(Some(false), mute()).advisory(),
            Some(Advisory::NotExplicit)
        );
    }

    #[test]
    fn keys_that_do_not_go_together_are_named() {
        let check = |text: &str, words: &str| {
            let error = toml::from_str::<Edit>(text).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        let region = "from = \"1 s\"\nto = \"2 s\"\nbecause = \"taste\"\n";
        check(
            &format!("what = \"repeat\"\n{region}"),
            "an edit that is to repeat needs `times`",
        );
        check(
            &format!("what = \"cut\"\n{region}with = \"a.wav\"\n"),
            "`with` belongs to an edit that is to replace",
        );
        check(
            &format!("what = \"cut\"\n{region}join = \"smooth\"\n"),
            "an edit is joined \"near\"",
        );
    }
}
