//! The programme of an order: order, gaps, fades, segues and edits of its songs, and the versions that they are in.

use axum::Json;
use axum::extract::{FromRequest, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use mastering::programme::{BalanceLimits, LoudnessBy, Programme};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use studio::{
    BalanceAsked, Denied, EditHeard, ProgrammeBalance, ProgrammeSent, ProgrammeView, SetUpon,
    Transition,
};

use super::ApiTrouble;
use super::caller::{Address, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::disposition::Manner;
use crate::view::balance_picture;
use crate::{Web, audio_body, stamp};

/// What is heard before and behind a boundary where nobody says how much.
const AROUND_MS: u32 = 5_000;
/// The same for an edit.
const AROUND_EDIT_MS: u32 = 2_000;

fn view() -> Value {
    object(&[
        (
            "seq",
            "integer",
            "The journal's number that it was read at.",
        ),
        ("revision", "integer", "The revision that it belongs to."),
        (
            "stands",
            "string",
            "Tells this programme of this revision from any other.",
        ),
        (
            "standing",
            "string",
            "`open` (it can be changed), `made` (the same, and it was put together) or `closed`.",
        ),
        (
            "programme",
            "object",
            "As a programme's file has it: title, artist, gap, grid, disc with track; a song is named by its id \
             (`track`), with the number of its `version`.",
        ),
        (
            "songs",
            "object[]",
            "The order's songs: track, title, versions, version, findings, comments.",
        ),
        (
            "names",
            "string[]",
            "What an edit that replaces, or room tone, can name.",
        ),
        (
            "discs",
            "object[]",
            "Where everything lies, in seconds; of each song the version, the advisory and the questions that its edits make; \
             loudness_lufs once a second where it was put together; of a side of a record what its length costs.",
        ),
        (
            "faults",
            "object[]",
            "All that is wrong: disc, track, at, words.",
        ),
        ("refusal?", "string", "Why it cannot be set now."),
    ])
}

fn sent() -> Value {
    object(&[
        (
            "programme",
            "object",
            "All of it, as it was given; or send a file as application/toml.",
        ),
        ("seq?", "integer", "The journal's number it was decided on."),
        (
            "stood?",
            "string",
            "`stands` of the programme that it replaces: another one is not overwritten (409).",
        ),
        ("key?", "string", "Makes sending it twice count once."),
    ])
}

fn balance_told() -> Value {
    object(&[
        (
            "by",
            "string",
            "What was compared: `integrated`, `short_term` or `range_top`.",
        ),
        (
            "limits",
            "object",
            "How far it goes: gain_db, tilt_db, ceiling_dbtp.",
        ),
        (
            "songs",
            "object[]",
            "The songs as they stand, in order: title, integrated_lufs, max_short_term_lufs, range_top_lufs, true_peak_dbtp, \
             brightness_db, and octaves (its lower end in hertz, its level in dBFS).",
        ),
        (
            "steps",
            "object[]",
            "What each would be moved by: title, gain_db, tilt_db (on top of what it has), left_lu (how much louder than the \
             anchor it would still be), reasons.",
        ),
        ("whole_lufs?", "number", "All of them played in order."),
        (
            "shops",
            "object[]",
            "What each shop does: shop, songs_db (each song alone), album_db (all of them, in order; none where it turns songs only).",
        ),
        (
            "picture",
            "string",
            "All songs side by side as an SVG: loudness, where each would go, spectrum.",
        ),
    ])
}

pub(super) fn operations() -> Vec<Operation> {
    const ADDRESS: &str = "/orders/{number}/programme";
    let mut operations = vec![
        for_visitors(
            (
                "get",
                ADDRESS,
                "Gives the programme as it stands, and where everything lies.",
            ),
            Takes::Nothing,
            Gives::Json(view()),
            get(show),
        ),
        for_visitors(
            (
                "put",
                ADDRESS,
                "Sets the programme of the revision being worked on.",
            ),
            Takes::Json(sent()),
            Gives::Json(object(&[("seq", "integer", "The journal's number now.")])),
            put(set),
        ),
        for_visitors(
            (
                "get",
                "/orders/{number}/programme/file",
                "Gives it as the file that `lacquer album` takes.",
            ),
            Takes::Nothing,
            Gives::Text,
            get(file),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/programme/check",
                "Says what would be if a programme were set; nothing is kept.",
            ),
            Takes::Json(sent()),
            Gives::Json(view()),
            post(check),
        ),
    ];
    operations.extend(heard());
    operations
}

/// What is heard and weighed before it is final.
fn heard() -> Vec<Operation> {
    const BALANCE: &str = "/orders/{number}/programme/balance/{anchor}";
    vec![
        for_visitors(
            (
                "post",
                "/orders/{number}/programme/transition/{disc}/{place}",
                "Plays where a track of a programme begins: the last seconds before it, the gap, its first; `around_ms` in the \
                 address says how much, 5000 where it does not.",
            ),
            Takes::Json(sent()),
            Gives::File("audio/wav"),
            post(transition),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/programme/edit/{disc}/{place}/{edit}",
                "Plays an edit of a programme's track as it will be, from a little before it to a little behind it (`around_ms` in \
                 the address, 2000 where it does not say); the header `lacquer-joined` says how its ends are joined.",
            ),
            Takes::Json(sent()),
            Gives::File("audio/wav"),
            post(edit),
        ),
        for_visitors(
            (
                "get",
                BALANCE,
                "Proposes what each song would be moved by to be as loud as one of them, by its place from 1 (`by` in the address \
                 says by what, `integrated` where it does not; `gain_db` and `tilt_db` how far, 1.5 and 0.5 where they do not), and \
                 says what shops make of them. A song's column in the picture is `column_px` wide, from 84 to 180.",
            ),
            Takes::Nothing,
            Gives::Json(balance_told()),
            get(balance),
        ),
        for_visitors(
            (
                "post",
                BALANCE,
                "The same for a programme that need not be set; nothing is kept.",
            ),
            Takes::Json(sent()),
            Gives::Json(balance_told()),
            post(balance_of),
        ),
    ]
}

/// A programme that was sent, as JSON or as a file.
struct Sent {
    programme: ProgrammeSent,
    seq: Option<u64>,
    stood: Option<String>,
    key: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AsJson {
    programme: Box<Programme>,
    #[serde(default)]
    seq: Option<u64>,
    #[serde(default)]
    stood: Option<String>,
    #[serde(default)]
    key: Option<String>,
}

impl FromRequest<Web> for Sent {
    type Rejection = ApiTrouble;

    async fn from_request(request: Request, web: &Web) -> Result<Self, ApiTrouble> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|v| v.to_str().ok()).unwrap_or("");
        let kind = kind.split(';').next().unwrap_or("").trim().to_owned();
        let bytes = bytes::Bytes::from_request(request, web).await;
        let bytes = bytes.map_err(|_| unreadable("the body could not be read"))?;
        if kind.eq_ignore_ascii_case("application/toml") {
            let text = std::str::from_utf8(&bytes).map_err(|e| unreadable(&e.to_string()))?;
            return Ok(Self {
                programme: ProgrammeSent::Toml(text.to_owned()),
                seq: None,
                stood: None,
                key: None,
            });
        }
        // A foreign page can send a form, but neither of the two without being asked first.
        if !kind.eq_ignore_ascii_case("application/json") {
            return Err(ApiTrouble::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                "Send JSON, or a programme's file with the content type application/toml.",
            ));
        }
        let sent: AsJson =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(&error.to_string()))?;
        Ok(Self {
            programme: ProgrammeSent::Data(sent.programme),
            seq: sent.seq,
            stood: sent.stood,
            key: sent.key,
        })
    }
}

fn unreadable(why: &str) -> ApiTrouble {
    Denied::Invalid(format!("this is no programme: {why}")).into()
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<ProgrammeView>, ApiTrouble> {
    let number = address.number()?;
    Ok(Json(web.studio.programme(&caller.visitor, number).await?))
}

async fn set(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    sent: Sent,
) -> Result<Json<Value>, ApiTrouble> {
    let number = address.number()?;
    let key = sent.key.filter(|key| !key.is_empty() && key.len() <= 200);
    let given = SetUpon {
        seq: sent.seq,
        stood: sent.stood,
        key: Some(key.unwrap_or_else(stamp::fresh_key)),
    };
    let seq = web
        .studio
        .set_programme(&caller.visitor, number, sent.programme, given)
        .await?;
    Ok(Json(json!({ "seq": seq })))
}

async fn file(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Response, ApiTrouble> {
    let number = address.number()?;
    let text = web.studio.programme_toml(&caller.visitor, number).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

async fn check(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    sent: Sent,
) -> Result<Json<ProgrammeView>, ApiTrouble> {
    let number = address.number()?;
    let tried = web
        .studio
        .try_programme(&caller.visitor, number, sent.programme)
        .await?;
    Ok(Json(tried))
}

#[derive(Deserialize)]
struct Around {
    #[serde(default)]
    around_ms: Option<u32>,
}

async fn transition(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(around): Query<Around>,
    sent: Sent,
) -> Result<Response, ApiTrouble> {
    let at = Transition {
        disc: address.read("disc")?,
        track: address.read("place")?,
        around_ms: around.around_ms.unwrap_or(AROUND_MS),
    };
    let number = address.number()?;
    let file = web
        .studio
        .hear_transition(&caller.visitor, number, sent.programme, at)
        .await?;
    Ok(audio_body::send(file, &HeaderMap::new(), Manner::Inline))
}

async fn edit(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(around): Query<Around>,
    sent: Sent,
) -> Result<Response, ApiTrouble> {
    let at = EditHeard {
        disc: address.read("disc")?,
        track: address.read("place")?,
        edit: address.read("edit")?,
        around_ms: around.around_ms.unwrap_or(AROUND_EDIT_MS),
    };
    let number = address.number()?;
    let heard = web
        .studio
        .hear_edit(&caller.visitor, number, sent.programme, at)
        .await?;
    let joined = HeaderValue::from_str(&heard.joined).ok();
    let mut response = audio_body::send(heard.file, &HeaderMap::new(), Manner::Inline);
    let joined = joined.map(|words| (HeaderName::from_static("lacquer-joined"), words));
    response.headers_mut().extend(joined);
    Ok(response)
}

#[derive(Deserialize)]
struct By {
    #[serde(default)]
    by: Option<LoudnessBy>,
    #[serde(default)]
    gain_db: Option<f64>,
    #[serde(default)]
    tilt_db: Option<f64>,
    #[serde(default)]
    column_px: f64,
}

impl By {
    fn asked(&self, anchor: usize) -> BalanceAsked {
        let usual = BalanceLimits::default();
        BalanceAsked {
            anchor,
            by: self.by.unwrap_or(LoudnessBy::Integrated),
            limits: BalanceLimits {
                gain_db: self.gain_db.unwrap_or(usual.gain_db),
                tilt_db: self.tilt_db.unwrap_or(usual.tilt_db),
                ..usual
            },
        }
    }
}

/// A proposal with its picture.
#[derive(Serialize)]
struct BalanceSeen {
    #[serde(flatten)]
    balance: ProgrammeBalance,
    picture: String,
}

async fn balance(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(by): Query<By>,
) -> Result<Json<BalanceSeen>, ApiTrouble> {
    weighed(&web, &caller, &address, (by, None)).await
}

async fn balance_of(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Query(by): Query<By>,
    sent: Sent,
) -> Result<Json<BalanceSeen>, ApiTrouble> {
    weighed(&web, &caller, &address, (by, Some(sent.programme))).await
}

async fn weighed(
    web: &Web,
    caller: &Caller,
    address: &Address,
    (by, given): (By, Option<ProgrammeSent>),
) -> Result<Json<BalanceSeen>, ApiTrouble> {
    let (number, anchor) = (address.number()?, address.read("anchor")?);
    let asked = by.asked(anchor);
    let balance = web
        .studio
        .programme_balance(&caller.visitor, number, given, asked)
        .await?;
    let picture = balance_picture(&balance, anchor, by.column_px);
    Ok(Json(BalanceSeen { balance, picture }))
}
