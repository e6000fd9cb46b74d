//! The house: what it offers, and its queue.

use axum::Json;
use axum::extract::State;
use axum::routing::get;
use serde_json::{Value, json};

use super::ApiTrouble;
use super::caller::Caller;
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::list;
use crate::Web;

const QUEUED: [(&str, &str, &str); 11] = [
    ("number", "string", "The order's number."),
    ("title", "string", "Title."),
    ("client", "string", "The client's name."),
    ("lane", "string", "`rush` or `usual`."),
    (
        "place?",
        "integer",
        "Its place among those that can be worked on.",
    ),
    ("turn", "string", "What is awaited."),
    (
        "owes",
        "string",
        "Who owes it: `client`, `studio`, `nobody`.",
    ),
    ("since", "integer", "Since when."),
    (
        "estimate",
        "object",
        "When its next reference is due, what that depends on, and how near it is.",
    ),
    ("is_due_today", "boolean", "Whether it is due today."),
    ("waits_for", "string", "Who has to do what, in words."),
];

const SERVICE: [(&str, &str, &str); 6] = [
    ("name", "string", "The name to order by."),
    ("title", "string", "The name for people."),
    ("about", "string", "What it is, in a sentence."),
    ("kind", "string", "Who masters: `instant` or `engineer`."),
    ("rules", "object", "Turnaround, rounds, approval, preview."),
    (
        "retention?",
        "object",
        "How long things are kept; none: as the studio's configuration says.",
    ),
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/queue",
            summary: "Lists what is due when, and who owes what.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&QUEUED)),
            access: Access::Visitor,
            route: get(queue),
        },
        Operation {
            method: "get",
            path: "/services",
            summary: "Lists what the studio offers, with the rules an order takes with it.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&SERVICE)),
            access: Access::Visitor,
            route: get(services),
        },
    ]
}

async fn queue(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<studio::QueueEntry>>, ApiTrouble> {
    Ok(Json(web.studio.queue(&caller.visitor).await?))
}

async fn services(State(web): State<Web>, _caller: Caller) -> Json<Value> {
    let catalogue = web.studio.catalogue();
    let list = catalogue.services.iter().map(|(name, service)| {
        json!({
            "name": name,
            "title": service.title,
            "about": service.about,
            "kind": service.kind,
            "rules": catalogue.rules(name),
            "retention": service.retention,
        })
    });
    Json(list.collect())
}
