//! `lacquer release ..`: what a distributor is told, codes, removals, claims.

use anyhow::Context as _;
use mastering::{OrderNumber, Release};
use serde_json::Value;
use studio::RuleAsk;
use studio::control::Request;

use crate::admin::{ask_daemon, say_done, text};
use crate::args::Place;
use crate::release_args::ReleaseVerb;
use crate::rule_args::WordOf;
use crate::{Outcome, attachment_verbs, label_copy_verbs, lyrics_verbs, package_verbs, print_json};

pub(crate) fn run(place: &Place, verb: ReleaseVerb, word: WordOf) -> anyhow::Result<Outcome> {
    let (number, rule, done) = match verb {
        ReleaseVerb::Show { number } => return show(place, number, &word),
        ReleaseVerb::LabelCopy(verb) => return label_copy_verbs::run(place, verb, &word),
        ReleaseVerb::Attachment(verb) => return attachment_verbs::run(place, verb, &word),
        ReleaseVerb::Package(verb) => return package_verbs::run(place, verb, &word),
        ReleaseVerb::Words {
            number,
            song,
            file,
            instrumental: _,
        } => return lyrics_verbs::run(place, number, (song, file), &word),
        ReleaseVerb::Allot { number } => return allot(place, number, word),
        ReleaseVerb::Set { number, file } => {
            let read = std::fs::read_to_string(&file)
                .with_context(|| format!("could not read {}", file.display()))?;
            let release: Release = toml::from_str(&read)
                .with_context(|| format!("{} is no release", file.display()))?;
            let release = Box::new(release);
            (number, RuleAsk::DescribeRelease { release }, "filled in")
        }
        ReleaseVerb::Remove {
            number,
            shops,
            reason,
        } => {
            let shops = shops.into_iter().collect();
            let asked = RuleAsk::AskRemoval { shops, reason };
            (
                number,
                asked,
                "asked for; its songs stay tied to it until it is gone",
            )
        }
        ReleaseVerb::Keep { number, no } => (
            number,
            RuleAsk::WithdrawRemoval { no },
            "the shops whose links live keep it",
        ),
        ReleaseVerb::Gone { number, no, shop } => {
            (number, RuleAsk::ShopGone { no, shop }, "written down")
        }
        ReleaseVerb::Claim {
            number,
            claimant,
            words,
        } => {
            let claim = RuleAsk::RecordClaim { claimant, words };
            (
                number,
                claim,
                "on record; nothing is handed over until it is withdrawn",
            )
        }
        ReleaseVerb::WithdrawClaim { number, no } => {
            (number, RuleAsk::WithdrawClaim { no }, "it is withdrawn")
        }
    };
    let by = word.by.clone();
    let seq = ask_daemon(place, &Request::Rule { number, rule, by })?;
    say_done(number, (&seq, done), &word)
}

fn show(place: &Place, number: OrderNumber, word: &WordOf) -> anyhow::Result<Outcome> {
    let view = ask_daemon(place, &Request::Release { number })?;
    if word.json {
        print_json(&view)?;
        return Ok(Outcome::Good);
    }
    let lines = |name: &str| view.get(name).and_then(Value::as_array).cloned();
    println!("{}\n{}", text(&view, "c_line"), text(&view, "p_line"));
    for song in lines("songs").unwrap_or_default() {
        println!("{:<14} {}", text(&song, "isrc"), text(&song, "title"));
    }
    let release: Release = serde_json::from_value(view["release"].clone())
        .context("the running Lacquer is of another version")?;
    print!("{}", toml::to_string_pretty(&release)?);
    for problem in lines("problems").unwrap_or_default() {
        println!("open: {}", problem.as_str().unwrap_or_default());
    }
    label_copy_verbs::print(&view);
    for claim in lines("claims").unwrap_or_default() {
        println!("claim {}: {}", claim["no"], text(&claim, "claimant"));
    }
    Ok(Outcome::Good)
}

fn allot(place: &Place, number: OrderNumber, word: WordOf) -> anyhow::Result<Outcome> {
    let by = word.by;
    let codes = ask_daemon(place, &Request::AllotCodes { number, by })?;
    if word.json {
        print_json(&codes)?;
    } else {
        for code in codes.as_array().into_iter().flatten() {
            println!("{}", text(code, "code"));
        }
    }
    Ok(Outcome::Good)
}

/// `lacquer support ..`: a question that somebody asked on the telephone.
pub(crate) fn support(
    place: &Place,
    words: String,
    by: String,
    number: Option<OrderNumber>,
) -> anyhow::Result<Outcome> {
    ask_daemon(place, &Request::Support { by, number, words })?;
    println!("it lies in the inbox");
    Ok(Outcome::Good)
}
