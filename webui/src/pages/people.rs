//! The people: who orders here, and who works here.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use studio::{Denied, PersonView, Role, Telling};

use super::draw;
use super::set_up::new_person;
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/people", get(list).post(add))
        .route("/people/{login}/findings", post(tell_findings))
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    frame: Frame,
    clients: Vec<ClientRow>,
    house: Vec<(PersonView, &'static str)>,
    roles: Vec<RoleChoice>,
    form_token: String,
    key: String,
    fields: Fields,
    refusal: String,
}

/// What somebody of this role is called.
pub(super) fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Engineer => "Engineer",
        Role::Assistant => "Assistant",
        Role::Auditor => "Auditor",
        Role::Client => "Client",
        Role::Member => "Acts for a client",
    }
}

/// What somebody of this role does, after "They".
fn role_deed(role: Role) -> &'static str {
    match role {
        Role::Owner => "run the studio: everything, people and settings too",
        Role::Engineer => "master, and look after orders and clients",
        Role::Assistant => "take in mixes, look after orders and clients, record payments",
        Role::Auditor => "read everything and change nothing",
        Role::Client => "order here",
        Role::Member => "act for a client",
    }
}

/// A role that a new person may have.
struct RoleChoice {
    code: &'static str,
    deed: &'static str,
    is_chosen: bool,
}

impl RoleChoice {
    /// Every role; without a choice it is a client.
    fn all(fields: &Fields) -> Vec<Self> {
        let chosen = read_role(fields.get("role")).unwrap_or(Role::Client);
        Role::ALL
            .into_iter()
            // Whoever acts for a client is added at the client.
            .filter(|role| *role != Role::Member)
            .map(|role| Self {
                code: role.code(),
                deed: role_deed(role),
                is_chosen: role == chosen,
            })
            .collect()
    }
}

/// A client and the form that says when they read what is found.
struct ClientRow {
    person: PersonView,
    token: String,
}

impl ClientRow {
    fn of(person: PersonView, secret: &str) -> Self {
        let path = format!("/people/{}/findings", person.login);
        Self {
            token: stamp::form_token(secret, &path),
            person,
        }
    }

    fn is_held(&self) -> bool {
        self.person.findings == Telling::AfterRelease
    }

    /// What the button would set.
    fn other(&self) -> &'static str {
        if self.is_held() {
            Telling::AtOnce.code()
        } else {
            Telling::AfterRelease.code()
        }
    }
}

/// Reads when a client reads findings.
pub(crate) fn read_telling(code: &str) -> Result<Telling, Denied> {
    Telling::of_code(code)
        .ok_or_else(|| Denied::Invalid("findings are told at_once or after_release".to_owned()))
}

async fn tell_findings(
    State(web): State<Web>,
    visit: Visit,
    Path(login): Path<String>,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let telling = read_telling(posted.fields.get("findings"))?;
    web.studio
        .tell_findings(&visit.visitor, &login, telling)
        .await?;
    Ok(Redirect::to("/people"))
}

async fn page(
    web: &Web,
    visit: &Visit,
    fields: Fields,
    refusal: String,
) -> Result<Response, Trouble> {
    let people = web.studio.people(&visit.visitor).await?;
    let (house, others): (Vec<_>, Vec<_>) = people.into_iter().partition(|p| p.role.is_house());
    let clients = others.into_iter().filter(|p| p.role == Role::Client);
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "people"),
        clients: clients
            .map(|person| ClientRow::of(person, &visit.secret))
            .collect(),
        house: house
            .into_iter()
            .map(|person| {
                let word = role_word(person.role);
                (person, word)
            })
            .collect(),
        roles: RoleChoice::all(&fields),
        form_token: stamp::form_token(&visit.secret, "/people"),
        key: stamp::fresh_key(),
        fields,
        refusal,
    })
}

async fn list(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    page(&web, &visit.staff()?, Fields(Vec::new()), String::new()).await
}

/// The role that a form or command names.
pub(crate) fn read_role(code: &str) -> Result<Role, Denied> {
    if code.is_empty() {
        return Ok(Role::Client);
    }
    Role::of_code(code).ok_or_else(|| {
        let roles = Role::ALL.map(Role::code).join(", ");
        Denied::Invalid(format!("a person is one of these: {roles}"))
    })
}

async fn add(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let outcome = match read_role(posted.fields.get("role")) {
        Ok(role) => {
            let person = new_person(&posted.fields);
            let key = Some(posted.key.clone());
            let adding = web.studio.add_person(&visit.visitor, person, role, key);
            adding.await
        }
        Err(denied) => Err(denied),
    };
    match outcome {
        Ok(_) => Ok(Redirect::to("/people").into_response()),
        Err(denied) => {
            let page = page(&web, &visit, posted.fields, sentences_of(&denied).0).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}
