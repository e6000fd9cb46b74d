//! Photographs on the recall sheet: taken with the phone at the rack, shown beside their unit.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use studio::{Denied, NewPhotograph};

use super::order::small;
use super::recall::{Which, refused};
use crate::Web;
use crate::files::picture;
use crate::form::{check_token, foreign, unreadable, with_files};
use crate::session::Visit;
use crate::trouble::Trouble;
use crate::upload::pumped;

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
    let (parts, mut form) = with_files(request, &web).await?;
    let (mut unit, mut caption, mut is_sealed) = (String::new(), String::new(), false);
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or("").to_owned();
        if field.file_name().is_none() {
            let value = small(&mut field).await?;
            match name.as_str() {
                "form_token" => {
                    check_token(&web, &parts, &value)?;
                    is_sealed = true;
                }
                "unit" => unit = value,
                "caption" => caption = value,
                _ => {}
            }
            continue;
        }
        // The seal stands before the file in our form, so nothing unsealed reaches the disk.
        if !is_sealed {
            return Err(foreign());
        }
        let new = NewPhotograph {
            unit: unit.clone(),
            caption: caption.clone(),
        };
        let (studio, visitor) = (&web.studio, &visit.visitor);
        let place = (which.number, which.revision);
        let noted = pumped(field, |body| {
            studio.photograph_on_sheet(visitor, place, new, body)
        });
        return match noted.await {
            Ok(_) => {
                let address = format!("/orders/{number}/recall/{revision}#{unit}");
                Ok(Redirect::to(&address).into_response())
            }
            Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(denied.into()),
            Err(denied) => refused(&web, &visit, which, &denied).await,
        };
    }
    Err(Trouble::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Choose a photograph first.",
    ))
}
