//! The studio's books: price lists, the ledger over all clients, statistics.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mastering::Zone;
use mastering::money::PriceList;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use studio::{
    Denied, LedgerFilter, LedgerPage, LedgerTable, MonthLine, PriceListView, Statistics, TableForm,
};

use super::draw;
use super::price_form::{self, PriceShown};
use crate::files::file;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::{DocumentView, Frame, amounts};
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/prices", get(prices).post(save))
        .route("/prices/form", post(save_form))
        .route("/prices/{service}", get(edit))
        .route("/ledger", get(ledger))
        .route("/ledger/{table}/{form}", get(ledger_file))
        .route("/statistics", get(statistics))
        .route("/statistics/{form}", get(statistics_file))
}

/// A new studio's first list, to be written over.
const EXAMPLE: &str = "per_song = \"80.00 EUR\"\npayment = \"deposit\"\ntax_basis_points = 1900\n";

/// What the page's forms begin with.
struct Chosen {
    service: String,
    toml: String,
    list: PriceList,
}

impl Chosen {
    /// A new studio's first list, to be written over.
    fn example(service: &str) -> Self {
        let list = serde_json::json!({
            "per_song": "80.00 EUR", "payment": "deposit", "tax_basis_points": 1900,
        });
        Self {
            service: service.to_owned(),
            toml: EXAMPLE.to_owned(),
            list: serde_json::from_value(list).expect("a test reads the example"),
        }
    }

    /// The newest version of a service's list, if it has one.
    async fn newest(web: &Web, visit: &Visit, service: &str) -> Result<Option<Self>, Denied> {
        let lists = web.studio.price_lists(&visit.visitor).await?;
        let found = lists.into_iter().find(|list| list.service == service);
        Ok(found.map(|list| Self {
            service: list.service,
            toml: list.toml,
            list: list.list,
        }))
    }
}

#[derive(Template)]
#[template(path = "prices.html")]
struct PricesPage {
    frame: Frame,
    lists: Vec<PriceListView>,
    form_token: String,
    key: String,
    service: String,
    toml: String,
    shown: PriceShown,
    /// What the form's own token is: it goes to an address of its own.
    fields_token: String,
    refusal: String,
    zone: Zone,
}

impl PricesPage {
    fn saved(&self, list: &PriceListView) -> String {
        words::moment(&self.zone, list.at)
    }
}

async fn prices_page(
    web: &Web,
    visit: &Visit,
    chosen: Chosen,
    refusal: String,
) -> Result<Response, Trouble> {
    draw(&PricesPage {
        frame: Frame::of(&visit.visitor, &visit.secret, "ledger"),
        lists: web.studio.price_lists(&visit.visitor).await?,
        form_token: stamp::form_token(&visit.secret, "/prices"),
        key: stamp::fresh_key(),
        fields_token: stamp::form_token(&visit.secret, "/prices/form"),
        shown: PriceShown { list: chosen.list },
        service: chosen.service,
        toml: chosen.toml,
        refusal,
        zone: web.zone(),
    })
}

async fn prices(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let chosen = Chosen::example("");
    prices_page(&web, &visit.staff()?, chosen, String::new()).await
}

async fn edit(
    State(web): State<Web>,
    visit: Visit,
    Path(service): Path<String>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let chosen = Chosen::newest(&web, &visit, &service).await?;
    let chosen = chosen.ok_or(Denied::NotFound)?;
    prices_page(&web, &visit, chosen, String::new()).await
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
            let newest = Chosen::newest(&web, &visit, service).await?;
            let chosen = Chosen {
                toml: toml.to_owned(),
                ..newest.unwrap_or_else(|| Chosen::example(service))
            };
            let page = prices_page(&web, &visit, chosen, sentences_of(&denied).0).await?;
            Ok((status_of(&denied), page).into_response())
        }
    }
}

/// The list as the form's fields say it. What cannot be read is said above the form, which keeps the
/// newest version's values.
async fn save_form(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let service = posted.fields.get("service");
    let key = Some(posted.key.clone());
    let saved = match price_form::read(&posted.fields) {
        Ok(list) => {
            let saving = web.studio.save_prices(&visit.visitor, service, list, key);
            saving.await.map(|_| ())
        }
        Err(denied) => Err(denied),
    };
    let Err(denied) = saved else {
        return Ok(Redirect::to(&format!("/prices/{service}")).into_response());
    };
    let newest = Chosen::newest(&web, &visit, service).await?;
    let chosen = newest.unwrap_or_else(|| Chosen::example(service));
    let page = prices_page(&web, &visit, chosen, sentences_of(&denied).0).await?;
    Ok((status_of(&denied), page).into_response())
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
    let zone = web.zone();
    let page: LedgerPage = web.studio.ledger(&visit.visitor, &asked.filter()?).await?;
    draw(&LedgerView {
        frame: Frame::of(&visit.visitor, &visit.secret, "ledger"),
        query: asked.query(),
        asked,
        lines: page
            .lines
            .into_iter()
            .map(|line| DocumentView::of(line, None, &zone))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_a_list_that_a_studio_could_mean() {
        assert!(Chosen::example("instant").list.checked().is_ok());
    }
}
