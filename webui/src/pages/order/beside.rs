//! What goes beside a song: said by a person, and taken back.

use axum::extract::State;
use axum::response::Redirect;
use mastering::programme::AlternateRole;
use mastering::{Command, MixId};
use studio::Denied;

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

pub(super) async fn name(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let mix: MixId = posted.fields.read("mix")?;
    let role: AlternateRole = posted
        .fields
        .get("role")
        .parse()
        .map_err(|_| Denied::Invalid("choose what it is to the song".to_owned()))?;
    let called = posted.fields.get("name").trim();
    let command = Command::NameAlternate {
        mix: mix.clone(),
        song: posted.fields.read("song")?,
        role,
        name: (!called.is_empty()).then(|| called.to_owned()),
        by: door.visitor.name().to_owned(),
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to(&format!("mix-{mix}")))
}

pub(super) async fn unname(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let command = Command::UnnameAlternate {
        track: posted.fields.read("track")?,
        by: door.visitor.name().to_owned(),
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to("mixes"))
}
