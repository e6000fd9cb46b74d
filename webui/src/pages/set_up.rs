//! The first staff member, by the link that the daemon printed.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use studio::{Denied, NewPerson};

use super::draw;
use crate::Web;
use crate::form::{Fields, OpenForm};
use crate::session::{self, Sender};
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/setup/{token}", get(show).post(set_up))
}

#[derive(Template)]
#[template(path = "set_up.html")]
struct Page {
    frame: Frame,
    token: String,
    login: String,
    name: String,
    email: String,
    refusal: String,
}

impl Page {
    fn of(token: String, fields: &Fields, refusal: String) -> Self {
        Self {
            frame: Frame::stranger(),
            token,
            login: fields.get("login").to_owned(),
            name: fields.get("name").to_owned(),
            email: fields.get("email").to_owned(),
            refusal,
        }
    }
}

fn used() -> Trouble {
    Trouble::from(Denied::NotFound)
        .saying("This set-up link has been used, or never existed. Please log in.")
        .with_way_back("/login")
}

async fn show(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, Trouble> {
    if !web.studio.set_up_is_open(&token).await {
        return Err(used());
    }
    draw(&Page::of(token, &Fields(Vec::new()), String::new()))
}

async fn set_up(
    State(web): State<Web>,
    Path(token): Path<String>,
    Sender(whence): Sender,
    OpenForm(fields): OpenForm,
) -> Result<Response, Trouble> {
    if !web.studio.set_up_is_open(&token).await {
        return Err(used());
    }
    let outcome = if fields.get("password") == fields.get("password_again") {
        web.studio
            .set_up(&token, new_person(&fields), &whence)
            .await
    } else {
        Err(Denied::Invalid(
            "the two passwords are not the same".to_owned(),
        ))
    };
    match outcome {
        Ok(session) => {
            let cookie = session::begin_cookie(&web.config, &session);
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/inbox")).into_response())
        }
        Err(denied) => {
            let page = Page::of(token, &fields, sentences_of(&denied).0);
            Ok((status_of(&denied), draw(&page)?).into_response())
        }
    }
}

/// The person that a form describes.
pub(super) fn new_person(fields: &Fields) -> NewPerson {
    NewPerson {
        login: fields.get("login").trim().to_owned(),
        name: fields.get("name").trim().to_owned(),
        email: fields.get("email").trim().to_owned(),
        password: Some(fields.get("password"))
            .filter(|password| !password.is_empty())
            .map(str::to_owned),
    }
}
