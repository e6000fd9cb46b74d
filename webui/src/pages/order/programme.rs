//! The programme's page: everything on one canvas, and the same as a file for whoever has no script.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use studio::{Denied, ProgrammeSent, ProgrammeStanding, ProgrammeView, SetUpon};

use crate::door::Door;
use crate::form::Posted;
use crate::pages::draw;
use crate::trouble::{Trouble, sentences_of, status_of};
use crate::view::Frame;
use crate::{Web, stamp};

#[derive(Template)]
#[template(path = "programme.html")]
struct Page {
    frame: Frame,
    token: String,
    key: String,
    seq: u64,
    number: String,
    title: String,
    standing: String,
    is_there: bool,
    toml: String,
    refusal: String,
}

/// How the programme stands, in a sentence.
fn words(view: &ProgrammeView) -> String {
    let revision = view.revision;
    match view.standing {
        ProgrammeStanding::Open => format!("Revision {revision} is being worked on."),
        ProgrammeStanding::Made => {
            format!("Revision {revision} is being worked on, and was put together as it stands.")
        }
        ProgrammeStanding::Closed => format!(
            "Revision {revision} has left the studio's hands: a change of order, gaps or fades is a new revision, which is opened on the order's page."
        ),
    }
}

async fn page(
    web: &Web,
    door: &Door,
    (refusal, kept): (String, Option<String>),
) -> Result<Page, Trouble> {
    let order = door.order(web).await?;
    let there = web.studio.programme(&door.visitor, door.number).await;
    let (standing, is_there) = match &there {
        Ok(view) => (words(view), true),
        Err(Denied::Invalid(why)) => (crate::trouble::as_sentence(why), false),
        Err(_) => (String::new(), false),
    };
    if let Err(denied) = there
        && !matches!(denied, Denied::Invalid(_))
    {
        return Err(door.trouble(denied));
    }
    let toml = match kept {
        Some(text) => text,
        None if is_there => web
            .studio
            .programme_toml(&door.visitor, door.number)
            .await
            .map_err(|denied| door.trouble(denied))?,
        None => String::new(),
    };
    Ok(Page {
        frame: Frame::of(&door.visitor, door.secret(), "orders"),
        token: door.token("programme-file"),
        key: stamp::fresh_key(),
        seq: order.seq,
        number: door.number.to_string(),
        title: order.project.title.clone(),
        standing,
        is_there,
        toml,
        refusal,
    })
}

pub(super) async fn show(State(web): State<Web>, door: Door) -> Result<Response, Trouble> {
    draw(&page(&web, &door, (String::new(), None)).await?)
}

/// Keeps the file; what is wrong with it stands above it, and what was typed stays.
pub(super) async fn keep(
    State(web): State<Web>,
    door: Door,
    posted: Posted,
) -> Result<Response, Trouble> {
    let text = posted.fields.get("toml").to_owned();
    let given = SetUpon {
        seq: posted.seq,
        stood: None,
        key: Some(posted.key.clone()),
    };
    let sent = ProgrammeSent::Toml(text.clone());
    let set = web
        .studio
        .set_programme(&door.visitor, door.number, sent, given);
    match set.await {
        Ok(_) => Ok(Redirect::to(&format!("{}/programme", door.base)).into_response()),
        Err(denied @ (Denied::Refused(_) | Denied::Invalid(_))) => {
            let (status, said) = (status_of(&denied), sentences_of(&denied).0);
            let drawn = draw(&page(&web, &door, (said, Some(text))).await?)?;
            Ok((status, drawn).into_response())
        }
        Err(denied) => Err(door.explain(&web, denied, &posted).await),
    }
}
