//! `lacquer service ..` and `lacquer journal`: what the studio offers, and what it decided beside orders.

use anyhow::Context as _;
use mastering::Catalogue;
use serde_json::Value;
use studio::control::Request;

use crate::admin::{ask_daemon, text};
use crate::args::{Place, ServiceVerb};
use crate::{Outcome, print_json};

fn version(services: &Value) -> u64 {
    services.get("version").and_then(Value::as_u64).unwrap_or(0)
}

fn list(services: &Value) -> anyhow::Result<()> {
    let catalogue = Catalogue::read(text(services, "toml"))
        .context("the running Lacquer is of another version")?;
    for (name, offering) in &catalogue.services {
        println!("{name:<18} {:<30} {}", offering.title, offering.about);
    }
    println!("version {}, by {}", version(services), text(services, "by"));
    Ok(())
}

pub(crate) fn service(place: &Place, verb: ServiceVerb) -> anyhow::Result<Outcome> {
    match verb {
        ServiceVerb::List { json } => {
            let services = ask_daemon(place, &Request::Services)?;
            if json {
                print_json(&services)?;
            } else {
                list(&services)?;
            }
        }
        ServiceVerb::Show { json } => {
            let services = ask_daemon(place, &Request::Services)?;
            if json {
                print_json(&services)?;
            } else {
                print!("{}", text(&services, "toml"));
            }
        }
        ServiceVerb::Set { file, json } => {
            let toml = std::fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            let saved = ask_daemon(place, &Request::SaveServices { toml })?;
            if json {
                print_json(&saved)?;
            } else {
                println!("version {} holds from the next order on", version(&saved));
            }
        }
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
pub(crate) fn journal(place: &Place, before: Option<u64>, json: bool) -> anyhow::Result<Outcome> {
    let log = ask_daemon(place, &Request::HouseLog { before })?;
    if json {
        print_json(&log)?;
        return Ok(Outcome::Good);
    }
    for line in log["lines"].as_array().into_iter().flatten() {
        let at = line.get("at").and_then(Value::as_i64).unwrap_or(0);
        let when =
            jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |t| t.to_string());
        println!(
            "{when}  {} ({})  {}",
            text(line, "by"),
            text(line, "from"),
            text(line, "text")
        );
    }
    if let Some(next) = log["next"].as_u64() {
        println!("older: --before {next}");
    }
    Ok(Outcome::Good)
}
