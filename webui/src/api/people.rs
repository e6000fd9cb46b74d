//! People: clients, and a new person.

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post, put};
use serde::Deserialize;
use studio::{HeldFindings, NewPerson, PersonView};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::{list, object};
use crate::Web;

pub(super) const PERSON: [(&str, &str, &str); 7] = [
    ("id", "string", "Id."),
    ("login", "string", "Login name; also the dropbox folder."),
    ("name", "string", "Name."),
    ("email", "string", "E-mail address; empty where unknown."),
    (
        "role",
        "string",
        "`owner`, `engineer`, `assistant`, `auditor`, `client` or `member`.",
    ),
    (
        "findings",
        "string",
        "When they read what was found in their mixes: `at_once` or `after_release`.",
    ),
    ("is_closed", "boolean", "Whether their account was ended."),
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/people",
            summary: "Lists everybody: clients, and the people of the studio.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&PERSON)),
            access: Access::Visitor,
            route: get(index),
        },
        Operation {
            method: "post",
            path: "/people",
            summary: "Adds a person; a client gets a dropbox.",
            takes: Takes::Json(object(&[
                ("login", "string", "Login name."),
                ("name", "string", "Name."),
                ("email?", "string", "E-mail address."),
                (
                    "password?",
                    "string",
                    "Password, also for FTP; left out for a client who only uses links.",
                ),
                (
                    "role?",
                    "string",
                    "`client` (where left out), `owner`, `engineer`, `assistant` or `auditor`.",
                ),
                ("key?", "string", "Makes sending it twice count once."),
            ])),
            gives: Gives::Json(object(&PERSON)),
            access: Access::Visitor,
            route: post(add),
        },
        Operation {
            method: "put",
            path: "/people/{login}/findings",
            summary: "Says when a client reads what is found in their mixes, from the next mix on.",
            takes: Takes::Json(object(&[(
                "findings",
                "string",
                "`at_once`, or `after_release` by one of the studio's people.",
            )])),
            gives: Gives::Json(object(&PERSON)),
            access: Access::Visitor,
            route: put(tell_findings),
        },
        trust(),
        Operation {
            method: "get",
            path: "/held-findings",
            summary: "Lists the orders about which something waits for a release.",
            takes: Takes::Nothing,
            gives: Gives::Json(list(&[
                ("number", "string", "The order's number."),
                ("title", "string", "Its title."),
                ("client", "string", "The client's name."),
                ("mixes", "string[]", "The files it is about."),
                ("findings", "integer", "How many findings those are."),
            ])),
            access: Access::Visitor,
            route: get(held_findings),
        },
    ]
}

fn trust() -> Operation {
    Operation {
        method: "put",
        path: "/people/{login}/trust",
        summary: "Says whether a client hears masters lossless before they are theirs.",
        takes: Takes::Json(object(&[(
            "trust",
            "string",
            "`trusted`, or `usual`: as the service says.",
        )])),
        gives: Gives::Nothing,
        access: Access::Visitor,
        route: put(trust_client),
    }
}

async fn index(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<PersonView>>, ApiTrouble> {
    Ok(Json(web.studio.people(&caller.visitor).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct When {
    findings: String,
}

async fn tell_findings(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(when): Body<When>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let telling = crate::pages::read_telling(&when.findings)?;
    let studio = &web.studio;
    let set = studio
        .tell_findings(&caller.visitor, address.text("login"), telling)
        .await?;
    Ok(Json(set))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trusted {
    trust: mastering::Trust,
}

async fn trust_client(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Trusted>,
) -> Result<axum::http::StatusCode, ApiTrouble> {
    let login = address.text("login");
    web.studio
        .trust_client(&caller.visitor, login, given.trust)
        .await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

async fn held_findings(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<HeldFindings>>, ApiTrouble> {
    Ok(Json(web.studio.held_findings(&caller.visitor).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    login: String,
    name: String,
    #[serde(default)]
    email: String,
    password: Option<String>,
    #[serde(default)]
    role: String,
    key: Option<String>,
}

async fn add(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Json<PersonView>, ApiTrouble> {
    let role = crate::pages::read_role(&new.role)?;
    let person = NewPerson {
        login: new.login,
        name: new.name,
        email: new.email,
        password: new.password,
    };
    let adding = web
        .studio
        .add_person(&caller.visitor, person, role, new.key);
    Ok(Json(adding.await?))
}
