//! The commands to an order: one address each, decided by the rules.

use axum::Json;
use axum::extract::State;
use axum::routing::post;
use mastering::{Command, CommentOn, RevisionNo};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use studio::{Denied, Submission};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Access, Gives, Operation, Takes};
use super::schema::object;
use crate::{Web, stamp};

/// What a command is read from: its own fields, and who gives it under which key.
pub(super) struct Given {
    fields: Value,
    pub(super) name: String,
    key: String,
}

impl Given {
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Denied> {
        serde_json::from_value(self.fields.clone())
            .map_err(|e| Denied::Invalid(format!("this is not what the command needs: {e}")))
    }
}

pub(super) type Read = fn(&Given) -> Result<Command, Denied>;
pub(super) type Field = (&'static str, &'static str, &'static str);

pub(super) fn operation(
    path: &'static str,
    summary: &'static str,
    fields: &[Field],
    read: Read,
) -> Operation {
    let mut all = fields.to_vec();
    all.push(("seq?", "integer", "The journal's number it was decided on."));
    all.push(("key?", "string", "Makes sending it twice count once."));
    Operation {
        method: "post",
        path,
        summary,
        takes: Takes::Json(object(&all)),
        gives: Gives::Json(object(&[("seq", "integer", "The journal's number now.")])),
        access: Access::Visitor,
        route: post(
            move |State(web): State<Web>,
                  caller: Caller,
                  address: Address,
                  body: Body<Map<String, Value>>| {
                give(web, caller, address, body.0, read)
            },
        ),
    }
}

async fn give(
    web: Web,
    caller: Caller,
    address: Address,
    mut body: Map<String, Value>,
    read: Read,
) -> Result<Json<Value>, ApiTrouble> {
    let seq = match body.remove("seq") {
        None | Some(Value::Null) => None,
        Some(value) => Some(
            value
                .as_u64()
                .ok_or_else(|| Denied::Invalid("seq must be a whole number".to_owned()))?,
        ),
    };
    let key = match body.remove("key") {
        None | Some(Value::Null) => stamp::fresh_key(),
        Some(Value::String(key)) if !key.is_empty() && key.len() <= 200 => key,
        Some(_) => return Err(Denied::Invalid("key must be a short text".to_owned()).into()),
    };
    let given = Given {
        fields: Value::Object(body),
        name: caller.visitor.name().to_owned(),
        key: key.clone(),
    };
    let submission = Submission {
        command: read(&given)?,
        seq,
        key: Some(key),
    };
    let number = address.number()?;
    let seq = web
        .studio
        .submit(&caller.visitor, number, submission)
        .await?;
    Ok(Json(json!({ "seq": seq })))
}

const MIX: Field = ("mix", "string", "The mix's id.");
const TRACK: Field = ("track", "string", "The song's id.");
const REVISION: Field = ("revision", "integer", "The revision's number.");

pub(super) fn operations() -> Vec<Operation> {
    let mut all = about_mixes();
    all.extend(intake());
    all.extend(beside());
    all.extend(work());
    all.extend(comments());
    all.extend(review());
    all
}

fn about_mixes() -> Vec<Operation> {
    let reason = ("reason", "string", "Why.");
    let words = ("words", "string", "What to change.");
    vec![
        operation(
            "/orders/{number}/go-on-with",
            "Goes on with a mix as it came, on record.",
            &[MIX, reason],
            |given| {
                let OfMix { mix, reason, .. } = given.read()?;
                let by = given.name.clone();
                Ok(Command::GoOnWith { mix, by, reason })
            },
        ),
        operation(
            "/orders/{number}/ask-reprint",
            "Asks the client for a new file in place of a mix.",
            &[MIX, words],
            |given| {
                let OfMix { mix, words, .. } = given.read()?;
                Ok(Command::AskReprint { mix, words })
            },
        ),
        operation(
            "/orders/{number}/release-findings",
            "Lets the client read what was found in the mixes.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                let by = given.name.clone();
                Ok(Command::ReleaseFindings { by })
            },
        ),
        operation(
            "/orders/{number}/set-aside",
            "Sets a mix aside.",
            &[MIX],
            |given| {
                let OfMix { mix, .. } = given.read()?;
                Ok(Command::SetAside { mix })
            },
        ),
    ]
}

fn intake() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/print-through",
            "Prints a song through a chain of the rack in the revision being worked on, or renders it.",
            &[
                TRACK,
                (
                    "chain?",
                    "string",
                    "The chain; without it the song is rendered.",
                ),
            ],
            |given| {
                let PrintThrough { track, chain } = given.read()?;
                Ok(Command::PrintThrough { track, chain })
            },
        ),
        operation(
            "/orders/{number}/take-up-mix",
            "Makes a song from another mix in the revision being worked on.",
            &[MIX, TRACK],
            |given| {
                let TakeUp { mix, track } = given.read()?;
                Ok(Command::TakeUpMix { mix, track })
            },
        ),
        operation(
            "/orders/{number}/close-intake",
            "Says that all mixes are there.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                Ok(Command::CloseIntake)
            },
        ),
        operation(
            "/orders/{number}/name-track",
            "Corrects a song's title.",
            &[TRACK, ("title", "string", "Its title.")],
            |given| {
                let Title { track, title } = given.read()?;
                Ok(Command::NameTrack { track, title })
            },
        ),
        operation(
            "/orders/{number}/order-tracks",
            "Puts the songs in order.",
            &[("tracks", "string[]", "Each song's id, once.")],
            |given| {
                let Programme { tracks } = given.read()?;
                Ok(Command::OrderTracks(tracks))
            },
        ),
    ]
}

fn beside() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/name-alternate",
            "Says that a mix goes beside a song.",
            &[
                MIX,
                ("song", "string", "The song's id."),
                (
                    "beside_as",
                    "string",
                    "What it is to the song: `instrumental`, `a_cappella`, `a_cappella_lead`, `a_cappella_backing`, `tv`, `radio` or `stem`.",
                ),
                ("name?", "string", "What it is called; a stem needs it."),
            ],
            |given| {
                let Beside {
                    mix,
                    song,
                    beside_as,
                    name,
                } = given.read()?;
                let by = given.name.clone();
                Ok(Command::NameAlternate {
                    mix,
                    song,
                    role: beside_as,
                    name,
                    by,
                })
            },
        ),
        operation(
            "/orders/{number}/unname-alternate",
            "Takes an alternate away from its song: it is what it came as.",
            &[("track", "string", "The alternate's id.")],
            |given| {
                let Alternate { track } = given.read()?;
                let by = given.name.clone();
                Ok(Command::UnnameAlternate { track, by })
            },
        ),
    ]
}

fn work() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/open-revision",
            "Opens a round of work without the client having asked.",
            &[("reason", "string", "Why.")],
            |given| {
                let Reason { reason } = given.read()?;
                Ok(Command::OpenRevision { reason })
            },
        ),
        operation(
            "/orders/{number}/start-mastering",
            "Makes the masters of the revision being worked on.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                Ok(Command::StartMastering)
            },
        ),
        operation(
            "/orders/{number}/send-reference",
            "Sends the reference to the client.",
            &[REVISION],
            |given| {
                let OfRevision { revision } = given.read()?;
                Ok(Command::SendReference { revision })
            },
        ),
        operation(
            "/orders/{number}/complete",
            "Completes the project.",
            &[],
            |given| {
                let Empty {} = given.read()?;
                Ok(Command::Complete)
            },
        ),
    ]
}

/// What is said about a moment or a passage.
fn comments() -> Vec<Operation> {
    let words = ("words", "string", "The words.");
    let until = (
        "until_ms?",
        "integer",
        "Where the passage ends; none for a moment.",
    );
    let position = (
        "position_ms",
        "integer",
        "Where in the song or on the disc, in milliseconds.",
    );
    vec![
        operation(
            "/orders/{number}/comment",
            "Says something about a moment or a passage of a song.",
            &[REVISION, TRACK, position, until, words],
            |given| {
                let said: Said = given.read()?;
                Ok(Command::Comment {
                    id: stamp::comment_id(&given.key),
                    revision: said.revision,
                    on: CommentOn::Song(said.track),
                    position_ms: said.position_ms,
                    until_ms: said.until_ms,
                    words: said.words,
                    by: given.name.clone(),
                })
            },
        ),
        operation(
            "/orders/{number}/comment-on-record",
            "Says something about a moment or a passage of a disc as it plays: it belongs to the song that sounds there.",
            &[
                REVISION,
                ("disc", "integer", "The disc, from 1."),
                position,
                until,
                words,
            ],
            |given| {
                let said: SaidOnRecord = given.read()?;
                Ok(Command::Comment {
                    id: stamp::comment_id(&given.key),
                    revision: said.revision,
                    on: CommentOn::Disc(said.disc),
                    position_ms: said.position_ms,
                    until_ms: said.until_ms,
                    words: said.words,
                    by: given.name.clone(),
                })
            },
        ),
    ]
}

fn review() -> Vec<Operation> {
    vec![
        operation(
            "/orders/{number}/request-revision",
            "Asks for a revision.",
            &[
                ("words", "string", "What should change."),
                (
                    "topics?",
                    "string[]",
                    "What it is about: `level`, `tone`, `order`, `new_file`, ...",
                ),
            ],
            |given| {
                let Asked { words, topics } = given.read()?;
                Ok(Command::RequestRevision { words, topics })
            },
        ),
        operation(
            "/orders/{number}/approve",
            "Approves the samples of a revision.",
            &[
                REVISION,
                ("name", "string", "The name of whoever approves."),
                (
                    "wording",
                    "string",
                    "The sentence agreed to: the order's `approval_wording`.",
                ),
                (
                    "samples",
                    "object",
                    "The checksum of the samples heard, by song.",
                ),
            ],
            |given| {
                let yes: Yes = given.read()?;
                Ok(Command::Approve {
                    revision: yes.revision,
                    name: yes.name,
                    wording: yes.wording,
                    samples: yes.samples,
                })
            },
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfMix {
    mix: mastering::MixId,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PrintThrough {
    track: mastering::TrackId,
    #[serde(default)]
    chain: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beside {
    mix: mastering::MixId,
    song: mastering::TrackId,
    beside_as: mastering::programme::AlternateRole,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alternate {
    track: mastering::TrackId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TakeUp {
    mix: mastering::MixId,
    track: mastering::TrackId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Title {
    track: mastering::TrackId,
    title: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Programme {
    tracks: Vec<mastering::TrackId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    words: String,
    #[serde(default)]
    topics: std::collections::BTreeSet<mastering::Topic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfRevision {
    revision: RevisionNo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    revision: RevisionNo,
    track: mastering::TrackId,
    position_ms: u64,
    #[serde(default)]
    until_ms: Option<u64>,
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidOnRecord {
    revision: RevisionNo,
    disc: u32,
    position_ms: u64,
    #[serde(default)]
    until_ms: Option<u64>,
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Yes {
    revision: RevisionNo,
    name: String,
    wording: String,
    samples: std::collections::BTreeMap<mastering::TrackId, mastering::SampleSum>,
}
