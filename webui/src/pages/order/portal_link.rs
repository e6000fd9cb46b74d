//! A new link for the client. It is shown once: only its checksum is kept.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use studio::EarlierLinks;

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::pages::draw;
use crate::pages::portal_address;
use crate::trouble::Trouble;
use crate::view::Frame;

#[derive(Template)]
#[template(path = "portal_link.html")]
struct Page {
    frame: Frame,
    number: String,
    link: String,
}

pub(super) async fn renew(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let earlier = if posted.fields.get("ends_earlier").is_empty() {
        EarlierLinks::Stay
    } else {
        EarlierLinks::End
    };
    let link = web
        .studio
        .new_portal_link(&door.visitor, door.number, earlier)
        .await
        .map_err(|denied| door.trouble(denied))?;
    draw(&Page {
        frame: Frame::of(&door.visitor, door.secret(), "orders"),
        number: door.number.to_string(),
        link: portal_address(&web, &link),
    })
}
