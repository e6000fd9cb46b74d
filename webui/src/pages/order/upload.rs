//! Mixes dropped in the browser.

use axum::extract::{Request, State};
use axum::response::Redirect;
use studio::Denied;

use crate::Web;
use crate::door::Door;
use crate::file_form::small;
use crate::form::{check_token, foreign, unreadable, with_files};
use crate::trouble::Trouble;
use crate::upload::{Folder, take_field};

/// Files of one form.
const MOST_FILES: usize = 200;

pub(super) async fn upload(
    State(web): State<Web>,
    door: Door,
    request: Request,
) -> Result<Redirect, Trouble> {
    let (parts, mut form) = with_files(request, &web).await?;
    let mut is_sealed = false;
    let mut folder = Folder::Mixes;
    let mut taken = 0;
    while let Some(mut field) = form.next_field().await.map_err(|_| unreadable())? {
        let name = field.name().unwrap_or("").to_owned();
        if field.file_name().is_none() {
            let value = small(&mut field).await?;
            match name.as_str() {
                "form_token" => {
                    check_token(&web, &parts, &value)?;
                    is_sealed = true;
                }
                "folder" => folder = Folder::read(&value)?,
                _ => {}
            }
            continue;
        }
        // The seal stands before the files in our form, so nothing unsealed reaches the disk.
        if !is_sealed {
            return Err(foreign());
        }
        if field.file_name() == Some("") {
            continue;
        }
        if taken == MOST_FILES {
            return Err(too_many(&door));
        }
        let outcome = take_field(&web, &door.visitor, door.number, folder, field).await;
        outcome.map_err(|denied| door.trouble(denied))?;
        taken += 1;
    }
    if taken == 0 {
        let denied = Denied::Invalid("choose at least one file to send".to_owned());
        return Err(door.trouble(denied));
    }
    Ok(door.back_to("mixes"))
}

fn too_many(door: &Door) -> Trouble {
    let sentence = format!(
        "{MOST_FILES} files were taken, which is as many as one form may hold; send the others in another one"
    );
    door.trouble(Denied::Invalid(sentence))
}
