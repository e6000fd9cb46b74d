//! `lacquer queue`: what is due when, and who owes what.

use serde_json::Value;
use studio::control::Request;

use crate::admin::ask_daemon;
use crate::args::Place;
use crate::{Outcome, print_json};

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
pub(crate) fn show(place: &Place, json: bool) -> anyhow::Result<Outcome> {
    let queue = ask_daemon(place, &Request::Queue)?;
    if json {
        print_json(&queue)?;
        return Ok(Outcome::Good);
    }
    let lines = queue.as_array().cloned().unwrap_or_default();
    if lines.is_empty() {
        println!("nothing is waiting");
    }
    for line in &lines {
        let place = line.get("place").and_then(Value::as_u64);
        let place = place.map_or_else(|| "-".to_owned(), |n| n.to_string());
        println!(
            "{place:>3}  {}  {:<8} {:<30} {}",
            text(line, "/number"),
            text(line, "/estimate/level"),
            text(line, "/title"),
            text(line, "/waits_for")
        );
        let words = text(line, "/estimate_words");
        if !words.is_empty() {
            println!("     {words}");
        }
    }
    Ok(Outcome::Good)
}
