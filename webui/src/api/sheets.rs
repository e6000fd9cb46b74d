//! The recall sheets of revisions: where every control of a chain stood, and the way back to it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use axum::routing::{get, post, put};
use mastering::{OrderNumber, RevisionNo};
use rack::{Difference, Step};
use serde::Deserialize;
use serde_json::Value;
use studio::{Denied, SetByMidi, SheetNote, SheetView};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Operation, Takes};
use super::rack::operation;
use super::schema::{list, object};
use crate::Web;

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

pub(super) fn operations() -> Vec<Operation> {
    let mut all = read();
    all.extend(notes());
    all.extend(trims_and_words());
    all
}

fn read() -> Vec<Operation> {
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
    let chain = || object(&[("chain", "string", "The chain's name in the rack.")]);
    vec![
        operation(
            "post",
            (
                "/orders/{number}/recall/{revision}/begin",
                "Begins the recall sheet of a revision with a chain, or begins it anew.",
            ),
            (Takes::Json(chain()), object(&SHEET)),
            post(begin),
        ),
        operation(
            "post",
            (
                "/orders/{number}/recall/{revision}/carry",
                "Goes over to another chain or to its newest version; what is noted of its units stays.",
            ),
            (Takes::Json(chain()), object(&SHEET)),
            post(carry),
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

async fn carry(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(Begin { chain }): Body<Begin>,
) -> Answer<SheetView> {
    note(&web, &caller, &address, SheetNote::Carry { chain }).await
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
