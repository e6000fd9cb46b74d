//! The house: what it offers, and its queue.

use axum::Json;
use axum::extract::Query;
use axum::extract::State;
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Value, json};

use super::ApiTrouble;
use super::caller::{Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::{list, object};
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

const SERVICES: [(&str, &str, &str); 4] = [
    ("version", "integer", "From 1."),
    ("at", "integer", "When it was saved."),
    (
        "by",
        "string",
        "Who saved it, or the file it was read from.",
    ),
    ("toml", "string", "The catalogue."),
];

const DUE: [(&str, &str, &str); 3] = [
    ("due", "object[]", "What is due now."),
    ("later", "object[]", "What will be, and when."),
    ("released", "boolean", "Whether anything went."),
];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![
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
    ];
    all.extend(kept());
    all
}

/// The catalogue, the house's journal, and what is due to go.
fn kept() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/services/catalogue",
            summary: "Gives the newest version of what the studio offers, as services.toml holds it.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&SERVICES)),
            access: Access::Visitor,
            route: get(catalogue),
        },
        Operation {
            method: "put",
            path: "/services/catalogue",
            summary: "Saves the next version; orders that are open keep the rules of their day.",
            takes: Takes::Json(object(&[
                (
                    "toml",
                    "string",
                    "The catalogue, as services.toml holds it.",
                ),
                ("key?", "string", "Makes sending it twice count once."),
            ])),
            gives: Gives::Json(object(&SERVICES)),
            access: Access::Visitor,
            route: put(save_catalogue),
        },
        Operation {
            method: "get",
            path: "/journal",
            summary: "Lists what was decided beside orders, newest first: by whom, when, from where.",
            takes: Takes::Query(&[("before", "integer", "Only what is older than this mark.")]),
            gives: Gives::Json(object(&[
                ("lines", "object[]", "The decisions."),
                ("next?", "integer", "Mark for the older ones."),
            ])),
            access: Access::Visitor,
            route: get(journal),
        },
        Operation {
            method: "get",
            path: "/archive/due",
            summary: "Lists what of the archive is due to go, and what later.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&DUE)),
            access: Access::Visitor,
            route: get(due),
        },
        Operation {
            method: "post",
            path: "/archive/release",
            summary: "Lets go what is due, as a person confirms the list.",
            takes: Takes::Json(object(&[(
                "list",
                "object[]",
                "What goes: `number` and `what` (`working` or `archive`) of each line that was shown as due.",
            )])),
            gives: Gives::Json(object(&DUE)),
            access: Access::Visitor,
            route: post(release),
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

async fn catalogue(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<studio::ServicesView>, ApiTrouble> {
    Ok(Json(web.studio.services(&caller.visitor).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewCatalogue {
    toml: String,
    key: Option<String>,
}

async fn save_catalogue(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<NewCatalogue>,
) -> Result<Json<studio::ServicesView>, ApiTrouble> {
    let saving = web
        .studio
        .save_services(&caller.visitor, &new.toml, new.key);
    Ok(Json(saving.await?))
}

#[derive(Deserialize)]
struct Before {
    before: Option<u64>,
}

async fn journal(
    State(web): State<Web>,
    caller: Caller,
    Query(asked): Query<Before>,
) -> Result<Json<studio::HouseLog>, ApiTrouble> {
    let log = web.studio.house_log(&caller.visitor, asked.before);
    Ok(Json(log.await?))
}

async fn due(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<studio::ExpiryReport>, ApiTrouble> {
    Ok(Json(web.studio.archive_due(&caller.visitor).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Chosen {
    list: Vec<studio::DueName>,
}

async fn release(
    State(web): State<Web>,
    caller: Caller,
    Body(chosen): Body<Chosen>,
) -> Result<Json<studio::ExpiryReport>, ApiTrouble> {
    let (visitor, list) = (&caller.visitor, Some(chosen.list.as_slice()));
    let going = web.studio.archive_release(visitor, visitor.name(), list);
    Ok(Json(going.await?))
}
