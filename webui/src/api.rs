//! Everything a page can do, for programs: JSON below `/api/v1`.
//!
//! Each resource lists its operations; the routes and the OpenAPI document are both made from that
//! list, so neither can hold what the other lacks.

mod account;
mod attachments;
mod audio;
mod caller;
mod commands;
mod consultation;
mod drops;
mod house;
mod label_copy;
mod live;
mod live_room;
mod lyrics;
mod members;
mod money;
mod operation;
mod orders;
mod packages;
mod patchbay;
mod people;
mod photographs;
mod prints;
mod programme;
mod rack;
mod release;
mod rules;
mod sales;
mod schema;
mod sendings;
mod session;
mod sheets;
mod support;
mod trouble;

use axum::Router;
use axum::extract::DefaultBodyLimit;

use self::operation::{Operation, Takes};
use crate::Web;

pub(crate) use self::sales::columns;
pub(crate) use self::trouble::ApiTrouble;

fn operations() -> Vec<Operation> {
    let mut all = Vec::new();
    all.extend(session::operations());
    all.extend(house::operations());
    all.extend(orders::operations());
    all.extend(commands::operations());
    all.extend(release::operations());
    all.extend(sales::operations());
    all.extend(rules::operations());
    all.extend(attachments::operations());
    all.extend(audio::operations());
    all.extend(drops::operations());
    all.extend(people::operations());
    all.extend(members::operations());
    all.extend(consultation::operations());
    all.extend(account::operations());
    all.extend(money::operations());
    all.extend(rack::operations());
    all.extend(sheets::operations());
    all.extend(photographs::operations());
    all.extend(patchbay::operations());
    all.extend(live_room::operations());
    all.extend(prints::operations());
    all.extend(programme::operations());
    all.extend(packages::operations());
    all.extend(label_copy::operations());
    all.extend(lyrics::operations());
    all.extend(sendings::operations());
    all.extend(support::operations());
    all.extend(live::operations());
    all
}

fn is_streamed(operation: &Operation) -> bool {
    matches!(operation.takes, Takes::File | Takes::FileAnd(_))
}

fn router(of: impl Iterator<Item = Operation>) -> Router<Web> {
    of.fold(Router::new(), |router, operation| {
        router.route(operation.path, operation.route)
    })
}

/// Every operation but uploads.
pub(crate) fn routes() -> Router<Web> {
    router(operations().into_iter().filter(|o| !is_streamed(o)))
}

/// The operations whose bodies are streamed.
pub(crate) fn upload_routes() -> Router<Web> {
    router(operations().into_iter().filter(is_streamed)).layer(DefaultBodyLimit::disable())
}
