//! Label copy of an order: lists of titles, codes and credits that came, and what was entered of them.

use serde::{Deserialize, Serialize};

use crate::ids::{ObjectSum, TrackId, UnixMs};
use crate::project::Project;
use crate::release::Release;

/// What became of label copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCopySettled {
    /// Whether something of it was entered.
    pub is_entered: bool,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// Label copy that came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelCopy {
    /// Its number in the order, from 1.
    pub no: u32,
    /// Its file's name.
    pub file_name: String,
    /// The file in the vault.
    pub object: ObjectSum,
    /// Who brought it; empty where it lay in the dropbox.
    #[serde(default)]
    pub by: String,
    /// When.
    pub at: UnixMs,
    /// What became of it; none while it waits for somebody.
    #[serde(default)]
    pub settled: Option<LabelCopySettled>,
}

/// What of label copy is entered for a song; none leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongEntered {
    /// The song.
    pub track: TrackId,
    /// Its title.
    pub title: Option<String>,
    /// Its ISRC.
    pub isrc: Option<String>,
    /// Its credits.
    pub credits: Option<String>,
}

/// Something that is done with label copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelCopyCommand {
    /// Keeps one that came.
    Keep {
        /// Its file's name.
        file_name: String,
        /// The file in the vault.
        object: ObjectSum,
        /// Who brought it; empty where it lay in the dropbox.
        by: String,
    },
    /// Enters what was chosen of it.
    Enter {
        /// Which.
        no: u32,
        /// The release as it then is; none leaves it as it is.
        release: Option<Box<Release>>,
        /// Songs of which something else is said then.
        songs: Vec<SongEntered>,
        /// Who enters it.
        by: String,
    },
    /// Sets it aside: nothing of it is entered.
    SetAside {
        /// Which.
        no: u32,
        /// Who decides that.
        by: String,
    },
}

/// Something that became of label copy. What was entered of it stands in events of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "label_copy", rename_all = "snake_case")]
pub enum LabelCopyEvent {
    /// It came.
    Came(LabelCopy),
    /// It was entered or set aside.
    Settled {
        /// Which.
        no: u32,
        /// How, by whom, when.
        #[serde(flatten)]
        settled: LabelCopySettled,
    },
}

impl LabelCopyEvent {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Came(_) => "label_copy_came",
            Self::Settled { settled, .. } if settled.is_entered => "label_copy_entered",
            Self::Settled { .. } => "label_copy_set_aside",
        }
    }
}

impl Project {
    /// Label copy by its number.
    #[must_use]
    pub fn label_copy(&self, no: u32) -> Option<&LabelCopy> {
        self.label_copies.iter().find(|copy| copy.no == no)
    }
}
