//! The way back in when the password is lost.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use studio::Denied;

use super::draw;
use crate::Web;
use crate::form::OpenForm;
use crate::session::Sender;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/recover", get(ask_form).post(ask))
        .route("/recover/{token}", get(set_form).post(set))
}

#[derive(Template)]
#[template(path = "recover.html")]
struct AskPage {
    frame: Frame,
    is_asked: bool,
    refusal: String,
}

#[derive(Template)]
#[template(path = "recover_set.html")]
struct SetPage {
    frame: Frame,
    token: String,
    is_set: bool,
    refusal: String,
}

fn ask_page(refusal: String) -> AskPage {
    AskPage {
        frame: Frame::stranger(),
        is_asked: false,
        refusal,
    }
}

fn set_page(token: String, refusal: String) -> SetPage {
    SetPage {
        frame: Frame::stranger(),
        token,
        is_set: false,
        refusal,
    }
}

async fn ask_form(State(_): State<Web>) -> Result<Response, Trouble> {
    draw(&ask_page(String::new()))
}

async fn ask(
    State(web): State<Web>,
    Sender(whence): Sender,
    OpenForm(fields): OpenForm,
) -> Result<Response, Trouble> {
    match web.studio.ask_recovery(fields.get("named"), &whence).await {
        // The same page whether anybody has this name or address.
        Ok(()) => draw(&AskPage {
            is_asked: true,
            ..ask_page(String::new())
        }),
        Err(denied) => {
            let page = draw(&ask_page(sentences_of(&denied).0))?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

fn spent() -> Trouble {
    Trouble::from(Denied::NotFound)
        .saying("This link has been used, or is older than an hour. Please ask for a new one.")
        .with_way_back("/recover")
}

async fn set_form(State(web): State<Web>, Path(token): Path<String>) -> Result<Response, Trouble> {
    if !web.studio.recovery_is_open(&token).await {
        return Err(spent());
    }
    draw(&set_page(token, String::new()))
}

async fn set(
    State(web): State<Web>,
    Path(token): Path<String>,
    Sender(whence): Sender,
    OpenForm(fields): OpenForm,
) -> Result<Response, Trouble> {
    let new = fields.get("password");
    if new != fields.get("password_again") {
        let refusal = "The two passwords are not the same.".to_owned();
        let page = draw(&set_page(token, refusal))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    match web.studio.recover(&token, new.to_owned(), &whence).await {
        Ok(()) => draw(&SetPage {
            is_set: true,
            ..set_page(String::new(), String::new())
        }),
        Err(Denied::NotFound) => Err(spent()),
        Err(denied) => {
            let page = draw(&set_page(token, sentences_of(&denied).0))?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}
