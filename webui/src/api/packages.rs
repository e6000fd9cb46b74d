//! What is delivered of an order: what each profile lacks, packages, their discs and files, the cover.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use mastering::{Command, PackageCommand};
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{AudioKey, PackageAsked, PackagesView};

use super::ApiTrouble;
use super::audio::send;
use super::caller::{Address, Body, Caller, streamed};
use super::commands::operation;
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::Web;
use crate::disposition::Manner;
use crate::files::picture;
use crate::upload::bare_name;

fn view() -> Value {
    object(&[
        (
            "profiles",
            "object[]",
            "What could be made: `name`, `title`, `formats` with what each lacks, `missing`, `said`, `is_complete`; for the studio alone.",
        ),
        (
            "bad_profiles",
            "object[]",
            "Files of profiles that cannot be read: `file`, `why`.",
        ),
        (
            "editions",
            "string[]",
            "The editions of the approved programme.",
        ),
        (
            "packages",
            "object[]",
            "What was asked for, newest first, with files, checksums, report, and discs as a plant reads them.",
        ),
        ("waits_for?", "string", "What handing over waits for."),
        ("cover?", "object", "The cover."),
    ])
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = made_up();
    all.extend(beside());
    all.extend(commands());
    all
}

fn seq() -> Gives {
    Gives::Json(object(&[("seq", "integer", "The journal's number now.")]))
}

fn made_up() -> Vec<Operation> {
    const ADDRESS: &str = "/orders/{number}/packages";
    vec![
        for_visitors(
            (
                "get",
                ADDRESS,
                "Says what is missing for each recipient, and what was made.",
            ),
            Takes::Nothing,
            Gives::Json(view()),
            get(show),
        ),
        for_visitors(
            (
                "post",
                ADDRESS,
                "Has the approved order made up by a profile for which nothing is missing.",
            ),
            Takes::Json(object(&[
                ("profile", "string", "The profile's name."),
                (
                    "edition?",
                    "string",
                    "The edition of the approved programme; all of it where none is named.",
                ),
                (
                    "way?",
                    "string",
                    "`fetched` from the portal, which is the usual, or `posted` too.",
                ),
                ("key?", "string", "Makes sending it twice count once."),
            ])),
            seq(),
            post(ask),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/packages/{package}/files/{file}",
                "A package's file by its place among them, from 1; 0 for all of them as a ZIP.",
            ),
            Takes::Nothing,
            Gives::Audio,
            get(file),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/packages/{package}/discs/{disc}",
                "A disc of a package as a plant plays it, from 1: its image as a WAV.",
            ),
            Takes::Nothing,
            Gives::Audio,
            get(disc),
        ),
    ]
}

/// What is said of the release, and its cover.
fn beside() -> Vec<Operation> {
    vec![
        for_visitors(
            (
                "get",
                "/orders/{number}/release/file",
                "What the order says of its release, in the form of `config/release.toml`.",
            ),
            Takes::Nothing,
            Gives::Text,
            get(release_file),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/covers/{file_name}",
                "Brings the cover, JPEG or PNG. The body is the file.",
            ),
            Takes::File,
            seq(),
            post(keep_cover),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/cover",
                "The cover as it is shown: a JPEG that Lacquer made of it.",
            ),
            Takes::Nothing,
            Gives::File("image/jpeg"),
            get(cover),
        ),
    ]
}

fn commands() -> Vec<Operation> {
    let no = ("no", "integer", "The package's number in the order.");
    vec![
        operation(
            "/orders/{number}/release-package",
            "Releases a package for production.",
            &[no, ("name", "string", "Whose signature it is.")],
            |given| {
                let Released { no, name } = given.read()?;
                Ok(Command::Package(PackageCommand::Release { no, by: name }))
            },
        ),
        operation(
            "/orders/{number}/post-package",
            "Notes that a package is in the post.",
            &[
                no,
                ("carrier", "string", "Who carries it."),
                ("tracking", "string", "By which number it is followed."),
            ],
            |given| {
                let Posted {
                    no,
                    carrier,
                    tracking,
                } = given.read()?;
                let by = given.name.clone();
                Ok(Command::Package(PackageCommand::Post {
                    no,
                    carrier,
                    tracking,
                    by,
                }))
            },
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Released {
    no: u32,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    no: u32,
    carrier: String,
    tracking: String,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(flatten)]
    package: PackageAsked,
    #[serde(default)]
    key: Option<String>,
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<PackagesView>, ApiTrouble> {
    let view = web.studio.packages(&caller.visitor, address.number()?);
    Ok(Json(view.await?))
}

async fn ask(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    body: Body<Asked>,
) -> Result<Json<Value>, ApiTrouble> {
    let Asked { package, key } = body.0;
    let seq = web
        .studio
        .ask_package(&caller.visitor, address.number()?, package, key);
    Ok(Json(json!({ "seq": seq.await? })))
}

async fn file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = AudioKey::PackageFile {
        package: address.read("package")?,
        file: address.read("file")?,
    };
    send(&web, (&caller, &address), key, &headers, Manner::Attachment).await
}

async fn disc(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let key = AudioKey::PackageDisc {
        package: address.read("package")?,
        disc: address.read("disc")?,
    };
    send(&web, (&caller, &address), key, &headers, Manner::Inline).await
}

async fn release_file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<String, ApiTrouble> {
    let toml = web.studio.release_toml(&caller.visitor, address.number()?);
    Ok(toml.await?)
}

async fn keep_cover(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    request: Request,
) -> Result<Json<Value>, ApiTrouble> {
    let name = bare_name(address.text("file_name"))?;
    let body = streamed(request);
    let kept = web
        .studio
        .keep_cover(&caller.visitor, address.number()?, &name, body);
    Ok(Json(json!({ "seq": kept.await? })))
}

async fn cover(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let made = web.studio.cover(&caller.visitor, address.number()?);
    Ok(picture(made.await?))
}
