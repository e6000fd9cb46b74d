//! Photographs on recall sheets.

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::TryStreamExt as _;
use mastering::{OrderNumber, RevisionNo};
use serde::Deserialize;
use studio::{Denied, NewPhotograph, SheetNote, SheetView};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::rack::sheet_schema;
use super::schema::object;
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

async fn take(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(said): Query<Said>,
    request: Request,
) -> Result<Json<SheetView>, ApiTrouble> {
    let new = NewPhotograph {
        unit: address.text("unit").to_owned(),
        caption: said.caption,
    };
    let body = request.into_body().into_data_stream();
    let body = body.map_err(std::io::Error::other);
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
