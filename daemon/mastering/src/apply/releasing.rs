//! What is true after something about a release was decided.

use crate::event::Event;
use crate::project::Project;
use crate::release::{Allotment, CodeKind, SalesEvent};

pub(super) fn change(project: &mut Project, event: &Event) {
    match event {
        Event::ReleaseDescribed { release, .. } => project.release = Some((**release).clone()),
        Event::CoverKept(cover) => project.cover = Some(cover.clone()),
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
        Event::RemovalWithdrawn { no, at, .. } => {
            if let Some(removal) = project.removals.iter_mut().find(|r| r.no == *no) {
                removal.withdrawn_at = Some(*at);
            }
        }
        Event::Sales(event) => sales(project, event),
        Event::RightsClaimed(claim) => project.claims.push(claim.clone()),
        Event::ClaimWithdrawn { no, at, .. } => {
            if let Some(claim) = project.claims.iter_mut().find(|claim| claim.no == *no) {
                claim.withdrawn_at = Some(*at);
            }
        }
        _ => {}
    }
}

fn sales(project: &mut Project, event: &SalesEvent) {
    match event {
        SalesEvent::Reported { report, .. } => {
            project.sales_told.insert(*report);
        }
        SalesEvent::PayoutAsked(asked) => project.payouts_asked.push(asked.clone()),
        SalesEvent::PaidOut(payout) => {
            let currency = payout.amount.currency();
            project
                .payouts_asked
                .retain(|asked| asked.balance.currency() != currency);
            project.payouts.push(payout.clone());
        }
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
