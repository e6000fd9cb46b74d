//! What is true after something about a release was decided.

use crate::event::Event;
use crate::project::Project;
use crate::release::{Allotment, CodeKind};

pub(super) fn change(project: &mut Project, event: &Event) {
    match event {
        Event::ReleaseDescribed { release, .. } => project.release = Some((**release).clone()),
        Event::CodesAllotted { codes, .. } => {
            for code in codes {
                take(project, code);
            }
        }
        Event::RemovalAsked(removal) => project.removals.push(removal.clone()),
        Event::ShopGone { no, shop, at } => {
            let removal = project.removals.iter_mut().find(|r| r.no == *no);
            if let Some(gone) = removal.and_then(|r| r.shops.get_mut(shop)) {
                *gone = Some(*at);
            }
        }
        Event::RightsClaimed(claim) => project.claims.push(claim.clone()),
        Event::ClaimWithdrawn { no, at, .. } => {
            if let Some(claim) = project.claims.iter_mut().find(|claim| claim.no == *no) {
                claim.withdrawn_at = Some(*at);
            }
        }
        _ => {}
    }
}

fn take(project: &mut Project, code: &Allotment) {
    let place = match code.code_kind {
        CodeKind::Isrc => {
            let mut tracks = project.tracks.iter_mut();
            let track = tracks.find(|t| Some(&t.id) == code.track.as_ref());
            track.map(|track| &mut track.isrc)
        }
        CodeKind::Ean => Some(&mut project.release.get_or_insert_default().ean),
        CodeKind::CatalogueNo => Some(&mut project.release.get_or_insert_default().catalogue_no),
    };
    if let Some(place) = place {
        place.clone_from(&code.code);
    }
}
