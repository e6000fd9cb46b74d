//! The stream of changes, and the document about all of this.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value, json};

use super::caller::Caller;
use super::operation::{Access, Gives, Operation, Takes};
use super::schema;
use crate::serve::Ending;
use crate::{Web, changes};

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/changes",
            summary: "Streams what changes: everything for staff, their own for clients.",
            takes: Takes::Nothing,
            gives: Gives::Events,
            access: Access::Visitor,
            route: get(follow),
        },
        Operation {
            method: "get",
            path: "/openapi.json",
            summary: "This document.",
            takes: Takes::Nothing,
            gives: Gives::Json(json!({ "type": "object" })),
            access: Access::Anybody,
            route: get(document),
        },
    ]
}

async fn follow(
    State(web): State<Web>,
    caller: Caller,
    ending: Option<Extension<Ending>>,
) -> Response {
    let ending = ending.map(|Extension(ending)| ending);
    changes::follow(web, caller.visitor, ending).into_response()
}

async fn document() -> Json<Value> {
    Json(schema::document(&super::operations()))
}
