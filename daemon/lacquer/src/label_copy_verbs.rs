//! `lacquer release read ..`: lists of titles, codes and credits, and what is entered of them.

use std::collections::BTreeSet;

use anyhow::bail;
use mastering::OrderNumber;
use serde_json::Value;
use studio::LabelCopyChosen;
use studio::control::{PackagesRequest, Request};

use crate::admin::{ask_daemon, say_done, text};
use crate::args::Place;
use crate::release_args::LabelCopyVerb;
use crate::rule_args::WordOf;
use crate::{Outcome, package_verbs};

pub(crate) fn run(place: &Place, verb: LabelCopyVerb, word: &WordOf) -> anyhow::Result<Outcome> {
    let (number, packages, done) = match verb {
        LabelCopyVerb::Read { number, file } => {
            let path = std::path::absolute(file)?;
            let bring = PackagesRequest::LabelCopy { path };
            (
                number,
                bring,
                "read; `release show` tells what it would change",
            )
        }
        LabelCopyVerb::Enter { number, no, take } => {
            let take = if take.is_empty() {
                likely(place, number, no)?
            } else {
                take.into_iter().collect()
            };
            let chosen = LabelCopyChosen {
                no,
                take,
                seq: None,
            };
            (number, PackagesRequest::Choose(chosen), "entered")
        }
        LabelCopyVerb::SetAside { number, no } => {
            let none = LabelCopyChosen {
                no,
                ..LabelCopyChosen::default()
            };
            (number, PackagesRequest::Choose(none), "set aside")
        }
    };
    let seq = package_verbs::ask(place, number, packages, word)?;
    say_done(number, (&seq, done), word)
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The keys of everything that fills in what nobody has said.
fn likely(place: &Place, number: OrderNumber, no: u32) -> anyhow::Result<BTreeSet<String>> {
    let view = ask_daemon(place, &Request::Release { number })?;
    let mut copies = list(&view, "label_copies");
    let Some(copy) = copies.find(|copy| copy["no"] == no) else {
        bail!("{number} has no list {no}; `lacquer release show {number}` names those that came");
    };
    let proposed = list(&copy["laid"], "proposed").filter(|one| one["is_likely"] == true);
    let keys: BTreeSet<String> = proposed.map(|one| text(one, "key").to_owned()).collect();
    if keys.is_empty() {
        bail!(
            "nothing of list {no} fills in what nobody has said; name with --take what is entered all the same"
        );
    }
    Ok(keys)
}

/// Prints what lists that wait would change.
pub(crate) fn print(view: &Value) {
    for copy in list(view, "label_copies").filter(|copy| !copy["laid"].is_null()) {
        println!("list {}: {}", copy["no"], text(copy, "file_name"));
        for one in list(&copy["laid"], "proposed") {
            let about = match text(one, "about") {
                "" => "the release",
                title => title,
            };
            let now = match text(one, "now") {
                "" => "nobody has said",
                now => now,
            };
            println!(
                "  {}: {about}, {}: {now} -> {}",
                text(one, "key"),
                text(one, "what"),
                text(one, "then")
            );
        }
        for line in list(&copy["laid"], "told") {
            println!("  {}", line.as_str().unwrap_or_default());
        }
    }
}
