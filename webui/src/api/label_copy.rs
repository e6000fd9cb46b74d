//! Label copy: lists of titles, codes and credits that came, and what is entered of them.

use axum::Json;
use axum::extract::{Request, State};
use axum::routing::post;
use serde_json::{Value, json};
use studio::LabelCopyChosen;

use super::ApiTrouble;
use super::caller::{Address, Body, Caller, streamed};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::Web;
use crate::upload::bare_name;

pub(super) fn operations() -> Vec<Operation> {
    let seq = || Gives::Json(object(&[("seq", "integer", "The journal's number now.")]));
    vec![
        for_visitors(
            (
                "post",
                "/orders/{number}/label-copy/{file_name}",
                "Brings a list of titles, codes and credits: a table (CSV, xlsx) or a note. The body is the file. What it would change stands in `GET /orders/{number}/release`.",
            ),
            Takes::File,
            seq(),
            post(keep),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/choose-of-label-copy",
                "Enters what is chosen of label copy; where nothing is, it is set aside.",
            ),
            Takes::Json(object(&[
                ("no", "integer", "The label copy's number in the order."),
                (
                    "take?",
                    "string[]",
                    "The keys of the proposals that are entered.",
                ),
                (
                    "seq?",
                    "integer",
                    "The journal's number that the proposals were seen at: refused where something happened since.",
                ),
            ])),
            seq(),
            post(choose),
        ),
    ]
}

async fn keep(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    request: Request,
) -> Result<Json<Value>, ApiTrouble> {
    let name = bare_name(address.text("file_name"))?;
    let body = streamed(request);
    let kept = web
        .studio
        .keep_label_copy(&caller.visitor, address.number()?, &name, body);
    Ok(Json(json!({ "seq": kept.await? })))
}

async fn choose(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    body: Body<LabelCopyChosen>,
) -> Result<Json<Value>, ApiTrouble> {
    let chosen = web
        .studio
        .choose_of_label_copy(&caller.visitor, address.number()?, body.0);
    Ok(Json(json!({ "seq": chosen.await? })))
}
