//! What goes beside an order's songs, for its page: what came of mastering it with them.

use mastering::{Project, RevisionNo, TrackId};
use serde::Serialize;

use crate::denied::Denied;
use crate::jobs::{BesideReport, beside_document};

/// What was found when the alternates of a song were mastered with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BesideFound {
    /// The song's id.
    pub song: String,
    /// The revision.
    pub revision: u32,
    /// Where each lay, and what adds up to the song.
    pub notes: Vec<String>,
    /// What does not add up to it.
    pub broken: Vec<String>,
}

/// The documents that hold that of the newest revision, with the songs they are about.
pub(super) fn documents(project: &Project) -> Vec<Kept> {
    let newest = project.revisions.keys().next_back().copied();
    let songs = newest.into_iter().flat_map(|revision| {
        let songs = project.tracks.iter();
        let songs = songs.filter(|song| project.alternates_of(&song.id).next().is_some());
        songs.map(move |song| {
            let name = beside_document(revision, &song.id);
            (song.id.clone(), revision, name)
        })
    });
    songs.collect()
}

/// A song, its revision, and the document about them.
pub(super) type Kept = (TrackId, RevisionNo, String);

/// Those documents that are there, by their names, with their bodies.
pub(super) fn kept(
    vault: &vault::Vault,
    project: &str,
    named: Vec<Kept>,
) -> Result<Vec<Kept>, vault::VaultError> {
    let mut there = Vec::new();
    for (song, revision, name) in named {
        let row = vault.document(project, &name)?;
        there.extend(row.map(|row| (song, revision, row.body)));
    }
    Ok(there)
}

/// What one of them says.
pub(super) fn read((song, revision, body): &Kept) -> Result<BesideFound, Denied> {
    let read: BesideReport = serde_json::from_str(body)
        .map_err(|e| Denied::fault("what goes beside a song could not be read", &e))?;
    let mut notes = read.brought;
    notes.extend(read.sums);
    Ok(BesideFound {
        song: song.to_string(),
        revision: (*revision).into(),
        notes,
        broken: read.broken,
    })
}
