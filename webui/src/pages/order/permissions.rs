//! Permissions for covers, remixes and samples: sent by a form, fetched as a file.

use std::collections::HashMap;

use axum::extract::{Path, Request, State};
use axum::response::{Redirect, Response};
use mastering::Borrowed;
use studio::{Denied, NewPermission};

use crate::Web;
use crate::door::Door;
use crate::file_form::with_one_file;
use crate::trouble::Trouble;
use crate::upload::bare_name;

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
    let (visitor, number) = (&door.visitor, door.number);
    let kept = with_one_file(
        (&web, request),
        "Choose a file first.",
        async |form, body| {
            let new = NewPermission {
                file_name: bare_name(&form.file_name)?,
                song: form.fields.get("song").to_owned(),
                what: borrowed(form.fields.get("what"))?,
            };
            web.studio
                .attach_permission(visitor, number, new, body)
                .await
        },
    );
    kept.await?.map_err(|denied| door.trouble(denied))?;
    let address = format!("{}/consultation#permissions", door.base);
    Ok(Redirect::to(&address))
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
