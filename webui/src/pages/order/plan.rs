//! The plan of a song, as the engineer edits it.

use axum::extract::State;
use axum::response::Redirect;
use mastering::{Command, TrackId};

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

pub(super) async fn change(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let track: TrackId = posted.fields.read("track")?;
    // Browsers send line ends of their own kind.
    let chain = posted.fields.get("chain").replace("\r\n", "\n");
    let key = Some(posted.key.clone());
    let (visitor, number) = (&door.visitor, door.number);
    let outcome = web
        .studio
        .change_plan(visitor, number, &track, &chain, posted.seq, key)
        .await;
    match outcome {
        Ok(_) => Ok(door.back_to("plans")),
        Err(denied) => Err(door.explain(&web, denied, &posted).await),
    }
}

/// Prints the song through a chain of the rack, or renders it where none is chosen.
pub(super) async fn print_through(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let track: TrackId = posted.fields.read("track")?;
    let chain = posted.fields.get("chain").trim().to_owned();
    let chain = (!chain.is_empty()).then_some(chain);
    door.submit(&web, Command::PrintThrough { track, chain }, &posted)
        .await?;
    Ok(door.back_to("plans"))
}
