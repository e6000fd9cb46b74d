//! The rack: units, chains through them, and the recall sheets of revisions.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::routing::{get, post, put};
use mastering::{OrderNumber, RevisionNo};
use rack::{Difference, RackChain, Step, Unit};
use serde::Deserialize;
use serde_json::Value;
use studio::{Denied, MeasuredView, RackView, SetByMidi, SheetNote, SheetView, UnitFound};

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

const SHEET: [(&str, &str, &str); 9] = [
    ("order", "string", "The order's number."),
    ("revision", "integer", "The revision."),
    (
        "version",
        "integer",
        "From 1; each thing that is noted makes the next.",
    ),
    ("at", "integer", "When it was changed."),
    ("by", "string", "Who changed it."),
    ("sheet", "object", "The sheet."),
    (
        "chain",
        "object",
        "Its chain, as it was when the sheet was begun.",
    ),
    ("units", "object", "The units as they are now."),
    ("missing", "object[]", "What the sheet still lacks."),
];

/// What a recall sheet is.
pub(super) fn sheet_schema() -> Value {
    object(&SHEET)
}

/// Where a walk begins.
const FROM: [(&str, &str, &str); 2] = [
    (
        "from_order",
        "string",
        "The order whose sheet says how the rack is set; this one where left out.",
    ),
    (
        "from_revision",
        "integer",
        "That sheet's revision; nothing is known where left out.",
    ),
];

type Route = axum::routing::MethodRouter<Web>;

fn operation(
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
    all.extend(sheets());
    all.extend(notes());
    all.extend(trims_and_words());
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

fn sheets() -> Vec<Operation> {
    vec![
        operation(
            "get",
            (
                "/orders/{number}/recall",
                "Lists the recall sheets of an order's revisions.",
            ),
            (Takes::Nothing, list(&SHEET)),
            get(all_sheets),
        ),
        operation(
            "get",
            (
                "/orders/{number}/recall/{revision}",
                "Gives the recall sheet of a revision.",
            ),
            (Takes::Nothing, object(&SHEET)),
            get(sheet),
        ),
        operation(
            "get",
            (
                "/orders/{number}/recall/{revision}/walk",
                "Lists the steps to how a revision was set.",
            ),
            (
                Takes::Query(&FROM),
                list(&[(
                    "step",
                    "string",
                    "What kind of step, with what goes with it.",
                )]),
            ),
            get(walk),
        ),
        operation(
            "post",
            (
                "/orders/{number}/recall/{revision}/midi",
                "Sets by MIDI what MIDI can set on the way to a revision.",
            ),
            (
                Takes::Query(&FROM),
                object(&[
                    ("set", "string[]", "What stands so now."),
                    ("faults", "string[]", "Why something could not be sent."),
                ]),
            ),
            post(set_by_midi),
        ),
        operation(
            "get",
            (
                "/orders/{number}/recall/{revision}/differences",
                "Lists what stands differently on another revision's sheet.",
            ),
            (
                Takes::Query(&[("with", "integer", "The other revision.")]),
                list(&[
                    ("unit", "string", "The unit."),
                    ("control", "string", "The control."),
                    ("before?", "string", "Where it stands on this sheet."),
                    ("after?", "string", "Where it stands on the other."),
                ]),
            ),
            get(differences),
        ),
    ]
}

fn notes() -> Vec<Operation> {
    vec![
        operation(
            "post",
            (
                "/orders/{number}/recall/{revision}/begin",
                "Begins the recall sheet of a revision with a chain, or begins it anew.",
            ),
            (
                Takes::Json(object(&[(
                    "chain",
                    "string",
                    "The chain's name in the rack.",
                )])),
                object(&SHEET),
            ),
            post(begin),
        ),
        operation(
            "put",
            (
                "/orders/{number}/recall/{revision}/settings",
                "Notes where controls of a unit stand.",
            ),
            (
                Takes::Json(object(&[
                    ("unit", "string", "The unit's name in the rack."),
                    (
                        "settings",
                        "object",
                        "Where each stands, as people write it; empty takes a note away.",
                    ),
                ])),
                object(&SHEET),
            ),
            put(set),
        ),
        operation(
            "post",
            (
                "/orders/{number}/recall/{revision}/patched",
                "Confirms a manual step of the chain.",
            ),
            (
                Takes::Json(object(&[("step", "integer", "Which one, from 1.")])),
                object(&SHEET),
            ),
            post(patched),
        ),
    ]
}

fn trims_and_words() -> Vec<Operation> {
    vec![
        operation(
            "put",
            (
                "/orders/{number}/recall/{revision}/trims",
                "Notes the trims of a song.",
            ),
            (
                Takes::Json(object(&[
                    ("track", "string", "The song's id."),
                    ("send_db", "number", "Before the first send, in dB."),
                    ("return_db", "number", "Behind the last return, in dB."),
                ])),
                object(&SHEET),
            ),
            put(trim),
        ),
        operation(
            "put",
            (
                "/orders/{number}/recall/{revision}/words",
                "Keeps words about a unit, or about the whole.",
            ),
            (
                Takes::Json(object(&[
                    ("unit?", "string", "The unit; the whole where left out."),
                    ("text", "string", "What there is to know."),
                ])),
                object(&SHEET),
            ),
            put(words),
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

async fn all_sheets(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Answer<Vec<SheetView>> {
    let sheets = web.studio.sheets(&caller.visitor, address.number()?);
    Ok(Json(sheets.await?))
}

fn which(address: &Address) -> Result<(OrderNumber, RevisionNo), Denied> {
    let revision: u32 = address.read("revision")?;
    let revision = RevisionNo::try_from(revision).map_err(|_| Denied::NotFound)?;
    Ok((address.number()?, revision))
}

async fn sheet(State(web): State<Web>, caller: Caller, address: Address) -> Answer<SheetView> {
    let (number, revision) = which(&address)?;
    let sheet = web.studio.sheet(&caller.visitor, number, revision);
    Ok(Json(sheet.await?))
}

#[derive(Deserialize)]
struct From {
    from_order: Option<OrderNumber>,
    from_revision: Option<RevisionNo>,
}

impl From {
    fn place(self, order: OrderNumber) -> Option<(OrderNumber, RevisionNo)> {
        let revision = self.from_revision?;
        Some((self.from_order.unwrap_or(order), revision))
    }
}

async fn walk(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(from): Query<From>,
) -> Answer<Vec<Step>> {
    let to = which(&address)?;
    let from = from.place(to.0);
    Ok(Json(web.studio.walk_to(&caller.visitor, to, from).await?))
}

async fn set_by_midi(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(from): Query<From>,
) -> Answer<SetByMidi> {
    let to = which(&address)?;
    let from = from.place(to.0);
    let set = web.studio.set_by_midi(&caller.visitor, to, from);
    Ok(Json(set.await?))
}

#[derive(Deserialize)]
struct Other {
    with: Option<RevisionNo>,
}

async fn differences(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(other): Query<Other>,
) -> Answer<Vec<Difference>> {
    let (number, revision) = which(&address)?;
    let with = other.with.unwrap_or(revision);
    let found = web
        .studio
        .compare_sheets(&caller.visitor, number, [revision, with]);
    Ok(Json(found.await?))
}

async fn note(web: &Web, caller: &Caller, address: &Address, note: SheetNote) -> Answer<SheetView> {
    let noted = web
        .studio
        .note_on_sheet(&caller.visitor, which(address)?, note);
    Ok(Json(noted.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    chain: String,
}

async fn begin(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(Begin { chain }): Body<Begin>,
) -> Answer<SheetView> {
    note(&web, &caller, &address, SheetNote::Begin { chain }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    unit: String,
    settings: BTreeMap<String, String>,
}

async fn set(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(set): Body<Set>,
) -> Answer<SheetView> {
    let set = SheetNote::Set {
        unit: set.unit,
        settings: set.settings,
    };
    note(&web, &caller, &address, set).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Done {
    step: usize,
}

async fn patched(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(Done { step }): Body<Done>,
) -> Answer<SheetView> {
    note(&web, &caller, &address, SheetNote::Patched { step }).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trims {
    track: String,
    send_db: f64,
    return_db: f64,
}

async fn trim(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(trims): Body<Trims>,
) -> Answer<SheetView> {
    let trims = SheetNote::Trim {
        track: trims.track,
        send_db: trims.send_db,
        return_db: trims.return_db,
    };
    note(&web, &caller, &address, trims).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    #[serde(default)]
    unit: String,
    text: String,
}

async fn words(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(Said { unit, text }): Body<Said>,
) -> Answer<SheetView> {
    note(&web, &caller, &address, SheetNote::Words { unit, text }).await
}
