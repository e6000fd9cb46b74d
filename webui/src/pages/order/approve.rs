//! The client's yes to the samples that were heard.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Redirect;
use mastering::{Command, SampleSum, TrackId};
use studio::Denied;

use super::comment::revision;
use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

pub(super) async fn approve(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let page = door.order(&web).await?;
    let shown = posted.fields.get("wording").replace("\r\n", "\n");
    if shown.trim() != page.approval_wording.replace("\r\n", "\n").trim() {
        // Another revision is approved in other words, so this page is an old one.
        let denied = Denied::Stale { seq_now: page.seq };
        return Err(door.explain(&web, denied, &posted).await);
    }
    let command = Command::Approve {
        revision: revision(&posted)?,
        name: posted.fields.get("name").to_owned(),
        wording: page.approval_wording,
        samples: samples(&posted)?,
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to("now"))
}

/// The checksums of what the page played.
fn samples(posted: &Posted) -> Result<BTreeMap<TrackId, SampleSum>, Denied> {
    let unreadable = |_| {
        Denied::Invalid("the checksums of this form cannot be read; reload the page".to_owned())
    };
    posted
        .fields
        .below("samples.")
        .map(|(track, sum)| {
            let track = track.parse().map_err(unreadable)?;
            Ok((track, sum.parse().map_err(unreadable)?))
        })
        .collect()
}
