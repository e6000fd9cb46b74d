//! What follows when masters are to be made: songs are rendered, or printed through the rack.

use mastering::{Actor, Project, RevisionNo, Stage, TrackId, Version};
use vault::Write;

use crate::printing::{PrintKind, ask_for};
use crate::work::Work;

/// The work for each song of a revision that has no master yet, or for one of them.
pub(super) fn masters(
    project: &Project,
    revision: RevisionNo,
    only: Option<&TrackId>,
    (by, now): (&Actor, i64),
) -> Vec<Write> {
    let round = project.revisions.get(&revision);
    let songs = project.tracks.iter().filter_map(|track| {
        let version = round?.tracks.get(&track.id)?;
        let is_meant = only.is_none_or(|only| *only == track.id) && version.master.is_none();
        is_meant.then_some((&track.id, version))
    });
    let (printed, rendered): (Vec<_>, Vec<_>) = songs.partition(|(_, v)| v.rack.is_some());
    let mut rows: Vec<Write> = rendered
        .iter()
        .map(|(track, version)| render(project, revision, (track, version), now))
        .collect();
    let ask = |kind, track| ask_for(project, (kind, revision, track), by, now);
    rows.extend(printed.iter().map(|(track, _)| ask(PrintKind::Song, track)));
    // One passage of the day, behind its songs, is the measure that a later recall is held against.
    if let Some((first, _)) = printed.first() {
        rows.push(ask(PrintKind::Reference, first));
    }
    rows
}

/// The work that masters what goes beside songs which have their masters: of all, or of one of them.
pub(super) fn beside(
    project: &Project,
    revision: RevisionNo,
    only: Option<&TrackId>,
    now: i64,
) -> Vec<Write> {
    let Some(round) = project.revisions.get(&revision) else {
        return Vec::new();
    };
    let waits = |song: &TrackId| {
        let mut others = project.alternates_of(song);
        others.any(|other| round.master(&other.track.id).is_none())
    };
    let songs = project.tracks.iter().map(|track| &track.id);
    let songs = songs.filter(|song| only.is_none_or(|only| only == *song));
    let songs = songs.filter_map(|song| Some((song, round.master(song)?)));
    let songs = songs.filter(|(song, _)| waits(song));
    songs
        .map(|(song, master)| {
            let inputs = format!(
                "{revision}:{song}:{}:{}:{now}",
                master.samples,
                engine::ENGINE_REVISION
            );
            let song = song.clone();
            Work::Beside { revision, song }.queue(&project.id, &inputs)
        })
        .collect()
}

/// The same once something was named while masters are made.
pub(super) fn named(project: &Project, song: &TrackId, now: i64) -> Vec<Write> {
    match project.stage {
        Stage::Mastering { revision } => beside(project, revision, Some(song), now),
        _ => Vec::new(),
    }
}

/// What is a song again while masters are made gets its own; one fewer that is awaited may let the programme be put together.
pub(super) fn unnamed(project: &Project, track: &TrackId, (by, now): (&Actor, i64)) -> Vec<Write> {
    let Stage::Mastering { revision } = project.stage else {
        return Vec::new();
    };
    let mut rows = masters(project, revision, Some(track), (by, now));
    rows.extend(programme(project, now));
    rows
}

/// The work that puts a programme together once all of its masters are there.
pub(super) fn programme(project: &Project, now: i64) -> Vec<Write> {
    let round = project.programme_to_make();
    let work = round.map(|round| {
        // Told apart by when it was asked for: what was changed and changed back is put together again.
        let inputs = format!("{}:{}:{now}", round.no, engine::ENGINE_REVISION);
        let revision = round.no;
        Work::Programme { revision }.queue(&project.id, &inputs)
    });
    work.into_iter().collect()
}

fn render(
    project: &Project,
    revision: RevisionNo,
    (track, version): (&TrackId, &Version),
    now: i64,
) -> Write {
    let plan = version.plan.clone();
    let with = plan.as_ref().map_or("measured", |p| p.as_str()).to_owned();
    // Told apart by when it was asked for: a plan that was changed and changed back is rendered again.
    let inputs = format!(
        "{revision}:{track}:{}:{with}:{}:{now}",
        version.mix,
        engine::ENGINE_REVISION
    );
    Work::Master {
        revision,
        track: track.clone(),
        mix: version.mix.clone(),
        plan,
    }
    .queue(&project.id, &inputs)
}
