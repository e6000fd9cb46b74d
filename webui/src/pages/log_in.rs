//! Logging in and out.

use askama::Template;
use axum::Router;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use studio::Denied;

use super::draw;
use crate::Web;
use crate::form::{OpenForm, Posted};
use crate::session::{self, Sender};
use crate::trouble::{Trouble, sentences_of, status_of, wait_of};
use crate::view::Frame;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/login", get(show).post(log_in))
        .route("/logout", post(log_out))
}

#[derive(Template)]
#[template(path = "log_in.html")]
struct Page {
    frame: Frame,
    next: String,
    login: String,
    refusal: String,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

/// A page of ours to go on to; another site's address leads home instead.
fn own(next: &str) -> &str {
    let is_path = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains(['\\', '\r', '\n', '\t']);
    if is_path { next } else { "/" }
}

pub(super) fn address(path: &str) -> String {
    let next: String = path
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    if next == "/" {
        return "/login".to_owned();
    }
    format!("/login?next={next}")
}

async fn show(State(_): State<Web>, Query(query): Query<Next>) -> Result<Response, Trouble> {
    draw(&Page {
        frame: Frame::stranger(),
        next: own(&query.next).to_owned(),
        login: String::new(),
        refusal: String::new(),
    })
}

/// Wrong passwords are counted by the studio, after the form was read whole.
async fn log_in(
    State(web): State<Web>,
    Sender(whence): Sender,
    OpenForm(fields): OpenForm,
) -> Result<Response, Trouble> {
    let login = fields.get("login").trim().to_owned();
    let password = fields.get("password").to_owned();
    let next = own(fields.get("next")).to_owned();
    match web.studio.log_in(&login, password, &whence).await {
        Ok(token) => {
            let cookie = session::begin_cookie(&web.config, &token);
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
        Err(denied) => refuse(&denied, login, next),
    }
}

fn refuse(denied: &Denied, login: String, next: String) -> Result<Response, Trouble> {
    let status = match status_of(denied) {
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND => StatusCode::UNAUTHORIZED,
        status => status,
    };
    let page = draw(&Page {
        frame: Frame::stranger(),
        next,
        login,
        refusal: sentences_of(denied).0,
    })?;
    let mut response = (status, page).into_response();
    if let Some(seconds) = wait_of(denied) {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

async fn log_out(State(web): State<Web>, request: Request) -> Result<Response, Trouble> {
    let token = session::session_cookie(&web.config, request.headers());
    // The form holds nothing but its seal, which is checked here.
    Posted::from_request(request, &web).await?;
    if let Some(token) = token {
        web.studio.log_out(&token).await;
    }
    let cookie = session::end_cookie(&web.config);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/login")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_only_to_our_own_pages() {
        assert_eq!(own("/orders/LQ-1001"), "/orders/LQ-1001");
        for foreign in [
            "",
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/\r\nX: y",
        ] {
            assert_eq!(own(foreign), "/", "{foreign:?}");
        }
        assert_eq!(address("/orders/LQ-1001"), "/login?next=/orders/LQ-1001");
        assert_eq!(address("/a?b&c"), "/login?next=/a%3Fb%26c");
    }
}
