//! The consultation of an order.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post, put};
use mastering::Permission;
use serde::Deserialize;
use studio::{ConsultationView, ContentDecision, ContentVerdict, Denied, NewPermission};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller, streamed};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::Web;
use crate::files::file;
use crate::upload::bare_name;

const FORM: [(&str, &str, &str); 12] = [
    (
        "not_permitted",
        "object[]",
        "The songs that hold somebody else's work and whose permission is missing: `song`, `what`.",
    ),
    (
        "not_needed",
        "object[]",
        "The songs that need no permission, as somebody of the studio decided: `song`, `what`, `reason`, `by`, `at`.",
    ),
    (
        "holds_finals?",
        "string",
        "What finals wait for by the terms of the service.",
    ),
    (
        "permissions",
        "object[]",
        "The permissions that are kept, with their checksums.",
    ),
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
    let mut all = vec![
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
    ];
    all.extend(papers());
    all
}

/// Somebody else's permissions.
fn papers() -> Vec<Operation> {
    vec![
        Operation {
            method: "post",
            path: "/orders/{number}/permissions/{what}/{song}/{file_name}",
            summary: "Keeps somebody else's permission with the order: PDF, JPEG, PNG or text, at most 25 MB. `what` is `cover`, `remix` or `sample`.",
            takes: Takes::File,
            gives: Gives::Json(object(&[
                ("song", "string", "The song."),
                ("what", "string", "What it permits."),
                ("object", "string", "The file's SHA-256."),
                ("by", "string", "Who sent it."),
                ("at", "integer", "When."),
            ])),
            access: Access::Visitor,
            route: post(attach),
        },
        Operation {
            method: "get",
            path: "/orders/{number}/permissions/{permission}",
            summary: "Gives a permission's file by its SHA-256, to be saved.",
            takes: Takes::Nothing,
            gives: Gives::File("application/octet-stream"),
            access: Access::Visitor,
            route: get(permission),
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

async fn attach(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    request: Request,
) -> Result<Json<Permission>, ApiTrouble> {
    let what = serde_json::from_value(address.text("what").into())
        .map_err(|_| Denied::Invalid("a permission is for a cover, remix or sample".to_owned()))?;
    let new = NewPermission {
        song: address.text("song").to_owned(),
        what,
        file_name: bare_name(address.text("file_name"))?,
    };
    let (visitor, number) = (&caller.visitor, address.number()?);
    let body = streamed(request);
    let kept = web.studio.attach_permission(visitor, number, new, body);
    Ok(Json(kept.await?))
}

async fn permission(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let number = address.number()?;
    let sum = address.text("permission");
    let made = web.studio.permission_file(&caller.visitor, number, sum);
    Ok(file(made.await?))
}
