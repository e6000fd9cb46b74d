//! The studio's steps from a plan to a reference, and the order's end.

use axum::extract::State;
use axum::response::Redirect;
use mastering::Command;

use super::comment::revision;
use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

pub(super) async fn start(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    door.submit(&web, Command::StartMastering, &posted).await?;
    Ok(door.back_to("now"))
}

pub(super) async fn send(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let revision = revision(&posted)?;
    door.submit(&web, Command::SendReference { revision }, &posted)
        .await?;
    Ok(door.back_to("now"))
}

pub(super) async fn open_revision(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let reason = posted.fields.get("words").to_owned();
    door.submit(&web, Command::OpenRevision { reason }, &posted)
        .await?;
    Ok(door.back_to("plans"))
}

pub(super) async fn complete(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    door.submit(&web, Command::Complete, &posted).await?;
    Ok(door.back_to("now"))
}

pub(super) async fn try_again(
    State(web): State<Web>,
    door: Door,
    _posted: Posted,
) -> Result<Redirect, Trouble> {
    web.studio
        .try_again(&door.visitor, door.number)
        .await
        .map_err(|denied| door.trouble(denied))?;
    Ok(door.back_to("now"))
}
