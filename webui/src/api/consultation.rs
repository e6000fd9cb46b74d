//! The consultation of an order.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use serde::Deserialize;
use studio::{ConsultationView, ContentDecision, ContentVerdict};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::Web;

const FORM: [(&str, &str, &str); 8] = [
    (
        "form",
        "object",
        "`schema` and `answers`, by the codes of their questions.",
    ),
    ("questions", "object[]", "Everything that is asked."),
    (
        "next_step?",
        "string",
        "The first step that something is missing for: `quote`, `mixes`, `mastering`.",
    ),
    (
        "missing",
        "string[]",
        "The codes of what is missing for it.",
    ),
    (
        "instructions",
        "string[]",
        "How the client prepares their mixes, made from the answers.",
    ),
    (
        "warranty",
        "object",
        "The text, its checksum, and who agreed when.",
    ),
    (
        "content?",
        "object",
        "What the studio decided about the content.",
    ),
    (
        "holds_up?",
        "string",
        "What of this holds mastering up by the terms of the service.",
    ),
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/orders/{number}/consultation",
            summary: "Shows the consultation: answers, what is missing, how to prepare the mixes.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&FORM)),
            access: Access::Visitor,
            route: get(show),
        },
        Operation {
            method: "put",
            path: "/orders/{number}/consultation",
            summary: "Takes answers as they are typed; an empty one takes its answer back.",
            takes: Takes::Json(object(&[(
                "answers",
                "object",
                "Answers by the codes of their questions.",
            )])),
            gives: Gives::Json(object(&FORM)),
            access: Access::Visitor,
            route: put(answer),
        },
        Operation {
            method: "post",
            path: "/orders/{number}/warranty",
            summary: "Warrants the rights in the recordings, under the caller's typed name.",
            takes: Takes::Json(object(&[
                (
                    "sha256",
                    "string",
                    "The checksum of the text that was read.",
                ),
                ("name", "string", "The name, typed."),
            ])),
            gives: Gives::Nothing,
            access: Access::Visitor,
            route: post(warrant),
        },
        Operation {
            method: "post",
            path: "/orders/{number}/content-decision",
            summary: "Records what the studio decided about the content.",
            takes: Takes::Json(object(&[
                ("verdict", "string", "`accepted` or `refused`."),
                ("reason", "string", "Why."),
            ])),
            gives: Gives::Json(object(&[
                ("verdict", "string", "`accepted` or `refused`."),
                ("reason", "string", "Why."),
                ("by", "string", "Who decided."),
                ("at", "integer", "When."),
            ])),
            access: Access::Visitor,
            route: post(decide),
        },
    ]
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<ConsultationView>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(
        web.studio.consultation(&caller.visitor, number).await?,
    ))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    answers: BTreeMap<String, String>,
}

async fn answer(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Answers>,
) -> Result<Json<ConsultationView>, ApiTrouble> {
    let number = address.number()?;
    let taken = web
        .studio
        .answer_consultation(&caller.visitor, number, &given.answers);
    Ok(Json(taken.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Agreed {
    sha256: String,
    name: String,
}

async fn warrant(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(agreed): Body<Agreed>,
) -> Result<StatusCode, ApiTrouble> {
    let number = address.number()?;
    web.studio
        .warrant(&caller.visitor, number, (&agreed.sha256, &agreed.name))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    verdict: ContentVerdict,
    reason: String,
}

async fn decide(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Decision>,
) -> Result<Json<ContentDecision>, ApiTrouble> {
    let number = address.number()?;
    let decided =
        web.studio
            .decide_content(&caller.visitor, number, (given.verdict, &given.reason));
    Ok(Json(decided.await?))
}
