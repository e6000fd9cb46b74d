//! The studio's books: price lists, the ledger over all clients, statistics.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use studio::{
    Denied, LedgerFilter, LedgerPage, LedgerTable, MonthLine, PriceListView, Statistics, TableForm,
};

use super::draw;
use crate::files::file;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::{DocumentView, Frame, amounts};
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/prices", get(prices).post(save))
        .route("/prices/{service}", get(edit))
        .route("/ledger", get(ledger))
        .route("/ledger/{table}/{form}", get(ledger_file))
        .route("/statistics", get(statistics))
        .route("/statistics/{form}", get(statistics_file))
}

/// A new studio's first list, to be written over.
const EXAMPLE: &str = "per_song = \"80.00 EUR\"\npayment = \"deposit\"\ntax_basis_points = 1900\n";

#[derive(Template)]
#[template(path = "prices.html")]
struct PricesPage {
    frame: Frame,
    lists: Vec<PriceListView>,
    form_token: String,
    key: String,
    service: String,
    toml: String,
    refusal: String,
}

impl PricesPage {
    fn saved(&self, list: &PriceListView) -> String {
        words::moment(list.at)
    }
}

async fn prices_page(
    web: &Web,
    visit: &Visit,
    chosen: (String, String),
    refusal: String,
) -> Result<Response, Trouble> {
    draw(&PricesPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "ledger"),
        lists: web.studio.price_lists(&visit.visitor).await?,
        form_token: stamp::form_token(&visit.secret, "/prices"),
        key: stamp::fresh_key(),
        service: chosen.0,
        toml: chosen.1,
        refusal,
    })
}

async fn prices(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let chosen = (String::new(), EXAMPLE.to_owned());
    prices_page(&web, &visit.staff()?, chosen, String::new()).await
}

async fn edit(
    State(web): State<Web>,
    visit: Visit,
    Path(service): Path<String>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let lists = web.studio.price_lists(&visit.visitor).await?;
    let list = lists.into_iter().find(|list| list.service == service);
    let list = list.ok_or(Denied::NotFound)?;
    prices_page(&web, &visit, (service, list.toml), String::new()).await
}

async fn save(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let (service, toml) = (posted.fields.get("service"), posted.fields.get("toml"));
    let key = Some(posted.key.clone());
    let saving = web
        .studio
        .save_price_list(&visit.visitor, service, toml, key);
    match saving.await {
        Ok(_) => Ok(Redirect::to("/prices").into_response()),
        Err(denied) => {
            let chosen = (service.to_owned(), toml.to_owned());
            let page = prices_page(&web, &visit, chosen, sentences_of(&denied).0).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

/// What the filter's form sends: an empty field narrows nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Asked {
    series: String,
    state: String,
    client: String,
    from: String,
    until: String,
    before: String,
}

fn given<T: DeserializeOwned>(text: &str, what: &str) -> Result<Option<T>, Denied> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_value(text.trim().into())
        .map(Some)
        .map_err(|_| Denied::Invalid(format!("{what} cannot be read; write it as 2026-11-20")))
}

impl Asked {
    fn filter(&self) -> Result<LedgerFilter, Denied> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Ok(LedgerFilter {
            series: text(&self.series),
            state: text(&self.state),
            client: text(&self.client),
            from: given(&self.from, "the first day")?,
            until: given(&self.until, "the last day")?,
            before: self.before.parse().ok(),
        })
    }

    /// The same filter in another address.
    fn query(&self) -> String {
        let safe = |text: &str| -> String {
            let is_safe = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            text.chars().filter(is_safe).collect()
        };
        format!(
            "series={}&state={}&client={}&from={}&until={}",
            safe(&self.series),
            safe(&self.state),
            safe(&self.client),
            safe(&self.from),
            safe(&self.until)
        )
    }
}

#[derive(Template)]
#[template(path = "ledger.html")]
struct LedgerView {
    frame: Frame,
    asked: Asked,
    query: String,
    lines: Vec<DocumentView>,
    next: Option<u64>,
    open: String,
}

async fn ledger(
    State(web): State<Web>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let page: LedgerPage = web.studio.ledger(&visit.visitor, &asked.filter()?).await?;
    draw(&LedgerView {
        frame: Frame::of(&visit.visitor, &visit.secret, "ledger"),
        query: asked.query(),
        asked,
        lines: page
            .lines
            .into_iter()
            .map(|line| DocumentView::of(line, None))
            .collect(),
        next: page.next,
        open: amounts(&page.open),
    })
}

/// A word of the address as a choice.
fn choice<T: DeserializeOwned>(text: &str) -> Result<T, Denied> {
    serde_json::from_value(text.into()).map_err(|_| Denied::NotFound)
}

async fn ledger_file(
    State(web): State<Web>,
    visit: Visit,
    Path((table, form)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let table: LedgerTable = choice(&table)?;
    let form: TableForm = choice(&form)?;
    let filter = asked.filter()?;
    let making = web.studio.ledger_file(&visit.visitor, table, &filter, form);
    Ok(file(making.await?))
}

#[derive(Template)]
#[template(path = "statistics.html")]
struct StatisticsPage {
    frame: Frame,
    statistics: Statistics,
}

impl StatisticsPage {
    fn earned(&self, line: &MonthLine) -> String {
        amounts(&line.earned)
    }

    fn received(&self, line: &MonthLine) -> String {
        amounts(&line.received)
    }

    fn outstanding(&self, line: &MonthLine) -> String {
        amounts(&line.outstanding)
    }
}

async fn statistics(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    draw(&StatisticsPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "ledger"),
        statistics: web.studio.statistics(&visit.visitor).await?,
    })
}

async fn statistics_file(
    State(web): State<Web>,
    visit: Visit,
    Path(form): Path<String>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let making = web.studio.statistics_file(&visit.visitor, choice(&form)?);
    Ok(file(making.await?))
}
