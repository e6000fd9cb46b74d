//! The bell: what a visitor was told, newest first.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use mastering::Zone;
use studio::NoticeLine;

use super::draw;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::Trouble;
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/notices", get(show))
        .route("/notices/read", post(read_all))
}

/// One thing that a visitor was told.
pub(crate) struct Told {
    pub(crate) when: String,
    pub(crate) number: Option<String>,
    pub(crate) text: String,
    pub(crate) is_read: bool,
}

impl Told {
    pub(crate) fn of(line: NoticeLine, zone: &Zone) -> Self {
        Self {
            when: words::moment(zone, line.at),
            number: line.number.map(|n| n.to_string()),
            text: line.text,
            is_read: line.is_read,
        }
    }
}

#[derive(Template)]
#[template(path = "notices.html")]
struct Page {
    frame: Frame,
    notices: Vec<Told>,
    token: String,
}

impl Page {
    fn unread(&self) -> usize {
        self.notices.iter().filter(|n| !n.is_read).count()
    }
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let notices = web.studio.notices(&visit.visitor).await?;
    let zone = web.zone();
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "notices"),
        notices: notices
            .into_iter()
            .map(|line| Told::of(line, &zone))
            .collect(),
        token: stamp::form_token(&visit.secret, "/notices/read"),
    })
}

async fn read_all(
    State(web): State<Web>,
    visit: Visit,
    _posted: Posted,
) -> Result<Redirect, Trouble> {
    web.studio.notices_read(&visit.visitor).await?;
    Ok(Redirect::to("/notices"))
}
