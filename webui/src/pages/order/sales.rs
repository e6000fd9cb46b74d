//! What one release earned, and what was paid out.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::civil::Date;
use mastering::money::{Amount, Currency};
use studio::{Denied, OrderSalesView, QuarterView, Right, TableForm};

use crate::door::Door;
use crate::files::file;
use crate::form::Posted;
use crate::pages::draw;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, words};

#[derive(Template)]
#[template(path = "order_sales.html")]
struct Page {
    frame: Frame,
    number: String,
    base: String,
    view: OrderSalesView,
    asked: Vec<String>,
    minimum: String,
    may: Vec<&'static str>,
    seal: String,
    refusal: String,
}

impl Page {
    fn may(&self, what: &str) -> bool {
        self.may.contains(&what)
    }

    fn earned(&self, quarter: &QuarterView) -> String {
        let sums = quarter.earned.iter();
        let sums = sums.map(|(currency, earned)| format!("{earned} {currency}"));
        sums.collect::<Vec<_>>().join(", ")
    }

    fn is_asked(&self, currency: Currency) -> bool {
        let mut asked = self.view.asked.iter();
        asked.any(|asked| asked.balance.currency() == currency)
    }

    fn is_enough(&self, open: &Amount) -> bool {
        open.minor() >= self.view.payout_minimum.max(1)
    }
}

async fn page(web: &Web, door: Door, refusal: String) -> Result<Response, Trouble> {
    let seen = web.studio.sales_of(&door.visitor, door.number).await;
    let view = seen.map_err(|denied| door.trouble(denied))?;
    let frame = if door.base.starts_with("/p/") {
        Frame::by_link(&door.visitor, &door.base)
    } else {
        Frame::of(&door.visitor, door.secret(), "orders")
    };
    let zone = web.zone();
    let minimum = view
        .balances
        .first()
        .and_then(|balance| Amount::of_minor(view.payout_minimum, balance.open.currency()).ok());
    let rights = [
        ("ask", door.visitor.may(Right::RequestRevision)),
        ("note", door.visitor.may(Right::RecordPayment)),
    ];
    let may = rights.into_iter().filter(|(_, is_so)| *is_so);
    draw(&Page {
        frame,
        number: door.number.to_string(),
        asked: view
            .asked
            .iter()
            .map(|asked| {
                let day = words::day(&zone, asked.at);
                format!("{} asked for {} on {day}.", asked.by, asked.balance)
            })
            .collect(),
        minimum: minimum.map_or_else(String::new, |least| least.to_string()),
        may: may.map(|(what, _)| what).collect(),
        seal: door.token("payout"),
        base: door.base,
        view,
        refusal,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    page(&web, door, String::new()).await
}

pub(super) async fn table(
    State(web): State<Web>,
    door: Door,
    Path(params): Path<std::collections::HashMap<String, String>>,
) -> Result<Response, Trouble> {
    let form = params.get("form").cloned().unwrap_or_default();
    let form: TableForm = serde_json::from_value(form.into()).map_err(|_| Denied::NotFound)?;
    let made = web.studio.sales_table_of(&door.visitor, door.number, form);
    Ok(file(made.await.map_err(|denied| door.trouble(denied))?))
}

/// Asks for a payout, or notes one.
pub(super) async fn payout(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let (visitor, number, fields) = (&door.visitor, door.number, &posted.fields);
    let outcome = match fields.get("do") {
        "note" => {
            let read = |text: &str| -> Result<(Amount, Date), Denied> {
                let amount = text.trim().parse::<Amount>();
                let amount = amount.map_err(|e| Denied::Invalid(e.to_string()))?;
                Ok((amount, fields.read("paid_on")?))
            };
            match read(fields.get("amount")) {
                Ok((amount, paid_on)) => {
                    let paid = (amount, paid_on, fields.get("words").to_owned());
                    web.studio.note_payout(visitor, number, paid).await
                }
                Err(denied) => Err(denied),
            }
        }
        _ => {
            let currency = fields.read("currency")?;
            web.studio.ask_payout(visitor, number, currency).await
        }
    };
    match outcome {
        Ok(_) => Ok(Redirect::to(&format!("{}/sales", door.base)).into_response()),
        Err(denied @ (Denied::NotAllowed | Denied::NotFound)) => Err(door.trouble(denied)),
        Err(denied) => {
            let status = status_of(&denied);
            let page = page(&web, door, sentences_of(&denied).0).await?;
            Ok((status, page).into_response())
        }
    }
}
