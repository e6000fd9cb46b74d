//! What is found of an attachment, in words.

use serde::{Deserialize, Serialize};

/// What a finding does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Worth knowing.
    Note,
    /// A person has to look, and may say that it is right.
    Ask,
    /// No recipient of this profile takes it.
    Blocks,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it does.
    pub weight: Weight,
    /// What it is, where, and what to do: a sentence.
    pub words: String,
}

impl Finding {
    /// Something that keeps it from being taken.
    pub fn blocks(words: impl Into<String>) -> Self {
        Self {
            weight: Weight::Blocks,
            words: words.into(),
        }
    }

    /// Something that a person has to look at.
    pub fn ask(words: impl Into<String>) -> Self {
        Self {
            weight: Weight::Ask,
            words: words.into(),
        }
    }

    /// Something worth knowing.
    pub fn note(words: impl Into<String>) -> Self {
        Self {
            weight: Weight::Note,
            words: words.into(),
        }
    }
}
