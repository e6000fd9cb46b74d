//! Numbered rounds of work on the programme, what was said about them, and the approval.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{CommentId, MixId, ObjectSum, PersonId, RevisionNo, SampleSum, TrackId, UnixMs};
use crate::listening::{Listened, Unheard};
use crate::master::Master;
use crate::programme::{Programme, ProgrammeMade};

/// What a revision pins for one track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The mix it is made from.
    pub mix: MixId,
    /// The plan to render; none where the engine is to make one, or the master came from elsewhere.
    pub plan: Option<ObjectSum>,
    /// The chain of the studio's rack that it is printed through, by the rack's name; none where it is rendered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<String>,
    /// The finished audio, once there is one.
    pub master: Option<Master>,
}

/// A numbered round of work on the programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Its number.
    pub no: RevisionNo,
    /// When work on it began.
    pub opened_at: UnixMs,
    /// What the client asked for, or why the studio made it.
    pub reason: String,
    /// The version of each track.
    pub tracks: BTreeMap<TrackId, Version>,
    /// The order, gaps, fades and edits of it; none where the songs stand alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<Box<Programme>>,
    /// What came of putting that together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<ProgrammeMade>,
    /// When the reference went to the client.
    pub sent_at: Option<UnixMs>,
}

impl Revision {
    /// Whether each track has its master.
    #[must_use]
    pub fn is_mastered(&self) -> bool {
        !self.tracks.is_empty() && self.tracks.values().all(|v| v.master.is_some())
    }

    /// Whether it can be sent: mastered, and its programme put together where it has one.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.is_mastered() && (self.programme.is_none() || self.made.is_some())
    }

    /// A song's master.
    #[must_use]
    pub fn master(&self, track: &TrackId) -> Option<&Master> {
        self.tracks.get(track)?.master.as_ref()
    }

    /// The checksums of the samples of each track as they are delivered: as its programme cuts them, or as they were mastered.
    #[must_use]
    pub fn sample_sums(&self) -> BTreeMap<TrackId, SampleSum> {
        let mut sums = self.master_sums();
        let songs = self.made.iter().flat_map(|made| &made.songs);
        sums.extend(songs.map(|(track, song)| (track.clone(), song.samples.clone())));
        let beside = self.made.iter().flat_map(|made| &made.beside);
        sums.extend(beside.map(|(track, other)| (track.clone(), other.samples.clone())));
        sums
    }

    /// The checksums of the samples of each disc of its programme.
    #[must_use]
    pub fn disc_sums(&self) -> Vec<SampleSum> {
        let made = self.made.as_ref();
        made.map(ProgrammeMade::disc_sums).unwrap_or_default()
    }

    /// The checksums of the samples of each track, where mastered.
    #[must_use]
    pub fn master_sums(&self) -> BTreeMap<TrackId, SampleSum> {
        self.tracks
            .iter()
            .filter_map(|(track, v)| {
                v.master
                    .as_ref()
                    .map(|m| (track.clone(), m.samples.clone()))
            })
            .collect()
    }
}

/// Something said about a moment or a passage of a song.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Its id.
    pub id: CommentId,
    /// The revision that was playing.
    pub revision: RevisionNo,
    /// The song.
    pub track: TrackId,
    /// Where in the song, in milliseconds from its start.
    pub position_ms: u64,
    /// Where the passage ends; none for a moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<u64>,
    /// The words.
    pub words: String,
    /// Who said it.
    pub by: String,
    /// When.
    pub at: UnixMs,
}

/// The client's yes to the samples of one revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The revision.
    pub revision: RevisionNo,
    /// The name typed by whoever approved.
    pub name: String,
    /// The person whose link or login was used.
    pub person: Option<PersonId>,
    /// When.
    pub at: UnixMs,
    /// The sentence that was agreed to.
    pub wording: String,
    /// Checksum of the samples of each track, not of the files around them.
    pub samples: BTreeMap<TrackId, SampleSum>,
    /// Checksum of the samples of each disc of its programme; none where the songs stand alone.
    #[serde(default)]
    pub discs: Vec<SampleSum>,
    /// How it came about, and what was listened to.
    pub consent: Consent,
}

/// Whose yes it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalHow {
    /// A person's.
    #[default]
    ByPerson,
    /// Nobody's: the order's terms say that silence approves, and it was announced three times.
    BySilence,
}

/// How an approval came about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Consent {
    /// Whose yes it was.
    pub how: ApprovalHow,
    /// What was listened to, by whom.
    pub listened: Vec<Listened>,
    /// What nobody on the client's side had listened to.
    pub unheard: Vec<Unheard>,
    /// How many free rounds ended unused; none where they have no number.
    pub rounds_unused: Option<u32>,
}
