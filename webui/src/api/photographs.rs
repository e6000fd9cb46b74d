//! Photographs on recall sheets, and of the rack's units.

use std::io;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::Stream;
use mastering::{OrderNumber, RevisionNo};
use rack::Unit;
use serde::Deserialize;
use studio::{Denied, NewPhotograph, RackView, SheetNote, SheetView};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller, streamed};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::rack::unit_schema;
use super::schema::object;
use super::sheets::sheet_schema;
use crate::Web;
use crate::files::picture;

pub(super) fn operations() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "post",
                "/orders/{number}/recall/{revision}/photographs/{unit}/{file_name}",
                "Puts a photograph, JPEG or PNG, at a unit of the recall sheet. The body is the file.",
            ),
            Takes::FileAnd(&[("caption", "string", "What it shows.")]),
            Gives::Json(sheet_schema()),
            post(take),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/recall/{revision}/photographs/{photograph}",
                "Gives a photograph of the order's recall sheets by its checksum.",
            ),
            Takes::Nothing,
            Gives::File("image/jpeg"),
            get(show),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/recall/{revision}/take-away",
                "Takes a photograph off the recall sheet; earlier versions keep it.",
            ),
            Takes::Json(object(&[
                ("unit", "string", "The unit's name in the rack."),
                ("photograph", "string", "Its checksum."),
            ])),
            Gives::Json(sheet_schema()),
            post(take_away),
        ),
        for_visitors(
            (
                "post",
                "/rack/photographs/{unit}/{file_name}",
                "Puts a photograph, JPEG or PNG, at a unit of the rack, as the next version of its page. The body is the file.",
            ),
            Takes::FileAnd(&[("caption", "string", "What it shows.")]),
            Gives::Json(unit_schema()),
            post(take_of_unit),
        ),
        for_visitors(
            (
                "get",
                "/rack/units/{unit}/photographs/{photograph}",
                "Gives a photograph of a unit by its checksum.",
            ),
            Takes::Nothing,
            Gives::File("image/jpeg"),
            get(show_of_unit),
        ),
        for_visitors(
            (
                "post",
                "/rack/units/{unit}/take-away",
                "Takes a photograph off a unit's page; earlier versions keep it.",
            ),
            Takes::Json(object(&[("photograph", "string", "Its checksum.")])),
            Gives::Json(unit_schema()),
            post(take_away_of_unit),
        ),
    ]
}

fn place(address: &Address) -> Result<(OrderNumber, RevisionNo), ApiTrouble> {
    let revision = address.text("revision").parse().ok();
    let revision = revision.and_then(|no: u32| RevisionNo::try_from(no).ok());
    Ok((address.number()?, revision.ok_or(Denied::NotFound)?))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Said {
    caption: String,
}

fn sent(
    address: &Address,
    said: Said,
    request: Request,
) -> (NewPhotograph, impl Stream<Item = io::Result<Bytes>> + Unpin) {
    let new = NewPhotograph {
        unit: address.text("unit").to_owned(),
        caption: said.caption,
    };
    (new, streamed(request))
}

async fn take(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(said): Query<Said>,
    request: Request,
) -> Result<Json<SheetView>, ApiTrouble> {
    let (new, body) = sent(&address, said, request);
    let place = place(&address)?;
    let noted = web
        .studio
        .photograph_on_sheet(&caller.visitor, place, new, body);
    Ok(Json(noted.await?))
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let (number, _) = place(&address)?;
    let wanted = address.text("photograph");
    let made = web.studio.photograph(&caller.visitor, number, wanted);
    Ok(picture(made.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    unit: String,
    photograph: String,
}

async fn take_away(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(Gone { unit, photograph }): Body<Gone>,
) -> Result<Json<SheetView>, ApiTrouble> {
    let note = SheetNote::TakeAway { unit, photograph };
    let place = place(&address)?;
    let noted = web.studio.note_on_sheet(&caller.visitor, place, note);
    Ok(Json(noted.await?))
}

async fn take_of_unit(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(said): Query<Said>,
    request: Request,
) -> Result<Json<RackView<Unit>>, ApiTrouble> {
    let (new, body) = sent(&address, said, request);
    let kept = web.studio.photograph_of_unit(&caller.visitor, new, body);
    Ok(Json(kept.await?))
}

async fn show_of_unit(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let (unit, wanted) = (address.text("unit"), address.text("photograph"));
    let made = web.studio.unit_photograph(&caller.visitor, unit, wanted);
    Ok(picture(made.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoneOfUnit {
    photograph: String,
}

async fn take_away_of_unit(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(gone): Body<GoneOfUnit>,
) -> Result<Json<RackView<Unit>>, ApiTrouble> {
    let unit = address.text("unit");
    let kept = web
        .studio
        .take_away_of_unit(&caller.visitor, unit, &gone.photograph);
    Ok(Json(kept.await?))
}
