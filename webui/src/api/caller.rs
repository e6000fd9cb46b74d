//! Who a program speaks for, and the JSON it sends.

use std::io;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::{Method, StatusCode, header, request::Parts};
use futures_util::{Stream, TryStreamExt as _};
use mastering::OrderNumber;
use serde::de::DeserializeOwned;
use studio::{Denied, Visitor};

use super::ApiTrouble;
use crate::Web;
use crate::form::is_from_our_page;
use crate::session::{address, bearer, session_cookie, visit, whence};

/// A request's body as it comes.
pub(super) fn streamed(request: Request) -> impl Stream<Item = io::Result<Bytes>> + Unpin {
    let body = request.into_body().into_data_stream();
    body.map_err(io::Error::other)
}

/// A program with the rights of a visitor: `Authorization: Bearer` with the token of a session or
/// of an order's link, or a browser's session.
pub(super) struct Caller {
    pub(super) visitor: Visitor,
    /// The session it came with, if it came with one.
    pub(super) session: Option<String>,
}

impl FromRequestParts<Web> for Caller {
    type Rejection = ApiTrouble;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiTrouble> {
        if let Some(token) = bearer(&parts.headers) {
            let from = address(&web.config, parts);
            if let Some(visitor) = web.studio.visitor_by_session(&token).await {
                web.studio.saw(&token, &whence(&web.config, parts));
                return Ok(Self {
                    visitor: visitor.coming_from(from),
                    session: Some(token),
                });
            }
            let visitor = web.studio.visitor_by_link(&token).await;
            let visitor = visitor.ok_or(Denied::NotLoggedIn)?;
            return Ok(Self {
                visitor: visitor.coming_from(from),
                session: None,
            });
        }
        // A browser sends the cookie by itself, so it must be our own page that asks.
        let is_reading = parts.method == Method::GET || parts.method == Method::HEAD;
        if !is_reading && !is_from_our_page(&web.config, &parts.headers) {
            return Err(ApiTrouble::new(
                StatusCode::FORBIDDEN,
                "foreign",
                "This request did not come from a page of this server.",
            ));
        }
        let visit = visit(web, parts).await;
        let visit = visit.ok_or(Denied::NotLoggedIn)?;
        Ok(Self {
            visitor: visit.visitor,
            session: session_cookie(&web.config, &parts.headers),
        })
    }
}

/// The parts of the address, by name.
pub(super) struct Address(Vec<(String, String)>);

impl Address {
    /// A part as it must be read; what cannot be read does not exist.
    pub(super) fn read<T: std::str::FromStr>(&self, name: &str) -> Result<T, Denied> {
        self.text(name).parse().map_err(|_| Denied::NotFound)
    }

    /// A part as text.
    pub(super) fn text(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(n, _)| n == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The order's number.
    pub(super) fn number(&self) -> Result<OrderNumber, Denied> {
        self.read("number")
    }
}

impl FromRequestParts<Web> for Address {
    type Rejection = ApiTrouble;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, ApiTrouble> {
        let params = RawPathParams::from_request_parts(parts, web).await;
        let params = params.map_err(|_| Denied::NotFound)?;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Ok(Self(params.iter().map(owned).collect()))
    }
}

/// A JSON object that was sent.
pub(super) struct Body<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Web> for Body<T> {
    type Rejection = ApiTrouble;

    async fn from_request(request: Request, web: &Web) -> Result<Self, ApiTrouble> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim();
        // A foreign page can send a form, but not JSON under its own name, without being asked first.
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(ApiTrouble::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Send JSON, with the content type application/json.",
            ));
        }
        let bytes = bytes::Bytes::from_request(request, web).await;
        let bytes = bytes.map_err(|_| unreadable("the body could not be read"))?;
        serde_json::from_slice(&bytes)
            .map(Body)
            .map_err(|error| unreadable(&error.to_string()))
    }
}

fn unreadable(why: &str) -> ApiTrouble {
    Denied::Invalid(format!("this is not the JSON that is expected here: {why}")).into()
}
