//! `lacquer sales ..`: distributors' reports, what releases earned, payouts.

use std::collections::BTreeMap;

use anyhow::{Context as _, anyhow};
use sales::{Ask, DateOrder, Decimals, Part};
use serde_json::Value;
use studio::control::{Request, SalesRequest};

use crate::admin::{ask_daemon, text};
use crate::args::Place;
use crate::books::write;
use crate::rule_args::WordOf;
use crate::sales_args::{DatesArg, DecimalsArg, SalesVerb};
use crate::{Outcome, print_json};

pub(crate) fn run(place: &Place, verb: SalesVerb, word: WordOf) -> anyhow::Result<Outcome> {
    let by = word.by;
    let ask = |sales: SalesRequest| {
        let by = by.clone();
        ask_daemon(place, &Request::Sales { sales, by })
    };
    if let SalesVerb::Export {
        quarter,
        out,
        format,
    } = verb
    {
        let form = format.into();
        return write(&ask(SalesRequest::Table { quarter, form })?, &out);
    }
    let (answer, say): (Value, fn(&Value)) = match verb {
        SalesVerb::Show { quarter } => (ask(SalesRequest::Show { quarter })?, show),
        SalesVerb::Of { number } => (ask(SalesRequest::Of { number })?, of_order),
        SalesVerb::Withdraw { report, reason } => {
            let why = reason;
            (ask(SalesRequest::Withdraw { report, why })?, |_| {
                println!("it counts no more");
            })
        }
        SalesVerb::Place { song, order } => (ask(SalesRequest::Place { song, order })?, |_| {
            println!("placed");
        }),
        SalesVerb::Ask { number, currency } => {
            (ask(SalesRequest::AskPayout { number, currency })?, |_| {
                println!("asked for");
            })
        }
        SalesVerb::Paid {
            number,
            amount,
            on,
            words,
        } => {
            let noted = SalesRequest::NotePayout {
                number,
                amount,
                paid_on: on,
                words,
            };
            (ask(noted)?, |_| println!("noted"))
        }
        take => (ask(taken(take)?)?, report),
    };
    if word.json {
        print_json(&answer)?;
    } else {
        say(&answer);
    }
    Ok(Outcome::Good)
}

fn taken(verb: SalesVerb) -> anyhow::Result<SalesRequest> {
    let SalesVerb::Take {
        quarter,
        file,
        distributor,
        columns,
        currency,
        decimals,
        dates,
    } = verb
    else {
        return Err(anyhow!("only a report is taken in"));
    };
    let path = std::path::absolute(&file).context("the file's name cannot be used")?;
    let columns: anyhow::Result<BTreeMap<Part, String>> =
        columns.iter().map(|pair| column(pair)).collect();
    Ok(SalesRequest::Take {
        distributor,
        path,
        ask: Box::new(Ask {
            quarter,
            columns: columns?,
            currency: currency.map(|currency| currency.to_string()),
            decimals: decimals.map(|decimals| match decimals {
                DecimalsArg::Point => Decimals::Point,
                DecimalsArg::Comma => Decimals::Comma,
            }),
            dates: dates.map(|dates| match dates {
                DatesArg::DayFirst => DateOrder::DayFirst,
                DatesArg::MonthFirst => DateOrder::MonthFirst,
            }),
        }),
    })
}

fn column(pair: &str) -> anyhow::Result<(Part, String)> {
    let (part, head) = pair.split_once('=').unwrap_or((pair, ""));
    let known = Part::ALL.into_iter().find(|known| known.code() == part);
    known
        .filter(|_| !head.is_empty())
        .map(|known| (known, head.to_owned()))
        .ok_or_else(|| {
            let codes = Part::ALL.map(Part::code).join(", ");
            anyhow!("{pair} names no column; write it as isrc=Code, with one of {codes}")
        })
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn words(value: &Value, name: &str) -> String {
    let all: Vec<&str> = list(value, name).filter_map(Value::as_str).collect();
    all.join(", ")
}

fn report(report: &Value) {
    println!(
        "report {}: {} rows, {}",
        report["no"],
        report["rows"],
        words(report, "earned")
    );
    for note in list(report, "notes") {
        println!("note: {}", note.as_str().unwrap_or_default());
    }
    for left in list(report, "left_out") {
        println!("row {} does not count: {}", left["row"], text(left, "why"));
    }
}

fn show(view: &Value) {
    println!("{}", text(view, "quarter"));
    for line in list(view, "lines") {
        let order = text(line, "order");
        let order = if order.is_empty() { "no order" } else { order };
        println!(
            "{order:<9} {:>9} streams {:>7} sold  {} {}  {}",
            line["streams"],
            line["sold"],
            text(line, "earned"),
            text(line, "currency"),
            text(line, "title")
        );
    }
    for song in list(view, "unplaced") {
        println!(
            "song {} belongs to no order yet: {} {} {}",
            song["song"],
            text(song, "title"),
            words(song, "codes"),
            words(song, "earned")
        );
    }
    for missing in list(view, "missing") {
        println!("{}", missing.as_str().unwrap_or_default());
    }
}

fn of_order(view: &Value) {
    for quarter in list(view, "quarters") {
        println!("{}", text(quarter, "quarter"));
        for sold in list(quarter, "sold") {
            println!(
                "  {:<14} {:<12} {:<9} {:>9}  {} {}  {}",
                text(sold, "isrc"),
                text(sold, "shop"),
                text(sold, "kind"),
                sold["units"],
                text(sold, "earned"),
                text(sold, "currency"),
                text(sold, "title")
            );
        }
    }
    for balance in list(view, "balances") {
        println!(
            "reported {}, the client's {}, paid out {}, open {}",
            text(balance, "reported"),
            text(balance, "share"),
            text(balance, "paid"),
            text(balance, "open")
        );
    }
    for payout in list(view, "payouts") {
        println!(
            "{} paid out {}: {}",
            text(payout, "paid_on"),
            text(payout, "amount"),
            text(payout, "words")
        );
    }
}
