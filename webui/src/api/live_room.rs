//! The live room: a song through a chain of the rack to the monitors, while an engineer turns knobs.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studio::{Denied, LiveKeep, LiveKept, LiveMoment, LiveView, LiveWord};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::serve::Ending;
use crate::{Web, live_told};

fn room() -> Value {
    object(&[
        (
            "view?",
            "object",
            "The session: order, track, chain, by, standing, words, said, place, rate_hz, latency_frames, run, \
             loop_seconds, source, sources, source_level, heard, listen, is_dimmed, blend_percent, units, stages, \
             patch_steps; missing where nobody has worked live since the start.",
        ),
        (
            "moment?",
            "object",
            "What moves: seconds, levels of source, sends, returns and monitors, short_term_lufs, xruns.",
        ),
    ])
}

fn word() -> Value {
    object(&[
        (
            "say",
            "string",
            "`play`, `stop`, `at`, `loop`, `loop_off`, `hear`, `chain`, `stage`, `unit`, `level`, `listen`, `dim`, \
             `full`, `set`, `trim`, `blend`, `measure`, `open`, `resume`, `end`.",
        ),
        ("seconds?", "number", "With `at`: the place of the song."),
        ("from_seconds?", "number", "With `loop`: its beginning."),
        ("to_seconds?", "number", "With `loop`: its end."),
        ("source?", "integer", "With `hear`: 0 is the programme."),
        (
            "heard?",
            "string",
            "With `chain`, `stage`, `unit`: `processed`, `bypassed` or `difference`.",
        ),
        (
            "stage?",
            "integer",
            "With `stage` and `set`: which, from 1.",
        ),
        ("unit?", "integer", "With `unit` and `trim`: which, from 1."),
        ("level?", "string", "With `level`: `matched` or `as_it_is`."),
        (
            "listen?",
            "string",
            "With `listen`: `stereo`, `mono` or `side`.",
        ),
        (
            "setting?",
            "string",
            "With `set`: the setting, as in a chain's file.",
        ),
        ("band?", "integer", "With `set`: which band, from 1."),
        ("value?", "number", "With `set`: where it goes."),
        ("send_db?", "number", "With `trim`: before the send."),
        ("return_db?", "number", "With `trim`: behind the return."),
        ("percent?", "number", "With `blend`: the chain's share."),
    ])
}

pub(super) fn operations() -> Vec<Operation> {
    let chain = object(&[(
        "chain",
        "string",
        "The chain, by what the rack knows it by.",
    )]);
    vec![
        for_visitors(
            ("get", "/live", "Gives the live room as it is now."),
            Takes::Nothing,
            Gives::Json(room()),
            get(show),
        ),
        for_visitors(
            (
                "get",
                "/live/stream",
                "Streams the live room: `live` when it is another, `moment` as levels and the song's place move.",
            ),
            Takes::Nothing,
            Gives::Events,
            get(stream),
        ),
        for_visitors(
            (
                "post",
                "/orders/{number}/live/{track}",
                "Opens the live room for a song; its units are claimed, and waited for.",
            ),
            Takes::Json(chain),
            Gives::Json(room()),
            post(open),
        ),
        for_visitors(
            ("post", "/live/say", "Says a word to the live session."),
            Takes::Json(word()),
            Gives::Json(room()),
            post(say),
        ),
        for_visitors(
            (
                "post",
                "/live/keep",
                "Keeps what sounds now as a chain of the rack, and prints the song through it where that is asked for.",
            ),
            Takes::Json(keeping()),
            Gives::Json(kept()),
            post(keep),
        ),
    ]
}

fn keeping() -> Value {
    object(&[
        (
            "chain",
            "string",
            "What the rack is to know it by: the session's chain, which gets a new version, or a new name.",
        ),
        (
            "name?",
            "string",
            "What the studio calls it; missing: as before.",
        ),
        (
            "bypassed?",
            "string",
            "`refused` (as long as something is bypassed, nothing is kept) or `left_out`.",
        ),
        ("then?", "string", "`stay` or `print`."),
    ])
}

fn kept() -> Value {
    object(&[
        ("order", "string", "The order's number."),
        ("chain", "string", "The chain."),
        ("version", "integer", "Which version of it."),
        (
            "revision?",
            "integer",
            "The revision that it is printed for.",
        ),
        (
            "words",
            "string",
            "The same in a sentence, with the next step.",
        ),
    ])
}

#[derive(Serialize)]
struct Room {
    #[serde(skip_serializing_if = "Option::is_none")]
    view: Option<LiveView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moment: Option<LiveMoment>,
}

type Answer = Result<Json<Room>, ApiTrouble>;

fn now(web: &Web, caller: &Caller) -> Answer {
    let told = web.studio.live_room(&caller.visitor)?;
    let told = told.borrow().clone();
    web.studio.look_into_live_room(&caller.visitor);
    Ok(Json(Room {
        view: told.as_ref().map(|now| now.view.clone()),
        moment: told.map(|now| now.moment.clone()),
    }))
}

async fn show(State(web): State<Web>, caller: Caller) -> Answer {
    now(&web, &caller)
}

async fn stream(
    State(web): State<Web>,
    caller: Caller,
    ending: Option<Extension<Ending>>,
) -> Result<Response, ApiTrouble> {
    let ending = ending.map(|Extension(ending)| ending);
    Ok(live_told::follow(web, caller.visitor, ending)?.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Through {
    chain: String,
}

async fn open(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(through): Body<Through>,
) -> Answer {
    let number = address.read("number")?;
    let track = address
        .text("track")
        .parse()
        .map_err(|_| Denied::NotFound)?;
    web.studio
        .open_live(&caller.visitor, (number, track), &through.chain)
        .await?;
    now(&web, &caller)
}

async fn say(State(web): State<Web>, caller: Caller, Body(word): Body<LiveWord>) -> Answer {
    web.studio.say_live(&caller.visitor, word).await?;
    now(&web, &caller)
}

async fn keep(
    State(web): State<Web>,
    caller: Caller,
    Body(keep): Body<LiveKeep>,
) -> Result<Json<LiveKept>, ApiTrouble> {
    Ok(Json(web.studio.keep_live(&caller.visitor, keep).await?))
}
