//! What an administrator does on the box without a browser: people, orders, the archive.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context as _, bail};
use mastering::OrderNumber;
use serde_json::Value;
use studio::OrderQuery;
use studio::control::{Answer, Request, ask};

use crate::args::{ArchiveVerb, OrderListArgs, OrderVerb, Place};
use crate::order_rules::listening;
use crate::person_args::{RoleArg, TellingArg, UserVerb};
use crate::rule_args::WordOf;
use crate::{Outcome, config, print_json};

/// How often a followed order is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(300);

/// Asks the running daemon; its refusal is an answer, not a failure of the command.
pub(crate) fn ask_daemon(place: &Place, request: &Request) -> anyhow::Result<Value> {
    let data = config::data_of(place)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match runtime.block_on(ask(&data, request))? {
        Answer::Done(value) => Ok(value),
        Answer::Denied(why) => bail!("{why}"),
    }
}

pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or("")
}

/// Says what was done of an order: in words, or as the journal's number in JSON.
pub(crate) fn say_done(
    number: OrderNumber,
    (seq, done): (&Value, &str),
    word: &WordOf,
) -> anyhow::Result<Outcome> {
    if word.json {
        print_json(&serde_json::json!({ "number": number, "seq": seq }))?;
    } else {
        println!("{number}: {done}");
    }
    Ok(Outcome::Good)
}

pub(crate) fn user(place: &Place, verb: UserVerb) -> anyhow::Result<Outcome> {
    match verb {
        UserVerb::Add {
            role,
            login,
            name,
            email,
            password_stdin,
            json,
        } => {
            let password = password_stdin.then(password_from_stdin).transpose()?;
            let person = add_person(place, role, (login, name, email), password)?;
            if json {
                print_json(&person)?;
            } else {
                println!(
                    "{} can log in as {}",
                    text(&person, "name"),
                    text(&person, "login")
                );
            }
        }
        UserVerb::Findings { login, when, json } => {
            let (person, words) = tell_findings(place, login, when)?;
            if json {
                print_json(&person)?;
            } else {
                println!("{} reads findings {words}", text(&person, "name"));
            }
        }
        UserVerb::List { json } => {
            let people = ask_daemon(place, &Request::People)?;
            if json {
                print_json(&people)?;
            } else {
                for person in people.as_array().into_iter().flatten() {
                    println!(
                        "{:<16} {:<8} {} {}",
                        text(person, "login"),
                        text(person, "role"),
                        text(person, "name"),
                        text(person, "email")
                    );
                }
            }
        }
        UserVerb::One(verb) => return crate::person::person(place, verb),
        UserVerb::SetUpLink { json } => {
            let link = ask_daemon(place, &Request::SetUpLink)?;
            if json {
                print_json(&serde_json::json!({ "set_up_link": link }))?;
            } else {
                println!(
                    "{}",
                    link.as_str()
                        .unwrap_or("somebody works here already; there is no set-up link any more")
                );
            }
        }
    }
    Ok(Outcome::Good)
}

fn add_person(
    place: &Place,
    role: RoleArg,
    (login, name, email): (String, String, String),
    password: Option<String>,
) -> anyhow::Result<Value> {
    ask_daemon(
        place,
        &Request::AddPerson {
            role: role.code().to_owned(),
            login,
            name,
            email,
            password,
        },
    )
}

/// Says when a client reads what is found in their mixes.
fn tell_findings(
    place: &Place,
    login: String,
    when: TellingArg,
) -> anyhow::Result<(Value, &'static str)> {
    let (findings, words) = match when {
        TellingArg::AtOnce => ("at_once", "at once"),
        TellingArg::AfterRelease => (
            "after_release",
            "once they are released on the order's page",
        ),
    };
    let request = Request::TellFindings {
        login,
        findings: findings.to_owned(),
    };
    Ok((ask_daemon(place, &request)?, words))
}

pub(crate) fn password_from_stdin() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut password)
        .context("could not read the password")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

fn list_orders(place: &Place, args: OrderListArgs) -> anyhow::Result<()> {
    let query = OrderQuery {
        search: args.search,
        stage: args.stage,
        before: args.before,
        rows: args.rows,
    };
    let list = ask_daemon(place, &Request::Orders { query })?;
    if args.json {
        return print_json(&list["orders"]);
    }
    for order in list["orders"].as_array().into_iter().flatten() {
        println!(
            "{}  {:<12} {:<30} {}",
            text(order, "number"),
            text(order, "stage"),
            text(order, "title"),
            text(order, "waits_for")
        );
    }
    if let Some(next) = list["next"].as_u64() {
        println!("older orders: --before {next}");
    }
    Ok(())
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm for each word of the command line; each makes one request"
)]
pub(crate) fn order(place: &Place, verb: OrderVerb) -> anyhow::Result<Outcome> {
    match verb {
        OrderVerb::New {
            client,
            title,
            artist,
            service,
            engineer,
            style,
            intensity,
            match_references: match_percent,
            loudness,
            songs,
            declared,
            json,
        } => {
            let by_engineer = engineer.then(|| "engineer".to_owned());
            let service = by_engineer.unwrap_or(service);
            let opened = ask_daemon(
                place,
                &Request::NewOrder {
                    client,
                    title,
                    artist,
                    service,
                    style,
                    intensity,
                    match_percent,
                    loudness,
                    songs,
                    declared,
                },
            )?;
            if json {
                print_json(&opened)?;
            } else {
                println!("{}: {}", text(&opened, "number"), text(&opened, "portal"));
            }
        }
        OrderVerb::List(args) => list_orders(place, args)?,
        OrderVerb::Show {
            number,
            follow,
            json,
        } => show(place, number, follow, json)?,
        OrderVerb::TryAgain { number, json } => try_again(place, number, json)?,
        OrderVerb::Programme { number } => {
            let file = ask_daemon(place, &Request::ProgrammeFile { number })?;
            print!("{}", file.as_str().unwrap_or_default());
        }
        OrderVerb::Consultation {
            number,
            answers,
            warrant,
            by,
            json,
        } => {
            if !answers.is_empty() {
                let (answers, by) = (answers.into_iter().collect(), by.clone());
                ask_daemon(
                    place,
                    &Request::AnswerConsultation {
                        number,
                        answers,
                        by,
                    },
                )?;
            }
            if let (Some(name), Some(by)) = (warrant, by) {
                ask_daemon(place, &Request::Warrant { number, name, by })?;
            }
            consultation(place, number, json)?;
        }
        OrderVerb::Listening { number, json } => listening(place, number, json)?,
        OrderVerb::Permission {
            number,
            what,
            song,
            file,
            by,
            json,
        } => {
            let path = std::path::absolute(&file).context("the file's name cannot be used")?;
            let request = Request::AttachPermission {
                number,
                song,
                what,
                path,
                by,
            };
            let kept = ask_daemon(place, &request)?;
            if json {
                print_json(&kept)?;
            } else {
                println!("{number}: {} is kept", text(&kept, "file_name"));
            }
        }
        OrderVerb::Link {
            number,
            end_earlier,
            json,
        } => link(place, number, end_earlier, json)?,
    }
    Ok(Outcome::Good)
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the two switches of the command line as they were given"
)]
fn link(place: &Place, number: OrderNumber, ends_earlier: bool, json: bool) -> anyhow::Result<()> {
    let request = Request::PortalLink {
        number,
        ends_earlier,
    };
    let link = ask_daemon(place, &request)?;
    if json {
        return print_json(&serde_json::json!({ "portal": link }));
    }
    println!("{}", link.as_str().unwrap_or_default());
    Ok(())
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn consultation(place: &Place, number: OrderNumber, json: bool) -> anyhow::Result<()> {
    let view = ask_daemon(place, &Request::Consultation { number })?;
    if json {
        return print_json(&view);
    }
    let answers = view.pointer("/form/answers").and_then(Value::as_object);
    for (code, answer) in answers.into_iter().flatten() {
        println!("{code:<14} {}", answer.as_str().unwrap_or_default());
    }
    let list = |name: &str| view.get(name).and_then(Value::as_array).cloned();
    for code in list("missing").unwrap_or_default() {
        println!("{:<14} is missing", code.as_str().unwrap_or_default());
    }
    for line in list("instructions").unwrap_or_default() {
        println!("- {}", line.as_str().unwrap_or_default());
    }
    Ok(())
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn try_again(place: &Place, number: OrderNumber, json: bool) -> anyhow::Result<()> {
    let count = ask_daemon(place, &Request::TryAgain { number })?;
    if json {
        return print_json(&serde_json::json!({ "jobs": count }));
    }
    println!("{count} piece(s) of work are tried again");
    Ok(())
}

/// Whether an order waits for a person, so that following it has an end.
fn waits_for_person(order: &Value) -> bool {
    let stage = order
        .pointer("/project/stage/stage")
        .and_then(Value::as_str)
        .unwrap_or("");
    let waits = text(order, "waits_for");
    matches!(stage, "in_review" | "archived")
        || (!waits.starts_with("Lacquer") && stage != "intake")
        || waits.starts_with("the studio")
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the two switches of the command line as they were given"
)]
fn show(place: &Place, number: OrderNumber, follow: bool, json: bool) -> anyhow::Result<()> {
    let mut seen = 0;
    loop {
        let order = ask_daemon(place, &Request::Order { number })?;
        let log = order
            .get("log")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        if !json {
            for line in log.iter().skip(seen) {
                println!(
                    "{:>4}  {}",
                    line.get("seq").and_then(Value::as_u64).unwrap_or(0),
                    text(line, "text")
                );
            }
        }
        seen = log.len();
        if !follow || waits_for_person(&order) {
            if json {
                print_json(&order)?;
            } else {
                println!("      waits: {}", text(&order, "waits_for"));
            }
            return Ok(());
        }
        std::thread::sleep(FOLLOW_EVERY);
    }
}

pub(crate) fn archive(place: &Place, verb: ArchiveVerb) -> anyhow::Result<Outcome> {
    match verb {
        ArchiveVerb::List { json } => {
            let list = ask_daemon(place, &Request::ArchiveList)?;
            if json {
                print_json(&list)?;
            } else {
                for line in list.as_array().into_iter().flatten() {
                    println!(
                        "{}  {:<30} working files until {}, recall until {}",
                        text(line, "number"),
                        text(line, "title"),
                        text(line, "working_due"),
                        text(line, "archive_due")
                    );
                }
            }
            Ok(Outcome::Good)
        }
        ArchiveVerb::NewRecoveryKey { json } => new_recovery_key(place, json),
        ArchiveVerb::Check { number, json } => {
            let damages = ask_daemon(place, &Request::ArchiveCheck { number })?;
            let found = damages.as_array().cloned().unwrap_or_default();
            if json {
                print_json(
                    &serde_json::json!({ "number": number, "is_whole": found.is_empty(), "damages": found }),
                )?;
            } else if found.is_empty() {
                println!("{number} is whole: every byte was read and is what it was");
            } else {
                found
                    .iter()
                    .filter_map(Value::as_str)
                    .for_each(|d| println!("{d}"));
            }
            Ok(if found.is_empty() {
                Outcome::Good
            } else {
                Outcome::No
            })
        }
        ArchiveVerb::Export { number, to, json } => {
            let to = std::path::absolute(&to).context("the folder's name cannot be used")?;
            std::fs::create_dir_all(&to)
                .with_context(|| format!("could not make {}", to.display()))?;
            let bag = ask_daemon(place, &Request::ArchiveExport { number, to })?;
            if json {
                print_json(&serde_json::json!({ "bag": bag }))?;
            } else {
                println!("{}", bag.as_str().unwrap_or_default());
            }
            Ok(Outcome::Good)
        }
        ArchiveVerb::Expire {
            dry_run: _,
            confirmed_by,
            json,
        } => {
            let report = ask_daemon(place, &Request::ArchiveExpire { confirmed_by })?;
            if json {
                print_json(&report)?;
            } else {
                print_expiry(&report);
            }
            Ok(Outcome::Good)
        }
    }
}

#[expect(
    clippy::fn_params_excessive_bools,
    reason = "the switch of the command line as it was given"
)]
fn new_recovery_key(place: &Place, json: bool) -> anyhow::Result<Outcome> {
    let key = ask_daemon(place, &Request::NewRecoveryKey)?;
    if json {
        print_json(&serde_json::json!({ "recovery_key": key }))?;
    } else {
        println!("{}", key.as_str().unwrap_or_default());
    }
    Ok(Outcome::Good)
}

fn print_expiry(report: &Value) {
    let lines = |name: &str| {
        report
            .get(name)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let released = report
        .get("released")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let verb = if released { "went" } else { "would go" };
    for line in lines("due") {
        let (files, bytes) = (
            line.get("files").and_then(Value::as_u64),
            line.get("bytes").and_then(Value::as_u64),
        );
        println!(
            "{}  {}: {} files, {} bytes {verb}",
            text(&line, "number"),
            text(&line, "what"),
            files.unwrap_or(0),
            bytes.unwrap_or(0)
        );
    }
    if lines("due").is_empty() {
        println!("nothing is due; {} later", lines("later").len());
    }
}
