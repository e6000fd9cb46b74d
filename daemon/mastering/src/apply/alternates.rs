//! What is true after a track became an alternate of a song, or a song again.

use crate::beside::{Alternate, CameAs};
use crate::event::Event;
use crate::ids::{RevisionNo, TrackId};
use crate::master::MasterOrigin;
use crate::mix::{Mix, MixRole};
use crate::project::{Project, Stage, Track};
use crate::revision::Version;
use crate::track_name::{title_from_file_name, track_key};

pub(super) fn change(project: &mut Project, event: &Event) {
    match event {
        Event::AlternateNamed { track, .. } => {
            let before = taken(project, track).or_else(|| opened(project, event));
            let (Some((track, came_as)), Some(named)) = (before, named(event)) else {
                return;
            };
            if let Some(mix) = project.mixes.get_mut(&track.mix) {
                mix.role = MixRole::Alternate;
                mix.track = Some(track.id.clone());
            }
            start_anew(project, &track);
            let (song, role, name) = named;
            project.alternates.push(Alternate {
                track,
                song,
                role,
                name,
                came_as,
            });
        }
        Event::AlternateUnnamed { track, .. } => {
            if let Some(place) = place_of(project, track) {
                let other = project.alternates.remove(place);
                put_back(project, other);
            }
        }
        _ => {}
    }
}

type Named = (TrackId, crate::programme::AlternateRole, Option<String>);

fn named(event: &Event) -> Option<Named> {
    match event {
        Event::AlternateNamed {
            song, role, name, ..
        } => Some((song.clone(), *role, name.clone())),
        _ => None,
    }
}

fn place_of(project: &Project, track: &TrackId) -> Option<usize> {
    let mut others = project.alternates.iter();
    others.position(|other| &other.track.id == track)
}

/// Takes a track out of the songs or the alternates.
fn taken(project: &mut Project, track: &TrackId) -> Option<(Track, CameAs)> {
    if let Some(place) = place_of(project, track) {
        let other = project.alternates.remove(place);
        return Some((other.track, other.came_as));
    }
    let place = project.tracks.iter().position(|song| &song.id == track)?;
    Some((project.tracks.remove(place), CameAs::Song))
}

/// The track that an alternate opens which had none.
fn opened(project: &Project, event: &Event) -> Option<(Track, CameAs)> {
    let Event::AlternateNamed { track, mix, .. } = event else {
        return None;
    };
    let mix = project.mixes.get(mix)?;
    let name = track_key(&mix.path);
    let track = Track {
        id: track.clone(),
        title: title_from_file_name(&mix.file_name),
        key: name.key,
        version: name.version,
        mix: mix.id.clone(),
        isrc: String::new(),
        credits: String::new(),
    };
    let came_as = match mix.role {
        MixRole::Alternate => CameAs::Alternate,
        MixRole::Main | MixRole::Reference => CameAs::New,
    };
    Some((track, came_as))
}

/// In the revision being worked on it is made anew: as what it is now.
fn start_anew(project: &mut Project, track: &Track) {
    let round = working(project).and_then(|no| project.revisions.get_mut(&no));
    if let Some(round) = round {
        let version = Version {
            mix: track.mix.clone(),
            plan: None,
            rack: None,
            master: None,
        };
        round.tracks.insert(track.id.clone(), version);
    }
}

fn working(project: &Project) -> Option<RevisionNo> {
    match project.stage {
        Stage::Adjusting { revision } | Stage::Mastering { revision } => Some(revision),
        Stage::Intake
        | Stage::InReview { .. }
        | Stage::Approved { .. }
        | Stage::Delivered { .. }
        | Stage::Completed { .. }
        | Stage::Archived { .. } => None,
    }
}

/// What came as a song is one again, behind the others; any other waits to be named.
fn put_back(project: &mut Project, other: Alternate) {
    let (track, came_as) = (other.track, other.came_as);
    let is_song = came_as == CameAs::Song;
    let own = project.mixes.values_mut();
    for mix in own.filter(|mix| mix.track.as_ref() == Some(&track.id)) {
        mix.role = came_as.role();
        mix.track = is_song.then(|| track.id.clone());
    }
    if is_song {
        start_anew(project, &track);
        project.tracks.push(track);
        return;
    }
    let round = working(project).and_then(|no| project.revisions.get_mut(&no));
    if let Some(round) = round {
        round.tracks.remove(&track.id);
    }
}

/// Without its song an alternate is none.
pub(super) fn put_back_orphans(project: &mut Project) {
    let songs: Vec<TrackId> = project.tracks.iter().map(|song| song.id.clone()).collect();
    let all = std::mem::take(&mut project.alternates);
    let (kept, orphans) = all
        .into_iter()
        .partition(|other| songs.contains(&other.song));
    project.alternates = kept;
    for other in orphans {
        put_back(project, other);
    }
}

/// A later file of an alternate that somebody named takes its place. True where it was one.
pub(super) fn receive(project: &mut Project, mix: &mut Mix, key: &str, version: u32) -> bool {
    let mut others = project.alternates.iter_mut();
    let known = others.find(|other| other.track.key == key && other.came_as.role() == mix.role);
    let Some(other) = known else {
        return false;
    };
    if version >= other.track.version {
        other.track.mix = mix.id.clone();
        other.track.version = version;
    }
    mix.role = MixRole::Alternate;
    mix.track = Some(other.track.id.clone());
    true
}

/// An alternate that was mastered with another master of its song is mastered anew.
pub(super) fn keep_with_songs(project: &mut Project, revision: RevisionNo) {
    let Some(round) = project.revisions.get_mut(&revision) else {
        return;
    };
    for other in &project.alternates {
        let song = round.master(&other.song).map(|own| own.samples.clone());
        let Some(version) = round.tracks.get_mut(&other.track.id) else {
            continue;
        };
        let origin = version.master.as_ref().map(|master| &master.origin);
        if let Some(MasterOrigin::Beside { song: with, .. }) = origin
            && song.as_ref() != Some(with)
        {
            version.master = None;
        }
    }
}
