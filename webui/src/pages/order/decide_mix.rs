//! What becomes of a mix, and the end of the intake.

use axum::extract::State;
use axum::response::Redirect;
use mastering::{Command, MixId};
use studio::Denied;

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::trouble::Trouble;

pub(super) async fn decide(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let mix: MixId = posted.fields.read("mix")?;
    let words = posted.fields.get("words").to_owned();
    let command = match posted.fields.get("decision") {
        "go_on" => Command::GoOnWith {
            mix: mix.clone(),
            by: door.visitor.name().to_owned(),
            reason: words,
        },
        "reprint" => Command::AskReprint {
            mix: mix.clone(),
            words,
        },
        "set_aside" => Command::SetAside { mix: mix.clone() },
        _ => return Err(Denied::Invalid("choose what happens with this mix".to_owned()).into()),
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to(&format!("mix-{mix}")))
}

pub(super) async fn take_up(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let command = Command::TakeUpMix {
        mix: posted.fields.read("mix")?,
        track: posted.fields.read("track")?,
    };
    door.submit(&web, command, &posted).await?;
    Ok(door.back_to("mixes"))
}

/// The client may read what was found: from here on it is on their page and beside their mixes.
pub(super) async fn release_findings(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let by = door.visitor.name().to_owned();
    door.submit(&web, Command::ReleaseFindings { by }, &posted)
        .await?;
    Ok(door.back_to("mixes"))
}

pub(super) async fn close_intake(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    door.submit(&web, Command::CloseIntake, &posted).await?;
    Ok(door.back_to("now"))
}
