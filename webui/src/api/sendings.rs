//! Packages sent to their recipients' own servers.

use axum::Json;
use axum::extract::State;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{SendAsked, TriedView};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::Web;

pub(super) fn operations() -> Vec<Operation> {
    let seq = || Gives::Json(object(&[("seq", "integer", "The journal's number now.")]));
    let key = ("key?", "string", "Makes sending it twice count once.");
    vec![
        for_visitors(
            (
                "post",
                "/orders/{number}/send-package",
                "Sends a package to its recipient's own server, as its profile says; how far it is stands with the packages.",
            ),
            Takes::Json(object(&[
                ("no", "integer", "The package's number in the order."),
                (
                    "again?",
                    "string",
                    "`yes` sends it although it was sent before; `no` is the usual.",
                ),
                key,
            ])),
            seq(),
            post(send),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/call-off-sending",
                "Calls off a package that waits to be sent, or is on its way.",
            ),
            Takes::Json(object(&[
                ("no", "integer", "The package's number in the order."),
                key,
            ])),
            seq(),
            post(call_off),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/try-upload",
                "Tries the connection to the server of a profile: logs in, and looks whether its folder can be written. No package is sent.",
            ),
            Takes::Json(object(&[("profile", "string", "The profile's name.")])),
            Gives::Json(object(&[
                ("to", "string", "The server's address."),
                ("said", "string[]", "What came of it, in sentences."),
                (
                    "is_good",
                    "boolean",
                    "Whether packages could be sent there now.",
                ),
            ])),
            post(try_upload),
        ),
    ]
}

#[derive(Deserialize)]
struct Asked {
    no: u32,
    #[serde(default)]
    again: mastering::SendAgain,
    #[serde(default)]
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalledOff {
    no: u32,
    #[serde(default)]
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    profile: String,
}

async fn send(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    body: Body<Asked>,
) -> Result<Json<Value>, ApiTrouble> {
    let Asked { no, again, key } = body.0;
    let asked = SendAsked { no, again };
    let (visitor, number) = (&caller.visitor, address.number()?);
    let seq = web.studio.send_package(visitor, number, asked, key);
    Ok(Json(json!({ "seq": seq.await? })))
}

async fn call_off(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    body: Body<CalledOff>,
) -> Result<Json<Value>, ApiTrouble> {
    let CalledOff { no, key } = body.0;
    let (visitor, number) = (&caller.visitor, address.number()?);
    let seq = web.studio.call_off_sending(visitor, number, no, key);
    Ok(Json(json!({ "seq": seq.await? })))
}

async fn try_upload(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    body: Body<Tried>,
) -> Result<Json<TriedView>, ApiTrouble> {
    let (visitor, number) = (&caller.visitor, address.number()?);
    let tried = web.studio.try_upload(visitor, number, &body.0.profile);
    Ok(Json(tried.await?))
}
