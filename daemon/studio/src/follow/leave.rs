//! What follows when somebody else's permission or the client's own comes, goes or is missing.

use mastering::{
    Actor, Borrowed, Event, FinalsWait, Permission, RemovalCost, RevisionNo, SalesEvent,
};
use vault::Write;

use super::{Notices, is_client};
use crate::notices::Language;
use crate::work::Work;

/// A permission came.
pub(super) fn permission_kept(note: &Notices<'_>, kept: &Permission, by: &Actor) -> Vec<Write> {
    let mut rows = settled(note, kept.at);
    if is_client(by) {
        let said = format!(
            "{} sent a permission for \u{201c}{}\u{201d}, {}: {}",
            kept.by,
            kept.song,
            kept.what.words(),
            kept.file_name
        );
        rows.extend(note.staff("permission_kept", &said));
    }
    rows
}

/// Finals that were ready and waited for permissions alone are offered now.
pub(super) fn settled(note: &Notices<'_>, at: i64) -> Vec<Write> {
    let project = note.project;
    let is_waiting = !project.finals.is_empty() && project.offered_at.is_none();
    match project.stage.revision() {
        Some(revision) if is_waiting && project.may_hand_over().is_ok() => {
            let offer = Work::OfferFinals { revision };
            vec![offer.queue(&project.id, &format!("{revision}:permitted:{at}"))]
        }
        Some(_) | None => Vec::new(),
    }
}

fn german_words(what: Borrowed) -> &'static str {
    match what {
        Borrowed::Cover => "eine Coverversion",
        Borrowed::Remix => "ein Remix",
        Borrowed::Sample => "mit einem Sample",
    }
}

/// The songs whose permission finals wait for, as the lines of a notice.
fn lines(note: &Notices<'_>, language: Language) -> String {
    let waits = note.project.finals_wait_for().into_iter();
    let songs = waits.filter_map(|wait| match wait {
        FinalsWait::Permission { song } => Some(song),
        FinalsWait::Payment | FinalsWait::Claim { .. } => None,
    });
    songs.fold(String::new(), |text, song| match language {
        Language::English => format!(
            "{text}\n- \u{201c}{}\u{201d}, {}",
            song.song,
            song.what.words()
        ),
        Language::German => format!(
            "{text}\n- \u{201e}{}\u{201c}, {}",
            song.song,
            german_words(song.what)
        ),
    })
}

/// The finals are made and a permission is missing.
pub(super) fn awaited(note: &Notices<'_>, revision: RevisionNo) -> Vec<Write> {
    let (english, german) = (
        lines(note, Language::English),
        lines(note, Language::German),
    );
    if english.is_empty() {
        return Vec::new();
    }
    let facts = [("songs", english.as_str()), ("songs.de", &german)];
    let mut rows = note.tell("permission_awaited", &facts, &format!("{revision}"));
    rows.extend(note.staff(
        "permission_awaited",
        &format!("The finals are made and wait for written permissions:{english}"),
    ));
    rows
}

/// A distributor reported, or money was asked for or left.
fn sales(note: &Notices<'_>, event: &SalesEvent) -> Vec<Write> {
    match event {
        SalesEvent::Reported {
            report,
            distributor,
            quarter,
            ..
        } => {
            let facts = [("distributor", distributor.as_str()), ("quarter", quarter)];
            note.tell("sales_reported", &facts, &report.to_string())
        }
        SalesEvent::PayoutAsked(asked) => {
            let said = format!("{} asks for a payout of {}.", asked.by, asked.balance);
            note.staff("payout_asked", &said)
        }
        SalesEvent::PaidOut(payout) => {
            let facts = [
                ("amount", payout.amount.to_string()),
                ("day", payout.paid_on.to_string()),
                ("words", payout.words.clone()),
            ];
            let facts: Vec<(&str, &str)> = facts.iter().map(|(n, v)| (*n, v.as_str())).collect();
            note.tell("paid_out", &facts, &payout.no.to_string())
        }
    }
}

/// A release is to leave the shops, has left them, or somebody claims rights in it.
pub(super) fn releasing(note: &Notices<'_>, event: &Event) -> Vec<Write> {
    match event {
        Event::RemovalAsked(removal) => {
            let shops: Vec<&str> = removal.shops.keys().map(String::as_str).collect();
            let cost = match removal.cost {
                RemovalCost::Free => "It is free.",
                RemovalCost::Fee => "It costs the price list's fee, which is quoted.",
            };
            let said = format!(
                "{} asks to take the release out of {}: {}. {cost}",
                removal.by,
                shops.join(", "),
                removal.reason.trim_end_matches('.')
            );
            let mut rows = note.staff("removal_asked", &said);
            if removal.cost == RemovalCost::Fee {
                let no = removal.no;
                rows.push(Work::QuoteRemoval { no }.queue(&note.project.id, &no.to_string()));
            }
            rows
        }
        Event::RemovalWithdrawn { no, by, .. } => {
            let said = format!(
                "{by} took removal {no} back; the shops whose links live keep the release."
            );
            let mut rows = note.staff("removal_withdrawn", &said);
            let quote = Work::QuoteRemoval { no: *no };
            rows.push(quote.queue(&note.project.id, &format!("{no}:withdrawn")));
            rows
        }
        Event::Sales(event) => sales(note, event),
        Event::ShopGone { at, .. } if !note.project.is_being_removed() => {
            note.tell("removal_done", &[], &at.to_string())
        }
        Event::RightsClaimed(claim) => {
            let facts = [("claimant", &*claim.claimant), ("words", &claim.words)];
            note.tell("rights_claimed", &facts, &claim.no.to_string())
        }
        Event::ClaimWithdrawn { no, at, .. } => {
            let claim = note.project.claims.iter().find(|claim| claim.no == *no);
            let claimant = claim.map_or("", |claim| claim.claimant.as_str());
            let facts = [("claimant", claimant)];
            let mut rows = note.tell("claim_withdrawn", &facts, &no.to_string());
            rows.extend(settled(note, *at));
            rows
        }
        _ => Vec::new(),
    }
}

/// The client allowed the studio to listen or took that back; somebody gave a reason.
pub(super) fn listening(note: &Notices<'_>, event: &Event) -> Vec<Write> {
    match event {
        Event::ListeningAllowed(leave) => note.staff(
            "listening_allowed",
            &format!("{} lets you listen to this order.", leave.by),
        ),
        Event::ListeningForbidden { by, .. } => note.staff(
            "listening_forbidden",
            &format!("{by} no longer lets you listen to this order."),
        ),
        Event::ListeningReasoned(given) => {
            let facts = [
                ("who", given.by.as_str()),
                (given.purpose.code(), "1"),
                ("reason", &given.reason),
            ];
            note.tell("listening_reason", &facts, &given.at.to_string())
        }
        _ => Vec::new(),
    }
}
