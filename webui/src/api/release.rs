//! The release of an order: its data, codes, removals, claims.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post};
use mastering::{Command, Release};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use studio::ReleaseView;

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::commands::{Field, operation};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::Web;

const SHOWN: [Field; 13] = [
    (
        "release",
        "object",
        "What is filled in, as `describe-release` takes it.",
    ),
    ("c_line", "string", "The (C) line."),
    ("p_line", "string", "The (P) line."),
    ("songs", "object[]", "The songs with their ISRCs."),
    (
        "problems",
        "string[]",
        "What a distributor would send it back for.",
    ),
    ("waits_for?", "string", "What else it waits for."),
    (
        "can_allot",
        "boolean",
        "Whether the studio's own ranges can give codes that are missing.",
    ),
    (
        "removal_cost",
        "string",
        "What a removal costs that is asked for now: `free` or `fee`.",
    ),
    ("removals", "object[]", "The removals, shop by shop."),
    ("claims", "object[]", "The claims to rights, with letters."),
    (
        "label_copies",
        "object[]",
        "The lists of titles, codes and credits that came; `laid.proposed` is what one would change, `laid.told` what of it was not read.",
    ),
    (
        "seq",
        "integer",
        "The journal's number, against which a choice of label copy is held.",
    ),
    ("settings", "object", "What can be chosen from."),
];

pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![
        Operation {
            method: "get",
            path: "/orders/{number}/release",
            summary: "Shows the release of an order: its data, what is open, codes, removals, claims.",
            takes: Takes::Nothing,
            gives: Gives::Json(object(&SHOWN)),
            access: Access::Visitor,
            route: get(show),
        },
        Operation {
            method: "post",
            path: "/orders/{number}/allot-codes",
            summary: "Gives a release and its songs the codes they lack, from the studio's own ranges.",
            takes: Takes::Json(object(&[])),
            gives: Gives::Json(object(&[(
                "codes",
                "object[]",
                "The codes: `code_kind`, `series`, `number`, `code`, `track`.",
            )])),
            access: Access::Visitor,
            route: post(allot),
        },
    ];
    all.extend(commands());
    all.extend(removals());
    all
}

fn removals() -> Vec<Operation> {
    let no = ("no", "integer", "Its number in the order.");
    vec![
        operation(
            "/orders/{number}/ask-removal",
            "Asks to take the release out of shops.",
            &[
                ("reason", "string", "Why."),
                ("shops?", "string[]", "Which; none: all of them."),
            ],
            |given| {
                let Asked { shops, reason } = given.read()?;
                let by = given.name.clone();
                Ok(Command::AskRemoval { shops, reason, by })
            },
        ),
        operation(
            "/orders/{number}/withdraw-removal",
            "Takes a removal back for the shops whose links live.",
            &[no],
            |given| {
                let Numbered { no } = given.read()?;
                let by = given.name.clone();
                Ok(Command::WithdrawRemoval { no, by })
            },
        ),
        operation(
            "/orders/{number}/shop-gone",
            "Records that a shop's links are dead.",
            &[no, ("shop", "string", "The shop.")],
            |given| {
                let Gone { no, shop } = given.read()?;
                Ok(Command::RecordShopGone { no, shop })
            },
        ),
    ]
}

fn commands() -> Vec<Operation> {
    let words = ("words", "string", "What, and why.");
    let no = ("no", "integer", "Its number in the order.");
    vec![
        operation(
            "/orders/{number}/describe-release",
            "Fills in or corrects what a distributor is told of the release; that reopens nothing.",
            &[(
                "release",
                "object",
                "`kind`, `label`, `catalogue_no`, `ean`, `genre`, `price_class`, `territories`, `shops`, `year`, `c_owner`, `p_owner`, `released_on`, `licence`, `translations`, `songs`; what is left out is empty.",
            )],
            |given| {
                let Described { release } = given.read()?;
                let by = given.name.clone();
                Ok(Command::DescribeRelease { release, by })
            },
        ),
        operation(
            "/orders/{number}/record-claim",
            "Records that somebody claims rights; nothing is handed over until that is withdrawn.",
            &[("claimant", "string", "Who."), words],
            |given| {
                let Claimed { claimant, words } = given.read()?;
                Ok(Command::RecordClaim {
                    claimant,
                    words,
                    by: given.name.clone(),
                })
            },
        ),
        operation(
            "/orders/{number}/withdraw-claim",
            "Records that a claim was withdrawn.",
            &[no],
            |given| {
                let Numbered { no } = given.read()?;
                let by = given.name.clone();
                Ok(Command::WithdrawClaim { no, by })
            },
        ),
    ]
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<ReleaseView>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(web.studio.release(&caller.visitor, number).await?))
}

async fn allot(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    _body: Body<Map<String, Value>>,
) -> Result<Json<Value>, ApiTrouble> {
    let number = address.number()?;
    let codes = web.studio.allot_codes(&caller.visitor, number).await?;
    Ok(Json(json!({ "codes": codes })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    release: Box<Release>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    shops: BTreeSet<String>,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    no: u32,
    shop: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claimed {
    claimant: String,
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    no: u32,
}
