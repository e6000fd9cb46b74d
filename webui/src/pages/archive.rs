//! The archive: what is due to go now, what later, and the list that an owner confirms.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::get;
use studio::{Denied, DueLine, DueName};

use super::draw;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::Trouble;
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/archive", get(show).post(release))
}

/// One thing that is or will be due.
struct LineShown {
    number: String,
    title: String,
    code: &'static str,
    what: &'static str,
    due: String,
    files: u64,
    size: String,
}

#[derive(Template)]
#[template(path = "archive.html")]
struct Page {
    frame: Frame,
    due: Vec<LineShown>,
    later: Vec<LineShown>,
    form_token: String,
    key: String,
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let report = web.studio.archive_due(&visit.visitor).await?;
    let zone = web.zone();
    let shown = |line: DueLine| LineShown {
        number: line.number.to_string(),
        title: line.title,
        code: line.what,
        what: match line.what {
            "working" => "working files",
            _ => "everything",
        },
        due: words::moment(&zone, line.due_at),
        files: line.files,
        size: words::size(line.bytes),
    };
    let mut later = report.later;
    later.sort_by_key(|line| line.due_at);
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "archive"),
        due: report.due.into_iter().map(shown).collect(),
        later: later.into_iter().map(shown).collect(),
        form_token: stamp::form_token(&visit.secret, "/archive"),
        key: stamp::fresh_key(),
    })
}

/// Lets go what was ticked on the list that was shown, under the name of whoever confirms it.
async fn release(
    State(web): State<Web>,
    visit: Visit,
    posted: Posted,
) -> Result<Redirect, Trouble> {
    let visit = visit.staff()?;
    let mut chosen = Vec::new();
    for (named, _) in posted.fields.below("go.") {
        let (number, what) = named.split_once('.').unwrap_or((named, ""));
        let unreadable = |_| Denied::Invalid("this list cannot be read; reload it".to_owned());
        chosen.push(DueName {
            number: number.parse().map_err(unreadable)?,
            what: what.to_owned(),
        });
    }
    if chosen.is_empty() {
        return Err(Denied::Invalid("tick what is to go first".to_owned()).into());
    }
    let by = visit.visitor.name().to_owned();
    let going = web
        .studio
        .archive_release(&visit.visitor, &by, Some(&chosen));
    going.await?;
    Ok(Redirect::to("/archive"))
}
