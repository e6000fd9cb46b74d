//! What people call a song, a mix, a revision, as the order knows it.

use mastering::{MixId, Project, RevisionNo, TrackId};

use crate::denied::Denied;

/// A song by its place from 1, its title or its id.
pub(in crate::house) fn song(project: &Project, named: &str) -> Result<TrackId, Denied> {
    let named = named.trim();
    let place = named.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
    if let Some(track) = place.and_then(|place| project.tracks.get(place)) {
        return Ok(track.id.clone());
    }
    let by_id = project.tracks.iter().find(|t| t.id.as_str() == named);
    let titled: Vec<_> = project.tracks.iter().filter(|t| t.title == named).collect();
    match (by_id, titled.as_slice()) {
        (Some(track), _) => Ok(track.id.clone()),
        (None, [track]) => Ok(track.id.clone()),
        (None, []) => Err(unknown("song", named, project.tracks.len())),
        (None, [_, _, ..]) => Err(Denied::Invalid(format!(
            "{} songs are called \u{201c}{named}\u{201d}; name it by its place",
            titled.len()
        ))),
    }
}

/// What goes beside a song, by what it is called, its file's name or its id.
pub(super) fn alternate(project: &Project, named: &str) -> Result<TrackId, Denied> {
    let named = named.trim();
    let file = |mix: &MixId| project.mixes.get(mix).map(|mix| mix.file_name.as_str());
    let is_it = |other: &&mastering::Alternate| {
        other.track.id.as_str() == named
            || project.called(&other.track.id).as_deref() == Some(named)
            || file(&other.track.mix) == Some(named)
    };
    let found: Vec<_> = project.alternates.iter().filter(is_it).collect();
    match found.as_slice() {
        [other] => Ok(other.track.id.clone()),
        [] => Err(unknown("alternate", named, project.alternates.len())),
        [_, _, ..] => Err(Denied::Invalid(format!(
            "{} alternates are called \u{201c}{named}\u{201d}; name it by its id",
            found.len()
        ))),
    }
}

/// Several songs, each once.
pub(super) fn songs(project: &Project, named: &[String]) -> Result<Vec<TrackId>, Denied> {
    named.iter().map(|one| song(project, one)).collect()
}

/// A mix that counts, by its file's name or its id.
pub(super) fn mix(project: &Project, named: &str) -> Result<MixId, Denied> {
    let named = named.trim();
    let current = || project.mixes.values().filter(|mix| mix.is_current());
    let is_it = |mix: &&mastering::Mix| mix.id.as_str() == named || mix.file_name == named;
    let found: Vec<_> = current().filter(is_it).collect();
    match found.as_slice() {
        [mix] => Ok(mix.id.clone()),
        [] => Err(unknown("mix", named, current().count())),
        [_, _, ..] => Err(Denied::Invalid(format!(
            "{} mixes are called \u{201c}{named}\u{201d}; name it by its id",
            found.len()
        ))),
    }
}

fn unknown(what: &str, named: &str, of: usize) -> Denied {
    Denied::Invalid(format!(
        "none of the {of} {what}(s) of this order is \u{201c}{named}\u{201d}"
    ))
}

/// The newest request.
pub(super) fn newest_request(project: &Project) -> Result<u32, Denied> {
    let newest = project.requests.last().map(|request| request.no);
    newest.ok_or_else(|| Denied::Invalid("nobody has asked for anything yet".to_owned()))
}

/// The revision being worked on.
pub(super) fn revision(project: &Project) -> Result<RevisionNo, Denied> {
    let now = project.stage.revision();
    now.ok_or_else(|| Denied::Invalid("there is no revision yet".to_owned()))
}

/// The newest revision that the client can listen to.
pub(super) fn heard(project: &Project) -> Result<RevisionNo, Denied> {
    let newest = project.newest_sent().map(|revision| revision.no);
    newest.ok_or_else(|| Denied::Invalid("no reference was sent yet".to_owned()))
}
