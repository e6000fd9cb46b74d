//! People: clients, and a new person.

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post};
use serde::Deserialize;
use studio::{NewPerson, PersonView};

use super::ApiTrouble;
use super::caller::{Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::{list, object};
use crate::Web;

const PERSON: [(&str, &str, &str); 5] = [
    ("id", "string", "Id."),
    ("login", "string", "Login name; also the dropbox folder."),
    ("name", "string", "Name."),
    ("email", "string", "E-mail address; empty where unknown."),
    ("role", "string", "`client` or `staff`."),
];

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            method: "get",
            path: "/people",
            summary: "Lists the clients.",
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
                ("role?", "string", "`client` (where left out) or `staff`."),
                ("key?", "string", "Makes sending it twice count once."),
            ])),
            gives: Gives::Json(object(&PERSON)),
            access: Access::Visitor,
            route: post(add),
        },
    ]
}

async fn index(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<PersonView>>, ApiTrouble> {
    Ok(Json(web.studio.clients(&caller.visitor).await?))
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
