//! Logging in from a program.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use studio::Denied;

use super::ApiTrouble;
use super::caller::{Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::Web;
use crate::session::Sender;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: "post",
            path: "/session",
            summary: "Logs in. The token goes into `Authorization: Bearer`.",
            takes: Takes::Json(object(&[
                ("login", "string", "Login name."),
                ("password", "string", "Password."),
            ])),
            gives: Gives::Json(object(&[("token", "string", "The session's token.")])),
            access: Access::Anybody,
            route: post(log_in),
        },
        Operation {
            method: "get",
            path: "/session",
            summary: "Says who the token or session belongs to.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&[
                (
                    "role",
                    "string",
                    "`owner`, `engineer`, `assistant`, `auditor`, `client`, `member`; `link` for an order's link, `guest` for a guest's.",
                ),
                ("name", "string", "The person's name."),
                ("login", "string", "Their login name."),
            ])),
            access: Access::Visitor,
            route: get(show),
        },
        Operation {
            method: "delete",
            path: "/session",
            summary: "Logs out.",
            takes: Takes::Nothing,
            gives: Gives::Nothing,
            access: Access::Visitor,
            route: delete(log_out),
        },
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogIn {
    login: String,
    password: String,
}

async fn log_in(
    State(web): State<Web>,
    Sender(whence): Sender,
    Body(LogIn { login, password }): Body<LogIn>,
) -> Result<Json<Value>, ApiTrouble> {
    match web.studio.log_in(login.trim(), password, &whence).await {
        Ok(token) => Ok(Json(json!({ "token": token }))),
        // Neither says whether the name exists.
        Err(Denied::Invalid(why)) => Err(ApiTrouble::new(
            StatusCode::UNAUTHORIZED,
            "not_logged_in",
            &why,
        )),
        Err(denied) => Err(denied.into()),
    }
}

async fn show(caller: Caller) -> Json<Value> {
    let (role, person) = (caller.visitor.code(), caller.visitor.person());
    Json(json!({ "role": role, "name": person.name, "login": person.login }))
}

async fn log_out(State(web): State<Web>, caller: Caller) -> StatusCode {
    if let Some(session) = caller.session {
        web.studio.log_out(&session).await;
    }
    StatusCode::NO_CONTENT
}
