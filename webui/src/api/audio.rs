//! Audio, its outlines, finals, and uploads.

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use mastering::RevisionNo;
use serde::Deserialize;
use serde_json::Value;
use studio::{AudioKey, Denied};

use super::ApiTrouble;
use super::caller::{Address, Caller, streamed};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::disposition::Manner;
use crate::upload::{self, Folder};
use crate::{Web, audio_body, pages};

fn reading(
    path: &'static str,
    summary: &'static str,
    gives: Gives,
    route: axum::routing::MethodRouter<Web>,
) -> Operation {
    Operation {
        method: "get",
        path,
        summary,
        takes: Takes::Nothing,
        gives,
        access: Access::Visitor,
        route,
    }
}

pub(super) fn operations() -> Vec<Operation> {
    let sheet = || {
        Gives::Json(object(&[
            ("bytes", "integer", "The file's size."),
            ("etag", "string", "The file's checksum."),
            ("loudness_lufs?", "number", "Integrated loudness."),
            (
                "wav?",
                "object",
                "Where the samples lie, and how they are written.",
            ),
            (
                "overview",
                "object",
                "The waveform's outline: `bins`, `duration_seconds`.",
            ),
        ]))
    };
    vec![
        reading(
            "/orders/{number}/audio/mixes/{mix}",
            "The decoded mix.",
            Gives::Audio,
            get(mix),
        ),
        reading(
            "/orders/{number}/audio/masters/{revision}/{track}",
            "A song's master at a revision.",
            Gives::Audio,
            get(master),
        ),
        reading(
            "/orders/{number}/audio/discs/{revision}/{disc}",
            "A disc of a revision's programme as one piece, from 1.",
            Gives::Audio,
            get(disc),
        ),
        reading(
            "/orders/{number}/finals/{track}/{format}",
            "A final: `wav24`, `wav16`, `flac24` or `mp3`.",
            Gives::Audio,
            get(final_file),
        ),
        reading(
            "/orders/{number}/sheets/mixes/{mix}",
            "What a player needs to know of a mix.",
            sheet(),
            get(mix_sheet),
        ),
        reading(
            "/orders/{number}/sheets/masters/{revision}/{track}",
            "What a player needs to know of a master.",
            sheet(),
            get(master_sheet),
        ),
        reading(
            "/orders/{number}/sheets/discs/{revision}/{disc}",
            "What a player needs to know of a disc.",
            sheet(),
            get(disc_sheet),
        ),
        Operation {
            method: "post",
            path: "/orders/{number}/uploads/{file_name}",
            summary: "Drops a file into the client's dropbox, under the order.",
            takes: Takes::File,
            gives: Gives::Nothing,
            access: Access::Visitor,
            route: post(take),
        },
    ]
}

fn mix_key(address: &Address) -> Result<AudioKey, Denied> {
    Ok(AudioKey::Mix(address.read("mix")?))
}

fn master_key(address: &Address) -> Result<AudioKey, Denied> {
    let number: u32 = address.read("revision")?;
    Ok(AudioKey::Master {
        revision: RevisionNo::try_from(number).map_err(|_| Denied::NotFound)?,
        track: address.read("track")?,
    })
}

fn disc_key(address: &Address) -> Result<AudioKey, Denied> {
    let number: u32 = address.read("revision")?;
    Ok(AudioKey::Disc {
        revision: RevisionNo::try_from(number).map_err(|_| Denied::NotFound)?,
        disc: address.read("disc")?,
    })
}

fn final_key(address: &Address) -> Result<AudioKey, Denied> {
    Ok(AudioKey::Final {
        track: address.read("track")?,
        format: mastering::FinalFormat::of_code(address.text("format")).ok_or(Denied::NotFound)?,
    })
}

pub(super) async fn send(
    web: &Web,
    asked: (&Caller, &Address),
    key: AudioKey,
    headers: &HeaderMap,
    manner: Manner,
) -> Result<Response, ApiTrouble> {
    let (caller, address) = asked;
    let number = address.number()?;
    let file = web.studio.audio(&caller.visitor, number, &key).await?;
    Ok(audio_body::send(file, headers, manner))
}

async fn mix(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = mix_key(&address)?;
    send(&web, (&caller, &address), key, &headers, Manner::Inline).await
}

async fn master(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = master_key(&address)?;
    send(&web, (&caller, &address), key, &headers, Manner::Inline).await
}

async fn disc(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = disc_key(&address)?;
    send(&web, (&caller, &address), key, &headers, Manner::Inline).await
}

async fn final_file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = final_key(&address)?;
    send(&web, (&caller, &address), key, &headers, Manner::Attachment).await
}

async fn mix_sheet(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let (number, key) = (address.number()?, mix_key(&address)?);
    let sheet = pages::sheet(&web, &caller.visitor, number, &key).await?;
    Ok(Json(sheet))
}

async fn master_sheet(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let (number, key) = (address.number()?, master_key(&address)?);
    let sheet = pages::sheet(&web, &caller.visitor, number, &key).await?;
    Ok(Json(sheet))
}

async fn disc_sheet(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let (number, key) = (address.number()?, disc_key(&address)?);
    let sheet = pages::sheet(&web, &caller.visitor, number, &key).await?;
    Ok(Json(sheet))
}

#[derive(Deserialize)]
struct Into {
    #[serde(default)]
    folder: String,
}

async fn take(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(into): Query<Into>,
    request: Request,
) -> Result<StatusCode, ApiTrouble> {
    let folder = Folder::read(&into.folder)?;
    let number = address.number()?;
    let body = streamed(request);
    let place = (folder, address.text("file_name"));
    upload::take(&web, &caller.visitor, number, place, body).await?;
    Ok(StatusCode::NO_CONTENT)
}
