//! Notices, and drops that wait for a person or for their own end.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use mastering::OrderNumber;
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{NoticeLine, UnsortedDrop};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::{list, object};
use crate::Web;

pub(super) fn operations() -> Vec<Operation> {
    let mut all = about_notices();
    all.extend(about_drops());
    all
}

fn about_notices() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/notices",
            summary: "Lists the caller's notices.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&[
                ("id", "string", "Its id."),
                ("at", "integer", "When."),
                ("number?", "string", "The order it is about."),
                ("kind", "string", "Stable code of the kind."),
                ("text", "string", "The text."),
                ("is_read", "boolean", "Whether somebody has read it."),
            ])),
            access: Access::Visitor,
            route: get(notices),
        },
        Operation {
            method: "get",
            path: "/notices/unread",
            summary: "Counts the notices that the caller has not read.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&[("unread", "integer", "How many.")])),
            access: Access::Visitor,
            route: get(unread),
        },
        Operation {
            method: "post",
            path: "/notices/read",
            summary: "Marks everything that the caller was told as read.",
            takes: Takes::Nothing,
            gives: Gives::Nothing,
            access: Access::Visitor,
            route: post(read_all),
        },
        Operation {
            method: "post",
            path: "/notices/{id}/read",
            summary: "Marks a notice as read.",
            takes: Takes::Nothing,
            gives: Gives::Nothing,
            access: Access::Visitor,
            route: post(read),
        },
    ]
}

fn about_drops() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/unsorted",
            summary: "Lists drops that no rule could assign to an order.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&[
                ("dropbox", "string", "Whose dropbox."),
                ("path", "string", "Path in it."),
                (
                    "fingerprint",
                    "string",
                    "Tells this version of the file from a later one.",
                ),
                ("bytes", "integer", "Size."),
                ("reason", "string", "Why it was not assigned."),
                ("seen_at", "integer", "When it was seen first."),
            ])),
            access: Access::Visitor,
            route: get(unsorted),
        },
        Operation {
            method: "post",
            path: "/unsorted/settle",
            summary: "Assigns such a drop to an order.",
            takes: Takes::Json(object(&[
                ("dropbox", "string", "Whose dropbox."),
                ("path", "string", "Path in it."),
                ("fingerprint", "string", "As the list gave it."),
                ("number", "string", "The order's number."),
            ])),
            gives: Gives::Nothing,
            access: Access::Visitor,
            route: post(settle),
        },
        Operation {
            method: "get",
            path: "/waiting",
            summary: "Lists files that are still settling or held, and why.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&[
                ("path", "string", "The file."),
                ("reason", "string", "Why it waits."),
            ])),
            access: Access::Visitor,
            route: get(waiting),
        },
    ]
}

async fn unread(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiTrouble> {
    let unread = web.studio.unread(&caller.visitor).await?;
    Ok(Json(json!({ "unread": unread })))
}

async fn read_all(State(web): State<Web>, caller: Caller) -> Result<StatusCode, ApiTrouble> {
    web.studio.notices_read(&caller.visitor).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn notices(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<NoticeLine>>, ApiTrouble> {
    Ok(Json(web.studio.notices(&caller.visitor).await?))
}

async fn read(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<StatusCode, ApiTrouble> {
    let id = address.text("id");
    web.studio.notice_read(&caller.visitor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unsorted(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<UnsortedDrop>>, ApiTrouble> {
    Ok(Json(web.studio.unsorted(&caller.visitor).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settle {
    dropbox: String,
    path: String,
    fingerprint: String,
    number: OrderNumber,
}

async fn settle(
    State(web): State<Web>,
    caller: Caller,
    Body(settle): Body<Settle>,
) -> Result<StatusCode, ApiTrouble> {
    let Settle {
        dropbox,
        path,
        fingerprint,
        number,
    } = settle;
    let studio = &web.studio;
    studio
        .settle(&caller.visitor, &dropbox, &path, &fingerprint, number)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn waiting(State(web): State<Web>, caller: Caller) -> Result<Json<Value>, ApiTrouble> {
    let waiting = web.studio.waiting(&caller.visitor).await?;
    let lines = waiting.into_iter();
    let lines = lines.map(|(path, reason)| json!({ "path": path, "reason": reason }));
    Ok(Json(lines.collect()))
}
