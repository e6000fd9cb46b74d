//! Pages for people: each action is a form that works without script.

mod inbox;
mod log_in;
mod order;
mod orders;
mod people;
mod set_up;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;

pub(crate) use self::order::sheet;
pub(crate) use self::orders::portal_address;
pub(crate) use self::people::{read_role, read_telling};
use crate::Web;
use crate::session::Visit;
use crate::trouble::Trouble;

/// Every page and form but uploads.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/", get(home))
        .merge(log_in::routes())
        .merge(set_up::routes())
        .merge(inbox::routes())
        .merge(orders::routes())
        .merge(people::routes())
        .nest("/orders/{number}", order::routes())
        .nest("/p/{token}", order::routes())
}

/// The forms whose bodies are streamed.
pub(crate) fn upload_routes() -> Router<Web> {
    Router::new()
        .nest("/orders/{number}", order::upload_routes())
        .nest("/p/{token}", order::upload_routes())
}

/// The login page that leads on to `path`.
pub(crate) fn login_address(path: &str) -> String {
    log_in::address(path)
}

/// Draws a page.
fn draw(page: &impl Template) -> Result<Response, Trouble> {
    match page.render() {
        Ok(html) => Ok(Html(html).into_response()),
        Err(error) => {
            tracing::error!(%error, "a page could not be drawn");
            Err(Trouble::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "This page could not be drawn; the reason is in the log.",
            ))
        }
    }
}

async fn home(State(_): State<Web>, visit: Visit) -> Redirect {
    Redirect::to(if visit.visitor.is_staff() {
        "/inbox"
    } else {
        "/orders"
    })
}
