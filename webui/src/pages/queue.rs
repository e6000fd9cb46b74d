//! The queue: what is due today, and who owes what.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use mastering::{DueLevel, Lane, Side};
use studio::QueueEntry;

use super::draw;
use crate::Web;
use crate::session::Visit;
use crate::trouble::{Trouble, as_sentence};
use crate::view::Frame;

pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/queue", get(show))
}

#[derive(Template)]
#[template(path = "queue.html")]
struct Page {
    frame: Frame,
    lines: Vec<LineView>,
    sums: Sums,
}

/// What the day comes to.
struct Sums {
    overdue: usize,
    today: usize,
    soon: usize,
    clients: usize,
}

struct LineView {
    number: String,
    title: String,
    client: String,
    place: String,
    is_rush: bool,
    /// `overdue`, `soon`, `in_time` or `open`, which is also its style.
    level: &'static str,
    word: &'static str,
    owes: &'static str,
    waits_for: String,
    estimate: String,
}

fn level(level: DueLevel) -> (&'static str, &'static str) {
    match level {
        DueLevel::Overdue => ("overdue", "Late"),
        DueLevel::Soon => ("soon", "Soon due"),
        DueLevel::InTime => ("in_time", "In time"),
        DueLevel::Open => ("open", "No date"),
    }
}

impl From<QueueEntry> for LineView {
    fn from(entry: QueueEntry) -> Self {
        let line = entry.line;
        let (level, word) = level(line.estimate.level);
        Self {
            number: line.number.to_string(),
            title: line.title,
            client: entry.client,
            place: line.place.map_or_else(String::new, |n| n.to_string()),
            is_rush: line.lane == Lane::Rush,
            level,
            word: if line.is_due_today && level == "soon" {
                "Due today"
            } else {
                word
            },
            owes: match line.owes {
                Side::Client => "Client",
                Side::Studio => "Studio",
                Side::Nobody => "Nobody",
            },
            waits_for: as_sentence(&entry.waits_for),
            estimate: entry.estimate_words,
        }
    }
}

async fn show(State(web): State<Web>, visit: Visit) -> Result<Response, Trouble> {
    let visit = visit.staff()?;
    let queue = web.studio.queue(&visit.visitor).await?;
    let count = |is: fn(&QueueEntry) -> bool| queue.iter().filter(|e| is(e)).count();
    let sums = Sums {
        overdue: count(|e| e.line.estimate.level == DueLevel::Overdue),
        today: count(|e| e.line.is_due_today),
        soon: count(|e| e.line.estimate.level == DueLevel::Soon),
        clients: count(|e| e.line.owes == Side::Client),
    };
    draw(&Page {
        frame: Frame::of(&visit.visitor, &visit.secret, "queue"),
        lines: queue.into_iter().map(LineView::from).collect(),
        sums,
    })
}
