//! What distributors reported, and what was paid out of it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::civil::Date;
use mastering::OrderNumber;
use mastering::money::{Amount, Currency};
use sales::{Ask, DateOrder, Decimals, Part, Quarter};
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{Denied, NewReport, OrderSalesView, SalesReportView, SalesView, TableForm};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller, streamed};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::Web;
use crate::files::file;
use crate::upload::bare_name;

type Field = (&'static str, &'static str, &'static str);

const QUARTER: [Field; 6] = [
    ("quarter", "string", "Such as `2026-Q3`."),
    ("quarters", "string[]", "Every quarter that was reported."),
    (
        "lines",
        "object[]",
        "What each release earned: `order`, `title`, `streams`, `sold`, `earned`, `currency`.",
    ),
    (
        "unplaced",
        "object[]",
        "Songs that belong to no order yet: `song`, `title`, `artist`, `codes`, `earned`.",
    ),
    ("reports", "object[]", "Its reports, newest first."),
    (
        "missing",
        "string[]",
        "Distributors that reported the quarter before and not this one.",
    ),
];

const OF_ORDER: [Field; 5] = [
    (
        "quarters",
        "object[]",
        "Newest first: `quarter`, `distributors`, `sold` song by song and shop by shop, `earned`.",
    ),
    (
        "balances",
        "object[]",
        "By currency: `reported`, `share`, `paid`, `open`.",
    ),
    (
        "payout_minimum",
        "integer",
        "From how much on it is paid out, in minor units.",
    ),
    ("payouts", "object[]", "What was paid out, oldest first."),
    ("asked", "object[]", "Payouts that somebody waits for."),
];

const READING: [Field; 4] = [
    (
        "columns",
        "string",
        "Heads that are not found by themselves, as `isrc=Code;amount=Our part`.",
    ),
    ("currency", "string", "Where the table names none."),
    (
        "decimals",
        "string",
        "`point` or `comma`, where the table leaves it open.",
    ),
    (
        "dates",
        "string",
        "`day_first` or `month_first`, where the table leaves it open.",
    ),
];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = of_the_house();
    all.extend(of_an_order());
    all
}

fn of_the_house() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/sales",
                "Shows what each release earned in a quarter, by the distributors' reports; without one, in the newest.",
            ),
            Takes::Query(&[("quarter", "string", "Such as `2026-Q3`.")]),
            Gives::Json(object(&QUARTER)),
            get(show),
        ),
        for_visitors(
            (
                "post",
                "/sales/reports/{quarter}/{distributor}/{file_name}",
                "Takes a distributor's report in: CSV, tabs, semicolons or xlsx, columns of any order. The body is the file.",
            ),
            Takes::FileAnd(&READING),
            Gives::Json(object(&[
                ("no", "integer", "Its number."),
                ("rows", "integer", "Rows that count."),
                ("left_out", "object[]", "Rows that do not: `row`, `why`."),
                ("notes", "string[]", "What to know before one relies on it."),
                ("earned", "string[]", "What it says was earned."),
            ])),
            post(take),
        ),
        for_visitors(
            (
                "get",
                "/sales/reports/{report}/file",
                "Gives a report's file as it came.",
            ),
            Takes::Nothing,
            Gives::File("application/octet-stream"),
            get(report_file),
        ),
        for_visitors(
            (
                "post",
                "/sales/reports/{report}/withdraw",
                "Withdraws a report that was wrong: it stays and counts no more.",
            ),
            Takes::Json(object(&[("why", "string", "Why.")])),
            Gives::Nothing,
            post(withdraw),
        ),
        for_visitors(
            (
                "post",
                "/sales/songs/{sold}/place",
                "Says which order a song of the reports belongs to; without one its codes say it.",
            ),
            Takes::Json(object(&[("order?", "string", "The order.")])),
            Gives::Nothing,
            post(place),
        ),
        for_visitors(
            (
                "get",
                "/sales/tables/{quarter}/{form}",
                "Gives every line of a quarter's reports as `csv` or `xlsx`.",
            ),
            Takes::Nothing,
            Gives::File("text/csv"),
            get(table),
        ),
    ]
}

fn of_an_order() -> Vec<Operation> {
    let seq = || Gives::Json(object(&[("seq", "integer", "The journal's number now.")]));
    vec![
        for_visitors(
            (
                "get",
                "/orders/{number}/sales",
                "Shows what was reported of an order's release, and where its money stands.",
            ),
            Takes::Nothing,
            Gives::Json(object(&OF_ORDER)),
            get(show_of),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/sales/{form}",
                "Gives the same line by line, as `csv` or `xlsx`.",
            ),
            Takes::Nothing,
            Gives::File("text/csv"),
            get(table_of),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/ask-payout",
                "Asks for what can be paid out in a currency.",
            ),
            Takes::Json(object(&[("currency", "string", "Three letters.")])),
            seq(),
            post(ask_payout),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/note-payout",
                "Notes a payout that was made.",
            ),
            Takes::Json(object(&[
                ("amount", "string", "Such as `80.00 EUR`."),
                ("paid_on", "string", "When the money left, as `2026-11-21`."),
                ("words", "string", "To whom, and by which way."),
            ])),
            seq(),
            post(note_payout),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    quarter: Option<String>,
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Result<Json<SalesView>, ApiTrouble> {
    let quarter = asked.quarter.as_deref().map(quarter).transpose()?;
    Ok(Json(web.studio.sales(&caller.visitor, quarter).await?))
}

fn quarter(text: &str) -> Result<Quarter, Denied> {
    text.parse()
        .map_err(|e: sales::BadQuarter| Denied::Invalid(e.to_string()))
}

fn choice<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ApiTrouble> {
    serde_json::from_value(text.into()).map_err(|_| Denied::NotFound.into())
}

/// How a table is to be read, beside what is found in it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reading {
    columns: String,
    currency: Option<Currency>,
    decimals: Option<Decimals>,
    dates: Option<DateOrder>,
}

/// Heads as `isrc=Code;amount=Our part`.
pub(crate) fn columns(text: &str) -> Result<BTreeMap<Part, String>, Denied> {
    let pairs = text
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (part, head) = pair.split_once('=').unwrap_or((pair, ""));
            let part = part.trim();
            let known = Part::ALL.into_iter().find(|known| known.code() == part);
            let codes = || Part::ALL.map(Part::code).join(", ");
            match known {
                Some(known) if !head.trim().is_empty() => Ok((known, head.trim().to_owned())),
                Some(_) | None => Err(Denied::Invalid(format!(
                    "\u{201c}{pair}\u{201d} names no column; write it as isrc=Code, with one of {}",
                    codes()
                ))),
            }
        })
        .collect()
}

async fn take(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(reading): Query<Reading>,
    request: Request,
) -> Result<Json<SalesReportView>, ApiTrouble> {
    let new = NewReport {
        distributor: address.text("distributor").to_owned(),
        file_name: bare_name(address.text("file_name"))?,
        ask: Ask {
            quarter: quarter(address.text("quarter"))?,
            columns: columns(&reading.columns)?,
            currency: reading.currency.map(|currency| currency.to_string()),
            decimals: reading.decimals,
            dates: reading.dates,
        },
    };
    let body = streamed(request);
    Ok(Json(
        web.studio.take_sales(&caller.visitor, new, body).await?,
    ))
}

fn number<T: std::str::FromStr>(address: &Address, name: &str) -> Result<T, Denied> {
    address.text(name).parse().map_err(|_| Denied::NotFound)
}

async fn report_file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let no = number(&address, "report")?;
    let made = web.studio.sales_report_file(&caller.visitor, no);
    Ok(file(made.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    why: String,
}

async fn withdraw(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Why>,
) -> Result<StatusCode, ApiTrouble> {
    let no = number(&address, "report")?;
    let studio = &web.studio;
    studio
        .withdraw_sales(&caller.visitor, no, &given.why)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Placed {
    order: Option<OrderNumber>,
}

async fn place(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Placed>,
) -> Result<StatusCode, ApiTrouble> {
    let song = number(&address, "sold")?;
    let studio = &web.studio;
    studio
        .place_song(&caller.visitor, song, given.order)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn table(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let quarter = quarter(address.text("quarter"))?;
    let form: TableForm = choice(address.text("form"))?;
    let made = web.studio.sales_table(&caller.visitor, quarter, form);
    Ok(file(made.await?))
}

async fn show_of(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<OrderSalesView>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(web.studio.sales_of(&caller.visitor, number).await?))
}

async fn table_of(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let form: TableForm = choice(address.text("form"))?;
    let made = web
        .studio
        .sales_table_of(&caller.visitor, address.number()?, form);
    Ok(file(made.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    currency: Currency,
}

async fn ask_payout(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Wanted>,
) -> Result<Json<Value>, ApiTrouble> {
    let asked = web
        .studio
        .ask_payout(&caller.visitor, address.number()?, given.currency);
    Ok(Json(json!({ "seq": asked.await? })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Paid {
    amount: Amount,
    paid_on: Date,
    words: String,
}

async fn note_payout(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(given): Body<Paid>,
) -> Result<Json<Value>, ApiTrouble> {
    let paid = (given.amount, given.paid_on, given.words);
    let noted = web
        .studio
        .note_payout(&caller.visitor, address.number()?, paid);
    Ok(Json(json!({ "seq": noted.await? })))
}
