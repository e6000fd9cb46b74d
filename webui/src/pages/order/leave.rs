//! Who of the studio may listen, and songs that need no permission.

use axum::extract::State;
use axum::response::Redirect;
use mastering::{BorrowedSong, Command};

use super::permissions::borrowed;
use super::rules::word;
use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

async fn give(
    web: &Web,
    door: &Door,
    posted: &Posted,
    command: Command,
) -> Result<Redirect, Trouble> {
    door.submit(web, command, posted).await?;
    Ok(door.back_to("ears"))
}

fn name(door: &Door) -> String {
    door.visitor.name().to_owned()
}

pub(super) async fn allow(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let by = name(&door);
    give(&web, &door, &posted, Command::AllowListening { by }).await
}

pub(super) async fn forbid(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let by = name(&door);
    give(&web, &door, &posted, Command::ForbidListening { by }).await
}

pub(super) async fn reason(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let command = Command::GiveListeningReason {
        purpose: word(&posted.fields, "purpose")?,
        reason: posted.fields.get("words").to_owned(),
        by: name(&door),
    };
    give(&web, &door, &posted, command).await
}

/// A song of the consultation that needs no permission after all.
pub(super) async fn not_needed(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let what = borrowed(posted.fields.get("what"));
    let command = Command::WaivePermission {
        song: BorrowedSong {
            song: posted.fields.get("song").to_owned(),
            what: what.map_err(|denied| door.trouble(denied))?,
        },
        reason: posted.fields.get("words").to_owned(),
        by: name(&door),
    };
    door.submit(&web, command, &posted).await?;
    Ok(Redirect::to(&format!(
        "{}/consultation#permissions",
        door.base
    )))
}
