//! What goes beside a song: alternates and stems, which get its chain with its gains, its edits and its fades.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::{Fault, Problem, Spot};
use super::order::{Disc, Programme};
use super::song::{Song, SongSource};
use super::timeline::Source;

/// What an alternate is to its song.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlternateRole {
    /// Without any voice.
    Instrumental,
    /// All voices alone.
    ACappella,
    /// The lead voice alone.
    ACappellaLead,
    /// The backing voices alone.
    ACappellaBacking,
    /// Without the lead voice, with the backing voices.
    Tv,
    /// The whole song with words muted or replaced, fit for radio, as long as it is; an edit that shortens is a song of its own.
    Radio,
    /// One of the parts that together are the song.
    Stem,
}

impl AlternateRole {
    /// All of them, as they are offered.
    pub const ALL: [Self; 7] = [
        Self::Instrumental,
        Self::ACappella,
        Self::ACappellaLead,
        Self::ACappellaBacking,
        Self::Tv,
        Self::Radio,
        Self::Stem,
    ];

    /// The stable short code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Instrumental => "instrumental",
            Self::ACappella => "a_cappella",
            Self::ACappellaLead => "a_cappella_lead",
            Self::ACappellaBacking => "a_cappella_backing",
            Self::Tv => "tv",
            Self::Radio => "radio",
            Self::Stem => "stem",
        }
    }

    /// What stands behind the song's title.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Instrumental => "Instrumental",
            Self::ACappella => "A Cappella",
            Self::ACappellaLead => "A Cappella Lead",
            Self::ACappellaBacking => "A Cappella Backing",
            Self::Tv => "TV",
            Self::Radio => "Radio",
            Self::Stem => "Stem",
        }
    }

    /// Whether it is voices and nothing else.
    #[must_use]
    pub fn is_voices(self) -> bool {
        match self {
            Self::ACappella | Self::ACappellaLead | Self::ACappellaBacking => true,
            Self::Instrumental | Self::Tv | Self::Radio | Self::Stem => false,
        }
    }

    /// Roles that together are the song, but for stems, which all together are it.
    #[must_use]
    pub fn wholes() -> &'static [&'static [Self]] {
        &[
            &[Self::Instrumental, Self::ACappella],
            &[
                Self::Instrumental,
                Self::ACappellaLead,
                Self::ACappellaBacking,
            ],
            &[Self::Tv, Self::ACappellaLead],
        ]
    }
}

/// A text that says no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a mix goes beside its song as an instrumental, a_cappella, a_cappella_lead, a_cappella_backing, tv, radio or stem"
)]
pub struct BadRole;

impl std::str::FromStr for AlternateRole {
    type Err = BadRole;
    fn from_str(text: &str) -> Result<Self, BadRole> {
        let mut all = Self::ALL.into_iter();
        all.find(|role| role.code() == text).ok_or(BadRole)
    }
}

/// A file that goes beside a song.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SongAlternate {
    /// What it is to the song.
    pub role: AlternateRole,
    /// The file, by its path from the programme's own folder.
    pub file: String,
    /// What it is called, such as `Drums`; none for its role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl SongAlternate {
    /// What stands behind the song's title.
    #[must_use]
    pub fn words(&self) -> &str {
        self.name.as_deref().unwrap_or(self.role.words())
    }
}

impl Song {
    /// Which of its alternates together are the song, by their places: instrumental and voices, all stems.
    #[must_use]
    pub fn wholes(&self) -> Vec<Vec<usize>> {
        let of = |role| {
            let all = self.alternates.iter().enumerate();
            all.filter(move |(_, alternate)| alternate.role == role)
                .map(|(place, _)| place)
        };
        let stems: Vec<usize> = of(AlternateRole::Stem).collect();
        let sets = AlternateRole::wholes().iter().filter_map(|roles| {
            let places = roles.iter().map(|role| of(*role).next());
            places.collect::<Option<Vec<usize>>>()
        });
        sets.chain((!stems.is_empty()).then_some(stems)).collect()
    }
}

impl Programme {
    /// The programme without what goes beside its songs.
    #[must_use]
    pub fn without_alternates(mut self) -> Self {
        for (_, song) in self.discs.iter_mut().flat_map(Disc::songs_mut) {
            song.alternates.clear();
        }
        self
    }

    /// The programme without the parts of its songs that only together are them.
    #[must_use]
    pub fn without_stems(mut self) -> Self {
        for (_, song) in self.discs.iter_mut().flat_map(Disc::songs_mut) {
            song.alternates
                .retain(|other| other.role != AlternateRole::Stem);
        }
        self
    }

    /// What is wrong with the alternates: one that is not there, or at another rate or with other channels than its song.
    pub(super) fn check_alternates(
        &self,
        sources: &BTreeMap<String, Source>,
        faults: &mut Vec<Fault>,
    ) {
        for (disc, number) in self.discs.iter().zip(1..) {
            for (track, song) in disc.songs() {
                let own = match &song.source {
                    SongSource::File(file) => sources.get(file),
                    SongSource::Version { .. } => None,
                };
                for alternate in &song.alternates {
                    let file = alternate.file.clone();
                    let problem = match (sources.get(&file), own) {
                        (None, _) => Problem::NoAlternate(file),
                        (Some(other), Some(own)) if other.rate_hz != own.rate_hz => {
                            Problem::BesideRate {
                                file,
                                rate_hz: other.rate_hz,
                                song_hz: own.rate_hz,
                            }
                        }
                        (Some(other), Some(own)) if other.channels != own.channels => {
                            Problem::BesideChannels {
                                file,
                                channels: other.channels,
                                song: own.channels,
                            }
                        }
                        (Some(_), _) => continue,
                    };
                    faults.push(Fault {
                        spot: Spot::track(number, track, &song.title),
                        problem,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_that_are_the_song_together_are_found() {
        use AlternateRole::{ACappella, ACappellaLead, Instrumental, Stem, Tv};
        let check = |roles: &[AlternateRole], wholes: &[&[usize]]| {
            let alternates = roles.iter().map(|role| SongAlternate {
                role: *role,
                file: String::new(),
                name: None,
            });
            let song = Song {
                alternates: alternates.collect(),
                ..Song::of_file("Rain", "rain.wav")
            };
            assert_eq!(song.wholes(), wholes, "{roles:?}");
        };
        check(&[], &[]);
        check(&[Instrumental, Tv], &[]);
        check(&[ACappella, Instrumental], &[&[1, 0]]);
        check(&[Stem, Tv, Stem, ACappellaLead], &[&[1, 3], &[0, 2]]);
    }
}
