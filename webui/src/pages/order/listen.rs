//! Everything that sounds: mixes and masters to hear, finals to keep.

use axum::Json;
use axum::extract::{Extension, Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use mastering::RevisionNo;
use serde_json::{Value, json};
use studio::{AudioKey, Denied};

use super::report::param;
use crate::disposition::Manner;
use crate::door::Door;
use crate::serve::Ending;
use crate::trouble::Trouble;
use crate::{Web, audio_body, changes};

type Params = Path<Vec<(String, String)>>;

fn mix_key(params: &[(String, String)]) -> Result<AudioKey, Denied> {
    let mix = param(params, "mix").parse().map_err(|_| Denied::NotFound)?;
    Ok(AudioKey::Mix(mix))
}

fn master_key(params: &[(String, String)]) -> Result<AudioKey, Denied> {
    let number = param(params, "revision").parse::<u32>().ok();
    let revision = number.and_then(|n| RevisionNo::try_from(n).ok());
    Ok(AudioKey::Master {
        revision: revision.ok_or(Denied::NotFound)?,
        track: param(params, "track")
            .parse()
            .map_err(|_| Denied::NotFound)?,
    })
}

fn disc_key(params: &[(String, String)]) -> Result<AudioKey, Denied> {
    let number = param(params, "revision").parse::<u32>().ok();
    let revision = number.and_then(|n| RevisionNo::try_from(n).ok());
    Ok(AudioKey::Disc {
        revision: revision.ok_or(Denied::NotFound)?,
        disc: param(params, "disc")
            .parse()
            .map_err(|_| Denied::NotFound)?,
    })
}

fn final_key(params: &[(String, String)]) -> Result<AudioKey, Denied> {
    Ok(AudioKey::Final {
        track: param(params, "track")
            .parse()
            .map_err(|_| Denied::NotFound)?,
        format: mastering::FinalFormat::of_code(param(params, "format")).ok_or(Denied::NotFound)?,
    })
}

fn package_disc_key(params: &[(String, String)]) -> Result<AudioKey, Denied> {
    let (package, disc) = (param(params, "package"), param(params, "disc"));
    Ok(AudioKey::PackageDisc {
        package: package.parse().map_err(|_| Denied::NotFound)?,
        disc: disc.parse().map_err(|_| Denied::NotFound)?,
    })
}

fn package_file_key(params: &[(String, String)]) -> Result<AudioKey, Denied> {
    let package = param(params, "package");
    let file = param(params, "file");
    Ok(AudioKey::PackageFile {
        package: package.parse().map_err(|_| Denied::NotFound)?,
        file: file.parse().map_err(|_| Denied::NotFound)?,
    })
}

/// What a player must know before it asks for samples: where they lie in the file, how loud they
/// are, and their outline.
pub(crate) async fn sheet(
    web: &Web,
    visitor: &studio::Visitor,
    number: mastering::OrderNumber,
    key: &AudioKey,
) -> Result<Value, Denied> {
    let file = web.studio.audio_facts(visitor, number, key).await?;
    let overview = web.studio.overview(visitor, number, key).await?;
    let wav = file.wav.as_ref().map(|wav| {
        json!({
            "data_offset": wav.data_offset,
            "data_bytes": wav.data_bytes,
            "rate_hz": wav.rate_hz,
            "channels": wav.channels,
            "sample": wav.sample,
        })
    });
    Ok(json!({
        "bytes": file.bytes,
        "etag": file.etag,
        "loudness_lufs": file.loudness,
        "wav": wav,
        "overview": overview,
    }))
}

pub(super) async fn send(
    web: &Web,
    door: &Door,
    key: Result<AudioKey, Denied>,
    headers: &HeaderMap,
    manner: Manner,
) -> Result<Response, Trouble> {
    let key = key.map_err(|denied| door.trouble(denied))?;
    let file = web.studio.audio(&door.visitor, door.number, &key).await;
    let file = file.map_err(|denied| door.trouble(denied))?;
    Ok(audio_body::send(file, headers, manner))
}

pub(super) async fn mix(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    send(&web, &door, mix_key(&params), &headers, Manner::Inline).await
}

pub(super) async fn master(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    send(&web, &door, master_key(&params), &headers, Manner::Inline).await
}

pub(super) async fn disc(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    send(&web, &door, disc_key(&params), &headers, Manner::Inline).await
}

pub(super) async fn final_file(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let key = final_key(&params);
    send(&web, &door, key, &headers, Manner::Attachment).await
}

async fn show_sheet(
    web: &Web,
    door: &Door,
    key: Result<AudioKey, Denied>,
) -> Result<Json<Value>, Trouble> {
    let key = key.map_err(|denied| door.trouble(denied))?;
    let sheet = sheet(web, &door.visitor, door.number, &key).await;
    sheet.map(Json).map_err(|denied| door.trouble(denied))
}

pub(super) async fn mix_sheet(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
) -> Result<Json<Value>, Trouble> {
    show_sheet(&web, &door, mix_key(&params)).await
}

pub(super) async fn master_sheet(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
) -> Result<Json<Value>, Trouble> {
    show_sheet(&web, &door, master_key(&params)).await
}

pub(super) async fn disc_sheet(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
) -> Result<Json<Value>, Trouble> {
    show_sheet(&web, &door, disc_key(&params)).await
}

pub(super) async fn package_sheet(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
) -> Result<Json<Value>, Trouble> {
    show_sheet(&web, &door, package_disc_key(&params)).await
}

pub(super) async fn package_disc(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let key = package_disc_key(&params);
    send(&web, &door, key, &headers, Manner::Inline).await
}

pub(super) async fn package_file(
    State(web): State<Web>,
    door: Door,
    Path(params): Params,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let key = package_file_key(&params);
    send(&web, &door, key, &headers, Manner::Attachment).await
}

pub(super) async fn changes(
    State(web): State<Web>,
    door: Door,
    ending: Option<Extension<Ending>>,
) -> Response {
    let ending = ending.map(|Extension(ending)| ending);
    changes::follow(web, door.visitor, ending).into_response()
}
