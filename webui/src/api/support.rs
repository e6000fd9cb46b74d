//! Help: a question into the studio's inbox.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use mastering::OrderNumber;
use serde::Deserialize;

use super::ApiTrouble;
use super::caller::{Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::Web;

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        method: "post",
        path: "/support",
        summary: "Puts a question of the caller, a client or one of their people, into the studio's inbox.",
        takes: Takes::Json(object(&[
            ("words", "string", "The question."),
            ("number?", "string", "The order it is about."),
        ])),
        gives: Gives::Nothing,
        access: Access::Visitor,
        route: post(ask),
    }]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    words: String,
    number: Option<OrderNumber>,
}

async fn ask(
    State(web): State<Web>,
    caller: Caller,
    Body(asked): Body<Question>,
) -> Result<StatusCode, ApiTrouble> {
    let (visitor, number) = (&caller.visitor, asked.number);
    web.studio
        .ask_for_help(visitor, number, &asked.words)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
