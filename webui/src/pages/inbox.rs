//! What the staff sees first: what happened, what needs a person, what still arrives.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use mastering::{OrderNumber, Zone};
use studio::{HeldFindings, NoticeLine, OrderLine, OrderQuery, UnsortedDrop};

use super::draw;
use crate::form::Posted;
use crate::session::Visit;
use crate::trouble::Trouble;
use crate::view::Frame;
use crate::{Web, stamp, words};

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/inbox", get(show))
        .route("/inbox/settle", post(settle))
        .route("/inbox/notices/{id}/read", post(notice_read))
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    frame: Frame,
    notices: Vec<NoticeView>,
    unsorted: Vec<DropView>,
    held: Vec<HeldFindings>,
    waiting: Vec<(String, String)>,
    orders: Vec<OrderChoice>,
    settle_token: String,
    read_token: String,
}

impl Page {
    /// How many notices nobody has read.
    fn unread(&self) -> usize {
        self.notices.iter().filter(|n| !n.is_read).count()
    }
}

struct NoticeView {
    id: String,
    when: String,
    number: Option<String>,
    text: String,
    is_read: bool,
    token: String,
}

struct DropView {
    dropbox: String,
    path: String,
    fingerprint: String,
    size: String,
    reason: String,
    seen: String,
    key: String,
}

/// How many orders a drop may be given to from the inbox: the newest that are not in the archive.
const CHOICES: u32 = 500;

struct OrderChoice {
    number: String,
    about: String,
}

impl NoticeView {
    fn of(line: NoticeLine, secret: &str, zone: &Zone) -> Self {
        let path = format!("/inbox/notices/{}/read", line.id);
        Self {
            token: stamp::form_token(secret, &path),
            id: line.id,
            when: words::moment(zone, line.at),
            number: line.number.map(|n| n.to_string()),
            text: line.text,
            is_read: line.is_read,
        }
    }
}

impl DropView {
    fn of(drop: UnsortedDrop, zone: &Zone) -> Self {
        Self {
            size: words::size(drop.bytes),
            seen: words::moment(zone, drop.seen_at),
            dropbox: drop.dropbox,
            path: drop.path,
            fingerprint: drop.fingerprint,
            reason: drop.reason,
            key: stamp::fresh_key(),
        }
    }
}

impl From<OrderLine> for OrderChoice {
    fn from(line: OrderLine) -> Self {
        Self {
            number: line.number.to_string(),
            about: format!(
                "{} \u{2013} {}, for {}",
                line.number, line.title, line.client
            ),
        }
    }
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let studio = &web.studio;
    let zone = web.zone();
    let notices = studio.notices(&visit.visitor).await?;
    let unsorted = studio.unsorted(&visit.visitor).await?;
    let open = OrderQuery {
        stage: "at_work".to_owned(),
        rows: Some(CHOICES),
        ..OrderQuery::default()
    };
    let orders = studio.orders(&visit.visitor, open).await?.orders;
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "inbox"),
        notices: notices
            .into_iter()
            .map(|line| NoticeView::of(line, &visit.secret, &zone))
            .collect(),
        unsorted: unsorted
            .into_iter()
            .map(|drop| DropView::of(drop, &zone))
            .collect(),
        held: studio.held_findings(&visit.visitor).await?,
        waiting: studio.waiting(&visit.visitor).await?,
        orders: orders.into_iter().map(OrderChoice::from).collect(),
        settle_token: stamp::form_token(&visit.secret, "/inbox/settle"),
        read_token: stamp::form_token(&visit.secret, "/notices/read"),
    })
}

async fn settle(State(web): State<Web>, visit: Visit, posted: Posted) -> Result<Redirect, Trouble> {
    let fields = &posted.fields;
    let number: OrderNumber = fields.read("number")?;
    let (dropbox, path) = (fields.get("dropbox"), fields.get("path"));
    web.studio
        .settle(
            &visit.visitor,
            dropbox,
            path,
            fields.get("fingerprint"),
            number,
        )
        .await?;
    Ok(Redirect::to("/inbox#unsorted"))
}

async fn notice_read(
    State(web): State<Web>,
    visit: Visit,
    Path(id): Path<String>,
    _posted: Posted,
) -> Result<Redirect, Trouble> {
    web.studio.notice_read(&visit.visitor, &id).await?;
    Ok(Redirect::to("/inbox#notices"))
}
