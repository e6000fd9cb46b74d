//! `lacquer insert list|connect|disconnect`: the patchbay as the running Lacquer sees it, or as it is seen from here.

use serde_json::{Value, json};
use studio::control::{PatchbayRequest, Request};

use crate::admin::{ask_daemon, text};
use crate::args::Place;
use crate::insert_args::{CableArgs, ListArgs};
use crate::{Outcome, doctor, print_json};

fn ask(place: &Place, request: PatchbayRequest) -> anyhow::Result<Value> {
    ask_daemon(place, &Request::Patchbay(request))
}

fn lines<'v>(board: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    board
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// What there is; the running daemon knows more than one look from here, where one runs.
pub(crate) fn list(place: &Place, args: &ListArgs) -> anyhow::Result<Outcome> {
    let board = ask(place, PatchbayRequest::List).ok();
    // Two clients of one server that hangs would be one too many.
    let hardware = patchbay::hardware();
    if args.json {
        let cards = hardware.cards.iter();
        let cards = cards.map(|c| json!({"index": c.index, "name": c.name}));
        print_json(&json!({
            "jack": doctor::jack_json(&hardware.jack),
            "cards": cards.collect::<Vec<_>>(),
            "patchbay": board,
        }))?;
        return Ok(Outcome::Good);
    }
    let Some(board) = board else {
        println!("{}", doctor::jack_words(&hardware.jack));
        if hardware.cards.is_empty() {
            println!("no sound card");
        }
        for card in &hardware.cards {
            println!("card {}: {}", card.index, card.name);
        }
        return Ok(Outcome::Good);
    };
    tell(&board);
    Ok(Outcome::Good)
}

fn tell(board: &Value) {
    let server = board.get("server").unwrap_or(&Value::Null);
    println!("{}", text(server, "words"));
    let next = text(server, "next_step");
    if !next.is_empty() {
        println!("{next}");
    }
    for port in lines(board, "ports").filter(|port| text(port, "carries") == "sound") {
        let level = match port.get("peak_dbfs").and_then(Value::as_f64) {
            Some(dbfs) => format!("{dbfs:.1} dBFS"),
            None => "silent".to_owned(),
        };
        let metered = port.get("is_metered").and_then(Value::as_bool) == Some(true);
        let level = if metered { level } else { String::new() };
        println!(
            "{:<9} {:<32} {level}",
            text(port, "kind"),
            text(port, "name")
        );
    }
    for cable in lines(board, "connections") {
        println!("{} -> {}", text(cable, "from"), text(cable, "to"));
    }
    for cable in lines(board, "wanted") {
        let (from, to) = (text(cable, "from"), text(cable, "to"));
        println!("wanted: {from} -> {to}. {}", text(cable, "words"));
    }
    if lines(board, "cards").next().is_none() {
        println!("no sound card");
    }
    for card in lines(board, "cards") {
        let index = card.get("index").and_then(Value::as_i64).unwrap_or(0);
        println!("card {index}: {}", text(card, "name"));
        for element in lines(card, "clock") {
            println!("  {}: {}", text(element, "name"), text(element, "value"));
        }
    }
}

/// Wants a connection; one that is wanted already is made again.
pub(crate) fn connect(place: &Place, cable: &CableArgs) -> anyhow::Result<Outcome> {
    let board = ask(place, PatchbayRequest::List)?;
    let (from, to) = (cable.from.clone(), cable.to.clone());
    let is_it = |line: &Value| text(line, "from") == from && text(line, "to") == to;
    let is_wanted = lines(&board, "wanted").any(is_it);
    let request = if is_wanted {
        PatchbayRequest::Again { from, to }
    } else {
        PatchbayRequest::Want { from, to }
    };
    ask(place, request)?;
    println!("{} -> {} is wanted", cable.from, cable.to);
    Ok(Outcome::Good)
}

pub(crate) fn disconnect(place: &Place, cable: &CableArgs) -> anyhow::Result<Outcome> {
    let (from, to) = (cable.from.clone(), cable.to.clone());
    ask(place, PatchbayRequest::Unwant { from, to })?;
    println!("{} -> {} is wanted no more", cable.from, cable.to);
    Ok(Outcome::Good)
}
