//! What goes beside a song, and the form that says so of a mix.

use mastering::programme::AlternateRole;
use mastering::{Alternate, Mix, MixRole, Project};
use studio::OrderPage;

use super::song::{Sees, VersionView, newest_master};

/// An alternate beside its song, to be heard.
pub(crate) struct BesideView {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Its newest master that the visitor may hear; none before there is one.
    pub(crate) master: Option<VersionView>,
}

impl BesideView {
    /// What goes beside a song, as it was named.
    pub(crate) fn all(
        project: &Project,
        song: &mastering::TrackId,
        base: &str,
        sees: Sees,
    ) -> Vec<Self> {
        let others = project.alternates_of(song);
        others
            .map(|other| Self {
                id: other.track.id.to_string(),
                title: project.called(&other.track.id).unwrap_or_default(),
                master: newest_master(project, &other.track.id, base, sees),
            })
            .collect()
    }
}

/// What a mix is to a song, and what may be said of it.
pub(crate) struct MixBeside {
    /// Beside which song it goes, and its id as an alternate; none where nobody has said so.
    pub(crate) named: Option<(String, String)>,
    /// Whether its name says so and nobody has.
    pub(crate) is_proposed: bool,
    /// The songs that it can go beside, by id and title; the one that its name means is chosen.
    pub(crate) songs: Vec<Choice>,
    /// What it can be to one.
    pub(crate) roles: Vec<Choice>,
    /// What it is called.
    pub(crate) name: String,
}

/// One line of a choice.
pub(crate) struct Choice {
    pub(crate) code: String,
    pub(crate) words: String,
    pub(crate) is_chosen: bool,
}

impl MixBeside {
    /// What may be said of a mix; none of one that goes beside nothing: a reference, the mix of the only song.
    pub(crate) fn of(page: &OrderPage, mix: &Mix) -> Option<Self> {
        let project = &page.project;
        if !mix.is_current() || mix.audio.is_none() || mix.role == MixRole::Reference {
            return None;
        }
        let mut named = project.alternates.iter();
        let named = named.find(|other| other.track.mix == mix.id);
        let mut proposed = page.alternates_proposed.iter();
        let proposed = proposed.find(|proposed| proposed.mix == mix.id);
        let song = named.map(|other| &other.song);
        let song = song.or_else(|| proposed.and_then(|proposed| proposed.song.as_ref()));
        let role = named.map(|other| other.role);
        let role = role.or_else(|| proposed.and_then(|proposed| proposed.role));
        let name = named.and_then(|other| other.name.clone());
        let name = name.or_else(|| proposed.and_then(|proposed| proposed.name.clone()));
        let songs: Vec<Choice> = project
            .tracks
            .iter()
            .filter(|track| track.mix != mix.id)
            .map(|track| Choice {
                code: track.id.to_string(),
                words: track.title.clone(),
                is_chosen: Some(&track.id) == song,
            })
            .collect();
        let roles = AlternateRole::ALL.into_iter().map(|known| Choice {
            code: known.code().to_owned(),
            words: known.words().to_owned(),
            is_chosen: Some(known) == role,
        });
        (!songs.is_empty()).then(|| Self {
            named: named.map(|other| (words(project, other), other.track.id.to_string())),
            is_proposed: proposed.is_some(),
            songs,
            roles: roles.collect(),
            name: name.unwrap_or_default(),
        })
    }
}

fn words(project: &Project, other: &Alternate) -> String {
    let song = project.called(&other.song).unwrap_or_default();
    format!(
        "Goes beside \u{201c}{song}\u{201d} as its {}: mastered with it, and cut as it is.",
        other.words()
    )
}
