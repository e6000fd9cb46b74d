//! Help about one order.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::Web;
use crate::door::Door;
use crate::form::Posted;
use crate::pages::draw;
use crate::pages::help::{HelpPage, Sent, general, of_order, outcome};
use crate::trouble::{Trouble, status_of};
use crate::view::Frame;

async fn page(
    web: &Web,
    door: &Door,
    (sent, refusal, words): (Sent, String, String),
) -> Result<HelpPage, Trouble> {
    let order = door.order(web).await?;
    let mut answers = of_order(&order, &door.base);
    answers.extend(general());
    Ok(HelpPage {
        frame: if door.base.starts_with("/p/") {
            Frame::by_link(&door.visitor, &door.base)
        } else {
            Frame::of(&door.visitor, door.secret(), "orders")
        },
        number: door.number.to_string(),
        base: door.base.clone(),
        answers,
        may_ask: !door.visitor.is_staff(),
        token: door.token("help"),
        sent,
        refusal,
        words,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    let page = page(&web, &door, (Sent::No, String::new(), String::new()));
    draw(&page.await?)
}

pub(super) async fn ask(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let words = posted.fields.get("words");
    let (visitor, number) = (&door.visitor, Some(door.number));
    let asked = web.studio.ask_for_help(visitor, number, words).await;
    let drawn = draw(&page(&web, &door, outcome(&asked, words)).await?)?;
    match asked {
        Ok(()) => Ok(drawn),
        Err(denied) => Ok((status_of(&denied), drawn).into_response()),
    }
}
