//! `lacquer release deliver ..`: what is made up of an order for whom, and what becomes of it.

use mastering::{OrderNumber, PackageWay};
use serde_json::Value;
use studio::PackageAsked;
use studio::control::{PackagesRequest, Request};

use crate::admin::{ask_daemon, text};
use crate::args::Place;
use crate::release_args::PackageVerb;
use crate::rule_args::WordOf;
use crate::{Outcome, print_json};

pub(crate) fn run(place: &Place, verb: PackageVerb, word: &WordOf) -> anyhow::Result<Outcome> {
    let (number, packages, done) = match verb {
        PackageVerb::Deliveries { number } => return show(place, number, word),
        PackageVerb::Deliver {
            number,
            profile,
            edition,
            post,
        } => {
            let way = if post {
                PackageWay::Posted
            } else {
                PackageWay::Fetched
            };
            let ask = PackagesRequest::Ask(PackageAsked {
                profile,
                edition,
                way,
            });
            (number, ask, "it is being made")
        }
        PackageVerb::Produce { number, no, name } => {
            let release = PackagesRequest::Release { no, name };
            (number, release, "released for production")
        }
        PackageVerb::Posted {
            number,
            no,
            carrier,
            tracking,
        } => {
            let post = PackagesRequest::Post {
                no,
                carrier,
                tracking,
            };
            (number, post, "in the post")
        }
        PackageVerb::Cover { number, file } => {
            let path = std::path::absolute(file)?;
            (number, PackagesRequest::Cover { path }, "the cover is kept")
        }
    };
    let seq = ask(place, number, packages, word)?;
    if word.json {
        print_json(&serde_json::json!({ "number": number, "seq": seq }))?;
    } else {
        println!("{number}: {done}");
    }
    Ok(Outcome::Good)
}

fn ask(
    place: &Place,
    number: OrderNumber,
    packages: PackagesRequest,
    word: &WordOf,
) -> anyhow::Result<Value> {
    let by = word.by.clone();
    let request = Request::Packages {
        number,
        packages,
        by,
    };
    ask_daemon(place, &request)
}

fn show(place: &Place, number: OrderNumber, word: &WordOf) -> anyhow::Result<Outcome> {
    let view = ask(place, number, PackagesRequest::Show, word)?;
    if word.json {
        print_json(&view)?;
        return Ok(Outcome::Good);
    }
    let list = |value: &Value, name: &str| {
        let list = value.get(name).and_then(Value::as_array);
        list.cloned().unwrap_or_default()
    };
    for profile in list(&view, "profiles") {
        let formats = list(&profile, "formats");
        let names: Vec<String> = formats
            .iter()
            .map(|one| text(one, "format").to_owned())
            .collect();
        println!("{}: {}", text(&profile, "name"), names.join(", "));
        for what in list(&profile, "missing") {
            println!("  missing: {}", what.as_str().unwrap_or_default());
        }
        for format in formats {
            for what in list(&format, "missing") {
                let what = what.as_str().unwrap_or_default();
                println!("  missing for {}: {what}", text(&format, "format"));
            }
        }
    }
    for bad in list(&view, "bad_profiles") {
        println!(
            "{} is no profile: {}",
            text(&bad, "file"),
            text(&bad, "why")
        );
    }
    for package in list(&view, "packages") {
        let state = match (package["made"].is_null(), package["failed"].as_str()) {
            (false, _) => format!("{} files", list(&package["made"], "files").len()),
            (true, Some(why)) => format!("not made: {why}"),
            (true, None) => "being made".to_owned(),
        };
        println!("{} {}: {state}", package["no"], text(&package, "title"));
    }
    Ok(Outcome::Good)
}
