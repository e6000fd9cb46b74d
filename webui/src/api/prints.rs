//! The queue of prints through hardware.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post, put};
use mastering::RevisionNo;
use serde::Deserialize;
use serde_json::{Value, json};
use studio::{Denied, Power, PrintKind, PrintQueueView, PrintView, Right};

use super::ApiTrouble;
use super::caller::{Address, Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::disposition::Manner;
use crate::pages::prints::read_answer;
use crate::{Web, audio_body};

const PRINT: [(&str, &str, &str); 19] = [
    ("no", "integer", "Its number."),
    ("kind", "string", "`song`, `reference` or `recall`."),
    ("order", "string", "The order's number."),
    ("title", "string", "The order's title."),
    ("revision", "integer", "The revision."),
    ("track", "string", "The song's id."),
    ("song", "string", "The song's title."),
    ("chain", "string", "The chain, by the rack's name."),
    (
        "state",
        "string",
        "`queued`, `running`, `asks`, `done` or `stopped`.",
    ),
    (
        "waits",
        "string",
        "Why it does not run; empty where nothing is in its way.",
    ),
    ("until", "integer", "Not before this, or null."),
    ("phase", "string", "What is being done with it now."),
    ("share", "number", "How much of that is done, from 0 to 1."),
    (
        "asks",
        "string",
        "What it asks of a person; empty where it asks nothing.",
    ),
    ("steps", "string[]", "What is to be done at the rack."),
    ("answers", "object[]", "What may be said to it now."),
    (
        "certificates",
        "object[]",
        "What was measured of the units for it.",
    ),
    ("takes", "object[]", "Its takes, with what slipped in them."),
    ("outcome", "string", "What it came to."),
];

fn queue() -> Value {
    object(&[
        ("holds", "string", "Why nothing begins now, or null."),
        ("held", "object", "Who asked for the room, or null."),
        ("pause_s", "integer", "Between two prints, in seconds."),
        (
            "units",
            "object[]",
            "Units that warm up, and since when they are on.",
        ),
        ("in_use", "object[]", "Who has which units, or waits."),
        ("waiting", "object[]", "What is not done, oldest first."),
        ("ended", "object[]", "What ended, newest first."),
    ])
}

type Route = axum::routing::MethodRouter<Web>;

fn operation(
    method: &'static str,
    (path, summary): (&'static str, &'static str),
    (takes, gives): (Takes, Value),
    route: Route,
) -> Operation {
    for_visitors((method, path, summary), takes, Gives::Json(gives), route)
}

pub(super) fn operations() -> Vec<Operation> {
    let mut all = reads();
    all.extend(changes());
    all.extend(of_the_queue());
    all
}

fn reads() -> Vec<Operation> {
    let of_order = object(&[
        ("prints", "object[]", "The prints, oldest first."),
        (
            "proofs",
            "object",
            "References and recalls, by revision and song.",
        ),
    ]);
    vec![
        operation(
            "get",
            ("/prints", "Gives the queue of prints through hardware."),
            (Takes::Nothing, queue()),
            get(list),
        ),
        operation(
            "get",
            (
                "/prints/{print}",
                "Gives a print with its certificates, its takes and what was said of it.",
            ),
            (Takes::Nothing, object(&PRINT)),
            get(show),
        ),
        for_visitors(
            (
                "get",
                "/prints/{print}/takes/{take}",
                "Gives a take that slipped or was cut short, as it came back.",
            ),
            Takes::Nothing,
            Gives::Audio,
            get(take),
        ),
        operation(
            "get",
            (
                "/orders/{number}/prints",
                "Gives the prints of an order, its reference passages and its proved recalls.",
            ),
            (Takes::Nothing, of_order),
            get(of_an_order),
        ),
    ]
}

fn changes() -> Vec<Operation> {
    let answered = object(&[
        (
            "answer",
            "string",
            "`set`, `again`, `accept`, `join`, `convert`, `restart_server` or `stop`.",
        ),
        ("take?", "integer", "With `accept`: the take."),
        (
            "join?",
            "integer[]",
            "With `join`: the first take, the second, and the frame, as they are offered.",
        ),
    ]);
    let asked = object(&[
        ("revision", "integer", "The revision."),
        ("song", "string", "The song, by its id or title."),
        ("kind", "string", "`reference` or `recall`."),
    ]);
    vec![
        operation(
            "post",
            (
                "/prints/{print}/answer",
                "Says something to a print: it is set, again, accept a take, join two, convert, stop.",
            ),
            (Takes::Json(answered), object(&PRINT)),
            post(answer),
        ),
        operation(
            "post",
            (
                "/orders/{number}/prints",
                "Asks for the reference passage of a song, or for the proof of a recall.",
            ),
            (Takes::Json(asked), object(&PRINT)),
            post(ask),
        ),
    ]
}

fn of_the_queue() -> Vec<Operation> {
    let why = object(&[("why?", "string", "Why, for whoever looks.")]);
    let seconds = object(&[("seconds", "integer", "How long.")]);
    let switched = object(&[
        ("power", "string", "`on` or `off`."),
        ("minutes?", "integer", "On for so many minutes by now."),
    ]);
    vec![
        operation(
            "post",
            (
                "/prints/hold",
                "Holds the queue: what runs goes on to its end, nothing else begins.",
            ),
            (Takes::Json(why), queue()),
            post(hold),
        ),
        operation(
            "post",
            ("/prints/resume", "Lets the queue go on."),
            (Takes::Nothing, queue()),
            post(resume),
        ),
        operation(
            "put",
            ("/prints/pause", "Sets the pause between two prints."),
            (Takes::Json(seconds), queue()),
            put(pause),
        ),
        operation(
            "put",
            (
                "/rack/units/{unit}/power",
                "Says that a unit is switched on or off, for its warm-up.",
            ),
            (Takes::Json(switched), queue()),
            put(power),
        ),
    ]
}

type Queue = Result<Json<PrintQueueView>, ApiTrouble>;
type Print = Result<Json<PrintView>, ApiTrouble>;

async fn list(State(web): State<Web>, caller: Caller) -> Queue {
    Ok(Json(web.studio.prints(&caller.visitor).await?))
}

async fn show(State(web): State<Web>, caller: Caller, address: Address) -> Print {
    let no = number(&address);
    Ok(Json(web.studio.print(&caller.visitor, no).await?))
}

/// Whoever may not is told that before anything is read of what they sent.
fn must_master(caller: &Caller) -> Result<(), Denied> {
    let may = caller.visitor.may(Right::Master);
    may.then_some(()).ok_or(Denied::NotAllowed)
}

/// A print's number; what cannot be one is of no print, and whoever may not look is told that first.
fn number(address: &Address) -> u64 {
    address.read("print").unwrap_or(0)
}

async fn take(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    headers: HeaderMap,
) -> Result<Response, ApiTrouble> {
    let (print, take) = (number(&address), address.read("take").unwrap_or(0));
    let file = web.studio.take_audio(&caller.visitor, print, take).await?;
    Ok(audio_body::send(file, &headers, Manner::Attachment))
}

async fn of_an_order(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
) -> Result<Json<Value>, ApiTrouble> {
    let number = address.number()?;
    let (prints, proofs) = web.studio.prints_of(&caller.visitor, number).await?;
    Ok(Json(json!({ "prints": prints, "proofs": proofs })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    answer: String,
    #[serde(default)]
    take: Option<u64>,
    #[serde(default)]
    join: Vec<u64>,
}

async fn answer(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(said): Body<Answered>,
) -> Print {
    must_master(&caller)?;
    let numbers: Vec<u64> = said.take.into_iter().chain(said.join).collect();
    let answer = read_answer(&said.answer, &numbers)?;
    let print = web
        .studio
        .answer_print(&caller.visitor, number(&address), answer);
    Ok(Json(print.await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    #[serde(default)]
    why: String,
}

async fn hold(State(web): State<Web>, caller: Caller, Body(said): Body<Why>) -> Queue {
    web.studio.hold_prints(&caller.visitor, &said.why).await?;
    list(State(web), caller).await
}

async fn resume(State(web): State<Web>, caller: Caller) -> Queue {
    web.studio.resume_prints(&caller.visitor).await?;
    list(State(web), caller).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pause {
    seconds: u32,
}

async fn pause(State(web): State<Web>, caller: Caller, Body(said): Body<Pause>) -> Queue {
    let seconds = said.seconds;
    web.studio.pause_prints(&caller.visitor, seconds).await?;
    list(State(web), caller).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switched {
    power: String,
    #[serde(default)]
    minutes: u32,
}

async fn power(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(said): Body<Switched>,
) -> Queue {
    must_master(&caller)?;
    let power = match said.power.as_str() {
        "on" => Power::On {
            minutes: said.minutes,
        },
        "off" => Power::Off,
        _ => return Err(Denied::Invalid("a unit is on or off".to_owned()).into()),
    };
    let unit = address.text("unit");
    web.studio.switch_unit(&caller.visitor, unit, power).await?;
    list(State(web), caller).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    revision: u32,
    song: String,
    kind: String,
}

async fn ask(
    State(web): State<Web>,
    caller: Caller,
    address: Address,
    Body(asked): Body<Asked>,
) -> Print {
    must_master(&caller)?;
    let kind = PrintKind::of_code(&asked.kind)
        .ok_or_else(|| Denied::Invalid("a print is a reference or a recall".to_owned()))?;
    let revision = RevisionNo::try_from(asked.revision).map_err(|_| Denied::NotFound)?;
    let of = (address.number()?, revision);
    let print = web
        .studio
        .ask_for_print(&caller.visitor, of, &asked.song, kind);
    Ok(Json(print.await?))
}
