//! Pages for people: each action is a form that works without script.

mod account;
mod archive;
mod books;
pub(crate) mod help;
mod inbox;
mod live_room;
mod log_in;
mod notices;
mod order;
mod orders;
mod patchbay;
mod people;
mod person;
mod price_form;
pub(crate) mod prints;
mod queue;
mod rack;
mod recall;
mod recall_photographs;
mod recover;
mod sales;
mod service_form;
mod services;
mod set_up;
mod unit_form;
mod unit_photographs;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};

pub(crate) use self::notices::Told;
pub(crate) use self::order::sheet;
pub(crate) use self::orders::{order_list_address, portal_address};
pub(crate) use self::people::{read_role, read_telling};
pub(crate) use self::person::{erase, right_word, rights_of};
use crate::Web;
use crate::disposition::{Manner, disposition};
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
        .merge(books::routes())
        .merge(sales::routes())
        .merge(people::routes())
        .merge(person::routes())
        .merge(account::routes())
        .merge(notices::routes())
        .merge(help::routes())
        .merge(recover::routes())
        .merge(queue::routes())
        .merge(rack::routes())
        .merge(patchbay::routes())
        .merge(live_room::routes())
        .merge(prints::routes())
        .merge(recall::routes())
        .merge(unit_photographs::routes())
        .merge(services::routes())
        .merge(archive::routes())
        .nest("/orders/{number}", order::routes())
        .nest("/p/{token}", order::routes())
}

/// The forms whose bodies are streamed.
pub(crate) fn upload_routes() -> Router<Web> {
    Router::new()
        .merge(sales::upload_routes())
        .merge(recall::upload_routes())
        .merge(unit_photographs::upload_routes())
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

/// Data to be kept as a file.
fn as_file(data: &serde_json::Value, name: &str) -> Response {
    let name = disposition(Manner::Attachment, name);
    ([(header::CONTENT_DISPOSITION, name)], Json(data.clone())).into_response()
}

async fn home(State(_): State<Web>, visit: Visit) -> Redirect {
    Redirect::to(if visit.visitor.is_staff() {
        "/inbox"
    } else {
        "/orders"
    })
}
