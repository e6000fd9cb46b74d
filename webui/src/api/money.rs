//! Money: price lists, an order's account, the ledger, statistics, a payment service's messages.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Map, Value};
use studio::{
    AccountView, Denied, LedgerFilter, LedgerPage, LedgerTable, MoneyDone, MoneyForm,
    PriceListView, QuoteForm, Statistics, TableForm,
};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::{list, object};
use crate::Web;
use crate::files::file;
use crate::session::Sender;

const LIST: [(&str, &str, &str); 6] = [
    ("service", "string", "The service."),
    ("version", "integer", "The list's version, from 1."),
    ("at", "integer", "When it was saved."),
    ("author", "string", "Who saved it."),
    ("toml", "string", "The list in its readable form."),
    (
        "list",
        "object",
        "The list as data; amounts are texts such as `80.00 USD`.",
    ),
];

const DOCUMENT: [(&str, &str, &str); 11] = [
    ("no", "string", "Its number, such as INV-0001."),
    (
        "series",
        "string",
        "`quote`, `invoice`, `receipt`, `credit` or `credit_note`.",
    ),
    ("at", "integer", "When it was made."),
    ("due_at?", "integer", "When the earliest open part is due."),
    ("state", "string", "Where it stands."),
    ("total", "string", "What it is over."),
    ("total_minor", "integer", "The same in minor units."),
    ("open", "string", "What is open of it."),
    ("currency", "string", "The currency."),
    ("client", "string", "Whom it was made out to."),
    ("number?", "string", "The order."),
];

const QUOTE: [(&str, &str, &str); 9] = [
    (
        "formats?",
        "string[]",
        "Formats beside those of every order: `wav24_44`, `wav24_48`, `wav16_48`.",
    ),
    (
        "service?",
        "string",
        "The service whose list prices an order that has none yet.",
    ),
    ("songs", "integer", "How many songs."),
    (
        "basis?",
        "string",
        "`songs` (where left out) or `programme`.",
    ),
    ("extras?", "object", "How many of each extra."),
    (
        "also?",
        "object[]",
        "Lines no list has: `words` and `amount`.",
    ),
    ("instalments?", "integer", "In how many parts it is paid."),
    (
        "method?",
        "string",
        "`bank`, `card_terminal`, `cash` or `online`.",
    ),
    (
        "territory?",
        "string",
        "Where the client is, by ISO 3166 code.",
    ),
];

fn done() -> Gives {
    Gives::Json(object(&[
        ("documents", "string[]", "The numbers given out."),
        ("seq", "integer", "The account's journal number now."),
    ]))
}

fn reading(
    path: &'static str,
    summary: &'static str,
    gives: Gives,
    route: axum::routing::MethodRouter<Web>,
) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        takes: Takes::Nothing,
        gives,
        access: Access::Visitor,
        route,
    }
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = reads();
    all.extend(writes());
    all
}

/// An object whose `name` lists documents.
fn with_documents(fields: &[Field], name: &str) -> Gives {
    let mut schema = object(fields);
    schema["properties"][name]["items"] = object(&DOCUMENT);
    Gives::Json(schema)
}

#[expect(clippy::too_many_lines, reason = "one entry for each operation")]
fn reads() -> Vec<Operation> {
    vec![
        reading(
            "/price-lists",
            "Lists the newest version of each service's price list.",
            Gives::Json(list(&LIST)),
            get(price_lists),
        ),
        reading(
            "/orders/{number}/account",
            "Shows what is owed on an order and why, and its documents.",
            with_documents(
                &[
                    ("number", "string", "The order."),
                    ("title", "string", "Its title."),
                    (
                        "payment",
                        "string",
                        "When work starts and finals are handed over.",
                    ),
                    (
                        "hold",
                        "string",
                        "What waits for money: `nothing`, `finals`, `everything`.",
                    ),
                    ("owed", "string[]", "What is owed and why, in sentences."),
                    ("owing", "object[]", "The same as data."),
                    (
                        "documents",
                        "object[]",
                        "Quotes, invoices, receipts, credits, credit notes.",
                    ),
                ],
                "documents",
            ),
            get(account),
        ),
        reading(
            "/orders/{number}/account/{document}",
            "Gives a document of an order as PDF.",
            Gives::File("application/pdf"),
            get(document),
        ),
        reading(
            "/ledger",
            "Lists documents; `series`, `state`, `client`, `from`, `until` and `before` in the query narrow it.",
            with_documents(
                &[
                    ("lines", "object[]", "The documents, newest first."),
                    ("next?", "integer", "`before` of the next page."),
                    (
                        "open",
                        "string[]",
                        "What is open of all invoices, by currency.",
                    ),
                ],
                "lines",
            ),
            get(ledger),
        ),
        reading(
            "/ledger/{table}/{form}",
            "Gives `documents` or `entries` of the ledger as `csv` or `xlsx`; the query narrows it as above.",
            Gives::File("text/csv"),
            get(ledger_file),
        ),
        reading(
            "/statistics",
            "Shows the studio's months: opened, delivered, downloaded, turnaround, rounds, earned, outstanding.",
            Gives::Json(object(&[
                ("months", "object[]", "Newest first."),
                ("clients", "object[]", "Findings by client."),
            ])),
            get(statistics),
        ),
        reading(
            "/statistics/{form}",
            "Gives the same as `csv` or `xlsx`.",
            Gives::File("text/csv"),
            get(statistics_file),
        ),
    ]
}

type Field = (&'static str, &'static str, &'static str);

const KEY: Field = ("key?", "string", "Makes sending it twice count once.");
const AMOUNT: Field = ("amount", "string", "Such as `80.00 USD`.");
const INVOICE: Field = ("invoice", "string", "The invoice's number.");
const METHOD: Field = (
    "method",
    "string",
    "`bank`, `card_terminal`, `cash` or `online`.",
);
const REASON: Field = ("reason", "string", "Why.");

/// What can be done to an order's account: the word below its address, and the fields it needs.
fn deeds() -> Vec<(&'static str, &'static str, Vec<Field>)> {
    let quote = ("quote", "string", "The quote's number.");
    let name = ("name", "string", "The name of whoever says so.");
    let reference = (
        "reference?",
        "string",
        "The bank's or the terminal's reference; never a card's number.",
    );
    let cause = (
        "cause",
        "string",
        "`technical_fault`, `decision` or `overpaid`.",
    );
    vec![
        (
            "/orders/{number}/account/quote",
            "Quotes an order by its price list; an open quote is withdrawn.",
            QUOTE.to_vec(),
        ),
        (
            "/orders/{number}/account/accept",
            "Accepts a quote; the invoice follows as agreed.",
            vec![quote, name],
        ),
        (
            "/orders/{number}/account/decline",
            "Declines a quote; a request that it was for ends with it.",
            vec![quote, name],
        ),
        (
            "/orders/{number}/account/withdraw",
            "Takes an open quote back.",
            vec![quote, REASON],
        ),
        (
            "/orders/{number}/account/pay",
            "Notes a payment.",
            vec![INVOICE, AMOUNT, METHOD, reference],
        ),
        (
            "/orders/{number}/account/credit",
            "Gives a credit instead of a refund.",
            vec![AMOUNT, REASON],
        ),
        (
            "/orders/{number}/account/redeem",
            "Pays an invoice with a credit, as far as it goes.",
            vec![("credit", "string", "The credit's number."), INVOICE],
        ),
        (
            "/orders/{number}/account/refund",
            "Gives money back.",
            vec![INVOICE, AMOUNT, METHOD, cause, REASON],
        ),
        (
            "/orders/{number}/account/cancel",
            "Takes an unpaid invoice back.",
            vec![INVOICE, REASON],
        ),
        (
            "/orders/{number}/account/penalise",
            "Charges the penalty for a proven fraud and ends the account.",
            vec![("tracks", "integer", "How many tracks."), REASON],
        ),
        (
            "/orders/{number}/account/waive",
            "Lets the work go on without the money.",
            vec![REASON],
        ),
    ]
}

fn writes() -> Vec<Operation> {
    let mut all: Vec<Operation> = deeds()
        .into_iter()
        .map(|(path, summary, mut fields)| {
            fields.push(KEY);
            Operation {
                method: "post",
                path,
                summary,
                takes: Takes::Json(object(&fields)),
                gives: done(),
                access: Access::Visitor,
                route: post(move |web, caller, address, body| {
                    give_money(path, web, caller, address, body)
                }),
            }
        })
        .collect();
    all.extend(other_writes());
    all
}

fn other_writes() -> Vec<Operation> {
    vec![
        Operation {
            method: "put",
            path: "/price-lists/{service}",
            summary: "Saves the next version of a price list; open orders and issued quotes keep theirs.",
            takes: Takes::Json(object(&[
                ("toml", "string", "The list."),
                ("key?", "string", "Makes sending it twice count once."),
            ])),
            gives: Gives::Json(object(&LIST)),
            access: Access::Visitor,
            route: put(save_price_list),
        },
        Operation {
            method: "post",
            path: "/price-lists/{service}/quote",
            summary: "Says what a quote would come to, without making one.",
            takes: Takes::Json(object(&QUOTE)),
            gives: Gives::Json(object(&[
                ("lines", "object[]", "The lines."),
                ("net", "string", "Their sum."),
                ("tax", "string", "The tax."),
                ("total", "string", "What is to be paid."),
                ("parts", "object[]", "In which parts."),
            ])),
            access: Access::Visitor,
            route: post(try_quote),
        },
        Operation {
            method: "post",
            path: "/payments/message",
            summary: "Takes a payment service's message: `Lacquer-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256 over t.body>`.",
            takes: Takes::Json(object(&[
                (
                    "id",
                    "string",
                    "The service's name of the message; it is carried out once.",
                ),
                ("invoice", "string", "What was paid."),
                ("amount", "string", "Such as `80.00 USD`."),
                (
                    "reference?",
                    "string",
                    "The service's reference; never a card's number.",
                ),
            ])),
            gives: done(),
            access: Access::Anybody,
            route: post(payment_message),
        },
    ]
}

async fn price_lists(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Vec<PriceListView>>, ApiTrouble> {
    Ok(Json(web.studio.price_lists(&caller.visitor).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewList {
    toml: String,
    key: Option<String>,
}

async fn save_price_list(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<NewList>,
) -> Result<Json<PriceListView>, ApiTrouble> {
    let (visitor, service) = (&caller.visitor, address.text("service"));
    let studio = &web.studio;
    let saved = studio
        .save_price_list(visitor, service, &new.toml, new.key)
        .await?;
    Ok(Json(saved))
}

async fn try_quote(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(form): Body<QuoteForm>,
) -> Result<Json<mastering::money::Quote>, ApiTrouble> {
    let (visitor, service) = (&caller.visitor, address.text("service"));
    Ok(Json(web.studio.try_quote(visitor, service, &form).await?))
}

async fn account(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<AccountView>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(web.studio.account(&caller.visitor, number).await?))
}

/// Reads what was sent as the deed that the address names.
fn read_deed(
    path: &str,
    mut sent: Map<String, Value>,
) -> Result<(MoneyForm, Option<String>), Denied> {
    let unreadable = |error: &dyn std::fmt::Display| {
        Denied::Invalid(format!(
            "this is not the JSON that is expected here: {error}"
        ))
    };
    let key = match sent.remove("key") {
        None | Some(Value::Null) => None,
        Some(Value::String(key)) => Some(key),
        Some(_) => return Err(unreadable(&"the key is a text")),
    };
    let deed = path.rsplit('/').next().unwrap_or_default();
    sent.insert("command".to_owned(), deed.into());
    let form = serde_json::from_value(Value::Object(sent)).map_err(|e| unreadable(&e))?;
    Ok((form, key))
}

async fn give_money(
    path: &'static str,
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(sent): Body<Map<String, Value>>,
) -> Result<Json<MoneyDone>, ApiTrouble> {
    let (form, key) = read_deed(path, sent)?;
    let (visitor, number) = (&caller.visitor, address.number()?);
    let done = web.studio.give_money(visitor, number, form, key).await?;
    Ok(Json(done))
}

async fn document(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let (number, no) = (address.number()?, address.read("document")?);
    let made = web.studio.document_pdf(&caller.visitor, number, no).await?;
    Ok(file(made))
}

async fn ledger(
    State(web): State<Web>,
    caller: Caller,
    Query(filter): Query<LedgerFilter>,
) -> Result<Json<LedgerPage>, ApiTrouble> {
    Ok(Json(web.studio.ledger(&caller.visitor, &filter).await?))
}

/// A word of the address as a choice.
fn choice<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ApiTrouble> {
    serde_json::from_value(text.into()).map_err(|_| Denied::NotFound.into())
}

async fn ledger_file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(filter): Query<LedgerFilter>,
) -> Result<Response, ApiTrouble> {
    let table: LedgerTable = choice(address.text("table"))?;
    let form: TableForm = choice(address.text("form"))?;
    let studio = &web.studio;
    let made = studio
        .ledger_file(&caller.visitor, table, &filter, form)
        .await?;
    Ok(file(made))
}

async fn statistics(
    State(web): State<Web>,
    caller: Caller,
) -> Result<Json<Statistics>, ApiTrouble> {
    Ok(Json(web.studio.statistics(&caller.visitor).await?))
}

async fn statistics_file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let form: TableForm = choice(address.text("form"))?;
    Ok(file(
        web.studio.statistics_file(&caller.visitor, form).await?,
    ))
}

async fn payment_message(
    State(web): State<Web>,
    Sender(whence): Sender,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<MoneyDone>, ApiTrouble> {
    let signature = headers.get("lacquer-signature");
    let signature = signature.and_then(|v| v.to_str().ok()).unwrap_or("");
    Ok(Json(
        web.studio
            .payment_message(signature, &body, whence.address)
            .await?,
    ))
}
