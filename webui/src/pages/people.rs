//! The people: who orders here, and who works here.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use studio::{Denied, PersonView, Role};

use super::draw;
use super::set_up::new_person;
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/people", get(list).post(add))
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page {
    frame: Frame,
    clients: Vec<PersonView>,
    form_token: String,
    key: String,
    fields: Fields,
    refusal: String,
}

async fn page(
    web: &Web,
    visit: &Visit,
    fields: Fields,
    refusal: String,
) -> Result<Response, Trouble> {
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "people"),
        clients: web.studio.clients(&visit.visitor).await?,
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
    match code {
        "client" | "" => Ok(Role::Client),
        "staff" => Ok(Role::Staff),
        _ => Err(Denied::Invalid("a person is client or staff".to_owned())),
    }
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
