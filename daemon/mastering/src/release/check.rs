//! What a release still lacks, or what of it breaks a rule.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::settings::ReleaseSettings;
use super::{ContractParty, Licensor, Release, ReleaseKind};
use crate::project::{Project, Track};

/// Something that a distributor would send a release back for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum ReleaseProblem {
    /// Nobody has filled anything in.
    #[error("nothing is filled in yet")]
    NotDescribed,
    /// A single with more than its song.
    #[error("a single is one song in at most {most} versions; this has {songs} songs")]
    NotASingle {
        /// How many versions it may hold.
        most: u32,
        /// How many different songs or versions it holds.
        songs: usize,
    },
    /// An EP of one song.
    #[error("an EP holds several songs")]
    NotAnEp,
    /// An album of one song.
    #[error("an album holds several songs")]
    NotAnAlbum,
    /// An album of several artists.
    #[error("an album is one artist's; with several artists it is a compilation")]
    SeveralArtists,
    /// A compilation of one artist.
    #[error("a compilation holds several artists")]
    NotACompilation,
    /// A label that nobody knows.
    #[error("the label \u{201c}{label}\u{201d} is not known here{}", is_it(.like.as_deref()))]
    UnknownLabel {
        /// As it was given.
        label: String,
        /// A known one that reads the same.
        like: Option<String>,
    },
    /// Something is missing.
    #[error("{what} is missing")]
    Missing {
        /// What.
        what: String,
    },
    /// A song's code or maker is missing.
    #[error("{what} of \u{201c}{song}\u{201d} is missing")]
    MissingOf {
        /// What.
        what: String,
        /// The song.
        song: String,
    },
    /// Two songs with one ISRC.
    #[error("the ISRC {isrc} stands at two songs")]
    IsrcTwice {
        /// Which.
        isrc: String,
    },
    /// Something that is in no catalogue of the studio.
    #[error("\u{201c}{given}\u{201d} is none of the {what} offered here")]
    NotOffered {
        /// Of what.
        what: String,
        /// As it was given.
        given: String,
    },
    /// A licence that is too short.
    #[error("a licence runs for at least {least} months, not {months}")]
    LicenceTooShort {
        /// The shortest.
        least: u32,
        /// As it was given.
        months: u32,
    },
}

fn is_it(like: Option<&str>) -> String {
    like.map_or_else(String::new, |like| {
        format!("; is it \u{201c}{like}\u{201d}?")
    })
}

/// A title without what stands in brackets behind it: the song that versions have in common.
fn song_of(title: &str) -> String {
    let base = title.split(['(', '[']).next().unwrap_or(title).trim();
    let base = if base.is_empty() { title } else { base };
    base.to_lowercase()
}

fn artist_of<'p>(project: &'p Project, release: &'p Release, track: &Track) -> &'p str {
    let own = release.songs.get(&track.id).map(|s| s.artist.as_str());
    own.filter(|artist| !artist.is_empty())
        .or(Some(release.artist.as_str()).filter(|artist| !artist.is_empty()))
        .unwrap_or(&project.artist)
}

fn kind(project: &Project, release: &Release, settings: &ReleaseSettings) -> Vec<ReleaseProblem> {
    let tracks = &project.tracks;
    let songs: BTreeSet<String> = tracks.iter().map(|t| song_of(&t.title)).collect();
    let artists: BTreeSet<String> = tracks
        .iter()
        .map(|t| artist_of(project, release, t).to_lowercase())
        .collect();
    let mut found = Vec::new();
    match release.kind {
        ReleaseKind::Single => {
            let most = settings.single_versions;
            let is_few = u32::try_from(tracks.len()).is_ok_and(|n| n <= most);
            if songs.len() > 1 || !is_few {
                found.push(ReleaseProblem::NotASingle {
                    most,
                    songs: tracks.len(),
                });
            }
        }
        ReleaseKind::Ep | ReleaseKind::Album => {
            if songs.len() < 2 {
                found.push(match release.kind {
                    ReleaseKind::Ep => ReleaseProblem::NotAnEp,
                    _ => ReleaseProblem::NotAnAlbum,
                });
            }
            if artists.len() > 1 {
                found.push(ReleaseProblem::SeveralArtists);
            }
        }
        ReleaseKind::Compilation if artists.len() < 2 => {
            found.push(ReleaseProblem::NotACompilation);
        }
        ReleaseKind::Compilation => {}
    }
    found
}

fn songs(project: &Project, release: &Release) -> Vec<ReleaseProblem> {
    let mut found = Vec::new();
    let mut isrcs: BTreeMap<&str, u32> = BTreeMap::new();
    for track in &project.tracks {
        let missing = |what: &str| ReleaseProblem::MissingOf {
            what: what.to_owned(),
            song: track.title.clone(),
        };
        if track.isrc.is_empty() {
            found.push(missing("the ISRC"));
        } else {
            *isrcs.entry(&track.isrc).or_insert(0) += 1;
        }
        let composer = release.songs.get(&track.id).map(|s| s.composer.as_str());
        if composer.unwrap_or("").is_empty() {
            found.push(missing("the composer"));
        }
    }
    let twice = isrcs.into_iter().filter(|(_, count)| *count > 1);
    found.extend(twice.map(|(isrc, _)| ReleaseProblem::IsrcTwice {
        isrc: isrc.to_owned(),
    }));
    found
}

fn offered(given: &str, all: &[String], what: &str, plural: &str) -> Option<ReleaseProblem> {
    if given.is_empty() {
        return Some(ReleaseProblem::Missing {
            what: what.to_owned(),
        });
    }
    (!all.iter().any(|one| one == given)).then(|| ReleaseProblem::NotOffered {
        what: plural.to_owned(),
        given: given.to_owned(),
    })
}

fn label(release: &Release, settings: &ReleaseSettings) -> Option<ReleaseProblem> {
    if release.label.is_empty() {
        return Some(ReleaseProblem::Missing {
            what: "the label".to_owned(),
        });
    }
    let is_known = settings.label(&release.label).is_some();
    let like = settings.label_like(&release.label);
    (!is_known).then(|| ReleaseProblem::UnknownLabel {
        label: release.label.clone(),
        like: like.map(|label| label.name.clone()),
    })
}

/// Whoever grants a licence is of age, and has said what they act as.
fn contract(licensor: Licensor) -> Vec<ReleaseProblem> {
    let missing = [
        (
            licensor.party == ContractParty::Unsaid,
            "on the account, whether it is a person\u{2019}s, a sole trader\u{2019}s or a company\u{2019}s,",
        ),
        (
            licensor.of_age_at.is_none(),
            "on the account, that its holder is of age,",
        ),
    ];
    let missing = missing.into_iter().filter(|(is_missing, _)| *is_missing);
    let missing = missing.map(|(_, what)| ReleaseProblem::Missing {
        what: what.to_owned(),
    });
    missing.collect()
}

impl Project {
    /// What a release of this order still lacks, and what of it breaks a rule; nothing once it may
    /// be handed to a distributor.
    #[must_use]
    pub fn release_problems(
        &self,
        settings: &ReleaseSettings,
        licensor: Licensor,
    ) -> Vec<ReleaseProblem> {
        let Some(release) = &self.release else {
            return vec![ReleaseProblem::NotDescribed];
        };
        let mut found = kind(self, release, settings);
        found.extend(label(release, settings));
        let missing = [
            (release.catalogue_no.is_empty(), "the catalogue number"),
            (release.ean.is_empty(), "the EAN"),
            (release.territories.is_empty(), "the territory"),
            (release.shops.is_empty(), "the list of shops"),
            (release.year.is_none(), "the year of the (C) and (P) lines"),
        ];
        let missing = missing.into_iter().filter(|(is_missing, _)| *is_missing);
        found.extend(missing.map(|(_, what)| ReleaseProblem::Missing {
            what: what.to_owned(),
        }));
        found.extend(offered(
            &release.genre,
            &settings.genres,
            "the genre",
            "genres",
        ));
        let classes = &settings.price_classes;
        found.extend(offered(
            &release.price_class,
            classes,
            "the price class",
            "price classes",
        ));
        let shops = release.shops.iter();
        found.extend(shops.filter_map(|shop| offered(shop, &settings.shops, "a shop", "shops")));
        found.extend(songs(self, release));
        let (least, months) = (self.rules.release.licence_months, release.licence.months);
        if months < least {
            found.push(ReleaseProblem::LicenceTooShort { least, months });
        }
        found.extend(contract(licensor));
        found
    }
}
