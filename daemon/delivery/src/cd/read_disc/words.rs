//! What a disc and its tracks are called.

use serde::{Deserialize, Serialize};

use crate::Isrc;
use crate::cd::cue::CueTexts;
use crate::cd::text::{TextBlock, TextKind};

/// What a disc or a track of it is called, and by whom it is; empty for what is not said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// Title.
    pub title: String,
    /// Who plays.
    pub performer: String,
    /// Who wrote the words.
    pub songwriter: String,
    /// Who composed.
    pub composer: String,
    /// Who arranged.
    pub arranger: String,
    /// The recording's code; none of a disc.
    pub isrc: Option<Isrc>,
}

impl Words {
    pub(super) fn of_sheet(texts: &CueTexts) -> Self {
        Self {
            title: texts.title.clone(),
            performer: texts.performer.clone(),
            songwriter: texts.songwriter.clone(),
            ..Self::default()
        }
    }

    pub(super) fn of_block(block: &TextBlock, track: usize) -> Self {
        let text = |kind| block.text(kind, track).unwrap_or_default();
        Self {
            title: text(TextKind::Title),
            performer: text(TextKind::Performer),
            songwriter: text(TextKind::Songwriter),
            composer: text(TextKind::Composer),
            arranger: text(TextKind::Arranger),
            isrc: None,
        }
    }

    /// These, and what they do not say from `other`.
    pub(super) fn or(self, other: Self) -> Self {
        let or = |one: String, other: String| if one.is_empty() { other } else { one };
        Self {
            title: or(self.title, other.title),
            performer: or(self.performer, other.performer),
            songwriter: or(self.songwriter, other.songwriter),
            composer: or(self.composer, other.composer),
            arranger: or(self.arranger, other.arranger),
            isrc: self.isrc.or(other.isrc),
        }
    }

    pub(super) fn all(&mut self) -> [&mut String; 5] {
        [
            &mut self.title,
            &mut self.performer,
            &mut self.songwriter,
            &mut self.composer,
            &mut self.arranger,
        ]
    }
}
