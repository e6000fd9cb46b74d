//! What goes along with an order's sound: cover, booklet, videos, and what people say of them.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use mastering::{AttachmentCommand, AttachmentKind, Command, TickPoint, TrackId};
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{AttachmentsView, AudioKey, NewAttachment};

use super::ApiTrouble;
use super::audio::send;
use super::caller::{Address, Caller, streamed};
use super::commands::operation;
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::Web;
use crate::disposition::Manner;
use crate::upload::bare_name;

fn view() -> Value {
    object(&[
        (
            "cover?",
            "object",
            "The cover: `cover`, `findings`, `points` of its tick list.",
        ),
        (
            "booklet?",
            "object",
            "The booklet: its file, what was `read` of it, what it is (`told`), `points` of its tick list, what it `lacks`.",
        ),
        (
            "songs",
            "object[]",
            "Each `song` with its `title` and its `video`.",
        ),
        (
            "proposed",
            "object[]",
            "What came in the dropbox and waits to be taken or set aside: its `no`, what it may be (`is`), `file_name`, `bytes`, `by` whom, `at`.",
        ),
    ])
}

fn seq() -> Gives {
    Gives::Json(object(&[("seq", "integer", "The journal's number now.")]))
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![
        for_visitors(
            (
                "get",
                "/orders/{number}/attachments",
                "Says what was found in cover, booklet and videos, and what people said of them.",
            ),
            Takes::Nothing,
            Gives::Json(view()),
            get(show),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/booklets/{file_name}",
                "Brings the booklet, a PDF. The body is the file.",
            ),
            Takes::File,
            seq(),
            post(keep_booklet),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/videos/{song}/{file_name}",
                "Brings a video of a song, a QuickTime film of 6 GB at most. The body is the file.",
            ),
            Takes::File,
            seq(),
            post(keep_video),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/attachments/{attachment}/file",
                "A booklet or a video as it was sent.",
            ),
            Takes::Nothing,
            Gives::Audio,
            get(file),
        ),
    ];
    all.extend(commands());
    all.extend(looked_at());
    all
}

/// What is delivered, and by which code.
fn commands() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/attach",
            "Takes a booklet or a video that came in the dropbox among what is delivered; it is read afterwards.",
            &[
                ("no", "integer", "Its number in the order."),
                ("song?", "string", "The id of the song that a video is of."),
            ],
            |given| {
                let Attached { no, song } = given.read()?;
                let by = given.name.clone();
                let take = AttachmentCommand::Take { no, song, by };
                Ok(Command::Attachment(take))
            },
        ),
        operation(
            "/orders/{number}/code-video",
            "Says a video's own ISRC, which is never its recording's.",
            &[
                ("no", "integer", "The video's number in the order."),
                ("isrc", "string", "The code; empty takes it away."),
            ],
            |given| {
                let Coded { no, isrc } = given.read()?;
                let by = given.name.clone();
                Ok(Command::Attachment(AttachmentCommand::Code {
                    no,
                    isrc,
                    by,
                }))
            },
        ),
        operation(
            "/orders/{number}/detach",
            "Takes a booklet or a video out of what is delivered, or sets aside one that came in the dropbox. Its file stays with the order.",
            &[("no", "integer", "Its number in the order.")],
            |given| {
                let Detached { no } = given.read()?;
                let by = given.name.clone();
                Ok(Command::Attachment(AttachmentCommand::Remove { no, by }))
            },
        ),
    ]
}

/// What people say of it.
fn looked_at() -> Vec<Operation> {
    let no = (
        "no?",
        "integer",
        "The booklet's or video's number; the cover without one.",
    );
    let point = ("point", "string", "The point's code, as `points` names it.");
    vec![
        operation(
            "/orders/{number}/tick",
            "Says that something is so of the cover, a booklet or a video.",
            &[no, point],
            |given| {
                let Ticked { no, point } = given.read()?;
                let by = given.name.clone();
                let tick = AttachmentCommand::Tick { no, point, by };
                Ok(Command::Attachment(tick))
            },
        ),
        operation(
            "/orders/{number}/untick",
            "Takes that back.",
            &[no, point],
            |given| {
                let Ticked { no, point } = given.read()?;
                let by = given.name.clone();
                let back = AttachmentCommand::TakeBack { no, point, by };
                Ok(Command::Attachment(back))
            },
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ticked {
    #[serde(default)]
    no: Option<u32>,
    point: TickPoint,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attached {
    no: u32,
    #[serde(default)]
    song: Option<TrackId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coded {
    no: u32,
    isrc: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Detached {
    no: u32,
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<AttachmentsView>, ApiTrouble> {
    let view = web.studio.attachments(&caller.visitor, address.number()?);
    Ok(Json(view.await?))
}

async fn keep(
    web: &Web,
    (caller, address): (&Caller, &Address),
    (kind, song): (AttachmentKind, Option<String>),
    request: Request,
) -> Result<Json<Value>, ApiTrouble> {
    let new = NewAttachment {
        kind,
        song,
        file_name: bare_name(address.text("file_name"))?,
    };
    let body = streamed(request);
    let kept = web
        .studio
        .keep_attachment(&caller.visitor, address.number()?, new, body);
    Ok(Json(json!({ "seq": kept.await? })))
}

async fn keep_booklet(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    request: Request,
) -> Result<Json<Value>, ApiTrouble> {
    let booklet = (AttachmentKind::Booklet, None);
    keep(&web, (&caller, &address), booklet, request).await
}

async fn keep_video(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    request: Request,
) -> Result<Json<Value>, ApiTrouble> {
    let song = address.text("song").to_owned();
    let video = (AttachmentKind::Video, Some(song));
    keep(&web, (&caller, &address), video, request).await
}

async fn file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = AudioKey::Attachment(address.read("attachment")?);
    send(&web, (&caller, &address), key, &headers, Manner::Attachment).await
}
