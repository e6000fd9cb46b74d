//! Photographs of the rack's units, on their pages.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use studio::NewPhotograph;

use super::rack::refused_unit;
use crate::Web;
use crate::file_form::with_one_file;
use crate::files::picture;
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::Trouble;

/// What is said where a form came without a file.
pub(super) const NONE: &str = "Choose a photograph first.";

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/rack/units/{unit}/photographs/{photograph}", get(show))
        .route("/rack/units/{unit}/take-away", post(take_away))
}

pub(super) fn upload_routes() -> Router<Web> {
    Router::new().route("/rack/units/{unit}/photographs", post(take))
}

/// What a form says of its photograph.
pub(super) fn shown_by(fields: &Fields) -> NewPhotograph {
    NewPhotograph {
        unit: fields.get("unit").to_owned(),
        caption: fields.get("caption").to_owned(),
    }
}

fn address(unit: &str) -> String {
    format!("/rack/units/{unit}#photographs")
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path((unit, photograph)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let made = web
        .studio
        .unit_photograph(&visit.visitor, &unit, &photograph);
    Ok(picture(made.await?))
}

async fn take(
    State(web): State<Web>,
    visit: Visit,
    Path(unit): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let kept = with_one_file((&web, request), NONE, async |form, body| {
        let new = NewPhotograph {
            unit: unit.clone(),
            ..shown_by(&form.fields)
        };
        web.studio
            .photograph_of_unit(&visit.visitor, new, body)
            .await
    });
    match kept.await? {
        Ok(_) => Ok(Redirect::to(&address(&unit)).into_response()),
        Err(denied) => refused_unit(&web, &visit, &unit, denied).await,
    }
}

async fn take_away(
    State(web): State<Web>,
    visit: Visit,
    Path(unit): Path<String>,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let photograph = posted.fields.get("photograph");
    let taken = web
        .studio
        .take_away_of_unit(&visit.visitor, &unit, photograph);
    match taken.await {
        Ok(_) => Ok(Redirect::to(&address(&unit)).into_response()),
        Err(denied) => refused_unit(&web, &visit, &unit, denied).await,
    }
}
