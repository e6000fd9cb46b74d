//! `lacquer release deliver ..`: what is made up of an order for whom, and what becomes of it.

use mastering::{OrderNumber, PackageWay, SendAgain};
use serde_json::Value;
use studio::control::{PackagesRequest, Request};
use studio::{PackageAsked, SendAsked};

use crate::admin::{ask_daemon, say_done, text};
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
        PackageVerb::Send { number, no, again } => {
            let again = if again { SendAgain::Yes } else { SendAgain::No };
            let send = PackagesRequest::Send(SendAsked { no, again });
            (
                number,
                send,
                "it is being sent; `release deliveries` says how far it is",
            )
        }
        PackageVerb::CallOff { number, no } => {
            (number, PackagesRequest::CallOff { no }, "called off")
        }
        PackageVerb::Try { number, profile } => return try_it(place, number, profile, word),
        PackageVerb::Cover { number, file } => {
            let path = std::path::absolute(file)?;
            (number, PackagesRequest::Cover { path }, "the cover is kept")
        }
    };
    let seq = ask(place, number, packages, word)?;
    say_done(number, (&seq, done), word)
}

pub(crate) fn ask(
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

fn try_it(
    place: &Place,
    number: OrderNumber,
    profile: String,
    word: &WordOf,
) -> anyhow::Result<Outcome> {
    let tried = ask(place, number, PackagesRequest::Try { profile }, word)?;
    if word.json {
        print_json(&tried)?;
    } else {
        println!("{}", text(&tried, "to"));
        for line in tried["said"].as_array().into_iter().flatten() {
            println!("  {}", line.as_str().unwrap_or_default());
        }
    }
    Ok(if tried["is_good"] == true {
        Outcome::Good
    } else {
        Outcome::No
    })
}

/// What became of a package's sendings, a line each.
fn sendings(package: &Value) -> Vec<String> {
    let all = package["sendings"].as_array().into_iter().flatten();
    let said = all.map(|one| match text(&one["outcome"], "outcome") {
        "sent" => format!(
            "sent: {} files lie at its recipient's",
            one["outcome"]["files"]
        ),
        "failed" => format!("not sent: {}", text(&one["outcome"], "why")),
        "called_off" => format!("called off by {}", text(&one["outcome"], "by")),
        _ => {
            let progress = &package["sending"]["progress"];
            let waits = progress["waits_for"].as_str();
            let waits = waits.map_or(String::new(), |why| format!("; tried again: {why}"));
            match (progress["bytes_done"].as_u64(), progress["bytes"].as_u64()) {
                (Some(done), Some(all)) => format!("{done} of {all} bytes lie there{waits}"),
                _ => "waits to be sent".to_owned(),
            }
        }
    });
    said.collect()
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
        for line in sendings(&package) {
            println!("  {line}");
        }
    }
    Ok(Outcome::Good)
}
