//! Money without a browser: price lists, an order's account, the ledger, statistics.

use std::path::Path;

use anyhow::Context as _;
use mastering::OrderNumber;
use mastering::money::Basis;
use serde_json::Value;
use studio::control::{BooksRequest, Request};
use studio::{LedgerFilter, LedgerTable, MoneyForm, OtherLine, QuoteForm, TableForm};

use crate::admin::ask_daemon;
use crate::args::Place;
use crate::books_args::{FilterArgs, FormArg, LedgerVerb, PriceVerb, QuoteArgs, TableArg};
use crate::{Outcome, print_json};

fn ask(place: &Place, request: BooksRequest) -> anyhow::Result<Value> {
    ask_daemon(place, &Request::Books(request))
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

impl QuoteArgs {
    fn form(self, service: Option<String>) -> QuoteForm {
        QuoteForm {
            service,
            songs: self.songs.unwrap_or(0),
            basis: match (self.programme, self.songs) {
                (true, _) => Basis::Programme,
                (false, Some(_)) => Basis::Songs,
                (false, None) => Basis::Extras,
            },
            extras: self.extras.into_iter().collect(),
            formats: self.formats.into_iter().collect(),
            also: self
                .also
                .into_iter()
                .map(|(words, amount)| OtherLine { words, amount })
                .collect(),
            instalments: self.instalments,
            method: self.method,
            territory: self.territory,
        }
    }
}

impl FilterArgs {
    fn filter(self) -> LedgerFilter {
        LedgerFilter {
            series: self.series,
            state: self.state,
            client: self.client,
            from: self.from,
            until: self.until,
            before: None,
        }
    }
}

impl From<FormArg> for TableForm {
    fn from(form: FormArg) -> Self {
        match form {
            FormArg::Csv => Self::Csv,
            FormArg::Xlsx => Self::Xlsx,
        }
    }
}

pub(crate) fn price(place: &Place, verb: PriceVerb) -> anyhow::Result<Outcome> {
    match verb {
        PriceVerb::List { json } => {
            let lists = ask(place, BooksRequest::PriceLists)?;
            if json {
                print_json(&lists)?;
            } else {
                for list in lists.as_array().into_iter().flatten() {
                    let version = list.get("version").and_then(Value::as_u64).unwrap_or(0);
                    println!(
                        "{:<16} version {version}, by {}",
                        text(list, "service"),
                        text(list, "author")
                    );
                }
            }
        }
        PriceVerb::Show { service, json } => {
            let lists = ask(place, BooksRequest::PriceLists)?;
            let list = lists
                .as_array()
                .into_iter()
                .flatten()
                .find(|list| text(list, "service") == service)
                .with_context(|| format!("there is no price list for {service}"))?;
            if json {
                print_json(list)?;
            } else {
                print!("{}", text(list, "toml"));
            }
        }
        PriceVerb::Set {
            service,
            file,
            json,
        } => {
            let toml = std::fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            let saved = ask(place, BooksRequest::SavePriceList { service, toml })?;
            if json {
                print_json(&saved)?;
            } else {
                let version = saved.get("version").and_then(Value::as_u64).unwrap_or(0);
                println!(
                    "{}: version {version} holds from the next order on",
                    text(&saved, "service")
                );
            }
        }
        PriceVerb::Quote {
            service,
            quote,
            json,
        } => {
            let form = quote.form(None);
            let quote = ask(place, BooksRequest::TryQuote { service, form })?;
            if json {
                print_json(&quote)?;
            } else {
                for line in items(&quote, "lines") {
                    println!("{:<44} {:>16}", text(line, "words"), text(line, "sum"));
                }
                println!("{:<44} {:>16}", "tax", text(&quote, "tax"));
                println!("{:<44} {:>16}", "total", text(&quote, "total"));
            }
        }
    }
    Ok(Outcome::Good)
}

/// Gives a command to an order's account and says which numbers it gave out.
fn give(place: &Place, number: OrderNumber, form: MoneyForm) -> anyhow::Result<Value> {
    ask(place, BooksRequest::Give { number, form })
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn said(done: &Value, json: bool) -> anyhow::Result<Outcome> {
    if json {
        print_json(done)?;
    } else {
        let numbers: Vec<&str> = items(done, "documents").filter_map(Value::as_str).collect();
        println!("done {}", numbers.join(" "));
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each word of the command line; each makes one request"
)]
pub(crate) fn ledger(place: &Place, verb: LedgerVerb) -> anyhow::Result<Outcome> {
    let (number, form, json) = match verb {
        LedgerVerb::List { filter, json } => {
            let filter = filter.filter();
            let page = ask(place, BooksRequest::Ledger { filter })?;
            if json {
                print_json(&page)?;
            } else {
                items(&page, "lines").for_each(print_document);
                let open: Vec<&str> = items(&page, "open").filter_map(Value::as_str).collect();
                println!(
                    "open: {}",
                    if open.is_empty() {
                        "nothing".to_owned()
                    } else {
                        open.join(", ")
                    }
                );
            }
            return Ok(Outcome::Good);
        }
        LedgerVerb::Show { number, json } => {
            let account = ask(place, BooksRequest::Account { number })?;
            if json {
                print_json(&account)?;
            } else {
                items(&account, "documents").for_each(print_document);
                items(&account, "owed")
                    .filter_map(Value::as_str)
                    .for_each(|owed| println!("{owed}"));
            }
            return Ok(Outcome::Good);
        }
        LedgerVerb::Paper {
            number,
            document,
            out,
        } => return write(&ask(place, BooksRequest::Paper { number, document })?, &out),
        LedgerVerb::Export {
            table,
            filter,
            format,
            out,
        } => {
            let request = BooksRequest::LedgerFile {
                table: match table {
                    TableArg::Documents => LedgerTable::Documents,
                    TableArg::Entries => LedgerTable::Entries,
                },
                filter: filter.filter(),
                form: format.into(),
            };
            return write(&ask(place, request)?, &out);
        }
        LedgerVerb::Statistics { json, format, out } => {
            return statistics(place, json, format, out.as_deref());
        }
        LedgerVerb::Quote {
            number,
            service,
            quote,
            json,
        } => (number, MoneyForm::Quote(quote.form(service)), json),
        LedgerVerb::Accept {
            number,
            quote,
            name,
            json,
        } => (number, MoneyForm::Accept { quote, name }, json),
        LedgerVerb::Decline {
            number,
            quote,
            name,
            json,
        } => (number, MoneyForm::Decline { quote, name }, json),
        LedgerVerb::Withdraw {
            number,
            quote,
            reason,
            json,
        } => (number, MoneyForm::Withdraw { quote, reason }, json),
        LedgerVerb::Pay {
            number,
            invoice,
            amount,
            method,
            reference,
            json,
        } => {
            let form = MoneyForm::Pay {
                invoice,
                amount,
                method,
                reference,
            };
            (number, form, json)
        }
        LedgerVerb::Credit {
            number,
            amount,
            reason,
            json,
        } => (number, MoneyForm::Credit { amount, reason }, json),
        LedgerVerb::Redeem {
            number,
            credit,
            invoice,
            json,
        } => (number, MoneyForm::Redeem { credit, invoice }, json),
        LedgerVerb::Refund {
            number,
            invoice,
            amount,
            cause,
            reason,
            method,
            json,
        } => {
            let form = MoneyForm::Refund {
                invoice,
                amount,
                method,
                cause,
                reason,
            };
            (number, form, json)
        }
        LedgerVerb::Cancel {
            number,
            invoice,
            reason,
            json,
        } => (number, MoneyForm::Cancel { invoice, reason }, json),
        LedgerVerb::Penalise {
            number,
            tracks,
            reason,
            json,
        } => (number, MoneyForm::Penalise { tracks, reason }, json),
        LedgerVerb::Waive {
            number,
            reason,
            json,
        } => (number, MoneyForm::Waive { reason }, json),
    };
    said(&give(place, number, form)?, json)
}

fn print_document(line: &Value) {
    println!(
        "{:<10} {:<10} {:>16} {:>16} open  {}",
        text(line, "no"),
        text(line, "state"),
        text(line, "total"),
        text(line, "open"),
        text(line, "client")
    );
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn statistics(
    place: &Place,
    json: bool,
    format: Option<FormArg>,
    out: Option<&Path>,
) -> anyhow::Result<Outcome> {
    if let Some(out) = out {
        let form = format.unwrap_or(FormArg::Csv).into();
        return write(&ask(place, BooksRequest::StatisticsFile { form })?, out);
    }
    let statistics = ask(place, BooksRequest::Statistics)?;
    if json {
        print_json(&statistics)?;
        return Ok(Outcome::Good);
    }
    for month in items(&statistics, "months") {
        let list = |name| {
            let amounts: Vec<&str> = items(month, name).filter_map(Value::as_str).collect();
            amounts.join(", ")
        };
        println!(
            "{}  {:>4} opened {:>4} delivered {:>4} fetched  earned {}  outstanding {}",
            text(month, "month"),
            month.get("opened").and_then(Value::as_u64).unwrap_or(0),
            month.get("delivered").and_then(Value::as_u64).unwrap_or(0),
            month.get("downloaded").and_then(Value::as_u64).unwrap_or(0),
            list("earned"),
            list("outstanding")
        );
    }
    Ok(Outcome::Good)
}

/// Writes a file that the daemon made.
pub(crate) fn write(sent: &Value, out: &Path) -> anyhow::Result<Outcome> {
    let bytes =
        hex::decode(text(sent, "hex")).context("the running Lacquer is of another version")?;
    let out = std::path::absolute(out).context("the file's name cannot be used")?;
    durable::replace(&out, &bytes).with_context(|| format!("could not write {}", out.display()))?;
    println!("{}", out.display());
    Ok(Outcome::Good)
}
