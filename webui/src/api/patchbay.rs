//! The patchbay: the audio server and the cards as they are, and the connections that are to stand.

use axum::Json;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::Value;
use studio::PatchbayView;

use super::ApiTrouble;
use super::caller::{Body, Caller};
use super::operation::{Gives, Operation, Takes, for_visitors};
use super::schema::object;
use crate::serve::Ending;
use crate::{Web, hardware};

fn board() -> Value {
    object(&[
        (
            "version",
            "object",
            "Moves with every change but those of levels and load.",
        ),
        (
            "server",
            "object",
            "The audio server: state, rate_hz, period_frames, load_percent, xruns, words.",
        ),
        ("ports", "object[]", "Its ports, with levels and units."),
        ("connections", "object[]", "The connections that stand."),
        ("wanted", "object[]", "The connections that are to stand."),
        (
            "missing",
            "object[]",
            "Ports that units name and that are not there.",
        ),
        ("cards", "object[]", "Sound cards: streams, mixer, clock."),
        (
            "card_faults",
            "string[]",
            "What could not be read of cards.",
        ),
        ("happened", "object[]", "What happened, newest first."),
    ])
}

fn ends() -> Takes {
    Takes::Json(object(&[
        (
            "from",
            "string",
            "Full name of the port that sound comes out of.",
        ),
        ("to", "string", "Full name of the port that it goes into."),
    ]))
}

pub(super) fn operations() -> Vec<Operation> {
    let change = |path, summary, route| {
        let gives = Gives::Json(board());
        for_visitors(("post", path, summary), ends(), gives, route)
    };
    vec![
        for_visitors(
            (
                "get",
                "/patchbay",
                "Gives the audio server, its ports and connections, and the cards.",
            ),
            Takes::Nothing,
            Gives::Json(board()),
            get(show),
        ),
        for_visitors(
            (
                "get",
                "/patchbay/live",
                "Streams levels and load, and tells when the patchbay is to be asked for again.",
            ),
            Takes::Nothing,
            Gives::Events,
            get(live),
        ),
        change(
            "/patchbay/wanted",
            "Wants a connection to stand whenever both of its ports are there.",
            post(want),
        ),
        change(
            "/patchbay/unwanted",
            "Wants a connection no more; somebody else's is left as it is.",
            post(unwant),
        ),
        change(
            "/patchbay/again",
            "Makes a wanted connection again that somebody took apart.",
            post(again),
        ),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    from: String,
    to: String,
}

impl Ends {
    fn names(&self) -> (&str, &str) {
        (&self.from, &self.to)
    }
}

type Answer = Result<Json<PatchbayView>, ApiTrouble>;

async fn now(web: &Web, caller: &Caller) -> Answer {
    Ok(Json(web.studio.patchbay(&caller.visitor).await?))
}

async fn show(State(web): State<Web>, caller: Caller) -> Answer {
    now(&web, &caller).await
}

async fn live(
    State(web): State<Web>,
    caller: Caller,
    ending: Option<Extension<Ending>>,
) -> Result<Response, ApiTrouble> {
    let ending = ending.map(|Extension(ending)| ending);
    Ok(hardware::follow(web, caller.visitor, ending)?.into_response())
}

async fn want(State(web): State<Web>, caller: Caller, Body(ends): Body<Ends>) -> Answer {
    let studio = &web.studio;
    studio
        .want_connection(&caller.visitor, ends.names())
        .await?;
    now(&web, &caller).await
}

async fn unwant(State(web): State<Web>, caller: Caller, Body(ends): Body<Ends>) -> Answer {
    let studio = &web.studio;
    studio
        .unwant_connection(&caller.visitor, ends.names())
        .await?;
    now(&web, &caller).await
}

async fn again(State(web): State<Web>, caller: Caller, Body(ends): Body<Ends>) -> Answer {
    web.studio
        .connect_again(&caller.visitor, ends.names())
        .await?;
    now(&web, &caller).await
}
