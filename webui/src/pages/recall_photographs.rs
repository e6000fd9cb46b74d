//! Photographs on the recall sheet: taken with the phone at the rack, shown beside their unit.

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use studio::Denied;

use super::recall::{Which, refused};
use super::unit_photographs::{NONE, shown_by};
use crate::Web;
use crate::file_form::with_one_file;
use crate::files::picture;
use crate::session::Visit;
use crate::trouble::Trouble;

pub(super) async fn show(
    State(web): State<Web>,
    visit: Visit,
    Path((number, revision, photograph)): Path<(String, u32, String)>,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, revision)?;
    let visit = visit.staff()?;
    let made = web
        .studio
        .photograph(&visit.visitor, which.number, &photograph);
    Ok(picture(made.await?))
}

pub(super) async fn take(
    State(web): State<Web>,
    visit: Visit,
    Path((number, revision)): Path<(String, u32)>,
    request: Request,
) -> Result<Response, Trouble> {
    let which = Which::read(&number, revision)?;
    let visit = visit.staff()?;
    let place = (which.number, which.revision);
    let noted = with_one_file((&web, request), NONE, async |form, body| {
        let new = shown_by(&form.fields);
        let unit = new.unit.clone();
        let noted = web
            .studio
            .photograph_on_sheet(&visit.visitor, place, new, body);
        noted.await.map(|_| unit)
    });
    match noted.await? {
        Ok(unit) => {
            let address = format!("/orders/{number}/recall/{revision}#{unit}");
            Ok(Redirect::to(&address).into_response())
        }
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(denied.into()),
        Err(denied) => refused(&web, &visit, which, &denied).await,
    }
}
