//! Masters made elsewhere, dropped into the studio's own folder.

use mastering::{Command, MasterOrigin, Project, Track, track_key};
use measure::file_findings;
use vault::{DropState, Write};

use super::place::{Place, copy_of_drop};
use super::take::{hold, id, incomplete, inspect};
use super::{Done, Shop, Trouble};

/// Takes a master made elsewhere as the next revision of its song.
pub(super) fn take_master(shop: &Shop, project: &Project, place: &Place) -> Result<Done, Trouble> {
    let Some(mut scratch) = copy_of_drop(shop, place)? else {
        return Ok(Done::default());
    };
    let bytes = scratch.metadata()?.len();
    let mut canonical = shop.vault.scratch()?;
    let inspected = match inspect(shop, project, place, &scratch, &canonical)? {
        Ok(inspected) => inspected,
        Err(finding) => return hold(shop, project, place, &mut scratch, finding),
    };
    if let Some(finding) = incomplete(&inspected) {
        return hold(shop, project, place, &mut scratch, finding);
    }
    let Some(track) = song_of_master(project, place) else {
        let finding = file_findings::name_unclear(&place.file_name());
        return hold(shop, project, place, &mut scratch, finding);
    };
    let original = shop
        .vault
        .store(project.id.as_str(), "master_elsewhere", &mut scratch)?;
    let origin = MasterOrigin::Elsewhere {
        file_name: place.file_name(),
        original: id(&original.sha256)?,
    };
    let made = super::master::from_elsewhere(
        shop,
        project,
        &mut canonical,
        &inspected.samples_sha256,
        origin,
    )?;
    let master = made.master;
    let mut also = made.also;
    also.push(Write::Drop(place.row(DropState::Taken, project, bytes)));
    Ok(Done {
        commands: vec![Command::ReceiveMaster {
            track: track.id.clone(),
            master,
        }],
        also,
    })
}

/// The song that a master's file name means: the only one, or the one of that name.
fn song_of_master<'p>(project: &'p Project, place: &Place) -> Option<&'p Track> {
    let name = |key: &str| key.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted = name(&track_key(&place.file_name()).key);
    let title = mastering::title_from_file_name(&place.file_name()).to_lowercase();
    let same = |t: &&Track| name(&t.key) == wanted || t.title.to_lowercase() == title;
    let is_called = |t: &&Track| {
        let called = project.called(&t.id);
        called.is_some_and(|called| called.to_lowercase() == title) || same(t)
    };
    // What goes beside a song is only meant by its name.
    let mut beside = project.alternates.iter().map(|other| &other.track);
    if let Some(other) = beside.find(is_called) {
        return Some(other);
    }
    match project.tracks.as_slice() {
        [only] => Some(only),
        tracks => {
            let mut hits = tracks.iter().filter(same);
            let first = hits.next()?;
            hits.next().is_none().then_some(first)
        }
    }
}
