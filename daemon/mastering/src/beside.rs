//! What goes beside the songs of an order: alternates and stems, mastered with their song and cut as it is.

use serde::{Deserialize, Serialize};

use crate::alternate::{named_role, says_alternate};
use crate::ids::{MixId, TrackId};
use crate::mix::{Mix, MixRole};
use crate::programme::AlternateRole;
use crate::project::{Project, Track};

/// A version of a song that goes beside it: without the voice, the voice alone, one of its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alternate {
    /// It as a track of its own; its title is what its file is called.
    pub track: Track,
    /// The song that it belongs to.
    pub song: TrackId,
    /// What it is to the song.
    pub role: AlternateRole,
    /// What it is called, such as `Drums`; none for its role.
    pub name: Option<String>,
    /// What it was before somebody named it.
    pub came_as: CameAs,
}

/// What an alternate was before somebody named it, and is again when that is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CameAs {
    /// A song of the order.
    Song,
    /// A mix that came as an alternate.
    Alternate,
    /// A mix that came once the songs had theirs.
    New,
}

impl CameAs {
    /// What its mix is to the order then.
    #[must_use]
    pub fn role(self) -> MixRole {
        match self {
            Self::Song | Self::New => MixRole::Main,
            Self::Alternate => MixRole::Alternate,
        }
    }
}

impl Alternate {
    /// What stands behind the song's title.
    #[must_use]
    pub fn words(&self) -> &str {
        self.name.as_deref().unwrap_or(self.role.words())
    }
}

/// What a file's name says that nobody has decided yet: which song it is beside, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlternateProposed {
    /// The mix.
    pub mix: MixId,
    /// The song; none where the name tells none.
    pub song: Option<TrackId>,
    /// What it would be to the song; none where the name does not tell.
    pub role: Option<AlternateRole>,
    /// What it would be called; none for its role.
    pub name: Option<String>,
}

impl Project {
    /// The alternate with this id.
    #[must_use]
    pub fn alternate(&self, id: &TrackId) -> Option<&Alternate> {
        self.alternates.iter().find(|other| &other.track.id == id)
    }

    /// What goes beside a song, as it was named.
    pub fn alternates_of(&self, song: &TrackId) -> impl Iterator<Item = &Alternate> {
        self.alternates
            .iter()
            .filter(move |other| &other.song == song)
    }

    /// The song or alternate with this id.
    #[must_use]
    pub fn song_or_alternate(&self, id: &TrackId) -> Option<&Track> {
        let alternate = || self.alternate(id).map(|other| &other.track);
        self.track(id).or_else(alternate)
    }

    /// What a song or alternate is called: an alternate by its song's title of today, and what it is.
    #[must_use]
    pub fn called(&self, id: &TrackId) -> Option<String> {
        if let Some(track) = self.track(id) {
            return Some(track.title.clone());
        }
        let other = self.alternate(id)?;
        let song = self.track(&other.song)?;
        Some(format!("{} ({})", song.title, other.words()))
    }

    /// The songs in order, each followed by what goes beside it: what finals are made of.
    pub fn songs_and_alternates(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().flat_map(|song| {
            let beside = self.alternates_of(&song.id).map(|other| &other.track);
            std::iter::once(song).chain(beside)
        })
    }

    /// The mixes whose names say that they belong beside a song, and that nobody has named: alternates that came, and songs
    /// that are called like the alternate of another. A person decides.
    #[must_use]
    pub fn alternates_proposed(&self) -> Vec<AlternateProposed> {
        let is_open = |mix: &&Mix| {
            let is_known = self
                .alternates
                .iter()
                .any(|other| other.track.mix == mix.id);
            mix.is_current() && mix.audio.is_some() && !is_known
        };
        let proposed = self.mixes.values().filter(is_open).filter_map(|mix| {
            let main = self.main_of(mix).and_then(|main| main.track.clone());
            let song = main.filter(|song| self.track(song).is_some());
            let (role, name) = named_role(&mix.file_name);
            let is_meant = match mix.role {
                MixRole::Alternate => true,
                MixRole::Main => {
                    let is_other = song
                        .as_ref()
                        .is_some_and(|song| Some(song) != mix.track.as_ref());
                    is_other && (says_alternate(&mix.file_name) || role.is_some())
                }
                MixRole::Reference => false,
            };
            is_meant.then(|| AlternateProposed {
                mix: mix.id.clone(),
                song,
                role,
                name,
            })
        });
        proposed.collect()
    }
}
