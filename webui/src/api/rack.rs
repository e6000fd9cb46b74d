//! The rack: units, chains through them, and what was measured of units.

use axum::Json;
use axum::extract::State;
use axum::routing::{get, post, put};
use rack::{RackChain, Unit};
use serde::Deserialize;
use serde_json::Value;
use studio::{MeasuredView, RackView, UnitFound};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::{list, object};
use crate::Web;

const PAGE: [(&str, &str, &str); 6] = [
    ("id", "string", "What the rack knows it by."),
    ("version", "integer", "From 1."),
    ("at", "integer", "When it was saved."),
    ("by", "string", "Who saved it."),
    ("page", "object", "What it says, as data."),
    ("toml", "string", "The same as a file."),
];

const MEASURED: [(&str, &str, &str); 5] = [
    ("no", "integer", "Its number."),
    ("at", "integer", "When it was measured."),
    ("by", "string", "By whom."),
    (
        "measurement",
        "object",
        "The figures, as `lacquer insert measure` writes them.",
    ),
    (
        "objections",
        "string[]",
        "Why it may not print; empty where nothing was wrong.",
    ),
];

/// What a unit's page is.
pub(super) fn unit_schema() -> Value {
    object(&PAGE)
}

type Route = axum::routing::MethodRouter<Web>;

pub(super) fn operation(
    method: &'static str,
    (path, summary): (&'static str, &'static str),
    (takes, gives): (Takes, Value),
    route: Route,
) -> Operation {
    for_visitors((method, path, summary), takes, Gives::Json(gives), route)
}

fn saved() -> Takes {
    Takes::Json(object(&[
        ("toml", "string", "Its file."),
        (
            "base",
            "integer",
            "The version it was changed from, 0 for a new one.",
        ),
    ]))
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = pages();
    all.extend(measurements());
    all
}

fn pages() -> Vec<Operation> {
    vec![
        operation(
            "get",
            ("/rack/units", "Lists the newest version of each unit."),
            (Takes::Nothing, list(&PAGE)),
            get(units),
        ),
        operation(
            "get",
            (
                "/rack/units/{unit}",
                "Lists every version of a unit, newest first.",
            ),
            (Takes::Nothing, list(&PAGE)),
            get(unit),
        ),
        operation(
            "put",
            ("/rack/units/{unit}", "Saves the next version of a unit."),
            (saved(), object(&PAGE)),
            put(save_unit),
        ),
        operation(
            "get",
            ("/rack/chains", "Lists the newest version of each chain."),
            (Takes::Nothing, list(&PAGE)),
            get(chains),
        ),
        operation(
            "get",
            (
                "/rack/chains/{chain}",
                "Lists every version of a chain, newest first.",
            ),
            (Takes::Nothing, list(&PAGE)),
            get(chain),
        ),
        operation(
            "put",
            ("/rack/chains/{chain}", "Saves the next version of a chain."),
            (saved(), object(&PAGE)),
            put(save_chain),
        ),
    ]
}

fn measurements() -> Vec<Operation> {
    vec![
        operation(
            "get",
            (
                "/rack/units/{unit}/measurements",
                "Lists the latest measurements of a unit, newest first.",
            ),
            (Takes::Nothing, list(&MEASURED)),
            get(measured),
        ),
        operation(
            "post",
            (
                "/rack/units/{unit}/measurements",
                "Keeps a measurement of a unit.",
            ),
            (
                Takes::Json(object(&[
                    (
                        "measurement",
                        "object",
                        "The figures, as `lacquer insert measure` writes them.",
                    ),
                    ("objections", "string[]", "Why it may not print."),
                ])),
                object(&MEASURED),
            ),
            post(keep_measured),
        ),
    ]
}

type Answer<T> = Result<Json<T>, ApiTrouble>;

async fn units(State(web): State<Web>, caller: Caller) -> Answer<Vec<RackView<Unit>>> {
    Ok(Json(web.studio.rack_units(&caller.visitor).await?))
}

async fn unit(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Answer<Vec<RackView<Unit>>> {
    let history = web
        .studio
        .unit_history(&caller.visitor, address.text("unit"));
    Ok(Json(history.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    toml: String,
    base: u32,
}

async fn save_unit(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<Saved>,
) -> Answer<RackView<Unit>> {
    let page = (address.text("unit"), new.base);
    let saving = web.studio.save_unit(&caller.visitor, page, &new.toml);
    Ok(Json(saving.await?))
}

async fn measured(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Answer<Vec<MeasuredView>> {
    let all = web.studio.measured(&caller.visitor, address.text("unit"));
    Ok(Json(all.await?))
}

async fn keep_measured(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(found): Body<UnitFound>,
) -> Answer<MeasuredView> {
    let (visitor, unit) = (&caller.visitor, address.text("unit"));
    Ok(Json(web.studio.keep_measured(visitor, unit, found).await?))
}

async fn chains(State(web): State<Web>, caller: Caller) -> Answer<Vec<RackView<RackChain>>> {
    Ok(Json(web.studio.rack_chains(&caller.visitor).await?))
}

async fn chain(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Answer<Vec<RackView<RackChain>>> {
    let history = web
        .studio
        .chain_history(&caller.visitor, address.text("chain"));
    Ok(Json(history.await?))
}

async fn save_chain(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(new): Body<Saved>,
) -> Answer<RackView<RackChain>> {
    let page = (address.text("chain"), new.base);
    let saving = web.studio.save_chain(&caller.visitor, page, &new.toml);
    Ok(Json(saving.await?))
}
