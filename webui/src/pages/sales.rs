//! What distributors reported, over all orders.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use mastering::OrderNumber;
use sales::{Ask, Part, Quarter};
use serde::Deserialize;
use studio::{Denied, NewReport, Right, SalesReportView, SalesView, TableForm};

use super::draw;
use crate::api::columns;
use crate::file_form::with_one_file;
use crate::files::file;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::upload::bare_name;
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/sales", get(show))
        .route("/sales/withdraw", post(withdraw))
        .route("/sales/place", post(place))
        .route("/sales/tables/{quarter}/{form}", get(table))
        .route("/sales/reports/{report}", get(report_file))
}

pub(super) fn upload_routes() -> Router<Web> {
    Router::new().route("/sales/take", post(take))
}

#[derive(Template)]
#[template(path = "sales.html")]
struct Page {
    frame: Frame,
    view: SalesView,
    reports: Vec<ReportShown>,
    refusal: String,
    keeps_books: bool,
    parts: [Part; 12],
    seals: [String; 3],
}

struct ReportShown {
    report: SalesReportView,
    day: String,
    earned: String,
    /// What was read from which column.
    columns: String,
}

impl ReportShown {
    fn of(report: SalesReportView, web: &Web) -> Self {
        let named = |(part, head): (&Part, &String)| {
            format!("{} from \u{201c}{head}\u{201d}", part.words())
        };
        let columns: Vec<String> = report.columns.iter().map(named).collect();
        Self {
            day: words::day(&web.zone(), report.at),
            earned: report.earned.join(", "),
            columns: columns.join(", "),
            report,
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    quarter: String,
}

impl Asked {
    fn read(&self) -> Result<Option<Quarter>, Denied> {
        match self.quarter.trim() {
            "" => Ok(None),
            text => quarter(text).map(Some),
        }
    }
}

fn quarter(text: &str) -> Result<Quarter, Denied> {
    text.parse()
        .map_err(|e: sales::BadQuarter| Denied::Invalid(e.to_string()))
}

async fn page(
    web: &Web,
    visit: &Visit,
    quarter: Option<Quarter>,
    refusal: String,
) -> Result<Response, Trouble> {
    let mut view = web.studio.sales(&visit.visitor, quarter).await?;
    let reports = std::mem::take(&mut view.reports);
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "ledger"),
        reports: reports
            .into_iter()
            .map(|r| ReportShown::of(r, web))
            .collect(),
        view,
        refusal,
        keeps_books: visit.visitor.may(Right::RecordPayment),
        parts: Part::ALL,
        seals: ["/sales/take", "/sales/withdraw", "/sales/place"]
            .map(|action| stamp::form_token(&visit.secret, action)),
    })
}

async fn show(
    State(web): State<Web>,
    visit: Visit,
    Query(asked): Query<Asked>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    page(&web, &visit, asked.read()?, String::new()).await
}

async fn done(
    web: &Web,
    visit: &Visit,
    quarter: Option<Quarter>,
    outcome: Result<(), Denied>,
) -> Result<Response, Trouble> {
    let back = || match quarter {
        Some(quarter) => format!("/sales?quarter={quarter}"),
        None => "/sales".to_owned(),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&back()).into_response()),
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(denied.into()),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(web, visit, quarter, sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}

/// The fields of a report's form that stand before its file.
#[derive(Default)]
struct Said {
    quarter: String,
    distributor: String,
    columns: String,
    currency: String,
    decimals: String,
    dates: String,
}

impl Said {
    fn take(&mut self, name: &str, value: String) {
        match name {
            "quarter" => self.quarter = value,
            "distributor" => self.distributor = value,
            "currency" => self.currency = value,
            "decimals" => self.decimals = value,
            "dates" => self.dates = value,
            _ => {
                if let Some(part) = name.strip_prefix("column.")
                    && !value.trim().is_empty()
                {
                    self.columns.push_str(&format!("{part}={value};"));
                }
            }
        }
    }

    fn read(&self, file_name: &str) -> Result<NewReport, Denied> {
        fn chosen<T: serde::de::DeserializeOwned>(text: &str) -> Result<Option<T>, Denied> {
            match text.trim() {
                "" => Ok(None),
                text => serde_json::from_value(text.into())
                    .map(Some)
                    .map_err(|e| Denied::Invalid(format!("this cannot be chosen: {e}"))),
            }
        }
        let currency: Option<mastering::money::Currency> = chosen(&self.currency.to_uppercase())?;
        Ok(NewReport {
            distributor: self.distributor.clone(),
            file_name: bare_name(file_name)?,
            ask: Ask {
                quarter: quarter(self.quarter.trim())?,
                columns: columns(&self.columns)?,
                currency: currency.map(|currency| currency.to_string()),
                decimals: chosen(&self.decimals)?,
                dates: chosen(&self.dates)?,
            },
        })
    }
}

async fn take(State(web): State<Web>, visit: Visit, request: Request) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let taken = with_one_file(
        (&web, request),
        "Choose a file first.",
        async |form, body| {
            let mut said = Said::default();
            for (name, value) in form.fields.0 {
                said.take(&name, value);
            }
            let asked = said.quarter.trim().parse().ok();
            let taken = match said.read(&form.file_name) {
                Ok(new) => web.studio.take_sales(&visit.visitor, new, body).await,
                Err(denied) => Err(denied),
            };
            Ok((asked, taken.map(|_| ())))
        },
    );
    let (asked, taken) = taken.await??;
    done(&web, &visit, asked, taken).await
}

async fn withdraw(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let no = posted.fields.read("no")?;
    let asked = posted.fields.get("quarter").parse().ok();
    let why = posted.fields.get("words");
    let outcome = web.studio.withdraw_sales(&visit.visitor, no, why).await;
    done(&web, &visit, asked, outcome).await
}

async fn place(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let song = posted.fields.read("song")?;
    let asked = posted.fields.get("quarter").parse().ok();
    let order: Result<OrderNumber, _> = posted.fields.get("order").trim().parse();
    let outcome = match order {
        Ok(order) => {
            let studio = &web.studio;
            studio.place_song(&visit.visitor, song, Some(order)).await
        }
        Err(_) => Err(Denied::Invalid("an order is written as LQ-1001".to_owned())),
    };
    done(&web, &visit, asked, outcome).await
}

async fn table(
    State(web): State<Web>,
    visit: Visit,
    Path((asked, form)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let form: TableForm = serde_json::from_value(form.into()).map_err(|_| Denied::NotFound)?;
    let made = web
        .studio
        .sales_table(&visit.visitor, quarter(&asked)?, form);
    Ok(file(made.await?))
}

async fn report_file(
    State(web): State<Web>,
    visit: Visit,
    Path(no): Path<u32>,
) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    Ok(file(
        web.studio.sales_report_file(&visit.visitor, no).await?,
    ))
}
