//! What the studio offers, to be read and changed; and what was decided beside orders.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::{Catalogue, CompletionRule, Offering, ServiceKind};
use serde::Deserialize;
use studio::{Denied, HouseLine, ServicesView};

use super::draw;
use super::service_form::{
    GroupShown, Looks, calendar_fields, release_fields, service_fields, with_calendar,
    with_releases, with_service,
};
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/services", get(services).post(save_text))
        .route("/services/form", post(save_service))
        .route("/services/calendar", get(calendar).post(save_calendar))
        .route("/services/releases", get(releases).post(save_releases))
        .route("/services/{name}", get(service))
        .route("/journal", get(journal))
}

/// What the page's form is about.
enum Open {
    /// No form.
    Nothing,
    /// The opening hours and holidays.
    Calendar(Vec<GroupShown>),
    /// What is set for releases.
    Releases(Vec<GroupShown>),
    /// A service by its name; a new one has none yet.
    Service(String, Vec<GroupShown>),
}

#[derive(Template)]
#[template(path = "services.html")]
struct Page {
    frame: Frame,
    services: ServicesView,
    saved: String,
    open: Open,
    refusal: String,
    secret: String,
    key: String,
}

impl Page {
    fn seal(&self, path: &str) -> String {
        stamp::form_token(&self.secret, path)
    }
}

async fn page(web: &Web, visit: &Visit, open: Open, refusal: String) -> Result<Response, Trouble> {
    let services = web.studio.services(&visit.visitor).await?;
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "services"),
        saved: words::moment(&web.zone(), services.at),
        services,
        open,
        refusal,
        secret: visit.secret.clone(),
        key: stamp::fresh_key(),
    })
}

async fn services(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    page(&web, &visit.staff()?, Open::Nothing, String::new()).await
}

/// A service to begin with.
fn blank() -> Offering {
    Offering {
        title: String::new(),
        about: String::new(),
        kind: ServiceKind::Engineer,
        also: std::collections::BTreeSet::new(),
        completion: CompletionRule {
            when: mastering::Completion::ByHand,
        },
        turnaround: mastering::Turnaround::default(),
        rounds: mastering::Rounds::default(),
        approval: mastering::ApprovalRules::default(),
        preview: mastering::Preview::default(),
        listening: None,
        permissions: Default::default(),
        consultation: mastering::ConsultationRules::default(),
        retention: None,
        price: None,
    }
}

/// The name under which a page stands for a service that is not there yet.
const NEW: &str = "new";

fn open_service(catalogue: &Catalogue, name: &str) -> Result<Open, Denied> {
    if name == NEW {
        return Ok(Open::Service(String::new(), service_fields(&blank())));
    }
    let offering = catalogue.services.get(name).ok_or(Denied::NotFound)?;
    Ok(Open::Service(name.to_owned(), service_fields(offering)))
}

async fn service(
    State(web): State<Web>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let open = open_service(&web.studio.catalogue(), &name)?;
    page(&web, &visit, open, String::new()).await
}

async fn calendar(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let open = Open::Calendar(calendar_fields(&web.studio.catalogue().calendar));
    page(&web, &visit, open, String::new()).await
}

async fn releases(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let open = Open::Releases(release_fields(&web.studio.catalogue().release));
    page(&web, &visit, open, String::new()).await
}

/// Saves what a form made of the catalogue, or says above the form why not.
async fn saved(
    web: &Web,
    visit: &Visit,
    posted: &Posted,
    made: Result<Catalogue, Denied>,
    (then, again): (&str, Open),
) -> Result<Response, Trouble> {
    let saving = match made {
        Ok(catalogue) => {
            let (base, key) = (posted.fields.read("version")?, Some(posted.key.clone()));
            let saving = web
                .studio
                .save_catalogue(&visit.visitor, base, catalogue, key);
            saving.await.map(drop)
        }
        Err(denied) => Err(denied),
    };
    match saving {
        Ok(()) => Ok(Redirect::to(then).into_response()),
        Err(denied @ Denied::NotAllowed) => Err(denied.into()),
        Err(denied) => {
            let page = page(web, visit, again, sentences_of(&denied).0).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

async fn save_service(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let catalogue = web.studio.catalogue();
    let name = posted.fields.get("name").trim().to_owned();
    let made = match name.as_str() {
        NEW => Err(Denied::Invalid("give the service another name".to_owned())),
        name => with_service(&catalogue, name, &posted.fields),
    };
    let again = open_service(&catalogue, &name).or_else(|_| open_service(&catalogue, NEW))?;
    let then = format!("/services/{name}");
    saved(&web, &visit, &posted, made, (&then, again)).await
}

async fn save_calendar(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let catalogue = web.studio.catalogue();
    let made = with_calendar(&catalogue, &posted.fields);
    let again = Open::Calendar(calendar_fields(&catalogue.calendar));
    saved(&web, &visit, &posted, made, ("/services/calendar", again)).await
}

async fn save_releases(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let catalogue = web.studio.catalogue();
    let made = with_releases(&catalogue, &posted.fields);
    let again = Open::Releases(release_fields(&catalogue.release));
    saved(&web, &visit, &posted, made, ("/services/releases", again)).await
}

async fn save_text(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let key = Some(posted.key.clone());
    let toml = posted.fields.get("toml");
    match web.studio.save_services(&visit.visitor, toml, key).await {
        Ok(_) => Ok(Redirect::to("/services").into_response()),
        Err(denied @ Denied::NotAllowed) => Err(denied.into()),
        Err(denied) => {
            let said = sentences_of(&denied).0;
            let page = page(&web, &visit, Open::Nothing, said).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

#[derive(Debug, Deserialize)]
struct Before {
    before: Option<u64>,
}

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    frame: Frame,
    lines: Vec<(HouseLine, String)>,
    next: Option<u64>,
}

async fn journal(
    State(web): State<Web>,
    visit: Visit,
    Query(asked): Query<Before>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let log = web.studio.house_log(&visit.visitor, asked.before).await?;
    let zone = web.zone();
    let lines = log.lines.into_iter().map(|line| {
        let when = words::moment(&zone, line.at);
        (line, when)
    });
    draw(&JournalPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "people"),
        lines: lines.collect(),
        next: log.next,
    })
}
