//! The list of orders, and a new one.

use askama::Template;
use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use mastering::{Declared, Stage, Zone};
use studio::{Denied, OrderForm, OrderLine, OrderQuery, PersonView, TargetWish};

use super::draw;
use crate::address::escaped;
use crate::form::{Fields, Posted};
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/orders", get(list))
        .route("/orders/new", get(new).post(open))
}

struct LineView {
    number: String,
    title: String,
    artist: String,
    client: String,
    stage: String,
    revision: Option<u32>,
    waits_for: String,
    opened: String,
}

impl LineView {
    fn stage_word(&self) -> &str {
        words::stage(&self.stage)
    }
}

impl LineView {
    fn of(line: OrderLine, zone: &Zone) -> Self {
        Self {
            number: line.number.to_string(),
            title: line.title,
            artist: line.artist,
            client: line.client,
            stage: line.stage,
            revision: line.revision.map(u32::from),
            waits_for: crate::trouble::as_sentence(&line.waits_for),
            opened: words::moment(zone, line.opened_at),
        }
    }
}

#[derive(Template)]
#[template(path = "orders.html")]
struct ListPage {
    frame: Frame,
    orders: Vec<LineView>,
    query: OrderQuery,
    /// Address of the page with older orders.
    older: Option<String>,
}

impl ListPage {
    /// Whether only some of the orders are asked for.
    fn is_narrowed(&self) -> bool {
        !self.query.search.trim().is_empty() || !self.query.stage.is_empty()
    }

    /// What the list can be narrowed to: code and word.
    fn stages(&self) -> Vec<(&'static str, String)> {
        let every = [
            ("", "Every order".to_owned()),
            ("at_work", "At work".to_owned()),
        ];
        let stages = Stage::CODES.map(|code| (code, words::stage(code).to_owned()));
        every.into_iter().chain(stages).collect()
    }
}

/// The address of the page of the list that begins at this mark.
pub(crate) fn order_list_address(path: &str, query: &OrderQuery, before: u64) -> String {
    let mut address = format!("{path}?before={before}");
    for (name, value) in [("search", &query.search), ("stage", &query.stage)] {
        if !value.is_empty() {
            address.push_str(&format!("&{name}={}", escaped(value)));
        }
    }
    if let Some(rows) = query.rows {
        address.push_str(&format!("&rows={rows}"));
    }
    address
}

#[derive(Template)]
#[template(path = "order_new.html")]
struct NewPage {
    frame: Frame,
    clients: Vec<PersonView>,
    services: Vec<ServiceView>,
    form_token: String,
    key: String,
    fields: Fields,
    refusal: String,
}

#[derive(Template)]
#[template(path = "order_opened.html")]
struct OpenedPage {
    frame: Frame,
    number: String,
    link: String,
    dropbox: String,
}

/// A service to choose.
struct ServiceView {
    name: String,
    title: String,
    about: String,
    is_chosen: bool,
}

/// What the studio offers; the one that was chosen before, else the first that masters at once.
fn services(web: &Web, fields: &Fields) -> Vec<ServiceView> {
    let catalogue = web.studio.catalogue();
    let chosen = match catalogue.find(fields.get("service")) {
        Some((name, _)) => name,
        None if catalogue.services.contains_key("instant") => "instant",
        None => catalogue.services.keys().next().map_or("", String::as_str),
    };
    let views = catalogue
        .services
        .iter()
        .map(|(name, service)| ServiceView {
            name: name.clone(),
            title: service.title.clone(),
            about: service.about.clone(),
            is_chosen: name == chosen,
        });
    views.collect()
}

async fn list(
    State(web): State<Web>,
    visit: Visit,
    query: Result<Query<OrderQuery>, QueryRejection>,
) -> Result<Response, Trouble> {
    let Query(query) = query.map_err(|e| Denied::Invalid(e.body_text()))?;
    let list = web.studio.orders(&visit.visitor, query.clone()).await?;
    let older = list
        .next
        .map(|next| order_list_address("/orders", &query, next));
    draw(&ListPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "orders"),
        orders: list
            .orders
            .into_iter()
            .map(|line| LineView::of(line, &web.zone()))
            .collect(),
        query,
        older,
    })
}

async fn form(
    web: &Web,
    visit: &Visit,
    fields: Fields,
    refusal: String,
) -> Result<Response, Trouble> {
    draw(&NewPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "orders"),
        clients: web.studio.clients(&visit.visitor).await?,
        services: services(web, &fields),
        form_token: stamp::form_token(&visit.secret, "/orders/new"),
        key: stamp::fresh_key(),
        fields,
        refusal,
    })
}

async fn new(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    form(&web, &visit, Fields(Vec::new()), String::new()).await
}

async fn open(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let outcome = match read(&posted) {
        Ok(order) => web.studio.open_order(&visit.visitor, order).await,
        Err(denied) => Err(denied),
    };
    match outcome {
        Ok(opened) => draw(&OpenedPage {
            frame: Frame::of(&visit.visitor, &visit.secret, "orders"),
            number: opened.number.to_string(),
            link: portal_address(&web, &opened.portal),
            dropbox: opened.dropbox,
        }),
        Err(denied) => {
            let page = form(&web, &visit, posted.fields, sentences_of(&denied).0).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

/// The whole address of an order's link, as it is sent to the client.
pub(crate) fn portal_address(web: &Web, link: &str) -> String {
    let token = link.rsplit('/').next().unwrap_or(link);
    let house = web.config.public_url.trim_end_matches('/');
    format!("{house}/p/{token}")
}

fn number<T: std::str::FromStr>(fields: &Fields, name: &str, what: &str) -> Result<T, Denied> {
    let text = fields.get(name).trim().replace('\u{2212}', "-");
    text.parse()
        .map_err(|_| Denied::Invalid(format!("{what} must be a number")))
}

fn number_or_none<T: std::str::FromStr>(
    fields: &Fields,
    name: &str,
    what: &str,
) -> Result<Option<T>, Denied> {
    if fields.get(name).trim().is_empty() {
        return Ok(None);
    }
    number(fields, name, what).map(Some)
}

/// A choice as the documents spell it; what nobody chose is the usual.
fn word<T: serde::de::DeserializeOwned + Default>(
    fields: &Fields,
    name: &str,
    what: &str,
) -> Result<T, Denied> {
    match fields.get(name) {
        "" => Ok(T::default()),
        text => serde_json::from_value(text.into())
            .map_err(|_| Denied::Invalid(format!("choose {what}"))),
    }
}

fn read(posted: &Posted) -> Result<OrderForm, Denied> {
    let fields = &posted.fields;
    let service = fields.get("service").to_owned();
    if service.is_empty() {
        return Err(Denied::Invalid("choose a service".to_owned()));
    }
    let songs = number_or_none(fields, "songs", "the number of songs")?;
    let declared = match fields.get("declared_rate").trim() {
        "" => None,
        _ => Some(Declared {
            rate_hz: number(fields, "declared_rate", "the declared sample rate")?,
            bits: number(fields, "declared_bits", "the declared bit depth")?,
        }),
    };
    Ok(OrderForm {
        client_login: fields.get("client").to_owned(),
        title: fields.get("title").to_owned(),
        artist: fields.get("artist").to_owned(),
        service,
        style: word(fields, "style", "a kind of music")?,
        intensity: word(fields, "intensity", "how far the plan may go")?,
        match_percent: number_or_none(fields, "match_percent", "the share of a match")?
            .unwrap_or(0),
        target: TargetWish {
            integrated_lufs: number_or_none(fields, "target_lufs", "the loudness")?,
            true_peak_max_dbtp: number_or_none(fields, "target_dbtp", "the true peak")?,
        },
        songs,
        declared,
        key: Some(posted.key.clone()),
    })
}
