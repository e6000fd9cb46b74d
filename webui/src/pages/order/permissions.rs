//! Permissions for covers, remixes and samples: sent by a form, fetched as a file.

use std::collections::HashMap;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use mastering::Borrowed;
use studio::{Denied, NewPermission};

use super::upload::small;
use crate::Web;
use crate::door::Door;
use crate::form::{check_token, foreign, unreadable, with_files};
use crate::trouble::Trouble;
use crate::upload::{bare_name, pumped};

/// A choice as the documents spell it.
pub(super) fn borrowed(code: &str) -> Result<Borrowed, Denied> {
    serde_json::from_value(code.into())
        .map_err(|_| Denied::Invalid("say whether it is a cover, a remix or a sample".to_owned()))
}

pub(super) async fn attach(
    State(web): State<Web>,
    door: Door,
    request: Request,
) -> Result<Redirect, Trouble> {
    let (parts, mut form) = with_files(request, &web).await?;
    let (mut song, mut what, mut is_sealed) = (String::new(), String::new(), false);
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or("").to_owned();
        if field.file_name().is_none() {
            let value = small(&mut field).await?;
            match name.as_str() {
                "form_token" => {
                    check_token(&web, &parts, &value)?;
                    is_sealed = true;
                }
                "song" => song = value,
                "what" => what = value,
                _ => {}
            }
            continue;
        }
        // The seal stands before the file in our form, so nothing unsealed reaches the disk.
        if !is_sealed {
            return Err(foreign());
        }
        let given = field.file_name().unwrap_or("").to_owned();
        let new = bare_name(&given).and_then(|file_name| {
            Ok(NewPermission {
                song: song.clone(),
                what: borrowed(&what)?,
                file_name,
            })
        });
        let new = new.map_err(|denied| door.trouble(denied))?;
        let (visitor, number) = (&door.visitor, door.number);
        let kept = pumped(field, |body| {
            web.studio.attach_permission(visitor, number, new, body)
        });
        kept.await.map_err(|denied| door.trouble(denied))?;
        return Ok(Redirect::to(&format!(
            "{}/consultation#permissions",
            door.base
        )));
    }
    Err(Trouble::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Choose a file first.",
    ))
}

pub(super) async fn file(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<HashMap<String, String>>,
) -> Result<Response, Trouble> {
    let sum = params.get("permission").map_or("", String::as_str);
    let made = web
        .studio
        .permission_file(&door.visitor, door.number, sum)
        .await;
    Ok(crate::files::file(
        made.map_err(|denied| door.trouble(denied))?,
    ))
}
